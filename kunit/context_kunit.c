// SPDX-License-Identifier: GPL-2.0-only
/* What is known of a VLAN: convergence, queriers, router ports, and its end. */
#include "world.h"

#define G1 0xef010101

/* DECISIONS 4, TRAPS 21: gates after a query *and* the time to answer it. */
static void gates_when_converged(struct kunit *test)
{
	struct world *w = test->priv;
	enum mgate_reason reason;
	bool pass;

	reason = world_gate(w, 2, G1, WORLD_SOURCE, &pass);
	KUNIT_EXPECT_TRUE(test, pass && reason == MGATE_REASON_FLOOD_LEARNING);
	world_join(w, 3, 2, G1);
	world_pass(w, 200000);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	world_query(w, 1, WORLD_ROUTER, 0);
	world_pass(w, 9999);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	world_pass(w, 1);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
	KUNIT_EXPECT_TRUE(test, world_gets(w, 3, G1));
}

/* INTERFACE `convergence_ms`: written, zero, and of the query that was heard. */
static void convergence_as_written(struct kunit *test)
{
	struct mgate_msg msg = world_query_msg(WORLD_ROUTER, 0);
	struct world *w = test->priv;
	enum mgate_param other;
	int err;

	mgate_switch_set(&w->sw, MGATE_PARAM_CONVERGENCE_MS, 0, w->now, &other, &err);
	KUNIT_EXPECT_EQ(test, err, 0);
	world_query(w, 1, WORLD_ROUTER, 0);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
	mgate_switch_flush(&w->sw, w->now);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	mgate_switch_set(&w->sw, MGATE_PARAM_CONVERGENCE_MS, 3600000, w->now, &other, &err);
	mgate_switch_set(&w->sw, MGATE_PARAM_CONVERGENCE_MS, MGATE_AUTO, w->now, &other, &err);
	msg.max_resp_ms = 2500;
	world_hear(w, 1, &msg);
	world_pass(w, 2749);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	world_pass(w, 1);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
}

/* A second query within the time does not begin it anew. */
static void second_query_does_not_delay(struct kunit *test)
{
	struct world *w = test->priv;

	world_query(w, 1, WORLD_ROUTER, 0);
	world_pass(w, 6000);
	world_query(w, 1, WORLD_ROUTER, 0);
	world_pass(w, 4000);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
}

/* INTERFACE `convergence_ms`: a shorter time counts for what is awaited. */
static void shorter_time_counts_at_once(struct kunit *test)
{
	enum mgate_param other;
	struct world *w = test->priv;
	int err;

	world_query(w, 1, WORLD_ROUTER, 0);
	world_pass(w, 1000);
	mgate_switch_set(&w->sw, MGATE_PARAM_CONVERGENCE_MS, 3600000, w->now, &other, &err);
	world_pass(w, 1000);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	mgate_switch_set(&w->sw, MGATE_PARAM_CONVERGENCE_MS, 0, w->now, &other, &err);
	world_pass(w, 0);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
}

/* DECISIONS 4: hosts that were asked have the time that they were given, whatever
 * is configured meanwhile.
 */
static void shorter_response_does_not_count_yet(struct kunit *test)
{
	struct world *w = test->priv;

	w->sw.params.v[MGATE_PARAM_CONVERGENCE_MS] = MGATE_AUTO;
	world_begin(w, MGATE_QUERIER_ON, 3, 0xc0000209);
	world_tick(w);
	world_set(w, MGATE_PARAM_QUERY_RESPONSE_INTERVAL_MS, 100);
	world_pass(w, 10999);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	world_pass(w, 1);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
}

/* DECISIONS 4, TRAPS 12: a port that starts gets everything until it was asked,
 * and a query before it started does not count.
 */
static void late_port_learns_alone(struct kunit *test)
{
	struct world *w = test->priv;

	world_query(w, 1, WORLD_ROUTER, 0);
	world_pass(w, 5000);
	mgate_swport_start(&w->sw, 64, w->now);
	world_pass(w, 5000);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
	/* Asked when the others are through, with nobody waiting for it. */
	KUNIT_EXPECT_EQ(test, w->asks, 1);
	KUNIT_EXPECT_EQ(test, w->last_ask.slot, 64);
	world_pass(w, 9999);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 64, G1));
	world_pass(w, 1);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 64, G1));
}

/* RELIABILITY B7, F3: when the querier is lost, everything floods again. */
static void floods_without_querier(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	world_pass(w, 255000 - 10000 - 1);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
	KUNIT_EXPECT_TRUE(test, world_is_router(w, 1));
	world_pass(w, 1);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_NONE);
	KUNIT_EXPECT_FALSE(test, world_is_router(w, 1));
	world_query(w, 1, WORLD_ROUTER, 0);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	world_pass(w, 10000);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
}

/* The same when the querier's port goes, stops or is ignored. */
static void querier_out_of_reach(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	mgate_swport_stop(&w->sw, 1, w->now);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_NONE);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	mgate_swport_start(&w->sw, 1, w->now);
	world_converge(w, 3);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
	mgate_swport_set(&w->sw, 3, MGATE_PORT_MODE, MGATE_PORT_IGNORE, w->now);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	world_converge(w, 2);
	mgate_swport_del(&w->sw, 2, w->now);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 63, G1));
}

