// SPDX-License-Identifier: GPL-2.0-only
/*
 * The map: key to ports, drawn from the ledger for readers under RCU.
 *
 * Invariant: for each group of the ledger the map says for every slot and
 * source what RFC 9776 6.3 says. A group has one (*,G) route as long as it
 * lives, and one (S,G) route for each source that some member has a record of.
 */
#include <mgate/hash.h>
#include <mgate/ledger.h>
#include <mgate/map.h>
#include <mgate/memory.h>

static int route_differs(struct rhashtable_compare_arg *arg, const void *route)
{
	return mgate_hash_differs(arg, &((const struct mgate_route *)route)->key);
}

static const struct rhashtable_params route_params = {
	.head_offset = offsetof(struct mgate_route, node),
	.key_offset = offsetof(struct mgate_route, key),
	.key_len = sizeof(struct mgate_key),
	.hashfn = mgate_hash_key,
	.obj_cmpfn = route_differs,
	.automatic_shrinking = true,
};

/* The (*,G) route of a key with a source. */
static u32 hash_any(const void *data, u32 len, u32 seed)
{
	return mgate_hash_group(data, seed);
}

static int route_differs_any(struct rhashtable_compare_arg *arg, const void *route)
{
	const struct mgate_key *key = &((const struct mgate_route *)route)->key;

	return !mgate_addr_same_group(arg->key, key) || !mgate_addr_is_zero(&key->src);
}

static const struct rhashtable_params any_params = {
	.head_offset = offsetof(struct mgate_route, node),
	.key_offset = offsetof(struct mgate_route, key),
	.key_len = sizeof(struct mgate_key),
	.hashfn = hash_any,
	.obj_cmpfn = route_differs_any,
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
	return rhashtable_init(&map->routes, &route_params);
}

/**
 * mgate_map_clear() - give back what an empty map holds
 * @map: the map; its routes were deleted before
 *
 * May sleep.
 */
void mgate_map_clear(struct mgate_map *map)
{
	rhashtable_destroy(&map->routes);
}

static void free_route(struct rcu_head *rcu)
{
	struct mgate_route *route = container_of(rcu, struct mgate_route, rcu);

	mgate_memory_free(MGATE_OBJECT_PORTS, route->far);
	mgate_memory_free(MGATE_OBJECT_ROUTE, route);
}

static struct mgate_route *new_route(const struct mgate_key *key)
{
	struct mgate_route *route = mgate_memory_new(MGATE_OBJECT_ROUTE);

	if (!route)
		return NULL;
	route->key = *key;
	INIT_LIST_HEAD(&route->siblings);
	return route;
}

/* Return: false if there is no memory; the route is gone then. */
static bool publish(struct mgate_map *map, struct mgate_route *route)
{
	if (!rhashtable_insert_fast(&map->routes, &route->node, route_params))
		return true;
	free_route(&route->rcu);
	return false;
}

static void del_source_route(struct mgate_map *map, struct mgate_route *any,
			     struct mgate_route *route)
{
	list_del_init(&route->siblings);
	WRITE_ONCE(any->sources, any->sources - 1);
	rhashtable_remove_fast(&map->routes, &route->node, route_params);
	call_rcu(&route->rcu, free_route);
}

/**
 * mgate_map_del() - take a group's routes out
 * @map: the map
 * @route: its (*,G) route
 *
 * Lock of the switch held. Readers may use the routes until a grace period
 * has passed.
 */
void mgate_map_del(struct mgate_map *map, struct mgate_route *route)
{
	struct mgate_route *s, *next;

	list_for_each_entry_safe(s, next, &route->siblings, siblings)
		del_source_route(map, route, s);
	rhashtable_remove_fast(&map->routes, &route->node, route_params);
	call_rcu(&route->rcu, free_route);
}

/**
 * mgate_map_reserve() - make room for a slot in a route
 * @route: the route
 * @slot: the slot
 *
 * Lock of the switch held; never sleeps.
 *
 * Return: false if there is no memory for it.
 */
