// SPDX-License-Identifier: GPL-2.0-only
/* VLANs that are left alone, and those for which something else holds. */
#include "world.h"

#define G1 0xef010101
#define G2 0xef020202
#define OWN 0xc0000205		/* 192.0.2.5 */
#define OTHER 7			/* a VLAN beside WORLD_VID */
#define OQPI 255000

/* These VLANs are left alone; as by sysfs, a grace period between the two. */
static void ignore(struct world *w, int vid)
{
	DECLARE_BITMAP(vlans, MGATE_VLANS);

	bitmap_zero(vlans, MGATE_VLANS);
	if (vid >= 0)
		__set_bit(vid, vlans);
	mgate_vlans_ignore(&w->sw, vlans, w->now);
	mgate_vlans_forget(&w->sw, w->now);
}

/* A tunable differs in a VLAN, or is inherited again if @value is MGATE_AUTO. */
static void differ(struct kunit *test, u16 vid, enum mgate_override_what what, u32 value)
{
	struct mgate_overrides *list = kzalloc(sizeof(*list), GFP_KERNEL);
	struct world *w = test->priv;
	const struct mgate_overrides *now;
	u64 next;

	KUNIT_ASSERT_NOT_NULL(test, list);
	now = rcu_dereference_protected(w->sw.contexts.overrides, true);
	if (now)
		*list = *now;
	if (value == MGATE_AUTO)
		KUNIT_EXPECT_EQ(test, mgate_override_del(list, vid, what), 0);
	else
		KUNIT_EXPECT_EQ(test, mgate_override_set(list, vid, what, value), 0);
	kfree(mgate_vlans_override(&w->sw, list, w->now, &next));
	KUNIT_EXPECT_EQ(test, next, mgate_switch_next(&w->sw));
	world_tick(w);
}

static void hear_in(struct world *w, u16 vid, u16 slot, const struct mgate_msg *msg)
{
	memset(&w->in, 0, sizeof(w->in));
	world_message(w, msg);
	w->in.now = w->now;
	w->in.slot = slot;
	w->in.vid = vid;
	w->in.own = w->own;
	mgate_input(&w->sw, &w->in);
}

static void query_in(struct world *w, u16 vid, u16 slot)
{
	struct mgate_msg msg = world_query_msg(WORLD_ROUTER, 0);

	hear_in(w, vid, slot, &msg);
}

static enum mgate_reason gate_in(struct world *w, u16 vid, u16 slot, u32 grp)
{
	struct mgate_addr g = world_addr(grp);
	struct mgate_key key = mgate_addr_key(WORLD_AF, vid, &g);
	enum mgate_reason reason;
	struct mgate_plan plan;
	bool pass;

	key.src = world_addr(WORLD_SOURCE);
	rcu_read_lock();
	mgate_gate_data(&w->sw, &key, &plan);
	reason = mgate_gate_test(&w->sw, &plan, slot, &pass);
	rcu_read_unlock();
	return reason;
}

static u8 state_in(struct world *w, u16 vid)
{
	const struct mgate_context *ctx = world_context(w, vid);

	return ctx ? ctx->querier.state : MGATE_QUERIER_NONE;
}

static void static_group(struct kunit *test, u16 slot, u32 grp)
{
	struct mgate_key key = world_key(grp);
	struct world *w = test->priv;

	KUNIT_EXPECT_EQ(test, mgate_permanent_add(&w->sw, &key, slot, w->now), 0);
}

/* INTERFACE `vlans_ignored`: it floods, and what was learned is forgotten; what the
 * administrator set is not.
 */
static void ignored_is_forgotten(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	world_join(w, 2, 3, G1);
	static_group(test, 3, G2);
	world_join(w, 3, 3, G2);
	KUNIT_EXPECT_EQ(test, world_port(w, 3)->ngroups, 1);
	KUNIT_EXPECT_EQ(test, gate_in(w, WORLD_VID, 64, G1), MGATE_REASON_NOT_MEMBER);
	ignore(w, WORLD_VID);
	KUNIT_EXPECT_NULL(test, world_context(w, WORLD_VID));
	KUNIT_EXPECT_EQ(test, gate_in(w, WORLD_VID, 64, G1), MGATE_REASON_FLOOD_IGNORED);
	KUNIT_EXPECT_EQ(test, gate_in(w, WORLD_VID, 2, G1), MGATE_REASON_FLOOD_IGNORED);
	KUNIT_EXPECT_EQ(test, gate_in(w, WORLD_VID, 64, G2), MGATE_REASON_FLOOD_IGNORED);
	KUNIT_EXPECT_NULL(test, world_member(w, 2, G1));
	KUNIT_ASSERT_NOT_NULL(test, world_member(w, 3, G2));
	KUNIT_EXPECT_TRUE(test, world_member(w, 3, G2)->permanent);
	KUNIT_EXPECT_EQ(test, world_port(w, 2)->ngroups, 0);
	KUNIT_EXPECT_EQ(test, world_port(w, 3)->ngroups, 0);
}

