/* SPDX-License-Identifier: GPL-2.0-only */
/* What the bridge tells the routers, for the suites that count it. */
#ifndef MGATE_KUNIT_SAID_H
#define MGATE_KUNIT_SAID_H

#include "sources.h"

#define G1 0xef010101

/* Own reports, as the tick was handed them: how many, and the last of them. */
struct said {
	unsigned int n, changes, leaves;
	struct mgate_report last;
	u64 at;
};

static inline void note(struct world *w, struct said *said)
{
	const struct mgate_expiry *run = &w->run;
	unsigned int i;

	for (i = 0; i < run->ntells; i++) {
		said->n++;
		said->changes += run->tell[i].change;
		said->leaves += run->tell[i].leave;
		said->last = run->tell[i];
		said->at = w->now;
	}
	if (run->answer_ms)
		mgate_proxy_answer(&w->sw, run->answer_af, run->answer_vid, run->answer_ms,
				   w->now);
}

/* Time goes on; what is said meanwhile. */
static inline struct said *pass(struct kunit *test, u64 ms)
{
	struct said *said = kunit_kzalloc(test, sizeof(*said), GFP_KERNEL);
	struct world *w = test->priv;
	u64 end = w->now + ms, next;

	KUNIT_ASSERT_NOT_NULL(test, said);
	do {
		while (world_run(w))
			note(w, said);
		note(w, said);
		next = max3(mgate_switch_next(&w->sw), w->run.wait, w->now);
		w->now = min(next, end);
	} while (next <= end);
	return said;
}

/* Such a router asks, and the bridge answers for its hosts. */
static inline void begin_with(struct kunit *test, u8 version, u8 robustness)
{
	struct mgate_msg msg = world_query_msg(WORLD_ROUTER, 0);
	struct world *w = test->priv;

	world_begin(w, MGATE_QUERIER_OFF, 0, OWN);
	KUNIT_ASSERT_EQ(test, world_set(w, MGATE_PARAM_PROXY, MGATE_PROXY_FULL), 0);
	msg.version = version;
	msg.robustness = robustness;
	world_hear(w, 1, &msg);
	pass(test, 20000);
}

static inline void begin(struct kunit *test, u8 version)
{
	begin_with(test, version, 2);
}

#endif
