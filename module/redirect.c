// SPDX-License-Identifier: GPL-2.0-only
/*
 * Redirect: in PRE_ROUTING a frame is turned to the bridge itself, by the
 * bridge's own address as its destination. The bridge then does all it does
 * with a frame that comes in (VLAN, port state, locked port, learning), floods
 * nothing, and gives it up to the host. There, in LOCAL_IN, it gets its
 * destination back and is sent to those alone who asked for it.
 *
 * What cannot be turned goes by the gate. What was turned and does not come up,
 * because the bridge has lost its own address from its forwarding database,
 * is met in FORWARD, gets its destination back there and goes by the gate.
 *
 * Everything happens to a frame within one softirq on one CPU.
 */
#include <linux/etherdevice.h>
#include <linux/if_bridge.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/percpu.h>

#include <mgate/flow.h>
#include <mgate/flownote.h>
#include <mgate/host.h>
#include <mgate/port.h>
#include <mgate/probe.h>
#include <mgate/redirect.h>
#include <mgate/trace.h>

/* Outside of a softirq (a verdict of NFQUEUE) another frame may come between,
 * and on PREEMPT_RT even within. Flooding is better done by the bridge itself.
 */
static bool can_turn(const struct sk_buff *skb, const struct mgate_flight *flight)
{
	return skb->pkt_type == PACKET_MULTICAST && !mgate_frame_is_marked(skb) &&
	       mgate_redirect_may(flight->port->bridge, flight->key.vid, flight->filters) &&
	       mgate_probe_begin(flight->port, flight->key.vid);
}

/* The tag that the bridge sees in it where it tells VLANs apart: in an untagged frame the
 * port's PVID, in one with a priority tag that and its priority.
 */
static noinline void complete_tag(struct mgate_flight *flight)
{
	struct mgate_redirect_tag *tag = &flight->tag;

	tag->present = true;
	tag->proto = mgate_bridge_vlan_proto(flight->port->bridge);
	tag->tci = (tag->tci & ~VLAN_VID_MASK) | flight->key.vid;
}

static void put_tag(struct sk_buff *skb, const struct mgate_redirect_tag *tag)
{
	if (tag->present)
		__vlan_hwaccel_put_tag(skb, tag->proto, tag->tci);
	else
		__vlan_hwaccel_clear_tag(skb);
}

/**
 * mgate_redirect_begin() - turn a frame to the bridge itself
 * @skb: the frame, in PRE_ROUTING
 * @flight: what was decided of it
 *
 * In a softirq. If it cannot be turned nothing happens: the gate serves.
 */
void mgate_redirect_begin(struct sk_buff *skb, struct mgate_flight *flight)
{
	if (!can_turn(skb, flight) || skb_ensure_writable(skb, 0))
		return;
	if (unlikely(flight->head != skb->head)) {
		flight->head = skb->head;
		flight->reread = true;
	}
	flight->turned = skb;
	flight->tag = mgate_redirect_tag(skb);
	if (unlikely(flight->filters))
		complete_tag(flight);
	ether_addr_copy(flight->dest, eth_hdr(skb)->h_dest);
	ether_addr_copy(flight->via, flight->port->bridge->dev->dev_addr);
	ether_addr_copy(eth_hdr(skb)->h_dest, flight->via);
}

/**
 * mgate_redirect_takes_unknown() - as mgate_redirect_leaves(), of a group that is unknown
 * @out: the port, which has a link
 * @plan: the frame's plan
 * @reason: by which it passes there
 *
 * Unknown groups obey `mcast_flood` and `proxy_arp`, as in the bridge, but where the port may
 * have asked for them. RCU read side.
 */
bool mgate_redirect_takes_unknown(const struct mgate_port *out, const struct mgate_plan *plan,
				  enum mgate_reason reason)
{
	return reason != plan->via_member || mgate_gate_routes(plan, out->slot) ||
	       test_bit(out->slot, plan->others) ||
	       mgate_redirect_is_flooded(out->dev);
}

