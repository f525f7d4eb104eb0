// SPDX-License-Identifier: GPL-2.0-only
/* Queries about single sources: which are sent and when, and what they do. */
#include "sources.h"

#define G1 0xef010101

/* Two ports with EXCLUDE ({0,1},{2}), and the querier's own with the same. */
static void three_members(struct world *w)
{
	static const u16 members[] = { 1, 2, 64 };
	unsigned int i;

	world_query(w, 1, WORLD_ROUTER, 0);
	for (i = 0; i < ARRAY_SIZE(members); i++) {
		hear_set(w, members[i], MGATE_RECORD_IS_EX, G1, 0x4);
		hear_set(w, members[i], MGATE_RECORD_ALLOW, G1, 0x3);
	}
}

/* CONFORMANCE 73, 74; RELIABILITY Q6, Q7: the elected querier's query lowers what it
 * names, at all ports but its own; with the S flag, or from another, nothing.
 */
static void heard_about_sources(struct kunit *test)
{
	static const struct { u16 slot; u32 from; bool suppress, lowers; } rows[] = {
		{ 1, WORLD_ROUTER, false, true },
		{ 1, WORLD_ROUTER, true, false },
		{ 1, WORLD_ROUTER + 1, false, false },
		{ 2, WORLD_ROUTER, false, false },
		{ 1, 0, false, false },
	};
	struct world *w = test->priv;
	struct port_state st;
	u64 full, low;
	unsigned int i;

	world_converge(w, 1);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		three_members(w);
		full = w->now + WORLD_GMI;
		low = rows[i].lowers ? w->now + 2000 : full;
		hear_query_set(w, rows[i].slot, rows[i].from, G1, 0x45, 1000, rows[i].suppress);
		KUNIT_EXPECT_EQ(test, w->in.flaw == MGATE_REASON_QUERY_NOT_ELECTED,
				!rows[i].lowers && !rows[i].suppress);
		KUNIT_EXPECT_EQ_MSG(test, state_of(w, 2, G1).timer[0], low, "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, state_of(w, 64, G1).timer[0], low, "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, state_of(w, 1, G1).timer[0], full, "row %u", i);
		st = state_of(w, 2, G1);
		KUNIT_EXPECT_EQ(test, st.timer[1], full);
		KUNIT_EXPECT_EQ(test, st.until, full);
		KUNIT_EXPECT_EQ(test, st.blocked, 0x4);
		world_pass(w, 2000);
		KUNIT_EXPECT_EQ(test, forwards(w, 64, G1), ALL & ~(rows[i].lowers ? 0x5 : 0x4));
		KUNIT_EXPECT_EQ(test, w->asks, 0);
	}
}

static const struct heard {
	u32 max_resp_ms;
	u32 robustness;
	u32 wait;
} heard_rows[] = {
	{ 1000, 2, 2000 },
	{ 0, 2, 1000 },
	{ 100, 2, 1000 },
	{ 600, 2, 1200 },
	{ 3000, 7, 21000 },
	{ 10000, 2, 20000 },
	{ 60000, 2, 120000 },
};

/* CONFORMANCE 73, 74: count times the response time of the query, a second at least; and
 * only ever lowered. About the group: its timer, and no source's.
 */
static void heard_times(struct kunit *test)
{
	struct mgate_msg general = world_query_msg(WORLD_ROUTER, 0);
	struct world *w = test->priv;
	unsigned int i;
	u64 start;

	world_converge(w, 1);
	for (i = 0; i < ARRAY_SIZE(heard_rows); i++) {
		general.robustness = (u8)heard_rows[i].robustness;
		mgate_membership_forget(&w->sw, 2, true, MGATE_WHY_PORT, w->now);
		world_hear(w, 1, &general);
		three_members(w);
		world_hear(w, 1, &general);
		start = w->now;
		hear_query_set(w, 1, WORLD_ROUTER, G1, 0x1, heard_rows[i].max_resp_ms, false);
		KUNIT_EXPECT_EQ(test, state_of(w, 2, G1).timer[0], start + heard_rows[i].wait);
		world_pass(w, 500);
		hear_query_set(w, 1, WORLD_ROUTER, G1, 0x1, 60000, false);
		KUNIT_EXPECT_EQ(test, state_of(w, 2, G1).timer[0], start + heard_rows[i].wait);
		hear_query_set(w, 1, WORLD_ROUTER, G1, 0, heard_rows[i].max_resp_ms, false);
		KUNIT_EXPECT_EQ(test, state_of(w, 2, G1).until,
				w->now + heard_rows[i].wait);
		KUNIT_EXPECT_GT(test, state_of(w, 2, G1).timer[1], w->now + 200000);
		world_until(w, start + heard_rows[i].wait - 1);
		KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL & ~0x4);
		world_until(w, start + heard_rows[i].wait);
		KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL & ~0x5);
		world_pass(w, 500);
		KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0x2);
	}
}

