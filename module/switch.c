// SPDX-License-Identifier: GPL-2.0-only
/*
 * The switch as a whole: its tunables, and forgetting.
 * Messages come in by input.c, time by expiry.c, readers by gate.c.
 */
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include <mgate/limit.h>
#include <mgate/membership.h>
#include <mgate/role.h>
#include <mgate/switch.h>
#include <mgate/swport.h>

/**
 * mgate_switch_setup() - a switch without ports
 * @sw: zeroed memory
 *
 * May sleep. Return: 0 or -ENOMEM.
 */
int mgate_switch_setup(struct mgate_switch *sw)
{
	unsigned int i;

	spin_lock_init(&sw->lock);
	timerqueue_init_head(&sw->queue);
	for (i = 0; i < ARRAY_SIZE(sw->askers); i++)
		INIT_LIST_HEAD(&sw->askers[i]);
	timerqueue_init_head(&sw->vlan_queue);
	mgate_due_setup(&sw->due, MGATE_DUE_SWITCH);
	mgate_due_setup(&sw->goodbyes.due, MGATE_DUE_GOODBYES);
	mgate_params_setup(&sw->params);
	sw->families = 1 << MGATE_AF_INET | 1 << MGATE_AF_INET6;
	sw->params.silent = true;
	mgate_context_setup(&sw->contexts, &sw->news);
	sw->words = 1;
	sw->ledger.map = &sw->map;
	sw->map.news = &sw->news;
	return mgate_map_setup(&sw->map);
}

/**
 * mgate_switch_clear() - give back what an empty switch holds
 * @sw: all its ports were deleted before, and no frame is in flight
 *
 * May sleep.
 */
void mgate_switch_clear(struct mgate_switch *sw)
{
	mgate_switch_mute(sw);
	mgate_switch_flush(sw, 0);
	mgate_map_clear(&sw->map);
	mgate_context_clear(&sw->contexts);
	kfree(rcu_dereference_protected(sw->flood, true));
}

/* A shorter interval counts for what is awaited already; but hosts that were asked
 * to answer within a longer response interval still have that.
 */
static void retime(struct mgate_switch *sw, enum mgate_param id, u64 now)
{
	struct mgate_context *ctx;
	struct mgate_timing t;

	list_for_each_entry(ctx, &sw->contexts.list, node) {
		mgate_querier_retime(&ctx->querier, &sw->params, now);
		t = mgate_querier_timing(&ctx->querier, &sw->params);
		if (id == MGATE_PARAM_CONVERGENCE_MS)
			mgate_context_retime(ctx, now + mgate_params_in_force(&sw->params, &t, id));
		mgate_due_before(&sw->vlan_queue, &ctx->due, mgate_context_deadline(ctx));
	}
}

/* What was not looked at until now floods until a query has been answered. */
static void set_ipv6(struct mgate_switch *sw, u32 value, u64 now)
{
	struct mgate_context *ctx, *next;
	u8 bit = 1 << MGATE_AF_INET6;

	WRITE_ONCE(sw->families, value == MGATE_IPV6_OFF ? sw->families & ~bit :
							   sw->families | bit);
	list_for_each_entry_safe(ctx, next, &sw->contexts.list, node) {
		if (ctx->af != MGATE_AF_INET6)
			continue;
		if (value == MGATE_IPV6_OFF) {
			mgate_switch_forget_context(sw, ctx);
			continue;
		}
		mgate_context_unlearn(ctx, sw->up);
		if (ctx->querier.state == MGATE_QUERIER_SELF)
			ctx->querier.next_query = now;
		mgate_due_before(&sw->vlan_queue, &ctx->due, mgate_context_deadline(ctx));
	}
	mgate_role_begin_locked(sw, now);
}

/**
 * mgate_switch_set() - change a tunable of the bridge
 * @sw: the switch
 * @id: which
 * @value: the new value
 * @now: ms
 * @other: on -EINVAL, the tunable that stands in the way
 * @err: as mgate_params_set()
 *
 * Return: when the switch next wants the time, ms.
 */
