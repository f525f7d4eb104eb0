// SPDX-License-Identifier: GPL-2.0-only
/*
 * The switch under a random life, beside a model of a few arrays: who is a
 * member until when. After every step both say the same, and all that the
 * switch counts equals a recount.
 */
#include "world.h"

#define GROUPS 8
#define GROUP(n) (0xef010100 + (n))
#define STEPS 10000

struct model {
	u64 until[GROUPS][WORLD_PORTS];		/* 0: no member */
	u64 v1_until[GROUPS][WORLD_PORTS];
	bool set[GROUPS][WORLD_PORTS];		/* by the administrator */
	bool fast[WORLD_PORTS];
	bool up[WORLD_PORTS];
	bool we_query;
	u64 ticked;
};

/* What the switch says of one port in one group. */
struct cell {
	bool there;
	bool learned;
	bool set;
	bool on_map;
	u64 until;
	u64 due;
};

struct run {
	struct world *w;
	struct model m;
	struct cell cells[GROUPS][WORLD_PORTS];
	u32 state;
};

static u32 pick(struct run *r, u32 n)
{
	return random_below(&r->state, n);
}

/* Slot 1 is the router; it has members like all others. */
static void model_join(struct model *m, unsigned int g, unsigned int p, u8 version, u64 now)
{
	m->until[g][p] = now + 270000;
	if (version == 1)
		m->v1_until[g][p] = now + 260000;
}

static void model_forget(struct model *m, unsigned int g, unsigned int p)
{
	m->until[g][p] = 0;
	m->v1_until[g][p] = 0;
}

static void model_leave(struct model *m, unsigned int g, unsigned int p, u64 now)
{
	if (m->until[g][p] <= now || m->v1_until[g][p] > now)
		return;
	if (m->fast[p])
		model_forget(m, g, p);
	else if (m->we_query)
		m->until[g][p] = min(m->until[g][p], now + 2000);
}

static void model_tick(struct model *m, u64 now)
{
	unsigned int g, p;

	m->ticked = now;
	for (g = 0; g < GROUPS; g++)
		for (p = 0; p < WORLD_PORTS; p++)
			if (m->until[g][p] && m->until[g][p] <= now)
				model_forget(m, g, p);
}

/* Often the same group at the same port, so that one thing meets another. */
static void hosts_speak(struct run *r)
{
	unsigned int g = pick(r, 3) ? 0 : pick(r, GROUPS);
	unsigned int p = pick(r, 2) ? 2 : pick(r, WORLD_PORTS);
	u16 slot = world_slots[p];
	struct world *w = r->w;
	u8 version = pick(r, 20) ? (u8)(2 + pick(r, 2)) : 1;

	if (pick(r, 3)) {
		world_record(w, slot, version, pick(r, 2) ? MGATE_RECORD_IS_EX :
			     MGATE_RECORD_TO_EX, GROUP(g), 0);
		if (r->m.up[p])
			model_join(&r->m, g, p, version, w->now);
		return;
	}
	version = (u8)(2 + pick(r, 2));
	world_leave(w, slot, version, GROUP(g));
	if (r->m.up[p])
		model_leave(&r->m, g, p, w->now);
}

static void routers_speak(struct run *r)
{
	struct mgate_msg msg = world_query_msg(WORLD_ROUTER, 0);
	unsigned int g = pick(r, GROUPS), p;
	struct world *w = r->w;
	u64 until = w->now + 2000;

	if (r->m.we_query || !r->m.up[1])
		return;
	world_hear(w, 1, &msg);
	msg = world_query_msg(WORLD_ROUTER, GROUP(g));
	world_hear(w, 1, &msg);
	for (p = 0; p < WORLD_PORTS; p++)
		if (world_slots[p] != 1)
			r->m.until[g][p] = min(r->m.until[g][p], until);
}

