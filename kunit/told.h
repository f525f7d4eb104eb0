/* SPDX-License-Identifier: GPL-2.0-only */
/* One who listens to what is told of changes, for the suites that compare it. */
#ifndef MGATE_KUNIT_TOLD_H
#define MGATE_KUNIT_TOLD_H

#include "world.h"
#include "sources.h"

#define GROUPS 4
#define GROUP(n) (0xef020200 + (n))
#define SOURCES 6

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

static inline int told_init(struct kunit *test)
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

#endif
