// SPDX-License-Identifier: GPL-2.0-only
/* refusal_kunit.c over IPv6. */
#define WORLD_IPV6
#include "refusal_kunit.c"
