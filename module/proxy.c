// SPDX-License-Identifier: GPL-2.0-only
/*
 * `proxy full`: the bridge speaks for its hosts. The routers get one report a
 * group and change, and one a group in answer to a query, instead of those of
 * all hosts. RFC 4541 2.1.1 (1), RFC 9776 5.1 and 5.2 as a host would.
 *
 * A group is told with the tick; a group that has ended leaves its key behind
 * until that was told. Where the queue of these is full, routers learn of the
 * end by time.
 */
#include <linux/jhash.h>

#include <mgate/membership.h>
#include <mgate/proxy.h>
#include <mgate/walk.h>

static bool speaks(const struct mgate_switch *sw, const struct mgate_context *ctx)
{
	return sw->params.v[MGATE_PARAM_PROXY] == MGATE_PROXY_FULL && !sw->params.silent &&
	       ctx && ctx->querier.state != MGATE_QUERIER_NONE;
}

static struct mgate_context *context_of(struct mgate_switch *sw, const struct mgate_key *key)
{
	return mgate_context_find_rcu(&sw->contexts, key->af, key->vid);
}

static void tell_at(struct mgate_switch *sw, struct mgate_group *g, u64 when)
{
	g->tell_at = min(g->tell_at, when);
	mgate_due_before(&sw->queue, &g->due, g->tell_at);
}

/* Reports of many groups are spread over the time there is for them. */
static u64 spread(const struct mgate_group *g, u32 span_ms, u64 now)
{
	return now + jhash(g->route.key.grp.bytes, sizeof(g->route.key.grp.bytes), (u32)now) %
		     max_t(u32, span_ms, 1);
}

/**
 * mgate_proxy_changed_locked() - what the members of a group want may have changed
 * @sw: the switch, its lock held
 * @g: the group, out of the queue of deadlines or in it
 * @now: ms
 */
void mgate_proxy_changed_locked(struct mgate_switch *sw, struct mgate_group *g, u64 now)
{
	if (g->stale || !speaks(sw, context_of(sw, &g->route.key)))
		return;
	g->stale = true;
	tell_at(sw, g, now);
}

/* Its own, where it has come again and gone before that was told as often as it is to be. Where
 * no place is free, that of one that was told once at least; if there is none, none.
 */
static unsigned int goodbye_of(const struct mgate_goodbyes *gone, const struct mgate_key *key)
{
	unsigned int i, place = gone->n;

	for (i = 0; i < gone->n; i++) {
		if (!memcmp(&gone->one[i].key, key, sizeof(*key)))
			return i;
		if (place == ARRAY_SIZE(gone->one) && gone->one[i].left)
			place = i;
	}
	return place;
}

/**
 * mgate_proxy_left_locked() - a group has no members any more
 * @sw: the switch, its lock held
 * @g: the group
 * @now: ms
 *
 * Also with `proxy leaves`: two that leave in short order are each other's reason
 * to withhold the leave, and then nobody would have told the routers.
 */
void mgate_proxy_left_locked(struct mgate_switch *sw, const struct mgate_group *g, u64 now)
{
	struct mgate_goodbyes *gone = &sw->goodbyes;
	unsigned int i;

	if (!(g->told && speaks(sw, context_of(sw, &g->route.key))) && !g->withheld)
		return;
	if (sw->params.silent)
		return;
	i = goodbye_of(gone, &g->route.key);
	if (i == ARRAY_SIZE(gone->one))
		return;
	gone->one[i] = (struct mgate_goodbye){
		.key = g->route.key, .at = now, .withheld = g->withheld,
	};
	gone->n = max_t(unsigned int, gone->n, i + 1);
	mgate_due_before(&sw->queue, &gone->due, now);
}

/**
 * mgate_proxy_asked_group_locked() - the querier asks about a group
 * @sw: the switch, its lock held
 * @g: the group
 * @span_ms: how long the answer may take
 * @now: ms
 */
void mgate_proxy_asked_group_locked(struct mgate_switch *sw, struct mgate_group *g, u32 span_ms,
				    u64 now)
{
	if (!speaks(sw, context_of(sw, &g->route.key)))
		return;
	g->asked = true;
	tell_at(sw, g, spread(g, span_ms, now));
}

/**
 * mgate_proxy_asked_locked() - the querier asks about all groups of a VLAN
 * @sw: the switch, its lock held
 * @ctx: the VLAN
 * @span_ms: how long the answers may take
 * @now: ms
 *
 * That takes a walk over all groups: the next run over what is due says so.
 */
void mgate_proxy_asked_locked(struct mgate_switch *sw, struct mgate_context *ctx, u32 span_ms,
			      u64 now)
{
	if (!speaks(sw, ctx))
		return;
	ctx->answer_ms = max_t(u32, span_ms, 1);
	mgate_due_before(&sw->vlan_queue, &ctx->due, now);
}

