// SPDX-License-Identifier: GPL-2.0-only
/*
 * What comes and goes: bridges, their ports, their links and addresses, told
 * by the kernel's notifiers, all under RTNL but that of IPv6 addresses.
 */
#include <linux/if_bridge.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/addrconf.h>
#include <net/switchdev.h>

#include <mgate/events.h>
#include <mgate/flow.h>
#include <mgate/hook.h>
#include <mgate/life.h>
#include <mgate/notify.h>
#include <mgate/port.h>
#include <mgate/probe.h>
#include <mgate/redirect.h>
#include <mgate/swport.h>
#include <mgate/sysfs.h>
#include <mgate/takeover.h>
#include <mgate/tick.h>
#include <mgate/untagged.h>
#include <mgate/xmit.h>

/* Just switched on, a device counts as up by its state before its carrier is. */
static bool has_link(const struct net_device *dev)
{
	return netif_carrier_ok(dev) && netif_oper_up(dev);
}

/* By redirect a port that is not known here would get nothing at all, and one that
 * forwards in hardware some frames twice.
 */
static void review_gate_only(struct mgate_bridge *br)
{
	const struct mgate_port *port;
	struct net_device *lower;
	struct list_head *iter;
	bool gate_only = false;

	netdev_for_each_lower_dev(br->dev, lower, iter) {
		port = mgate_port_find_rcu(lower);
		gate_only |= !port || port->bridge != br || port->hardware;
	}
	WRITE_ONCE(br->gate_only, gate_only);
}

static void del_port(struct net_device *dev)
{
	struct mgate_port *port = mgate_port_find_rcu(dev);
	struct mgate_bridge *br;

	if (!port)
		return;
	br = port->bridge;
	mgate_sysfs_port_del(port);
	mgate_port_del(port, mgate_tick_now());
	mgate_tick_arm(br, mgate_switch_next(&br->sw));
}

static void add_port(struct mgate_bridge *br, struct net_device *dev)
{
	struct mgate_port *port;

	port = mgate_port_find_rcu(dev);
	if (port && port->bridge == br)
		return;
	/* Its driver had not let it into the other, of which nobody tells. */
	if (port)
		del_port(dev);
	port = mgate_port_new(br, dev);
	if (!port) {
		WRITE_ONCE(br->gate_only, true);
		mgate_flow_changed(br);
		netdev_err(br->dev, "mgate: no memory for port %s, which is not gated; take it out of the bridge and put it in again\n",
			   dev->name);
		return;
	}
	port->link = has_link(dev);
	port->since = mgate_tick_now();
	port->hardware = mgate_takeover_in_hardware(dev);
	if (port->hardware) {
		WRITE_ONCE(br->gate_only, true);
		mgate_flow_changed(br);
	}
	mgate_untagged_setup(port);
	mgate_takeover_port(port);
	mgate_sysfs_port_add(port);
}

static void add_bridge(struct net_device *dev)
{
	struct mgate_bridge *br;
	struct net_device *lower;
	struct list_head *iter;

	if (mgate_bridge_find_rcu(dev))
		return;
	br = mgate_bridge_new(dev);
	if (!br || mgate_hook_on(dev_net(dev))) {
		netdev_err(dev, "mgate: cannot work on this bridge, most likely for want of memory, and it is not gated; delete it and create it again, or load mgate anew\n");
		if (br) {
			mgate_bridge_hide(br);
			mgate_bridge_put(br);
		}
		return;
	}
	br->wish = READ_ONCE(mgate_life_options.wish);
	mgate_notify_begin(br);
	mgate_tick_setup(br);
	mgate_xmit_setup(br);
	mgate_sysfs_bridge_add(br);
	netdev_for_each_lower_dev(dev, lower, iter)
		add_port(br, lower);
}

/* Ports first: at unload the notifier may tell of the bridge before its ports. */
static void del_bridge(struct mgate_bridge *br)
{
	struct mgate_port *port;
	unsigned int slot;

	mgate_life_end(br);
	for (slot = 0; slot < MGATE_SLOTS; slot++) {
		port = rtnl_dereference(br->by_slot[slot]);
		if (port)
			del_port(port->dev);
	}
	mgate_sysfs_bridge_del(br);
	mgate_bridge_hide(br);
	mgate_flowtable_stop(br);
	mgate_tick_stop(br);
	mgate_bridge_put(br);
}

