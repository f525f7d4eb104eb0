/* SPDX-License-Identifier: GPL-2.0-only */
/* Explicit host tracking: which hosts stand behind a membership. */
#ifndef MGATE_EHT_H
#define MGATE_EHT_H

#include <linux/rbtree.h>

#include <mgate/message.h>

struct mgate_member;

/* Hosts, and sources of hosts, that are kept track of at one port. */
#define MGATE_EHT_PORT 8192
/* Hosts behind a membership that are looked at to say whether one of them wants something. A
 * record of 63 sources that none of thousands wants would take the lock for too long.
 */
#define MGATE_EHT_LOOK 64

#define MGATE_EHT_MAC 6

/**
 * struct mgate_eht_who - a host
 * @addr: its address, zero if it has none yet
 * @mac: its link-layer address
 */
struct mgate_eht_who {
	struct mgate_addr addr;
	u8 mac[MGATE_EHT_MAC];
};

/**
 * mgate_eht_cmp() - the order of hosts in the tree of a membership
 * @a: a host
 * @b: another
 *
 * Most are asked whether they are the same, and are.
 *
 * Return: as memcmp().
 */
static inline int mgate_eht_cmp(const struct mgate_eht_who *a, const struct mgate_eht_who *b)
{
	int diff;

	if (mgate_base_same48(a->mac, b->mac) && mgate_addr_equal(&a->addr, &b->addr))
		return 0;
	diff = memcmp(a->mac, b->mac, sizeof(a->mac));
	return diff ? diff : mgate_addr_cmp(&a->addr, &b->addr);
}

/**
 * struct mgate_eht_source - a source that a host named
 * @node: in the tree of the host, by address
 * @addr: the source
 * @until: INCLUDE mode: the host wants it until then, ms
 *
 * Plain memory under the lock of the switch, as its host.
 */
struct mgate_eht_source {
	struct rb_node node;
	struct mgate_addr addr;
	u64 until;
};

/**
 * struct mgate_eht_host - a host behind a membership
 * @node: in the tree of the membership, by @who
 * @who: the host
 * @sources: struct mgate_eht_source
 * @until: EXCLUDE mode: it is there until then, ms
 * @mode: enum mgate_mode
 * @version: of its last report: 1, 2 or 3
 */
struct mgate_eht_host {
	struct rb_node node;
	struct mgate_eht_who who;
	struct rb_root sources;
	u64 until;
	u8 mode;
	u8 version;
};

/**
 * struct mgate_eht_event - a host says something of a group
 * @who: the host
 * @rec: what it says
 * @now: ms
 * @until: how long that is good, ms
 * @used: what is kept track of at the port
 * @af: family
 * @version: of the message
 */
struct mgate_eht_event {
	const struct mgate_eht_who *who;
	const struct mgate_record *rec;
	u64 now;
	u64 until;
	u32 *used;
	u8 af;
	u8 version;
};

struct mgate_eht_host *mgate_eht_find(const struct mgate_member *m,
				      const struct mgate_eht_who *who);
bool mgate_eht_hear(struct mgate_member *m, const struct mgate_eht_event *e);
bool mgate_eht_wants_all(const struct mgate_member *m, u64 now);
bool mgate_eht_wants(const struct mgate_member *m, const struct mgate_addr *src, u64 now);
bool mgate_eht_is_there(const struct mgate_eht_host *h, u64 now);
void mgate_eht_expire(struct mgate_member *m, u32 *used, u64 now);
void mgate_eht_clear(struct mgate_member *m, u32 *used);

/* Go through the hosts of a membership, and the sources of a host. */
#define mgate_eht_for_each(h, m) \
	for ((h) = rb_entry_safe(rb_first(&(m)->hosts), struct mgate_eht_host, node); (h); \
	     (h) = rb_entry_safe(rb_next(&(h)->node), struct mgate_eht_host, node))

#define mgate_eht_for_each_source(s, h) \
	for ((s) = rb_entry_safe(rb_first(&(h)->sources), struct mgate_eht_source, node); (s); \
	     (s) = rb_entry_safe(rb_next(&(s)->node), struct mgate_eht_source, node))

#endif
