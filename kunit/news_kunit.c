// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is told of changes. Whoever starts from nothing and does only what he is told
 * knows at every moment what the switch knows; he is told nothing that he knows, and of
 * one thing told_once, whatever a record does to it on the way.
 */
#include "world.h"
#include "sources.h"

#define GROUPS 4
#define GROUP(n) (0xef020200 + (n))
#define SOURCES 6
#define STEPS 6000

struct told_source {
	bool there;
	bool blocked;
	bool permanent;
	u32 step;
};

struct told_member {
	bool there;
	bool exclude;
	bool permanent;
	u32 step;
	struct told_source src[SOURCES];
};

/* What was told, as one who only listens knows it. */
static struct {
	struct kunit *test;
	struct told_member member[MGATE_SLOTS][GROUPS];
	u32 ways[MGATE_SLOTS];
	bool limited[MGATE_SLOTS];
	bool full;
	u8 querier;
	u16 querier_slot;
	u8 querier_version;
	struct mgate_addr querier_addr;
	unsigned int n[MGATE_NEWS_MAX];
	unsigned int why[MGATE_WHY_MAX];
	enum mgate_reason reason;
	u32 step;
	bool single;
} told;

static void told_once(u32 *step)
{
	if (told.single)
		KUNIT_EXPECT_NE(told.test, *step, told.step);
	*step = told.step;
}

static unsigned int told_group(const struct mgate_event *e)
{
	return world_number(&e->key.grp) - GROUP(0);
}

static void take_member(struct told_member *k, const struct mgate_event *e)
{
	struct kunit *test = told.test;
	unsigned int i;

	told_once(&k->step);
	KUNIT_EXPECT_EQ(test, k->there, e->kind != MGATE_NEWS_JOIN);
	if (e->kind == MGATE_NEWS_CHANGE)
		KUNIT_EXPECT_TRUE(test, k->exclude != e->exclude || k->permanent != e->permanent);
	k->there = e->kind != MGATE_NEWS_LEAVE;
	k->exclude = e->exclude;
	k->permanent = e->permanent;
	for (i = 0; !k->there && i < SOURCES; i++)
		KUNIT_EXPECT_FALSE(test, k->src[i].there);
}

static void take_source_news(struct told_member *k, const struct mgate_event *e)
{
	u32 n = world_number(&e->key.src) - SRC(0);
	struct kunit *test = told.test;
	struct told_source *s;

	KUNIT_ASSERT_LT(test, n, SOURCES);
	s = &k->src[n];
	told_once(&s->step);
	if (e->kind == MGATE_NEWS_SOURCE_DEL)
		KUNIT_EXPECT_TRUE(test, s->there);
	else
		KUNIT_EXPECT_TRUE(test, !s->there || s->blocked != e->blocked ||
				  s->permanent != e->permanent);
	KUNIT_EXPECT_TRUE(test, k->there);
	s->there = e->kind == MGATE_NEWS_SOURCE_SET;
	s->blocked = e->blocked;
	s->permanent = e->permanent;
}

static void take_way(const struct mgate_event *e)
{
	u32 bit = 1U << min_t(u8, e->by, 31);

	KUNIT_EXPECT_EQ(told.test, !!(told.ways[e->slot] & bit),
			e->kind == MGATE_NEWS_ROUTER_DEL);
	told.ways[e->slot] ^= bit;
}

static void take_querier(const struct mgate_event *e)
{
	KUNIT_EXPECT_TRUE(told.test, told.querier != e->state ||
			  told.querier_slot != e->slot ||
			  told.querier_version != e->version ||
			  !mgate_addr_equal(&told.querier_addr, &e->key.src));
	told.querier = e->state;
	told.querier_slot = e->slot;
	told.querier_version = e->version;
	told.querier_addr = e->key.src;
}

static void take_limit(const struct mgate_event *e)
{
	bool *is = e->slot == MGATE_SLOT_NONE ? &told.full : &told.limited[e->slot];

	KUNIT_EXPECT_EQ(told.test, *is, e->kind == MGATE_NEWS_LIMIT_OVER);
	KUNIT_EXPECT_NE(told.test, e->reason, MGATE_REASON_NONE);
	*is = !*is;
	told.reason = e->reason;
}

