// SPDX-License-Identifier: GPL-2.0-only
/* What is told of changes, one by one. */
#include "told.h"

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
	mgate_swport_set(&w->sw, 2, MGATE_PORT_FAST_LEAVE, 1, w->now);
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
	mgate_swport_stop(&w->sw, 2, w->now);
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
	mgate_swport_set(&w->sw, 2, MGATE_PORT_MAX_GROUPS, 1, w->now);
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
	mgate_swport_set(&w->sw, 2, MGATE_PORT_MAX_GROUPS, 1, w->now);
	mgate_swport_set(&w->sw, 2, MGATE_PORT_LIMIT_ACTION, MGATE_LIMIT_REPLACE, w->now);
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

/* D2: one for each change: that a querier is heard again is none, that it has moved is one. */
static void news_querier_moves(struct kunit *test)
{
	struct world *w = test->priv;

	world_query(w, 1, WORLD_ROUTER, 0);
	world_query(w, 1, WORLD_ROUTER, 0);
	expect_told(test, MGATE_NEWS_QUERIER, 1);
	KUNIT_EXPECT_EQ(test, told.querier_slot, 1);
	world_query(w, 3, WORLD_ROUTER, 0);
	expect_told(test, MGATE_NEWS_QUERIER, 2);
	KUNIT_EXPECT_EQ(test, told.querier_slot, 3);
}

/* DECISIONS 4: of a group with too many sources it is told that they were refused. */
static void news_too_many_sources(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	world_set(w, MGATE_PARAM_MAX_SOURCES, 1);
	hear_set(w, 2, MGATE_RECORD_ALLOW, GROUP(0), 0x3);
	expect_told(test, MGATE_NEWS_REFUSE, 1);
	KUNIT_EXPECT_EQ(test, told.reason, MGATE_REASON_LIMIT_SOURCES);
}

static struct kunit_case news_cases[] = {
	KUNIT_CASE(news_join_and_leave),
	KUNIT_CASE(news_why_leave),
	KUNIT_CASE(news_why_port_and_flush),
	KUNIT_CASE(news_limit),
	KUNIT_CASE(news_replaced),
	KUNIT_CASE(news_mute),
	KUNIT_CASE(news_unheard),
	KUNIT_CASE(news_querier_moves),
	KUNIT_CASE(news_too_many_sources),
	{}
};

static struct kunit_suite news_suite = {
	.name = WORLD_NAME("mgate_news"),
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = told_init,
	.exit = world_exit,
	.test_cases = news_cases,
};

kunit_test_suite(news_suite);

MODULE_DESCRIPTION("mgate: what is told of changes");
MODULE_LICENSE("GPL");
