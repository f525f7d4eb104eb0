// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where flows are kept: a hash table for each CPU and bridge, in which each flow has
 * two buckets of two places. Whoever finds all four taken takes that of the flow which
 * ends first; as that becomes frequent, the table is replaced by one four times as
 * large, empty: its flows are found anew within a frame each.
 *
 * A CPU looks things up in its own table without a lock, and counts what it finds.
 * Flows come and go under the table's lock, which others take too: to bring the
 * counters of the ports up to date, to print, and to forget the flows of a port that
 * goes. Nothing is allocated on the way of a frame but the list of a flow's ports.
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include <mgate/bridge.h>
#include <mgate/flowfold.h>
#include <mgate/flowtable.h>
#include <mgate/memory.h>

typedef void flow_fn(struct mgate_bridge *br, struct mgate_flowtable *t, struct mgate_flow *f,
		     void *data);
typedef bool more_fn(struct mgate_bridge *br, struct mgate_flowtable *t, struct mgate_flow *f,
		     void *data);

#define FIRST_BITS 7	/* 256 flows, 28 KiB */
#define MORE_BITS 2
#define MAX_BITS 17	/* 262,144 flows, 28 MiB */
#define AGAIN HZ	/* between two tables that are made for one CPU */
#define HOLD 64		/* flows that are worked on in one hold of a lock */

static u32 number_of(const struct mgate_flowtable *t)
{
	return MGATE_FLOWTABLE_WAYS << t->bits;
}

/* Behind the flows, what is not needed on the way of a frame. */
static size_t size_of(u32 bits)
{
	return sizeof(struct mgate_flowtable) + ((size_t)MGATE_FLOWTABLE_WAYS << bits) *
	       (sizeof(struct mgate_flow) + sizeof(struct mgate_flow_folded) +
		sizeof(struct mgate_flow_wide));
}

static size_t outs_size(const struct mgate_flow_outs *outs)
{
	return struct_size(outs, out, outs->n);
}

static void free_outs(struct mgate_flow_outs *outs)
{
	mgate_memory_uncharge(outs_size(outs));
	kfree_rcu(outs, rcu);
}

static struct mgate_flowtable *new_table(u32 bits, int node)
{
	struct mgate_flowtable *t;

	if (!mgate_memory_spare(size_of(bits)))
		return NULL;
	t = kvzalloc_node(size_of(bits), GFP_KERNEL_ACCOUNT | __GFP_NOWARN, node);
	if (!t) {
		mgate_memory_uncharge(size_of(bits));
		return NULL;
	}
	spin_lock_init(&t->lock);
	t->seed = get_random_u64();
	t->bits = bits;
	t->folded = (struct mgate_flow_folded *)&t->flow[number_of(t)];
	t->wide = (struct mgate_flow_wide *)&t->folded[number_of(t)];
	return t;
}

/* Nobody uses it any more. What came into it at the last moment is not counted. */
static void free_table(struct mgate_flowtable *t)
{
	u32 i;

	for (i = 0; i < number_of(t); i++)
		if (t->flow[i].n > 1)
			free_outs(t->flow[i].outs);
	mgate_memory_uncharge(size_of(t->bits));
	kvfree(t);
}

/* Its CPU may be looking at it: it has seen the ports of a flow if the path is there
 * after it, see mgate_flowtable_ports().
 */
static void empty(struct mgate_flowtable *t, struct mgate_flow *f)
{
	struct mgate_flow_outs *outs = f->n > 1 ? f->outs : NULL;

	WRITE_ONCE(f->path, MGATE_FLOW_NONE);
	/* Pairs with the read barrier in mgate_flowtable_ports(). */
	smp_wmb();
	WRITE_ONCE(f->n, 0);
	WRITE_ONCE(f->one, NULL);
	memset(&f->key, 0, sizeof(f->key));
	WRITE_ONCE(f->packets, 0);
	f->folded = 0;
	WRITE_ONCE(f->bytes, 0);
	t->folded[f - t->flow] = (struct mgate_flow_folded){ };
	if (outs)
		free_outs(outs);
}

/**
 * mgate_flowtable_empty() - a flow goes
 * @br: the bridge
 * @t: its table, the lock held
 * @f: the flow, or an empty place
 */
void mgate_flowtable_empty(struct mgate_bridge *br, struct mgate_flowtable *t,
			   struct mgate_flow *f)
{
	mgate_flowfold(br, t, f, NULL);
	empty(t, f);
}

/* The better of two places to take; of two empty ones that where a flow is found first. */
static struct mgate_flow *better_place(struct mgate_flow *a, struct mgate_flow *b, u32 now)
{
	if (!a)
		return b;
	if (a->path == MGATE_FLOW_NONE)
		return a;
	if (b->path == MGATE_FLOW_NONE)
		return b;
	return mgate_flowtable_age(b, now) > mgate_flowtable_age(a, now) ? b : a;
}

