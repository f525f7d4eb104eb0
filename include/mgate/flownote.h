/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_FLOWNOTE_H
#define MGATE_FLOWNOTE_H

#include <linux/netdevice.h>
#include <linux/netfilter_bridge.h>
#include <linux/skbuff.h>

#include <mgate/flight.h>

void mgate_flownote_begin(const struct sk_buff *skb, const struct mgate_flight *flight);
void mgate_flownote_met(struct mgate_flow_note *note, const struct sk_buff *skb,
			const struct mgate_port *out, bool pass, enum mgate_reason reason);
void mgate_flownote_end(struct mgate_flow_note *note);

/* Any odd numbers, so that the parts of a stamp do not make up for each other. */
#define MGATE_FLOWNOTE_COUNT	0x9e3779b1U
#define MGATE_FLOWNOTE_FLAGS	0x85ebca6bU
#define MGATE_FLOWNOTE_HOOKS	0xc2b2ae35U

/**
 * mgate_flownote_hooks() - who has a FORWARD hook of bridges
 * @br: a bridge of the namespace
 *
 * RCU read side. Return: them, or NULL.
 */
static inline const struct nf_hook_entries *
mgate_flownote_hooks(const struct mgate_bridge *br)
{
	return rcu_dereference(br->net->nf.hooks_bridge[NF_BR_FORWARD]);
}

/**
 * mgate_flownote_stamp() - all that could change where frames of a flow go, as one number
 * @br: the bridge
 * @n: the key is set
 *
 * Counts but grow, so that a sum stays the same only if all of them do. What else is in
 * it: what the host listens to, which changes without a word, and who has a hook. Once for
 * each frame. RCU read side.
 */
static inline u32 mgate_flownote_stamp(struct mgate_bridge *br, const struct mgate_flow_note *n)
{
	const struct mgate_flow_key *key = &n->key;
	const struct mgate_addr grp4 = { .words = { (__force u32)key->dst } };
	const struct mgate_addr *grp = key->tag & MGATE_FLOWTABLE_IPV6 ? &n->wide.dst : &grp4;
	const struct nf_hook_entries *hooks = mgate_flownote_hooks(br);
	const struct net_device *dev = br->dev;
	u32 stamp = mgate_switch_rules(&br->sw) + mgate_map_changes(&br->sw.map, grp);

	stamp += (u32)atomic_read_acquire(mgate_bridge_moved(br, key->mac));
	stamp += (u32)(uintptr_t)READ_ONCE(dev->mc.list.prev);
	stamp += (u32)READ_ONCE(dev->mc.count) * MGATE_FLOWNOTE_COUNT;
	stamp += (READ_ONCE(dev->flags) & (IFF_PROMISC | IFF_ALLMULTI)) * MGATE_FLOWNOTE_FLAGS;
	if (hooks)
		stamp += ((u32)(uintptr_t)hooks + hooks->num_hook_entries) * MGATE_FLOWNOTE_HOOKS;
	/* What the host listens to is looked at after this. */
	smp_rmb();
	return stamp;
}

/**
 * mgate_flownote_host() - a frame has come up
 * @note: of this frame
 * @host: the host gets it
 * @reason: why
 *
 * BH off.
 */
static inline void mgate_flownote_host(struct mgate_flow_note *note, bool host,
				       enum mgate_reason reason)
{
	note->met = true;
	note->host = host ? reason : MGATE_REASON_NONE;
}

#endif
