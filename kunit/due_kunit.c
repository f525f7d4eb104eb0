// SPDX-License-Identifier: GPL-2.0-only
/* The queue of deadlines. */
#include <linux/module.h>

#include "../module/due.c"
#include "common.h"

#define THINGS 50

struct world {
	struct timerqueue_head queue;
	struct mgate_due due[THINGS];
	u64 model[THINGS];
};

static int due_init(struct kunit *test)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	unsigned int i;

	if (!w)
		return -ENOMEM;
	timerqueue_init_head(&w->queue);
	for (i = 0; i < THINGS; i++) {
		mgate_due_setup(&w->due[i], MGATE_DUE_GROUP);
		w->model[i] = MGATE_NEVER;
	}
	test->priv = w;
	return 0;
}

/* RELIABILITY T4: one queue, in order; what is taken out is out. */
static void comes_in_order(struct kunit *test)
{
	struct world *w = test->priv;

	KUNIT_EXPECT_EQ(test, mgate_due_next(&w->queue), MGATE_NEVER);
	KUNIT_EXPECT_NULL(test, mgate_due_pop(&w->queue, 1000));
	mgate_due_at(&w->queue, &w->due[0], 300);
	mgate_due_at(&w->queue, &w->due[1], 100);
	mgate_due_at(&w->queue, &w->due[2], 200);
	KUNIT_EXPECT_EQ(test, mgate_due_next(&w->queue), 100);
	KUNIT_EXPECT_NULL(test, mgate_due_pop(&w->queue, 99));
	KUNIT_EXPECT_PTR_EQ(test, mgate_due_pop(&w->queue, 100), &w->due[1]);
	mgate_due_clear(&w->queue, &w->due[2]);
	mgate_due_clear(&w->queue, &w->due[2]);
	KUNIT_EXPECT_PTR_EQ(test, mgate_due_pop(&w->queue, 5000), &w->due[0]);
	KUNIT_EXPECT_NULL(test, mgate_due_pop(&w->queue, 5000));
}

/* A deadline moves both ways with _at, closer only with _before. */
static void deadlines_move(struct kunit *test)
{
	struct world *w = test->priv;

	mgate_due_at(&w->queue, &w->due[0], 300);
	mgate_due_at(&w->queue, &w->due[0], 400);
	KUNIT_EXPECT_EQ(test, mgate_due_next(&w->queue), 400);
	mgate_due_before(&w->queue, &w->due[0], 500);
	KUNIT_EXPECT_EQ(test, mgate_due_next(&w->queue), 400);
	mgate_due_before(&w->queue, &w->due[0], 350);
	KUNIT_EXPECT_EQ(test, mgate_due_next(&w->queue), 350);
	mgate_due_at(&w->queue, &w->due[0], 350);
	mgate_due_at(&w->queue, &w->due[0], MGATE_NEVER);
	KUNIT_EXPECT_EQ(test, mgate_due_next(&w->queue), MGATE_NEVER);
	mgate_due_before(&w->queue, &w->due[0], 0);
	KUNIT_EXPECT_EQ(test, mgate_due_next(&w->queue), 0);
	mgate_due_before(&w->queue, &w->due[0], MGATE_NEVER);
	KUNIT_EXPECT_EQ(test, mgate_due_next(&w->queue), 0);
	mgate_due_clear(&w->queue, &w->due[0]);
	mgate_due_before(&w->queue, &w->due[0], MGATE_NEVER);
	KUNIT_EXPECT_EQ(test, mgate_due_next(&w->queue), MGATE_NEVER);
}

/* RELIABILITY T5: no wrap within the times of a long-lived host (300 years). */
static void long_uptimes(struct kunit *test)
{
	static const u64 times[] = { 0, 1, U32_MAX, 1ull << 32, 300ull * 86400 * 1000,
				     300ull * 365 * 86400 * 1000 };
	struct world *w = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(times); i++) {
		mgate_due_at(&w->queue, &w->due[0], times[i] + 1);
		mgate_due_at(&w->queue, &w->due[1], times[i] + 270000);
		KUNIT_EXPECT_NULL(test, mgate_due_pop(&w->queue, times[i]));
		KUNIT_EXPECT_PTR_EQ(test, mgate_due_pop(&w->queue, times[i] + 1), &w->due[0]);
		KUNIT_EXPECT_NULL(test, mgate_due_pop(&w->queue, times[i] + 269999));
		KUNIT_EXPECT_PTR_EQ(test, mgate_due_pop(&w->queue, times[i] + 270000),
				    &w->due[1]);
	}
}

static u64 model_next(const struct world *w)
{
	u64 when = MGATE_NEVER;
	unsigned int i;

	for (i = 0; i < THINGS; i++)
		when = min(when, w->model[i]);
	return when;
}

/* A random life of the queue beside an array. */
static void random_against_model(struct kunit *test)
{
	u32 state = 0x64756521, i, n;
	struct world *w = test->priv;
	struct mgate_due *due;
	u64 when, now = 0;

	kunit_info(test, "seed %08x\n", state);
	for (i = 0; i < 20000; i++) {
		n = random_below(&state, THINGS);
		when = now + random_below(&state, 500);
		switch (random_below(&state, 4)) {
		case 0:
			mgate_due_at(&w->queue, &w->due[n], when);
			w->model[n] = when;
			break;
		case 1:
			mgate_due_before(&w->queue, &w->due[n], when);
			w->model[n] = min(w->model[n], when);
			break;
		case 2:
			mgate_due_clear(&w->queue, &w->due[n]);
			w->model[n] = MGATE_NEVER;
			break;
		default:
			now += random_below(&state, 20);
			due = mgate_due_pop(&w->queue, now);
			KUNIT_ASSERT_EQ(test, !due, model_next(w) > now);
			if (!due)
				break;
			KUNIT_ASSERT_EQ(test, w->model[due - w->due], model_next(w));
			w->model[due - w->due] = MGATE_NEVER;
		}
		KUNIT_ASSERT_EQ(test, mgate_due_next(&w->queue), model_next(w));
	}
}

static struct kunit_case due_cases[] = {
	KUNIT_CASE(comes_in_order),
	KUNIT_CASE(deadlines_move),
	KUNIT_CASE(long_uptimes),
	KUNIT_CASE(random_against_model),
	{}
};

static struct kunit_suite due_suite = {
	.name = "mgate_due",
	.init = due_init,
	.test_cases = due_cases,
};

kunit_test_suite(due_suite);

MODULE_DESCRIPTION("mgate: tests of the queue of deadlines");
MODULE_LICENSE("GPL");