static void port_changes(struct run *r)
{
	unsigned int p = pick(r, WORLD_PORTS), g;
	struct world *w = r->w;
	u16 slot = world_slots[p];

	/* The router's port stays, so that the model needs no second querier. */
	if (slot == 1)
		return;
	if (!r->m.up[p]) {
		mgate_swport_add(&w->sw, &w->ports[p], slot);
		r->m.up[p] = true;
		return;
	}
	for (g = 0; g < GROUPS; g++)
		model_forget(&r->m, g, p);
	if (pick(r, 3)) {
		mgate_swport_stop(&w->sw, slot, w->now);
		mgate_swport_start(&w->sw, slot, w->now);
		return;
	}
	mgate_swport_del(&w->sw, slot, w->now);
	r->m.up[p] = false;
	for (g = 0; g < GROUPS; g++)
		r->m.set[g][p] = false;
}

static void administrator(struct run *r)
{
	unsigned int p = pick(r, WORLD_PORTS), g = pick(r, GROUPS);
	struct mgate_key key = world_key(GROUP(g));
	struct world *w = r->w;
	u16 slot = world_slots[p];

	if (pick(r, 3)) {
		if (r->m.set[g][p])
			mgate_permanent_del(&w->sw, &key, slot, w->now);
		else
			mgate_permanent_add(&w->sw, &key, slot, w->now);
		r->m.set[g][p] = r->m.up[p] && !r->m.set[g][p];
		return;
	}
	r->m.fast[p] = r->m.up[p] ? pick(r, 2) : r->m.fast[p];
	mgate_swport_set(&w->sw, slot, MGATE_PORT_FAST_LEAVE, r->m.fast[p], w->now);
}

static void time_goes_on(struct run *r)
{
	static const u32 most[] = { 100, 600, 3000, 90000 };
	struct world *w = r->w;
	u64 end = w->now + pick(r, most[pick(r, ARRAY_SIZE(most))]);

	/* One time in three the tick is late. */
	if (pick(r, 3)) {
		world_until(w, end);
		model_tick(&r->m, end);
	}
	w->now = end;
}

static void step(struct run *r)
{
	switch (pick(r, 40)) {
	case 0 ... 21:
		hosts_speak(r);
		break;
	case 22 ... 25:
		routers_speak(r);
		break;
	case 26:
		port_changes(r);
		break;
	case 27 ... 28:
		administrator(r);
		break;
	default:
		time_goes_on(r);
	}
}

/* All that the switch holds, taken at one moment. */
static void take_snapshot(struct run *r)
{
	const struct mgate_member *m;
	struct mgate_key key;
	unsigned int g, p;
	struct cell *c;

	memset(r->cells, 0, sizeof(r->cells));
	spin_lock_bh(&r->w->sw.lock);
	for (g = 0; g < GROUPS; g++) {
		key = world_key(GROUP(g));
		for (p = 0; p < WORLD_PORTS; p++) {
			c = &r->cells[g][p];
			m = mgate_membership_find_locked(&r->w->sw, &key, world_slots[p]);
			if (!m)
				continue;
			c->there = true;
			c->learned = m->learned;
			c->set = m->permanent;
			c->on_map = mgate_map_test(&m->group->route.ways, m->slot);
			c->until = m->until;
			c->due = m->group->due.queued ? m->group->due.node.expires : MGATE_NEVER;
		}
	}
	spin_unlock_bh(&r->w->sw.lock);
}

/* TRAPS 30: there until its time; gone after the first tick behind it. */
static void compare_member(struct kunit *test, struct run *r, unsigned int g, unsigned int p)
{
	const struct cell *c = &r->cells[g][p];
	u64 until = r->m.until[g][p];

	/* Who is to be asked stays until each question had its time, however late. */
	if (r->m.we_query && c->learned && c->until > until && c->until <= r->w->now + 2000) {
		r->m.until[g][p] = c->until;
		until = c->until;
	}
	KUNIT_EXPECT_EQ(test, c->set, r->m.set[g][p]);
	KUNIT_EXPECT_EQ(test, c->there, c->on_map);
	if (until > r->w->now)
		KUNIT_EXPECT_TRUE_MSG(test, c->learned, "early: group %u, slot %u", g,
				      world_slots[p]);
	else if (until <= r->m.ticked)
		KUNIT_EXPECT_FALSE_MSG(test, c->learned, "late: group %u, slot %u", g,
				       world_slots[p]);
	else if (!c->learned)
		model_forget(&r->m, g, p);
	if (!c->learned)
		return;
	KUNIT_EXPECT_EQ(test, c->until, until);
	KUNIT_EXPECT_LE(test, c->due, c->until);
}

