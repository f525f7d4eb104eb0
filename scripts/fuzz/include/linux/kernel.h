/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of layers 1 and 2 need of the kernel, in user space, for one
 * thread: as little as does, and strict. Who breaks a rule of the kernel's (a
 * lock taken twice, an object freed that readers may hold) ends the program.
 *
 * Here: words of the language. Each other header is a stand-in for the kernel's
 * of the same name.
 */
#ifndef FUZZ_KERNEL_H
#define FUZZ_KERNEL_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <mgate/base.h>

typedef int64_t s64;
typedef s64 ktime_t;

#define __rcu
#define __must_hold(lock)
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define noinline __attribute__((noinline))

#define BITS_PER_LONG 64
#define BIT(n) (1UL << (n))

#define GFP_ATOMIC 0
#define GFP_KERNEL 0
#define __GFP_NOWARN 0

#define container_of(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))

#define min(a, b) ({ typeof(a) _a = (a); typeof(b) _b = (b); _a < _b ? _a : _b; })
#define max(a, b) ({ typeof(a) _a = (a); typeof(b) _b = (b); _a > _b ? _a : _b; })

#define READ_ONCE(x) (*(const volatile typeof(x) *)&(x))
#define data_race(x) (x)
#define WRITE_ONCE(x, v) (*(volatile typeof(x) *)&(x) = (v))
#define smp_rmb() __sync_synchronize()
#define smp_wmb() __sync_synchronize()
#define smp_load_acquire(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)

/* The fuzzer keeps the input that led here. */
#define FUZZ_CHECK(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: %s() does not hold: %s\n", \
				__FILE__, __LINE__, __func__, #condition); \
			abort(); \
		} \
	} while (0)

/* Code between these leads the fuzzer nowhere: it looks at what others did. */
#define FUZZ_UNSEEN_BEGIN \
	_Pragma("clang attribute push(__attribute__((no_sanitize(\"coverage\"))), apply_to = function)")
#define FUZZ_UNSEEN_END _Pragma("clang attribute pop")

/* What libFuzzer calls: once, and for each input. */
int fuzz_begin(int *argc, char ***argv) __asm__("LLVMFuzzerInitialize");
int fuzz_one(const u8 *data, size_t size) __asm__("LLVMFuzzerTestOneInput");

/* The next allocations fail where a bit is set, the lowest first. */
extern u32 fuzz_fail;

static inline bool fuzz_fails(void)
{
	bool fails = fuzz_fail & 1;

	fuzz_fail >>= 1;
	return fails;
}

#endif
