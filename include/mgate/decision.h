/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_DECISION_H
#define MGATE_DECISION_H

#include <mgate/flight.h>
#include <mgate/frame.h>

struct mgate_key mgate_decision_key(const struct mgate_frame *f, u16 vid);
bool mgate_decision_guards(const struct mgate_bridge *br, const struct mgate_frame *f, u16 vid);
bool mgate_decision_withholds(struct mgate_switch *sw, const struct mgate_frame *f, u16 vid,
			      u16 slot);
void mgate_decision_plan(struct mgate_switch *sw, const struct mgate_frame *f, u16 vid,
			 bool withheld, struct mgate_plan *plan);
bool mgate_decision_sent_vid(const struct mgate_port *out, const struct mgate_frame *f, u16 *vid);
bool mgate_decision_anew(struct sk_buff *skb, struct mgate_port *in, struct mgate_plan *plan,
			 struct mgate_key *key);
void mgate_decision_learn_now(struct sk_buff *skb, struct mgate_flight *flight);
void mgate_decision_late(struct sk_buff *skb, struct mgate_port *in, struct mgate_plan *plan,
			 struct mgate_key *key);

/**
 * mgate_decision_is_strict() - are messages without Router Alert refused
 * @br: the bridge
 */
static inline bool mgate_decision_is_strict(const struct mgate_bridge *br)
{
	return READ_ONCE(br->sw.params.v[MGATE_PARAM_ACCEPT]) == MGATE_ACCEPT_STRICT;
}

/**
 * mgate_decision_read() - look at a frame by the rules of a bridge
 * @skb: as for mgate_frame_read()
 * @br: the bridge
 * @f: the result
 */
static inline void mgate_decision_read(struct sk_buff *skb, const struct mgate_bridge *br,
				       struct mgate_frame *f)
{
	u32 ipv6 = READ_ONCE(br->sw.params.v[MGATE_PARAM_IPV6]);

	mgate_frame_read(skb, mgate_decision_is_strict(br), ipv6, f);
}

/**
 * mgate_decision_read_any() - the same of a frame that is not plain
 * @skb: as for mgate_frame_read_any()
 * @br: the bridge
 * @f: the result
 */
static inline void mgate_decision_read_any(struct sk_buff *skb, const struct mgate_bridge *br,
					   struct mgate_frame *f)
{
	u32 ipv6 = READ_ONCE(br->sw.params.v[MGATE_PARAM_IPV6]);

	mgate_frame_read_any(skb, mgate_decision_is_strict(br), ipv6, f);
}

/**
 * mgate_decision_has_guard() - is a port one behind which no routers are to be
 * @port: the port
 */
static inline bool mgate_decision_has_guard(const struct mgate_port *port)
{
	return unlikely(READ_ONCE(port->sw.params[MGATE_PORT_GUARD]));
}

/**
 * mgate_decision_is_guarded() - does it come from a router where none is to be
 * @port: the port it came in by
 * @f: the frame, not BROKEN
 * @vid: its VLAN
 *
 * RCU read side. Nothing is learned from such a frame; whether it is dropped depends on the
 * mode.
 */
static inline bool mgate_decision_is_guarded(const struct mgate_port *port,
					     const struct mgate_frame *f, u16 vid)
{
	return mgate_decision_has_guard(port) && mgate_decision_guards(port->bridge, f, vid);
}

/**
 * mgate_decision_learn() - learn from a message, once
 * @skb: a frame that the bridge let in
 * @flight: what was decided of it
 *
 * BH off.
 */
static inline void mgate_decision_learn(struct sk_buff *skb, struct mgate_flight *flight)
{
	if (flight->learn)
		mgate_decision_learn_now(skb, flight);
}

#endif
