/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_ROLE_H
#define MGATE_ROLE_H

#include <mgate/switch.h>

void mgate_role_begin_locked(struct mgate_switch *sw, u64 now);
void mgate_role_review_vlan_locked(struct mgate_switch *sw, struct mgate_context *ctx, u64 now);
void mgate_role_review_locked(struct mgate_switch *sw, u64 now);
u64 mgate_role_mute(struct mgate_switch *sw, u8 af, const unsigned long *vlans, u64 now);
u64 mgate_role_set(struct mgate_switch *sw, bool may, u16 vid, u64 now);
void mgate_role_named(struct mgate_switch *sw, u8 af, u16 vid, bool named);
void mgate_role_failed(struct mgate_switch *sw, u8 af, u16 vid, u64 again);
void mgate_role_asked(struct mgate_switch *sw, u8 af, u16 vid, u16 slot, u64 now);

#endif
