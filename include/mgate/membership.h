/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_MEMBERSHIP_H
#define MGATE_MEMBERSHIP_H

#include <mgate/switch.h>

/* Sources that are worked on in one hold of the lock, but for those of one record. */
#define MGATE_MEMBERSHIP_SOURCES 256

/** enum mgate_refusal - why a membership could not be kept */
enum mgate_refusal {
	MGATE_REFUSAL_NONE,
	MGATE_REFUSAL_PORT,	/* max_groups of the port */
	MGATE_REFUSAL_BRIDGE,	/* max_groups of the bridge */
	MGATE_REFUSAL_MEMORY,
	MGATE_REFUSAL_REPLACED,	/* it is kept, and another one is not */
	MGATE_REFUSAL_RATE,	/* report_rate of the port */
};

struct mgate_member *mgate_membership_find_locked(struct mgate_switch *sw,
						  const struct mgate_key *key, u16 slot);
struct mgate_member *mgate_membership_get_locked(struct mgate_switch *sw,
						 const struct mgate_key *key, u16 slot);
struct mgate_member *mgate_membership_learn_locked(struct mgate_switch *sw,
						   struct mgate_group *g,
						   const struct mgate_key *key, u16 slot,
						   u64 now, enum mgate_refusal *why);
void mgate_membership_changed_locked(struct mgate_switch *sw, struct mgate_member *m, u64 now,
				     u64 due);
bool mgate_membership_expire_locked(struct mgate_switch *sw, struct mgate_group *g, u64 now,
				    u32 *room, bool *over);
void mgate_membership_deny(struct mgate_switch *sw, u16 slot, const struct mgate_prefix *range,
			   u64 now);
void mgate_membership_forget(struct mgate_switch *sw, u16 slot, bool all, enum mgate_why why,
			     u64 now);
void mgate_membership_forget_ignored(struct mgate_switch *sw, u16 slot, u64 now);

#endif
