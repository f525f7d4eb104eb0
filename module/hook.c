// SPDX-License-Identifier: GPL-2.0-only
/*
 * The netfilter hooks of the bridge.
 *
 *  PRE_ROUTING   a plan is made, and what is not for all is redirected (entry.c)
 *  LOCAL_IN      what was redirected is sent to those who asked; the host gets
 *                what it listens to
 *  FORWARD       the gate: once per port the bridge floods to, a look at the plan
 *  LOCAL_OUT     once per port, frames that the host sends: plan and look
 *
 * Each verdict is traced where it is counted.
 *
 * A message is learned from in FORWARD or LOCAL_IN, whichever comes first: the
 * bridge has then let it in, past VLAN, port state and locked port.
 */
#include <linux/etherdevice.h>
#include <linux/if_bridge.h>
#include <linux/netfilter_bridge.h>
#include <net/net_namespace.h>

#include <mgate/decision.h>
#include <mgate/entry.h>
#include <mgate/flow.h>
#include <mgate/flownote.h>
#include <mgate/hook.h>
#include <mgate/host.h>
#include <mgate/port.h>
#include <mgate/redirect.h>
#include <mgate/sent.h>
#include <mgate/trace.h>

/* Nothing is wrong with a frame that somebody did not ask for: it is consumed, not
 * dropped, and in a softirq its memory goes back together with others'.
 */
static unsigned int settle(struct sk_buff *skb, const struct mgate_port *out,
			   const struct mgate_key *key, enum mgate_reason reason, bool pass)
{
	mgate_bridge_count(out, reason);
	trace_mgate_verdict(out, key, reason, pass);
	if (unlikely(mgate_bridge_keeps_stats(out->bridge)))
		mgate_stats_count(&out->bridge->stats, key, out->slot, MGATE_STATS_OUT, reason,
				  skb->len);
	if (pass || unlikely(READ_ONCE(out->bridge->state) != MGATE_STATE_ON))
		return NF_ACCEPT;
	napi_consume_skb(skb, in_softirq());
	return NF_STOLEN;
}

static unsigned int look(struct sk_buff *skb, const struct mgate_port *out,
			 const struct mgate_plan *plan, const struct mgate_key *key)
{
	enum mgate_reason reason;
	bool pass;

	if (plan->pass == MGATE_REASON_NONE && !plan->words)
		return NF_ACCEPT;
	reason = mgate_gate_test(&out->bridge->sw, plan, out->slot, &pass);
	return settle(skb, out, key, reason, pass);
}

/* A group's frames never go back where they came from, not even by hairpin. */
static unsigned int look_unless_back(struct sk_buff *skb, const struct mgate_port *in,
				     const struct mgate_port *out,
				     const struct mgate_plan *plan, const struct mgate_key *key)
{
	if (likely(in != out) || plan->pass != MGATE_REASON_NONE || !plan->words)
		return look(skb, out, plan, key);
	return settle(skb, out, key, MGATE_REASON_HAIRPIN, false);
}

/* The bridge floods to its ports in order, the last that came first. */
static struct mgate_port *find_out(struct mgate_flight *flight, const struct net_device *dev)
{
	const struct mgate_bridge *br = flight->port->bridge;
	struct mgate_port *out = rcu_dereference(br->by_slot[flight->next]);

	if (unlikely(!out || out->dev != dev)) {
		out = mgate_port_find_rcu(dev);
		if (!out || out->bridge != br)
			return NULL;
		if (flight->next == flight->first)
			flight->first = out->slot;
	}
	flight->next = out->slot - 1;
	if (flight->next == flight->port->slot)
		flight->next--;
	return out;
}

/* Another frame may have come between, and taken the note of this one for whole. Where its
 * tag is off already nothing tells whether it is gated.
 */
static void doubt(const struct sk_buff *skb, const struct mgate_port *in,
		  const struct mgate_plan *plan)
{
	if ((plan->pass == MGATE_REASON_NONE && plan->words) ||
	    plan->pass == MGATE_REASON_FLOOD_NO_VLAN)
		mgate_flow_moved(in->bridge, eth_hdr(skb)->h_source);
}

/* Nothing was decided of this frame, or it was lost on the way. */
static noinline unsigned int look_anew(struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct mgate_port *in = mgate_port_find_rcu(state->in);
	struct mgate_port *out = mgate_port_find_rcu(state->out);
	struct mgate_key key = { };
	struct mgate_plan plan;
	bool solicits;

	if (!in || !out || in->bridge != out->bridge || !mgate_bridge_active(out->bridge))
		return NF_ACCEPT;
	solicits = mgate_decision_anew(skb, in, &plan, &key);
	doubt(skb, in, &plan);
	return solicits ? look(skb, out, &plan, &key) :
			  look_unless_back(skb, in, out, &plan, &key);
}

