/* SPDX-License-Identifier: GPL-2.0-only */
/* Own queries as they are sent, for the suites that count them. */
#ifndef MGATE_KUNIT_QUERIES_H
#define MGATE_KUNIT_QUERIES_H

#include "world.h"

#define G1 0xef010101
#define OWN 0xc0000205

/* Queries by time, to count those of any second. */
struct log {
	u64 at[4096];
	unsigned int n;
};

/* All that is due at this moment; the queries are noted. */
static inline u64 note(struct kunit *test, struct world *w, struct log *log)
{
	unsigned int i, rounds = 0;
	bool more;

	do {
		more = world_run(w);
		for (i = 0; i < w->run.n && log->n < ARRAY_SIZE(log->at); i++)
			log->at[log->n++] = w->now;
	} while (more && ++rounds < 10000);
	KUNIT_EXPECT_LT(test, rounds, 10000);
	return max(mgate_switch_next(&w->sw), w->run.wait);
}

static inline void note_until(struct kunit *test, struct world *w, struct log *log, u64 end)
{
	u64 next = note(test, w, log);

	while (next <= end) {
		w->now = next;
		next = note(test, w, log);
	}
	w->now = end;
}

/* The most that fall into any second: 100, and 10 at the seam of two tenths. */
#define SECOND 1000
#define MOST 110

/* The most that fall into any @span ms. */
static inline unsigned int most_in(const struct log *log, u64 span)
{
	unsigned int first = 0, i, most = 0;

	for (i = 0; i < log->n; i++) {
		while (log->at[i] - log->at[first] >= span)
			first++;
		most = max(most, i - first + 1);
	}
	return most;
}

#endif
