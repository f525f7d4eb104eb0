/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_FLOWLIST_H
#define MGATE_FLOWLIST_H

#include <linux/types.h>

struct mgate_bridge;
struct mgate_flow;
struct mgate_port;
struct seq_file;

const char *mgate_flowlist_path(u8 path);
const struct mgate_port *mgate_flowlist_in_locked(const struct mgate_bridge *br,
						  const struct mgate_flow *f);
void mgate_flowlist_show(struct seq_file *m, struct mgate_bridge *br);

#endif
