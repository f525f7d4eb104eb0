// SPDX-License-Identifier: GPL-2.0-only
/* debugfs `flows`: who sends to which group, and where that goes. */
#include <linux/jiffies.h>
#include <linux/seq_file.h>
#include <net/net_namespace.h>

#include <mgate/bridge.h>
#include <mgate/flowlist.h>
#include <mgate/text.h>

#define LISTED (10 * HZ)	/* after its last look, of a flow that has ended */

static void print_ports(struct seq_file *m, const struct mgate_flow *f)
{
	const char *comma = "";
	unsigned int i;

	seq_puts(m, " to ");
	if (f->host) {
		seq_puts(m, "host");
		comma = ",";
	}
	if (f->n == 1)
		seq_printf(m, "%s%s", comma, f->one->dev->name);
	for (i = 0; f->n > 1 && i < f->n; i++, comma = ",")
		seq_printf(m, "%s%s", comma, f->outs->out[i].dev->name);
	if (!f->host && !f->n)
		seq_puts(m, "-");
}

/**
 * mgate_flowlist_path() - how the frames of a flow go, in one word
 * @path: enum mgate_flow_path, that of a flow
 */
const char *mgate_flowlist_path(u8 path)
{
	static const char * const words[] = {
		[MGATE_FLOW_FLOW] = "flow",
		[MGATE_FLOW_REDIRECT] = "redirect",
		[MGATE_FLOW_GATE] = "gate",
		[MGATE_FLOW_UP] = "flow",
	};

	return words[path];
}

/**
 * mgate_flowlist_in_locked() - the port by which a flow that is listed comes in
 * @br: the bridge, the lock of whose flow tables is held
 * @f: the flow
 *
 * Return: NULL if it is not listed: it has ended, or its port has gone.
 */
const struct mgate_port *mgate_flowlist_in_locked(const struct mgate_bridge *br,
						  const struct mgate_flow *f)
{
	const struct mgate_port *in = rcu_dereference_check(br->by_slot[f->slot], true);

	if (!in || in->id != f->key.in || mgate_flowtable_age(f, (u32)jiffies) > HZ + LISTED)
		return NULL;
	return in;
}

static void print(struct mgate_bridge *br, struct mgate_flowtable *t, struct mgate_flow *f,
		  void *data)
{
	const struct mgate_port *in = mgate_flowlist_in_locked(br, f);
	struct mgate_key key = mgate_flowtable_key(t, f);
	char src[MGATE_TEXT_ADDR], grp[MGATE_TEXT_ADDR];
	struct seq_file *m = data;

	if (!in)
		return;
	seq_printf(m, "netns=%u dev %s port %s src %s grp %s vid %u", br->net->ns.inum,
		   br->dev->name, in->dev->name, mgate_text_addr(src, key.af, &key.src),
		   mgate_text_addr(grp, key.af, &key.grp), f->vid);
	print_ports(m, f);
	seq_printf(m, " path %s packets %llu bytes %llu\n", mgate_flowlist_path(f->path),
		   mgate_flowtable_packets(t, f), READ_ONCE(f->bytes));
}

/**
 * mgate_flowlist_show() - the lines of a bridge
 * @m: the file
 * @br: the bridge
 *
 * May sleep. The lock of a table is held for a few flows at a time. A flow that comes
 * in by several CPUs has a line for each.
 */
void mgate_flowlist_show(struct seq_file *m, struct mgate_bridge *br)
{
	mgate_flowtable_walk(br, print, m);
}
