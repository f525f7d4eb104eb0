// SPDX-License-Identifier: GPL-2.0-only
/*
 * What went by a flow, and not to the host, is counted there alone while it goes. Whoever wants
 * to know it, and whoever ends the flow, folds it in: into the counters of its ports, and the
 * figures of its group where they are kept.
 */
#include <mgate/bridge.h>
#include <mgate/flowfold.h>

static struct mgate_port *port_in(struct mgate_bridge *br, const struct mgate_flow *f,
				  struct mgate_port *gone)
{
	struct mgate_port *port;

	if (gone && gone->id == f->key.in)
		return gone;
	port = rcu_dereference_check(br->by_slot[f->slot], true);
	return port && port->id == f->key.in ? port : NULL;
}

static void fold_in(struct mgate_bridge *br, struct mgate_port *in, u8 hold, u32 n)
{
	if (in)
		this_cpu_add(in->counters->n[MGATE_REASON_FLOW], n);
	if (!mgate_counters_is_hold(hold))
		return;
	/* All first: no port is ever to have got more than that. */
	this_cpu_add(br->host.counters->turned[hold - MGATE_REASON_NOT_MEMBER], n);
	if (in)
		this_cpu_add(in->counters->turned[hold - MGATE_REASON_NOT_MEMBER], n);
}

static void fold_out(const struct mgate_port *out, u8 reason, u8 hold, u32 n)
{
	this_cpu_add(out->counters->n[reason], n);
	if (mgate_counters_is_hold(hold))
		this_cpu_add(out->counters->reached[hold - MGATE_REASON_NOT_MEMBER], n);
}

static void keep_out(struct mgate_stats *s, struct mgate_stats_key *key, u16 slot, u8 reason,
		     u8 hold, const struct mgate_stats_figures *more)
{
	key->slot = slot;
	key->what = MGATE_STATS_OUT;
	key->reason = reason;
	mgate_stats_add(s, key, more);
	if (!mgate_counters_is_hold(hold))
		return;
	key->what = MGATE_STATS_REACHED;
	key->reason = hold;
	mgate_stats_add(s, key, more);
}

static void keep(struct mgate_bridge *br, const struct mgate_flowtable *t,
		 const struct mgate_flow *f, bool gone, u32 packets, u64 bytes)
{
	const struct mgate_stats_figures more = { .packets = packets, .bytes = bytes };
	struct mgate_stats_key key = {
		.group = mgate_flowtable_key(t, f),
		.slot = gone ? MGATE_STATS_GONE : f->slot,
		.what = MGATE_STATS_IN,
		.reason = mgate_counters_is_hold(f->hold) ? f->hold : MGATE_REASON_NONE,
	};
	unsigned int i;

	key.group.src = (struct mgate_addr){ };
	mgate_stats_add(&br->stats, &key, &more);
	if (f->n == 1)
		keep_out(&br->stats, &key, f->one->slot, f->reason, f->hold, &more);
	for (i = 0; f->n > 1 && i < f->n; i++)
		keep_out(&br->stats, &key, f->outs->out[i].port->slot, f->outs->out[i].reason,
			 f->hold, &more);
}

/* Its CPU may be writing it, which for 32 bits is two steps. */
static u64 bytes_of(const struct mgate_flow *f)
{
	u64 bytes;

	do {
		bytes = READ_ONCE(f->bytes);
	} while (BITS_PER_LONG == 32 && bytes != READ_ONCE(f->bytes));
	return bytes;
}

/**
 * mgate_flowfold() - bring the counters of a flow's ports, and its group's figures, up to date
 * @br: the bridge
 * @t: the flow's table, the lock held
 * @f: the flow
 * @gone: a port of it that goes and is no longer found; else NULL
 *
 * Only what went straight: each frame that did not was counted by itself.
 */
void mgate_flowfold(struct mgate_bridge *br, struct mgate_flowtable *t, struct mgate_flow *f,
		    struct mgate_port *gone)
{
	struct mgate_flow_folded *folded = &t->folded[f - t->flow];
	u32 n = READ_ONCE(f->packets) - f->folded;
	unsigned int i;
	u64 bytes;

	if (!n)
		return;
	bytes = bytes_of(f) - folded->bytes;
	f->folded += n;
	folded->packets += n;
	folded->bytes += bytes;
	if (f->path != MGATE_FLOW_FLOW)
		return;
	if (mgate_bridge_keeps_stats(br))
		keep(br, t, f, !port_in(br, f, NULL), n, bytes);
	fold_in(br, port_in(br, f, gone), f->hold, n);
	if (f->n == 1)
		fold_out(f->one, f->reason, f->hold, n);
	for (i = 0; f->n > 1 && i < f->n; i++)
		fold_out(f->outs->out[i].port, f->outs->out[i].reason, f->hold, n);
}

/**
 * mgate_flowfold_told() - set what a flow has had, all of which is counted already
 * @t: its table, the lock held
 * @f: the flow
 * @packets: frames
 * @bytes: of them
 */
void mgate_flowfold_told(struct mgate_flowtable *t, struct mgate_flow *f, u64 packets, u64 bytes)
{
	f->packets = (u32)packets;
	f->folded = f->packets;
	f->bytes = bytes;
	t->folded[f - t->flow] = (struct mgate_flow_folded){ .packets = packets, .bytes = bytes };
}
