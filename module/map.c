// SPDX-License-Identifier: GPL-2.0-only
/*
 * The map: key to ports, for readers under RCU.
 *
 * A group has one (*,G) route as long as it lives, and one (S,G) route for each
 * source that some membership has a record of. What they say is what RFC 9776
 * 6.3 says of each port; source.c sees to that.
 */
#include <mgate/hash.h>
#include <mgate/map.h>
#include <mgate/memory.h>

static __always_inline int route_differs(struct rhashtable_compare_arg *arg, const void *route)
{
	return mgate_hash_differs(arg, &((const struct mgate_route *)route)->key);
}

static const struct rhashtable_params route_params = {
	.head_offset = offsetof(struct mgate_route, node),
	.key_offset = offsetof(struct mgate_route, key),
	.key_len = sizeof(struct mgate_key),
	.hashfn = mgate_hash_group,
	.obj_cmpfn = route_differs,
	.min_size = MGATE_HASH_LEAST,
	.automatic_shrinking = true,
};

static u32 hash_branch(const void *data, u32 len, u32 seed)
{
	const struct mgate_branch *key = data;
	u64 route = (uintptr_t)key->route;

	seed = jhash_2words((u32)route, (u32)(route >> 32), seed);
	return jhash2(key->src.words, ARRAY_SIZE(key->src.words), seed);
}

static int branch_differs(struct rhashtable_compare_arg *arg, const void *source)
{
	const struct mgate_branch *key = &((const struct mgate_source_route *)source)->key;
	const struct mgate_branch *want = arg->key;

	return key->route != want->route || !mgate_addr_equal(&key->src, &want->src);
}

static const struct rhashtable_params source_params = {
	.head_offset = offsetof(struct mgate_source_route, node),
	.key_offset = offsetof(struct mgate_source_route, key),
	.key_len = sizeof(struct mgate_branch),
	.hashfn = hash_branch,
	.obj_cmpfn = branch_differs,
	.automatic_shrinking = true,
};

/**
 * mgate_map_setup() - an empty map
 * @map: the map
 *
 * May sleep. Return: 0 or -ENOMEM.
 */
int mgate_map_setup(struct mgate_map *map)
{
	int err = rhashtable_init(&map->groups, &route_params);

	if (err)
		return err;
	err = rhashtable_init(&map->sources, &source_params);
	if (err)
		rhashtable_destroy(&map->groups);
	return err;
}

/**
 * mgate_map_clear() - give back what an empty map holds
 * @map: the map; its routes were deleted before
 *
 * May sleep.
 */
void mgate_map_clear(struct mgate_map *map)
{
	rhashtable_destroy(&map->sources);
	rhashtable_destroy(&map->groups);
}

static void free_source_route(struct rcu_head *rcu)
{
	struct mgate_source_route *source = container_of(rcu, struct mgate_source_route, rcu);

	mgate_memory_free(MGATE_OBJECT_PORTS, source->ways.far);
	mgate_memory_free(MGATE_OBJECT_SOURCE_ROUTE, source);
}

static bool reserve_ways(struct mgate_ways *ways)
{
	struct mgate_ports *far;

	if (ways->far)
		return true;
	far = mgate_memory_new(MGATE_OBJECT_PORTS);
	if (!far)
		return false;
	/* Pairs with the acquire of the readers: it is zeroed. */
	smp_store_release(&ways->far, far);
	return true;
}

/**
 * mgate_map_reserve() - make room for a slot in all routes of a group
 * @route: of the group
 * @slot: the slot
 *
 * Lock of the switch held; never sleeps.
 *
 * Return: false if there is no memory for it.
 */
bool mgate_map_reserve(struct mgate_route *route, u16 slot)
{
	struct mgate_source_route *source;

	if (slot < MGATE_MAP_NEAR || route->ways.far)
		return true;
	list_for_each_entry(source, &route->sources, sibling)
		if (!reserve_ways(&source->ways))
			return false;
	/* Last: where this has room, so have all. */
	return reserve_ways(&route->ways);
}

/* After what it counts, so that who reads the old count may have seen the old ways. */
static void changed(struct mgate_route *route)
{
	/* Pairs with the acquire in mgate_map_changes(). */
	smp_store_release(route->changes, *route->changes + 1);
}

/**
 * mgate_map_set() - does a route lead to a slot
 * @route: of the group
 * @ways: its own, or of a source of the group
 * @slot: a slot that there is room for, unless @on is false
 * @on: it does
 *
 * Lock of the switch held.
 */
