/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_STATICLIST_H
#define MGATE_STATICLIST_H

#include <mgate/bridge.h>

int mgate_staticlist_write(struct mgate_bridge *br, const char *text);
ssize_t mgate_staticlist_read(struct mgate_bridge *br, char *page);

#endif