u64 mgate_switch_set(struct mgate_switch *sw, enum mgate_param id, u32 value, u64 now,
		     enum mgate_param *other, int *err)
{
	struct mgate_params next;
	u64 when;

	spin_lock_bh(&sw->lock);
	mgate_switch_why(sw, MGATE_WHY_RULE);
	next = sw->params;
	*err = mgate_params_set(&next, id, value, other);
	if (!*err && value != sw->params.v[id]) {
		/* One word: a reader sees the old value or the new. */
		WRITE_ONCE(sw->params.v[id], value);
		retime(sw, id, now);
		if (id == MGATE_PARAM_QUERIER)
			mgate_role_review_locked(sw, now);
		if (id == MGATE_PARAM_IPV6)
			set_ipv6(sw, value, now);
		mgate_switch_changed(sw);
	}
	when = mgate_switch_next_locked(sw);
	spin_unlock_bh(&sw->lock);
	return when;
}

/**
 * mgate_switch_forget_context() - forget all of a VLAN but its memberships
 * @sw: the switch, its lock held
 * @ctx: the VLAN, gone after this
 */
void mgate_switch_forget_context(struct mgate_switch *sw, struct mgate_context *ctx)
{
	mgate_due_clear(&sw->vlan_queue, &ctx->due);
	mgate_context_del(&sw->contexts, ctx);
	mgate_switch_changed(sw);
}

/**
 * mgate_switch_mute() - nobody is told of anything any more
 * @sw: the switch
 */
void mgate_switch_mute(struct mgate_switch *sw)
{
	spin_lock_bh(&sw->lock);
	sw->news.tell = NULL;
	spin_unlock_bh(&sw->lock);
}

/**
 * mgate_switch_next() - when the switch next wants the time
 * @sw: the switch
 *
 * Return: ms, or MGATE_NEVER.
 */
u64 mgate_switch_next(struct mgate_switch *sw)
{
	u64 when;

	spin_lock_bh(&sw->lock);
	when = mgate_switch_next_locked(sw);
	spin_unlock_bh(&sw->lock);
	return when;
}

/**
 * mgate_switch_unlearn() - flood everywhere until queries are answered anew
 * @sw: the switch
 *
 * To be called a grace period before mgate_switch_flush(), so that no frame
 * finds a VLAN that gates and its tables empty.
 */
void mgate_switch_unlearn(struct mgate_switch *sw)
{
	struct mgate_context *ctx;

	spin_lock_bh(&sw->lock);
	list_for_each_entry(ctx, &sw->contexts.list, node)
		mgate_context_unlearn(ctx, sw->up);
	mgate_switch_changed(sw);
	spin_unlock_bh(&sw->lock);
}

/**
 * mgate_switch_flush() - forget all that was learned
 * @sw: the switch
 * @now: ms
 *
 * Memberships, router ports and queriers. Everything floods until a querier
 * was heard and answered anew.
 */
void mgate_switch_flush(struct mgate_switch *sw, u64 now)
{
	struct mgate_context *ctx, *next;
	unsigned int slot;

	spin_lock_bh(&sw->lock);
	mgate_switch_why(sw, MGATE_WHY_FLUSH);
	list_for_each_entry_safe(ctx, next, &sw->contexts.list, node)
		mgate_switch_forget_context(sw, ctx);
	spin_unlock_bh(&sw->lock);
	for (slot = 0; slot < MGATE_SLOTS; slot++)
		mgate_membership_forget(sw, (u16)slot, false, MGATE_WHY_FLUSH, now);
	spin_lock_bh(&sw->lock);
	mgate_switch_why(sw, MGATE_WHY_FLUSH);
	for_each_set_bit(slot, sw->up, MGATE_SLOTS)
		mgate_swport_forget_locked(sw, (u16)slot, now);
	mgate_due_clear(&sw->queue, &sw->due);
	mgate_due_clear(&sw->queue, &sw->goodbyes.due);
	sw->goodbyes.n = 0;
	mgate_limit_end_bridge_locked(sw);
	mgate_switch_changed(sw);
	spin_unlock_bh(&sw->lock);
}
