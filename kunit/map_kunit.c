// SPDX-License-Identifier: GPL-2.0-only
/* The map beside a slow and simple evaluator of RFC 9776 6.3. */
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "../module/addr.c"
#include "../module/memory.c"
#include "../module/due.c"
#include "../module/ledger.c"
#include "../module/map.c"
#include "../module/source.c"
#include "../module/saying.c"
#include "common.h"

#define SOURCES 5

static const u16 slots[] = { 0, 1, 62, 63, 64, 65, 127, 128, MGATE_SLOTS - 1 };

#define SLOTS ARRAY_SIZE(slots)

/* What one port asked for, written down plainly. */
struct model {
	bool member;
	bool exclude;
	bool all;			/* by the administrator */
	bool listed[SOURCES];
	bool kept[SOURCES];		/* by the administrator */
	bool runs[SOURCES];
};

struct world {
	struct mgate_ledger ledger;
	struct mgate_map map;
	struct mgate_group *group;
	struct model model[SLOTS];
};

static int map_suite_init(struct kunit_suite *suite)
{
	return mgate_memory_init(16);
}

static void map_suite_exit(struct kunit_suite *suite)
{
	mgate_memory_exit();
}

static struct mgate_addr source(unsigned int i)
{
	return ip4(198, 51, 100, (u8)(i + 1));
}

static int map_init(struct kunit *test)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	struct mgate_addr g = ip4(239, 1, 1, 1);
	struct mgate_key key = mgate_addr_key(MGATE_AF_INET, 7, &g);

	if (!w || mgate_map_setup(&w->map))
		return -ENOMEM;
	w->ledger.map = &w->map;
	bound = 16 << 20;
	w->group = mgate_ledger_add(&w->ledger, &key, 1);
	test->priv = w;
	return w->group ? 0 : -ENOMEM;
}

static void part(struct world *w, struct mgate_member *m)
{
	struct mgate_source *s, *next;

	m->mode = MGATE_MODE_INCLUDE;
	m->permanent = false;
	mgate_source_unlearn_all(&w->map, m);
	mgate_ledger_for_each_source_safe(s, next, m)
		mgate_source_unkeep(&w->map, m, s);
	mgate_source_draw(m);
	mgate_ledger_part(m);
}

static void map_exit(struct kunit *test)
{
	struct world *w = test->priv;
	struct mgate_member *m, *next;

	list_for_each_entry_safe(m, next, &w->group->members, node)
		part(w, m);
	mgate_ledger_del(&w->ledger, w->group);
	KUNIT_EXPECT_EQ(test, atomic_read(&w->map.groups.nelems), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&w->map.sources.nelems), 0);
	mgate_map_clear(&w->map);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, mgate_memory_used(), 0);
}

/* RFC 9776 6.3: INCLUDE passes what runs, EXCLUDE all but what is stopped. */
static bool naive(const struct model *p, unsigned int src)
{
	if (!p->member)
		return false;
	if (p->all || (src < SOURCES && p->kept[src]))
		return true;
	return src < SOURCES && p->listed[src] ? p->runs[src] : p->exclude;
}

static void copied(struct world *w, unsigned int src, unsigned long *bits)
{
	const struct mgate_route *route;
	struct mgate_key key = w->group->route.key;

	key.src = source(src);
	rcu_read_lock();
	route = mgate_map_find_rcu(&w->map, &key);
	bitmap_zero(bits, MGATE_SLOTS);
	if (route)
		mgate_map_read_rcu(&w->map, route, &key.src, bits, MGATE_WORDS);
	rcu_read_unlock();
}

static bool mapped(struct world *w, unsigned int src, u16 slot)
{
	DECLARE_BITMAP(bits, MGATE_SLOTS);

	copied(w, src, bits);
	return test_bit(slot, bits);
}

