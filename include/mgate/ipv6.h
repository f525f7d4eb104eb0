/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_IPV6_H
#define MGATE_IPV6_H

#include <mgate/datagram.h>

#define MGATE_IPV6_HEADER 40
#define MGATE_IPV6_MLD_HEADER 48	/* with Router Alert in a hop-by-hop header */
#define MGATE_IPV6_PROTOCOL_ICMPV6 58

int mgate_ipv6_parse(const u8 *data, size_t len, size_t readable, struct mgate_datagram *d);
size_t mgate_ipv6_header_len(const u8 *data, size_t readable);
bool mgate_ipv6_may_hide(const struct mgate_datagram *d);
bool mgate_ipv6_is_host(const struct mgate_addr *a);
u32 mgate_ipv6_seed(const struct mgate_datagram *d);
size_t mgate_ipv6_build(const struct mgate_addr *src, const struct mgate_addr *dst, size_t len,
			u8 *buf);
void mgate_ipv6_mac(const struct mgate_addr *grp, u8 *mac);

/**
 * mgate_ipv6_is_group() - can hosts be members of it
 * @a: the address
 */
static inline bool mgate_ipv6_is_group(const struct mgate_addr *a)
{
	return a->bytes[0] == 0xff;
}

/**
 * mgate_ipv6_is_link_local() - is it the address of a host on this link, fe80::/10
 * @a: the address
 */
static inline bool mgate_ipv6_is_link_local(const struct mgate_addr *a)
{
	return a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80;
}

/**
 * mgate_ipv6_is_solicited() - is it a solicited-node group, ff02::1:ff00:0/104
 * @a: the address
 */
static inline bool mgate_ipv6_is_solicited(const struct mgate_addr *a)
{
	static const struct mgate_addr first = { .bytes = { 0xff, 2, [11] = 1, [12] = 0xff } };

	return a->words[0] == first.words[0] && a->words[1] == first.words[1] &&
	       a->words[2] == first.words[2] && a->bytes[12] == first.bytes[12];
}

/**
 * mgate_ipv6_scope() - what a destination address means to a snooping switch
 * @a: the address
 *
 * RFC 4291 2.7: scopes 0 (reserved) and 1 (of an interface) belong on no link and have
 * no state (RFC 2710 5), and neither has link-local scope, on which neighbour and
 * router discovery and DHCPv6 stand. RFC 4607 1: ff3x::/32 is joined by source.
 */
static inline enum mgate_scope mgate_ipv6_scope(const struct mgate_addr *a)
{
	if (a->bytes[0] != 0xff)
		return MGATE_SCOPE_NONE;
	if ((a->bytes[1] & 0x0f) <= 2)
		return MGATE_SCOPE_LINK;
	return a->bytes[1] >> 4 == 3 && !a->bytes[2] && !a->bytes[3] ? MGATE_SCOPE_SSM :
								       MGATE_SCOPE_GROUP;
}

#endif
