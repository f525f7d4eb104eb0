/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_AUDIT_H
#define MGATE_AUDIT_H

#include <linux/rcupdate.h>
#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>

#include <mgate/addr.h>
#include <mgate/reason.h>

/* Rows of one bridge: groups are whatever somebody sends to. */
#define MGATE_AUDIT_ROWS 4096

/**
 * struct mgate_audit_key - what a row counts
 * @group: group and VLAN, the source zero
 * @slot: the port that the frames leave by, or would not have left by
 * @reason: why
 */
struct mgate_audit_key {
	struct mgate_key group;
	u16 slot;
	u16 reason;
};

/**
 * struct mgate_audit_figures - how much it was
 * @packets: frames
 * @bytes: of them, without Ethernet headers
 */
struct mgate_audit_figures {
	u64 packets;
	u64 bytes;
};

/**
 * struct mgate_audit_row - one line
 * @node: in the hash table
 * @key: constant
 * @figures: under the lock
 * @walked: the last walk that has seen it; under the lock
 * @gone: out of the table; a walker that still holds it passes over it
 * @rcu: freed by RCU, for the walkers of the hash table
 */
struct mgate_audit_row {
	struct rhash_head node;
	struct mgate_audit_key key;
	struct mgate_audit_figures figures;
	u32 walked;
	bool gone;
	struct rcu_head rcu;
};

/**
 * struct mgate_audit - what `on` would have done with each group's frames
 * @lock: protects all of it; BH off; a leaf. An audit is no fast path
 * @rows: struct mgate_audit_row by key
 * @n: how many
 * @beyond: frames of the rows there was no room for
 * @walks: walks over all rows that have begun
 */
struct mgate_audit {
	spinlock_t lock;
	struct rhashtable rows;
	u32 n;
	struct mgate_audit_figures beyond;
	u32 walks;
};

/**
 * struct mgate_audit_walker - somebody who wants to see all rows
 * @row: called once for each, with a copy of the figures; RCU read side
 */
struct mgate_audit_walker {
	void (*row)(struct mgate_audit_walker *w, const struct mgate_audit_key *key,
		    const struct mgate_audit_figures *figures);
};

int mgate_audit_setup(struct mgate_audit *a);
void mgate_audit_destroy(struct mgate_audit *a);
void mgate_audit_count(struct mgate_audit *a, const struct mgate_key *key, u16 slot,
		       enum mgate_reason reason, unsigned int bytes);
void mgate_audit_clear(struct mgate_audit *a);
void mgate_audit_forget(struct mgate_audit *a, u16 slot);
void mgate_audit_walk(struct mgate_audit *a, struct mgate_audit_walker *w);
struct mgate_audit_figures mgate_audit_beyond(struct mgate_audit *a);

#endif
