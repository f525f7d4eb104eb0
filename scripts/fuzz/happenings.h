/* SPDX-License-Identifier: GPL-2.0-only */
/* What happens to a switch besides messages: time, the administrator, and want. */
#ifndef FUZZ_HAPPENINGS_H
#define FUZZ_HAPPENINGS_H

/* --- Time ------------------------------------------------------------------------- */

/* A query for one port leaves by that one alone. */
static void check_slot(struct life *l, u16 slot)
{
	struct mgate_plan plan;
	unsigned int p;
	bool pass;

	FUZZ_CHECK(slot < MGATE_SLOTS);
	mgate_gate_port(&plan, slot, MGATE_REASON_CONTROL_QUERY);
	for (p = 0; p < WORLD_PORTS; p++) {
		mgate_gate_test(&l->w->sw, &plan, world_slots[p], &pass);
		FUZZ_CHECK(pass == (world_slots[p] == slot));
	}
}

static void send_query(struct life *l, const struct mgate_ask *a)
{
	struct mgate_query q = a->query;
	bool sent = !l->mute;

	if (a->slot != MGATE_SLOT_NONE)
		check_slot(l, a->slot);
	if (!a->proxy) {
		q.src = own_of(l, q.af);
		mgate_role_named(&l->w->sw, q.af, a->vid, !mgate_addr_is_zero(&q.src));
	}
	sent &= fuzz_check_query(&q);
	if (!mgate_addr_is_zero(&q.grp)) {
		if (!sent)
			mgate_asking_failed(&l->w->sw, a, l->w->now);
		return;
	}
	if (sent)
		mgate_role_asked(&l->w->sw, q.af, a->vid, a->slot, l->w->now);
	else if (a->slot == MGATE_SLOT_NONE)
		mgate_role_failed(&l->w->sw, q.af, a->vid,
				  a->slot & 1 ? MGATE_NEVER : l->w->now + 1000);
}

/* As module/tick.c does. Return: there is more. */
static bool run_once(struct life *l)
{
	struct mgate_expiry *run = &l->w->run;
	unsigned int i;

	l->runs++;
	memset(run, 0xaa, sizeof(*run));
	run->now = l->w->now;
	mgate_expiry(&l->w->sw, run);
	FUZZ_CHECK(run->n <= MGATE_EXPIRY_ASKS && run->ntells <= MGATE_PROXY_TELLS);
	for (i = 0; i < run->n; i++)
		send_query(l, &run->ask[i]);
	for (i = 0; i < run->ntells; i++) {
		FUZZ_CHECK(!run->tell[i].leave ||
			   (run->tell[i].version > 1 && !run->tell[i].nsrcs));
		run->tell[i].src = own_of(l, run->tell[i].af);
		fuzz_check_report(&run->tell[i]);
	}
	if (run->answer_ms)
		mgate_proxy_answer(&l->w->sw, run->answer_af, run->answer_vid, run->answer_ms,
				   run->now);
	return run->next <= run->now;
}

/* Return: when it is to run next. It comes to rest. */
static u64 tick(struct life *l)
{
	unsigned int n = 0;

	while (run_once(l))
		FUZZ_CHECK(++n < 10000);
	return max(mgate_switch_next(&l->w->sw), l->w->run.wait);
}

static u32 take_time(struct life *l)
{
	static const u32 unit[] = { 1, 10, 100, 1000, 10000 };

	return unit[take(l) % 5] * take(l);
}

static void time_passes(struct life *l)
{
	u64 end = l->w->now + take_time(l);
	u64 next = tick(l);
	unsigned int n = 0;

	while (next <= end && l->runs < RUNS) {
		/* What was sent may have made something due at once. */
		n = next > l->w->now ? 0 : n + 1;
		FUZZ_CHECK(n < 100);
		l->w->now = max(l->w->now, next);
		next = tick(l);
	}
	l->w->now = end;
}

/* Nobody runs the tick, or not to its end. */
static void tick_is_late(struct life *l)
{
	l->w->now += take_time(l);
	if (take(l) & 1)
		run_once(l);
}

/* Where nobody asked for a group, and none was refused: by the rules for such. */
static bool unknown_passes(const struct mgate_switch *sw, const struct mgate_context *ctx,
			   u16 slot)
{
	u32 policy = sw->params.v[MGATE_PARAM_UNKNOWN];

	if (test_bit(slot, sw->flooded) || test_bit(slot, sw->limited) ||
	    test_bit(slot, ctx->learning) || test_bit(slot, sw->unknown_flood))
		return true;
	if (policy == MGATE_UNKNOWN_FLOOD && !test_bit(slot, sw->unknown_drop))
		return true;
	return policy != MGATE_UNKNOWN_DROP &&
	       (test_bit(slot, sw->always) || test_bit(slot, ctx->routers));
}

static void frame_comes(struct life *l)
{
	struct mgate_switch *sw = &l->w->sw;
	u16 vid = take_vid(l);
	struct mgate_addr grp = ip4_of(take_group(l));
	struct mgate_key key = mgate_addr_key(MGATE_AF_INET, vid, &grp);
	const struct mgate_context *ctx = mgate_context_find_rcu(&sw->contexts, key.af, vid);
	enum mgate_reason hold;
	unsigned int p;
	bool pass;

	key.src = ip4_of(0x0a000001 + take(l));
	for (p = 0; p < WORLD_PORTS; p++) {
		if (!test_bit(world_slots[p], sw->up))
			continue;
		pass = gate_passes(l->w, &key, world_slots[p], &hold);
		if (hold == MGATE_REASON_UNKNOWN_DROP)
			FUZZ_CHECK(pass == unknown_passes(sw, ctx, world_slots[p]));
		else if (hold == MGATE_REASON_NONE)
			FUZZ_CHECK(pass);
	}
}

