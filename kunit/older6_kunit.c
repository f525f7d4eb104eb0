// SPDX-License-Identifier: GPL-2.0-only
/* older_kunit.c over IPv6. */
#define WORLD_IPV6
#include "older_kunit.c"
