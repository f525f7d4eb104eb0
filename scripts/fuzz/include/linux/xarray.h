/* SPDX-License-Identifier: GPL-2.0-only */
/* As wide as there are VLANs. */
#ifndef FUZZ_XARRAY_H
#define FUZZ_XARRAY_H

#include <linux/err.h>

#define XA_WIDTH MGATE_VLANS

struct xarray {
	void **entries;
};

static inline void xa_init(struct xarray *xa)
{
	xa->entries = NULL;
}

static inline void xa_destroy(struct xarray *xa)
{
	free(xa->entries);
	xa->entries = NULL;
}

static inline void *xa_load(struct xarray *xa, unsigned long index)
{
	FUZZ_CHECK(index < XA_WIDTH);
	return xa->entries ? xa->entries[index] : NULL;
}

static inline void *xa_store(struct xarray *xa, unsigned long index, void *entry, int flags)
{
	void *old = xa_load(xa, index);

	if (fuzz_fails())
		return ERR_PTR(-ENOMEM);
	if (!xa->entries)
		xa->entries = calloc(XA_WIDTH, sizeof(void *));
	FUZZ_CHECK(xa->entries && !old);
	xa->entries[index] = entry;
	return old;
}

static inline void *xa_erase(struct xarray *xa, unsigned long index)
{
	void *old = xa_load(xa, index);

	FUZZ_CHECK(old);
	xa->entries[index] = NULL;
	return old;
}

static inline int xa_err(const void *entry)
{
	return IS_ERR(entry) ? (int)PTR_ERR(entry) : 0;
}

#endif