void mgate_map_set(struct mgate_route *route, struct mgate_ways *ways, u16 slot, bool on)
{
	unsigned long *bits = &ways->near;

	if (slot >= MGATE_MAP_NEAR) {
		if (!ways->far)
			return;
		bits = ways->far->bits;
		slot -= MGATE_MAP_NEAR;
	}
	if (test_bit(slot, bits) == on)
		return;
	assign_bit(slot, bits, on);
	changed(route);
}

/**
 * mgate_map_filled() - a group came while the table was full
 * @route: of the group
 * @fill: see struct mgate_route
 *
 * Lock of the switch held.
 */
void mgate_map_filled(struct mgate_route *route, u32 fill)
{
	WRITE_ONCE(route->fill, fill);
	changed(route);
}

/**
 * mgate_map_add() - make a route to the first member of a group
 * @map: the map
 * @route: zeroed; part of the group
 * @key: not in the map yet
 * @slot: the member
 *
 * It leads there from the first moment that a reader finds it: until then the
 * group was an unknown one, and its frames may have been flooded.
 * Lock of the switch held; never sleeps.
 *
 * Return: false if there is no memory: mgate_map_put() then.
 */
bool mgate_map_add(struct mgate_map *map, struct mgate_route *route, const struct mgate_key *key,
		   u16 slot)
{
	route->key = *key;
	route->changes = &map->changes[mgate_map_place(&key->grp)];
	INIT_LIST_HEAD(&route->sources);
	if (!mgate_map_reserve(route, slot))
		return false;
	mgate_map_set(route, &route->ways, slot, true);
	if (rhashtable_insert_fast(&map->groups, &route->node, route_params))
		return false;
	changed(route);
	return true;
}

/**
 * mgate_map_del() - take a group's route out
 * @map: the map
 * @route: a route without routes of sources
 *
 * Lock of the switch held. Readers may use the route until a grace period has
 * passed: mgate_map_put() then.
 */
void mgate_map_del(struct mgate_map *map, struct mgate_route *route)
{
	rhashtable_remove_fast(&map->groups, &route->node, route_params);
	changed(route);
}

/**
 * mgate_map_put() - give back what a route holds
 * @route: not in the map, and used by nobody
 *
 * Any context.
 */
void mgate_map_put(struct mgate_route *route)
{
	mgate_memory_free(MGATE_OBJECT_PORTS, route->ways.far);
}

/**
 * mgate_map_find() - the route of a group
 * @map: the map
 * @key: its source does not count
 *
 * Lock of the switch held. Return: NULL for a group that nobody asked for.
 */
struct mgate_route *mgate_map_find(struct mgate_map *map, const struct mgate_key *key)
{
	return rhashtable_lookup_fast(&map->groups, key, route_params);
}

/* Where no membership knows the source, its frames went as (*,G) says. */
static struct mgate_source_route *new_source_route(struct mgate_route *route,
						   const struct mgate_addr *src)
{
	struct mgate_source_route *source = mgate_memory_new(MGATE_OBJECT_SOURCE_ROUTE);

	if (!source)
		return NULL;
	source->key.route = route;
	source->key.src = *src;
	source->ways.near = route->ways.near;
	if (route->ways.far) {
		if (!reserve_ways(&source->ways)) {
			free_source_route(&source->rcu);
			return NULL;
		}
		*source->ways.far = *route->ways.far;
	}
	return source;
}

/**
 * mgate_map_get_source() - a membership has a record of a source from now on
 * @map: the map
 * @route: of the group
 * @src: the source
 * @slot: the port of the membership, for which the group's routes have room
 * @on: the port gets the source
 *
 * A new route says so before readers can find it.
 * Lock of the switch held; never sleeps.
 *
 * Return: NULL if there is no memory.
 */
struct mgate_source_route *mgate_map_get_source(struct mgate_map *map, struct mgate_route *route,
						const struct mgate_addr *src, u16 slot, bool on)
{
	const struct mgate_branch key = { .route = route, .src = *src };
	struct mgate_source_route *source;

	source = rhashtable_lookup_fast(&map->sources, &key, source_params);
	if (source) {
		source->refs++;
		mgate_map_set(route, &source->ways, slot, on);
		return source;
	}
	source = new_source_route(route, src);
	if (!source)
		return NULL;
	mgate_map_set(route, &source->ways, slot, on);
	source->refs = 1;
	if (rhashtable_insert_fast(&map->sources, &source->node, source_params)) {
		free_source_route(&source->rcu);
		return NULL;
	}
	list_add_tail(&source->sibling, &route->sources);
	WRITE_ONCE(route->nsources, route->nsources + 1);
	WRITE_ONCE(route->published, route->published + 1);
	/* Whoever sees what is changed from here on sees the route, or looks again:
	 * mgate_map_read_rcu().
	 */
	smp_wmb();
	changed(route);
	return source;
}

