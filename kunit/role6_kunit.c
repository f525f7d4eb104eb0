// SPDX-License-Identifier: GPL-2.0-only
/* role_kunit.c over IPv6. */
#define WORLD_IPV6
#include "role_kunit.c"
