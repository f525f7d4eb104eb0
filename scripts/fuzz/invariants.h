/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What holds of a switch between any two things that happen to it: the ledger, the
 * map, the queue of deadlines, the counts and the memory all say the same.
 */
#ifndef FUZZ_INVARIANTS_H
#define FUZZ_INVARIANTS_H

#include <mgate/walk.h>

FUZZ_UNSEEN_BEGIN

#define STRANGER 0xcb007109		/* 203.0.113.9: no record names it */

/**
 * struct survey - a recount
 * @walker: who goes through the groups
 * @w: the switch
 * @ngroups: groups
 * @nsources: (S,G) routes
 * @gates: groups whose gate was looked at
 * @nmembers: by port: memberships
 * @nlearned: by port: those that were learned
 * @nhosts: by port: hosts and sources of them
 */
struct survey {
	struct mgate_walker walker;
	struct world *w;
	u32 ngroups;
	u32 nsources;
	u32 gates;
	u32 nmembers[WORLD_PORTS];
	u32 nlearned[WORLD_PORTS];
	u32 nhosts[WORLD_PORTS];
};

static inline unsigned int port_of(u16 slot)
{
	unsigned int p;

	for (p = 0; p < WORLD_PORTS && world_slots[p] != slot; p++)
		;
	FUZZ_CHECK(p < WORLD_PORTS);
	return p;
}

/* --- The map ---------------------------------------------------------------------- */

/* RFC 9776 6.3, and nothing at ports that are no members. */
static inline bool should_lead(const struct mgate_group *g, u16 slot,
			       const struct mgate_addr *src)
{
	const struct mgate_member *m = mgate_ledger_member(g, slot);
	const struct mgate_source *s = m && src ? mgate_source_find(m, src) : NULL;

	if (s)
		return mgate_source_forwards(m, s);
	return m && mgate_ledger_wants(m);
}

static inline void check_ways(const struct mgate_group *g, const struct mgate_ways *ways,
			      const struct mgate_addr *src)
{
	unsigned int p;

	for (p = 0; p < WORLD_PORTS; p++)
		FUZZ_CHECK(mgate_map_test(ways, world_slots[p]) ==
			   should_lead(g, world_slots[p], src));
}

static inline void check_source_route(struct world *w, const struct mgate_group *g,
				      const struct mgate_source_route *route)
{
	const struct mgate_member *m;
	u32 refs = 0;

	FUZZ_CHECK(route->key.route == &g->route);
	FUZZ_CHECK(mgate_family(route->key.route->key.af)->is_host(&route->key.src));
	FUZZ_CHECK(mgate_map_ways_rcu(&w->sw.map, &g->route, &route->key.src) == &route->ways);
	list_for_each_entry(m, &g->members, node)
		refs += !!mgate_source_find(m, &route->key.src);
	FUZZ_CHECK(refs && route->refs == refs);
	check_ways(g, &route->ways, &route->key.src);
}

static inline void check_routes(struct survey *s, const struct mgate_group *g)
{
	const struct mgate_source_route *route;
	u32 n = 0;

	FUZZ_CHECK(mgate_map_find_rcu(&s->w->sw.map, &g->route.key) == &g->route);
	list_for_each_entry(route, &g->route.sources, sibling) {
		check_source_route(s->w, g, route);
		n++;
	}
	FUZZ_CHECK(g->route.nsources == n);
	s->nsources += n;
	check_ways(g, &g->route.ways, NULL);
}

/* --- The gate --------------------------------------------------------------------- */

static inline bool gate_passes(struct world *w, const struct mgate_key *key, u16 slot,
			       enum mgate_reason *hold)
{
	struct mgate_plan plan;
	bool pass;

	memset(&plan, 0xaa, sizeof(plan));
	rcu_read_lock();
	mgate_gate_data(&w->sw, key, &plan);
	mgate_gate_test(&w->sw, &plan, slot, &pass);
	rcu_read_unlock();
	*hold = plan.pass == MGATE_REASON_NONE ? plan.hold : MGATE_REASON_NONE;
	return pass;
}

/* No member is ever cut; and where the gate goes by members, nobody else gets it
 * without a reason.
 */