/* CONFORMANCE 5, DECISIONS 10: 0.0.0.0 is a router only where no real one is. */
static void routers_by_proxy(struct kunit *test)
{
	struct world *w = test->priv;

	world_query(w, 2, 0, 0);
	KUNIT_EXPECT_EQ(test, w->in.flaw, MGATE_REASON_QUERY_PROXY);
	KUNIT_EXPECT_TRUE(test, w->in.new_router && w->in.new_querier);
	KUNIT_EXPECT_TRUE(test, world_is_router(w, 2));
	world_query(w, 1, WORLD_ROUTER, 0);
	KUNIT_EXPECT_TRUE(test, world_is_router(w, 1));
	world_query(w, 3, 0, 0);
	KUNIT_EXPECT_FALSE(test, world_is_router(w, 3));
	KUNIT_EXPECT_FALSE(test, w->in.new_querier);
	KUNIT_EXPECT_EQ(test, w->in.flaw, MGATE_REASON_QUERY_PROXY);
}

/* CONFORMANCE 6, 17; INTERFACE `router`. */
static void routers_by_rule(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	mgate_swport_set(&w->sw, 64, MGATE_PORT_ROUTER, MGATE_ROUTER_ALWAYS, w->now);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 64, G1));
	mgate_swport_set(&w->sw, 64, MGATE_PORT_ROUTER, MGATE_ROUTER_AUTO, w->now);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 64, G1));
	mgate_swport_set(&w->sw, 1, MGATE_PORT_ROUTER, MGATE_ROUTER_NEVER, w->now);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 1, G1));
	world_query(w, 1, WORLD_ROUTER, 0);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 1, G1));
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_OTHER);
}

static void hear_in(struct world *w, u16 vid, bool named, const struct mgate_msg *msg)
{
	memset(&w->in, 0, sizeof(w->in));
	world_message(w, msg);
	w->in.now = w->now;
	w->in.slot = 2;
	w->in.vid = vid;
	w->in.named = named;
	mgate_input(&w->sw, &w->in);
}

/* DECISIONS 8: a VLAN that a router alone has kept goes in time when `router` is `never` there. */
static void kept_by_a_router_no_more(struct kunit *test)
{
	struct mgate_msg hello = {
		.src = world_addr(WORLD_ROUTER), .kind = MGATE_KIND_ROUTER, .by = MGATE_BY_PIM,
		.hold_ms = 3600000,
	};
	struct world *w = test->priv;

	hear_in(w, 77, false, &hello);
	world_pass(w, 2 * WORLD_GMI);
	KUNIT_EXPECT_NOT_NULL(test, world_context(w, 77));
	mgate_swport_set(&w->sw, 2, MGATE_PORT_ROUTER, MGATE_ROUTER_NEVER, w->now);
	world_tick(w);
	KUNIT_EXPECT_NULL(test, world_context(w, 77));
}

/* CONFORMANCE 108: a querier and a join in VLAN 10 are nothing in VLAN 20. */
static void vlans_are_apart(struct kunit *test)
{
	struct mgate_msg query = world_query_msg(WORLD_ROUTER, 0);
	struct mgate_msg report = { .grp = world_addr(G1), .version = 2, .count = 1 };
	struct world *w = test->priv;
	struct mgate_key key;

	world_converge(w, 1);
	hear_in(w, 10, true, &query);
	hear_in(w, 10, true, &report);
	world_pass(w, 10000);
	KUNIT_EXPECT_NULL(test, world_context(w, 20));
	KUNIT_EXPECT_TRUE(test, world_context(w, 10)->gating);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
	key = world_key(G1);
	KUNIT_EXPECT_NULL(test, mgate_ledger_find(&w->sw.ledger, &key));
	key.vid = 10;
	KUNIT_EXPECT_NOT_NULL(test, mgate_ledger_find(&w->sw.ledger, &key));
	KUNIT_EXPECT_FALSE(test, world_is_router(w, 2));
}

/* DECISIONS 8, TRAPS 26: 256 VLANs that nobody configured, and their end. */
static void unnamed_vlans_are_bounded(struct kunit *test)
{
	struct mgate_msg report = { .grp = world_addr(G1), .version = 2, .count = 1 };
	struct world *w = test->priv;
	u16 vid;

	for (vid = 1; vid <= 1000; vid++) {
		hear_in(w, vid, vid > 500, &report);
		KUNIT_EXPECT_EQ(test, w->in.no_context, vid > 256 && vid <= 500);
	}
	KUNIT_EXPECT_EQ(test, w->sw.contexts.unnamed[WORLD_AF], 256);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 756);
	world_pass(w, WORLD_GMI);
	KUNIT_EXPECT_EQ(test, w->sw.contexts.unnamed[WORLD_AF], 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&w->sw.contexts.list));
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
}

