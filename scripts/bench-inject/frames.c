// SPDX-License-Identifier: GPL-2.0-only
/* The frames: Ethernet and IPv4 with UDP or IGMP, as a driver would hand them over. */
#include <linux/etherdevice.h>
#include <linux/hash.h>
#include <linux/if_vlan.h>
#include <linux/igmp.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <net/ip.h>

#include "bench.h"

#define DATA_BYTES	(ETH_ZLEN - ETH_HLEN - sizeof(struct iphdr))
#define OPTION_BYTES	4
#define RESPONSE_TENTHS	100
#define ALL_HOSTS	htonl(0xe0000001)
#define ALL_ROUTERS	htonl(0xe0000002)
#define V3_ROUTERS	htonl(0xe0000016)

static const u8 router_alert[OPTION_BYTES] = { IPOPT_RA, OPTION_BYTES, 0, 0 };

/**
 * bench_frame_from() - the number of the port at which a kind of frame comes in
 * @what: what is measured
 * @kind: the kind of the frame
 *
 * Data and queries at one that has joined nothing, reports at one that is to get the data.
 */
int bench_frame_from(const struct bench_what *what, enum bench_kind kind)
{
	switch (kind) {
	case BENCH_V2:
	case BENCH_V2_NEW:
	case BENCH_V3:
	case BENCH_V3_NEW:
	case BENCH_LEAVE:
		return 1;
	case BENCH_JOIN:
	case BENCH_SOURCES:
		return what->port;
	default:
		return 0;
	}
}

/**
 * bench_frame_group() - a group behind another
 * @group: the first
 * @nth: how far behind
 */
__be32 bench_frame_group(__be32 group, u32 nth)
{
	return htonl(ntohl(group) + nth);
}

/**
 * bench_frame_is_data() - is it a frame to a group
 * @kind: the kind of the frame
 */
bool bench_frame_is_data(enum bench_kind kind)
{
	return kind <= BENCH_SHARED;
}

/**
 * bench_frame_is_version_3() - is it a report of IGMPv3, or MLDv2
 * @kind: the kind of the frame
 */
bool bench_frame_is_version_3(enum bench_kind kind)
{
	return kind == BENCH_V3 || kind == BENCH_V3_NEW || kind == BENCH_SOURCES;
}

static __be32 destination(enum bench_kind kind, __be32 group)
{
	if (bench_frame_is_version_3(kind))
		return V3_ROUTERS;
	if (kind == BENCH_LEAVE)
		return ALL_ROUTERS;
	return kind == BENCH_QUERY ? ALL_HOSTS : group;
}

static unsigned int payload_bytes(enum bench_kind kind)
{
	if (bench_frame_is_data(kind))
		return DATA_BYTES;
	if (kind == BENCH_SOURCES)
		return sizeof(struct igmpv3_report) + sizeof(struct igmpv3_grec) +
		       BENCH_RECORDS * sizeof(__be32);
	if (bench_frame_is_version_3(kind))
		return sizeof(struct igmpv3_report) + BENCH_RECORDS * sizeof(struct igmpv3_grec);
	return sizeof(struct igmphdr);
}

static void put_ethernet(struct sk_buff *skb, u32 sender, __be32 dst)
{
	struct ethhdr *eth = skb_put(skb, ETH_HLEN);
	const u8 source[ETH_ALEN] = { 2, 0, 0, 0, 1 + sender / 256, sender };

	ip_eth_mc_map(dst, eth->h_dest);
	ether_addr_copy(eth->h_source, source);
	eth->h_proto = htons(ETH_P_IP);
}

