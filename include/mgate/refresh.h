/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_REFRESH_H
#define MGATE_REFRESH_H

#include <mgate/eht.h>
#include <mgate/question.h>

bool mgate_refresh_is(const struct mgate_member *m, const struct mgate_record *rec, u8 af);
bool mgate_refresh_all(struct mgate_member *m, const struct mgate_record *rec,
		       const struct mgate_rules *r, const struct mgate_eht_who *who);

#endif
