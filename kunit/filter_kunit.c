// SPDX-License-Identifier: GPL-2.0-only
/* What a group record does to one membership. */
#include <linux/module.h>

#include "../module/addr.c"
#include "../module/ipv4.c"
#include "../module/params.c"
#include "../module/filter.c"
#include "common.h"

static struct mgate_filter_rules rules_at(u64 now, u8 version)
{
	struct mgate_filter_rules r = { .now = now, .version = version };
	struct mgate_params p;

	mgate_params_setup(&p);
	r.timing = mgate_params_timing(&p);
	return r;
}

/* CONFORMANCE 20, 59 to 70: at least a version 3 join as one of version 2. */
static void who_wants_who_leaves(struct kunit *test)
{
	static const struct { u8 type; u16 nsrcs; bool wants, leaves; } rows[] = {
		{ MGATE_RECORD_IS_IN, 0, false, false }, { MGATE_RECORD_IS_IN, 1, true, false },
		{ MGATE_RECORD_IS_EX, 0, true, false }, { MGATE_RECORD_IS_EX, 5, true, false },
		{ MGATE_RECORD_TO_IN, 0, false, true }, { MGATE_RECORD_TO_IN, 1, true, false },
		{ MGATE_RECORD_TO_EX, 0, true, false }, { MGATE_RECORD_TO_EX, 9, true, false },
		{ MGATE_RECORD_ALLOW, 0, false, false }, { MGATE_RECORD_ALLOW, 1, true, false },
		{ MGATE_RECORD_BLOCK, 0, false, false }, { MGATE_RECORD_BLOCK, 1, false, false },
		{ 0, 1, false, false }, { 7, 1, false, false }, { 255, 1, false, false },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct mgate_record rec = { .type = rows[i].type, .nsrcs = rows[i].nsrcs };

		KUNIT_EXPECT_EQ_MSG(test, mgate_filter_wants(&rec), rows[i].wants, "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, mgate_filter_leaves(&rec), rows[i].leaves, "row %u", i);
	}
}

/* CONFORMANCE 62, 98; RELIABILITY T2: EXCLUDE {}, for a membership interval. */
static void a_join_lasts_an_interval(struct kunit *test)
{
	struct mgate_filter_rules r = rules_at(1000, 3);
	struct mgate_member m = { .mode = MGATE_MODE_INCLUDE };

	KUNIT_EXPECT_TRUE(test, mgate_filter_join(&m, &r));
	KUNIT_EXPECT_EQ(test, m.mode, MGATE_MODE_EXCLUDE);
	KUNIT_EXPECT_EQ(test, m.until, 1000 + 270000);
	r.now = 5000;
	KUNIT_EXPECT_FALSE(test, mgate_filter_join(&m, &r));
	KUNIT_EXPECT_EQ(test, m.until, 5000 + 270000);
	KUNIT_EXPECT_EQ(test, m.v1_until, 0);
	KUNIT_EXPECT_EQ(test, m.v2_until, 0);
}

/* CONFORMANCE 83: an older host is taken to be there for its own interval. */
static void older_hosts_are_noted(struct kunit *test)
{
	struct mgate_filter_rules r = rules_at(1000, 1);
	struct mgate_member m = {};

	mgate_filter_join(&m, &r);
	KUNIT_EXPECT_EQ(test, m.v1_until, 1000 + 260000);
	KUNIT_EXPECT_EQ(test, m.v2_until, 0);
	r = rules_at(2000, 2);
	mgate_filter_join(&m, &r);
	KUNIT_EXPECT_EQ(test, m.v1_until, 1000 + 260000);
	KUNIT_EXPECT_EQ(test, m.v2_until, 2000 + 260000);
}

/* CONFORMANCE 73: "lower" only ever makes it shorter. */
static void lowering_never_raises(struct kunit *test)
{
	struct mgate_member m = { .mode = MGATE_MODE_EXCLUDE, .until = 1000 };

	KUNIT_EXPECT_FALSE(test, mgate_filter_lower(&m, 1001));
	KUNIT_EXPECT_FALSE(test, mgate_filter_lower(&m, 1000));
	KUNIT_EXPECT_EQ(test, m.until, 1000);
	KUNIT_EXPECT_TRUE(test, mgate_filter_lower(&m, 999));
	KUNIT_EXPECT_EQ(test, m.until, 999);
	m.mode = MGATE_MODE_INCLUDE;
	KUNIT_EXPECT_FALSE(test, mgate_filter_lower(&m, 5));
}

static struct mgate_member member_of_long(u64 now)
{
	struct mgate_member m = { .mode = MGATE_MODE_EXCLUDE, .until = now + 200000 };

	return m;
}

/* CONFORMANCE 85, 100; RELIABILITY S6: a v1 host cannot say that it stays. */
static void v1_host_keeps_the_group(struct kunit *test)
{
	struct mgate_filter_rules r = rules_at(1000, 2);
	struct mgate_member m = member_of_long(1000);

	r.asks = true;
	r.fast_leave = true;
	m.v1_until = 1001;
	KUNIT_EXPECT_FALSE(test, mgate_filter_leave(&m, &r));
	KUNIT_EXPECT_EQ(test, m.until, 201000);
	m.v1_until = 1000;
	KUNIT_EXPECT_TRUE(test, mgate_filter_leave(&m, &r));
	KUNIT_EXPECT_EQ(test, m.until, 1000);
}

/* CONFORMANCE 78, 95: who does not query waits for the querier's question. */
static void listener_waits_for_the_querier(struct kunit *test)
{
	struct mgate_filter_rules r = rules_at(1000, 2);
	struct mgate_member m = member_of_long(1000);

	KUNIT_EXPECT_FALSE(test, mgate_filter_leave(&m, &r));
	KUNIT_EXPECT_EQ(test, m.until, 201000);
	KUNIT_EXPECT_EQ(test, m.asks, 0);
}

/* CONFORMANCE 75, 95; RELIABILITY T1: the querier asks, and lowers the timer. */
static void querier_asks(struct kunit *test)
{
	struct mgate_filter_rules r = rules_at(1000, 2);
	struct mgate_member m = member_of_long(1000);

	r.asks = true;
	KUNIT_EXPECT_TRUE(test, mgate_filter_leave(&m, &r));
	KUNIT_EXPECT_EQ(test, m.asks, 2);
	KUNIT_EXPECT_EQ(test, m.ask_at, 1000);
	KUNIT_EXPECT_EQ(test, m.until, 3000);
}

/* CONFORMANCE 96: while membership is checked, another leave is ignored. */
static void another_leave_is_ignored(struct kunit *test)
{
	struct mgate_filter_rules r = rules_at(1000, 2);
	struct mgate_member m = member_of_long(1000);

	r.asks = true;
	mgate_filter_leave(&m, &r);
	r.now = 1500;
	KUNIT_EXPECT_FALSE(test, mgate_filter_leave(&m, &r));
	KUNIT_EXPECT_EQ(test, m.until, 3000);
	KUNIT_EXPECT_EQ(test, m.ask_at, 1000);
	/* The queries are out, the answers are still awaited. */
	m.asks = 0;
	r.now = 2500;
	KUNIT_EXPECT_FALSE(test, mgate_filter_leave(&m, &r));
	KUNIT_EXPECT_EQ(test, m.asks, 0);
	KUNIT_EXPECT_EQ(test, m.until, 3000);
}

/* CONFORMANCE 98: a report ends the checking, so that a leave begins it anew. */
static void leave_after_an_answer(struct kunit *test)
{
	struct mgate_filter_rules r = rules_at(1000, 2);
	struct mgate_member m = member_of_long(1000);

	r.asks = true;
	mgate_filter_leave(&m, &r);
	m.asks = 1;
	m.ask_at = 2000;
	r.now = 1200;
	mgate_filter_join(&m, &r);
	KUNIT_EXPECT_EQ(test, m.until, 271200);
	r.now = 1400;
	KUNIT_EXPECT_TRUE(test, mgate_filter_leave(&m, &r));
	KUNIT_EXPECT_EQ(test, m.until, 3400);
	KUNIT_EXPECT_EQ(test, m.asks, 2);
}

/* INTERFACE `fast_leave`: ends at once, querier or not. */
static void fast_leave_ends_at_once(struct kunit *test)
{
	struct mgate_filter_rules r = rules_at(1000, 2);
	struct mgate_member m = member_of_long(1000);

	r.fast_leave = true;
	KUNIT_EXPECT_TRUE(test, mgate_filter_leave(&m, &r));
	KUNIT_EXPECT_EQ(test, m.until, 1000);
	KUNIT_EXPECT_EQ(test, m.asks, 0);
}

static struct kunit_case filter_cases[] = {
	KUNIT_CASE(who_wants_who_leaves),
	KUNIT_CASE(a_join_lasts_an_interval),
	KUNIT_CASE(older_hosts_are_noted),
	KUNIT_CASE(lowering_never_raises),
	KUNIT_CASE(v1_host_keeps_the_group),
	KUNIT_CASE(listener_waits_for_the_querier),
	KUNIT_CASE(querier_asks),
	KUNIT_CASE(another_leave_is_ignored),
	KUNIT_CASE(leave_after_an_answer),
	KUNIT_CASE(fast_leave_ends_at_once),
	{}
};

static struct kunit_suite filter_suite = {
	.name = "mgate_filter",
	.test_cases = filter_cases,
};

kunit_test_suite(filter_suite);

MODULE_DESCRIPTION("mgate: tests of what records do to a membership");
MODULE_LICENSE("GPL");
