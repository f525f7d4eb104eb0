// SPDX-License-Identifier: GPL-2.0-only
/* The switch as a querier: when it asks, when it steps back, when it goes on. */
#include "sources.h"

#define G1 0xef010101

/* TRAPS 22: back to back without addresses: each is the other's router port. */
static void two_without_addresses(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned int i;

	world_begin(w, MGATE_QUERIER_ON, 3, 0);
	world_tick(w);
	for (i = 0; i < 20; i++) {
		world_query(w, 1, 0, 0);
		KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_SELF);
		KUNIT_EXPECT_TRUE(test, world_gets(w, 1, G1));
		world_pass(w, 125000);
		KUNIT_EXPECT_TRUE(test, world_gets(w, 1, G1));
	}
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
}

/* CONFORMANCE 93, issue 2 item 2: in the built-in's place: burst, interval, and
 * it gates on its own questions.
 */
static void we_query(struct kunit *test)
{
	struct world *w = test->priv;
	u64 next, start = w->now;

	next = world_begin(w, MGATE_QUERIER_ON, 2, 0xc0000209);
	KUNIT_EXPECT_EQ(test, next, start);
	world_until(w, start + 9999);
	KUNIT_EXPECT_EQ(test, w->asks, 1);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	world_until(w, start + 10000);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
	world_until(w, start + 31250 + 4 * 125000);
	KUNIT_EXPECT_EQ(test, w->asks, 6);
	KUNIT_EXPECT_EQ(test, w->last_ask.query.version, 2);
	KUNIT_EXPECT_EQ(test, w->last_ask.query.max_resp_ms, 10000);
	KUNIT_EXPECT_EQ(test, w->last_ask.slot, MGATE_SLOT_NONE);
	KUNIT_EXPECT_FALSE(test, w->last_ask.proxy);
	mgate_role_set(&w->sw, false, WORLD_VID, w->now);
	w->asks = 0;
	world_pass(w, 400000);
	KUNIT_EXPECT_EQ(test, w->asks, 0);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
}

/* DECISIONS 10: steps back for a better one, and follows it when it is lost. */
static void we_step_back_and_follow(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned int i;

	world_begin(w, MGATE_QUERIER_ON, 3, 0xc0000209);
	world_pass(w, 200000);
	world_query(w, 1, 0xc000020a, 0);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_SELF);
	world_query(w, 1, WORLD_ROUTER, 0);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_OTHER);
	w->asks = 0;
	for (i = 0; i < 5; i++) {
		world_pass(w, 125000);
		world_query(w, 1, WORLD_ROUTER, 0);
	}
	KUNIT_EXPECT_EQ(test, w->asks, 0);
	world_pass(w, 254999);
	KUNIT_EXPECT_EQ(test, w->asks, 0);
	world_pass(w, 1);
	KUNIT_EXPECT_EQ(test, w->asks, 1);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_SELF);
}

/* RELIABILITY Q3, R8f (FRR 26a0f1e2fe): our own query, come back by a loop. */
static void own_query_comes_back(struct kunit *test)
{
	struct world *w = test->priv;

	world_begin(w, MGATE_QUERIER_ON, 3, WORLD_ROUTER);
	world_pass(w, 60000);
	world_query(w, 1, WORLD_ROUTER, 0);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_SELF);
	KUNIT_EXPECT_FALSE(test, w->in.new_querier || w->in.new_router);
	KUNIT_EXPECT_FALSE(test, world_is_router(w, 1));
	world_join(w, 1, 2, G1);
	world_query(w, 1, WORLD_ROUTER, G1);
	KUNIT_EXPECT_EQ(test, world_member(w, 1, G1)->until, w->now + WORLD_GMI);
	KUNIT_EXPECT_FALSE(test, w->in.new_router);
	KUNIT_EXPECT_FALSE(test, world_is_router(w, 1));
}

/* CONFORMANCE 88: a shorter interval counts for the next query already. */
static void a_shorter_interval_counts_at_once(struct kunit *test)
{
	struct world *w = test->priv;
	enum mgate_param other;
	u64 next;
	int err;

	world_begin(w, MGATE_QUERIER_ON, 3, 0);
	world_pass(w, 40000);
	w->asks = 0;
	next = mgate_switch_set(&w->sw, MGATE_PARAM_QUERY_INTERVAL_MS, 20000, w->now, &other,
				&err);
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_LE(test, next, w->now + 20000);
	world_pass(w, 60000);
	KUNIT_EXPECT_EQ(test, w->asks, 3);
	mgate_switch_set(&w->sw, MGATE_PARAM_QUERY_INTERVAL_MS, 125000, w->now, &other, &err);
	world_pass(w, 20000);
	KUNIT_EXPECT_EQ(test, w->asks, 4);
	world_pass(w, 124999);
	KUNIT_EXPECT_EQ(test, w->asks, 4);
	world_pass(w, 1);
	KUNIT_EXPECT_EQ(test, w->asks, 5);
}

/* RELIABILITY T6: the shortest interval with the longest startup interval: the
 * VLAN is not forgotten between our queries, nor when a host speaks there.
 */
