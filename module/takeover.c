// SPDX-License-Identifier: GPL-2.0-only
/*
 * Taking over from the bridge's built-in snooping and giving it back.
 *
 * Two snoopers on one bridge disagree, so the built-in is switched off as
 * `ip link set BRIDGE type bridge mcast_snooping 0` would do it. Its groups
 * need not be read: nothing is gated until a query has been answered anew.
 * Its permanent entries stay in the bridge, unused, until it is switched on.
 *
 * All functions are called with RTNL held.
 */
#include <linux/if_bridge.h>
#include <linux/jiffies.h>
#include <linux/ratelimit.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/netlink.h>

#include <compat/port_parent.h>
#include <mgate/builtin.h>
#include <mgate/port.h>
#include <mgate/swport.h>
#include <mgate/takeover.h>
#include <mgate/tick.h>

#define USER_HZ_MS (MSEC_PER_SEC / USER_HZ)

/* What the built-in begins with. */
#define BUILTIN_QUERY_MS		125000
#define BUILTIN_RESPONSE_MS		10000
#define BUILTIN_LAST_MEMBER_MS		1000
#define BUILTIN_STARTUP_QUERY_MS	(BUILTIN_QUERY_MS / 4)
#define BUILTIN_COUNT			2

/* What was written here counts more than what was written to the built-in. */
static void import(struct mgate_bridge *br, enum mgate_param id, u64 value)
{
	const struct mgate_param_info *info = &mgate_params_table[id];
	enum mgate_param other;
	int err;

	if (br->sw.params.v[id] != info->def)
		return;
	mgate_switch_set(&br->sw, id, (u32)clamp_t(u64, value, info->min, info->max),
			 mgate_tick_now(), &other, &err);
	if (err && __ratelimit(&br->log_news))
		netdev_warn(br->dev, "mgate: the built-in's value for %s does not go with %s, which is kept; write %s first, then %s\n",
			    info->name, mgate_params_table[other].name,
			    mgate_params_table[other].name, info->name);
}

/* The built-in keeps jiffies and tells hundredths of a second: what is that
 * close to the default is the default.
 */
static u64 read_ms(struct nlattr **tb, int attr, u32 usual_ms)
{
	u64 ms = tb[attr] ? nla_get_u64(tb[attr]) * USER_HZ_MS : usual_ms;

	return ms + USER_HZ_MS < usual_ms || ms > usual_ms + USER_HZ_MS ? ms : usual_ms;
}

static void import_time(struct mgate_bridge *br, struct nlattr **tb, int attr,
			enum mgate_param id, u32 usual_ms)
{
	u64 ms = read_ms(tb, attr, usual_ms);

	if (ms != usual_ms)
		import(br, id, ms);
}

/* In the order that never makes the one shorter than the other. */
static void import_query(struct mgate_bridge *br, struct nlattr **tb)
{
	u64 query = read_ms(tb, IFLA_BR_MCAST_QUERY_INTVL, BUILTIN_QUERY_MS);
	u64 response = read_ms(tb, IFLA_BR_MCAST_QUERY_RESPONSE_INTVL, BUILTIN_RESPONSE_MS);

	if (query == BUILTIN_QUERY_MS && response == BUILTIN_RESPONSE_MS)
		return;
	if (response > br->sw.params.v[MGATE_PARAM_QUERY_INTERVAL_MS])
		import(br, MGATE_PARAM_QUERY_INTERVAL_MS, query);
	import(br, MGATE_PARAM_QUERY_RESPONSE_INTERVAL_MS, response);
	import(br, MGATE_PARAM_QUERY_INTERVAL_MS, query);
}

static void import_count(struct mgate_bridge *br, struct nlattr **tb, int attr,
			 enum mgate_param id)
{
	if (tb[attr] && nla_get_u32(tb[attr]) != BUILTIN_COUNT)
		import(br, id, nla_get_u32(tb[attr]));
}

