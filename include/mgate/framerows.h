/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_FRAMEROWS_H
#define MGATE_FRAMEROWS_H

#include <mgate/attrs.h>

int mgate_framerows_flows(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb);
int mgate_framerows_stats(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb);

#endif
