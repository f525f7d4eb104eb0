/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_FLOWLIST_H
#define MGATE_FLOWLIST_H

struct mgate_bridge;
struct seq_file;

void mgate_flowlist_show(struct seq_file *m, struct mgate_bridge *br);

#endif
