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

bool mgate_policy_has(const struct mgate_policy *list, u8 af, const struct mgate_addr *a);
int mgate_policy_add(struct mgate_policy *list, const struct mgate_prefix *p);
int mgate_policy_del(struct mgate_policy *list, const struct mgate_prefix *p);

#endif