#define EXPECT_ASKED(test, a, c, s, g, gs, count) do { \
	KUNIT_EXPECT_EQ(test, (a).clear, c); \
	KUNIT_EXPECT_EQ(test, (a).set, s); \
	KUNIT_EXPECT_EQ(test, (a).group, g); \
	KUNIT_EXPECT_EQ(test, (a).group_s, gs); \
	KUNIT_EXPECT_EQ(test, (a).n, count); \
	KUNIT_EXPECT_EQ(test, (a).wrong, 0); \
} while (0)

/* CONFORMANCE 71, 76: at once and again; who answered is asked about with the S flag,
 * the others without; silence ends them after both, not before.
 */
static void asked_in_halves(struct kunit *test)
{
	struct world *w = test->priv;
	struct asked a;
	u64 start;

	we_ask(w, 3);
	hear_set(w, 2, MGATE_RECORD_ALLOW, G1, 0x7);
	hear_set(w, 64, MGATE_RECORD_ALLOW, G1, 0x7);
	start = w->now;
	hear_set(w, 2, MGATE_RECORD_BLOCK, G1, 0x1b);
	KUNIT_EXPECT_EQ(test, w->in.next, start);
	a = asked_now(w, 2, G1);
	EXPECT_ASKED(test, a, 0x3, 0, 0, 0, 1);
	a = asked_until(w, start + 500, 2, G1);
	EXPECT_ASKED(test, a, 0, 0, 0, 0, 0);
	hear_set(w, 2, MGATE_RECORD_IS_IN, G1, 0x1);
	a = asked_until(w, start + 999, 2, G1);
	EXPECT_ASKED(test, a, 0, 0, 0, 0, 0);
	a = asked_until(w, start + 1000, 2, G1);
	EXPECT_ASKED(test, a, 0x2, 0x1, 0, 0, 2);
	a = asked_until(w, start + 1999, 2, G1);
	EXPECT_ASKED(test, a, 0, 0, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0x7);
	a = asked_until(w, start + 2000, 2, G1);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0x5);
	KUNIT_EXPECT_EQ(test, state_of(w, 2, G1).timer[0], start + 500 + WORLD_GMI);
	KUNIT_EXPECT_EQ(test, forwards(w, 64, G1), 0x7);
	a = asked_until(w, start + 60000, 2, G1);
	EXPECT_ASKED(test, a, 0, 0, 0, 0, 0);
}

/* CONFORMANCE 76: a half without sources is not sent. */
static void empty_halves(struct kunit *test)
{
	struct world *w = test->priv;
	struct asked a;

	we_ask(w, 3);
	hear_set(w, 2, MGATE_RECORD_ALLOW, G1, 0x3);
	hear_set(w, 2, MGATE_RECORD_BLOCK, G1, 0x3);
	a = asked_until(w, w->now + 3000, 2, G1);
	EXPECT_ASKED(test, a, 0x3, 0, 0, 0, 2);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
	hear_set(w, 2, MGATE_RECORD_ALLOW, G1, 0x3);
	hear_set(w, 2, MGATE_RECORD_BLOCK, G1, 0x3);
	a = asked_now(w, 2, G1);
	EXPECT_ASKED(test, a, 0x3, 0, 0, 0, 1);
	world_pass(w, 10);
	hear_set(w, 2, MGATE_RECORD_IS_IN, G1, 0x3);
	a = asked_until(w, w->now + 3000, 2, G1);
	EXPECT_ASKED(test, a, 0, 0x3, 0, 0, 1);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0x3);
}

/* CONFORMANCE 75, 77: Q(G) and Q(G,S) at the same time: each half without the S flag
 * is sent, that with it left out.
 */
static void group_and_sources(struct kunit *test)
{
	struct world *w = test->priv;
	struct asked a;
	u64 start;

	we_ask(w, 3);
	hear_set(w, 2, MGATE_RECORD_IS_EX, G1, 0);
	hear_set(w, 2, MGATE_RECORD_ALLOW, G1, 0x7);
	start = w->now;
	hear_set(w, 2, MGATE_RECORD_TO_IN, G1, 0x4);
	a = asked_now(w, 2, G1);
	EXPECT_ASKED(test, a, 0x3, 0, 1, 0, 2);
	world_pass(w, 500);
	hear_set(w, 2, MGATE_RECORD_IS_IN, G1, 0x1);
	a = asked_until(w, start + 1000, 2, G1);
	EXPECT_ASKED(test, a, 0x2, 0, 1, 0, 2);
	world_until(w, start + 1999);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL);
	a = asked_until(w, start + 5000, 2, G1);
	EXPECT_ASKED(test, a, 0, 0, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0x5);
	KUNIT_EXPECT_EQ(test, state_of(w, 2, G1).mode, MGATE_MODE_INCLUDE);
}

