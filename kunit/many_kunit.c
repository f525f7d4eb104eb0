// SPDX-License-Identifier: GPL-2.0-only
/* Many sources: the limit, memory, the size of objects, bounded work and queries. */
#include "world.c"
#include "sources.h"

#define G1 0xef010101
#define PORTS 5
#define EACH 1000

static const u16 many_slots[PORTS] = { 2, 3, 63, 64, 128 };

static bool passes(struct world *w, u16 slot, u32 n)
{
	bool pass;

	world_gate(w, slot, G1, SRC(n), &pass);
	return pass;
}

static u32 count_passing(struct world *w, u16 slot, u32 first, u32 n)
{
	u32 i, sum = 0;

	for (i = 0; i < n; i++)
		sum += passes(w, slot, first + i);
	return sum;
}

/* TRAPS 32; issue 5: slab object sizes. A group has its route in it, the first of its
 * memberships, and the first host of that one.
 */
static void sizes(struct kunit *test)
{
	size_t member = kmem_cache_size(kinds[MGATE_OBJECT_MEMBER].cache);
	size_t group = kmem_cache_size(kinds[MGATE_OBJECT_GROUP].cache);
	size_t source = kmem_cache_size(kinds[MGATE_OBJECT_SOURCE].cache) +
			kmem_cache_size(kinds[MGATE_OBJECT_SOURCE_ROUTE].cache);

	kunit_info(test, "group with one member %zu, each more %zu, source and route %zu\n", group,
		   member, source);
	KUNIT_EXPECT_LE(test, group, 512);
	KUNIT_EXPECT_LE(test, member, 256);
	KUNIT_EXPECT_LE(test, source, 128);
}

static void learn_five_thousand(struct world *w)
{
	unsigned int i, n;

	/* As many as go into one report at an MTU of 1500. */
	for (i = 0; i < PORTS; i++)
		for (n = 0; n < EACH; n += 250)
			hear_range(w, many_slots[i], MGATE_RECORD_ALLOW, G1, i * EACH + n, 250);
}

/* RELIABILITY M3, M7; TRAPS 29; issue 5: five ports with a thousand sources each: each
 * port gets its own, all of them end, and no hold of the lock is long.
 */
static void five_thousand(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned int i;
	u64 start;

	world_set(w, MGATE_PARAM_MAX_SOURCES, 1024);
	we_ask(w, 3);
	start = w->now;
	learn_five_thousand(w);
	KUNIT_EXPECT_EQ(test, atomic_read(&w->sw.map.sources.nelems), PORTS * EACH);
	for (i = 0; i < PORTS; i++) {
		KUNIT_EXPECT_EQ(test, count_passing(w, many_slots[i], i * EACH, EACH), EACH);
		KUNIT_EXPECT_EQ(test, count_passing(w, many_slots[i], 0, PORTS * EACH), EACH);
	}
	world_until(w, start + WORLD_GMI - 1);
	KUNIT_EXPECT_EQ(test, count_passing(w, 64, 0, PORTS * EACH), EACH);
	world_until(w, start + WORLD_GMI);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&w->sw.map.sources.nelems), 0);
	KUNIT_EXPECT_LE(test, w->sw.most_records, 256);
	KUNIT_EXPECT_LE(test, w->sw.most_sources, 256 + 250);
	KUNIT_EXPECT_LE(test, w->sw.most_groups, 64);
}

/* The same for a thousand that end by mode: the group timer of EXCLUDE. */
static void a_thousand_blocked(struct kunit *test)
{
	struct world *w = test->priv;

	world_set(w, MGATE_PARAM_MAX_SOURCES, 1024);
	we_ask(w, 3);
	hear_range(w, 64, MGATE_RECORD_IS_EX, G1, 0, EACH);
	hear_range(w, 2, MGATE_RECORD_IS_EX, G1, EACH / 2, EACH);
	KUNIT_EXPECT_EQ(test, count_passing(w, 64, 0, 2 * EACH), EACH);
	KUNIT_EXPECT_EQ(test, count_passing(w, 2, 0, 2 * EACH), EACH);
	w->sw.most_sources = 0;
	world_pass(w, WORLD_GMI - 1);
	KUNIT_EXPECT_EQ(test, count_passing(w, 64, 0, 2 * EACH), EACH);
	world_pass(w, 1);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&w->sw.map.sources.nelems), 0);
	KUNIT_EXPECT_LE(test, w->sw.most_sources, 256);
}

/**
 * struct times - how often each source was asked about
 * @asked: how often
 * @last: when the last time
 * @clear: queries without the S flag, with it none is sent here
 * @most: most queries in a tenth of a second
 */
struct times {
	u8 asked[EACH];
	u64 last[EACH];
	unsigned int queries;
	unsigned int most;
	unsigned int early;
};

