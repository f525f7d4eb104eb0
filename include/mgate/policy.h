/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_POLICY_H
#define MGATE_POLICY_H

#include <mgate/addr.h>

#define MGATE_POLICY_PREFIXES 64

/**
 * struct mgate_policy - a list of ranges of groups
 * @n: how many
 * @prefix: the ranges, in the order they were written
 */
struct mgate_policy {
	u16 n;
	struct mgate_prefix prefix[MGATE_POLICY_PREFIXES];
};

int mgate_policy_add(struct mgate_policy *list, const struct mgate_prefix *p);
int mgate_policy_del(struct mgate_policy *list, const struct mgate_prefix *p);

/**
 * mgate_policy_has() - is an address in one of the ranges
 * @list: the ranges
 * @af: the family of the address
 * @a: the address
 */
static inline bool mgate_policy_has(const struct mgate_policy *list, u8 af,
				    const struct mgate_addr *a)
{
	unsigned int i;

	for (i = 0; i < list->n; i++)
		if (list->prefix[i].af == af && mgate_addr_in_prefix(a, &list->prefix[i]))
			return true;
	return false;
}

#endif
