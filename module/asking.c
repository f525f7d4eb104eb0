// SPDX-License-Identifier: GPL-2.0-only
/*
 * Own queries that are due: how many there may be, and what those about a group or
 * its sources say.
 */
#include <mgate/asking.h>
#include <mgate/membership.h>
#include <mgate/source.h>
#include <mgate/timer.h>

/* At most so many queries in so many ms, spread over VLANs as they come. */
#define RATE_QUERIES 10
#define RATE_MS 100

/**
 * mgate_asking_has_room_locked() - can a query be sent now
 * @sw: the switch, its lock held
 * @run: who wants to send it
 *
 * Whoever finds no room waits: VLANs in their place, groups in a queue of their own.
 */
bool mgate_asking_has_room_locked(struct mgate_switch *sw, struct mgate_expiry *run)
{
	lockdep_assert_held(&sw->lock);
	if (run->now >= sw->asked_at + RATE_MS) {
		sw->asked_at = run->now;
		sw->asked = 0;
	}
	sw->ask_room_at = sw->asked < RATE_QUERIES ? run->now : sw->asked_at + RATE_MS;
	return sw->ask_room_at <= run->now && run->n < MGATE_EXPIRY_ASKS;
}

/**
 * mgate_asking_new_locked() - a query to be sent now
 * @sw: the switch, its lock held
 * @ctx: the VLAN
 * @run: who sends it; there is room
 *
 * RFC 4541 2.1.1 (4): who is not the querier asks without an address, as the
 * querier would.
 *
 * Return: a general query to all ports, to be made another by the caller.
 */
struct mgate_ask *mgate_asking_new_locked(struct mgate_switch *sw,
					  const struct mgate_context *ctx,
					  struct mgate_expiry *run)
{
	struct mgate_timing t = mgate_querier_timing(&ctx->querier, &sw->params);
	struct mgate_ask *a = &run->ask[run->n++];

	if (++sw->asked == RATE_QUERIES)
		sw->ask_room_at = sw->asked_at + RATE_MS;
	memset(a, 0, sizeof(*a));
	a->vid = ctx->vid;
	a->slot = MGATE_SLOT_NONE;
	a->proxy = ctx->querier.state != MGATE_QUERIER_SELF;
	a->query.af = ctx->af;
	a->query.version = mgate_querier_asks_in(&ctx->querier, &sw->params);
	a->query.robustness = (u8)t.robustness;
	a->query.interval_ms = t.query_ms;
	a->query.max_resp_ms = t.response_ms;
	return a;
}

/* At another port, and not the host's own. */
static bool has_router_beside(const struct mgate_switch *sw, const struct mgate_context *ctx,
			      u16 slot)
{
	unsigned int i;

	for_each_set_bit(i, sw->up, MGATE_SLOTS)
		if (i != slot && i != MGATE_SLOT_HOST &&
		    (test_bit(i, ctx->routers) || test_bit(i, sw->always)))
			return true;
	return false;
}

/*
 * Routers that do not query keep for long what was left, unless they hear the querier ask
 * about it (RFC 9776 6.6.1). So where no other port wants it, as far as is known, all are
 * asked: with the routers whoever is at a port of which nothing was learned. Where another
 * does, its members would not be asked and the routers would cut them; and with `proxy full`
 * routers would not hear what hosts answer.
 */
static bool may_ask_all(const struct mgate_switch *sw, const struct mgate_context *ctx, u16 slot)
{
	return ctx->querier.state == MGATE_QUERIER_SELF &&
	       sw->params.v[MGATE_PARAM_PROXY] != MGATE_PROXY_FULL &&
	       has_router_beside(sw, ctx, slot);
}

/* One that is being asked about too does not count: who is there answers, and routers hear it. */
static bool stays(const struct mgate_member *m, u64 lowered)
{
	const struct mgate_source *s;

	if (m->permanent || m->mode != MGATE_MODE_EXCLUDE || m->until > lowered)
		return true;
	mgate_ledger_for_each_source(s, m)
		if (s->permanent)
			return true;
	return false;
}

static bool stays_beside(const struct mgate_member *left, u64 lowered)
{
	const struct mgate_member *m;

	list_for_each_entry(m, &left->group->members, node)
		if (m != left && stays(m, lowered))
			return true;
	return false;
}

static struct mgate_ask *ask(struct mgate_switch *sw, const struct mgate_context *ctx,
			     const struct mgate_member *m, struct mgate_expiry *run)
{
	struct mgate_timing t = mgate_querier_timing(&ctx->querier, &sw->params);
	struct mgate_ask *a = mgate_asking_new_locked(sw, ctx, run);

	a->slot = m->slot;
	a->query.grp = m->group->route.key.grp;
	a->query.max_resp_ms = t.last_member_ms;
	a->all = may_ask_all(sw, ctx, m->slot);
	return a;
}

/* RFC 9776 6.6.3.1: the S flag is set where the timer was raised meanwhile. */
static void ask_group(struct mgate_switch *sw, const struct mgate_context *ctx,
		      struct mgate_member *m, struct mgate_expiry *run)
{
	struct mgate_timing t = mgate_querier_timing(&ctx->querier, &sw->params);
	struct mgate_ask *a = ask(sw, ctx, m, run);

	a->all &= !stays_beside(m, run->now + mgate_params_last_member_ms(&t));
	a->query.suppress = m->until > run->now + mgate_params_last_member_ms(&t);
	/* If it is late, so is the end: each question gets its time. */
	m->until = max(m->until, run->now + (u64)m->asks * t.last_member_ms);
	m->asks--;
	m->ask_at = run->now + t.last_member_ms;
}

