// SPDX-License-Identifier: GPL-2.0-only
/* audience_kunit.c over IPv6. */
#define WORLD_IPV6
#include "audience_kunit.c"
