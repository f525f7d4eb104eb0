/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_NOTIFY_H
#define MGATE_NOTIFY_H

#include <mgate/bridge.h>

void mgate_notify_begin(struct mgate_bridge *br);

#endif
