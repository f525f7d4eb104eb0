// SPDX-License-Identifier: GPL-2.0-only
/* The group timer and the source timers: what ends when, and what stays. */
#include "sources.h"

#define G1 0xef010101

/* CONFORMANCE 56; TRAPS 30: each source to the ms, and the group with the last. */
static void include_ends_source_by_source(struct kunit *test)
{
	struct world *w = test->priv;
	u64 start;

	we_ask(w, 3);
	start = w->now;
	hear_set(w, 2, MGATE_RECORD_ALLOW, G1, 0x5);
	world_pass(w, 1000);
	hear_set(w, 2, MGATE_RECORD_ALLOW, G1, 0x2);
	world_until(w, start + WORLD_GMI - 1);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0x7);
	world_until(w, start + WORLD_GMI);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0x2);
	KUNIT_EXPECT_EQ(test, state_of(w, 2, G1).run, 0x2);
	world_until(w, start + WORLD_GMI + 999);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0x2);
	world_until(w, start + WORLD_GMI + 1000);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0);
}

/* CONFORMANCE 57: in EXCLUDE mode the source is blocked, and its record kept. */
static void exclude_blocks_at_the_end(struct kunit *test)
{
	struct world *w = test->priv;
	struct port_state st;
	u64 start;

	we_ask(w, 3);
	start = w->now;
	hear_set(w, 2, MGATE_RECORD_IS_EX, G1, 0);
	hear_set(w, 2, MGATE_RECORD_ALLOW, G1, 0x1);
	world_pass(w, 100000);
	hear_set(w, 2, MGATE_RECORD_IS_EX, G1, 0x1);
	world_until(w, start + WORLD_GMI - 1);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL);
	world_until(w, start + WORLD_GMI);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL & ~0x1);
	st = state_of(w, 2, G1);
	KUNIT_EXPECT_EQ(test, st.mode, MGATE_MODE_EXCLUDE);
	KUNIT_EXPECT_EQ(test, st.blocked, 0x1);
	world_until(w, start + 100000 + WORLD_GMI - 1);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL & ~0x1);
	world_until(w, start + 100000 + WORLD_GMI);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
}

/* CONFORMANCE 72: the group timer ends: what runs is INCLUDE, what is blocked goes. */
static void group_timer_with_sources(struct kunit *test)
{
	struct world *w = test->priv;
	struct port_state st;
	u64 start;

	we_ask(w, 3);
	start = w->now;
	hear_set(w, 2, MGATE_RECORD_IS_EX, G1, 0xc);
	world_pass(w, 50000);
	hear_set(w, 2, MGATE_RECORD_ALLOW, G1, 0x3);
	world_until(w, start + WORLD_GMI - 1);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL & ~0xc);
	world_until(w, start + WORLD_GMI);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0x3);
	st = state_of(w, 2, G1);
	KUNIT_EXPECT_EQ(test, st.mode, MGATE_MODE_INCLUDE);
	KUNIT_EXPECT_EQ(test, st.run, 0x3);
	KUNIT_EXPECT_EQ(test, st.blocked, 0);
	KUNIT_EXPECT_EQ(test, st.until, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&w->sw.map.sources.nelems), 2);
	world_until(w, start + 50000 + WORLD_GMI);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&w->sw.map.sources.nelems), 0);
}

/* CONFORMANCE 72: nothing runs, or all ends in the same moment: the group goes. */
static void group_timer_without_sources(struct kunit *test)
{
	struct world *w = test->priv;
	u32 x, y;
	u64 start;

	we_ask(w, 3);
	for (x = 0; x < 4; x++) {
		for (y = 0; y < 4; y++) {
			start = w->now;
			hear_set(w, 2, MGATE_RECORD_IS_EX, G1, y << 2);
			hear_set(w, 2, MGATE_RECORD_ALLOW, G1, x);
			world_until(w, start + WORLD_GMI - 1);
			KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL & ~(y << 2));
			world_until(w, start + WORLD_GMI);
			KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
			KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0);
		}
	}
}

