/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_PROBE_H
#define MGATE_PROBE_H

#include <mgate/bridge.h>

/* So many in a row are to be missing: a port in LEARNING state loses some, and rightly. */
#define MGATE_PROBE_MISSING 16

bool mgate_probe_doubts(const struct mgate_port *in, struct mgate_probe *p, u16 vid);
void mgate_probe_reset(const struct mgate_port *in);
void mgate_probe_renew(const struct mgate_bridge *br);

/* BH off. */
static inline struct mgate_probe *mgate_probe_place(const struct mgate_port *in, u16 vid)
{
	return &this_cpu_ptr(in->counters)->probes[vid % MGATE_COUNTERS_PROBES];
}

/**
 * mgate_probe_begin() - may a frame be turned, and does it
 * @in: the port it came in by
 * @vid: its VLAN
 *
 * BH off. Return: false if too many were lost, or others are being missed: the gate
 * is right for every frame.
 */
static inline bool mgate_probe_begin(const struct mgate_port *in, u16 vid)
{
	struct mgate_probe *p = mgate_probe_place(in, vid);

	if (unlikely(p->vid != vid || p->missing >= MGATE_PROBE_MISSING) &&
	    !mgate_probe_doubts(in, p, vid))
		return false;
	if (p->missing < MGATE_PROBE_MISSING)
		p->missing++;
	return true;
}

/**
 * mgate_probe_end() - a turned frame was met again
 * @in: the port it came in by
 * @vid: its VLAN
 *
 * BH off.
 */
static inline void mgate_probe_end(const struct mgate_port *in, u16 vid)
{
	struct mgate_probe *p = mgate_probe_place(in, vid);

	if (p->vid != vid)
		return;
	p->missing = 0;
	p->tried = 0;
}

#endif
