// SPDX-License-Identifier: GPL-2.0-only
/* What differs in single VLANs: kept by VLAN, bounded, and gone without a trace. */
#include <linux/module.h>

#include "../module/addr.c"
#include "../module/ipv4.c"
#include "../module/params.c"
#include "../module/override.c"
#include "common.h"

#define VIDS 4095
#define NOTHING 0xdead

static struct mgate_overrides *none(struct kunit *test)
{
	struct mgate_overrides *list = kunit_kzalloc(test, sizeof(*list), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, list);
	return list;
}

static u32 get(const struct mgate_overrides *list, u16 vid, enum mgate_override_what what)
{
	u32 value = NOTHING;

	return mgate_override_get(list, vid, what, &value) ? value : NOTHING;
}

/* INTERFACE `vlan`: each of the three by itself, in its VLAN and in no other. */
static void one_vlan(struct kunit *test)
{
	struct mgate_overrides *list = none(test);
	enum mgate_override_what what, other;
	u32 value = 5;

	KUNIT_EXPECT_FALSE(test, mgate_override_get(NULL, 10, MGATE_OVERRIDE_UNKNOWN, &value));
	KUNIT_EXPECT_FALSE(test, mgate_override_get(list, 10, MGATE_OVERRIDE_UNKNOWN, &value));
	KUNIT_EXPECT_EQ(test, value, 5);
	for (what = 0; what < MGATE_OVERRIDE_MAX; what++) {
		KUNIT_EXPECT_EQ(test, mgate_override_del(list, 10, what), -ENOENT);
		KUNIT_EXPECT_EQ(test, mgate_override_set(list, 10, what, 0), 0);
		for (other = 0; other < MGATE_OVERRIDE_MAX; other++)
			KUNIT_EXPECT_EQ(test, get(list, 10, other), other == what ? 0 : NOTHING);
		KUNIT_EXPECT_EQ(test, get(list, 9, what), NOTHING);
		KUNIT_EXPECT_EQ(test, get(list, 11, what), NOTHING);
		KUNIT_EXPECT_EQ(test, mgate_override_set(list, 10, what, U32_MAX), 0);
		KUNIT_EXPECT_EQ(test, get(list, 10, what), U32_MAX);
		KUNIT_EXPECT_EQ(test, list->n, 1);
		KUNIT_EXPECT_EQ(test, mgate_override_del(list, 10, what), 0);
		KUNIT_EXPECT_EQ(test, list->n, 0);
	}
}

/* The names in `vlan` are those of the bridge's own files. */
static void names_of_files(struct kunit *test)
{
	static const char * const names[] = { "unknown", "querier", "querier_address" };
	unsigned int i;

	KUNIT_ASSERT_EQ(test, (int)ARRAY_SIZE(names), (int)MGATE_OVERRIDE_MAX);
	for (i = 0; i < MGATE_OVERRIDE_MAX; i++)
		KUNIT_EXPECT_STREQ(test, mgate_params_table[mgate_override_params[i]].name,
				   names[i]);
}

/* RELIABILITY D4: one VLAN too many is refused, and what is there can still change. */
static void bounded_in_vlans(struct kunit *test)
{
	struct mgate_overrides *list = none(test);
	unsigned int i;

	for (i = 0; i < MGATE_OVERRIDE_VLANS; i++)
		KUNIT_ASSERT_EQ(test, mgate_override_set(list, (u16)(i * 3),
							 MGATE_OVERRIDE_QUERIER, i), 0);
	KUNIT_EXPECT_EQ(test, mgate_override_set(list, 1, MGATE_OVERRIDE_QUERIER, 1), -ENOSPC);
	KUNIT_EXPECT_EQ(test, mgate_override_set(list, VIDS - 1, MGATE_OVERRIDE_UNKNOWN, 1),
			-ENOSPC);
	KUNIT_EXPECT_EQ(test, mgate_override_set(list, 3, MGATE_OVERRIDE_UNKNOWN, 7), 0);
	KUNIT_EXPECT_EQ(test, list->n, MGATE_OVERRIDE_VLANS);
	for (i = 0; i < MGATE_OVERRIDE_VLANS; i++)
		KUNIT_EXPECT_EQ(test, get(list, (u16)(i * 3), MGATE_OVERRIDE_QUERIER), i);
	KUNIT_EXPECT_EQ(test, mgate_override_del(list, 0, MGATE_OVERRIDE_QUERIER), 0);
	KUNIT_EXPECT_EQ(test, mgate_override_set(list, 1, MGATE_OVERRIDE_QUERIER, 1), 0);
}

static u32 model[VIDS][MGATE_OVERRIDE_MAX];

static void compare(struct kunit *test, const struct mgate_overrides *list)
{
	enum mgate_override_what what;
	u16 vid, n = 0;
	bool some;

	for (vid = 0; vid < VIDS; vid++) {
		some = false;
		for (what = 0; what < MGATE_OVERRIDE_MAX; what++) {
			KUNIT_ASSERT_EQ(test, get(list, vid, what), model[vid][what]);
			some |= model[vid][what] != NOTHING;
		}
		if (!some)
			continue;
		/* By VLAN, and none that has nothing. */
		KUNIT_ASSERT_EQ(test, list->vlan[n].vid, vid);
		n++;
	}
	KUNIT_ASSERT_EQ(test, list->n, n);
}

/* Against a table of all VLANs, by changes at random. */
static void as_a_table(struct kunit *test)
{
	struct mgate_overrides *list = none(test);
	u32 state = 0x766c616e, i, value;
	enum mgate_override_what what;
	u16 vid;

	for (i = 0; i < VIDS * MGATE_OVERRIDE_MAX; i++)
		model[i / MGATE_OVERRIDE_MAX][i % MGATE_OVERRIDE_MAX] = NOTHING;
	for (i = 0; i < 20000; i++) {
		vid = (u16)(random_below(&state, 100) * 43 % VIDS);
		what = random_below(&state, MGATE_OVERRIDE_MAX);
		value = random_below(&state, 1000);
		if (value % 3) {
			KUNIT_ASSERT_EQ(test, mgate_override_set(list, vid, what, value), 0);
			model[vid][what] = value;
		} else {
			KUNIT_ASSERT_EQ(test, mgate_override_del(list, vid, what),
					model[vid][what] == NOTHING ? -ENOENT : 0);
			model[vid][what] = NOTHING;
		}
		if (i % 500 == 0)
			compare(test, list);
	}
	compare(test, list);
}

static struct kunit_case override_cases[] = {
	KUNIT_CASE(one_vlan),
	KUNIT_CASE(names_of_files),
	KUNIT_CASE(bounded_in_vlans),
	KUNIT_CASE(as_a_table),
	{}
};

static struct kunit_suite override_suite = {
	.name = "mgate_override",
	.test_cases = override_cases,
};

kunit_test_suite(override_suite);

MODULE_DESCRIPTION("mgate: tests of what differs in single VLANs");
MODULE_LICENSE("GPL");
