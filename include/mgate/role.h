/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_ROLE_H
#define MGATE_ROLE_H

#include <mgate/switch.h>

struct mgate_querier_own mgate_role_own(const struct mgate_switch *sw,
					const struct mgate_context *ctx);
u64 mgate_role_set(struct mgate_switch *sw, const struct mgate_querier_own *own, u16 vid,
		   u64 now);
u64 mgate_role_again(struct mgate_switch *sw, u64 now);
void mgate_role_asked(struct mgate_switch *sw, u8 af, u16 vid, u64 now);

#endif
