/* SPDX-License-Identifier: GPL-2.0-only */
/* The sources that read and write messages, in one file. */
#ifndef MGATE_KUNIT_MESSAGES_H
#define MGATE_KUNIT_MESSAGES_H

#include "../module/ipv4.c"
#include "../module/ipv6.c"
#include "../module/discovery.c"
#include "../module/v3.c"
#include "../module/mld.c"
#include "../module/igmp.c"

#endif
