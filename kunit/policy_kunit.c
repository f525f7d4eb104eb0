// SPDX-License-Identifier: GPL-2.0-only
/* Lists of ranges: what is in them, how they are changed. */
#include <linux/module.h>

#include "../module/addr.c"
#include "../module/policy.c"
#include "common.h"

static struct mgate_prefix prefix(u32 number, u8 len)
{
	struct mgate_prefix p = { .addr = ip4_of(number), .af = MGATE_AF_INET, .len = len };

	return p;
}

static bool has(const struct mgate_policy *list, u32 number)
{
	struct mgate_addr a = ip4_of(number);

	return mgate_policy_has(list, MGATE_AF_INET, &a);
}

static struct mgate_policy *empty(struct kunit *test)
{
	struct mgate_policy *list = kunit_kzalloc(test, sizeof(*list), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, list);
	return list;
}

/* INTERFACE `flood`, default: 239.255.255.250/32 and not its neighbours. */
static void one_address(struct kunit *test)
{
	struct mgate_policy *list = empty(test);
	struct mgate_prefix p = prefix(0xeffffffa, 32);

	KUNIT_EXPECT_FALSE(test, has(list, 0xeffffffa));
	KUNIT_EXPECT_EQ(test, mgate_policy_add(list, &p), 0);
	KUNIT_EXPECT_TRUE(test, has(list, 0xeffffffa));
	KUNIT_EXPECT_FALSE(test, has(list, 0xeffffff9));
	KUNIT_EXPECT_FALSE(test, has(list, 0xeffffffb));
	KUNIT_EXPECT_FALSE(test, has(list, 0));
}

/* INTERFACE `flood`, `deny`: GROUP/LEN for each LEN, at both of its ends. */
static void every_length(struct kunit *test)
{
	struct mgate_policy *list = empty(test);
	struct mgate_prefix p;
	u32 first, last, mask;
	unsigned int len;

	for (len = 0; len <= 32; len++) {
		mask = len ? (u32)(0xffffffffull << (32 - len)) : 0;
		first = 0xef5aa5c3 & mask;
		last = first | ~mask;
		p = prefix(first, (u8)len);
		KUNIT_ASSERT_EQ(test, mgate_policy_add(list, &p), 0);
		KUNIT_EXPECT_TRUE_MSG(test, has(list, first), "/%u", len);
		KUNIT_EXPECT_TRUE_MSG(test, has(list, last), "/%u", len);
		KUNIT_EXPECT_TRUE_MSG(test, has(list, 0xef5aa5c3), "/%u", len);
		KUNIT_EXPECT_EQ_MSG(test, has(list, first - 1), !len, "/%u", len);
		KUNIT_EXPECT_EQ_MSG(test, has(list, last + 1), !len, "/%u", len);
		KUNIT_ASSERT_EQ(test, mgate_policy_del(list, &p), 0);
	}
	KUNIT_EXPECT_EQ(test, list->n, 0);
}

/* Any one range is enough; a range taken out takes none of the others along. */
static void ranges_overlap(struct kunit *test)
{
	struct mgate_prefix wide = prefix(0xef000000, 8), mid = prefix(0xef010000, 16);
	struct mgate_prefix same_addr = prefix(0xef000000, 9);
	struct mgate_policy *list = empty(test);

	KUNIT_EXPECT_EQ(test, mgate_policy_add(list, &wide), 0);
	KUNIT_EXPECT_EQ(test, mgate_policy_add(list, &mid), 0);
	KUNIT_EXPECT_EQ(test, mgate_policy_add(list, &same_addr), 0);
	KUNIT_EXPECT_EQ(test, mgate_policy_del(list, &wide), 0);
	KUNIT_EXPECT_TRUE(test, has(list, 0xef010203));
	KUNIT_EXPECT_TRUE(test, has(list, 0xef7fffff));
	KUNIT_EXPECT_FALSE(test, has(list, 0xef800000));
	KUNIT_EXPECT_EQ(test, mgate_policy_del(list, &same_addr), 0);
	KUNIT_EXPECT_TRUE(test, has(list, 0xef010203));
	KUNIT_EXPECT_FALSE(test, has(list, 0xef020203));
}

/* RELIABILITY D4: what cannot be done is refused and changes nothing. */
static void refuses_and_changes_nothing(struct kunit *test)
{
	struct mgate_policy *list = empty(test);
	struct mgate_prefix p;
	unsigned int i;

	for (i = 0; i < MGATE_POLICY_PREFIXES; i++) {
		p = prefix(0xef000000 + i * 2, 32);
		KUNIT_ASSERT_EQ(test, mgate_policy_add(list, &p), 0);
	}
	p = prefix(0xef000000, 32);
	KUNIT_EXPECT_EQ(test, mgate_policy_add(list, &p), -EEXIST);
	p = prefix(0xefffffff, 32);
	KUNIT_EXPECT_EQ(test, mgate_policy_add(list, &p), -ENOSPC);
	KUNIT_EXPECT_EQ(test, mgate_policy_del(list, &p), -ENOENT);
	p = prefix(0xef000000, 31);
	KUNIT_EXPECT_EQ(test, mgate_policy_del(list, &p), -ENOENT);
	KUNIT_EXPECT_EQ(test, list->n, MGATE_POLICY_PREFIXES);
	for (i = 0; i < MGATE_POLICY_PREFIXES; i++) {
		KUNIT_EXPECT_TRUE(test, has(list, 0xef000000 + i * 2));
		KUNIT_EXPECT_FALSE(test, has(list, 0xef000001 + i * 2));
	}
}

/* INTERFACE: lists are read in the order in which they were written. */
static void order_is_kept(struct kunit *test)
{
	struct mgate_policy *list = empty(test);
	u32 state = 0x706f6c69, number, i, n = 0;
	static u32 model[MGATE_POLICY_PREFIXES];
	struct mgate_prefix p;

	for (i = 0; i < 5000; i++) {
		number = 0xef000000 + random_below(&state, 100);
		p = prefix(number, 32);
		if (random_below(&state, 3) && !has(list, number) && n < ARRAY_SIZE(model)) {
			KUNIT_ASSERT_EQ(test, mgate_policy_add(list, &p), 0);
			model[n++] = number;
		} else if (n) {
			u32 at = random_below(&state, n);

			p = prefix(model[at], 32);
			KUNIT_ASSERT_EQ(test, mgate_policy_del(list, &p), 0);
			memmove(model + at, model + at + 1, (--n - at) * sizeof(*model));
		}
		KUNIT_ASSERT_EQ(test, list->n, n);
		for (number = 0; number < n; number++)
			KUNIT_ASSERT_EQ(test, number_of(&list->prefix[number].addr),
					model[number]);
	}
}

static struct kunit_case policy_cases[] = {
	KUNIT_CASE(one_address),
	KUNIT_CASE(every_length),
	KUNIT_CASE(ranges_overlap),
	KUNIT_CASE(refuses_and_changes_nothing),
	KUNIT_CASE(order_is_kept),
	{}
};

static struct kunit_suite policy_suite = {
	.name = "mgate_policy",
	.test_cases = policy_cases,
};

kunit_test_suite(policy_suite);

MODULE_DESCRIPTION("mgate: tests of lists of ranges");
MODULE_LICENSE("GPL");
