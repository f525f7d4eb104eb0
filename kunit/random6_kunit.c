// SPDX-License-Identifier: GPL-2.0-only
/* random_kunit.c over IPv6. */
#define WORLD_IPV6
#include "random_kunit.c"
