// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flows: where a frame has gone, the next ones of the same sender to the same group
 * go straight, without the bridge's checks and without a look at who asked.
 *
 * Only what a frame that was looked at whole has really reached makes a flow, whether
 * it went by redirect or by the gate: the bridge's checks hold for the others as long
 * as nothing has changed. All that could change it is counted, and the counts together
 * are the stamp of a flow (stamp_of()). What the kernel tells nobody of is found by
 * the next frame that is looked at whole, which is one every `flow_ms`.
 *
 *  made of       PRE_ROUTING begins a note, FORWARD and LOCAL_IN tell where the
 *                frame is met; the next frame on this CPU ends it
 *  not made      where the host gets the frame too, or its tag changes on the way, or
 *                the bridge's FORWARD hook has others who want to see it
 *
 * Checked of each frame: its header, as ever; that no hardware has forwarded it
 * already; that br_netfilter does not follow it.
 */
#include <linux/etherdevice.h>
#include <linux/if_bridge.h>
#include <linux/if_vlan.h>
#include <linux/jiffies.h>
#include <linux/netfilter_bridge.h>
#include <linux/slab.h>

#include <mgate/flow.h>
#include <mgate/flowfold.h>
#include <mgate/memory.h>

/* The bridge exports it, but declares it in a header of its own (br_private.h). */
int br_forward_finish(struct net *net, struct sock *sk, struct sk_buff *skb);

/* Any odd numbers, so that the parts of a stamp do not make up for each other. */
#define MIX_COUNT	0x9e3779b1U
#define MIX_FLAGS	0x85ebca6bU
#define MIX_HOOKS	0xc2b2ae35U

static const struct nf_hook_entries *forward_hooks(const struct mgate_bridge *br)
{
	return rcu_dereference(br->net->nf.hooks_bridge[NF_BR_FORWARD]);
}

/* Counts but grow, so that a sum stays the same only if all of them do. What else is in
 * it: what the host listens to, which changes without a word, and who has a hook.
 */
static u32 stamp_of(struct mgate_bridge *br, const struct mgate_flow_note *n)
{
	const struct mgate_flow_key *key = &n->key;
	const struct mgate_addr grp4 = { .words = { (__force u32)key->dst } };
	const struct mgate_addr *grp = key->tag & MGATE_FLOWTABLE_IPV6 ? &n->wide.dst : &grp4;
	const struct nf_hook_entries *hooks = forward_hooks(br);
	const struct net_device *dev = br->dev;
	u32 stamp = mgate_switch_rules(&br->sw) + mgate_map_changes(&br->sw.map, grp);

	stamp += (u32)atomic_read_acquire(mgate_bridge_moved(br, key->mac));
	stamp += (u32)(uintptr_t)READ_ONCE(dev->mc.list.prev);
	stamp += (u32)READ_ONCE(dev->mc.count) * MIX_COUNT;
	stamp += (READ_ONCE(dev->flags) & (IFF_PROMISC | IFF_ALLMULTI)) * MIX_FLAGS;
	if (hooks)
		stamp += ((u32)(uintptr_t)hooks + hooks->num_hook_entries) * MIX_HOOKS;
	/* What the host listens to is looked at after this. */
	smp_rmb();
	return stamp;
}

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

static void leave(struct sk_buff *skb, struct net_device *dev, struct net *net)
{
	skb->dev = dev;
	skb_forward_csum(skb);
	br_forward_finish(net, NULL, skb);
}

static void leave_by_all(struct sk_buff *skb, const struct mgate_flow_outs *outs,
			 const struct mgate_bridge *br)
{
	unsigned int i, last = outs->n - 1;
	struct sk_buff *clone;

	for (i = 0; i < last; i++) {
		clone = skb_clone(skb, GFP_ATOMIC);
		if (likely(clone))
			leave(clone, outs->out[i].dev, br->net);
		else
			DEV_STATS_INC(br->dev, tx_dropped);
	}
	leave(skb, outs->out[last].dev, br->net);
}

static void send(struct sk_buff *skb, const struct mgate_flow_ports *ports,
		 const struct mgate_bridge *br)
{
	if (ports->n == 1)
		leave(skb, ports->one->dev, br->net);
	else if (ports->n)
		leave_by_all(skb, ports->outs, br);
	else
		napi_consume_skb(skb, in_softirq());
}

/**
 * mgate_flow_begin() - a frame is on its way of which a flow may be made
 * @skb: the frame, at the end of PRE_ROUTING
 * @flight: what was decided of it, by groups and members
 *
 * BH off.
 */
