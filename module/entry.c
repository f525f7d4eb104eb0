// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where frames come in, PRE_ROUTING: what belongs to a flow is sent from here; what is
 * broken is dropped; for the rest a plan is made, and what is not for all is redirected.
 */
#include <linux/etherdevice.h>
#include <linux/if_bridge.h>
#include <linux/netfilter.h>

#include <mgate/decision.h>
#include <mgate/entry.h>
#include <mgate/flow.h>
#include <mgate/flownote.h>
#include <mgate/learn.h>
#include <mgate/port.h>
#include <mgate/redirect.h>
#include <mgate/trace.h>

static unsigned int refuse(const struct mgate_bridge *br)
{
	return READ_ONCE(br->state) == MGATE_STATE_ON ? NF_DROP : NF_ACCEPT;
}

static bool find_vid(const struct mgate_port *port, struct mgate_flight *flight)
{
	const struct mgate_tag *tag = &flight->frame.tag;

	flight->filters = br_vlan_enabled(port->bridge->dev);
	flight->key.vid = tag->vid;
	return likely(!flight->filters) || mgate_bridge_vid(port, tag, &flight->key.vid);
}

/* Where it may leave is decided. */
static void set_off(struct sk_buff *skb, struct mgate_port *port, struct mgate_flight *flight,
		    bool may_turn)
{
	flight->port = port;
	flight->in = port->dev;
	flight->next = flight->first;
	flight->head = skb->head;
	flight->straight = false;
	/* Beside a running built-in a report may get no further than here. */
	if (flight->learn && READ_ONCE(port->bridge->state) == MGATE_STATE_AUDIT)
		mgate_decision_learn_now(skb, flight);
	if (may_turn && mgate_redirect_wants(&flight->frame, &flight->plan))
		mgate_redirect_begin(skb, flight);
	flight->keep = !flight->turned && mgate_bridge_keeps_stats(port->bridge);
	if (flight->plan.pass != MGATE_REASON_NONE)
		flight->note = NULL;
	if (flight->note)
		mgate_flownote_begin(skb, flight);
}

static void decide(struct mgate_port *port, struct mgate_flight *flight)
{
	const struct mgate_frame *f = &flight->frame;
	struct mgate_switch *sw = &port->bridge->sw;

	flight->learn = f->kind == MGATE_FRAME_CONTROL;
	flight->reread = false;
	flight->key.grp = f->d.dst;
	flight->key.src = f->d.src;
	flight->key.af = f->d.af;
	if (flight->learn) {
		flight->withheld = mgate_decision_withholds(sw, f, flight->key.vid, port->slot);
		mgate_decision_plan(sw, f, flight->key.vid, flight->withheld, &flight->plan);
	} else {
		mgate_gate_data(sw, &flight->key, &flight->plan);
	}
}

static unsigned int receive(struct sk_buff *skb, struct mgate_port *port,
			    struct mgate_flight *flight, bool may_turn)
{
	struct mgate_frame *f = &flight->frame;

	mgate_decision_read_any(skb, port->bridge, f);
	if (f->kind == MGATE_FRAME_OTHER) {
		if (likely(f->why == MGATE_REASON_NONE))
			return NF_ACCEPT;
		if (f->why != MGATE_REASON_BAD_MAC) {
			mgate_bridge_count(port, f->why);
			return NF_ACCEPT;
		}
	}
	/* With a tag that is not the bridge's it is no IP frame to the bridge. */
	if (!find_vid(port, flight))
		return NF_ACCEPT;
	if (unlikely(f->kind == MGATE_FRAME_BROKEN)) {
		if (mgate_context_ignores(&port->bridge->sw.contexts, flight->key.vid))
			return NF_ACCEPT;
		mgate_bridge_count(port, f->why);
		return refuse(port->bridge);
	}
	if (mgate_decision_is_guarded(port, f, flight->key.vid)) {
		mgate_bridge_count(port, MGATE_REASON_GUARDED);
		if (f->kind == MGATE_FRAME_CONTROL)
			mgate_learn_refused(port, f, flight->key.vid, MGATE_REASON_GUARDED);
		return refuse(port->bridge);
	}
	if (unlikely(f->kind == MGATE_FRAME_OTHER)) {
		if (!mgate_context_ignores(&port->bridge->sw.contexts, flight->key.vid))
			mgate_bridge_count(port, f->why);
		return NF_ACCEPT;
	}
	decide(port, flight);
	set_off(skb, port, flight, may_turn);
	return NF_ACCEPT;
}

