/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_ASKING_H
#define MGATE_ASKING_H

#include <mgate/expiry.h>

bool mgate_asking_has_room_locked(struct mgate_switch *sw, struct mgate_expiry *run);
struct mgate_ask *mgate_asking_new_locked(struct mgate_switch *sw,
					  const struct mgate_context *ctx,
					  struct mgate_expiry *run);
bool mgate_asking_member_locked(struct mgate_switch *sw, const struct mgate_context *ctx,
				struct mgate_member *m, struct mgate_expiry *run);
void mgate_asking_failed(struct mgate_switch *sw, const struct mgate_ask *a, u64 now);

#endif
