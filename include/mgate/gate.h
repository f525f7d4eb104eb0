/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_GATE_H
#define MGATE_GATE_H

#include <mgate/message.h>
#include <mgate/switch.h>

/**
 * struct mgate_plan - where one frame may leave
 * @pass: the reason by which it passes at every port, or NONE: by the bitmaps
 * @hold: the reason by which it is held back elsewhere
 * @via_member: the reason at a port in @members
 * @via_router: the reason at a port in @routers
 * @words: words of the bitmaps that are filled in
 * @members: ports that asked for it
 * @routers: ports that lead to routers
 * @others: ports that get everything, or everything unknown
 *
 * A copy, valid by itself: no pointer into the tables.
 */
struct mgate_plan {
	enum mgate_reason pass;
	enum mgate_reason hold;
	enum mgate_reason via_member;
	enum mgate_reason via_router;
	unsigned int words;
	DECLARE_BITMAP(members, MGATE_SLOTS);
	DECLARE_BITMAP(routers, MGATE_SLOTS);
	DECLARE_BITMAP(others, MGATE_SLOTS);
};

void mgate_gate_all(struct mgate_plan *plan, enum mgate_reason reason);
void mgate_gate_data(struct mgate_switch *sw, const struct mgate_key *key,
		     struct mgate_plan *plan);
bool mgate_gate_withholds_some(struct mgate_switch *sw, const struct mgate_msg *msg, u16 vid,
			       u16 slot);
void mgate_gate_report(struct mgate_switch *sw, u8 af, u16 vid, bool withheld,
		       struct mgate_plan *plan);
void mgate_gate_port(struct mgate_plan *plan, u16 slot, enum mgate_reason as);
enum mgate_reason mgate_gate_other(const struct mgate_switch *sw, u16 slot);

/**
 * mgate_gate_withholds() - is a message kept from the routers
 * @sw: the switch
 * @msg: a report or leave without flaw
 * @vid: its VLAN
 * @slot: the port it came in by
 *
 * A leave is of interest to them only when the last member behind the bridge
 * has left (`proxy leaves`). A report of several records goes on whole, if one
 * of them is of interest. So does one of a group without state, for which nobody
 * here could speak: other snoopers of MLD gate all groups but one. With `proxy full`
 * this bridge speaks for its hosts, but not for those whose groups it may have refused.
 */
static inline bool mgate_gate_withholds(struct mgate_switch *sw, const struct mgate_msg *msg,
					u16 vid, u16 slot)
{
	/* A join of these versions goes on, whatever is known of the group. */
	if (msg->version < 3 && msg->kind != MGATE_KIND_LEAVE &&
	    READ_ONCE(sw->params.v[MGATE_PARAM_PROXY]) != MGATE_PROXY_FULL)
		return false;
	return mgate_gate_withholds_some(sw, msg, vid, slot);
}

/**
 * mgate_gate_routes() - does a port get a frame because it leads to routers
 * @plan: a plan that goes by bitmaps
 * @slot: the port, which may be asked for too
 */
static inline bool mgate_gate_routes(const struct mgate_plan *plan, u16 slot)
{
	return slot / BITS_PER_LONG < plan->words && test_bit(slot, plan->routers);
}

/**
 * mgate_gate_is_for_none() - is there no port that a redirected frame may leave by
 * @plan: the plan
 *
 * Of ports that came after the plan was made redirect does not know.
 */
static inline bool mgate_gate_is_for_none(const struct mgate_plan *plan)
{
	unsigned long some = 0;
	unsigned int i;

	if (plan->pass != MGATE_REASON_NONE)
		return false;
	for (i = 0; i < plan->words; i++)
		some |= plan->members[i] | plan->routers[i] | plan->others[i];
	return !some;
}

/**
 * mgate_gate_test() - may a frame leave by a port
 * @sw: the switch, for the reason only
 * @plan: the frame's plan
 * @slot: the port
 * @pass: the answer
 *
 * Return: the reason, to be counted.
 */
static inline enum mgate_reason mgate_gate_test(const struct mgate_switch *sw,
						const struct mgate_plan *plan, u16 slot,
						bool *pass)
{
	*pass = true;
	if (plan->pass != MGATE_REASON_NONE)
		return plan->pass;
	if (slot / BITS_PER_LONG < plan->words) {
		if (test_bit(slot, plan->members))
			return plan->via_member;
		if (test_bit(slot, plan->routers))
			return plan->via_router;
		if (test_bit(slot, plan->others))
			return mgate_gate_other(sw, slot);
		*pass = false;
		return plan->hold;
	}
	/* The port came after the plan was made. */
	return MGATE_REASON_FLOOD_LEARNING;
}

#endif
