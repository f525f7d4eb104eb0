// SPDX-License-Identifier: GPL-2.0-only
/* When the routers are told of the hosts' wishes, how often, and what is not told any more. */
#include "said.h"

/* RFC 9776 5.1: a change is told as often as the robustness of the querier says. */
static void as_often_as_the_querier_says(struct kunit *test)
{
	begin_with(test, 3, 3);
	world_join(test->priv, 2, 3, G1);
	KUNIT_EXPECT_EQ(test, pass(test, 10000)->n, 3);
}

/* CONFORMANCE 84: version 2 names no sources: it is one report, told twice, however many there
 * are.
 */
static void version_2_names_no_sources(struct kunit *test)
{
	struct world *w = test->priv;

	world_set(w, MGATE_PARAM_MAX_SOURCES, 1024);
	begin(test, 2);
	hear_range(w, 2, MGATE_RECORD_ALLOW, G1, 0, MGATE_QUERY_SOURCES + 6);
	KUNIT_EXPECT_EQ(test, pass(test, 10000)->n, 2);
}

/* CONFORMANCE 73, RFC 9776 5.2: the S flag is for routers; whoever has hosts answers. */
static void the_s_flag_is_for_routers(struct kunit *test)
{
	struct mgate_msg msg = world_query_msg(WORLD_ROUTER, G1);
	struct world *w = test->priv;

	begin(test, 3);
	world_join(w, 2, 3, G1);
	pass(test, 5000);
	msg.suppress = true;
	world_hear(w, 1, &msg);
	KUNIT_EXPECT_EQ(test, pass(test, 2000)->n, 1);
}

/* RFC 9776 4.1.1, 5.2: a query that gives no time is answered at once, too. */
static void no_time_to_answer(struct kunit *test)
{
	struct mgate_msg msg = world_query_msg(WORLD_ROUTER, 0);
	struct world *w = test->priv;

	begin(test, 3);
	world_join(w, 2, 3, G1);
	pass(test, 5000);
	msg.max_resp_ms = 0;
	world_hear(w, 1, &msg);
	KUNIT_EXPECT_EQ(test, pass(test, 5000)->n, 1);
}

/* RFC 9776 5.1: an answer that has time does not delay a change, which is told at once. */
static void an_answer_delays_no_change(struct kunit *test)
{
	struct mgate_msg msg = world_query_msg(WORLD_ROUTER, G1);
	struct world *w = test->priv;

	begin(test, 3);
	msg.max_resp_ms = 25000;
	world_join(w, 2, 3, G1);
	world_hear(w, 1, &msg);
	KUNIT_EXPECT_EQ(test, pass(test, 0)->n, 1);
}

/* RFC 9776 5.2: other routers may listen to our queries: for our hosts we answer these too. */
static void we_answer_our_own_query(struct kunit *test)
{
	struct world *w = test->priv;

	we_ask(w, 3);
	world_set(w, MGATE_PARAM_PROXY, MGATE_PROXY_FULL);
	world_join(w, 2, 3, G1);
	KUNIT_EXPECT_EQ(test, pass(test, 5000)->n, 2);
	KUNIT_EXPECT_EQ(test, pass(test, 125000 + 10000)->n, 1);
}

/* A report of version 3 that wants all of a group, in any VLAN. */
static void join_in(struct world *w, u16 vid)
{
	u8 body[4 + 16] = { MGATE_RECORD_IS_EX };
	struct mgate_msg msg = {
		.src = world_addr(0xc0000264), .body = body, .len = 4 + WORLD_LEN, .count = 1,
		.version = 3, .kind = MGATE_KIND_REPORT, .fate = MGATE_FATE_ROUTERS,
	};

	world_put(body + 4, G1);
	world_hear_in(w, 2, vid, &msg);
}

/* CONFORMANCE 108: two VLANs that are asked in the same moment are both answered for. */
static void two_vlans_are_asked_at_once(struct kunit *test)
{
	struct mgate_msg msg = world_query_msg(WORLD_ROUTER, 0);
	struct world *w = test->priv;
	u16 vid;

	begin(test, 3);
	for (vid = 10; vid < 12; vid++) {
		world_hear_in(w, 1, vid, &msg);
		pass(test, 20000);
		join_in(w, vid);
	}
	pass(test, 20000);
	world_hear_in(w, 1, 10, &msg);
	world_hear_in(w, 1, 11, &msg);
	KUNIT_EXPECT_EQ(test, pass(test, 20000)->n, 2);
}

/* INTERFACE `proxy`: what was told before the bridge ceased to speak, the routers may have
 * forgotten since, and what was not yet told they never knew: when it speaks again it tells
 * of the group with the next change.
 */
