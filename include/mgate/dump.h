/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_DUMP_H
#define MGATE_DUMP_H

#include <linux/netlink.h>

int mgate_dump_start(struct netlink_callback *cb);
int mgate_dump_more(struct sk_buff *skb, struct netlink_callback *cb);
int mgate_dump_done(struct netlink_callback *cb);

#endif
