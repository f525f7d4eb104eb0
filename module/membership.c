// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memberships come and go here, so that ledger, map, queue of deadlines and
 * counts always agree; and here the limits on groups are kept. What is there
 * stays and is refreshed.
 */
#include <linux/slab.h>

#include <mgate/eht.h>
#include <mgate/family.h>
#include <mgate/limit.h>
#include <mgate/membership.h>
#include <mgate/memory.h>
#include <mgate/proxy.h>
#include <mgate/saying.h>
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
	list_del_init(&g->waiting);
	mgate_due_clear(&sw->queue, &g->due);
	mgate_proxy_left_locked(sw, g, now);
	mgate_ledger_del(&sw->ledger, g);
}

static struct mgate_group *new_group(struct mgate_switch *sw, const struct mgate_key *key,
				     u16 slot)
{
	struct mgate_group *g = mgate_ledger_add(&sw->ledger, key, slot);

	/* Others may have been refused it: they are served by flooding. */
	if (g && sw->full)
		mgate_map_filled(&g->route, sw->fill);
	return g;
}

static struct mgate_member *get_member(struct mgate_switch *sw, struct mgate_group *g, u16 slot)
{
	struct mgate_member *m = mgate_ledger_member(g, slot);

	if (m)
		return m;
	if (mgate_map_reserve(&g->route, slot))
		m = mgate_ledger_join(g, slot);
	if (m) {
		list_add_tail(&m->port_node, &sw->ports[slot]->members);
		sw->ports[slot]->nmembers++;
	}
	return m;
}

/* As mgate_membership_get_locked(). @g: the group, or NULL if it is none yet. */
static struct mgate_member *get_in(struct mgate_switch *sw, struct mgate_group *g,
				   const struct mgate_key *key, u16 slot)
{
	if (!g)
		g = new_group(sw, key, slot);
	/* In a new one there is a place for the first, and room for its slot. */
	return g ? get_member(sw, g, slot) : NULL;
}

/**
 * mgate_membership_get_locked() - a membership, which is made if there is none
 * @sw: the switch, its lock held
 * @key: source zero
 * @slot: the port
 *
 * A new one wants nothing yet: see mgate_membership_changed_locked().
 *
 * Return: NULL for want of memory.
 */
struct mgate_member *mgate_membership_get_locked(struct mgate_switch *sw,
						 const struct mgate_key *key, u16 slot)
{
	return get_in(sw, mgate_ledger_find(&sw->ledger, key), key, slot);
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
	mgate_saying_gone(&sw->news, m);
	mgate_ledger_part(m);
}

static void draw_member(struct mgate_member *m)
{
	/* The first member of a group was on the map before it said what it wants. */
	if (mgate_map_test(&m->group->route.ways, m->slot) != mgate_ledger_wants(m))
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
	else
		mgate_saying_member(&sw->news, m);
	mgate_switch_members_changed(sw);
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
		if (m->learned && mgate_timer_is_over(m))
			unlearn_member(sw, m);
		if (m->learned || m->permanent || !RB_EMPTY_ROOT(&m->sources)) {
			mgate_saying_member(&sw->news, m);
			continue;
		}
		part_member(sw, m);
		if (last) {
			del_group(sw, g, now);
			return false;
		}
	}
	mgate_switch_members_changed(sw);
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

static void forget_member(struct mgate_switch *sw, struct mgate_member *m, bool all, u64 now)
{
	if (m->learned)
		unlearn_member(sw, m);
	if (all)
		forget_static(sw, m);
	mgate_membership_changed_locked(sw, m, now, MGATE_NEVER);
}

/* The one that was joined first, of those that hosts asked for. */
static bool give_up_oldest(struct mgate_switch *sw, struct mgate_switch_port *port, u64 now)
{
	u8 before = sw->news.why;
	struct mgate_member *m;
	unsigned int i;

	for (i = 0; i < BATCH; i++) {
		m = list_first_entry_or_null(&port->members, struct mgate_member, port_node);
		if (!m)
			return false;
		if (m->learned) {
			mgate_switch_why(sw, MGATE_WHY_LIMIT);
			forget_member(sw, m, false, now);
			mgate_switch_why(sw, before);
			return true;
		}
		/* The administrator's; it is not met again soon. */
		list_move_tail(&m->port_node, &port->members);
	}
	return false;
}

/* Return: MGATE_REFUSAL_NONE, or _REPLACED, if the port may have one more. */
static enum mgate_refusal room_for(struct mgate_switch *sw, struct mgate_switch_port *port,
				   bool new_group, u64 now)
{
	enum mgate_refusal why = mgate_limit_over(sw, port, new_group);

	if (why != MGATE_REFUSAL_PORT ||
	    port->params[MGATE_PORT_LIMIT_ACTION] != MGATE_LIMIT_REPLACE ||
	    mgate_limit_bridge(sw, new_group) || !give_up_oldest(sw, port, now))
		return why;
	return MGATE_REFUSAL_REPLACED;
}

static struct mgate_member *learn_member(struct mgate_switch *sw, struct mgate_group *g,
					 const struct mgate_key *key, u16 slot)
{
	struct mgate_member *m = get_in(sw, g, key, slot);

	if (m) {
		m->learned = true;
		sw->ports[slot]->ngroups++;
	}
	return m;
}

