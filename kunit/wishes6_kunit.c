// SPDX-License-Identifier: GPL-2.0-only
/* wishes_kunit.c over IPv6. */
#define WORLD_IPV6
#include "wishes_kunit.c"