/* Between the two steps everything floods already. */
static void floods_before_it_is_forgotten(struct kunit *test)
{
	DECLARE_BITMAP(vlans, MGATE_VLANS);
	struct world *w = test->priv;

	world_converge(w, 1);
	world_join(w, 2, 3, G1);
	bitmap_zero(vlans, MGATE_VLANS);
	__set_bit(WORLD_VID, vlans);
	mgate_vlans_ignore(&w->sw, vlans, w->now);
	KUNIT_EXPECT_NOT_NULL(test, world_member(w, 2, G1));
	KUNIT_EXPECT_EQ(test, gate_in(w, WORLD_VID, 64, G1), MGATE_REASON_FLOOD_IGNORED);
	world_join(w, 64, 3, G1);
	KUNIT_EXPECT_NULL(test, world_member(w, 64, G1));
	/* Time finds members without a VLAN. */
	world_pass(w, WORLD_GMI + 1000);
	KUNIT_EXPECT_NULL(test, world_member(w, 2, G1));
	KUNIT_EXPECT_EQ(test, w->lost, 0);
}

/* Nothing is learned there, be it a report, a query or a hello; nor is it refused. */
static void nothing_is_learned_there(struct kunit *test)
{
	struct mgate_msg hello = {
		.src = world_addr(WORLD_ROUTER), .hold_ms = 105000, .by = MGATE_BY_PIM,
		.kind = MGATE_KIND_ROUTER,
	};
	struct world *w = test->priv;

	ignore(w, WORLD_VID);
	world_join(w, 2, 2, G1);
	world_join(w, 2, 3, G1);
	world_leave(w, 2, 2, G1);
	world_query(w, 1, WORLD_ROUTER, 0);
	world_query(w, 1, WORLD_ROUTER, G1);
	hear_in(w, WORLD_VID, 1, &hello);
	KUNIT_EXPECT_FALSE(test, w->in.no_context);
	KUNIT_EXPECT_FALSE(test, w->in.new_router);
	KUNIT_EXPECT_NULL(test, world_context(w, WORLD_VID));
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
	KUNIT_EXPECT_EQ(test, world_tick(w), MGATE_NEVER);
}

/* Its neighbours feel nothing of it. */
static void others_are_gated_as_before(struct kunit *test)
{
	struct world *w = test->priv;

	query_in(w, OTHER, 1);
	world_converge(w, 1);
	world_join(w, 2, 3, G1);
	ignore(w, OTHER);
	KUNIT_EXPECT_NULL(test, world_context(w, OTHER));
	KUNIT_EXPECT_EQ(test, gate_in(w, OTHER, 64, G1), MGATE_REASON_FLOOD_IGNORED);
	KUNIT_EXPECT_EQ(test, gate_in(w, WORLD_VID, 64, G1), MGATE_REASON_NOT_MEMBER);
	KUNIT_EXPECT_EQ(test, gate_in(w, WORLD_VID, 2, G1), MGATE_REASON_MEMBER);
	KUNIT_EXPECT_TRUE(test, world_is_router(w, 1));
}

/* A VLAN that is not left alone any more converges like a new one. */
static void comes_back_like_a_new_one(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	world_join(w, 2, 3, G1);
	static_group(test, 3, G2);
	ignore(w, WORLD_VID);
	ignore(w, -1);
	KUNIT_EXPECT_EQ(test, gate_in(w, WORLD_VID, 64, G1), MGATE_REASON_FLOOD_LEARNING);
	world_join(w, 2, 3, G1);
	KUNIT_EXPECT_EQ(test, gate_in(w, WORLD_VID, 64, G1), MGATE_REASON_FLOOD_LEARNING);
	world_query(w, 1, WORLD_ROUTER, 0);
	world_pass(w, 9999);
	KUNIT_EXPECT_EQ(test, gate_in(w, WORLD_VID, 64, G1), MGATE_REASON_FLOOD_LEARNING);
	world_pass(w, 1);
	KUNIT_EXPECT_EQ(test, gate_in(w, WORLD_VID, 64, G1), MGATE_REASON_NOT_MEMBER);
	KUNIT_EXPECT_EQ(test, gate_in(w, WORLD_VID, 2, G1), MGATE_REASON_MEMBER);
	KUNIT_EXPECT_EQ(test, gate_in(w, WORLD_VID, 3, G2), MGATE_REASON_MEMBER);
	KUNIT_EXPECT_EQ(test, gate_in(w, WORLD_VID, 64, G2), MGATE_REASON_NOT_MEMBER);
}

