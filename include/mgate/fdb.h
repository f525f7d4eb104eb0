/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_FDB_H
#define MGATE_FDB_H

int mgate_fdb_init(void);
void mgate_fdb_exit(void);

#endif
