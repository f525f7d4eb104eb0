// SPDX-License-Identifier: GPL-2.0-only
/* VLANs for which something else holds than for the bridge: left alone, or tuned apart. */
#include <mgate/membership.h>
#include <mgate/role.h>
#include <mgate/vlans.h>

static void forget_contexts(struct mgate_switch *sw)
{
	struct mgate_context *ctx, *next;

	list_for_each_entry_safe(ctx, next, &sw->contexts.list, node)
		if (mgate_context_ignores(&sw->contexts, ctx->vid))
			mgate_switch_forget_context(sw, ctx);
}

/**
 * mgate_vlans_ignore() - leave these VLANs alone, and no others
 * @sw: the switch
 * @vlans: MGATE_VLANS bits
 * @now: ms
 *
 * They flood from now on, and nothing is learned there. Their memberships are still
 * there: mgate_vlans_forget() takes them a grace period later, so that no frame finds
 * a VLAN that gates and its tables empty. A VLAN that was left alone until now floods
 * until it has converged, as does a new one.
 *
 * Return: when the switch next wants the time, ms.
 */
u64 mgate_vlans_ignore(struct mgate_switch *sw, const unsigned long *vlans, u64 now)
{
	unsigned int i;
	u64 when;

	spin_lock_bh(&sw->lock);
	mgate_switch_why(sw, MGATE_WHY_RULE);
	for (i = 0; i < BITS_TO_LONGS(MGATE_VLANS); i++)
		WRITE_ONCE(sw->contexts.ignored[i], vlans[i]);
	forget_contexts(sw);
	mgate_role_begin_locked(sw, now);
	mgate_switch_changed(sw);
	when = mgate_switch_next_locked(sw);
	spin_unlock_bh(&sw->lock);
	return when;
}

/**
 * mgate_vlans_forget() - forget who was a member in VLANs that are left alone
 * @sw: the switch
 * @now: ms
 *
 * What the administrator set stays, and counts when they are not left alone any more.
 */
void mgate_vlans_forget(struct mgate_switch *sw, u64 now)
{
	unsigned int slot;

	for (slot = 0; slot < MGATE_SLOTS; slot++)
		mgate_membership_forget_ignored(sw, (u16)slot, now);
}

/* Who queries there is found anew only where that is what has changed. */
static void override_in(struct mgate_switch *sw, struct mgate_context *ctx, u64 now)
{
	u8 before = ctx->querier.own_mode;

	mgate_context_override(&sw->contexts, ctx);
	if (ctx->querier.own_mode != before)
		mgate_role_review_vlan_locked(sw, ctx, now);
}

/**
 * mgate_vlans_override() - tune single VLANs apart
 * @sw: the switch
 * @list: what differs there from now on
 * @now: ms
 * @next: when the switch next wants the time, ms
 *
 * Return: what it was until now, which readers may see for a grace period; or NULL.
 */
struct mgate_overrides *mgate_vlans_override(struct mgate_switch *sw,
					     struct mgate_overrides *list, u64 now, u64 *next)
{
	struct mgate_overrides *old;
	struct mgate_context *ctx;

	spin_lock_bh(&sw->lock);
	mgate_switch_why(sw, MGATE_WHY_RULE);
	old = rcu_replace_pointer(sw->contexts.overrides, list, lockdep_is_held(&sw->lock));
	list_for_each_entry(ctx, &sw->contexts.list, node)
		override_in(sw, ctx, now);
	mgate_role_begin_locked(sw, now);
	mgate_switch_changed(sw);
	*next = mgate_switch_next_locked(sw);
	spin_unlock_bh(&sw->lock);
	return old;
}
