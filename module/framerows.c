// SPDX-License-Identifier: GPL-2.0-only
/* What frames there are, and what their figures are, as rows of netlink dumps. */
#include <mgate/flowlist.h>
#include <mgate/framerows.h>
#include <mgate/statsfile.h>

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

static bool put_flow(struct mgate_bridge *br, struct mgate_flowtable *t, struct mgate_flow *f,
		     void *data)
{
	const struct mgate_port *in = mgate_flowlist_in_locked(br, f);
	const struct mgate_key key = mgate_flowtable_key(t, f);
	const struct filler *fill = data;
	struct sk_buff *skb = fill->skb;
	void *head;

	if (!in)
		return true;
	head = mgate_attrs_begin(skb, fill->d, br);
	return !mgate_attrs_end(skb, head, !head ||
			nla_put_u32(skb, MGATE_A_PORT, (u32)in->dev->ifindex) ||
			nla_put_string(skb, MGATE_A_PORT_NAME, in->dev->name) ||
			mgate_attrs_addr(skb, MGATE_A_SOURCE, key.af, &key.src) ||
			mgate_attrs_group(skb, &key) ||
			put_ports(skb, f) ||
			nla_put_string(skb, MGATE_A_PATH, mgate_flowlist_path(f->path)) ||
			mgate_attrs_number(skb, MGATE_A_PACKETS, mgate_flowtable_packets(t, f)) ||
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

static bool put_figures(struct sk_buff *skb, const struct mgate_stats_figures *figures)
{
	return mgate_attrs_number(skb, MGATE_A_PACKETS, figures->packets) ||
	       mgate_attrs_number(skb, MGATE_A_BYTES, figures->bytes);
}

static bool put_what(struct sk_buff *skb, const struct mgate_stats_key *key)
{
	if (key->what == MGATE_STATS_IN)
		return nla_put_flag(skb, MGATE_A_IN);
	return (!mgate_reason_holds(key->reason) && nla_put_flag(skb, MGATE_A_PASS)) ||
	       nla_put_string(skb, MGATE_A_REASON, mgate_reason_name(key->reason));
}

/* A port that has just gone has no name any more. */
static int put_line(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb,
		    const struct mgate_statslist_entry *line)
{
	void *head;
	int err = 0;

	spin_lock_bh(&br->sw.lock);
	if (br->sw.ports[line->key.slot]) {
		head = mgate_attrs_begin(skb, d, br);
		err = mgate_attrs_end(skb, head, !head ||
				      mgate_attrs_port(skb, br, line->key.slot) ||
				      mgate_attrs_group(skb, &line->key.group) ||
				      put_what(skb, &line->key) ||
				      put_figures(skb, &line->figures));
	}
	spin_unlock_bh(&br->sw.lock);
	return err;
}

/* What did not fit is the first of the next message. */
static int put_lines(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb)
{
	struct mgate_statslist *list = d->list;
	struct mgate_statslist_place before;
	struct mgate_statslist_entry line;
	int err = 0;

	for (before = list->place; mgate_statslist_next(list, &line); before = list->place) {
		err = put_line(d, br, skb, &line);
		if (err)
			break;
	}
	if (err)
		mgate_statslist_back(list, &before);
	return err;
}

static int put_beyond(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb)
{
	struct mgate_stats_figures beyond = mgate_stats_beyond(&br->stats);
	void *head;

	if (!beyond.packets)
		return 0;
	head = mgate_attrs_begin(skb, d, br);
	return mgate_attrs_end(skb, head, !head || nla_put_flag(skb, MGATE_A_BEYOND) ||
			       put_figures(skb, &beyond));
}

/**
 * mgate_framerows_stats() - the table stats
 * @d: the dump
 * @br: the bridge
 * @skb: where rows go
 *
 * See struct mgate_dump.
 */
int mgate_framerows_stats(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb)
{
	if (!d->list)
		d->list = mgate_statsfile_list(br);
	if (!d->list)
		return -ENOMEM;
	return put_lines(d, br, skb) ?: put_beyond(d, br, skb);
}
