/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_SPINLOCK_H
#define FUZZ_SPINLOCK_H

#include <linux/kernel.h>

typedef struct { bool held; } spinlock_t;

static inline void spin_lock_init(spinlock_t *lock)
{
	lock->held = false;
}

static inline void spin_lock_bh(spinlock_t *lock)
{
	FUZZ_CHECK(!lock->held);
	lock->held = true;
}

static inline void spin_unlock_bh(spinlock_t *lock)
{
	FUZZ_CHECK(lock->held);
	lock->held = false;
}

#define lockdep_is_held(lock) ((lock)->held)
#define lockdep_assert_held(lock) FUZZ_CHECK((lock)->held)

#endif
