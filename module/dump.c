// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dumps over netlink: whatever the table, bridge by bridge, as much as fits into one
 * message after the other.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <net/sock.h>

#include <mgate/dump.h>
#include <mgate/framerows.h>
#include <mgate/memberrows.h>
#include <mgate/portrows.h>
#include <mgate/rulerows.h>
#include <mgate/vlanrows.h>

typedef int rows_fn(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb);

static rows_fn * const tables[__MGATE_CMD_MAX] = {
	[MGATE_CMD_BRIDGES_GET] = mgate_portrows_bridges,
	[MGATE_CMD_PORTS_GET] = mgate_portrows_ports,
	[MGATE_CMD_GROUPS_GET] = mgate_memberrows_groups,
	[MGATE_CMD_HOSTS_GET] = mgate_memberrows_hosts,
	[MGATE_CMD_ROUTERS_GET] = mgate_vlanrows_routers,
	[MGATE_CMD_QUERIERS_GET] = mgate_vlanrows_queriers,
	[MGATE_CMD_COUNTERS_GET] = mgate_portrows_counters,
	[MGATE_CMD_FLOWS_GET] = mgate_framerows_flows,
	[MGATE_CMD_RULES_GET] = mgate_rulerows,
	[MGATE_CMD_STATS_GET] = mgate_framerows_stats,
};

static struct mgate_dump *dump_of(struct netlink_callback *cb)
{
	return *(struct mgate_dump **)cb->ctx;
}

/**
 * mgate_dump_start() - somebody asks for a table
 * @cb: the request
 *
 * May sleep. Return: 0 or -ENOMEM.
 */
int mgate_dump_start(struct netlink_callback *cb)
{
	const struct nlattr *bridge = nlmsg_find_attr(cb->nlh, GENL_HDRLEN, MGATE_A_BRIDGE);
	const struct genlmsghdr *genl = nlmsg_data(cb->nlh);
	struct mgate_dump *d = kzalloc(sizeof(*d), GFP_KERNEL_ACCOUNT);

	if (!d)
		return -ENOMEM;
	d->request.ifindex = bridge ? (int)nla_get_u32(bridge) : 0;
	d->request.portid = NETLINK_CB(cb->skb).portid;
	d->request.seq = cb->nlh->nlmsg_seq;
	d->request.type = cb->nlh->nlmsg_type;
	d->request.cmd = genl->cmd;
	if (d->request.cmd == MGATE_CMD_FLOWS_GET || d->request.cmd == MGATE_CMD_RULES_GET)
		cb->min_dump_alloc = MGATE_DUMP_LONGEST;
	*(struct mgate_dump **)cb->ctx = d;
	return 0;
}

static void begin_bridge(struct mgate_dump *d, u64 id)
{
	kvfree(d->list);
	*d = (struct mgate_dump){ .request = d->request, .done = d->done, .id = id };
}

static int dump_bridge(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb)
{
	if (br->id != d->id)
		begin_bridge(d, br->id);
	return tables[d->request.cmd](d, br, skb);
}

/**
 * mgate_dump_more() - fill one message
 * @skb: the message
 * @cb: the request
 *
 * May sleep.
 *
 * Return: its length; 0 when there is no more; an error of the kernel's.
 */
int mgate_dump_more(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct net *net = sock_net(cb->skb->sk);
	struct mgate_dump *d = dump_of(cb);
	int only = d->request.ifindex;
	struct mgate_bridge *br;
	int err = 0;

	while (!err && (br = mgate_bridge_next(net, d->done))) {
		if (!only || br->dev->ifindex == only)
			err = dump_bridge(d, br, skb);
		if (!err)
			d->done = br->id;
		mgate_bridge_done(br);
		cond_resched();
	}
	/* What does not fit into an empty message never will. */
	if (err && (err != -EMSGSIZE || !skb->len))
		return err;
	return skb->len;
}

/**
 * mgate_dump_done() - nobody reads on
 * @cb: the request
 *
 * May sleep. Return: 0.
 */
int mgate_dump_done(struct netlink_callback *cb)
{
	struct mgate_dump *d = dump_of(cb);

	kvfree(d->list);
	kfree(d);
	return 0;
}
