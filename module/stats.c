// SPDX-License-Identifier: GPL-2.0-only
/*
 * What has happened to the frames of each group, at which port and why; in mode audit,
 * what `on` would have done. Also of groups that nobody joined, which have no entry in
 * any other table: a sender can make as many rows as it likes, up to the bound.
 */
#include <linux/err.h>
#include <linux/sched.h>

#include <mgate/hash.h>
#include <mgate/memory.h>
#include <mgate/stats.h>

/* Rows between two chances for others to run. */
#define STRETCH 64

static u32 hash_row(const void *data, u32 len, u32 seed)
{
	const struct mgate_stats_key *key = data;

	return mgate_hash_group(&key->group, sizeof(key->group),
				seed ^ ((u32)key->slot << 16 | key->what << 8 | key->reason));
}

static int row_differs(struct rhashtable_compare_arg *arg, const void *row)
{
	const struct mgate_stats_key *key = &((const struct mgate_stats_row *)row)->key;
	const struct mgate_stats_key *want = arg->key;

	return key->slot != want->slot || key->what != want->what ||
	       key->reason != want->reason || !mgate_addr_same_group(&key->group, &want->group);
}

static const struct rhashtable_params row_params = {
	.head_offset = offsetof(struct mgate_stats_row, node),
	.key_offset = offsetof(struct mgate_stats_row, key),
	.key_len = sizeof(struct mgate_stats_key),
	.hashfn = hash_row,
	.obj_cmpfn = row_differs,
	.automatic_shrinking = true,
};

/**
 * mgate_stats_setup() - nothing was counted
 * @s: the figures
 *
 * May sleep. Return: 0 or -ENOMEM.
 */
int mgate_stats_setup(struct mgate_stats *s)
{
	mutex_init(&s->walk);
	spin_lock_init(&s->lock);
	return rhashtable_init(&s->rows, &row_params);
}

/**
 * mgate_stats_destroy() - give all of it back
 * @s: the figures, where nobody counts any more
 *
 * May sleep.
 */
void mgate_stats_destroy(struct mgate_stats *s)
{
	mgate_stats_clear(s);
	rhashtable_destroy(&s->rows);
	mutex_destroy(&s->walk);
}

static struct mgate_stats_row *add_row(struct mgate_stats *s, const struct mgate_stats_key *key)
{
	struct mgate_stats_row *row;

	if (s->n >= MGATE_STATS_ROWS)
		return NULL;
	row = mgate_memory_new(MGATE_OBJECT_STATS_ROW);
	if (!row)
		return NULL;
	row->key = *key;
	if (rhashtable_insert_fast(&s->rows, &row->node, row_params)) {
		mgate_memory_free(MGATE_OBJECT_STATS_ROW, row);
		return NULL;
	}
	s->n++;
	return row;
}

static void add_to(struct mgate_stats_row *row, const struct mgate_stats_figures *more)
{
	atomic64_add((s64)more->packets, &row->packets);
	atomic64_add((s64)more->bytes, &row->bytes);
}

static void add_beyond(struct mgate_stats *s, const struct mgate_stats_key *key,
		       const struct mgate_stats_figures *more)
{
	if (key->what == MGATE_STATS_OUT) {
		s->beyond.packets += more->packets;
		s->beyond.bytes += more->bytes;
	} else if (key->reason != MGATE_REASON_NONE) {
		WRITE_ONCE(s->torn, true);
	}
}

/* The first time, or there is no room. */
static noinline void add_anew(struct mgate_stats *s, const struct mgate_stats_key *key,
			      const struct mgate_stats_figures *more)
{
	struct mgate_stats_row *row;

	spin_lock_bh(&s->lock);
	row = rhashtable_lookup_fast(&s->rows, key, row_params);
	if (!row && !s->clearing)
		row = add_row(s, key);
	if (row)
		add_to(row, more);
	else if (!s->clearing)
		add_beyond(s, key, more);
	spin_unlock_bh(&s->lock);
}

/**
 * mgate_stats_add() - some frames more
 * @s: the figures
 * @key: which frames
 * @more: how much
 *
 * Any context but hard interrupts. Without a lock where there is a row. What there is
 * no room for is counted together.
 */
