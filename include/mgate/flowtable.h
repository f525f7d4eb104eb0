/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flows of a bridge: for each CPU a table of its own, which that CPU alone looks
 * things up in, without a lock.
 */
#ifndef MGATE_FLOWTABLE_H
#define MGATE_FLOWTABLE_H

#include <linux/bits.h>
#include <linux/hash.h>
#include <linux/if_ether.h>
#include <linux/jiffies.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/types.h>

#include <mgate/addr.h>
#include <mgate/reason.h>

struct mgate_bridge;
struct mgate_port;
struct net_device;

/* Flows that share a place, two cache lines side by side. */
#define MGATE_FLOWTABLE_WAYS 2

/* In the tag of a key, beside the VLAN id. */
#define MGATE_FLOWTABLE_TAGGED	BIT(15)
#define MGATE_FLOWTABLE_AD	BIT(14)		/* 802.1ad */
#define MGATE_FLOWTABLE_IPV6	BIT(13)

/**
 * struct mgate_flow_key - which frames are of a flow
 * @dst: the group, network order; of an IPv6 address the last four bytes
 * @src: the source, likewise
 * @in: the port they come in by: struct mgate_port, id
 * @tag: their VLAN tag as the port sees it, but for its priority, and their family; 0 =
 *	none, and IPv4
 * @mac: who sends them
 */
struct mgate_flow_key {
	__be32 dst;
	__be32 src;
	u32 in;
	u16 tag;
	u8 mac[ETH_ALEN];
};

/**
 * struct mgate_flow_wide - the addresses of a flow with IPv6, whole
 * @dst: the group
 * @src: the source
 */
struct mgate_flow_wide {
	struct mgate_addr dst;
	struct mgate_addr src;
};

/** enum mgate_flow_path - how the frames of a flow go */
enum mgate_flow_path {
	MGATE_FLOW_NONE,	/* an empty place */
	MGATE_FLOW_FLOW,	/* straight to the ports of the flow */
	MGATE_FLOW_REDIRECT,	/* each by itself */
	MGATE_FLOW_GATE,
	MGATE_FLOW_UP,		/* by redirect to the host, and from there as by FLOW */
};

/** enum mgate_flow_tag - the VLAN tag with which frames leave by a port */
enum mgate_flow_tag {
	MGATE_FLOW_TAG_SAME,	/* that with which they came, or none */
	MGATE_FLOW_TAG_OFF,
	MGATE_FLOW_TAG_ON,	/* of their VLAN; the priority is that with which they came */
	MGATE_FLOW_TAG_ON_AD,	/* likewise, 802.1ad */
};

/**
 * struct mgate_flow_out - a port that the frames of a flow leave by
 * @dev: its device
 * @port: the port
 * @reason: why
 * @tag: enum mgate_flow_tag
 */
struct mgate_flow_out {
	struct net_device *dev;
	struct mgate_port *port;
	enum mgate_reason reason;
	u8 tag;
};

/**
 * struct mgate_flow_outs - the ports of a flow that has more than one
 * @rcu: freed by RCU
 * @n: how many
 * @out: them; constant
 */
struct mgate_flow_outs {
	struct rcu_head rcu;
	unsigned int n;
	struct mgate_flow_out out[];
};

/**
 * struct mgate_flow - where the frames of one sender to one group have gone lately
 * @key: which frames
 * @stamp: what it was found under: see mgate_flownote_stamp()
 * @until: good until then, jiffies
 * @n: how many ports
 * @vid: the VLAN of the frames
 * @path: enum mgate_flow_path
 * @hold: enum mgate_reason, that of the ports that are left out
 * @reason: that of @one
 * @host: enum mgate_reason, that by which the host gets them too; NONE: it does not
 * @packets: frames, the lower half of their number
 * @folded: how many of them are in the counters of the ports, and the figures of the group
 * @slot: of the port they come in by
 * @tag: enum mgate_flow_tag, at @one
 * @bytes: of @packets, from the network header on
 * @one: the port, if it is one
 * @outs: the ports, if they are more
 *
 * One cache line. Ports in it are alive: a port that goes takes its flows along
 * before it is freed (mgate_flowtable_part()).
 */
struct mgate_flow {
	struct mgate_flow_key key;
	u32 stamp;
	u32 until;
	u16 n;
	u16 vid;
	u8 path;
	u8 hold;
	u8 reason;
	u8 host;
	u32 packets;
	u32 folded;
	u16 slot;
	u8 tag;
	u64 bytes;
	union {
		struct mgate_port *one;
		struct mgate_flow_outs *outs;
	};
} ____cacheline_aligned;