/* As receive(), of a plain frame: it is data and without flaw, and of its network header no
 * more is taken than decides where it goes, but at a port with `guard`.
 */
static unsigned int receive_plain(struct sk_buff *skb, struct mgate_port *port,
				  struct mgate_flight *flight, bool may_turn)
{
	struct mgate_frame *f = &flight->frame;

	mgate_frame_glance(skb, f, &flight->key);
	if (!find_vid(port, flight))
		return NF_ACCEPT;
	if (mgate_decision_has_guard(port)) {
		mgate_frame_load(skb, f);
		if (mgate_decision_guards(port->bridge, f, flight->key.vid)) {
			mgate_bridge_count(port, MGATE_REASON_GUARDED);
			return refuse(port->bridge);
		}
	}
	flight->learn = false;
	mgate_gate_data(&port->bridge->sw, &flight->key, &flight->plan);
	set_off(skb, port, flight, may_turn);
	return NF_ACCEPT;
}

/* To the host, from where it goes to the ports of its flow. Return: false if it cannot be
 * turned.
 */
static bool go_up(struct sk_buff *skb, struct mgate_port *port, struct mgate_flight *flight)
{
	mgate_frame_glance(skb, &flight->frame, &flight->key);
	flight->key.vid = flight->ports.vid;
	flight->filters = br_vlan_enabled(port->bridge->dev);
	flight->port = port;
	flight->in = port->dev;
	flight->head = skb->head;
	flight->learn = false;
	flight->keep = false;
	flight->straight = true;
	flight->came = mgate_redirect_tag(skb);
	mgate_redirect_begin(skb, flight);
	if (likely(flight->turned))
		return true;
	flight->head = NULL;
	mgate_bridge_count(port, MGATE_REASON_FLOW_REFUSED);
	return false;
}

static unsigned int enter(struct sk_buff *skb, const struct net_device *in, bool may_turn)
{
	struct mgate_flight *flight = mgate_flight_begin();
	/* Before the port is found: it may go meanwhile. */
	unsigned int age = mgate_port_age();
	struct mgate_port *port;
	u8 path;

	if (!is_multicast_ether_addr(eth_hdr(skb)->h_dest) || unlikely(!flight))
		return NF_ACCEPT;
	port = mgate_port_find_in(in);
	if (!port || !mgate_bridge_active(port->bridge))
		return NF_ACCEPT;
	flight->age = age;
	flight->note = NULL;
	if (!mgate_frame_is_plain(skb, mgate_switch_sees(&port->bridge->sw, MGATE_AF_INET6)))
		return receive(skb, port, flight, may_turn);
	/* By a flow no verdict would be seen. */
	if (may_turn && mgate_flow_may(port->bridge) && !trace_mgate_verdict_enabled()) {
		path = mgate_flow_serve(skb, port, flight);
		if (likely(path == MGATE_FLOW_FLOW))
			return NF_STOLEN;
		if (path == MGATE_FLOW_UP && go_up(skb, port, flight))
			return NF_ACCEPT;
	}
	return receive_plain(skb, port, flight, may_turn);
}

/* A verdict of NFQUEUE brings frames here in process context: such a frame may
 * be carried on by another CPU, and is not redirected.
 */
static noinline unsigned int enter_late(struct sk_buff *skb, const struct net_device *in)
{
	unsigned int ret;

	local_bh_disable();
	ret = enter(skb, in, false);
	local_bh_enable();
	return ret;
}

/**
 * mgate_entry_pre_routing() - a frame comes in by a port, of any bridge
 * @priv: not used
 * @skb: the frame
 * @state: the hook's
 *
 * RCU read side; a softirq, or process context, where a verdict of NFQUEUE brings it.
 *
 * Return: the verdict.
 */
unsigned int mgate_entry_pre_routing(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	return likely(in_softirq()) ? enter(skb, state->in, true) : enter_late(skb, state->in);
}