/* At unload the core tells of living devices too that they are down: what was
 * learned there is still needed until the bridge has its own snooping again.
 */
static bool is_replay(unsigned long event, const struct net_device *dev)
{
	return event == NETDEV_DOWN && dev->flags & IFF_UP;
}

/* Nothing of what was asked before reached anybody. */
static void check_bridge_link(struct mgate_bridge *br)
{
	bool link = has_link(br->dev);

	mgate_life_query(br);
	if (link && !br->link)
		mgate_tick_solicit(br, MGATE_SLOT_NONE);
	br->link = link;
}

static void bridge_event(unsigned long event, struct net_device *dev)
{
	struct mgate_bridge *br;

	if (is_replay(event, dev))
		return;
	if (event == NETDEV_REGISTER)
		add_bridge(dev);
	br = mgate_bridge_find_rcu(dev);
	if (!br)
		return;
	mgate_flow_changed(br);
	switch (event) {
	case NETDEV_UP:
		mgate_life_decide(br);
		break;
	case NETDEV_DOWN:
		br->decided = false;
		br->link = false;
		mgate_life_forget(br);
		break;
	case NETDEV_CHANGE:
		mgate_life_recheck(br);
		check_bridge_link(br);
		break;
	case NETDEV_CHANGEADDR:
		mgate_redirect_renew(br);
		break;
	case NETDEV_UNREGISTER:
		del_bridge(br);
		break;
	}
}

/* RFC 4286 4: routers hear a solicitation only where a port forwards. */
static void start_port(struct mgate_port *port, u8 state)
{
	struct mgate_bridge *br = port->bridge;

	mgate_probe_reset(port);
	mgate_tick_arm(br, mgate_swport_start(&br->sw, port->slot, mgate_tick_now()));
	if (state == BR_STATE_FORWARDING)
		mgate_tick_solicit(br, port->slot);
}

static void stop_port(struct mgate_port *port)
{
	struct mgate_bridge *br = port->bridge;

	mgate_swport_stop(&br->sw, port->slot, mgate_tick_now());
	mgate_tick_arm(br, mgate_switch_next(&br->sw));
}

/* Who is behind the port may be somebody else when the link is back. */
static void check_link(struct mgate_port *port)
{
	bool link = has_link(port->dev);

	if (link == port->link)
		return;
	port->link = link;
	port->since = mgate_tick_now();
	if (link)
		start_port(port, br_port_get_stp_state(port->dev));
	else
		stop_port(port);
}

static void port_event(unsigned long event, struct net_device *dev)
{
	struct mgate_port *port = mgate_port_find_rcu(dev);

	if (!port || is_replay(event, dev))
		return;
	mgate_flow_changed(port->bridge);
	switch (event) {
	case NETDEV_UP:
	case NETDEV_CHANGE:
		check_link(port);
		break;
	case NETDEV_DOWN:
		port->link = false;
		stop_port(port);
		break;
	case NETDEV_UNREGISTER:
		/* Told of a device that is still registered this is our unload: its
		 * bridge ends first, and takes its ports along.
		 */
		if (dev->reg_state != NETREG_REGISTERED)
			del_port(dev);
		break;
	}
}

static void upper_event(struct net_device *dev, const struct netdev_notifier_changeupper_info *info)
{
	struct mgate_bridge *br;

	if (!netif_is_bridge_master(info->upper_dev))
		return;
	br = mgate_bridge_find_rcu(info->upper_dev);
	if (!info->linking) {
		del_port(dev);
		if (br)
			review_gate_only(br);
		return;
	}
	if (!br)
		return;
	add_port(br, dev);
	/* Else only a port that hinders can change what was decided. */
	if (!br->decided || br->state == MGATE_STATE_ON)
		mgate_life_decide(br);
}

static int mgate_events_netdev(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);

	if (event == NETDEV_CHANGEUPPER)
		upper_event(dev, ptr);
	else if (netif_is_bridge_master(dev))
		bridge_event(event, dev);
	if (event != NETDEV_CHANGEUPPER && netif_is_bridge_port(dev))
		port_event(event, dev);
	else if (event == NETDEV_UNREGISTER)
		del_port(dev); /* a port that was told of, and then refused; it may move */
	return NOTIFY_DONE;
}

