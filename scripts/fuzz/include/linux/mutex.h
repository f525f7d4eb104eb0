/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_MUTEX_H
#define FUZZ_MUTEX_H

/* Nothing of what is fuzzed takes one. */
struct mutex { char none; };

#endif
