// SPDX-License-Identifier: GPL-2.0-only
/* What each host behind a port wants, as fast leave knows it: whose word ends what. */
#include "sources.h"

#define G1 0xef010101

/* Beside @nhosts, the port has as many hosts as it may have, or has them no more. */
static void crowd(struct world *w, bool comes)
{
	if (comes)
		world_port(w, 2)->nhosts += MGATE_EHT_PORT;
	else
		world_port(w, 2)->nhosts -= MGATE_EHT_PORT;
}

/* RELIABILITY S3, CONFORMANCE 66: INCLUDE {} ends at once all that the last host wanted. */
static void to_include_nothing_ends_it(struct kunit *test)
{
	struct world *w = test->priv;

	we_ask(w, 3);
	fast(w, 2);
	hear_from(w, 2, 1, MGATE_RECORD_ALLOW, G1, 0x3);
	hear_from(w, 2, 1, MGATE_RECORD_TO_IN, G1, 0);
	KUNIT_EXPECT_FALSE(test, state_of(w, 2, G1).member);
}

/* DECISIONS 4, TRAPS 30: the last one that wanted all has left: sources that another wants by
 * name go on, for as long as that one has to say so again.
 */
static void a_source_lasts_as_long_as_its_host(struct kunit *test)
{
	struct world *w = test->priv;
	u64 start;

	world_converge(w, 1);
	fast(w, 2);
	hear_from(w, 2, 1, MGATE_RECORD_TO_EX, G1, 0);
	start = w->now;
	hear_from(w, 2, 2, MGATE_RECORD_ALLOW, G1, 0x3);
	hear_from(w, 2, 1, MGATE_RECORD_TO_EX, G1, 0);
	world_pass(w, 100000);
	hear_from(w, 2, 1, MGATE_RECORD_TO_IN, G1, 0);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0x3);
	KUNIT_EXPECT_EQ(test, state_of(w, 2, G1).timer[0], start + WORLD_GMI);
}

/* DECISIONS 4: whatever a host says it is there: who wants all is not cut by another's leave
 * although it has only spoken of a source of late.
 */
static void each_word_of_a_host_counts(struct kunit *test)
{
	struct world *w = test->priv;

	we_ask(w, 3);
	fast(w, 2);
	hear_from(w, 2, 1, MGATE_RECORD_TO_EX, G1, 0);
	world_pass(w, 200000);
	hear_from(w, 2, 1, MGATE_RECORD_ALLOW, G1, 0x1);
	hear_from(w, 2, 2, MGATE_RECORD_TO_EX, G1, 0);
	world_pass(w, 100000);
	hear_from(w, 2, 2, MGATE_RECORD_TO_IN, G1, 0);
	world_pass(w, 1);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL);
}

static const struct silent_row {
	enum mgate_record_type type;
	u32 set;
	u32 left;		/* of the sources, after a BLOCK of the first */
} silent_rows[] = {
	{ MGATE_RECORD_ALLOW, 0x1, 0 },
	{ MGATE_RECORD_TO_EX, 0, ALL & ~0x1 },
};

/* TRAPS 30: a host that has been silent for a membership interval holds up nobody's leave, be
 * it of a source by name or of one of all; the tick has not yet come to forget it.
 */
static void the_silent_hold_up_no_leave(struct kunit *test)
{
	const struct silent_row *row;
	struct world *w = test->priv;
	u32 i;

	we_ask(w, 3);
	fast(w, 2);
	for (i = 0; i < ARRAY_SIZE(silent_rows); i++) {
		row = &silent_rows[i];
		hear_from(w, 2, 1, row->type, G1 + i, row->set);
		world_pass(w, 200000);
		hear_from(w, 2, 2, row->type, G1 + i, row->set);
		w->now += 100000;
		hear_from(w, 2, 2, MGATE_RECORD_BLOCK, G1 + i, 0x1);
		KUNIT_EXPECT_EQ(test, forwards(w, 2, G1 + i), row->left);
	}
}

/* RELIABILITY S3: who takes back what it blocked wants that source from then on, whoever else
 * blocks it.
 */
static void a_block_is_taken_back(struct kunit *test)
{
	struct world *w = test->priv;

	we_ask(w, 3);
	fast(w, 2);
	hear_from(w, 2, 1, MGATE_RECORD_IS_EX, G1, 0x1);
	hear_from(w, 2, 2, MGATE_RECORD_IS_EX, G1, 0);
	hear_from(w, 2, 1, MGATE_RECORD_IS_EX, G1, 0);
	hear_from(w, 2, 2, MGATE_RECORD_BLOCK, G1, 0x1);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL);
}

