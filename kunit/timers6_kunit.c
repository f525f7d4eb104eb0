// SPDX-License-Identifier: GPL-2.0-only
/* timers_kunit.c over IPv6. */
#define WORLD_IPV6
#include "timers_kunit.c"