/* What differs from the default was set on purpose. */
static void import_timing(struct mgate_bridge *br, struct nlattr **tb)
{
	import_query(br, tb);
	import_time(br, tb, IFLA_BR_MCAST_LAST_MEMBER_INTVL,
		    MGATE_PARAM_LAST_MEMBER_INTERVAL_MS, BUILTIN_LAST_MEMBER_MS);
	import_time(br, tb, IFLA_BR_MCAST_STARTUP_QUERY_INTVL,
		    MGATE_PARAM_STARTUP_QUERY_INTERVAL_MS, BUILTIN_STARTUP_QUERY_MS);
	import_count(br, tb, IFLA_BR_MCAST_LAST_MEMBER_CNT, MGATE_PARAM_LAST_MEMBER_COUNT);
	import_count(br, tb, IFLA_BR_MCAST_STARTUP_QUERY_CNT, MGATE_PARAM_STARTUP_QUERY_COUNT);
}

static u8 get_u8(struct nlattr **tb, int attr, u8 otherwise)
{
	return tb[attr] ? nla_get_u8(tb[attr]) : otherwise;
}

/* In its place at once: the same version, the same address. Of IGMP, as switches that
 * snoop version 2 do not understand the reports of version 3.
 */
static void import_querier(struct mgate_bridge *br, struct nlattr **tb)
{
	if (!get_u8(tb, IFLA_BR_MCAST_QUERIER, 0))
		return;
	import(br, MGATE_PARAM_QUERIER, MGATE_QUERIER_ON);
	import(br, MGATE_PARAM_VERSION, get_u8(tb, IFLA_BR_MCAST_IGMP_VERSION, 2));
	if (!get_u8(tb, IFLA_BR_MCAST_QUERY_USE_IFADDR, 0))
		import(br, MGATE_PARAM_QUERIER_ADDRESS, 0);
}

static int import_bridge(struct mgate_bridge *br)
{
	struct nlattr **tb = kcalloc(IFLA_BR_MAX + 1, sizeof(*tb), GFP_KERNEL);
	struct sk_buff *skb;

	if (!tb)
		return -ENOMEM;
	skb = mgate_builtin_read(br->dev, tb);
	if (skb) {
		import_timing(br, tb);
		import_querier(br, tb);
	}
	kfree_skb(skb);
	kfree(tb);
	return skb ? 0 : -EOPNOTSUPP;
}

static void import_port(struct mgate_port *port, enum mgate_port_param id, u32 value)
{
	if (port->sw.params[id] == mgate_params_port_table[id].def)
		mgate_swport_set(&port->bridge->sw, port->slot, id, value,
				 mgate_tick_now());
}

/**
 * mgate_takeover_port() - take over what the built-in was told of a port
 * @port: a port that just came, or whose bridge is being taken over
 *
 * Its router setting and fast leave.
 */
void mgate_takeover_port(struct mgate_port *port)
{
	static const u8 router[] = {
		[0] = MGATE_ROUTER_NEVER,
		[1] = MGATE_ROUTER_AUTO,
		[2] = MGATE_ROUTER_ALWAYS,
		[3] = MGATE_ROUTER_AUTO,
	};
	struct nlattr *tb[IFLA_BRPORT_MAX + 1];
	struct sk_buff *skb;

	skb = mgate_builtin_read_port(port->bridge->dev, port->dev, tb);
	if (!skb)
		return;
	import_port(port, MGATE_PORT_ROUTER,
		    router[get_u8(tb, IFLA_BRPORT_MULTICAST_ROUTER, 1) & 3]);
	import_port(port, MGATE_PORT_FAST_LEAVE, get_u8(tb, IFLA_BRPORT_FAST_LEAVE, 0));
	kfree_skb(skb);
}

/**
 * mgate_takeover_in_hardware() - does a port forward where no hook sees it
 * @dev: the port
 */
bool mgate_takeover_in_hardware(struct net_device *dev)
{
	struct netdev_phys_item_id id;

	return !netif_get_port_parent_id(dev, &id, true);
}

/* What floods until it was learned does not reach it: its members, whom the
 * built-in serves, would be cut. Where mgate gates already they are served, by
 * redirect; and no unknown group there is what the flag asks for.
 */
static bool cuts_at_takeover(const struct mgate_bridge *br, const struct net_device *dev)
{
	return br->state != MGATE_STATE_ON && !br_port_flag_is_set(dev, BR_MCAST_FLOOD);
}