static inline void check_gate(struct world *w, const struct mgate_group *g,
			      const struct mgate_addr *src)
{
	const struct mgate_context *ctx;
	struct mgate_key key = g->route.key;
	enum mgate_reason hold;
	bool lead, pass;
	unsigned int p;
	u16 slot;

	ctx = mgate_context_find_rcu(&w->sw.contexts, key.af, key.vid);
	key.src = *src;
	for (p = 0; p < WORLD_PORTS; p++) {
		slot = world_slots[p];
		if (!test_bit(slot, w->sw.up))
			continue;
		lead = should_lead(g, slot, src);
		pass = gate_passes(w, &key, slot, &hold);
		FUZZ_CHECK(pass || !lead);
		if (hold != MGATE_REASON_NOT_MEMBER)
			continue;
		FUZZ_CHECK(ctx && ctx->gating);
		FUZZ_CHECK(pass == (lead || test_bit(slot, ctx->routers) ||
				    test_bit(slot, w->sw.always) ||
				    test_bit(slot, w->sw.flooded) ||
				    test_bit(slot, w->sw.limited) ||
				    test_bit(slot, ctx->learning)));
	}
}

static inline void check_gates(struct survey *s, const struct mgate_group *g)
{
	const struct mgate_addr stranger = ip4_of(STRANGER);
	const struct mgate_source_route *route;
	unsigned int n = 0;

	if (s->gates++ >= 4)
		return;
	check_gate(s->w, g, &stranger);
	list_for_each_entry(route, &g->route.sources, sibling)
		if (n++ < 4)
			check_gate(s->w, g, &route->key.src);
}

/* --- The ledger -------------------------------------------------------------------- */

static inline u32 count_hosts(const struct mgate_member *m)
{
	const struct mgate_eht_source *s;
	const struct mgate_eht_host *h;
	u32 n = 0;

	mgate_eht_for_each(h, m) {
		FUZZ_CHECK(h->version >= 1 && h->version <= 3 && h->mode <= MGATE_MODE_EXCLUDE);
		n++;
		mgate_eht_for_each_source(s, h)
			n++;
	}
	return n;
}

static inline void check_sources(const struct mgate_member *m)
{
	const struct mgate_source *s;
	u32 learned = 0;

	mgate_ledger_for_each_source(s, m) {
		FUZZ_CHECK(s->learned || s->permanent);
		FUZZ_CHECK(s->learned || (!s->until && !s->asks));
		FUZZ_CHECK(!s->learned || s->until || m->mode == MGATE_MODE_EXCLUDE);
		FUZZ_CHECK(s->asks <= 7);
		learned += s->learned;
	}
	FUZZ_CHECK(m->nsources == learned);
}

static inline void check_member(struct survey *s, const struct mgate_group *g,
				const struct mgate_member *m)
{
	unsigned int p = port_of(m->slot);
	u32 hosts = count_hosts(m);

	FUZZ_CHECK(m->group == g && mgate_ledger_member(g, m->slot) == m);
	FUZZ_CHECK(g->worn);
	FUZZ_CHECK(test_bit(m->slot, s->w->sw.up));
	FUZZ_CHECK(m->learned || m->permanent || !RB_EMPTY_ROOT(&m->sources));
	FUZZ_CHECK(m->learned || (m->mode == MGATE_MODE_INCLUDE && !m->nsources && !hosts));
	FUZZ_CHECK(m->learned || (!m->asks && !m->v1_until && !m->v2_until && !m->crowded));
	FUZZ_CHECK(!m->learned || m->mode == MGATE_MODE_EXCLUDE || m->nsources);
	FUZZ_CHECK(m->asks <= 7);
	check_sources(m);
	s->nmembers[p]++;
	s->nlearned[p] += m->learned;
	s->nhosts[p] += hosts;
}

/* What is over is due at once. */
static inline void check_due(const struct mgate_due *due, u64 deadline, u64 now)
{
	if (deadline != MGATE_NEVER)
		FUZZ_CHECK(due->queued && (u64)due->node.expires <= max(deadline, now));
}

static inline void survey_group(struct mgate_walker *walker, struct mgate_group *g)
{
	struct survey *s = container_of(walker, struct survey, walker);
	const struct mgate_member *m;

	s->ngroups++;
	FUZZ_CHECK(!list_empty(&g->members) && !g->dead);
	FUZZ_CHECK(mgate_addr_is_zero(&g->route.key.src));
	FUZZ_CHECK(mgate_family_scope(g->route.key.af, &g->route.key.grp) > MGATE_SCOPE_LINK);
	FUZZ_CHECK(!g->first.group || mgate_ledger_member(g, g->first.slot) == &g->first);
	FUZZ_CHECK(g->housed == (g->first.group &&
				 mgate_eht_find(&g->first, &g->host.who) == &g->host));
	list_for_each_entry(m, &g->members, node)
		check_member(s, g, m);
	/* Who waits to be asked about is due when there is room. */
	check_due(&g->due, list_empty(&g->waiting) ? mgate_ledger_deadline(g) : g->tell_at,
		  s->w->now);
	FUZZ_CHECK(list_empty(&g->waiting) || s->w->sw.waiting);
	check_routes(s, g);
	check_gates(s, g);
}

