/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_TIMER_H
#define MGATE_TIMER_H

#include <mgate/ledger.h>
#include <mgate/map.h>

bool mgate_timer_lower(struct mgate_member *m, u64 until);
bool mgate_timer_lower_source(struct mgate_member *m, const struct mgate_addr *src, u64 until);
void mgate_timer_unask(struct mgate_member *m, u64 until);
void mgate_timer_unask_sources(struct mgate_member *m, u64 until);
bool mgate_timer_expire(struct mgate_map *map, struct mgate_member *m, u64 now, u32 *room);
bool mgate_timer_is_over(const struct mgate_member *m);

#endif
