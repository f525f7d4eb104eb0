/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_PERMANENT_H
#define MGATE_PERMANENT_H

#include <mgate/membership.h>

int mgate_permanent_add(struct mgate_switch *sw, const struct mgate_key *key, u16 slot,
			u64 now);
int mgate_permanent_del(struct mgate_switch *sw, const struct mgate_key *key, u16 slot,
			u64 now);

#endif
