// SPDX-License-Identifier: GPL-2.0-only
/* Which ports lead to routers, by all that makes them known. */
#include "world.h"

#define G1 0xef010101
#define R2 0xc0000202

/* A hello, an advertisement or a probe, as it was read. */
static void tell(struct world *w, u16 slot, enum mgate_by by, u32 from, u32 hold_ms)
{
	struct mgate_msg msg = {
		.src = world_addr(from), .hold_ms = hold_ms, .by = (u8)by,
		.kind = MGATE_KIND_ROUTER, .fate = MGATE_FATE_ALL,
	};

	world_hear(w, slot, &msg);
}

static const struct way {
	const char *name;
	enum mgate_by by;
	u32 hold_ms;
} ways[] = {
	{ "hello", MGATE_BY_PIM, 105000 },
	{ "hello for 1 s", MGATE_BY_PIM, 1000 },
	{ "advertisement", MGATE_BY_MRD, 61500 },
	{ "probe", MGATE_BY_DVMRP, 35000 },
};

static void way_name(const struct way *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(way, ways, way_name);

/* CONFORMANCE 3, 4, 104; issue 4 item 4: for as long as it said, not longer. */
static void known_for_as_long_as_it_said(struct kunit *test)
{
	const struct way *row = test->param_value;
	struct world *w = test->priv;
	u64 told;

	world_converge(w, 1);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 64, G1));
	told = w->now;
	tell(w, 64, row->by, R2, row->hold_ms);
	KUNIT_EXPECT_TRUE(test, w->in.new_router);
	KUNIT_EXPECT_FALSE(test, w->in.new_querier);
	KUNIT_EXPECT_LE(test, w->in.next, told + row->hold_ms);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 64, G1));
	tell(w, 64, row->by, R2, row->hold_ms);
	KUNIT_EXPECT_FALSE(test, w->in.new_router);
	world_until(w, told + row->hold_ms - 1);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 64, G1));
	world_until(w, told + row->hold_ms);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 64, G1));
	KUNIT_EXPECT_TRUE(test, world_gets(w, 1, G1));
}

/* CONFORMANCE 107; RFC 7761 4.3.1: at once; of two neighbours the other stays. */
static void a_goodbye_counts_at_once(struct kunit *test)
{
	const struct way *row = test->param_value;
	struct world *w = test->priv;

	world_converge(w, 1);
	tell(w, 64, row->by, R2, row->hold_ms);
	tell(w, 64, row->by, R2 + 1, row->hold_ms);
	tell(w, 64, row->by, R2, 0);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 64, G1));
	tell(w, 3, row->by, R2 + 1, 0);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 64, G1));
	tell(w, 64, row->by, R2 + 1, 0);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 64, G1));
	/* The querier's hello ends; its queries have not. */
	tell(w, 1, row->by, WORLD_ROUTER, row->hold_ms);
	tell(w, 1, row->by, WORLD_ROUTER, 0);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 1, G1));
}

/* INTERFACE port `router`: auto all, query queries alone, never none. */
static void which_ways_count(struct kunit *test)
{
	static const struct { u32 rule; bool told, query; } rows[] = {
		{ MGATE_ROUTER_AUTO, true, true }, { MGATE_ROUTER_QUERY, false, true },
		{ MGATE_ROUTER_NEVER, false, false }, { MGATE_ROUTER_ALWAYS, true, true },
	};
	const struct way *row = test->param_value;
	struct world *w = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		mgate_swport_set(&w->sw, 64, MGATE_PORT_ROUTER, rows[i].rule, w->now);
		world_converge(w, 1);
		tell(w, 64, row->by, R2, row->hold_ms);
		KUNIT_EXPECT_EQ(test, w->in.new_router, rows[i].told);
		KUNIT_EXPECT_EQ(test, world_is_router(w, 64), rows[i].told);
		tell(w, 64, row->by, R2, 0);
		world_query(w, 64, R2, 0);
		KUNIT_EXPECT_EQ(test, world_is_router(w, 64), rows[i].query);
		mgate_swport_stop(&w->sw, 64, w->now);
	}
	mgate_swport_set(&w->sw, 64, MGATE_PORT_ROUTER, MGATE_ROUTER_AUTO, w->now);
	mgate_swport_set(&w->sw, 64, MGATE_PORT_MODE, MGATE_PORT_IGNORE, w->now);
	tell(w, 64, row->by, R2, row->hold_ms);
	KUNIT_EXPECT_EQ(test, w->in.flaw, MGATE_REASON_PORT_IGNORED);
	KUNIT_EXPECT_FALSE(test, world_is_router(w, 64));
}

