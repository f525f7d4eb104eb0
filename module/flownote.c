// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way of a frame that was looked at whole, of which a flow is made.
 *
 * PRE_ROUTING begins a note, FORWARD and LOCAL_IN tell where the frame is met; the next
 * frame on this CPU ends it. No frame goes straight where more than its tag may change on
 * the way (a tunnel, hardware that forwards), the bridge's FORWARD hook has others who want
 * to see it, or a port may be missing: such a flow is only shown. Where the host got this
 * one too, by redirect, the others go up to it first.
 */
#include <linux/if_bridge.h>
#include <linux/if_vlan.h>
#include <linux/jiffies.h>
#include <linux/slab.h>

#include <mgate/flowfold.h>
#include <mgate/flownote.h>
#include <mgate/memory.h>
#include <mgate/port.h>

/**
 * mgate_flownote_begin() - a frame is on its way of which a flow may be made
 * @skb: the frame, at the end of PRE_ROUTING
 * @flight: what was decided of it, by groups and members
 *
 * BH off.
 */
void mgate_flownote_begin(const struct sk_buff *skb, const struct mgate_flight *flight)
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
	n->host = MGATE_REASON_NONE;
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

/* Return: enum mgate_flow_tag, or -1 for a tag of which it is not known how it came to be. */
static int tag_of(const struct mgate_flow_note *note, const struct sk_buff *skb)
{
	u16 priority = note->tag.present ? note->tag.tci & ~VLAN_VID_MASK : 0;

	if (same_tag(&note->tag, skb))
		return MGATE_FLOW_TAG_SAME;
	if (!skb_vlan_tag_present(skb))
		return MGATE_FLOW_TAG_OFF;
	if (skb_vlan_tag_get(skb) != (priority | note->vid))
		return -1;
	return skb->vlan_proto == htons(ETH_P_8021AD) ? MGATE_FLOW_TAG_ON_AD : MGATE_FLOW_TAG_ON;
}

/**
 * mgate_flownote_met() - a frame is at a port that it may leave by
 * @note: of this very frame: another one may have its buffer meanwhile
 * @skb: the frame, in FORWARD
 * @out: the port
 * @pass: it does leave there, as far as mgate is concerned
 * @reason: why
 *
 * BH off.
 */
void mgate_flownote_met(struct mgate_flow_note *note, const struct sk_buff *skb,
			const struct mgate_port *out, bool pass, enum mgate_reason reason)
{
	struct mgate_flow_noted *noted;
	int tag = tag_of(note, skb);

	note->met = true;
	if (!pass || note->n == ARRAY_SIZE(note->out))
		return;
	noted = &note->out[note->n++];
	noted->slot = out->slot;
	noted->reason = reason;
	noted->tag = tag < 0 ? MGATE_FLOW_TAG_SAME : tag;
	if (tag < 0 || br_port_flag_is_set(out->dev, BR_VLAN_TUNNEL) ||
	    br_port_flag_is_set(out->dev, BR_TX_FWD_OFFLOAD))
		note->serve = false;
}

/* By name, as there is no other way: those of br_netfilter, which do nothing with a
 * frame that it has not met in PRE_ROUTING (flow.c looks for those), and ours.
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
	const struct nf_hook_entries *hooks = mgate_flownote_hooks(br);
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
		return f->one->slot == n->out[0].slot && f->reason == n->out[0].reason &&
		       f->tag == n->out[0].tag;
	for (i = 0; i < n->n; i++)
		if (f->outs->out[i].port->slot != n->out[i].slot ||
		    f->outs->out[i].reason != n->out[i].reason ||
		    f->outs->out[i].tag != n->out[i].tag)
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
		outs->out[i].tag = n->out[i].tag;
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
		f->tag = n->n ? n->out[0].tag : MGATE_FLOW_TAG_SAME;
		if (n->n && !f->one)
			return false;
	}
	f->n = n->n;
	return true;
}

/* Only redirect gives a frame to the host apart from the ports. The figures of a group are
 * kept by who looks at each frame.
 */
static u8 path_of(const struct mgate_bridge *br, const struct mgate_flow_note *n)
{
	if (!n->serve || !is_alone(br))
		return n->path;
	if (!n->host)
		return MGATE_FLOW_FLOW;
	if (n->path != MGATE_FLOW_REDIRECT || mgate_bridge_keeps_stats(br))
		return n->path;
	return MGATE_FLOW_UP;
}

/* The counts of a flow go on, whatever way its frames go. */
static void put(struct mgate_bridge *br, struct mgate_flowtable *t, struct mgate_flow *f,
		const struct mgate_flow_note *n)
{
	u64 packets = mgate_flowtable_packets(t, f);
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
	WRITE_ONCE(f->path, path_of(br, n));
}

/**
 * mgate_flownote_end() - the frame that was noted has gone all its ways: another one comes
 * @note: its note, pending
 *
 * In a softirq.
 */
void mgate_flownote_end(struct mgate_flow_note *note)
{
	struct mgate_flowtables *here;
	struct mgate_flowtable *t;
	struct mgate_bridge *br;

	note->pending = false;
	/* Else the port, and with it the bridge, may have gone; or the bridge has let
	 * the frame in at no time, and nothing can be said about others.
	 */
	if (note->age != mgate_port_age() || !note->met)
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
	if (note->stamp == mgate_flownote_stamp(br, note))
		put(br, t, mgate_flowtable_place(br, t, &note->key, &note->wide), note);
	if (unlikely(t->conflicts > mgate_flowtable_most(t))) {
		t->conflicts = 0;
		mgate_flowtable_want(br, here);
	}
	spin_unlock(&t->lock);
}
