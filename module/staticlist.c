// SPDX-License-Identifier: GPL-2.0-only
/*
 * Static groups, which users write an entry at a time to groups_static. A read shows
 * what fits in a page; all of it is in debugfs.
 */
#include <linux/if_bridge.h>
#include <linux/if_vlan.h>
#include <linux/ratelimit.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include <mgate/family.h>
#include <mgate/permanent.h>
#include <mgate/source.h>
#include <mgate/staticlist.h>
#include <mgate/swport.h>
#include <mgate/text.h>
#include <mgate/tick.h>
#include <mgate/walk.h>

/* An entry that does not say its VLAN. */
#define VID_NONE VLAN_N_VID

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
	/* Anybody with a namespace writes this: no more of it than a name, and as text. */
	if (err && __ratelimit(&br->log_news))
		netdev_warn(br->dev, "mgate: there is no port %*pE, so groups_static is not changed; write the name of one of the ports, or host\n",
			    (int)strnlen(name, IFNAMSIZ - 1), name);
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

/* Where VLANs are filtered, that of what comes in there without a tag. RCU read side. */
static int default_vid(struct mgate_bridge *br, u16 slot, u16 *vid)
{
	const struct net_device *dev = br->dev;
	const struct mgate_port *port;
	int err = 0;

	*vid = 0;
	if (!br_vlan_enabled(br->dev))
		return 0;
	port = rcu_dereference(br->by_slot[slot]);
	if (slot != MGATE_SLOT_HOST)
		dev = port ? port->dev : NULL;
	if (!dev || br_vlan_get_pvid_rcu(dev, vid) || !*vid)
		err = -EINVAL;
	if (err && dev && __ratelimit(&br->log_news))
		netdev_warn(br->dev, "mgate: %s has no PVID, so the VLAN of a static group there must be named: add vid VID to what is written to groups_static\n",
			    dev->name);
	return err;
}

struct entry {
	struct mgate_key key;
	const char *port;
	bool add;
};

static int parse_entry(char *text, struct entry *e)
{
	if (mgate_text_parse_sign(&text, &e->add))
		return -EINVAL;
	e->port = mgate_text_word(&text);
	if (!e->port || parse_group(mgate_text_word(&text), &e->key))
		return -EINVAL;
	return parse_rest(&text, &e->key);
}

/* RCU read side: the slot does not become another port's meanwhile. */
static int change(struct mgate_bridge *br, struct entry *e)
{
	u16 slot = 0;
	int err;

	err = find_slot(br, e->port, &slot);
	if (!err && e->key.vid == VID_NONE)
		err = default_vid(br, slot, &e->key.vid);
	if (err)
		return err;
	if (e->add)
		return mgate_permanent_add(&br->sw, &e->key, slot, mgate_tick_now());
	return mgate_permanent_del(&br->sw, &e->key, slot, mgate_tick_now());
}

static int write_entry(struct mgate_bridge *br, char *text)
{
	struct entry e = { .key.vid = VID_NONE };
	int err;

	err = parse_entry(text, &e);
	if (err) {
		if (__ratelimit(&br->log_news))
			netdev_warn(br->dev, "mgate: what was written to groups_static is not understood, and nothing is changed; write + PORT GROUP or + PORT GROUP SOURCE, with - to delete it, and vid VID behind it for a VLAN from 0 to 4094; GROUP is one that hosts can join\n");
		return err;
	}
	rcu_read_lock();
	err = change(br, &e);
	rcu_read_unlock();
	/* With `proxy full` the routers are to hear of it. */
	mgate_tick_arm(br, mgate_switch_next(&br->sw));
	return err;
}

/**
 * mgate_staticlist_write() - add or delete a static group
 * @br: the bridge
 * @text: `+ PORT GROUP [SOURCE] [vid VID]` or `- …`
 *
 * Without a VLAN it is that of the port's PVID, on a bridge that filters VLANs.
 *
 * May sleep. Return: 0; -EINVAL for what is no such line, names no port, or needs
 * a VLAN and has none; -ERANGE for a VLAN id out of bounds; -EEXIST, -ENOENT, -ENOMEM.
 */
int mgate_staticlist_write(struct mgate_bridge *br, const char *text)
{
	char *copy = kstrdup(text, GFP_KERNEL);
	int err;

	if (!copy)
		return -ENOMEM;
	err = write_entry(br, copy);
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
 * mgate_staticlist_read() - the static groups
 * @br: the bridge
 * @page: a page of sysfs
 *
 * May sleep. Return: bytes written.
 */
ssize_t mgate_staticlist_read(struct mgate_bridge *br, char *page)
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