/* One source that no port knows is asked for too. */
static void expect_equal(struct kunit *test, struct world *w)
{
	DECLARE_BITMAP(bits, MGATE_SLOTS);
	unsigned int src, i, weight;

	for (src = 0; src <= SOURCES; src++) {
		weight = 0;
		copied(w, src, bits);
		for (i = 0; i < SLOTS; i++) {
			bool want = naive(&w->model[i], src);

			weight += want;
			KUNIT_EXPECT_EQ_MSG(test, mapped(w, src, slots[i]), want,
					    "source %u, slot %u", src, slots[i]);
			KUNIT_EXPECT_EQ(test, test_bit(slots[i], bits), want);
		}
		KUNIT_EXPECT_EQ(test, bitmap_weight(bits, MGATE_SLOTS), weight);
	}
	/* The last one goes by the route itself. */
	KUNIT_EXPECT_EQ(test, mgate_map_sole(&w->group->route.ways),
			weight == 1 ? find_first_bit(bits, MGATE_SLOTS) : MGATE_SLOT_NONE);
}

static struct mgate_member *get_port(struct kunit *test, struct world *w, unsigned int i)
{
	struct mgate_member *m = mgate_ledger_member(w->group, slots[i]);

	if (m)
		return m;
	KUNIT_ASSERT_TRUE(test, mgate_map_reserve(&w->group->route, slots[i]));
	m = mgate_ledger_join(w->group, slots[i]);
	KUNIT_ASSERT_NOT_NULL(test, m);
	w->model[i].member = true;
	return m;
}

static void change_source(struct kunit *test, struct world *w, struct mgate_member *m,
			  struct model *p, u32 *state)
{
	unsigned int n = random_below(state, SOURCES);
	u64 until = random_below(state, 3) ? 1 + random_below(state, 100) : 0;
	struct mgate_addr addr = source(n);
	struct mgate_source *s = mgate_source_find(m, &addr);

	KUNIT_ASSERT_EQ(test, !!s, p->listed[n] || p->kept[n]);
	if (!random_below(state, 4)) {
		if (p->kept[n])
			mgate_source_unkeep(&w->map, m, s);
		else
			KUNIT_ASSERT_NOT_NULL(test, mgate_source_keep(&w->map, m, &addr));
		p->kept[n] = !p->kept[n];
	} else if (!p->listed[n]) {
		KUNIT_ASSERT_NOT_NULL(test, mgate_source_learn(&w->map, m, &addr, until));
		p->listed[n] = true;
		p->runs[n] = until;
	} else if (random_below(state, 2)) {
		mgate_source_run(m, s, until);
		p->runs[n] = until;
	} else {
		mgate_source_unlearn(&w->map, m, s);
		p->listed[n] = false;
	}
}

static void change(struct kunit *test, struct world *w, u32 *state)
{
	unsigned int i = random_below(state, SLOTS);
	struct mgate_member *m = get_port(test, w, i);
	struct model *p = &w->model[i];

	switch (random_below(state, 8)) {
	case 0:
		part(w, m);
		memset(p, 0, sizeof(*p));
		break;
	case 1:
		p->all = !p->all && !random_below(state, 3);
		m->permanent = p->all;
		mgate_source_draw(m);
		break;
	case 2:
	case 3:
		p->exclude = random_below(state, 2);
		m->mode = p->exclude ? MGATE_MODE_EXCLUDE : MGATE_MODE_INCLUDE;
		mgate_source_draw(m);
		break;
	default:
		change_source(test, w, m, p, state);
	}
}

static const u32 seeds[] = { 0x6d617021, 0x00000001, 0xdeadbeef };

static void seed_name(const u32 *seed, char *desc)
{
	scnprintf(desc, KUNIT_PARAM_DESC_SIZE, "seed %08x", *seed);
}

KUNIT_ARRAY_PARAM(seed, seeds, seed_name);

/* CONFORMANCE 24, 56, 57; RELIABILITY S10: any ports, sources and times. */
static void random_against_the_rfc(struct kunit *test)
{
	u32 state = *(const u32 *)test->param_value, i;
	struct world *w = test->priv;

	/* The route was made for this port. */
	get_port(test, w, 1);
	mgate_map_set(&w->group->route, &w->group->route.ways, 1, false);
	for (i = 0; i < 6000; i++) {
		change(test, w, &state);
		expect_equal(test, w);
	}
}