/**
 * mgate_flowtable_place() - the place for a flow
 * @br: the bridge
 * @t: the table of this CPU, its lock held
 * @key: the flow
 * @wide: its addresses, if it is of IPv6
 *
 * Return: its own, if it has one; else an empty one, for which another flow may have
 * had to go.
 */
struct mgate_flow *mgate_flowtable_place(struct mgate_bridge *br, struct mgate_flowtable *t,
					 const struct mgate_flow_key *key,
					 const struct mgate_flow_wide *wide)
{
	struct mgate_flow *f = mgate_flowtable_find(t, key, wide), *bucket;
	u32 buckets[2], i, now = (u32)jiffies;

	if (f)
		return f;
	buckets[0] = mgate_flowtable_hash(t, key, &buckets[1]);
	for (i = 0; i < 2 * MGATE_FLOWTABLE_WAYS; i++) {
		bucket = &t->flow[buckets[i / MGATE_FLOWTABLE_WAYS] * MGATE_FLOWTABLE_WAYS];
		f = better_place(f, &bucket[i % MGATE_FLOWTABLE_WAYS], now);
	}
	if (f->path != MGATE_FLOW_NONE && mgate_flowtable_age(f, now) < HZ)
		t->conflicts++;
	mgate_flowtable_empty(br, t, f);
	return f;
}

static bool has(const struct mgate_flow *f, const struct mgate_port *port)
{
	unsigned int i;

	if (f->path == MGATE_FLOW_NONE)
		return false;
	if (f->key.in == port->id || (f->n == 1 && f->one == port))
		return true;
	for (i = 0; f->n > 1 && i < f->n; i++)
		if (f->outs->out[i].port == port)
			return true;
	return false;
}

static void part(struct mgate_bridge *br, struct mgate_flowtable *t, struct mgate_flow *f,
		 void *data)
{
	struct mgate_port *port = data;

	if (!has(f, port))
		return;
	mgate_flowfold(br, t, f, port);
	empty(t, f);
}

static void walk_table(struct mgate_bridge *br, struct mgate_flowtable *t,
		       flow_fn *fn, void *data)
{
	u32 i = 0, end, n = number_of(t);

	while (i < n) {
		end = min(i + HOLD, n);
		spin_lock_bh(&t->lock);
		for (; i < end; i++)
			if (t->flow[i].path != MGATE_FLOW_NONE)
				fn(br, t, &t->flow[i], data);
		spin_unlock_bh(&t->lock);
		cond_resched();
	}
}

/**
 * mgate_flowtable_walk() - do something with every flow
 * @br: the bridge
 * @fn: what; the lock of its table is held
 * @data: for it
 *
 * May sleep. All ports in flows are alive meanwhile.
 */
void mgate_flowtable_walk(struct mgate_bridge *br,
			  void (*fn)(struct mgate_bridge *br, struct mgate_flowtable *t,
				     struct mgate_flow *f, void *data),
			  void *data)
{
	struct mgate_flowtable *t;
	int cpu;

	mutex_lock(&br->flow_lock);
	for_each_possible_cpu(cpu) {
		t = rcu_dereference_protected(per_cpu_ptr(br->flows, cpu)->table,
					      lockdep_is_held(&br->flow_lock));
		if (t)
			walk_table(br, t, fn, data);
	}
	mutex_unlock(&br->flow_lock);
}

/* Return: false if @fn has had enough, at @at. */
static bool walk_from(struct mgate_bridge *br, struct mgate_flowtable *t,
		      struct mgate_flowtable_place *at, more_fn *fn, void *data)
{
	bool more = true;
	u32 i;

	while (more && at->index < number_of(t)) {
		spin_lock_bh(&t->lock);
		for (i = 0; more && i < HOLD && at->index < number_of(t); i++) {
			if (t->flow[at->index].path != MGATE_FLOW_NONE)
				more = fn(br, t, &t->flow[at->index], data);
			at->index += more;
		}
		spin_unlock_bh(&t->lock);
		cond_resched();
	}
	return more;
}

/**
 * mgate_flowtable_walk_from() - go on with a walk over every flow
 * @br: the bridge
 * @at: where it was; zero to begin with
 * @fn: what to do; the lock of its table is held. Returns false to stop there, and to
 *	be called for the same flow again
 * @data: for it
 *
 * As mgate_flowtable_walk(). A table that has been replaced since is begun anew.
 *
 * Return: false if @fn has stopped it.
 */
bool mgate_flowtable_walk_from(struct mgate_bridge *br, struct mgate_flowtable_place *at,
			       bool (*fn)(struct mgate_bridge *br, struct mgate_flowtable *t,
					  struct mgate_flow *f, void *data), void *data)
{
	struct mgate_flowtable *t;
	bool more = true;

