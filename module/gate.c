// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a frame may leave: once per frame a plan, once per port one look at it.
 *
 * Only reads, under RCU and without a lock. All functions are called on the RCU
 * read side.
 */
#include <linux/rcupdate.h>

#include <mgate/family.h>
#include <mgate/filter.h>
#include <mgate/gate.h>
#include <mgate/v3.h>

/**
 * mgate_gate_all() - a frame that leaves everywhere
 * @plan: the plan
 * @reason: why
 */
void mgate_gate_all(struct mgate_plan *plan, enum mgate_reason reason)
{
	plan->pass = reason;
	plan->words = 0;
}

static void empty(const struct mgate_switch *sw, struct mgate_plan *plan,
		  enum mgate_reason hold)
{
	plan->pass = MGATE_REASON_NONE;
	plan->hold = hold;
	plan->via_member = MGATE_REASON_MEMBER;
	plan->via_router = MGATE_REASON_ROUTER;
	plan->words = READ_ONCE(sw->words);
}

/* The words are written one by one, as here: a call of memset() or memcpy() takes
 * longer than all of it.
 */
static void no_members(struct mgate_plan *plan)
{
	unsigned int i;

	for (i = 0; i < plan->words; i++)
		WRITE_ONCE(plan->members[i], 0);
}

static void add_routers(const struct mgate_switch *sw, const struct mgate_context *ctx,
			struct mgate_plan *plan)
{
	unsigned int i;

	for (i = 0; i < plan->words; i++)
		plan->routers[i] = READ_ONCE(ctx->routers[i]) | READ_ONCE(sw->always[i]);
}

static void no_routers(struct mgate_plan *plan)
{
	unsigned int i;

	for (i = 0; i < plan->words; i++)
		WRITE_ONCE(plan->routers[i], 0);
}

/* Ports that get everything: by mode, over a limit, or not yet asked. */
static void add_others(const struct mgate_switch *sw, const struct mgate_context *ctx,
		       struct mgate_plan *plan)
{
	unsigned int i;

	for (i = 0; i < plan->words; i++)
		plan->others[i] = READ_ONCE(sw->flooded[i]) | READ_ONCE(sw->limited[i]) |
				  READ_ONCE(ctx->learning[i]);
}

static u32 unknown_policy(const struct mgate_switch *sw, const struct mgate_context *ctx)
{
	u8 own = READ_ONCE(ctx->unknown);

	return own ? own - 1U : READ_ONCE(sw->params.v[MGATE_PARAM_UNKNOWN]);
}

/* RFC 4541 2.1.2 (3). */
static void plan_unknown(const struct mgate_switch *sw, const struct mgate_context *ctx,
			 struct mgate_plan *plan)
{
	u32 policy = unknown_policy(sw, ctx);
	bool flood = policy == MGATE_UNKNOWN_FLOOD;
	unsigned int i;

	/* It may be a group that was refused: no rule for unknown ones holds. */
	if (READ_ONCE(sw->full)) {
		mgate_gate_all(plan, MGATE_REASON_FLOOD_LIMIT);
		return;
	}
	empty(sw, plan, MGATE_REASON_UNKNOWN_DROP);
	plan->via_member = MGATE_REASON_UNKNOWN_FLOOD;
	add_others(sw, ctx, plan);
	if (policy == MGATE_UNKNOWN_DROP)
		no_routers(plan);
	else
		add_routers(sw, ctx, plan);
	/* Of the last word not all bits are slots. */
	for (i = 0; i < plan->words; i++)
		plan->members[i] = (((flood ? ~0UL : 0) & ~READ_ONCE(sw->unknown_drop[i])) |
				    READ_ONCE(sw->unknown_flood[i])) & READ_ONCE(sw->up[i]);
}

static void plan_known(struct mgate_switch *sw, const struct mgate_context *ctx,
		       const struct mgate_route *route, const struct mgate_addr *src,
		       struct mgate_plan *plan)
{
	empty(sw, plan, MGATE_REASON_NOT_MEMBER);
	mgate_map_read_rcu(&sw->map, route, src, plan->members, plan->words);
	add_routers(sw, ctx, plan);
	add_others(sw, ctx, plan);
}

