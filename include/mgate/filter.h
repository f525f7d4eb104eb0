/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_FILTER_H
#define MGATE_FILTER_H

#include <mgate/family.h>
#include <mgate/question.h>

void mgate_filter_apply(struct mgate_map *map, struct mgate_member *m,
			const struct mgate_record *rec, const struct mgate_rules *r,
			struct mgate_effect *e);

/**
 * mgate_filter_wants() - does a record ask for traffic
 * @rec: the record
 *
 * Whoever is not a member becomes one by such a record only.
 */
static inline bool mgate_filter_wants(const struct mgate_record *rec)
{
	switch (rec->type) {
	case MGATE_RECORD_IS_EX:
	case MGATE_RECORD_TO_EX:
		return true;
	case MGATE_RECORD_IS_IN:
	case MGATE_RECORD_TO_IN:
	case MGATE_RECORD_ALLOW:
		return rec->nsrcs;
	default:
		return false;
	}
}

/**
 * mgate_filter_leaves() - does a record say that nothing is wanted any more
 * @rec: the record
 *
 * RFC 9776 7.3.2: a version 2 leave is TO_IN{}.
 */
static inline bool mgate_filter_leaves(const struct mgate_record *rec)
{
	return rec->type == MGATE_RECORD_TO_IN && !rec->nsrcs;
}

/**
 * mgate_filter_is_out_of_range() - does a record mean nothing for its group
 * @rec: the record
 * @af: its family
 * @version: of the message, counted as IGMP does
 *
 * RFC 4604 2.2.2, RFC 9776 7.3.2: in the range of source-specific multicast there is nothing
 * but sources.
 */
static inline bool mgate_filter_is_out_of_range(const struct mgate_record *rec, u8 af, u8 version)
{
	return mgate_family_scope(af, &rec->grp) == MGATE_SCOPE_SSM &&
	       (version < 3 || rec->type == MGATE_RECORD_IS_EX ||
		rec->type == MGATE_RECORD_TO_EX);
}

#endif
