// SPDX-License-Identifier: GPL-2.0-only
/* Bridges, their ports and what was counted there, as rows of netlink dumps. */
#include <mgate/life.h>
#include <mgate/portrows.h>

static u32 count_ports(const struct mgate_switch *sw)
{
	return bitmap_weight(sw->up, MGATE_SLOTS) - test_bit(MGATE_SLOT_HOST, sw->up);
}

/* A VLAN has a context for each family that was heard there. */
static u32 count_vlans(struct mgate_switch *sw)
{
	const struct mgate_context *ctx;
	u32 n = 0;

	list_for_each_entry(ctx, &sw->contexts.list, node)
		if (ctx->af == MGATE_AF_INET ||
		    !mgate_context_find_rcu(&sw->contexts, MGATE_AF_INET, ctx->vid))
			n++;
	return n;
}

/**
 * mgate_portrows_bridges() - a row for the bridge
 * @d: the dump
 * @br: the bridge
 * @skb: where it goes
 *
 * See struct mgate_dump.
 */
int mgate_portrows_bridges(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb)
{
	const char *status = mgate_life_status(br);
	u32 ports, groups, vlans;
	void *head;

	spin_lock_bh(&br->sw.lock);
	ports = count_ports(&br->sw);
	groups = br->sw.ledger.ngroups;
	vlans = count_vlans(&br->sw);
	spin_unlock_bh(&br->sw.lock);
	head = mgate_attrs_begin(skb, d, br);
	return mgate_attrs_end(skb, head, !head ||
			       nla_put_string(skb, MGATE_A_MODE, mgate_life_mode(br)) ||
			       nla_put_string(skb, MGATE_A_STATUS, status) ||
			       nla_put_u32(skb, MGATE_A_PORTS, ports) ||
			       nla_put_u32(skb, MGATE_A_GROUPS, groups) ||
			       nla_put_u32(skb, MGATE_A_VLANS, vlans));
}

static const char *word_of(const struct mgate_switch_port *sp, enum mgate_port_param id)
{
	return mgate_params_port_table[id].words[READ_ONCE(sp->params[id])];
}

static int put_port(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb,
		    const struct mgate_switch_port *sp)
{
	const struct mgate_port *port = container_of(sp, struct mgate_port, sw);
	void *head = mgate_attrs_begin(skb, d, br);
	bool failed;

	failed = !head || mgate_attrs_port(skb, br, sp->slot) ||
		 nla_put_u32(skb, MGATE_A_GROUPS, sp->nmembers) ||
		 nla_put_u32(skb, MGATE_A_HOSTS, sp->nhosts);
	/* The host has no files. */
	if (!failed && sp->slot != MGATE_SLOT_HOST)
		failed = nla_put_string(skb, MGATE_A_MODE, word_of(sp, MGATE_PORT_MODE)) ||
			 nla_put_string(skb, MGATE_A_STATUS,
					mgate_life_port_status_locked(port)) ||
			 nla_put_string(skb, MGATE_A_ROUTER, word_of(sp, MGATE_PORT_ROUTER));
	return mgate_attrs_end(skb, head, failed);
}

static int put_counters(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb,
			const struct mgate_switch_port *sp)
{
	const struct mgate_port *port = container_of(sp, struct mgate_port, sw);
	enum mgate_reason reason;
	unsigned long n;
	void *head;
	int err;

	for (reason = max_t(u32, d->row, MGATE_REASON_NONE + 1); reason < MGATE_REASON_MAX;
	     reason++) {
		d->row = reason;
		n = mgate_counters_read(port, reason);
		if (!n)
			continue;
		head = mgate_attrs_begin(skb, d, br);
		err = mgate_attrs_end(skb, head, !head ||
				      mgate_attrs_port(skb, br, sp->slot) ||
				      nla_put_string(skb, MGATE_A_REASON,
						     mgate_reason_name(reason)) ||
				      mgate_attrs_number(skb, MGATE_A_PACKETS, n));
		if (err)
			return err;
	}
	return 0;
}

typedef int port_fn(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb,
		    const struct mgate_switch_port *sp);

/* One hold of the lock for each port, so that it stays. */
static int each_port(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb,
		     port_fn *rows)
{
	int err = 0;

	for (; d->slot < MGATE_SLOTS; d->slot++) {
		spin_lock_bh(&br->sw.lock);
		if (br->sw.ports[d->slot])
			err = rows(d, br, skb, br->sw.ports[d->slot]);
		spin_unlock_bh(&br->sw.lock);
		if (err)
			return err;
		d->row = 0;
	}
	return 0;
}

/**
 * mgate_portrows_ports() - a row for each port
 * @d: the dump
 * @br: the bridge
 * @skb: where rows go
 *
 * See struct mgate_dump.
 */
int mgate_portrows_ports(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb)
{
	return each_port(d, br, skb, put_port);
}

/**
 * mgate_portrows_counters() - the table counters
 * @d: the dump
 * @br: the bridge
 * @skb: where rows go
 *
 * See struct mgate_dump.
 */
int mgate_portrows_counters(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb)
{
	if (!d->inside)
		mgate_flowtable_fold(br);
	d->inside = true;
	return each_port(d, br, skb, put_counters);
}
