/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_LEDGER_H
#define MGATE_LEDGER_H

#include <linux/list.h>
#include <linux/rbtree.h>

#include <mgate/addr.h>
#include <mgate/due.h>
#include <mgate/eht.h>
#include <mgate/map.h>

enum mgate_mode {
	MGATE_MODE_INCLUDE,	/* the sources listed */
	MGATE_MODE_EXCLUDE,	/* all but those listed as blocked */
};

/**
 * struct mgate_source - one source of a group on one port
 * @node: in the tree of the membership, by address
 * @route: its (S,G) route, which has the address; shared with other ports
 * @until: source timer, ms; 0: it does not run: EXCLUDE mode, blocked
 * @ask_at: when the next query about it is to be sent, ms
 * @stamp: the last record of the membership that named it
 * @asks: how many of those are still to be sent
 * @learned: hosts spoke of it
 * @permanent: set by the administrator: forwarded, whatever hosts say
 * @said: it was told that there is one
 * @said_blocked: as one that is not forwarded
 * @said_permanent: as one that the administrator set
 *
 * Plain memory under the lock of the switch.
 */
struct mgate_source {
	struct rb_node node;
	struct mgate_source_route *route;
	u64 until;
	u64 ask_at;
	u32 stamp;
	u8 asks;
	bool learned:1;
	bool permanent:1;
	bool said:1;
	bool said_blocked:1;
	bool said_permanent:1;
};

/**
 * struct mgate_member - one port's membership in one group
 * @node: in the list of the group
 * @port_node: in the list of the port
 * @group: the group
 * @sources: struct mgate_source, see RFC 9776 6.2.3
 * @hosts: struct mgate_eht_host: who is behind the membership
 * @until: group timer, ms; it runs in EXCLUDE mode only
 * @v1_until: a v1 host is taken to be present until then, ms
 * @v2_until: a v2 host is taken to be present until then, ms
 * @ask_at: when the next group-specific query is to be sent, ms
 * @stamp: counts records that name sources, or may take some back
 * @slot: the port
 * @nsources: how many of @sources were learned
 * @asks: how many of those are still to be sent
 * @mode: enum mgate_mode of what was learned
 * @permanent: set by the administrator: wants every source, never expires
 * @learned: hosts asked for it; else the administrator alone did
 * @crowded: more hosts or sources of them than are kept track of
 * @stirred: a source of it has come or changed since that was told
 * @said: it was told that there is one
 * @said_exclude: as one in EXCLUDE mode
 * @said_permanent: as one that the administrator set
 *
 * Plain memory under the lock of the switch; given back at once, as no reader sees
 * it and nothing is armed on it.
 */
struct mgate_member {
	struct list_head node;
	struct list_head port_node;
	struct mgate_group *group;
	struct rb_root sources;
	struct rb_root hosts;
	u64 until;
	u64 v1_until;
	u64 v2_until;
	u64 ask_at;
	u32 stamp;
	u16 slot;
	u16 nsources;
	u8 asks;
	u8 mode;
	bool permanent:1;
	bool learned:1;
	bool crowded:1;
	bool stirred:1;
	bool said:1;
	bool said_exclude:1;
	bool said_permanent:1;
};

/**
 * struct mgate_group - one group of one VLAN
 * @route: its key, and where its frames go: what readers see
 * @due: the earliest deadline of its members
 * @members: struct mgate_member
 * @first: the place of one of them, as most have no more; without a group: it is free
 * @host: the place of one of the hosts of @first, as most have no more
 * @housed: that one is taken
 * @worn: @first is somebody's, or was, and is not zeroed any more
 * @tell_at: when the routers are to be told that there are members, ms, or
 *	MGATE_NEVER; `proxy full` only, as are the next
 * @tells: how often this change is still to be told
 * @told_from: sources that were told already, where one report does not hold all
 * @told_sum: what they were told, in short
 * @told: they were told, or will be
 * @stale: what they were told may not be true any more
 * @asked: they have asked
 * @withheld: a leave was kept from them
 * @walked: the last walk that has seen it
 * @dead: out of the ledger; a walker that still holds it passes over it
 * @waiting: among the askers of the switch: it is to be asked about, and there was no room
 * @rcu: freed by RCU, for the readers of @route and the walkers of the hash table
 *
 * Everything but @route under the lock of the switch. What each report writes lies between
 * what is rarely written: the next object in memory begins with what readers see.
 */
