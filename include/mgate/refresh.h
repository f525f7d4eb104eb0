/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_REFRESH_H
#define MGATE_REFRESH_H

#include <mgate/ledger.h>
#include <mgate/message.h>

bool mgate_refresh_is(const struct mgate_member *m, const struct mgate_record *rec, u8 af);

#endif
