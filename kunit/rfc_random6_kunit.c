// SPDX-License-Identifier: GPL-2.0-only
/* rfc_random_kunit.c over IPv6. */
#define WORLD_IPV6
#include "rfc_random_kunit.c"
