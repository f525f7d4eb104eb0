// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bridge's built-in snooping: its options are read and changed as by `ip
 * link`, and it is switched off and on so that neither cuts a running stream.
 *
 * Off, it forgets who is a member, but not that it has heard a querier: switched
 * on again, it would hold back each group until its members have reported anew.
 * So its queriers are forgotten before: it then floods until the next query,
 * and for as long as hosts have to answer that.
 *
 * All functions are called with RTNL held.
 */
#include <linux/delay.h>
#include <linux/etherdevice.h>
#include <linux/if_bridge.h>
#include <linux/netfilter_bridge.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/rtnetlink.h>

#include <mgate/builtin.h>

/* Timers that are due expire within two ticks, on a machine that is not stuck. */
#define FORGET_MS 200

struct option {
	struct nlattr nla;
	u8 value[sizeof(u64)];
};

/**
 * struct options - what is to be changed in one go
 * @data: as netlink would bring it, by attribute
 * @option: what @data points to
 * @n: how many of @option are used
 */
struct options {
	struct nlattr *data[IFLA_BR_MAX + 1];
	struct option option[3];
	unsigned int n;
};

static void put(struct options *o, int attr, const void *value, size_t len)
{
	struct option *option = &o->option[o->n++];

	option->nla.nla_len = (u16)(NLA_HDRLEN + len);
	option->nla.nla_type = (u16)attr;
	memcpy(option->value, value, len);
	o->data[attr] = &option->nla;
}

static void put_u8(struct options *o, int attr, u8 value)
{
	put(o, attr, &value, sizeof(value));
}

/* Changes what was put, and empties @o. */
static int change(struct net_device *br, struct options *o)
{
	int err = br->rtnl_link_ops->changelink(br, NULL, o->data, NULL);

	memset(o, 0, sizeof(*o));
	return err;
}

static struct options *new_options(const struct net_device *br)
{
	const struct rtnl_link_ops *ops = br->rtnl_link_ops;

	return ops && ops->changelink ? kzalloc(sizeof(struct options), GFP_KERNEL) : NULL;
}

/* Attributes that @skb was filled with, into @tb; they live in the skb. */
static struct sk_buff *parse(struct sk_buff *skb, int err, struct nlattr **tb, int max)
{
	if (!err)
		err = nla_parse_deprecated(tb, max, (struct nlattr *)skb->data, skb->len,
					   NULL, NULL);
	if (!err)
		return skb;
	kfree_skb(skb);
	return NULL;
}

/**
 * mgate_builtin_read() - the options of a bridge, as `ip -d link show` gets them
 * @br: the bridge
 * @tb: IFLA_BR_MAX + 1 pointers, filled with what is there
 *
 * May sleep. Return: what @tb points into, to be freed; NULL if there is none.
 */
struct sk_buff *mgate_builtin_read(const struct net_device *br, struct nlattr **tb)
{
	const struct rtnl_link_ops *ops = br->rtnl_link_ops;
	struct sk_buff *skb;

	if (!ops || !ops->fill_info)
		return NULL;
	skb = alloc_skb(ops->get_size(br), GFP_KERNEL);
	return skb ? parse(skb, ops->fill_info(skb, br), tb, IFLA_BR_MAX) : NULL;
}

/**
 * mgate_builtin_read_port() - the options of a port
 * @br: the bridge
 * @port: the port
 * @tb: IFLA_BRPORT_MAX + 1 pointers, filled with what is there
 *
 * May sleep. Return: as mgate_builtin_read().
 */
struct sk_buff *mgate_builtin_read_port(const struct net_device *br,
					const struct net_device *port, struct nlattr **tb)
{
	const struct rtnl_link_ops *ops = br->rtnl_link_ops;
	struct sk_buff *skb;

	if (!ops || !ops->fill_slave_info)
		return NULL;
	skb = alloc_skb(ops->get_slave_size(br, port), GFP_KERNEL);
	return skb ? parse(skb, ops->fill_slave_info(skb, br, port), tb, IFLA_BRPORT_MAX) : NULL;
}

/* --- Forgetting a querier ----------------------------------------------------- */

static unsigned int mgate_builtin_hold(void *priv, struct sk_buff *skb,
				       const struct nf_hook_state *state)
{
	return skb->head == priv ? NF_DROP : NF_ACCEPT;
}

/* The bridge hears a query from its own host, and nobody else does. */
static void tell_query(struct net_device *br, u16 ethertype, const u8 *mac, const u8 *data,
		       size_t len)
{
	struct nf_hook_ops ops = {
		.hook = mgate_builtin_hold,
		.pf = NFPROTO_BRIDGE,
		.hooknum = NF_BR_LOCAL_OUT,
		.priority = INT_MIN,
	};
	struct sk_buff *skb = alloc_skb(LL_RESERVED_SPACE(br) + len, GFP_KERNEL);
	struct sk_buff *held;

	if (!skb)
		return;
	skb_reserve(skb, LL_RESERVED_SPACE(br));
	skb_reset_network_header(skb);
	skb_put_data(skb, data, len);
	skb->dev = br;
	skb->protocol = htons(ethertype);
	dev_hard_header(skb, br, ethertype, mac, br->dev_addr, skb->len);
	ops.priv = skb->head;
	/* Until the hook is gone nobody else's frame gets this head. */
	held = skb_clone(skb, GFP_KERNEL);
	if (!held || nf_register_net_hook(dev_net(br), &ops)) {
		kfree_skb(skb);
	} else {
		/* No qdisc may keep it until the hook is gone. */
		dev_direct_xmit(skb, 0);
		nf_unregister_net_hook(dev_net(br), &ops);
	}
	kfree_skb(held);
}

/* From the lowest address there is: the bridge takes it for its querier. */
static void tell_queries(struct net_device *br)
{
	static const u8 igmp[] = {
		/* IPv4, TTL 1, from 0.0.0.0 to 224.0.0.1 */
		0x45, 0xc0, 0x00, 0x1c, 0x00, 0x00, 0x00, 0x00, 0x01, 0x02, 0xd9, 0x1f,
		0x00, 0x00, 0x00, 0x00, 0xe0, 0x00, 0x00, 0x01,
		/* IGMPv2 general query, 10 s */
		0x11, 0x64, 0xee, 0x9b, 0x00, 0x00, 0x00, 0x00,
	};
	static const u8 mld[] = {
		/* IPv6, hop limit 1, from fe80:: to ff02::1 */
		0x60, 0x00, 0x00, 0x00, 0x00, 0x20, 0x00, 0x01,
		0xfe, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0xff, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,
		/* Router Alert */
		0x3a, 0x00, 0x05, 0x02, 0x00, 0x00, 0x01, 0x00,
		/* MLDv1 general query, 10 s */
		0x82, 0x00, 0x59, 0x18, 0x27, 0x10, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	};
	static const u8 igmp_mac[ETH_ALEN] = { 0x01, 0x00, 0x5e, 0x00, 0x00, 0x01 };
	static const u8 mld_mac[ETH_ALEN] = { 0x33, 0x33, 0x00, 0x00, 0x00, 0x01 };

	tell_query(br, ETH_P_IP, igmp_mac, igmp, sizeof(igmp));
	tell_query(br, ETH_P_IPV6, mld_mac, mld, sizeof(mld));
}

/* It has a querier of either family that is not itself. */
static bool has_querier(struct nlattr **tb)
{
	struct nlattr *state[BRIDGE_QUERIER_MAX + 1];

	return tb[IFLA_BR_MCAST_QUERIER_STATE] &&
	       !nla_parse_nested_deprecated(state, BRIDGE_QUERIER_MAX,
					    tb[IFLA_BR_MCAST_QUERIER_STATE], NULL, NULL) &&
	       (state[BRIDGE_QUERIER_IP_OTHER_TIMER] || state[BRIDGE_QUERIER_IPV6_OTHER_TIMER]);
}

static bool still_has_querier(struct net_device *br, struct nlattr **tb)
{
	struct sk_buff *skb = mgate_builtin_read(br, tb);
	bool has = skb && has_querier(tb);

	kfree_skb(skb);
	return has;
}

/* How long a querier counts as there is read when one is heard: where that is no
 * time, it is forgotten at the next tick, and everything floods.
 */
static int forget_and_switch_off(struct net_device *br, struct options *o, struct nlattr **tb,
				 u64 interval)
{
	u64 zero = 0;
	int err, i;

	put(o, IFLA_BR_MCAST_QUERIER_INTVL, &zero, sizeof(zero));
	err = change(br, o);
	if (err)
		return err;
	tell_queries(br);
	for (i = 0; i < FORGET_MS / 2 && still_has_querier(br, tb); i++)
		usleep_range(1000, 2000);
	put_u8(o, IFLA_BR_MCAST_SNOOPING, 0);
	err = change(br, o);
	put(o, IFLA_BR_MCAST_QUERIER_INTVL, &interval, sizeof(interval));
	change(br, o);
	return err;
}

/* Going over to snooping by VLAN and back stops all timers: of the bridge as a
 * whole, or of all VLANs. Only a bridge that filters VLANs can do it.
 */
static int switch_off_and_forget(struct net_device *br, struct options *o, struct nlattr **tb)
{
	struct br_boolopt_multi by_vlan = { .optmask = BIT(BR_BOOLOPT_MCAST_VLAN_SNOOPING) };
	int err;

	put_u8(o, IFLA_BR_MCAST_SNOOPING, 0);
	err = change(br, o);
	if (err || !tb[IFLA_BR_MULTI_BOOLOPT])
		return err;
	nla_memcpy(&by_vlan, tb[IFLA_BR_MULTI_BOOLOPT], sizeof(by_vlan));
	by_vlan.optmask = BIT(BR_BOOLOPT_MCAST_VLAN_SNOOPING);
	by_vlan.optval ^= by_vlan.optmask;
	put(o, IFLA_BR_MULTI_BOOLOPT, &by_vlan, sizeof(by_vlan));
	change(br, o);
	by_vlan.optval ^= by_vlan.optmask;
	put(o, IFLA_BR_MULTI_BOOLOPT, &by_vlan, sizeof(by_vlan));
	change(br, o);
	return 0;
}

static int switch_off(struct net_device *br, struct options *o, struct nlattr **tb)
{
	struct sk_buff *skb = mgate_builtin_read(br, tb);
	bool querier = skb && has_querier(tb);
	int err;

	if (skb && br_vlan_enabled(br)) {
		err = switch_off_and_forget(br, o, tb);
	} else if (querier && tb[IFLA_BR_MCAST_QUERIER_INTVL]) {
		err = forget_and_switch_off(br, o, tb,
					    nla_get_u64(tb[IFLA_BR_MCAST_QUERIER_INTVL]));
	} else {
		put_u8(o, IFLA_BR_MCAST_SNOOPING, 0);
		err = change(br, o);
	}
	kfree_skb(skb);
	return err;
}

/**
 * mgate_builtin_off() - switch the built-in snooping off
 * @br: a bridge that is up
 *
 * May sleep. Return: 0 or an error, and it is still on.
 */
int mgate_builtin_off(struct net_device *br)
{
	struct nlattr **tb = kcalloc(IFLA_BR_MAX + 1, sizeof(*tb), GFP_KERNEL);
	struct options *o = new_options(br);
	int err = -ENOMEM;

	if (tb && o)
		err = switch_off(br, o, tb);
	kfree(o);
	kfree(tb);
	if (err)
		return err;
	netdev_state_change(br);
	return br_multicast_enabled(br) ? -EOPNOTSUPP : 0;
}

/**
 * mgate_builtin_on() - switch the built-in snooping on again
 * @br: a bridge on which it was switched off by mgate_builtin_off()
 *
 * Where it queries itself, its querier comes after it: the bridge then floods
 * for as long as hosts have to answer. May sleep. Return: 0 or an error.
 */
int mgate_builtin_on(struct net_device *br)
{
	struct nlattr **tb = kcalloc(IFLA_BR_MAX + 1, sizeof(*tb), GFP_KERNEL);
	struct options *o = new_options(br);
	struct sk_buff *skb = tb ? mgate_builtin_read(br, tb) : NULL;
	int err = -ENOMEM;
	bool querier;

	querier = skb && tb[IFLA_BR_MCAST_QUERIER] && nla_get_u8(tb[IFLA_BR_MCAST_QUERIER]);
	if (o && querier) {
		put_u8(o, IFLA_BR_MCAST_QUERIER, 0);
		change(br, o);
		put_u8(o, IFLA_BR_MCAST_QUERIER, 1);
	}
	if (o) {
		put_u8(o, IFLA_BR_MCAST_SNOOPING, 1);
		err = change(br, o);
	}
	kfree_skb(skb);
	kfree(o);
	kfree(tb);
	if (err)
		return err;
	netdev_state_change(br);
	return br_multicast_enabled(br) ? 0 : -EOPNOTSUPP;
}