/* CONFORMANCE 17, 22, 108: only the group itself, only in its VLAN. */
static void no_other_key_matches(struct kunit *test)
{
	struct world *w = test->priv;
	struct mgate_key key = w->group->route.key;

	key.src = source(0);
	rcu_read_lock();
	KUNIT_EXPECT_PTR_EQ(test, mgate_map_find_rcu(&w->map, &key), &w->group->route);
	key.vid = 8;
	KUNIT_EXPECT_NULL(test, mgate_map_find_rcu(&w->map, &key));
	key.vid = 7;
	key.grp = ip4(225, 129, 1, 1);
	KUNIT_EXPECT_NULL(test, mgate_map_find_rcu(&w->map, &key));
	rcu_read_unlock();
}

/* CONFORMANCE 56: a source's route goes with the last record of the source. */
static void source_routes_come_and_go(struct kunit *test)
{
	struct world *w = test->priv;
	struct mgate_addr addr = source(0);
	struct mgate_member *a = get_port(test, w, 1), *b = get_port(test, w, 4);
	struct mgate_source *s, *t;

	mgate_source_draw(a);
	s = mgate_source_learn(&w->map, a, &addr, 1);
	t = mgate_source_learn(&w->map, b, &addr, 0);
	KUNIT_ASSERT_TRUE(test, s && t);
	KUNIT_EXPECT_EQ(test, atomic_read(&w->map.sources.nelems), 1);
	KUNIT_EXPECT_EQ(test, w->group->route.nsources, 1);
	KUNIT_EXPECT_TRUE(test, mapped(w, 0, slots[1]));
	KUNIT_EXPECT_FALSE(test, mapped(w, 0, slots[4]));
	mgate_source_unlearn(&w->map, a, s);
	KUNIT_EXPECT_EQ(test, atomic_read(&w->map.sources.nelems), 1);
	KUNIT_EXPECT_FALSE(test, mapped(w, 0, slots[1]));
	mgate_source_unlearn(&w->map, b, t);
	KUNIT_EXPECT_EQ(test, atomic_read(&w->map.sources.nelems), 0);
	KUNIT_EXPECT_EQ(test, w->group->route.nsources, 0);
}

/* DECISIONS 4: no reader finds a group that leads nowhere: until then it was an
 * unknown one, which may have been flooded.
 */
static void new_route_leads_to_its_member(struct kunit *test)
{
	struct world *w = test->priv;

	KUNIT_EXPECT_TRUE(test, mapped(w, 0, 1));
	KUNIT_EXPECT_FALSE(test, mapped(w, 0, 2));
}

/* RELIABILITY K1: without memory for the far slots of a source's route there is
 * neither record nor route; and a port far away finds room in all routes, or none.
 */
static void without_memory_nothing_is_half_done(struct kunit *test)
{
	struct world *w = test->priv;
	struct mgate_addr addr = source(0);
	struct mgate_member *m = get_port(test, w, 1);

	KUNIT_ASSERT_NOT_NULL(test, mgate_source_learn(&w->map, m, &addr, 1));
	bound = mgate_memory_used() + sizeof(struct mgate_ports);
	KUNIT_EXPECT_FALSE(test, mgate_map_reserve(&w->group->route, 100));
	bound += sizeof(struct mgate_ports);
	KUNIT_EXPECT_TRUE(test, mgate_map_reserve(&w->group->route, 100));
	addr = source(1);
	bound = mgate_memory_used() + sizeof(struct mgate_source) +
		sizeof(struct mgate_source_route);
	KUNIT_EXPECT_NULL(test, mgate_source_learn(&w->map, m, &addr, 1));
	KUNIT_EXPECT_NULL(test, mgate_source_find(m, &addr));
	KUNIT_EXPECT_EQ(test, w->group->route.nsources, 1);
	rcu_barrier();
	bound += sizeof(struct mgate_ports);
	KUNIT_EXPECT_NOT_NULL(test, mgate_source_learn(&w->map, m, &addr, 1));
	KUNIT_EXPECT_TRUE(test, mapped(w, 1, slots[1]));
	bound = 16 << 20;
}

