// SPDX-License-Identifier: GPL-2.0-only
/*
 * What time does to the switch: memberships end, queriers fall silent, router
 * ports are forgotten, own queries fall due. Never early, and late by no more
 * than the tick that calls this.
 */
#include <mgate/expiry.h>
#include <mgate/membership.h>

/* At most so many queries in so many ms, spread over VLANs as they come. */
#define RATE_QUERIES 10
#define RATE_MS 100

/* Return: false if no query can be sent now. Whoever wants to waits in its place:
 * else those that come back later would always be overtaken.
 */
static bool has_room(struct mgate_switch *sw, struct mgate_expiry *run)
{
	if (run->now >= sw->asked_at + RATE_MS) {
		sw->asked_at = run->now;
		sw->asked = 0;
	}
	if (sw->asked < RATE_QUERIES)
		return run->n < MGATE_EXPIRY_ASKS;
	run->wait = sw->asked_at + RATE_MS;
	return false;
}

/* RFC 4541 2.1.1 (4): who is not the querier asks without an address, as the
 * querier would.
 */
static struct mgate_ask *ask(struct mgate_switch *sw, const struct mgate_context *ctx,
			     struct mgate_expiry *run)
{
	struct mgate_timing t = mgate_querier_timing(&ctx->querier, &sw->params);
	struct mgate_ask *a = &run->ask[run->n++];

	sw->asked++;
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

/* RFC 9776 6.6.3.1: the S flag is set where the timer was raised meanwhile. */
static void ask_group(struct mgate_switch *sw, const struct mgate_context *ctx,
		      struct mgate_member *m, struct mgate_expiry *run)
{
	struct mgate_timing t = mgate_querier_timing(&ctx->querier, &sw->params);
	struct mgate_ask *a = ask(sw, ctx, run);

	a->slot = m->slot;
	a->query.grp = m->group->key.grp;
	a->query.max_resp_ms = t.last_member_ms;
	a->query.suppress = m->until > run->now + mgate_params_last_member_ms(&t);
	/* If it is late, so is the end: each question gets its time. */
	m->until = max(m->until, run->now + (u64)m->asks * t.last_member_ms);
	m->asks--;
	m->ask_at = run->now + t.last_member_ms;
}

/* Streams still run there for hosts that nobody asks: once a VLAN. */
static void tell_silence(struct mgate_context *ctx, struct mgate_expiry *run)
{
	if (ctx->told || run->lost)
		return;
	ctx->told = true;
	run->lost = true;
	run->lost_vid = ctx->vid;
	run->lost_for_good = ctx->querier.start_at == MGATE_NEVER;
}

/* RFC 9776 6.6.2, 7.3.1: where nobody is the querier nobody asks on, nor in
 * version 1; and who was not asked to the end is not cut.
 */
static void ask_no_more(struct mgate_switch *sw, struct mgate_member *m, u64 now)
{
	struct mgate_timing t = mgate_params_timing(&sw->params);

	m->asks = 0;
	m->until = max(m->until, now + mgate_params_membership_ms(&t));
}

/* Return: false if there was no room for all queries. */
static bool expire_group(struct mgate_switch *sw, struct mgate_group *g,
			 struct mgate_expiry *run)
{
	struct mgate_context *ctx = mgate_context_find_rcu(&sw->contexts, g->key.af, g->key.vid);
	bool silent = !ctx || ctx->querier.state == MGATE_QUERIER_NONE;
	struct mgate_member *m;
	bool over = false;

