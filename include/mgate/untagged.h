/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_UNTAGGED_H
#define MGATE_UNTAGGED_H

#include <mgate/bridge.h>

int mgate_untagged_init(void);
void mgate_untagged_exit(void);
void mgate_untagged_setup(struct mgate_port *port);
bool mgate_untagged_vid_rcu(const struct mgate_port *port, u16 *vid);

#endif
