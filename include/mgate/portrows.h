/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_PORTROWS_H
#define MGATE_PORTROWS_H

#include <mgate/attrs.h>

int mgate_portrows_bridges(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb);
int mgate_portrows_ports(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb);
int mgate_portrows_counters(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb);

#endif
