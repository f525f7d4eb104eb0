// SPDX-License-Identifier: GPL-2.0-only
/* The frames: Ethernet and IPv4 with UDP or IGMP, as a driver would hand them over. */
#include <linux/etherdevice.h>
#include <linux/igmp.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <net/ip.h>

#include "bench.h"

#define DATA_BYTES	(ETH_ZLEN - ETH_HLEN - sizeof(struct iphdr))
#define OPTION_BYTES	4
#define ALL_ROUTERS	htonl(0xe0000002)
#define V3_ROUTERS	htonl(0xe0000016)

static const u8 router_alert[OPTION_BYTES] = { IPOPT_RA, OPTION_BYTES, 0, 0 };

/**
 * bench_frame_from() - the number of the port at which a kind of frame comes in
 * @kind: the kind
 *
 * Data at one that has joined nothing, reports at one that is to get the data.
 */
int bench_frame_from(enum bench_kind kind)
{
	return kind == BENCH_DATA || kind == BENCH_SHARED ? 0 : 1;
}

static __be32 destination(enum bench_kind kind, __be32 group)
{
	switch (kind) {
	case BENCH_V3:
		return V3_ROUTERS;
	case BENCH_LEAVE:
		return ALL_ROUTERS;
	default:
		return group;
	}
}

static unsigned int payload_bytes(enum bench_kind kind)
{
	switch (kind) {
	case BENCH_DATA:
	case BENCH_SHARED:
		return DATA_BYTES;
	case BENCH_V3:
		return sizeof(struct igmpv3_report) + BENCH_RECORDS * sizeof(struct igmpv3_grec);
	default:
		return sizeof(struct igmphdr);
	}
}

static void put_ethernet(struct sk_buff *skb, int from, __be32 dst)
{
	struct ethhdr *eth = skb_put(skb, ETH_HLEN);
	const u8 source[ETH_ALEN] = { 2, 0, 0, 0, 1, from };

	ip_eth_mc_map(dst, eth->h_dest);
	ether_addr_copy(eth->h_source, source);
	eth->h_proto = htons(ETH_P_IP);
}

/* A message has the Router Alert option and a TTL of 1, as RFC 2236 and 3376 want. */
static void put_ip(struct sk_buff *skb, bool igmp, int from, __be32 dst, unsigned int payload)
{
	unsigned int bytes = sizeof(struct iphdr) + (igmp ? OPTION_BYTES : 0);
	struct iphdr *ip = skb_put_zero(skb, bytes);

	ip->version = 4;
	ip->ihl = bytes / 4;
	ip->tot_len = htons(bytes + payload);
	ip->ttl = igmp ? 1 : 16;
	ip->protocol = igmp ? IPPROTO_IGMP : IPPROTO_UDP;
	ip->saddr = htonl(0x0a000001 + from);
	ip->daddr = dst;
	if (igmp)
		memcpy(ip + 1, router_alert, OPTION_BYTES);
	ip->check = ip_fast_csum(ip, ip->ihl);
}

static void put_udp(struct sk_buff *skb)
{
	struct udphdr *udp = skb_put_zero(skb, DATA_BYTES);

	udp->source = htons(5004);
	udp->dest = htons(5004);
	udp->len = htons(DATA_BYTES);
}

static void put_igmp2(struct sk_buff *skb, u8 type, __be32 group)
{
	struct igmphdr *igmp = skb_put_zero(skb, sizeof(*igmp));

	igmp->type = type;
	igmp->group = group;
	igmp->csum = ip_compute_csum(igmp, sizeof(*igmp));
}

/* The answer to a general query of a host that is in 10 groups, from any source. */
static void put_igmp3(struct sk_buff *skb, __be32 group)
{
	unsigned int bytes = payload_bytes(BENCH_V3), i;
	struct igmpv3_report *report = skb_put_zero(skb, bytes);

	report->type = IGMPV3_HOST_MEMBERSHIP_REPORT;
	report->ngrec = htons(BENCH_RECORDS);
	for (i = 0; i < BENCH_RECORDS; i++) {
		report->grec[i].grec_type = IGMPV3_MODE_IS_EXCLUDE;
		report->grec[i].grec_mca = htonl(ntohl(group) + i);
	}
	report->csum = ip_compute_csum(report, bytes);
}

/**
 * bench_frame() - a frame as it stands before netif_receive_skb()
 * @dev: the port it comes in by
 * @kind: what it is
 * @group: the (first) group
 *
 * BH off. Return: NULL without memory.
 */
struct sk_buff *bench_frame(struct net_device *dev, enum bench_kind kind, __be32 group)
{
	int from = bench_frame_from(kind);
	unsigned int payload = payload_bytes(kind);
	__be32 dst = destination(kind, group);
	struct sk_buff *skb;

	skb = netdev_alloc_skb_ip_align(dev, ETH_HLEN + sizeof(struct iphdr) + OPTION_BYTES +
					payload);
	if (!skb)
		return NULL;
	put_ethernet(skb, from, dst);
	put_ip(skb, from, from, dst, payload);
	if (!from)
		put_udp(skb);
	else if (kind == BENCH_V3)
		put_igmp3(skb, group);
	else
		put_igmp2(skb, kind == BENCH_LEAVE ? IGMP_HOST_LEAVE_MESSAGE :
			  IGMPV2_HOST_MEMBERSHIP_REPORT, group);
	skb->protocol = eth_type_trans(skb, dev);
	return skb;
}