static void far_apart_queries(struct kunit *test)
{
	struct world *w = test->priv;

	w->sw.params.v[MGATE_PARAM_QUERY_INTERVAL_MS] = 1000;
	w->sw.params.v[MGATE_PARAM_QUERY_RESPONSE_INTERVAL_MS] = 100;
	w->sw.params.v[MGATE_PARAM_STARTUP_QUERY_INTERVAL_MS] = 31744000;
	world_begin(w, MGATE_QUERIER_ON, 3, 0);
	world_pass(w, 1000000);
	world_join(w, 2, 2, G1);
	world_pass(w, 30743999);
	KUNIT_EXPECT_EQ(test, w->asks, 1);
	world_pass(w, 1);
	KUNIT_EXPECT_EQ(test, w->asks, 2);
	world_pass(w, 10000);
	KUNIT_EXPECT_EQ(test, w->asks, 12);
}

/* INTERFACE `flush`; RELIABILITY S9: an empty table, and who queries begins anew. */
static void flushed_while_we_query(struct kunit *test)
{
	struct world *w = test->priv;

	world_begin(w, MGATE_QUERIER_ON, 3, 0xc0000209);
	world_pass(w, 200000);
	world_join(w, 2, 2, G1);
	mgate_switch_flush(&w->sw, w->now);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 3, G1));
	KUNIT_EXPECT_EQ(test, mgate_role_set(&w->sw, true, WORLD_VID, w->now), w->now);
	w->asks = 0;
	world_pass(w, 200000);
	KUNIT_EXPECT_EQ(test, w->asks, 3);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
}

/* DECISIONS 8, issue 4 item 1: the host is in another VLAN: there we begin anew,
 * and where we query already we go on.
 */
static void the_host_moves_to_another_vlan(struct kunit *test)
{
	struct world *w = test->priv;

	world_begin(w, MGATE_QUERIER_ON, 3, 0xc0000209);
	world_pass(w, 40000);
	mgate_role_set(&w->sw, true, 20, w->now);
	KUNIT_EXPECT_EQ(test, w->vlan_asks[WORLD_VID], 2);
	world_pass(w, 31250);
	KUNIT_EXPECT_EQ(test, w->vlan_asks[20], 2);
	KUNIT_EXPECT_EQ(test, w->vlan_asks[WORLD_VID], 2);
	world_pass(w, 250000);
	KUNIT_EXPECT_EQ(test, w->vlan_asks[20], 4);
	KUNIT_EXPECT_EQ(test, w->vlan_asks[WORLD_VID], 4);
}

/* TRAPS 22, 33; DECISIONS 4: without an address we are no router to a neighbour
 * that knows a querier: what it wants of us is cut only when none can be there.
 */
static void without_address_nothing_is_cut_early(struct kunit *test)
{
	struct world *w = test->priv;
	u64 start = w->now;

	w->sw.params.v[MGATE_PARAM_CONVERGENCE_MS] = MGATE_AUTO;
	world_begin(w, MGATE_QUERIER_ON, 3, 0);
	world_until(w, start + 254999);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	world_until(w, start + 255000);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
	/* It was heard at last: its own query is enough from then on. */
	mgate_switch_flush(&w->sw, w->now);
	mgate_role_set(&w->sw, true, WORLD_VID, w->now);
	world_pass(w, 50000);
	world_query(w, 1, WORLD_ROUTER, 0);
	world_pass(w, 10999);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	world_pass(w, 1);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
	/* Its link is gone: until it counts as lost it may come in elsewhere. */
	mgate_swport_stop(&w->sw, 1, w->now);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_SELF);
	world_pass(w, 255000 - 11000 - 1);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	world_pass(w, 1);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
}

/* INTERFACE `convergence_ms`: what is written counts, and `auto` for who has
 * listened before it began.
 */
static void without_address_after_listening(struct kunit *test)
{
	struct world *w = test->priv;

	world_begin(w, MGATE_QUERIER_ON, 3, 0);
	world_pass(w, 10000);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
	mgate_switch_flush(&w->sw, w->now);
	w->sw.params.v[MGATE_PARAM_CONVERGENCE_MS] = MGATE_AUTO;
	world_begin(w, MGATE_QUERIER_AUTO, 3, 0);
	world_join(w, 3, 3, G1);
	world_pass(w, 255000 + w->sw.params.patience_ms);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_SELF);
	world_pass(w, 10999);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	world_pass(w, 1);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
}

/* RFC 2236 4: hosts of version 1 take ten seconds, whatever is configured. */
static void version_1_gets_its_ten_seconds(struct kunit *test)
{
	struct world *w = test->priv;

	w->sw.params.v[MGATE_PARAM_CONVERGENCE_MS] = MGATE_AUTO;
	w->sw.params.v[MGATE_PARAM_QUERY_RESPONSE_INTERVAL_MS] = 100;
	world_begin(w, MGATE_QUERIER_ON, 1, 0xc0000209);
#ifdef WORLD_IPV6
	/* Which MLD has not. */
	world_pass(w, 300);
#else
	world_pass(w, 10999);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	world_pass(w, 1);
#endif
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
}

