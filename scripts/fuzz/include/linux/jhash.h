/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_JHASH_H
#define FUZZ_JHASH_H

#include <linux/kernel.h>

static inline u32 jhash_2words(u32 a, u32 b, u32 seed)
{
	u64 x = ((u64)a << 32 | b) ^ seed;

	x = (x ^ x >> 32) * 0x9e3779b97f4a7c15ULL;
	x = (x ^ x >> 29) * 0xbf58476d1ce4e5b9ULL;
	return (u32)(x >> 32);
}

static inline u32 jhash2(const u32 *words, u32 n, u32 seed)
{
	while (n--)
		seed = jhash_2words(*words++, n, seed);
	return seed;
}

static inline u32 jhash(const void *data, u32 len, u32 seed)
{
	const u8 *bytes = data;

	while (len--)
		seed = jhash_2words(*bytes++, len, seed);
	return seed;
}

#endif
