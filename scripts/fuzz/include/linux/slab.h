/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_SLAB_H
#define FUZZ_SLAB_H

#include <linux/kernel.h>

/**
 * struct kmem_cache - objects of one size
 * @size: bytes of each
 * @live: how many there are
 */
struct kmem_cache {
	unsigned int size;
	unsigned long live;
};

static inline struct kmem_cache *kmem_cache_create(const char *name, unsigned int size,
						   unsigned int align, unsigned int flags,
						   void (*ctor)(void *))
{
	struct kmem_cache *cache = fuzz_fails() ? NULL : calloc(1, sizeof(*cache));

	if (cache)
		cache->size = size;
	return cache;
}

static inline void kmem_cache_destroy(struct kmem_cache *cache)
{
	FUZZ_CHECK(!cache || !cache->live);
	free(cache);
}

static inline void *kmem_cache_zalloc(struct kmem_cache *cache, int flags)
{
	void *p = fuzz_fails() ? NULL : calloc(1, cache->size);

	cache->live += !!p;
	return p;
}

static inline void kmem_cache_free(struct kmem_cache *cache, void *p)
{
	FUZZ_CHECK(cache->live);
	cache->live--;
	free(p);
}

static inline void kfree(const void *p)
{
	free((void *)p);
}

#endif