/* No queries of ours go there; taken back, `on` asks there at once. */
static void no_queries_there(struct kunit *test)
{
	struct world *w = test->priv;

	world_begin(w, MGATE_QUERIER_ON, 0, OWN);
	world_pass(w, 1000);
	KUNIT_EXPECT_EQ(test, w->asks, 1);
	ignore(w, WORLD_VID);
	mgate_role_set(&w->sw, true, WORLD_VID, w->now);
	world_pass(w, 2 * OQPI);
	KUNIT_EXPECT_EQ(test, w->asks, 1);
	ignore(w, -1);
	world_tick(w);
	KUNIT_EXPECT_EQ(test, w->asks, 2);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_SELF);
}

/* INTERFACE `vlan`, `VID unknown VALUE`: at once, and only there; also where nothing
 * was heard until then.
 */
static void unknown_of_its_own(struct kunit *test)
{
	struct world *w = test->priv;

	query_in(w, OTHER, 1);
	world_converge(w, 1);
	KUNIT_EXPECT_EQ(test, gate_in(w, WORLD_VID, 64, G1), MGATE_REASON_UNKNOWN_DROP);
	differ(test, WORLD_VID, MGATE_OVERRIDE_UNKNOWN, MGATE_UNKNOWN_FLOOD);
	KUNIT_EXPECT_EQ(test, gate_in(w, WORLD_VID, 64, G1), MGATE_REASON_UNKNOWN_FLOOD);
	KUNIT_EXPECT_EQ(test, gate_in(w, OTHER, 64, G1), MGATE_REASON_UNKNOWN_DROP);
	world_set(w, MGATE_PARAM_UNKNOWN, MGATE_UNKNOWN_DROP);
	KUNIT_EXPECT_EQ(test, gate_in(w, WORLD_VID, 64, G1), MGATE_REASON_UNKNOWN_FLOOD);
	KUNIT_EXPECT_EQ(test, gate_in(w, OTHER, 1, G1), MGATE_REASON_UNKNOWN_DROP);
	differ(test, OTHER, MGATE_OVERRIDE_UNKNOWN, MGATE_UNKNOWN_AUTO);
	KUNIT_EXPECT_EQ(test, gate_in(w, OTHER, 1, G1), MGATE_REASON_ROUTER);
	differ(test, WORLD_VID, MGATE_OVERRIDE_UNKNOWN, MGATE_AUTO);
	KUNIT_EXPECT_EQ(test, gate_in(w, WORLD_VID, 1, G1), MGATE_REASON_UNKNOWN_DROP);
	differ(test, OTHER + 1, MGATE_OVERRIDE_UNKNOWN, MGATE_UNKNOWN_FLOOD);
	query_in(w, OTHER + 1, 1);
	world_pass(w, 10000);
	KUNIT_EXPECT_EQ(test, gate_in(w, OTHER + 1, 64, G1), MGATE_REASON_UNKNOWN_FLOOD);
}

/* `VID querier on` asks at once where nobody was heard, and goes on for good. */
static void asks_in_that_vlan_alone(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned int asks;

	world_begin(w, MGATE_QUERIER_OFF, 0, OWN);
	differ(test, OTHER, MGATE_OVERRIDE_QUERIER, MGATE_QUERIER_ON);
	KUNIT_EXPECT_EQ(test, w->vlan_asks[OTHER], 1);
	KUNIT_EXPECT_EQ(test, state_in(w, OTHER), MGATE_QUERIER_SELF);
	world_pass(w, 10 * OQPI);
	KUNIT_EXPECT_GT(test, w->vlan_asks[OTHER], 19);
	KUNIT_EXPECT_EQ(test, gate_in(w, OTHER, 64, G1), MGATE_REASON_UNKNOWN_DROP);
	asks = w->asks;
	KUNIT_EXPECT_EQ(test, w->vlan_asks[OTHER], asks);
	differ(test, OTHER, MGATE_OVERRIDE_QUERIER, MGATE_AUTO);
	KUNIT_EXPECT_EQ(test, state_in(w, OTHER), MGATE_QUERIER_NONE);
	KUNIT_EXPECT_EQ(test, gate_in(w, OTHER, 64, G1), MGATE_REASON_FLOOD_LEARNING);
	world_pass(w, 2 * OQPI);
	KUNIT_EXPECT_EQ(test, w->asks, asks);
}

