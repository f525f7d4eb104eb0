// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memberships come and go here, so that ledger, map, queue of deadlines and
 * counts always agree; and here the limits are kept.
 *
 * What is refused fails soft: a port over its limit gets everything, a full
 * bridge floods what it has no entry for, until a membership interval has
 * passed without a refusal. What is there stays and is refreshed.
 */
#include <linux/slab.h>

#include <mgate/eht.h>
#include <mgate/membership.h>
#include <mgate/memory.h>
#include <mgate/proxy.h>
#include <mgate/source.h>
#include <mgate/timer.h>

/* Memberships that are forgotten in one hold of the lock. */
#define BATCH 64

/**
 * mgate_membership_find_locked() - the membership of a port in a group
 * @sw: the switch, its lock held
 * @key: source zero
 * @slot: the port
 *
 * Return: NULL if there is none.
 */
struct mgate_member *mgate_membership_find_locked(struct mgate_switch *sw,
						  const struct mgate_key *key, u16 slot)
{
	struct mgate_group *g;

	lockdep_assert_held(&sw->lock);
	g = mgate_ledger_find(&sw->ledger, key);
	return g ? mgate_ledger_member(g, slot) : NULL;
}

static void del_group(struct mgate_switch *sw, struct mgate_group *g, u64 now)
{
	mgate_due_clear(&sw->queue, &g->due);
	mgate_map_del(&sw->map, g->route);
	mgate_proxy_left_locked(sw, g, now);
	mgate_ledger_del(&sw->ledger, g);
}

static struct mgate_group *get_group(struct mgate_switch *sw, const struct mgate_key *key,
				     u16 slot)
{
	struct mgate_group *g = mgate_ledger_find(&sw->ledger, key);

	if (g)
		return g;
	g = mgate_ledger_add(&sw->ledger, key);
	if (!g)
		return NULL;
	g->route = mgate_map_add(&sw->map, key, slot);
	if (!g->route) {
		mgate_ledger_del(&sw->ledger, g);
		return NULL;
	}
	/* Others may have been refused it: they are served by flooding. */
	WRITE_ONCE(g->route->fill, sw->full ? sw->fill : 0);
	return g;
}

static struct mgate_member *get_member(struct mgate_switch *sw, struct mgate_group *g, u16 slot)
{
	struct mgate_member *m = mgate_ledger_member(g, slot);

	if (m)
		return m;
	if (mgate_map_reserve(g->route, slot))
		m = mgate_ledger_join(g, slot);
	if (m) {
		list_add_tail(&m->port_node, &sw->ports[slot]->members);
		sw->ports[slot]->nmembers++;
	}
	return m;
}

static struct mgate_member *get(struct mgate_switch *sw, const struct mgate_key *key, u16 slot)
{
	struct mgate_group *g = get_group(sw, key, slot);
	struct mgate_member *m;

	if (!g)
		return NULL;
	m = get_member(sw, g, slot);
	if (!m && list_empty(&g->members))
		del_group(sw, g, 0);
	return m;
}

/* Nobody is cut because of this port's refusals: it gets everything. */
static void limit_port(struct mgate_switch *sw, struct mgate_switch_port *port, u64 until)
{
	port->limit_until = until;
	if (!test_and_set_bit(port->slot, sw->limited))
		mgate_switch_changed(sw);
	mgate_due_before(&sw->queue, &port->due, until);
}

static void limit_bridge(struct mgate_switch *sw, u64 until)
{
	sw->full_until = until;
	if (!sw->full) {
		WRITE_ONCE(sw->fill, sw->fill + 1);
		WRITE_ONCE(sw->full, true);
		mgate_switch_changed(sw);
	}
	mgate_due_before(&sw->queue, &sw->due, until);
}

