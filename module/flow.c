// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flows: where a frame has gone, the next ones of the same sender to the same group
 * go straight, without the bridge's checks and without a look at who asked. What is for
 * the host too is redirected to it, and goes straight from there (redirect.c).
 *
 * Only what a frame that was looked at whole has really reached makes a flow, whether
 * it went by redirect or by the gate: the bridge's checks hold for the others as long
 * as nothing has changed. All that could change it is counted, and the counts together
 * are the stamp of a flow (flownote.h). What the kernel tells nobody of is found by
 * the next frame that is looked at whole, which is one every `flow_ms`.
 *
 * Checked of each frame: its header, as ever; that no hardware has forwarded it
 * already; that br_netfilter does not follow it.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/jiffies.h>
#include <linux/netfilter_bridge.h>

#include <mgate/flow.h>
#include <mgate/flownote.h>

/* The bridge exports it, but declares it in a header of its own (br_private.h). */
int br_forward_finish(struct net *net, struct sock *sk, struct sk_buff *skb);

static u16 tag_of(const struct sk_buff *skb)
{
	if (likely(!skb_vlan_tag_present(skb)))
		return 0;
	return skb_vlan_tag_get_id(skb) | MGATE_FLOWTABLE_TAGGED |
	       (skb->vlan_proto == htons(ETH_P_8021AD) ? MGATE_FLOWTABLE_AD : 0);
}

static void wide_of(const struct sk_buff *skb, struct mgate_flow_note *n)
{
	const struct ipv6hdr *ip = (const struct ipv6hdr *)skb->data;

	mgate_addr_load(&n->wide.dst, ip->daddr.s6_addr, sizeof(ip->daddr));
	mgate_addr_load(&n->wide.src, ip->saddr.s6_addr, sizeof(ip->saddr));
	n->key.dst = ip->daddr.s6_addr32[3];
	n->key.src = ip->saddr.s6_addr32[3];
	n->key.tag |= MGATE_FLOWTABLE_IPV6;
}

static void key_of(const struct sk_buff *skb, const struct mgate_port *in,
		   struct mgate_flow_note *n)
{
	const struct iphdr *ip = (const struct iphdr *)skb->data;
	struct mgate_flow_key *key = &n->key;

	key->in = in->id;
	key->tag = tag_of(skb);
	ether_addr_copy(key->mac, eth_hdr(skb)->h_source);
	if (unlikely(skb->protocol != htons(ETH_P_IP))) {
		wide_of(skb, n);
		return;
	}
	key->dst = ip->daddr;
	key->src = ip->saddr;
}

static bool is_followed(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
	return nf_bridge_info_exists(skb);
#else
	return false;
#endif
}

/* What waits for segments, or was put together of some, has more to it. */
static bool can_serve(const struct sk_buff *skb)
{
	return skb->pkt_type == PACKET_MULTICAST && !mgate_frame_is_marked(skb) &&
	       !is_followed(skb) && !skb_is_gso(skb);
}

/* As the bridge does it: a tag for the priority alone gets the VLAN. */
static noinline void change_tag(struct sk_buff *skb, u8 tag, u16 vid)
{
	u16 priority = 0;

	if (tag == MGATE_FLOW_TAG_OFF) {
		__vlan_hwaccel_clear_tag(skb);
		return;
	}
	if (skb_vlan_tag_present(skb))
		priority = skb_vlan_tag_get(skb) & ~VLAN_VID_MASK;
	__vlan_hwaccel_put_tag(skb, htons(tag == MGATE_FLOW_TAG_ON_AD ? ETH_P_8021AD : ETH_P_8021Q),
			       priority | vid);
}

static void leave(struct sk_buff *skb, struct net_device *dev, u8 tag, u16 vid, struct net *net)
{
	if (tag != MGATE_FLOW_TAG_SAME)
		change_tag(skb, tag, vid);
	skb->dev = dev;
	skb_forward_csum(skb);
	br_forward_finish(net, NULL, skb);
}

/* Return: NULL for want of memory, which is counted as the bridge does. */
static struct sk_buff *clone_of(struct sk_buff *skb, const struct mgate_bridge *br)
{
	struct sk_buff *clone = skb_clone(skb, GFP_ATOMIC);

	if (unlikely(!clone))
		DEV_STATS_INC(br->dev, tx_dropped);
	return clone;
}

static void leave_by_all(struct sk_buff *skb, const struct mgate_flow_outs *outs, u16 vid,
			 const struct mgate_bridge *br)
{
	const struct mgate_flow_out *out = outs->out, *last = &outs->out[outs->n - 1];
	struct sk_buff *clone;

	for (; out < last; out++) {
		clone = clone_of(skb, br);
		if (likely(clone))
			leave(clone, out->dev, out->tag, vid, br->net);
	}
	leave(skb, last->dev, last->tag, vid, br->net);
}

static void send(struct sk_buff *skb, const struct mgate_flow_ports *ports,
		 const struct mgate_bridge *br)
{
	if (ports->n == 1)
		leave(skb, ports->one->dev, ports->tag, ports->vid, br->net);
	else if (ports->n)
		leave_by_all(skb, ports->outs, ports->vid, br);
	else
		napi_consume_skb(skb, in_softirq());
}

