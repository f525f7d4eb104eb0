// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lists that users write an entry at a time: static groups, groups that
 * always flood, and groups that are denied at a port. A read shows what fits
 * in a page; all of it is in debugfs.
 */
#include <linux/if_bridge.h>
#include <linux/if_vlan.h>
#include <linux/ratelimit.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include <mgate/family.h>
#include <mgate/lists.h>
#include <mgate/permanent.h>
#include <mgate/source.h>
#include <mgate/swport.h>
#include <mgate/text.h>
#include <mgate/tick.h>
#include <mgate/walk.h>

/* An entry that does not say its VLAN. */
#define VID_NONE VLAN_N_VID

/* The sign that an entry begins with. */
static int sign(char **rest, bool *add)
{
	const char *w = mgate_text_word(rest);

	if (!w || (strcmp(w, "+") && strcmp(w, "-")))
		return -EINVAL;
	*add = *w == '+';
	return 0;
}

static int find_slot(struct mgate_bridge *br, const char *name, u16 *slot)
{
	unsigned int i;
	int err = -EINVAL;

	spin_lock_bh(&br->sw.lock);
	for_each_set_bit(i, br->sw.up, MGATE_SLOTS) {
		if (strcmp(mgate_bridge_slot_name(br, (u16)i), name))
			continue;
		*slot = (u16)i;
		err = 0;
		break;
	}
	spin_unlock_bh(&br->sw.lock);
	return err;
}

static int parse_group(const char *text, struct mgate_key *key)
{
	enum mgate_scope scope;

	if (!text || mgate_text_parse_addr(text, &key->af, &key->grp))
		return -EINVAL;
	scope = mgate_family(key->af)->scope(&key->grp);
	return scope == MGATE_SCOPE_GROUP || scope == MGATE_SCOPE_SSM ? 0 : -EINVAL;
}

static int parse_source(const char *text, struct mgate_key *key)
{
	u8 af;

	if (mgate_text_parse_addr(text, &af, &key->src) || af != key->af)
		return -EINVAL;
	return mgate_family(af)->is_host(&key->src) ? 0 : -EINVAL;
}

/* [SOURCE] [vid VID] and nothing more. */
static int parse_rest(char **rest, struct mgate_key *key)
{
	char *w = mgate_text_word(rest);
	int err;

	if (w && strcmp(w, "vid")) {
		if (parse_source(w, key))
			return -EINVAL;
		w = mgate_text_word(rest);
	}
	if (!w)
		return 0;
	if (strcmp(w, "vid"))
		return -EINVAL;
	w = mgate_text_word(rest);
	if (!w || mgate_text_word(rest))
		return -EINVAL;
	err = kstrtou16(w, 10, &key->vid);
	if (err)
		return err;
	return key->vid >= VLAN_N_VID - 1 ? -ERANGE : 0;
}

/* Where VLANs are filtered, that of what comes in there without a tag. */
static int default_vid(struct mgate_bridge *br, u16 slot, u16 *vid)
{
	const struct net_device *dev = br->dev;
	const struct mgate_port *port;
	int err = 0;

	*vid = 0;
	if (!br_vlan_enabled(br->dev))
		return 0;
	rcu_read_lock();
	port = rcu_dereference(br->by_slot[slot]);
	if (slot != MGATE_SLOT_HOST)
		dev = port ? port->dev : NULL;
	if (!dev || br_vlan_get_pvid_rcu(dev, vid) || !*vid)
		err = -EINVAL;
	if (err && dev && __ratelimit(&br->news))
		netdev_warn(br->dev, "mgate: %s has no PVID, so the VLAN of a static group there must be named: add vid VID to what is written to groups_static\n",
			    dev->name);
	rcu_read_unlock();
	return err;
}

static int write_static(struct mgate_bridge *br, char *text)
{
	struct mgate_key key = { .vid = VID_NONE };
	u16 slot = 0;
	char *name;
	bool add;
	int err;

	if (sign(&text, &add))
		return -EINVAL;
	name = mgate_text_word(&text);
	if (!name || parse_group(mgate_text_word(&text), &key))
		return -EINVAL;
	err = parse_rest(&text, &key) ?: find_slot(br, name, &slot);
	if (!err && key.vid == VID_NONE)
		err = default_vid(br, slot, &key.vid);
	if (err)
		return err;
	if (add)
		return mgate_permanent_add(&br->sw, &key, slot, mgate_tick_now());
	return mgate_permanent_del(&br->sw, &key, slot, mgate_tick_now());
}