void mgate_stats_add(struct mgate_stats *s, const struct mgate_stats_key *key,
		     const struct mgate_stats_figures *more)
{
	struct mgate_stats_row *row;

	rcu_read_lock();
	row = rhashtable_lookup(&s->rows, key, row_params);
	if (likely(row))
		add_to(row, more);
	rcu_read_unlock();
	if (unlikely(!row))
		add_anew(s, key, more);
}

/**
 * mgate_stats_count() - one frame more
 * @s: the figures
 * @group: the frame's group and VLAN; the source does not count
 * @slot: the port
 * @what: what happens to it there
 * @reason: why
 * @bytes: its length
 *
 * As mgate_stats_add().
 */
void mgate_stats_count(struct mgate_stats *s, const struct mgate_key *group, u16 slot,
		       enum mgate_stats_what what, enum mgate_reason reason,
		       unsigned int bytes)
{
	const struct mgate_stats_key key = {
		.group = mgate_addr_key(group->af, group->vid, &group->grp),
		.slot = slot,
		.what = (u8)what,
		.reason = (u8)reason,
	};
	const struct mgate_stats_figures one = { .packets = 1, .bytes = bytes };

	mgate_stats_add(s, &key, &one);
}

static void free_row(struct rcu_head *rcu)
{
	mgate_memory_free(MGATE_OBJECT_STATS_ROW,
			  container_of(rcu, struct mgate_stats_row, rcu));
}

static void delete_row(struct mgate_stats *s, struct mgate_stats_row *row)
{
	spin_lock_bh(&s->lock);
	if (!row->gone) {
		row->gone = true;
		rhashtable_remove_fast(&s->rows, &row->node, row_params);
		s->n--;
		call_rcu(&row->rcu, free_row);
	}
	spin_unlock_bh(&s->lock);
}

static bool is_of(const struct mgate_stats_row *row, u16 slot)
{
	return slot == MGATE_SLOT_NONE || row->key.slot == slot;
}

static struct mgate_stats_figures figures_of(const struct mgate_stats_row *row)
{
	return (struct mgate_stats_figures) {
		.packets = (u64)atomic64_read(&row->packets),
		.bytes = (u64)atomic64_read(&row->bytes),
	};
}

static bool holds_others(const struct mgate_stats_key *key)
{
	return key->what == MGATE_STATS_IN && key->reason != MGATE_REASON_NONE;
}

/* What came in by a port that goes was held back from others all the same. First the one
 * row goes, that there be room for the other.
 */
static void delete_or_move(struct mgate_stats *s, struct mgate_stats_row *row, u16 slot)
{
	const struct mgate_stats_figures figures = figures_of(row);
	struct mgate_stats_key key = row->key;

	delete_row(s, row);
	if (slot == MGATE_SLOT_NONE || !holds_others(&key))
		return;
	key.slot = MGATE_STATS_GONE;
	mgate_stats_add(s, &key, &figures);
}

typedef void each_fn(struct mgate_stats *s, struct mgate_stats_row *row, void *data);

static bool each_of_stretch(struct mgate_stats *s, struct rhashtable_iter *iter, each_fn *fn,
			    void *data)
{
	struct mgate_stats_row *row = NULL;
	unsigned int n;

	rhashtable_walk_start(iter);
	for (n = 0; n < STRETCH; n++) {
		row = rhashtable_walk_next(iter);
		if (!row)
			break;
		if (!IS_ERR(row))
			fn(s, row, data);
	}
	rhashtable_walk_stop(iter);
	return row;
}

/* In an RCU read side each. */
static void each_row(struct mgate_stats *s, each_fn *fn, void *data)
{
	struct rhashtable_iter iter;

	rhashtable_walk_enter(&s->rows, &iter);
	while (each_of_stretch(s, &iter, fn, data))
		cond_resched();
	rhashtable_walk_exit(&iter);
}

/**
 * struct deletion - rows that go
 * @slot: those of this port; MGATE_SLOT_NONE: of every port
 * @some: there was one
 */
struct deletion {
	u16 slot;
	bool some;
};

static void delete_if_of(struct mgate_stats *s, struct mgate_stats_row *row, void *data)
{
	struct deletion *d = data;

	if (!is_of(row, d->slot))
		return;
	delete_or_move(s, row, d->slot);
	d->some = true;
}

