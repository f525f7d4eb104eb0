/* SPDX-License-Identifier: GPL-2.0-only */
/* From Linux 6.18 on a kernel with PREEMPT_RT may let another task in while softirqs are off. */
#ifndef COMPAT_SOFTIRQS_H
#define COMPAT_SOFTIRQS_H

#include <linux/types.h>

/* By Kbuild, which knows the kernel's version and configuration. */
#ifdef COMPAT_SOFTIRQS_PREEMPT
static const bool compat_softirqs_keep_apart;
#else
static const bool compat_softirqs_keep_apart = true;
#endif

#endif
