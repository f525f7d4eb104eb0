// SPDX-License-Identifier: GPL-2.0-only
/* What a group record without sources does to one membership. */
#include <linux/module.h>

#include "../module/addr.c"
#include "../module/memory.c"
#include "../module/due.c"
#include "messages.h"
#include "../module/family.c"
#include "../module/params.c"
#include "../module/ledger.c"
#include "../module/map.c"
#include "../module/source.c"
#include "../module/saying.c"
#include "../module/timer.c"
#include "../module/eht.c"
#include "../module/question.c"
#include "../module/filter.c"
#include "common.h"

#define GROUP ip4(239, 1, 1, 1)

/* One membership, in a group of its own. */
struct world {
	struct mgate_ledger ledger;
	struct mgate_map map;
	struct mgate_member *m;
	struct mgate_effect e;
};

static int filter_suite_init(struct kunit_suite *suite)
{
	return mgate_memory_init(16);
}

static void filter_suite_exit(struct kunit_suite *suite)
{
	mgate_memory_exit();
}

static int filter_init(struct kunit *test)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	struct mgate_addr grp = GROUP;
	struct mgate_key key = mgate_addr_key(MGATE_AF_INET, 0, &grp);
	struct mgate_group *g;

	if (!w || mgate_map_setup(&w->map))
		return -ENOMEM;
	w->ledger.map = &w->map;
	bound = 16 << 20;
	g = mgate_ledger_add(&w->ledger, &key, 1);
	w->m = g ? mgate_ledger_join(g, 1) : NULL;
	if (!w->m)
		return -ENOMEM;
	w->m->learned = true;
	test->priv = w;
	return 0;
}

static void filter_exit(struct kunit *test)
{
	struct world *w = test->priv;
	struct mgate_group *g = w->m->group;

	mgate_source_unlearn_all(&w->map, w->m);
	mgate_ledger_part(w->m);
	mgate_ledger_del(&w->ledger, g);
	mgate_map_clear(&w->map);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, mgate_memory_used(), 0);
}

static void go_on(struct mgate_rules *r, u64 now)
{
	r->now = now;
	r->until = now + mgate_params_membership_ms(&r->timing);
	r->older_until = now + mgate_params_older_host_ms(&r->timing);
}

static struct mgate_rules rules_at(u64 now, u8 version)
{
	struct mgate_rules r = { .version = version, .max_sources = 64 };
	struct mgate_params p;

	mgate_params_setup(&p);
	r.timing = mgate_params_timing(&p);
	go_on(&r, now);
	return r;
}

static void apply(struct world *w, u8 type, const struct mgate_rules *r)
{
	struct mgate_record rec = { .grp = GROUP, .type = type };

	mgate_filter_apply(&w->map, w->m, &rec, r, &w->e);
}

static void join(struct world *w, const struct mgate_rules *r)
{
	apply(w, MGATE_RECORD_IS_EX, r);
}

static void leave(struct world *w, const struct mgate_rules *r)
{
	apply(w, MGATE_RECORD_TO_IN, r);
}

/* A membership in EXCLUDE mode that still lasts for long. */
static struct mgate_member *member_of_long(struct world *w, u64 now)
{
	w->m->mode = MGATE_MODE_EXCLUDE;
	w->m->until = now + 200000;
	mgate_source_draw(w->m);
	return w->m;
}

