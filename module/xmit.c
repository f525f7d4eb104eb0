// SPDX-License-Identifier: GPL-2.0-only
/*
 * Own messages (queries, reports, solicitations) on their way out: through the bridge
 * device, so that the bridge itself sees to port states, VLANs and tags, and our hook in
 * LOCAL_OUT to the ports that they are for.
 */
#include <linux/etherdevice.h>
#include <linux/if_bridge.h>
#include <linux/if_vlan.h>
#include <linux/ratelimit.h>
#include <net/checksum.h>
#include <net/ip.h>
#include <net/sch_generic.h>

#include <mgate/address.h>
#include <mgate/discovery.h>
#include <mgate/family.h>
#include <mgate/flight.h>
#include <mgate/proxy.h>
#include <mgate/role.h>
#include <mgate/xmit.h>

/* Where the checksum is in a message of either family. */
#define CHECKSUM 2

static void fill_checksums(u8 *data, const struct mgate_datagram *d)
{
	__wsum seed = (__force __wsum)mgate_family(d->af)->seed(d);
	struct iphdr *iph = (struct iphdr *)data;
	__sum16 sum;

	if (d->af == MGATE_AF_INET)
		iph->check = ip_fast_csum(data, iph->ihl);
	sum = csum_fold(csum_partial(d->payload, d->len, seed));
	memcpy(data + d->header_len + CHECKSUM, &sum, sizeof(sum));
}

/* With room for whatever a family builds: at its tail. */
static struct sk_buff *begin(const struct net_device *dev)
{
	/* A tag that is written into it must not move it: by its head the hook knows it. */
	unsigned int room = LL_RESERVED_SPACE(dev) + VLAN_HLEN;
	struct sk_buff *skb;

	skb = alloc_skb(room + MGATE_FAMILY_MESSAGE_MAX, GFP_KERNEL);
	if (!skb)
		return NULL;
	skb_reserve(skb, room);
	skb_reset_network_header(skb);
	return skb;
}

/* A datagram as the families build it, its checksums still zero. */
static struct sk_buff *finish(struct sk_buff *skb, struct net_device *dev, u8 af, size_t len)
{
	const struct mgate_family *family = mgate_family(af);
	struct mgate_datagram d;
	struct ethhdr *eth;

	skb_put(skb, len);
	if (family->parse_header(skb->data, len, len, &d)) {
		kfree_skb(skb);
		return NULL;
	}
	fill_checksums(skb->data, &d);

	eth = skb_push(skb, ETH_HLEN);
	skb_reset_mac_header(skb);
	family->mac(&d.dst, eth->h_dest);
	ether_addr_copy(eth->h_source, dev->dev_addr);
	eth->h_proto = htons(family->ethertype);
	skb->protocol = eth->h_proto;
	skb->dev = dev;
	skb->priority = TC_PRIO_CONTROL;
	return skb;
}

static void tag(struct sk_buff *skb, const struct mgate_bridge *br, u16 vid)
{
	if (vid)
		__vlan_hwaccel_put_tag(skb, br_vlan_enabled(br->dev) ?
				       mgate_bridge_vlan_proto(br) : htons(ETH_P_8021Q), vid);
}

/* As the bridge does with what it hands up to its host. */
static void untag(struct sk_buff *skb, const struct net_device *dev, u16 vid)
{
	struct bridge_vlan_info info;

	if (!br_vlan_enabled(dev))
		return;
	rcu_read_lock();
	if (!br_vlan_get_info_rcu(dev, vid, &info) && info.flags & BRIDGE_VLAN_INFO_UNTAGGED)
		__vlan_hwaccel_clear_tag(skb);
	rcu_read_unlock();
}

/* The host would take what comes in from its own address for a martian; IGMP
 * without an address it takes, and so does a router of its own (RFC 9776
 * 4.2.14), for which it is no querier. IPv6 knows no martians, and no MLD without an
 * address.
 */
static void clear_source(struct sk_buff *skb)
{
	if (skb->protocol != htons(ETH_P_IP))
		return;
	ip_hdr(skb)->saddr = 0;
	ip_send_check(ip_hdr(skb));
}

/* The bridge does not give the host what the host sends; but the host is asked
 * like everybody else, in its VLAN.
 */
static void give_to_host(const struct sk_buff *skb, struct net_device *dev, u16 vid)
{
	struct sk_buff *copy = skb_copy(skb, GFP_ATOMIC);

	if (!copy)
		return;
	untag(copy, dev, vid);
	clear_source(copy);
	copy->protocol = eth_type_trans(copy, dev);
	copy->ip_summed = CHECKSUM_UNNECESSARY;
	netif_rx(copy);
}

