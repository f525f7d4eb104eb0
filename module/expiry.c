// SPDX-License-Identifier: GPL-2.0-only
/*
 * What time does to the switch: memberships end, queriers fall silent, router
 * ports are forgotten, own queries fall due. Never early, and late by no more
 * than the tick that calls this.
 */
#include <mgate/asking.h>
#include <mgate/limit.h>
#include <mgate/membership.h>
#include <mgate/timer.h>

static bool is_silent(const struct mgate_context *ctx)
{
	return !ctx || ctx->querier.state == MGATE_QUERIER_NONE;
}

/* Streams still run there for hosts that nobody asks: once a VLAN, and one VLAN a
 * run; the others follow.
 */
static void tell_silence(struct mgate_switch *sw, struct mgate_context *ctx,
			 struct mgate_expiry *run)
{
	if (ctx->told)
		return;
	ctx->untold = run->lost;
	if (ctx->untold) {
		mgate_due_before(&sw->vlan_queue, &ctx->due, run->now);
		return;
	}
	ctx->told = true;
	run->lost = true;
	run->lost_vid = ctx->vid;
	run->lost_af = ctx->af;
	run->lost_for_good = ctx->querier.start_at == MGATE_NEVER;
	run->lost_mute = ctx->querier.mute;
}

/* A membership that was not asked about to the end is not cut. Nobody goes on asking where
 * there is no querier (RFC 9776 6.6.2), nor in version 1 (7.3.1). Return: the first one whose
 * queries found no room, or NULL.
 */
static const struct mgate_member *
ask_members(struct mgate_switch *sw, struct mgate_group *g, const struct mgate_context *ctx,
	    struct mgate_expiry *run)
{
	struct mgate_timing t = mgate_params_timing(&sw->params);
	bool mute = is_silent(ctx) || mgate_querier_asks_in(&ctx->querier, &sw->params) == 1;
	struct mgate_member *m;

	list_for_each_entry(m, &g->members, node) {
		if (mute)
			mgate_timer_unask(m, run->now + mgate_params_membership_ms(&t));
		else if (!mgate_asking_member_locked(sw, ctx, m, run))
			return m;
	}
	return NULL;
}

/* Who finds no room is among the askers from then on, until it was asked to the end. Return:
 * false if it is.
 */
static bool ask_in_turn(struct mgate_switch *sw, struct mgate_group *g,
			const struct mgate_context *ctx, struct mgate_expiry *run)
{
	const struct mgate_member *m;
	unsigned int place;

	if (!list_empty(&g->waiting) && !mgate_asking_has_room_locked(sw, run))
		return false;
	list_del_init(&g->waiting);
	m = ask_members(sw, g, ctx, run);
	if (!m)
		return true;
	place = m->slot % ARRAY_SIZE(sw->askers);
	list_add_tail(&g->waiting, &sw->askers[place]);
	__set_bit(place, &sw->waiting);
	return false;
}

/* Who is not asked to the end yet waits, and its end with it; not what is to be told.
 * Return: false if there was no room for all of it.
 */
static bool expire_group(struct mgate_switch *sw, struct mgate_group *g,
			 struct mgate_expiry *run)
{
	struct mgate_context *ctx = mgate_context_find_rcu(&sw->contexts, g->route.key.af,
							   g->route.key.vid);
	bool over = false;

	if (run->ntells == MGATE_PROXY_TELLS) {
		mgate_due_at(&sw->queue, &g->due, run->now);
		return false;
	}
	if (mgate_proxy_tell_locked(sw, g, &run->tell[run->ntells], run->now))
		run->ntells++;
	if (!ask_in_turn(sw, g, ctx, run)) {
		mgate_due_at(&sw->queue, &g->due, g->tell_at);
		return true;
	}
	if (mgate_membership_expire_locked(sw, g, run->now, &run->room, &over))
		mgate_due_at(&sw->queue, &g->due, run->room ? mgate_ledger_deadline(g) : run->now);
	if (over && ctx && is_silent(ctx))
		tell_silence(sw, ctx, run);
	return run->room;
}