/**
 * mgate_membership_learn_locked() - the membership that a host asks for
 * @sw: the switch, its lock held
 * @g: the group, or NULL if it is none yet
 * @key: source zero
 * @slot: the port of the host
 * @now: ms
 * @why: why it is refused, or that another one had to go
 *
 * To be called where none was learned.
 *
 * A new membership wants nothing yet: the caller says what, and then calls
 * mgate_membership_changed_locked().
 *
 * Return: NULL if it is refused; what then floods has been seen to.
 */
struct mgate_member *mgate_membership_learn_locked(struct mgate_switch *sw,
						   struct mgate_group *g,
						   const struct mgate_key *key, u16 slot,
						   u64 now, enum mgate_refusal *why)
{
	struct mgate_switch_port *port = sw->ports[slot];
	struct mgate_member *m;

	lockdep_assert_held(&sw->lock);
	*why = room_for(sw, port, !g, now);
	if (*why == MGATE_REFUSAL_NONE || *why == MGATE_REFUSAL_REPLACED) {
		/* What was given up was learned, so of another group: this one is still there. */
		m = learn_member(sw, g, key, slot);
		if (m)
			return m;
		*why = MGATE_REFUSAL_MEMORY;
	}
	if (*why == MGATE_REFUSAL_PORT || g)
		mgate_limit_refuse_port_locked(sw, port, key, *why, now);
	else
		mgate_limit_refuse_bridge_locked(sw, key, *why, now);
	return NULL;
}

/* Which memberships of a port are forgotten: of those that were learned, all or some. */
struct forgetting {
	const struct mgate_prefix *range;	/* only groups of this */
	bool ignored;			/* only what is left alone now */
	enum mgate_why why;
	bool all;				/* what the administrator set too */
};

/* Its VLAN, its family, or the sort of group. */
static bool is_left_alone(const struct mgate_switch *sw, const struct mgate_key *key)
{
	return mgate_context_ignores(&sw->contexts, key->vid) || !mgate_switch_sees(sw, key->af) ||
	       (mgate_family_scope(key->af, &key->grp) == MGATE_SCOPE_LINK &&
		sw->params.v[MGATE_PARAM_IPV6] != MGATE_IPV6_FULL);
}

static bool is_to_forget(const struct mgate_switch *sw, const struct mgate_member *m,
			 const struct forgetting *which)
{
	const struct mgate_key *key = &m->group->route.key;
	const struct mgate_prefix *range = which->range;

	if (which->ignored)
		return is_left_alone(sw, key);
	return !range || (range->af == key->af && mgate_addr_in_prefix(&key->grp, range));
}

/* One hold of the lock. Return: memberships of the port that were seen to. */
static u32 forget_some(struct mgate_switch *sw, u16 slot, const struct forgetting *which,
		       u64 now, u32 most)
{
	struct mgate_switch_port *port;
	struct mgate_member *m;
	u32 n, sources = 0;

	spin_lock_bh(&sw->lock);
	mgate_switch_why(sw, which->why);
	port = sw->ports[slot];
	for (n = 0; port && n < most && sources < MGATE_MEMBERSHIP_SOURCES; n++) {
		m = list_first_entry_or_null(&port->members, struct mgate_member, port_node);
		if (!m)
			break;
		/* Those that stay are not met again. */
		list_move_tail(&m->port_node, &port->members);
		if (!is_to_forget(sw, m, which))
			continue;
		sources += m->nsources;
		forget_member(sw, m, which->all, now);
	}
	sw->most_groups = max(sw->most_groups, n);
	spin_unlock_bh(&sw->lock);
	return n;
}

static void forget(struct mgate_switch *sw, u16 slot, const struct forgetting *which, u64 now)
{
	u32 left, n;

	spin_lock_bh(&sw->lock);
	left = sw->ports[slot] ? sw->ports[slot]->nmembers : 0;
	spin_unlock_bh(&sw->lock);
	while (left) {
		n = forget_some(sw, slot, which, now, min_t(u32, left, BATCH));
		left = n ? left - n : 0;
	}
}

/**
 * mgate_membership_forget() - forget a port's memberships
 * @sw: the switch
 * @slot: the port
 * @all: those that the administrator set too
 * @why: why
 * @now: ms
 *
 * The lock is held for a few at a time; what joins meanwhile may stay.
 */
void mgate_membership_forget(struct mgate_switch *sw, u16 slot, bool all, enum mgate_why why,
			     u64 now)
{
	const struct forgetting which = { .all = all, .why = why };

	forget(sw, slot, &which, now);
}

/**
 * mgate_membership_deny() - forget what a port's hosts have asked for of a range
 * @sw: the switch
 * @slot: the port
 * @range: the groups
 * @now: ms
 *
 * As mgate_membership_forget(). What the administrator set stays.
 */
void mgate_membership_deny(struct mgate_switch *sw, u16 slot, const struct mgate_prefix *range,
			   u64 now)
{
	const struct forgetting which = { .range = range, .why = MGATE_WHY_RULE };

	forget(sw, slot, &which, now);
}

/**
 * mgate_membership_forget_ignored() - forget those in VLANs, in families and of groups that
 *	are left alone
 * @sw: the switch
 * @slot: the port
 * @now: ms
 *
 * As mgate_membership_forget(); but nothing joins there meanwhile.
 */
void mgate_membership_forget_ignored(struct mgate_switch *sw, u16 slot, u64 now)
{
	const struct forgetting which = { .ignored = true, .why = MGATE_WHY_RULE };

	forget(sw, slot, &which, now);
}
