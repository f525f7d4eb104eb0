/* SPDX-License-Identifier: GPL-2.0-only */
/* Never resized, and its seed is no secret. */
#ifndef FUZZ_RHASHTABLE_H
#define FUZZ_RHASHTABLE_H

#include <linux/err.h>
#include <linux/rcupdate.h>
#include <linux/rhashtable-types.h>

static inline int rhashtable_init(struct rhashtable *ht, const struct rhashtable_params *p)
{
	memset(ht, 0, sizeof(*ht));
	ht->p = *p;
	return fuzz_fails() ? -ENOMEM : 0;
}

static inline void rhashtable_destroy(struct rhashtable *ht)
{
	FUZZ_CHECK(!ht->nelems.counter);
}

static inline void *rht_object(const struct rhashtable *ht, struct rhash_head *head)
{
	return (char *)head - ht->p.head_offset;
}

static inline struct rhash_head **rht_chain(struct rhashtable *ht, const void *key)
{
	return &ht->bucket[ht->p.hashfn(key, ht->p.key_len, 1) % RHT_BUCKETS];
}

static inline void *rhashtable_lookup(struct rhashtable *ht, const void *key,
				      const struct rhashtable_params p)
{
	struct rhashtable_compare_arg arg = { ht, key };
	struct rhash_head *head;

	for (head = *rht_chain(ht, key); head; head = head->next)
		if (!p.obj_cmpfn(&arg, rht_object(ht, head)))
			return rht_object(ht, head);
	return NULL;
}

#define rhashtable_lookup_fast rhashtable_lookup

static inline int rhashtable_insert_fast(struct rhashtable *ht, struct rhash_head *head,
					 const struct rhashtable_params p)
{
	const void *key = (char *)rht_object(ht, head) + p.key_offset;
	struct rhash_head **chain = rht_chain(ht, key);

	FUZZ_CHECK(!rhashtable_lookup(ht, key, p));
	if (fuzz_fails())
		return -ENOMEM;
	head->next = *chain;
	*chain = head;
	ht->nelems.counter++;
	return 0;
}

static inline int rhashtable_remove_fast(struct rhashtable *ht, struct rhash_head *head,
					 const struct rhashtable_params p)
{
	struct rhash_head **at = rht_chain(ht, (char *)rht_object(ht, head) + p.key_offset);

	while (*at && *at != head)
		at = &(*at)->next;
	FUZZ_CHECK(*at);
	*at = head->next;
	ht->nelems.counter--;
	return 0;
}

static inline void rhashtable_walk_enter(struct rhashtable *ht, struct rhashtable_iter *iter)
{
	iter->ht = ht;
	iter->bucket = 0;
	iter->p = NULL;
	iter->skip = 0;
}

/* Now and then as if the table had been resized. */
static inline int rhashtable_walk_start_check(struct rhashtable_iter *iter)
{
	rcu_read_lock();
	if (!fuzz_fails())
		return 0;
	rhashtable_walk_enter(iter->ht, iter);
	return -EAGAIN;
}

static inline void rhashtable_walk_start(struct rhashtable_iter *iter)
{
	(void)rhashtable_walk_start_check(iter);
}

static inline void *rhashtable_walk_next(struct rhashtable_iter *iter)
{
	if (fuzz_fails()) {
		rhashtable_walk_enter(iter->ht, iter);
		return ERR_PTR(-EAGAIN);
	}
	iter->p = iter->p ? iter->p->next : NULL;
	while (!iter->p && iter->bucket < RHT_BUCKETS)
		iter->p = iter->ht->bucket[iter->bucket++];
	return iter->p ? rht_object(iter->ht, iter->p) : NULL;
}

static inline void rhashtable_walk_stop(struct rhashtable_iter *iter)
{
	rcu_read_unlock();
}

static inline void rhashtable_walk_exit(struct rhashtable_iter *iter)
{
}

#endif