/* The bridge has let it in. */
static noinline void keep_in(const struct sk_buff *skb, struct mgate_flight *flight)
{
	flight->keep = false;
	mgate_stats_count(&flight->port->bridge->stats, &flight->key, flight->port->slot,
			  MGATE_STATS_IN, MGATE_REASON_NONE, skb->len);
}

/* By the gate: the verdict that look_unless_back() will give. */
static noinline void note_port(const struct sk_buff *skb, const struct mgate_flight *flight,
			       const struct mgate_port *out)
{
	enum mgate_reason reason;
	bool pass;

	reason = mgate_gate_test(&out->bridge->sw, &flight->plan, out->slot, &pass);
	mgate_flownote_met(flight->note, skb, out, pass && out != flight->port, reason);
}

/* And the one of look_at_host(). */
static noinline void note_host(const struct sk_buff *skb, const struct mgate_flight *flight)
{
	enum mgate_reason reason;
	bool host = mgate_host_gets(flight->port->bridge, &flight->plan, eth_hdr(skb)->h_dest,
				    &reason);

	mgate_flownote_host(flight->note, host, reason);
}

/* What was not redirected, or in vain. */
static noinline unsigned int pass_gate(struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct mgate_flight *flight = mgate_flight_turned(skb, state->in);
	struct mgate_port *out;

	if (unlikely(flight))
		mgate_redirect_failed(skb, flight);
	if (!is_multicast_ether_addr(eth_hdr(skb)->h_dest))
		return NF_ACCEPT;
	flight = mgate_flight_find(skb, state->in);
	if (unlikely(!flight))
		return look_anew(skb, state);
	out = find_out(flight, state->out);
	if (!out || !mgate_bridge_active(out->bridge))
		return NF_ACCEPT;
	mgate_decision_learn(skb, flight);
	if (unlikely(flight->keep))
		keep_in(skb, flight);
	if (unlikely(flight->note))
		note_port(skb, flight, out);
	/* But hosts behind a port that reflects are to find each other. */
	if (unlikely(out == flight->port) && flight->frame.solicits)
		return look(skb, out, &flight->plan, &flight->key);
	return look_unless_back(skb, flight->port, out, &flight->plan, &flight->key);
}

/* Once for each copy of a frame: the two ways have a function each, so that the short one
 * saves no registers for the other.
 */
static unsigned int mgate_hook_forward(void *priv, struct sk_buff *skb,
				       const struct nf_hook_state *state)
{
	if (mgate_redirect_sending(skb, state->out))
		return NF_ACCEPT;
	return pass_gate(skb, state);
}

/* By way of the gate the bridge gives the host everything. */
static unsigned int look_at_host(struct sk_buff *skb, const struct mgate_bridge *br,
				 const struct mgate_plan *plan, const struct mgate_key *key)
{
	enum mgate_reason reason;
	bool pass;

	if (plan->pass != MGATE_REASON_NONE || !plan->words)
		return NF_ACCEPT;
	pass = mgate_host_gets(br, plan, eth_hdr(skb)->h_dest, &reason);
	return settle(skb, &br->host, key, reason, pass);
}

static unsigned int come_up(struct sk_buff *skb, struct mgate_flight *flight)
{
	mgate_redirect_restore(skb, flight);
	if (flight->straight && likely(mgate_flow_is_there(flight)))
		return mgate_redirect_straight(skb, flight);
	if (unlikely(flight->straight))
		mgate_redirect_replan(flight);
	mgate_decision_learn(skb, flight);
	return mgate_redirect_send(skb, flight);
}

/* As look_anew(). A verdict of NFQUEUE brings it here in process context. */
static noinline unsigned int come_up_late(struct sk_buff *skb, struct mgate_port *in)
{
	struct mgate_key key = { };
	struct mgate_plan plan;
	unsigned int ret;

	local_bh_disable();
	mgate_decision_late(skb, in, &plan, &key);
	doubt(skb, in, &plan);
	ret = look_at_host(skb, in->bridge, &plan, &key);
	local_bh_enable();
	return ret;
}