void mgate_flow_begin(const struct sk_buff *skb, const struct mgate_flight *flight)
{
	const struct mgate_port *in = flight->port;
	struct mgate_flow_note *n = flight->note;

	mgate_bridge_count(in, MGATE_REASON_FLOW_MISSED);
	n->pending = true;
	n->in = in;
	n->age = flight->age;
	n->at = (u32)jiffies;
	n->drops = READ_ONCE(in->bridge->dev->stats.tx_dropped);
	n->bytes = skb->len;
	n->vid = flight->key.vid;
	n->hold = flight->plan.hold;
	n->path = flight->turned ? MGATE_FLOW_REDIRECT : MGATE_FLOW_GATE;
	/* A port that is not known here would be left out. */
	n->serve = !READ_ONCE(in->bridge->unsettled) && !READ_ONCE(in->bridge->gate_only);
	n->met = false;
	n->host = false;
	n->tag.present = skb_vlan_tag_present(skb);
	n->tag.proto = skb->vlan_proto;
	n->tag.tci = skb_vlan_tag_get(skb);
	n->n = 0;
}

static bool same_tag(const struct mgate_redirect_tag *tag, const struct sk_buff *skb)
{
	if (tag->present != skb_vlan_tag_present(skb))
		return false;
	return !tag->present ||
	       (tag->proto == skb->vlan_proto && tag->tci == skb_vlan_tag_get(skb));
}

/**
 * mgate_flow_met() - a frame is at a port that it may leave by
 * @note: of this very frame: another one may have its buffer meanwhile
 * @skb: the frame, in FORWARD
 * @out: the port
 * @pass: it does leave there, as far as mgate is concerned
 * @reason: why
 *
 * BH off.
 */
void mgate_flow_met(struct mgate_flow_note *note, const struct sk_buff *skb,
		    const struct mgate_port *out, bool pass, enum mgate_reason reason)
{
	struct mgate_flow_noted *noted;

	note->met = true;
	if (!pass || note->n == ARRAY_SIZE(note->out))
		return;
	noted = &note->out[note->n++];
	noted->slot = out->slot;
	noted->reason = reason;
	if (!same_tag(&note->tag, skb) || br_port_flag_is_set(out->dev, BR_VLAN_TUNNEL) ||
	    br_port_flag_is_set(out->dev, BR_TX_FWD_OFFLOAD))
		note->serve = false;
}

/* By name, as there is no other way: those of br_netfilter, which do nothing with a
 * frame that it has not met in PRE_ROUTING (is_followed()), and ours.
 */
static noinline bool is_harmless_by_name(const void *hook)
{
	char name[32];

	snprintf(name, sizeof(name), "%ps", hook);
	return strstarts(name, "br_nf_forward") || strstarts(name, "mgate_hook_forward");
}

static bool is_harmless(const void *hook)
{
	static const void *known[4];	/* each found harmless once; read without a lock */
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (READ_ONCE(known[i]) == hook)
			return true;
	if (!is_harmless_by_name(hook))
		return false;
	for (i = 0; i < ARRAY_SIZE(known) - 1 && READ_ONCE(known[i]);)
		i++;
	WRITE_ONCE(known[i], hook);
	return true;
}

/* Nobody else wants to see what a flow serves. A single hook is ours. */
static bool is_alone(const struct mgate_bridge *br)
{
	const struct nf_hook_entries *hooks = forward_hooks(br);
	unsigned int i;

	for (i = 0; hooks && hooks->num_hook_entries > 1 && i < hooks->num_hook_entries; i++)
		if (!is_harmless(hooks->hooks[i].hook))
			return false;
	return true;
}

static bool same_ports(const struct mgate_flow *f, const struct mgate_flow_note *n)
{
	unsigned int i;

	if (f->path == MGATE_FLOW_NONE || f->n != n->n)
		return false;
	if (n->n == 1)
		return f->one->slot == n->out[0].slot && f->reason == n->out[0].reason;
	for (i = 0; i < n->n; i++)
		if (f->outs->out[i].port->slot != n->out[i].slot ||
		    f->outs->out[i].reason != n->out[i].reason)
			return false;
	return true;
}

/* Return: NULL for want of memory, or if one of them has gone. */
static struct mgate_flow_outs *new_outs(const struct mgate_bridge *br,
					const struct mgate_flow_note *n)
{
	struct mgate_flow_outs *outs;
	size_t size = struct_size(outs, out, n->n);
	struct mgate_port *port;
	unsigned int i;

	if (!mgate_memory_spare(size))
		return NULL;
	outs = kmalloc(size, GFP_ATOMIC | __GFP_NOWARN);
	for (i = 0; outs && i < n->n; i++) {
		port = rcu_dereference(br->by_slot[n->out[i].slot]);
		if (!port)
			break;
		outs->out[i].dev = port->dev;
		outs->out[i].port = port;
		outs->out[i].reason = n->out[i].reason;
	}
	if (outs && i == n->n) {
		outs->n = n->n;
		return outs;
	}
	kfree(outs);
	mgate_memory_uncharge(size);
	return NULL;
}

static bool put_ports(const struct mgate_bridge *br, struct mgate_flow *f,
		      const struct mgate_flow_note *n)
{
	struct mgate_flow_outs *outs;

	if (n->n > 1) {
		outs = new_outs(br, n);
		if (!outs)
			return false;
		f->outs = outs;
	} else {
		f->one = n->n ? rcu_dereference(br->by_slot[n->out[0].slot]) : NULL;
		f->reason = n->n ? n->out[0].reason : MGATE_REASON_NONE;
		if (n->n && !f->one)
			return false;
	}
	f->n = n->n;
	return true;
}

