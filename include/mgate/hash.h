/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys in hash tables. To be given to the tables as constants, so that a look-up
 * has no call in it.
 */
#ifndef MGATE_HASH_H
#define MGATE_HASH_H

#include <linux/jhash.h>
#include <linux/rhashtable.h>

#include <mgate/addr.h>

/* Buckets that a table of groups has at the least: where many hosts join at once, what
 * makes the table larger does not come to run before they have.
 */
#define MGATE_HASH_LEAST 512

/**
 * mgate_hash_group() - the hash of a group's key, whatever the source
 * @data: struct mgate_key
 * @len: not used
 * @seed: of the table; secret, since anybody can choose groups
 */
static __always_inline u32 mgate_hash_group(const void *data, u32 len, u32 seed)
{
	const struct mgate_key *key = data;
	const u32 *grp = key->grp.words;
	u32 rest = (u32)key->vid << 8 | key->af;

	if (key->af == MGATE_AF_INET)
		return jhash_2words(grp[0], rest, seed);
	return jhash2((const u32[]){ grp[0], grp[1], grp[2], grp[3], rest }, 5, seed);
}

/**
 * mgate_hash_differs() - is an object of another group
 * @arg: the key
 * @key: that of the object
 */
static inline int mgate_hash_differs(const struct rhashtable_compare_arg *arg,
				     const struct mgate_key *key)
{
	return !mgate_addr_same_group(arg->key, key);
}

#endif
