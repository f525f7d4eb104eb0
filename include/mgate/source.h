/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_SOURCE_H
#define MGATE_SOURCE_H

#include <mgate/ledger.h>
#include <mgate/map.h>

struct mgate_source *mgate_source_find(const struct mgate_member *m,
				       const struct mgate_addr *src);
struct mgate_source *mgate_source_learn(struct mgate_map *map, struct mgate_member *m,
					const struct mgate_addr *src, u64 until);
struct mgate_source *mgate_source_keep(struct mgate_map *map, struct mgate_member *m,
				       const struct mgate_addr *src);
void mgate_source_run(struct mgate_member *m, struct mgate_source *s, u64 until);
void mgate_source_unlearn(struct mgate_map *map, struct mgate_member *m,
			  struct mgate_source *s);
void mgate_source_unkeep(struct mgate_map *map, struct mgate_member *m,
			 struct mgate_source *s);
void mgate_source_unlearn_all(struct mgate_map *map, struct mgate_member *m);
void mgate_source_draw(struct mgate_member *m);

/**
 * mgate_source_addr() - the address of a source
 * @s: the source
 */
static inline const struct mgate_addr *mgate_source_addr(const struct mgate_source *s)
{
	return &s->route->key.src;
}

/**
 * mgate_source_forwards() - does a member get a source that it has a record of
 * @m: the membership
 * @s: the record
 *
 * RFC 9776 6.3, the whole table.
 */
static inline bool mgate_source_forwards(const struct mgate_member *m,
					 const struct mgate_source *s)
{
	if (m->permanent || s->permanent)
		return true;
	return s->learned ? s->until != 0 : mgate_ledger_wants(m);
}

#endif
