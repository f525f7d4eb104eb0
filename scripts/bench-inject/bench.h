/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The injector of scripts/bench: brings frames into a bridge and takes the time.
 * Only for the virtual machine of that script; nothing of it is in mgate.ko.
 */
#ifndef MGATE_BENCH_H
#define MGATE_BENCH_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>

#define BENCH_PORTS	520
#define BENCH_BATCH	256
#define BENCH_ROUNDS	16
#define BENCH_RECORDS	10

enum bench_kind {
	BENCH_DATA,	/* UDP to the group */
	BENCH_SENDERS,	/* the same, from as many senders */
	BENCH_GROUPS,	/* the same, each to one of as many groups, which all were sent to before */
	BENCH_VLANS,	/* the same, each with the tag of one of as many VLANs */
	BENCH_TRUNK,	/* the same, with the tag of VLAN 1 */
	BENCH_SHARED,	/* the same, while somebody else (a tap) holds a reference */
	BENCH_V2,	/* IGMPv2 reports for one group, again and again */
	BENCH_V2_NEW,	/* each for a group that nobody has joined */
	BENCH_V3,	/* IGMPv3 reports, 10 records, again and again */
	BENCH_V3_NEW,	/* each with 10 groups that nobody has joined */
	/* Not measured: */
	BENCH_LEAVE,	/* IGMPv2 leaves */
	BENCH_JOIN,	/* IGMPv2 reports for as many groups */
	BENCH_SOURCES,	/* IGMPv3 reports for 10 sources of each of as many groups */
	BENCH_QUERY,	/* an IGMPv2 query in each of as many VLANs; of 1: without a tag */
	BENCH_KINDS,
};

/**
 * struct bench_bridge - a bridge NAME with ports NAME_0, NAME_1, ...
 * @dev: the bridge
 * @ports: by number; data comes in at 0, reports at 1
 * @count: of ports
 */
struct bench_bridge {
	struct net_device *dev;
	struct net_device *ports[BENCH_PORTS];
	int count;
};

/**
 * struct bench_what - what comes in
 * @kind: the kind
 * @group: the group, or the first of them
 * @port: JOIN, SOURCES: the port by which the reports come
 * @count: how many groups, senders or VLANs there are
 * @ipv6: with IPv6; the group's address ends with @group
 */
struct bench_what {
	enum bench_kind kind;
	__be32 group;
	int port;
	u32 count;
	bool ipv6;
};

/**
 * struct bench_result - of one measurement
 * @median: ns for a batch of BENCH_BATCH frames
 * @min: the fastest batch
 * @max: the slowest
 * @wrong: a port whose count of frames is not right, or -1
 * @got: frames that left by that port
 * @due: frames that ought to have left by it
 */
struct bench_result {
	u64 median;
	u64 min;
	u64 max;
	int wrong;
	s64 got;
	s64 due;
};

/* frames.c */
struct sk_buff *bench_frame(struct net_device *dev, const struct bench_what *what,
			    enum bench_kind kind, u32 nth);
int bench_frame_from(const struct bench_what *what, enum bench_kind kind);
__be32 bench_frame_group(__be32 group, u32 nth);
bool bench_frame_is_data(enum bench_kind kind);
bool bench_frame_is_version_3(enum bench_kind kind);

/* frames6.c */
struct sk_buff *bench_frame6(struct net_device *dev, enum bench_kind kind, __be32 group,
			     u32 sender);

/* hooks.c: what hangs in the netfilter hooks of a bridge's namespace. */
void bench_hooks_bare(struct net *net, const char *module);
int bench_hooks_drop(struct net *net, unsigned int hooknum);
int bench_hooks_count(struct net *net);

/* measure.c */
int bench_measure(const struct bench_bridge *br, const struct bench_what *what, int want,
		  struct bench_result *result);
int bench_measure_none(const struct bench_bridge *br, const struct bench_what *what);

#endif
