// SPDX-License-Identifier: GPL-2.0-only
/*
 * A walk over all groups that holds the lock for one group at a time, so that
 * the packet path never waits for a reader of a table.
 */
#include <linux/err.h>
#include <linux/rhashtable.h>
#include <linux/sched.h>

#include <mgate/walk.h>

/* Groups between two chances for others to run. */
#define STRETCH 64

static bool walk_stretch(struct mgate_switch *sw, struct mgate_walker *w,
			 struct rhashtable_iter *iter)
{
	struct mgate_group *g = NULL;
	unsigned int n;

	/* The table was resized between two stretches, or within one: all there
	 * is will come once more.
	 */
	if (rhashtable_walk_start_check(iter))
		w->again(w);
	for (n = 0; n < STRETCH; n++) {
		g = rhashtable_walk_next(iter);
		if (!g)
			break;
		if (IS_ERR(g)) {
			w->again(w);
			continue;
		}
		spin_lock_bh(&sw->lock);
		if (!g->dead)
			w->group(w, g);
		spin_unlock_bh(&sw->lock);
	}
	rhashtable_walk_stop(iter);
	return g;
}

/**
 * mgate_walk_groups() - see all groups of a switch
 * @sw: the switch
 * @w: who wants to see them
 *
 * May sleep. Groups that come or go meanwhile are seen or not.
 */
void mgate_walk_groups(struct mgate_switch *sw, struct mgate_walker *w)
{
	struct rhashtable_iter iter;

	w->again(w);
	rhashtable_walk_enter(&sw->ledger.groups, &iter);
	while (walk_stretch(sw, w, &iter))
		cond_resched();
	rhashtable_walk_exit(&iter);
}
