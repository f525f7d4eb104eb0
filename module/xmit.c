// SPDX-License-Identifier: GPL-2.0-only
/*
 * Own queries on their way out: through the bridge device, so that the bridge
 * itself sees to port states, VLANs and tags, and our hook in LOCAL_OUT to the
 * ports that are asked.
 */
#include <linux/etherdevice.h>
#include <linux/if_bridge.h>
#include <linux/if_vlan.h>
#include <net/checksum.h>
#include <net/ip.h>

#include <mgate/family.h>
#include <mgate/flight.h>
#include <mgate/xmit.h>

/* Where the message begins, and its checksum in it: the same in IPv4 headers
 * of any length.
 */
#define IGMP_CHECKSUM 2

static void fill_checksums(u8 *data, const struct mgate_datagram *d)
{
	struct iphdr *iph = (struct iphdr *)data;
	__sum16 sum;

	iph->check = ip_fast_csum(data, iph->ihl);
	sum = ip_compute_csum(d->payload, d->len);
	memcpy(data + d->header_len + IGMP_CHECKSUM, &sum, sizeof(sum));
}

static struct sk_buff *build(struct net_device *dev, const struct mgate_query *q)
{
	const struct mgate_family *family = mgate_family(q->af);
	struct mgate_datagram d;
	struct sk_buff *skb;
	struct ethhdr *eth;
	size_t len;
	u8 *data;

	skb = alloc_skb(LL_RESERVED_SPACE(dev) + MGATE_FAMILY_QUERY_MAX, GFP_KERNEL);
	if (!skb)
		return NULL;
	skb_reserve(skb, LL_RESERVED_SPACE(dev));
	skb_reset_network_header(skb);
	data = skb_tail_pointer(skb);
	len = family->build(q, data);
	skb_put(skb, len);
	if (family->parse_header(data, len, len, &d)) {
		kfree_skb(skb);
		return NULL;
	}
	fill_checksums(data, &d);

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

/* The bridge does not give the host what the host sends; but the host is asked
 * like everybody else.
 */
static void give_to_host(const struct sk_buff *skb, struct net_device *dev)
{
	struct sk_buff *copy = skb_copy(skb, GFP_KERNEL);

	if (!copy)
		return;
	copy->protocol = eth_type_trans(copy, dev);
	copy->ip_summed = CHECKSUM_UNNECESSARY;
	netif_rx(copy);
}

static void tag(struct sk_buff *skb, const struct net_device *dev, u16 vid)
{
	u16 proto;

	if (vid && !(br_vlan_enabled(dev) && br_vlan_get_proto(dev, &proto)))
		__vlan_hwaccel_put_tag(skb, br_vlan_enabled(dev) ? htons(proto) :
						       htons(ETH_P_8021Q), vid);
}

/**
 * mgate_xmit_query() - send a query
 * @br: the bridge
 * @ask: what to ask, and where
 *
 * Process context; may sleep.
 *
 * Return: false if it could not be sent; the next one makes up for it.
 */
bool mgate_xmit_query(struct mgate_bridge *br, const struct mgate_ask *ask)
{
	struct mgate_flight *flight;
	struct sk_buff *skb;

	if (!mgate_bridge_active(br) || !netif_running(br->dev))
		return false;
	skb = build(br->dev, &ask->query);
	if (!skb)
		return false;
	if (ask->slot == MGATE_SLOT_NONE)
		give_to_host(skb, br->dev);
	tag(skb, br->dev, ask->vid);
	mgate_bridge_count(&br->host, MGATE_REASON_TX_QUERY);

	/* The hook in LOCAL_OUT runs within dev_queue_xmit(). */
	local_bh_disable();
	flight = mgate_flight_own();
	flight->head = skb->head;
	flight->port = &br->host;
	if (ask->slot == MGATE_SLOT_NONE)
		mgate_gate_all(&flight->plan, MGATE_REASON_CONTROL_QUERY);
	else
		mgate_gate_port(&flight->plan, ask->slot);
	dev_queue_xmit(skb);
	flight->head = NULL;
	local_bh_enable();
	return true;
}
