/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_VLANROWS_H
#define MGATE_VLANROWS_H

#include <mgate/attrs.h>

int mgate_vlanrows_routers(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb);
int mgate_vlanrows_queriers(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb);

#endif
