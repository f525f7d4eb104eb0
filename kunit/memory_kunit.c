// SPDX-License-Identifier: GPL-2.0-only
/* The memory that groups, members and sources come from. */
#include <linux/module.h>

#include "ledger.h"

/* RELIABILITY K1, M1: at the bound each kind of object is refused, not one byte
 * is lost, and what is given back can be had again.
 */
static void memory_has_a_bound(struct kunit *test)
{
	unsigned long used = mgate_memory_used();
	unsigned int kind, n;
	void *p[4];

	for (kind = 0; kind < MGATE_OBJECT_MAX; kind++) {
		bound = used + 3 * kinds[kind].size;
		for (n = 0; n < 4; n++) {
			p[n] = mgate_memory_new(kind);
			KUNIT_EXPECT_EQ(test, !p[n], n == 3);
		}
		KUNIT_EXPECT_EQ(test, mgate_memory_used(), bound);
		mgate_memory_free(kind, p[1]);
		p[1] = mgate_memory_new(kind);
		KUNIT_EXPECT_NOT_NULL(test, p[1]);
		for (n = 0; n < 4; n++)
			mgate_memory_free(kind, p[n]);
		KUNIT_EXPECT_EQ(test, mgate_memory_used(), used);
	}
}

/* RELIABILITY M1: what can be done without takes half of the bound, and no more where hosts
 * have what they asked for.
 */
static void memory_to_spare(struct kunit *test)
{
	unsigned long used = mgate_memory_used(), size = kinds[MGATE_OBJECT_GROUP].size;
	void *p;

	bound = 2 * (used + 2 * size);
	KUNIT_EXPECT_FALSE(test, mgate_memory_spare(2 * size + 1));
	KUNIT_EXPECT_TRUE(test, mgate_memory_spare(size));
	p = mgate_memory_new(MGATE_OBJECT_GROUP);
	KUNIT_EXPECT_FALSE(test, mgate_memory_spare(1));
	mgate_memory_free(MGATE_OBJECT_GROUP, p);
	KUNIT_EXPECT_TRUE(test, mgate_memory_spare(size));
	p = mgate_memory_new(MGATE_OBJECT_GROUP);
	KUNIT_EXPECT_NOT_NULL(test, p);
	mgate_memory_free(MGATE_OBJECT_GROUP, p);
	mgate_memory_uncharge(2 * size);
	KUNIT_EXPECT_EQ(test, mgate_memory_used(), used);
}

/* RELIABILITY B3, D1: an object is zero, whatever was in its place before. */
static void memory_is_zeroed(struct kunit *test)
{
	unsigned int kind, n, i;
	u8 *p;

	for (kind = 0; kind < MGATE_OBJECT_MAX; kind++) {
		for (n = 0; n < 8; n++) {
			p = mgate_memory_new(kind);
			KUNIT_ASSERT_NOT_NULL(test, p);
			for (i = 0; i < kinds[kind].size && !p[i]; i++)
				;
			KUNIT_EXPECT_EQ(test, i, kinds[kind].size);
			memset(p, 0xaa, kinds[kind].size);
			mgate_memory_free(kind, p);
		}
	}
}

/* RELIABILITY K1: without memory the ledger says so and stays as it was. */
static void without_memory(struct kunit *test)
{
	struct mgate_group *g = add(test, 0xef010101);
	struct mgate_member *m = join_port(test, g, 1);
	struct mgate_key key = key_of(0xef010102, 0);
	struct mgate_addr src = ip4(198, 51, 100, 1);
	struct world *w = test->priv;
	unsigned int room;

	bound = mgate_memory_used();
	KUNIT_EXPECT_NULL(test, mgate_ledger_add(&w->ledger, &key, 1));
	KUNIT_EXPECT_NULL(test, mgate_ledger_join(g, 2));
	for (room = 0; room < 2; room++) {
		bound = mgate_memory_used() + (room ? sizeof(struct mgate_source) : 0);
		KUNIT_EXPECT_NULL(test, mgate_source_learn(&w->map, m, &src, 1));
		KUNIT_EXPECT_NULL(test, mgate_source_keep(&w->map, m, &src));
	}
	KUNIT_EXPECT_EQ(test, w->ledger.ngroups, 1);
	KUNIT_EXPECT_NULL(test, mgate_ledger_find(&w->ledger, &key));
	KUNIT_EXPECT_TRUE(test, RB_EMPTY_ROOT(&m->sources));
	KUNIT_EXPECT_EQ(test, m->nsources, 0);
	bound = 16 << 20;
	drop(w, g);
}

static struct kunit_case memory_cases[] = {
	KUNIT_CASE(memory_has_a_bound),
	KUNIT_CASE(memory_to_spare),
	KUNIT_CASE(memory_is_zeroed),
	KUNIT_CASE(without_memory),
	{}
};

static struct kunit_suite memory_suite = {
	.name = "mgate_memory",
	.suite_init = ledger_suite_init,
	.suite_exit = ledger_suite_exit,
	.init = ledger_init,
	.exit = ledger_exit,
	.test_cases = memory_cases,
};

kunit_test_suite(memory_suite);

MODULE_DESCRIPTION("mgate: tests of memory");
MODULE_LICENSE("GPL");
