// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ledger: who asked for what until when. Groups and their members (one per
 * port), as RFC 9776 6.2 keeps them. The members' sources are in source.c. What
 * readers see of a group is its route, and by that it is found: map.c.
 *
 * All functions are called with the lock of the switch held.
 */
#include <mgate/ledger.h>
#include <mgate/memory.h>

static void free_group(struct rcu_head *rcu)
{
	struct mgate_group *g = container_of(rcu, struct mgate_group, rcu);

	mgate_map_put(&g->route);
	mgate_memory_free(MGATE_OBJECT_GROUP, g);
}

/**
 * mgate_ledger_find() - the group of a key
 * @l: the ledger
 * @key: source zero
 *
 * Return: NULL if nobody asked for it.
 */
struct mgate_group *mgate_ledger_find(struct mgate_ledger *l, const struct mgate_key *key)
{
	return mgate_ledger_group(mgate_map_find(l->map, key));
}

/**
 * mgate_ledger_add() - make a group without members
 * @l: the ledger
 * @key: source zero, not in the ledger yet
 * @slot: who is going to be the first, to whom its frames go at once
 *
 * Never sleeps. Return: NULL if there is no memory for it.
 */
struct mgate_group *mgate_ledger_add(struct mgate_ledger *l, const struct mgate_key *key,
				     u16 slot)
{
	struct mgate_group *g = mgate_memory_new(MGATE_OBJECT_GROUP);

	if (!g)
		return NULL;
	g->tell_at = MGATE_NEVER;
	INIT_LIST_HEAD(&g->members);
	INIT_LIST_HEAD(&g->waiting);
	mgate_due_setup(&g->due, MGATE_DUE_GROUP);
	/* Last: readers find it then. */
	if (!mgate_map_add(l->map, &g->route, key, slot)) {
		free_group(&g->rcu);
		return NULL;
	}
	l->ngroups++;
	return g;
}

/**
 * mgate_ledger_del() - forget a group
 * @l: the ledger
 * @g: without members, out of the queue of deadlines
 */
void mgate_ledger_del(struct mgate_ledger *l, struct mgate_group *g)
{
	g->dead = true;
	mgate_map_del(l->map, &g->route);
	l->ngroups--;
	call_rcu(&g->rcu, free_group);
}

/* Zeroed; NULL if there is no memory for it. */
static struct mgate_member *new_member(struct mgate_group *g)
{
	if (g->first.group)
		return mgate_memory_new(MGATE_OBJECT_MEMBER);
	if (g->worn)
		memset(&g->first, 0, sizeof(g->first));
	g->worn = true;
	return &g->first;
}

/**
 * mgate_ledger_join() - make a port a member that wants nothing yet
 * @g: the group
 * @slot: a port that is not a member
 *
 * Never sleeps. Return: NULL if there is no memory for it.
 */
struct mgate_member *mgate_ledger_join(struct mgate_group *g, u16 slot)
{
	struct mgate_member *m = new_member(g);

	if (!m)
		return NULL;
	m->group = g;
	m->slot = slot;
	m->mode = MGATE_MODE_INCLUDE;
	m->sources = RB_ROOT;
	m->hosts = RB_ROOT;
	INIT_LIST_HEAD(&m->port_node);
	list_add_tail(&m->node, &g->members);
	return m;
}

/**
 * mgate_ledger_part() - forget a membership
 * @m: the membership, without sources and hosts
 */
void mgate_ledger_part(struct mgate_member *m)
{
	list_del(&m->port_node);
	list_del(&m->node);
	if (m != &m->group->first) {
		mgate_memory_free(MGATE_OBJECT_MEMBER, m);
		return;
	}
	mgate_memory_spoil(m, sizeof(*m));
	m->group = NULL;
}

static u64 member_deadline(const struct mgate_member *m)
{
	const struct mgate_source *s;
	u64 when = MGATE_NEVER;

	if (m->asks)
		when = m->ask_at;
	else if (m->learned && m->mode == MGATE_MODE_EXCLUDE)
		when = m->until;
	mgate_ledger_for_each_source(s, m) {
		if (s->asks)
			when = min(when, s->ask_at);
		else if (s->learned && (s->until || m->mode == MGATE_MODE_INCLUDE))
			when = min(when, s->until);
	}
	return when;
}

/**
 * mgate_ledger_deadline() - when something of a group is due
 * @g: the group
 *
 * Return: ms, or MGATE_NEVER.
 */
u64 mgate_ledger_deadline(const struct mgate_group *g)
{
	const struct mgate_member *m;
	u64 when = g->tell_at;

	list_for_each_entry(m, &g->members, node)
		when = min(when, member_deadline(m));
	return when;
}

/**
 * mgate_ledger_version() - the group's compatibility mode on a port
 * @m: the membership
 * @now: ms
 *
 * RFC 9776 7.3.2. Return: 1, 2 or 3.
 */
u8 mgate_ledger_version(const struct mgate_member *m, u64 now)
{
	if (m->v1_until > now)
		return 1;
	return m->v2_until > now ? 2 : 3;
}
