/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's dev_get_port_parent_id() got another name between 6.12 and 7.2. */
#ifndef COMPAT_PORT_PARENT_H
#define COMPAT_PORT_PARENT_H

#include <linux/netdevice.h>

/* By Kbuild, which looks for it in the kernel's headers. */
#ifndef COMPAT_NETIF_GET_PORT_PARENT_ID
#define netif_get_port_parent_id dev_get_port_parent_id
#endif

#endif
