// SPDX-License-Identifier: GPL-2.0-only
/* Ports that lead to routers: what makes them so, and for how long. */
#include <linux/module.h>

#include "../module/addr.c"
#include "../module/memory.c"
#include "../module/routers.c"
#include "common.h"

#define R1 0xc0000201
#define R2 0xc0000202

struct world {
	struct mgate_routers list;
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
	mgate_routers_setup(&w->list, MGATE_AF_INET, 0, NULL);
	test->priv = w;
	return 0;
}

static void routers_exit(struct kunit *test)
{
	struct world *w = test->priv;

	mgate_routers_clear(&w->list, w->bits);
	KUNIT_EXPECT_TRUE(test, list_empty(&w->list.list));
	KUNIT_EXPECT_TRUE(test, bitmap_empty(w->bits, MGATE_SLOTS));
	KUNIT_EXPECT_EQ(test, mgate_memory_used(), 0);
}

static bool hear(struct world *w, unsigned int slot, enum mgate_by by, u32 address, u64 until)
{
	struct mgate_addr addr = ip4_of(address);

	return mgate_routers_hear(&w->list, w->bits, (u16)slot, by, &addr, until);
}

static void part(struct world *w, unsigned int slot, enum mgate_by by, u32 address)
{
	struct mgate_addr addr = ip4_of(address);

	mgate_routers_part(&w->list, w->bits, (u16)slot, by, &addr);
}

/* CONFORMANCE 3, 5: known from its first query to its time, and not longer. */
static void known_for_its_time(struct kunit *test)
{
	struct world *w = test->priv;

	KUNIT_EXPECT_EQ(test, mgate_routers_deadline(&w->list), MGATE_NEVER);
	KUNIT_EXPECT_TRUE(test, hear(w, 5, MGATE_BY_QUERY, R1, 1000));
	KUNIT_EXPECT_TRUE(test, test_bit(5, w->bits));
	KUNIT_EXPECT_FALSE(test, hear(w, 5, MGATE_BY_QUERY, R1, 2000));
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

	hear(w, 1, MGATE_BY_PROXY, 0, 500);
	KUNIT_EXPECT_FALSE(test, hear(w, 1, MGATE_BY_QUERY, R1, 900));
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
		hear(w, slots[i], MGATE_BY_QUERY, R1, 100 + i);
	for (i = 0; i < ARRAY_SIZE(slots); i++) {
		mgate_routers_forget(&w->list, w->bits, slots[i]);
		mgate_routers_forget(&w->list, w->bits, slots[i]);
		for (j = 0; j < ARRAY_SIZE(slots); j++)
			KUNIT_EXPECT_EQ(test, test_bit(slots[j], w->bits), j > i);
	}
	KUNIT_EXPECT_TRUE(test, list_empty(&w->list.list));
}

/* RELIABILITY T4: all at once, the list stands under the walker. */
static void expire_together(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned int slot;

	for (slot = 0; slot < 100; slot++)
		hear(w, slot, MGATE_BY_QUERY, R1, 100 + slot % 2);
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
	KUNIT_EXPECT_TRUE(test, hear(w, 9, MGATE_BY_QUERY, R1, 1000));
	KUNIT_EXPECT_TRUE(test, test_bit(9, w->bits));
	KUNIT_EXPECT_TRUE(test, list_empty(&w->list.list));
	mgate_routers_expire(&w->list, w->bits, 999999);
	KUNIT_EXPECT_TRUE(test, test_bit(9, w->bits));
	mgate_routers_forget(&w->list, w->bits, 9);
	KUNIT_EXPECT_FALSE(test, test_bit(9, w->bits));
}

/* CONFORMANCE 104, 107: kept per neighbour: the goodbye of one leaves the other. */
static void goodbye_of_one_leaves_the_other(struct kunit *test)
{
	struct world *w = test->priv;

	KUNIT_EXPECT_TRUE(test, hear(w, 64, MGATE_BY_PIM, R1, 1000));
	KUNIT_EXPECT_FALSE(test, hear(w, 64, MGATE_BY_PIM, R2, 900));
	part(w, 64, MGATE_BY_PIM, R1);
	KUNIT_EXPECT_TRUE(test, test_bit(64, w->bits));
	KUNIT_EXPECT_EQ(test, mgate_routers_until(&w->list, 64, MGATE_BY_PIM), 900);
	part(w, 64, MGATE_BY_PIM, R1);
	KUNIT_EXPECT_TRUE(test, test_bit(64, w->bits));
	part(w, 64, MGATE_BY_PIM, R2);
	KUNIT_EXPECT_FALSE(test, test_bit(64, w->bits));
	KUNIT_EXPECT_TRUE(test, list_empty(&w->list.list));
}

