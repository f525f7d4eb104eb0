// SPDX-License-Identifier: GPL-2.0-only
/*
 * An IPv6 header with its extension headers seen as bytes, and what kinds of IPv6
 * address there are. RFC 8200, RFC 2711.
 */
#include <mgate/ipv6.h>

#define IPV6_LENGTH 4
#define IPV6_NEXT 6
#define IPV6_HOP_LIMIT 7
#define IPV6_SOURCE 8
#define IPV6_DESTINATION 24

#define NEXT_HOP_BY_HOP 0
#define NEXT_ROUTING 43
#define NEXT_FRAGMENT 44
#define NEXT_AUTHENTICATION 51
#define NEXT_OPTIONS 60

#define EXTENSION_UNIT 8
/* RFC 8200 4.1 knows five, one of them twice. What comes behind more is not looked at. */
#define EXTENSIONS 8
#define FRAGMENT_PART 0xfff9	/* an offset, or more fragments */

#define PAD_1 0
#define ROUTER_ALERT 5
#define ROUTER_ALERT_LEN 2

/**
 * struct chain - how far a chain of headers has been followed
 * @at: bytes of the headers so far
 * @next: what stands there
 * @fragment: it is one fragment of several
 * @router_alert: the Router Alert of MLD was seen
 */
struct chain {
	size_t at;
	u8 next;
	bool fragment;
	bool router_alert;
};

/* RFC 8200 4.1: hop-by-hop options stand first or nowhere. */
static bool is_extension(u8 next, unsigned int n)
{
	return (next == NEXT_HOP_BY_HOP && !n) || next == NEXT_ROUTING ||
	       next == NEXT_FRAGMENT || next == NEXT_AUTHENTICATION || next == NEXT_OPTIONS;
}

/* RFC 8200 4.2 to 4.6; RFC 4302 2.2 counts otherwise. */
static size_t extension_len(const u8 *p, u8 next)
{
	switch (next) {
	case NEXT_FRAGMENT:
		return EXTENSION_UNIT;
	case NEXT_AUTHENTICATION:
		return 4 * ((size_t)p[1] + 2);
	default:
		return EXTENSION_UNIT * ((size_t)p[1] + 1);
	}
}

/* RFC 2711 2.1: its value is 0 for MLD. A malformed option ends the search: the hosts on
 * the wire refuse the datagram by themselves.
 */
static bool alerts_routers(const u8 *opt, size_t len)
{
	size_t i = 0;

	while (i < len) {
		if (opt[i] == PAD_1) {
			i++;
			continue;
		}
		if (len - i < 2 || len - i - 2 < opt[i + 1])
			return false;
		if (opt[i] == ROUTER_ALERT)
			return opt[i + 1] == ROUTER_ALERT_LEN && !mgate_base_load16(opt + i + 2);
		i += 2 + (size_t)opt[i + 1];
	}
	return false;
}

static void read_extension(const u8 *p, size_t len, struct chain *c)
{
	if (c->next == NEXT_HOP_BY_HOP)
		c->router_alert = alerts_routers(p + 2, len - 2);
	/* RFC 6946: a fragment that is all there is, is none. */
	if (c->next == NEXT_FRAGMENT)
		c->fragment = mgate_base_load16(p + 2) & FRAGMENT_PART;
	c->next = p[0];
	c->at += len;
}

/* Return: bytes of the headers; where that is more than is readable, bytes that it takes
 * to see further.
 */
static size_t follow(const u8 *data, size_t readable, struct chain *c)
{
	unsigned int n;
	size_t len;

	*c = (struct chain){ .at = MGATE_IPV6_HEADER, .next = data[IPV6_NEXT] };
	for (n = 0; n < EXTENSIONS && !c->fragment && is_extension(c->next, n); n++) {
		len = EXTENSION_UNIT;
		if (readable - c->at < len)
			return c->at + len;
		len = extension_len(data + c->at, c->next);
		if (readable - c->at < len)
			return c->at + len;
		read_extension(data + c->at, len, c);
	}
	return c->at;
}

/**
 * mgate_ipv6_header_len() - bytes of the header with its extension headers
 * @data: the datagram
 * @readable: bytes of it that are at @data, MGATE_IPV6_HEADER at least
 *
 * Return: if not above @readable, their length; else how much must be readable to see
 * further. At most 16 KiB.
 */
size_t mgate_ipv6_header_len(const u8 *data, size_t readable)
{
	struct chain c;

	return follow(data, readable, &c);
}

/**
 * mgate_ipv6_may_hide() - may it be a message that is not seen here
 * @d: a datagram that is none, of any family
 *
 * In a fragment, or behind headers that are not followed: too many, or hop-by-hop options
 * that do not stand first. Others do look there.
 */
bool mgate_ipv6_may_hide(const struct mgate_datagram *d)
{
	return d->af == MGATE_AF_INET6 &&
	       ((d->fragment && d->protocol == MGATE_IPV6_PROTOCOL_ICMPV6) ||
		is_extension(d->protocol, 0));
}

