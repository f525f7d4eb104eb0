// SPDX-License-Identifier: GPL-2.0-only
/* rows_kunit.c over IPv6. */
#define WORLD_IPV6
#include "rows_kunit.c"