static unsigned int mgate_hook_local_in(void *priv, struct sk_buff *skb,
					const struct nf_hook_state *state)
{
	struct mgate_flight *flight = mgate_flight_turned(skb, state->in);
	struct mgate_port *in;

	if (flight && flight->turned == skb)
		return come_up(skb, flight);
	if (!is_multicast_ether_addr(eth_hdr(skb)->h_dest)) {
		if (unlikely(skb->pkt_type == PACKET_MULTICAST))
			mgate_redirect_missed(skb, state->in);
		return NF_ACCEPT;
	}
	in = mgate_port_find_rcu(state->in);
	if (!in || !mgate_bridge_active(in->bridge))
		return NF_ACCEPT;
	flight = mgate_flight_find(skb, state->in);
	if (unlikely(!flight))
		return come_up_late(skb, in);
	mgate_decision_learn(skb, flight);
	if (unlikely(flight->keep))
		keep_in(skb, flight);
	if (unlikely(flight->note))
		note_host(skb, flight);
	return look_at_host(skb, in->bridge, &flight->plan, &flight->key);
}

static unsigned int mgate_hook_local_out(void *priv, struct sk_buff *skb,
					 const struct nf_hook_state *state)
{
	unsigned int ret = NF_ACCEPT;
	struct mgate_flight *flight;
	struct mgate_port *out;

	if (!is_multicast_ether_addr(eth_hdr(skb)->h_dest))
		return NF_ACCEPT;
	out = mgate_port_find_rcu(state->out);
	if (!out || !mgate_bridge_active(out->bridge))
		return NF_ACCEPT;
	local_bh_disable();
	flight = mgate_sent_flight(skb, out);
	if (flight)
		ret = look(skb, out, &flight->plan, &flight->key);
	local_bh_enable();
	return ret;
}

/*
 * PRE_ROUTING last: after everybody who may change or drop the frame.
 * LOCAL_IN and FORWARD first: nobody can hide a message from us, and nobody
 * sees a redirected frame before it has its destination back.
 * LOCAL_OUT before br_netfilter, which skips hooks at 0 and behind for IP
 * frames, and after the bridge's own filter tables at -200.
 *
 * What PRE_ROUTING begins the others end: it is registered last and goes first.
 */
static const struct nf_hook_ops end_ops[] = {
	{
		.hook = mgate_hook_local_in,
		.pf = NFPROTO_BRIDGE,
		.hooknum = NF_BR_LOCAL_IN,
		.priority = INT_MIN,
	},
	{
		.hook = mgate_hook_forward,
		.pf = NFPROTO_BRIDGE,
		.hooknum = NF_BR_FORWARD,
		.priority = INT_MIN,
	},
	{
		.hook = mgate_hook_local_out,
		.pf = NFPROTO_BRIDGE,
		.hooknum = NF_BR_LOCAL_OUT,
		.priority = -100,
	},
};

static const struct nf_hook_ops begin_ops = {
	.hook = mgate_entry_pre_routing,
	.pf = NFPROTO_BRIDGE,
	.hooknum = NF_BR_PRE_ROUTING,
	.priority = INT_MAX,
};

/**
 * mgate_hook_on() - register the hooks of a namespace
 * @net: the namespace
 *
 * RTNL held; may sleep. They stay until the namespace or the module goes.
 *
 * Return: 0 or an error of the kernel's.
 */
int mgate_hook_on(struct net *net)
{
	struct mgate_net *mn = mgate_bridge_net(net);
	int err;

	if (mn->hooked)
		return 0;
	err = nf_register_net_hooks(net, end_ops, ARRAY_SIZE(end_ops));
	if (err)
		return err;
	err = nf_register_net_hook(net, &begin_ops);
	if (err)
		nf_unregister_net_hooks(net, end_ops, ARRAY_SIZE(end_ops));
	mn->hooked = !err;
	return err;
}

static void __net_exit end_begin(struct net *net)
{
	if (mgate_bridge_net(net)->hooked)
		nf_unregister_net_hook(net, &begin_ops);
}

/* A grace period later: redirected frames in flight needed these. */
static void __net_exit end_all(struct net *net)
{
	struct mgate_net *mn = mgate_bridge_net(net);

	if (mn->hooked)
		nf_unregister_net_hooks(net, end_ops, ARRAY_SIZE(end_ops));
	mn->hooked = false;
}

static struct pernet_operations hook_net_ops = {
	.pre_exit = end_begin,
	.exit = end_all,
};

/**
 * mgate_hook_init() - hooks go with their namespaces from now on
 *
 * May sleep. Return: 0 or -ENOMEM.
 */
int mgate_hook_init(void)
{
	return register_pernet_subsys(&hook_net_ops);
}

/**
 * mgate_hook_exit() - unregister all hooks
 *
 * May sleep. No hook runs on return.
 */
void mgate_hook_exit(void)
{
	unregister_pernet_subsys(&hook_net_ops);
	synchronize_net();
}
