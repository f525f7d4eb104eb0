// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the bridges tell of their forwarding databases: whether a bridge still
 * has its own address there, without which nothing can be redirected to it.
 */
#include <linux/etherdevice.h>
#include <linux/if_bridge.h>
#include <linux/notifier.h>
#include <net/switchdev.h>

#include <mgate/fdb.h>
#include <mgate/flow.h>
#include <mgate/port.h>
#include <mgate/redirect.h>

/* An entry of a port, or of the bridge itself. */
static struct mgate_bridge *bridge_of(const struct net_device *dev)
{
	const struct mgate_port *port;

	if (netif_is_bridge_master(dev))
		return mgate_bridge_find_rcu(dev);
	port = mgate_port_find_rcu(dev);
	return port ? port->bridge : NULL;
}

/*
 *  entry of its address   of the bridge itself   of a port
 *  added                  found                  lost: the port has it now
 *  deleted                lost                   -
 *
 * Local entries are told with the bridge as their device. Called with a lock of
 * the bridge held, for every address that any bridge learns.
 */
static int mgate_fdb_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	const struct switchdev_notifier_fdb_info *fdb = ptr;
	struct mgate_bridge *br;
	bool own;

	if (event != SWITCHDEV_FDB_ADD_TO_DEVICE && event != SWITCHDEV_FDB_DEL_TO_DEVICE)
		return NOTIFY_DONE;
	rcu_read_lock();
	br = bridge_of(fdb->info.dev);
	if (br)
		mgate_flow_moved(br, fdb->addr);
	if (br && ether_addr_equal(fdb->addr, br->dev->dev_addr)) {
		own = fdb->info.dev == br->dev;
		if (event == SWITCHDEV_FDB_ADD_TO_DEVICE && own)
			mgate_redirect_found(br, fdb->vid);
		else if (event == SWITCHDEV_FDB_ADD_TO_DEVICE || own)
			mgate_redirect_lost(br, fdb->vid);
	}
	rcu_read_unlock();
	return NOTIFY_DONE;
}

static struct notifier_block fdb_block = {
	.notifier_call = mgate_fdb_event,
};

/**
 * mgate_fdb_init() - hear of the forwarding databases
 *
 * May sleep. Return: 0 or an error of the kernel's.
 */
int mgate_fdb_init(void)
{
	return register_switchdev_notifier(&fdb_block);
}

/**
 * mgate_fdb_exit() - hear of them no more
 *
 * May sleep. No call runs on return.
 */
void mgate_fdb_exit(void)
{
	unregister_switchdev_notifier(&fdb_block);
}
