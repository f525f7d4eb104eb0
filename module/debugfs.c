// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/mgate: one file per question, a line per answer, in the
 * manner of `bridge -d -s mdb show`. Names are looked up while printing, so
 * that nothing is to be done when a device is renamed.
 */
#include <linux/debugfs.h>
#include <linux/math64.h>
#include <linux/seq_file.h>
#include <net/net_namespace.h>

#include <mgate/address.h>
#include <mgate/statsfile.h>
#include <mgate/debugfs.h>
#include <mgate/eht.h>
#include <mgate/family.h>
#include <mgate/flowlist.h>
#include <mgate/recount.h>
#include <mgate/source.h>
#include <mgate/text.h>
#include <mgate/tick.h>
#include <mgate/vlanfiles.h>
#include <mgate/walk.h>

static struct dentry *dir;

static void print_head(struct seq_file *m, const struct mgate_bridge *br)
{
	seq_printf(m, "netns=%u dev %s", br->net->ns.inum, br->dev->name);
}

/* Seconds with two decimals, what remains. */
static void print_remaining(struct seq_file *m, u64 until, u64 now)
{
	u32 ms;
	u64 left = div_u64_rem(until > now ? until - now : 0, MSEC_PER_SEC, &ms);

	seq_printf(m, " %llu.%02u", left, ms / 10);
}

struct group_printer {
	struct mgate_walker walker;
	struct seq_file *m;
	const struct mgate_bridge *br;
	u64 now;
};

static void print_member(const struct group_printer *p, const struct mgate_member *m,
			 const struct mgate_source *s)
{
	const struct mgate_key *key = &m->group->route.key;
	bool exclude = m->permanent || m->mode == MGATE_MODE_EXCLUDE;
	bool permanent = s ? s->permanent : m->permanent;
	char text[MGATE_TEXT_ADDR];

	print_head(p->m, p->br);
	seq_printf(p->m, " port %s grp %s", mgate_bridge_slot_name(p->br, m->slot),
		   mgate_text_addr(text, key->af, &key->grp));
	if (s)
		seq_printf(p->m, " src %s", mgate_text_addr(text, key->af, mgate_source_addr(s)));
	seq_printf(p->m, " %s filter_mode %s", permanent ? "permanent" : "temp",
		   exclude ? "exclude" : "include");
	if (s && !mgate_source_forwards(m, s))
		seq_puts(p->m, " blocked");
	seq_printf(p->m, " version %u vid %u",
		   mgate_family_version(key->af, mgate_ledger_version(m, p->now)), key->vid);
	print_remaining(p->m, permanent ? 0 : s ? s->until : m->until, p->now);
	seq_putc(p->m, '\n');
}

static void print_group(struct mgate_walker *w, struct mgate_group *g)
{
	const struct group_printer *p = container_of(w, struct group_printer, walker);
	const struct mgate_member *m;
	const struct mgate_source *s;

	list_for_each_entry(m, &g->members, node) {
		if (m->permanent || m->mode == MGATE_MODE_EXCLUDE)
			print_member(p, m, NULL);
		mgate_ledger_for_each_source(s, m)
			print_member(p, m, s);
	}
}

static void print_host(const struct group_printer *p, const struct mgate_member *m,
		       const struct mgate_eht_host *h, const struct mgate_eht_source *s)
{
	const struct mgate_key *key = &m->group->route.key;
	char text[MGATE_TEXT_ADDR];

	print_head(p->m, p->br);
	seq_printf(p->m, " port %s grp %s", mgate_bridge_slot_name(p->br, m->slot),
		   mgate_text_addr(text, key->af, &key->grp));
	if (s)
		seq_printf(p->m, " src %s", mgate_text_addr(text, key->af, &s->addr));
	if (s && h->mode == MGATE_MODE_EXCLUDE)
		seq_puts(p->m, " blocked");
	seq_printf(p->m, " host %pM %s version %u vid %u", h->who.mac,
		   mgate_text_addr(text, key->af, &h->who.addr),
		   mgate_family_version(key->af, h->version), key->vid);
	print_remaining(p->m, s && h->mode == MGATE_MODE_INCLUDE ? s->until : h->until, p->now);
	seq_putc(p->m, '\n');
}

static void print_hosts(struct mgate_walker *w, struct mgate_group *g)
{
	const struct group_printer *p = container_of(w, struct group_printer, walker);
	const struct mgate_eht_source *s;
	const struct mgate_eht_host *h;
	const struct mgate_member *m;

	list_for_each_entry(m, &g->members, node) {
		mgate_eht_for_each(h, m) {
			if (!mgate_eht_is_there(h, p->now))
				continue;
			if (h->mode == MGATE_MODE_EXCLUDE)
				print_host(p, m, h, NULL);
			mgate_eht_for_each_source(s, h)
				if (h->mode == MGATE_MODE_EXCLUDE || s->until > p->now)
					print_host(p, m, h, s);
		}
	}
}

