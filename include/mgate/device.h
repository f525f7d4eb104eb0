/* SPDX-License-Identifier: GPL-2.0-only */
/* A device as sysfs knows it: which bridge it is, and who may change it. */
#ifndef MGATE_DEVICE_H
#define MGATE_DEVICE_H

#include <linux/capability.h>
#include <linux/device.h>
#include <net/net_namespace.h>

#include <mgate/bridge.h>

/**
 * mgate_device_bridge() - the bridge whose file is read or written
 * @d: its device
 */
static inline struct mgate_bridge *mgate_device_bridge(struct device *d)
{
	struct mgate_bridge *br;

	rcu_read_lock();
	br = mgate_bridge_find_rcu(to_net_dev(d));
	rcu_read_unlock();
	return br;
}

/**
 * mgate_device_may_change() - may the present task change a device
 * @d: the device, a bridge or a port
 */
static inline bool mgate_device_may_change(struct device *d)
{
	return ns_capable(dev_net(to_net_dev(d))->user_ns, CAP_NET_ADMIN);
}

#endif
