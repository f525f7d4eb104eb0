// SPDX-License-Identifier: GPL-2.0-only
/* The switch in scenes with a time of their own: memberships and their end. */
#include "world.h"

#define G1 0xef010101
#define G2 0xef010102

/* S5, CONFORMANCE 1, 17, 62: join, data; silence, and it ends at its time. */
static void join_and_silence(struct kunit *test)
{
	struct world *w = test->priv;
	u64 joined;

	world_converge(w, 1);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
	world_join(w, 2, 2, G1);
	joined = w->now;
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	KUNIT_EXPECT_FALSE(test, world_gets(w, 3, G1));
	KUNIT_EXPECT_TRUE(test, world_gets(w, 1, G1));
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G2));
	/* The querier goes on, the host does not answer. */
	world_pass(w, 100000);
	world_query(w, 1, WORLD_ROUTER, 0);
	world_pass(w, 125000);
	world_query(w, 1, WORLD_ROUTER, 0);
	world_until(w, joined + WORLD_GMI - 1);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	world_until(w, joined + WORLD_GMI);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
}

/* CONFORMANCE 98, TRAPS 28: a refresh lasts from its own time on. */
static void refresh_lasts_anew(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned int i;
	u32 changes;

	world_converge(w, 1);
	world_join(w, 2, 3, G1);
	for (i = 0; i < 20; i++) {
		world_pass(w, 125000);
		world_query(w, 1, WORLD_ROUTER, 0);
		changes = w->sw.changes;
		world_join(w, 2, 3, G1);
		KUNIT_EXPECT_EQ(test, w->sw.changes, changes);
		KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
		KUNIT_EXPECT_EQ(test, world_member(w, 2, G1)->until, w->now + WORLD_GMI);
	}
}

/* RELIABILITY B29, S3, threat 7: one port's leave is no other port's. */
static void two_members(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	mgate_swport_set(&w->sw, 2, MGATE_PORT_FAST_LEAVE, 1, w->now);
	world_join(w, 2, 2, G1);
	world_join(w, 64, 2, G1);
	world_leave(w, 2, 2, G1);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
	KUNIT_EXPECT_TRUE(test, world_gets(w, 64, G1));
	KUNIT_EXPECT_EQ(test, world_member(w, 64, G1)->until, w->now + WORLD_GMI);
	world_leave(w, 3, 2, G1);
	world_leave(w, 65, 3, G1);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 64, G1));
}

/* CONFORMANCE 22: two groups of one MAC, 32 of which there are. */
static void groups_of_one_mac(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	world_join(w, 2, 2, 0xef070707);
	world_join(w, 3, 2, 0xe1870707);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, 0xef070707));
	KUNIT_EXPECT_FALSE(test, world_gets(w, 3, 0xef070707));
	KUNIT_EXPECT_TRUE(test, world_gets(w, 3, 0xe1870707));
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, 0xe1870707));
}

/* CONFORMANCE 56, 57, 59 to 70: who becomes a member by a record, and gets the source. */
static void version_3_records(struct kunit *test)
{
	static const struct { u8 type; u32 src; bool joins, gets; } rows[] = {
		{ MGATE_RECORD_IS_IN, 0, false, false },
		{ MGATE_RECORD_IS_IN, WORLD_SOURCE, true, true },
		{ MGATE_RECORD_IS_EX, 0, true, true },
		{ MGATE_RECORD_IS_EX, WORLD_SOURCE, true, false },
		{ MGATE_RECORD_TO_IN, 0, false, false },
		{ MGATE_RECORD_TO_IN, WORLD_SOURCE, true, true },
		{ MGATE_RECORD_TO_EX, 0, true, true },
		{ MGATE_RECORD_TO_EX, WORLD_SOURCE, true, false },
		{ MGATE_RECORD_ALLOW, 0, false, false },
		{ MGATE_RECORD_ALLOW, WORLD_SOURCE, true, true },
		{ MGATE_RECORD_BLOCK, WORLD_SOURCE, false, false },
	};
	struct world *w = test->priv;
	unsigned int i;

	world_converge(w, 1);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		world_record(w, 2, 3, rows[i].type, G1 + i, rows[i].src);
		KUNIT_EXPECT_EQ_MSG(test, world_gets(w, 2, G1 + i), rows[i].gets, "row %u", i);
		KUNIT_EXPECT_EQ(test, !!world_member(w, 2, G1 + i), rows[i].joins);
	}
	/* The querier is another: it asks before BLOCK ends anything. */
	world_record(w, 2, 3, MGATE_RECORD_BLOCK, G1 + 2, WORLD_SOURCE);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1 + 2));
}

