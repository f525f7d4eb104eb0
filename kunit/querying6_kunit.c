// SPDX-License-Identifier: GPL-2.0-only
/* querying_kunit.c over IPv6. */
#define WORLD_IPV6
#include "querying_kunit.c"