struct mgate_group {
	struct mgate_route route;
	struct list_head members;
	struct mgate_member first;
	struct mgate_eht_host host;
	struct mgate_due due;
	u64 tell_at;
	u32 told_sum;
	u32 walked;
	u16 told_from;
	u8 tells;
	bool told:1;
	bool stale:1;
	bool asked:1;
	bool withheld:1;
	bool worn:1;
	bool housed:1;
	bool dead;
	union {
		struct list_head waiting;
		struct rcu_head rcu;
	};
};

/**
 * struct mgate_ledger - who asked for what until when
 * @map: where the groups are found, by their routes
 * @ngroups: how many
 */
struct mgate_ledger {
	struct mgate_map *map;
	u32 ngroups;
};

struct mgate_group *mgate_ledger_find(struct mgate_ledger *l, const struct mgate_key *key);
struct mgate_group *mgate_ledger_add(struct mgate_ledger *l, const struct mgate_key *key,
				     u16 slot);
void mgate_ledger_del(struct mgate_ledger *l, struct mgate_group *g);
struct mgate_member *mgate_ledger_join(struct mgate_group *g, u16 slot);
void mgate_ledger_part(struct mgate_member *m);
u64 mgate_ledger_deadline(const struct mgate_group *g);
u8 mgate_ledger_version(const struct mgate_member *m, u64 now);

/**
 * mgate_ledger_wants() - does a member get sources that it has no record of
 * @m: the membership
 *
 * RFC 9776 6.3: in EXCLUDE mode, as long as the group timer runs: the mode ends
 * with it.
 */
static inline bool mgate_ledger_wants(const struct mgate_member *m)
{
	return m->permanent || m->mode == MGATE_MODE_EXCLUDE;
}

/**
 * mgate_ledger_hear_older() - a host wants something, in the words of some version
 * @m: the membership
 * @version: that: 1, 2 or 3
 * @until: older hosts are there until then, ms
 *
 * RFC 9776 7.3.2.
 */
static inline void mgate_ledger_hear_older(struct mgate_member *m, u8 version, u64 until)
{
	if (version == 1)
		m->v1_until = until;
	else if (version == 2)
		m->v2_until = until;
}

/**
 * mgate_ledger_group() - the group of a route
 * @route: the route, or NULL
 *
 * Return: NULL for NULL.
 */
static inline struct mgate_group *mgate_ledger_group(struct mgate_route *route)
{
	return route ? container_of(route, struct mgate_group, route) : NULL;
}

/**
 * mgate_ledger_first_source() - that with the lowest address
 * @m: the membership
 *
 * Return: NULL if it has none, as most, for which rb_first() need not be called.
 */
static inline struct mgate_source *mgate_ledger_first_source(const struct mgate_member *m)
{
	if (RB_EMPTY_ROOT(&m->sources))
		return NULL;
	return rb_entry(rb_first(&m->sources), struct mgate_source, node);
}

/* Go through the sources of a membership, by address. */
#define mgate_ledger_for_each_source(s, m) \
	for ((s) = mgate_ledger_first_source(m); (s); \
	     (s) = rb_entry_safe(rb_next(&(s)->node), struct mgate_source, node))

/* The same; each may be deleted meanwhile. */
#define mgate_ledger_for_each_source_safe(s, next, m) \
	for ((s) = mgate_ledger_first_source(m); \
	     (s) && ((next) = rb_entry_safe(rb_next(&(s)->node), struct mgate_source, node), 1); \
	     (s) = (next))

/**
 * mgate_ledger_member() - the membership of a port
 * @g: the group
 * @slot: the port
 *
 * Return: NULL if the port is not a member.
 */
static inline struct mgate_member *mgate_ledger_member(const struct mgate_group *g, u16 slot)
{
	struct mgate_member *m;

	list_for_each_entry(m, &g->members, node)
		if (m->slot == slot)
			return m;
	return NULL;
}

#endif
