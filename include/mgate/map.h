/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_MAP_H
#define MGATE_MAP_H

#include <linux/bitmap.h>
#include <linux/hash.h>
#include <linux/rhashtable-types.h>

#include <mgate/addr.h>

/* Slots in a route's own cache line; a bridge with more ports adds the rest. */
#define MGATE_MAP_NEAR BITS_PER_LONG
#define MGATE_MAP_FAR (MGATE_SLOTS - MGATE_MAP_NEAR)
#define MGATE_WORDS BITS_TO_LONGS(MGATE_SLOTS)

/* Counts of changes: groups share them, so that one of them may be told in vain. */
#define MGATE_MAP_CHANGES_BITS 10

/** struct mgate_ports - the slots of a route beyond the first MGATE_MAP_NEAR */
struct mgate_ports {
	DECLARE_BITMAP(bits, MGATE_MAP_FAR);
};

/**
 * struct mgate_ways - the slots that frames of one route leave by
 * @near: bits of the first slots; flipped in place, so that a reader sees each
 *	port either as before or as after a change, never a third thing
 * @far: the other slots, or NULL as long as none was needed; set once
 */
struct mgate_ways {
	unsigned long near;
	struct mgate_ports *far;
};

/**
 * struct mgate_route - where frames of a group go
 * @node: in the hash table of groups
 * @key: which frames: family, VLAN, group; source zero; constant
 * @ways: where those of a source go that has no route of its own: (*,G)
 * @nsources: how many have one
 * @published: how often a source got one
 * @fill: its group came while the table was full for the n-th time, so that
 *	somebody may have been refused it: it floods as long; 0 = it did not
 * @changes: of its group, in the map
 * @sources: struct mgate_source_route; under the lock of the switch
 *
 * With struct mgate_source_route all of the tables that a packet ever sees. It is the
 * beginning of struct mgate_group, which is freed by RCU, since readers use it without a
 * lock.
 */
struct mgate_route {
	struct rhash_head node;
	struct mgate_key key;
	struct mgate_ways ways;
	u32 nsources;
	u32 published;
	u32 fill;
	u32 *changes;
	struct list_head sources;
};

/**
 * struct mgate_branch - the key of a source's route
 * @route: of the group
 * @src: the source
 */
struct mgate_branch {
	const struct mgate_route *route;
	struct mgate_addr src;
};

/**
 * struct mgate_source_route - where frames of one source of a group go: (S,G)
 * @node: in the hash table of sources
 * @key: which frames; constant
 * @ways: where they go
 * @sibling: in the list of the group's route; under the lock of the switch
 * @rcu: freed by RCU; not in the list any more
 * @refs: how many memberships have a record of the source; under that lock
 * @stamp: when it was last seen by a walk over a membership; under that lock
 */
struct mgate_source_route {
	struct rhash_head node;
	struct mgate_branch key;
	struct mgate_ways ways;
	union {
		struct list_head sibling;
		struct rcu_head rcu;
	};
	u32 refs;
	u32 stamp;
};

/**
 * struct mgate_map - what the packet path reads, under RCU
 * @groups: struct mgate_route by key
 * @sources: struct mgate_source_route by key
 * @news: who is to hear of sources that go, or NULL
 * @changes: how often a frame of a group has got other ways, by a hash of the group;
 *	written under the lock of the switch, read without
 */
struct mgate_map {
	struct rhashtable groups;
	struct rhashtable sources;
	struct mgate_news *news;
	u32 changes[1 << MGATE_MAP_CHANGES_BITS];
};

int mgate_map_setup(struct mgate_map *map);
void mgate_map_clear(struct mgate_map *map);
bool mgate_map_add(struct mgate_map *map, struct mgate_route *route, const struct mgate_key *key,
		   u16 slot);
void mgate_map_del(struct mgate_map *map, struct mgate_route *route);
void mgate_map_put(struct mgate_route *route);
struct mgate_route *mgate_map_find(struct mgate_map *map, const struct mgate_key *key);
bool mgate_map_reserve(struct mgate_route *route, u16 slot);
void mgate_map_set(struct mgate_route *route, struct mgate_ways *ways, u16 slot, bool on);
void mgate_map_filled(struct mgate_route *route, u32 fill);
struct mgate_source_route *mgate_map_get_source(struct mgate_map *map, struct mgate_route *route,
						const struct mgate_addr *src, u16 slot, bool on);
void mgate_map_put_source(struct mgate_map *map, struct mgate_route *route,
			  struct mgate_source_route *source);
const struct mgate_route *mgate_map_find_rcu(struct mgate_map *map,
					     const struct mgate_key *key);
const struct mgate_ways *mgate_map_ways_rcu(struct mgate_map *map,
					    const struct mgate_route *route,
					    const struct mgate_addr *src);
bool mgate_map_leads_beside(const struct mgate_ways *ways, u16 slot);
u16 mgate_map_sole(const struct mgate_ways *ways);
bool mgate_map_test(const struct mgate_ways *ways, u16 slot);

/**
 * mgate_map_place() - where the changes of a group are counted
 * @grp: the group
 */
static inline u32 mgate_map_place(const struct mgate_addr *grp)
{
	return hash_32(grp->words[0] ^ grp->words[3], MGATE_MAP_CHANGES_BITS);
}

/**
 * mgate_map_changes() - how often a frame of a group has got other ways
 * @map: the map
 * @grp: the group
 *
 * Any context. Whoever reads the routes after this sees all that was counted.
 */
static inline u32 mgate_map_changes(const struct mgate_map *map, const struct mgate_addr *grp)
{
	/* Pairs with the release in map.c. */
	return smp_load_acquire(&map->changes[mgate_map_place(grp)]);
}

/**
 * mgate_map_copy() - the slots of a route as a bitmap
 * @ways: of the route
 * @bits: at least @words words, all of which are written
 * @words: how many
 *
 * RCU read side, or lock of the switch held.
 */
static inline void mgate_map_copy(const struct mgate_ways *ways, unsigned long *bits,
				  unsigned int words)
{
	/* Pairs with the release in reserve_ways(). */
	const struct mgate_ports *far = smp_load_acquire(&ways->far);
	unsigned int i;

	bits[0] = READ_ONCE(ways->near);
	/* A call of memcpy() costs more than all there is to copy. */
	for (i = 1; i < words; i++)
		WRITE_ONCE(bits[i], far ? READ_ONCE(far->bits[i - 1]) : 0);
}

/**
 * mgate_map_read_rcu() - the slots that frames of a source leave by, as a bitmap
 * @map: the map
 * @route: of their group
 * @src: the source
 * @bits: at least @words words, all of which are written
 * @words: how many
 *
 * RCU read side; no lock. RFC 9776 6.3: (S,G) rules, else (*,G). Whoever looked
 * before the source got its route, and at (*,G) when that led elsewhere already,
 * looks again: else it would take part of the old answer and part of the new.
 */
static inline void mgate_map_read_rcu(struct mgate_map *map, const struct mgate_route *route,
				      const struct mgate_addr *src, unsigned long *bits,
				      unsigned int words)
{
	const struct mgate_ways *ways;
	u32 published;

	do {
		published = READ_ONCE(route->published);
		/* Pairs with the write barrier in mgate_map_get_source(). */
		smp_rmb();
		ways = &route->ways;
		if (unlikely(READ_ONCE(route->nsources)))
			ways = mgate_map_ways_rcu(map, route, src);
		mgate_map_copy(ways, bits, words);
		/* Pairs with the same. */
		smp_rmb();
	} while (unlikely(READ_ONCE(route->published) != published) && ways == &route->ways);
}

#endif
