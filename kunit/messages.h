/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sources that read and write messages, in one file: what two of them call
 * by the same name is told apart.
 */
#ifndef MGATE_KUNIT_MESSAGES_H
#define MGATE_KUNIT_MESSAGES_H

#include "../module/ipv4.c"
#define number16 discovery_number16
#define refuse discovery_refuse
#define all_routers discovery_all_routers
#include "../module/discovery.c"
#undef number16
#undef refuse
#undef all_routers
#include "../module/igmp.c"

#endif
