/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_NETLINK_H
#define MGATE_NETLINK_H

#include <net/genetlink.h>

extern struct genl_family mgate_netlink_family;

int mgate_netlink_init(void);
void mgate_netlink_exit(void);

#endif