static_assert(sizeof(struct mgate_flow) == 64 || SMP_CACHE_BYTES != 64);
static_assert(MGATE_REASON_MAX <= U8_MAX);

/**
 * struct mgate_flow_folded - what of a flow is counted elsewhere already
 * @packets: all of its frames, of which it keeps the lower half itself
 * @bytes: of them
 */
struct mgate_flow_folded {
	u64 packets;
	u64 bytes;
};

/**
 * struct mgate_flowtable - the flows of one CPU
 * @lock: under it flows come and go, and are counted at ports; BH off; taken before that of
 *	struct mgate_stats
 * @seed: of the hash
 * @bits: of the number of buckets
 * @conflicts: flows that had to go for others since it was made; under @lock
 * @folded: for each flow, what is in the figures of its group; under @lock
 * @wide: for each flow with IPv6, its addresses
 * @flow: MGATE_FLOWTABLE_WAYS for each bucket; one is empty if its path is NONE
 */
struct mgate_flowtable {
	spinlock_t lock;
	u64 seed;
	u32 bits;
	u32 conflicts;
	struct mgate_flow_folded *folded;
	struct mgate_flow_wide *wide;
	struct mgate_flow flow[];
};

/**
 * struct mgate_flowtables - the table of one CPU
 * @table: NULL until it is needed; replaced whole, under the bridge's flow_lock; RCU
 * @again: not before is another one to be made, jiffies; of that CPU
 * @wanted: there is to be one, or a larger one
 */
struct mgate_flowtables {
	struct mgate_flowtable __rcu *table;
	unsigned long again;
	unsigned int wanted;
};

/**
 * struct mgate_flowtable_place - where a walk over the flows of a bridge is
 * @cpu: the table
 * @bits: its size
 * @index: the next flow
 */
struct mgate_flowtable_place {
	u32 cpu;
	u32 bits;
	u32 index;
};

int mgate_flowtable_setup(struct mgate_bridge *br);
void mgate_flowtable_stop(struct mgate_bridge *br);
void mgate_flowtable_clear(struct mgate_bridge *br);
void mgate_flowtable_want(struct mgate_bridge *br, struct mgate_flowtables *here);
struct mgate_flow *mgate_flowtable_place(struct mgate_bridge *br, struct mgate_flowtable *t,
					 const struct mgate_flow_key *key,
					 const struct mgate_flow_wide *wide);
void mgate_flowtable_empty(struct mgate_bridge *br, struct mgate_flowtable *t,
			   struct mgate_flow *f);
void mgate_flowtable_part(struct mgate_port *port);
void mgate_flowtable_walk(struct mgate_bridge *br,
			  void (*fn)(struct mgate_bridge *br, struct mgate_flowtable *t,
				     struct mgate_flow *f, void *data),
			  void *data);
bool mgate_flowtable_walk_from(struct mgate_bridge *br, struct mgate_flowtable_place *at,
			       bool (*fn)(struct mgate_bridge *br, struct mgate_flowtable *t,
					  struct mgate_flow *f, void *data), void *data);
void mgate_flowtable_fold(struct mgate_bridge *br);

/**
 * mgate_flowtable_same() - are two keys the same
 * @a: one key
 * @b: the other
 */
static inline bool mgate_flowtable_same(const struct mgate_flow_key *a,
					const struct mgate_flow_key *b)
{
	return !(((__force u32)a->dst ^ (__force u32)b->dst) |
		 ((__force u32)a->src ^ (__force u32)b->src) | (a->in ^ b->in) |
		 (u32)(a->tag ^ b->tag)) && mgate_base_same48(a->mac, b->mac);
}

/**
 * mgate_flowtable_key() - group, source and VLAN of a flow
 * @t: its table, the lock held
 * @f: the flow
 */
static inline struct mgate_key mgate_flowtable_key(const struct mgate_flowtable *t,
						   const struct mgate_flow *f)
{
	struct mgate_key key = {
		.grp.words = { (__force u32)f->key.dst },
		.src.words = { (__force u32)f->key.src },
		.vid = f->vid,
		.af = MGATE_AF_INET,
	};

	if (f->key.tag & MGATE_FLOWTABLE_IPV6) {
		key.grp = t->wide[f - t->flow].dst;
		key.src = t->wide[f - t->flow].src;
		key.af = MGATE_AF_INET6;
	}
	return key;
}

/**
 * mgate_flowtable_packets() - all frames that a flow has had
 * @t: its table, the lock held
 * @f: the flow
 */
static inline u64 mgate_flowtable_packets(const struct mgate_flowtable *t,
					  const struct mgate_flow *f)
{
	return t->folded[f - t->flow].packets + (u32)(READ_ONCE(f->packets) - f->folded);
}