struct reader {
	struct world *w;
	unsigned long looks;
	unsigned long misses;
};

static int read_on(void *data)
{
	struct reader *r = data;

	while (!kthread_should_stop()) {
		r->misses += !mapped(r->w, 0, slots[1]);
		WRITE_ONCE(r->looks, r->looks + 1);
		cond_resched();
	}
	return 0;
}

/* HOUSE 3.3, RELIABILITY R4: a route that readers can find is filled in: whether
 * the source has one or not, the port gets it at every moment.
 */
static void readers_never_miss(struct kunit *test)
{
	struct world *w = test->priv;
	struct mgate_member *a = get_port(test, w, 1);
	struct mgate_addr addr = source(1);
	struct reader r = { .w = w };
	struct task_struct *task;
	struct mgate_source *s;
	unsigned int i;

	a->mode = MGATE_MODE_EXCLUDE;
	mgate_source_draw(a);
	KUNIT_ASSERT_NOT_NULL(test, mgate_source_learn(&w->map, a, &addr, 0));
	addr = source(0);
	task = kthread_run(read_on, &r, "mgate_map_kunit");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	for (i = 0; i < 10000 || (READ_ONCE(r.looks) < 20000 && i < 1000000); i++) {
		s = mgate_source_learn(&w->map, a, &addr, 1000);
		if (!s)
			break;
		/* EXCLUDE to INCLUDE and back: what runs goes on. */
		a->mode = MGATE_MODE_INCLUDE;
		mgate_source_draw(a);
		a->mode = MGATE_MODE_EXCLUDE;
		mgate_source_draw(a);
		mgate_source_unlearn(&w->map, a, s);
		cond_resched();
	}
	kthread_stop(task);
	KUNIT_EXPECT_GE(test, i, 10000);
	KUNIT_EXPECT_EQ(test, r.misses, 0);
}

/* HOUSE 3.11: few words, or all of them; a reader asks for as many as it needs. */
static void copies_as_many_words(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned long bits[MGATE_WORDS + 1];
	struct mgate_member *m;
	unsigned int i, n;

	for (i = 0; i < SLOTS; i++) {
		m = get_port(test, w, i);
		m->permanent = true;
		mgate_source_draw(m);
	}
	for (n = 1; n <= MGATE_WORDS; n++) {
		memset(bits, 0xaa, sizeof(bits));
		mgate_map_copy(&w->group->route.ways, bits, n);
		for (i = 0; i < SLOTS; i++)
			if (slots[i] < n * BITS_PER_LONG)
				KUNIT_EXPECT_TRUE(test, test_bit(slots[i], bits));
		KUNIT_EXPECT_EQ(test, bits[n], 0xaaaaaaaaaaaaaaaaul);
	}
}

static struct kunit_case map_cases[] = {
	KUNIT_CASE_PARAM(random_against_the_rfc, seed_gen_params),
	KUNIT_CASE(no_other_key_matches),
	KUNIT_CASE(source_routes_come_and_go),
	KUNIT_CASE(new_route_leads_to_its_member),
	KUNIT_CASE(without_memory_nothing_is_half_done),
	KUNIT_CASE(readers_never_miss),
	KUNIT_CASE(copies_as_many_words),
	{}
};

static struct kunit_suite map_suite = {
	.name = "mgate_map",
	.suite_init = map_suite_init,
	.suite_exit = map_suite_exit,
	.init = map_init,
	.exit = map_exit,
	.test_cases = map_cases,
};

kunit_test_suite(map_suite);

MODULE_DESCRIPTION("mgate: tests of the map");
MODULE_LICENSE("GPL");
