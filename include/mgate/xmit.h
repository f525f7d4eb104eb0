/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_XMIT_H
#define MGATE_XMIT_H

#include <mgate/bridge.h>
#include <mgate/expiry.h>

void mgate_xmit_report(struct mgate_bridge *br, struct mgate_report *r);
bool mgate_xmit_solicit(struct mgate_bridge *br, u8 af, u16 slot);
void mgate_xmit_setup(struct mgate_bridge *br);
bool mgate_xmit_can_send(const struct mgate_bridge *br, u16 vid);
bool mgate_xmit_has_address(const struct mgate_bridge *br, u8 af, u16 vid);
bool mgate_xmit_query(struct mgate_bridge *br, const struct mgate_ask *ask);

#endif
