// SPDX-License-Identifier: GPL-2.0-only
/*
 * The querier that a bridge is itself: whether it may query, in which VLANs it
 * does, and what its own queries teach.
 */
#include <mgate/proxy.h>
#include <mgate/role.h>

#define V1_HOST_MS 10000	/* RFC 2236 4 */

static void review(struct mgate_switch *sw, struct mgate_context *ctx, u64 now)
{
	if (mgate_querier_mode(&ctx->querier, &sw->params, now))
		mgate_context_unlearn(ctx, sw->up);
	mgate_context_tell(&sw->contexts, ctx);
	mgate_due_before(&sw->vlan_queue, &ctx->due, mgate_context_deadline(ctx));
}

static void begin_family(struct mgate_switch *sw, u8 af, u16 vid, u64 now)
{
	struct mgate_context *ctx;

	if (mgate_context_find_rcu(&sw->contexts, af, vid))
		return;
	ctx = mgate_context_add(&sw->contexts, af, vid, true);
	if (!ctx)
		return;
	mgate_context_unlearn(ctx, sw->up);
	mgate_switch_querier(sw, ctx, now);
	review(sw, ctx, now);
}

static void begin_in(struct mgate_switch *sw, u16 vid, u64 now)
{
	u8 af;

	for (af = 0; af < MGATE_AF_MAX; af++)
		if (mgate_switch_sees(sw, af) && !mgate_switch_is_mute(sw, af, vid))
			begin_family(sw, af, vid, now);
}

/**
 * mgate_role_begin_locked() - query where nobody was heard yet
 * @sw: the switch, its lock held
 * @now: ms
 *
 * With `on` the bridge asks in its own VLAN, and where it has been told so of a VLAN
 * alone, there.
 */
void mgate_role_begin_locked(struct mgate_switch *sw, u64 now)
{
	const struct mgate_overrides *list;
	u32 wish = sw->params.v[MGATE_PARAM_QUERIER];
	unsigned int i;

	list = rcu_dereference_protected(sw->contexts.overrides, lockdep_is_held(&sw->lock));
	if (sw->params.silent)
		return;
	mgate_override_get(list, sw->main_vid, MGATE_OVERRIDE_QUERIER, &wish);
	if (wish == MGATE_QUERIER_ON)
		begin_in(sw, sw->main_vid, now);
	for (i = 0; list && i < list->n; i++)
		if (mgate_override_has(&list->vlan[i], MGATE_OVERRIDE_QUERIER) &&
		    list->vlan[i].v[MGATE_OVERRIDE_QUERIER] == MGATE_QUERIER_ON)
			begin_in(sw, list->vlan[i].vid, now);
}

/**
 * mgate_role_review_vlan_locked() - who is to query in a VLAN may have changed
 * @sw: the switch, its lock held
 * @ctx: the VLAN
 * @now: ms
 */
void mgate_role_review_vlan_locked(struct mgate_switch *sw, struct mgate_context *ctx, u64 now)
{
	lockdep_assert_held(&sw->lock);
	review(sw, ctx, now);
}

/**
 * mgate_role_review_locked() - the bridge's `querier` was changed
 * @sw: the switch, its lock held
 * @now: ms
 */
void mgate_role_review_locked(struct mgate_switch *sw, u64 now)
{
	struct mgate_context *ctx;

	lockdep_assert_held(&sw->lock);
	list_for_each_entry(ctx, &sw->contexts.list, node)
		if (!ctx->querier.own_mode)
			review(sw, ctx, now);
	mgate_role_begin_locked(sw, now);
	mgate_switch_changed(sw);
}

/* It may query from now on, or may not any more. */
static void review_all(struct mgate_switch *sw, u64 now)
{
	struct mgate_context *ctx;

	list_for_each_entry(ctx, &sw->contexts.list, node)
		review(sw, ctx, now);
	mgate_switch_changed(sw);
}

/* What was asked before could not be sent: there was no link. */
static void ask_again(struct mgate_switch *sw, u64 now)
{
	struct mgate_context *ctx;

	list_for_each_entry(ctx, &sw->contexts.list, node) {
		if (ctx->querier.state != MGATE_QUERIER_SELF || ctx->gating ||
		    ctx->settle_at != MGATE_NEVER)
			continue;
		ctx->querier.next_query = now;
		mgate_due_before(&sw->vlan_queue, &ctx->due, now);
	}
}

/**
 * mgate_role_set() - may the bridge query, and which VLAN is its own
 * @sw: the switch
 * @may: it may; else it is silent: down, or only listening
 * @vid: the VLAN in which the host itself is
 * @now: ms
 *
 * To be called again whenever one of both may have changed, and after
 * mgate_switch_flush(). Never sleeps.
 *
 * Return: when the switch next wants the time, ms.
 */
u64 mgate_role_set(struct mgate_switch *sw, bool may, u16 vid, u64 now)
{
	u64 when;

	spin_lock_bh(&sw->lock);
	sw->main_vid = vid;
	if (sw->params.silent == may) {
		sw->params.silent = !may;
		review_all(sw, now);
	}
	mgate_role_begin_locked(sw, now);
	ask_again(sw, now);
	when = mgate_switch_next_locked(sw);
	spin_unlock_bh(&sw->lock);
	return when;
}

