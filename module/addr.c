// SPDX-License-Identifier: GPL-2.0-only
/* Addresses of either family as plain bytes: compare, match, make keys. */
#include <mgate/addr.h>

/**
 * mgate_addr_cmp() - compare two addresses of one family as numbers
 * @a: one address
 * @b: the other
 *
 * The order is that of the querier election (RFC 9776 6.6.2): big-endian.
 *
 * Return: below, equal to or above zero, as memcmp().
 */
int mgate_addr_cmp(const struct mgate_addr *a, const struct mgate_addr *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

/**
 * mgate_addr_equal() - are two addresses of one family the same
 * @a: one address
 * @b: the other
 */
bool mgate_addr_equal(const struct mgate_addr *a, const struct mgate_addr *b)
{
	return !mgate_addr_cmp(a, b);
}

/**
 * mgate_addr_is_zero() - is this the unspecified address
 * @a: the address
 */
bool mgate_addr_is_zero(const struct mgate_addr *a)
{
	return !(a->words[0] | a->words[1] | a->words[2] | a->words[3]);
}

/**
 * mgate_addr_in_prefix() - is an address inside a range
 * @a: the address, of the family of the range
 * @p: the range; a length beyond the address matches like the full length
 */
bool mgate_addr_in_prefix(const struct mgate_addr *a, const struct mgate_prefix *p)
{
	unsigned int whole = p->len / 8, rest = p->len % 8;
	u8 mask = (u8)(0xff00 >> rest);

	if (whole >= sizeof(a->bytes))
		return mgate_addr_equal(a, &p->addr);
	if (memcmp(a->bytes, p->addr.bytes, whole))
		return false;
	return !((a->bytes[whole] ^ p->addr.bytes[whole]) & mask);
}

/**
 * mgate_addr_load() - take an address from a message
 * @a: where it goes
 * @bytes: network order, any alignment
 * @len: the family's address length, at most 16
 */
void mgate_addr_load(struct mgate_addr *a, const u8 *bytes, size_t len)
{
	memset(a, 0, sizeof(*a));
	memcpy(a->bytes, bytes, len);
}

/**
 * mgate_addr_key() - the key of a group in a VLAN, for any source
 * @af: family
 * @vid: VLAN id
 * @grp: the group
 */
struct mgate_key mgate_addr_key(u8 af, u16 vid, const struct mgate_addr *grp)
{
	struct mgate_key key;

	memset(&key, 0, sizeof(key));
	key.grp = *grp;
	key.vid = vid;
	key.af = af;
	return key;
}
