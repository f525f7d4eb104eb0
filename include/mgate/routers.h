/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_ROUTERS_H
#define MGATE_ROUTERS_H

#include <linux/list.h>

#include <mgate/message.h>

/* Routers that are told apart behind one port of a VLAN, by each way. */
#define MGATE_ROUTERS_MAX 32

/**
 * struct mgate_router - a router behind a port
 * @node: in the list of its VLAN
 * @addr: its address; zero: one without
 * @until: how long it counts as there, ms
 * @slot: the port
 * @by: enum mgate_by
 *
 * Plain memory under the lock of the switch. A port leads to routers as long as
 * there is one of these for it: the goodbye of one says nothing of another.
 */
struct mgate_router {
	struct list_head node;
	struct mgate_addr addr;
	u64 until;
	u16 slot;
	u8 by;
};

bool mgate_routers_hear(struct list_head *routers, unsigned long *bits, u16 slot,
			enum mgate_by by, const struct mgate_addr *addr, u64 until);
void mgate_routers_part(struct list_head *routers, unsigned long *bits, u16 slot,
			enum mgate_by by, const struct mgate_addr *addr);
void mgate_routers_forget(struct list_head *routers, unsigned long *bits, u16 slot);
void mgate_routers_forget_others(struct list_head *routers, unsigned long *bits, u16 slot);
void mgate_routers_forget_by(struct list_head *routers, unsigned long *bits, enum mgate_by by,
			     unsigned long *ended);
void mgate_routers_expire(struct list_head *routers, unsigned long *bits, u64 now);
void mgate_routers_clear(struct list_head *routers, unsigned long *bits);
u64 mgate_routers_deadline(const struct list_head *routers);
u64 mgate_routers_latest(const struct list_head *routers);
u64 mgate_routers_until(const struct list_head *routers, u16 slot, enum mgate_by by);

#endif
