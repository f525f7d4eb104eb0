/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_TICK_H
#define MGATE_TICK_H

#include <mgate/bridge.h>

u64 mgate_tick_now(void);
void mgate_tick_setup(struct mgate_bridge *br);
void mgate_tick_arm(struct mgate_bridge *br, u64 when);
void mgate_tick_solicit(struct mgate_bridge *br, u16 slot);
void mgate_tick_solicit_soon(struct mgate_bridge *br, u8 af);
void mgate_tick_stop(struct mgate_bridge *br);

#endif
