// SPDX-License-Identifier: GPL-2.0-only
/*
 * The limits, and what becomes of those who were refused something: a port over
 * its limit gets everything, a full bridge floods what it has no entry for,
 * until a membership interval has passed without a refusal.
 */
#include <mgate/limit.h>

/**
 * mgate_limit_bridge() - may the bridge have one more group
 * @sw: the switch, its lock held
 * @new_group: the group is not there yet
 */
enum mgate_refusal mgate_limit_bridge(const struct mgate_switch *sw, bool new_group)
{
	return new_group && sw->ledger.ngroups >= sw->params.v[MGATE_PARAM_MAX_GROUPS] ?
	       MGATE_REFUSAL_BRIDGE : MGATE_REFUSAL_NONE;
}

/**
 * mgate_limit_over() - may a port have one more group
 * @sw: the switch, its lock held
 * @port: the port
 * @new_group: nobody else has the group yet
 */
enum mgate_refusal mgate_limit_over(const struct mgate_switch *sw,
				    const struct mgate_switch_port *port, bool new_group)
{
	u32 max = port->params[MGATE_PORT_MAX_GROUPS];

	if (max && port->ngroups >= max && !test_bit(port->slot, sw->always))
		return MGATE_REFUSAL_PORT;
	return mgate_limit_bridge(sw, new_group);
}

static u64 end_of_limit(struct mgate_switch *sw, u64 now)
{
	struct mgate_timing t;

	mgate_switch_timing(sw, &t);
	return now + mgate_params_membership_ms(&t);
}

/**
 * mgate_limit_refuse_port_locked() - a port was refused something
 * @sw: the switch, its lock held
 * @port: the port
 * @why: MGATE_REFUSAL_PORT, or _MEMORY
 * @now: ms
 *
 * Nobody behind it is cut because of that: it gets everything, but where the
 * administrator wants it to go without. Want of memory is no wish of his.
 */
void mgate_limit_refuse_port_locked(struct mgate_switch *sw, struct mgate_switch_port *port,
				    enum mgate_refusal why, u64 now)
{
	bool floods = why == MGATE_REFUSAL_MEMORY ||
		      port->params[MGATE_PORT_LIMIT_ACTION] == MGATE_LIMIT_FLOOD;
	u64 until = end_of_limit(sw, now);

	lockdep_assert_held(&sw->lock);
	WRITE_ONCE(port->limit_until, until);
	if (floods && !test_and_set_bit(port->slot, sw->limited))
		mgate_switch_changed(sw);
	mgate_due_before(&sw->queue, &port->due, until);
}

/**
 * mgate_limit_refuse_bridge_locked() - the bridge has no room for a group
 * @sw: the switch, its lock held
 * @now: ms
 */
void mgate_limit_refuse_bridge_locked(struct mgate_switch *sw, u64 now)
{
	lockdep_assert_held(&sw->lock);
	sw->full_until = end_of_limit(sw, now);
	if (!sw->full) {
		WRITE_ONCE(sw->fill, sw->fill + 1);
		WRITE_ONCE(sw->full, true);
		mgate_switch_changed(sw);
	}
	mgate_due_before(&sw->queue, &sw->due, sw->full_until);
}
