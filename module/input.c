// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the switch learns from a message: the querier and the router ports from
 * queries and from what routers say of themselves. Reports and leaves go on to
 * report.c.
 */
#include <mgate/family.h>
#include <mgate/input.h>
#include <mgate/proxy.h>
#include <mgate/report.h>
#include <mgate/timer.h>

/* RFC 9776 6.6.1: a group is not given up in less than this, whatever response
 * time a query claims. There is no upper bound: a timer is only ever lowered.
 */
#define LAST_MEMBER_MIN_MS 1000

static struct mgate_context *get_context(struct mgate_switch *sw, struct mgate_input *in)
{
	struct mgate_context *ctx = mgate_context_find_rcu(&sw->contexts, in->msg->af, in->vid);

	if (ctx)
		return ctx;
	ctx = mgate_context_add(&sw->contexts, in->msg->af, in->vid, in->named);
	if (!ctx) {
		in->no_context = mgate_context_is_full(&sw->contexts, in->msg->af, in->named);
		in->limit_memory += !in->no_context &&
			!mgate_context_ignores(&sw->contexts, in->vid);
		return NULL;
	}
	mgate_context_unlearn(ctx, sw->up);
	mgate_switch_querier(sw, ctx, in->now);
	return ctx;
}

static void touch(struct mgate_switch *sw, struct mgate_context *ctx, u64 now)
{
	struct mgate_timing t = mgate_querier_timing(&ctx->querier, &sw->params);

	mgate_context_keep(ctx, now + mgate_params_membership_ms(&t));
	mgate_due_before(&sw->vlan_queue, &ctx->due, mgate_context_deadline(ctx));
}

static u8 router_rule(const struct mgate_switch *sw, const struct mgate_input *in)
{
	return sw->ports[in->slot]->params[MGATE_PORT_ROUTER];
}

/* Our own query, come back by a loop: there is no router. */
static bool is_own(const struct mgate_querier *q, const struct mgate_input *in)
{
	return in->slot != MGATE_SLOT_HOST && q->state == MGATE_QUERIER_SELF &&
	       !mgate_addr_is_zero(&in->own) && mgate_addr_equal(&in->own, &in->msg->src);
}

/* RFC 4541 2.1.1 (1): where queries come from there is a router, or another
 * bridge that speaks for one.
 */
static void hear_router(struct mgate_switch *sw, struct mgate_context *ctx,
			struct mgate_input *in)
{
	bool proxy = mgate_addr_is_zero(&in->msg->src);
	const struct mgate_querier *q = &ctx->querier;
	struct mgate_timing t = mgate_querier_timing(q, &sw->params);

	if (proxy)
		in->flaw = MGATE_REASON_QUERY_PROXY;
	if (router_rule(sw, in) == MGATE_ROUTER_NEVER)
		return;
	if (proxy && mgate_querier_has_address(q, &in->own))
		return;
	in->new_router = mgate_routers_hear(&ctx->router_list, ctx->routers, in->slot,
					    proxy ? MGATE_BY_PROXY : MGATE_BY_QUERY,
					    &in->msg->src,
					    in->now + mgate_params_other_querier_ms(&t));
}

/* A querier with an address speaks for itself: nobody needs to for it. But who
 * did has held its hosts' reports back from here: until they have answered this
 * query, its port gets everything.
 */
static void end_proxies(struct mgate_context *ctx, const struct mgate_input *in)
{
	if (mgate_querier_has_address(&ctx->querier, &in->own))
		mgate_routers_forget_by(&ctx->router_list, ctx->routers, MGATE_BY_PROXY,
					ctx->learning);
}

/* Another bridge has begun to query, which does not know the querier and is soon
 * to gate without a router port towards here: a question there makes it one. None
 * goes where the elected querier is, or two bridges would answer each other for
 * ever, nor without an address to one that has its own, which would not listen.
 */
