// SPDX-License-Identifier: GPL-2.0-only
/*
 * The measurement: batches of frames, built before and timed as they go in. All
 * of it with BH off, so that nothing else passes the bridge meanwhile and the
 * ports' counters tell exactly where the frames went.
 */
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/timekeeping.h>

#include "bench.h"

/* One round for warming up; the others count. */
#define ROUNDS		(1 + BENCH_ROUNDS)

/* Ticks in which timers and work come to their end. */
#define SETTLE		2

/**
 * struct run - a measurement under way
 * @br: the bridge
 * @kind: of the frames
 * @group: the group, or the first of the groups
 * @batch: the frames
 * @ns: what each round took
 * @before: frames sent out by each port
 */
struct run {
	const struct bench_bridge *br;
	enum bench_kind kind;
	__be32 group;
	struct sk_buff *batch[BENCH_BATCH];
	u64 ns[ROUNDS];
	u64 before[BENCH_PORTS];
};

static u64 sent(struct net_device *dev)
{
	struct rtnl_link_stats64 stats;

	return dev_get_stats(dev, &stats)->tx_packets;
}

static void remember(struct run *run)
{
	int i;

	for (i = 0; i < run->br->count; i++)
		run->before[i] = sent(run->br->ports[i]);
}

/* Frames have left by all ports up to @last, but not by the one they came from. */
static bool is_exact(const struct run *run, int from, int last, s64 frames,
		     struct bench_result *result)
{
	int i;

	for (i = 0; i < run->br->count; i++) {
		result->got = sent(run->br->ports[i]) - run->before[i];
		result->due = i <= last && i != from ? frames : 0;
		if (result->got != result->due) {
			result->wrong = i;
			return false;
		}
	}
	return true;
}

static __be32 nth(__be32 group, int n)
{
	return htonl(ntohl(group) + n);
}

static int build(struct run *run, enum bench_kind kind, int round)
{
	struct net_device *dev = run->br->ports[bench_frame_from(kind)];
	bool varied = run->kind == BENCH_V2_NEW;
	int i, n = round * BENCH_BATCH;

	for (i = 0; i < BENCH_BATCH; i++, n++) {
		run->batch[i] = bench_frame(dev, kind, nth(run->group, varied ? n : 0));
		if (run->batch[i])
			continue;
		while (i--)
			kfree_skb(run->batch[i]);
		return -ENOMEM;
	}
	return 0;
}

static void hold(struct run *run)
{
	int i;

	for (i = 0; i < BENCH_BATCH; i++)
		skb_get(run->batch[i]);
}

static void let_go(struct run *run)
{
	int i;

	for (i = 0; i < BENCH_BATCH; i++)
		kfree_skb(run->batch[i]);
}

static u64 inject(struct run *run)
{
	u64 start = ktime_get_ns();
	int i;

	for (i = 0; i < BENCH_BATCH; i++)
		netif_receive_skb(run->batch[i]);
	return ktime_get_ns() - start;
}

static int round_of(struct run *run, int round)
{
	int err = build(run, run->kind, round);

	if (err)
		return err;
	if (run->kind == BENCH_SHARED)
		hold(run);
	run->ns[round] = inject(run);
	if (run->kind == BENCH_SHARED)
		let_go(run);
	return 0;
}

static int one_leaves_by(struct run *run, __be32 group, int last, struct bench_result *result)
{
	struct sk_buff *skb = bench_frame(run->br->ports[0], BENCH_DATA, group);

	if (!skb)
		return -ENOMEM;
	remember(run);
	netif_receive_skb(skb);
	is_exact(run, 0, last, 1, result);
	return 0;
}

static __be32 last_group(const struct run *run)
{
	switch (run->kind) {
	case BENCH_V3:
		return nth(run->group, BENCH_RECORDS - 1);
	case BENCH_V2_NEW:
		return nth(run->group, ROUNDS * BENCH_BATCH - 1);
	default:
		return run->group;
	}
}

static int run_all(struct run *run, int want, struct bench_result *result)
{
	int from = bench_frame_from(run->kind), i, err;

	remember(run);
	for (i = 0; i < ROUNDS; i++) {
		err = round_of(run, i);
		if (err)
			return err;
	}
	/* Reports must have been learned from: data then leaves by their port only. */
	if (is_exact(run, from, want, ROUNDS * BENCH_BATCH, result) && from)
		return one_leaves_by(run, last_group(run), from, result);
	return 0;
}

/*
 * Groups are to be new again the next time: by fast leave they are forgotten at
 * once, but the built-in leaves that to a timer of the next tick.
 */
static int leave_all(struct run *run, struct bench_result *result)
{
	int i, err;

	for (i = 0; i < ROUNDS; i++) {
		local_bh_disable();
		err = build(run, BENCH_LEAVE, i);
		if (!err)
			inject(run);
		local_bh_enable();
		if (err)
			return err;
	}
	schedule_timeout_uninterruptible(SETTLE);
	local_bh_disable();
	err = one_leaves_by(run, last_group(run), 0, result);
	local_bh_enable();
	return err;
}

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static void summarise(struct run *run, struct bench_result *result)
{
	u64 *ns = run->ns + 1;

	sort(ns, BENCH_ROUNDS, sizeof(*ns), compare, NULL);
	result->min = ns[0];
	result->median = (ns[BENCH_ROUNDS / 2 - 1] + ns[BENCH_ROUNDS / 2]) / 2;
	result->max = ns[BENCH_ROUNDS - 1];
}

/**
 * bench_measure() - measure one kind of frame at one bridge
 * @br: the bridge
 * @kind: what comes in
 * @group: the group, or the first of the groups
 * @want: frames are to leave by all ports up to this number; -1: by none
 * @result: filled in
 *
 * May sleep. Return: 0 or -ENOMEM.
 */
int bench_measure(const struct bench_bridge *br, enum bench_kind kind, __be32 group, int want,
		  struct bench_result *result)
{
	struct run *run = kzalloc(sizeof(*run), GFP_KERNEL);
	int err;

	if (!run)
		return -ENOMEM;
	run->br = br;
	run->kind = kind;
	run->group = group;
	result->wrong = -1;
	local_bh_disable();
	err = run_all(run, want, result);
	local_bh_enable();
	if (!err && kind == BENCH_V2_NEW && result->wrong < 0)
		err = leave_all(run, result);
	if (!err)
		summarise(run, result);
	kfree(run);
	/* What the frames have left to do (work, RCU) is not the next lane's. */
	schedule_timeout_uninterruptible(SETTLE);
	return err;
}
