// SPDX-License-Identifier: GPL-2.0-only
/* Questions that cannot be asked, and VLANs in which nobody asks. */
#include "sources.h"

#define G1 0xef010101

static void hear_in(struct world *w, u16 slot, u16 vid, bool named, const struct mgate_msg *msg)
{
	memset(&w->in, 0, sizeof(w->in));
	world_message(w, msg);
	w->in.now = w->now;
	w->in.slot = slot;
	w->in.vid = vid;
	w->in.named = named;
	w->in.own = w->own;
	mgate_input(&w->sw, &w->in);
}

static void join_in(struct world *w, u16 slot, u16 vid, bool named)
{
	struct mgate_msg msg = {
		.grp = world_addr(G1), .version = 2, .count = 1, .kind = MGATE_KIND_REPORT,
	};

	hear_in(w, slot, vid, named, &msg);
}

/* DECISIONS 4, TRAPS 24: whoever was not asked, because the query could not be sent,
 * is not cut: it stays as long as one that says nothing.
 */
static void a_query_that_fails_cuts_nobody(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned int i;

	world_begin(w, MGATE_QUERIER_ON, 3, OWN);
	world_pass(w, 60000);
	world_join(w, 2, 3, G1);
	world_leave(w, 2, 3, G1);
	for (i = 0; i < 2; i++) {
		world_run(w);
		KUNIT_ASSERT_EQ(test, w->run.n, 1);
		mgate_asking_failed(&w->sw, &w->run.ask[0], w->now);
		w->now += 1000;
		if (!world_member(w, 2, G1)->asks)
			break;
	}
	KUNIT_EXPECT_EQ(test, i, 0);
	world_pass(w, WORLD_GMI - 2000);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	world_pass(w, 2000);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
}

/* DECISIONS 9: by the elected querier's time, which may ask later than we would. */
static void a_query_that_fails_beside_a_slow_querier(struct kunit *test)
{
	struct mgate_msg query = world_query_msg(WORLD_ROUTER, 0);
	struct world *w = test->priv;

	query.version = 3;
	query.robustness = 2;
	query.interval_ms = 600000;
	w->decides = true;
	world_hear(w, 1, &query);
	world_pass(w, 60000);
	world_join(w, 2, 3, G1);
	world_join(w, 64, 3, G1);
	world_leave(w, 64, 3, G1);
	KUNIT_ASSERT_TRUE(test, w->in.withheld);
	world_run(w);
	KUNIT_ASSERT_EQ(test, w->run.n, 1);
	mgate_asking_failed(&w->sw, &w->run.ask[0], w->now);
	world_pass(w, 600000);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 64, G1));
}

/* The same for a query about a source, the last one of them. */
static void a_query_for_a_source_that_fails(struct kunit *test)
{
	struct mgate_ask *ask = kunit_kzalloc(test, sizeof(*ask), GFP_KERNEL);
	struct world *w = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, ask);
	world_begin(w, MGATE_QUERIER_ON, 3, OWN);
	world_pass(w, 60000);
	world_set(w, MGATE_PARAM_LAST_MEMBER_COUNT, 1);
	world_record(w, 2, 3, MGATE_RECORD_ALLOW, G1, WORLD_SOURCE);
	world_record(w, 2, 3, MGATE_RECORD_BLOCK, G1, WORLD_SOURCE);
	world_run(w);
	KUNIT_ASSERT_EQ(test, w->run.n, 1);
	*ask = w->run.ask[0];
	KUNIT_EXPECT_EQ(test, ask->query.nsrcs, 1);
	mgate_asking_failed(&w->sw, ask, w->now);
	world_pass(w, WORLD_GMI - 1000);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	world_pass(w, 1000);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
	/* One that has gone meanwhile is no harm. */
	mgate_asking_failed(&w->sw, ask, w->now);
}

/* DECISIONS 8: our own queries keep no VLAN that somebody has made up. */
static void a_made_up_vlan_is_forgotten(struct kunit *test)
{
	struct world *w = test->priv;

	w->sw.params.patience_ms = 0;
	world_begin(w, MGATE_QUERIER_AUTO, 3, OWN);
	join_in(w, 2, 77, false);
	join_in(w, 2, 78, true);
	world_pass(w, 260000);
	KUNIT_ASSERT_NOT_NULL(test, world_context(w, 77));
	KUNIT_EXPECT_EQ(test, world_context(w, 77)->querier.state, MGATE_QUERIER_SELF);
	world_pass(w, 3 * WORLD_GMI);
	KUNIT_EXPECT_NULL(test, world_context(w, 77));
	KUNIT_EXPECT_NOT_NULL(test, world_context(w, 78));
	KUNIT_EXPECT_EQ(test, w->sw.contexts.unnamed[WORLD_AF], 0);
}

