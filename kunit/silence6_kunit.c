// SPDX-License-Identifier: GPL-2.0-only
/* silence_kunit.c over IPv6. */
#define WORLD_IPV6
#include "silence_kunit.c"