/* CONFORMANCE 75, 98: answered by EXCLUDE: Q(G) goes on with the S flag. */
static void group_answered(struct kunit *test)
{
	struct world *w = test->priv;
	struct asked a;
	u64 start;

	we_ask(w, 3);
	hear_set(w, 2, MGATE_RECORD_IS_EX, G1, 0x2);
	start = w->now;
	hear_set(w, 2, MGATE_RECORD_TO_IN, G1, 0);
	a = asked_until(w, start + 10, 2, G1);
	EXPECT_ASKED(test, a, 0, 0, 1, 0, 1);
	hear_set(w, 2, MGATE_RECORD_IS_EX, G1, 0x2);
	a = asked_until(w, start + 1000, 2, G1);
	EXPECT_ASKED(test, a, 0, 0, 0, 1, 1);
	a = asked_until(w, start + 60000, 2, G1);
	EXPECT_ASKED(test, a, 0, 0, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL & ~0x2);
	KUNIT_EXPECT_EQ(test, state_of(w, 2, G1).until, start + 10 + WORLD_GMI);
}

/* CONFORMANCE 77, 96: a second BLOCK joins what is being asked: due together, in one
 * query; of the same source, it begins nothing anew.
 */
static void questions_are_merged(struct kunit *test)
{
	struct world *w = test->priv;
	struct asked a;
	u64 start;

	we_ask(w, 3);
	hear_set(w, 2, MGATE_RECORD_ALLOW, G1, 0xf);
	start = w->now;
	hear_set(w, 2, MGATE_RECORD_BLOCK, G1, 0x1);
	hear_set(w, 2, MGATE_RECORD_BLOCK, G1, 0x2);
	a = asked_now(w, 2, G1);
	EXPECT_ASKED(test, a, 0x3, 0, 0, 0, 1);
	world_until(w, start + 500);
	hear_set(w, 2, MGATE_RECORD_BLOCK, G1, 0x7);
	a = asked_now(w, 2, G1);
	EXPECT_ASKED(test, a, 0x4, 0, 0, 0, 1);
	w->now = start + 1000;
	hear_set(w, 2, MGATE_RECORD_BLOCK, G1, 0x8);
	a = asked_now(w, 2, G1);
	EXPECT_ASKED(test, a, 0xb, 0, 0, 0, 1);
	a = asked_until(w, start + 1500, 2, G1);
	EXPECT_ASKED(test, a, 0x4, 0, 0, 0, 1);
	world_until(w, start + 1999);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0xf);
	a = asked_until(w, start + 2000, 2, G1);
	EXPECT_ASKED(test, a, 0x8, 0, 0, 0, 1);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0xc);
	a = asked_until(w, start + 2500, 2, G1);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0x8);
	a = asked_until(w, start + 3000, 2, G1);
	EXPECT_ASKED(test, a, 0, 0, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
}

/* TRAPS 24: a leave that is kept from the querier: we ask in its place, without an
 * address, about what the port had; its silence ends that there alone.
 */
static void kept_leave_of_sources(struct kunit *test)
{
	struct world *w = test->priv;
	struct asked a;
	u64 start;

	world_converge(w, 1);
	w->decides = true;
	hear_set(w, 2, MGATE_RECORD_TO_EX, G1, 0);
	hear_set(w, 64, MGATE_RECORD_ALLOW, G1, 0x7);
	start = w->now;
	hear_set(w, 64, MGATE_RECORD_BLOCK, G1, 0x1);
	KUNIT_EXPECT_FALSE(test, w->in.withheld);
	KUNIT_EXPECT_EQ(test, asked_now(w, 64, G1).n, 0);
	hear_set(w, 64, MGATE_RECORD_TO_IN, G1, 0);
	KUNIT_EXPECT_TRUE(test, w->in.withheld);
	a = asked_until(w, start + 500, 64, G1);
	EXPECT_ASKED(test, a, 0x7, 0, 0, 0, 1);
	KUNIT_EXPECT_TRUE(test, w->last_ask.proxy);
	KUNIT_EXPECT_TRUE(test, mgate_addr_is_zero(&w->last_ask.query.src));
	hear_set(w, 64, MGATE_RECORD_IS_IN, G1, 0x4);
	a = asked_until(w, start + 1999, 64, G1);
	EXPECT_ASKED(test, a, 0x3, 0x4, 0, 0, 2);
	KUNIT_EXPECT_EQ(test, forwards(w, 64, G1), 0x7);
	world_until(w, start + 2000);
	KUNIT_EXPECT_EQ(test, forwards(w, 64, G1), 0x4);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL);
}

