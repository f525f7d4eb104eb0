/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_ROUTERS_H
#define MGATE_ROUTERS_H

#include <linux/list.h>

#include <mgate/message.h>
#include <mgate/news.h>

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

/**
 * struct mgate_routers - the routers of a VLAN
 * @list: struct mgate_router
 * @news: who is to hear of them, or NULL
 * @vid: VLAN id
 * @af: family
 */
struct mgate_routers {
	struct list_head list;
	struct mgate_news *news;
	u16 vid;
	u8 af;
};

void mgate_routers_setup(struct mgate_routers *routers, u8 af, u16 vid, struct mgate_news *news);
bool mgate_routers_hear(struct mgate_routers *routers, unsigned long *bits, u16 slot,
			enum mgate_by by, const struct mgate_addr *addr, u64 until);
void mgate_routers_part(struct mgate_routers *routers, unsigned long *bits, u16 slot,
			enum mgate_by by, const struct mgate_addr *addr);
void mgate_routers_forget(struct mgate_routers *routers, unsigned long *bits, u16 slot);
void mgate_routers_forget_others(struct mgate_routers *routers, unsigned long *bits, u16 slot);
void mgate_routers_forget_by(struct mgate_routers *routers, unsigned long *bits, enum mgate_by by,
			     unsigned long *ended);
void mgate_routers_expire(struct mgate_routers *routers, unsigned long *bits, u64 now);
void mgate_routers_clear(struct mgate_routers *routers, unsigned long *bits);
u64 mgate_routers_deadline(const struct mgate_routers *routers);
u64 mgate_routers_latest(const struct mgate_routers *routers);
u64 mgate_routers_until(const struct mgate_routers *routers, u16 slot, enum mgate_by by);

#endif
