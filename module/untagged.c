// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which VLANs leave a port without a tag. Behind the bridge's egress such a frame
 * does not tell its VLAN any more; where just one VLAN is untagged there it was
 * that one. To ask the bridge for all 4,094 of them is too slow for a frame, so
 * the answer is kept, and the bridge's own notices of its VLANs keep it right.
 */
#include <linux/bitmap.h>
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>
#include <net/switchdev.h>

#include <mgate/port.h>
#include <mgate/untagged.h>

static void answer(struct mgate_port *port)
{
	unsigned int vid = find_first_bit(port->untagged, VLAN_N_VID);
	bool one = vid < VLAN_N_VID &&
		   find_next_bit(port->untagged, VLAN_N_VID, vid + 1) == VLAN_N_VID;

	WRITE_ONCE(port->untagged_vid, one ? vid : 0);
}

/**
 * mgate_untagged_setup() - read the VLANs that a port has
 * @port: a port that just came
 *
 * RTNL held. Those that it gets later are told.
 */
void mgate_untagged_setup(struct mgate_port *port)
{
	struct bridge_vlan_info info;
	u16 vid;

	ASSERT_RTNL();
	for (vid = 1; vid < VLAN_N_VID - 1; vid++)
		if (!br_vlan_get_info(port->dev, vid, &info) &&
		    info.flags & BRIDGE_VLAN_INFO_UNTAGGED)
			set_bit(vid, port->untagged);
	answer(port);
}

/**
 * mgate_untagged_vid_rcu() - the VLAN of a frame that leaves a port untagged
 * @port: the port
 * @vid: the VLAN id
 *
 * RCU read side. Return: false if more than one VLAN leaves untagged, or none.
 */
bool mgate_untagged_vid_rcu(const struct mgate_port *port, u16 *vid)
{
	struct bridge_vlan_info info;

	*vid = READ_ONCE(port->untagged_vid);
	/* A notice comes before the change, which may then fail. */
	return *vid && !br_vlan_get_info_rcu(port->dev, *vid, &info) &&
	       info.flags & BRIDGE_VLAN_INFO_UNTAGGED;
}

static int mgate_untagged_switchdev(struct notifier_block *nb, unsigned long event, void *ptr)
{
	const struct switchdev_notifier_port_obj_info *info = ptr;
	const struct switchdev_obj_port_vlan *vlan;
	struct mgate_port *port;
	bool untagged;

	if ((event != SWITCHDEV_PORT_OBJ_ADD && event != SWITCHDEV_PORT_OBJ_DEL) ||
	    info->obj->id != SWITCHDEV_OBJ_ID_PORT_VLAN)
		return NOTIFY_DONE;
	port = mgate_port_find_rcu(info->obj->orig_dev);
	if (!port)
		return NOTIFY_DONE;
	vlan = SWITCHDEV_OBJ_PORT_VLAN(info->obj);
	untagged = event == SWITCHDEV_PORT_OBJ_ADD && vlan->flags & BRIDGE_VLAN_INFO_UNTAGGED;
	assign_bit(vlan->vid, port->untagged, untagged);
	answer(port);
	return NOTIFY_DONE;
}

static struct notifier_block switchdev_block = {
	.notifier_call = mgate_untagged_switchdev,
};

/**
 * mgate_untagged_init() - hear of VLANs that come and go
 *
 * Before the first port is known. May sleep. Return: 0 or an error of the kernel's.
 */
int mgate_untagged_init(void)
{
	return register_switchdev_blocking_notifier(&switchdev_block);
}

/**
 * mgate_untagged_exit() - hear of them no more
 *
 * May sleep.
 */
void mgate_untagged_exit(void)
{
	unregister_switchdev_blocking_notifier(&switchdev_block);
}