bool mgate_map_reserve(struct mgate_route *route, u16 slot)
{
	struct mgate_ports *far;

	if (slot < MGATE_MAP_NEAR || route->far)
		return true;
	far = mgate_memory_new(MGATE_OBJECT_PORTS);
	if (!far)
		return false;
	/* Pairs with the acquire of the readers: it is zeroed. */
	smp_store_release(&route->far, far);
	return true;
}

/* Return: false if there is no memory to say it. */
static bool set_port(struct mgate_route *route, u16 slot, bool on)
{
	unsigned long *bits = &route->near;

	if (slot >= MGATE_MAP_NEAR) {
		if (!on && !route->far)
			return true;
		if (!mgate_map_reserve(route, slot))
			return false;
		bits = route->far->bits;
		slot -= MGATE_MAP_NEAR;
	}
	if (test_bit(slot, bits) != on)
		assign_bit(slot, bits, on);
	return true;
}

/**
 * mgate_map_add() - make a route to the first member of a group
 * @map: the map
 * @key: not in the map yet
 * @slot: the member
 *
 * It leads there from the first moment that a reader finds it: until then the
 * group was an unknown one, and its frames may have been flooded.
 * Lock of the switch held; never sleeps.
 *
 * Return: NULL if there is no memory.
 */
struct mgate_route *mgate_map_add(struct mgate_map *map, const struct mgate_key *key, u16 slot)
{
	struct mgate_route *route = new_route(key);

	if (!route)
		return NULL;
	if (!set_port(route, slot, true)) {
		free_route(&route->rcu);
		return NULL;
	}
	return publish(map, route) ? route : NULL;
}

/* Slots that left the group are not in its list of members any more. */
static void clear_others(struct mgate_route *route, const struct mgate_group *group)
{
	DECLARE_BITMAP(had, MGATE_SLOTS);
	const struct mgate_member *m;
	unsigned int slot;

	bitmap_zero(had, MGATE_SLOTS);
	mgate_map_copy(route, had, MGATE_WORDS);
	list_for_each_entry(m, &group->members, node)
		__clear_bit(m->slot, had);
	for_each_set_bit(slot, had, MGATE_SLOTS)
		set_port(route, (u16)slot, false);
}

static struct mgate_route *find_source(struct mgate_map *map, const struct mgate_group *group,
				       const struct mgate_addr *src)
{
	struct mgate_key key = group->key;

	key.src = *src;
	return rhashtable_lookup_fast(&map->routes, &key, route_params);
}

/* Return: false if there is no memory for all of it. */
static bool fill_source(struct mgate_route *route, const struct mgate_group *group, u64 now)
{
	const struct mgate_member *m;
	bool whole = true;

	list_for_each_entry(m, &group->members, node)
		whole &= set_port(route, m->slot,
				  mgate_ledger_forwards(m, &route->key.src, now));
	clear_others(route, group);
	return whole;
}

/* A new route is filled in before readers can find it. */
static bool draw_source(struct mgate_map *map, struct mgate_group *group,
			const struct mgate_addr *src, u64 now)
{
	struct mgate_route *route = find_source(map, group, src);
	struct mgate_key key = group->key;

	if (route) {
		if (route->stale)
			route->stale = !fill_source(route, group, now);
		return !route->stale;
	}
	key.src = *src;
	route = new_route(&key);
	if (!route)
		return false;
	route->fill = group->route->fill;
	if (!fill_source(route, group, now)) {
		free_route(&route->rcu);
		return false;
	}
	if (!publish(map, route))
		return false;
	list_add_tail(&route->siblings, &group->route->siblings);
	/* Pairs with the READ_ONCE() of a reader, who may find the route a
	 * little earlier or later; both are right.
	 */
	WRITE_ONCE(group->route->sources, group->route->sources + 1);
	return true;
}

