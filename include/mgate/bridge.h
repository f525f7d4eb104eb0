/* SPDX-License-Identifier: GPL-2.0-only */
/* The Linux objects: namespaces, bridges, ports; the registry of ports is in port.h. */
#ifndef MGATE_BRIDGE_H
#define MGATE_BRIDGE_H

#include <linux/idr.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/percpu.h>
#include <linux/ratelimit_types.h>
#include <linux/refcount.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include <mgate/counters.h>
#include <mgate/flowtable.h>
#include <mgate/stats.h>
#include <mgate/switch.h>

/**
 * struct mgate_port - one port of a bridge, or the host behind it
 * @dev: the device, without a reference: the port leaves the registry in the
 *	notifier that says the device leaves the bridge
 * @bridge: its bridge, which outlives it; constant
 * @sw: what the switch knows of it
 * @counters: per CPU
 * @turned_before: what was redirected on the bridge before it came; constant
 * @slot: constant
 * @id: no other port had it before; constant
 * @shown: its files are in sysfs; under RTNL
 * @link: it has a link; under RTNL
 * @hardware: it forwards in hardware, where nothing can be gated; constant
 * @opened: it has opened in some VLAN and is to be asked; under RTNL
 * @since: when it came or got its link, ms; under RTNL
 * @untagged: VLANs that leave it without a tag; under RTNL
 * @untagged_vid: the only one of them, 0 if it is not; read without RTNL
 * @free: frees it a grace period after it left the registry
 *
 * Found by hooks under RCU. Its slot is given to another port only when it is
 * freed, so that no frame in flight speaks for the wrong port.
 */
struct mgate_port {
	struct net_device *dev;
	struct mgate_bridge *bridge;
	struct mgate_switch_port sw;
	struct mgate_counters __percpu *counters;
	unsigned long turned_before[MGATE_COUNTERS_HOLDS];
	u16 slot;
	u32 id;
	bool shown;
	bool link;
	bool hardware;
	bool opened;
	u64 since;
	DECLARE_BITMAP(untagged, VLAN_N_VID);
	u16 untagged_vid;
	struct rcu_work free;
};

#define MGATE_BRIDGE_MOVED 256

/** enum mgate_state - what mgate does on a bridge */
enum mgate_state {
	MGATE_STATE_OFF,
	MGATE_STATE_ASIDE,	/* another snooper, or hardware, is at work */
	MGATE_STATE_AUDIT,	/* counts, but holds nothing back */
	MGATE_STATE_ON,
};

/** enum mgate_wish - what somebody asked for */
enum mgate_wish {
	MGATE_WISH_AUTO,
	MGATE_WISH_ON,
	MGATE_WISH_AUDIT,
	MGATE_WISH_OFF,
};

/**
 * struct mgate_bridge - one bridge
 * @dev: the bridge device, without a reference but by walkers; as @dev of a
 *	port
 * @net: its namespace
 * @node: in the list of bridges of all namespaces; RCU
 * @id: grows with each bridge; a walker's place in the list
 * @sw: the state
 * @host: the host behind the bridge, as a port
 * @by_slot: its ports, without the host; RCU, written under RTNL
 * @lost: VLANs in whose forwarding database the bridge's own address is gone;
 *	written and read without a lock
 * @flows: per CPU
 * @flow_lock: whoever takes it finds all flows in the tables of @flows; may be held
 *	while asleep
 * @flow_work: makes the tables of flows that are wanted
 * @moved: how often a sender's entry of the forwarding database has changed, by a hash
 *	of its address
 * @query_changes: how often somebody came for a change of whether, or where, it queries
 * @unsettled: something was told that the bridge is only about to do: nothing that is
 *	seen of it lasts; written under RTNL, read without
 * @slots: slots in use
 * @state: enum mgate_state; written under RTNL, read without
 * @wish: enum mgate_wish; under RTNL
 * @gate_only: a port of it is unknown here, or forwards in hardware:
 *	nothing is redirected; written under RTNL, read without
 * @taken: the built-in snooping was on, and is to be given back; under RTNL
 * @decided: what to do was decided since the bridge came up; under RTNL
 * @link: its device has a link; under RTNL
 * @rekeyed: it sees other VLANs in the same frames from now on; under RTNL
 * @shown: its files are in sysfs; under RTNL
 * @told: the log says why mgate does nothing here; under RTNL
 * @tick: runs what is due
 * @tick_lock: protects @armed and @stopped; BH off; a leaf
 * @armed: when @tick runs next, ms
 * @stopped: @tick runs no more
 * @log_refusals: bounds the log lines about limits
 * @log_news: bounds the log lines about routers and queriers, apart from those, so
 *	that a flood of refused groups hides nothing
 * @stats: what happens to the frames of each group; see mgate_bridge_keeps_stats()
 * @solicit: bits of families whose routers are still to be asked, when it may be
 * @solicits: bounds our solicitations
 * @lists: serialises writers of the lists in sysfs; may be held while asleep
 * @refs: the registry, each port, each walker
 * @free: frees it a grace period after the last reference
 */
