// SPDX-License-Identifier: GPL-2.0-only
/*
 * An audit's figures: what `on` would have done with the frames of each group, at
 * which port, and why. Also of groups that nobody joined, which have no entry in
 * any other table: a sender can make as many rows as it likes, up to the bound.
 */
#include <linux/err.h>
#include <linux/sched.h>

#include <mgate/audit.h>
#include <mgate/hash.h>
#include <mgate/memory.h>

/* Rows between two chances for others to run. */
#define STRETCH 64

static u32 hash_row(const void *data, u32 len, u32 seed)
{
	const struct mgate_audit_key *key = data;

	return mgate_hash_group(&key->group, sizeof(key->group),
				seed ^ ((u32)key->slot << 16 | key->reason));
}

static int row_differs(struct rhashtable_compare_arg *arg, const void *row)
{
	const struct mgate_audit_key *key = &((const struct mgate_audit_row *)row)->key;
	const struct mgate_audit_key *want = arg->key;

	return key->slot != want->slot || key->reason != want->reason ||
	       !mgate_addr_same_group(&key->group, &want->group);
}

static const struct rhashtable_params row_params = {
	.head_offset = offsetof(struct mgate_audit_row, node),
	.key_offset = offsetof(struct mgate_audit_row, key),
	.key_len = sizeof(struct mgate_audit_key),
	.hashfn = hash_row,
	.obj_cmpfn = row_differs,
	.automatic_shrinking = true,
};

/**
 * mgate_audit_setup() - nothing was counted
 * @a: the audit
 *
 * May sleep. Return: 0 or -ENOMEM.
 */
int mgate_audit_setup(struct mgate_audit *a)
{
	spin_lock_init(&a->lock);
	return rhashtable_init(&a->rows, &row_params);
}

/**
 * mgate_audit_destroy() - give all of it back
 * @a: the audit, which nobody counts in any more
 *
 * May sleep.
 */
void mgate_audit_destroy(struct mgate_audit *a)
{
	mgate_audit_clear(a);
	rhashtable_destroy(&a->rows);
}

static struct mgate_audit_row *add_row(struct mgate_audit *a, const struct mgate_audit_key *key)
{
	struct mgate_audit_row *row;

	if (a->n >= MGATE_AUDIT_ROWS)
		return NULL;
	row = mgate_memory_new(MGATE_OBJECT_AUDIT_ROW);
	if (!row)
		return NULL;
	row->key = *key;
	if (rhashtable_insert_fast(&a->rows, &row->node, row_params)) {
		mgate_memory_free(MGATE_OBJECT_AUDIT_ROW, row);
		return NULL;
	}
	a->n++;
	return row;
}

/**
 * mgate_audit_count() - a frame leaves by a port, or would not have
 * @a: the audit
 * @key: the frame's group and VLAN; the source does not count
 * @slot: the port
 * @reason: why
 * @bytes: its length
 *
 * Any context but hard interrupts. What there is no room for is counted together.
 */
void mgate_audit_count(struct mgate_audit *a, const struct mgate_key *key, u16 slot,
		       enum mgate_reason reason, unsigned int bytes)
{
	struct mgate_audit_key want = {
		.group = mgate_addr_key(key->af, key->vid, &key->grp),
		.slot = slot,
		.reason = (u16)reason,
	};
	struct mgate_audit_figures *figures;
	struct mgate_audit_row *row;

	spin_lock_bh(&a->lock);
	row = rhashtable_lookup_fast(&a->rows, &want, row_params);
	if (!row)
		row = add_row(a, &want);
	figures = row ? &row->figures : &a->beyond;
	figures->packets++;
	figures->bytes += bytes;
	spin_unlock_bh(&a->lock);
}

static void free_row(struct rcu_head *rcu)
{
	mgate_memory_free(MGATE_OBJECT_AUDIT_ROW,
			  container_of(rcu, struct mgate_audit_row, rcu));
}