/* CONFORMANCE 75, 95; RELIABILITY T1: as querier: two queries, then the end. */
static void leave_while_we_query(struct kunit *test)
{
	struct mgate_addr g = world_addr(G1);
	struct world *w = test->priv;
	u64 left;

	world_begin(w, MGATE_QUERIER_ON, 2, 0xc0000202);
	world_pass(w, 60000);
	world_join(w, 64, 2, G1);
	world_join(w, 2, 2, G1);
	w->asks = 0;
	left = w->now;
	world_leave(w, 64, 2, G1);
	KUNIT_EXPECT_EQ(test, w->in.next, left);
	world_tick(w);
	KUNIT_EXPECT_EQ(test, w->asks, 1);
	KUNIT_EXPECT_EQ(test, w->last_ask.slot, 64);
	KUNIT_EXPECT_EQ(test, w->last_ask.vid, WORLD_VID);
	KUNIT_EXPECT_EQ(test, w->last_ask.query.version, 2);
	KUNIT_EXPECT_EQ(test, w->last_ask.query.max_resp_ms, 1000);
	KUNIT_EXPECT_TRUE(test, mgate_addr_equal(&w->last_ask.query.grp, &g));
	world_until(w, left + WORLD_LMQT - 1);
	KUNIT_EXPECT_EQ(test, w->asks, 2);
	KUNIT_EXPECT_FALSE(test, w->last_ask.query.suppress);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 64, G1));
	world_until(w, left + WORLD_LMQT);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 64, G1));
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	KUNIT_EXPECT_EQ(test, w->asks, 2);
}

/* CONFORMANCE 75, 98: another host answers: the group stays, S from then on. */
static void an_answer_keeps_the_group(struct kunit *test)
{
	struct world *w = test->priv;
	u64 left;

	world_begin(w, MGATE_QUERIER_ON, 3, 0);
	world_pass(w, 60000);
	world_join(w, 2, 3, G1);
	left = w->now;
	world_leave(w, 2, 3, G1);
	w->asks = 0;
	world_tick(w);
	world_pass(w, 500);
	world_join(w, 2, 3, G1);
	world_until(w, left + 5000);
	KUNIT_EXPECT_EQ(test, w->asks, 2);
	KUNIT_EXPECT_TRUE(test, w->last_ask.query.suppress);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	KUNIT_EXPECT_EQ(test, world_member(w, 2, G1)->until, left + 500 + WORLD_GMI);
}

/* RELIABILITY R8f (FRR 8d9e46a727), CONFORMANCE 13, 78; DECISIONS 4: the role goes
 * while we ask. What was begun is ended as by any non-querier, without an address
 * and at that port: to stop would give its hosts one chance to answer, not two.
 */
static void role_lost_while_asking(struct kunit *test)
{
	struct world *w = test->priv;

	world_begin(w, MGATE_QUERIER_ON, 3, 0xc0000209);
	world_pass(w, 60000);
	world_join(w, 2, 3, G1);
	world_leave(w, 2, 3, G1);
	world_tick(w);
	KUNIT_EXPECT_FALSE(test, w->last_ask.proxy);
	w->asks = 0;
	world_query(w, 1, WORLD_ROUTER, 0);
	world_pass(w, 60000);
	KUNIT_EXPECT_EQ(test, w->asks, 1);
	KUNIT_EXPECT_TRUE(test, w->last_ask.proxy);
	KUNIT_EXPECT_EQ(test, w->last_ask.slot, 2);
	world_join(w, 2, 3, G1);
	world_leave(w, 2, 3, G1);
	world_pass(w, 60000);
	KUNIT_EXPECT_EQ(test, w->asks, 1);
}