/* RELIABILITY S4, F7; CONFORMANCE 24: (*,G) of one port and (S,G) of others, in the
 * same and in other words of the bitmap, each for itself.
 */
static void ports_are_independent(struct kunit *test)
{
	static const u16 others[] = { 3, 63, 64, 128, MGATE_SLOTS - 1 };
	struct world *w = test->priv;
	unsigned int i;

	we_ask(w, 3);
	hear_set(w, 2, MGATE_RECORD_ALLOW, G1, 0x1);
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		hear_set(w, others[i], MGATE_RECORD_TO_EX, G1, 0x1);
		KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0x1);
		KUNIT_EXPECT_EQ(test, forwards(w, others[i], G1), ALL & ~0x1);
		hear_set(w, others[i], MGATE_RECORD_ALLOW, G1, 0x3);
		KUNIT_EXPECT_EQ(test, forwards(w, others[i], G1), ALL);
		mgate_membership_forget(&w->sw, others[i], true, MGATE_WHY_PORT, w->now);
		KUNIT_EXPECT_EQ(test, forwards(w, others[i], G1), 0);
		KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0x1);
		hear_set(w, others[i], MGATE_RECORD_ALLOW, G1, 0x6);
		KUNIT_EXPECT_EQ(test, forwards(w, others[i], G1), 0x6);
		KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0x1);
	}
	hear_set(w, 2, MGATE_RECORD_TO_EX, G1, 0x2);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL & ~0x2);
	for (i = 0; i < ARRAY_SIZE(others); i++)
		KUNIT_EXPECT_EQ(test, forwards(w, others[i], G1), 0x6);
	mgate_membership_forget(&w->sw, 2, true, MGATE_WHY_PORT, w->now);
	for (i = 0; i < ARRAY_SIZE(others); i++)
		KUNIT_EXPECT_EQ(test, forwards(w, others[i], G1), 0x6);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0);
}

/* RELIABILITY S4, S7: what the administrator set goes beside what hosts say. */
static void beside_what_was_set(struct kunit *test)
{
	struct mgate_key any = world_key(G1), one = world_key(G1);
	struct world *w = test->priv;

	one.src = world_addr(SRC(0));
	we_ask(w, 3);
	mgate_permanent_add(&w->sw, &one, 2, w->now);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0x1);
	hear_set(w, 2, MGATE_RECORD_IS_EX, G1, 0x3);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL & ~0x2);
	mgate_permanent_add(&w->sw, &any, 2, w->now);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL);
	mgate_permanent_del(&w->sw, &any, 2, w->now);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL & ~0x2);
	mgate_permanent_del(&w->sw, &one, 2, w->now);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL & ~0x3);
	mgate_permanent_add(&w->sw, &one, 2, w->now);
	world_pass(w, WORLD_GMI);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0x1);
	mgate_permanent_del(&w->sw, &one, 2, w->now);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
}

/* TRAPS 30: a late tick changes nothing before it, all after it; and a report that
 * comes between finds the membership as it was.
 */
static void late_tick(struct kunit *test)
{
	struct world *w = test->priv;

	we_ask(w, 3);
	hear_set(w, 2, MGATE_RECORD_IS_EX, G1, 0x2);
	hear_set(w, 2, MGATE_RECORD_ALLOW, G1, 0x1);
	hear_set(w, 3, MGATE_RECORD_ALLOW, G1, 0x1);
	world_tick(w);
	w->now += WORLD_GMI + 5000;
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL & ~0x2);
	hear_set(w, 2, MGATE_RECORD_IS_EX, G1, 0x3);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL & ~0x2);
	world_tick(w);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL & ~0x3);
	KUNIT_EXPECT_EQ(test, forwards(w, 3, G1), 0);
	KUNIT_EXPECT_EQ(test, state_of(w, 2, G1).until, w->now + WORLD_GMI);
}

/* CONFORMANCE 88, TRAPS 30: the interval became shorter: whoever is refreshed by the
 * new one ends by it, and not when the old one would have.
 */