/**
 * mgate_lists_write_static() - add or delete a static group
 * @br: the bridge
 * @text: `+ PORT GROUP [SOURCE] [vid VID]` or `- …`
 *
 * Without a VLAN it is that of the port's PVID, on a bridge that filters VLANs.
 *
 * May sleep. Return: 0; -EINVAL for what is no such line, names no port, or needs
 * a VLAN and has none; -ERANGE for a VLAN id out of bounds; -EEXIST, -ENOENT, -ENOMEM.
 */
int mgate_lists_write_static(struct mgate_bridge *br, const char *text)
{
	char *copy = kstrdup(text, GFP_KERNEL);
	int err;

	if (!copy)
		return -ENOMEM;
	err = write_static(br, copy);
	kfree(copy);
	return err;
}

struct page_printer {
	struct mgate_walker walker;
	struct mgate_bridge *br;
	char *page;
	int len;
	unsigned int more;
};

static void print_static(struct page_printer *p, const struct mgate_member *m,
			 const struct mgate_source *s)
{
	const struct mgate_key *key = &m->group->route.key;
	char grp[MGATE_TEXT_ADDR], src[MGATE_TEXT_ADDR + 1] = " ";
	char line[160];
	int len;

	if (s)
		mgate_text_addr(src + 1, key->af, mgate_source_addr(s));
	len = snprintf(line, sizeof(line), "%s %s%s", mgate_bridge_slot_name(p->br, m->slot),
		       mgate_text_addr(grp, key->af, &key->grp), s ? src : "");
	if (key->vid)
		len += snprintf(line + len, sizeof(line) - len, " vid %u", key->vid);
	if (p->len + len + 1 + MGATE_TEXT_MORE > PAGE_SIZE)
		p->more++;
	else
		p->len += sysfs_emit_at(p->page, p->len, "%s\n", line);
}

static void print_group(struct mgate_walker *w, struct mgate_group *g)
{
	struct page_printer *p = container_of(w, struct page_printer, walker);
	const struct mgate_member *m;
	const struct mgate_source *s;

	list_for_each_entry(m, &g->members, node) {
		if (m->permanent)
			print_static(p, m, NULL);
		mgate_ledger_for_each_source(s, m)
			if (s->permanent)
				print_static(p, m, s);
	}
}

/**
 * mgate_lists_read_static() - the static groups
 * @br: the bridge
 * @page: a page of sysfs
 *
 * May sleep. Return: bytes written.
 */
ssize_t mgate_lists_read_static(struct mgate_bridge *br, char *page)
{
	struct page_printer p = {
		.walker = { .group = print_group },
		.br = br,
		.page = page,
	};

	mgate_walk_groups(&br->sw, &p.walker);
	if (p.more)
		p.len += sysfs_emit_at(page, p.len, "… %u more\n", p.more);
	return p.len;
}

/* Return: a list that is the old one, which may be NULL, but for this entry. */
static struct mgate_policy *changed(const struct mgate_policy *old,
				    const struct mgate_prefix *prefix, bool add)
{
	struct mgate_policy *new = kzalloc(sizeof(*new), GFP_KERNEL_ACCOUNT);
	int err;

	if (!new)
		return ERR_PTR(-ENOMEM);
	if (old)
		*new = *old;
	err = add ? mgate_policy_add(new, prefix) : mgate_policy_del(new, prefix);
	if (err) {
		kfree(new);
		return ERR_PTR(err);
	}
	return new;
}

static int change_flood(struct mgate_bridge *br, const struct mgate_prefix *prefix, bool add)
{
	struct mgate_policy *old, *new;

	old = rcu_dereference_protected(br->sw.flood, lockdep_is_held(&br->lists));
	new = changed(old, prefix, add);
	if (IS_ERR(new))
		return PTR_ERR(new);
	rcu_assign_pointer(br->sw.flood, new);
	spin_lock_bh(&br->sw.lock);
	mgate_switch_changed(&br->sw);
	spin_unlock_bh(&br->sw.lock);
	synchronize_rcu();
	kfree(old);
	return 0;
}

