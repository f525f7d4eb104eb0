/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_SAYING_H
#define MGATE_SAYING_H

#include <mgate/ledger.h>
#include <mgate/news.h>

void mgate_saying_member(struct mgate_news *news, struct mgate_member *m);
void mgate_saying_gone(struct mgate_news *news, const struct mgate_member *m);
void mgate_saying_source_gone(struct mgate_news *news, const struct mgate_member *m,
			      const struct mgate_source *s);

#endif
