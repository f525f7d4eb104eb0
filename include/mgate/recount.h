/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_RECOUNT_H
#define MGATE_RECOUNT_H

struct dentry;

/* In kernels that look for faults at run time. */
#if IS_ENABLED(CONFIG_KASAN) || IS_ENABLED(CONFIG_KCSAN) || IS_ENABLED(CONFIG_GCOV_KERNEL)
#define MGATE_RECOUNT 1
void mgate_recount_init(struct dentry *dir);
#else
static inline void mgate_recount_init(struct dentry *dir)
{
}
#endif

#endif
