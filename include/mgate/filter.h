/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_FILTER_H
#define MGATE_FILTER_H

#include <mgate/ledger.h>
#include <mgate/message.h>
#include <mgate/params.h>

/**
 * struct mgate_filter_rules - what an event on a membership goes by
 * @timing: the timing in force
 * @now: ms
 * @version: of the message
 * @fast_leave: a leave ends the membership at once
 * @asks: this bridge asks before a leave counts
 */
struct mgate_filter_rules {
	struct mgate_timing timing;
	u64 now;
	u8 version;
	bool fast_leave;
	bool asks;
};

bool mgate_filter_wants(const struct mgate_record *rec);
bool mgate_filter_leaves(const struct mgate_record *rec);
bool mgate_filter_join(struct mgate_member *m, const struct mgate_filter_rules *r);
bool mgate_filter_leave(struct mgate_member *m, const struct mgate_filter_rules *r);
bool mgate_filter_lower(struct mgate_member *m, u64 until);

#endif
