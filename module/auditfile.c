// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs `audit`: what `on` would do with each group's frames, a line for each port
 * and reason.
 */
#include <linux/seq_file.h>
#include <net/net_namespace.h>

#include <mgate/auditfile.h>
#include <mgate/bridge.h>
#include <mgate/text.h>

/**
 * struct printer - a walk over the rows of one bridge
 * @walker: whom the walk calls
 * @m: where lines go
 * @br: the bridge
 */
struct printer {
	struct mgate_audit_walker walker;
	struct seq_file *m;
	struct mgate_bridge *br;
};

static void begin_line(struct seq_file *m, const struct mgate_bridge *br)
{
	seq_printf(m, "netns=%u dev %s", br->net->ns.inum, br->dev->name);
}

static void end_line(struct seq_file *m, const struct mgate_audit_figures *figures)
{
	seq_printf(m, " packets %llu bytes %llu\n", figures->packets, figures->bytes);
}

/* A port that has just gone has no name any more. */
static void print_row(struct mgate_audit_walker *w, const struct mgate_audit_key *key,
		      const struct mgate_audit_figures *figures)
{
	const struct printer *p = container_of(w, struct printer, walker);
	const struct mgate_key *group = &key->group;
	char text[MGATE_TEXT_ADDR];

	spin_lock_bh(&p->br->sw.lock);
	if (p->br->sw.ports[key->slot]) {
		begin_line(p->m, p->br);
		seq_printf(p->m, " port %s grp %s vid %u %s %s",
			   mgate_bridge_slot_name(p->br, key->slot),
			   mgate_text_addr(text, group->af, &group->grp), group->vid,
			   mgate_reason_holds(key->reason) ? "held" : "passed",
			   mgate_reason_name(key->reason));
		end_line(p->m, figures);
	}
	spin_unlock_bh(&p->br->sw.lock);
}

/**
 * mgate_auditfile_show() - the lines of one bridge
 * @m: where they go
 * @br: the bridge
 *
 * May sleep.
 */
void mgate_auditfile_show(struct seq_file *m, struct mgate_bridge *br)
{
	struct mgate_audit_figures beyond = mgate_audit_beyond(&br->audit);
	struct printer p = {
		.walker = { .row = print_row },
		.m = m,
		.br = br,
	};

	mgate_audit_walk(&br->audit, &p.walker);
	if (!beyond.packets)
		return;
	begin_line(m, br);
	seq_puts(m, " beyond");
	end_line(m, &beyond);
}
