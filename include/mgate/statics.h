/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_STATICS_H
#define MGATE_STATICS_H

#include <mgate/bridge.h>

int mgate_statics_write(struct mgate_bridge *br, const char *text);
ssize_t mgate_statics_read(struct mgate_bridge *br, char *page);

#endif
