// SPDX-License-Identifier: GPL-2.0-only
/* questions_kunit.c over IPv6. */
#define WORLD_IPV6
#include "questions_kunit.c"
