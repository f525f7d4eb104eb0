/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_MEMORY_H
#define MGATE_MEMORY_H

#include <mgate/base.h>

enum mgate_object {
	MGATE_OBJECT_GROUP,
	MGATE_OBJECT_MEMBER,
	MGATE_OBJECT_SOURCE,
	MGATE_OBJECT_SOURCE_ROUTE,
	MGATE_OBJECT_PORTS,
	MGATE_OBJECT_CONTEXT,
	MGATE_OBJECT_ROUTER,
	MGATE_OBJECT_EHT_HOST,
	MGATE_OBJECT_EHT_SOURCE,
	MGATE_OBJECT_STATS_ROW,
	MGATE_OBJECT_MAX
};

int mgate_memory_init(unsigned int max_mb);
void mgate_memory_exit(void);
void *mgate_memory_new(enum mgate_object kind);
void mgate_memory_free(enum mgate_object kind, void *p);
bool mgate_memory_spare(unsigned long bytes);
void mgate_memory_uncharge(unsigned long bytes);
unsigned long mgate_memory_used(void);

/**
 * mgate_memory_spoil() - what has its place in an object is given back
 * @p: it
 * @size: of it
 *
 * The place cannot be watched, as the object is still there: with KASAN who uses it
 * nevertheless finds what is as bad as in an object that was freed.
 */
static inline void mgate_memory_spoil(void *p, size_t size)
{
#ifdef __SANITIZE_ADDRESS__
	memset(p, 0x6b, size);
#endif
}

#endif
