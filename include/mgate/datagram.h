/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_DATAGRAM_H
#define MGATE_DATAGRAM_H

#include <mgate/addr.h>

/** enum mgate_scope - what a destination means to a snooping switch */
enum mgate_scope {
	MGATE_SCOPE_NONE,	/* no multicast address */
	MGATE_SCOPE_LINK,	/* goes everywhere; has state as a solicited-node group only */
	MGATE_SCOPE_GROUP,	/* a group that hosts join */
	MGATE_SCOPE_SSM,	/* a group that hosts join by source */
};

/**
 * struct mgate_datagram - the network header of a frame, of either family
 * @src: source address
 * @dst: destination address
 * @payload: what follows the header, inside the caller's buffer
 * @len: bytes of @payload by the header's own length, padding left out
 * @header_len: bytes of the header, options included
 * @af: enum mgate_af
 * @ttl: time to live
 * @protocol: what the payload is
 * @fragment: this is one fragment of several, first or not
 * @router_alert: the Router Alert option is there (RFC 2113)
 */
struct mgate_datagram {
	struct mgate_addr src;
	struct mgate_addr dst;
	const u8 *payload;
	u16 len;
	u16 header_len;
	u8 af;
	u8 ttl;
	u8 protocol;
	bool fragment;
	bool router_alert;
};

#endif