/* --- All the rest ------------------------------------------------------------------ */

/* Without memory a port that leads to a router is on the bitmap alone. */
static inline void check_routers(const struct mgate_context *ctx, bool was_short)
{
	DECLARE_BITMAP(bits, MGATE_SLOTS) = {};
	const struct mgate_router *r;

	list_for_each_entry(r, &ctx->router_list.list, node)
		set_bit(r->slot, bits);
	FUZZ_CHECK(bitmap_subset(bits, ctx->routers, MGATE_SLOTS));
	FUZZ_CHECK(was_short || bitmap_subset(ctx->routers, bits, MGATE_SLOTS));
}

static inline void check_contexts(struct world *w, bool was_short)
{
	struct mgate_switch *sw = &w->sw;
	const struct mgate_context *ctx;
	u32 unnamed[MGATE_AF_MAX] = { 0 };

	list_for_each_entry(ctx, &sw->contexts.list, node) {
		FUZZ_CHECK(mgate_context_find_rcu(&sw->contexts, ctx->af, ctx->vid) == ctx);
		unnamed[ctx->af] += !ctx->named;
		FUZZ_CHECK(bitmap_subset(ctx->learning, sw->up, MGATE_SLOTS));
		FUZZ_CHECK(bitmap_subset(ctx->settling, sw->up, MGATE_SLOTS));
		FUZZ_CHECK(bitmap_subset(ctx->asking, sw->up, MGATE_SLOTS));
		FUZZ_CHECK(bitmap_subset(ctx->routers, sw->up, MGATE_SLOTS));
		check_routers(ctx, was_short);
		check_due(&ctx->due, mgate_context_deadline(ctx), w->now);
	}
	FUZZ_CHECK(!memcmp(sw->contexts.unnamed, unnamed, sizeof(unnamed)));
	FUZZ_CHECK(unnamed[MGATE_AF_INET] <= MGATE_CONTEXTS_UNNAMED);
	FUZZ_CHECK(unnamed[MGATE_AF_INET6] <= MGATE_CONTEXTS_UNNAMED);
}

static inline void check_port(const struct survey *s, unsigned int p)
{
	const struct mgate_switch_port *port = &s->w->ports[p];
	u16 slot = world_slots[p];

	FUZZ_CHECK(port->nmembers == s->nmembers[p]);
	FUZZ_CHECK(port->ngroups == s->nlearned[p]);
	FUZZ_CHECK(port->nhosts == s->nhosts[p] && port->nhosts <= MGATE_EHT_PORT);
	FUZZ_CHECK(test_bit(slot, s->w->sw.up) == (s->w->sw.ports[slot] == port));
	if (test_bit(slot, s->w->sw.limited))
		FUZZ_CHECK(port->due.queued && port->limit_until);
}

/* What waits for a grace period is counted too. */
static inline void check_memory(void)
{
	unsigned long bytes = 0;
	unsigned int i;

	for (i = 0; i < MGATE_OBJECT_MAX; i++)
		bytes += kinds[i].size * kinds[i].cache->live;
	FUZZ_CHECK(mgate_memory_used() == bytes);
}

/* Everything; memory was short, or never. Return: how much there was to look at. */
static inline u32 check_world(struct world *w, bool was_short)
{
	struct survey s = { .walker = { .group = survey_group }, .w = w };
	u32 fail = fuzz_fail;
	unsigned int p;

	fuzz_fail = 0;
	mgate_walk_groups(&w->sw, &s.walker);
	fuzz_fail = fail;
	FUZZ_CHECK(w->sw.ledger.ngroups == s.ngroups);
	FUZZ_CHECK(atomic_read(&w->sw.map.groups.nelems) == (int)s.ngroups);
	FUZZ_CHECK(atomic_read(&w->sw.map.sources.nelems) == (int)s.nsources);
	for (p = 0; p < WORLD_PORTS; p++)
		check_port(&s, p);
	FUZZ_CHECK(!w->sw.full || w->sw.due.queued);
	FUZZ_CHECK(!w->sw.goodbyes.n || w->sw.goodbyes.due.queued);
	FUZZ_CHECK(w->sw.most_records <= MGATE_REPORT_BATCH);
	FUZZ_CHECK(w->sw.most_groups <= MGATE_EXPIRY_BATCH);
	check_contexts(w, was_short);
	check_memory();
	return s.ngroups + s.nsources;
}

FUZZ_UNSEEN_END

#endif