static void delete_rows(struct mgate_stats *s, u16 slot)
{
	struct deletion d = { .slot = slot };

	/* A walk that goes on where a row was deleted may skip others behind it. */
	do {
		d.some = false;
		each_row(s, delete_if_of, &d);
	} while (d.some);
}

/**
 * mgate_stats_clear() - begin anew
 * @s: the figures
 *
 * May sleep. What is counted meanwhile goes too.
 */
void mgate_stats_clear(struct mgate_stats *s)
{
	mutex_lock(&s->walk);
	spin_lock_bh(&s->lock);
	s->clearing = true;
	spin_unlock_bh(&s->lock);
	delete_rows(s, MGATE_SLOT_NONE);
	spin_lock_bh(&s->lock);
	s->beyond = (struct mgate_stats_figures){ };
	WRITE_ONCE(s->torn, false);
	s->clearing = false;
	spin_unlock_bh(&s->lock);
	mutex_unlock(&s->walk);
}

/**
 * struct showing - a walk for somebody
 * @w: who
 * @walk: its number
 */
struct showing {
	struct mgate_stats_walker *w;
	u32 walk;
};

static void show_row(struct mgate_stats *s, struct mgate_stats_row *row, void *data)
{
	const struct mgate_stats_figures figures = figures_of(row);
	const struct showing *show = data;
	bool seen;

	spin_lock_bh(&s->lock);
	seen = row->gone || row->walked == show->walk;
	row->walked = show->walk;
	spin_unlock_bh(&s->lock);
	if (!seen)
		show->w->row(show->w, &row->key, &figures);
}

/**
 * mgate_stats_walk() - see all rows
 * @s: the figures
 * @w: who wants to see them
 *
 * May sleep. No port arrives or is forgotten meanwhile. @lock is held for one row at a
 * time. Of a table that is resized meanwhile see mgate_walk_groups().
 */
void mgate_stats_walk(struct mgate_stats *s, struct mgate_stats_walker *w)
{
	struct showing show = { .w = w };

	mutex_lock(&s->walk);
	spin_lock_bh(&s->lock);
	show.walk = ++s->walks;
	spin_unlock_bh(&s->lock);
	each_row(s, show_row, &show);
	mutex_unlock(&s->walk);
}

/**
 * struct arrival - a walk that has what came in count as what reached a port
 * @walker: whom the walk calls
 * @s: the figures
 * @slot: the port
 */
struct arrival {
	struct mgate_stats_walker walker;
	struct mgate_stats *s;
	u16 slot;
};

static void let_reach(struct mgate_stats_walker *w, const struct mgate_stats_key *key,
		      const struct mgate_stats_figures *figures)
{
	const struct arrival *a = container_of(w, struct arrival, walker);
	struct mgate_stats_key other = *key;

	if (!holds_others(key))
		return;
	other.slot = a->slot;
	other.what = MGATE_STATS_REACHED;
	mgate_stats_add(a->s, &other, figures);
}

/**
 * mgate_stats_arrive() - a port has come: what came in before was not held back there
 * @s: the figures
 * @slot: the port, which no frame has left by yet
 *
 * May sleep.
 */
void mgate_stats_arrive(struct mgate_stats *s, u16 slot)
{
	struct arrival a = {
		.walker = { .row = let_reach },
		.s = s,
		.slot = slot,
	};

	mgate_stats_walk(s, &a.walker);
}

/**
 * mgate_stats_forget() - a port has gone: nothing was counted there
 * @s: the figures
 * @slot: the port, at which nobody counts any more
 *
 * What came in by it was held back from others all the same. May sleep.
 */
void mgate_stats_forget(struct mgate_stats *s, u16 slot)
{
	mutex_lock(&s->walk);
	delete_rows(s, slot);
	mutex_unlock(&s->walk);
}

/**
 * mgate_stats_beyond() - what there was no row for
 * @s: the figures
 */
struct mgate_stats_figures mgate_stats_beyond(struct mgate_stats *s)
{
	struct mgate_stats_figures beyond;

	spin_lock_bh(&s->lock);
	beyond = s->beyond;
	spin_unlock_bh(&s->lock);
	return beyond;
}
