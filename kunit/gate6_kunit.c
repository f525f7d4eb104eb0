// SPDX-License-Identifier: GPL-2.0-only
/* gate_kunit.c over IPv6. */
#define WORLD_IPV6
#include "gate_kunit.c"
