/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_REDIRECT_H
#define MGATE_REDIRECT_H

#include <linux/if_bridge.h>
#include <linux/netdevice.h>

#include <mgate/flight.h>
#include <mgate/flownote.h>
#include <mgate/probe.h>

struct net_bridge_port;

/* The bridge exports it, but declares it in a header of its own (br_private.h).
 * It consumes @skb or, with @local_rcv, a clone of it.
 */
void br_forward(const struct net_bridge_port *to, struct sk_buff *skb, bool local_rcv,
		bool local_orig);

bool mgate_redirect_takes_unknown(const struct mgate_port *out, const struct mgate_plan *plan,
				  enum mgate_reason reason);
void mgate_redirect_begin(struct sk_buff *skb, struct mgate_flight *flight);
unsigned int mgate_redirect_send(struct sk_buff *skb, const struct mgate_flight *flight);
void mgate_redirect_replan(struct mgate_flight *flight);
unsigned int mgate_redirect_straight(struct sk_buff *skb, const struct mgate_flight *flight);
void mgate_redirect_failed(struct sk_buff *skb, struct mgate_flight *flight);
void mgate_redirect_keep(const struct mgate_sending *s, const struct mgate_port *out,
			 enum mgate_reason reason, unsigned int bytes);
void mgate_redirect_missed(const struct sk_buff *skb, const struct net_device *dev);
void mgate_redirect_lost(struct mgate_bridge *br, u16 vid);
void mgate_redirect_found(struct mgate_bridge *br, u16 vid);
void mgate_redirect_renew(struct mgate_bridge *br);

/**
 * mgate_redirect_tag() - the VLAN tag of a frame, whole
 * @skb: the frame
 */
static inline struct mgate_redirect_tag mgate_redirect_tag(const struct sk_buff *skb)
{
	if (likely(!skb_vlan_tag_present(skb)))
		return (struct mgate_redirect_tag){ };
	return (struct mgate_redirect_tag){
		.present = true,
		.proto = skb->vlan_proto,
		.tci = skb_vlan_tag_get(skb),
	};
}

/**
 * mgate_redirect_may() - are frames of a VLAN redirected
 * @br: the bridge
 * @vid: the VLAN
 * @filters: the bridge tells VLANs apart
 *
 * As far as it is not a matter of the single frame. RCU read side.
 */
static inline bool mgate_redirect_may(const struct mgate_bridge *br, u16 vid, bool filters)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT) || READ_ONCE(br->gate_only) ||
	    READ_ONCE(br->state) != MGATE_STATE_ON ||
	    !READ_ONCE(br->sw.params.v[MGATE_PARAM_REDIRECT]))
		return false;
	/* Where the bridge is not, what is sent up to it is lost. */
	if (unlikely(filters) && !mgate_bridge_is_in_vlan(br->dev, vid))
		return false;
	/* Of the forwarding database: a bridge that does not filter VLANs has one. */
	return !test_bit(filters ? vid : 0, br->lost);
}

/**
 * mgate_redirect_wants() - is a frame one to be redirected
 * @f: the frame, data or a message
 * @plan: where it goes
 *
 * Data for all is flooded best by the bridge itself. Messages are not, as some ports may
 * get no unknown multicast (`mcast_flood off`), but in VLANs that are left alone.
 * Neighbour solicitations are few, and the bridge floods them by rules of its own, which
 * redirect would bypass (`neigh_suppress`).
 */
static inline bool mgate_redirect_wants(const struct mgate_frame *f, const struct mgate_plan *plan)
{
	if (f->kind == MGATE_FRAME_CONTROL)
		return plan->pass != MGATE_REASON_FLOOD_IGNORED;
	return plan->pass == MGATE_REASON_NONE && !f->solicits;
}

/**
 * mgate_redirect_restore() - give a frame its destination back
 * @skb: the frame or, in FORWARD, the first of its clones, whose header is that
 *	of all; nobody else has it
 * @flight: what was decided of it
 */
static inline void mgate_redirect_restore(struct sk_buff *skb, struct mgate_flight *flight)
{
	ether_addr_copy(eth_hdr(skb)->h_dest, flight->dest);
	flight->turned = NULL;
	mgate_probe_end(flight->port, flight->key.vid);
}

/**
 * mgate_redirect_is_flooded() - does a port get what the bridge floods of multicast
 * @dev: the port's device
 *
 * RCU read side.
 */
static inline bool mgate_redirect_is_flooded(const struct net_device *dev)
{
	return br_port_flag_is_set(dev, BR_MCAST_FLOOD) && !br_port_flag_is_set(dev, BR_PROXYARP);
}

/**
 * mgate_redirect_leaves() - does a redirected frame leave by a port that it passes at
 * @out: the port
 * @plan: the frame's plan
 * @reason: by which it passes there
 *
 * Not by way of the backup port of a port without a link, which has a copy of
 * its own if it asked. RCU read side.
 */
static inline bool mgate_redirect_leaves(const struct mgate_port *out,
					 const struct mgate_plan *plan,
					 enum mgate_reason reason)
{
	if (!netif_is_bridge_port(out->dev) || !netif_running(out->dev) ||
	    !netif_carrier_ok(out->dev))
		return false;
	if (likely(plan->pass != MGATE_REASON_NONE || plan->hold != MGATE_REASON_UNKNOWN_DROP))
		return true;
	return mgate_redirect_takes_unknown(out, plan, reason);
}

/**
 * mgate_redirect_sending() - is this a copy that is being sent; counts it
 * @skb: a frame in FORWARD
 * @out: the port it leaves by
 */
static inline bool mgate_redirect_sending(const struct sk_buff *skb,
					  const struct net_device *out)
{
	const struct mgate_sending *s;

	/* In process context a softirq may come between, and end it. */
	if (unlikely(!in_softirq()))
		return false;
	s = this_cpu_ptr(mgate_flight_places)->sending;
	if (!s || s->head != skb->head || s->out->dev != out)
		return false;
	if (unlikely(s->note))
		mgate_flownote_met(s->note, skb, s->out, true, s->reason);
	mgate_bridge_count(s->out, s->reason);
	mgate_counters_reach(s->out, s->hold);
	if (unlikely(s->key))
		mgate_redirect_keep(s, s->out, s->reason, skb->len);
	return true;
}

#endif
