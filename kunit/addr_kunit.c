// SPDX-License-Identifier: GPL-2.0-only
/* Addresses: order, ranges, keys. */
#include <linux/module.h>

#include "../module/addr.c"
#include "common.h"

/* CONFORMANCE 79: the election compares addresses as numbers. */
static void orders_as_numbers(struct kunit *test)
{
	static const u32 sorted[] = {
		0x00000000, 0x00000001, 0x000000ff, 0x00000100, 0x01000000, 0x0a000001,
		0x0a0000ff, 0x0a000100, 0x7fffffff, 0x80000000, 0xc0000201, 0xffffffff,
	};
	struct mgate_addr a, b;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(sorted); i++) {
		for (j = 0; j < ARRAY_SIZE(sorted); j++) {
			a = ip4_of(sorted[i]);
			b = ip4_of(sorted[j]);
			KUNIT_EXPECT_EQ(test, mgate_addr_cmp(&a, &b) < 0, i < j);
			KUNIT_EXPECT_EQ(test, mgate_addr_cmp(&a, &b) > 0, i > j);
			KUNIT_EXPECT_EQ(test, mgate_addr_equal(&a, &b), i == j);
		}
	}
}

/* CONFORMANCE 14: 0.0.0.0 is told from every other address. */
static void zero_is_zero(struct kunit *test)
{
	struct mgate_addr a = {};
	unsigned int bit;

	KUNIT_EXPECT_TRUE(test, mgate_addr_is_zero(&a));
	for (bit = 0; bit < 128; bit++) {
		memset(&a, 0, sizeof(a));
		a.bytes[bit / 8] = (u8)(1 << bit % 8);
		KUNIT_EXPECT_FALSE(test, mgate_addr_is_zero(&a));
	}
}

static bool naive_in_prefix(const struct mgate_addr *a, const struct mgate_prefix *p)
{
	unsigned int bit;

	for (bit = 0; bit < p->len && bit < 128; bit++)
		if ((a->bytes[bit / 8] ^ p->addr.bytes[bit / 8]) & (0x80 >> bit % 8))
			return false;
	return true;
}

/* INTERFACE.md, `flood` and `deny`: GROUP/LEN, LEN 0 to 32 (and to 128). */
static void prefix_of_every_length(struct kunit *test)
{
	struct mgate_prefix p = { .addr = ip4(239, 255, 255, 250) };
	struct mgate_addr a;
	unsigned int len, bit;

	for (len = 0; len <= 130; len++) {
		p.len = (u8)len;
		a = p.addr;
		KUNIT_EXPECT_TRUE(test, mgate_addr_in_prefix(&a, &p));
		for (bit = 0; bit < 128; bit++) {
			a = p.addr;
			a.bytes[bit / 8] ^= (u8)(0x80 >> bit % 8);
			KUNIT_EXPECT_EQ_MSG(test, mgate_addr_in_prefix(&a, &p), bit >= len,
					    "length %u, bit %u", len, bit);
		}
	}
}

/* The same with addresses at random, that differ in many bits. */
static void prefix_at_random(struct kunit *test)
{
	u32 state = 0x6d676174;
	struct mgate_prefix p = {};
	struct mgate_addr a;
	unsigned int i;

	for (i = 0; i < 20000; i++) {
		p.addr = ip4_of(random_next(&state));
		p.len = (u8)random_below(&state, 33);
		a = ip4_of(number_of(&p.addr) ^ (random_next(&state) >> random_below(&state, 32)));
		KUNIT_ASSERT_EQ_MSG(test, mgate_addr_in_prefix(&a, &p), naive_in_prefix(&a, &p),
				    "%08x in %08x/%u", number_of(&a), number_of(&p.addr), p.len);
	}
}

/* RELIABILITY P1: nothing but the address is read, at any alignment. */
static void loads_from_anywhere(struct kunit *test)
{
	struct mgate_addr a, want = ip4(239, 1, 2, 3);
	unsigned int shift;
	u8 *buf;

	for (shift = 0; shift < 8; shift++) {
		buf = kunit_kmalloc(test, shift + 4, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, buf);
		memcpy(buf + shift, want.bytes, 4);
		memset(&a, 0xff, sizeof(a));
		mgate_addr_load(&a, buf + shift, 4);
		KUNIT_EXPECT_TRUE(test, mgate_addr_equal(&a, &want));
	}
}

/* DECISIONS 8: keys are compared as memory, so no byte is left undefined. */
static void keys_are_plain_memory(struct kunit *test)
{
	struct mgate_addr g = ip4(239, 1, 1, 1), other = ip4(239, 1, 1, 2);
	struct mgate_key a = mgate_addr_key(MGATE_AF_INET, 10, &g);
	struct mgate_key b = mgate_addr_key(MGATE_AF_INET, 10, &g);
	struct mgate_key vid = mgate_addr_key(MGATE_AF_INET, 20, &g);
	struct mgate_key grp = mgate_addr_key(MGATE_AF_INET, 10, &other);

	KUNIT_EXPECT_EQ(test, sizeof(a), 36);
	KUNIT_EXPECT_EQ(test, memcmp(&a, &b, sizeof(a)), 0);
	KUNIT_EXPECT_NE(test, memcmp(&a, &vid, sizeof(a)), 0);
	KUNIT_EXPECT_NE(test, memcmp(&a, &grp, sizeof(a)), 0);
	KUNIT_EXPECT_TRUE(test, mgate_addr_is_zero(&a.src));
	KUNIT_EXPECT_EQ(test, a.vid, 10);
	KUNIT_EXPECT_EQ(test, a.af, MGATE_AF_INET);
	KUNIT_EXPECT_EQ(test, a.zero, 0);
}

static struct kunit_case addr_cases[] = {
	KUNIT_CASE(orders_as_numbers),
	KUNIT_CASE(zero_is_zero),
	KUNIT_CASE(prefix_of_every_length),
	KUNIT_CASE(prefix_at_random),
	KUNIT_CASE(loads_from_anywhere),
	KUNIT_CASE(keys_are_plain_memory),
	{}
};

static struct kunit_suite addr_suite = {
	.name = "mgate_addr",
	.test_cases = addr_cases,
};

kunit_test_suite(addr_suite);

MODULE_DESCRIPTION("mgate: tests of addresses and keys");
MODULE_LICENSE("GPL");