/* CONFORMANCE 20, 59 to 70: at least a version 3 join as one of version 2. */
static void who_wants_who_leaves(struct kunit *test)
{
	static const struct { u8 type; u16 nsrcs; bool wants, leaves; } rows[] = {
		{ MGATE_RECORD_IS_IN, 0, false, false }, { MGATE_RECORD_IS_IN, 1, true, false },
		{ MGATE_RECORD_IS_EX, 0, true, false }, { MGATE_RECORD_IS_EX, 5, true, false },
		{ MGATE_RECORD_TO_IN, 0, false, true }, { MGATE_RECORD_TO_IN, 1, true, false },
		{ MGATE_RECORD_TO_EX, 0, true, false }, { MGATE_RECORD_TO_EX, 9, true, false },
		{ MGATE_RECORD_ALLOW, 0, false, false }, { MGATE_RECORD_ALLOW, 1, true, false },
		{ MGATE_RECORD_BLOCK, 0, false, false }, { MGATE_RECORD_BLOCK, 1, false, false },
		{ 0, 1, false, false }, { 7, 1, false, false }, { 255, 1, false, false },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct mgate_record rec = { .type = rows[i].type, .nsrcs = rows[i].nsrcs };

		KUNIT_EXPECT_EQ_MSG(test, mgate_filter_wants(&rec), rows[i].wants, "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, mgate_filter_leaves(&rec), rows[i].leaves, "row %u", i);
	}
}

/* CONFORMANCE 62, 98; RELIABILITY T2: EXCLUDE {}, for a membership interval. */
static void a_join_lasts_an_interval(struct kunit *test)
{
	struct mgate_rules r = rules_at(1000, 3);
	struct world *w = test->priv;

	join(w, &r);
	KUNIT_EXPECT_TRUE(test, w->e.changed);
	KUNIT_EXPECT_EQ(test, w->e.due, 1000 + 270000);
	KUNIT_EXPECT_EQ(test, w->m->mode, MGATE_MODE_EXCLUDE);
	KUNIT_EXPECT_EQ(test, w->m->until, 1000 + 270000);
	go_on(&r, 5000);
	join(w, &r);
	KUNIT_EXPECT_FALSE(test, w->e.changed);
	KUNIT_EXPECT_EQ(test, w->e.due, MGATE_NEVER);
	KUNIT_EXPECT_EQ(test, w->m->until, 5000 + 270000);
	KUNIT_EXPECT_EQ(test, w->m->v1_until, 0);
	KUNIT_EXPECT_EQ(test, w->m->v2_until, 0);
}

/* CONFORMANCE 83: an older host is taken to be there for its own interval. */
static void older_hosts_are_noted(struct kunit *test)
{
	struct mgate_rules r = rules_at(1000, 1);
	struct world *w = test->priv;

	join(w, &r);
	KUNIT_EXPECT_EQ(test, w->m->v1_until, 1000 + 260000);
	KUNIT_EXPECT_EQ(test, w->m->v2_until, 0);
	r = rules_at(2000, 2);
	join(w, &r);
	KUNIT_EXPECT_EQ(test, w->m->v1_until, 1000 + 260000);
	KUNIT_EXPECT_EQ(test, w->m->v2_until, 2000 + 260000);
}

/* CONFORMANCE 73: "lower" only ever makes it shorter. */
static void lowering_never_raises(struct kunit *test)
{
	struct mgate_member m = { .mode = MGATE_MODE_EXCLUDE, .until = 1000 };

	KUNIT_EXPECT_FALSE(test, mgate_timer_lower(&m, 1001));
	KUNIT_EXPECT_FALSE(test, mgate_timer_lower(&m, 1000));
	KUNIT_EXPECT_EQ(test, m.until, 1000);
	KUNIT_EXPECT_TRUE(test, mgate_timer_lower(&m, 999));
	KUNIT_EXPECT_EQ(test, m.until, 999);
	m.mode = MGATE_MODE_INCLUDE;
	KUNIT_EXPECT_FALSE(test, mgate_timer_lower(&m, 5));
}

/* CONFORMANCE 85, 100; RELIABILITY S6: a v1 host cannot say that it stays. */
static void v1_host_keeps_the_group(struct kunit *test)
{
	struct mgate_rules r = rules_at(1000, 2);
	struct world *w = test->priv;
	struct mgate_member *m = member_of_long(w, 1000);

	r.asks = true;
	r.fast_leave = true;
	m->v1_until = 1001;
	leave(w, &r);
	KUNIT_EXPECT_EQ(test, m->until, 201000);
	KUNIT_EXPECT_EQ(test, w->e.due, MGATE_NEVER);
	m->v1_until = 1000;
	leave(w, &r);
	KUNIT_EXPECT_EQ(test, m->until, 1000);
}

/* CONFORMANCE 78, 95: who does not query waits for the querier's question. */
static void listener_waits_for_the_querier(struct kunit *test)
{
	struct mgate_rules r = rules_at(1000, 2);
	struct world *w = test->priv;
	struct mgate_member *m = member_of_long(w, 1000);

	leave(w, &r);
	KUNIT_EXPECT_EQ(test, w->e.due, MGATE_NEVER);
	KUNIT_EXPECT_EQ(test, m->until, 201000);
	KUNIT_EXPECT_EQ(test, m->asks, 0);
}

/* CONFORMANCE 75, 95; RELIABILITY T1: the querier asks, and lowers the timer. */
static void querier_asks(struct kunit *test)
{
	struct mgate_rules r = rules_at(1000, 2);
	struct world *w = test->priv;
	struct mgate_member *m = member_of_long(w, 1000);

	r.asks = true;
	leave(w, &r);
	KUNIT_EXPECT_EQ(test, w->e.due, 1000);
	KUNIT_EXPECT_EQ(test, m->asks, 2);
	KUNIT_EXPECT_EQ(test, m->ask_at, 1000);
	KUNIT_EXPECT_EQ(test, m->until, 3000);
}

/* CONFORMANCE 96: while membership is checked, another leave is ignored. */
static void another_leave_is_ignored(struct kunit *test)
{
	struct mgate_rules r = rules_at(1000, 2);
	struct world *w = test->priv;
	struct mgate_member *m = member_of_long(w, 1000);

	r.asks = true;
	leave(w, &r);
	go_on(&r, 1500);
	leave(w, &r);
	KUNIT_EXPECT_EQ(test, w->e.due, MGATE_NEVER);
	KUNIT_EXPECT_EQ(test, m->until, 3000);
	KUNIT_EXPECT_EQ(test, m->ask_at, 1000);
	/* The queries are out, the answers are still awaited. */
	m->asks = 0;
	go_on(&r, 2500);
	leave(w, &r);
	KUNIT_EXPECT_EQ(test, m->asks, 0);
	KUNIT_EXPECT_EQ(test, m->until, 3000);
}

/* CONFORMANCE 98: a report ends the checking, so that a leave begins it anew. */
static void leave_after_an_answer(struct kunit *test)
{
	struct mgate_rules r = rules_at(1000, 2);
	struct world *w = test->priv;
	struct mgate_member *m = member_of_long(w, 1000);

	r.asks = true;
	leave(w, &r);
	m->asks = 1;
	m->ask_at = 2000;
	go_on(&r, 1200);
	join(w, &r);
	KUNIT_EXPECT_EQ(test, m->until, 271200);
	go_on(&r, 1400);
	leave(w, &r);
	KUNIT_EXPECT_EQ(test, w->e.due, 1400);
	KUNIT_EXPECT_EQ(test, m->until, 3400);
	KUNIT_EXPECT_EQ(test, m->asks, 2);
}

/* INTERFACE `fast_leave`: ends at once, querier or not. */
static void fast_leave_ends_at_once(struct kunit *test)
{
	struct mgate_rules r = rules_at(1000, 2);
	struct world *w = test->priv;
	struct mgate_member *m = member_of_long(w, 1000);

	r.fast_leave = true;
	leave(w, &r);
	KUNIT_EXPECT_EQ(test, m->until, 1000);
	KUNIT_EXPECT_EQ(test, w->e.due, 1000);
	KUNIT_EXPECT_EQ(test, m->asks, 0);
}

static struct kunit_case filter_cases[] = {
	KUNIT_CASE(who_wants_who_leaves),
	KUNIT_CASE(a_join_lasts_an_interval),
	KUNIT_CASE(older_hosts_are_noted),
	KUNIT_CASE(lowering_never_raises),
	KUNIT_CASE(v1_host_keeps_the_group),
	KUNIT_CASE(listener_waits_for_the_querier),
	KUNIT_CASE(querier_asks),
	KUNIT_CASE(another_leave_is_ignored),
	KUNIT_CASE(leave_after_an_answer),
	KUNIT_CASE(fast_leave_ends_at_once),
	{}
};

static struct kunit_suite filter_suite = {
	.name = "mgate_filter",
	.suite_init = filter_suite_init,
	.suite_exit = filter_suite_exit,
	.init = filter_init,
	.exit = filter_exit,
	.test_cases = filter_cases,
};

kunit_test_suite(filter_suite);

MODULE_DESCRIPTION("mgate: tests of what records do to a membership");
MODULE_LICENSE("GPL");
