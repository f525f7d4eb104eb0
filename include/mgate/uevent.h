/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_UEVENT_H
#define MGATE_UEVENT_H

#include <linux/types.h>

struct net_device;

void mgate_uevent_tell(struct net_device *dev, bool port);

#endif
