// SPDX-License-Identifier: GPL-2.0-only
/*
 * A received frame as mgate sees it. The only file that touches frame data on
 * receive: lengths before reads, one pull, no pointer kept over it, no write.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <net/checksum.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include <mgate/discovery.h>
#include <mgate/frame.h>

static void broken(struct mgate_frame *f, enum mgate_reason why)
{
	f->kind = MGATE_FRAME_BROKEN;
	f->why = why;
}

/* Want of memory is no fault of the frame: it goes unread where the bridge sends it. */
static bool pull(struct sk_buff *skb, size_t len, struct mgate_frame *f)
{
	if (pskb_may_pull(skb, len))
		return true;
	if (len > skb->len)
		broken(f, MGATE_REASON_BAD_LENGTH);
	else
		f->kind = MGATE_FRAME_OTHER;
	return false;
}

/* What is to a single host is none of our business, whatever its lengths say: of a large
 * segment (BIG TCP) they say nothing. In IPv4 only the checksum tells to whom it is.
 */
static bool is_to_a_host(const struct sk_buff *skb, u8 af)
{
	return af == MGATE_AF_INET6 &&
	       !ipv6_addr_is_multicast(&((const struct ipv6hdr *)skb->data)->daddr);
}

/* Pulls, so that every pointer into the data is to be taken after it. Return: false if no more
 * is to be read.
 */
static bool read_header(struct sk_buff *skb, const struct mgate_family *family, u8 af,
			struct mgate_frame *f)
{
	size_t want = family->header_min, len;

	if (!pull(skb, want, f) || is_to_a_host(skb, af))
		return false;
	/* Each turn sees further, or is the last. */
	do {
		len = want;
		if (!pull(skb, len, f))
			return false;
		want = family->header_len(skb->data, len);
	} while (want > len);
	if (!family->parse_header(skb->data, skb->len, skb_headlen(skb), &f->d))
		return true;
	broken(f, MGATE_REASON_BAD_LENGTH);
	return false;
}

static bool header_sum_ok(const struct sk_buff *skb, const struct mgate_datagram *d)
{
	return d->af != MGATE_AF_INET || !ip_fast_csum(skb->data, d->header_len / 4);
}

static bool sum_ok(const struct mgate_datagram *d)
{
	__wsum seed = (__force __wsum)mgate_family(d->af)->seed(d);

	return !csum_fold(csum_partial(d->payload, d->len, seed));
}

static void flawed(struct mgate_frame *f, enum mgate_reason flaw)
{
	memset(&f->msg, 0, sizeof(f->msg));
	f->msg.kind = MGATE_KIND_UNKNOWN;
	f->msg.fate = MGATE_FATE_ALL;
	f->msg.flaw = flaw;
	f->msg.af = f->d.af;
}

/* A fragment says nothing about the whole (CVE-1999-0918 and its kin). */
static void read_message(struct sk_buff *skb, const struct mgate_family *family, bool strict,
			 bool right_mac, struct mgate_frame *f)
{
	if (f->d.fragment || !right_mac) {
		flawed(f, f->d.fragment ? MGATE_REASON_BAD_FRAGMENT : MGATE_REASON_BAD_MAC);
		return;
	}
	if (!pull(skb, f->d.header_len + f->d.len, f))
		return;
	f->d.payload = skb->data + f->d.header_len;
	if (!sum_ok(&f->d)) {
		broken(f, f->d.af == MGATE_AF_INET ? MGATE_REASON_BAD_IGMP_CHECKSUM :
						     MGATE_REASON_BAD_MLD_CHECKSUM);
		return;
	}
	family->parse(&f->d, strict, &f->msg);
	if (f->msg.fate == MGATE_FATE_DROP)
		broken(f, f->msg.flaw);
}

/* Its first byte tells, where it has one. */
static bool is_message(struct sk_buff *skb, const struct mgate_family *family,
		       struct mgate_frame *f)
{
	if (f->d.protocol != family->control ||
	    !pskb_may_pull(skb, f->d.header_len + min_t(u16, f->d.len, 1)))
		return false;
	f->d.payload = skb->data + f->d.header_len;
	return family->is_message(&f->d);
}

/* A hello that is not whole or not true is flooded like any other frame. */
static void read_hello(struct sk_buff *skb, struct mgate_frame *f)
{
	if (f->d.fragment || f->d.len < MGATE_DISCOVERY_PIM_HEADER ||
	    !pskb_may_pull(skb, f->d.header_len + MGATE_DISCOVERY_PIM_HEADER))
		return;
	f->d.payload = skb->data + f->d.header_len;
	if (!mgate_discovery_is_hello(&f->d) ||
	    !pskb_may_pull(skb, f->d.header_len + f->d.len))
		return;
	f->d.payload = skb->data + f->d.header_len;
	f->kind = MGATE_FRAME_CONTROL;
	mgate_discovery_hello(&f->d, &f->msg);
	if (!sum_ok(&f->d))
		f->msg.flaw = MGATE_REASON_BAD_PIM_CHECKSUM;
}

