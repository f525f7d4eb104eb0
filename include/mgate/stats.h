/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_STATS_H
#define MGATE_STATS_H

#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>

#include <mgate/addr.h>
#include <mgate/base.h>
#include <mgate/reason.h>

/* Rows of one bridge: groups are whatever somebody sends to. */
#define MGATE_STATS_ROWS 4096

/* The slot under which what came in by a port goes on once that port has gone. */
#define MGATE_STATS_GONE (MGATE_SLOT_NONE - 1)

/** enum mgate_stats_what - what a row counts */
enum mgate_stats_what {
	MGATE_STATS_IN,		/* came in there; others are left out for the reason, or NONE */
	MGATE_STATS_OUT,	/* left there, or was held back there, for the reason */
	MGATE_STATS_REACHED,	/* left there, while others were left out for the reason */
};

/**
 * struct mgate_stats_key - which frames a row counts
 * @group: group and VLAN, the source zero
 * @slot: the port
 * @what: enum mgate_stats_what
 * @reason: enum mgate_reason
 */
struct mgate_stats_key {
	struct mgate_key group;
	u16 slot;
	u8 what;
	u8 reason;
};

/**
 * struct mgate_stats_figures - how much it was
 * @packets: frames
 * @bytes: of them, without Ethernet headers
 */
struct mgate_stats_figures {
	u64 packets;
	u64 bytes;
};

/**
 * struct mgate_stats_row - one row
 * @node: in the hash table
 * @key: constant
 * @packets: frames; written without a lock
 * @bytes: of them; written without a lock
 * @walked: the last walk that has seen it; under the lock
 * @gone: out of the table; a walker that still holds it passes over it; under the lock
 * @rcu: freed by RCU, for whoever counts in it and for the walkers of the hash table
 */
struct mgate_stats_row {
	struct rhash_head node;
	struct mgate_stats_key key;
	atomic64_t packets;
	atomic64_t bytes;
	u32 walked;
	bool gone;
	struct rcu_head rcu;
};

/**
 * struct mgate_stats - what has happened to the frames of each group, at which port and why
 * @walk: held by whoever walks over all rows; taken before @lock
 * @lock: rows come and go under it; BH off; a leaf
 * @rows: struct mgate_stats_row by key
 * @n: how many
 * @beyond: what left or was held back without a row, as there was no room; under @lock
 * @torn: the same of what came IN or REACHED a port: what was held back is not known any
 *	more; under @lock
 * @clearing: all rows go: none is made; under @lock
 * @walks: walks over all rows that have begun; under @lock
 *
 * Who is left out is never looked at, of however many ports: what was held back from a
 * port is what came IN and did not reach it, see mgate_statslist_next().
 */
struct mgate_stats {
	struct mutex walk;
	spinlock_t lock;
	struct rhashtable rows;
	u32 n;
	struct mgate_stats_figures beyond;
	bool torn;
	bool clearing;
	u32 walks;
};

/**
 * struct mgate_stats_walker - somebody who wants to see all rows
 * @row: called once for each, with a copy of the figures; RCU read side
 */
struct mgate_stats_walker {
	void (*row)(struct mgate_stats_walker *w, const struct mgate_stats_key *key,
		    const struct mgate_stats_figures *figures);
};

int mgate_stats_setup(struct mgate_stats *s);
void mgate_stats_destroy(struct mgate_stats *s);
void mgate_stats_add(struct mgate_stats *s, const struct mgate_stats_key *key,
		     const struct mgate_stats_figures *more);
void mgate_stats_count(struct mgate_stats *s, const struct mgate_key *group, u16 slot,
		       enum mgate_stats_what what, enum mgate_reason reason,
		       unsigned int bytes);
void mgate_stats_clear(struct mgate_stats *s);
void mgate_stats_arrive(struct mgate_stats *s, u16 slot);
void mgate_stats_forget(struct mgate_stats *s, u16 slot);
void mgate_stats_walk(struct mgate_stats *s, struct mgate_stats_walker *w);
struct mgate_stats_figures mgate_stats_beyond(struct mgate_stats *s);

#endif
