/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_LISTS_H
#define MGATE_LISTS_H

#include <mgate/bridge.h>

int mgate_lists_write_static(struct mgate_bridge *br, const char *text);
ssize_t mgate_lists_read_static(struct mgate_bridge *br, char *page);
int mgate_lists_write_flood(struct mgate_bridge *br, const char *text);
int mgate_lists_write_deny(struct mgate_port *port, const char *text);
ssize_t mgate_lists_read_deny(struct mgate_port *port, char *page);
ssize_t mgate_lists_read_flood(struct mgate_bridge *br, char *page);

#endif