/* The bridge may be told to begin later, or anew: what differs is still known. */
static void asks_again_after_all_was_forgotten(struct kunit *test)
{
	struct world *w = test->priv;

	differ(test, OTHER, MGATE_OVERRIDE_QUERIER, MGATE_QUERIER_ON);
	KUNIT_EXPECT_EQ(test, w->asks, 0);
	world_begin(w, MGATE_QUERIER_AUTO, 0, OWN);
	world_tick(w);
	KUNIT_EXPECT_EQ(test, w->vlan_asks[OTHER], 1);
	KUNIT_EXPECT_EQ(test, w->asks, 1);
	mgate_switch_flush(&w->sw, w->now);
	KUNIT_EXPECT_NULL(test, world_context(w, OTHER));
	mgate_role_set(&w->sw, true, WORLD_VID, w->now);
	world_pass(w, 1000);
	KUNIT_EXPECT_EQ(test, w->vlan_asks[OTHER], 2);
}

/* A VLAN that somebody's tag has made is kept once it was named in `vlan`. */
static void kept_without_members(struct kunit *test)
{
	struct world *w = test->priv;

	world_begin(w, MGATE_QUERIER_AUTO, 0, OWN);
	query_in(w, OTHER, 1);
	KUNIT_EXPECT_FALSE(test, world_context(w, OTHER)->named);
	world_pass(w, 1000);
	differ(test, OTHER, MGATE_OVERRIDE_QUERIER, MGATE_QUERIER_ON);
	KUNIT_EXPECT_EQ(test, w->vlan_asks[OTHER], 1);
	world_pass(w, 10 * OQPI);
	KUNIT_EXPECT_EQ(test, state_in(w, OTHER), MGATE_QUERIER_SELF);
}

/* `VID querier off` is silent where the bridge asks, and floods as it ceases. */
static void silent_in_that_vlan_alone(struct kunit *test)
{
	struct world *w = test->priv;

	world_begin(w, MGATE_QUERIER_ON, 0, OWN);
	world_pass(w, 10000);
	KUNIT_EXPECT_EQ(test, w->asks, 1);
	differ(test, WORLD_VID, MGATE_OVERRIDE_QUERIER, MGATE_QUERIER_OFF);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_NONE);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 64, G1));
	world_set(w, MGATE_PARAM_QUERIER, MGATE_QUERIER_AUTO);
	world_set(w, MGATE_PARAM_QUERIER, MGATE_QUERIER_ON);
	world_pass(w, 2 * OQPI);
	KUNIT_EXPECT_EQ(test, w->asks, 1);
	differ(test, WORLD_VID, MGATE_OVERRIDE_QUERIER, MGATE_AUTO);
	KUNIT_EXPECT_EQ(test, w->asks, 2);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_SELF);
}

/* What was written for the bridge, or of another VLAN, moves nothing here. */
static void not_moved_by_others(struct kunit *test)
{
	struct world *w = test->priv;
	u64 start;

	world_begin(w, MGATE_QUERIER_OFF, 0, OWN);
	world_join(w, 2, 3, G1);
	differ(test, WORLD_VID, MGATE_OVERRIDE_QUERIER, MGATE_QUERIER_AUTO);
	start = w->now;
	world_pass(w, OQPI / 2);
	world_set(w, MGATE_PARAM_QUERIER, MGATE_QUERIER_ON);
	differ(test, OTHER, MGATE_OVERRIDE_QUERIER, MGATE_QUERIER_OFF);
	differ(test, WORLD_VID, MGATE_OVERRIDE_UNKNOWN, MGATE_UNKNOWN_FLOOD);
	world_until(w, start + OQPI - 1);
	KUNIT_EXPECT_EQ(test, w->asks, 0);
	world_pass(w, 1);
	KUNIT_EXPECT_EQ(test, w->asks, 1);
}

static struct kunit_case vlans_cases[] = {
	KUNIT_CASE(ignored_is_forgotten),
	KUNIT_CASE(floods_before_it_is_forgotten),
	KUNIT_CASE(nothing_is_learned_there),
	KUNIT_CASE(others_are_gated_as_before),
	KUNIT_CASE(comes_back_like_a_new_one),
	KUNIT_CASE(no_queries_there),
	KUNIT_CASE(unknown_of_its_own),
	KUNIT_CASE(asks_in_that_vlan_alone),
	KUNIT_CASE(asks_again_after_all_was_forgotten),
	KUNIT_CASE(kept_without_members),
	KUNIT_CASE(silent_in_that_vlan_alone),
	KUNIT_CASE(not_moved_by_others),
	{}
};

static struct kunit_suite vlans_suite = {
	.name = WORLD_NAME("mgate_vlans"),
	.init = world_init,
	.exit = world_exit,
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.test_cases = vlans_cases,
};

kunit_test_suite(vlans_suite);

MODULE_DESCRIPTION("mgate: tests of single VLANs");
MODULE_LICENSE("GPL");
