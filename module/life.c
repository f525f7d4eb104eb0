// SPDX-License-Identifier: GPL-2.0-only
/*
 * What mgate does on a bridge: decided when the bridge is up and has a port,
 * each time it comes up, and when somebody writes to `mode`.
 *
 * All functions are called with RTNL held, unless they say otherwise.
 */
#include <linux/if_bridge.h>
#include <linux/ratelimit.h>
#include <linux/rtnetlink.h>

#include <mgate/address.h>
#include <mgate/life.h>
#include <mgate/role.h>
#include <mgate/takeover.h>
#include <mgate/tick.h>

/** var mgate_life_options - module parameters */
struct mgate_life_options mgate_life_options = {
	.wish = MGATE_WISH_AUTO,
	.takeover = true,
};

static bool may_query(const struct mgate_bridge *br)
{
	return READ_ONCE(br->state) == MGATE_STATE_ON && netif_running(br->dev);
}

static void mute(struct mgate_bridge *br, u8 af)
{
	DECLARE_BITMAP(vlans, MGATE_VLANS);

	rcu_read_lock();
	mgate_address_mute(br, af, vlans);
	rcu_read_unlock();
	mgate_role_mute(&br->sw, af, vlans, mgate_tick_now());
}

/**
 * mgate_life_query() - whether the bridge queries, or in which VLAN, may have
 *	changed
 * @br: the bridge
 *
 * Any context but hard interrupts; RTNL is not needed.
 */
void mgate_life_query(struct mgate_bridge *br)
{
	unsigned int seen;
	bool may;
	u16 vid;
	u8 af;

	/* Whoever ends last has seen each change that was told before: no answer that is
	 * out of date stays.
	 */
	atomic_inc_return(&br->query_changes);
	do {
		seen = atomic_read_acquire(&br->query_changes);
		may = may_query(br);
		rcu_read_lock();
		vid = mgate_address_vid(br);
		rcu_read_unlock();
		for (af = 0; af < MGATE_AF_MAX; af++)
			mute(br, af);
		mgate_tick_arm(br, mgate_role_set(&br->sw, may, vid, mgate_tick_now()));
	} while (may != may_query(br) || seen != atomic_read(&br->query_changes));
}

/**
 * mgate_life_forget() - forget all that was learned on a bridge
 * @br: the bridge
 *
 * May sleep; RTNL is not needed. Frames flood before the tables are emptied, so
 * that none is held back meanwhile. An audit begins anew.
 */
void mgate_life_forget(struct mgate_bridge *br)
{
	mgate_switch_unlearn(&br->sw);
	synchronize_net();
	mgate_switch_flush(&br->sw, mgate_tick_now());
	/* What flows have not told yet is of before. */
	mgate_flowtable_fold(br);
	mgate_stats_clear(&br->stats);
	mgate_life_query(br);
}

static bool has_port(const struct net_device *dev)
{
	struct net_device *lower;
	struct list_head *iter;

	netdev_for_each_lower_dev((struct net_device *)dev, lower, iter)
		return true;
	return false;
}

static void tell_how(const struct mgate_bridge *br, const char *why)
{
	const char *name = br->dev->name;

	if (br_multicast_enabled(br->dev) && !mgate_life_options.takeover)
		netdev_info(br->dev, "mgate: does nothing here, as %s; to start it switch that off (`ip link set %s type bridge mcast_snooping 0`) and write on to /sys/class/net/%s/mgate/mode\n",
			    why, name, name);
	else
		netdev_info(br->dev, "mgate: does nothing here, as %s; to start it write on to /sys/class/net/%s/mgate/mode\n",
			    why, name);
}

static void tell(struct mgate_bridge *br, const char *why)
{
	if (!br->told && __ratelimit(&br->log_news))
		tell_how(br, why);
	br->told = true;
}

static void go(struct mgate_bridge *br, enum mgate_state state)
{
	if (br->state == state)
		return;
	/* What was learned in audit is not to hold back the first frames. */
	mgate_switch_unlearn(&br->sw);
	WRITE_ONCE(br->state, state);
	mgate_life_forget(br);
	if (state != MGATE_STATE_OFF && state != MGATE_STATE_ASIDE)
		br->told = false;
}