/* One run of the tick; counts what it asks, and who goes though not asked to the end. */
static void count_run(struct world *w, struct times *t)
{
	const struct mgate_query *q;
	unsigned int i, j;
	u32 n;

	for (i = 0; i < w->run.n; i++) {
		q = &w->run.ask[i].query;
		if (mgate_addr_is_zero(&q->grp))
			continue;
		t->queries++;
		for (j = 0; j < q->nsrcs; j++) {
			n = world_number(&q->srcs[j]) - SRC(0);
			t->asked[n]++;
			t->last[n] = w->now;
		}
	}
	for (n = 0; n < EACH; n += 37)
		if (!passes(w, 2, n) && (t->asked[n] < 2 || w->now < t->last[n] + 1000))
			t->early++;
}

/* In steps of a tenth of a second, the window of the bound on queries. */
static void ask_for(struct world *w, struct times *t, u32 tenths)
{
	unsigned int before;
	bool more;

	while (tenths--) {
		before = t->queries;
		do {
			more = world_run(w);
			count_run(w, t);
		} while (more);
		t->most = max(t->most, t->queries - before);
		w->now += 100;
	}
}

/* CONFORMANCE 76, RELIABILITY M3; DECISIONS 4: 64 to a query, ten queries in a tenth of
 * a second; who waits is not cut before it was asked to the end.
 */
static void questions_are_bounded(struct kunit *test)
{
	struct times *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	struct world *w = test->priv;
	u32 n;

	KUNIT_ASSERT_NOT_NULL(test, t);
	world_set(w, MGATE_PARAM_MAX_SOURCES, 1024);
	we_ask(w, 3);
	hear_range(w, 2, MGATE_RECORD_ALLOW, G1, 0, EACH);
	hear_range(w, 2, MGATE_RECORD_BLOCK, G1, 0, EACH);
	ask_for(w, t, 40);
	for (n = 0; n < EACH; n++)
		KUNIT_ASSERT_EQ_MSG(test, t->asked[n], 2, "source %u", n);
	KUNIT_EXPECT_EQ(test, t->queries, 2 * DIV_ROUND_UP(EACH, MGATE_QUERY_SOURCES));
	KUNIT_EXPECT_LE(test, t->most, 10);
	KUNIT_EXPECT_EQ(test, t->early, 0);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
}

/* CONFORMANCE 76: a hundred sources in two queries, at once and again. */
static void more_than_fit(struct kunit *test)
{
	struct times *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	struct world *w = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, t);
	world_set(w, MGATE_PARAM_MAX_SOURCES, 1024);
	we_ask(w, 3);
	hear_range(w, 2, MGATE_RECORD_ALLOW, G1, 0, 100);
	hear_range(w, 2, MGATE_RECORD_BLOCK, G1, 0, 100);
	world_run(w);
	KUNIT_EXPECT_EQ(test, w->run.n, 2);
	KUNIT_EXPECT_EQ(test, w->run.ask[0].query.nsrcs, 64);
	KUNIT_EXPECT_EQ(test, w->run.ask[1].query.nsrcs, 36);
	w->asks = 0;
	world_pass(w, 1999);
	KUNIT_EXPECT_EQ(test, w->asks, 2);
	KUNIT_EXPECT_EQ(test, count_passing(w, 2, 0, 100), 100);
	world_pass(w, 1);
	KUNIT_EXPECT_EQ(test, count_passing(w, 2, 0, 100), 0);
}

/* DECISIONS 4: the tick is late: each question gets its time all the same. */
static void late_questions(struct kunit *test)
{
	struct world *w = test->priv;

	we_ask(w, 3);
	hear_range(w, 2, MGATE_RECORD_ALLOW, G1, 0, 2);
	hear_range(w, 2, MGATE_RECORD_BLOCK, G1, 0, 1);
	w->now += 5000;
	KUNIT_EXPECT_EQ(test, asked_now(w, 2, G1).clear, 0x1);
	KUNIT_EXPECT_TRUE(test, passes(w, 2, 0));
	w->now += 5000;
	KUNIT_EXPECT_EQ(test, asked_now(w, 2, G1).clear, 0x1);
	world_pass(w, 999);
	KUNIT_EXPECT_TRUE(test, passes(w, 2, 0));
	world_pass(w, 1);
	KUNIT_EXPECT_FALSE(test, passes(w, 2, 0));
	KUNIT_EXPECT_TRUE(test, passes(w, 2, 1));
}

