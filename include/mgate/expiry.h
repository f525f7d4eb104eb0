/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_EXPIRY_H
#define MGATE_EXPIRY_H

#include <mgate/message.h>
#include <mgate/proxy.h>
#include <mgate/switch.h>

/* Deadlines that are worked on in one hold of the lock. */
#define MGATE_EXPIRY_BATCH 64
/* Queries that one run can hand out. */
#define MGATE_EXPIRY_ASKS 10

/**
 * struct mgate_ask - a query that is due
 * @query: what to ask
 * @vid: in which VLAN
 * @slot: at which port, or MGATE_SLOT_NONE for all; about a group: whose membership it is
 * @all: about a group: all ports are asked, and not that one alone
 * @srcs: the sources of @query
 * @proxy: we are not the querier: without an address
 *
 * Whoever sends it fills in the source.
 */
struct mgate_ask {
	struct mgate_query query;
	u16 vid;
	u16 slot;
	bool proxy;
	bool all;
	struct mgate_addr srcs[MGATE_QUERY_SOURCES];
};

/**
 * struct mgate_expiry - one run over what is due
 * @now: ms
 * @next: result: when to run again, ms; not after @now if there is more
 * @wait: result: no query can be sent before, ms; 0: there was no need
 * @room: sources that may still be worked on
 * @n: result: queries in @ask
 * @ask: result: queries to be sent now
 * @ntells: result: reports in @tell
 * @tell: result: own reports to be sent now
 * @answer_ms: result: reports of all groups of a VLAN are to be scheduled within
 *	that time; 0: not
 * @answer_vid: result: that VLAN
 * @answer_af: result: its family
 * @lost: result: a querier fell silent in a VLAN that has members
 * @lost_vid: result: that VLAN, the last one of them
 * @lost_af: result: the family of that querier
 * @lost_for_good: result: this bridge will not query in its place
 * @lost_mute: result: as it does not speak that family there
 */
struct mgate_expiry {
	u64 now;
	u64 next;
	u64 wait;
	u32 room;
	unsigned int n;
	struct mgate_ask ask[MGATE_EXPIRY_ASKS];
	unsigned int ntells;
	struct mgate_report tell[MGATE_PROXY_TELLS];
	u32 answer_ms;
	u16 answer_vid;
	u8 answer_af;
	bool lost;
	u16 lost_vid;
	u8 lost_af;
	bool lost_for_good;
	bool lost_mute;
};

void mgate_expiry(struct mgate_switch *sw, struct mgate_expiry *run);

#endif
