/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_ADDR_H
#define MGATE_ADDR_H

#include <mgate/base.h>

/** enum mgate_af - the address families, as an index */
enum mgate_af {
	MGATE_AF_INET,
	MGATE_AF_MAX
};

/**
 * struct mgate_addr - an address of either family, in network order
 * @bytes: the address; a family with shorter addresses fills the front and
 *	leaves the rest zero, so that comparing all bytes compares addresses
 * @words: the same, for hashing
 */
struct mgate_addr {
	union {
		u8 bytes[16];
		u32 words[4];
	};
};

/**
 * struct mgate_key - what a membership or a route is about
 * @grp: the group
 * @src: the source, zero for any source: (S,G) and (*,G) are two keys
 * @vid: VLAN id, 0 where the bridge does not tell VLANs apart
 * @af: enum mgate_af
 * @zero: always 0; the key is hashed and compared as plain memory
 */
struct mgate_key {
	struct mgate_addr grp;
	struct mgate_addr src;
	u16 vid;
	u8 af;
	u8 zero;
};

/**
 * struct mgate_prefix - a range of addresses
 * @addr: its first address
 * @af: enum mgate_af
 * @len: leading bits that count
 */
struct mgate_prefix {
	struct mgate_addr addr;
	u8 af;
	u8 len;
};

int mgate_addr_cmp(const struct mgate_addr *a, const struct mgate_addr *b);
bool mgate_addr_equal(const struct mgate_addr *a, const struct mgate_addr *b);
bool mgate_addr_is_zero(const struct mgate_addr *a);
bool mgate_addr_in_prefix(const struct mgate_addr *a, const struct mgate_prefix *p);
void mgate_addr_load(struct mgate_addr *a, const u8 *bytes, size_t len);
struct mgate_key mgate_addr_key(u8 af, u16 vid, const struct mgate_addr *grp);

#endif
