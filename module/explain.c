// SPDX-License-Identifier: GPL-2.0-only
/*
 * What would happen to a frame. Every answer is that of the code which frames meet; what
 * the bridge itself does is asked of it, as far as it tells modules: its VLANs, the state
 * of a port, and the flags of a port. A VLAN that is blocked by itself (MST, `bridge vlan
 * set … state`) it does not tell.
 */
#include <linux/etherdevice.h>
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>

#include <mgate/attrs.h>
#include <mgate/decision.h>
#include <mgate/explain.h>
#include <mgate/host.h>
#include <mgate/port.h>
#include <mgate/redirect.h>

#define PORT_BYTES 96	/* at most, of the answer for one port */
#define HEAD_BYTES 512

/**
 * struct question - the frame that is asked about, and what was found
 * @br: the bridge
 * @in: the port it comes in by; NULL: the host sends it
 * @f: the frame; only what the gate looks at
 * @mac: the sender, if @has_mac
 * @has_mac: @mac was given
 * @filters: the bridge tells VLANs apart
 * @vid: its VLAN
 * @redirected: it goes by redirect
 * @plan: where mgate lets it go
 */
struct question {
	struct mgate_bridge *br;
	struct mgate_port *in;
	struct mgate_frame f;
	u8 mac[ETH_ALEN];
	bool has_mac;
	bool filters;
	u16 vid;
	bool redirected;
	struct mgate_plan plan;
};

/* --- What is asked ------------------------------------------------------------- */

static int read_addr(const struct nlattr *attr, u8 af, struct mgate_addr *a)
{
	if (!attr || nla_len(attr) != mgate_family(af)->addr_len)
		return -EINVAL;
	mgate_addr_load(a, nla_data(attr), (size_t)nla_len(attr));
	return 0;
}

static int read_addrs(const struct genl_info *info, struct question *q)
{
	const struct nlattr *group = info->attrs[MGATE_A_GROUP];
	u8 af = group && nla_len(group) == sizeof(q->f.d.dst) ? MGATE_AF_INET6 : MGATE_AF_INET;

	q->f.kind = MGATE_FRAME_DATA;
	q->f.d.af = af;
	if (read_addr(group, af, &q->f.d.dst) ||
	    mgate_family_scope(af, &q->f.d.dst) == MGATE_SCOPE_NONE) {
		NL_SET_ERR_MSG(info->extack, "mgate: group is to be a multicast address");
		return -EINVAL;
	}
	q->f.solicits = af == MGATE_AF_INET6 && mgate_ipv6_is_solicited(&q->f.d.dst);
	if (read_addr(info->attrs[MGATE_A_SOURCE], af, &q->f.d.src)) {
		NL_SET_ERR_MSG(info->extack, "mgate: source is to be an address of group's family");
		return -EINVAL;
	}
	q->has_mac = info->attrs[MGATE_A_MAC];
	if (q->has_mac)
		ether_addr_copy(q->mac, nla_data(info->attrs[MGATE_A_MAC]));
	return 0;
}

static int find_devices(const struct genl_info *info, struct question *q)
{
	struct nlattr * const *attrs = info->attrs;
	struct net *net = genl_info_net((struct genl_info *)info);
	struct net_device *dev = NULL;

	if (attrs[MGATE_A_BRIDGE])
		dev = __dev_get_by_index(net, (int)nla_get_u32(attrs[MGATE_A_BRIDGE]));
	q->br = dev ? mgate_bridge_find_rcu(dev) : NULL;
	if (!q->br) {
		NL_SET_ERR_MSG(info->extack, "mgate: bridge is to be the index of a bridge here");
		return -ENODEV;
	}
	if (!attrs[MGATE_A_PORT])
		return 0;
	dev = __dev_get_by_index(net, (int)nla_get_u32(attrs[MGATE_A_PORT]));
	q->in = dev ? mgate_port_find_rcu(dev) : NULL;
	if (q->in && q->in->bridge == q->br)
		return 0;
	NL_SET_ERR_MSG(info->extack, "mgate: port is to be the index of a port of that bridge");
	return -ENODEV;
}

/* Without one, what a frame without a tag is in. */
static void find_vlan(const struct genl_info *info, struct question *q)
{
	const struct net_device *dev = q->in ? q->in->dev : q->br->dev;

	q->filters = br_vlan_enabled(q->br->dev);
	if (info->attrs[MGATE_A_VID])
		q->vid = nla_get_u16(info->attrs[MGATE_A_VID]);
	if (!q->vid && q->filters && br_vlan_get_pvid_rcu(dev, &q->vid))
		q->vid = 0;
}

/* --- What the bridge says ------------------------------------------------------ */

static bool has_carrier(const struct net_device *dev)
{
	return netif_running(dev) && netif_carrier_ok(dev);
}

static bool is_locked_out(const struct question *q)
{
	return q->has_mac && br_port_flag_is_set(q->in->dev, BR_PORT_LOCKED) &&
	       br_fdb_find_port(q->br->dev, q->mac, q->filters ? q->vid : 0) != q->in->dev;
}

