/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_RANGES_H
#define MGATE_RANGES_H

#include <mgate/bridge.h>

int mgate_ranges_write_flood(struct mgate_bridge *br, const char *text);
ssize_t mgate_ranges_read_flood(struct mgate_bridge *br, char *page);
int mgate_ranges_write_deny(struct mgate_port *port, const char *text);
ssize_t mgate_ranges_read_deny(struct mgate_port *port, char *page);

#endif
