// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must hold of a switch whenever its lock is free: the ledger, the map, the
 * queue of deadlines and the counts all say the same. A file in debugfs, for the
 * storms of scripts/storm: what it lists is a fault. There is nothing of this but
 * in kernels that look for faults at run time.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <net/net_namespace.h>

#include <mgate/bridge.h>
#include <mgate/eht.h>
#include <mgate/recount.h>
#include <mgate/source.h>
#include <mgate/tick.h>

#ifdef MGATE_RECOUNT

/**
 * struct recount - what was counted so far
 * @m: where faults are told
 * @br: the bridge
 * @now: ms
 * @ngroups: groups
 * @nsources: (S,G) routes
 */
struct recount {
	struct seq_file *m;
	struct mgate_bridge *br;
	u64 now;
	u32 ngroups;
	u32 nsources;
};

static void tell(const struct recount *r, unsigned int slot, const char *what)
{
	seq_printf(r->m, "netns=%u dev %s slot %u not so: %s\n", r->br->net->ns.inum,
		   r->br->dev->name, slot, what);
}

#define EXPECT(r, slot, truth) do {		\
	if (!(truth))				\
		tell(r, slot, #truth);		\
} while (0)

static void expect_due(const struct recount *r, const struct mgate_due *due, u64 deadline)
{
	if (deadline != MGATE_NEVER)
		EXPECT(r, 0, due->queued && (u64)due->node.expires <= max(deadline, r->now));
}

/* RFC 9776 6.3: what the ledger says of a port, a member or not. */
static bool should_lead(const struct mgate_group *g, u16 slot, const struct mgate_addr *src)
{
	const struct mgate_member *m = mgate_ledger_member(g, slot);
	const struct mgate_source *s = m && src ? mgate_source_find(m, src) : NULL;

	if (s)
		return mgate_source_forwards(m, s);
	return m && mgate_ledger_wants(m);
}

static void look_at_ways(const struct recount *r, const struct mgate_group *g,
			 const struct mgate_ways *ways, const struct mgate_addr *src)
{
	u16 slot;

	for (slot = 0; slot < r->br->sw.words * BITS_PER_LONG; slot++)
		EXPECT(r, slot, mgate_map_test(ways, slot) == should_lead(g, slot, src));
}

static void look_at_routes(struct recount *r, const struct mgate_group *g)
{
	const struct mgate_source_route *route;
	const struct mgate_member *m;
	u32 n = 0, refs;

	EXPECT(r, 0, mgate_map_find_rcu(&r->br->sw.map, &g->route.key) == &g->route);
	look_at_ways(r, g, &g->route.ways, NULL);
	list_for_each_entry(route, &g->route.sources, sibling) {
		refs = 0;
		list_for_each_entry(m, &g->members, node)
			refs += !!mgate_source_find(m, &route->key.src);
		EXPECT(r, 0, route->refs == refs);
		look_at_ways(r, g, &route->ways, &route->key.src);
		n++;
	}
	EXPECT(r, 0, g->route.nsources == n);
	r->nsources += n;
}

static void look_at_group(struct recount *r, const struct mgate_group *g)
{
	r->ngroups++;
	EXPECT(r, 0, !g->dead);
	EXPECT(r, 0, !g->first.group || mgate_ledger_member(g, g->first.slot) == &g->first);
	EXPECT(r, 0, g->housed == (g->first.group && mgate_eht_find(&g->first, &g->host.who) ==
				   &g->host));
	/* Who waits to be asked about is due when there is room. */
	expect_due(r, &g->due, list_empty(&g->waiting) ? mgate_ledger_deadline(g) : g->tell_at);
	look_at_routes(r, g);
}

static u32 count_hosts(const struct mgate_member *m)
{
	const struct mgate_eht_source *s;
	const struct mgate_eht_host *h;
	u32 n = 0;

	mgate_eht_for_each(h, m) {
		n++;
		mgate_eht_for_each_source(s, h)
			n++;
	}
	return n;
}