static void walk(struct seq_file *m, struct mgate_bridge *br,
		 void (*print)(struct mgate_walker *w, struct mgate_group *g))
{
	struct group_printer p = {
		.walker = { .group = print },
		.m = m,
		.br = br,
		.now = mgate_tick_now(),
	};

	mgate_walk_groups(&br->sw, &p.walker);
}

static void show_hosts(struct seq_file *m, struct mgate_bridge *br)
{
	walk(m, br, print_hosts);
}

static void show_groups(struct seq_file *m, struct mgate_bridge *br)
{
	walk(m, br, print_group);
}

static void print_router(struct seq_file *m, const struct mgate_bridge *br, u16 slot, u16 vid,
			 u8 af, const char *by)
{
	print_head(m, br);
	seq_printf(m, " port %s vid %u%s by %s", mgate_bridge_slot_name(br, slot), vid,
		   af == MGATE_AF_INET6 ? " family ipv6" : "", by);
}

static void show_learned_routers(struct seq_file *m, const struct mgate_bridge *br, u64 now)
{
	const struct mgate_context *ctx;
	unsigned int slot, by;
	u64 until;

	list_for_each_entry(ctx, &br->sw.contexts.list, node) {
		for_each_set_bit(slot, ctx->routers, MGATE_SLOTS) {
			for (by = 0; by < MGATE_BY_MAX; by++) {
				until = mgate_routers_until(&ctx->router_list, (u16)slot, by);
				if (until <= now)
					continue;
				print_router(m, br, (u16)slot, ctx->vid, ctx->af,
					     mgate_text_by((u8)by));
				print_remaining(m, until, now);
				seq_putc(m, '\n');
			}
		}
	}
}

static void show_routers(struct seq_file *m, struct mgate_bridge *br)
{
	struct mgate_switch *sw = &br->sw;
	unsigned int slot;

	spin_lock_bh(&sw->lock);
	show_learned_routers(m, br, mgate_tick_now());
	for_each_set_bit(slot, sw->always, MGATE_SLOTS) {
		print_router(m, br, (u16)slot, 0, MGATE_AF_INET, "static");
		seq_puts(m, " 0.00\n");
	}
	spin_unlock_bh(&sw->lock);
}

static void print_querier(struct seq_file *m, struct mgate_bridge *br,
			  const struct mgate_context *ctx, u64 now)
{
	struct mgate_timing t = mgate_querier_timing(&ctx->querier, &br->sw.params);
	const struct mgate_querier *q = &ctx->querier;
	bool self = q->state == MGATE_QUERIER_SELF;
	struct mgate_addr own = { };
	char text[MGATE_TEXT_ADDR];
	u64 until = mgate_querier_deadline(q);

	if (self)
		own = mgate_address_own(br, ctx->af, ctx->vid);
	print_head(m, br);
	seq_printf(m, " vid %u state %s %s", ctx->vid, mgate_text_querier(q->state),
		   mgate_text_convergence(ctx));
	seq_printf(m, " address %s",
		   mgate_text_addr(text, ctx->af, self ? &own : &q->addr));
	seq_printf(m, " port %s", q->state == MGATE_QUERIER_NONE ? "-" :
				  mgate_bridge_slot_name(br, q->slot));
	seq_printf(m, " version %u robustness %u interval %u.%02u",
		   mgate_family_version(ctx->af, self ? mgate_querier_version(q, &br->sw.params) :
							q->version),
		   t.robustness, t.query_ms / 1000,
		   t.query_ms % 1000 / 10);
	print_remaining(m, until == MGATE_NEVER ? 0 : until, now);
	seq_putc(m, '\n');
}

static void show_queriers(struct seq_file *m, struct mgate_bridge *br)
{
	const struct mgate_context *ctx;
	u64 now = mgate_tick_now();

	spin_lock_bh(&br->sw.lock);
	list_for_each_entry(ctx, &br->sw.contexts.list, node)
		print_querier(m, br, ctx, now);
	spin_unlock_bh(&br->sw.lock);
}

static void print_counters(struct seq_file *m, const struct mgate_bridge *br,
			   const struct mgate_port *port)
{
	const char *name = mgate_bridge_slot_name(br, port->slot);
	enum mgate_reason reason;
	unsigned long n;

	for (reason = MGATE_REASON_NONE + 1; reason < MGATE_REASON_MAX; reason++) {
		n = mgate_counters_read(port, reason);
		if (!n)
			continue;
		print_head(m, br);
		seq_printf(m, " port %s %s %lu\n", name, mgate_reason_name(reason), n);
	}
}

static void show_counters(struct seq_file *m, struct mgate_bridge *br)
{
	unsigned int slot;

	mgate_flowtable_fold(br);
	for (slot = 0; slot < MGATE_SLOTS; slot++) {
		spin_lock_bh(&br->sw.lock);
		if (br->sw.ports[slot])
			print_counters(m, br, container_of(br->sw.ports[slot],
							   struct mgate_port, sw));
		spin_unlock_bh(&br->sw.lock);
	}
}