/* CONFORMANCE 76; INTERFACE `last_member_count`: asked about so often, then the source ends. */
static void a_source_is_asked_about_as_written(struct kunit *test)
{
	struct world *w = test->priv;
	struct asked a;

	we_ask(w, 3);
	world_set(w, MGATE_PARAM_LAST_MEMBER_COUNT, 3);
	hear_set(w, 2, MGATE_RECORD_ALLOW, G1, 0x1);
	hear_set(w, 2, MGATE_RECORD_BLOCK, G1, 0x1);
	a = asked_until(w, w->now + 2999, 2, G1);
	EXPECT_ASKED(test, a, 0x1, 0, 0, 0, 3);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0x1);
	world_pass(w, 1);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0);
}

/* CONFORMANCE 74; INTERFACE `last_member_count`: so often the querier is taken to ask, too. */
static void a_heard_question_counts_as_written(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	world_set(w, MGATE_PARAM_LAST_MEMBER_COUNT, 3);
	world_join(w, 2, 3, G1);
	world_query(w, 1, WORLD_ROUTER, G1);
	KUNIT_EXPECT_EQ(test, state_of(w, 2, G1).until, w->now + 3000);
}

/* RELIABILITY S2, S7: a port that forgets its members forgets that one of an older version
 * was among them, also where the administrator's entry keeps the membership.
 */
static void an_older_host_is_forgotten_too(struct kunit *test)
{
	struct mgate_key key = world_key(G1);
	struct world *w = test->priv;
	u8 version;

	we_ask(w, 3);
	key.src = world_addr(SRC(5));
	mgate_permanent_add(&w->sw, &key, 2, w->now);
	for (version = WORLD_LEN == 4 ? 1 : 2; version <= 2; version++) {
		world_join(w, 2, version, G1);
		mgate_membership_forget(&w->sw, 2, false, MGATE_WHY_PORT, w->now);
		hear_set(w, 2, MGATE_RECORD_TO_EX, G1, 0);
		hear_set(w, 2, MGATE_RECORD_BLOCK, G1, 0x1);
		KUNIT_EXPECT_EQ(test, asked_now(w, 2, G1).clear, 0x1);
		world_pass(w, 10000);
	}
}

/* CONFORMANCE 75; RELIABILITY S7: nobody is asked on whether somebody wants what a port has
 * forgotten, though the administrator's entry is still there.
 */
static void the_forgotten_are_not_asked_about(struct kunit *test)
{
	struct mgate_key key = world_key(G1);
	struct world *w = test->priv;

	we_ask(w, 3);
	mgate_permanent_add(&w->sw, &key, 2, w->now);
	world_join(w, 2, 2, G1);
	world_leave(w, 2, 2, G1);
	KUNIT_EXPECT_EQ(test, asked_now(w, 2, G1).n, 1);
	mgate_membership_forget(&w->sw, 2, false, MGATE_WHY_RULE, w->now);
	KUNIT_EXPECT_EQ(test, asked_until(w, w->now + 5000, 2, G1).n, 0);
}

static struct kunit_case questions_cases[] = {
	KUNIT_CASE(heard_about_sources),
	KUNIT_CASE(heard_times),
	KUNIT_CASE(asked_in_halves),
	KUNIT_CASE(empty_halves),
	KUNIT_CASE(group_and_sources),
	KUNIT_CASE(group_answered),
	KUNIT_CASE(questions_are_merged),
	KUNIT_CASE(kept_leave_of_sources),
	KUNIT_CASE(a_source_is_asked_about_as_written),
	KUNIT_CASE(a_heard_question_counts_as_written),
	KUNIT_CASE(an_older_host_is_forgotten_too),
	KUNIT_CASE(the_forgotten_are_not_asked_about),
	{}
};

static struct kunit_suite questions_suite = {
	.name = WORLD_NAME("mgate_questions"),
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = world_init,
	.exit = world_exit,
	.test_cases = questions_cases,
};

kunit_test_suite(questions_suite);

MODULE_DESCRIPTION("mgate: tests of queries about single sources");
MODULE_LICENSE("GPL");
