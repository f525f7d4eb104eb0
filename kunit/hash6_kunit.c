// SPDX-License-Identifier: GPL-2.0-only
/* hash_kunit.c over IPv6. */
#define WORLD_IPV6
#include "hash_kunit.c"