static enum mgate_refusal over_limit(const struct mgate_switch *sw,
				     const struct mgate_switch_port *port, bool new_group)
{
	u32 max = port->params[MGATE_PORT_MAX_GROUPS];

	if (max && port->ngroups >= max && !test_bit(port->slot, sw->always))
		return MGATE_REFUSAL_PORT;
	if (new_group && sw->ledger.ngroups >= sw->params.v[MGATE_PARAM_MAX_GROUPS])
		return MGATE_REFUSAL_BRIDGE;
	return MGATE_REFUSAL_NONE;
}

/**
 * mgate_membership_learn_locked() - the membership that a host asks for
 * @sw: the switch, its lock held
 * @key: source zero
 * @slot: the port of the host
 * @now: ms
 * @why: why it is refused
 *
 * A new membership wants nothing yet: the caller says what, and then calls
 * mgate_membership_changed_locked().
 *
 * Return: NULL if it is refused; what then floods has been seen to.
 */
struct mgate_member *mgate_membership_learn_locked(struct mgate_switch *sw,
						   const struct mgate_key *key, u16 slot,
						   u64 now, enum mgate_refusal *why)
{
	struct mgate_switch_port *port = sw->ports[slot];
	struct mgate_group *g;
	struct mgate_member *m = NULL;
	struct mgate_timing t;
	u64 until;

	lockdep_assert_held(&sw->lock);
	*why = MGATE_REFUSAL_NONE;
	g = mgate_ledger_find(&sw->ledger, key);
	if (g)
		m = mgate_ledger_member(g, slot);
	if (m && m->learned)
		return m;

	*why = over_limit(sw, port, !g);
	if (*why == MGATE_REFUSAL_NONE) {
		m = get(sw, key, slot);
		if (m) {
			m->learned = true;
			port->ngroups++;
			return m;
		}
		*why = MGATE_REFUSAL_MEMORY;
	}
	mgate_switch_timing(sw, &t);
	until = now + mgate_params_membership_ms(&t);
	if (*why == MGATE_REFUSAL_PORT || g)
		limit_port(sw, port, until);
	else
		limit_bridge(sw, until);
	return NULL;
}

static void unlearn_member(struct mgate_switch *sw, struct mgate_member *m)
{
	struct mgate_switch_port *port = sw->ports[m->slot];

	port->ngroups--;
	m->learned = false;
	m->mode = MGATE_MODE_INCLUDE;
	m->until = 0;
	m->v1_until = 0;
	m->v2_until = 0;
	m->asks = 0;
	mgate_source_unlearn_all(&sw->map, m);
	mgate_eht_clear(m, &port->nhosts);
}

static void part_member(struct mgate_switch *sw, struct mgate_member *m)
{
	sw->ports[m->slot]->nmembers--;
	mgate_ledger_part(m);
}

static void draw_member(struct mgate_member *m)
{
	/* The first member of a group was on the map before it said what it wants. */
	if (mgate_map_test(&m->group->route->ways, m->slot) != mgate_ledger_wants(m))
		mgate_source_draw(m);
}

/**
 * mgate_membership_changed_locked() - something of a membership has changed
 * @sw: the switch, its lock held
 * @m: the membership; it may be gone after this, and so may its group
 * @now: ms
 * @due: when something of it is due, ms; MGATE_NEVER: no earlier than before
 *
 * Forgets what is over, and sees to the map and the deadline.
 */
void mgate_membership_changed_locked(struct mgate_switch *sw, struct mgate_member *m, u64 now,
				     u64 due)
{
	struct mgate_group *g = m->group;
	u32 room = MGATE_MEMBERSHIP_SOURCES;

	lockdep_assert_held(&sw->lock);
	if (m->learned && due <= now)
		mgate_timer_expire(&sw->map, m, now, &room);
	if (m->learned && mgate_timer_is_over(m))
		unlearn_member(sw, m);
	draw_member(m);
	if (!m->learned && !m->permanent && RB_EMPTY_ROOT(&m->sources))
		part_member(sw, m);
	mgate_switch_changed(sw);
	if (list_empty(&g->members)) {
		del_group(sw, g, now);
		return;
	}
	mgate_proxy_changed_locked(sw, g, now);
	mgate_due_before(&sw->queue, &g->due, due);
}