/**
 * mgate_flowtable_age() - how long ago a flow has ended
 * @f: the flow
 * @now: the lower half of jiffies
 *
 * Jiffies come round again, in 32 bits every few months: what is compared must be of
 * one sign, lest half of that time later a flow of then seems not to have ended yet.
 *
 * Return: jiffies, and HZ more; less than that while the flow lasts, as none does for more
 * than a second.
 */
static inline u32 mgate_flowtable_age(const struct mgate_flow *f, u32 now)
{
	return now + HZ - f->until;
}

/**
 * mgate_flowtable_most() - how many conflicts a table may have before it is too small
 * @t: the table
 */
static inline u32 mgate_flowtable_most(const struct mgate_flowtable *t)
{
	return 1U << t->bits >> 2;
}

/**
 * mgate_flowtable_hash() - two buckets of a key
 * @t: the table
 * @key: the key
 * @second: the other one
 *
 * Return: the first.
 */
static inline u32 mgate_flowtable_hash(const struct mgate_flowtable *t,
				       const struct mgate_flow_key *key, u32 *second)
{
	u64 h = (u64)(__force u32)key->dst << 32 | (__force u32)key->src;

	h ^= (u64)key->in << 16 ^ (u64)key->tag << 48 ^ t->seed;
	h *= GOLDEN_RATIO_64;
	h ^= h >> 32;
	h *= GOLDEN_RATIO_64;
	*second = (u32)(h >> 24) & ((1U << t->bits) - 1);
	return (u32)(h >> (64 - t->bits));
}

static inline bool mgate_flowtable_is(const struct mgate_flowtable *t, const struct mgate_flow *f,
				      const struct mgate_flow_key *key,
				      const struct mgate_flow_wide *wide)
{
	/* Another CPU may be emptying it: mgate_flowtable_ports() finds that out. */
	if (!data_race(mgate_flowtable_same(&f->key, key)))
		return false;
	return likely(!(key->tag & MGATE_FLOWTABLE_IPV6)) ||
	       (mgate_addr_equal(&t->wide[f - t->flow].dst, &wide->dst) &&
		mgate_addr_equal(&t->wide[f - t->flow].src, &wide->src));
}

/**
 * mgate_flowtable_find() - the flow of a frame
 * @t: the table of this CPU
 * @key: which frames
 * @wide: their addresses, if they are of IPv6
 *
 * BH off. Return: NULL if there is none.
 */
static inline struct mgate_flow *mgate_flowtable_find(struct mgate_flowtable *t,
						      const struct mgate_flow_key *key,
						      const struct mgate_flow_wide *wide)
{
	u32 second, first = mgate_flowtable_hash(t, key, &second);
	struct mgate_flow *f = &t->flow[first * MGATE_FLOWTABLE_WAYS];

	if (likely(mgate_flowtable_is(t, &f[0], key, wide)))
		return &f[0];
	if (mgate_flowtable_is(t, &f[1], key, wide))
		return &f[1];
	f = &t->flow[second * MGATE_FLOWTABLE_WAYS];
	if (mgate_flowtable_is(t, &f[0], key, wide))
		return &f[0];
	return mgate_flowtable_is(t, &f[1], key, wide) ? &f[1] : NULL;
}

/**
 * struct mgate_flow_ports - a copy of where a flow goes
 * @n: how many ports
 * @vid: the VLAN of the frames
 * @tag: enum mgate_flow_tag, at @one
 * @reason: that of @one
 * @hold: enum mgate_reason, that of the ports that are left out
 * @host: enum mgate_reason, that by which the host gets the frames too, or NONE
 * @one: the port, if it is one
 * @outs: the ports, if they are more
 *
 * Good for the RCU read side in which it was taken.
 */
struct mgate_flow_ports {
	u16 n;
	u16 vid;
	u8 tag;
	u8 reason;
	u8 hold;
	u8 host;
	union {
		struct mgate_port *one;
		const struct mgate_flow_outs *outs;
	};
};

/**
 * mgate_flowtable_ports() - where a flow goes
 * @f: a flow of this CPU
 * @ports: the answer
 *
 * BH off. Return: enum mgate_flow_path; NONE if it was forgotten just now.
 */
static inline u8 mgate_flowtable_ports(const struct mgate_flow *f, struct mgate_flow_ports *ports)
{
	ports->n = READ_ONCE(f->n);
	/* Of this CPU alone. */
	ports->vid = f->vid;
	ports->tag = f->tag;
	ports->reason = f->reason;
	ports->hold = f->hold;
	ports->host = f->host;
	ports->one = READ_ONCE(f->one);
	/* Pairs with the write barrier of whoever forgets it. */
	smp_rmb();
	return READ_ONCE(f->path);
}

#endif
