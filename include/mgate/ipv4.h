/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_IPV4_H
#define MGATE_IPV4_H

#include <mgate/datagram.h>

#define MGATE_IPV4_HEADER 20
#define MGATE_IPV4_IGMP_HEADER 24	/* with Router Alert */
#define MGATE_IPV4_PROTOCOL_IGMP 2

int mgate_ipv4_parse(const u8 *data, size_t len, size_t readable,
		     struct mgate_datagram *d);
size_t mgate_ipv4_header_len(const u8 *data, size_t readable);
size_t mgate_ipv4_build(const struct mgate_addr *src, const struct mgate_addr *dst, size_t len,
			u8 *buf);
void mgate_ipv4_mac(const struct mgate_addr *grp, u8 *mac);
u32 mgate_ipv4_seed(const struct mgate_datagram *d);

/**
 * mgate_ipv4_scope() - what a destination address means to a snooping switch
 * @a: the address
 *
 * RFC 4541 2.1.2 (2): 224.0.0.0/24 goes everywhere and has no state.
 */
static inline enum mgate_scope mgate_ipv4_scope(const struct mgate_addr *a)
{
	if (a->bytes[0] >> 4 != 0xe)
		return MGATE_SCOPE_NONE;
	if (a->bytes[0] == 224 && !a->bytes[1] && !a->bytes[2])
		return MGATE_SCOPE_LINK;
	return a->bytes[0] == 232 ? MGATE_SCOPE_SSM : MGATE_SCOPE_GROUP;
}

/**
 * mgate_ipv4_is_group() - can hosts be members of it
 * @a: the address
 *
 * Link-local groups are no error: hosts report them, and they make no state.
 * 224.0.0.0 is never a group (RFC 1112 4).
 */
static inline bool mgate_ipv4_is_group(const struct mgate_addr *a)
{
	return mgate_ipv4_scope(a) != MGATE_SCOPE_NONE &&
	       (a->bytes[0] != 224 || a->bytes[1] || a->bytes[2] || a->bytes[3]);
}

/**
 * mgate_ipv4_is_host() - can this be the address of a single host
 * @a: the address
 *
 * Neither this network, loopback, multicast, reserved nor broadcast
 * (RFC 1122 3.2.1.3). The unspecified address is no host either.
 */
static inline bool mgate_ipv4_is_host(const struct mgate_addr *a)
{
	return a->bytes[0] && a->bytes[0] != 127 && a->bytes[0] < 224;
}

#endif
