// SPDX-License-Identifier: GPL-2.0-only
/* The token bucket of `report_rate`. */
#include <linux/module.h>

#include "../module/rate.c"
#include "common.h"

#define NOW 1000000

static u32 spend_all(struct mgate_rate *rate)
{
	u32 n = 0;

	while (mgate_rate_has(rate)) {
		mgate_rate_take(rate);
		n++;
	}
	mgate_rate_take(rate);
	return n;
}

/* INTERFACE report_rate: a burst of twice that, at first and after a long silence. */
static void burst_is_twice_the_rate(struct kunit *test)
{
	struct mgate_rate rate = {};

	mgate_rate_fill(&rate, 100, NOW);
	KUNIT_EXPECT_EQ(test, spend_all(&rate), 200);
	mgate_rate_fill(&rate, 100, NOW);
	KUNIT_EXPECT_EQ(test, spend_all(&rate), 0);
	mgate_rate_fill(&rate, 100, NOW + 3600000);
	KUNIT_EXPECT_EQ(test, spend_all(&rate), 200);
}

/* Who read the clock first may come second: that is no silence of so many years. */
static void the_clock_goes_back(struct kunit *test)
{
	struct mgate_rate rate = {};

	mgate_rate_fill(&rate, 100, NOW);
	spend_all(&rate);
	mgate_rate_fill(&rate, 100, NOW - 1);
	KUNIT_EXPECT_EQ(test, spend_all(&rate), 0);
	mgate_rate_fill(&rate, 100, NOW);
	KUNIT_EXPECT_EQ(test, spend_all(&rate), 0);
	mgate_rate_fill(&rate, 100, NOW + 10);
	KUNIT_EXPECT_EQ(test, spend_all(&rate), 1);
}

/* In the long run exactly the rate, however often it is filled. */
static void rate_is_exact(struct kunit *test)
{
	static const u32 rates[] = { 1, 3, 7, 999, 1000, 1001, 10000, 1000000 };
	struct mgate_rate rate = {};
	unsigned int i;
	u64 ms, spent;

	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		rate = (struct mgate_rate){};
		mgate_rate_fill(&rate, rates[i], NOW);
		spend_all(&rate);
		spent = 0;
		for (ms = 1; ms <= 10000; ms++) {
			mgate_rate_fill(&rate, rates[i], NOW + ms);
			spent += spend_all(&rate);
		}
		KUNIT_EXPECT_EQ_MSG(test, spent, rates[i] * 10ull, "rate %u", rates[i]);
	}
}

/* What is saved up is never more than the burst, however it is filled. */
static void bucket_does_not_overflow(struct kunit *test)
{
	struct mgate_rate rate = {};
	u64 ms;

	for (ms = 0; ms < 5000; ms += 7) {
		mgate_rate_fill(&rate, 50, NOW + ms);
		KUNIT_EXPECT_LE(test, rate.level, 100 * MGATE_RATE_TOKEN);
	}
	KUNIT_EXPECT_EQ(test, spend_all(&rate), 100);
}

/* INTERFACE report_rate: 0 is none; a change counts at once. */
static void rate_changes(struct kunit *test)
{
	struct mgate_rate rate = {};

	mgate_rate_fill(&rate, 0, NOW);
	KUNIT_EXPECT_EQ(test, rate.level, U64_MAX);
	mgate_rate_fill(&rate, 10, NOW + 1);
	KUNIT_EXPECT_EQ(test, spend_all(&rate), 20);
	mgate_rate_fill(&rate, 0, NOW + 2);
	KUNIT_EXPECT_EQ(test, rate.level, U64_MAX);
}

static struct kunit_case rate_cases[] = {
	KUNIT_CASE(burst_is_twice_the_rate),
	KUNIT_CASE(the_clock_goes_back),
	KUNIT_CASE(rate_is_exact),
	KUNIT_CASE(bucket_does_not_overflow),
	KUNIT_CASE(rate_changes),
	{}
};

static struct kunit_suite rate_suite = {
	.name = "mgate_rate",
	.test_cases = rate_cases,
};

kunit_test_suite(rate_suite);

MODULE_DESCRIPTION("mgate: tests of the token bucket");
MODULE_LICENSE("GPL");
