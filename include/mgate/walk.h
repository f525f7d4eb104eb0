/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_WALK_H
#define MGATE_WALK_H

#include <mgate/switch.h>

/* Groups between two chances for others to run. */
#define MGATE_WALK_STRETCH 64

/**
 * struct mgate_walker - somebody who wants to see all groups
 * @group: called once for each, with the lock of the switch held
 * @pause: NULL, or called after each MGATE_WALK_STRETCH of them at the latest; may sleep
 */
struct mgate_walker {
	void (*group)(struct mgate_walker *w, struct mgate_group *g);
	void (*pause)(struct mgate_walker *w);
};

void mgate_walk_groups(struct mgate_switch *sw, struct mgate_walker *w);

#endif
