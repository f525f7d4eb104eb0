// SPDX-License-Identifier: GPL-2.0-only
/* asking_kunit.c over IPv6. */
#define WORLD_IPV6
#include "asking_kunit.c"