/* A source of the half with the S flag clear, or set. */
static bool is_askable(const struct mgate_source *s, u64 now, u64 lowered, bool suppress)
{
	return s->asks && s->ask_at <= now && (s->until > lowered) == suppress;
}

/* One query about as many of a half's sources as it holds. Return: there are none. */
static bool ask_some(struct mgate_switch *sw, const struct mgate_context *ctx,
		     struct mgate_member *m, bool suppress, struct mgate_expiry *run)
{
	struct mgate_timing t = mgate_querier_timing(&ctx->querier, &sw->params);
	u64 lowered = run->now + mgate_params_last_member_ms(&t);
	struct mgate_ask *a = NULL;
	struct mgate_source *s;

	mgate_ledger_for_each_source(s, m) {
		if (!is_askable(s, run->now, lowered, suppress))
			continue;
		if (!a) {
			a = ask(sw, ctx, m, run);
			a->query.suppress = suppress;
			a->query.srcs = a->srcs;
		}
		a->all &= !mgate_map_leads_beside(&s->route->ways, m->slot);
		a->srcs[a->query.nsrcs++] = *mgate_source_addr(s);
		s->until = max(s->until, run->now + (u64)s->asks * t.last_member_ms);
		s->asks--;
		s->ask_at = run->now + t.last_member_ms;
		if (a->query.nsrcs == MGATE_QUERY_SOURCES)
			return false;
	}
	return true;
}

static bool has_askable(const struct mgate_member *m, u64 now, u64 lowered, bool suppress)
{
	const struct mgate_source *s;

	mgate_ledger_for_each_source(s, m)
		if (is_askable(s, now, lowered, suppress))
			return true;
	return false;
}

/* RFC 9776 6.6.3.2: the group is asked about anyway, so who answers is known. */
static void skip_suppressed(struct mgate_switch *sw, const struct mgate_context *ctx,
			    struct mgate_member *m, u64 now)
{
	struct mgate_timing t = mgate_querier_timing(&ctx->querier, &sw->params);
	u64 lowered = now + mgate_params_last_member_ms(&t);
	struct mgate_source *s;

	mgate_ledger_for_each_source(s, m) {
		if (!is_askable(s, now, lowered, true))
			continue;
		s->asks--;
		s->ask_at = now + t.last_member_ms;
	}
}

/* Return: false if there was no room for all. */
static bool ask_sources(struct mgate_switch *sw, const struct mgate_context *ctx,
			struct mgate_member *m, struct mgate_expiry *run)
{
	struct mgate_timing t = mgate_querier_timing(&ctx->querier, &sw->params);
	u64 lowered = run->now + mgate_params_last_member_ms(&t);
	unsigned int half;

	for (half = 0; half < 2; half++) {
		while (has_askable(m, run->now, lowered, half)) {
			if (!mgate_asking_has_room_locked(sw, run))
				return false;
			if (ask_some(sw, ctx, m, half, run))
				break;
		}
	}
	return true;
}

/**
 * mgate_asking_member_locked() - ask what is due to be asked about a membership
 * @sw: the switch, its lock held
 * @ctx: its VLAN, in which somebody is the querier
 * @m: the membership
 * @run: who sends the queries
 *
 * RFC 9776 6.6.3. Return: false if there was no room for all of them; what is left
 * is still due.
 */
bool mgate_asking_member_locked(struct mgate_switch *sw, const struct mgate_context *ctx,
				struct mgate_member *m, struct mgate_expiry *run)
{
	struct mgate_timing t = mgate_querier_timing(&ctx->querier, &sw->params);

	lockdep_assert_held(&sw->lock);
	if (m->asks && m->ask_at <= run->now) {
		if (!mgate_asking_has_room_locked(sw, run))
			return false;
		ask_group(sw, ctx, m, run);
		skip_suppressed(sw, ctx, m, run->now);
	}
	if (mgate_querier_asks_in(&ctx->querier, &sw->params) < 3) {
		mgate_timer_unask_sources(m, run->now + mgate_params_membership_ms(&t));
		return true;
	}
	return ask_sources(sw, ctx, m, run);
}

/* The question that could not be sent may have been the last one. */
static void still_open(struct mgate_member *m, const struct mgate_ask *a)
{
	struct mgate_source *s;
	unsigned int i;

	if (!a->query.nsrcs)
		m->asks = max_t(u8, m->asks, 1);
	for (i = 0; i < a->query.nsrcs; i++) {
		s = mgate_source_find(m, &a->srcs[i]);
		if (s && s->learned && s->until)
			s->asks = max_t(u8, s->asks, 1);
	}
}

/**
 * mgate_asking_failed() - a query about a group could not be sent
 * @sw: the switch
 * @a: the query
 * @now: ms
 *
 * Who was not asked is not cut: it stays until it is silent for long.
 */
void mgate_asking_failed(struct mgate_switch *sw, const struct mgate_ask *a, u64 now)
{
	struct mgate_key key = mgate_addr_key(a->query.af, a->vid, &a->query.grp);
	struct mgate_context *ctx;
	struct mgate_timing t;
	struct mgate_member *m;

	spin_lock_bh(&sw->lock);
	m = mgate_membership_find_locked(sw, &key, a->slot);
	ctx = mgate_context_find_rcu(&sw->contexts, key.af, key.vid);
	if (m && m->learned) {
		t = ctx ? mgate_querier_timing(&ctx->querier, &sw->params) :
			  mgate_params_timing(&sw->params);
		still_open(m, a);
		mgate_timer_unask(m, now + mgate_params_membership_ms(&t));
	}
	spin_unlock_bh(&sw->lock);
}
