/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_ADDRESS_H
#define MGATE_ADDRESS_H

#include <mgate/bridge.h>

u16 mgate_address_vid(const struct mgate_bridge *br);
struct mgate_addr mgate_address_host(const struct mgate_bridge *br, u8 af, u16 vid);
bool mgate_address_is_pending(const struct mgate_bridge *br, u16 vid);
void mgate_address_mute(const struct mgate_bridge *br, u8 af, unsigned long *vlans);
struct mgate_addr mgate_address_own(const struct mgate_bridge *br, u8 af, u16 vid);

#endif
