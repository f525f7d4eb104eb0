// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memberships, and the hosts behind them, as rows of netlink dumps.
 *
 * A dump may pause between any two rows for as long as its reader likes, so that it can
 * hold nothing. It goes through the groups in the order of their keys: as many of the
 * next ones as there is room for are noted, and those are looked up one by one. Who is
 * there all the time is met once, whatever else comes or goes.
 */
#include <linux/mm.h>
#include <linux/sort.h>

#include <mgate/family.h>
#include <mgate/memberrows.h>
#include <mgate/source.h>
#include <mgate/tick.h>
#include <mgate/walk.h>

#define NOTED 4096	/* keys, 144 KiB */
#define NOTED_MIN 256
#define HOLD 32		/* rows in one hold of the lock */
#define MORE 1		/* there is more of this group */

/**
 * struct finder - a walk over all groups that finds the next ones
 * @walker: whom the walk calls
 * @d: the dump
 * @keys: those that were found
 * @n: how many
 * @room: for how many
 */
struct finder {
	struct mgate_walker walker;
	struct mgate_dump *d;
	struct mgate_key *keys;
	u32 n;
	u32 room;
};

static int cmp_keys(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct mgate_key));
}

static void note(struct mgate_walker *w, struct mgate_group *g)
{
	struct finder *f = container_of(w, struct finder, walker);

	if (f->n < f->room && cmp_keys(&g->route.key, &f->d->last) > 0)
		f->keys[f->n++] = g->route.key;
}

/* Two walks at once may both see a group twice. */
static u32 unique(struct mgate_key *keys, u32 n)
{
	u32 i, kept = 0;

	for (i = 0; i < n; i++)
		if (!kept || cmp_keys(&keys[i], &keys[kept - 1]))
			keys[kept++] = keys[i];
	return kept;
}

static void settle(struct finder *f)
{
	sort(f->keys, f->n, sizeof(*f->keys), cmp_keys, NULL);
	f->n = unique(f->keys, f->n);
	if (f->n <= f->room / 2)
		return;
	f->n = f->room / 2;
	f->d->whole = false;
}

/* There has to be room for what comes until the next pause. */
static void make_room(struct mgate_walker *w)
{
	struct finder *f = container_of(w, struct finder, walker);

	if (f->n > f->room - MGATE_WALK_STRETCH)
		settle(f);
}

/* Return: 0; -ENOMEM. */
static int find_next(struct mgate_dump *d, struct mgate_bridge *br)
{
	struct finder f = {
		.walker = { .group = note, .pause = make_room },
		.d = d,
		.room = clamp_t(u32, 2 * READ_ONCE(br->sw.ledger.ngroups), NOTED_MIN, NOTED),
	};

	kvfree(d->list);
	d->n = 0;
	d->i = 0;
	d->list = kvmalloc_array(f.room, sizeof(*f.keys), GFP_KERNEL_ACCOUNT);
	if (!d->list)
		return -ENOMEM;
	f.keys = d->list;
	d->whole = true;
	mgate_walk_groups(&br->sw, &f.walker);
	settle(&f);
	d->n = f.n;
	if (f.n)
		d->last = f.keys[f.n - 1];
	return 0;
}

/* By port, as the order of the list may change. */
static struct mgate_member *next_member(struct mgate_dump *d, const struct mgate_group *g)
{
	struct mgate_member *m, *next = NULL;

	list_for_each_entry(m, &g->members, node)
		if (m->slot >= d->slot && (!next || m->slot < next->slot))
			next = m;
	if (!next || next->slot != d->slot || !d->inside) {
		d->inside = false;
		d->named = false;
		d->hosting = false;
	}
	if (next)
		d->slot = next->slot;
	return next;
}

/* The first in a tree that is behind what is under way. */
#define first_behind(root, type, key_of, cmp, at, any) ({			\
	struct rb_node *node = (root)->rb_node, *found = NULL;			\
										\
	while (node) {								\
		if ((any) || (cmp)((key_of)(rb_entry(node, type, node)), (at)) > 0) { \
			found = node;						\
			node = node->rb_left;					\
		} else {							\
			node = node->rb_right;					\
		}								\
	}									\
	rb_entry_safe(found, type, node);					\
})

static const struct mgate_addr *host_addr(const struct mgate_eht_source *s)
{
	return &s->addr;
}

static const struct mgate_eht_who *who_of(const struct mgate_eht_host *h)
{
	return &h->who;
}

static int put_member(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb,
		      const struct mgate_member *m, const struct mgate_source *s)
{
	void *head = mgate_attrs_begin(skb, d, br);
	const struct mgate_key *key = &m->group->route.key;
	bool permanent = s ? s->permanent : m->permanent;
	u64 now = mgate_tick_now();
	u64 until = s ? s->until : m->until;
	bool failed;

	failed = !head || mgate_attrs_port(skb, br, m->slot) || mgate_attrs_group(skb, key) ||
		 nla_put_u8(skb, MGATE_A_FILTER_MODE, mgate_ledger_wants(m) ?
			    MGATE_FILTER_MODE_EXCLUDE : MGATE_FILTER_MODE_INCLUDE) ||
		 nla_put_u8(skb, MGATE_A_VERSION,
			    mgate_family_version(key->af, mgate_ledger_version(m, now))) ||
		 mgate_attrs_expires(skb, permanent ? 0 : until, now);
	if (!failed && permanent)
		failed = nla_put_flag(skb, MGATE_A_PERMANENT);
	if (!failed && s)
		failed = mgate_attrs_addr(skb, MGATE_A_SOURCE, key->af, mgate_source_addr(s)) ||
			 (!mgate_source_forwards(m, s) && nla_put_flag(skb, MGATE_A_BLOCKED));
	return mgate_attrs_end(skb, head, failed);
}