/* Somebody may have been refused the group before somebody else was let in. */
static bool is_young(const struct mgate_switch *sw, const struct mgate_route *route)
{
	u32 fill = READ_ONCE(route->fill);

	return fill && READ_ONCE(sw->full) && fill == READ_ONCE(sw->fill);
}

static bool is_flooded(struct mgate_switch *sw, const struct mgate_key *key)
{
	const struct mgate_policy *flood = rcu_dereference(sw->flood);

	return flood && mgate_policy_has(flood, key->af, &key->grp);
}

/* With `ipv6 full`. Link-local scope goes everywhere otherwise, and so do groups of which
 * nothing is known: no host is to be missed because its report was (RFC 4541 3).
 */
static bool is_solicited(const struct mgate_switch *sw, const struct mgate_key *key)
{
	return key->af == MGATE_AF_INET6 &&
	       READ_ONCE(sw->params.v[MGATE_PARAM_IPV6]) == MGATE_IPV6_FULL &&
	       mgate_ipv6_is_solicited(&key->grp);
}

static void plan_solicited(struct mgate_switch *sw, const struct mgate_key *key,
			   struct mgate_plan *plan)
{
	const struct mgate_context *ctx = mgate_context_find_rcu(&sw->contexts, key->af, key->vid);
	const struct mgate_route *route = NULL;

	if (ctx && READ_ONCE(ctx->gating))
		route = mgate_map_find_rcu(&sw->map, key);
	if (route && !is_young(sw, route))
		plan_known(sw, ctx, route, &key->src, plan);
	else
		mgate_gate_all(plan, MGATE_REASON_FLOOD_LINK_LOCAL);
}

/**
 * mgate_gate_data() - the plan of a frame that is not a membership message
 * @sw: the switch
 * @key: its group, source and VLAN
 * @plan: the plan
 *
 * RFC 4541 2.1.2.
 */
void mgate_gate_data(struct mgate_switch *sw, const struct mgate_key *key,
		     struct mgate_plan *plan)
{
	const struct mgate_context *ctx;
	const struct mgate_route *route;

	if (mgate_family_scope(key->af, &key->grp) == MGATE_SCOPE_LINK) {
		if (unlikely(is_solicited(sw, key)) && !is_flooded(sw, key))
			plan_solicited(sw, key, plan);
		else
			mgate_gate_all(plan, MGATE_REASON_FLOOD_LINK_LOCAL);
		return;
	}
	if (is_flooded(sw, key)) {
		mgate_gate_all(plan, MGATE_REASON_FLOOD_LIST);
		return;
	}
	ctx = mgate_context_find_rcu(&sw->contexts, key->af, key->vid);
	if (!ctx || !READ_ONCE(ctx->gating)) {
		mgate_gate_all(plan, mgate_context_ignores(&sw->contexts, key->vid) ?
			       MGATE_REASON_FLOOD_IGNORED : MGATE_REASON_FLOOD_LEARNING);
		return;
	}
	route = mgate_map_find_rcu(&sw->map, key);
	if (route && !is_young(sw, route))
		plan_known(sw, ctx, route, &key->src, plan);
	else
		plan_unknown(sw, ctx, plan);
}

static bool has_other_member(struct mgate_switch *sw, const struct mgate_record *rec, u8 af,
			     u16 vid, u16 slot)
{
	struct mgate_key key = mgate_addr_key(af, vid, &rec->grp);
	const struct mgate_route *route = mgate_map_find_rcu(&sw->map, &key);

	return route && mgate_map_leads_beside(&route->ways, slot);
}

/* What means nothing here may mean something to a router: one that finds the sources of such
 * groups for older hosts.
 */
static bool is_out_of_range(const struct mgate_msg *msg)
{
	struct mgate_record rec;
	u16 offset = 0;

	while (mgate_v3_next_record(msg, &offset, &rec))
		if (mgate_filter_is_out_of_range(&rec, msg->af, msg->version))
			return true;
	return false;
}