/* RELIABILITY M4, B16: each count equals a recount. */
static void recount(struct kunit *test, struct run *r)
{
	unsigned int g, p, ngroups = 0, learned[WORLD_PORTS] = {};
	struct world *w = r->w;
	bool any;

	take_snapshot(r);
	for (g = 0; g < GROUPS; g++) {
		any = false;
		for (p = 0; p < WORLD_PORTS; p++) {
			compare_member(test, r, g, p);
			any |= r->cells[g][p].there;
			learned[p] += r->cells[g][p].learned;
		}
		ngroups += any;
	}
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, ngroups);
	KUNIT_EXPECT_EQ(test, atomic_read(&w->sw.map.groups.nelems), ngroups);
	for (p = 0; p < WORLD_PORTS; p++)
		KUNIT_EXPECT_EQ(test, w->ports[p].ngroups, learned[p]);
}

static const struct life {
	const char *name;
	u32 seed;
	bool we_query;
} lives[] = {
	{ "another queries, seed 6d67617a", 0x6d67617a, false },
	{ "another queries, seed 00c0ffee", 0x00c0ffee, false },
	{ "we query, seed 12345678", 0x12345678, true },
	{ "we query, seed 0badcafe", 0x0badcafe, true },
};

static void life_name(const struct life *life, char *desc)
{
	strscpy(desc, life->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(life, lives, life_name);

/* RELIABILITY S10, M4, M7, T3, R1; TRAPS 29, 30. */
static void random_life(struct kunit *test)
{
	struct run *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	const struct life *life = test->param_value;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, r);
	r->w = test->priv;
	r->state = life->seed;
	r->m.we_query = life->we_query;
	memset(r->m.up, true, sizeof(r->m.up));
	if (life->we_query)
		world_begin(r->w, MGATE_QUERIER_ON, 3, 0xc0000209);
	else
		world_converge(r->w, 1);
	for (i = 0; i < STEPS; i++) {
		step(r);
		recount(test, r);
	}
	KUNIT_EXPECT_LE(test, r->w->sw.most_groups, 64);
	KUNIT_EXPECT_LE(test, r->w->sw.most_records, 256);
}

/* RELIABILITY S8, S9, M7: flushed at any moment, nothing is left but what was set. */
static void flushed_at_random(struct kunit *test)
{
	struct run *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	unsigned int i, g, p;

	KUNIT_ASSERT_NOT_NULL(test, r);
	r->w = test->priv;
	r->state = 0x666c7573;
	memset(r->m.up, true, sizeof(r->m.up));
	for (i = 0; i < 3000; i++) {
		step(r);
		if (pick(r, 50))
			continue;
		mgate_switch_flush(&r->w->sw, r->w->now);
		for (g = 0; g < GROUPS; g++)
			for (p = 0; p < WORLD_PORTS; p++)
				model_forget(&r->m, g, p);
		KUNIT_EXPECT_TRUE(test, list_empty(&r->w->sw.contexts.list));
		recount(test, r);
		world_converge(r->w, 1);
		model_tick(&r->m, r->w->now);
	}
}

static struct kunit_case random_cases[] = {
	KUNIT_CASE_PARAM(random_life, life_gen_params),
	KUNIT_CASE(flushed_at_random),
	{}
};

static struct kunit_suite random_suite = {
	.name = WORLD_NAME("mgate_random"),
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = world_init,
	.exit = world_exit,
	.test_cases = random_cases,
};

kunit_test_suite(random_suite);

MODULE_DESCRIPTION("mgate: the switch under a random life, beside a model");
MODULE_LICENSE("GPL");
