// SPDX-License-Identifier: GPL-2.0-only
/* eht_kunit.c over IPv6. */
#define WORLD_IPV6
#include "eht_kunit.c"
