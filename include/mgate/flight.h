/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_FLIGHT_H
#define MGATE_FLIGHT_H

#include <linux/skbuff.h>

#include <mgate/bridge.h>
#include <mgate/gate.h>

/**
 * struct mgate_redirect_tag - a VLAN tag, whole
 * @present: there is one
 * @proto: network order
 * @tci: priority and all, host order
 */
struct mgate_redirect_tag {
	bool present;
	__be16 proto;
	u16 tci;
};

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
 * @in: the device of @port
 * @withheld: it is a message that is kept from the routers
 * @turned: the frame itself, if it was redirected and has not come up yet
 * @dest: then: its destination
 * @via: then: the destination it has meanwhile
 * @tag: then: the tag that the bridge sees in it
 * @plan: where it may leave
 *
 * A pointer in it is only ever compared, never followed, but for @port of a
 * frame that is the one here: it was found under the same RCU read side.
 */
struct mgate_flight {
	const void *head;
	struct mgate_port *port;
	struct mgate_key key;
	u32 changes;
	u64 at;
	u16 vid;
	u16 kind;
	bool learn;
	bool withheld;
	const struct net_device *in;
	const struct sk_buff *turned;
	u8 dest[ETH_ALEN];
	u8 via[ETH_ALEN];
	struct mgate_redirect_tag tag;
	struct mgate_plan plan;
};

int mgate_flight_init(void);
void mgate_flight_exit(void);
void mgate_flight_begin(void);
struct mgate_flight *mgate_flight_received(void);
struct mgate_flight *mgate_flight_sent(void);
struct mgate_flight *mgate_flight_own(void);
struct mgate_flight *mgate_flight_turned(const struct sk_buff *skb, const struct net_device *in);
struct mgate_flight *mgate_flight_find(const struct sk_buff *skb, const struct mgate_port *port);

#endif
