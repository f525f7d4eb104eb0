// SPDX-License-Identifier: GPL-2.0-only
/* Thousands of groups that wait for their turn to be asked about, and what is not to wait. */
#include "queries.h"

/* TRAPS 30, RFC 9776 8.2: thousands of groups wait for their turn to be asked about; the general
 * query comes when it is due all the same.
 */
static void general_queries_are_on_time(struct kunit *test)
{
	struct log *log = kunit_kzalloc(test, sizeof(*log), GFP_KERNEL);
	struct world *w = test->priv;
	struct mgate_context *ctx;
	u64 due;
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, log);
	world_begin(w, MGATE_QUERIER_ON, 0, OWN);
	note_until(test, w, log, w->now + 200000);
	ctx = world_context(w, WORLD_VID);
	KUNIT_ASSERT_NOT_NULL(test, ctx);
	due = ctx->querier.next_query;
	note_until(test, w, log, due - 1000);
	for (i = 0; i < 3000; i++)
		world_join(w, 2, 2, G1 + i);
	for (i = 0; i < 3000; i++)
		world_leave(w, 2, 2, G1 + i);
	log->n = 0;
	note_until(test, w, log, due + 100);
	KUNIT_EXPECT_GE(test, log->n, 100);
	KUNIT_EXPECT_GT(test, ctx->querier.next_query, due);
	note_until(test, w, log, due + 100000);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
}

static bool is_known(struct world *w, u32 grp)
{
	struct mgate_key key = world_key(grp);

	return mgate_ledger_find(&w->sw.ledger, &key);
}

/* TRAPS 30: a port that leaves thousands of groups at once, which takes a minute to ask about,
 * delays neither what ends without a question nor, by more than some tenths of a second, the
 * leave of another; and who has waited longest is asked too.
 */
static void others_are_not_held_up(struct kunit *test)
{
	struct log *log = kunit_kzalloc(test, sizeof(*log), GFP_KERNEL);
	u32 silent = G1 + 5000, leaver = G1 + 5001, i;
	struct world *w = test->priv;
	u64 end, left;

	KUNIT_ASSERT_NOT_NULL(test, log);
	world_begin(w, MGATE_QUERIER_ON, 0, OWN);
	note_until(test, w, log, w->now + 200000);
	world_join(w, 3, 2, silent);
	end = w->now + 270000;
	note_until(test, w, log, end - 5000);
	for (i = 0; i < 3000; i++)
		world_join(w, 2, 2, G1 + i);
	for (i = 0; i < 3000; i++)
		world_leave(w, 2, 2, G1 + i);
	note_until(test, w, log, w->now + 1000);
	left = w->now;
	world_join(w, 64, 2, leaver);
	world_leave(w, 64, 2, leaver);
	note_until(test, w, log, left + 1999);
	KUNIT_EXPECT_TRUE(test, is_known(w, leaver));
	note_until(test, w, log, left + 2500);
	KUNIT_EXPECT_FALSE(test, is_known(w, leaver));
	KUNIT_EXPECT_TRUE(test, is_known(w, silent));
	note_until(test, w, log, end + 100);
	KUNIT_EXPECT_FALSE(test, is_known(w, silent));
	KUNIT_EXPECT_GT(test, w->sw.ledger.ngroups, 1000);
	KUNIT_EXPECT_LE(test, most_in(log, SECOND), MOST);
	note_until(test, w, log, left + 100000);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
}

/* A message whose time was read before that of the last run has its turn after it: of a group
 * that waits meanwhile too.
 */
static void the_clock_goes_back(struct kunit *test)
{
	struct log *log = kunit_kzalloc(test, sizeof(*log), GFP_KERNEL);
	struct world *w = test->priv;
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, log);
	world_begin(w, MGATE_QUERIER_ON, 0, OWN);
	note_until(test, w, log, w->now + 200000);
	for (i = 0; i < 20; i++) {
		world_join(w, 2, 2, G1 + i);
		world_join(w, 3, 2, G1 + i);
	}
	for (i = 0; i < 20; i++)
		world_leave(w, 2, 2, G1 + i);
	note(test, w, log);
	KUNIT_EXPECT_NE(test, w->sw.waiting, 0);
	w->now--;
	for (i = 0; i < 20; i++)
		world_leave(w, 3, 2, G1 + i);
	w->now++;
	note_until(test, w, log, w->now + 20000);
	KUNIT_EXPECT_EQ(test, w->sw.waiting, 0);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
}

/* TRAPS 30: a port has its turn after each other one, also after one of a lower number. */
static void the_next_port_has_its_turn(struct kunit *test)
{
	u32 leaver = G1 + 5001, i;
	struct world *w = test->priv;
	u64 left;

	world_begin(w, MGATE_QUERIER_ON, 2, OWN);
	world_pass(w, 40000);
	for (i = 0; i < 1000; i++)
		world_join(w, 2, 2, G1 + i);
	for (i = 0; i < 1000; i++)
		world_leave(w, 2, 2, G1 + i);
	world_pass(w, 1000);
	left = w->now;
	world_join(w, 3, 2, leaver);
	world_leave(w, 3, 2, leaver);
	world_until(w, left + 2500);
	KUNIT_EXPECT_FALSE(test, is_known(w, leaver));
	KUNIT_EXPECT_NE(test, w->sw.waiting, 0);
	world_pass(w, 60000);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
}

static struct kunit_case waiting_cases[] = {
	KUNIT_CASE(general_queries_are_on_time),
	KUNIT_CASE(others_are_not_held_up),
	KUNIT_CASE(the_clock_goes_back),
	KUNIT_CASE(the_next_port_has_its_turn),
	{}
};

static struct kunit_suite waiting_suite = {
	.name = WORLD_NAME("mgate_waiting"),
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = world_init,
	.exit = world_exit,
	.test_cases = waiting_cases,
};

kunit_test_suite(waiting_suite);

MODULE_DESCRIPTION("mgate: tests of groups that wait to be asked about");
MODULE_LICENSE("GPL");
