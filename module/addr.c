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