/* Where nothing changes nothing is begun anew. */
static void mute(struct mgate_switch *sw, struct mgate_context *ctx, u64 now)
{
	bool is_mute = mgate_switch_is_mute(sw, ctx->af, ctx->vid);

	if (ctx->querier.mute == is_mute)
		return;
	ctx->querier.mute = is_mute;
	review(sw, ctx, now);
}

/**
 * mgate_role_mute() - where can the bridge query
 * @sw: the switch
 * @af: over this family
 * @vlans: VLANs in which it cannot, MGATE_VLANS bits: it never queries there, whatever it
 *	is told
 * @now: ms
 *
 * As mgate_role_set().
 *
 * Return: when the switch next wants the time, ms.
 */
u64 mgate_role_mute(struct mgate_switch *sw, u8 af, const unsigned long *vlans, u64 now)
{
	struct mgate_context *ctx;
	u64 when;

	spin_lock_bh(&sw->lock);
	if (!bitmap_equal(sw->mute[af], vlans, MGATE_VLANS)) {
		bitmap_copy(sw->mute[af], vlans, MGATE_VLANS);
		list_for_each_entry(ctx, &sw->contexts.list, node)
			mute(sw, ctx, now);
		mgate_switch_changed(sw);
	}
	mgate_role_begin_locked(sw, now);
	when = mgate_switch_next_locked(sw);
	spin_unlock_bh(&sw->lock);
	return when;
}

/**
 * mgate_role_named() - in our general query there is to be an address, or none
 * @sw: the switch
 * @af: family
 * @vid: VLAN id
 * @named: there is one
 */
void mgate_role_named(struct mgate_switch *sw, u8 af, u16 vid, bool named)
{
	struct mgate_context *ctx;

	spin_lock_bh(&sw->lock);
	ctx = mgate_context_find_rcu(&sw->contexts, af, vid);
	if (ctx)
		ctx->querier.named = named;
	spin_unlock_bh(&sw->lock);
}

/*
 * How long until our query has been answered. Hosts of version 1 take their ten
 * seconds, whatever is configured. And who asks without an address is no router
 * to its neighbours: were there another querier, we would not know where, and
 * keep from it what its side of the network wants. So nothing is cut before it
 * would have been heard.
 */
static u64 answered_in(const struct mgate_switch *sw, const struct mgate_context *ctx,
		       u64 now)
{
	const struct mgate_querier *q = &ctx->querier;
	struct mgate_timing t = mgate_querier_timing(q, &sw->params);
	u64 ms;

	if (mgate_querier_asks_in(q, &sw->params) == 1)
		t.response_ms = max_t(u32, t.response_ms, V1_HOST_MS);
	ms = mgate_params_in_force(&sw->params, &t, MGATE_PARAM_CONVERGENCE_MS);
	if (sw->params.v[MGATE_PARAM_CONVERGENCE_MS] == MGATE_AUTO && !q->named &&
	    q->state == MGATE_QUERIER_SELF && q->alone_at > now)
		ms = max(ms, q->alone_at - now);
	return ms;
}

/**
 * mgate_role_asked() - a general query of ours was sent
 * @sw: the switch
 * @af: family
 * @vid: VLAN id
 * @slot: the port it was sent at, or MGATE_SLOT_NONE for all
 * @now: ms
 */
void mgate_role_asked(struct mgate_switch *sw, u8 af, u16 vid, u16 slot, u64 now)
{
	struct mgate_context *ctx;
	struct mgate_timing t;
	u64 convergence;

	spin_lock_bh(&sw->lock);
	ctx = mgate_context_find_rcu(&sw->contexts, af, vid);
	if (ctx && ctx->querier.state != MGATE_QUERIER_NONE) {
		t = mgate_querier_timing(&ctx->querier, &sw->params);
		convergence = answered_in(sw, ctx, now);
		if (slot == MGATE_SLOT_NONE) {
			mgate_context_asked(ctx, now, convergence);
			mgate_proxy_asked_locked(sw, ctx, t.response_ms, now);
		}
		if (slot != MGATE_SLOT_NONE && test_bit(slot, sw->up))
			mgate_context_asked_port(ctx, slot, now, convergence);
		mgate_due_before(&sw->vlan_queue, &ctx->due, mgate_context_deadline(ctx));
		mgate_switch_changed(sw);
	}
	spin_unlock_bh(&sw->lock);
}

/**
 * mgate_role_failed() - a general query of ours could not be sent
 * @sw: the switch
 * @af: family
 * @vid: VLAN id
 * @again: when to try again, ms; MGATE_NEVER: with the next one
 *
 * Nobody was asked, so nobody can be cut: the VLAN floods until one was sent.
 */
void mgate_role_failed(struct mgate_switch *sw, u8 af, u16 vid, u64 again)
{
	struct mgate_context *ctx;

	spin_lock_bh(&sw->lock);
	ctx = mgate_context_find_rcu(&sw->contexts, af, vid);
	if (ctx && ctx->querier.state == MGATE_QUERIER_SELF) {
		mgate_context_unlearn(ctx, sw->up);
		if (again != MGATE_NEVER)
			mgate_querier_again(&ctx->querier, &sw->params, again);
		mgate_due_before(&sw->vlan_queue, &ctx->due, mgate_context_deadline(ctx));
		mgate_switch_changed(sw);
	}
	spin_unlock_bh(&sw->lock);
}
