// SPDX-License-Identifier: GPL-2.0-only
/* waiting_kunit.c over IPv6. */
#define WORLD_IPV6
#include "waiting_kunit.c"
