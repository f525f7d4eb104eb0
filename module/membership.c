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

#include <mgate/membership.h>
#include <mgate/memory.h>
#include <mgate/proxy.h>

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
	if (m)
		list_add_tail(&m->port_node, &sw->ports[slot]->members);
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

/* The learned half of a membership has nothing left to say. */
static bool is_over(const struct mgate_member *m, u64 now)
{
	return m->learned && (m->mode == MGATE_MODE_INCLUDE || (m->until <= now && !m->asks));
}

static void unlearn(struct mgate_switch *sw, struct mgate_member *m)
{
	sw->ports[m->slot]->ngroups--;
	m->learned = false;
	m->mode = MGATE_MODE_INCLUDE;
	m->until = 0;
	m->v1_until = 0;
	m->v2_until = 0;
	m->asks = 0;
}

/**
 * mgate_membership_changed_locked() - a group's members have changed
 * @sw: the switch, its lock held
 * @g: the group; it may be gone after this, and so may its members
 * @now: ms
 *
 * Forgets what is over, draws the map and sets the deadline.
 */
void mgate_membership_changed_locked(struct mgate_switch *sw, struct mgate_group *g, u64 now)
{
	struct mgate_member *m, *next;

	lockdep_assert_held(&sw->lock);
	list_for_each_entry_safe(m, next, &g->members, node) {
		if (is_over(m, now))
			unlearn(sw, m);
		if (!m->learned && !m->permanent && list_empty(&m->sources))
			mgate_ledger_part(m);
	}
	mgate_switch_changed(sw);
	if (list_empty(&g->members)) {
		del_group(sw, g, now);
		return;
	}
	mgate_map_draw(&sw->map, g, now);
	mgate_proxy_joined_locked(sw, g, now);
	mgate_due_at(&sw->queue, &g->due, mgate_ledger_deadline(g));
}

static void forget_static(struct mgate_member *m)
{
	struct mgate_source *s, *next;

	m->permanent = false;
	list_for_each_entry_safe(s, next, &m->sources, node)
		mgate_ledger_source_del(s);
}

/**
 * mgate_membership_forget_locked() - forget a port's memberships
 * @sw: the switch, its lock held
 * @slot: the port
 * @all: those that the administrator set too
 * @now: ms
 */
void mgate_membership_forget_locked(struct mgate_switch *sw, u16 slot, bool all, u64 now)
{
	struct mgate_switch_port *port = sw->ports[slot];
	struct mgate_member *m, *next;

	lockdep_assert_held(&sw->lock);
	/* A port has one membership in a group: whatever else of the group goes
	 * with this one is not in the port's list.
	 */
	list_for_each_entry_safe(m, next, &port->members, port_node) {
		if (m->learned)
			unlearn(sw, m);
		if (all)
			forget_static(m);
		mgate_membership_changed_locked(sw, m->group, now);
	}
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
		return 0;
	}
	s = mgate_ledger_source(m, &key->src);
	if (s && s->permanent)
		return -EEXIST;
	if (!s)
		s = mgate_ledger_source_add(m, &key->src);
	if (!s)
		return -ENOMEM;
	s->permanent = true;
	return 0;
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
			mgate_membership_changed_locked(sw, m->group, now);
	}
	spin_unlock_bh(&sw->lock);
	return err;
}

static int del_static(const struct mgate_key *key, struct mgate_member *m)
{
	struct mgate_source *s;

	if (is_any(key)) {
		if (!m->permanent)
			return -ENOENT;
		m->permanent = false;
		return 0;
	}
	s = mgate_ledger_source(m, &key->src);
	if (!s || !s->permanent)
		return -ENOENT;
	mgate_ledger_source_del(s);
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
		err = del_static(key, m);
	if (!err)
		mgate_membership_changed_locked(sw, m->group, now);
	spin_unlock_bh(&sw->lock);
	return err;
}
