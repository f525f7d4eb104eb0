/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_RHASHTABLE_TYPES_H
#define FUZZ_RHASHTABLE_TYPES_H

#include <linux/atomic.h>

#define RHT_BUCKETS 256

struct rhash_head {
	struct rhash_head *next;
};

struct rhashtable;

struct rhashtable_compare_arg {
	struct rhashtable *ht;
	const void *key;
};

struct rhashtable_params {
	u16 head_offset;
	u16 key_offset;
	u16 key_len;
	u16 min_size;
	bool automatic_shrinking;
	u32 (*hashfn)(const void *data, u32 len, u32 seed);
	int (*obj_cmpfn)(struct rhashtable_compare_arg *arg, const void *obj);
};

struct rhashtable {
	struct rhash_head *bucket[RHT_BUCKETS];
	struct rhashtable_params p;
	atomic_t nelems;
};

struct rhashtable_iter {
	struct rhashtable *ht;
	unsigned int bucket;
	struct rhash_head *p;
	unsigned int skip;
};

#endif
