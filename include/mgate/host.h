/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_HOST_H
#define MGATE_HOST_H

#include <mgate/bridge.h>
#include <mgate/gate.h>

bool mgate_host_gets(const struct mgate_bridge *br, const struct mgate_plan *plan, const u8 *mac,
		     enum mgate_reason *reason);

#endif