/* TRAPS 26: where answers to our first query are awaited, none is asked for beside it. */
static void no_second_query_while_answers_come(struct kunit *test)
{
	struct world *w = test->priv;

	world_begin(w, MGATE_QUERIER_ON, 3, OWN);
	world_pass(w, 1000);
	KUNIT_EXPECT_EQ(test, w->asks, 1);
	mgate_role_set(&w->sw, true, WORLD_VID, w->now);
	world_pass(w, 1000);
	KUNIT_EXPECT_EQ(test, w->asks, 1);
}

/* DECISIONS 4: our query could not be sent: nobody was asked, and all is flooded again. */
static void who_cannot_ask_does_not_gate(struct kunit *test)
{
	struct world *w = test->priv;

	we_ask(w, 3);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 3, G1));
	mgate_role_failed(&w->sw, WORLD_AF, WORLD_VID, MGATE_NEVER);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 3, G1));
	KUNIT_EXPECT_TRUE(test, test_bit(3, world_context(w, WORLD_VID)->learning));
}

/* INTERFACE `mode audit`: a bridge that is to be silent begins in no VLAN, whatever is written. */
static void the_silent_begin_nowhere(struct kunit *test)
{
	struct world *w = test->priv;

	world_set(w, MGATE_PARAM_QUERIER, MGATE_QUERIER_ON);
	KUNIT_EXPECT_NULL(test, world_context(w, WORLD_VID));
	w->sw.main_vid = WORLD_VID;
	world_set(w, MGATE_PARAM_QUERIER, MGATE_QUERIER_AUTO);
	world_set(w, MGATE_PARAM_QUERIER, MGATE_QUERIER_ON);
	KUNIT_EXPECT_NULL(test, world_context(w, WORLD_VID));
}

/* DECISIONS 10: to be told again to speak in the same VLAN does not make it listen anew. */
static void told_again_it_listens_no_longer(struct kunit *test)
{
	struct world *w = test->priv;
	u64 at;

	world_begin(w, MGATE_QUERIER_AUTO, 3, OWN);
	world_join(w, 2, 3, G1);
	at = world_context(w, WORLD_VID)->querier.start_at;
	world_pass(w, 100000);
	mgate_role_set(&w->sw, true, WORLD_VID, w->now);
	KUNIT_EXPECT_EQ(test, world_context(w, WORLD_VID)->querier.start_at, at);
}

/* RELIABILITY threat 5: a new querier is said to be one once, not with each of its queries. */
static void a_querier_is_new_once(struct kunit *test)
{
	struct world *w = test->priv;

	world_query(w, 1, WORLD_ROUTER, 0);
	KUNIT_EXPECT_TRUE(test, w->in.new_querier);
	world_query(w, 1, WORLD_ROUTER, 0);
	KUNIT_EXPECT_FALSE(test, w->in.new_querier);
}

/* CONFORMANCE 89, 90: a query without one of the querier's values is noticed, either of them. */
static void a_query_without_values(struct kunit *test)
{
	struct mgate_msg msg = world_query_msg(WORLD_ROUTER, 0);
	struct world *w = test->priv;

	world_hear(w, 1, &msg);
	KUNIT_EXPECT_FALSE(test, w->in.without_values);
	msg.robustness = 0;
	world_hear(w, 1, &msg);
	KUNIT_EXPECT_TRUE(test, w->in.without_values);
	msg.robustness = 2;
	msg.interval_ms = 0;
	world_hear(w, 1, &msg);
	KUNIT_EXPECT_TRUE(test, w->in.without_values);
}

static struct kunit_case querying_cases[] = {
	KUNIT_CASE(two_without_addresses),
	KUNIT_CASE(we_query),
	KUNIT_CASE(we_step_back_and_follow),
	KUNIT_CASE(own_query_comes_back),
	KUNIT_CASE(a_shorter_interval_counts_at_once),
	KUNIT_CASE(far_apart_queries),
	KUNIT_CASE(flushed_while_we_query),
	KUNIT_CASE(the_host_moves_to_another_vlan),
	KUNIT_CASE(without_address_nothing_is_cut_early),
	KUNIT_CASE(without_address_after_listening),
	KUNIT_CASE(version_1_gets_its_ten_seconds),
	KUNIT_CASE(no_second_query_while_answers_come),
	KUNIT_CASE(who_cannot_ask_does_not_gate),
	KUNIT_CASE(the_silent_begin_nowhere),
	KUNIT_CASE(told_again_it_listens_no_longer),
	KUNIT_CASE(a_querier_is_new_once),
	KUNIT_CASE(a_query_without_values),
	{}
};

static struct kunit_suite querying_suite = {
	.name = WORLD_NAME("mgate_querying"),
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = world_init,
	.exit = world_exit,
	.test_cases = querying_cases,
};

kunit_test_suite(querying_suite);

MODULE_DESCRIPTION("mgate: tests of the switch as a querier");
MODULE_LICENSE("GPL");