static void leave(struct mgate_bridge *br, enum mgate_state state)
{
	go(br, state);
	mgate_takeover_end(br);
}

/* Somebody wrote `on` all the same. */
static void warn_obstacle(struct mgate_bridge *br)
{
	const struct net_device *port;
	const char *why;

	port = br->state == MGATE_STATE_ON ? NULL : mgate_takeover_obstacle(br, &why);
	if (port && __ratelimit(&br->log_news))
		netdev_warn(br->dev, "mgate: works here although port %s %s, and what goes past mgate there is not gated; to have it stand aside write off to /sys/class/net/%s/mgate/mode\n",
			    port->name, why, br->dev->name);
}

static void start(struct mgate_bridge *br)
{
	bool builtin = br_multicast_enabled(br->dev);

	if (builtin && !mgate_life_options.takeover) {
		leave(br, MGATE_STATE_ASIDE);
		tell(br, "the built-in snooping is on and takeover=0 forbids switching it off");
		return;
	}
	if (builtin && mgate_takeover_begin(br)) {
		leave(br, MGATE_STATE_ASIDE);
		return;
	}
	warn_obstacle(br);
	go(br, MGATE_STATE_ON);
	mgate_life_query(br);
	mgate_tick_solicit(br, MGATE_SLOT_NONE);
}

static bool hindered(struct mgate_bridge *br)
{
	const struct net_device *port;
	const char *why;

	port = mgate_takeover_obstacle(br, &why);
	if (!port)
		return false;
	if (!br->told && __ratelimit(&br->log_news))
		netdev_info(br->dev, "mgate: stands aside, as port %s %s; to start it all the same write on to /sys/class/net/%s/mgate/mode\n",
			    port->name, why, br->dev->name);
	br->told = true;
	return true;
}

static void decide_auto(struct mgate_bridge *br)
{
	if (!br_multicast_enabled(br->dev) && !br->taken) {
		leave(br, MGATE_STATE_OFF);
		tell(br, "multicast snooping was switched off on this bridge");
	} else if (hindered(br)) {
		leave(br, MGATE_STATE_ASIDE);
	} else {
		start(br);
	}
}

/*
 *  wish   built-in            obstacle   state
 *  off    any                 any        OFF
 *  audit  any                 any        AUDIT, beside the built-in
 *  on     off                 any        ON
 *  on     on                  any        ON, taking over; with takeover=0 ASIDE
 *  auto   off on purpose      any        OFF
 *  auto   on, or ours to give yes        ASIDE
 *  auto   on                  no         ON, taking over; with takeover=0 ASIDE
 *  auto   ours to give        no         ON
 */

/**
 * mgate_life_decide() - decide anew what to do on a bridge
 * @br: the bridge; while it is down or has no port nothing is decided
 *
 * May sleep.
 */
void mgate_life_decide(struct mgate_bridge *br)
{
	ASSERT_RTNL();
	if (!netif_running(br->dev) || !has_port(br->dev))
		return;
	br->decided = true;
	switch (br->wish) {
	case MGATE_WISH_OFF:
		leave(br, MGATE_STATE_OFF);
		break;
	case MGATE_WISH_AUDIT:
		leave(br, MGATE_STATE_AUDIT);
		break;
	case MGATE_WISH_ON:
		start(br);
		break;
	default:
		decide_auto(br);
	}
}

/**
 * mgate_life_wish() - somebody wrote to `mode`
 * @br: the bridge
 * @wish: what is wanted from now on
 *
 * May sleep.
 */
void mgate_life_wish(struct mgate_bridge *br, enum mgate_wish wish)
{
	WRITE_ONCE(br->wish, wish);
	br->told = false;
	if (wish == MGATE_WISH_OFF)
		leave(br, MGATE_STATE_OFF);
	else
		mgate_life_decide(br);
}

