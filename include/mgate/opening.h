/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_OPENING_H
#define MGATE_OPENING_H

int mgate_opening_init(void);
void mgate_opening_exit(void);

#endif
