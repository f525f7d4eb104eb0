// SPDX-License-Identifier: GPL-2.0-only
/* How many in a second: a token bucket that is filled by the clock it is told. */
#include <mgate/rate.h>

/* A burst: what so much time brings. */
#define BURST_MS 2000

/**
 * mgate_rate_fill() - fill in what time has brought
 * @rate: the bucket; all zero to begin with, and full at its first filling
 * @per_second: tokens; 0: as many as anybody wants
 * @now: ms, above zero. What is less than before brings nothing: of messages that come by
 *	several CPUs one may have read the clock long before its turn has come.
 */
void mgate_rate_fill(struct mgate_rate *rate, u32 per_second, u64 now)
{
	u64 most = per_second ? (u64)per_second * BURST_MS : U64_MAX;
	u64 at = max_t(u64, now, rate->at);
	u64 passed = rate->at ? min_t(u64, at - rate->at, BURST_MS) : BURST_MS;
	/* What is more was left by another rate. */
	u64 left = min_t(u64, rate->level, most);

	rate->at = at;
	rate->level = per_second ? min_t(u64, left + passed * per_second, most) : most;
}
