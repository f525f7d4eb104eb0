/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_BUILTIN_H
#define MGATE_BUILTIN_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/netlink.h>

struct sk_buff *mgate_builtin_read(const struct net_device *br, struct nlattr **tb);
struct sk_buff *mgate_builtin_read_port(const struct net_device *br,
					const struct net_device *port, struct nlattr **tb);
int mgate_builtin_off(struct net_device *br);
int mgate_builtin_on(struct net_device *br);

#endif
