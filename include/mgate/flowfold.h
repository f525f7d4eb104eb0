/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_FLOWFOLD_H
#define MGATE_FLOWFOLD_H

#include <mgate/flowtable.h>

void mgate_flowfold(struct mgate_bridge *br, struct mgate_flowtable *t, struct mgate_flow *f,
		    struct mgate_port *gone);
void mgate_flowfold_told(struct mgate_flowtable *t, struct mgate_flow *f, u64 packets, u64 bytes);

#endif