static __always_inline void forward(struct mgate_flights *here, struct sk_buff *skb,
				    const struct mgate_sending *s, bool keep)
{
	here->sending = s;
	br_forward(rcu_dereference(s->out->dev->rx_handler_data), skb, keep, false);
	here->sending = NULL;
}

static unsigned long wanted(const struct mgate_switch *sw, const struct mgate_plan *plan,
			    unsigned int word)
{
	if (plan->pass != MGATE_REASON_NONE)
		return READ_ONCE(sw->up[word]);
	return word < plan->words ? plan->members[word] | plan->routers[word] |
				    plan->others[word] : 0;
}

/* Data never does. What is for all, as a query, goes to the hosts behind the same port too,
 * where that one reflects (VEPA), as without mgate.
 */
static bool goes_back(const struct mgate_port *in, const struct mgate_plan *plan)
{
	return plan->pass != MGATE_REASON_NONE &&
	       br_port_flag_is_set(in->dev, BR_HAIRPIN_MODE) &&
	       br_port_flag_is_set(in->dev, BR_MCAST_FLOOD);
}

/* A clone for each port but the last. Return: @last, with its port or NULL. */
static void send_copies(struct mgate_flights *here, struct sk_buff *skb,
			const struct mgate_port *in, const struct mgate_plan *plan,
			struct mgate_sending *last)
{
	const struct mgate_bridge *br = in->bridge;
	unsigned int word, words = READ_ONCE(br->sw.words);
	const struct mgate_port *out;
	enum mgate_reason reason;
	unsigned long bits;
	u16 slot;
	bool pass;

	for (word = 0; word < words; word++) {
		for (bits = wanted(&br->sw, plan, word); bits; bits &= bits - 1) {
			slot = word * BITS_PER_LONG + __ffs(bits);
			out = rcu_dereference(br->by_slot[slot]);
			if (!out || (out == in && !goes_back(in, plan)))
				continue;
			reason = mgate_gate_test(&br->sw, plan, slot, &pass);
			if (!mgate_redirect_leaves(out, plan, reason))
				continue;
			if (last->out)
				forward(here, skb, last, true);
			last->out = out;
			last->reason = reason;
		}
	}
}

/* What send_copies() is about to do, and what it leaves out. */
static noinline void trace_all(const struct mgate_flight *flight)
{
	const struct mgate_plan *plan = &flight->plan;
	struct mgate_bridge *br = flight->port->bridge;
	const struct mgate_port *out;
	enum mgate_reason reason;
	unsigned int slot;
	bool pass;

	for_each_set_bit(slot, br->sw.up, MGATE_SLOTS) {
		out = rcu_dereference(br->by_slot[slot]);
		if (!out || (out == flight->port && !goes_back(out, plan)))
			continue;
		reason = mgate_gate_test(&br->sw, plan, (u16)slot, &pass);
		if (!pass || mgate_redirect_leaves(out, plan, reason))
			trace_mgate_verdict(out, &flight->key, reason, pass);
	}
}

/**
 * mgate_redirect_keep() - a redirected frame leaves by a port, or goes up: for the figures
 * @s: the copy
 * @out: the port, or the host
 * @reason: why
 * @bytes: its length
 *
 * In a softirq.
 */
void mgate_redirect_keep(const struct mgate_sending *s, const struct mgate_port *out,
			 enum mgate_reason reason, unsigned int bytes)
{
	struct mgate_stats *stats = &out->bridge->stats;

	mgate_stats_count(stats, s->key, out->slot, MGATE_STATS_OUT, reason, bytes);
	if (mgate_counters_is_hold(s->hold))
		mgate_stats_count(stats, s->key, out->slot, MGATE_STATS_REACHED, s->hold, bytes);
}