/**
 * mgate_life_recheck() - options of a bridge have changed
 * @br: the bridge
 *
 * If somebody has switched the built-in on while mgate gates, that is meant:
 * mgate stands aside, and has nothing to give back. Where `on` was written and the built-in
 * was in the way, mgate begins as soon as that is off.
 */
void mgate_life_recheck(struct mgate_bridge *br)
{
	ASSERT_RTNL();
	if (br->state == MGATE_STATE_ASIDE && br->wish == MGATE_WISH_ON &&
	    !br_multicast_enabled(br->dev)) {
		mgate_life_decide(br);
		return;
	}
	if (br->state != MGATE_STATE_ON || !br_multicast_enabled(br->dev))
		return;
	br->taken = false;
	leave(br, MGATE_STATE_ASIDE);
	tell(br, "the built-in snooping was switched on beside it");
}

/**
 * mgate_life_end() - leave a bridge for good
 * @br: the bridge, which is going away, or mgate is
 *
 * May sleep.
 */
void mgate_life_end(struct mgate_bridge *br)
{
	leave(br, MGATE_STATE_OFF);
}

/* Some VLAN gates, and none that somebody joined in does not. */
static bool all_gating(struct mgate_switch *sw)
{
	const struct mgate_context *ctx;
	bool some = false, all = true;
	u64 now = mgate_tick_now();

	spin_lock_bh(&sw->lock);
	list_for_each_entry(ctx, &sw->contexts.list, node) {
		some |= ctx->gating;
		all &= ctx->gating || ctx->joined_until <= now;
	}
	spin_unlock_bh(&sw->lock);
	return some && all;
}

/**
 * mgate_life_status() - one word for the user
 * @br: the bridge
 *
 * Any process context, without RTNL.
 */
const char *mgate_life_status(struct mgate_bridge *br)
{
	switch (READ_ONCE(br->state)) {
	case MGATE_STATE_OFF:
		return "off";
	case MGATE_STATE_ASIDE:
		return "aside";
	case MGATE_STATE_AUDIT:
		return "audit";
	default:
		return all_gating(&br->sw) ? "gating" : "flooding";
	}
}

/**
 * mgate_life_mode() - the mode of a bridge in one word
 * @br: the bridge
 *
 * Any context.
 */
const char *mgate_life_mode(const struct mgate_bridge *br)
{
	static const char * const words[] = {
		[MGATE_STATE_OFF] = "off",
		[MGATE_STATE_ASIDE] = "off",
		[MGATE_STATE_AUDIT] = "audit",
		[MGATE_STATE_ON] = "on",
	};
	static const u8 wanted[] = {
		[MGATE_WISH_ON] = MGATE_STATE_ON,
		[MGATE_WISH_AUDIT] = MGATE_STATE_AUDIT,
		[MGATE_WISH_OFF] = MGATE_STATE_OFF,
	};
	u8 wish = READ_ONCE(br->wish);

	return words[wish == MGATE_WISH_AUTO ? READ_ONCE(br->state) : wanted[wish]];
}

/* A port without mode or limit still gets everything until it was asked. */
static bool is_learning(const struct mgate_port *port)
{
	const struct mgate_switch *sw = &port->bridge->sw;
	const struct mgate_context *ctx;
	bool some = false;

	list_for_each_entry(ctx, &sw->contexts.list, node) {
		/* Where nobody has asked for anything with IPv6, nobody misses its gating. */
		if (ctx->af == MGATE_AF_INET6 && ctx->joined_until <= mgate_tick_now())
			continue;
		if (!ctx->gating || test_bit(port->slot, ctx->learning))
			return true;
		some = true;
	}
	return !some;
}

/**
 * mgate_life_port_status_locked() - what a port gets, in one word
 * @port: the port, the lock of its switch held
 */
const char *mgate_life_port_status_locked(const struct mgate_port *port)
{
	const struct mgate_bridge *br = port->bridge;

	if (port->hardware)
		return "hardware";
	if (READ_ONCE(br->state) != MGATE_STATE_ON)
		return "flood";
	if (port->sw.limit_until)
		return "limit";
	return test_bit(port->slot, br->sw.flooded) || is_learning(port) ? "flood" : "gated";
}
