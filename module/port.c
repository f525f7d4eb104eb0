// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registry of ports: which there are in each namespace, and how they die, as bridges
 * do (bridge.c).
 */
#include <linux/idr.h>
#include <linux/percpu.h>
#include <linux/slab.h>

#include <mgate/port.h>
#include <mgate/swport.h>

/** var mgate_port_parted - see mgate_port_age(); written under RTNL */
unsigned int mgate_port_parted __read_mostly;

/**
 * struct recent - the port by which the last frame came in
 * @dev: its device
 * @port: the port
 * @age: see mgate_port_age()
 */
struct recent {
	const struct net_device *dev;
	struct mgate_port *port;
	unsigned int age;
};

static DEFINE_PER_CPU(struct recent, recent);
static u32 last_port;		/* under RTNL */

/**
 * mgate_port_find_rcu() - the port of a device
 * @dev: any device
 *
 * RCU read side or RTNL. Return: NULL if it is no port of a known bridge.
 */
struct mgate_port *mgate_port_find_rcu(const struct net_device *dev)
{
	return xa_load(&mgate_bridge_net(dev_net(dev))->ports, dev->ifindex);
}

/**
 * mgate_port_find_in() - the port by which a frame has come in
 * @dev: any device
 *
 * As mgate_port_find_rcu(), but with BH off: most frames come in where the one
 * before did.
 */
struct mgate_port *mgate_port_find_in(const struct net_device *dev)
{
	struct recent *r = this_cpu_ptr(&recent);
	unsigned int age = mgate_port_age();

	if (likely(r->dev == dev && r->age == age))
		return r->port;
	r->port = mgate_port_find_rcu(dev);
	r->age = age;
	r->dev = r->port ? dev : NULL;
	return r->port;
}

/* Those of ports that have just left are given back after a grace period, by a work. */
static int take_slot(struct mgate_bridge *br)
{
	int slot = ida_alloc_range(&br->slots, MGATE_SLOT_HOST + 1, MGATE_SLOTS - 1, GFP_KERNEL);

	if (slot != -ENOSPC)
		return slot;
	rcu_barrier();
	flush_workqueue(mgate_bridge_wq);
	return ida_alloc_range(&br->slots, MGATE_SLOT_HOST + 1, MGATE_SLOTS - 1, GFP_KERNEL);
}

/**
 * mgate_port_new() - a port has come
 * @br: its bridge
 * @dev: the port
 *
 * RTNL held; may sleep. Return: NULL if there is no memory or no slot for it:
 * the port is then not gated.
 */
struct mgate_port *mgate_port_new(struct mgate_bridge *br, struct net_device *dev)
{
	struct mgate_port *port = kzalloc(sizeof(*port), GFP_KERNEL_ACCOUNT);
	int slot;

	if (!port)
		return NULL;
	slot = take_slot(br);
	if (slot < 0)
		goto free_port;
	if (mgate_bridge_setup_port(port, br, dev))
		goto free_slot;
	port->slot = (u16)slot;
	port->id = ++last_port;
	/* What flows have not told yet was before it too. */
	mgate_flowtable_fold(br);
	mgate_counters_begin(port);
	mgate_stats_arrive(&br->stats, port->slot);
	if (xa_err(xa_store(&mgate_bridge_net(br->net)->ports, dev->ifindex, port, GFP_KERNEL)))
		goto free_counters;
	refcount_inc(&br->refs);
	rcu_assign_pointer(br->by_slot[port->slot], port);
	mgate_swport_add(&br->sw, &port->sw, port->slot);
	return port;

free_counters:
	mgate_stats_forget(&br->stats, port->slot);
	free_percpu(port->counters);
free_slot:
	ida_free(&br->slots, slot);
free_port:
	kfree(port);
	return NULL;
}

static void free_port_work(struct work_struct *work)
{
	struct mgate_port *port = container_of(to_rcu_work(work), struct mgate_port, free);

	mgate_stats_forget(&port->bridge->stats, port->slot);
	ida_free(&port->bridge->slots, port->slot);
	mgate_bridge_put(port->bridge);
	free_percpu(port->counters);
	kfree(port->sw.deny);
	kfree(port);
}

/**
 * mgate_port_del() - a port goes
 * @port: the port
 * @now: ms
 *
 * RTNL held. Hooks that found it before may still use it; the switch does not
 * listen to them any more.
 */
void mgate_port_del(struct mgate_port *port, u64 now)
{
	xa_erase(&mgate_bridge_net(port->bridge->net)->ports, port->dev->ifindex);
	RCU_INIT_POINTER(port->bridge->by_slot[port->slot], NULL);
	/* Who sees this finds the port no more. */
	smp_store_release(&mgate_port_parted, mgate_port_parted + 1);
	mgate_swport_del(&port->bridge->sw, port->slot, now);
	/* What was found before is out of date; so from here on no flow has the port. */
	mgate_flowtable_part(port);
	INIT_RCU_WORK(&port->free, free_port_work);
	queue_rcu_work(mgate_bridge_wq, &port->free);
}
