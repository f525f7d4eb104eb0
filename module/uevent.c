// SPDX-License-Identifier: GPL-2.0-only
/*
 * What udev hears: that the files of a bridge or port are there, which is when
 * settings can be applied to it. Of a device that joins a bridge the kernel itself
 * says nothing, and what it says of a new bridge comes before its files.
 */
#include <linux/kobject.h>
#include <linux/netdevice.h>

#include <mgate/uevent.h>

/**
 * mgate_uevent_tell() - tell udev that the files of a device have come
 * @dev: the bridge or the port
 * @port: it is a port
 *
 * A uevent `change` of the device, in its network namespace, with MGATE=bridge or
 * MGATE=port. May sleep. Where there is no memory for it nobody is told, as with
 * the kernel's own.
 */
void mgate_uevent_tell(struct net_device *dev, bool port)
{
	char *env[2] = { port ? "MGATE=port" : "MGATE=bridge", NULL };

	kobject_uevent_env(&dev->dev.kobj, KOBJ_CHANGE, env);
}
