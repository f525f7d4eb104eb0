/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_MUTEX_H
#define FUZZ_MUTEX_H

struct mutex {
	bool held;
};

#endif
