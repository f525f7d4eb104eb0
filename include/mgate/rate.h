/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_RATE_H
#define MGATE_RATE_H

#include <mgate/base.h>

/* A token, in the unit in which a bucket is filled: one a second is one a ms. */
#define MGATE_RATE_TOKEN 1000

/**
 * struct mgate_rate - a token bucket
 * @at: when it was last filled, ms
 * @level: thousandths of tokens that are left
 */
struct mgate_rate {
	u64 at;
	u64 level;
};

void mgate_rate_fill(struct mgate_rate *rate, u32 per_second, u64 now);

/**
 * mgate_rate_has() - is there a token left
 * @rate: the bucket
 */
static inline bool mgate_rate_has(const struct mgate_rate *rate)
{
	return rate->level >= MGATE_RATE_TOKEN;
}

/**
 * mgate_rate_take() - a token is spent, if there is one
 * @rate: the bucket
 */
static inline void mgate_rate_take(struct mgate_rate *rate)
{
	if (mgate_rate_has(rate))
		rate->level -= MGATE_RATE_TOKEN;
}

#endif
