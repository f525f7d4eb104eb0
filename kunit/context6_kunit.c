// SPDX-License-Identifier: GPL-2.0-only
/* context_kunit.c over IPv6. */
#define WORLD_IPV6
#include "context_kunit.c"
