/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables that are dumped over netlink. Each function goes on with a bridge where it
 * was, and returns 0 when there is no more of it, -EMSGSIZE when the message is full, or
 * -ENOMEM. May sleep.
 */
#ifndef MGATE_ROWS_H
#define MGATE_ROWS_H

#include <mgate/attrs.h>

int mgate_memberrows_groups(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb);
int mgate_memberrows_hosts(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb);
int mgate_vlanrows_routers(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb);
int mgate_vlanrows_queriers(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb);
int mgate_portrows_bridges(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb);
int mgate_portrows_ports(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb);
int mgate_portrows_counters(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb);
int mgate_rulerows(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb);
int mgate_framerows_flows(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb);
int mgate_framerows_audit(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb);

#endif
