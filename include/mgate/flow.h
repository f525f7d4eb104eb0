/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_FLOW_H
#define MGATE_FLOW_H

#include <linux/skbuff.h>

#include <mgate/flight.h>

u8 mgate_flow_serve(struct sk_buff *skb, const struct mgate_port *in,
		    struct mgate_flight *flight);
void mgate_flow_copies(struct sk_buff *skb, const struct mgate_flow_ports *ports,
		       const struct mgate_bridge *br);
void mgate_flow_changed(struct mgate_bridge *br);
void mgate_flow_settled(struct mgate_bridge *br, bool settled);
void mgate_flow_moved(struct mgate_bridge *br, const u8 *mac);

/**
 * mgate_flow_may() - are flows made of frames at all
 * @br: the bridge
 */
static inline bool mgate_flow_may(const struct mgate_bridge *br)
{
	return !IS_ENABLED(CONFIG_PREEMPT_RT) && READ_ONCE(br->state) == MGATE_STATE_ON &&
	       READ_ONCE(br->sw.params.v[MGATE_PARAM_FLOW_MS]);
}

/**
 * mgate_flow_is_there() - may the ports of a frame's flow be followed still
 * @flight: of a frame that is @straight, and whose port is there
 *
 * Somebody's hook may have kept the frame for longer than the RCU read side in which they
 * were found. BH off, RCU read side.
 */
static inline bool mgate_flow_is_there(const struct mgate_flight *flight)
{
	const struct mgate_flowtables *here = this_cpu_ptr(flight->port->bridge->flows);

	return flight->age == mgate_port_age() &&
	       flight->table == rcu_access_pointer(here->table);
}

#endif
