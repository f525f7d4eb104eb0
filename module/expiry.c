// SPDX-License-Identifier: GPL-2.0-only
/*
 * What time does to the switch: memberships end, queriers fall silent, router
 * ports are forgotten, own queries fall due. Never early, and late by no more
 * than the tick that calls this.
 */
#include <mgate/expiry.h>
#include <mgate/membership.h>
#include <mgate/role.h>

static bool has_room(const struct mgate_expiry *run)
{
	return run->n < MGATE_EXPIRY_ASKS;
}

static struct mgate_ask *ask(struct mgate_switch *sw, struct mgate_expiry *run)
{
	struct mgate_ask *a = &run->ask[run->n++];
	struct mgate_timing t = mgate_params_timing(&sw->params);

	memset(a, 0, sizeof(*a));
	a->vid = sw->own_vid;
	a->slot = MGATE_SLOT_NONE;
	a->query.af = MGATE_AF_INET;
	a->query.src = sw->own.addr;
	a->query.version = sw->own.version;
	a->query.robustness = (u8)t.robustness;
	a->query.interval_ms = t.query_ms;
	a->query.max_resp_ms = t.response_ms;
	return a;
}

/* RFC 9776 6.6.3.1: the S flag is set where the timer was raised meanwhile. */
static void ask_group(struct mgate_switch *sw, struct mgate_member *m, struct mgate_expiry *run)
{
	struct mgate_timing t = mgate_params_timing(&sw->params);
	struct mgate_ask *a = ask(sw, run);

	a->slot = m->slot;
	a->vid = m->group->key.vid;
	a->query.grp = m->group->key.grp;
	a->query.max_resp_ms = t.last_member_ms;
	a->query.suppress = m->until > run->now + mgate_params_last_member_ms(&t);
	m->asks--;
	m->ask_at = run->now + t.last_member_ms;
}

/* RFC 9776 6.6.2: who is not the querier any more asks no further. */
static bool still_querier(struct mgate_switch *sw, const struct mgate_group *g)
{
	const struct mgate_context *ctx;

	ctx = mgate_context_find_rcu(&sw->contexts, g->key.af, g->key.vid);
	return ctx && ctx->querier.state == MGATE_QUERIER_SELF;
}

/* Return: false if there was no room for all queries. */
static bool expire_group(struct mgate_switch *sw, struct mgate_group *g,
			 struct mgate_expiry *run)
{
	struct mgate_member *m;
	bool over = false;

	list_for_each_entry(m, &g->members, node) {
		if (m->asks && !still_querier(sw, g))
			m->asks = 0;
		if (m->asks && m->ask_at <= run->now) {
			if (!has_room(run)) {
				mgate_due_at(&sw->queue, &g->due, run->now);
				return false;
			}
			ask_group(sw, m, run);
		}
		over |= m->learned && m->until <= run->now;
	}
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

/* Return: false if there was no room for a query. */
static bool expire_context(struct mgate_switch *sw, struct mgate_context *ctx,
			   struct mgate_expiry *run)
{
	struct mgate_querier_own own = mgate_role_own(sw, ctx);

	mgate_routers_expire(&ctx->router_list, ctx->routers, run->now);
	if (mgate_querier_expire(&ctx->querier, &own, &sw->params, run->now))
		mgate_context_unlearn(ctx, sw->up);
	mgate_context_settle(ctx, run->now);
	mgate_switch_changed(sw);
	if (!has_room(run)) {
		mgate_due_at(&sw->queue, &ctx->due, run->now);
		return false;
	}
	if (mgate_querier_ask(&ctx->querier, &sw->params, run->now)) {
		ask(sw, run);
		keep(sw, ctx, run->now);
	}
	if (ctx->idle_at <= run->now)
		mgate_switch_forget_context(sw, ctx);
	else
		mgate_due_at(&sw->queue, &ctx->due, mgate_context_deadline(ctx));
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
	run->next = mgate_due_next(&sw->queue);
	spin_unlock_bh(&sw->lock);
}