static void delete_row(struct mgate_audit *a, struct mgate_audit_row *row)
{
	spin_lock_bh(&a->lock);
	if (!row->gone) {
		row->gone = true;
		rhashtable_remove_fast(&a->rows, &row->node, row_params);
		a->n--;
		call_rcu(&row->rcu, free_row);
	}
	spin_unlock_bh(&a->lock);
}

/* MGATE_SLOT_NONE: of every port. */
static bool delete_stretch(struct mgate_audit *a, u16 slot, struct rhashtable_iter *iter,
			   bool *some)
{
	struct mgate_audit_row *row = NULL;
	unsigned int n;

	rhashtable_walk_start(iter);
	for (n = 0; n < STRETCH; n++) {
		row = rhashtable_walk_next(iter);
		if (!row)
			break;
		if (IS_ERR(row) || (slot != MGATE_SLOT_NONE && row->key.slot != slot))
			continue;
		delete_row(a, row);
		*some = true;
	}
	rhashtable_walk_stop(iter);
	return row;
}

/**
 * mgate_audit_forget() - a port has gone: nothing was counted there
 * @a: the audit
 * @slot: the port, at which nobody counts any more; MGATE_SLOT_NONE: every port
 *
 * May sleep.
 */
void mgate_audit_forget(struct mgate_audit *a, u16 slot)
{
	struct rhashtable_iter iter;
	bool some;

	/* A walk that goes on where a row was deleted may skip others behind it. */
	do {
		some = false;
		rhashtable_walk_enter(&a->rows, &iter);
		while (delete_stretch(a, slot, &iter, &some))
			cond_resched();
		rhashtable_walk_exit(&iter);
	} while (some);
}

/**
 * mgate_audit_clear() - begin anew
 * @a: the audit
 *
 * May sleep. What is counted meanwhile stays or goes.
 */
void mgate_audit_clear(struct mgate_audit *a)
{
	mgate_audit_forget(a, MGATE_SLOT_NONE);
	spin_lock_bh(&a->lock);
	a->beyond = (struct mgate_audit_figures){ };
	spin_unlock_bh(&a->lock);
}

static void show_row(struct mgate_audit *a, struct mgate_audit_walker *w,
		     struct mgate_audit_row *row, u32 walk)
{
	struct mgate_audit_figures figures;
	bool seen;

	spin_lock_bh(&a->lock);
	seen = row->gone || row->walked == walk;
	row->walked = walk;
	figures = row->figures;
	spin_unlock_bh(&a->lock);
	if (!seen)
		w->row(w, &row->key, &figures);
}

static bool walk_rows(struct mgate_audit *a, struct mgate_audit_walker *w,
		      struct rhashtable_iter *iter, u32 walk)
{
	struct mgate_audit_row *row = NULL;
	unsigned int n;

	rhashtable_walk_start(iter);
	for (n = 0; n < STRETCH; n++) {
		row = rhashtable_walk_next(iter);
		if (!row)
			break;
		if (!IS_ERR(row))
			show_row(a, w, row, walk);
	}
	rhashtable_walk_stop(iter);
	return row;
}

/**
 * mgate_audit_walk() - see all rows
 * @a: the audit
 * @w: who wants to see them
 *
 * May sleep. The lock is held for one row at a time. Of a table that is resized
 * meanwhile see mgate_walk_groups().
 */
void mgate_audit_walk(struct mgate_audit *a, struct mgate_audit_walker *w)
{
	struct rhashtable_iter iter;
	u32 walk;

	spin_lock_bh(&a->lock);
	walk = ++a->walks;
	spin_unlock_bh(&a->lock);
	rhashtable_walk_enter(&a->rows, &iter);
	while (walk_rows(a, w, &iter, walk))
		cond_resched();
	rhashtable_walk_exit(&iter);
}

/**
 * mgate_audit_beyond() - what there was no row for
 * @a: the audit
 */
struct mgate_audit_figures mgate_audit_beyond(struct mgate_audit *a)
{
	struct mgate_audit_figures beyond;

	spin_lock_bh(&a->lock);
	beyond = a->beyond;
	spin_unlock_bh(&a->lock);
	return beyond;
}
