/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_LIFE_H
#define MGATE_LIFE_H

#include <mgate/bridge.h>

/**
 * struct mgate_life_options - module parameters
 * @wish: enum mgate_wish that bridges start with; may change at any time
 * @takeover: the built-in snooping may be switched off
 */
struct mgate_life_options {
	u8 wish;
	bool takeover;
};

extern struct mgate_life_options mgate_life_options;

void mgate_life_decide(struct mgate_bridge *br);
void mgate_life_wish(struct mgate_bridge *br, enum mgate_wish wish);
void mgate_life_recheck(struct mgate_bridge *br);
void mgate_life_query(struct mgate_bridge *br);
void mgate_life_forget(struct mgate_bridge *br);
void mgate_life_end(struct mgate_bridge *br);
const char *mgate_life_mode(const struct mgate_bridge *br);
const char *mgate_life_port_status_locked(const struct mgate_port *port);
const char *mgate_life_status(struct mgate_bridge *br);

#endif
