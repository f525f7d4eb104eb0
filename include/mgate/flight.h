/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_FLIGHT_H
#define MGATE_FLIGHT_H

#include <linux/skbuff.h>

#include <mgate/bridge.h>
#include <mgate/gate.h>

/**
 * struct mgate_flight - what was decided of a frame that is on its way
 * @head: the buffer of the frame, which all its clones share; NULL: nothing
 * @port: the port it came in by, or the host of the bridge that sends it
 * @key: group and source; sent frames: also the VLAN
 * @kind: sent frames: what sort of frame it is
 * @changes: sent frames: the switch's count of changes at the time
 * @at: sent frames: the time, ms
 * @vid: VLAN id
 * @learn: it is a message that nothing was learned from yet
 * @plan: where it may leave
 *
 * A pointer in it is only ever compared, never followed.
 */
struct mgate_flight {
	const void *head;
	const struct mgate_port *port;
	struct mgate_key key;
	u32 changes;
	u64 at;
	u16 vid;
	u16 kind;
	bool learn;
	struct mgate_plan plan;
};

int mgate_flight_init(void);
void mgate_flight_exit(void);
void mgate_flight_begin(void);
struct mgate_flight *mgate_flight_received(void);
struct mgate_flight *mgate_flight_sent(void);
struct mgate_flight *mgate_flight_own(void);
struct mgate_flight *mgate_flight_find(const struct sk_buff *skb, const struct mgate_port *port);

#endif
