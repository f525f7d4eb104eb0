// SPDX-License-Identifier: GPL-2.0-only
/*
 * The querier that a bridge is itself: taking the role, giving it up, and what
 * its own queries teach.
 */
#include <mgate/role.h>

static void cease_to_query(struct mgate_switch *sw, struct mgate_context *ctx)
{
	if (ctx->querier.state != MGATE_QUERIER_SELF)
		return;
	memset(&ctx->querier, 0, sizeof(ctx->querier));
	mgate_context_unlearn(ctx, sw->up);
}

/**
 * mgate_role_set() - be a querier, or cease to be one
 * @sw: the switch
 * @own: address, version, and whether at all
 * @vid: the VLAN to query in
 * @now: ms
 *
 * Begins with a startup burst, unless a querier is heard already.
 *
 * Return: when the switch next wants the time, ms.
 */
u64 mgate_role_set(struct mgate_switch *sw, const struct mgate_querier_own *own, u16 vid,
		   u64 now)
{
	struct mgate_context *ctx;
	u64 when;

	spin_lock_bh(&sw->lock);
	ctx = mgate_switch_main(sw);
	if (ctx && (!own->on || vid != sw->own_vid))
		cease_to_query(sw, ctx);
	sw->own = *own;
	sw->own_vid = vid;
	ctx = mgate_switch_main(sw);
	if (own->on && !ctx) {
		ctx = mgate_context_add(&sw->contexts, MGATE_AF_INET, vid, true);
		if (ctx)
			mgate_context_unlearn(ctx, sw->up);
	}
	if (ctx && own->on && ctx->querier.state == MGATE_QUERIER_NONE)
		mgate_querier_start(&ctx->querier, &sw->params, now);
	if (ctx)
		mgate_due_before(&sw->queue, &ctx->due, mgate_context_deadline(ctx));
	when = mgate_due_next(&sw->queue);
	spin_unlock_bh(&sw->lock);
	return when;
}

/**
 * mgate_role_again() - query anew, after mgate_switch_flush()
 * @sw: the switch
 * @now: ms
 *
 * Return: when the switch next wants the time, ms.
 */
u64 mgate_role_again(struct mgate_switch *sw, u64 now)
{
	struct mgate_querier_own own;
	u16 vid;

	spin_lock_bh(&sw->lock);
	own = sw->own;
	vid = sw->own_vid;
	spin_unlock_bh(&sw->lock);
	return mgate_role_set(sw, &own, vid, now);
}

/**
 * mgate_role_asked() - an own general query was sent
 * @sw: the switch
 * @af: family
 * @vid: VLAN id
 * @now: ms
 */
void mgate_role_asked(struct mgate_switch *sw, u8 af, u16 vid, u64 now)
{
	struct mgate_timing t = mgate_params_timing(&sw->params);
	struct mgate_context *ctx;

	spin_lock_bh(&sw->lock);
	ctx = mgate_context_find_rcu(&sw->contexts, af, vid);
	if (ctx && ctx->querier.state == MGATE_QUERIER_SELF) {
		mgate_context_asked(ctx, now,
				    mgate_params_in_force(&sw->params, &t,
							  MGATE_PARAM_CONVERGENCE_MS));
		mgate_due_before(&sw->queue, &ctx->due, mgate_context_deadline(ctx));
		mgate_switch_changed(sw);
	}
	spin_unlock_bh(&sw->lock);
}
