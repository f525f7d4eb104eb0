/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_MAP_H
#define MGATE_MAP_H

#include <linux/bitmap.h>
#include <linux/rhashtable-types.h>

#include <mgate/addr.h>

/* Slots in a route's own cache line; a bridge with more ports adds the rest. */
#define MGATE_MAP_NEAR BITS_PER_LONG
#define MGATE_MAP_FAR (MGATE_SLOTS - MGATE_MAP_NEAR)
#define MGATE_WORDS BITS_TO_LONGS(MGATE_SLOTS)

/** struct mgate_ports - the slots of a route beyond the first MGATE_MAP_NEAR */
struct mgate_ports {
	DECLARE_BITMAP(bits, MGATE_MAP_FAR);
};

/**
 * struct mgate_route - where frames of one key go
 * @node: in the hash table of the map
 * @key: which frames; constant
 * @near: bits of the first slots; flipped in place, so that a reader sees each
 *	port either as before or as after a change, never a third thing
 * @far: the other slots, or NULL as long as none was needed; set once
 * @sources: (*,G): how many (S,G) routes the group has
 * @fill: its group came while the table was full for the n-th time, so that
 *	somebody may have been refused it: it floods as long; 0 = it did not
 * @siblings: (*,G): list of its (S,G) routes; (S,G): entry in that list; under
 *	the lock of the switch
 * @stale: a redraw has not yet found a reason for it; under that lock
 * @rcu: freed by RCU, since readers use it without a lock
 *
 * The only object of the tables that a packet ever sees.
 */
struct mgate_route {
	struct rhash_head node;
	struct mgate_key key;
	unsigned long near;
	struct mgate_ports *far;
	u32 sources;
	u32 fill;
	bool stale;
	struct list_head siblings;
	struct rcu_head rcu;
};

/** struct mgate_map - what the packet path reads: key to ports, under RCU */
struct mgate_map {
	struct rhashtable routes;
};

struct mgate_group;

int mgate_map_setup(struct mgate_map *map);
void mgate_map_clear(struct mgate_map *map);
struct mgate_route *mgate_map_add(struct mgate_map *map, const struct mgate_key *key, u16 slot);
void mgate_map_del(struct mgate_map *map, struct mgate_route *route);
bool mgate_map_reserve(struct mgate_route *route, u16 slot);
void mgate_map_draw(struct mgate_map *map, struct mgate_group *group, u64 now);
const struct mgate_route *mgate_map_find_rcu(struct mgate_map *map,
					     const struct mgate_key *key);
bool mgate_map_leads_beside(const struct mgate_route *route, u16 slot);
bool mgate_map_test(const struct mgate_route *route, u16 slot);

/**
 * mgate_map_copy() - the slots of a route as a bitmap
 * @route: the route
 * @bits: at least @words words, all of which are written
 * @words: how many
 *
 * RCU read side, or lock of the switch held.
 */
static inline void mgate_map_copy(const struct mgate_route *route, unsigned long *bits,
				  unsigned int words)
{
	/* Pairs with the release in mgate_map_reserve(). */
	const struct mgate_ports *far = smp_load_acquire(&route->far);
	unsigned int i;

	bits[0] = READ_ONCE(route->near);
	/* A call of memcpy() costs more than all there is to copy. */
	for (i = 1; i < words; i++)
		WRITE_ONCE(bits[i], far ? READ_ONCE(far->bits[i - 1]) : 0);
}

#endif