/* CONFORMANCE 88, DECISIONS 8: a VLAN is kept after the last report for the interval that is in
 * force, also where the one before it was to keep it for longer.
 */
static void a_vlan_is_kept_by_the_interval_in_force(struct kunit *test)
{
	struct world *w = test->priv;

	world_set(w, MGATE_PARAM_QUERY_INTERVAL_MS, 3600000);
	world_join(w, 2, 3, G1);
	world_pass(w, 1000);
	world_set(w, MGATE_PARAM_QUERY_INTERVAL_MS, 30000);
	world_join(w, 2, 3, G1);
	world_pass(w, 80000);
	KUNIT_EXPECT_NULL(test, world_context(w, WORLD_VID));
}

/* DECISIONS 4, TRAPS 12: a query that no port was waiting for is awaited by none that starts
 * after it: that one gets everything until it has been asked itself.
 */
static void a_query_for_nobody_is_not_awaited(struct kunit *test)
{
	struct world *w = test->priv;
	struct mgate_context *ctx;

	world_converge(w, 1);
	world_query(w, 1, WORLD_ROUTER, 0);
	ctx = world_context(w, WORLD_VID);
	KUNIT_EXPECT_EQ(test, ctx->settle_at, MGATE_NEVER);
	mgate_role_asked(&w->sw, WORLD_AF, WORLD_VID, 3, w->now);
	KUNIT_EXPECT_EQ(test, ctx->settle_at, MGATE_NEVER);
}

/* DECISIONS 4: a port that is asked again and again is not waited for any longer. */
static void asked_again_is_not_waited_for_longer(struct kunit *test)
{
	struct world *w = test->priv;
	struct mgate_context *ctx;

	world_converge(w, 1);
	ctx = world_context(w, WORLD_VID);
	mgate_swport_stop(&w->sw, 3, w->now);
	mgate_swport_start(&w->sw, 3, w->now);
	mgate_role_asked(&w->sw, WORLD_AF, WORLD_VID, 3, w->now);
	w->now += 9000;
	mgate_role_asked(&w->sw, WORLD_AF, WORLD_VID, 3, w->now);
	KUNIT_EXPECT_EQ(test, ctx->settle_at, w->now + 1000);
}

/* INTERFACE `router`, DECISIONS 4: a router may be behind a port that was `never` one: it gets
 * everything until that is known.
 */
static void never_a_router_is_taken_back(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	mgate_swport_set(&w->sw, 3, MGATE_PORT_ROUTER, MGATE_ROUTER_NEVER, w->now);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 3, G1));
	mgate_swport_set(&w->sw, 3, MGATE_PORT_ROUTER, MGATE_ROUTER_AUTO, w->now);
	KUNIT_EXPECT_TRUE(test, test_bit(3, world_context(w, WORLD_VID)->learning));
	KUNIT_EXPECT_TRUE(test, world_gets(w, 3, G1));
}

/* TRAPS 12, CONFORMANCE 108: a port that opens in one VLAN is known in the others as before. */
static void a_port_opens_in_one_vlan(struct kunit *test)
{
	struct mgate_msg msg = world_query_msg(WORLD_ROUTER, 0);
	struct world *w = test->priv;

	world_hear_in(w, 1, 10, &msg);
	world_converge(w, 1);
	mgate_swport_open(&w->sw, 3, 10);
	KUNIT_EXPECT_TRUE(test, test_bit(3, world_context(w, 10)->learning));
	KUNIT_EXPECT_FALSE(test, test_bit(3, world_context(w, WORLD_VID)->learning));
}

static struct kunit_case context_cases[] = {
	KUNIT_CASE(gates_when_converged),
	KUNIT_CASE(convergence_as_written),
	KUNIT_CASE(second_query_does_not_delay),
	KUNIT_CASE(shorter_time_counts_at_once),
	KUNIT_CASE(shorter_response_does_not_count_yet),
	KUNIT_CASE(late_port_learns_alone),
	KUNIT_CASE(floods_without_querier),
	KUNIT_CASE(querier_out_of_reach),
	KUNIT_CASE(routers_by_proxy),
	KUNIT_CASE(routers_by_rule),
	KUNIT_CASE(kept_by_a_router_no_more),
	KUNIT_CASE(vlans_are_apart),
	KUNIT_CASE(unnamed_vlans_are_bounded),
	KUNIT_CASE(a_vlan_is_kept_by_the_interval_in_force),
	KUNIT_CASE(a_query_for_nobody_is_not_awaited),
	KUNIT_CASE(asked_again_is_not_waited_for_longer),
	KUNIT_CASE(never_a_router_is_taken_back),
	KUNIT_CASE(a_port_opens_in_one_vlan),
	{}
};

static struct kunit_suite context_suite = {
	.name = WORLD_NAME("mgate_context"),
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = world_init,
	.exit = world_exit,
	.test_cases = context_cases,
};

kunit_test_suite(context_suite);

MODULE_DESCRIPTION("mgate: tests of VLANs, queriers and convergence");
MODULE_LICENSE("GPL");
