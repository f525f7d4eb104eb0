/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_DEBUGFS_H
#define MGATE_DEBUGFS_H

void mgate_debugfs_init(void);
void mgate_debugfs_exit(void);

#endif
