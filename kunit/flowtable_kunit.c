// SPDX-License-Identifier: GPL-2.0-only
/* How old a flow is, while jiffies come round. */
#include <kunit/test.h>
#include <linux/module.h>

#include <mgate/flowtable.h>

static const u32 ends[] = {
	0, 1, HZ, 5 * HZ, 0x7fffffff, 0x80000000, 0x80000001, (u32)(-300 * HZ),
	U32_MAX - HZ, U32_MAX,
};

static u32 age(u32 until, u32 now)
{
	const struct mgate_flow f = { .until = until };

	return mgate_flowtable_age(&f, now);
}

/* RELIABILITY T5, K16: it lasts until it ends, wherever jiffies are. */
static void lasts_until_it_ends(struct kunit *test)
{
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		for (j = 1; j <= HZ; j++)
			KUNIT_EXPECT_LT(test, age(ends[i], ends[i] - j), (u32)HZ);
		KUNIT_EXPECT_EQ(test, age(ends[i], ends[i]), (u32)HZ);
		KUNIT_EXPECT_EQ(test, age(ends[i], ends[i] + 10 * HZ), (u32)(11 * HZ));
	}
}

/* RELIABILITY B9, T5: what ended long ago has not become one that lasts, when more than
 * half the way round has gone since; and of two the older is the older.
 */
static void stays_ended(struct kunit *test)
{
	static const u32 since[] = {
		0, 1, 10 * HZ, 0x7ffffffe, 0x7fffffff, 0x80000000, 0x80000001, 0xc0000000,
		(u32)-HZ - 1,
	};
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(ends); i++)
		for (j = 1; j < ARRAY_SIZE(since); j++) {
			KUNIT_EXPECT_EQ(test, age(ends[i], ends[i] + since[j]), since[j] + HZ);
			KUNIT_EXPECT_GT(test, age(ends[i], ends[i] + since[j]),
					age(ends[i] + since[j] - since[j - 1], ends[i] + since[j]));
		}
}

static struct kunit_case flowtable_cases[] = {
	KUNIT_CASE(lasts_until_it_ends),
	KUNIT_CASE(stays_ended),
	{ }
};

static struct kunit_suite flowtable_suite = {
	.name = "mgate_flowtable",
	.test_cases = flowtable_cases,
};

kunit_test_suite(flowtable_suite);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("mgate: tests of the age of flows");