/* A message has the Router Alert option and a TTL of 1, as RFC 2236 and 3376 want. */
static void put_ip(struct sk_buff *skb, bool igmp, u32 sender, __be32 dst, unsigned int payload)
{
	unsigned int bytes = sizeof(struct iphdr) + (igmp ? OPTION_BYTES : 0);
	struct iphdr *ip = skb_put_zero(skb, bytes);

	ip->version = 4;
	ip->ihl = bytes / 4;
	ip->tot_len = htons(bytes + payload);
	ip->ttl = igmp ? 1 : 16;
	ip->protocol = igmp ? IPPROTO_IGMP : IPPROTO_UDP;
	ip->saddr = htonl(0x0a000001 + sender);
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

static void put_igmp2(struct sk_buff *skb, enum bench_kind kind, __be32 group)
{
	struct igmphdr *igmp = skb_put_zero(skb, sizeof(*igmp));

	igmp->type = IGMPV2_HOST_MEMBERSHIP_REPORT;
	if (kind == BENCH_LEAVE)
		igmp->type = IGMP_HOST_LEAVE_MESSAGE;
	if (kind == BENCH_QUERY)
		igmp->type = IGMP_HOST_MEMBERSHIP_QUERY;
	igmp->code = kind == BENCH_QUERY ? RESPONSE_TENTHS : 0;
	igmp->group = kind == BENCH_QUERY ? 0 : group;
	igmp->csum = ip_compute_csum(igmp, sizeof(*igmp));
}

/* The answer to a general query of a host that is in 10 groups, from any source; or in
 * one, from 10.
 */
static void put_igmp3(struct sk_buff *skb, enum bench_kind kind, __be32 group)
{
	unsigned int bytes = payload_bytes(kind), i;
	struct igmpv3_report *report = skb_put_zero(skb, bytes);
	struct igmpv3_grec *record = report->grec;

	report->type = IGMPV3_HOST_MEMBERSHIP_REPORT;
	if (kind == BENCH_SOURCES) {
		report->ngrec = htons(1);
		record->grec_type = IGMPV3_MODE_IS_INCLUDE;
		record->grec_mca = group;
		record->grec_nsrcs = htons(BENCH_RECORDS);
		for (i = 0; i < BENCH_RECORDS; i++)
			record->grec_src[i] = htonl(0x0a010001 + i);
	} else {
		report->ngrec = htons(BENCH_RECORDS);
		for (i = 0; i < BENCH_RECORDS; i++, record++) {
			record->grec_type = IGMPV3_MODE_IS_EXCLUDE;
			record->grec_mca = bench_frame_group(group, i);
		}
	}
	report->csum = ip_compute_csum(report, bytes);
}

static void put_message(struct sk_buff *skb, enum bench_kind kind, __be32 group)
{
	if (bench_frame_is_data(kind))
		put_udp(skb);
	else if (bench_frame_is_version_3(kind))
		put_igmp3(skb, kind, group);
	else
		put_igmp2(skb, kind, group);
}

/* Of what there is more than one, the n-th frame has this one. Groups come each once, and
 * then in no order.
 */
static __be32 group_of(const struct bench_what *what, enum bench_kind kind, u32 nth)
{
	switch (kind) {
	case BENCH_GROUPS:
		return bench_frame_group(what->group, nth < what->count ? nth :
					 hash_32(nth, 32) % what->count);
	case BENCH_V2_NEW:
	case BENCH_LEAVE:
	case BENCH_JOIN:
	case BENCH_SOURCES:
		return bench_frame_group(what->group, nth);
	case BENCH_V3_NEW:
		return bench_frame_group(what->group, nth * BENCH_RECORDS);
	default:
		return what->group;
	}
}

/**
 * bench_frame() - a frame as it stands before netif_receive_skb()
 * @dev: the port it comes in by
 * @what: what is measured
 * @kind: what the frame is, for that
 * @nth: the number of the frame
 *
 * BH off. Return: NULL without memory.
 */
struct sk_buff *bench_frame(struct net_device *dev, const struct bench_what *what,
			    enum bench_kind kind, u32 nth)
{
	__be32 group = group_of(what, kind, nth), dst = destination(kind, group);
	u32 sender = kind == BENCH_SENDERS ? 256 + nth % what->count :
					     bench_frame_from(what, kind);
	unsigned int payload = payload_bytes(kind);
	struct sk_buff *skb;

	if (what->ipv6)
		return bench_frame6(dev, kind, group, sender);
	skb = netdev_alloc_skb_ip_align(dev, ETH_HLEN + sizeof(struct iphdr) + OPTION_BYTES +
					payload);
	if (!skb)
		return NULL;
	put_ethernet(skb, sender, dst);
	put_ip(skb, !bench_frame_is_data(kind), sender, dst, payload);
	put_message(skb, kind, group);
	skb->protocol = eth_type_trans(skb, dev);
	if (kind == BENCH_TRUNK ||
	    ((kind == BENCH_VLANS || kind == BENCH_QUERY) && what->count > 1))
		__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), 1 + nth % what->count);
	return skb;
}
