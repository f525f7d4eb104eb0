/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_AUDITFILE_H
#define MGATE_AUDITFILE_H

struct mgate_bridge;
struct seq_file;

void mgate_auditfile_show(struct seq_file *m, struct mgate_bridge *br);

#endif