static int parse_words(char *text, struct mgate_prefix *prefix, bool *add)
{
	char *w;
	int err;

	if (sign(&text, add))
		return -EINVAL;
	w = mgate_text_word(&text);
	if (!w || mgate_text_word(&text))
		return -EINVAL;
	err = mgate_text_parse_prefix(w, prefix);
	if (err)
		return err;
	if (mgate_family(prefix->af)->scope(&prefix->addr) == MGATE_SCOPE_NONE || prefix->len < 4)
		return -EINVAL;
	return 0;
}

static int parse_range(const char *text, struct mgate_prefix *prefix, bool *add)
{
	char *copy = kstrdup(text, GFP_KERNEL);
	int err;

	if (!copy)
		return -ENOMEM;
	err = parse_words(copy, prefix, add);
	kfree(copy);
	return err;
}

/**
 * mgate_lists_write_flood() - add or delete a range of groups that always flood
 * @br: the bridge
 * @text: `+ GROUP/LEN` or `- GROUP/LEN`
 *
 * May sleep. Return: 0; -EINVAL for what is no such line; -ERANGE for a length
 * out of bounds; -EEXIST, -ENOENT, -ENOSPC, -ENOMEM.
 */
int mgate_lists_write_flood(struct mgate_bridge *br, const char *text)
{
	struct mgate_prefix prefix;
	bool add;
	int err = parse_range(text, &prefix, &add);

	if (err)
		return err;
	mutex_lock(&br->lists);
	err = change_flood(br, &prefix, add);
	mutex_unlock(&br->lists);
	return err;
}

static ssize_t print_ranges(const struct mgate_policy *list, char *page)
{
	char text[MGATE_TEXT_ADDR];
	unsigned int i;
	int len = 0;

	for (i = 0; i < list->n; i++)
		len += sysfs_emit_at(page, len, "%s/%u\n",
				     mgate_text_addr(text, list->prefix[i].af,
						     &list->prefix[i].addr),
				     list->prefix[i].len);
	return len;
}

/**
 * mgate_lists_read_flood() - the ranges of groups that always flood
 * @br: the bridge
 * @page: a page of sysfs
 *
 * Return: bytes written.
 */
ssize_t mgate_lists_read_flood(struct mgate_bridge *br, char *page)
{
	ssize_t len;

	rcu_read_lock();
	len = print_ranges(rcu_dereference(br->sw.flood), page);
	rcu_read_unlock();
	return len;
}

static int change_deny(struct mgate_port *port, const struct mgate_prefix *prefix, bool add)
{
	struct mgate_switch *sw = &port->bridge->sw;
	struct mgate_policy *old = port->sw.deny, *new;

	if (!old && !add)
		return -ENOENT;
	new = changed(old, prefix, add);
	if (IS_ERR(new))
		return PTR_ERR(new);
	/* Frames ask whether there is a list at all. */
	if (!new->n) {
		kfree(new);
		new = NULL;
	}
	spin_lock_bh(&sw->lock);
	port->sw.deny = new;
	spin_unlock_bh(&sw->lock);
	kfree(old);
	/* Who had joined before it was denied does not say so again by himself. */
	if (add)
		mgate_membership_deny(sw, port->slot, prefix, mgate_tick_now());
	else
		mgate_swport_start(sw, port->slot, mgate_tick_now());
	mgate_tick_arm(port->bridge, mgate_switch_next(sw));
	return 0;
}

/**
 * mgate_lists_write_deny() - add or delete a range of groups that a port denies
 * @port: the port
 * @text: `+ GROUP/LEN` or `- GROUP/LEN`
 *
 * What hosts had joined of it ends at once. May sleep. Return: as
 * mgate_lists_write_flood().
 */
int mgate_lists_write_deny(struct mgate_port *port, const char *text)
{
	struct mgate_prefix prefix;
	bool add;
	int err = parse_range(text, &prefix, &add);

	if (err)
		return err;
	mutex_lock(&port->bridge->lists);
	err = change_deny(port, &prefix, add);
	mutex_unlock(&port->bridge->lists);
	return err;
}

/**
 * mgate_lists_read_deny() - the ranges of groups that a port denies
 * @port: the port
 * @page: a page of sysfs
 *
 * Return: bytes written.
 */
ssize_t mgate_lists_read_deny(struct mgate_port *port, char *page)
{
	ssize_t len;

	mutex_lock(&port->bridge->lists);
	len = port->sw.deny ? print_ranges(port->sw.deny, page) : 0;
	mutex_unlock(&port->bridge->lists);
	return len;
}
