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
 * mgate_addr_in_prefix() - is an address inside a range
 * @a: the address, of the family of the range
 * @p: the range; a length beyond the address matches like the full length
 */
bool mgate_addr_in_prefix(const struct mgate_addr *a, const struct mgate_prefix *p)
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