/* INTERFACE `router query`: written while others count already. */
static void only_queries_from_now_on(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	tell(w, 64, MGATE_BY_PIM, R2, 105000);
	mgate_swport_set(&w->sw, 64, MGATE_PORT_ROUTER, MGATE_ROUTER_QUERY, w->now);
	KUNIT_EXPECT_FALSE(test, world_is_router(w, 64));
	tell(w, 1, MGATE_BY_PIM, WORLD_ROUTER, 105000);
	mgate_swport_set(&w->sw, 1, MGATE_PORT_ROUTER, MGATE_ROUTER_QUERY, w->now);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 1, G1));
}

/* DECISIONS 4: a router that is told is no querier: nothing gates for it, and a
 * goodbye where nothing was heard teaches nothing.
 */
static void a_router_is_no_querier(struct kunit *test)
{
	struct world *w = test->priv;

	tell(w, 1, MGATE_BY_PIM, WORLD_ROUTER, 0);
	tell(w, 1, MGATE_BY_PIM, WORLD_ROUTER, 105000);
	world_pass(w, 60000);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_NONE);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	KUNIT_EXPECT_TRUE(test, world_is_router(w, 1));
}

/* DECISIONS 10: once a querier with an address is elected, no port leads to
 * anybody by proxy any more; what else made it known stays good.
 */
static void a_real_querier_ends_proxies(struct kunit *test)
{
	struct world *w = test->priv;

	world_query(w, 2, 0, 0);
	world_query(w, 64, 0, 0);
	world_query(w, 1024, 0, 0);
	tell(w, 64, MGATE_BY_MRD, R2, 61500);
	KUNIT_EXPECT_TRUE(test, world_is_router(w, 2) && world_is_router(w, 1024));
	world_query(w, 1, WORLD_ROUTER, 0);
	KUNIT_EXPECT_TRUE(test, world_is_router(w, 1));
	KUNIT_EXPECT_FALSE(test, world_is_router(w, 2));
	KUNIT_EXPECT_TRUE(test, world_is_router(w, 64));
	KUNIT_EXPECT_FALSE(test, world_is_router(w, 1024));
	world_query(w, 2, 0, 0);
	KUNIT_EXPECT_FALSE(test, world_is_router(w, 2));
}

/* DECISIONS 4, 10: the neighbour behind such a port held its hosts' reports until
 * now: it gets everything until they have answered the new querier.
 */
static void a_former_proxy_is_not_cut(struct kunit *test)
{
	struct world *w = test->priv;

	world_query(w, 2, 0, 0);
	world_pass(w, 10000);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	KUNIT_EXPECT_FALSE(test, world_gets(w, 64, G1));
	world_query(w, 1, WORLD_ROUTER, 0);
	KUNIT_EXPECT_FALSE(test, world_is_router(w, 2));
	world_pass(w, 9999);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	KUNIT_EXPECT_FALSE(test, world_gets(w, 64, G1));
	world_pass(w, 1);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
}

/* TRAPS 22, 33: a bridge asks that does not know the querier, which is we: it is
 * told where it asks, and however often it asks, once then and once ten seconds later.
 */
static void who_asks_in_vain_is_answered(struct kunit *test)
{
	static const u32 asker[] = { 0, WORLD_ROUTER + 1 };
	struct world *w = test->priv;
	unsigned int i, n, before;

	world_begin(w, MGATE_QUERIER_ON, 0, WORLD_ROUTER);
	world_pass(w, 100000);
	for (i = 0; i < ARRAY_SIZE(asker); i++) {
		before = w->asks;
		for (n = 0; n < 100; n++) {
			world_query(w, 64, asker[i], 0);
			world_pass(w, 99);
		}
		KUNIT_EXPECT_EQ(test, w->asks, before + 1);
		KUNIT_EXPECT_EQ(test, w->last_ask.slot, 64);
		KUNIT_EXPECT_FALSE(test, w->last_ask.proxy);
		world_pass(w, 1000);
		KUNIT_EXPECT_EQ(test, w->asks, before + 2);
		world_query(w, 3, asker[i], 0);
		world_tick(w);
		KUNIT_EXPECT_EQ(test, w->asks, before + 3);
		KUNIT_EXPECT_EQ(test, w->last_ask.slot, 3);
		world_pass(w, 10000);
	}
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_SELF);
}

/* The same where another device is the querier: without an address, so not to
 * who has one; and never towards the querier, or two would answer each other.
 */
static void who_asks_beside_another_is_answered(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	world_query(w, 1, 0, 0);
	world_query(w, 64, WORLD_ROUTER + 1, 0);
	world_query(w, MGATE_SLOT_HOST, 0, 0);
	world_tick(w);
	KUNIT_EXPECT_EQ(test, w->asks, 0);
	world_query(w, 64, 0, 0);
	world_tick(w);
	KUNIT_EXPECT_EQ(test, w->asks, 1);
	KUNIT_EXPECT_EQ(test, w->last_ask.slot, 64);
	KUNIT_EXPECT_TRUE(test, w->last_ask.proxy);
}