static void take_news(struct mgate_news *news, const struct mgate_event *e)
{
	told.n[e->kind]++;
	told.why[e->why]++;
	switch (e->kind) {
	case MGATE_NEWS_JOIN:
	case MGATE_NEWS_CHANGE:
	case MGATE_NEWS_LEAVE:
		KUNIT_ASSERT_LT(told.test, told_group(e), GROUPS);
		take_member(&told.member[e->slot][told_group(e)], e);
		break;
	case MGATE_NEWS_SOURCE_SET:
	case MGATE_NEWS_SOURCE_DEL:
		KUNIT_ASSERT_LT(told.test, told_group(e), GROUPS);
		take_source_news(&told.member[e->slot][told_group(e)], e);
		break;
	case MGATE_NEWS_ROUTER_ADD:
	case MGATE_NEWS_ROUTER_DEL:
		take_way(e);
		break;
	case MGATE_NEWS_QUERIER:
		take_querier(e);
		break;
	case MGATE_NEWS_LIMIT:
	case MGATE_NEWS_LIMIT_OVER:
		take_limit(e);
		break;
	default:
		told.reason = e->reason;
	}
}

static int news_init(struct kunit *test)
{
	int err = world_init(test);
	struct world *w = test->priv;

	memset(&told, 0, sizeof(told));
	told.test = test;
	told.querier_slot = MGATE_SLOT_NONE;
	if (!err)
		w->sw.news.tell = take_news;
	return err;
}

/* --- What is known is what is true --------------------------------------------- */

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

