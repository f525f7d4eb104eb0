// SPDX-License-Identifier: GPL-2.0-only
/* limits_kunit.c over IPv6. */
#define WORLD_IPV6
#include "limits_kunit.c"
