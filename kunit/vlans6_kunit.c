// SPDX-License-Identifier: GPL-2.0-only
/* vlans_kunit.c over IPv6. */
#define WORLD_IPV6
#include "vlans_kunit.c"