/* --- A random life ------------------------------------------------------------- */

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
		mgate_switch_port_stop(&w->sw, slot, w->now);
		mgate_switch_port_start(&w->sw, slot, w->now);
		break;
	case 1:
		mgate_switch_port_set(&w->sw, slot, MGATE_PORT_ROUTER,
				      random_below(state, 2) ? MGATE_ROUTER_ALWAYS :
							       MGATE_ROUTER_AUTO, w->now);
		break;
	case 2:
		mgate_switch_port_set(&w->sw, slot, MGATE_PORT_FAST_LEAVE, random_below(state, 2),
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

/* RELIABILITY: every change is told told_once, and nothing else is. */
static void news_random(struct kunit *test)
{
	struct world *w = test->priv;
	u32 state = 20261126;
	unsigned int i;

	for (i = 0; i < WORLD_PORTS; i++)
		mgate_switch_port_set(&w->sw, world_slots[i], MGATE_PORT_MAX_GROUPS, 3, w->now);
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

/* --- One by one ---------------------------------------------------------------- */

static void expect_told(struct kunit *test, enum mgate_news_kind kind, unsigned int n)
{
	KUNIT_EXPECT_EQ_MSG(test, told.n[kind], n, "kind %u", kind);
}

/* A refresh is no news. */
static void news_join_and_leave(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	world_join(w, 2, 2, GROUP(0));
	world_join(w, 2, 2, GROUP(0));
	expect_told(test, MGATE_NEWS_JOIN, 1);
	expect_told(test, MGATE_NEWS_LEAVE, 0);
	world_pass(w, WORLD_GMI);
	expect_told(test, MGATE_NEWS_LEAVE, 1);
	expect_told(test, MGATE_NEWS_CHANGE, 0);
	KUNIT_EXPECT_GT(test, told.why[MGATE_WHY_EXPIRY], 0);
}

/* With fast leave a host's own word ends it. */
static void news_why_leave(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	mgate_switch_port_set(&w->sw, 2, MGATE_PORT_FAST_LEAVE, 1, w->now);
	world_join(w, 2, 3, GROUP(0));
	memset(told.why, 0, sizeof(told.why));
	world_leave(w, 2, 3, GROUP(0));
	expect_told(test, MGATE_NEWS_LEAVE, 1);
	KUNIT_EXPECT_EQ(test, told.why[MGATE_WHY_LEAVE], 1);
}

static void news_why_port_and_flush(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	world_join(w, 2, 2, GROUP(0));
	world_join(w, 3, 2, GROUP(0));
	memset(told.why, 0, sizeof(told.why));
	mgate_switch_port_stop(&w->sw, 2, w->now);
	expect_told(test, MGATE_NEWS_LEAVE, 1);
	KUNIT_EXPECT_EQ(test, told.why[MGATE_WHY_PORT], 1);
	mgate_switch_flush(&w->sw, w->now);
	expect_told(test, MGATE_NEWS_LEAVE, 2);
	/* The membership, the router and the querier. */
	KUNIT_EXPECT_EQ(test, told.why[MGATE_WHY_FLUSH], 3);
}

static void news_limit(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	mgate_switch_port_set(&w->sw, 2, MGATE_PORT_MAX_GROUPS, 1, w->now);
	world_join(w, 2, 2, GROUP(0));
	world_join(w, 2, 2, GROUP(1));
	world_join(w, 2, 2, GROUP(2));
	expect_told(test, MGATE_NEWS_LIMIT, 1);
	expect_told(test, MGATE_NEWS_REFUSE, 2);
	KUNIT_EXPECT_EQ(test, told.reason, MGATE_REASON_LIMIT_PORT);
	world_pass(w, WORLD_GMI);
	expect_told(test, MGATE_NEWS_LIMIT_OVER, 1);
}

/* The one that is given up and the one that comes are both told. */
static void news_replaced(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	mgate_switch_port_set(&w->sw, 2, MGATE_PORT_MAX_GROUPS, 1, w->now);
	mgate_switch_port_set(&w->sw, 2, MGATE_PORT_LIMIT_ACTION, MGATE_LIMIT_REPLACE, w->now);
	world_join(w, 2, 2, GROUP(0));
	world_join(w, 2, 2, GROUP(1));
	expect_told(test, MGATE_NEWS_JOIN, 2);
	expect_told(test, MGATE_NEWS_LEAVE, 1);
	KUNIT_EXPECT_EQ(test, told.why[MGATE_WHY_LIMIT], 1);
	KUNIT_EXPECT_TRUE(test, told.member[2][1].there);
}

/* Nobody is told when the switch itself goes, as its ports have no names then. */
static void news_mute(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	world_join(w, 2, 2, GROUP(0));
	mgate_switch_mute(&w->sw);
	mgate_switch_flush(&w->sw, w->now);
	expect_told(test, MGATE_NEWS_LEAVE, 0);
}

static bool listens;

static bool somebody_listens(const struct mgate_news *news)
{
	return listens;
}

/* What came while nobody listened is not told later, nor forgotten: its change and end are. */
static void news_unheard(struct kunit *test)
{
	struct world *w = test->priv;
	const struct mgate_key any = world_key(GROUP(0));
	struct mgate_key one = world_key(GROUP(1));

	one.src = world_addr(SRC(0));
	listens = false;
	w->sw.news.heard = somebody_listens;
	world_converge(w, 1);
	world_join(w, 2, 2, GROUP(0));
	mgate_permanent_add(&w->sw, &one, 2, w->now);
	expect_told(test, MGATE_NEWS_JOIN, 0);
	expect_told(test, MGATE_NEWS_SOURCE_SET, 0);
	listens = true;
	told.member[2][0].there = true;
	told.member[2][1].there = true;
	told.member[2][1].src[0].there = true;
	world_join(w, 2, 2, GROUP(0));
	expect_told(test, MGATE_NEWS_CHANGE, 0);
	mgate_permanent_add(&w->sw, &any, 2, w->now);
	expect_told(test, MGATE_NEWS_CHANGE, 1);
	mgate_permanent_del(&w->sw, &any, 2, w->now);
	mgate_permanent_del(&w->sw, &one, 2, w->now);
	mgate_switch_flush(&w->sw, w->now);
	expect_told(test, MGATE_NEWS_JOIN, 0);
	expect_told(test, MGATE_NEWS_SOURCE_DEL, 1);
	expect_told(test, MGATE_NEWS_LEAVE, 2);
}

static struct kunit_case news_cases[] = {
	KUNIT_CASE(news_random),
	KUNIT_CASE(news_join_and_leave),
	KUNIT_CASE(news_why_leave),
	KUNIT_CASE(news_why_port_and_flush),
	KUNIT_CASE(news_limit),
	KUNIT_CASE(news_replaced),
	KUNIT_CASE(news_mute),
	KUNIT_CASE(news_unheard),
	{}
};

static struct kunit_suite news_suite = {
	.name = WORLD_NAME("mgate_news"),
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = news_init,
	.exit = world_exit,
	.test_cases = news_cases,
};

kunit_test_suite(news_suite);

MODULE_DESCRIPTION("mgate: what is told of changes");
MODULE_LICENSE("GPL");