/* CONFORMANCE 73, 74; RELIABILITY Q6, threat 6: only the querier, from its port. */
static void query_of_a_group(struct kunit *test)
{
	struct mgate_msg msg = world_query_msg(WORLD_ROUTER, G1);
	struct world *w = test->priv;
	u64 asked;

	world_converge(w, 1);
	world_join(w, 2, 2, G1);
	world_join(w, 64, 2, G1);
	world_query(w, 3, WORLD_ROUTER, G1);
	KUNIT_EXPECT_EQ(test, w->in.flaw, MGATE_REASON_QUERY_NOT_ELECTED);
	world_query(w, 1, WORLD_ROUTER + 1, G1);
	KUNIT_EXPECT_EQ(test, w->in.flaw, MGATE_REASON_QUERY_NOT_ELECTED);
	world_query(w, 1, 0, G1);
	msg.suppress = true;
	world_hear(w, 1, &msg);
	KUNIT_EXPECT_EQ(test, world_member(w, 2, G1)->until, w->now + WORLD_GMI);
	asked = w->now;
	world_query(w, 1, WORLD_ROUTER, G1);
	KUNIT_EXPECT_EQ(test, w->in.flaw, MGATE_REASON_NONE);
	world_pass(w, 500);
	world_join(w, 64, 2, G1);
	world_until(w, asked + WORLD_LMQT - 1);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	world_until(w, asked + WORLD_LMQT);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
	KUNIT_EXPECT_TRUE(test, world_gets(w, 64, G1));
	KUNIT_EXPECT_EQ(test, w->asks, 0);
}

/* RELIABILITY threats 6, 18: code 0 and code 255: in 1 s at the earliest, which is counted,
 * and never later than without a query.
 */
static void response_times_are_bounded(struct kunit *test)
{
	static const struct { u32 ms, wait; bool clamped; } rows[] = {
		{ 0, 1000, true }, { 100, 1000, true }, { 499, 1000, true },
		{ 500, 1000, false }, { 600, 1200, false }, { 10000, 20000, false },
		{ 3174400, WORLD_GMI, false },
	};
	struct mgate_msg msg = world_query_msg(WORLD_ROUTER, G1);
	struct world *w = test->priv;
	unsigned int i;

	world_converge(w, 1);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		world_join(w, 2, 2, G1);
		msg.max_resp_ms = rows[i].ms;
		world_hear(w, 1, &msg);
		KUNIT_EXPECT_EQ_MSG(test, world_member(w, 2, G1)->until, w->now + rows[i].wait,
				    "%u ms", rows[i].ms);
		KUNIT_EXPECT_EQ_MSG(test, w->in.clamped, rows[i].clamped, "%u ms", rows[i].ms);
	}
}

/* RELIABILITY R1, M4: a port goes and comes: nothing of it is left, nothing lost. */
static void port_goes_and_comes(struct kunit *test)
{
	struct world *w = test->priv;
	struct mgate_switch_port *port = world_port(w, 2);

	world_converge(w, 1);
	world_join(w, 2, 2, G1);
	world_join(w, 2, 2, G2);
	world_join(w, 3, 2, G2);
	mgate_swport_del(&w->sw, 2, w->now);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 1);
	KUNIT_EXPECT_EQ(test, port->ngroups, 0);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 3, G2));
	/* A frame in flight speaks for a port that is gone. */
	world_join(w, 2, 2, G1);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 1);
	mgate_swport_add(&w->sw, port, 2);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	world_query(w, 1, WORLD_ROUTER, 0);
	world_pass(w, 10000);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
}

/* RELIABILITY K10, K11, S7: a stopped port forgets what it learned, no more. */
static void port_stops_and_starts(struct kunit *test)
{
	struct mgate_key key = world_key(G2);
	struct world *w = test->priv;

	world_converge(w, 1);
	KUNIT_EXPECT_EQ(test, mgate_permanent_add(&w->sw, &key, 2, w->now), 0);
	world_join(w, 2, 2, G1);
	world_join(w, 2, 2, G2);
	mgate_swport_stop(&w->sw, 2, w->now);
	KUNIT_EXPECT_NULL(test, world_member(w, 2, G1));
	KUNIT_EXPECT_NOT_NULL(test, world_member(w, 2, G2));
	/* DECISIONS 4: whoever is there when it forwards again was not asked. */
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	mgate_swport_start(&w->sw, 2, w->now);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	KUNIT_EXPECT_FALSE(test, world_gets(w, 3, G1));
}

