// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is told of the figures of each group: the lines of a table, in order. A line is
 * a row, or a difference: what came in, others being left out, and did not reach a port
 * was held back there.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sort.h>

#include <mgate/statslist.h>

static int by_key(const void *a, const void *b)
{
	const struct mgate_stats_key *x = &((const struct mgate_statslist_entry *)a)->key;
	const struct mgate_stats_key *y = &((const struct mgate_statslist_entry *)b)->key;
	int order = x->group.vid - y->group.vid;

	if (!order)
		order = x->group.af - y->group.af;
	if (!order)
		order = mgate_addr_cmp(&x->group.grp, &y->group.grp);
	if (!order)
		order = x->slot - y->slot;
	if (!order)
		order = x->what - y->what;
	return order ?: x->reason - y->reason;
}

/**
 * struct copier - a walk that copies
 * @walker: whom the walk calls
 * @list: where rows go
 */
struct copier {
	struct mgate_stats_walker walker;
	struct mgate_statslist *list;
};

static void copy_row(struct mgate_stats_walker *w, const struct mgate_stats_key *key,
		     const struct mgate_stats_figures *figures)
{
	struct mgate_statslist *list = container_of(w, struct copier, walker)->list;

	if (list->n == MGATE_STATS_ROWS)
		return;
	list->row[list->n].key = *key;
	list->row[list->n++].figures = *figures;
}

/**
 * mgate_statslist_new() - the figures as they are now
 * @s: the figures
 *
 * May sleep. The caller sets what is to be known of the ports, and frees it by kvfree().
 *
 * Return: NULL for want of memory.
 */
struct mgate_statslist *mgate_statslist_new(struct mgate_stats *s)
{
	struct mgate_statslist *list;
	struct copier c = { .walker = { .row = copy_row } };

	list = kvzalloc(struct_size(list, row, MGATE_STATS_ROWS), GFP_KERNEL_ACCOUNT);
	if (!list)
		return NULL;
	c.list = list;
	mgate_stats_walk(s, &c.walker);
	list->torn = READ_ONCE(s->torn);
	sort(list->row, list->n, sizeof(*list->row), by_key, NULL);
	return list;
}

static void add(struct mgate_stats_figures *sum, const struct mgate_stats_figures *more)
{
	sum->packets += more->packets;
	sum->bytes += more->bytes;
}

/* Read while frames run, the two may disagree by a few. */
static void take(struct mgate_stats_figures *sum, const struct mgate_stats_figures *less)
{
	sum->packets -= min(sum->packets, less->packets);
	sum->bytes -= min(sum->bytes, less->bytes);
}

/* Return: its end. */
static u32 sum_group(struct mgate_statslist *list)
{
	u32 i, begin = list->place.begin;
	const struct mgate_stats_key *key;

	memset(list->all, 0, sizeof(list->all));
	for (i = begin; i < list->n; i++) {
		key = &list->row[i].key;
		if (!mgate_addr_same_group(&key->group, &list->row[begin].key.group))
			break;
		if (key->what == MGATE_STATS_IN && mgate_counters_is_hold(key->reason))
			add(&list->all[key->reason - MGATE_REASON_NOT_MEMBER],
			    &list->row[i].figures);
	}
	return i;
}

static bool begin_group(struct mgate_statslist *list)
{
	struct mgate_statslist_place *p = &list->place;

	if (p->begin == list->n)
		return false;
	p->end = sum_group(list);
	p->at = p->begin;
	p->slot = 0;
	p->step = 0;
	return true;
}

/**
 * mgate_statslist_back() - read on from where one was before
 * @list: the list
 * @place: where
 */
void mgate_statslist_back(struct mgate_statslist *list, const struct mgate_statslist_place *place)
{
	list->place = *place;
	if (place->end)
		sum_group(list);
}

static u32 end_of_port(const struct mgate_statslist *list)
{
	u32 i = list->place.at;

	while (i < list->place.end && list->row[i].key.slot == list->place.slot)
		i++;
	return i;
}

static const struct mgate_statslist_entry *row_of(const struct mgate_statslist *list, u32 end,
						  enum mgate_stats_what what,
						  enum mgate_reason reason)
{
	u32 i;

	for (i = list->place.at; i < end; i++)
		if (list->row[i].key.what == what && list->row[i].key.reason == reason)
			return &list->row[i];
	return NULL;
}

/* Where not all was counted nothing is told. */
static void add_held(const struct mgate_statslist *list, u32 end, enum mgate_reason reason,
		     struct mgate_stats_figures *sum)
{
	struct mgate_stats_figures held = list->all[reason - MGATE_REASON_NOT_MEMBER];
	const struct mgate_statslist_entry *reached, *own;

	reached = row_of(list, end, MGATE_STATS_REACHED, reason);
	own = row_of(list, end, MGATE_STATS_IN, reason);
	if (!held.packets || list->torn ||
	    !list->is_in(list->data, list->place.slot,
			 list->row[list->place.begin].key.group.vid))
		return;
	if (reached)
		take(&held, &reached->figures);
	if (own)
		take(&held, &own->figures);
	add(sum, &held);
}

static void sum_in(const struct mgate_statslist *list, u32 end, struct mgate_stats_figures *sum)
{
	u32 i;

	for (i = list->place.at; i < end && list->row[i].key.what == MGATE_STATS_IN; i++)
		add(sum, &list->row[i].figures);
}

/* First what came in, then a step for each row, then one for each reason to be left out. */
static bool step(const struct mgate_statslist *list, u32 end, struct mgate_statslist_entry *line)
{
	const struct mgate_statslist_place *p = &list->place;
	u32 rows = end - p->at;
	enum mgate_reason reason;

	*line = (struct mgate_statslist_entry) {
		.key = list->row[p->begin].key,
	};
	line->key.slot = p->slot;
	line->key.what = p->step ? MGATE_STATS_OUT : MGATE_STATS_IN;
	line->key.reason = MGATE_REASON_NONE;
	if (!p->step) {
		sum_in(list, end, &line->figures);
	} else if (p->step <= rows) {
		if (list->row[p->at + p->step - 1].key.what != MGATE_STATS_OUT)
			return false;
		*line = list->row[p->at + p->step - 1];
		if (mgate_counters_is_hold(line->key.reason))
			add_held(list, end, line->key.reason, &line->figures);
	} else {
		reason = MGATE_REASON_NOT_MEMBER + p->step - rows - 1;
		if (row_of(list, end, MGATE_STATS_OUT, reason))
			return false;
		line->key.reason = (u8)reason;
		add_held(list, end, reason, &line->figures);
	}
	return line->figures.packets;
}

/**
 * mgate_statslist_next() - the next line
 * @list: the list
 * @line: the line; of it @what is IN, @reason NONE then, or OUT
 *
 * May sleep. Groups in order, in each of them ports in order.
 *
 * Return: false behind the last.
 */
bool mgate_statslist_next(struct mgate_statslist *list, struct mgate_statslist_entry *line)
{
	struct mgate_statslist_place *p = &list->place;
	bool found;
	u32 end;

	for (;;) {
		if (!p->end && !begin_group(list))
			return false;
		end = end_of_port(list);
		found = step(list, end, line);
		if (++p->step > end - p->at + MGATE_COUNTERS_HOLDS) {
			p->at = end;
			p->step = 0;
			p->slot++;
		}
		if (p->slot == list->slots) {
			p->begin = p->end;
			p->end = 0;
			cond_resched();
		}
		if (found)
			return true;
	}
}
