/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_FRAME_H
#define MGATE_FRAME_H

#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <net/checksum.h>
#include <net/ip.h>

#include <mgate/bridge.h>
#include <mgate/discovery.h>
#include <mgate/family.h>
#include <mgate/ipv4.h>
#include <mgate/ipv6.h>

enum mgate_frame_kind {
	MGATE_FRAME_OTHER,	/* nothing mgate has to do with */
	MGATE_FRAME_BROKEN,	/* to be dropped */
	MGATE_FRAME_DATA,
	MGATE_FRAME_CONTROL,	/* a membership message */
};

/**
 * struct mgate_frame - a frame as mgate sees it
 * @d: its network header; DATA: the payload may not be touched. Not filled in by
 *	mgate_frame_glance()
 * @msg: CONTROL: the message; points into the frame's data
 * @tag: its VLAN tag
 * @mac: CONTROL: who sent it
 * @kind: enum mgate_frame_kind
 * @why: BROKEN: the reason; OTHER: what is to be counted, or NONE
 * @solicits: DATA: it is to the hosts that a neighbour solicitation is for. A report for their
 *	group is a message, and is not
 */
struct mgate_frame {
	struct mgate_datagram d;
	struct mgate_msg msg;
	struct mgate_tag tag;
	u8 mac[ETH_ALEN];
	enum mgate_frame_kind kind;
	enum mgate_reason why;
	bool solicits;
};

void mgate_frame_read(struct sk_buff *skb, bool strict, u32 ipv6, struct mgate_frame *f);
void mgate_frame_read_any(struct sk_buff *skb, bool strict, u32 ipv6, struct mgate_frame *f);
void mgate_frame_load(const struct sk_buff *skb, struct mgate_frame *f);

/**
 * mgate_frame_is_marked() - has hardware forwarded it already
 * @skb: the frame
 *
 * Only the bridge knows to whom.
 */
static inline bool mgate_frame_is_marked(const struct sk_buff *skb)
{
#ifdef CONFIG_NET_SWITCHDEV
	return skb->offload_fwd_mark;
#else
	return false;
#endif
}

/* RFC 1112 6.4. Compared as two numbers: an address that is put together octet by octet
 * is waited for when it is read.
 */
static inline bool mgate_frame_is_to(const struct ethhdr *eth, u32 grp)
{
	return get_unaligned_be32(eth->h_dest) == (0x01005e00 | (grp >> 16 & 0x7f)) &&
	       get_unaligned_be16(eth->h_dest + 4) == (u16)grp;
}

/* What ip_fast_csum() finds to be 0, in half the time for a header without options. */
static inline bool mgate_frame_sums_up(const struct iphdr *ip)
{
	const __wsum *words = (const __wsum *)ip;
	__wsum sum = csum_add(csum_add(words[0], words[1]), csum_add(words[2], words[3]));

	return !csum_fold(csum_add(sum, words[4]));
}

/**
 * mgate_frame_is_plain4() - is it what nearly all frames are
 * @skb: the frame, its data at the network header
 *
 * An IPv4 datagram to a group, without options, that is no message, and that is all
 * right. Of any other nothing is said here.
 */
static inline bool mgate_frame_is_plain4(const struct sk_buff *skb)
{
	const struct iphdr *ip = (const struct iphdr *)skb->data;
	unsigned int total;

	if (skb->protocol != htons(ETH_P_IP) || skb_headlen(skb) < sizeof(*ip) ||
	    skb->data[0] != (4 << 4 | sizeof(*ip) / 4) ||
	    ip->protocol == MGATE_IPV4_PROTOCOL_IGMP || ip->protocol == MGATE_DISCOVERY_PIM)
		return false;
	total = ntohs(ip->tot_len);
	return total >= sizeof(*ip) && total <= skb->len && ipv4_is_multicast(ip->daddr) &&
	       mgate_frame_is_to(eth_hdr(skb), ntohl(ip->daddr)) && mgate_frame_sums_up(ip);
}

/**
 * mgate_frame_is_plain6() - is it what nearly all frames with IPv6 to a group are
 * @skb: the frame, its data at the network header
 *
 * UDP without extension headers, that is all right. Of any other nothing is said here.
 */
static inline bool mgate_frame_is_plain6(const struct sk_buff *skb)
{
	const struct ipv6hdr *ip = (const struct ipv6hdr *)skb->data;
	const struct ethhdr *eth = eth_hdr(skb);
	unsigned int len;

	if (skb->protocol != htons(ETH_P_IPV6) || skb_headlen(skb) < sizeof(*ip) ||
	    skb->data[0] >> 4 != 6 || ip->nexthdr != IPPROTO_UDP)
		return false;
	len = ntohs(ip->payload_len);
	/* RFC 2464 7. */
	return len && len <= skb->len - sizeof(*ip) && ip->daddr.s6_addr[0] == 0xff &&
	       get_unaligned((const __be16 *)eth->h_dest) == htons(0x3333) &&
	       get_unaligned((const __be32 *)(eth->h_dest + 2)) == ip->daddr.s6_addr32[3];
}

/**
 * mgate_frame_is_plain() - is it what nearly all frames are
 * @skb: the frame, its data at the network header
 * @ipv6: IPv6 is looked at
 */
static inline bool mgate_frame_is_plain(const struct sk_buff *skb, bool ipv6)
{
	return mgate_frame_is_plain4(skb) || (ipv6 && mgate_frame_is_plain6(skb));
}

/**
 * mgate_frame_tag() - the VLAN tag of a frame, as the bridge sees it beside its data
 * @skb: the frame
 * @tag: the result; without one the VLAN is 0
 */
static inline void mgate_frame_tag(const struct sk_buff *skb, struct mgate_tag *tag)
{
	tag->present = skb_vlan_tag_present(skb);
	tag->proto = tag->present ? skb->vlan_proto : 0;
	tag->vid = tag->present ? skb_vlan_tag_get_id(skb) : 0;
}

/**
 * mgate_frame_glance() - of a plain frame what decides where it goes
 * @skb: a frame of which mgate_frame_is_plain() is true
 * @f: the result, but for its network header
 * @key: group, source and family; the VLAN is not known yet
 */
static inline void mgate_frame_glance(const struct sk_buff *skb, struct mgate_frame *f,
				      struct mgate_key *key)
{
	const struct iphdr *ip = (const struct iphdr *)skb->data;
	const struct ipv6hdr *ip6 = (const struct ipv6hdr *)skb->data;

	f->kind = MGATE_FRAME_DATA;
	mgate_frame_tag(skb, &f->tag);
	if (likely(skb->protocol == htons(ETH_P_IP))) {
		mgate_addr_load(&key->grp, (const u8 *)&ip->daddr, sizeof(ip->daddr));
		mgate_addr_load(&key->src, (const u8 *)&ip->saddr, sizeof(ip->saddr));
		key->af = MGATE_AF_INET;
		f->solicits = false;
		return;
	}
	mgate_addr_load(&key->grp, ip6->daddr.s6_addr, sizeof(ip6->daddr));
	mgate_addr_load(&key->src, ip6->saddr.s6_addr, sizeof(ip6->saddr));
	key->af = MGATE_AF_INET6;
	f->solicits = mgate_ipv6_is_solicited(&key->grp);
}

#endif
