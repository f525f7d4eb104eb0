// SPDX-License-Identifier: GPL-2.0-only
/* news_random_kunit.c over IPv6. */
#define WORLD_IPV6
#include "news_random_kunit.c"
