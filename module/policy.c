// SPDX-License-Identifier: GPL-2.0-only
/* Destinations decided by rule, not by membership: lists of ranges. */
#include <mgate/policy.h>

static bool same(const struct mgate_prefix *a, const struct mgate_prefix *b)
{
	return a->af == b->af && a->len == b->len && mgate_addr_equal(&a->addr, &b->addr);
}

static int index_of(const struct mgate_policy *list, const struct mgate_prefix *p)
{
	int i;

	for (i = 0; i < list->n; i++)
		if (same(&list->prefix[i], p))
			return i;
	return -ENOENT;
}

/**
 * mgate_policy_add() - add a range
 * @list: the ranges
 * @p: the new one
 *
 * Return: 0; -EEXIST if it is there; -ENOSPC if the list is full.
 */
int mgate_policy_add(struct mgate_policy *list, const struct mgate_prefix *p)
{
	if (index_of(list, p) >= 0)
		return -EEXIST;
	if (list->n == MGATE_POLICY_PREFIXES)
		return -ENOSPC;
	list->prefix[list->n++] = *p;
	return 0;
}

/**
 * mgate_policy_del() - take a range out
 * @list: the ranges
 * @p: the one to go
 *
 * Return: 0; -ENOENT if it is not there.
 */
int mgate_policy_del(struct mgate_policy *list, const struct mgate_prefix *p)
{
	int i = index_of(list, p);

	if (i < 0)
		return i;
	list->n--;
	memmove(&list->prefix[i], &list->prefix[i + 1],
		(list->n - i) * sizeof(list->prefix[0]));
	return 0;
}
