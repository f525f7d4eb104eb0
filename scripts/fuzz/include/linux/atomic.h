/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_ATOMIC_H
#define FUZZ_ATOMIC_H

#include <linux/kernel.h>

typedef struct { long counter; } atomic_long_t;
typedef struct { int counter; } atomic_t;
typedef struct { long long counter; } atomic64_t;

static inline long atomic_long_add_return(long n, atomic_long_t *v)
{
	return v->counter += n;
}

static inline void atomic_long_sub(long n, atomic_long_t *v)
{
	v->counter -= n;
}

static inline long atomic_long_read(const atomic_long_t *v)
{
	return v->counter;
}

static inline int atomic_read(const atomic_t *v)
{
	return v->counter;
}

#endif