/* CONFORMANCE 107: a goodbye is of a known neighbour, by its way, at its port. */
static void goodbye_of_strangers_is_nothing(struct kunit *test)
{
	struct world *w = test->priv;

	hear(w, 3, MGATE_BY_MRD, R1, 1000);
	part(w, 3, MGATE_BY_MRD, R2);
	part(w, 3, MGATE_BY_PIM, R1);
	part(w, 2, MGATE_BY_MRD, R1);
	part(w, 3, MGATE_BY_MRD, 0);
	KUNIT_EXPECT_EQ(test, mgate_routers_until(&w->list, 3, MGATE_BY_MRD), 1000);
	KUNIT_EXPECT_TRUE(test, test_bit(3, w->bits));
	KUNIT_EXPECT_FALSE(test, test_bit(2, w->bits));
	/* The same router known by two ways: each ends by itself. */
	hear(w, 3, MGATE_BY_PIM, R1, 2000);
	part(w, 3, MGATE_BY_MRD, R1);
	KUNIT_EXPECT_TRUE(test, test_bit(3, w->bits));
	KUNIT_EXPECT_EQ(test, mgate_routers_until(&w->list, 3, MGATE_BY_MRD), 0);
	KUNIT_EXPECT_EQ(test, mgate_routers_until(&w->list, 3, MGATE_BY_PIM), 2000);
}

static unsigned int count(const struct world *w)
{
	const struct mgate_router *r;
	unsigned int n = 0;

	list_for_each_entry(r, &w->list.list, node)
		n++;
	return n;
}

/* RELIABILITY threat 3: 32 neighbours are told apart, the others share one. */
static void the_33rd_neighbour(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned int i;

	for (i = 0; i < 1000; i++)
		hear(w, 7, MGATE_BY_PIM, 0x0a000001 + i, 1000 + i);
	KUNIT_EXPECT_EQ(test, count(w), 32);
	KUNIT_EXPECT_EQ(test, mgate_routers_until(&w->list, 7, MGATE_BY_PIM), 1999);
	/* One that is not told apart with a shorter time makes none shorter. */
	hear(w, 7, MGATE_BY_PIM, 0x0b000001, 1500);
	KUNIT_EXPECT_EQ(test, mgate_routers_until(&w->list, 7, MGATE_BY_PIM), 1999);
	/* Its goodbye takes nobody else with it. */
	part(w, 7, MGATE_BY_PIM, 0x0b000001);
	KUNIT_EXPECT_EQ(test, count(w), 32);
	/* Elsewhere, and by another way, there is room. */
	KUNIT_EXPECT_TRUE(test, hear(w, 8, MGATE_BY_PIM, R1, 1000));
	hear(w, 7, MGATE_BY_MRD, R1, 1000);
	KUNIT_EXPECT_EQ(test, count(w), 34);
	mgate_routers_expire(&w->list, w->bits, 1998);
	KUNIT_EXPECT_TRUE(test, test_bit(7, w->bits));
	mgate_routers_expire(&w->list, w->bits, 1999);
	KUNIT_EXPECT_TRUE(test, bitmap_empty(w->bits, MGATE_SLOTS));
}

/* DECISIONS 4: those told apart all go: the one that shares an entry is still
 * there, and its port gets everything as long as its hold time says.
 */
static void the_33rd_is_not_cut(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned int i;

	for (i = 0; i < 33; i++)
		hear(w, 7, MGATE_BY_PIM, 0x0a000001 + i, 1000);
	for (i = 0; i < 32; i++)
		part(w, 7, MGATE_BY_PIM, 0x0a000001 + i);
	KUNIT_EXPECT_TRUE(test, test_bit(7, w->bits));
	mgate_routers_expire(&w->list, w->bits, 1000);
	KUNIT_EXPECT_FALSE(test, test_bit(7, w->bits));
}

/* DECISIONS 10: all that is known by proxy goes at once, nothing else does. */
static void forgotten_by_way(struct kunit *test)
{
	DECLARE_BITMAP(ended, MGATE_SLOTS) = {};
	struct world *w = test->priv;

	hear(w, 1, MGATE_BY_PROXY, 0, 1000);
	hear(w, 2, MGATE_BY_PROXY, 0, 1000);
	hear(w, 2, MGATE_BY_QUERY, R1, 1000);
	hear(w, 900, MGATE_BY_MRD, R1, 1000);
	mgate_routers_forget_by(&w->list, w->bits, MGATE_BY_PROXY, ended);
	KUNIT_EXPECT_TRUE(test, test_bit(1, ended) && test_bit(2, ended));
	KUNIT_EXPECT_EQ(test, bitmap_weight(ended, MGATE_SLOTS), 2);
	KUNIT_EXPECT_FALSE(test, test_bit(1, w->bits));
	KUNIT_EXPECT_TRUE(test, test_bit(2, w->bits));
	KUNIT_EXPECT_TRUE(test, test_bit(900, w->bits));
	KUNIT_EXPECT_EQ(test, mgate_routers_until(&w->list, 2, MGATE_BY_PROXY), 0);
	mgate_routers_forget_by(&w->list, w->bits, MGATE_BY_PROXY, ended);
	KUNIT_EXPECT_EQ(test, count(w), 2);
}

static struct kunit_case routers_cases[] = {
	KUNIT_CASE(known_for_its_time),
	KUNIT_CASE(two_reasons),
	KUNIT_CASE(forgotten_alone),
	KUNIT_CASE(expire_together),
	KUNIT_CASE(no_memory_floods),
	KUNIT_CASE(goodbye_of_one_leaves_the_other),
	KUNIT_CASE(goodbye_of_strangers_is_nothing),
	KUNIT_CASE(the_33rd_neighbour),
	KUNIT_CASE(the_33rd_is_not_cut),
	KUNIT_CASE(forgotten_by_way),
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
