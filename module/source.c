// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sources of a membership, and the map that readers see of them.
 *
 * Invariant: for each membership, the group's (*,G) route says whether the port
 * gets sources that the membership has no record of, and each (S,G) route of the
 * group whether it gets that one, by RFC 9776 6.3. Every function here keeps it,
 * port by port and without a moment between the old and the new answer.
 *
 * All functions are called with the lock of the switch held.
 */
#include <mgate/memory.h>
#include <mgate/saying.h>
#include <mgate/source.h>

static int cmp_source_addr(const void *key, const struct rb_node *node)
{
	const struct mgate_source *s = rb_entry(node, struct mgate_source, node);

	return mgate_addr_cmp(key, mgate_source_addr(s));
}

static int cmp_sources(struct rb_node *node, const struct rb_node *other)
{
	return cmp_source_addr(mgate_source_addr(rb_entry(node, struct mgate_source, node)), other);
}

/**
 * mgate_source_find() - the record of a source
 * @m: the membership
 * @src: the source
 *
 * Return: NULL if it has none.
 */
struct mgate_source *mgate_source_find(const struct mgate_member *m,
				       const struct mgate_addr *src)
{
	return rb_entry_safe(rb_find(src, &m->sources, cmp_source_addr), struct mgate_source, node);
}

static void draw_source(struct mgate_member *m, struct mgate_source *s)
{
	m->stirred = true;
	mgate_map_set(&m->group->route, &s->route->ways, m->slot, mgate_source_forwards(m, s));
}

static struct mgate_source *add_source(struct mgate_map *map, struct mgate_member *m,
				       const struct mgate_addr *src, bool on)
{
	struct mgate_source *s = mgate_memory_new(MGATE_OBJECT_SOURCE);

	if (!s)
		return NULL;
	s->route = mgate_map_get_source(map, &m->group->route, src, m->slot, on);
	if (!s->route) {
		mgate_memory_free(MGATE_OBJECT_SOURCE, s);
		return NULL;
	}
	rb_find_add(&s->node, &m->sources, cmp_sources);
	return s;
}

/* A record that nobody has anything to say by. */
static void del_source(struct mgate_map *map, struct mgate_member *m, struct mgate_source *s)
{
	mgate_saying_source_gone(map->news, m, s);
	mgate_map_set(&m->group->route, &s->route->ways, m->slot, mgate_ledger_wants(m));
	rb_erase(&s->node, &m->sources);
	mgate_map_put_source(map, &m->group->route, s->route);
	mgate_memory_free(MGATE_OBJECT_SOURCE, s);
}

/**
 * mgate_source_learn() - hosts spoke of a source for the first time
 * @map: the map
 * @m: the membership
 * @src: a source that was not learned
 * @until: its timer, ms; 0: blocked
 *
 * Never sleeps. Return: NULL if there is no memory for it.
 */
struct mgate_source *mgate_source_learn(struct mgate_map *map, struct mgate_member *m,
					const struct mgate_addr *src, u64 until)
{
	struct mgate_source *s = mgate_source_find(m, src);

	if (!s)
		s = add_source(map, m, src, m->permanent || until);
	if (!s)
		return NULL;
	s->learned = true;
	s->until = until;
	draw_source(m, s);
	m->nsources++;
	return s;
}

/**
 * mgate_source_keep() - the administrator sets a source
 * @map: the map
 * @m: the membership
 * @src: a source that was not set
 *
 * Never sleeps. Return: NULL if there is no memory for it.
 */
struct mgate_source *mgate_source_keep(struct mgate_map *map, struct mgate_member *m,
				       const struct mgate_addr *src)
{
	struct mgate_source *s = mgate_source_find(m, src);

	if (!s)
		s = add_source(map, m, src, true);
	if (!s)
		return NULL;
	s->permanent = true;
	draw_source(m, s);
	return s;
}

/**
 * mgate_source_run() - set a source's timer
 * @m: the membership
 * @s: a source that was learned
 * @until: ms; 0: blocked
 */
void mgate_source_run(struct mgate_member *m, struct mgate_source *s, u64 until)
{
	s->until = until;
	/* Nobody wants to know any more. */
	if (!until)
		s->asks = 0;
	draw_source(m, s);
}

/**
 * mgate_source_unlearn() - hosts have nothing to say of a source any more
 * @map: the map
 * @m: the membership
 * @s: a source that was learned; gone after this, unless the administrator set it
 */
void mgate_source_unlearn(struct mgate_map *map, struct mgate_member *m, struct mgate_source *s)
{
	m->nsources--;
	s->learned = false;
	s->until = 0;
	s->asks = 0;
	if (s->permanent)
		draw_source(m, s);
	else
		del_source(map, m, s);
}

/**
 * mgate_source_unkeep() - the administrator takes a source back
 * @map: the map
 * @m: the membership
 * @s: a source that was set; gone after this, unless it was learned
 */
void mgate_source_unkeep(struct mgate_map *map, struct mgate_member *m, struct mgate_source *s)
{
	s->permanent = false;
	if (s->learned)
		draw_source(m, s);
	else
		del_source(map, m, s);
}

/**
 * mgate_source_unlearn_all() - forget all sources that were learned
 * @map: the map
 * @m: the membership
 */
void mgate_source_unlearn_all(struct mgate_map *map, struct mgate_member *m)
{
	struct mgate_source *s, *next;

	mgate_ledger_for_each_source_safe(s, next, m)
		if (s->learned)
			mgate_source_unlearn(map, m, s);
}

/**
 * mgate_source_draw() - what a membership says of unknown sources has changed
 * @m: the membership
 *
 * Its mode, or whether the administrator wants all.
 */
void mgate_source_draw(struct mgate_member *m)
{
	struct mgate_route *any = &m->group->route;
	bool wants = mgate_ledger_wants(m);
	struct mgate_source_route *route;
	struct mgate_source *s;

	/* Known ones are left out below, so that none of them stops for a moment. The
	 * stamp stays: a record may be under way that goes by it.
	 */
	mgate_ledger_for_each_source(s, m) {
		draw_source(m, s);
		s->route->stamp = m->stamp;
	}
	list_for_each_entry(route, &any->sources, sibling)
		if (route->stamp != m->stamp || !mgate_source_find(m, &route->key.src))
			mgate_map_set(any, &route->ways, m->slot, wants);
	mgate_map_set(any, &any->ways, m->slot, wants);
}