/* --- The administrator ------------------------------------------------------------- */

static u32 take_value(struct life *l, const struct mgate_param_info *info)
{
	u8 b = take(l);

	switch (b) {
	case 0xff:
		return MGATE_AUTO;
	case 0xfe:
		return info->max;
	case 0xfd:
		return info->min;
	case 0xfc:
		return info->def;
	case 0xfb:
		return take16(l) * 100U;
	default:
		return b;
	}
}

static void bridge_is_set(struct life *l)
{
	enum mgate_param id = take(l) % MGATE_PARAM_MAX, other;
	int err;

	mgate_switch_set(&l->w->sw, id, take_value(l, &mgate_params_table[id]), l->w->now,
			 &other, &err);
}

static void port_is_set(struct life *l)
{
	enum mgate_port_param id = take(l) % MGATE_PORT_PARAM_MAX;
	const struct mgate_param_info *info = &mgate_params_port_table[id];
	u16 slot = take_slot(l);
	u32 value = take_value(l, info);

	if (!mgate_params_check(info, value))
		mgate_swport_set(&l->w->sw, slot, id, value, l->w->now);
}

static void port_stops(struct life *l)
{
	u16 slot = take_slot(l);

	if (take(l) & 1)
		mgate_swport_stop(&l->w->sw, slot, l->w->now);
	else
		mgate_swport_start(&l->w->sw, slot, l->w->now);
}

/* The host stays; what comes again begins with nothing. */
static void port_goes(struct life *l)
{
	u16 slot = world_slots[1 + take(l) % (WORLD_PORTS - 1)];
	struct mgate_switch_port *port = &l->w->ports[port_of(slot)];

	if (test_bit(slot, l->w->sw.up)) {
		mgate_swport_del(&l->w->sw, slot, l->w->now);
		FUZZ_CHECK(list_empty(&port->members) && !port->due.queued);
	} else {
		mgate_swport_add(&l->w->sw, port, slot);
	}
}

static void group_is_set(struct life *l)
{
	u16 slot = take_slot(l), vid = take_vid(l);
	struct mgate_addr grp = ip4_of(take_group(l));
	struct mgate_key key = mgate_addr_key(MGATE_AF_INET, vid, &grp);
	u8 how = take(l);

	if (mgate_ipv4_scope(&grp) == MGATE_SCOPE_LINK)
		return;
	if (how & 1)
		key.src = ip4_of(0x0a000001 + (how >> 4));
	if (how & 2)
		mgate_permanent_del(&l->w->sw, &key, slot, l->w->now);
	else
		mgate_permanent_add(&l->w->sw, &key, slot, l->w->now);
}

static void list_is_set(struct life *l)
{
	struct mgate_prefix prefix = { .addr = ip4_of(take_group(l)), .len = take(l) % 33 };
	struct mgate_policy *old = l->w->sw.flood, *list = calloc(1, sizeof(*list));

	FUZZ_CHECK(list);
	if (old)
		*list = *old;
	if (mgate_policy_add(list, &prefix))
		mgate_policy_del(list, &prefix);
	rcu_assign_pointer(l->w->sw.flood, list);
	fuzz_grace();
	kfree(old);
}

static void bridge_is_flushed(struct life *l)
{
	mgate_switch_unlearn(&l->w->sw);
	check_world(l->w, l->was_short);
	if (take(l) & 1)
		mgate_switch_flush(&l->w->sw, l->w->now);
}

static void role_changes(struct life *l)
{
	u8 how = take(l);

	l->w->own = ip4_of(how & 2 ? WORLD_ROUTER + (how >> 4) : 0);
	l->mute = how & 4;
	mgate_role_set(&l->w->sw, how & 1, how & 8 ? 1 : 0, l->w->now);
}

/* --- Want -------------------------------------------------------------------------- */

static void memory_is_short(struct life *l)
{
	u8 how = take(l);

	l->was_short = true;
	if (how & 1)
		fuzz_fail = (u32)take16(l) << 16 | take16(l);
	else
		world_memory(how & 2 ? mgate_memory_used() + 8 * take(l) : 64 << 20);
}

#define HAPPENING(name) { #name, name }

/* The first two are what scripts/fuzz/seeds begins with. */
static const struct {
	const char *name;
	void (*happen)(struct life *l);
} happenings[] = {
	HAPPENING(say_anything), HAPPENING(time_passes), HAPPENING(tick_is_late),
	HAPPENING(hosts_report), HAPPENING(hosts_report), HAPPENING(hosts_report),
	HAPPENING(host_floods), HAPPENING(older_host_speaks), HAPPENING(older_host_speaks),
	HAPPENING(router_asks), HAPPENING(router_asks), HAPPENING(router_shows_itself),
	HAPPENING(bridge_is_set), HAPPENING(port_is_set), HAPPENING(port_stops),
	HAPPENING(port_goes), HAPPENING(group_is_set), HAPPENING(list_is_set),
	HAPPENING(bridge_is_flushed), HAPPENING(role_changes), HAPPENING(memory_is_short),
	HAPPENING(frame_comes),
};

static void happens(struct life *l)
{
	u8 i = take(l) % ARRAY_SIZE(happenings);
	const u8 *begin = l->data;

	happenings[i].happen(l);
	if (!l->aloud)
		return;
	printf("%9llu ms, %4u groups: %s", (unsigned long long)l->w->now,
	       l->w->sw.ledger.ngroups, happenings[i].name);
	while (begin < l->data)
		printf(" %02x", *begin++);
	putchar('\n');
	fflush(stdout);
}

#endif