struct mgate_bridge {
	struct net_device *dev;
	struct net *net;
	struct list_head node;
	u64 id;
	struct mgate_switch sw;
	struct mgate_port host;
	struct mgate_port __rcu *by_slot[MGATE_SLOTS];
	DECLARE_BITMAP(lost, VLAN_N_VID);
	struct mgate_flowtables __percpu *flows;
	struct mutex flow_lock;
	struct work_struct flow_work;
	atomic_t moved[MGATE_BRIDGE_MOVED];
	atomic_t query_changes;
	bool unsettled;
	struct ida slots;
	u8 state;
	u8 wish;
	bool gate_only;
	bool taken;
	bool decided;
	bool rekeyed;
	bool link;
	bool shown;
	bool told;
	struct delayed_work tick;
	spinlock_t tick_lock;
	u64 armed;
	bool stopped;
	struct ratelimit_state log_refusals;
	struct ratelimit_state log_news;
	struct mgate_stats stats;
	unsigned long solicit;
	struct ratelimit_state solicits;
	struct mutex lists;
	refcount_t refs;
	struct rcu_work free;
};

/**
 * struct mgate_net - one namespace
 * @ports: struct mgate_port by ifindex; RCU
 * @hooked: the netfilter hooks are registered; under RTNL
 */
struct mgate_net {
	struct xarray ports;
	bool hooked;
};

/**
 * struct mgate_tag - the VLAN tag of a frame
 * @present: it has one
 * @proto: its protocol, network order
 * @vid: its VLAN id
 */
struct mgate_tag {
	bool present;
	__be16 proto;
	u16 vid;
};

extern struct workqueue_struct *mgate_bridge_wq;

int mgate_bridge_init(void);
void mgate_bridge_exit(void);
struct mgate_net *mgate_bridge_net(const struct net *net);
int mgate_bridge_setup_port(struct mgate_port *port, struct mgate_bridge *br,
			    struct net_device *dev);
struct mgate_bridge *mgate_bridge_new(struct net_device *dev);
void mgate_bridge_hide(struct mgate_bridge *br);
void mgate_bridge_put(struct mgate_bridge *br);
struct mgate_bridge *mgate_bridge_next(const struct net *net, u64 after);
void mgate_bridge_done(struct mgate_bridge *br);
struct mgate_bridge *mgate_bridge_find_rcu(const struct net_device *dev);
bool mgate_bridge_is_in_vlan(const struct net_device *dev, u16 vid);
bool mgate_bridge_host_is_in(const struct mgate_bridge *br, u16 vid);
__be16 mgate_bridge_vlan_proto(const struct mgate_bridge *br);
const char *mgate_bridge_slot_name(const struct mgate_bridge *br, u16 slot);
bool mgate_bridge_vid(const struct mgate_port *port, const struct mgate_tag *tag, u16 *vid);

/* Add one to a counter of a CPU. Nothing counts in hard interrupts: in a softirq, or
 * with BH off, no care need be taken, which on some architectures is far cheaper.
 */
#define mgate_bridge_inc(counter) do {					\
	if (!IS_ENABLED(CONFIG_PREEMPT_RT) && likely(in_softirq()))	\
		__this_cpu_inc(counter);				\
	else								\
		this_cpu_inc(counter);					\
} while (0)

/**
 * mgate_bridge_count() - count a frame or message
 * @port: the port it is counted at
 * @reason: why
 */
static inline void mgate_bridge_count(const struct mgate_port *port, enum mgate_reason reason)
{
	mgate_bridge_inc(port->counters->n[reason]);
}

/**
 * mgate_bridge_keeps_stats() - are figures of each group kept
 * @br: the bridge
 *
 * In mode audit they are what it is for.
 */
static inline bool mgate_bridge_keeps_stats(const struct mgate_bridge *br)
{
	return READ_ONCE(br->sw.params.v[MGATE_PARAM_STATS]) ||
	       READ_ONCE(br->state) == MGATE_STATE_AUDIT;
}

/**
 * mgate_counters_turn() - a frame is redirected
 * @in: the port it came in by
 * @hold: what holds it back from the ports that are left out; NONE: nothing
 *
 * BH off.
 */
static inline void mgate_counters_turn(const struct mgate_port *in, enum mgate_reason hold)
{
	if (!mgate_counters_is_hold(hold))
		return;
	mgate_bridge_inc(in->counters->turned[hold - MGATE_REASON_NOT_MEMBER]);
	mgate_bridge_inc(in->bridge->host.counters->turned[hold - MGATE_REASON_NOT_MEMBER]);
}

/**
 * mgate_counters_reach() - a redirected frame leaves by a port, or goes up
 * @out: the port, or the host
 * @hold: as in mgate_counters_turn()
 *
 * BH off.
 */
static inline void mgate_counters_reach(const struct mgate_port *out, enum mgate_reason hold)
{
	if (mgate_counters_is_hold(hold))
		mgate_bridge_inc(out->counters->reached[hold - MGATE_REASON_NOT_MEMBER]);
}

/**
 * mgate_bridge_moved() - where the changes of a sender's entry are counted
 * @br: the bridge
 * @mac: the sender
 */
static inline atomic_t *mgate_bridge_moved(struct mgate_bridge *br, const u8 *mac)
{
	return &br->moved[(mac[3] ^ mac[4] ^ mac[5]) % MGATE_BRIDGE_MOVED];
}

/**
 * mgate_bridge_active() - does mgate look at this bridge's frames
 * @br: the bridge
 */
static inline bool mgate_bridge_active(const struct mgate_bridge *br)
{
	return READ_ONCE(br->state) >= MGATE_STATE_AUDIT;
}

#endif
