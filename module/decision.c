// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is to become of one frame: which VLAN it is in, where it may leave, and
 * what is learned from it. The hooks ask.
 */
#include <linux/if_bridge.h>

#include <mgate/decision.h>
#include <mgate/learn.h>
#include <mgate/untagged.h>
#include <mgate/xmit.h>

/**
 * mgate_decision_key() - the key of a frame
 * @f: the frame
 * @vid: its VLAN
 */
struct mgate_key mgate_decision_key(const struct mgate_frame *f, u16 vid)
{
	struct mgate_key key = mgate_addr_key(f->d.af, vid, &f->d.dst);

	key.src = f->d.src;
	return key;
}

/**
 * mgate_decision_withholds() - is a message kept from the routers
 * @sw: the switch, of a bridge
 * @f: the frame
 * @vid: its VLAN
 * @slot: the port it came in by
 *
 * Only where the bridge can ask the hosts, and speak for them, itself. RCU read side.
 */
bool mgate_decision_withholds(struct mgate_switch *sw, const struct mgate_frame *f, u16 vid,
			      u16 slot)
{
	const struct mgate_bridge *br = container_of(sw, struct mgate_bridge, sw);

	return f->kind == MGATE_FRAME_CONTROL && f->msg.fate == MGATE_FATE_ROUTERS &&
	       f->msg.flaw == MGATE_REASON_NONE &&
	       mgate_gate_withholds(sw, &f->msg, vid, slot) &&
	       mgate_xmit_can_send(br, vid) &&
	       (READ_ONCE(sw->params.v[MGATE_PARAM_PROXY]) != MGATE_PROXY_FULL ||
		mgate_xmit_has_address(br, f->msg.af, vid));
}

/* What a router says, and what others may take for it: by a fragment, a wrong link-layer
 * address, or a hello that is cut, the built-in snooping of another bridge is not troubled.
 */
static bool is_of_a_router(const struct mgate_frame *f)
{
	if (f->kind == MGATE_FRAME_OTHER)
		return f->why == MGATE_REASON_BAD_MAC;	/* PIM */
	if (f->kind == MGATE_FRAME_DATA && f->d.protocol == MGATE_DISCOVERY_PIM)
		return f->d.fragment || f->d.len < MGATE_DISCOVERY_PIM_HEADER;
	if (f->kind == MGATE_FRAME_DATA)
		return mgate_ipv6_may_hide(&f->d);
	return f->msg.kind == MGATE_KIND_QUERY || f->msg.kind == MGATE_KIND_ROUTER ||
	       f->msg.flaw == MGATE_REASON_BAD_FRAGMENT || f->msg.flaw == MGATE_REASON_BAD_MAC;
}

/**
 * mgate_decision_guards() - as mgate_decision_is_guarded(), at a port with `guard`
 * @br: the bridge
 * @f: the frame, not BROKEN
 * @vid: its VLAN
 */
bool mgate_decision_guards(const struct mgate_bridge *br, const struct mgate_frame *f, u16 vid)
{
	return is_of_a_router(f) && !mgate_context_ignores(&br->sw.contexts, vid);
}

static void plan_control(struct mgate_switch *sw, const struct mgate_frame *f, u16 vid,
			 bool withheld, struct mgate_plan *plan)
{
	if (unlikely(mgate_context_ignores(&sw->contexts, vid)))
		mgate_gate_all(plan, MGATE_REASON_FLOOD_IGNORED);
	else if (f->msg.fate == MGATE_FATE_ROUTERS)
		mgate_gate_report(sw, f->msg.af, vid, withheld, plan);
	else
		mgate_gate_all(plan, f->msg.kind == MGATE_KIND_QUERY ?
			       MGATE_REASON_CONTROL_QUERY : MGATE_REASON_CONTROL_FLOOD);
}

/**
 * mgate_decision_plan() - where a frame may leave
 * @sw: the switch
 * @f: the frame, a message or data
 * @vid: its VLAN
 * @withheld: it is a message that is kept from the routers
 * @plan: the plan
 *
 * RCU read side.
 */
void mgate_decision_plan(struct mgate_switch *sw, const struct mgate_frame *f, u16 vid,
			 bool withheld, struct mgate_plan *plan)
{
	struct mgate_key key;

	if (f->kind == MGATE_FRAME_CONTROL) {
		plan_control(sw, f, vid, withheld, plan);
		return;
	}
	key = mgate_decision_key(f, vid);
	mgate_gate_data(sw, &key, plan);
}

/* The VLAN of a frame past the bridge's checks, by the port it came in by. There a
 * tag may be gone: where VLANs are filtered, only a frame that has one tells.
 */
static bool tagged_vid(const struct mgate_port *port, const struct mgate_frame *f, u16 *vid)
{
	if (br_vlan_enabled(port->bridge->dev) && !f->tag.vid)
		return false;
	return mgate_bridge_vid(port, &f->tag, vid);
}