/* The counts of a flow go on, whatever way its frames go. */
static void put(struct mgate_bridge *br, struct mgate_flowtable *t, struct mgate_flow *f,
		const struct mgate_flow_note *n)
{
	u32 packets = f->packets;
	u64 bytes = f->bytes;

	if (same_ports(f, n)) {
		mgate_flowfold(br, t, f, NULL);
	} else {
		mgate_flowtable_empty(br, t, f);
		if (!put_ports(br, f, n)) {
			f->one = NULL;
			return;
		}
	}
	f->key = n->key;
	if (n->key.tag & MGATE_FLOWTABLE_IPV6)
		t->wide[f - t->flow] = n->wide;
	f->stamp = n->stamp;
	f->until = n->at + msecs_to_jiffies(READ_ONCE(br->sw.params.v[MGATE_PARAM_FLOW_MS]));
	f->vid = n->vid;
	f->hold = n->hold;
	f->host = n->host;
	f->slot = n->in->slot;
	mgate_flowfold_told(t, f, packets + 1, bytes + n->bytes);
	WRITE_ONCE(f->path, n->serve && !n->host && is_alone(br) ? MGATE_FLOW_FLOW : n->path);
}

/* The frame that was noted has gone all its ways: another one comes. */
static noinline void end(struct mgate_flow_note *note)
{
	struct mgate_flowtables *here;
	struct mgate_flowtable *t;
	struct mgate_bridge *br;

	note->pending = false;
	/* Else the port, and with it the bridge, may have gone; or the bridge has let
	 * the frame in at no time, and nothing can be said about others.
	 */
	if (note->age != mgate_bridge_age() || !note->met)
		return;
	br = note->in->bridge;
	/* There was no memory for a copy of it: a port may be missing. */
	if (note->drops != READ_ONCE(br->dev->stats.tx_dropped))
		return;
	here = this_cpu_ptr(br->flows);
	t = rcu_dereference(here->table);
	if (!t)
		return;
	spin_lock(&t->lock);
	/* Under the lock: a port that goes is met by mgate_flowtable_part() after it. */
	if (note->stamp == stamp_of(br, note))
		put(br, t, mgate_flowtable_place(br, t, &note->key, &note->wide), note);
	if (unlikely(t->conflicts > mgate_flowtable_most(t))) {
		t->conflicts = 0;
		mgate_flowtable_want(br, here);
	}
	spin_unlock(&t->lock);
}

static bool lasts(const struct mgate_flow *f)
{
	return mgate_flowtable_age(f, (u32)jiffies) < HZ;
}

/**
 * mgate_flow_serve() - send a frame to where those before it went
 * @skb: a plain frame (mgate_frame_is_plain()), in PRE_ROUTING
 * @in: the port it came in by, of a bridge of which mgate_flow_may() is true
 * @note: set to where its way is to be noted, if it is to be; else NULL
 *
 * In a softirq.
 *
 * Return: true if it was sent, or nobody wants it; it is gone then.
 */
bool mgate_flow_serve(struct sk_buff *skb, const struct mgate_port *in,
		      struct mgate_flow_note **note)
{
	struct mgate_flights *places = this_cpu_ptr(mgate_flight_places);
	struct mgate_bridge *br = in->bridge;
	struct mgate_flowtables *here = this_cpu_ptr(br->flows);
	struct mgate_flow_note *n = &places->note;
	struct mgate_flow_ports ports;
	struct mgate_flowtable *t;
	struct mgate_flow *f;

	/* Within the sending of another, whose way is being noted. */
	if (unlikely(places->depth))
		return false;
	if (unlikely(n->pending))
		end(n);
	if (unlikely(!can_serve(skb))) {
		mgate_bridge_count(in, MGATE_REASON_FLOW_REFUSED);
		return false;
	}
	t = rcu_dereference(here->table);
	if (unlikely(!t)) {
		mgate_flowtable_want(br, here);
		return false;
	}
	key_of(skb, in, n);
	n->stamp = stamp_of(br, n);
	f = mgate_flowtable_find(t, &n->key, &n->wide);
	if (!f || f->stamp != n->stamp || !lasts(f)) {
		*note = n;
		return false;
	}
	/* Without the lock: another CPU may read or empty it. */
	WRITE_ONCE(f->packets, READ_ONCE(f->packets) + 1);
	WRITE_ONCE(f->bytes, READ_ONCE(f->bytes) + skb->len);
	if (!mgate_flowtable_ports(f, &ports)) {
		mgate_bridge_count(in, MGATE_REASON_FLOW_REFUSED);
		return false;
	}
	send(skb, &ports, br);
	return true;
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
	/* Pairs with the acquire in stamp_of(). */
	smp_mb__before_atomic();
	atomic_inc(mgate_bridge_moved(br, mac));
}
