/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_ROLE_H
#define MGATE_ROLE_H

#include <mgate/switch.h>

u64 mgate_role_set(struct mgate_switch *sw, const struct mgate_querier_own *own, u16 vid,
		   u64 now);
u64 mgate_role_again(struct mgate_switch *sw, u64 now);
void mgate_role_asked(struct mgate_switch *sw, u8 af, u16 vid, u64 now);

/**
 * mgate_role_own() - the querier that we would be in one VLAN
 * @sw: the switch, its lock held
 * @ctx: the VLAN
 */
static inline struct mgate_querier_own mgate_role_own(const struct mgate_switch *sw,
						      const struct mgate_context *ctx)
{
	struct mgate_querier_own own = sw->own;

	own.on = own.on && ctx->vid == sw->own_vid;
	return own;
}

#endif
