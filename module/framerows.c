// SPDX-License-Identifier: GPL-2.0-only
/* What frames there are, and what an audit says of them, as rows of netlink dumps. */
#include <linux/mm.h>

#include <mgate/flowlist.h>
#include <mgate/framerows.h>

/**
 * struct filler - a walk over flows that makes rows of them
 * @d: the dump
 * @skb: where they go
 */
struct filler {
	struct mgate_dump *d;
	struct sk_buff *skb;
};

static bool put_to(struct sk_buff *skb, const struct net_device *dev)
{
	struct nlattr *nest = nla_nest_start(skb, MGATE_A_TO);

	if (!nest || (dev && nla_put_u32(skb, MGATE_A_PORT, (u32)dev->ifindex)) ||
	    nla_put_string(skb, MGATE_A_PORT_NAME, dev ? dev->name : "host"))
		return true;
	nla_nest_end(skb, nest);
	return false;
}

static bool put_ports(struct sk_buff *skb, const struct mgate_flow *f)
{
	bool failed = f->host && put_to(skb, NULL);
	unsigned int i;

	if (!failed && f->n == 1)
		failed = put_to(skb, f->one->dev);
	for (i = 0; !failed && f->n > 1 && i < f->n; i++)
		failed = put_to(skb, f->outs->out[i].dev);
	return failed;
}

static bool put_flow(struct mgate_bridge *br, struct mgate_flow *f, void *data)
{
	const struct mgate_port *in = mgate_flowlist_in_locked(br, f);
	const struct filler *fill = data;
	struct sk_buff *skb = fill->skb;
	void *head;

	if (!in)
		return true;
	head = mgate_attrs_begin(skb, fill->d, br);
	return !mgate_attrs_end(skb, head, !head ||
			nla_put_u32(skb, MGATE_A_PORT, (u32)in->dev->ifindex) ||
			nla_put_string(skb, MGATE_A_PORT_NAME, in->dev->name) ||
			nla_put_in_addr(skb, MGATE_A_SOURCE, f->key.src) ||
			nla_put_in_addr(skb, MGATE_A_GROUP, f->key.dst) ||
			nla_put_u16(skb, MGATE_A_VID, f->vid) ||
			put_ports(skb, f) ||
			nla_put_string(skb, MGATE_A_PATH, mgate_flowlist_path(f->path)) ||
			mgate_attrs_number(skb, MGATE_A_PACKETS, READ_ONCE(f->packets)) ||
			mgate_attrs_number(skb, MGATE_A_BYTES, READ_ONCE(f->bytes)));
}

/**
 * mgate_framerows_flows() - the table flows
 * @d: the dump
 * @br: the bridge
 * @skb: where rows go
 *
 * See struct mgate_dump.
 */
int mgate_framerows_flows(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb)
{
	struct filler fill = { .d = d, .skb = skb };

	return mgate_flowtable_walk_from(br, &d->flow, put_flow, &fill) ? 0 : -EMSGSIZE;
}

/* A row of an audit as it was when its bridge began to be dumped: not many. */
struct copy {
	struct mgate_audit_key key;
	struct mgate_audit_figures figures;
};

struct copier {
	struct mgate_audit_walker walker;
	struct mgate_dump *d;
};

static void copy_row(struct mgate_audit_walker *w, const struct mgate_audit_key *key,
		     const struct mgate_audit_figures *figures)
{
	struct mgate_dump *d = container_of(w, struct copier, walker)->d;
	struct copy *list = d->list;

	if (d->n == MGATE_AUDIT_ROWS)
		return;
	list[d->n].key = *key;
	list[d->n++].figures = *figures;
}

static int copy_audit(struct mgate_dump *d, struct mgate_bridge *br)
{
	struct copier c = { .walker = { .row = copy_row }, .d = d };

	d->list = kvmalloc_array(MGATE_AUDIT_ROWS, sizeof(struct copy), GFP_KERNEL_ACCOUNT);
	if (!d->list)
		return -ENOMEM;
	mgate_audit_walk(&br->audit, &c.walker);
	return 0;
}

static bool put_figures(struct sk_buff *skb, const struct mgate_audit_figures *figures)
{
	return mgate_attrs_number(skb, MGATE_A_PACKETS, figures->packets) ||
	       mgate_attrs_number(skb, MGATE_A_BYTES, figures->bytes);
}

/* A port that has just gone has no name any more. */
static int put_copy(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb,
		    const struct copy *row)
{
	void *head;
	int err = 0;

	spin_lock_bh(&br->sw.lock);
	if (br->sw.ports[row->key.slot]) {
		head = mgate_attrs_begin(skb, d, br);
		err = mgate_attrs_end(skb, head, !head ||
				      mgate_attrs_port(skb, br, row->key.slot) ||
				      mgate_attrs_group(skb, &row->key.group) ||
				      (!mgate_reason_holds(row->key.reason) &&
				       nla_put_flag(skb, MGATE_A_PASS)) ||
				      nla_put_string(skb, MGATE_A_REASON,
						     mgate_reason_name(row->key.reason)) ||
				      put_figures(skb, &row->figures));
	}
	spin_unlock_bh(&br->sw.lock);
	return err;
}

static int put_beyond(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb)
{
	struct mgate_audit_figures beyond = mgate_audit_beyond(&br->audit);
	void *head;

	if (!beyond.packets)
		return 0;
	head = mgate_attrs_begin(skb, d, br);
	return mgate_attrs_end(skb, head, !head || nla_put_flag(skb, MGATE_A_BEYOND) ||
			       put_figures(skb, &beyond));
}

/**
 * mgate_framerows_audit() - the table audit
 * @d: the dump
 * @br: the bridge
 * @skb: where rows go
 *
 * See struct mgate_dump.
 */
int mgate_framerows_audit(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb)
{
	int err = d->list ? 0 : copy_audit(d, br);
	const struct copy *list = d->list;

	for (; !err && d->i < d->n; d->i += !err)
		err = put_copy(d, br, skb, &list[d->i]);
	return err ?: put_beyond(d, br, skb);
}