/**
 * mgate_gate_withholds_some() - as mgate_gate_withholds(), of a message that might be
 * @sw: the switch
 * @msg: a report or leave without flaw
 * @vid: its VLAN
 * @slot: the port it came in by
 */
bool mgate_gate_withholds_some(struct mgate_switch *sw, const struct mgate_msg *msg, u16 vid,
			       u16 slot)
{
	u32 proxy = READ_ONCE(sw->params.v[MGATE_PARAM_PROXY]);
	struct mgate_record rec;
	bool some = false;
	u16 offset = 0;

	if (READ_ONCE(sw->params.v[MGATE_PARAM_REPORTS]) == MGATE_REPORTS_ALL ||
	    (msg->af != MGATE_AF_INET && mgate_v3_is_partial(msg)))
		return false;
	if (proxy == MGATE_PROXY_FULL)
		return !READ_ONCE(sw->full) && !test_bit(slot, sw->limited) &&
		       !is_out_of_range(msg);
	if (proxy != MGATE_PROXY_LEAVES)
		return false;
	while (mgate_v3_next_record(msg, &offset, &rec)) {
		if (!mgate_filter_leaves(&rec) ||
		    !has_other_member(sw, &rec, msg->af, vid, slot))
			return false;
		some = true;
	}
	return some;
}

/**
 * mgate_gate_report() - the plan of a report or leave
 * @sw: the switch
 * @af: family
 * @vid: VLAN id
 * @withheld: it is kept from the routers
 * @plan: the plan
 *
 * RFC 4541 2.1.1 (1): to router ports only, so that no host keeps silent
 * because of another's report. As long as no querier is known, nobody knows
 * where the routers are, and no host answers a query: everywhere.
 */
void mgate_gate_report(struct mgate_switch *sw, u8 af, u16 vid, bool withheld,
		       struct mgate_plan *plan)
{
	const struct mgate_context *ctx = mgate_context_find_rcu(&sw->contexts, af, vid);
	unsigned int i;

	if (READ_ONCE(sw->params.v[MGATE_PARAM_REPORTS]) == MGATE_REPORTS_ALL || !ctx ||
	    /* querier.c, which knows no readers without the lock, writes it plainly. */
	    data_race(READ_ONCE(ctx->querier.state)) == MGATE_QUERIER_NONE) {
		mgate_gate_all(plan, MGATE_REASON_CONTROL_REPORT);
		return;
	}
	empty(sw, plan, MGATE_REASON_REPORT_HELD);
	plan->via_router = MGATE_REASON_CONTROL_REPORT;
	no_members(plan);
	if (withheld)
		no_routers(plan);
	else
		add_routers(sw, ctx, plan);
	for (i = 0; i < plan->words; i++)
		plan->others[i] = READ_ONCE(sw->flooded[i]);
}

/**
 * mgate_gate_port() - the plan of an own query, or solicitation, that is for one port
 * @plan: the plan
 * @slot: the port
 * @as: the reason to pass there
 */
void mgate_gate_port(struct mgate_plan *plan, u16 slot, enum mgate_reason as)
{
	plan->pass = MGATE_REASON_NONE;
	plan->hold = MGATE_REASON_QUERY_HELD;
	plan->via_member = as;
	plan->via_router = as;
	plan->words = MGATE_WORDS;
	bitmap_zero(plan->members, MGATE_SLOTS);
	bitmap_zero(plan->routers, MGATE_SLOTS);
	bitmap_zero(plan->others, MGATE_SLOTS);
	__set_bit(slot, plan->members);
}

/**
 * mgate_gate_other() - why a port gets what it did not ask for
 * @sw: the switch
 * @slot: the port
 */
enum mgate_reason mgate_gate_other(const struct mgate_switch *sw, u16 slot)
{
	if (test_bit(slot, sw->flooded))
		return MGATE_REASON_FLOOD_MODE;
	return test_bit(slot, sw->limited) ? MGATE_REASON_FLOOD_LIMIT :
					     MGATE_REASON_FLOOD_LEARNING;
}