static bool leads_nowhere(const struct mgate_ways *ways)
{
	return !mgate_map_leads_beside(ways, MGATE_SLOT_NONE);
}

/* The router port that is not told, as all who want it are there; 0: there is none. Where
 * another comes to them that router is to hear of it.
 */
static u32 untold(const struct mgate_switch *sw, const struct mgate_context *ctx,
		  const struct mgate_ways *ways)
{
	u16 slot = mgate_map_sole(ways);

	if (slot == MGATE_SLOT_NONE ||
	    (!test_bit(slot, ctx->routers) && !test_bit(slot, sw->always)))
		return 0;
	return slot + 1U;
}

static bool is_wanted_beside(const struct mgate_group *g, u16 slot)
{
	const struct mgate_source_route *s;

	if (mgate_map_leads_beside(&g->route.ways, slot))
		return true;
	list_for_each_entry(s, &g->route.sources, sibling)
		if (mgate_map_leads_beside(&s->ways, slot))
			return true;
	return false;
}

/* RFC 9776 4.2.16: the members' wishes as one: all sources, or those that some of
 * them want. In short, to see whether that has changed, or who is to hear of it.
 */
static u32 sum_up(const struct mgate_switch *sw, const struct mgate_context *ctx,
		  const struct mgate_group *g)
{
	const struct mgate_source_route *s;
	u32 sum = 1, port;

	if (!leads_nowhere(&g->route.ways)) {
		port = untold(sw, ctx, &g->route.ways);
		return port && !is_wanted_beside(g, (u16)(port - 1)) ? 2 * port : 0;
	}
	list_for_each_entry(s, &g->route.sources, sibling)
		if (!leads_nowhere(&s->ways))
			sum += jhash2(s->key.src.words, ARRAY_SIZE(s->key.src.words),
				      untold(sw, ctx, &s->ways)) | 1;
	return sum;
}

/* RFC 9776 5.1: a change is told robustness times. */
static void note_change(struct mgate_switch *sw, const struct mgate_context *ctx,
			struct mgate_group *g)
{
	u32 sum;

	if (!g->stale)
		return;
	g->stale = false;
	sum = sum_up(sw, ctx, g);
	if (g->told && sum == g->told_sum)
		return;
	g->told = true;
	g->told_sum = sum;
	g->told_from = 0;
	g->tells = (u8)mgate_querier_timing(&ctx->querier, &sw->params).robustness;
}

/* Return: there are more sources than a report holds. */
static bool name_sources(struct mgate_group *g, struct mgate_report *r)
{
	const struct mgate_source_route *s;
	u16 n = 0;

	if (!leads_nowhere(&g->route.ways))
		return false;
	list_for_each_entry(s, &g->route.sources, sibling) {
		if (leads_nowhere(&s->ways) || n++ < g->told_from)
			continue;
		if (r->nsrcs == MGATE_QUERY_SOURCES) {
			g->told_from += r->nsrcs;
			return true;
		}
		r->srcs[r->nsrcs++] = s->key.src;
	}
	/* One of several says nothing of the others. */
	r->some = g->told_from;
	g->told_from = 0;
	return false;
}

static void write_report(struct mgate_switch *sw, const struct mgate_context *ctx,
			 struct mgate_group *g, struct mgate_report *r, u64 now)
{
	memset(r, 0, sizeof(*r));
	r->grp = g->route.key.grp;
	r->af = g->route.key.af;
	r->vid = g->route.key.vid;
	r->version = mgate_querier_asks_in(&ctx->querier, &sw->params);
	r->change = g->tells;
	/* Older versions name none, and say it in one report. */
	if (name_sources(g, r) && r->version == 3) {
		r->some = true;
		g->tell_at = now;
		return;
	}
	g->told_from = 0;
	g->asked = false;
	if (g->tells && --g->tells)
		g->tell_at = now + MGATE_PROXY_REPEAT_MS;
}

/**
 * mgate_proxy_tell_locked() - is a report of a group due
 * @sw: the switch, its lock held
 * @g: the group
 * @r: the report
 * @now: ms
 *
 * Return: true if it is to be sent now; the next one is then scheduled.
 */
bool mgate_proxy_tell_locked(struct mgate_switch *sw, struct mgate_group *g,
			     struct mgate_report *r, u64 now)
{
	const struct mgate_context *ctx = context_of(sw, &g->route.key);

	if (g->tell_at > now)
		return false;
	g->tell_at = MGATE_NEVER;
	if (!speaks(sw, ctx)) {
		g->tells = 0;
		g->told = false;
		g->stale = false;
		g->asked = false;
		return false;
	}
	note_change(sw, ctx, g);
	if (!g->tells && !g->asked)
		return false;
	/* What was not noted while nobody spoke may have changed since. */
	g->told = true;
	g->told_sum = sum_up(sw, ctx, g);
	write_report(sw, ctx, g, r, now);
	/* Whose members want nothing any more has gone before this. */
	return r->nsrcs || !leads_nowhere(&g->route.ways);
}