/* TRAPS 29: who wants what is known where there are as many hosts as one look goes through: all
 * but their source ends with the leave; with one host more that is asked about.
 */
static void as_many_as_are_looked_at(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned int host;

	we_ask(w, 3);
	fast(w, 2);
	fast(w, 3);
	for (host = 0; host < MGATE_EHT_LOOK; host++) {
		hear_from(w, 2, host, MGATE_RECORD_ALLOW, G1, 0x1);
		hear_from(w, 3, host, MGATE_RECORD_ALLOW, G1, 0x1);
	}
	hear_from(w, 3, host + 1, MGATE_RECORD_ALLOW, G1, 0x1);
	hear_from(w, 2, host, MGATE_RECORD_TO_EX, G1, 0);
	hear_from(w, 3, host, MGATE_RECORD_TO_EX, G1, 0);
	hear_from(w, 2, host, MGATE_RECORD_TO_IN, G1, 0);
	hear_from(w, 3, host, MGATE_RECORD_TO_IN, G1, 0);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0x1);
	KUNIT_EXPECT_EQ(test, forwards(w, 3, G1), ALL);
	KUNIT_EXPECT_EQ(test, asked_now(w, 3, G1).group, 1);
}

/* RELIABILITY M1: a source that finds no room is counted once; what is kept already needs none. */
static void what_is_kept_needs_no_room(struct kunit *test)
{
	struct world *w = test->priv;

	we_ask(w, 3);
	hear_from(w, 2, 1, MGATE_RECORD_ALLOW, G1, 0x1);
	crowd(w, true);
	hear_from(w, 2, 1, MGATE_RECORD_ALLOW, G1, 0x2);
	KUNIT_EXPECT_EQ(test, w->in.limit_hosts, 1);
	hear_from(w, 2, 1, MGATE_RECORD_ALLOW, G1, 0x1);
	KUNIT_EXPECT_EQ(test, w->in.limit_hosts, 0);
	crowd(w, false);
}

/* DECISIONS 4: nobody is cut for it if what a host does not want cannot be kept: with that
 * alone a membership is not one of which too little is known.
 */
static void a_block_needs_no_room(struct kunit *test)
{
	struct world *w = test->priv;

	we_ask(w, 3);
	hear_from(w, 2, 1, MGATE_RECORD_IS_EX, G1, 0);
	crowd(w, true);
	hear_from(w, 2, 1, MGATE_RECORD_BLOCK, G1, 0x1);
	KUNIT_EXPECT_FALSE(test, world_member(w, 2, G1)->crowded);
	crowd(w, false);
}

/* RELIABILITY M1, S7: that there were too many hosts is forgotten with them, beside what the
 * administrator set.
 */
static void a_crowd_is_forgotten(struct kunit *test)
{
	struct mgate_key key = world_key(G1);
	struct world *w = test->priv;

	we_ask(w, 3);
	fast(w, 2);
	mgate_permanent_add(&w->sw, &key, 2, w->now);
	crowd(w, true);
	hear_from(w, 2, 1, MGATE_RECORD_TO_EX, G1, 0);
	KUNIT_EXPECT_TRUE(test, world_member(w, 2, G1)->crowded);
	crowd(w, false);
	mgate_membership_forget(&w->sw, 2, false, MGATE_WHY_PORT, w->now);
	KUNIT_EXPECT_FALSE(test, world_member(w, 2, G1)->crowded);
}

static struct kunit_case wishes_cases[] = {
	KUNIT_CASE(to_include_nothing_ends_it),
	KUNIT_CASE(a_source_lasts_as_long_as_its_host),
	KUNIT_CASE(each_word_of_a_host_counts),
	KUNIT_CASE(the_silent_hold_up_no_leave),
	KUNIT_CASE(a_block_is_taken_back),
	KUNIT_CASE(as_many_as_are_looked_at),
	KUNIT_CASE(what_is_kept_needs_no_room),
	KUNIT_CASE(a_block_needs_no_room),
	KUNIT_CASE(a_crowd_is_forgotten),
	{}
};

static struct kunit_suite wishes_suite = {
	.name = WORLD_NAME("mgate_wishes"),
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = world_init,
	.exit = world_exit,
	.test_cases = wishes_cases,
};

kunit_test_suite(wishes_suite);

MODULE_DESCRIPTION("mgate: tests of what each host wants");
MODULE_LICENSE("GPL");
