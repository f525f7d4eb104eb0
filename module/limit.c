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

/**
 * mgate_limit_reason() - what a refusal is counted as
 * @why: the refusal
 */
enum mgate_reason mgate_limit_reason(enum mgate_refusal why)
{
	static const u8 reasons[] = {
		[MGATE_REFUSAL_NONE] = MGATE_REASON_NONE,
		[MGATE_REFUSAL_PORT] = MGATE_REASON_LIMIT_PORT,
		[MGATE_REFUSAL_BRIDGE] = MGATE_REASON_LIMIT_BRIDGE,
		[MGATE_REFUSAL_MEMORY] = MGATE_REASON_LIMIT_MEMORY,
		[MGATE_REFUSAL_REPLACED] = MGATE_REASON_LIMIT_REPLACED,
		[MGATE_REFUSAL_RATE] = MGATE_REASON_LIMIT_RATE,
	};

	return reasons[why];
}

static void say_limit(struct mgate_switch *sw, u16 slot, enum mgate_news_kind kind,
		      enum mgate_refusal why)
{
	struct mgate_event e = {
		.slot = slot,
		.kind = kind,
		.reason = mgate_limit_reason(why),
	};

	mgate_news_tell(&sw->news, &e);
}

/**
 * mgate_limit_say_locked() - a record was refused
 * @sw: the switch, its lock held
 * @key: its group and VLAN
 * @slot: its port
 * @reason: why
 */
void mgate_limit_say_locked(struct mgate_switch *sw, const struct mgate_key *key, u16 slot,
			    enum mgate_reason reason)
{
	struct mgate_event e = {
		.key = *key,
		.slot = slot,
		.kind = MGATE_NEWS_REFUSE,
		.reason = reason,
	};

	mgate_news_tell(&sw->news, &e);
}

/* Until whoever was refused has been asked again in its VLAN; no refusal elsewhere makes it
 * shorter.
 */
static u64 end_of_limit(struct mgate_switch *sw, const struct mgate_key *key, u64 before, u64 now)
{
	struct mgate_context *ctx = mgate_context_find_rcu(&sw->contexts, key->af, key->vid);
	struct mgate_timing t = ctx ? mgate_querier_timing(&ctx->querier, &sw->params) :
				      mgate_params_timing(&sw->params);

	return max(before, now + mgate_params_membership_ms(&t));
}

/**
 * mgate_limit_refuse_port_locked() - a port was refused something
 * @sw: the switch, its lock held
 * @port: the port
 * @key: of which group and VLAN
 * @why: MGATE_REFUSAL_PORT, _RATE, or _MEMORY
 * @now: ms
 *
 * Nobody behind it is cut because of that: it gets everything, but where the
 * administrator wants it to go without. Want of memory is no such wish.
 */
void mgate_limit_refuse_port_locked(struct mgate_switch *sw, struct mgate_switch_port *port,
				    const struct mgate_key *key, enum mgate_refusal why, u64 now)
{
	bool floods = why == MGATE_REFUSAL_MEMORY ||
		      port->params[MGATE_PORT_LIMIT_ACTION] == MGATE_LIMIT_FLOOD;
	u64 until = end_of_limit(sw, key, port->limit_until, now);

	lockdep_assert_held(&sw->lock);
	if (!port->limit_until) {
		port->limit_why = (u8)why;
		say_limit(sw, port->slot, MGATE_NEWS_LIMIT, why);
	}
	WRITE_ONCE(port->limit_until, until);
	if (floods && !test_and_set_bit(port->slot, sw->limited))
		mgate_switch_changed(sw);
	mgate_due_before(&sw->queue, &port->due, until);
}

/**
 * mgate_limit_refuse_bridge_locked() - the bridge has no room for a group
 * @sw: the switch, its lock held
 * @key: the group
 * @why: MGATE_REFUSAL_BRIDGE, or _MEMORY
 * @now: ms
 */
void mgate_limit_refuse_bridge_locked(struct mgate_switch *sw, const struct mgate_key *key,
				      enum mgate_refusal why, u64 now)
{
	lockdep_assert_held(&sw->lock);
	sw->full_until = end_of_limit(sw, key, sw->full ? sw->full_until : 0, now);
	if (!sw->full) {
		sw->full_why = (u8)why;
		say_limit(sw, MGATE_SLOT_NONE, MGATE_NEWS_LIMIT, why);
		WRITE_ONCE(sw->fill, sw->fill + 1);
		WRITE_ONCE(sw->full, true);
		mgate_switch_changed(sw);
	}
	mgate_due_before(&sw->queue, &sw->due, sw->full_until);
}

/**
 * mgate_limit_end_port_locked() - a port is not over a limit any more
 * @sw: the switch, its lock held
 * @port: the port
 */
void mgate_limit_end_port_locked(struct mgate_switch *sw, struct mgate_switch_port *port)
{
	if (port->limit_until)
		say_limit(sw, port->slot, MGATE_NEWS_LIMIT_OVER, port->limit_why);
	WRITE_ONCE(port->limit_until, 0);
	clear_bit(port->slot, sw->limited);
}

/**
 * mgate_limit_end_bridge_locked() - the bridge has room again
 * @sw: the switch, its lock held
 */
void mgate_limit_end_bridge_locked(struct mgate_switch *sw)
{
	if (sw->full)
		say_limit(sw, MGATE_SLOT_NONE, MGATE_NEWS_LIMIT_OVER, sw->full_why);
	WRITE_ONCE(sw->full, false);
}