/* What came in; those who are left out are never looked at. */
static noinline void keep_in(const struct mgate_flight *flight, struct mgate_sending *last,
			     unsigned int bytes)
{
	const struct mgate_port *in = flight->port;

	last->key = &flight->key;
	mgate_stats_count(&in->bridge->stats, &flight->key, in->slot, MGATE_STATS_IN,
			  mgate_counters_is_hold(last->hold) ? last->hold : MGATE_REASON_NONE,
			  bytes);
}

static void give_to_host(struct sk_buff *skb, struct net_device *br,
			 const struct mgate_redirect_tag *tag)
{
	skb->dev = br;
	put_tag(skb, tag);
	DEV_STATS_INC(br, multicast);
}

/**
 * mgate_redirect_send() - send a frame that came up to those who asked for it
 * @skb: the frame, in LOCAL_IN, its destination restored
 * @flight: what was decided of it
 *
 * In a softirq. The host gets the frame itself as the bridge left it, the ports
 * get clones with the tag that the bridge saw in it. Sending may bring other
 * frames here on this CPU, which have their own places.
 *
 * Return: the verdict.
 */
unsigned int mgate_redirect_send(struct sk_buff *skb, const struct mgate_flight *flight)
{
	const struct mgate_port *in = flight->port;
	struct net_device *br = skb->dev;
	struct mgate_sending last = { .head = skb->head, .note = flight->note };
	const struct mgate_plan *plan = &flight->plan;
	struct mgate_redirect_tag up;
	struct mgate_flights *here;
	enum mgate_reason reason;
	bool host;

	last.hold = plan->pass == MGATE_REASON_NONE ? plan->hold : MGATE_REASON_NONE;
	host = mgate_host_gets(in->bridge, plan, flight->dest, &reason);
	if (trace_mgate_verdict_enabled()) {
		trace_mgate_verdict(&in->bridge->host, &flight->key, reason, host);
		trace_all(flight);
	}
	if (unlikely(flight->note))
		mgate_flownote_host(flight->note, host, reason);
	mgate_counters_turn(in, last.hold);
	if (unlikely(mgate_bridge_keeps_stats(in->bridge)))
		keep_in(flight, &last, skb->len);
	if (host) {
		mgate_bridge_count(&in->bridge->host, reason);
		mgate_counters_reach(&in->bridge->host, last.hold);
		if (unlikely(last.key))
			mgate_redirect_keep(&last, &in->bridge->host, reason, skb->len);
	} else if (mgate_gate_is_for_none(plan)) {
		consume_skb(skb);
		return NF_STOLEN;
	}
	up = mgate_redirect_tag(skb);
	skb->dev = in->dev;
	put_tag(skb, &flight->tag);
	here = mgate_flight_hold();
	send_copies(here, skb, in, plan, &last);
	if (last.out)
		forward(here, skb, &last, host);
	else if (!host)
		consume_skb(skb);
	mgate_flight_release(here);
	if (!host)
		return NF_STOLEN;
	give_to_host(skb, br, &up);
	return NF_ACCEPT;
}

/**
 * mgate_redirect_replan() - what was to go to the ports of its flow goes by members
 * @flight: the frame's
 *
 * BH off.
 */
void mgate_redirect_replan(struct mgate_flight *flight)
{
	mgate_gate_data(&flight->port->bridge->sw, &flight->key, &flight->plan);
	flight->straight = false;
	flight->next = flight->first;
}

/**
 * mgate_redirect_straight() - send a frame that came up to the ports of its flow
 * @skb: the frame, in LOCAL_IN, its destination restored
 * @flight: what is known of it
 *
 * In a softirq. As mgate_redirect_send(), of a frame that is for the host too.
 *
 * Return: the verdict.
 */
