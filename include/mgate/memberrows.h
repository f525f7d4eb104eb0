/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_MEMBERROWS_H
#define MGATE_MEMBERROWS_H

#include <mgate/attrs.h>

int mgate_memberrows_groups(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb);
int mgate_memberrows_hosts(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb);

#endif