static void expire_some(struct mgate_switch *sw, struct mgate_group *g, u64 now, u32 *room,
			bool *over)
{
	struct mgate_member *m;

	list_for_each_entry(m, &g->members, node) {
		if (!m->learned)
			continue;
		mgate_eht_expire(m, &sw->ports[m->slot]->nhosts, now);
		*over |= mgate_timer_expire(&sw->map, m, now, room);
		if (!*room)
			return;
	}
}

/**
 * mgate_membership_expire_locked() - do what time does to a group's members
 * @sw: the switch, its lock held
 * @g: the group
 * @now: ms
 * @room: how many sources may still be worked on; 0 after it: there may be more
 * @over: set if something of them has ended
 *
 * Return: false if the group has gone.
 */
bool mgate_membership_expire_locked(struct mgate_switch *sw, struct mgate_group *g, u64 now,
				    u32 *room, bool *over)
{
	struct mgate_member *m, *next;
	bool last;

	lockdep_assert_held(&sw->lock);
	expire_some(sw, g, now, room, over);
	if (!*over)
		return true;
	list_for_each_entry_safe(m, next, &g->members, node) {
		last = list_is_singular(&g->members);
		if (!m->learned || !mgate_timer_is_over(m))
			continue;
		unlearn_member(sw, m);
		if (m->permanent || !RB_EMPTY_ROOT(&m->sources))
			continue;
		part_member(sw, m);
		if (last) {
			del_group(sw, g, now);
			return false;
		}
	}
	mgate_switch_changed(sw);
	mgate_proxy_changed_locked(sw, g, now);
	return true;
}

static void forget_static(struct mgate_switch *sw, struct mgate_member *m)
{
	struct mgate_source *s, *next;

	m->permanent = false;
	mgate_ledger_for_each_source_safe(s, next, m)
		if (s->permanent)
			mgate_source_unkeep(&sw->map, m, s);
}

/* Which memberships of a port are forgotten. */
enum forgetting {
	FORGET_LEARNED,
	FORGET_ALL,
	FORGET_IGNORED,		/* learned, in VLANs that are left alone now */
};

static void forget_member(struct mgate_switch *sw, struct mgate_member *m,
			  enum forgetting what, u64 now)
{
	if (what == FORGET_IGNORED && !mgate_context_ignores(&sw->contexts, m->group->key.vid))
		return;
	if (m->learned)
		unlearn_member(sw, m);
	if (what == FORGET_ALL)
		forget_static(sw, m);
	mgate_membership_changed_locked(sw, m, now, MGATE_NEVER);
}

/* One hold of the lock. Return: memberships of the port that were seen to. */
static u32 forget_some(struct mgate_switch *sw, u16 slot, enum forgetting what, u64 now,
		       u32 most)
{
	struct mgate_switch_port *port;
	struct mgate_member *m;
	u32 n, sources = 0;

	spin_lock_bh(&sw->lock);
	port = sw->ports[slot];
	for (n = 0; port && n < most && sources < MGATE_MEMBERSHIP_SOURCES; n++) {
		m = list_first_entry_or_null(&port->members, struct mgate_member, port_node);
		if (!m)
			break;
		sources += m->nsources;
		/* Those that stay are not met again. */
		list_move_tail(&m->port_node, &port->members);
		forget_member(sw, m, what, now);
	}
	sw->most_groups = max(sw->most_groups, n);
	spin_unlock_bh(&sw->lock);
	return n;
}

static void forget(struct mgate_switch *sw, u16 slot, enum forgetting what, u64 now)
{
	u32 left, n;

	spin_lock_bh(&sw->lock);
	left = sw->ports[slot] ? sw->ports[slot]->nmembers : 0;
	spin_unlock_bh(&sw->lock);
	while (left) {
		n = forget_some(sw, slot, what, now, min_t(u32, left, BATCH));
		left = n ? left - n : 0;
	}
}