static void answer_query(struct mgate_context *ctx, const struct mgate_input *in)
{
	const struct mgate_querier *q = &ctx->querier;

	if (in->slot == MGATE_SLOT_HOST || !mgate_querier_has_address(q, &in->own))
		return;
	if (q->state == MGATE_QUERIER_OTHER &&
	    (q->slot == in->slot || !mgate_addr_is_zero(&in->msg->src)))
		return;
	mgate_context_answer(ctx, in->slot, in->now);
}

static void hear_general(struct mgate_switch *sw, struct mgate_context *ctx,
			 struct mgate_input *in)
{
	struct mgate_querier *q = &ctx->querier;
	enum mgate_heard heard;
	struct mgate_timing t;
	u32 convergence;

	/* A router on the host itself: we are silent beside it. */
	if (in->slot == MGATE_SLOT_HOST && q->state == MGATE_QUERIER_SELF)
		q->state = MGATE_QUERIER_NONE;
	if (is_own(q, in)) {
		in->flaw = MGATE_REASON_QUERY_BAD_SOURCE;
		return;
	}
	in->other_version = q->state == MGATE_QUERIER_SELF &&
			    in->msg->version < mgate_querier_version(q, &sw->params);
	in->without_values = in->msg->version == 3 &&
			     (!in->msg->robustness || !in->msg->interval_ms);
	heard = mgate_querier_hear(q, &sw->params, &in->own, in->msg, in->slot, in->now,
				   &in->clamped);
	in->new_querier = heard == MGATE_HEARD_NEW;
	hear_router(sw, ctx, in);
	if (heard == MGATE_HEARD_NOTHING) {
		answer_query(ctx, in);
		return;
	}
	ctx->told = false;
	ctx->untold = false;
	/* Behind that port it has asked itself. */
	clear_bit(in->slot, ctx->asking);
	mgate_switch_why(sw, MGATE_WHY_OTHER);
	end_proxies(ctx, in);
	mgate_proxy_asked_locked(sw, ctx, in->msg->max_resp_ms, in->now);
	t = mgate_querier_timing(q, &sw->params);
	convergence = mgate_params_in_force(&sw->params, &t, MGATE_PARAM_CONVERGENCE_MS);
	mgate_context_asked(ctx, in->now, convergence);
	/* Whoever was asked before answers this one too: by then at the latest. */
	mgate_context_retime(ctx, in->now + convergence);
}

static bool is_elected(const struct mgate_querier *q, const struct mgate_input *in)
{
	return q->state == MGATE_QUERIER_OTHER && q->slot == in->slot &&
	       mgate_addr_equal(&q->addr, &in->msg->src);
}

/* The group timer, or the timers of the sources that are asked about. */
static bool lower(struct mgate_member *m, const struct mgate_msg *msg, u64 until)
{
	struct mgate_record named = { .srcs = msg->body, .nsrcs = msg->count };
	struct mgate_addr src;
	unsigned int i = 0;
	bool changed = false;

	if (!msg->count)
		return mgate_timer_lower(m, until);
	while (mgate_family_source(msg->af, &named, &i, &src))
		changed |= mgate_timer_lower_source(m, &src, until);
	return changed;
}

/*
 * A query for a group, or for sources of it, lowers their timers at the ports
 * that it reaches, if the elected querier sent it and the S flag is clear
 * (RFC 9776 6.6.1): to the time that the query itself gives (RFC 2236 3). The
 * members that are still there answer and are refreshed.
 */
static void hear_specific(struct mgate_switch *sw, struct mgate_context *ctx,
			  struct mgate_input *in)
{
	struct mgate_key key = mgate_addr_key(in->msg->af, in->vid, &in->msg->grp);
	struct mgate_group *g = mgate_ledger_find(&sw->ledger, &key);
	struct mgate_timing t = mgate_querier_timing(&ctx->querier, &sw->params);
	struct mgate_member *m;
	bool changed = false;
	u64 wait;