static void keep(struct mgate_switch *sw, struct mgate_context *ctx, u64 now)
{
	struct mgate_timing t = mgate_params_timing(&sw->params);

	mgate_context_keep(ctx, now + mgate_params_membership_ms(&t));
}

/* Return: false if there was no room for all queries. */
static bool ask_ports(struct mgate_switch *sw, struct mgate_context *ctx,
		      struct mgate_expiry *run)
{
	unsigned int slot;

	if (ctx->ask_at > run->now)
		return true;
	for_each_set_bit(slot, ctx->asking, MGATE_SLOTS) {
		if (!mgate_asking_has_room_locked(sw, run))
			return false;
		clear_bit(slot, ctx->asking);
		if (ctx->querier.state != MGATE_QUERIER_NONE)
			mgate_asking_new_locked(sw, ctx, run)->slot = (u16)slot;
	}
	ctx->ask_at = MGATE_NEVER;
	return true;
}

/* Return: false if there was no room for a query. */
static bool ask_all(struct mgate_switch *sw, struct mgate_context *ctx,
		    struct mgate_expiry *run)
{
	if (ctx->querier.state != MGATE_QUERIER_SELF || ctx->querier.next_query > run->now)
		return true;
	if (!mgate_asking_has_room_locked(sw, run))
		return false;
	if (mgate_querier_ask(&ctx->querier, &sw->params, ctx->vid, run->now)) {
		mgate_asking_new_locked(sw, ctx, run);
		/* Our own queries alone keep no VLAN that anybody may have made up. */
		if (ctx->named || ctx->vid == sw->main_vid || ctx->joined_until > run->now ||
		    ctx->querier.own_mode)
			keep(sw, ctx, run->now);
	}
	return true;
}

/* One VLAN a run. Return: false if there was one already. */
static bool answer_all(struct mgate_context *ctx, struct mgate_expiry *run)
{
	if (ctx->answer_ms && run->answer_ms)
		return false;
	if (ctx->answer_ms) {
		run->answer_ms = ctx->answer_ms;
		run->answer_vid = ctx->vid;
		run->answer_af = ctx->af;
		ctx->answer_ms = 0;
	}
	return true;
}

static void lose_querier(struct mgate_switch *sw, struct mgate_context *ctx,
			 struct mgate_expiry *run)
{
	mgate_context_unlearn(ctx, sw->up);
	if (ctx->joined_until > run->now && ctx->querier.state == MGATE_QUERIER_NONE)
		tell_silence(sw, ctx, run);
}

/* Return: false if there was no room for a query. */
static bool expire_context(struct mgate_switch *sw, struct mgate_context *ctx,
			   struct mgate_expiry *run)
{
	if (ctx->untold && run->lost) {
		mgate_due_at(&sw->vlan_queue, &ctx->due, run->now);
		return false;
	}
	if (ctx->untold)
		tell_silence(sw, ctx, run);
	mgate_routers_expire(&ctx->router_list, ctx->routers, run->now);
	if (mgate_querier_expire(&ctx->querier, &sw->params, run->now))
		lose_querier(sw, ctx, run);
	mgate_context_tell(&sw->contexts, ctx);
	mgate_context_settle(ctx, run->now);
	mgate_switch_changed(sw);
	if (!answer_all(ctx, run)) {
		mgate_due_at(&sw->vlan_queue, &ctx->due, run->now);
		return false;
	}
	if (!ask_all(sw, ctx, run) || !ask_ports(sw, ctx, run)) {
		run->wait = sw->ask_room_at;
		mgate_due_again(&sw->vlan_queue, &ctx->due);
		return false;
	}
	if (mgate_context_is_idle(ctx, run->now))
		mgate_switch_forget_context(sw, ctx);
	else
		mgate_due_at(&sw->vlan_queue, &ctx->due,
			     ctx->untold ? run->now : mgate_context_deadline(ctx));
	return true;
}

