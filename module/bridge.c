// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registry: which bridges there are in each namespace, and how they die; and what is
 * asked of one, as the VLAN of a frame.
 *
 * Bridges and ports (port.c) are added and hidden under RTNL. Hooks find them under
 * RCU. A hidden object is freed by a work a grace period later, as freeing a bridge
 * sleeps.
 */
#include <linux/if_bridge.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/ratelimit.h>
#include <linux/rculist.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include <mgate/bridge.h>
#include <mgate/membership.h>
#include <mgate/swport.h>

/** var mgate_bridge_wq - runs the ticks, and frees what was hidden */
struct workqueue_struct *mgate_bridge_wq;

static unsigned int net_id __read_mostly;
static LIST_HEAD(bridges);	/* struct mgate_bridge; RCU; written under RTNL */
static u64 last_id;		/* of a bridge; under RTNL */

static int __net_init init_net_registry(struct net *net)
{
	struct mgate_net *mn = net_generic(net, net_id);

	xa_init(&mn->ports);
	return 0;
}

static void __net_exit exit_net_registry(struct net *net)
{
	struct mgate_net *mn = net_generic(net, net_id);

	WARN_ON_ONCE(!xa_empty(&mn->ports));
	xa_destroy(&mn->ports);
}

static struct pernet_operations net_ops = {
	.init = init_net_registry,
	.exit = exit_net_registry,
	.id = &net_id,
	.size = sizeof(struct mgate_net),
};

/**
 * mgate_bridge_init() - set up the registry
 *
 * May sleep. Return: 0 or -ENOMEM.
 */
int mgate_bridge_init(void)
{
	int err;

	mgate_bridge_wq = alloc_workqueue("mgate", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!mgate_bridge_wq)
		return -ENOMEM;
	err = register_pernet_subsys(&net_ops);
	if (err)
		destroy_workqueue(mgate_bridge_wq);
	return err;
}

/**
 * mgate_bridge_exit() - wait until all that was hidden is freed
 *
 * Every bridge was hidden before. May sleep.
 */
void mgate_bridge_exit(void)
{
	/* Ports put their bridges, so that works are queued by works. */
	rcu_barrier();
	flush_workqueue(mgate_bridge_wq);
	rcu_barrier();
	destroy_workqueue(mgate_bridge_wq);
	unregister_pernet_subsys(&net_ops);
}

/**
 * mgate_bridge_net() - the registry of a namespace
 * @net: the namespace
 */
struct mgate_net *mgate_bridge_net(const struct net *net)
{
	return net_generic(net, net_id);
}

/**
 * mgate_bridge_setup_port() - what a port has and the host behind the bridge too
 * @port: zeroed memory
 * @br: its bridge
 * @dev: the port, or the bridge
 *
 * May sleep. Return: 0 or -ENOMEM.
 */
int mgate_bridge_setup_port(struct mgate_port *port, struct mgate_bridge *br,
			    struct net_device *dev)
{
	port->counters = alloc_percpu_gfp(struct mgate_counters, GFP_KERNEL_ACCOUNT);
	if (!port->counters)
		return -ENOMEM;
	port->dev = dev;
	port->bridge = br;
	mgate_params_port_setup(port->sw.params);
	return 0;
}

static struct mgate_policy *default_flood(void)
{
	static const struct mgate_prefix ssdp = {
		.addr = { .bytes = { 239, 255, 255, 250 } },
		.af = MGATE_AF_INET,
		.len = 32,
	};
	struct mgate_policy *list = kzalloc(sizeof(*list), GFP_KERNEL_ACCOUNT);

	if (list)
		mgate_policy_add(list, &ssdp);
	return list;
}

