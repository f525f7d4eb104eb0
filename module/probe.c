// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether redirected frames come up. The bridge may lose them where no hook is
 * called: its own VLAN entry is not forwarding, or somebody gave its address to
 * a port that the frame cannot leave by. Nothing tells of that.
 *
 * So frames are counted where they are turned, and no longer missed where they
 * come up. After some in a row that did not, the gate serves; one frame is still
 * turned now and then, ever more seldom, to see whether they do again.
 *
 * Per CPU, port and VLAN: a frame comes up on the CPU that turned it.
 */
#include <linux/if_bridge.h>

#include <mgate/probe.h>
#include <mgate/tick.h>

#define TRIED_MAX 12
#define FIRST_MS 1000

/* Several VLANs share a place. One whose frames are missing keeps it: if its count
 * began anew each time that another comes by, it would lose frames for ever. And a
 * VLAN that the port is not in has nothing to count, as the bridge lets none of it in.
 *
 * Return: false if the place is not to be had.
 */
static bool take(const struct mgate_port *in, struct mgate_probe *p, u16 vid)
{
	struct bridge_vlan_info info;

	if (p->missing ||
	    (br_vlan_enabled(in->bridge->dev) && br_vlan_get_info_rcu(in->dev, vid, &info)))
		return false;
	memset(p, 0, sizeof(*p));
	p->vid = vid;
	return true;
}

/* What a locked port does not let in is missing too, and rightly: then the gate serves
 * those whom it does let in. That is slower, and no frame of theirs is lost.
 *
 * Return: true if one is to be turned nonetheless.
 */
static bool try_again(struct mgate_probe *p)
{
	u64 now = mgate_tick_now();

	if (now < p->next)
		return false;
	p->next = now + ((u64)FIRST_MS << p->tried);
	if (p->tried < TRIED_MAX)
		p->tried++;
	return true;
}

/**
 * mgate_probe_doubts() - the long way of mgate_probe_begin()
 * @in: as there
 * @p: its place, which is another VLAN's, or whose frames are missing
 * @vid: as there
 *
 * BH off. Return: true if the frame may be turned nonetheless.
 */
bool mgate_probe_doubts(const struct mgate_port *in, struct mgate_probe *p, u16 vid)
{
	if (p->vid != vid)
		return take(in, p, vid);
	return try_again(p);
}

/**
 * mgate_probe_reset() - a port begins to forward: what it lost before is no sign
 * @in: the port
 *
 * Any context. A frame that comes in meanwhile may count or not.
 */
void mgate_probe_reset(const struct mgate_port *in)
{
	int cpu;

	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(in->counters, cpu)->probes, 0,
		       sizeof(per_cpu_ptr(in->counters, cpu)->probes));
}

/**
 * mgate_probe_renew() - somebody wants redirect: try it at once at all ports
 * @br: the bridge
 *
 * Any context, as mgate_probe_reset().
 */
void mgate_probe_renew(const struct mgate_bridge *br)
{
	const struct mgate_port *port;
	unsigned int slot;

	rcu_read_lock();
	for (slot = 0; slot < MGATE_SLOTS; slot++) {
		port = rcu_dereference(br->by_slot[slot]);
		if (port)
			mgate_probe_reset(port);
	}
	rcu_read_unlock();
}
