// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the state that frames can create comes from: a slab cache per kind of
 * object, and one bound over all bridges of all namespaces.
 */
#include <linux/atomic.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include <mgate/stats.h>
#include <mgate/context.h>
#include <mgate/eht.h>
#include <mgate/ledger.h>
#include <mgate/map.h>
#include <mgate/memory.h>

struct kind {
	const char *name;
	unsigned int size;
	struct kmem_cache *cache;
};

/* Caches of our own also let a test make just our allocations fail. */
static struct kind kinds[MGATE_OBJECT_MAX] = {
	[MGATE_OBJECT_GROUP] = { "mgate_group", sizeof(struct mgate_group), NULL },
	[MGATE_OBJECT_MEMBER] = { "mgate_member", sizeof(struct mgate_member), NULL },
	[MGATE_OBJECT_SOURCE] = { "mgate_source", sizeof(struct mgate_source), NULL },
	[MGATE_OBJECT_SOURCE_ROUTE] = {
		"mgate_source_route", sizeof(struct mgate_source_route), NULL
	},
	[MGATE_OBJECT_PORTS] = { "mgate_ports", sizeof(struct mgate_ports), NULL },
	[MGATE_OBJECT_CONTEXT] = { "mgate_context", sizeof(struct mgate_context), NULL },
	[MGATE_OBJECT_ROUTER] = { "mgate_router", sizeof(struct mgate_router), NULL },
	[MGATE_OBJECT_EHT_HOST] = { "mgate_eht_host", sizeof(struct mgate_eht_host), NULL },
	[MGATE_OBJECT_EHT_SOURCE] = {
		"mgate_eht_source", sizeof(struct mgate_eht_source), NULL
	},
	[MGATE_OBJECT_STATS_ROW] = { "mgate_stats", sizeof(struct mgate_stats_row), NULL },
};

static atomic_long_t used;
static unsigned long bound;

/**
 * mgate_memory_init() - set up the caches
 * @max_mb: bound on all objects together, in MiB
 *
 * May sleep.
 *
 * Return: 0 or -ENOMEM.
 */
int mgate_memory_init(unsigned int max_mb)
{
	unsigned int i;

	bound = (unsigned long)min_t(u64, (u64)max_mb << 20, ~0UL);
	for (i = 0; i < MGATE_OBJECT_MAX; i++) {
		kinds[i].cache = kmem_cache_create(kinds[i].name, kinds[i].size, 0, 0, NULL);
		if (!kinds[i].cache) {
			mgate_memory_exit();
			return -ENOMEM;
		}
	}
	return 0;
}

/**
 * mgate_memory_exit() - give the caches back
 *
 * Every object has been freed, or handed to call_rcu(). May sleep.
 */
void mgate_memory_exit(void)
{
	unsigned int i;

	rcu_barrier();
	for (i = 0; i < MGATE_OBJECT_MAX; i++) {
		kmem_cache_destroy(kinds[i].cache);
		kinds[i].cache = NULL;
	}
}

/* Return: false if the bound is reached. */
static bool charge_bytes(unsigned long bytes)
{
	if ((unsigned long)atomic_long_add_return(bytes, &used) <= bound)
		return true;
	atomic_long_sub(bytes, &used);
	return false;
}

/**
 * mgate_memory_spare() - may memory be had, of no cache, for what can be done without
 * @bytes: how much
 *
 * To be given back by mgate_memory_uncharge().
 *
 * Return: false if half of the bound is reached: the rest is for what hosts ask for, which
 * those who only send must not take from them.
 */
bool mgate_memory_spare(unsigned long bytes)
{
	return mgate_memory_used() + bytes <= bound / 2 && charge_bytes(bytes);
}

/**
 * mgate_memory_uncharge() - it was given back
 * @bytes: how much
 */
void mgate_memory_uncharge(unsigned long bytes)
{
	atomic_long_sub(bytes, &used);
}

/**
 * mgate_memory_new() - a zeroed object
 * @kind: which
 *
 * Never sleeps.
 *
 * Return: NULL if the bound is reached or memory is short: the caller does
 * without, and floods where that would cut a member.
 */
void *mgate_memory_new(enum mgate_object kind)
{
	void *p;

	if (!charge_bytes(kinds[kind].size))
		return NULL;
	p = kmem_cache_zalloc(kinds[kind].cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!p)
		mgate_memory_uncharge(kinds[kind].size);
	return p;
}

/**
 * mgate_memory_free() - give an object back
 * @kind: which
 * @p: the object, or NULL
 */
void mgate_memory_free(enum mgate_object kind, void *p)
{
	if (!p)
		return;
	kmem_cache_free(kinds[kind].cache, p);
	mgate_memory_uncharge(kinds[kind].size);
}

/**
 * mgate_memory_used() - bytes of all objects together
 */
unsigned long mgate_memory_used(void)
{
	return (unsigned long)atomic_long_read(&used);
}
