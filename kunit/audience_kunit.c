// SPDX-License-Identifier: GPL-2.0-only
/* Whom a query about a group is for: the port that left, or all. */
#include "world.h"

#define G1 0xef010101
#define S1 WORLD_SOURCE
#define S2 (WORLD_SOURCE + 1)
#define OWN 0xc0000205

/* A router at port 1 that leaves the querying to us. */
static struct world *begin(struct kunit *test)
{
	struct world *w = test->priv;

	w->decides = true;
	world_begin(w, MGATE_QUERIER_ON, 3, OWN);
	world_pass(w, 60000);
	mgate_swport_set(&w->sw, 1, MGATE_PORT_ROUTER, MGATE_ROUTER_ALWAYS, w->now);
	w->asks = 0;
	return w;
}

static void leave(struct kunit *test, struct world *w, u16 slot)
{
	world_leave(w, slot, 3, G1);
	world_tick(w);
	KUNIT_EXPECT_EQ(test, w->asks, 1);
	KUNIT_EXPECT_EQ(test, w->last_ask.slot, slot);
	w->asks = 0;
}

/* CONFORMANCE 73, 95: a router that does not query ends a group when it hears us ask. */
static void routers_hear_of_the_last(struct kunit *test)
{
	struct world *w = begin(test);

	world_join(w, 2, 3, G1);
	leave(test, w, 2);
	KUNIT_EXPECT_TRUE(test, w->last_ask.all);
	world_pass(w, 1000);
	KUNIT_EXPECT_EQ(test, w->asks, 1);
	KUNIT_EXPECT_TRUE(test, w->last_ask.all);
	world_pass(w, 1000);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
}

/* CONFORMANCE 11, 13: while somebody else wants it the routers know of no leave. */
static void not_while_another_wants_it(struct kunit *test)
{
	struct world *w = begin(test);

	world_join(w, 2, 3, G1);
	world_join(w, 64, 3, G1);
	leave(test, w, 2);
	KUNIT_EXPECT_FALSE(test, w->last_ask.all);
	world_pass(w, 2000);
	w->asks = 0;
	leave(test, w, 64);
	KUNIT_EXPECT_TRUE(test, w->last_ask.all);
	/* One who joins between the two queries is not cut by the second. */
	world_join(w, 3, 3, G1);
	world_pass(w, 1000);
	KUNIT_EXPECT_EQ(test, w->asks, 1);
	KUNIT_EXPECT_FALSE(test, w->last_ask.all);
}

/* CONFORMANCE 73, 95: the last two leave in short order, each while the other is asked. */
static void two_that_leave_in_short_order(struct kunit *test)
{
	struct world *w = begin(test);

	world_join(w, 2, 3, G1);
	world_join(w, 64, 3, G1);
	leave(test, w, 2);
	KUNIT_EXPECT_FALSE(test, w->last_ask.all);
	world_pass(w, 500);
	leave(test, w, 64);
	KUNIT_EXPECT_TRUE(test, w->last_ask.all);
	world_pass(w, 500);
	KUNIT_EXPECT_EQ(test, w->last_ask.slot, 2);
	KUNIT_EXPECT_TRUE(test, w->last_ask.all);
}

/* CONFORMANCE 11: nor where another wants a single source of it. */
static void not_while_another_wants_a_source(struct kunit *test)
{
	struct world *w = begin(test);

	world_join(w, 2, 3, G1);
	world_record(w, 64, 3, MGATE_RECORD_ALLOW, G1, S1);
	leave(test, w, 2);
	KUNIT_EXPECT_FALSE(test, w->last_ask.all);
}

/* TRAPS 24: nobody hears it besides the port where no router would. */
static void not_without_a_router(struct kunit *test)
{
	struct world *w = begin(test);

	mgate_swport_set(&w->sw, 1, MGATE_PORT_ROUTER, MGATE_ROUTER_AUTO, w->now);
	mgate_swport_set(&w->sw, 2, MGATE_PORT_ROUTER, MGATE_ROUTER_ALWAYS, w->now);
	world_join(w, 2, 3, G1);
	leave(test, w, 2);
	KUNIT_EXPECT_FALSE(test, w->last_ask.all);
}

/* Routers are told for the hosts then, and would not hear these answer. */
static void not_with_proxy_full(struct kunit *test)
{
	struct world *w = begin(test);

	world_set(w, MGATE_PARAM_PROXY, MGATE_PROXY_FULL);
	world_join(w, 2, 3, G1);
	leave(test, w, 2);
	KUNIT_EXPECT_FALSE(test, w->last_ask.all);
}

/* TRAPS 24: beside a querier we ask at the port alone. */
static void not_for_another_querier(struct kunit *test)
{
	struct world *w = begin(test);

	world_query(w, 1, WORLD_ROUTER, 0);
	world_join(w, 2, 3, G1);
	world_join(w, 64, 3, G1);
	leave(test, w, 2);
	KUNIT_EXPECT_TRUE(test, w->last_ask.proxy);
	KUNIT_EXPECT_FALSE(test, w->last_ask.all);
}

/* CONFORMANCE 73, 76: the same for sources, each for itself. */
static void sources_that_nobody_else_wants(struct kunit *test)
{
	struct world *w = begin(test);

	world_record(w, 2, 3, MGATE_RECORD_ALLOW, G1, S1);
	world_record(w, 64, 3, MGATE_RECORD_ALLOW, G1, S2);
	world_record(w, 2, 3, MGATE_RECORD_BLOCK, G1, S1);
	world_tick(w);
	KUNIT_EXPECT_EQ(test, w->asks, 1);
	KUNIT_EXPECT_EQ(test, w->last_ask.query.nsrcs, 1);
	KUNIT_EXPECT_TRUE(test, w->last_ask.all);
	world_record(w, 64, 3, MGATE_RECORD_ALLOW, G1, S1);
	world_pass(w, 1000);
	KUNIT_EXPECT_EQ(test, w->asks, 2);
	KUNIT_EXPECT_FALSE(test, w->last_ask.all);
}

static struct kunit_case audience_cases[] = {
	KUNIT_CASE(routers_hear_of_the_last),
	KUNIT_CASE(not_while_another_wants_it),
	KUNIT_CASE(two_that_leave_in_short_order),
	KUNIT_CASE(not_while_another_wants_a_source),
	KUNIT_CASE(not_without_a_router),
	KUNIT_CASE(not_with_proxy_full),
	KUNIT_CASE(not_for_another_querier),
	KUNIT_CASE(sources_that_nobody_else_wants),
	{}
};

static struct kunit_suite audience_suite = {
	.name = WORLD_NAME("mgate_audience"),
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = world_init,
	.exit = world_exit,
	.test_cases = audience_cases,
};

kunit_test_suite(audience_suite);

MODULE_DESCRIPTION("mgate: tests of whom own queries are for");
MODULE_LICENSE("GPL");
