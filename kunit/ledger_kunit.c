// SPDX-License-Identifier: GPL-2.0-only
/* The ledger: groups, members and sources. */
#include <linux/module.h>

#include "ledger.h"

/* DECISIONS 8, CONFORMANCE 22, 108: VLAN and the whole address make a group. */
static void found_by_key(struct kunit *test)
{
	struct mgate_key keys[] = {
		key_of(0xef070707, 0), key_of(0xe1870707, 0), key_of(0xef070707, 10),
		key_of(0xef070707, 4094), key_of(0xef070708, 0),
	};
	struct mgate_group *g[ARRAY_SIZE(keys)];
	struct mgate_ledger *l = &((struct world *)test->priv)->ledger;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		KUNIT_EXPECT_NULL(test, mgate_ledger_find(l, &keys[i]));
		g[i] = mgate_ledger_add(l, &keys[i], 1);
		KUNIT_ASSERT_NOT_NULL(test, g[i]);
		KUNIT_EXPECT_EQ(test, l->ngroups, i + 1);
	}
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		KUNIT_EXPECT_PTR_EQ(test, mgate_ledger_find(l, &keys[i]), g[i]);
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		mgate_ledger_del(l, g[i]);
		KUNIT_EXPECT_NULL(test, mgate_ledger_find(l, &keys[i]));
	}
}

/* RELIABILITY S3, S8, B19: members come and go, the others stay. */
static void members_of_a_group(struct kunit *test)
{
	static const u16 slots[] = { 0, 1, 64, MGATE_SLOTS - 1 };
	struct mgate_group *g = add(test, 0xef010101);
	struct mgate_member *m[ARRAY_SIZE(slots)];
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(slots); i++) {
		KUNIT_EXPECT_NULL(test, mgate_ledger_member(g, slots[i]));
		m[i] = join_port(test, g, slots[i]);
		KUNIT_EXPECT_EQ(test, m[i]->mode, MGATE_MODE_INCLUDE);
		KUNIT_EXPECT_FALSE(test, mgate_ledger_wants(m[i]));
	}
	for (i = 0; i < ARRAY_SIZE(slots); i++) {
		for (j = 0; j < ARRAY_SIZE(slots); j++)
			KUNIT_EXPECT_PTR_EQ(test, mgate_ledger_member(g, slots[j]),
					    j < i ? NULL : m[j]);
		mgate_ledger_part(m[i]);
	}
	KUNIT_EXPECT_TRUE(test, list_empty(&g->members));
	drop(test->priv, g);
}

static const struct table_row {
	const char *name;
	u8 mode;
	bool permanent;
	bool listed;
	u64 source_until;
	bool source_permanent;
	bool wants;
	bool forwards;
} table_rows[] = {
	{ "INCLUDE, source timer runs", MGATE_MODE_INCLUDE, false, true, 101, false, false, true },
	{ "INCLUDE, source timer over", MGATE_MODE_INCLUDE, false, true, 0, false, false, false },
	{ "INCLUDE, no record of it", MGATE_MODE_INCLUDE, false, false, 0, false, false, false },
	{ "EXCLUDE, source timer runs", MGATE_MODE_EXCLUDE, false, true, 101, false, true, true },
	{ "EXCLUDE, source timer over", MGATE_MODE_EXCLUDE, false, true, 0, false, true, false },
	{ "EXCLUDE, no record of it", MGATE_MODE_EXCLUDE, false, false, 0, false, true, true },
	{ "set for all sources", MGATE_MODE_INCLUDE, true, false, 0, false, true, true },
	{ "set for all, learned as blocked", MGATE_MODE_EXCLUDE, true, true, 0, false, true, true },
	{ "set for this source", MGATE_MODE_INCLUDE, false, false, 0, true, false, true },
	{ "set for this source, learned as blocked", MGATE_MODE_EXCLUDE, false, true, 0, true,
	  true, true },
};

