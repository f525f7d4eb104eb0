/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_STATSFILE_H
#define MGATE_STATSFILE_H

#include <mgate/statslist.h>

struct mgate_bridge;
struct seq_file;

struct mgate_statslist *mgate_statsfile_list(struct mgate_bridge *br);
void mgate_statsfile_show(struct seq_file *m, struct mgate_bridge *br);

#endif
