// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs `stats`: what has happened to each group's frames, a line for each port and
 * reason; and whatever a reader of these lines wants to know of the bridge.
 */
#include <linux/if_bridge.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <net/net_namespace.h>

#include <mgate/bridge.h>
#include <mgate/statsfile.h>
#include <mgate/text.h>

static bool is_in(const void *data, u16 slot, u16 vid)
{
	const struct mgate_bridge *br = data;
	const struct mgate_port *port;
	bool in;

	rcu_read_lock();
	port = slot == MGATE_SLOT_HOST ? &br->host : rcu_dereference(br->by_slot[slot]);
	in = port && (!br_vlan_enabled(br->dev) || mgate_bridge_is_in_vlan(port->dev, vid));
	rcu_read_unlock();
	return in;
}

/**
 * mgate_statsfile_list() - the figures of a bridge as they are now
 * @br: the bridge
 *
 * May sleep. Good as long as the bridge is held. Return: to be freed by kvfree(), or NULL
 * for want of memory.
 */
struct mgate_statslist *mgate_statsfile_list(struct mgate_bridge *br)
{
	struct mgate_statslist *list;

	mgate_flowtable_fold(br);
	list = mgate_statslist_new(&br->stats);
	if (!list)
		return NULL;
	list->is_in = is_in;
	list->data = br;
	list->slots = min_t(unsigned int, READ_ONCE(br->sw.words) * BITS_PER_LONG, MGATE_SLOTS);
	return list;
}

static void print_figures(struct seq_file *m, const struct mgate_stats_figures *figures)
{
	seq_printf(m, " packets %llu bytes %llu\n", figures->packets, figures->bytes);
}

/* A port that has just gone has no name any more. */
static void print_line(struct seq_file *m, struct mgate_bridge *br,
		       const struct mgate_statslist_entry *line)
{
	const struct mgate_stats_key *key = &line->key;
	char text[MGATE_TEXT_ADDR];

	spin_lock_bh(&br->sw.lock);
	if (br->sw.ports[key->slot]) {
		seq_printf(m, "netns=%u dev %s port %s grp %s vid %u", br->net->ns.inum,
			   br->dev->name, mgate_bridge_slot_name(br, key->slot),
			   mgate_text_addr(text, key->group.af, &key->group.grp), key->group.vid);
		if (key->what == MGATE_STATS_IN)
			seq_puts(m, " in");
		else
			seq_printf(m, " %s %s", mgate_reason_holds(key->reason) ? "held" : "passed",
				   mgate_reason_name(key->reason));
		print_figures(m, &line->figures);
	}
	spin_unlock_bh(&br->sw.lock);
}

/**
 * mgate_statsfile_show() - the lines of one bridge
 * @m: where they go
 * @br: the bridge
 *
 * May sleep. None for want of memory.
 */
void mgate_statsfile_show(struct seq_file *m, struct mgate_bridge *br)
{
	struct mgate_stats_figures beyond = mgate_stats_beyond(&br->stats);
	struct mgate_statslist *list = mgate_statsfile_list(br);
	struct mgate_statslist_entry line;

	if (!list)
		return;
	/* Once it has, it is called again with more room. */
	while (!seq_has_overflowed(m) && mgate_statslist_next(list, &line))
		print_line(m, br, &line);
	kvfree(list);
	if (!beyond.packets)
		return;
	seq_printf(m, "netns=%u dev %s beyond", br->net->ns.inum, br->dev->name);
	print_figures(m, &beyond);
}