	if (is_own(&ctx->querier, in)) {
		in->flaw = MGATE_REASON_QUERY_BAD_SOURCE;
		return;
	}
	if (!mgate_addr_is_zero(&in->msg->src))
		hear_router(sw, ctx, in);
	if (!is_elected(&ctx->querier, in)) {
		in->flaw = MGATE_REASON_QUERY_NOT_ELECTED;
		return;
	}
	if (g)
		mgate_proxy_asked_group_locked(sw, g, in->msg->max_resp_ms, in->now);
	if (!g || in->msg->suppress)
		return;
	wait = (u64)t.last_member_count * in->msg->max_resp_ms;
	in->clamped = wait < LAST_MEMBER_MIN_MS;
	wait = max_t(u64, wait, LAST_MEMBER_MIN_MS);
	list_for_each_entry(m, &g->members, node)
		if (m->slot != in->slot)
			changed |= lower(m, in->msg, in->now + wait);
	if (changed)
		mgate_due_before(&sw->queue, &g->due, in->now + wait);
}

static void hear_query(struct mgate_switch *sw, struct mgate_input *in)
{
	struct mgate_context *ctx = get_context(sw, in);

	if (!ctx)
		return;
	if (mgate_addr_is_zero(&in->msg->grp))
		hear_general(sw, ctx, in);
	else
		hear_specific(sw, ctx, in);
	mgate_context_tell(&sw->contexts, ctx);
	touch(sw, ctx, in->now);
	mgate_switch_changed(sw);
}

/* Hellos, advertisements, probes, and their goodbyes. */
static void hear_discovery(struct mgate_switch *sw, struct mgate_input *in)
{
	const struct mgate_msg *msg = in->msg;
	struct mgate_context *ctx;

	if (router_rule(sw, in) == MGATE_ROUTER_NEVER || router_rule(sw, in) == MGATE_ROUTER_QUERY)
		return;
	ctx = get_context(sw, in);
	if (!ctx)
		return;
	if (msg->hold_ms)
		in->new_router = mgate_routers_hear(&ctx->router_list, ctx->routers, in->slot,
						    msg->by, &msg->src,
						    in->now + msg->hold_ms);
	else
		mgate_routers_part(&ctx->router_list, ctx->routers, in->slot, msg->by,
				   &msg->src);
	touch(sw, ctx, in->now);
	mgate_switch_changed(sw);
}

/* What is too old teaches nothing, not even that there is such a VLAN. */
static bool hear_report(struct mgate_switch *sw, struct mgate_input *in, u16 *offset)
{
	struct mgate_context *ctx;

	if (in->msg->version < sw->ports[in->slot]->params[MGATE_PORT_MIN_VERSION]) {
		in->flaw = MGATE_REASON_OLD_VERSION;
		return false;
	}
	ctx = get_context(sw, in);
	return ctx && mgate_report_hear_locked(sw, ctx, in, offset);
}

/* One hold of the lock. Return: there is more to do. */
static bool hear(struct mgate_switch *sw, struct mgate_input *in, u16 *offset)
{
	lockdep_assert_held(&sw->lock);
	if (!test_bit(in->slot, sw->up) || mgate_context_ignores(&sw->contexts, in->vid) ||
	    !mgate_switch_sees(sw, in->msg->af))
		return false;
	if (sw->ports[in->slot]->params[MGATE_PORT_MODE] == MGATE_PORT_IGNORE) {
		in->flaw = MGATE_REASON_PORT_IGNORED;
		return false;
	}
	if (in->msg->kind == MGATE_KIND_QUERY)
		hear_query(sw, in);
	else if (in->msg->kind == MGATE_KIND_ROUTER)
		hear_discovery(sw, in);
	else
		return hear_report(sw, in, offset);
	return false;
}

/**
 * mgate_input() - learn from a message
 * @sw: the switch
 * @in: the message; its results are filled in
 *
 * Never sleeps. The lock is held for MGATE_REPORT_BATCH records at the most;
 * between two holds the port may go, and the rest is then left.
 */
void mgate_input(struct mgate_switch *sw, struct mgate_input *in)
{
	u16 offset = 0;
	bool more;

	do {
		spin_lock_bh(&sw->lock);
		mgate_switch_why(sw, MGATE_WHY_LEAVE);
		more = hear(sw, in, &offset);
		in->next = mgate_switch_next_locked(sw);
		spin_unlock_bh(&sw->lock);
	} while (more);
}