static void load_plain4(const struct sk_buff *skb, struct mgate_frame *f)
{
	const struct iphdr *ip = (const struct iphdr *)skb->data;
	struct mgate_datagram *d = &f->d;

	f->kind = MGATE_FRAME_DATA;
	mgate_frame_tag(skb, &f->tag);
	mgate_addr_load(&d->src, (const u8 *)&ip->saddr, sizeof(ip->saddr));
	mgate_addr_load(&d->dst, (const u8 *)&ip->daddr, sizeof(ip->daddr));
	d->payload = skb->data + sizeof(*ip);
	d->len = ntohs(ip->tot_len) - sizeof(*ip);
	d->header_len = sizeof(*ip);
	d->af = MGATE_AF_INET;
	d->ttl = ip->ttl;
	d->protocol = ip->protocol;
	d->fragment = ip->frag_off & htons(IP_MF | IP_OFFSET);
	d->router_alert = false;
	f->solicits = false;
}

static void load_plain6(const struct sk_buff *skb, struct mgate_frame *f)
{
	const struct ipv6hdr *ip = (const struct ipv6hdr *)skb->data;
	struct mgate_datagram *d = &f->d;

	f->kind = MGATE_FRAME_DATA;
	mgate_frame_tag(skb, &f->tag);
	mgate_addr_load(&d->src, ip->saddr.s6_addr, sizeof(ip->saddr));
	mgate_addr_load(&d->dst, ip->daddr.s6_addr, sizeof(ip->daddr));
	d->payload = skb->data + sizeof(*ip);
	d->len = ntohs(ip->payload_len);
	d->header_len = sizeof(*ip);
	d->af = MGATE_AF_INET6;
	d->ttl = ip->hop_limit;
	d->protocol = ip->nexthdr;
	d->fragment = false;
	d->router_alert = false;
	f->solicits = mgate_ipv6_is_solicited(&d->dst);
}

/* An IP datagram may be inside, but two tags or a session deep nobody looks for it. */
static bool is_encapsulated(const struct sk_buff *skb)
{
	return eth_type_vlan(skb->protocol) || skb->protocol == htons(ETH_P_PPP_SES);
}

/**
 * mgate_frame_read_any() - as mgate_frame_read(), of a frame that is not plain
 * @skb: a frame of which mgate_frame_is_plain() is false
 * @strict: as there
 * @ipv6: as there
 * @f: as there
 */
void mgate_frame_read_any(struct sk_buff *skb, bool strict, u32 ipv6, struct mgate_frame *f)
{
	const struct mgate_family *family;
	u8 mac[ETH_ALEN], af;
	bool right_mac;

	f->kind = MGATE_FRAME_OTHER;
	f->why = MGATE_REASON_NONE;
	f->solicits = false;
	mgate_frame_tag(skb, &f->tag);
	if (!is_multicast_ether_addr(eth_hdr(skb)->h_dest) ||
	    is_broadcast_ether_addr(eth_hdr(skb)->h_dest))
		return;
	family = mgate_family_by_ethertype(ntohs(skb->protocol), &af);
	if (!family || (af == MGATE_AF_INET6 && ipv6 == MGATE_IPV6_OFF)) {
		if (is_encapsulated(skb))
			f->why = MGATE_REASON_ENCAPSULATED;
		return;
	}
	if (!read_header(skb, family, af, f))
		return;
	if (!header_sum_ok(skb, &f->d)) {
		broken(f, MGATE_REASON_BAD_IP_CHECKSUM);
		return;
	}
	if (mgate_family_scope(f->d.af, &f->d.dst) == MGATE_SCOPE_NONE)
		return;
	family->mac(&f->d.dst, mac);
	right_mac = ether_addr_equal_unaligned(mac, eth_hdr(skb)->h_dest);
	ether_addr_copy(f->mac, eth_hdr(skb)->h_source);
	if (is_message(skb, family, f)) {
		f->kind = MGATE_FRAME_CONTROL;
		read_message(skb, family, strict, right_mac, f);
		f->msg.solicited = ipv6 == MGATE_IPV6_FULL;
	} else if (right_mac) {
		f->kind = MGATE_FRAME_DATA;
		if (f->d.protocol == MGATE_DISCOVERY_PIM)
			read_hello(skb, f);
		f->solicits = f->kind == MGATE_FRAME_DATA && af == MGATE_AF_INET6 &&
			      mgate_ipv6_is_solicited(&f->d.dst);
	} else if (f->d.protocol == MGATE_DISCOVERY_PIM) {
		f->why = MGATE_REASON_BAD_MAC;
	}
}

/**
 * mgate_frame_read() - look at a frame in one of the bridge's hooks
 * @skb: the frame, its data at the network header. This may reallocate skb
 *	data; what others share of it is not written to
 * @strict: demand Router Alert of messages
 * @ipv6: the bridge's tunable; if it is off IPv6 is left alone, unread
 * @f: the result, any memory; valid as long as nobody else pulls @skb
 *
 * The link-layer address decides first, then the network header: what is not
 * multicast by both is left alone (RFC 1112 6.4). Never sleeps.
 */
void mgate_frame_read(struct sk_buff *skb, bool strict, u32 ipv6, struct mgate_frame *f)
{
	if (mgate_frame_is_plain(skb, ipv6 != MGATE_IPV6_OFF))
		mgate_frame_load(skb, f);
	else
		mgate_frame_read_any(skb, strict, ipv6, f);
}

/**
 * mgate_frame_load() - as mgate_frame_read(), of a plain frame
 * @skb: a frame of which mgate_frame_is_plain() is true
 * @f: the result
 */
void mgate_frame_load(const struct sk_buff *skb, struct mgate_frame *f)
{
	if (likely(skb->protocol == htons(ETH_P_IP)))
		load_plain4(skb, f);
	else
		load_plain6(skb, f);
}