static void print_static(struct mgate_walker *w, struct mgate_group *g)
{
	const struct group_printer *p = container_of(w, struct group_printer, walker);
	const struct mgate_member *m;
	const struct mgate_source *s;

	list_for_each_entry(m, &g->members, node) {
		if (m->permanent)
			print_member(p, m, NULL);
		mgate_ledger_for_each_source(s, m)
			if (s->permanent)
				print_member(p, m, s);
	}
}

static void show_override(struct seq_file *m, const struct mgate_bridge *br,
			  const struct mgate_override *o)
{
	char line[MGATE_VLANFILES_LINE];
	enum mgate_override_what what;

	for (what = 0; what < MGATE_OVERRIDE_MAX; what++) {
		if (!mgate_override_has(o, what))
			continue;
		print_head(m, br);
		seq_printf(m, " vlan %s\n", mgate_vlanfiles_line(line, o, what));
	}
}

static void show_vlans(struct seq_file *m, const struct mgate_bridge *br)
{
	const struct mgate_contexts *all = &br->sw.contexts;
	const struct mgate_overrides *list;
	unsigned int i;

	if (!bitmap_empty(all->ignored, MGATE_VLANS)) {
		print_head(m, br);
		seq_printf(m, " vlans_ignored %*pbl\n", MGATE_VLANS, all->ignored);
	}
	rcu_read_lock();
	list = rcu_dereference(all->overrides);
	for (i = 0; list && i < list->n; i++)
		show_override(m, br, &list->vlan[i]);
	rcu_read_unlock();
}

static void print_ranges(struct seq_file *m, struct mgate_bridge *br, const char *what,
			 const struct mgate_policy *list)
{
	char text[MGATE_TEXT_ADDR];
	unsigned int i;

	for (i = 0; i < list->n; i++) {
		print_head(m, br);
		seq_printf(m, " %s %s/%u\n", what,
			   mgate_text_addr(text, list->prefix[i].af, &list->prefix[i].addr),
			   list->prefix[i].len);
	}
}

static void print_denied(struct seq_file *m, struct mgate_bridge *br, unsigned int slot)
{
	const struct mgate_switch_port *port;
	char what[IFNAMSIZ + sizeof("port  deny")];

	spin_lock_bh(&br->sw.lock);
	port = br->sw.ports[slot];
	if (port && port->deny) {
		snprintf(what, sizeof(what), "port %s deny",
			 mgate_bridge_slot_name(br, (u16)slot));
		print_ranges(m, br, what, port->deny);
	}
	spin_unlock_bh(&br->sw.lock);
}

static void show_rules(struct seq_file *m, struct mgate_bridge *br)
{
	unsigned int slot;

	rcu_read_lock();
	print_ranges(m, br, "flood", rcu_dereference(br->sw.flood));
	rcu_read_unlock();
	for (slot = 0; slot < MGATE_SLOTS; slot++)
		print_denied(m, br, slot);
	show_vlans(m, br);
	walk(m, br, print_static);
}

static void show_flows(struct seq_file *m, struct mgate_bridge *br)
{
	mgate_flowlist_show(m, br);
}

static void show_stats(struct seq_file *m, struct mgate_bridge *br)
{
	mgate_statsfile_show(m, br);
}

typedef void show_fn(struct seq_file *m, struct mgate_bridge *br);

static int show_bridges(struct seq_file *m, show_fn *show)
{
	struct mgate_bridge *br;
	u64 id = 0;

	while ((br = mgate_bridge_next(NULL, id))) {
		id = br->id;
		show(m, br);
		mgate_bridge_done(br);
		cond_resched();
	}
	return 0;
}

#define TABLE(name) \
	static int name##_show(struct seq_file *m, void *v) \
	{ \
		return show_bridges(m, show_##name); \
	} \
	DEFINE_SHOW_ATTRIBUTE(name)

TABLE(groups);
TABLE(hosts);
TABLE(routers);
TABLE(queriers);
TABLE(counters);
TABLE(flows);
TABLE(rules);
TABLE(stats);

/**
 * mgate_debugfs_init() - make the directory and its files
 *
 * May sleep. Without debugfs there are none, which is no error.
 */
void mgate_debugfs_init(void)
{
	dir = debugfs_create_dir("mgate", NULL);
	debugfs_create_file("groups", 0400, dir, NULL, &groups_fops);
	debugfs_create_file("hosts", 0400, dir, NULL, &hosts_fops);
	debugfs_create_file("routers", 0400, dir, NULL, &routers_fops);
	debugfs_create_file("queriers", 0400, dir, NULL, &queriers_fops);
	debugfs_create_file("counters", 0400, dir, NULL, &counters_fops);
	debugfs_create_file("flows", 0400, dir, NULL, &flows_fops);
	debugfs_create_file("stats", 0400, dir, NULL, &stats_fops);
	debugfs_create_file("rules", 0400, dir, NULL, &rules_fops);
	mgate_recount_init(dir);
}

/**
 * mgate_debugfs_exit() - take them away
 *
 * May sleep. Nobody reads them on return.
 */
void mgate_debugfs_exit(void)
{
	debugfs_remove(dir);
}
