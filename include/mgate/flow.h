/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_FLOW_H
#define MGATE_FLOW_H

#include <linux/skbuff.h>

#include <mgate/flight.h>

bool mgate_flow_serve(struct sk_buff *skb, const struct mgate_port *in,
		      struct mgate_flow_note **note);
void mgate_flow_begin(const struct sk_buff *skb, const struct mgate_flight *flight);
void mgate_flow_met_at(struct mgate_flow_note *note, const struct sk_buff *skb,
		       const struct mgate_port *out, bool pass, enum mgate_reason reason);
void mgate_flow_changed(struct mgate_bridge *br);
void mgate_flow_settled(struct mgate_bridge *br, bool settled);
void mgate_flow_moved(struct mgate_bridge *br, const u8 *mac);

/**
 * mgate_flow_note() - where this CPU notes the way of a frame
 *
 * BH off.
 */
static inline struct mgate_flow_note *mgate_flow_note(void)
{
	return &this_cpu_ptr(mgate_flight_places)->note;
}

/**
 * mgate_flow_met() - a frame is at a port that it may leave by
 * @skb: the frame, in FORWARD
 * @out: the port
 * @pass: it does leave there, as far as mgate is concerned
 * @reason: why
 *
 * BH off.
 */
static inline void mgate_flow_met(const struct sk_buff *skb, const struct mgate_port *out,
				  bool pass, enum mgate_reason reason)
{
	struct mgate_flow_note *note = mgate_flow_note();

	if (unlikely(note->head == skb->head))
		mgate_flow_met_at(note, skb, out, pass, reason);
}

/**
 * mgate_flow_host() - a frame has come up
 * @skb: the frame, in LOCAL_IN
 * @host: the host gets it
 *
 * BH off.
 */
static inline void mgate_flow_host(const struct sk_buff *skb, bool host)
{
	struct mgate_flow_note *note = mgate_flow_note();

	if (likely(note->head != skb->head))
		return;
	note->met = true;
	note->host = host;
}

#endif
