// SPDX-License-Identifier: GPL-2.0-only
/* `proxy full`: what the bridge says to the routers for its hosts. */
#include "said.h"

#define S1 0xc6336401
#define MANY (MGATE_QUERY_SOURCES + 6)

static void general_query(struct kunit *test)
{
	world_query(test->priv, 1, WORLD_ROUTER, 0);
}

/* RFC 9776 5.1: a change is told robustness times; a second member changes nothing. */
static void one_report_a_change(struct kunit *test)
{
	struct world *w = test->priv;
	struct said *said;
	u64 since;

	begin(test, 3);
	since = w->now;
	world_join(w, 2, 3, G1);
	said = pass(test, 5000);
	KUNIT_EXPECT_EQ(test, said->n, 2);
	KUNIT_EXPECT_EQ(test, said->changes, 2);
	KUNIT_EXPECT_EQ(test, said->leaves, 0);
	KUNIT_EXPECT_EQ(test, said->at, since + MGATE_PROXY_REPEAT_MS);
	KUNIT_EXPECT_EQ(test, number_of(&said->last.grp), G1);
	KUNIT_EXPECT_EQ(test, said->last.version, 3);
	KUNIT_EXPECT_EQ(test, said->last.vid, WORLD_VID);
	KUNIT_EXPECT_EQ(test, said->last.nsrcs, 0);
	world_join(w, 3, 3, G1);
	world_join(w, 2, 3, G1);
	KUNIT_EXPECT_EQ(test, pass(test, 5000)->n, 0);
}

/* Which of the router ports 1 and 3 hear a report of a group. */
static unsigned long who_hears(struct world *w, u32 grp, bool leave)
{
	struct mgate_report r = {
		.grp = world_addr(grp), .af = WORLD_AF, .vid = WORLD_VID, .leave = leave,
	};
	unsigned long routers[BITS_TO_LONGS(MGATE_SLOTS)] = { BIT(1) | BIT(3) };

	mgate_proxy_split(&w->sw, &r, routers, MGATE_SLOTS);
	return routers[0];
}

/* All who want a group are behind the router at 3, until one comes at 2. */
static void comes_beside(struct kunit *test, u32 grp, u32 src)
{
	struct world *w = test->priv;
	struct said *said;

	pass(test, 5000);
	KUNIT_EXPECT_EQ(test, who_hears(w, grp, false), BIT(1));
	KUNIT_EXPECT_EQ(test, who_hears(w, grp, true), BIT(1) | BIT(3));
	if (src)
		world_record(w, 2, 3, MGATE_RECORD_ALLOW, grp, src);
	else
		world_join(w, 2, 3, grp);
	said = pass(test, 5000);
	KUNIT_EXPECT_EQ(test, said->n, 2);
	KUNIT_EXPECT_EQ(test, who_hears(w, grp, false), BIT(1) | BIT(3));
}

/* DECISIONS 8: what is wanted behind a router's port alone is not told there, or two bridges
 * that speak for their hosts keep each other's groups for ever; who comes to it is: for all,
 * for a source, and for a source where they want all.
 */
static void no_router_hears_of_itself(struct kunit *test)
{
	struct world *w = test->priv;

	begin(test, 3);
	mgate_swport_set(&w->sw, 3, MGATE_PORT_ROUTER, MGATE_ROUTER_ALWAYS, w->now);
	world_join(w, 3, 3, G1);
	comes_beside(test, G1, 0);
	world_join(w, 64, 3, G1);
	KUNIT_EXPECT_EQ(test, pass(test, 5000)->n, 0);
	world_record(w, 3, 3, MGATE_RECORD_ALLOW, G1 + 1, S1);
	comes_beside(test, G1 + 1, S1);
	world_join(w, 3, 3, G1 + 2);
	comes_beside(test, G1 + 2, S1);
}

/* RFC 9776 4.2.16: the sources that some member wants, until one wants all of them. */
static void wishes_as_one(struct kunit *test)
{
	struct world *w = test->priv;
	struct said *said;

	begin(test, 3);
	world_record(w, 2, 3, MGATE_RECORD_ALLOW, G1, S1);
	said = pass(test, 5000);
	KUNIT_EXPECT_EQ(test, said->n, 2);
	KUNIT_EXPECT_EQ(test, said->last.nsrcs, 1);
	KUNIT_EXPECT_EQ(test, number_of(&said->last.srcs[0]), S1);
	KUNIT_EXPECT_FALSE(test, said->last.some);
	world_record(w, 3, 3, MGATE_RECORD_ALLOW, G1, S1 + 1);
	said = pass(test, 5000);
	KUNIT_EXPECT_EQ(test, said->n, 2);
	KUNIT_EXPECT_EQ(test, said->last.nsrcs, 2);
	world_record(w, 64, 3, MGATE_RECORD_ALLOW, G1, S1);
	KUNIT_EXPECT_EQ(test, pass(test, 5000)->n, 0);
	world_join(w, 65, 3, G1);
	said = pass(test, 5000);
	KUNIT_EXPECT_EQ(test, said->n, 2);
	KUNIT_EXPECT_EQ(test, said->last.nsrcs, 0);
	KUNIT_EXPECT_FALSE(test, said->last.leave);
}

