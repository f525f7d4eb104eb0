/* SPDX-License-Identifier: GPL-2.0-only */
/* A grace period has passed when fuzz_grace() is called, and not before. */
#ifndef FUZZ_RCUPDATE_H
#define FUZZ_RCUPDATE_H

#include <linux/kernel.h>

struct rcu_head {
	struct rcu_head *next;
	void (*func)(struct rcu_head *rcu);
};

extern unsigned int fuzz_readers;
extern struct rcu_head *fuzz_waiting;

static inline void rcu_read_lock(void)
{
	fuzz_readers++;
}

static inline void rcu_read_unlock(void)
{
	FUZZ_CHECK(fuzz_readers);
	fuzz_readers--;
}

static inline void call_rcu(struct rcu_head *rcu, void (*func)(struct rcu_head *rcu))
{
	rcu->func = func;
	rcu->next = fuzz_waiting;
	fuzz_waiting = rcu;
}

static inline void fuzz_grace(void)
{
	struct rcu_head *rcu;

	FUZZ_CHECK(!fuzz_readers);
	while (fuzz_waiting) {
		rcu = fuzz_waiting;
		fuzz_waiting = rcu->next;
		rcu->func(rcu);
	}
}

#define rcu_barrier() fuzz_grace()

#define rcu_dereference_check(p, c) \
	({ FUZZ_CHECK(fuzz_readers || (c)); READ_ONCE(p); })
#define rcu_dereference(p) rcu_dereference_check(p, false)
#define rcu_dereference_protected(p, c) ({ FUZZ_CHECK(c); (p); })
#define rcu_assign_pointer(p, v) WRITE_ONCE(p, v)
#define rcu_replace_pointer(p, v, c) \
	({ __typeof__(p) old_ = rcu_dereference_protected(p, c); rcu_assign_pointer(p, v); old_; })
#define RCU_INIT_POINTER(p, v) WRITE_ONCE(p, v)

#endif