/**
 * mgate_decision_sent_vid() - the VLAN of a frame that the host sends
 * @out: the port it leaves by
 * @f: the frame
 * @vid: the VLAN
 *
 * RCU read side. Return: false if it cannot be told.
 */
bool mgate_decision_sent_vid(const struct mgate_port *out, const struct mgate_frame *f, u16 *vid)
{
	return tagged_vid(out, f, vid) ||
	       (!f->tag.present && mgate_untagged_vid_rcu(out, vid));
}

static void learn_late(struct mgate_port *in, struct mgate_frame *f, u16 vid, bool withheld)
{
	if (f->kind == MGATE_FRAME_CONTROL && !mgate_decision_is_guarded(in, f, vid))
		mgate_learn(in, f, vid, withheld);
}

static bool never_comes_up(const struct mgate_bridge *br, u16 vid)
{
	return br_vlan_enabled(br->dev) && !mgate_bridge_is_in_vlan(br->dev, vid);
}

/**
 * mgate_decision_anew() - where a frame may leave of which nothing is known
 * @skb: the frame, past the bridge's checks
 * @in: the port it came in by
 * @plan: the plan
 * @key: its key, where the plan has a reason
 *
 * Nothing was decided, or it was lost on the way: the gate alone is enough. A message comes
 * up to the host, and is learned from there, but where the host is not in its VLAN: then here,
 * once for each port it leaves by. RCU read side, BH off.
 *
 * Return: it is to hosts that are solicited, see struct mgate_frame.
 */
noinline bool mgate_decision_anew(struct sk_buff *skb, struct mgate_port *in,
				  struct mgate_plan *plan, struct mgate_key *key)
{
	struct mgate_switch *sw = &in->bridge->sw;
	struct mgate_frame f;
	bool withheld;
	u16 vid = 0;

	mgate_gate_all(plan, MGATE_REASON_NONE);
	mgate_decision_read(skb, in->bridge, &f);
	if (f.kind == MGATE_FRAME_OTHER || f.kind == MGATE_FRAME_BROKEN)
		return false;
	if (tagged_vid(in, &f, &vid)) {
		withheld = mgate_decision_withholds(sw, &f, vid, in->slot);
		mgate_decision_plan(sw, &f, vid, withheld, plan);
		if (never_comes_up(in->bridge, vid))
			learn_late(in, &f, vid, withheld);
	} else {
		mgate_gate_all(plan, MGATE_REASON_FLOOD_NO_VLAN);
	}
	*key = mgate_decision_key(&f, vid);
	return f.solicits;
}

/**
 * mgate_decision_learn_now() - learn from a message that nothing was learned from
 * @skb: a frame that the bridge let in
 * @flight: what was decided of it
 *
 * BH off.
 */
void mgate_decision_learn_now(struct sk_buff *skb, struct mgate_flight *flight)
{
	const void *head = skb->head;
	struct mgate_frame *f = &flight->frame;

	flight->learn = false;
	if (flight->reread)
		mgate_decision_read(skb, flight->port->bridge, f);
	if (f->kind == MGATE_FRAME_CONTROL)
		mgate_learn(flight->port, f, flight->key.vid, flight->withheld);
	WARN_ON_ONCE(skb->head != head);
}

/* What comes up without a tag was in a VLAN that is untagged on the bridge: most
 * likely in that of what comes in without.
 */
static bool stripped_vid(const struct mgate_port *in, u16 *vid)
{
	struct bridge_vlan_info info;

	return !br_vlan_get_pvid_rcu(in->dev, vid) && *vid &&
	       !br_vlan_get_info_rcu(in->bridge->dev, *vid, &info) &&
	       info.flags & BRIDGE_VLAN_INFO_UNTAGGED;
}

/**
 * mgate_decision_late() - a frame comes up of which nothing is known
 * @skb: the frame, which the bridge let in
 * @in: the port it came in by
 * @plan: the plan, for the host
 * @key: its key, where the plan has a reason
 *
 * As mgate_decision_anew(), and learns from a message. RCU read side, BH off.
 */
void mgate_decision_late(struct sk_buff *skb, struct mgate_port *in, struct mgate_plan *plan,
			 struct mgate_key *key)
{
	struct mgate_switch *sw = &in->bridge->sw;
	struct mgate_frame f;
	bool withheld;
	u16 vid;

	mgate_gate_all(plan, MGATE_REASON_NONE);
	mgate_decision_read(skb, in->bridge, &f);
	if (f.kind == MGATE_FRAME_OTHER || f.kind == MGATE_FRAME_BROKEN)
		return;
	if (!tagged_vid(in, &f, &vid) && !stripped_vid(in, &vid)) {
		if (f.kind == MGATE_FRAME_CONTROL)
			mgate_bridge_count(in, MGATE_REASON_FLOOD_NO_VLAN);
		return;
	}
	withheld = mgate_decision_withholds(sw, &f, vid, in->slot);
	mgate_decision_plan(sw, &f, vid, withheld, plan);
	*key = mgate_decision_key(&f, vid);
	learn_late(in, &f, vid, withheld);
}