/**
 * mgate_ipv6_parse() - read the header of a datagram
 * @data: the datagram; nothing behind @readable is touched
 * @len: bytes the frame carries, link-layer padding included
 * @readable: bytes of them that are at @data: all headers at the least
 * @d: the result, valid on success; its payload points into @data and may be
 *	used only as far as @readable reaches
 *
 * What follows a fragment header is part of the fragment. A jumbogram (RFC 2675) says
 * nothing of its length here, so that its headers do not fit.
 *
 * Return: 0, or -EINVAL if the lengths do not fit each other.
 */
int mgate_ipv6_parse(const u8 *data, size_t len, size_t readable, struct mgate_datagram *d)
{
	struct chain c;
	size_t total;

	if (readable < MGATE_IPV6_HEADER || readable > len || data[0] >> 4 != 6)
		return -EINVAL;
	total = MGATE_IPV6_HEADER + (size_t)mgate_base_load16(data + IPV6_LENGTH);
	if (total > len)
		return -EINVAL;
	readable = min_t(size_t, readable, total);
	if (follow(data, readable, &c) > readable)
		return -EINVAL;

	mgate_addr_load(&d->src, data + IPV6_SOURCE, 16);
	mgate_addr_load(&d->dst, data + IPV6_DESTINATION, 16);
	d->payload = data + c.at;
	d->len = (u16)(total - c.at);
	d->header_len = (u16)c.at;
	d->af = MGATE_AF_INET6;
	d->ttl = data[IPV6_HOP_LIMIT];
	d->protocol = c.next;
	d->fragment = c.fragment;
	d->router_alert = c.router_alert;
	return 0;
}

/**
 * mgate_ipv6_is_host() - can this be the address of a single host
 * @a: the address
 *
 * Neither multicast, loopback nor the unspecified address (RFC 4291 2.5).
 */
bool mgate_ipv6_is_host(const struct mgate_addr *a)
{
	static const struct mgate_addr loopback = { .bytes = { [15] = 1 } };

	return a->bytes[0] != 0xff && !mgate_addr_is_zero(a) && !mgate_addr_equal(a, &loopback);
}

/**
 * mgate_ipv6_seed() - what the checksum of a payload begins with (RFC 8200 8.1)
 * @d: the datagram
 *
 * Return: the sum of the pseudo-header, as the machine reads it, folded to 32 bits.
 */
u32 mgate_ipv6_seed(const struct mgate_datagram *d)
{
	const u8 rest[4] = { (u8)(d->len >> 8), (u8)d->len, 0, d->protocol };
	unsigned int i;
	u64 sum = 0;
	u32 word;

	mgate_base_copy(&word, rest, sizeof(word));
	/* By words: the carries of their halves meet again where it is folded. */
	for (i = 0; i < ARRAY_SIZE(d->src.words); i++)
		sum += (u64)d->src.words[i] + d->dst.words[i];
	sum += word;
	sum = (u32)sum + (sum >> 32);
	return (u32)sum + (u32)(sum >> 32);
}

/**
 * mgate_ipv6_mac() - the link-layer address of a group (RFC 2464 7)
 * @grp: the group
 * @mac: six bytes
 */
void mgate_ipv6_mac(const struct mgate_addr *grp, u8 *mac)
{
	mac[0] = 0x33;
	mac[1] = 0x33;
	mgate_base_copy(mac + 2, grp->bytes + 12, 4);
}

/**
 * mgate_ipv6_build() - write the headers of an MLD message
 * @src: source, zero if there is none
 * @dst: destination
 * @len: bytes of the message behind them
 * @buf: MGATE_IPV6_MLD_HEADER bytes
 *
 * RFC 9777 5: hop limit 1, Router Alert in a hop-by-hop header.
 *
 * Return: bytes of the datagram.
 */
size_t mgate_ipv6_build(const struct mgate_addr *src, const struct mgate_addr *dst, size_t len,
			u8 *buf)
{
	/* Two bytes of padding (PadN) end it. */
	static const u8 hop_by_hop[] = {
		MGATE_IPV6_PROTOCOL_ICMPV6, 0, ROUTER_ALERT, ROUTER_ALERT_LEN, 0, 0, 1, 0,
	};
	const size_t payload = len + sizeof(hop_by_hop);

	memset(buf, 0, MGATE_IPV6_HEADER);
	buf[0] = 0x60;
	buf[IPV6_LENGTH] = (u8)(payload >> 8);
	buf[IPV6_LENGTH + 1] = (u8)payload;
	buf[IPV6_NEXT] = NEXT_HOP_BY_HOP;
	buf[IPV6_HOP_LIMIT] = 1;
	memcpy(buf + IPV6_SOURCE, src->bytes, 16);
	memcpy(buf + IPV6_DESTINATION, dst->bytes, 16);
	memcpy(buf + MGATE_IPV6_HEADER, hop_by_hop, sizeof(hop_by_hop));
	return MGATE_IPV6_HEADER + payload;
}
