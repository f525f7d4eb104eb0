/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_SYSFS_H
#define MGATE_SYSFS_H

#include <mgate/bridge.h>

void mgate_sysfs_init(void);
void mgate_sysfs_bridge_add(struct mgate_bridge *br);
void mgate_sysfs_bridge_del(struct mgate_bridge *br);
void mgate_sysfs_port_add(struct mgate_port *port);
void mgate_sysfs_port_del(struct mgate_port *port);
int mgate_sysfs_wish(const char *text);
const char *mgate_sysfs_wish_name(unsigned int wish);

#endif
