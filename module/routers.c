// SPDX-License-Identifier: GPL-2.0-only
/*
 * The routers of one VLAN and the ports that lead to them, each for as long as
 * what made it known is good (RFC 4541 2.1.1 (1)). Beside the list stands a
 * bitmap of ports for the readers; both always say the same.
 *
 * All functions are called with the lock of the switch held.
 */
#include <linux/bitmap.h>

#include <mgate/memory.h>
#include <mgate/routers.h>

static bool leads(const struct mgate_routers *routers, u16 slot)
{
	const struct mgate_router *r;

	list_for_each_entry(r, &routers->list, node)
		if (r->slot == slot)
			return true;
	return false;
}

static bool leads_by(const struct mgate_routers *routers, u16 slot, u8 by)
{
	const struct mgate_router *r;

	list_for_each_entry(r, &routers->list, node)
		if (r->slot == slot && r->by == by)
			return true;
	return false;
}

static void tell_way(const struct mgate_routers *routers, enum mgate_news_kind kind, u16 slot,
		     u8 by)
{
	struct mgate_event e = {
		.key = { .vid = routers->vid, .af = routers->af },
		.slot = slot,
		.kind = kind,
		.by = by,
	};

	mgate_news_tell(routers->news, &e);
}

static void del(struct mgate_routers *routers, unsigned long *bits, struct mgate_router *r)
{
	u16 slot = r->slot;
	u8 by = r->by;

	list_del(&r->node);
	mgate_memory_free(MGATE_OBJECT_ROUTER, r);
	if (!leads(routers, slot))
		clear_bit(slot, bits);
	if (!leads_by(routers, slot, by))
		tell_way(routers, MGATE_NEWS_ROUTER_DEL, slot, by);
}

/* The router, or where there are too many to tell apart, any of that port. */
static struct mgate_router *find(const struct mgate_routers *routers, u16 slot, enum mgate_by by,
				 const struct mgate_addr *addr, bool any)
{
	struct mgate_router *r, *last = NULL;
	unsigned int n = 0;

	list_for_each_entry(r, &routers->list, node) {
		if (r->slot != slot || r->by != by)
			continue;
		if (mgate_addr_equal(&r->addr, addr))
			return r;
		last = r;
		n++;
	}
	return any && n >= MGATE_ROUTERS_MAX ? last : NULL;
}

/**
 * mgate_routers_setup() - a VLAN without routers
 * @routers: the list
 * @af: family
 * @vid: VLAN id
 * @news: who is to hear of them
 */
void mgate_routers_setup(struct mgate_routers *routers, u8 af, u16 vid, struct mgate_news *news)
{
	INIT_LIST_HEAD(&routers->list);
	routers->news = news;
	routers->vid = vid;
	routers->af = af;
}

/**
 * mgate_routers_hear() - a router was heard
 * @routers: those of the VLAN
 * @bits: the bitmap beside it
 * @slot: the port
 * @by: how it is known
 * @addr: its address, zero if it has none
 * @until: for how long, ms
 *
 * The bit is set even where there is no memory for the entry, until the next
 * change at that port: too much traffic there, never too little.
 *
 * Return: true if the port was not known to lead to one.
 */
bool mgate_routers_hear(struct mgate_routers *routers, unsigned long *bits, u16 slot,
			enum mgate_by by, const struct mgate_addr *addr, u64 until)
{
	struct mgate_router *r = find(routers, slot, by, addr, true);
	bool is_new = !test_and_set_bit(slot, bits);

	if (!r) {
		r = mgate_memory_new(MGATE_OBJECT_ROUTER);
		if (!r)
			return is_new;
		r->slot = slot;
		r->by = (u8)by;
		r->addr = *addr;
		r->until = until;
		if (!leads_by(routers, slot, r->by))
			tell_way(routers, MGATE_NEWS_ROUTER_ADD, slot, r->by);
		list_add_tail(&r->node, &routers->list);
	}
	if (mgate_addr_equal(&r->addr, addr)) {
		r->until = until;
	} else {
		/* It stands for several: the latest counts, and no goodbye. */
		memset(&r->addr, 0, sizeof(r->addr));
		r->until = max(r->until, until);
	}
	return is_new;
}