static void told_anew_after_a_silence(struct kunit *test)
{
	static const u64 spoken[] = { 0, 5000 };
	struct world *w = test->priv;
	unsigned int i;

	begin(test, 3);
	for (i = 0; i < ARRAY_SIZE(spoken); i++) {
		world_join(w, 2, 3, G1 + i);
		if (spoken[i])
			KUNIT_EXPECT_EQ(test, pass(test, spoken[i])->n, 2);
		world_join(w, 3, 3, G1 + i);
		world_set(w, MGATE_PARAM_PROXY, MGATE_PROXY_OFF);
		KUNIT_EXPECT_EQ(test, pass(test, 5000)->n, 0);
		world_set(w, MGATE_PARAM_PROXY, MGATE_PROXY_FULL);
		world_join(w, 64, 3, G1 + i);
		KUNIT_EXPECT_EQ(test, pass(test, 5000)->n, 2);
	}
}

/* RFC 9776 5.1: no router is told of the end of what none was told of. */
static void no_goodbye_to_what_was_not_told(struct kunit *test)
{
	struct world *w = test->priv;

	begin(test, 3);
	world_join(w, 2, 3, G1);
	mgate_membership_forget(&w->sw, 2, false, MGATE_WHY_PORT, w->now);
	KUNIT_EXPECT_EQ(test, pass(test, 5000)->n, 0);
}

/* INTERFACE `mode audit`: who is to be silent says no goodbye, not even for a leave that it
 * has kept from the querier.
 */
static void the_silent_say_no_goodbye(struct kunit *test)
{
	struct world *w = test->priv;

	begin(test, 3);
	world_set(w, MGATE_PARAM_PROXY, MGATE_PROXY_LEAVES);
	w->decides = true;
	world_join(w, 2, 3, G1);
	world_join(w, 3, 3, G1);
	world_leave(w, 2, 3, G1);
	mgate_role_set(&w->sw, false, WORLD_VID, w->now);
	world_query(w, 1, WORLD_ROUTER, G1);
	KUNIT_EXPECT_EQ(test, pass(test, 5000)->n, 0);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
}

/* INTERFACE `flush`, RELIABILITY S9: what was still to be told is forgotten with the rest. */
static void a_flush_forgets_the_goodbyes(struct kunit *test)
{
	struct world *w = test->priv;

	begin(test, 3);
	world_join(w, 2, 3, G1);
	pass(test, 5000);
	mgate_membership_forget(&w->sw, 2, false, MGATE_WHY_PORT, w->now);
	KUNIT_EXPECT_EQ(test, w->sw.goodbyes.n, 1);
	mgate_switch_flush(&w->sw, w->now);
	KUNIT_EXPECT_EQ(test, w->sw.goodbyes.n, 0);
	KUNIT_EXPECT_EQ(test, pass(test, 5000)->n, 0);
}

/* TRAPS 24, INTERFACE `proxy leaves`: a leave was kept from the querier: when the last member
 * has gone the routers are told, whatever others have said meanwhile.
 */
static void a_kept_leave_is_made_good_for(struct kunit *test)
{
	struct world *w = test->priv;

	world_begin(w, MGATE_QUERIER_OFF, 0, OWN);
	world_converge(w, 1);
	w->decides = true;
	world_join(w, 2, 3, G1);
	world_join(w, 3, 3, G1);
	world_leave(w, 2, 3, G1);
	hear_set(w, 3, MGATE_RECORD_BLOCK, G1, 0x1);
	hear_set(w, 3, MGATE_RECORD_IS_EX, G1, 0);
	world_query(w, 1, WORLD_ROUTER, G1);
	KUNIT_EXPECT_EQ(test, pass(test, 5000)->leaves, 2);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
}

static struct kunit_case telling_cases[] = {
	KUNIT_CASE(as_often_as_the_querier_says),
	KUNIT_CASE(version_2_names_no_sources),
	KUNIT_CASE(the_s_flag_is_for_routers),
	KUNIT_CASE(no_time_to_answer),
	KUNIT_CASE(an_answer_delays_no_change),
	KUNIT_CASE(we_answer_our_own_query),
	KUNIT_CASE(two_vlans_are_asked_at_once),
	KUNIT_CASE(told_anew_after_a_silence),
	KUNIT_CASE(no_goodbye_to_what_was_not_told),
	KUNIT_CASE(the_silent_say_no_goodbye),
	KUNIT_CASE(a_flush_forgets_the_goodbyes),
	KUNIT_CASE(a_kept_leave_is_made_good_for),
	{}
};

static struct kunit_suite telling_suite = {
	.name = WORLD_NAME("mgate_telling"),
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = world_init,
	.exit = world_exit,
	.test_cases = telling_cases,
};

kunit_test_suite(telling_suite);

MODULE_DESCRIPTION("mgate: tests of what the routers are told");
MODULE_LICENSE("GPL");