	mutex_lock(&br->flow_lock);
	for (; more && at->cpu < nr_cpu_ids; at->cpu += more) {
		t = NULL;
		if (cpu_possible(at->cpu))
			t = rcu_dereference_protected(per_cpu_ptr(br->flows, at->cpu)->table,
						      lockdep_is_held(&br->flow_lock));
		if (!t || at->bits != t->bits)
			at->index = 0;
		at->bits = t ? t->bits : 0;
		if (t)
			more = walk_from(br, t, at, fn, data);
		if (more)
			at->index = 0;
	}
	mutex_unlock(&br->flow_lock);
	return more;
}

/**
 * mgate_flowtable_part() - forget all flows of a port
 * @port: the port; the count of rules has changed since it was last found
 *
 * May sleep. No flow has the port from here on.
 */
void mgate_flowtable_part(struct mgate_port *port)
{
	mgate_flowtable_walk(port->bridge, part, port);
}

static void fold_each(struct mgate_bridge *br, struct mgate_flowtable *t, struct mgate_flow *f,
		      void *data)
{
	mgate_flowfold(br, t, f, NULL);
}

/**
 * mgate_flowtable_fold() - bring the counters of a bridge's ports up to date
 * @br: the bridge
 *
 * May sleep.
 */
void mgate_flowtable_fold(struct mgate_bridge *br)
{
	mgate_flowtable_walk(br, fold_each, NULL);
}

static void empty_each(struct mgate_bridge *br, struct mgate_flowtable *t, struct mgate_flow *f,
		       void *data)
{
	mgate_flowtable_empty(br, t, f);
}

/* A frame that is under way may still put something into the old one: it is freed
 * with it, a grace period later.
 */
static void replace(struct mgate_bridge *br, int cpu)
{
	struct mgate_flowtables *here = per_cpu_ptr(br->flows, cpu);
	struct mgate_flowtable *old, *new = NULL;

	mutex_lock(&br->flow_lock);
	old = rcu_dereference_protected(here->table, lockdep_is_held(&br->flow_lock));
	if (!old || old->bits < MAX_BITS)
		new = new_table(old ? old->bits + MORE_BITS : FIRST_BITS, cpu_to_node(cpu));
	if (new) {
		rcu_assign_pointer(here->table, new);
		if (old)
			walk_table(br, old, empty_each, NULL);
	}
	mutex_unlock(&br->flow_lock);
	if (!new || !old)
		return;
	synchronize_rcu();
	free_table(old);
}

static void mgate_flowtable_make(struct work_struct *work)
{
	struct mgate_bridge *br = container_of(work, struct mgate_bridge, flow_work);
	int cpu;

	for_each_possible_cpu(cpu)
		if (xchg(&per_cpu_ptr(br->flows, cpu)->wanted, 0))
			replace(br, cpu);
}

/**
 * mgate_flowtable_want() - there is no table, or it is too small
 * @br: the bridge
 * @here: this CPU's
 *
 * BH off. If there is no memory for it, flows do without.
 */
void mgate_flowtable_want(struct mgate_bridge *br, struct mgate_flowtables *here)
{
	unsigned long now = jiffies;

	/* In 32 bits these come round: what was set long ago must not hold it up again. */
	if (here->again - now - 1 < AGAIN)
		return;
	here->again = now + AGAIN;
	WRITE_ONCE(here->wanted, 1);
	schedule_work(&br->flow_work);
}

/**
 * mgate_flowtable_setup() - no tables yet
 * @br: a new bridge
 *
 * May sleep. Return: 0 or -ENOMEM.
 */
int mgate_flowtable_setup(struct mgate_bridge *br)
{
	int cpu;

	br->flows = alloc_percpu_gfp(struct mgate_flowtables, GFP_KERNEL_ACCOUNT);
	if (!br->flows)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		per_cpu_ptr(br->flows, cpu)->again = jiffies;
	mutex_init(&br->flow_lock);
	INIT_WORK(&br->flow_work, mgate_flowtable_make);
	return 0;
}

/**
 * mgate_flowtable_stop() - no tables are made any more
 * @br: a bridge that no frame finds
 *
 * May sleep.
 */
void mgate_flowtable_stop(struct mgate_bridge *br)
{
	cancel_work_sync(&br->flow_work);
}

/**
 * mgate_flowtable_clear() - free the tables
 * @br: a bridge that nobody knows any more
 *
 * May sleep.
 */
void mgate_flowtable_clear(struct mgate_bridge *br)
{
	struct mgate_flowtable *t;
	int cpu;

	for_each_possible_cpu(cpu) {
		t = rcu_dereference_protected(per_cpu_ptr(br->flows, cpu)->table, true);
		if (t)
			free_table(t);
	}
	free_percpu(br->flows);
	mutex_destroy(&br->flow_lock);
}
