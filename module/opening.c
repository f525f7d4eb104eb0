// SPDX-License-Identifier: GPL-2.0-only
/*
 * What opens without a port's state or link telling so: a VLAN that is added to a
 * port, another PVID, a spanning tree of some VLANs, a port that is locked no more, a
 * way through the network that has changed. Whoever is there may have joined when
 * nothing of that was let in, and will not say it again by itself. So the port gets
 * everything there until it was asked.
 *
 * The bridge tells most of this under RTNL before it does it. Nothing is held back
 * from that moment on; when RTNL is free again it is done, and a query gets through.
 */
#include <linux/if_bridge.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/switchdev.h>

#include <mgate/flow.h>
#include <mgate/life.h>
#include <mgate/opening.h>
#include <mgate/port.h>
#include <mgate/probe.h>
#include <mgate/swport.h>
#include <mgate/tick.h>

/* What it lost before by not being let in is no sign either. */
static void open_port(struct mgate_port *port, u16 vid)
{
	mgate_probe_reset(port);
	mgate_swport_open(&port->bridge->sw, port->slot, vid);
	port->opened = true;
}

static void open_all(struct mgate_bridge *br)
{
	struct mgate_port *port;
	unsigned int slot;

	for (slot = 0; slot < MGATE_SLOTS; slot++) {
		port = rtnl_dereference(br->by_slot[slot]);
		if (port)
			open_port(port, MGATE_SWITCH_ALL_VIDS);
	}
}

static void ask_opened(struct mgate_bridge *br)
{
	struct mgate_port *port;
	unsigned int slot;

	for (slot = 0; slot < MGATE_SLOTS; slot++) {
		port = rtnl_dereference(br->by_slot[slot]);
		if (!port || !port->opened)
			continue;
		port->opened = false;
		mgate_tick_arm(br, mgate_swport_ask(&br->sw, slot, mgate_tick_now()));
	}
}

/* All is done that was told. The host of some bridge may be in another VLAN, too. */
static void settle(struct mgate_bridge *br)
{
	mgate_flow_settled(br, true);
	if (br->rekeyed)
		mgate_life_forget(br);
	br->rekeyed = false;
	ask_opened(br);
	mgate_life_query(br);
}

static void mgate_opening_settle(struct work_struct *work)
{
	struct mgate_bridge *br;
	u64 id = 0;

	if (!rtnl_trylock()) {
		schedule_delayed_work(to_delayed_work(work), 1);
		return;
	}
	while ((br = mgate_bridge_next(NULL, id))) {
		id = br->id;
		if (READ_ONCE(br->unsettled))
			settle(br);
		mgate_bridge_done(br);
	}
	rtnl_unlock();
}

static DECLARE_DELAYED_WORK(settle_work, mgate_opening_settle);

/* Of a port or of the bridge itself. Until it is done flows are not to be made. */
static struct mgate_bridge *unsettle(const struct net_device *dev)
{
	const struct mgate_port *port = mgate_port_find_rcu(dev);
	struct mgate_bridge *br = port ? port->bridge : NULL;

	if (!port && netif_is_bridge_master(dev))
		br = mgate_bridge_find_rcu(dev);
	if (!br)
		return NULL;
	mgate_flow_settled(br, false);
	schedule_delayed_work(&settle_work, 1);
	return br;
}

static void vlan_event(unsigned long event, const struct switchdev_obj *obj)
{
	struct mgate_port *port = mgate_port_find_rcu(obj->orig_dev);

	if (port && event == SWITCHDEV_PORT_OBJ_ADD)
		open_port(port, SWITCHDEV_OBJ_PORT_VLAN(obj)->vid);
	unsettle(obj->orig_dev);
}

/*
 * What was learned is good for other frames now. A port that joins is told the like of
 * its bridge, by way of the port.
 */
static void rekey(struct mgate_bridge *br, const struct net_device *told)
{
	if (told != br->dev)
		return;
	mgate_switch_unlearn(&br->sw);
	br->rekeyed = true;
}

static void bridge_event(const struct switchdev_attr *attr, const struct net_device *told)
{
	struct mgate_bridge *br = unsettle(attr->orig_dev);

	if (!br)
		return;
	switch (attr->id) {
	case SWITCHDEV_ATTR_ID_BRIDGE_VLAN_FILTERING:
	case SWITCHDEV_ATTR_ID_BRIDGE_VLAN_PROTOCOL:
		rekey(br, told);
		break;
	case SWITCHDEV_ATTR_ID_VLAN_MSTI:
	/* A topology change begins or ends; what changes meanwhile is not told. */
	case SWITCHDEV_ATTR_ID_BRIDGE_AGEING_TIME:
		open_all(br);
		break;
	default:
		break;
	}
}

static bool opens(const struct switchdev_attr *attr)
{
	switch (attr->id) {
	case SWITCHDEV_ATTR_ID_PORT_MST_STATE:
		return attr->u.mst_state.state == BR_STATE_FORWARDING;
	case SWITCHDEV_ATTR_ID_PORT_BRIDGE_FLAGS:
		return attr->u.brport_flags.mask & BR_PORT_LOCKED &&
		       !(attr->u.brport_flags.val & BR_PORT_LOCKED);
	default:
		return false;
	}
}

static void attr_event(const struct switchdev_notifier_port_attr_info *info)
{
	struct mgate_port *port = mgate_port_find_rcu(info->attr->orig_dev);

	if (!port) {
		bridge_event(info->attr, info->info.dev);
		return;
	}
	unsettle(info->attr->orig_dev);
	if (opens(info->attr))
		open_port(port, MGATE_SWITCH_ALL_VIDS);
}

static int mgate_opening_switchdev(struct notifier_block *nb, unsigned long event, void *ptr)
{
	const struct switchdev_notifier_port_obj_info *obj = ptr;

	if (event == SWITCHDEV_PORT_ATTR_SET)
		attr_event(ptr);
	else if ((event == SWITCHDEV_PORT_OBJ_ADD || event == SWITCHDEV_PORT_OBJ_DEL) &&
		 obj->obj->id == SWITCHDEV_OBJ_ID_PORT_VLAN)
		vlan_event(event, obj->obj);
	return NOTIFY_DONE;
}

static struct notifier_block switchdev_block = {
	.notifier_call = mgate_opening_switchdev,
};

/**
 * mgate_opening_init() - hear of what opens
 *
 * May sleep. Return: 0 or an error of the kernel's.
 */
int mgate_opening_init(void)
{
	return register_switchdev_blocking_notifier(&switchdev_block);
}

/**
 * mgate_opening_exit() - hear of it no more
 *
 * May sleep. No work runs on return.
 */
void mgate_opening_exit(void)
{
	unregister_switchdev_blocking_notifier(&switchdev_block);
	cancel_delayed_work_sync(&settle_work);
}