/* Return: a word if it does not get in; else NULL. */
static const char *refused_in(const struct question *q)
{
	const struct net_device *dev = q->in ? q->in->dev : q->br->dev;

	if (!netif_running(q->br->dev) || !netif_running(dev) || (q->in && !has_carrier(dev)))
		return "link";
	if (q->in && !br_mst_enabled(q->br->dev) &&
	    br_port_get_stp_state(dev) != BR_STATE_FORWARDING)
		return "state";
	if (q->filters && (!q->vid || !mgate_bridge_is_in_vlan(dev, q->vid)))
		return "vlan";
	return q->in && is_locked_out(q) ? "locked" : NULL;
}

/* What the bridge floods to all that get multicast at all; where mgate sends it itself
 * it asks the flag where that counts.
 */
static bool is_flag_off(const struct question *q, const struct mgate_port *out,
			enum mgate_reason reason, bool pass)
{
	if (!q->in)
		return br_port_flag_is_set(out->dev, BR_PROXYARP);
	if (mgate_redirect_is_flooded(out->dev))
		return false;
	return !q->redirected || (pass && !mgate_redirect_leaves(out, &q->plan, reason));
}

/* Return: a word if it does not get out there, whatever mgate says; else NULL. */
static const char *refused_out(const struct question *q, const struct mgate_port *out,
			       enum mgate_reason reason, bool pass)
{
	if (!has_carrier(out->dev))
		return "link";
	if (!br_mst_enabled(q->br->dev) &&
	    br_port_get_stp_state(out->dev) != BR_STATE_FORWARDING)
		return "state";
	if (q->filters && !mgate_bridge_is_in_vlan(out->dev, q->vid))
		return "vlan";
	if (out == q->in && (q->redirected || !br_port_flag_is_set(out->dev, BR_HAIRPIN_MODE)))
		return "hairpin";
	if (q->in && br_port_flag_is_set(q->in->dev, BR_ISOLATED) &&
	    br_port_flag_is_set(out->dev, BR_ISOLATED))
		return "isolated";
	return is_flag_off(q, out, reason, pass) ? "flag" : NULL;
}

/* --- What mgate says ----------------------------------------------------------- */

static bool is_active(const struct question *q)
{
	return mgate_bridge_active(q->br) && mgate_switch_sees(&q->br->sw, q->f.d.af);
}

static void decide(struct question *q)
{
	mgate_gate_all(&q->plan, MGATE_REASON_NONE);
	if (!is_active(q))
		return;
	mgate_decision_plan(&q->br->sw, &q->f, q->vid, false, &q->plan);
	q->redirected = q->in && mgate_redirect_wants(&q->f, &q->plan) &&
			mgate_redirect_may(q->br, q->vid, q->filters);
}

static const char *path_of(const struct question *q)
{
	if (q->plan.pass != MGATE_REASON_NONE || !is_active(q))
		return "bridge";
	return q->redirected ? "redirect" : "gate";
}

/* Of what the host sends each port is asked apart, as the tag may be gone there. */
static enum mgate_reason test_sent(const struct question *q, const struct mgate_port *out,
				   bool *pass)
{
	struct mgate_frame f = { };
	struct bridge_vlan_info info;
	u16 vid;

	f.tag.present = q->vid && !(q->filters && !br_vlan_get_info_rcu(out->dev, q->vid, &info) &&
				    info.flags & BRIDGE_VLAN_INFO_UNTAGGED);
	f.tag.proto = q->filters ? mgate_bridge_vlan_proto(q->br) : htons(ETH_P_8021Q);
	f.tag.vid = f.tag.present ? q->vid : 0;
	*pass = true;
	if (!mgate_decision_sent_vid(out, &f, &vid))
		return MGATE_REASON_FLOOD_NO_VLAN;
	return mgate_gate_test(&q->br->sw, &q->plan, out->slot, pass);
}

static enum mgate_reason test(const struct question *q, const struct mgate_port *out, bool *pass)
{
	*pass = true;
	if (!is_active(q))
		return MGATE_REASON_NONE;
	if (!q->in)
		return test_sent(q, out, pass);
	if (out == q->in && q->plan.pass == MGATE_REASON_NONE && !q->f.solicits) {
		*pass = false;
		return MGATE_REASON_HAIRPIN;
	}
	return mgate_gate_test(&q->br->sw, &q->plan, out->slot, pass);
}

/* --- The answer ---------------------------------------------------------------- */

static bool put_verdict(struct sk_buff *skb, const struct question *q, enum mgate_reason reason,
			bool pass, const char *refused)
{
	/* An audit holds nothing back; the reason is what it counts. */
	pass |= READ_ONCE(q->br->state) != MGATE_STATE_ON;
	return (pass && nla_put_flag(skb, MGATE_A_PASS)) ||
	       (reason != MGATE_REASON_NONE &&
		nla_put_string(skb, MGATE_A_REASON, mgate_reason_name(reason))) ||
	       (refused && nla_put_string(skb, MGATE_A_REFUSED, refused));
}

