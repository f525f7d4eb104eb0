// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ports of one VLAN that lead to routers, each for as long as what made it
 * known is good (RFC 4541 2.1.1 (1)). Beside the list stands a bitmap for the
 * readers; both always say the same.
 *
 * All functions are called with the lock of the switch held.
 */
#include <linux/bitmap.h>

#include <mgate/memory.h>
#include <mgate/routers.h>

static struct mgate_router *find(const struct list_head *routers, u16 slot)
{
	struct mgate_router *r;

	list_for_each_entry(r, routers, node)
		if (r->slot == slot)
			return r;
	return NULL;
}

static void del(struct mgate_router *r, unsigned long *bits)
{
	clear_bit(r->slot, bits);
	list_del(&r->node);
	mgate_memory_free(MGATE_OBJECT_ROUTER, r);
}

/**
 * mgate_routers_hear() - a port leads to a router
 * @routers: the list of the VLAN
 * @bits: the bitmap beside it
 * @slot: the port
 * @by: how it is known
 * @until: for how long, ms
 *
 * The bit is set even where there is no memory for the entry, until the next
 * flush: too much traffic there, never too little.
 *
 * Return: true if the port was not known as one.
 */
bool mgate_routers_hear(struct list_head *routers, unsigned long *bits, u16 slot,
			enum mgate_by by, u64 until)
{
	struct mgate_router *r = find(routers, slot);
	bool is_new = !test_and_set_bit(slot, bits);

	if (!r) {
		r = mgate_memory_new(MGATE_OBJECT_ROUTER);
		if (!r)
			return is_new;
		r->slot = slot;
		list_add_tail(&r->node, routers);
	}
	r->until[by] = until;
	return is_new;
}

/**
 * mgate_routers_forget() - a port leads nowhere any more
 * @routers: the list of the VLAN
 * @bits: the bitmap beside it
 * @slot: the port
 */
void mgate_routers_forget(struct list_head *routers, unsigned long *bits, u16 slot)
{
	struct mgate_router *r = find(routers, slot);

	clear_bit(slot, bits);
	if (r)
		del(r, bits);
}

static u64 last(const struct mgate_router *r)
{
	u64 until = 0;
	unsigned int by;

	for (by = 0; by < MGATE_BY_MAX; by++)
		until = max(until, r->until[by]);
	return until;
}

/**
 * mgate_routers_expire() - forget what is no longer good
 * @routers: the list of the VLAN
 * @bits: the bitmap beside it
 * @now: ms
 */
void mgate_routers_expire(struct list_head *routers, unsigned long *bits, u64 now)
{
	struct mgate_router *r, *next;
	unsigned int by;

	list_for_each_entry_safe(r, next, routers, node) {
		for (by = 0; by < MGATE_BY_MAX; by++)
			if (r->until[by] <= now)
				r->until[by] = 0;
		if (!last(r))
			del(r, bits);
	}
}

/**
 * mgate_routers_clear() - forget them all
 * @routers: the list of the VLAN
 * @bits: the bitmap beside it
 */
void mgate_routers_clear(struct list_head *routers, unsigned long *bits)
{
	struct mgate_router *r, *next;

	list_for_each_entry_safe(r, next, routers, node)
		del(r, bits);
	bitmap_zero(bits, MGATE_SLOTS);
}

/**
 * mgate_routers_deadline() - when the next port is no longer one
 * @routers: the list of the VLAN
 *
 * Return: ms, or MGATE_NEVER.
 */
u64 mgate_routers_deadline(const struct list_head *routers)
{
	const struct mgate_router *r;
	u64 when = MGATE_NEVER;

	list_for_each_entry(r, routers, node)
		when = min(when, last(r));
	return when;
}