/* The hook in LOCAL_OUT runs within it, and knows the frame by its head: no qdisc may keep
 * it until later, and no tap have a clone of it while a tag is written into it. BH off.
 */
static int transmit(struct sk_buff *skb)
{
	const struct net_device *dev = skb->dev;

	if (rcu_dereference_bh(dev->qdisc)->enqueue ||
	    (skb_vlan_tag_present(skb) &&
	     !vlan_hw_offload_capable(dev->features, skb->vlan_proto)))
		return dev_direct_xmit(skb, 0);
	return dev_queue_xmit(skb);
}

/* Return: false if it was dropped. BH off. */
static bool send_planned(struct mgate_bridge *br, struct sk_buff *skb, u8 af, u16 vid,
			 struct mgate_flight *flight)
{
	const u8 *ip = skb_network_header(skb);
	size_t len = skb->len - ETH_HLEN;
	struct mgate_datagram d;
	int ret;

	if (!mgate_family(af)->parse_header(ip, len, len, &d)) {
		flight->key = mgate_addr_key(af, vid, &d.dst);
		flight->key.src = d.src;
	}
	flight->head = skb->head;
	flight->port = &br->host;
	ret = transmit(skb);
	flight->head = NULL;
	return !net_xmit_eval(ret);
}

/* To one port or, with MGATE_SLOT_NONE, to all; @as is what passes. */
static bool send(struct mgate_bridge *br, struct sk_buff *skb, u8 af, u16 vid, u16 slot,
		 enum mgate_reason as)
{
	struct mgate_flight *flight;
	bool sent;

	local_bh_disable();
	flight = mgate_flight_own();
	if (slot == MGATE_SLOT_NONE)
		mgate_gate_all(&flight->plan, as);
	else
		mgate_gate_port(&flight->plan, slot, as);
	sent = send_planned(br, skb, af, vid, flight);
	local_bh_enable();
	return sent;
}

/* To router ports, one of which may be the host. */
static bool send_to_routers(struct mgate_bridge *br, struct sk_buff *skb,
			    const struct mgate_report *r)
{
	struct mgate_flight *flight;
	bool sent;

	local_bh_disable();
	flight = mgate_flight_own();
	rcu_read_lock();
	mgate_gate_report(&br->sw, r->af, r->vid, false, &flight->plan);
	rcu_read_unlock();
	mgate_proxy_split(&br->sw, r, flight->plan.routers, flight->plan.words * BITS_PER_LONG);
	tag(skb, br, r->vid);
	if (flight->plan.words && test_bit(MGATE_SLOT_HOST, flight->plan.routers))
		give_to_host(skb, br->dev, r->vid);
	sent = send_planned(br, skb, r->af, r->vid, flight);
	local_bh_enable();
	return sent;
}

/**
 * mgate_xmit_can_send() - can, and may, the bridge send in a VLAN
 * @br: the bridge
 * @vid: the VLAN
 *
 * Before its first port forwards a bridge drops what its host sends.
 */
bool mgate_xmit_can_send(const struct mgate_bridge *br, u16 vid)
{
	return READ_ONCE(br->state) == MGATE_STATE_ON && netif_running(br->dev) &&
	       netif_carrier_ok(br->dev) && netif_oper_up(br->dev) &&
	       !mgate_context_ignores(&br->sw.contexts, vid) && mgate_bridge_host_is_in(br, vid);
}

/* A querier of MLD is known by its address, and what comes from a host without one the
 * routers do not believe (RFC 9777 5.2.13).
 */
static bool needs_address(u8 af)
{
	return af == MGATE_AF_INET6;
}

/**
 * mgate_xmit_has_address() - would routers believe what the bridge reports for its hosts
 * @br: the bridge
 * @af: family
 * @vid: the VLAN
 *
 * Any context.
 */
bool mgate_xmit_has_address(const struct mgate_bridge *br, u8 af, u16 vid)
{
	const struct mgate_addr own = mgate_address_own(br, af, vid);

	return !needs_address(af) || !mgate_addr_is_zero(&own);
}

/**
 * mgate_xmit_query() - send a query
 * @br: the bridge
 * @ask: what to ask, and where
 *
 * Process context; may sleep. The host is asked like everybody else.
 *
 * Return: false if it could not be sent; the next one makes up for it.
 */
