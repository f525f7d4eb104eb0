/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_SWPORT_H
#define MGATE_SWPORT_H

#include <mgate/switch.h>

void mgate_swport_add(struct mgate_switch *sw, struct mgate_switch_port *port, u16 slot);
void mgate_swport_del(struct mgate_switch *sw, u16 slot, u64 now);
u64 mgate_swport_start(struct mgate_switch *sw, u16 slot, u64 now);
void mgate_swport_open(struct mgate_switch *sw, u16 slot, u16 vid);
u64 mgate_swport_ask(struct mgate_switch *sw, u16 slot, u64 now);
void mgate_swport_stop(struct mgate_switch *sw, u16 slot, u64 now);
void mgate_swport_set(struct mgate_switch *sw, u16 slot, enum mgate_port_param id,
		      u32 value, u64 now);
void mgate_swport_forget_locked(struct mgate_switch *sw, u16 slot, u64 now);

#endif
