// SPDX-License-Identifier: GPL-2.0-only
/* hosts_kunit.c over IPv6. */
#define WORLD_IPV6
#include "hosts_kunit.c"
