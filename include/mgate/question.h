/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_QUESTION_H
#define MGATE_QUESTION_H

#include <mgate/ledger.h>
#include <mgate/map.h>
#include <mgate/message.h>
#include <mgate/params.h>

/**
 * struct mgate_rules - what an event on a membership goes by
 * @timing: the timing in force
 * @now: ms
 * @until: by then it has to be said again, ms: a membership interval
 * @older_until: hosts of the message's version are there until then, ms: an older host
 *	present interval
 * @max_sources: of one membership
 * @af: family
 * @version: of the message
 * @fast_leave: what no known host wants ends at once
 * @asks: this bridge asks before a leave counts
 * @asks_sources: it can ask about single sources
 */
struct mgate_rules {
	struct mgate_timing timing;
	u64 now;
	u64 until;
	u64 older_until;
	u32 max_sources;
	u8 af;
	u8 version;
	bool fast_leave;
	bool asks;
	bool asks_sources;
};

/**
 * struct mgate_effect - what an event did to a membership
 * @due: when something of it is due, ms; MGATE_NEVER: no earlier than before
 * @changed: readers may see a change
 * @limited: it had too many sources, and gets all
 * @short_of_memory: it gets all for want of memory
 */
struct mgate_effect {
	u64 due;
	bool changed;
	bool limited;
	bool short_of_memory;
};

void mgate_question_source(struct mgate_map *map, struct mgate_member *m,
			   struct mgate_source *s, const struct mgate_rules *r,
			   struct mgate_effect *e);
void mgate_question_group(struct mgate_member *m, const struct mgate_rules *r,
			  struct mgate_effect *e);

#endif
