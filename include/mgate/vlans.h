/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_VLANS_H
#define MGATE_VLANS_H

#include <mgate/switch.h>

u64 mgate_vlans_ignore(struct mgate_switch *sw, const unsigned long *vlans, u64 now);
void mgate_vlans_forget(struct mgate_switch *sw, u64 now);
struct mgate_overrides *mgate_vlans_override(struct mgate_switch *sw,
					     struct mgate_overrides *list, u64 now, u64 *next);

#endif