static int setup_bridge(struct mgate_bridge *br, struct net_device *dev)
{
	struct mgate_policy *flood = default_flood();
	int err = -ENOMEM;

	if (!flood)
		return err;
	err = mgate_switch_setup(&br->sw);
	if (err)
		goto free_flood;
	err = mgate_stats_setup(&br->stats);
	if (err)
		goto clear_switch;
	err = mgate_bridge_setup_port(&br->host, br, dev);
	if (err)
		goto destroy_stats;
	err = mgate_flowtable_setup(br);
	if (err)
		goto free_counters;
	rcu_assign_pointer(br->sw.flood, flood);
	return 0;

free_counters:
	free_percpu(br->host.counters);
destroy_stats:
	mgate_stats_destroy(&br->stats);
clear_switch:
	mgate_switch_clear(&br->sw);
free_flood:
	kfree(flood);
	return err;
}

/**
 * mgate_bridge_new() - a bridge has come
 * @dev: the bridge device
 *
 * RTNL held; may sleep. Hooks find it at once; it is off.
 *
 * Return: NULL if there is no memory for it.
 */
struct mgate_bridge *mgate_bridge_new(struct net_device *dev)
{
	struct mgate_bridge *br = kvzalloc(sizeof(*br), GFP_KERNEL_ACCOUNT);

	if (!br)
		return NULL;
	if (setup_bridge(br, dev)) {
		kvfree(br);
		return NULL;
	}
	br->dev = dev;
	br->net = dev_net(dev);
	br->id = ++last_id;
	br->armed = MGATE_NEVER;
	spin_lock_init(&br->tick_lock);
	mutex_init(&br->lists);
	ratelimit_state_init(&br->log_refusals, 60 * HZ, 2);
	ratelimit_state_init(&br->log_news, 10 * HZ, 20);
	refcount_set(&br->refs, 1);
	br->sw.params.patience_ms = get_random_u32() % (10 * MSEC_PER_SEC);
	ida_init(&br->slots);
	mgate_swport_add(&br->sw, &br->host.sw, MGATE_SLOT_HOST);
	list_add_tail_rcu(&br->node, &bridges);
	return br;
}

/**
 * mgate_bridge_hide() - no new frame finds this bridge
 * @br: the bridge; its ports were deleted before
 *
 * RTNL held; may sleep. Frames in flight are through on return.
 */
void mgate_bridge_hide(struct mgate_bridge *br)
{
	list_del_rcu(&br->node);
	synchronize_net();
	/* Its device has a name still. */
	mgate_membership_forget(&br->sw, MGATE_SLOT_HOST, true, MGATE_WHY_PORT, 0);
	mgate_switch_mute(&br->sw);
}

static void free_bridge(struct work_struct *work)
{
	struct mgate_bridge *br = container_of(to_rcu_work(work), struct mgate_bridge, free);

	mgate_swport_del(&br->sw, MGATE_SLOT_HOST, 0);
	mgate_switch_clear(&br->sw);
	mgate_flowtable_clear(br);
	mgate_stats_destroy(&br->stats);
	free_percpu(br->host.counters);
	ida_destroy(&br->slots);
	mutex_destroy(&br->lists);
	kvfree(br);
}

/**
 * mgate_bridge_put() - give a reference back
 * @br: the bridge
 */
void mgate_bridge_put(struct mgate_bridge *br)
{
	if (!refcount_dec_and_test(&br->refs))
		return;
	INIT_RCU_WORK(&br->free, free_bridge);
	queue_rcu_work(mgate_bridge_wq, &br->free);
}

/**
 * mgate_bridge_next() - walk the bridges
 * @net: of this namespace; NULL: of all
 * @after: id of the last one, 0 to begin
 *
 * Return: NULL at the end; else to be given back with mgate_bridge_done(). The
 * bridge may be hidden meanwhile; its device, and so its namespace, stay.
 */
struct mgate_bridge *mgate_bridge_next(const struct net *net, u64 after)
{
	struct mgate_bridge *br, *found = NULL;

