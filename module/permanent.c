// SPDX-License-Identifier: GPL-2.0-only
/* Memberships that the administrator set: groups, and sources of groups. */
#include <mgate/permanent.h>
#include <mgate/source.h>

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
 * mgate_permanent_add() - a membership set by the administrator
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
int mgate_permanent_add(struct mgate_switch *sw, const struct mgate_key *key, u16 slot,
			u64 now)
{
	struct mgate_key any = mgate_addr_key(key->af, key->vid, &key->grp);
	struct mgate_member *m;
	int err = -ENODEV;

	spin_lock_bh(&sw->lock);
	mgate_switch_why(sw, MGATE_WHY_RULE);
	if (test_bit(slot, sw->up)) {
		m = mgate_membership_get_locked(sw, &any, slot);
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
 * mgate_permanent_del() - take back what mgate_permanent_add() set
 * @sw: the switch
 * @key: group, and source or zero for all
 * @slot: the port
 * @now: ms
 *
 * Return: 0; -ENOENT if it is not there.
 */
int mgate_permanent_del(struct mgate_switch *sw, const struct mgate_key *key, u16 slot,
			u64 now)
{
	struct mgate_key any = mgate_addr_key(key->af, key->vid, &key->grp);
	struct mgate_member *m;
	int err = -ENOENT;

	spin_lock_bh(&sw->lock);
	mgate_switch_why(sw, MGATE_WHY_RULE);
	m = mgate_membership_find_locked(sw, &any, slot);
	if (m)
		err = del_static(sw, key, m);
	if (!err)
		mgate_membership_changed_locked(sw, m, now, MGATE_NEVER);
	spin_unlock_bh(&sw->lock);
	return err;
}
