// SPDX-License-Identifier: GPL-2.0-only
/* leave_kunit.c over IPv6. */
#define WORLD_IPV6
#include "leave_kunit.c"
