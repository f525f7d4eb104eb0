// SPDX-License-Identifier: GPL-2.0-only
/* What is known of each VLAN, its routers and its querier, as rows of netlink dumps. */
#include <mgate/address.h>
#include <mgate/text.h>
#include <mgate/tick.h>
#include <mgate/vlanrows.h>

/* The VLAN that is under way, or the next one; @d->i is its id, those of IPv6 behind all of
 * IPv4. The lock of the switch is held.
 */
static struct mgate_context *next_context(struct mgate_dump *d, struct mgate_switch *sw)
{
	struct mgate_context *ctx = NULL;
	unsigned long vid;
	u32 i = d->i;

	while (!ctx && i < MGATE_AF_MAX * MGATE_VLANS) {
		vid = i % MGATE_VLANS;
		i -= vid;
		ctx = xa_find(&sw->contexts.by_vid[i / MGATE_VLANS], &vid, MGATE_VLANS - 1,
			      XA_PRESENT);
		i += ctx ? (u32)vid : MGATE_VLANS;
	}
	if (i != d->i) {
		d->slot = 0;
		d->row = 0;
	}
	d->i = i;
	return ctx;
}

static int put_router(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb,
		      u16 slot, const struct mgate_context *ctx, u8 by, u64 until)
{
	void *head = mgate_attrs_begin(skb, d, br);

	return mgate_attrs_end(skb, head, !head || mgate_attrs_port(skb, br, slot) ||
			       nla_put_u16(skb, MGATE_A_VID, ctx ? ctx->vid : 0) ||
			       (ctx && mgate_attrs_family(skb, ctx->af)) ||
			       nla_put_string(skb, MGATE_A_BY, mgate_text_by(by)) ||
			       mgate_attrs_expires(skb, until, mgate_tick_now()));
}

/* All ways by which one port is known, from @d->row on. */
static int port_ways(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb,
		     const struct mgate_context *ctx)
{
	u64 until, now = mgate_tick_now();
	int err;

	for (; d->row < MGATE_BY_MAX; d->row++) {
		until = mgate_routers_until(&ctx->router_list, (u16)d->slot, d->row);
		if (until <= now)
			continue;
		err = put_router(d, br, skb, (u16)d->slot, ctx, (u8)d->row, until);
		if (err)
			return err;
	}
	d->row = 0;
	return 0;
}

/* The ports of one hold of the lock: each has some ways, of which each is looked for. */
#define PORTS_AT_ONCE 8

/* Return: as in struct mgate_dump, or 1 if there are more ports. */
static int context_routers(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb,
			   const struct mgate_context *ctx)
{
	unsigned int slot, n = 0;
	int err;

	for (; n < PORTS_AT_ONCE; n++, d->slot++) {
		slot = find_next_bit(ctx->routers, MGATE_SLOTS, d->slot);
		/* The port that was under way may be none any more. */
		if (slot != d->slot)
			d->row = 0;
		d->slot = slot;
		if (slot >= MGATE_SLOTS)
			return 0;
		err = port_ways(d, br, skb, ctx);
		if (err)
			return err;
	}
	return 1;
}

/* Behind all VLANs. */
static int static_routers(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb)
{
	int err;

	for (d->slot = find_next_bit(br->sw.always, MGATE_SLOTS, d->slot); d->slot < MGATE_SLOTS;
	     d->slot = find_next_bit(br->sw.always, MGATE_SLOTS, d->slot + 1)) {
		err = put_router(d, br, skb, (u16)d->slot, NULL, MGATE_NEWS_BY_STATIC, 0);
		if (err)
			return err;
	}
	return 0;
}

static int put_querier(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb,
		       const struct mgate_context *ctx)
{
	struct mgate_timing t = mgate_querier_timing(&ctx->querier, &br->sw.params);
	void *head = mgate_attrs_begin(skb, d, br);
	const struct mgate_querier *q = &ctx->querier;
	bool self = q->state == MGATE_QUERIER_SELF;
	u64 until = mgate_querier_deadline(q);
	struct mgate_addr addr = q->addr;
	bool failed;

	if (self)
		addr = mgate_address_own(br, ctx->af, ctx->vid);
	failed = !head || nla_put_u16(skb, MGATE_A_VID, ctx->vid) ||
		 nla_put_string(skb, MGATE_A_STATE, mgate_text_querier(q->state)) ||
		 nla_put_string(skb, MGATE_A_CONVERGENCE, mgate_text_convergence(ctx)) ||
		 mgate_attrs_addr(skb, MGATE_A_ADDRESS, ctx->af, &addr) ||
		 (q->state != MGATE_QUERIER_NONE && mgate_attrs_port(skb, br, q->slot)) ||
		 nla_put_u8(skb, MGATE_A_VERSION, mgate_family_version(ctx->af, self ?
			    mgate_querier_version(q, &br->sw.params) : q->version)) ||
		 nla_put_u8(skb, MGATE_A_ROBUSTNESS, (u8)t.robustness) ||
		 nla_put_u32(skb, MGATE_A_INTERVAL, t.query_ms) ||
		 mgate_attrs_expires(skb, until == MGATE_NEVER ? 0 : until, mgate_tick_now());
	return mgate_attrs_end(skb, head, failed);
}

typedef int context_fn(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb,
		       const struct mgate_context *ctx);

/* At least one hold of the lock for each VLAN. */
static int each_context(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb,
			context_fn *rows)
{
	const struct mgate_context *ctx;
	int err;

	do {
		spin_lock_bh(&br->sw.lock);
		ctx = next_context(d, &br->sw);
		err = ctx ? rows(d, br, skb, ctx) : 0;
		if (ctx && !err) { /* else it is not done with */
			d->i++;
			d->slot = 0;
		}
		spin_unlock_bh(&br->sw.lock);
		cond_resched();
	} while (ctx && err >= 0);
	return err;
}

/**
 * mgate_vlanrows_routers() - the table routers
 * @d: the dump
 * @br: the bridge
 * @skb: where rows go
 *
 * See struct mgate_dump.
 */
int mgate_vlanrows_routers(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb)
{
	int err = each_context(d, br, skb, context_routers);

	if (err)
		return err;
	spin_lock_bh(&br->sw.lock);
	err = static_routers(d, br, skb);
	spin_unlock_bh(&br->sw.lock);
	return err;
}

/**
 * mgate_vlanrows_queriers() - the table queriers
 * @d: the dump
 * @br: the bridge
 * @skb: where rows go
 *
 * See struct mgate_dump.
 */
int mgate_vlanrows_queriers(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb)
{
	return each_context(d, br, skb, put_querier);
}
