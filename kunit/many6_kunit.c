// SPDX-License-Identifier: GPL-2.0-only
/* many_kunit.c over IPv6. */
#define WORLD_IPV6
#include "many_kunit.c"