/**
 * mgate_routers_part() - a router says goodbye
 * @routers: those of the VLAN
 * @bits: the bitmap beside it
 * @slot: the port
 * @by: by what it said so; what else makes it known stays good
 * @addr: its address
 */
void mgate_routers_part(struct mgate_routers *routers, unsigned long *bits, u16 slot,
			enum mgate_by by, const struct mgate_addr *addr)
{
	struct mgate_router *r = find(routers, slot, by, addr, false);

	if (r)
		del(routers, bits, r);
}

/**
 * mgate_routers_forget() - a port leads nowhere any more
 * @routers: those of the VLAN
 * @bits: the bitmap beside it
 * @slot: the port
 */
void mgate_routers_forget(struct mgate_routers *routers, unsigned long *bits, u16 slot)
{
	struct mgate_router *r, *next;

	list_for_each_entry_safe(r, next, &routers->list, node)
		if (r->slot == slot)
			del(routers, bits, r);
	clear_bit(slot, bits);
}

/**
 * mgate_routers_forget_others() - at a port only queries count from now on
 * @routers: those of the VLAN
 * @bits: the bitmap beside it
 * @slot: the port
 */
void mgate_routers_forget_others(struct mgate_routers *routers, unsigned long *bits, u16 slot)
{
	struct mgate_router *r, *next;

	list_for_each_entry_safe(r, next, &routers->list, node)
		if (r->slot == slot && r->by != MGATE_BY_QUERY && r->by != MGATE_BY_PROXY)
			del(routers, bits, r);
}

/**
 * mgate_routers_forget_by() - what made routers known is good no more
 * @routers: those of the VLAN
 * @bits: the bitmap beside it
 * @by: by what
 * @ended: the ports where one was are set in this bitmap
 */
void mgate_routers_forget_by(struct mgate_routers *routers, unsigned long *bits, enum mgate_by by,
			     unsigned long *ended)
{
	struct mgate_router *r, *next;

	list_for_each_entry_safe(r, next, &routers->list, node) {
		if (r->by != by)
			continue;
		set_bit(r->slot, ended);
		del(routers, bits, r);
	}
}

/**
 * mgate_routers_expire() - forget what is no longer good
 * @routers: those of the VLAN
 * @bits: the bitmap beside it
 * @now: ms
 */
void mgate_routers_expire(struct mgate_routers *routers, unsigned long *bits, u64 now)
{
	struct mgate_router *r, *next;

	list_for_each_entry_safe(r, next, &routers->list, node)
		if (r->until <= now)
			del(routers, bits, r);
}

/**
 * mgate_routers_clear() - forget them all
 * @routers: those of the VLAN
 * @bits: the bitmap beside it
 */
void mgate_routers_clear(struct mgate_routers *routers, unsigned long *bits)
{
	struct mgate_router *r, *next;

	list_for_each_entry_safe(r, next, &routers->list, node)
		del(routers, bits, r);
	bitmap_zero(bits, MGATE_SLOTS);
}

/**
 * mgate_routers_deadline() - when the next of them is no longer good
 * @routers: those of the VLAN
 *
 * Return: ms, or MGATE_NEVER.
 */
u64 mgate_routers_deadline(const struct mgate_routers *routers)
{
	const struct mgate_router *r;
	u64 when = MGATE_NEVER;

	list_for_each_entry(r, &routers->list, node)
		when = min(when, r->until);
	return when;
}

/**
 * mgate_routers_latest() - when the last of them is no longer good
 * @routers: those of the VLAN
 *
 * Return: ms; 0: there are none.
 */
u64 mgate_routers_latest(const struct mgate_routers *routers)
{
	const struct mgate_router *r;
	u64 when = 0;

	list_for_each_entry(r, &routers->list, node)
		when = max(when, r->until);
	return when;
}

/**
 * mgate_routers_until() - how long a port leads to routers by one way
 * @routers: those of the VLAN
 * @slot: the port
 * @by: by what
 *
 * Return: ms; 0: it does not.
 */
u64 mgate_routers_until(const struct mgate_routers *routers, u16 slot, enum mgate_by by)
{
	const struct mgate_router *r;
	u64 until = 0;

	list_for_each_entry(r, &routers->list, node)
		if (r->slot == slot && r->by == by)
			until = max(until, r->until);
	return until;
}