/* Return: false if some source has no route; (*,G) has to serve it. */
static bool draw_sources(struct mgate_map *map, struct mgate_group *group, u64 now)
{
	const struct mgate_member *m;
	const struct mgate_source *s;
	struct mgate_route *route;
	bool whole = true;

	list_for_each_entry(route, &group->route->siblings, siblings)
		route->stale = true;
	list_for_each_entry(m, &group->members, node)
		list_for_each_entry(s, &m->sources, node)
			whole &= draw_source(map, group, &s->addr, now);
	return whole;
}

static void del_stale(struct mgate_map *map, struct mgate_route *any)
{
	struct mgate_route *route, *next;

	list_for_each_entry_safe(route, next, &any->siblings, siblings)
		if (route->stale)
			del_source_route(map, any, route);
}

/* Does a member want a source that there was no memory to make a route for. */
static bool wants_unrouted(struct mgate_map *map, const struct mgate_group *group,
			   const struct mgate_member *m, u64 now)
{
	const struct mgate_route *route;
	const struct mgate_source *s;

	list_for_each_entry(s, &m->sources, node) {
		route = find_source(map, group, &s->addr);
		if ((!route || route->stale) && mgate_ledger_forwards(m, &s->addr, now))
			return true;
	}
	return false;
}

/**
 * mgate_map_draw() - draw a group's routes anew after any change of it
 * @map: the map
 * @group: a group with members
 * @now: ms
 *
 * Lock of the switch held. A source that there is no memory for, to say all of
 * its ports, has no route; (*,G) leads to the ports that want it.
 */
void mgate_map_draw(struct mgate_map *map, struct mgate_group *group, u64 now)
{
	const struct mgate_member *m;
	bool whole = draw_sources(map, group, now);

	list_for_each_entry(m, &group->members, node)
		set_port(group->route, m->slot, mgate_ledger_wants(m, now) ||
			 (!whole && wants_unrouted(map, group, m, now)));
	clear_others(group->route, group);
	del_stale(map, group->route);
}

/**
 * mgate_map_find_rcu() - the route of a frame
 * @map: the map
 * @key: with the frame's source
 *
 * RCU read side; no lock. RFC 9776 6.3: (S,G) rules, else (*,G).
 *
 * Return: NULL for a group that nobody asked for.
 */
const struct mgate_route *mgate_map_find_rcu(struct mgate_map *map,
					     const struct mgate_key *key)
{
	const struct mgate_route *route, *exact;

	route = rhashtable_lookup(&map->routes, key, any_params);
	if (!route || likely(!READ_ONCE(route->sources)))
		return route;
	exact = rhashtable_lookup(&map->routes, key, route_params);
	return exact ?: route;
}

/**
 * mgate_map_test() - does a route lead to a slot
 * @route: the route
 * @slot: the slot
 *
 * RCU read side, or lock of the switch held.
 */
bool mgate_map_test(const struct mgate_route *route, u16 slot)
{
	/* Pairs with the release in mgate_map_reserve(). */
	const struct mgate_ports *far = smp_load_acquire(&route->far);

	if (slot < MGATE_MAP_NEAR)
		return test_bit(slot, &route->near);
	return far && test_bit(slot - MGATE_MAP_NEAR, far->bits);
}

/**
 * mgate_map_leads_beside() - does a route lead to any other slot
 * @route: the route
 * @slot: the one that does not count
 *
 * RCU read side, or lock of the switch held.
 */
bool mgate_map_leads_beside(const struct mgate_route *route, u16 slot)
{
	/* Pairs with the release in mgate_map_reserve(). */
	const struct mgate_ports *far = smp_load_acquire(&route->far);
	unsigned long near = READ_ONCE(route->near);
	unsigned int first;

	if (slot < MGATE_MAP_NEAR)
		near &= ~BIT(slot);
	if (near || !far)
		return near;
	first = find_first_bit(far->bits, MGATE_SLOTS - MGATE_MAP_NEAR);
	if (first + MGATE_MAP_NEAR == slot)
		first = find_next_bit(far->bits, MGATE_SLOTS - MGATE_MAP_NEAR, first + 1);
	return first < MGATE_SLOTS - MGATE_MAP_NEAR;
}