/* The next row of a membership. Return: 0 if there is none. */
static int member_row(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb,
		      const struct mgate_member *m)
{
	const struct mgate_source *s;
	int err = 0;

	if (!d->inside && mgate_ledger_wants(m))
		err = put_member(d, br, skb, m, NULL);
	if (err)
		return err;
	if (!d->inside) {
		d->inside = true;
		return MORE;
	}
	s = first_behind(&m->sources, struct mgate_source, mgate_source_addr, mgate_addr_cmp,
			 &d->addr, !d->named);
	if (!s)
		return 0;
	err = put_member(d, br, skb, m, s);
	if (err)
		return err;
	d->addr = *mgate_source_addr(s);
	d->named = true;
	return MORE;
}

static int put_host(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb,
		    const struct mgate_member *m, const struct mgate_eht_host *h,
		    const struct mgate_eht_source *s)
{
	void *head = mgate_attrs_begin(skb, d, br);
	const struct mgate_key *key = &m->group->route.key;
	bool exclude = h->mode == MGATE_MODE_EXCLUDE;
	u64 until = s && !exclude ? s->until : h->until;
	bool failed;

	failed = !head || mgate_attrs_port(skb, br, m->slot) || mgate_attrs_group(skb, key) ||
		 nla_put(skb, MGATE_A_MAC, MGATE_EHT_MAC, h->who.mac) ||
		 mgate_attrs_addr(skb, MGATE_A_ADDRESS, key->af, &h->who.addr) ||
		 nla_put_u8(skb, MGATE_A_VERSION, mgate_family_version(key->af, h->version)) ||
		 mgate_attrs_expires(skb, until, mgate_tick_now());
	if (!failed && s)
		failed = mgate_attrs_addr(skb, MGATE_A_SOURCE, key->af, &s->addr) ||
			 (exclude && nla_put_flag(skb, MGATE_A_BLOCKED));
	return mgate_attrs_end(skb, head, failed);
}

static int begin_host(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb,
		      const struct mgate_member *m, const struct mgate_eht_host *h)
{
	int err = 0;

	if (h->mode == MGATE_MODE_EXCLUDE && mgate_eht_is_there(h, mgate_tick_now()))
		err = put_host(d, br, skb, m, h, NULL);
	if (err)
		return err;
	d->who = h->who;
	d->hosting = true;
	d->named = false;
	return MORE;
}

static int host_source(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb,
		       const struct mgate_member *m, const struct mgate_eht_host *h)
{
	const struct mgate_eht_source *s;
	u64 now = mgate_tick_now();
	int err = 0;

	s = first_behind(&h->sources, struct mgate_eht_source, host_addr, mgate_addr_cmp,
			 &d->addr, !d->named);
	if (!s)
		return 0;
	if (mgate_eht_is_there(h, now) && (h->mode == MGATE_MODE_EXCLUDE || s->until > now))
		err = put_host(d, br, skb, m, h, s);
	if (err)
		return err;
	d->addr = s->addr;
	d->named = true;
	return MORE;
}

/* The next row of a host that is under way, or of the next host. */
static int host_row(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb,
		    const struct mgate_member *m)
{
	const struct mgate_eht_host *h;
	int err = 0;

	d->inside = true;
	h = d->hosting ? mgate_eht_find(m, &d->who) : NULL;
	if (h)
		err = host_source(d, br, skb, m, h);
	if (err)
		return err;
	h = first_behind(&m->hosts, struct mgate_eht_host, who_of, mgate_eht_cmp, &d->who,
			 !d->hosting);
	return h ? begin_host(d, br, skb, m, h) : 0;
}

typedef int row_of_fn(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb,
		      const struct mgate_member *m);

/* One hold of the lock. Return: 0 if there is no more of the group. */
static int some_rows(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb,
		     const struct mgate_key *key, row_of_fn *next)
{
	const struct mgate_member *m;
	struct mgate_group *g;
	unsigned int n;
	int err = 0;

	spin_lock_bh(&br->sw.lock);
	g = mgate_ledger_find(&br->sw.ledger, key);
	for (n = 0; g && n < HOLD; n++) {
		m = next_member(d, g);
		if (!m) {
			g = NULL;
			break;
		}
		err = next(d, br, skb, m);
		if (err < 0)
			break;
		if (err != MORE) {
			d->slot++;
			d->inside = false;
		}
		err = 0;
	}
	spin_unlock_bh(&br->sw.lock);
	return err ?: g ? MORE : 0;
}

static int all_rows(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb,
		    row_of_fn *next)
{
	const struct mgate_key *keys;
	int err;

	do {
		if (!d->list || d->i == d->n) {
			if (d->list && d->whole)
				return 0;
			err = find_next(d, br);
			if (err)
				return err;
			cond_resched();
			continue;
		}
		keys = d->list;
		err = some_rows(d, br, skb, &keys[d->i], next);
		if (err < 0)
			return err;
		if (!err) {
			d->i++;
			d->slot = 0;
			d->inside = false;
		}
		cond_resched();
	} while (true);
}

/**
 * mgate_memberrows_groups() - the table groups
 * @d: the dump
 * @br: the bridge
 * @skb: where rows go
 *
 * See struct mgate_dump.
 */
int mgate_memberrows_groups(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb)
{
	return all_rows(d, br, skb, member_row);
}

/**
 * mgate_memberrows_hosts() - the table hosts
 * @d: the dump
 * @br: the bridge
 * @skb: where rows go
 *
 * See struct mgate_dump.
 */
int mgate_memberrows_hosts(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb)
{
	return all_rows(d, br, skb, host_row);
}