/* RFC 9776 4.2.16: more sources than a report holds take two, which say so. */
static void sources_of_two_reports(struct kunit *test)
{
	struct world *w = test->priv;
	struct said *said;
	unsigned int i;

	begin(test, 3);
	for (i = 0; i < MANY; i++)
		world_record(w, i % 2 ? 2 : 3, 3, MGATE_RECORD_ALLOW, G1, S1 + i);
	said = pass(test, 5000);
	KUNIT_EXPECT_EQ(test, said->n, 4);
	KUNIT_EXPECT_EQ(test, said->changes, 4);
	KUNIT_EXPECT_EQ(test, said->last.nsrcs, MANY - MGATE_QUERY_SOURCES);
	KUNIT_EXPECT_TRUE(test, said->last.some);
	general_query(test);
	said = pass(test, 10000);
	KUNIT_EXPECT_EQ(test, said->n, 2);
	KUNIT_EXPECT_EQ(test, said->changes, 0);
	KUNIT_EXPECT_TRUE(test, said->last.some);
}

/* RFC 9776 5.2: one report a group in answer to a query, within the time that it gives. */
static void answers_for_all(struct kunit *test)
{
	struct world *w = test->priv;
	struct said *said;
	unsigned int i;

	begin(test, 3);
	for (i = 0; i < 40; i++) {
		world_join(w, 2, 3, G1 + i);
		world_join(w, 3, 3, G1 + i);
	}
	pass(test, 5000);
	general_query(test);
	said = pass(test, 10000);
	KUNIT_EXPECT_EQ(test, said->n, 40);
	KUNIT_EXPECT_EQ(test, said->changes, 0);
	world_query(w, 1, WORLD_ROUTER, G1 + 7);
	said = pass(test, 1000);
	KUNIT_EXPECT_EQ(test, said->n, 1);
	KUNIT_EXPECT_EQ(test, number_of(&said->last.grp), G1 + 7);
}

/* RFC 2236, RFC 1112: in the version of the querier; version 1 knows no leave. */
static void in_the_queriers_version(struct kunit *test)
{
	struct world *w = test->priv;
	struct said *said;
	u8 version;

	for (version = 1; version < 3; version++) {
		begin(test, version);
		world_join(w, 2, version, G1 + version);
		said = pass(test, 5000);
		KUNIT_EXPECT_GE(test, said->n, 1);
		KUNIT_EXPECT_EQ(test, said->last.version, version);
		mgate_swport_stop(&w->sw, 2, w->now);
		KUNIT_EXPECT_EQ(test, pass(test, 5000)->leaves, version - 1);
		mgate_swport_start(&w->sw, 2, w->now);
		mgate_switch_flush(&w->sw, w->now);
	}
}

/* RFC 9776 5.1: when nobody is left the routers are told, as often as the robustness variable
 * says; unless it has come again.
 */
static void tells_the_end(struct kunit *test)
{
	struct world *w = test->priv;
	struct said *said;

	begin(test, 3);
	world_join(w, 2, 3, G1);
	world_join(w, 3, 3, G1);
	pass(test, 5000);
	mgate_swport_stop(&w->sw, 2, w->now);
	KUNIT_EXPECT_EQ(test, pass(test, 5000)->n, 0);
	mgate_swport_stop(&w->sw, 3, w->now);
	said = pass(test, 5000);
	KUNIT_EXPECT_EQ(test, said->n, 2);
	KUNIT_EXPECT_TRUE(test, said->last.leave && said->last.change);
	KUNIT_EXPECT_EQ(test, number_of(&said->last.grp), G1);
	mgate_swport_start(&w->sw, 2, w->now);
	world_join(w, 2, 3, G1);
	pass(test, 5000);
	mgate_swport_stop(&w->sw, 2, w->now);
	mgate_swport_start(&w->sw, 2, w->now);
	world_join(w, 2, 3, G1);
	KUNIT_EXPECT_EQ(test, pass(test, 5000)->leaves, 0);
}

