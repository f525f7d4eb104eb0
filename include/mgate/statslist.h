/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_STATSLIST_H
#define MGATE_STATSLIST_H

#include <mgate/counters.h>
#include <mgate/stats.h>

/**
 * struct mgate_statslist_entry - a row as it was
 * @key: its key
 * @figures: its figures
 */
struct mgate_statslist_entry {
	struct mgate_stats_key key;
	struct mgate_stats_figures figures;
};

/**
 * struct mgate_statslist_place - where somebody is who reads a list
 * @begin: first row of the group
 * @end: first row of the next; 0 where the group has not been looked at
 * @at: first row of the port
 * @slot: the port
 * @step: the next of its lines
 */
struct mgate_statslist_place {
	u32 begin;
	u32 end;
	u32 at;
	u16 slot;
	u16 step;
};

/**
 * struct mgate_statslist - the rows of a bridge in order, as they were at one time
 * @is_in: is there a port, or the host, that frames of a VLAN could leave by
 * @data: for it
 * @slots: no port is behind
 * @torn: as in struct mgate_stats
 * @place: where the reader is; may be kept, to go back there
 * @all: of the group at @place: what came in, by what holds it back from others
 * @n: how many rows
 * @row: them
 */
struct mgate_statslist {
	bool (*is_in)(const void *data, u16 slot, u16 vid);
	const void *data;
	u16 slots;
	bool torn;
	struct mgate_statslist_place place;
	struct mgate_stats_figures all[MGATE_COUNTERS_HOLDS];
	u32 n;
	struct mgate_statslist_entry row[];
};

struct mgate_statslist *mgate_statslist_new(struct mgate_stats *s);
void mgate_statslist_back(struct mgate_statslist *list,
			  const struct mgate_statslist_place *place);
bool mgate_statslist_next(struct mgate_statslist *list, struct mgate_statslist_entry *line);

#endif