/* Return: false if there was no room for all of them. */
static bool expire_goodbyes(struct mgate_switch *sw, struct mgate_expiry *run)
{
	while (run->ntells < MGATE_PROXY_TELLS &&
	       mgate_proxy_part_locked(sw, &run->tell[run->ntells], run->now))
		run->ntells++;
	if (sw->goodbyes.n)
		mgate_due_at(&sw->queue, &sw->goodbyes.due, mgate_proxy_part_at_locked(sw));
	return run->ntells < MGATE_PROXY_TELLS;
}

static void expire_port(struct mgate_switch *sw, struct mgate_switch_port *port, u64 now)
{
	if (port->limit_until > now) {
		mgate_due_at(&sw->queue, &port->due, port->limit_until);
		return;
	}
	mgate_limit_end_port_locked(sw, port);
	mgate_switch_changed(sw);
}

static void expire_switch(struct mgate_switch *sw, u64 now)
{
	if (sw->full_until > now) {
		mgate_due_at(&sw->queue, &sw->due, sw->full_until);
		return;
	}
	mgate_limit_end_bridge_locked(sw);
	mgate_switch_changed(sw);
}

static bool expire(struct mgate_switch *sw, struct mgate_due *due, struct mgate_expiry *run)
{
	switch (due->kind) {
	case MGATE_DUE_GROUP:
		return expire_group(sw, container_of(due, struct mgate_group, due), run);
	case MGATE_DUE_CONTEXT:
		return expire_context(sw, container_of(due, struct mgate_context, due), run);
	case MGATE_DUE_GOODBYES:
		return expire_goodbyes(sw, run);
	case MGATE_DUE_PORT:
		expire_port(sw, container_of(due, struct mgate_switch_port, due), run->now);
		return true;
	default:
		expire_switch(sw, run->now);
		return true;
	}
}

/* A port that leaves thousands of groups at once does not hold up the leaves of others: the
 * ports take turns. Return: NULL if nobody waits, or there is no room.
 */
static struct mgate_group *next_asker(struct mgate_switch *sw, struct mgate_expiry *run)
{
	struct mgate_group *g;
	unsigned int i;

	while (sw->waiting && mgate_asking_has_room_locked(sw, run)) {
		i = find_next_bit(&sw->waiting, BITS_PER_LONG, sw->ask_turn + 1);
		if (i >= BITS_PER_LONG)
			i = __ffs(sw->waiting);
		sw->ask_turn = (u8)i;
		g = list_first_entry_or_null(&sw->askers[i], struct mgate_group, waiting);
		if (g)
			return g;
		__clear_bit(i, &sw->waiting);
	}
	return NULL;
}

/* VLANs first, as there are few; then groups that wait for room, which is scarce. Return: false
 * if there is nothing to do, or no room for it.
 */
static bool expire_next(struct mgate_switch *sw, struct mgate_expiry *run, u32 *n)
{
	struct mgate_due *due = mgate_due_pop(&sw->vlan_queue, run->now);
	struct mgate_group *g = due ? NULL : next_asker(sw, run);

	if (!due && !g)
		due = mgate_due_pop(&sw->queue, run->now);
	if (!due && !g)
		return false;
	(*n)++;
	return g ? expire_group(sw, g, run) : expire(sw, due, run);
}

/**
 * mgate_expiry() - do what is due, a bounded piece of it
 * @sw: the switch
 * @run: the time; the results are filled in
 *
 * Never sleeps. One hold of the lock, for MGATE_EXPIRY_BATCH deadlines at most.
 */
void mgate_expiry(struct mgate_switch *sw, struct mgate_expiry *run)
{
	u32 n = 0;

	run->n = 0;
	run->ntells = 0;
	run->wait = 0;
	run->room = MGATE_MEMBERSHIP_SOURCES;
	run->answer_ms = 0;
	run->lost = false;
	spin_lock_bh(&sw->lock);
	mgate_switch_why(sw, MGATE_WHY_EXPIRY);
	while (n < MGATE_EXPIRY_BATCH && expire_next(sw, run, &n))
		;
	sw->most_groups = max(sw->most_groups, n);
	sw->most_sources = max(sw->most_sources, MGATE_MEMBERSHIP_SOURCES - run->room);
	run->next = max(mgate_switch_next_locked(sw), run->wait);
	spin_unlock_bh(&sw->lock);
}