static void look_at_member(struct recount *r, const struct mgate_member *m, u16 slot)
{
	const struct mgate_source *s;
	u32 learned = 0;

	EXPECT(r, slot, m->slot == slot);
	EXPECT(r, slot, m->learned || m->permanent || !RB_EMPTY_ROOT(&m->sources));
	mgate_ledger_for_each_source(s, m) {
		EXPECT(r, slot, s->learned || s->permanent);
		learned += s->learned;
	}
	EXPECT(r, slot, m->nsources == learned);
	if (list_is_first(&m->node, &m->group->members))
		look_at_group(r, m->group);
}

static void look_at_port(struct recount *r, const struct mgate_switch_port *port, u16 slot)
{
	u32 nmembers = 0, learned = 0, nhosts = 0;
	const struct mgate_member *m;

	list_for_each_entry(m, &port->members, port_node) {
		look_at_member(r, m, slot);
		nmembers++;
		learned += m->learned;
		nhosts += count_hosts(m);
	}
	EXPECT(r, slot, port->slot == slot);
	EXPECT(r, slot, port->nmembers == nmembers);
	EXPECT(r, slot, port->ngroups == learned);
	EXPECT(r, slot, port->nhosts == nhosts);
	EXPECT(r, slot, !test_bit(slot, r->br->sw.limited) || port->due.queued);
}

/* A port is on the bitmap alone where there was no memory for more. */
static void look_at_contexts(const struct recount *r)
{
	struct mgate_contexts *all = &r->br->sw.contexts;
	const struct mgate_context *ctx;
	const struct mgate_router *router;
	u32 unnamed[MGATE_AF_MAX] = { };

	list_for_each_entry(ctx, &all->list, node) {
		EXPECT(r, 0, mgate_context_find_rcu(all, ctx->af, ctx->vid) == ctx);
		list_for_each_entry(router, &ctx->router_list.list, node)
			EXPECT(r, router->slot, test_bit(router->slot, ctx->routers));
		expect_due(r, &ctx->due, mgate_context_deadline(ctx));
		unnamed[ctx->af] += !ctx->named;
	}
	EXPECT(r, 0, !memcmp(all->unnamed, unnamed, sizeof(unnamed)));
}

static void look_at(struct seq_file *m, struct mgate_bridge *br)
{
	struct recount r = { .m = m, .br = br };
	struct mgate_switch *sw = &br->sw;
	u16 slot;

	rcu_read_lock();
	spin_lock_bh(&sw->lock);
	r.now = mgate_tick_now();
	for (slot = 0; slot < MGATE_SLOTS; slot++)
		if (sw->ports[slot])
			look_at_port(&r, sw->ports[slot], slot);
	EXPECT(&r, 0, sw->ledger.ngroups == r.ngroups);
	EXPECT(&r, 0, atomic_read(&sw->map.groups.nelems) == (int)r.ngroups);
	EXPECT(&r, 0, atomic_read(&sw->map.sources.nelems) == (int)r.nsources);
	EXPECT(&r, 0, !sw->full || sw->due.queued);
	EXPECT(&r, 0, !sw->goodbyes.n || sw->goodbyes.due.queued);
	look_at_contexts(&r);
	spin_unlock_bh(&sw->lock);
	rcu_read_unlock();
}

static int recount_show(struct seq_file *m, void *v)
{
	struct mgate_bridge *br;
	u64 id = 0;

	while ((br = mgate_bridge_next(NULL, id))) {
		id = br->id;
		look_at(m, br);
		mgate_bridge_done(br);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(recount);

/**
 * mgate_recount_init() - make the file
 * @dir: the directory that it goes with
 *
 * May sleep.
 */
void mgate_recount_init(struct dentry *dir)
{
	debugfs_create_file("recount", 0400, dir, NULL, &recount_fops);
}

#endif