static void table_name(const struct table_row *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(table, table_rows, table_name);

static bool on_map(struct world *w, struct mgate_member *m, const struct mgate_addr *src)
{
	DECLARE_BITMAP(bits, MGATE_SLOTS);

	rcu_read_lock();
	mgate_map_read_rcu(&w->map, &m->group->route, src, bits, MGATE_WORDS);
	rcu_read_unlock();
	return test_bit(m->slot, bits);
}

/* CONFORMANCE 55, 56, 57: RFC 9776 6.3, row by row, whatever came first. */
static void forwarding_table(struct kunit *test)
{
	const struct table_row *row = test->param_value;
	struct mgate_addr src = ip4(198, 51, 100, 1), other = ip4(198, 51, 100, 2);
	struct mgate_group *g = add(test, 0xef010101);
	struct mgate_member *m = join_port(test, g, 3);
	struct world *w = test->priv;
	unsigned int order;

	for (order = 0; order < 2; order++) {
		if (order) {
			part(w, m);
			m = join_port(test, g, 3);
		}
		m->mode = order ? row->mode : MGATE_MODE_INCLUDE;
		m->permanent = order && row->permanent;
		mgate_source_draw(m);
		if (row->listed)
			KUNIT_ASSERT_NOT_NULL(test, mgate_source_learn(&w->map, m, &src,
								       row->source_until));
		if (row->source_permanent)
			KUNIT_ASSERT_NOT_NULL(test, mgate_source_keep(&w->map, m, &src));
		m->mode = row->mode;
		m->permanent = row->permanent;
		mgate_source_draw(m);
		KUNIT_EXPECT_EQ(test, mgate_ledger_wants(m), row->wants);
		KUNIT_EXPECT_EQ(test, on_map(w, m, &src), row->forwards);
		KUNIT_EXPECT_EQ(test, on_map(w, m, &other), row->wants);
	}
	drop(w, g);
}

/* RELIABILITY S4: sources of one member are its own, and go with it. */
static void sources_of_a_member(struct kunit *test)
{
	struct mgate_group *g = add(test, 0xef010101);
	struct mgate_member *a = join_port(test, g, 1), *b = join_port(test, g, 2);
	struct mgate_addr s1 = ip4(198, 51, 100, 1), s2 = ip4(198, 51, 100, 2);
	struct world *w = test->priv;
	struct mgate_source *s = mgate_source_learn(&w->map, a, &s1, 5);

	KUNIT_ASSERT_NOT_NULL(test, s);
	KUNIT_ASSERT_NOT_NULL(test, mgate_source_learn(&w->map, a, &s2, 0));
	KUNIT_EXPECT_PTR_EQ(test, mgate_source_find(a, &s1), s);
	KUNIT_EXPECT_NULL(test, mgate_source_find(b, &s1));
	KUNIT_EXPECT_EQ(test, a->nsources, 2);
	mgate_source_unlearn(&w->map, a, s);
	KUNIT_EXPECT_NULL(test, mgate_source_find(a, &s1));
	KUNIT_EXPECT_NOT_NULL(test, mgate_source_find(a, &s2));
	KUNIT_EXPECT_EQ(test, a->nsources, 1);
	/* What the administrator set stays when hosts have nothing to say of it. */
	s = mgate_source_keep(&w->map, a, &s2);
	KUNIT_ASSERT_NOT_NULL(test, s);
	mgate_source_unlearn(&w->map, a, s);
	KUNIT_EXPECT_PTR_EQ(test, mgate_source_find(a, &s2), s);
	KUNIT_EXPECT_TRUE(test, on_map(w, a, &s2));
	mgate_source_unkeep(&w->map, a, s);
	KUNIT_EXPECT_NULL(test, mgate_source_find(a, &s2));
	drop(w, g);
}

/* CONFORMANCE 72, TRAPS 30: the earliest of all timers that run. */
static void deadline_is_the_earliest(struct kunit *test)
{
	struct mgate_group *g = add(test, 0xef010101);
	struct mgate_member *a = join_port(test, g, 1), *b = join_port(test, g, 2);
	struct mgate_addr src = ip4(198, 51, 100, 1);
	struct world *w = test->priv;
	struct mgate_source *s = mgate_source_learn(&w->map, b, &src, 0);

	KUNIT_ASSERT_NOT_NULL(test, s);
	/* What is blocked goes at once when the mode is INCLUDE. */
	KUNIT_EXPECT_EQ(test, mgate_ledger_deadline(g), 0);
	b->mode = MGATE_MODE_EXCLUDE;
	KUNIT_EXPECT_EQ(test, mgate_ledger_deadline(g), MGATE_NEVER);
	a->mode = MGATE_MODE_EXCLUDE;
	a->learned = true;
	a->until = 900;
	KUNIT_EXPECT_EQ(test, mgate_ledger_deadline(g), 900);
	s->until = 800;
	KUNIT_EXPECT_EQ(test, mgate_ledger_deadline(g), 800);
	a->ask_at = 700;
	s->ask_at = 600;
	KUNIT_EXPECT_EQ(test, mgate_ledger_deadline(g), 800);
	a->asks = 1;
	KUNIT_EXPECT_EQ(test, mgate_ledger_deadline(g), 700);
	s->asks = 1;
	KUNIT_EXPECT_EQ(test, mgate_ledger_deadline(g), 600);
	/* No group timer runs in INCLUDE mode. */
	a->asks = 0;
	s->asks = 0;
	a->mode = MGATE_MODE_INCLUDE;
	s->until = 0;
	KUNIT_EXPECT_EQ(test, mgate_ledger_deadline(g), MGATE_NEVER);
	drop(w, g);
}

/* CONFORMANCE 83, RELIABILITY S2: the oldest host heard of late. */
static void compatibility_mode(struct kunit *test)
{
	struct mgate_member m = { .v1_until = 100, .v2_until = 200 };

	KUNIT_EXPECT_EQ(test, mgate_ledger_version(&m, 99), 1);
	KUNIT_EXPECT_EQ(test, mgate_ledger_version(&m, 100), 2);
	KUNIT_EXPECT_EQ(test, mgate_ledger_version(&m, 199), 2);
	KUNIT_EXPECT_EQ(test, mgate_ledger_version(&m, 200), 3);
	m.v2_until = 0;
	KUNIT_EXPECT_EQ(test, mgate_ledger_version(&m, 50), 1);
}

/* RELIABILITY B3, D1: one membership has its place in the group; who comes to it later
 * finds nothing of who was there before.
 */
static void place_in_the_group(struct kunit *test)
{
	struct mgate_group *g = add(test, 0xef010101);
	struct mgate_member *first = join_port(test, g, 1), *second, *m;
	unsigned long used = mgate_memory_used();
	struct mgate_member blank = { };

	KUNIT_EXPECT_PTR_EQ(test, first, &g->first);
	second = join_port(test, g, 2);
	KUNIT_EXPECT_PTR_NE(test, second, &g->first);
	KUNIT_EXPECT_GT(test, mgate_memory_used(), used);
	first->until = 1000;
	first->permanent = true;
	first->said = true;
	part(test->priv, first);
	m = join_port(test, g, 3);
	KUNIT_EXPECT_PTR_EQ(test, m, &g->first);
	KUNIT_EXPECT_PTR_EQ(test, mgate_ledger_member(g, 2), second);
	KUNIT_EXPECT_PTR_EQ(test, mgate_ledger_member(g, 3), m);
	KUNIT_EXPECT_NULL(test, mgate_ledger_member(g, 1));
	KUNIT_EXPECT_EQ(test, m->slot, 3);
	blank = *m;
	memset(&blank.node, 0, sizeof(blank.node));
	memset(&blank.port_node, 0, sizeof(blank.port_node));
	blank.group = NULL;
	blank.slot = 0;
	KUNIT_EXPECT_NULL(test, memchr_inv(&blank, 0, sizeof(blank)));
	part(test->priv, second);
	KUNIT_EXPECT_EQ(test, mgate_memory_used(), used);
	drop(test->priv, g);
}

/* RELIABILITY M1, M7: ten thousand groups, found, deleted, nothing left. */
static void many_groups(struct kunit *test)
{
	struct mgate_ledger *l = &((struct world *)test->priv)->ledger;
	struct mgate_group *g;
	struct mgate_key key;
	u32 i;

	for (i = 0; i < 10000; i++)
		add(test, 0xef000000 + i * 7919);
	KUNIT_EXPECT_EQ(test, l->ngroups, 10000);
	for (i = 0; i < 10000; i++) {
		key = key_of(0xef000000 + (i * 3 % 10000) * 7919, 0);
		g = mgate_ledger_find(l, &key);
		KUNIT_ASSERT_NOT_NULL(test, g);
		drop(test->priv, g);
	}
}

static struct kunit_case ledger_cases[] = {
	KUNIT_CASE(found_by_key),
	KUNIT_CASE(members_of_a_group),
	KUNIT_CASE_PARAM(forwarding_table, table_gen_params),
	KUNIT_CASE(sources_of_a_member),
	KUNIT_CASE(deadline_is_the_earliest),
	KUNIT_CASE(compatibility_mode),
	KUNIT_CASE(place_in_the_group),
	KUNIT_CASE(many_groups),
	{}
};

static struct kunit_suite ledger_suite = {
	.name = "mgate_ledger",
	.suite_init = ledger_suite_init,
	.suite_exit = ledger_suite_exit,
	.init = ledger_init,
	.exit = ledger_exit,
	.test_cases = ledger_cases,
};

kunit_test_suite(ledger_suite);

MODULE_DESCRIPTION("mgate: tests of the ledger");
MODULE_LICENSE("GPL");