bool mgate_xmit_query(struct mgate_bridge *br, const struct mgate_ask *ask)
{
	const struct mgate_family *family = mgate_family(ask->query.af);
	u16 slot = ask->all ? MGATE_SLOT_NONE : ask->slot;
	struct mgate_query query = ask->query;
	struct sk_buff *skb;

	if (!mgate_xmit_can_send(br, ask->vid))
		return false;
	if (!ask->proxy) {
		query.src = mgate_address_own(br, query.af, ask->vid);
		if (needs_address(query.af) && mgate_addr_is_zero(&query.src))
			return false;
		mgate_role_named(&br->sw, query.af, ask->vid, !mgate_addr_is_zero(&query.src));
	}
	skb = begin(br->dev);
	if (!skb)
		return false;
	skb = finish(skb, br->dev, query.af, family->build(&query, skb_tail_pointer(skb)));
	if (!skb)
		return false;
	tag(skb, br, ask->vid);
	if (slot == MGATE_SLOT_NONE)
		give_to_host(skb, br->dev, ask->vid);
	if (!send(br, skb, query.af, ask->vid, slot, MGATE_REASON_CONTROL_QUERY))
		return false;
	mgate_bridge_count(&br->host, MGATE_REASON_TX_QUERY);
	return true;
}

/**
 * mgate_xmit_report() - send a report or leave for the hosts of the bridge
 * @br: the bridge
 * @r: what to say; its sender is filled in
 *
 * Process context; may sleep.
 */
void mgate_xmit_report(struct mgate_bridge *br, struct mgate_report *r)
{
	const struct mgate_family *family = mgate_family(r->af);
	struct sk_buff *skb;

	if (!mgate_xmit_can_send(br, r->vid))
		return;
	r->src = mgate_address_own(br, r->af, r->vid);
	if (needs_address(r->af) && mgate_addr_is_zero(&r->src))
		return;
	skb = begin(br->dev);
	if (!skb)
		return;
	skb = finish(skb, br->dev, r->af, family->report(r, skb_tail_pointer(skb)));
	if (!skb)
		return;
	if (send_to_routers(br, skb, r))
		mgate_bridge_count(&br->host, MGATE_REASON_TX_REPORT);
}

/* RFC 4286 2: MaxMessageRate is ten in a second, wherever that second begins. */
#define SOLICITATIONS 5

/**
 * mgate_xmit_setup() - make ready to send
 * @br: a bridge that nobody else knows yet
 */
void mgate_xmit_setup(struct mgate_bridge *br)
{
	ratelimit_state_init(&br->solicits, HZ, SOLICITATIONS);
	/* What is left out is made up for, and needs no line in the log. */
	ratelimit_set_flags(&br->solicits, RATELIMIT_MSG_ON_RELEASE);
}

static void solicit(struct mgate_bridge *br, u8 af, u16 vid, u16 slot,
		    const struct mgate_addr *src)
{
	struct sk_buff *skb;

	skb = begin(br->dev);
	if (!skb)
		return;
	skb = finish(skb, br->dev, af, mgate_discovery_solicit(af, src, skb_tail_pointer(skb)));
	if (!skb)
		return;
	tag(skb, br, vid);
	if (send(br, skb, af, vid, slot, MGATE_REASON_CONTROL_FLOOD))
		mgate_bridge_count(&br->host, MGATE_REASON_TX_SOLICITATION);
}

/**
 * mgate_xmit_solicit() - ask the multicast routers to make themselves known
 * @br: the bridge
 * @af: those of this family
 * @slot: the port to ask at, or MGATE_SLOT_NONE for all
 *
 * RFC 4286 4, in the host's own VLAN; 3.2: with IPv6 from a link-local address.
 * Process context; may sleep.
 *
 * Return: false if that is too often now, or too early: it is to be made up for.
 */
bool mgate_xmit_solicit(struct mgate_bridge *br, u8 af, u16 slot)
{
	struct mgate_addr src;
	bool pending;
	u16 vid;

	rcu_read_lock();
	vid = mgate_address_vid(br);
	/* Asked first: it may pass meanwhile. */
	pending = needs_address(af) && mgate_address_is_pending(br, vid);
	src = mgate_address_own(br, af, vid);
	rcu_read_unlock();
	if (!mgate_switch_sees(&br->sw, af) || !mgate_xmit_can_send(br, vid))
		return true;
	if (needs_address(af) && mgate_addr_is_zero(&src))
		return !pending;
	if (!__ratelimit(&br->solicits))
		return false;
	solicit(br, af, vid, slot, &src);
	return true;
}