/* Issue 4 item 6: each VLAN that loses its querier is told of, once, also where they
 * all do in the same moment.
 */
static void each_vlan_is_told_of(struct kunit *test)
{
	struct mgate_msg query = world_query_msg(WORLD_ROUTER, 0);
	struct world *w = test->priv;
	u16 vid;

	world_begin(w, MGATE_QUERIER_OFF, 3, OWN);
	for (vid = 10; vid < 15; vid++) {
		hear_in(w, 1, vid, true, &query);
		join_in(w, 2, vid, true);
	}
	world_pass(w, 260000);
	KUNIT_EXPECT_EQ(test, w->lost, 5);
	KUNIT_EXPECT_TRUE(test, w->lost_for_good);
	world_pass(w, 300000);
	KUNIT_EXPECT_EQ(test, w->lost, 5);
}

/* Issue 4 item 3: with `proxy full` nothing is kept that was refused here. */
static void what_was_refused_goes_on(struct kunit *test)
{
	struct mgate_msg msg = {
		.grp = world_addr(G1), .version = 2, .kind = MGATE_KIND_REPORT,
		.fate = MGATE_FATE_ROUTERS,
	};
	struct world *w = test->priv;

	world_converge(w, 1);
	world_set(w, MGATE_PARAM_PROXY, MGATE_PROXY_FULL);
	KUNIT_EXPECT_TRUE(test, world_withholds(w, 2, &msg));
	w->ports[2].params[MGATE_PORT_MAX_GROUPS] = 1;
	world_join(w, 2, 2, G1);
	world_join(w, 2, 2, G1 + 1);
	KUNIT_EXPECT_FALSE(test, world_withholds(w, 2, &msg));
	KUNIT_EXPECT_TRUE(test, world_withholds(w, 64, &msg));
}

/* The last question of all: then too it stays for a membership interval from now on. */
static void the_last_query_that_fails(struct kunit *test)
{
	struct world *w = test->priv;

	we_ask(w, 3);
	world_set(w, MGATE_PARAM_LAST_MEMBER_COUNT, 1);
	world_join(w, 2, 3, G1);
	world_leave(w, 2, 3, G1);
	world_run(w);
	KUNIT_ASSERT_EQ(test, w->run.n, 1);
	mgate_asking_failed(&w->sw, &w->run.ask[0], w->now);
	KUNIT_EXPECT_EQ(test, state_of(w, 2, G1).until, w->now + WORLD_GMI);
}

/* CONFORMANCE 57: a source that was blocked before the query came to nothing stays blocked. */
static void a_blocked_source_stays_blocked(struct kunit *test)
{
	struct mgate_ask *ask = kunit_kzalloc(test, sizeof(*ask), GFP_KERNEL);
	struct world *w = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, ask);
	we_ask(w, 3);
	world_set(w, MGATE_PARAM_LAST_MEMBER_COUNT, 1);
	hear_set(w, 2, MGATE_RECORD_IS_EX, G1, 0);
	hear_set(w, 2, MGATE_RECORD_BLOCK, G1, 0x1);
	world_run(w);
	KUNIT_ASSERT_EQ(test, w->run.n, 1);
	*ask = w->run.ask[0];
	ask->query.srcs = ask->srcs;
	world_pass(w, 1000);
	KUNIT_EXPECT_EQ(test, state_of(w, 2, G1).blocked, 0x1);
	mgate_asking_failed(&w->sw, ask, w->now);
	KUNIT_EXPECT_EQ(test, state_of(w, 2, G1).blocked, 0x1);
}

/* DECISIONS 4, TRAPS 24: we cease to ask: what we were asking about is not cut for it. */
static void who_ceases_to_ask_cuts_nobody(struct kunit *test)
{
	struct world *w = test->priv;
	u64 left;

	we_ask(w, 3);
	world_join(w, 2, 3, G1);
	world_leave(w, 2, 3, G1);
	KUNIT_EXPECT_EQ(test, asked_now(w, 2, G1).n, 1);
	left = w->now;
	world_set(w, MGATE_PARAM_QUERIER, MGATE_QUERIER_OFF);
	world_until(w, left + 5000);
	KUNIT_EXPECT_TRUE(test, state_of(w, 2, G1).member);
	KUNIT_EXPECT_GE(test, state_of(w, 2, G1).until, left + WORLD_GMI);
}

