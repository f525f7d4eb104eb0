// SPDX-License-Identifier: GPL-2.0-only
/*
 * A walk over all groups that holds the lock for one group at a time, so that
 * the packet path never waits for a reader of a table.
 */
#include <linux/err.h>
#include <linux/rhashtable.h>
#include <linux/sched.h>

#include <mgate/walk.h>

static void see(struct mgate_switch *sw, struct mgate_walker *w, struct mgate_group *g,
		u32 walk)
{
	spin_lock_bh(&sw->lock);
	if (!g->dead && g->walked != walk) {
		g->walked = walk;
		w->group(w, g);
	}
	spin_unlock_bh(&sw->lock);
}

static bool walk_stretch(struct mgate_switch *sw, struct mgate_walker *w,
			 struct rhashtable_iter *iter, u32 walk)
{
	struct mgate_route *route = NULL;
	unsigned int n;

	rhashtable_walk_start(iter);
	/* The one at which it stopped has gone, and those behind it have moved up. */
	if (!iter->p)
		iter->skip = 0;
	for (n = 0; n < MGATE_WALK_STRETCH; n++) {
		route = rhashtable_walk_next(iter);
		if (!route)
			break;
		if (!IS_ERR(route))
			see(sw, w, mgate_ledger_group(route), walk);
	}
	rhashtable_walk_stop(iter);
	return route;
}

/**
 * mgate_walk_groups() - see all groups of a switch
 * @sw: the switch
 * @w: who wants to see them
 *
 * May sleep. Groups that come or go meanwhile are seen or not.
 *
 * When the table is resized meanwhile, those that were moved come once more, and
 * those that are still to be moved do not: each group remembers which walk has seen
 * it, so that a chain may be walked again, too. Only if two walk meanwhile may one of
 * them see a group twice.
 */
void mgate_walk_groups(struct mgate_switch *sw, struct mgate_walker *w)
{
	struct rhashtable_iter iter;
	u32 walk;

	spin_lock_bh(&sw->lock);
	walk = ++sw->walks;
	spin_unlock_bh(&sw->lock);
	rhashtable_walk_enter(&sw->map.groups, &iter);
	while (walk_stretch(sw, w, &iter, walk)) {
		if (w->pause)
			w->pause(w);
		cond_resched();
	}
	rhashtable_walk_exit(&iter);
}