/* INTERFACE `mode ignore`: nothing is learned, and what was is forgotten. */
static void ignored_port(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	world_join(w, 2, 2, G1);
	mgate_swport_set(&w->sw, 2, MGATE_PORT_MODE, MGATE_PORT_IGNORE, w->now);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
	world_join(w, 2, 2, G1);
	KUNIT_EXPECT_EQ(test, w->in.flaw, MGATE_REASON_PORT_IGNORED);
	KUNIT_EXPECT_NULL(test, world_member(w, 2, G1));
	world_query(w, 2, 0x0a000001, 0);
	KUNIT_EXPECT_EQ(test, w->in.flaw, MGATE_REASON_PORT_IGNORED);
	KUNIT_EXPECT_FALSE(test, w->in.new_querier);
	/* DECISIONS 4: from here on it may learn, and has not had the chance yet. */
	mgate_swport_set(&w->sw, 2, MGATE_PORT_MODE, MGATE_PORT_SNOOP, w->now);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
}

/* INTERFACE `groups_static`; RELIABILITY B24, S7: no frame and no time ends it. */
static void set_by_the_administrator(struct kunit *test)
{
	struct mgate_key key = world_key(G1);
	struct world *w = test->priv;

	world_converge(w, 1);
	KUNIT_EXPECT_EQ(test, mgate_permanent_del(&w->sw, &key, 2, w->now), -ENOENT);
	KUNIT_EXPECT_EQ(test, mgate_permanent_add(&w->sw, &key, 2, w->now), 0);
	KUNIT_EXPECT_EQ(test, mgate_permanent_add(&w->sw, &key, 2, w->now), -EEXIST);
	KUNIT_EXPECT_EQ(test, mgate_permanent_add(&w->sw, &key, 77, w->now), -ENODEV);
	mgate_swport_set(&w->sw, 2, MGATE_PORT_FAST_LEAVE, 1, w->now);
	world_join(w, 2, 2, G1);
	world_leave(w, 2, 2, G1);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	world_join(w, 2, 2, G1);
	world_pass(w, 120000);
	world_query(w, 1, WORLD_ROUTER, 0);
	world_pass(w, 200000);
	world_query(w, 1, WORLD_ROUTER, 0);
	KUNIT_EXPECT_FALSE(test, world_member(w, 2, G1)->learned);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	mgate_switch_flush(&w->sw, w->now);
	world_converge(w, 1);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	KUNIT_EXPECT_EQ(test, mgate_permanent_del(&w->sw, &key, 2, w->now), 0);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
}

/* INTERFACE `groups_static` with a source: that source and no other. */
static void set_with_a_source(struct kunit *test)
{
	struct mgate_key key = world_key(0xe8010101), any = world_key(0xe8010101);
	struct world *w = test->priv;
	bool pass;

	key.src = world_addr(WORLD_SOURCE);
	world_converge(w, 1);
	KUNIT_EXPECT_EQ(test, mgate_permanent_add(&w->sw, &key, 64, w->now), 0);
	KUNIT_EXPECT_EQ(test, mgate_permanent_add(&w->sw, &key, 64, w->now), -EEXIST);
	KUNIT_EXPECT_EQ(test, mgate_permanent_del(&w->sw, &any, 64, w->now), -ENOENT);
	world_gate(w, 64, 0xe8010101, WORLD_SOURCE, &pass);
	KUNIT_EXPECT_TRUE(test, pass);
	world_gate(w, 64, 0xe8010101, WORLD_SOURCE + 1, &pass);
	KUNIT_EXPECT_FALSE(test, pass);
	KUNIT_EXPECT_EQ(test, mgate_permanent_del(&w->sw, &key, 64, w->now), 0);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
}

static struct kunit_case switch_cases[] = {
	KUNIT_CASE(join_and_silence),
	KUNIT_CASE(refresh_lasts_anew),
	KUNIT_CASE(two_members),
	KUNIT_CASE(groups_of_one_mac),
	KUNIT_CASE(version_3_records),
	KUNIT_CASE(leave_while_we_query),
	KUNIT_CASE(an_answer_keeps_the_group),
	KUNIT_CASE(role_lost_while_asking),
	KUNIT_CASE(query_of_a_group),
	KUNIT_CASE(response_times_are_bounded),
	KUNIT_CASE(port_goes_and_comes),
	KUNIT_CASE(port_stops_and_starts),
	KUNIT_CASE(ignored_port),
	KUNIT_CASE(set_by_the_administrator),
	KUNIT_CASE(set_with_a_source),
	{}
};

static struct kunit_suite switch_suite = {
	.name = WORLD_NAME("mgate_switch"),
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = world_init,
	.exit = world_exit,
	.test_cases = switch_cases,
};

kunit_test_suite(switch_suite);

MODULE_DESCRIPTION("mgate: tests of memberships in the switch");
MODULE_LICENSE("GPL");
