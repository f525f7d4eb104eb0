// SPDX-License-Identifier: GPL-2.0-only
/* telling_kunit.c over IPv6. */
#define WORLD_IPV6
#include "telling_kunit.c"
