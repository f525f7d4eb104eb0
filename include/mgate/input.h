/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_INPUT_H
#define MGATE_INPUT_H

#include <mgate/eht.h>
#include <mgate/message.h>
#include <mgate/switch.h>

/**
 * struct mgate_input - a message and what became of it
 * @msg: a message that its parser found no flaw in
 * @now: ms
 * @slot: the port it came in by
 * @vid: VLAN id
 * @named: the bridge's own configuration names that VLAN
 * @withheld: it is kept from the routers
 * @who: the host that sent it
 * @own: query: the address that this bridge queries from, zero if it has none
 * @next: result: when the switch next wants the time, ms
 * @limit_port: result: records refused by max_groups of the port
 * @limit_bridge: result: records refused by max_groups of the bridge
 * @limit_memory: result: records refused for want of memory
 * @replaced: result: records for which the port gave up another group
 * @limit_rate: result: records over the rate of the port
 * @limit_sources: result: records with too many sources for their membership
 * @limit_hosts: result: records of hosts that are not kept track of
 * @denied: result: records for groups that are denied at the port
 * @ssm: result: records that mean nothing in the range of SSM
 * @flaw: result: why a well-formed message taught nothing
 * @clamped: result: a value of the querier was out of bounds
 * @without_values: result: a version 3 querier did not say all its values
 * @no_context: result: there are too many VLANs
 * @new_router: result: the port was not known as a router port
 * @new_querier: result: a querier was elected
 * @other_version: result: a querier asks in an older version than we do
 */
struct mgate_input {
	const struct mgate_msg *msg;
	u64 now;
	u16 slot;
	u16 vid;
	bool named;
	bool withheld;
	struct mgate_eht_who who;
	struct mgate_addr own;
	u64 next;
	u32 limit_port;
	u32 limit_bridge;
	u32 limit_memory;
	u32 replaced;
	u32 limit_rate;
	u32 limit_sources;
	u32 limit_hosts;
	u32 denied;
	u32 ssm;
	enum mgate_reason flaw;
	bool clamped;
	bool without_values;
	bool no_context;
	bool new_router;
	bool new_querier;
	bool other_version;
};

void mgate_input(struct mgate_switch *sw, struct mgate_input *in);

#endif
