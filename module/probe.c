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

#define MISSING_MAX 16		/* a port in LEARNING state loses them rightly */
#define TRIED_MAX 12
#define FIRST_MS 1000

static struct mgate_probe *find(const struct mgate_port *in, u16 vid)
{
	struct mgate_counters *c = this_cpu_ptr(in->counters);

	return &c->probes[vid % MGATE_COUNTERS_PROBES];
}

/* Return: true if one is to be turned nonetheless. */
static noinline bool try_again(const struct mgate_port *in, struct mgate_probe *p)
{
	u64 now = mgate_tick_now();

	/* What it does not let in is lost rightly, and says nothing of the rest. */
	if (br_port_flag_is_set(in->dev, BR_PORT_LOCKED))
		return true;
	if (now < p->next)
		return false;
	p->next = now + ((u64)FIRST_MS << p->tried);
	if (p->tried < TRIED_MAX)
		p->tried++;
	return true;
}

/**
 * mgate_probe_begin() - may a frame be turned, and does it
 * @in: the port it came in by
 * @vid: its VLAN
 *
 * BH off. Return: false if too many were lost.
 */
bool mgate_probe_begin(const struct mgate_port *in, u16 vid)
{
	struct mgate_probe *p = find(in, vid);

	if (p->vid != vid) {
		memset(p, 0, sizeof(*p));
		p->vid = vid;
	}
	if (p->missing >= MISSING_MAX && !try_again(in, p))
		return false;
	if (p->missing < MISSING_MAX)
		p->missing++;
	return true;
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
 * mgate_probe_end() - a turned frame was met again
 * @in: the port it came in by
 * @vid: its VLAN
 *
 * BH off.
 */
void mgate_probe_end(const struct mgate_port *in, u16 vid)
{
	struct mgate_probe *p = find(in, vid);

	if (p->vid != vid)
		return;
	p->missing = 0;
	p->tried = 0;
}
