/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_HASH_H
#define FUZZ_HASH_H

#include <linux/kernel.h>

static inline u32 hash_32(u32 value, unsigned int bits)
{
	return (u32)(value * 0x9e3779b1U) >> (32 - bits);
}

#endif