/**
 * mgate_membership_forget() - forget a port's memberships
 * @sw: the switch
 * @slot: the port
 * @all: those that the administrator set too
 * @now: ms
 *
 * The lock is held for a few at a time; what joins meanwhile may stay.
 */
void mgate_membership_forget(struct mgate_switch *sw, u16 slot, bool all, u64 now)
{
	forget(sw, slot, all ? FORGET_ALL : FORGET_LEARNED, now);
}

/**
 * mgate_membership_forget_ignored() - forget those in VLANs that are left alone
 * @sw: the switch
 * @slot: the port
 * @now: ms
 *
 * As mgate_membership_forget(); but nothing joins there meanwhile.
 */
void mgate_membership_forget_ignored(struct mgate_switch *sw, u16 slot, u64 now)
{
	forget(sw, slot, FORGET_IGNORED, now);
}

static bool is_any(const struct mgate_key *key)
{
	return mgate_addr_is_zero(&key->src);
}

static int add_static(struct mgate_switch *sw, const struct mgate_key *key,
		      struct mgate_member *m)
{
	struct mgate_source *s;

	if (is_any(key)) {
		if (m->permanent)
			return -EEXIST;
		m->permanent = true;
		mgate_source_draw(m);
		return 0;
	}
	s = mgate_source_find(m, &key->src);
	if (s && s->permanent)
		return -EEXIST;
	return mgate_source_keep(&sw->map, m, &key->src) ? 0 : -ENOMEM;
}

/**
 * mgate_membership_add() - a membership set by the administrator
 * @sw: the switch
 * @key: group, and source or zero for all
 * @slot: the port
 * @now: ms
 *
 * It counts in no limit but that of memory, and stays until it is deleted or
 * its port goes.
 *
 * Return: 0; -EEXIST if it is there; -ENODEV if the port is not; -ENOMEM.
 */
int mgate_membership_add(struct mgate_switch *sw, const struct mgate_key *key, u16 slot,
			 u64 now)
{
	struct mgate_key any = mgate_addr_key(key->af, key->vid, &key->grp);
	struct mgate_member *m;
	int err = -ENODEV;

	spin_lock_bh(&sw->lock);
	if (test_bit(slot, sw->up)) {
		m = get(sw, &any, slot);
		err = m ? add_static(sw, key, m) : -ENOMEM;
		if (m)
			mgate_membership_changed_locked(sw, m, now, MGATE_NEVER);
	}
	spin_unlock_bh(&sw->lock);
	return err;
}

static int del_static(struct mgate_switch *sw, const struct mgate_key *key,
		      struct mgate_member *m)
{
	struct mgate_source *s;

	if (is_any(key)) {
		if (!m->permanent)
			return -ENOENT;
		m->permanent = false;
		mgate_source_draw(m);
		return 0;
	}
	s = mgate_source_find(m, &key->src);
	if (!s || !s->permanent)
		return -ENOENT;
	mgate_source_unkeep(&sw->map, m, s);
	return 0;
}

/**
 * mgate_membership_del() - take back what mgate_membership_add() set
 * @sw: the switch
 * @key: group, and source or zero for all
 * @slot: the port
 * @now: ms
 *
 * Return: 0; -ENOENT if it is not there.
 */
int mgate_membership_del(struct mgate_switch *sw, const struct mgate_key *key, u16 slot,
			 u64 now)
{
	struct mgate_key any = mgate_addr_key(key->af, key->vid, &key->grp);
	struct mgate_member *m;
	int err = -ENOENT;

	spin_lock_bh(&sw->lock);
	m = mgate_membership_find_locked(sw, &any, slot);
	if (m)
		err = del_static(sw, key, m);
	if (!err)
		mgate_membership_changed_locked(sw, m, now, MGATE_NEVER);
	spin_unlock_bh(&sw->lock);
	return err;
}