static int put_port(struct sk_buff *skb, const struct question *q, const struct mgate_port *out)
{
	struct nlattr *nest = nla_nest_start(skb, MGATE_A_TO);
	enum mgate_reason reason;
	bool pass;

	reason = test(q, out, &pass);
	if (!nest || nla_put_u32(skb, MGATE_A_PORT, (u32)out->dev->ifindex) ||
	    nla_put_string(skb, MGATE_A_PORT_NAME, out->dev->name) ||
	    put_verdict(skb, q, reason, pass, refused_out(q, out, reason, pass)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_host(struct sk_buff *skb, const struct question *q)
{
	bool out_of_vlan = q->filters && !mgate_bridge_is_in_vlan(q->br->dev, q->vid);
	struct nlattr *nest = nla_nest_start(skb, MGATE_A_TO);
	enum mgate_reason reason = MGATE_REASON_NONE;
	bool pass = true;
	u8 mac[ETH_ALEN];

	mgate_family(q->f.d.af)->mac(&q->f.d.dst, mac);
	if (is_active(q))
		pass = mgate_host_gets(q->br, &q->plan, mac, &reason);
	if (!nest || nla_put_string(skb, MGATE_A_PORT_NAME, "host") ||
	    put_verdict(skb, q, reason, pass, out_of_vlan ? "vlan" : NULL))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_ports(struct sk_buff *skb, const struct question *q)
{
	const struct mgate_port *out;
	unsigned int slot;
	int err = 0;

	for (slot = 0; !err && slot < MGATE_SLOTS; slot++) {
		out = rcu_dereference(q->br->by_slot[slot]);
		if (out)
			err = put_port(skb, q, out);
	}
	return err || !q->in ? err : put_host(skb, q);
}

static int put_frame(struct sk_buff *skb, const struct question *q)
{
	return mgate_attrs_bridge(skb, q->br) ||
	       (q->in && nla_put_u32(skb, MGATE_A_PORT, (u32)q->in->dev->ifindex)) ||
	       nla_put_string(skb, MGATE_A_PORT_NAME, q->in ? q->in->dev->name : "host") ||
	       nla_put_u16(skb, MGATE_A_VID, q->vid) ||
	       mgate_attrs_addr(skb, MGATE_A_SOURCE, q->f.d.af, &q->f.d.src) ||
	       mgate_attrs_addr(skb, MGATE_A_GROUP, q->f.d.af, &q->f.d.dst) ? -EMSGSIZE : 0;
}

static int put_whole(struct sk_buff *skb, struct question *q)
{
	const char *refused = refused_in(q);
	enum mgate_reason reason;

	if (refused)
		return nla_put_string(skb, MGATE_A_PATH, "bridge") ?:
		       nla_put_string(skb, MGATE_A_REFUSED, refused);
	decide(q);
	reason = q->plan.pass != MGATE_REASON_NONE ? q->plan.pass : q->plan.hold;
	if (nla_put_string(skb, MGATE_A_PATH, path_of(q)) ||
	    (is_active(q) && nla_put_string(skb, MGATE_A_REASON, mgate_reason_name(reason))))
		return -EMSGSIZE;
	return put_ports(skb, q);
}

static int explain_rtnl(struct sk_buff *skb, const struct genl_info *info, struct question *q)
{
	int err;

	err = read_addrs(info, q) ?: find_devices(info, q);
	if (err)
		return err;
	find_vlan(info, q);
	return put_frame(skb, q) ?: put_whole(skb, q);
}

static int answer(struct sk_buff *skb, const struct genl_info *info, struct question *q)
{
	struct nlmsghdr *head = nlmsg_put(skb, info->snd_portid, info->snd_seq,
					  info->nlhdr->nlmsg_type, GENL_HDRLEN, 0);
	int err;

	if (!head)
		return -EMSGSIZE;
	*(struct genlmsghdr *)nlmsg_data(head) = (struct genlmsghdr) {
		.cmd = MGATE_CMD_EXPLAIN,
		.version = MGATE_FAMILY_VERSION,
	};
	/* Nothing comes or goes meanwhile. */
	rtnl_lock();
	rcu_read_lock();
	err = explain_rtnl(skb, info, q);
	rcu_read_unlock();
	rtnl_unlock();
	nlmsg_end(skb, head);
	return err;
}

/**
 * mgate_explain() - somebody asks what would happen to a frame
 * @skb: the request
 * @info: of it
 *
 * May sleep. Return: 0 or an error of the kernel's.
 */
int mgate_explain(struct sk_buff *skb, struct genl_info *info)
{
	struct question *q = kzalloc(sizeof(*q), GFP_KERNEL_ACCOUNT);
	struct sk_buff *reply = nlmsg_new(HEAD_BYTES + MGATE_SLOTS * PORT_BYTES,
					  GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	int err = -ENOMEM;

	if (q && reply)
		err = answer(reply, info, q);
	kfree(q);
	if (err) {
		nlmsg_free(reply);
		return err;
	}
	return genlmsg_reply(reply, info);
}
