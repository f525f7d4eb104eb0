/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_PROXY_H
#define MGATE_PROXY_H

#include <mgate/message.h>
#include <mgate/switch.h>

/* Own reports that one run over what is due can hand out. */
#define MGATE_PROXY_TELLS 16
/* RFC 9776 8.11: between two reports of one change. */
#define MGATE_PROXY_REPEAT_MS 1000

void mgate_proxy_changed_locked(struct mgate_switch *sw, struct mgate_group *g, u64 now);
void mgate_proxy_left_locked(struct mgate_switch *sw, const struct mgate_group *g, u64 now);
void mgate_proxy_asked_locked(struct mgate_switch *sw, struct mgate_context *ctx, u32 span_ms,
			      u64 now);
void mgate_proxy_asked_group_locked(struct mgate_switch *sw, struct mgate_group *g, u32 span_ms,
				    u64 now);
bool mgate_proxy_tell_locked(struct mgate_switch *sw, struct mgate_group *g,
			     struct mgate_report *r, u64 now);
void mgate_proxy_split(struct mgate_switch *sw, const struct mgate_report *r,
		       unsigned long *routers, unsigned int n);
bool mgate_proxy_part_locked(struct mgate_switch *sw, struct mgate_report *r, u64 now);
u64 mgate_proxy_part_at_locked(const struct mgate_switch *sw);
void mgate_proxy_answer(struct mgate_switch *sw, u8 af, u16 vid, u32 span_ms, u64 now);

#endif
