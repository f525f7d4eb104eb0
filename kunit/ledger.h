/* SPDX-License-Identifier: GPL-2.0-only */
/* A ledger by itself, for the suites that look into it. */
#ifndef MGATE_KUNIT_LEDGER_H
#define MGATE_KUNIT_LEDGER_H

#include "../module/addr.c"
#include "../module/memory.c"
#include "../module/due.c"
#include "../module/ledger.c"
#include "../module/map.c"
#include "../module/source.c"
#include "../module/saying.c"
#include "common.h"

struct world {
	struct mgate_ledger ledger;
	struct mgate_map map;
};

static inline int ledger_suite_init(struct kunit_suite *suite)
{
	return mgate_memory_init(16);
}

static inline void ledger_suite_exit(struct kunit_suite *suite)
{
	mgate_memory_exit();
}

static inline int ledger_init(struct kunit *test)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);

	if (!w || mgate_map_setup(&w->map))
		return -ENOMEM;
	w->ledger.map = &w->map;
	bound = 16 << 20;
	test->priv = w;
	return 0;
}

static inline void ledger_exit(struct kunit *test)
{
	struct world *w = test->priv;

	KUNIT_EXPECT_EQ(test, w->ledger.ngroups, 0);
	mgate_map_clear(&w->map);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, mgate_memory_used(), 0);
}

static inline struct mgate_key key_of(u32 grp, u16 vid)
{
	struct mgate_addr g = ip4_of(grp);

	return mgate_addr_key(MGATE_AF_INET, vid, &g);
}

static inline struct mgate_group *add(struct kunit *test, u32 grp)
{
	struct mgate_key key = key_of(grp, 0);
	struct world *w = test->priv;
	struct mgate_group *g = mgate_ledger_add(&w->ledger, &key, 1);

	KUNIT_ASSERT_NOT_NULL(test, g);
	return g;
}

static inline struct mgate_member *join_port(struct kunit *test, struct mgate_group *g, u16 slot)
{
	struct mgate_member *m = mgate_ledger_join(g, slot);

	KUNIT_ASSERT_NOT_NULL(test, m);
	return m;
}

static inline void part(struct world *w, struct mgate_member *m)
{
	struct mgate_source *s, *next;

	mgate_source_unlearn_all(&w->map, m);
	mgate_ledger_for_each_source_safe(s, next, m)
		mgate_source_unkeep(&w->map, m, s);
	mgate_ledger_part(m);
}

static inline void drop(struct world *w, struct mgate_group *g)
{
	struct mgate_member *m, *next;

	list_for_each_entry_safe(m, next, &g->members, node)
		part(w, m);
	mgate_ledger_del(&w->ledger, g);
}

#endif
