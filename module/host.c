// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host behind the bridge as a receiver: it gets what its device listens to,
 * as it would from a network card that filters.
 */
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/rculist.h>

#include <mgate/host.h>

/* Sockets, VLAN devices and macvlans on the bridge all end up in this list.
 * Walked without its lock: dev_addr_lists.c adds and deletes with the RCU list
 * functions and frees after a grace period.
 */
static bool listens(const struct net_device *dev, const u8 *mac)
{
	const struct netdev_hw_addr *ha;

	list_for_each_entry_rcu(ha, &dev->mc.list, list)
		if (ether_addr_equal(ha->addr, mac))
			return true;
	return false;
}

/**
 * mgate_host_gets() - does a frame go up to the host
 * @br: the bridge
 * @plan: the frame's plan
 * @mac: its destination
 * @reason: why, to be counted at the port `host`
 *
 * What the host joined is known from its device for sure, and never decided
 * from reports, nor by the rules for unknown groups. A multicast router on the
 * host makes the device all-multicast. RCU read side.
 */
bool mgate_host_gets(const struct mgate_bridge *br, const struct mgate_plan *plan, const u8 *mac,
		     enum mgate_reason *reason)
{
	bool pass;

	*reason = plan->pass;
	if (plan->pass != MGATE_REASON_NONE)
		return true;
	*reason = MGATE_REASON_HOST_ALL;
	if (READ_ONCE(br->dev->flags) & (IFF_PROMISC | IFF_ALLMULTI))
		return true;
	*reason = MGATE_REASON_MEMBER;
	if (listens(br->dev, mac))
		return true;
	*reason = plan->via_router;
	if (mgate_gate_routes(plan, MGATE_SLOT_HOST))
		return true;
	*reason = mgate_gate_test(&br->sw, plan, MGATE_SLOT_HOST, &pass);
	if (pass && *reason == MGATE_REASON_MEMBER)
		return true;
	*reason = plan->hold;
	return false;
}
