/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_EVENTS_H
#define MGATE_EVENTS_H

#include <linux/types.h>

int mgate_events_init(void);
void mgate_events_exit(void);

#endif