/**
 * mgate_map_put_source() - a membership has no record of a source any more
 * @map: the map
 * @route: of the group
 * @source: of the source; it says of that port what @route does
 *
 * Lock of the switch held. Readers may use the route until a grace period has
 * passed.
 */
void mgate_map_put_source(struct mgate_map *map, struct mgate_route *route,
			  struct mgate_source_route *source)
{
	if (--source->refs)
		return;
	WRITE_ONCE(route->nsources, route->nsources - 1);
	list_del(&source->sibling);
	rhashtable_remove_fast(&map->sources, &source->node, source_params);
	changed(route);
	call_rcu(&source->rcu, free_source_route);
}

/**
 * mgate_map_find_rcu() - the route of a group
 * @map: the map
 * @key: its source does not count
 *
 * RCU read side; no lock.
 *
 * Return: NULL for a group that nobody asked for.
 */
const struct mgate_route *mgate_map_find_rcu(struct mgate_map *map,
					     const struct mgate_key *key)
{
	return rhashtable_lookup(&map->groups, key, route_params);
}

/**
 * mgate_map_ways_rcu() - where frames of a source go
 * @map: the map
 * @route: of their group
 * @src: the source
 *
 * RCU read side; no lock. RFC 9776 6.3: (S,G) rules, else (*,G).
 */
const struct mgate_ways *mgate_map_ways_rcu(struct mgate_map *map,
					    const struct mgate_route *route,
					    const struct mgate_addr *src)
{
	const struct mgate_source_route *source;
	struct mgate_branch key;

	key.route = route;
	key.src = *src;
	source = rhashtable_lookup(&map->sources, &key, source_params);
	return source ? &source->ways : &route->ways;
}

/**
 * mgate_map_test() - does a route lead to a slot
 * @ways: of the route
 * @slot: the slot
 *
 * RCU read side, or lock of the switch held.
 */
bool mgate_map_test(const struct mgate_ways *ways, u16 slot)
{
	/* Pairs with the release in reserve_ways(). */
	const struct mgate_ports *far = smp_load_acquire(&ways->far);

	if (slot < MGATE_MAP_NEAR)
		return test_bit(slot, &ways->near);
	return far && test_bit(slot - MGATE_MAP_NEAR, far->bits);
}

/**
 * mgate_map_sole() - the only slot that a route leads to
 * @ways: of the route
 *
 * RCU read side, or lock of the switch held. Return: MGATE_SLOT_NONE if there is none, or more.
 */
u16 mgate_map_sole(const struct mgate_ways *ways)
{
	/* Pairs with the release in reserve_ways(). */
	const struct mgate_ports *far = smp_load_acquire(&ways->far);
	unsigned long near = READ_ONCE(ways->near);
	unsigned int slot = near ? __ffs(near) : MGATE_MAP_NEAR;

	if (!near && far)
		slot += find_first_bit(far->bits, MGATE_MAP_FAR);
	if (slot >= MGATE_MAP_NEAR + MGATE_MAP_FAR || (!near && !far))
		return MGATE_SLOT_NONE;
	return mgate_map_leads_beside(ways, (u16)slot) ? MGATE_SLOT_NONE : (u16)slot;
}

/**
 * mgate_map_leads_beside() - does a route lead to any other slot
 * @ways: of the route
 * @slot: the one that does not count
 *
 * RCU read side, or lock of the switch held.
 */
bool mgate_map_leads_beside(const struct mgate_ways *ways, u16 slot)
{
	/* Pairs with the release in reserve_ways(). */
	const struct mgate_ports *far = smp_load_acquire(&ways->far);
	unsigned long near = READ_ONCE(ways->near);
	unsigned int first;

	if (slot < MGATE_MAP_NEAR)
		near &= ~BIT(slot);
	if (near || !far)
		return near;
	first = find_first_bit(far->bits, MGATE_MAP_FAR);
	if (first + MGATE_MAP_NEAR == slot)
		first = find_next_bit(far->bits, MGATE_MAP_FAR, first + 1);
	return first < MGATE_MAP_FAR;
}