static void shorter_interval(struct kunit *test)
{
	struct world *w = test->priv;
	u64 gmi = 2 * 30000 + 2 * 10000, start;

	world_set(w, MGATE_PARAM_QUERY_INTERVAL_MS, 3600000);
	we_ask(w, 3);
	hear_set(w, 2, MGATE_RECORD_IS_EX, G1, 0);
	hear_set(w, 3, MGATE_RECORD_ALLOW, G1, 0x1);
	hear_set(w, 64, MGATE_RECORD_IS_EX, G1 + 1, 0);
	hear_set(w, 64, MGATE_RECORD_ALLOW, G1 + 1, 0x1);
	hear_set(w, 128, MGATE_RECORD_IS_EX, G1 + 2, 0);
	world_pass(w, 60000);
	world_set(w, MGATE_PARAM_QUERY_INTERVAL_MS, 30000);
	start = w->now;
	hear_set(w, 2, MGATE_RECORD_IS_EX, G1, 0);
	hear_set(w, 3, MGATE_RECORD_ALLOW, G1, 0x1);
	hear_set(w, 64, MGATE_RECORD_ALLOW, G1 + 1, 0x1);
	hear_set(w, 128, MGATE_RECORD_IS_EX, G1 + 2, 0);
	world_until(w, start + gmi - 1);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL);
	KUNIT_EXPECT_EQ(test, forwards(w, 3, G1), 0x1);
	KUNIT_EXPECT_EQ(test, forwards(w, 128, G1 + 2), ALL);
	world_until(w, start + gmi);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0);
	KUNIT_EXPECT_EQ(test, forwards(w, 3, G1), 0);
	KUNIT_EXPECT_EQ(test, forwards(w, 64, G1 + 1), ALL & ~0x1);
	/* Also where no other timer of the group brings it up. */
	KUNIT_EXPECT_FALSE(test, state_of(w, 128, G1 + 2).member);
}

/* CONFORMANCE 35, 78; RELIABILITY S3: what makes no member leaves nothing behind. */
static void not_a_member(struct kunit *test)
{
	static const u8 quiet[] = { MGATE_RECORD_TO_IN, MGATE_RECORD_IS_IN, MGATE_RECORD_ALLOW,
				    MGATE_RECORD_BLOCK };
	struct world *w = test->priv;
	unsigned int i;
	u8 *rec;

	we_ask(w, 3);
	hear_set(w, 2, MGATE_RECORD_BLOCK, G1, 0x3);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
	for (i = 0; i < ARRAY_SIZE(quiet); i++) {
		hear_set(w, 2, quiet[i], G1, 0);
		KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
		report_begin();
		rec = report_record(quiet[i], G1);
		report_source(rec, 0);
		report_source(rec, 0xe1010101);
		report_source(rec, 0xffffffff);
		report_send(w, 2, 0);
		KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
		KUNIT_EXPECT_EQ(test, world_port(w, 2)->ngroups, 0);
	}
	KUNIT_EXPECT_EQ(test, asked_now(w, 2, G1).n, 0);
}

static struct kunit_case timers_cases[] = {
	KUNIT_CASE(include_ends_source_by_source),
	KUNIT_CASE(exclude_blocks_at_the_end),
	KUNIT_CASE(group_timer_with_sources),
	KUNIT_CASE(group_timer_without_sources),
	KUNIT_CASE(ports_are_independent),
	KUNIT_CASE(beside_what_was_set),
	KUNIT_CASE(late_tick),
	KUNIT_CASE(shorter_interval),
	KUNIT_CASE(not_a_member),
	{}
};

static struct kunit_suite timers_suite = {
	.name = WORLD_NAME("mgate_timers"),
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = world_init,
	.exit = world_exit,
	.test_cases = timers_cases,
};

kunit_test_suite(timers_suite);

MODULE_DESCRIPTION("mgate: tests of group timers and source timers");
MODULE_LICENSE("GPL");
