// SPDX-License-Identifier: GPL-2.0-only
/* finding_kunit.c over IPv6. */
#define WORLD_IPV6
#include "finding_kunit.c"
