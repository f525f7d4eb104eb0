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
 * @what: the frames
 * @batch: the frames
 * @ns: what each round took
 * @before: frames sent out by each port
 */
struct run {
	const struct bench_bridge *br;
	const struct bench_what *what;
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

static int build(struct run *run, enum bench_kind kind, u32 first)
{
	struct net_device *dev = run->br->ports[bench_frame_from(run->what, kind)];
	int i;

	for (i = 0; i < BENCH_BATCH; i++) {
		run->batch[i] = bench_frame(dev, run->what, kind, first + i);
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
	enum bench_kind kind = run->what->kind;
	u32 before = kind == BENCH_GROUPS ? run->what->count : 0;
	int err = build(run, kind, before + round * BENCH_BATCH);

	if (err)
		return err;
	if (kind == BENCH_SHARED)
		hold(run);
	run->ns[round] = inject(run);
	if (kind == BENCH_SHARED)
		let_go(run);
	return 0;
}

static int one_leaves_by(struct run *run, __be32 group, int last, struct bench_result *result)
{
	const struct bench_what what = {
		.kind = BENCH_DATA, .group = group, .count = 1, .ipv6 = run->what->ipv6,
	};
	struct sk_buff *skb = bench_frame(run->br->ports[0], &what, BENCH_DATA, 0);

	if (!skb)
		return -ENOMEM;
	remember(run);
	netif_receive_skb(skb);
	is_exact(run, 0, last, 1, result);
	return 0;
}

static bool makes_new(enum bench_kind kind)
{
	return kind == BENCH_V2_NEW || kind == BENCH_V3_NEW;
}

/* Of the groups of a round. */
static __be32 last_group(const struct run *run, int round)
{
	__be32 group = run->what->group;

	switch (run->what->kind) {
	case BENCH_V3:
		return bench_frame_group(group, BENCH_RECORDS - 1);
	case BENCH_V2_NEW:
		return bench_frame_group(group, (round + 1) * BENCH_BATCH - 1);
	case BENCH_V3_NEW:
		return bench_frame_group(group, (round + 1) * BENCH_BATCH * BENCH_RECORDS - 1);
	default:
		return group;
	}
}

/* Data was sent to all of the groups, or from all of the senders, lately. */
static int warm_up(struct run *run)
{
	int err = 0;
	u32 i;

	for (i = 0; !err && i < run->what->count; i += BENCH_BATCH) {
		err = build(run, run->what->kind, i);
		if (!err)
			inject(run);
	}
	return err;
}

static int run_all(struct run *run, int want, struct bench_result *result)
{
	int from = bench_frame_from(run->what, run->what->kind), i, err;

	if (run->what->count > BENCH_BATCH) {
		err = warm_up(run);
		if (err)
			return err;
	}
	remember(run);
	for (i = 0; i < ROUNDS; i++) {
		err = round_of(run, i);
		if (err)
			return err;
	}
	/* Reports must have been learned from: data then leaves by their port only. */
	if (is_exact(run, from, want, ROUNDS * BENCH_BATCH, result) && from)
		return one_leaves_by(run, last_group(run, 0), from, result);
	return 0;
}

/*
 * Groups are to be new again the next time: by fast leave they are forgotten at
 * once, but the built-in leaves that to a timer of the next tick.
 */
static int leave(struct run *run, int round)
{
	int reports = run->what->kind == BENCH_V3_NEW ? BENCH_RECORDS : 1, i, err = 0;

	for (i = 0; !err && i < reports; i++) {
		err = build(run, BENCH_LEAVE, (round * reports + i) * BENCH_BATCH);
		if (!err)
			inject(run);
	}
	return err;
}

/* The groups of one round: all of them, the last of them to port 1, then none. */
static int run_new_round(struct run *run, int round, int want, struct bench_result *result)
{
	__be32 group = last_group(run, round);
	int err;

	local_bh_disable();
	remember(run);
	err = round_of(run, round);
	if (!err && is_exact(run, 1, want, BENCH_BATCH, result))
		err = one_leaves_by(run, group, 1, result);
	if (!err && result->wrong < 0)
		err = leave(run, round);
	local_bh_enable();
	if (err || result->wrong >= 0)
		return err;
	schedule_timeout_uninterruptible(SETTLE);
	local_bh_disable();
	err = one_leaves_by(run, group, 0, result);
	local_bh_enable();
	return err;
}

static int run_new(struct run *run, int want, struct bench_result *result)
{
	int round, err = 0;

	for (round = 0; !err && round < ROUNDS && result->wrong < 0; round++)
		err = run_new_round(run, round, want, result);
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
 * @what: what comes in
 * @want: frames are to leave by all ports up to this number; -1: by none
 * @result: filled in
 *
 * May sleep. Return: 0 or -ENOMEM.
 */
int bench_measure(const struct bench_bridge *br, const struct bench_what *what, int want,
		  struct bench_result *result)
{
	struct run *run = kzalloc(sizeof(*run), GFP_KERNEL);
	int err;

	if (!run)
		return -ENOMEM;
	run->br = br;
	run->what = what;
	result->wrong = -1;
	if (makes_new(what->kind)) {
		err = run_new(run, want, result);
	} else {
		local_bh_disable();
		err = run_all(run, want, result);
		local_bh_enable();
	}
	if (!err)
		summarise(run, result);
	kfree(run);
	/* What the frames have left to do (work, RCU) is not the next lane's. */
	schedule_timeout_uninterruptible(SETTLE);
	return err;
}

/**
 * bench_measure_none() - let frames come in, each once, and measure nothing
 * @br: the bridge
 * @what: what comes in
 *
 * May sleep. Return: 0 or -ENOMEM.
 */
int bench_measure_none(const struct bench_bridge *br, const struct bench_what *what)
{
	struct net_device *dev = br->ports[bench_frame_from(what, what->kind)];
	struct sk_buff *skb;
	u32 i;

	for (i = 0; i < what->count; i++) {
		local_bh_disable();
		skb = bench_frame(dev, what, what->kind, i);
		if (skb)
			netif_receive_skb(skb);
		local_bh_enable();
		if (!skb)
			return -ENOMEM;
		cond_resched();
	}
	schedule_timeout_uninterruptible(SETTLE);
	return 0;
}
