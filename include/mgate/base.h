/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every file of mgate stands on: fixed-width types, and the few numbers
 * that all layers share.
 *
 * The pure files (layer 0) include nothing else of the kernel, so that they
 * build in user space too, for a compiler other than the kernel's and for a
 * fuzzer.
 */
#ifndef MGATE_BASE_H
#define MGATE_BASE_H

#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>
#else
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define U16_MAX UINT16_MAX
#define U32_MAX UINT32_MAX
#define U64_MAX UINT64_MAX
#define fallthrough __attribute__((__fallthrough__))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define min_t(type, a, b) ((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define max_t(type, a, b) ((type)(a) > (type)(b) ? (type)(a) : (type)(b))
#define clamp_t(type, v, lo, hi) min_t(type, max_t(type, v, lo), hi)
#endif

/**
 * define MGATE_SLOT_HOST - the slot of the bridge host itself
 *
 * Inside mgate a port is a number, its slot. The host behind the bridge device
 * has the first; the bridge's ports follow. BR_MAX_PORTS is 1024.
 */
#define MGATE_SLOT_HOST 0
#define MGATE_SLOTS (1 + 1024)
#define MGATE_SLOT_NONE U16_MAX

/* A time that never comes. All times are milliseconds of a clock that the
 * caller supplies and that never goes back.
 */
#define MGATE_NEVER U64_MAX

#define MGATE_VLANS 4096

/**
 * mgate_base_load16() - a number of two bytes in a message
 * @p: its first byte, any alignment
 */
static inline u16 mgate_base_load16(const u8 *p)
{
	return (u16)(p[0] << 8 | p[1]);
}

/**
 * mgate_base_copy() - copy a few bytes, of a number that the compiler knows
 * @to: where to, any alignment
 * @from: where from, any alignment; not the same memory
 * @n: how many
 *
 * On kernels that are built without the compiler's own functions (User-Mode Linux is)
 * memcpy() is a call, which takes longer than all there is to copy.
 */
static __always_inline void mgate_base_copy(void *to, const void *from, size_t n)
{
	__builtin_memcpy(to, from, n);
}

/**
 * mgate_base_same48() - are six bytes the same, as of a link-layer address
 * @a: some, any alignment
 * @b: others
 */
static inline bool mgate_base_same48(const u8 *a, const u8 *b)
{
	u32 a4, b4;
	u16 a2, b2;

	mgate_base_copy(&a4, a, sizeof(a4));
	mgate_base_copy(&b4, b, sizeof(b4));
	mgate_base_copy(&a2, a + sizeof(a4), sizeof(a2));
	mgate_base_copy(&b2, b + sizeof(b4), sizeof(b2));
	return !((a4 ^ b4) | (u32)(a2 ^ b2));
}

#endif
