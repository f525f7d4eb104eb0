/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_TAKEOVER_H
#define MGATE_TAKEOVER_H

#include <mgate/bridge.h>

int mgate_takeover_begin(struct mgate_bridge *br);
void mgate_takeover_end(struct mgate_bridge *br);
void mgate_takeover_port(struct mgate_port *port);
bool mgate_takeover_in_hardware(struct net_device *dev);
const struct net_device *mgate_takeover_obstacle(const struct mgate_bridge *br,
						 const char **why);

#endif