	rcu_read_lock();
	list_for_each_entry_rcu(br, &bridges, node) {
		if (br->id > after && (!net || net_eq(br->net, net)) &&
		    refcount_inc_not_zero(&br->refs)) {
			/* It is listed, so its device still waits for us. */
			dev_hold(br->dev);
			found = br;
			break;
		}
	}
	rcu_read_unlock();
	return found;
}

/**
 * mgate_bridge_done() - give back what mgate_bridge_next() gave
 * @br: the bridge
 */
void mgate_bridge_done(struct mgate_bridge *br)
{
	dev_put(br->dev);
	mgate_bridge_put(br);
}

/**
 * mgate_bridge_find_rcu() - the bridge of a device
 * @dev: a bridge device
 *
 * RCU read side or RTNL. Return: NULL if it is not known.
 */
struct mgate_bridge *mgate_bridge_find_rcu(const struct net_device *dev)
{
	struct mgate_bridge *br;

	list_for_each_entry_rcu(br, &bridges, node, lockdep_rtnl_is_held())
		if (br->dev == dev)
			return br;
	return NULL;
}

/**
 * mgate_bridge_slot_name() - what users call a slot
 * @br: the bridge, the lock of its switch held: it keeps the port there
 * @slot: a slot in use
 */
const char *mgate_bridge_slot_name(const struct mgate_bridge *br, u16 slot)
{
	const struct mgate_switch_port *sp = br->sw.ports[slot];

	lockdep_assert_held(&br->sw.lock);
	if (slot == MGATE_SLOT_HOST || !sp)
		return "host";
	return container_of(sp, struct mgate_port, sw)->dev->name;
}

/**
 * mgate_bridge_vid() - the VLAN that the bridge puts a frame in
 * @port: the port it came in by
 * @tag: its tag, as far as it is known
 * @vid: the VLAN id; 0 for an untagged frame where VLANs are not filtered
 *
 * RCU read side.
 *
 * Return: false if the bridge sees no VLAN of its own in the frame.
 */
bool mgate_bridge_vid(const struct mgate_port *port, const struct mgate_tag *tag, u16 *vid)
{
	*vid = tag->present ? tag->vid : 0;
	if (!br_vlan_enabled(port->bridge->dev))
		return true;
	if (tag->present && tag->proto != mgate_bridge_vlan_proto(port->bridge))
		return false;
	if (*vid)
		return true;
	return !br_vlan_get_pvid_rcu(port->dev, vid) && *vid;
}

/**
 * mgate_bridge_vlan_proto() - the Ethernet type of the tags that a bridge reads and writes
 * @br: a bridge that tells VLANs apart
 *
 * Network order: ETH_P_8021Q, or ETH_P_8021AD.
 */
__be16 mgate_bridge_vlan_proto(const struct mgate_bridge *br)
{
	u16 proto = ETH_P_8021Q;

	br_vlan_get_proto(br->dev, &proto);
	return htons(proto);
}

/**
 * mgate_bridge_is_in_vlan() - could a frame of a VLAN leave by a port, or go up
 * @dev: the port's device, or the bridge's own
 * @vid: the VLAN, of a bridge that tells VLANs apart
 *
 * RCU read side.
 */
bool mgate_bridge_is_in_vlan(const struct net_device *dev, u16 vid)
{
	struct bridge_vlan_info info;

	return !br_vlan_get_info_rcu(dev, vid, &info) &&
	       (!netif_is_bridge_master(dev) || info.flags & BRIDGE_VLAN_INFO_BRENTRY);
}

/**
 * mgate_bridge_host_is_in() - does a frame that the host sends in a VLAN go anywhere
 * @br: the bridge
 * @vid: the VLAN
 *
 * What the bridge does not let in from its own host is lost, silently. Any context.
 */
bool mgate_bridge_host_is_in(const struct mgate_bridge *br, u16 vid)
{
	bool in;

	if (!br_vlan_enabled(br->dev))
		return true;
	rcu_read_lock();
	in = vid && mgate_bridge_is_in_vlan(br->dev, vid);
	rcu_read_unlock();
	return in;
}