/* Issue 4 item 6: once for each silence, though groups end one after the other. */
static void a_silence_is_told_of_once(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	world_join(w, 2, 3, G1);
	world_pass(w, 100000);
	world_join(w, 2, 3, G1 + 1);
	world_pass(w, 145000);
	KUNIT_EXPECT_EQ(test, w->lost, 1);
	world_pass(w, 300000);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
	KUNIT_EXPECT_EQ(test, w->lost, 1);
}

/* The same querier comes back, and falls silent again: that is told of too. */
static void each_silence_is_told_of(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned int i;

	for (i = 1; i <= 2; i++) {
		world_converge(w, 1);
		world_join(w, 2, 3, G1);
		world_pass(w, 260000);
		KUNIT_EXPECT_EQ(test, w->lost, i);
	}
}

/* Issue 4 item 6: while somebody asks, the end of a group is no silence. */
static void the_end_of_a_group_is_no_silence(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	world_join(w, 2, 2, G1);
	world_query(w, 1, WORLD_ROUTER, G1);
	world_pass(w, 5000);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
	KUNIT_EXPECT_EQ(test, w->lost, 0);
}

/* CONFORMANCE 10, TRAPS 26: a port that starts is asked where somebody queries, else not. */
static void no_port_is_asked_where_nobody_queries(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	mgate_swport_stop(&w->sw, 3, w->now);
	mgate_swport_start(&w->sw, 3, w->now);
	mgate_swport_stop(&w->sw, 1, w->now);
	KUNIT_ASSERT_EQ(test, world_querier(w), MGATE_QUERIER_NONE);
	w->asks = 0;
	world_pass(w, 1000);
	KUNIT_EXPECT_EQ(test, w->asks, 0);
}

/* TRAPS 26: nor is one that is known already. */
static void no_known_port_is_asked(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	w->asks = 0;
	mgate_swport_ask(&w->sw, 3, w->now);
	world_pass(w, 1000);
	KUNIT_EXPECT_EQ(test, w->asks, 0);
}

/* Issue 4 item 3: nor where the bridge is full, and so does not know all members. */
static void what_a_full_bridge_refused_goes_on(struct kunit *test)
{
	struct mgate_msg msg = {
		.grp = world_addr(G1), .version = 2, .kind = MGATE_KIND_REPORT,
		.fate = MGATE_FATE_ROUTERS,
	};
	struct world *w = test->priv;

	world_converge(w, 1);
	world_set(w, MGATE_PARAM_PROXY, MGATE_PROXY_FULL);
	world_set(w, MGATE_PARAM_MAX_GROUPS, 1);
	world_join(w, 2, 2, G1);
	KUNIT_EXPECT_TRUE(test, world_withholds(w, 64, &msg));
	world_join(w, 3, 2, G1 + 1);
	KUNIT_EXPECT_TRUE(test, w->sw.full);
	KUNIT_EXPECT_FALSE(test, world_withholds(w, 64, &msg));
}

static struct kunit_case silence_cases[] = {
	KUNIT_CASE(a_query_that_fails_cuts_nobody),
	KUNIT_CASE(a_query_that_fails_beside_a_slow_querier),
	KUNIT_CASE(a_query_for_a_source_that_fails),
	KUNIT_CASE(a_made_up_vlan_is_forgotten),
	KUNIT_CASE(each_vlan_is_told_of),
	KUNIT_CASE(what_was_refused_goes_on),
	KUNIT_CASE(the_last_query_that_fails),
	KUNIT_CASE(a_blocked_source_stays_blocked),
	KUNIT_CASE(who_ceases_to_ask_cuts_nobody),
	KUNIT_CASE(a_silence_is_told_of_once),
	KUNIT_CASE(each_silence_is_told_of),
	KUNIT_CASE(the_end_of_a_group_is_no_silence),
	KUNIT_CASE(no_port_is_asked_where_nobody_queries),
	KUNIT_CASE(no_known_port_is_asked),
	KUNIT_CASE(what_a_full_bridge_refused_goes_on),
	{}
};

static struct kunit_suite silence_suite = {
	.name = WORLD_NAME("mgate_silence"),
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = world_init,
	.exit = world_exit,
	.test_cases = silence_cases,
};

kunit_test_suite(silence_suite);

MODULE_DESCRIPTION("mgate: tests of questions that cannot be asked");
MODULE_LICENSE("GPL");
