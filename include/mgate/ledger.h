/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_LEDGER_H
#define MGATE_LEDGER_H

#include <linux/list.h>
#include <linux/rhashtable-types.h>

#include <mgate/addr.h>
#include <mgate/due.h>

enum mgate_mode {
	MGATE_MODE_INCLUDE,	/* the sources listed */
	MGATE_MODE_EXCLUDE,	/* all but those listed as blocked */
};

/**
 * struct mgate_source - one source of a group on one port
 * @node: in the list of the member
 * @addr: the source
 * @until: forwarded until then, ms; 0 = blocked
 * @permanent: set by the administrator: forwarded, whatever @until says
 *
 * Plain memory under the lock of the switch.
 */
struct mgate_source {
	struct list_head node;
	struct mgate_addr addr;
	u64 until;
	bool permanent;
};

/**
 * struct mgate_member - one port's membership in one group
 * @node: in the list of the group
 * @port_node: in the list of the port
 * @group: the group
 * @sources: struct mgate_source, see RFC 9776 6.2.3
 * @until: group timer, ms; it runs in EXCLUDE mode only
 * @v1_until: a v1 host is taken to be present until then, ms
 * @v2_until: a v2 host is taken to be present until then, ms
 * @ask_at: when the next group-specific query is to be sent, ms
 * @asks: how many of them are still to be sent
 * @slot: the port
 * @mode: enum mgate_mode of what was learned
 * @permanent: set by the administrator: wants every source, never expires
 * @learned: hosts asked for it; else the administrator alone did
 *
 * Plain memory under the lock of the switch; freed at once, as no reader sees
 * it and nothing is armed on it.
 */
struct mgate_member {
	struct list_head node;
	struct list_head port_node;
	struct mgate_group *group;
	struct list_head sources;
	u64 until;
	u64 v1_until;
	u64 v2_until;
	u64 ask_at;
	u16 slot;
	u8 asks;
	u8 mode;
	bool permanent;
	bool learned;
};

/**
 * struct mgate_group - one group of one VLAN
 * @node: in the hash table of the ledger
 * @key: family, VLAN, group; source zero; constant
 * @due: the earliest deadline of its members
 * @members: struct mgate_member
 * @route: its (*,G) route, which lives exactly as long as the group
 * @tell_at: when the routers are to be told that there are members, ms, or
 *	MGATE_NEVER; `proxy full` only, as are the next
 * @tells: how often this change is still to be told
 * @told: they were told, or will be
 * @withheld: a leave was kept from them
 * @dead: out of the ledger; a walker that still holds it passes over it
 * @rcu: freed by RCU, for the walkers of the hash table
 *
 * Everything but @node and @key under the lock of the switch.
 */
struct mgate_group {
	struct rhash_head node;
	struct mgate_key key;
	struct mgate_due due;
	struct list_head members;
	struct mgate_route *route;
	u64 tell_at;
	u8 tells;
	bool told;
	bool withheld;
	bool dead;
	struct rcu_head rcu;
};

/**
 * struct mgate_ledger - who asked for what until when
 * @groups: struct mgate_group by key
 * @ngroups: how many
 */
struct mgate_ledger {
	struct rhashtable groups;
	u32 ngroups;
};

int mgate_ledger_setup(struct mgate_ledger *l);
void mgate_ledger_clear(struct mgate_ledger *l);
struct mgate_group *mgate_ledger_find(struct mgate_ledger *l, const struct mgate_key *key);
struct mgate_group *mgate_ledger_add(struct mgate_ledger *l, const struct mgate_key *key);
void mgate_ledger_del(struct mgate_ledger *l, struct mgate_group *g);
struct mgate_member *mgate_ledger_member(const struct mgate_group *g, u16 slot);
struct mgate_member *mgate_ledger_join(struct mgate_group *g, u16 slot);
void mgate_ledger_part(struct mgate_member *m);
struct mgate_source *mgate_ledger_source(const struct mgate_member *m,
					 const struct mgate_addr *src);
struct mgate_source *mgate_ledger_source_add(struct mgate_member *m,
					     const struct mgate_addr *src);
void mgate_ledger_source_del(struct mgate_source *s);
bool mgate_ledger_wants(const struct mgate_member *m, u64 now);
bool mgate_ledger_forwards(const struct mgate_member *m, const struct mgate_addr *src, u64 now);
u64 mgate_ledger_deadline(const struct mgate_group *g);
u8 mgate_ledger_version(const struct mgate_member *m, u64 now);

#endif
