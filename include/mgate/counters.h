/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_COUNTERS_H
#define MGATE_COUNTERS_H

#include <linux/build_bug.h>
#include <linux/percpu.h>

#include <mgate/reason.h>

struct mgate_port;

/* The reasons by which redirect leaves ports out: NOT_MEMBER and those behind. */
#define MGATE_COUNTERS_HOLDS 3

#define MGATE_COUNTERS_PROBES 8

/**
 * struct mgate_probe - do the frames of one VLAN come up that are redirected
 * @vid: the VLAN
 * @missing: how many in a row did not
 * @tried: how often one was sent to see whether they do again
 * @next: when the next one is, ms
 */
struct mgate_probe {
	u16 vid;
	u16 missing;
	u16 tried;
	u64 next;
};

/**
 * struct mgate_counters - what was counted at a port, one set per CPU
 * @n: frames and messages by reason
 * @turned: frames redirected that came in here, by what holds them back from
 *	others; of the host: on the whole bridge
 * @reached: of all those, the ones that left here
 *
 * @probes: of redirected frames that came in here, by VLAN
 *
 * Redirect never looks at the ports it leaves out. What it held back from a port
 * is what was turned on the bridge and did not reach it.
 */
struct mgate_counters {
	unsigned long n[MGATE_REASON_MAX];
	unsigned long turned[MGATE_COUNTERS_HOLDS];
	unsigned long reached[MGATE_COUNTERS_HOLDS];
	struct mgate_probe probes[MGATE_COUNTERS_PROBES];
};

static_assert(MGATE_REASON_UNKNOWN_DROP - MGATE_REASON_NOT_MEMBER == 1);
static_assert(MGATE_REASON_REPORT_HELD - MGATE_REASON_NOT_MEMBER == 2);

/**
 * mgate_counters_is_hold() - is this a reason by which redirect leaves ports out
 * @reason: the reason
 */
static inline bool mgate_counters_is_hold(enum mgate_reason reason)
{
	return reason >= MGATE_REASON_NOT_MEMBER &&
	       reason < MGATE_REASON_NOT_MEMBER + MGATE_COUNTERS_HOLDS;
}

void mgate_counters_begin(struct mgate_port *port);
unsigned long mgate_counters_read(const struct mgate_port *port, enum mgate_reason reason);

#endif