static const struct over {
	const char *name;
	u8 first;
	u8 then;
} over_rows[] = {
	{ "ALLOW", MGATE_RECORD_ALLOW, MGATE_RECORD_ALLOW },
	{ "IS_IN", MGATE_RECORD_ALLOW, MGATE_RECORD_IS_IN },
	{ "TO_IN", MGATE_RECORD_ALLOW, MGATE_RECORD_TO_IN },
	{ "IS_EX", MGATE_RECORD_ALLOW, MGATE_RECORD_IS_EX },
	{ "TO_EX", MGATE_RECORD_ALLOW, MGATE_RECORD_TO_EX },
	{ "EXCLUDE ALLOW", MGATE_RECORD_IS_EX, MGATE_RECORD_ALLOW },
	{ "EXCLUDE BLOCK", MGATE_RECORD_IS_EX, MGATE_RECORD_BLOCK },
	{ "EXCLUDE TO_EX", MGATE_RECORD_IS_EX, MGATE_RECORD_TO_EX },
	{ "EXCLUDE TO_IN", MGATE_RECORD_IS_EX, MGATE_RECORD_TO_IN },
};

static void over_name(const struct over *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(over, over_rows, over_name);

/* Issue 5 item 7, RELIABILITY M1: above max_sources that group at that port becomes
 * EXCLUDE {}, each refusal is counted, and the others keep theirs.
 */
static void too_many_sources(struct kunit *test)
{
	const struct over *row = test->param_value;
	struct world *w = test->priv;
	struct port_state st;
	bool out = row->first == MGATE_RECORD_IS_EX;

	world_set(w, MGATE_PARAM_MAX_SOURCES, 4);
	we_ask(w, 3);
	hear_set(w, 2, row->first, G1, 0xf);
	hear_set(w, 3, row->first, G1, 0xf);
	hear_set(w, 2, row->first, G1 + 1, 0xf);
	KUNIT_EXPECT_EQ(test, w->in.limit_sources, 0);
	world_pass(w, 1000);
	hear_set(w, 2, row->then, G1, 0x1f);
	KUNIT_EXPECT_EQ(test, w->in.limit_sources, 1);
	st = state_of(w, 2, G1);
	KUNIT_EXPECT_EQ(test, st.mode, MGATE_MODE_EXCLUDE);
	KUNIT_EXPECT_EQ(test, st.run | st.blocked, 0);
	KUNIT_EXPECT_EQ(test, st.until, w->now + WORLD_GMI);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL);
	KUNIT_EXPECT_EQ(test, asked_now(w, 2, G1).n, 0);
	KUNIT_EXPECT_EQ(test, forwards(w, 3, G1), out ? ALL & ~0xf : 0xf);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1 + 1), out ? ALL & ~0xf : 0xf);
	/* What fits is kept again, and the rest ends in time. */
	hear_set(w, 2, MGATE_RECORD_ALLOW, G1, 0x3);
	KUNIT_EXPECT_EQ(test, w->in.limit_sources, 0);
	world_pass(w, 100000);
	hear_set(w, 2, MGATE_RECORD_ALLOW, G1, 0x1);
	world_pass(w, WORLD_GMI - 100000);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0x1);
	world_pass(w, WORLD_GMI);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
}

/* RELIABILITY M1, DECISIONS 4: memory is short, by more and more bytes: who asked for
 * a source gets it, whatever became of the record.
 */
static void short_of_memory(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned long room;
	u32 grp = G1;

	we_ask(w, 3);
	for (room = 0; room < 4096; room += 48, grp++) {
		world_memory(64 << 20);
		hear_set(w, 2, MGATE_RECORD_ALLOW, grp, 0x3);
		world_memory(mgate_memory_used() + room);
		hear_set(w, 2, MGATE_RECORD_ALLOW, grp, 0xc);
		KUNIT_EXPECT_EQ(test, forwards(w, 2, grp) & 0xf, 0xf);
		hear_set(w, 2, MGATE_RECORD_TO_EX, grp, 0x30);
		KUNIT_EXPECT_EQ(test, forwards(w, 2, grp) | 0x30, ALL);
		hear_set(w, 64, MGATE_RECORD_ALLOW, grp, 0x1);
		KUNIT_EXPECT_TRUE(test, forwards(w, 64, grp) & 0x1);
		hear_set(w, 2, MGATE_RECORD_IS_EX, grp, 0);
		KUNIT_EXPECT_EQ(test, forwards(w, 2, grp), ALL);
	}
	world_memory(64 << 20);
	world_pass(w, 2 * WORLD_GMI);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
}

static struct kunit_case many_cases[] = {
	KUNIT_CASE(sizes),
	KUNIT_CASE(five_thousand),
	KUNIT_CASE(a_thousand_blocked),
	KUNIT_CASE(questions_are_bounded),
	KUNIT_CASE(more_than_fit),
	KUNIT_CASE(late_questions),
	KUNIT_CASE_PARAM(too_many_sources, over_gen_params),
	KUNIT_CASE(short_of_memory),
	{}
};

static struct kunit_suite many_suite = {
	.name = WORLD_NAME("mgate_many"),
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = world_init,
	.exit = world_exit,
	.test_cases = many_cases,
};

kunit_test_suite(many_suite);

MODULE_DESCRIPTION("mgate: tests of many sources");
MODULE_LICENSE("GPL");
