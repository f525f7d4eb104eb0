/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_ADDR_H
#define MGATE_ADDR_H

#include <mgate/base.h>

/** enum mgate_af - the address families, as an index */
enum mgate_af {
	MGATE_AF_INET,
	MGATE_AF_INET6,
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
 * @zero: always 0
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

/**
 * mgate_addr_is_zero() - is this the unspecified address
 * @a: the address
 */
static inline bool mgate_addr_is_zero(const struct mgate_addr *a)
{
	return !(a->words[0] | a->words[1] | a->words[2] | a->words[3]);
}

/**
 * mgate_addr_equal() - are two addresses of one family the same
 * @a: one address
 * @b: the other
 */
static inline bool mgate_addr_equal(const struct mgate_addr *a, const struct mgate_addr *b)
{
	return !((a->words[0] ^ b->words[0]) | (a->words[1] ^ b->words[1]) |
		 (a->words[2] ^ b->words[2]) | (a->words[3] ^ b->words[3]));
}

/**
 * mgate_addr_in_prefix() - is an address inside a range
 * @a: the address, of the family of the range
 * @p: the range; a length beyond the address matches like the full length
 */
static inline bool mgate_addr_in_prefix(const struct mgate_addr *a, const struct mgate_prefix *p)
{
	unsigned int whole, rest, i;
	u8 mask;

	/* Nearly always all there is to compare. */
	if (p->len >= 32 && a->words[0] != p->addr.words[0])
		return false;
	whole = p->len / 8;
	rest = p->len % 8;
	mask = (u8)(0xff00 >> rest);
	if (whole >= sizeof(a->bytes))
		return mgate_addr_equal(a, &p->addr);
	for (i = 0; i < whole; i++)
		if (a->bytes[i] != p->addr.bytes[i])
			return false;
	return !((a->bytes[whole] ^ p->addr.bytes[whole]) & mask);
}

/**
 * mgate_addr_load() - take an address from a message
 * @a: where it goes
 * @bytes: network order, any alignment
 * @len: the family's address length, at most 16
 */
static __always_inline void mgate_addr_load(struct mgate_addr *a, const u8 *bytes, size_t len)
{
	a->words[0] = 0;
	a->words[1] = 0;
	a->words[2] = 0;
	a->words[3] = 0;
	mgate_base_copy(a->bytes, bytes, len);
}

/**
 * mgate_addr_is() - is it an address of 16 bytes in a message
 * @a: the address
 * @bytes: network order, any alignment
 */
static inline bool mgate_addr_is(const struct mgate_addr *a, const u8 *bytes)
{
	struct mgate_addr b;

	mgate_addr_load(&b, bytes, sizeof(b.bytes));
	return mgate_addr_equal(a, &b);
}

/**
 * mgate_addr_key() - the key of a group in a VLAN, for any source
 * @af: family
 * @vid: VLAN id
 * @grp: the group
 */
static inline struct mgate_key mgate_addr_key(u8 af, u16 vid, const struct mgate_addr *grp)
{
	return (struct mgate_key){ .grp = *grp, .vid = vid, .af = af };
}

/**
 * mgate_addr_same_group() - are two keys of the same group
 * @a: one key
 * @b: the other; the sources do not count
 *
 * The words behind a short address are zero in both.
 */
static inline bool mgate_addr_same_group(const struct mgate_key *a, const struct mgate_key *b)
{
	if ((a->grp.words[0] ^ b->grp.words[0]) | (u32)(a->vid ^ b->vid) | (u32)(a->af ^ b->af))
		return false;
	return a->af == MGATE_AF_INET || mgate_addr_equal(&a->grp, &b->grp);
}

/**
 * mgate_addr_same_key() - are two keys the same
 * @a: one key
 * @b: the other
 */
static inline bool mgate_addr_same_key(const struct mgate_key *a, const struct mgate_key *b)
{
	return mgate_addr_same_group(a, b) && mgate_addr_equal(&a->src, &b->src);
}

#endif
