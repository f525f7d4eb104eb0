// SPDX-License-Identifier: GPL-2.0-only
/* Ports that lead to routers: what makes them so, and for how long. */
#include <linux/module.h>

#include "../module/addr.c"
#include "../module/memory.c"
#include "../module/routers.c"
#include "common.h"

struct world {
	struct list_head list;
	DECLARE_BITMAP(bits, MGATE_SLOTS);
};

static int routers_suite_init(struct kunit_suite *suite)
{
	return mgate_memory_init(1);
}

static void routers_suite_exit(struct kunit_suite *suite)
{
	mgate_memory_exit();
}

static int routers_init(struct kunit *test)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);

	if (!w)
		return -ENOMEM;
	bound = 1 << 20;
	INIT_LIST_HEAD(&w->list);
	test->priv = w;
	return 0;
}

static void routers_exit(struct kunit *test)
{
	struct world *w = test->priv;

	mgate_routers_clear(&w->list, w->bits);
	KUNIT_EXPECT_TRUE(test, list_empty(&w->list));
	KUNIT_EXPECT_TRUE(test, bitmap_empty(w->bits, MGATE_SLOTS));
	KUNIT_EXPECT_EQ(test, mgate_memory_used(), 0);
}

/* CONFORMANCE 3, 5: known from its first query to its time, and not longer. */
static void known_for_its_time(struct kunit *test)
{
	struct world *w = test->priv;

	KUNIT_EXPECT_EQ(test, mgate_routers_deadline(&w->list), MGATE_NEVER);
	KUNIT_EXPECT_TRUE(test, mgate_routers_hear(&w->list, w->bits, 5, MGATE_BY_QUERY, 1000));
	KUNIT_EXPECT_TRUE(test, test_bit(5, w->bits));
	KUNIT_EXPECT_FALSE(test, mgate_routers_hear(&w->list, w->bits, 5, MGATE_BY_QUERY, 2000));
	KUNIT_EXPECT_EQ(test, mgate_routers_deadline(&w->list), 2000);
	mgate_routers_expire(&w->list, w->bits, 1999);
	KUNIT_EXPECT_TRUE(test, test_bit(5, w->bits));
	mgate_routers_expire(&w->list, w->bits, 2000);
	KUNIT_EXPECT_FALSE(test, test_bit(5, w->bits));
	KUNIT_EXPECT_EQ(test, mgate_routers_deadline(&w->list), MGATE_NEVER);
}

/* DECISIONS 10: by proxy and by query are two reasons; each ends by itself. */
static void two_reasons(struct kunit *test)
{
	struct world *w = test->priv;

	mgate_routers_hear(&w->list, w->bits, 1, MGATE_BY_PROXY, 500);
	KUNIT_EXPECT_FALSE(test, mgate_routers_hear(&w->list, w->bits, 1, MGATE_BY_QUERY, 900));
	mgate_routers_expire(&w->list, w->bits, 500);
	KUNIT_EXPECT_TRUE(test, test_bit(1, w->bits));
	KUNIT_EXPECT_LE(test, mgate_routers_deadline(&w->list), 900);
	KUNIT_EXPECT_GT(test, mgate_routers_deadline(&w->list), 500);
	mgate_routers_expire(&w->list, w->bits, 900);
	KUNIT_EXPECT_FALSE(test, test_bit(1, w->bits));
}

/* RELIABILITY R5, B19: forgotten one by one, in any order, at both ends. */
static void forgotten_alone(struct kunit *test)
{
	static const u16 slots[] = { 0, 1, 63, 64, MGATE_SLOTS - 1 };
	struct world *w = test->priv;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(slots); i++)
		mgate_routers_hear(&w->list, w->bits, slots[i], MGATE_BY_QUERY, 100 + i);
	for (i = 0; i < ARRAY_SIZE(slots); i++) {
		mgate_routers_forget(&w->list, w->bits, slots[i]);
		mgate_routers_forget(&w->list, w->bits, slots[i]);
		for (j = 0; j < ARRAY_SIZE(slots); j++)
			KUNIT_EXPECT_EQ(test, test_bit(slots[j], w->bits), j > i);
	}
	KUNIT_EXPECT_TRUE(test, list_empty(&w->list));
}

/* RELIABILITY T4: all at once, the list stands under the walker. */
static void expire_together(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned int slot;

	for (slot = 0; slot < 100; slot++)
		mgate_routers_hear(&w->list, w->bits, (u16)slot, MGATE_BY_QUERY, 100 + slot % 2);
	mgate_routers_expire(&w->list, w->bits, 100);
	KUNIT_EXPECT_EQ(test, bitmap_weight(w->bits, MGATE_SLOTS), 50);
	KUNIT_EXPECT_EQ(test, mgate_routers_deadline(&w->list), 101);
	mgate_routers_expire(&w->list, w->bits, 101);
	KUNIT_EXPECT_TRUE(test, bitmap_empty(w->bits, MGATE_SLOTS));
}

/* RELIABILITY K1: without memory the port still gets what a router needs. */
static void no_memory_floods(struct kunit *test)
{
	struct world *w = test->priv;

	bound = mgate_memory_used();
	KUNIT_EXPECT_TRUE(test, mgate_routers_hear(&w->list, w->bits, 9, MGATE_BY_QUERY, 1000));
	KUNIT_EXPECT_TRUE(test, test_bit(9, w->bits));
	KUNIT_EXPECT_TRUE(test, list_empty(&w->list));
	mgate_routers_expire(&w->list, w->bits, 999999);
	KUNIT_EXPECT_TRUE(test, test_bit(9, w->bits));
	mgate_routers_forget(&w->list, w->bits, 9);
	KUNIT_EXPECT_FALSE(test, test_bit(9, w->bits));
}

static struct kunit_case routers_cases[] = {
	KUNIT_CASE(known_for_its_time),
	KUNIT_CASE(two_reasons),
	KUNIT_CASE(forgotten_alone),
	KUNIT_CASE(expire_together),
	KUNIT_CASE(no_memory_floods),
	{}
};

static struct kunit_suite routers_suite = {
	.name = "mgate_routers",
	.suite_init = routers_suite_init,
	.suite_exit = routers_suite_exit,
	.init = routers_init,
	.exit = routers_exit,
	.test_cases = routers_cases,
};

kunit_test_suite(routers_suite);

MODULE_DESCRIPTION("mgate: tests of router ports");
MODULE_LICENSE("GPL");
