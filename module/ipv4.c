// SPDX-License-Identifier: GPL-2.0-only
/* An IPv4 header seen as bytes, and what kinds of IPv4 address there are. */
#include <mgate/ipv4.h>

#define IPV4_FLAGS 6
#define IPV4_TTL 8
#define IPV4_PROTOCOL 9
#define IPV4_SOURCE 12
#define IPV4_DESTINATION 16

#define FRAGMENT_MASK 0x3fff	/* more fragments, or an offset */

#define OPTION_END 0
#define OPTION_NOP 1
#define OPTION_ROUTER_ALERT 148

/* A malformed option ends the search: no reason to refuse the datagram, which
 * the hosts on the wire would accept or refuse by themselves.
 */
static bool has_router_alert(const u8 *opt, size_t len)
{
	size_t i = 0;

	while (i < len && opt[i] != OPTION_END) {
		if (opt[i] == OPTION_NOP) {
			i++;
			continue;
		}
		if (len - i < 2 || opt[i + 1] < 2 || opt[i + 1] > len - i)
			return false;
		if (opt[i] == OPTION_ROUTER_ALERT)
			return opt[i + 1] == 4;
		i += opt[i + 1];
	}
	return false;
}

/**
 * mgate_ipv4_header_len() - bytes of the header with its options
 * @data: at least one byte of the datagram
 * @readable: bytes of it that are at @data; one says it all
 *
 * Return: a multiple of 4, at most 60; below 20 for what is no header.
 */
size_t mgate_ipv4_header_len(const u8 *data, size_t readable)
{
	return (size_t)(data[0] & 0x0f) * 4;
}

/**
 * mgate_ipv4_parse() - read the header of a datagram
 * @data: the datagram; nothing behind @readable is touched
 * @len: bytes the frame carries, link-layer padding included
 * @readable: bytes of them that are at @data: the header at the least
 * @d: the result, valid on success; its payload points into @data and may be
 *	used only as far as @readable reaches
 *
 * Checksums are the caller's matter.
 *
 * Return: 0, or -EINVAL if the lengths do not fit each other.
 */
int mgate_ipv4_parse(const u8 *data, size_t len, size_t readable,
		     struct mgate_datagram *d)
{
	size_t header, total;

	if (readable < MGATE_IPV4_HEADER || readable > len || data[0] >> 4 != 4)
		return -EINVAL;
	header = mgate_ipv4_header_len(data, readable);
	total = mgate_base_load16(data + 2);
	if (header < MGATE_IPV4_HEADER || header > readable ||
	    total < header || total > len)
		return -EINVAL;

	mgate_addr_load(&d->src, data + IPV4_SOURCE, 4);
	mgate_addr_load(&d->dst, data + IPV4_DESTINATION, 4);
	d->payload = data + header;
	d->len = (u16)(total - header);
	d->header_len = (u16)header;
	d->af = MGATE_AF_INET;
	d->ttl = data[IPV4_TTL];
	d->protocol = data[IPV4_PROTOCOL];
	d->fragment = mgate_base_load16(data + IPV4_FLAGS) & FRAGMENT_MASK;
	d->router_alert = has_router_alert(data + MGATE_IPV4_HEADER,
					   header - MGATE_IPV4_HEADER);
	return 0;
}

/**
 * mgate_ipv4_seed() - what the checksum of a payload begins with
 * @d: the datagram
 *
 * Those of IGMP and PIM are over nothing but the message.
 */
u32 mgate_ipv4_seed(const struct mgate_datagram *d)
{
	return 0;
}

/**
 * mgate_ipv4_mac() - the link-layer address of a group (RFC 1112 6.4)
 * @grp: the group
 * @mac: six bytes
 */
void mgate_ipv4_mac(const struct mgate_addr *grp, u8 *mac)
{
	mac[0] = 0x01;
	mac[1] = 0x00;
	mac[2] = 0x5e;
	mac[3] = grp->bytes[1] & 0x7f;
	mac[4] = grp->bytes[2];
	mac[5] = grp->bytes[3];
}

/**
 * mgate_ipv4_build() - write the header of an IGMP message
 * @src: source, zero if there is none
 * @dst: destination
 * @len: bytes of the message behind it
 * @buf: MGATE_IPV4_IGMP_HEADER bytes
 *
 * RFC 9776 4: TTL 1, TOS 0xc0, Router Alert. The checksum is left zero.
 *
 * Return: bytes of the datagram.
 */
size_t mgate_ipv4_build(const struct mgate_addr *src, const struct mgate_addr *dst, size_t len,
			u8 *buf)
{
	static const u8 header[] = {
		0x46, 0xc0, 0, 0, 0, 0, 0x40, 0, 1, MGATE_IPV4_PROTOCOL_IGMP, 0, 0,
	};
	static const u8 router_alert[] = { OPTION_ROUTER_ALERT, 4, 0, 0 };

	len += MGATE_IPV4_IGMP_HEADER;
	memcpy(buf, header, sizeof(header));
	buf[2] = (u8)(len >> 8);
	buf[3] = (u8)len;
	memcpy(buf + IPV4_SOURCE, src->bytes, 4);
	memcpy(buf + IPV4_DESTINATION, dst->bytes, 4);
	memcpy(buf + MGATE_IPV4_HEADER, router_alert, sizeof(router_alert));
	return len;
}
