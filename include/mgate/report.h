/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_REPORT_H
#define MGATE_REPORT_H

#include <mgate/input.h>

/* Group records that are worked on in one hold of the lock. */
#define MGATE_REPORT_BATCH 256

bool mgate_report_hear_locked(struct mgate_switch *sw, struct mgate_context *ctx,
			      struct mgate_input *in, u16 *offset);

#endif