/**
 * mgate_takeover_obstacle() - is there a port that mgate cannot gate well
 * @br: the bridge
 * @why: what it is
 *
 * Return: the port, or NULL.
 */
const struct net_device *mgate_takeover_obstacle(const struct mgate_bridge *br,
						 const char **why)
{
	struct net_device *dev;
	struct list_head *iter;

	netdev_for_each_lower_dev(br->dev, dev, iter) {
		*why = "forwards in hardware";
		if (mgate_takeover_in_hardware(dev))
			return dev;
		*why = "has mcast_flood off";
		if (cuts_at_takeover(br, dev))
			return dev;
		*why = "has proxy_arp on";
		if (br_port_flag_is_set(dev, BR_PROXYARP))
			return dev;
		*why = "has mcast_to_unicast on";
		if (br_port_flag_is_set(dev, BR_MULTICAST_TO_UNICAST))
			return dev;
	}
	return NULL;
}

static unsigned int count_adjacent(struct net_device *dev)
{
	struct br_ip_list *entry, *next;
	unsigned int n = 0;
	LIST_HEAD(list);

	br_multicast_list_adjacent(dev, &list);
	list_for_each_entry_safe(entry, next, &list, list) {
		n++;
		kfree(entry);
	}
	return n;
}

/* With the built-in off, what it still lists was set by the administrator. A port is
 * told of the entries of the others: of the only one there is nobody is told.
 */
static const char *which_entries(const struct mgate_bridge *br)
{
	unsigned int ports = 0;
	struct net_device *dev;
	struct list_head *iter;

	netdev_for_each_lower_dev(br->dev, dev, iter) {
		if (count_adjacent(dev))
			return "";
		ports++;
	}
	return ports > 1 ? NULL : ", if there are any,";
}

static void tell_taken(struct mgate_bridge *br)
{
	bool sees_ipv6 = mgate_switch_sees(&br->sw, MGATE_AF_INET6);
	const char *rest = sees_ipv6 ? "" : "; IPv6 multicast floods";
	const char *which = which_entries(br);

	if (!__ratelimit(&br->log_news))
		return;
	if (which)
		netdev_info(br->dev, "mgate: took over from the built-in snooping%s; permanent mdb entries%s have no effect: write them to groups_static\n",
			    rest, which);
	else
		netdev_info(br->dev, "mgate: took over from the built-in snooping%s\n", rest);
}

/**
 * mgate_takeover_begin() - switch the built-in off and stand in for it
 * @br: a bridge whose built-in snooping is on
 *
 * May sleep. Return: 0 or an error, and the built-in is as it was.
 */
int mgate_takeover_begin(struct mgate_bridge *br)
{
	struct net_device *dev;
	struct list_head *iter;
	int err;

	err = import_bridge(br);
	if (!err)
		err = mgate_builtin_off(br->dev);
	if (err) {
		if (__ratelimit(&br->log_news))
			netdev_err(br->dev, "mgate: cannot switch the built-in snooping off (error %d), so mgate stands aside; try `ip link set %s type bridge mcast_snooping 0`, then write on to /sys/class/net/%s/mgate/mode\n",
				   err, br->dev->name, br->dev->name);
		return err;
	}
	netdev_for_each_lower_dev(br->dev, dev, iter) {
		struct mgate_port *port = mgate_port_find_rcu(dev);

		if (port)
			mgate_takeover_port(port);
	}
	br->taken = true;
	tell_taken(br);
	return 0;
}

/**
 * mgate_takeover_end() - give the built-in back, if it was taken
 * @br: the bridge; a bridge that is going away gets nothing back
 *
 * May sleep.
 */
void mgate_takeover_end(struct mgate_bridge *br)
{
	int err;

	if (!br->taken)
		return;
	br->taken = false;
	if (br->dev->reg_state != NETREG_REGISTERED)
		return;
	err = mgate_builtin_on(br->dev);
	if (err && __ratelimit(&br->log_news))
		netdev_err(br->dev, "mgate: cannot switch the built-in snooping back on (error %d); try `ip link set %s type bridge mcast_snooping 1`\n",
			   err, br->dev->name);
}