static void copy(struct sk_buff *skb, const struct mgate_flow_out *out,
		 const struct mgate_flow_ports *ports, const struct mgate_bridge *br)
{
	struct sk_buff *clone = clone_of(skb, br);

	if (unlikely(!clone))
		return;
	mgate_bridge_count(out->port, out->reason);
	mgate_counters_reach(out->port, ports->hold);
	leave(clone, out->dev, out->tag, ports->vid, br->net);
}

/**
 * mgate_flow_copies() - send a copy of a frame to each port of a flow, and count it there
 * @skb: the frame, with the tag with which it came; it is the caller's still
 * @ports: the ports
 * @br: the bridge
 *
 * In a softirq.
 */
void mgate_flow_copies(struct sk_buff *skb, const struct mgate_flow_ports *ports,
		       const struct mgate_bridge *br)
{
	unsigned int i;

	if (ports->n == 1) {
		struct mgate_flow_out out = {
			.dev = ports->one->dev,
			.port = ports->one,
			.reason = ports->reason,
			.tag = ports->tag,
		};

		copy(skb, &out, ports, br);
		return;
	}
	for (i = 0; i < ports->n; i++)
		copy(skb, &ports->outs->out[i], ports, br);
}

static bool lasts(const struct mgate_flow *f)
{
	return mgate_flowtable_age(f, (u32)jiffies) < HZ;
}

/**
 * mgate_flow_serve() - send a frame to where those before it went
 * @skb: a plain frame (mgate_frame_is_plain()), in PRE_ROUTING
 * @in: the port it came in by, of a bridge of which mgate_flow_may() is true
 * @flight: its place: @note is set to where its way is to be noted, if it is to be
 *
 * In a softirq.
 *
 * Return: enum mgate_flow_path. FLOW: it was sent, or nobody wants it; it is gone then. UP:
 * it is for the host too, and @ports are set. Any other: it is to be looked at whole.
 */
u8 mgate_flow_serve(struct sk_buff *skb, const struct mgate_port *in,
		    struct mgate_flight *flight)
{
	struct mgate_flights *places = this_cpu_ptr(mgate_flight_places);
	struct mgate_bridge *br = in->bridge;
	struct mgate_flowtables *here = this_cpu_ptr(br->flows);
	struct mgate_flow_note *n = &places->note;
	struct mgate_flow_ports ports;
	struct mgate_flowtable *t;
	struct mgate_flow *f;
	u8 path;

	/* Within the sending of another, whose way is being noted. */
	if (unlikely(places->depth))
		return MGATE_FLOW_NONE;
	if (unlikely(n->pending))
		mgate_flownote_end(n);
	if (unlikely(!can_serve(skb))) {
		mgate_bridge_count(in, MGATE_REASON_FLOW_REFUSED);
		return MGATE_FLOW_NONE;
	}
	t = rcu_dereference(here->table);
	if (unlikely(!t)) {
		mgate_flowtable_want(br, here);
		return MGATE_FLOW_NONE;
	}
	key_of(skb, in, n);
	n->stamp = mgate_flownote_stamp(br, n);
	f = mgate_flowtable_find(t, &n->key, &n->wide);
	if (!f || f->stamp != n->stamp || !lasts(f)) {
		flight->note = n;
		return MGATE_FLOW_NONE;
	}
	/* Without the lock: another CPU may read or empty it. */
	WRITE_ONCE(f->packets, READ_ONCE(f->packets) + 1);
	WRITE_ONCE(f->bytes, READ_ONCE(f->bytes) + skb->len);
	path = mgate_flowtable_ports(f, &ports);
	if (likely(path == MGATE_FLOW_FLOW)) {
		send(skb, &ports, br);
		return path;
	}
	if (path == MGATE_FLOW_UP) {
		flight->ports = ports;
		flight->table = t;
		return path;
	}
	mgate_bridge_count(in, MGATE_REASON_FLOW_REFUSED);
	return MGATE_FLOW_NONE;
}

/**
 * mgate_flow_changed() - something of the bridge has changed that the switch has not
 * @br: the bridge
 *
 * Any context. No frame goes by what was seen before.
 */
void mgate_flow_changed(struct mgate_bridge *br)
{
	spin_lock_bh(&br->sw.lock);
	mgate_switch_changed(&br->sw);
	spin_unlock_bh(&br->sw.lock);
}

/**
 * mgate_flow_settled() - is all done that the bridge has told
 * @br: the bridge
 * @settled: true: yes; false: it is about to do something, and until it has nothing
 *	that is seen of it lasts
 *
 * RTNL held.
 */
void mgate_flow_settled(struct mgate_bridge *br, bool settled)
{
	if (settled && !br->unsettled)
		return;
	if (settled)
		mgate_flow_changed(br);
	WRITE_ONCE(br->unsettled, !settled);
	if (!settled)
		mgate_flow_changed(br);
}

/**
 * mgate_flow_moved() - the bridge's entry of a sender has changed
 * @br: the bridge
 * @mac: the sender
 *
 * Any context.
 */
void mgate_flow_moved(struct mgate_bridge *br, const u8 *mac)
{
	/* Pairs with the acquire in mgate_flownote_stamp(). */
	smp_mb__before_atomic();
	atomic_inc(mgate_bridge_moved(br, mac));
}