/* The bridge tells the state and flags of every port in this way, hardware or
 * not, but later, from a work: that a port which has just come is blocked is no
 * news, and what was learned there since would be lost.
 */
#define NEWS_MS 1000

static int mgate_events_switchdev(struct notifier_block *nb, unsigned long event, void *ptr)
{
	const struct switchdev_notifier_port_attr_info *info = ptr;
	struct mgate_port *port;

	if (event != SWITCHDEV_PORT_ATTR_SET ||
	    (info->attr->id != SWITCHDEV_ATTR_ID_PORT_STP_STATE &&
	     info->attr->id != SWITCHDEV_ATTR_ID_PORT_BRIDGE_FLAGS))
		return NOTIFY_DONE;
	port = mgate_port_find_rcu(info->attr->orig_dev);
	if (!port)
		return NOTIFY_DONE;
	if (info->attr->id == SWITCHDEV_ATTR_ID_PORT_BRIDGE_FLAGS) {
		/* A flag that hinders may have come. */
		if (port->bridge->state == MGATE_STATE_ON)
			mgate_life_decide(port->bridge);
		return NOTIFY_DONE;
	}
	switch (info->attr->u.stp_state) {
	case BR_STATE_BLOCKING:
	case BR_STATE_DISABLED:
		if (mgate_tick_now() > port->since + NEWS_MS)
			stop_port(port);
		break;
	default:
		start_port(port, info->attr->u.stp_state);
	}
	return NOTIFY_DONE;
}

static struct notifier_block netdev_block = {
	.notifier_call = mgate_events_netdev,
};

static struct notifier_block switchdev_block = {
	.notifier_call = mgate_events_switchdev,
};

#if IS_ENABLED(CONFIG_IPV6)
/* The bridge may speak IPv6 from now on, or not any more. In any context. */
static int mgate_events_inet6addr(struct notifier_block *nb, unsigned long event, void *ptr)
{
	const struct inet6_ifaddr *ifa = ptr;
	const struct net_device *dev = ifa->idev->dev;
	struct mgate_bridge *br;

	rcu_read_lock();
	br = mgate_bridge_find_rcu(is_vlan_dev(dev) ? vlan_dev_real_dev(dev) : dev);
	if (br)
		mgate_life_query(br);
	/* Without one no router could be asked. */
	if (br && event == NETDEV_UP && dev == br->dev && ifa->scope == IFA_LINK)
		mgate_tick_solicit_soon(br, MGATE_AF_INET6);
	rcu_read_unlock();
	return NOTIFY_DONE;
}

static struct notifier_block inet6addr_block = {
	.notifier_call = mgate_events_inet6addr,
};

static int begin_inet6addr(void)
{
	return register_inet6addr_notifier(&inet6addr_block);
}

static void end_inet6addr(void)
{
	unregister_inet6addr_notifier(&inet6addr_block);
}
#else
static int begin_inet6addr(void)
{
	return 0;
}

static void end_inet6addr(void)
{
}
#endif

/**
 * mgate_events_init() - hear of all there is, and of all that comes
 *
 * May sleep. Return: 0 or an error of the kernel's.
 */
int mgate_events_init(void)
{
	int err = register_netdevice_notifier(&netdev_block);

	if (err)
		return err;
	err = register_switchdev_blocking_notifier(&switchdev_block);
	if (err)
		goto end_netdev;
	err = begin_inet6addr();
	if (err)
		goto end_switchdev;
	return 0;

end_switchdev:
	unregister_switchdev_blocking_notifier(&switchdev_block);
end_netdev:
	unregister_netdevice_notifier(&netdev_block);
	return err;
}

/**
 * mgate_events_exit() - hear of all there is that it goes
 *
 * The core tells DOWN and UNREGISTER of each device that lives on, so that
 * this is the same way as for a bridge that really goes. May sleep.
 */
void mgate_events_exit(void)
{
	end_inet6addr();
	unregister_switchdev_blocking_notifier(&switchdev_block);
	unregister_netdevice_notifier(&netdev_block);
}