/* Nobody with an address is there: neighbours by proxy need no answer. */
static void proxies_answer_nobody(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned int before;

	world_begin(w, MGATE_QUERIER_ON, 0, 0);
	world_pass(w, 40000);
	before = w->asks;
	world_query(w, 64, 0, 0);
	world_tick(w);
	KUNIT_EXPECT_EQ(test, w->asks, before);
	KUNIT_EXPECT_TRUE(test, world_is_router(w, 64));
}

/* TRAPS 22, 24: another bridge asks about a leave that it withholds: its hosts
 * answer, here nothing is shortened and no port leads to a router for it.
 */
static void questions_of_a_neighbour(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	world_join(w, 2, 2, G1);
	world_join(w, 64, 2, G1);
	world_query(w, 3, 0, G1);
	KUNIT_EXPECT_EQ(test, w->in.flaw, MGATE_REASON_QUERY_NOT_ELECTED);
	world_query(w, 1, 0, G1);
	KUNIT_EXPECT_EQ(test, w->in.flaw, MGATE_REASON_QUERY_NOT_ELECTED);
	KUNIT_EXPECT_FALSE(test, world_is_router(w, 3));
	world_pass(w, 60000);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1) && world_gets(w, 64, G1));
}

/* RFC 7761 4.9.2: a hold time may be longer than all else that a VLAN is kept for. */
static void known_for_long(struct kunit *test)
{
	struct world *w = test->priv;

	tell(w, 1, MGATE_BY_PIM, WORLD_ROUTER, 3 * WORLD_GMI);
	world_pass(w, 3 * WORLD_GMI - 1);
	KUNIT_EXPECT_TRUE(test, world_is_router(w, 1));
	world_pass(w, 1);
	KUNIT_EXPECT_FALSE(test, world_is_router(w, 1));
	KUNIT_EXPECT_NULL(test, world_context(w, WORLD_VID));
}

/* Issue 4 item 5: a port goes down: its routers go, those of others stay. */
static void routers_of_a_port_go_with_it(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	tell(w, 63, MGATE_BY_PIM, R2, 105000);
	tell(w, 64, MGATE_BY_MRD, R2, 61500);
	tell(w, 1024, MGATE_BY_DVMRP, R2, 35000);
	mgate_swport_stop(&w->sw, 64, w->now);
	KUNIT_EXPECT_FALSE(test, world_is_router(w, 64));
	KUNIT_EXPECT_TRUE(test, world_is_router(w, 63) && world_is_router(w, 1024));
	mgate_switch_flush(&w->sw, w->now);
	KUNIT_EXPECT_FALSE(test, world_is_router(w, 63));
}

/* CONFORMANCE 5, DECISIONS 10: a neighbour without an address that asks about one group is a
 * bridge that asks after a leave: no router is behind it.
 */
static void a_question_about_a_group_makes_no_router(struct kunit *test)
{
	struct world *w = test->priv;

	world_query(w, 3, 0, G1);
	KUNIT_ASSERT_NOT_NULL(test, world_context(w, WORLD_VID));
	KUNIT_EXPECT_FALSE(test, world_is_router(w, 3));
}

/* INTERFACE `router query`: who was heard to query without an address counts on. */
static void a_neighbour_that_queries_counts(struct kunit *test)
{
	struct world *w = test->priv;

	world_query(w, 3, 0, 0);
	KUNIT_ASSERT_TRUE(test, world_is_router(w, 3));
	mgate_swport_set(&w->sw, 3, MGATE_PORT_ROUTER, MGATE_ROUTER_QUERY, w->now);
	KUNIT_EXPECT_TRUE(test, world_is_router(w, 3));
}

static struct kunit_case finding_cases[] = {
	KUNIT_CASE_PARAM(known_for_as_long_as_it_said, way_gen_params),
	KUNIT_CASE_PARAM(a_goodbye_counts_at_once, way_gen_params),
	KUNIT_CASE_PARAM(which_ways_count, way_gen_params),
	KUNIT_CASE(only_queries_from_now_on),
	KUNIT_CASE(a_router_is_no_querier),
	KUNIT_CASE(a_real_querier_ends_proxies),
	KUNIT_CASE(a_former_proxy_is_not_cut),
	KUNIT_CASE(who_asks_in_vain_is_answered),
	KUNIT_CASE(who_asks_beside_another_is_answered),
	KUNIT_CASE(proxies_answer_nobody),
	KUNIT_CASE(questions_of_a_neighbour),
	KUNIT_CASE(known_for_long),
	KUNIT_CASE(routers_of_a_port_go_with_it),
	KUNIT_CASE(a_question_about_a_group_makes_no_router),
	KUNIT_CASE(a_neighbour_that_queries_counts),
	{}
};

static struct kunit_suite finding_suite = {
	.name = WORLD_NAME("mgate_finding"),
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = world_init,
	.exit = world_exit,
	.test_cases = finding_cases,
};

kunit_test_suite(finding_suite);

MODULE_DESCRIPTION("mgate: tests of which ports lead to routers");
MODULE_LICENSE("GPL");
