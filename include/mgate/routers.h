/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_ROUTERS_H
#define MGATE_ROUTERS_H

#include <linux/list.h>

#include <mgate/base.h>

/** enum mgate_by - by what a port is known to lead to a router */
enum mgate_by {
	MGATE_BY_QUERY,
	MGATE_BY_PROXY,		/* queries without an address */
	MGATE_BY_MAX
};

/**
 * struct mgate_router - a port that leads to a router
 * @node: in the list of its VLAN
 * @until: ms, by enum mgate_by; 0 = not known by that
 * @slot: the port
 *
 * Plain memory under the lock of the switch.
 */
struct mgate_router {
	struct list_head node;
	u64 until[MGATE_BY_MAX];
	u16 slot;
};

bool mgate_routers_hear(struct list_head *routers, unsigned long *bits, u16 slot,
			enum mgate_by by, u64 until);
void mgate_routers_forget(struct list_head *routers, unsigned long *bits, u16 slot);
void mgate_routers_expire(struct list_head *routers, unsigned long *bits, u64 now);
void mgate_routers_clear(struct list_head *routers, unsigned long *bits);
u64 mgate_routers_deadline(const struct list_head *routers);

#endif