/* More groups end at once than there is room for: of the rest routers learn by time. */
static void many_ends(struct kunit *test)
{
	struct world *w = test->priv;
	const unsigned int most = ARRAY_SIZE(w->sw.goodbyes.one);
	struct said *said;
	unsigned int i;

	begin(test, 3);
	for (i = 0; i < most + 10; i++)
		world_join(w, 2, 3, G1 + i);
	pass(test, 5000);
	mgate_swport_stop(&w->sw, 2, w->now);
	said = pass(test, 5000);
	/* Each as often as the robustness variable says. */
	KUNIT_EXPECT_EQ(test, said->leaves, 2 * most);
	KUNIT_EXPECT_EQ(test, said->n, 2 * most);
	mgate_swport_start(&w->sw, 2, w->now);
	for (i = 0; i < 2 * most; i++)
		world_join(w, i < most ? 2 : 3, 3, G1 + i);
	pass(test, 5000);
	/* Those that end a moment later are told rather than the first ones once more. */
	mgate_swport_stop(&w->sw, 2, w->now);
	KUNIT_EXPECT_EQ(test, pass(test, 500)->leaves, most);
	mgate_swport_stop(&w->sw, 3, w->now);
	KUNIT_EXPECT_EQ(test, pass(test, 5000)->leaves, 2 * most);
}

/* INTERFACE `proxy`: whoever is not to speak for the hosts does not go on with it. */
static void stops_speaking(struct kunit *test)
{
	struct world *w = test->priv;

	begin(test, 3);
	world_join(w, 2, 3, G1);
	world_set(w, MGATE_PARAM_PROXY, MGATE_PROXY_OFF);
	KUNIT_EXPECT_EQ(test, pass(test, 5000)->n, 0);
	general_query(test);
	KUNIT_EXPECT_EQ(test, pass(test, 10000)->n, 0);
	mgate_swport_stop(&w->sw, 2, w->now);
	KUNIT_EXPECT_EQ(test, pass(test, 5000)->n, 0);
	/* Nor with telling the end once more. */
	mgate_swport_start(&w->sw, 2, w->now);
	world_set(w, MGATE_PARAM_PROXY, MGATE_PROXY_FULL);
	world_join(w, 2, 3, G1);
	pass(test, 5000);
	mgate_swport_stop(&w->sw, 2, w->now);
	KUNIT_EXPECT_EQ(test, pass(test, 100)->leaves, 1);
	world_set(w, MGATE_PARAM_PROXY, MGATE_PROXY_OFF);
	KUNIT_EXPECT_EQ(test, pass(test, 5000)->n, 0);
}

/* RFC 9776 5.1: what is wanted was first told as an answer, as nobody had asked before: that
 * then all sources are wanted is a change, and the routers are told.
 */
static void change_after_an_answer(struct kunit *test)
{
	struct world *w = test->priv;
	struct said *said;

	world_begin(w, MGATE_QUERIER_OFF, 0, OWN);
	KUNIT_ASSERT_EQ(test, world_set(w, MGATE_PARAM_PROXY, MGATE_PROXY_FULL), 0);
	world_record(w, 2, 3, MGATE_RECORD_ALLOW, G1, S1);
	KUNIT_EXPECT_EQ(test, pass(test, 1000)->n, 0);
	general_query(test);
	said = pass(test, 20000);
	KUNIT_EXPECT_EQ(test, said->n, 1);
	KUNIT_EXPECT_EQ(test, said->last.nsrcs, 1);
	world_join(w, 3, 3, G1);
	said = pass(test, 5000);
	KUNIT_EXPECT_EQ(test, said->changes, 2);
	KUNIT_EXPECT_EQ(test, said->last.nsrcs, 0);
}

static struct kunit_case proxy_cases[] = {
	KUNIT_CASE(one_report_a_change),
	KUNIT_CASE(no_router_hears_of_itself),
	KUNIT_CASE(wishes_as_one),
	KUNIT_CASE(sources_of_two_reports),
	KUNIT_CASE(answers_for_all),
	KUNIT_CASE(in_the_queriers_version),
	KUNIT_CASE(tells_the_end),
	KUNIT_CASE(many_ends),
	KUNIT_CASE(stops_speaking),
	KUNIT_CASE(change_after_an_answer),
	{ }
};

static struct kunit_suite proxy_suite = {
	.name = "mgate_proxy",
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = world_init,
	.exit = world_exit,
	.test_cases = proxy_cases,
};

kunit_test_suite(proxy_suite);

MODULE_DESCRIPTION("mgate: tests of what the bridge says for its hosts");
MODULE_LICENSE("GPL");