	if (run->ntells == MGATE_PROXY_TELLS) {
		mgate_due_at(&sw->queue, &g->due, run->now);
		return false;
	}
	if (mgate_proxy_tell_locked(sw, g, &run->tell[run->ntells], run->now))
		run->ntells++;
	list_for_each_entry(m, &g->members, node) {
		if (m->asks &&
		    (silent || mgate_querier_asks_in(&ctx->querier, &sw->params) == 1))
			ask_no_more(sw, m, run->now);
		if (m->asks && m->ask_at <= run->now) {
			if (!has_room(sw, run)) {
				mgate_due_again(&sw->queue, &g->due);
				return false;
			}
			ask_group(sw, ctx, m, run);
		}
		over |= m->learned && m->until <= run->now && !m->asks;
	}
	if (over && ctx && silent)
		tell_silence(ctx, run);
	if (over)
		mgate_membership_changed_locked(sw, g, run->now);
	else
		mgate_due_at(&sw->queue, &g->due, mgate_ledger_deadline(g));
	return true;
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
		if (!has_room(sw, run))
			return false;
		clear_bit(slot, ctx->asking);
		if (ctx->querier.state != MGATE_QUERIER_NONE)
			ask(sw, ctx, run)->slot = (u16)slot;
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
	if (!has_room(sw, run))
		return false;
	if (mgate_querier_ask(&ctx->querier, &sw->params, ctx->vid, run->now)) {
		ask(sw, ctx, run);
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
		tell_silence(ctx, run);
}

/* Return: false if there was no room for a query. */
static bool expire_context(struct mgate_switch *sw, struct mgate_context *ctx,
			   struct mgate_expiry *run)
{
	mgate_routers_expire(&ctx->router_list, ctx->routers, run->now);
	if (mgate_querier_expire(&ctx->querier, &sw->params, run->now))
		lose_querier(sw, ctx, run);
	mgate_context_settle(ctx, run->now);
	mgate_switch_changed(sw);
	if (!answer_all(ctx, run)) {
		mgate_due_at(&sw->queue, &ctx->due, run->now);
		return false;
	}
	if (!ask_all(sw, ctx, run) || !ask_ports(sw, ctx, run)) {
		mgate_due_again(&sw->queue, &ctx->due);
		return false;
	}
	if (mgate_context_is_idle(ctx, run->now))
		mgate_switch_forget_context(sw, ctx);
	else
		mgate_due_at(&sw->queue, &ctx->due, mgate_context_deadline(ctx));
	return true;
}

/* Return: false if there was no room for all of them. */
static bool expire_goodbyes(struct mgate_switch *sw, struct mgate_expiry *run)
{
	while (sw->goodbyes.n) {
		if (run->ntells == MGATE_PROXY_TELLS) {
			mgate_due_at(&sw->queue, &sw->goodbyes.due, run->now);
			return false;
		}
		if (mgate_proxy_part_locked(sw, &run->tell[run->ntells]))
			run->ntells++;
	}
	return true;
}

static void expire_port(struct mgate_switch *sw, struct mgate_switch_port *port, u64 now)
{
	if (port->limit_until > now) {
		mgate_due_at(&sw->queue, &port->due, port->limit_until);
		return;
	}
	port->limit_until = 0;
	clear_bit(port->slot, sw->limited);
	mgate_switch_changed(sw);
}

static void expire_switch(struct mgate_switch *sw, u64 now)
{
	if (sw->full_until > now) {
		mgate_due_at(&sw->queue, &sw->due, sw->full_until);
		return;
	}
	WRITE_ONCE(sw->full, false);
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

/**
 * mgate_expiry() - do what is due, a bounded piece of it
 * @sw: the switch
 * @run: the time; the results are filled in
 *
 * Never sleeps. One hold of the lock, for MGATE_EXPIRY_BATCH deadlines at most.
 */
void mgate_expiry(struct mgate_switch *sw, struct mgate_expiry *run)
{
	struct mgate_due *due;
	u32 n = 0;

	run->n = 0;
	run->ntells = 0;
	run->wait = 0;
	run->answer_ms = 0;
	run->lost = false;
	spin_lock_bh(&sw->lock);
	while (n < MGATE_EXPIRY_BATCH) {
		due = mgate_due_pop(&sw->queue, run->now);
		if (!due)
			break;
		n++;
		if (!expire(sw, due, run))
			break;
	}
	sw->most_groups = max(sw->most_groups, n);
	run->next = max(mgate_due_next(&sw->queue), run->wait);
	spin_unlock_bh(&sw->lock);
}
