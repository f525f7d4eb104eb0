/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_PROBE_H
#define MGATE_PROBE_H

#include <mgate/bridge.h>

bool mgate_probe_begin(const struct mgate_port *in, u16 vid);
void mgate_probe_reset(const struct mgate_port *in);
void mgate_probe_renew(const struct mgate_bridge *br);
void mgate_probe_end(const struct mgate_port *in, u16 vid);

#endif
