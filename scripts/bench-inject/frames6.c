// SPDX-License-Identifier: GPL-2.0-only
/* The same frames with IPv6: UDP or MLD, to groups of ff1e::/96. */
#include <linux/etherdevice.h>
#include <linux/icmpv6.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/if_inet6.h>
#include <net/ip6_checksum.h>
#include <net/mld.h>

#include "bench.h"

#define DATA_BYTES	26	/* of the UDP datagram, as with IPv4 */
#define RESPONSE_MS	10000

/* Router Alert, and two bytes of padding (RFC 2711). */
static const u8 hop_by_hop[8] = { IPPROTO_ICMPV6, 0, 5, 2, 0, 0, 1, 0 };

/**
 * struct message - a frame that is being put together
 * @src: its source
 * @dst: its destination
 * @group: the group that it is about
 * @kind: what it is
 */
struct message {
	struct in6_addr src;
	struct in6_addr dst;
	struct in6_addr group;
	enum bench_kind kind;
};

static struct in6_addr group6(__be32 group)
{
	struct in6_addr a = { };

	a.s6_addr[0] = 0xff;
	a.s6_addr[1] = 0x1e;
	a.s6_addr32[3] = group;
	return a;
}

static struct in6_addr of_link(u8 first, u8 second, u32 last)
{
	struct in6_addr a = { };

	a.s6_addr[0] = first;
	a.s6_addr[1] = second;
	a.s6_addr32[3] = htonl(last);
	return a;
}

static struct in6_addr destination(const struct message *m)
{
	if (bench_frame_is_version_3(m->kind))
		return of_link(0xff, 2, 0x16);
	if (m->kind == BENCH_LEAVE)
		return of_link(0xff, 2, 2);
	return m->kind == BENCH_QUERY ? of_link(0xff, 2, 1) : m->group;
}

static unsigned int payload_bytes(enum bench_kind kind)
{
	if (bench_frame_is_data(kind))
		return DATA_BYTES;
	if (kind == BENCH_SOURCES)
		return sizeof(struct mld2_report) + sizeof(struct mld2_grec) +
		       BENCH_RECORDS * sizeof(struct in6_addr);
	if (bench_frame_is_version_3(kind))
		return sizeof(struct mld2_report) + BENCH_RECORDS * sizeof(struct mld2_grec);
	return sizeof(struct mld_msg);
}

static void put_headers(struct sk_buff *skb, const struct message *m, u32 sender)
{
	const u8 source[ETH_ALEN] = { 2, 0, 0, 0, 1 + sender / 256, sender };
	bool data = bench_frame_is_data(m->kind);
	struct ethhdr *eth = skb_put(skb, ETH_HLEN);
	struct ipv6hdr *ip;

	ipv6_eth_mc_map(&m->dst, eth->h_dest);
	ether_addr_copy(eth->h_source, source);
	eth->h_proto = htons(ETH_P_IPV6);
	ip = skb_put_zero(skb, sizeof(*ip));
	ip->version = 6;
	ip->payload_len = htons(payload_bytes(m->kind) + (data ? 0 : sizeof(hop_by_hop)));
	ip->nexthdr = data ? IPPROTO_UDP : NEXTHDR_HOP;
	ip->hop_limit = data ? 16 : 1;
	ip->saddr = m->src;
	ip->daddr = m->dst;
	if (!data)
		skb_put_data(skb, hop_by_hop, sizeof(hop_by_hop));
}

static void put_udp(struct sk_buff *skb)
{
	struct udphdr *udp = skb_put_zero(skb, DATA_BYTES);

	udp->source = htons(5004);
	udp->dest = htons(5004);
	udp->len = htons(DATA_BYTES);
}

static void put_mld1(struct mld_msg *mld, const struct message *m)
{
	mld->mld_type = ICMPV6_MGM_REPORT;
	if (m->kind == BENCH_LEAVE)
		mld->mld_type = ICMPV6_MGM_REDUCTION;
	if (m->kind == BENCH_QUERY) {
		mld->mld_type = ICMPV6_MGM_QUERY;
		mld->mld_maxdelay = htons(RESPONSE_MS);
	} else {
		mld->mld_mca = m->group;
	}
}

/* As put_igmp3() does. */
static void put_mld2(struct mld2_report *report, const struct message *m)
{
	struct mld2_grec *record = report->mld2r_grec;
	__be32 group = m->group.s6_addr32[3];
	int i;

	report->mld2r_type = ICMPV6_MLD2_REPORT;
	report->mld2r_ngrec = htons(m->kind == BENCH_SOURCES ? 1 : BENCH_RECORDS);
	if (m->kind == BENCH_SOURCES) {
		record->grec_type = MLD2_MODE_IS_INCLUDE;
		record->grec_mca = m->group;
		record->grec_nsrcs = htons(BENCH_RECORDS);
		for (i = 0; i < BENCH_RECORDS; i++)
			record->grec_src[i] = of_link(0xfe, 0x80, 0x10001 + i);
		return;
	}
	for (i = 0; i < BENCH_RECORDS; i++, record++) {
		record->grec_type = MLD2_MODE_IS_EXCLUDE;
		record->grec_mca = group6(bench_frame_group(group, i));
	}
}

static void put_mld(struct sk_buff *skb, const struct message *m)
{
	unsigned int bytes = payload_bytes(m->kind);
	struct icmp6hdr *icmp = skb_put_zero(skb, bytes);

	if (bench_frame_is_version_3(m->kind))
		put_mld2((struct mld2_report *)icmp, m);
	else
		put_mld1((struct mld_msg *)icmp, m);
	icmp->icmp6_cksum = csum_ipv6_magic(&m->src, &m->dst, bytes, IPPROTO_ICMPV6,
					    csum_partial(icmp, bytes, 0));
}

/**
 * bench_frame6() - as bench_frame(), with IPv6
 * @dev: the port it comes in by
 * @kind: what the frame is
 * @group: the last four bytes of its group's address
 * @sender: the number of its sender
 */
struct sk_buff *bench_frame6(struct net_device *dev, enum bench_kind kind, __be32 group,
			     u32 sender)
{
	struct message m = {
		.src = of_link(0xfe, 0x80, 1 + sender),
		.group = group6(group),
		.kind = kind,
	};
	struct sk_buff *skb;

	m.dst = destination(&m);
	skb = netdev_alloc_skb_ip_align(dev, ETH_HLEN + sizeof(struct ipv6hdr) +
					sizeof(hop_by_hop) + payload_bytes(kind));
	if (!skb)
		return NULL;
	put_headers(skb, &m, sender);
	if (bench_frame_is_data(kind))
		put_udp(skb);
	else
		put_mld(skb, &m);
	skb->protocol = eth_type_trans(skb, dev);
	return skb;
}
