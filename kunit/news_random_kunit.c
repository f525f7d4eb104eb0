// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is told of changes. Whoever starts from nothing and does only what he is told
 * knows at every moment what the switch knows; he is told nothing that he knows, and of
 * one thing once, whatever a record does to it on the way.
 */
#include "told.h"

#define STEPS 6000

static void compare_source(struct kunit *test, const struct told_source *k,
			   const struct mgate_member *m, u32 n)
{
	const struct mgate_addr addr = world_addr(SRC(n));
	const struct mgate_source *s = m ? mgate_source_find(m, &addr) : NULL;

	KUNIT_ASSERT_EQ(test, k->there, !!s);
	if (!s)
		return;
	KUNIT_EXPECT_EQ(test, k->blocked, !mgate_source_forwards(m, s));
	KUNIT_EXPECT_EQ(test, k->permanent, (bool)s->permanent);
}

static void compare_member(struct kunit *test, struct world *w, u16 slot, unsigned int g)
{
	const struct told_member *k = &told.member[slot][g];
	const struct mgate_member *m = world_member(w, slot, GROUP(g));
	u32 n;

	KUNIT_ASSERT_EQ(test, k->there, !!m);
	if (m) {
		KUNIT_EXPECT_EQ(test, k->exclude, mgate_ledger_wants(m));
		KUNIT_EXPECT_EQ(test, k->permanent, (bool)m->permanent);
	}
	for (n = 0; n < SOURCES; n++)
		compare_source(test, &k->src[n], m, n);
}

static void compare_ways(struct kunit *test, struct world *w, u16 slot)
{
	const struct mgate_context *ctx = world_context(w, WORLD_VID);
	u32 ways = test_bit(slot, w->sw.always) ? 1U << 31 : 0;
	unsigned int by;

	for (by = 0; ctx && by < MGATE_BY_MAX; by++)
		if (mgate_routers_until(&ctx->router_list, slot, by))
			ways |= 1U << by;
	KUNIT_EXPECT_EQ(test, told.ways[slot], ways);
}

static void compare_told(struct kunit *test, struct world *w)
{
	const struct mgate_context *ctx = world_context(w, WORLD_VID);
	unsigned int i, g;

	for (i = 0; i < WORLD_PORTS; i++) {
		for (g = 0; g < GROUPS; g++)
			compare_member(test, w, world_slots[i], g);
		compare_ways(test, w, world_slots[i]);
		KUNIT_EXPECT_EQ(test, told.limited[world_slots[i]], !!w->ports[i].limit_until);
	}
	KUNIT_EXPECT_EQ(test, told.full, w->sw.full);
	KUNIT_EXPECT_EQ(test, told.querier, world_querier(w));
	if (told.querier == MGATE_QUERIER_OTHER)
		KUNIT_EXPECT_EQ(test, told.querier_version, ctx->querier.version);
}

static void hosts_speak(struct world *w, u32 *state)
{
	static const u8 types[] = { MGATE_RECORD_IS_IN, MGATE_RECORD_IS_EX, MGATE_RECORD_TO_IN,
				    MGATE_RECORD_TO_EX, MGATE_RECORD_ALLOW, MGATE_RECORD_BLOCK };
	u16 slot = world_slots[random_below(state, 4)];
	u32 grp = GROUP(random_below(state, GROUPS));
	unsigned int host = random_below(state, 3);

	told.single = true;
	if (!random_below(state, 6))
		world_join(w, slot, 2, grp);
	else if (!random_below(state, 6))
		world_leave(w, slot, 2, grp);
	else
		hear_from(w, slot, host, types[random_below(state, ARRAY_SIZE(types))], grp,
			  random_below(state, 1 << SOURCES));
	told.single = false;
}

static void routers_speak(struct world *w, u32 *state)
{
	struct mgate_msg msg = { .src = world_addr(WORLD_ROUTER), .kind = MGATE_KIND_ROUTER };

	told.single = true;
	switch (random_below(state, 3)) {
	case 0:
		msg = world_query_msg(WORLD_ROUTER + random_below(state, 2), 0);
		msg.version -= random_below(state, 2);
		world_hear(w, world_slots[1 + random_below(state, 3)], &msg);
		break;
	case 1:
		world_query(w, world_slots[1 + random_below(state, 2)], 0, 0);
		break;
	default:
		msg.by = MGATE_BY_PIM + random_below(state, 2);
		msg.hold_ms = random_below(state, 3) * 60000;
		world_hear(w, world_slots[random_below(state, 4)], &msg);
	}
	told.single = false;
}

static void administrator_acts(struct world *w, u32 *state)
{
	struct mgate_key key = world_key(GROUP(random_below(state, GROUPS)));
	u16 slot = world_slots[random_below(state, 4)];

	if (random_below(state, 2))
		key.src = world_addr(SRC(random_below(state, SOURCES)));
	told.single = true;
	switch (random_below(state, 10)) {
	case 0:
		told.single = false;
		mgate_swport_stop(&w->sw, slot, w->now);
		mgate_swport_start(&w->sw, slot, w->now);
		break;
	case 1:
		mgate_swport_set(&w->sw, slot, MGATE_PORT_ROUTER,
				 random_below(state, 2) ? MGATE_ROUTER_ALWAYS :
				 MGATE_ROUTER_AUTO, w->now);
		break;
	case 2:
		mgate_swport_set(&w->sw, slot, MGATE_PORT_FAST_LEAVE, random_below(state, 2),
				 w->now);
		break;
	case 3:
		told.single = false;
		mgate_switch_flush(&w->sw, w->now);
		break;
	case 4:
	case 5:
	case 6:
		mgate_permanent_add(&w->sw, &key, slot, w->now);
		break;
	default:
		mgate_permanent_del(&w->sw, &key, slot, w->now);
	}
	told.single = false;
}

/* RELIABILITY: every change is told once, and nothing else is. */
static void news_random(struct kunit *test)
{
	struct world *w = test->priv;
	u32 state = 20261126;
	unsigned int i;

	for (i = 0; i < WORLD_PORTS; i++)
		mgate_swport_set(&w->sw, world_slots[i], MGATE_PORT_MAX_GROUPS, 3, w->now);
	world_set(w, MGATE_PARAM_MAX_SOURCES, SOURCES - 1);
	for (i = 0; i < STEPS; i++) {
		told.step = i + 1;
		switch (random_below(&state, 10)) {
		case 0:
			routers_speak(w, &state);
			break;
		case 1:
			administrator_acts(w, &state);
			break;
		case 2:
			world_pass(w, 1 + random_below(&state, 60000));
			break;
		default:
			hosts_speak(w, &state);
		}
		compare_told(test, w);
		if (test->status == KUNIT_FAILURE)
			break;
	}
	for (i = 0; i < MGATE_NEWS_MAX; i++)
		KUNIT_EXPECT_GT_MSG(test, told.n[i], i == MGATE_NEWS_LIMIT_OVER ? 0 : 10,
				    "kind %u", i);
}

static struct kunit_case news_random_cases[] = {
	KUNIT_CASE(news_random),
	{}
};

static struct kunit_suite news_random_suite = {
	.name = WORLD_NAME("mgate_news_random"),
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = told_init,
	.exit = world_exit,
	.test_cases = news_random_cases,
};

kunit_test_suite(news_random_suite);

MODULE_DESCRIPTION("mgate: tests of what is told in a random life");
MODULE_LICENSE("GPL");
