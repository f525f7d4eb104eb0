/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_MODULE_H
#define FUZZ_MODULE_H

#include <linux/kernel.h>

#endif
