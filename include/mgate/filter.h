/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_FILTER_H
#define MGATE_FILTER_H

#include <mgate/question.h>

bool mgate_filter_wants(const struct mgate_record *rec);
bool mgate_filter_leaves(const struct mgate_record *rec);
void mgate_filter_apply(struct mgate_map *map, struct mgate_member *m,
			const struct mgate_record *rec, const struct mgate_rules *r,
			struct mgate_effect *e);

#endif
