// SPDX-License-Identifier: GPL-2.0-only
/* switch_kunit.c over IPv6. */
#define WORLD_IPV6
#include "switch_kunit.c"