unsigned int mgate_redirect_straight(struct sk_buff *skb, const struct mgate_flight *flight)
{
	const struct mgate_flow_ports *ports = &flight->ports;
	const struct mgate_bridge *br = flight->port->bridge;
	struct mgate_redirect_tag up = mgate_redirect_tag(skb);
	struct net_device *dev = skb->dev;
	struct mgate_flights *here;

	mgate_bridge_count(flight->port, MGATE_REASON_FLOW);
	mgate_counters_turn(flight->port, ports->hold);
	mgate_bridge_count(&br->host, ports->host);
	mgate_counters_reach(&br->host, ports->hold);
	if (ports->n) {
		put_tag(skb, &flight->came);
		here = mgate_flight_hold();
		mgate_flow_copies(skb, ports, br);
		mgate_flight_release(here);
	}
	give_to_host(skb, dev, &up);
	return NF_ACCEPT;
}

/**
 * mgate_redirect_failed() - a turned frame was met in FORWARD
 * @skb: the first clone of it
 * @flight: what was decided of it
 *
 * It goes on by the gate, as do all behind it, until the bridge has its address
 * again. While that is being changed, a frame may have been turned to the old. The
 * bridge may have sent it to one port alone: no flow is made of where it went.
 */
void mgate_redirect_failed(struct sk_buff *skb, struct mgate_flight *flight)
{
	struct mgate_bridge *br = flight->port->bridge;

	mgate_redirect_restore(skb, flight);
	flight->note = NULL;
	if (flight->straight)
		mgate_redirect_replan(flight);
	mgate_bridge_count(flight->port, MGATE_REASON_REDIRECT_FAILED);
	flight->keep = mgate_bridge_keeps_stats(br);
	if (ether_addr_equal(flight->via, br->dev->dev_addr))
		mgate_redirect_lost(br, flight->filters ? flight->key.vid : 0);
}

/**
 * mgate_redirect_missed() - a frame for many came up with the bridge's own address
 * @skb: the frame, in LOCAL_IN
 * @dev: the device it came in by
 *
 * Somebody's rule has given it that address, and wants it to go to the host alone; or
 * it was turned, and somebody's hook behind ours has kept it for a while. Nothing tells
 * the two apart, so it is counted and left to the host. Of the latter no more than the
 * probe's few are lost: as they are missing, the gate takes over.
 */
void mgate_redirect_missed(const struct sk_buff *skb, const struct net_device *dev)
{
	const struct mgate_port *in = mgate_port_find_rcu(dev);
	const struct mgate_family *family;
	struct mgate_addr dst;
	u8 af;

	if (!in || !mgate_bridge_active(in->bridge) ||
	    !ether_addr_equal(eth_hdr(skb)->h_dest, in->bridge->dev->dev_addr))
		return;
	family = mgate_family_by_ethertype(ntohs(skb->protocol), &af);
	if (!family || !mgate_switch_sees(&in->bridge->sw, af) ||
	    skb_headlen(skb) < family->header_min)
		return;
	mgate_addr_load(&dst, skb->data + family->src_offset + family->addr_len,
			family->addr_len);
	if (mgate_family_scope(af, &dst) != MGATE_SCOPE_NONE)
		mgate_bridge_count(in, MGATE_REASON_REDIRECT_MISSED);
}

/**
 * mgate_redirect_lost() - the bridge's own address is gone from its database
 * @br: the bridge
 * @vid: the VLAN in which it is
 *
 * Any context.
 */
void mgate_redirect_lost(struct mgate_bridge *br, u16 vid)
{
	set_bit(vid, br->lost);
}

/**
 * mgate_redirect_found() - the bridge's own address is in its database again
 * @br: the bridge
 * @vid: the VLAN
 *
 * Any context.
 */
void mgate_redirect_found(struct mgate_bridge *br, u16 vid)
{
	clear_bit(vid, br->lost);
}

/**
 * mgate_redirect_renew() - the bridge has another address, with new entries
 * @br: the bridge
 */
void mgate_redirect_renew(struct mgate_bridge *br)
{
	bitmap_zero(br->lost, VLAN_N_VID);
}