/**
 * mgate_proxy_split() - which routers are to hear a report
 * @sw: the switch
 * @r: the report
 * @routers: the router ports; those where all who want the group are themselves are taken out
 * @n: how many bits
 *
 * Two bridges that speak for their hosts would else keep each other's groups for ever. A report
 * that is heard names all sources, those behind that port too.
 */
void mgate_proxy_split(struct mgate_switch *sw, const struct mgate_report *r,
		       unsigned long *routers, unsigned int n)
{
	struct mgate_key key = mgate_addr_key(r->af, r->vid, &r->grp);
	const struct mgate_group *g;
	unsigned int slot;

	spin_lock_bh(&sw->lock);
	g = r->leave ? NULL : mgate_ledger_find(&sw->ledger, &key);
	if (g)
		for_each_set_bit(slot, routers, n)
			if (!is_wanted_beside(g, (u16)slot))
				__clear_bit(slot, routers);
	spin_unlock_bh(&sw->lock);
}

/* It may have come again, or `proxy` changed; and version 1 knows no leave. */
static bool is_over(struct mgate_switch *sw, const struct mgate_context *ctx,
		    const struct mgate_goodbye *bye)
{
	return !ctx || ctx->querier.state == MGATE_QUERIER_NONE || sw->params.silent ||
	       !(bye->withheld || speaks(sw, ctx)) ||
	       mgate_querier_asks_in(&ctx->querier, &sw->params) == 1 ||
	       mgate_ledger_find(&sw->ledger, &bye->key);
}

/* RFC 9776 5.1: a change is told as often as loss makes it needful; RFC 2236 3: a leave once.
 * Return: it is to be told again.
 */
static bool say_goodbye(struct mgate_switch *sw, const struct mgate_context *ctx,
			struct mgate_goodbye *bye, struct mgate_report *r, u64 now)
{
	memset(r, 0, sizeof(*r));
	r->grp = bye->key.grp;
	r->af = bye->key.af;
	r->vid = bye->key.vid;
	r->version = mgate_querier_asks_in(&ctx->querier, &sw->params);
	r->change = true;
	r->leave = true;
	if (r->version < 3)
		return false;
	if (!bye->left)
		bye->left = (u8)mgate_querier_timing(&ctx->querier, &sw->params).robustness;
	bye->at = now + MGATE_PROXY_REPEAT_MS;
	return --bye->left;
}

/**
 * mgate_proxy_part_locked() - is there a group whose end is to be told
 * @sw: the switch, its lock held
 * @r: the report, or leave
 * @now: ms
 */
bool mgate_proxy_part_locked(struct mgate_switch *sw, struct mgate_report *r, u64 now)
{
	struct mgate_goodbyes *gone = &sw->goodbyes;
	const struct mgate_context *ctx;
	unsigned int i = gone->n;
	bool over;

	while (i--) {
		if (gone->one[i].at > now)
			continue;
		ctx = context_of(sw, &gone->one[i].key);
		over = is_over(sw, ctx, &gone->one[i]);
		if (over || !say_goodbye(sw, ctx, &gone->one[i], r, now))
			gone->one[i] = gone->one[--gone->n];
		if (!over)
			return true;
	}
	return false;
}

/**
 * mgate_proxy_part_at_locked() - when the end of a group is to be told next
 * @sw: the switch, its lock held
 *
 * Return: ms, or MGATE_NEVER.
 */
u64 mgate_proxy_part_at_locked(const struct mgate_switch *sw)
{
	u64 at = MGATE_NEVER;
	unsigned int i;

	for (i = 0; i < sw->goodbyes.n; i++)
		at = min(at, sw->goodbyes.one[i].at);
	return at;
}

struct answer {
	struct mgate_walker walker;
	struct mgate_switch *sw;
	u64 now;
	u32 span_ms;
	u16 vid;
	u8 af;
};

static void answer_group(struct mgate_walker *w, struct mgate_group *g)
{
	const struct answer *a = container_of(w, struct answer, walker);

	if (g->route.key.vid == a->vid && g->route.key.af == a->af)
		mgate_proxy_asked_group_locked(a->sw, g, a->span_ms, a->now);
}

/**
 * mgate_proxy_answer() - schedule a report of every group of a VLAN
 * @sw: the switch
 * @af: family
 * @vid: the VLAN
 * @span_ms: how long that may take
 * @now: ms
 *
 * May sleep.
 */
void mgate_proxy_answer(struct mgate_switch *sw, u8 af, u16 vid, u32 span_ms, u64 now)
{
	struct answer a = {
		.walker = { .group = answer_group },
		.sw = sw,
		.now = now,
		.span_ms = span_ms,
		.vid = vid,
		.af = af,
	};

	mgate_walk_groups(sw, &a.walker);
}
