/* SPDX-License-Identifier: GPL-2.0-only */
/* What several suites need: addresses, and numbers at random that come again. */
#ifndef MGATE_KUNIT_COMMON_H
#define MGATE_KUNIT_COMMON_H

#include <kunit/test.h>

#include <mgate/addr.h>

static inline struct mgate_addr ip4(u8 a, u8 b, u8 c, u8 d)
{
	struct mgate_addr addr = { .bytes = { a, b, c, d } };

	return addr;
}

static inline struct mgate_addr ip4_of(u32 number)
{
	return ip4(number >> 24, number >> 16 & 0xff, number >> 8 & 0xff, number & 0xff);
}

static inline u32 number_of(const struct mgate_addr *a)
{
	return (u32)a->bytes[0] << 24 | (u32)a->bytes[1] << 16 |
	       (u32)a->bytes[2] << 8 | a->bytes[3];
}

/* Marsaglia's xorshift: the same seed gives the same run on every kernel. */
static inline u32 random_next(u32 *state)
{
	u32 x = *state;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	*state = x;
	return x;
}

static inline u32 random_below(u32 *state, u32 n)
{
	return random_next(state) % n;
}

#endif
