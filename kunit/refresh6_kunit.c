// SPDX-License-Identifier: GPL-2.0-only
/* refresh_kunit.c over IPv6. */
#define WORLD_IPV6
#include "refresh_kunit.c"
