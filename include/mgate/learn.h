/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_LEARN_H
#define MGATE_LEARN_H

#include <mgate/frame.h>

void mgate_learn_refused(const struct mgate_port *port, const struct mgate_frame *f, u16 vid,
			 enum mgate_reason reason);
void mgate_learn(const struct mgate_port *port, const struct mgate_frame *f, u16 vid,
		 bool withheld);

#endif
