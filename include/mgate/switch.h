/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A snooping switch in the sense of RFC 4541 that has never heard of Linux
 * bridges: ports are slots, time is an argument, messages are struct mgate_msg.
 */
#ifndef MGATE_SWITCH_H
#define MGATE_SWITCH_H

#include <linux/bitmap.h>
#include <linux/spinlock.h>
#include <linux/timerqueue.h>

#include <mgate/context.h>
#include <mgate/ledger.h>
#include <mgate/map.h>
#include <mgate/news.h>
#include <mgate/params.h>
#include <mgate/policy.h>
#include <mgate/querier.h>
#include <mgate/rate.h>

/**
 * struct mgate_switch_port - what the switch knows of one port
 * @params: by enum mgate_port_param
 * @members: struct mgate_member of this port
 * @ngroups: how many of them were learned
 * @nmembers: how many there are
 * @nhosts: hosts, and sources of hosts, that are kept track of
 * @rate: records that may still create or change something
 * @deny: groups that nobody may join here; NULL for none
 * @limit_until: no refusal since a membership interval by then, ms; 0 = none.
 *	Read without the lock
 * @due: the deadline @limit_until
 * @slot: its slot; constant
 * @limit_why: enum mgate_refusal, the first one of @limit_until
 *
 * Under the lock of the switch. Embedded in the port that owns it, which is
 * taken out of the switch before it dies.
 */
struct mgate_switch_port {
	u32 params[MGATE_PORT_PARAM_MAX];
	struct list_head members;
	u32 ngroups;
	u32 nmembers;
	u32 nhosts;
	struct mgate_rate rate;
	struct mgate_policy *deny;
	u64 limit_until;
	struct mgate_due due;
	u16 slot;
	u8 limit_why;
};

/**
 * struct mgate_goodbye - a group whose end the routers are to be told
 * @key: its key
 * @at: when, ms
 * @left: how often it is still to be told; 0: it was not told yet
 * @withheld: a leave of it was kept from them, so that they are told whatever `proxy` is
 */
struct mgate_goodbye {
	struct mgate_key key;
	u64 at;
	u8 left;
	bool withheld;
};

/**
 * struct mgate_goodbyes - groups whose end the routers are to be told
 * @one: the groups
 * @n: how many
 * @due: the first of them, if there are any
 */
struct mgate_goodbyes {
	struct mgate_goodbye one[64];
	unsigned int n;
	struct mgate_due due;
};

/**
 * struct mgate_switch - the state of one bridge
 * @lock: protects everything here that is not said to be read without it.
 *	Always taken with BH off; a leaf: nothing is called under it that
 *	sleeps, transmits, prints or takes another lock but the allocator's and
 *	the hash tables' own, and those of @news
 * @map: key to ports; read under RCU
 * @contexts: per VLAN; read under RCU
 * @ledger: who asked for what
 * @queue: struct mgate_due, the deadlines of all but VLANs
 * @askers: struct mgate_group, those that are to be asked about and found no room for it, by the
 *	port that is to be asked, some ports together: neither what else is due nor other ports
 *	wait for them
 * @waiting: which of these may have one
 * @vlan_queue: those of VLANs, which come first: that groups wait for room to be asked about
 *	delays no general query
 * @news: who is to hear of changes
 * @params: the tunables; read without the lock with READ_ONCE()
 * @flood: groups that always flood; read under RCU, replaced whole
 * @goodbyes: groups whose end is to be told
 * @families: those that are looked at, a bit for each of enum mgate_af. Read without the
 *	lock
 * @mute: by family, VLANs in which we cannot query over it
 * @main_vid: the VLAN in which the host itself is
 * @ports: by slot; NULL where there is none
 * @up: slots in use. Input from others is ignored, so that a frame in flight
 *	cannot bring back what was forgotten with its port
 * @always: ports with `router always`. Read without the lock, as are the next
 * @flooded: ports with `mode flood`
 * @limited: ports over a limit, which get everything
 * @unknown_flood: ports with `unknown flood`
 * @unknown_drop: ports with `unknown drop`
 * @words: words of a bitmap of slots that can have a bit set. Read without the
 *	lock; grows only
 * @full: a group was refused for the whole bridge: unknown groups flood. Read
 *	without the lock
 * @fill: how often @full was set. Read without the lock
 * @full_why: enum mgate_refusal, the first one of @full
 * @full_until: no such refusal since a membership interval by then, ms
 * @due: the deadline @full_until
 * @changes: counts what readers could see change. Read without the lock
 * @rules: the same without what changes for the frames of single groups, which the map
 *	counts. Read without the lock
 * @walks: walks over all groups that have begun
 * @asked: own queries since @asked_at
 * @asked_at: when the present tenth of a second of queries began, ms
 * @ask_room_at: when there is room for a query again, ms; not above the present: now
 * @ask_turn: which of @askers had its turn
 * @most_records: most group records that were worked on in one hold of @lock
 * @most_sources: the same for sources; one record more than is allowed
 * @most_groups: the same for groups that were due, or memberships forgotten
 */
struct mgate_switch {
	spinlock_t lock;
	struct mgate_map map;
	struct mgate_contexts contexts;
	struct mgate_ledger ledger;
	struct timerqueue_head queue;
	struct list_head askers[BITS_PER_LONG];
	unsigned long waiting;
	struct timerqueue_head vlan_queue;
	struct mgate_news news;
	struct mgate_params params;
	struct mgate_policy __rcu *flood;
	struct mgate_goodbyes goodbyes;
	u8 families;
	unsigned long mute[MGATE_AF_MAX][BITS_TO_LONGS(MGATE_VLANS)];
	u16 main_vid;
	struct mgate_switch_port *ports[MGATE_SLOTS];
	DECLARE_BITMAP(up, MGATE_SLOTS);
	DECLARE_BITMAP(always, MGATE_SLOTS);
	DECLARE_BITMAP(flooded, MGATE_SLOTS);
	DECLARE_BITMAP(limited, MGATE_SLOTS);
	DECLARE_BITMAP(unknown_flood, MGATE_SLOTS);
	DECLARE_BITMAP(unknown_drop, MGATE_SLOTS);
	unsigned int words;
	bool full;
	u32 fill;
	u8 full_why;
	u64 full_until;
	struct mgate_due due;
	u32 changes;
	u32 rules;
	u32 walks;
	u32 asked;
	u64 asked_at;
	u64 ask_room_at;
	u8 ask_turn;
	u32 most_records;
	u32 most_sources;
	u32 most_groups;
};

/**
 * mgate_switch_why() - why what ends from here on ends
 * @sw: the switch, its lock held
 * @why: why; holds until it is set again
 */
static inline void mgate_switch_why(struct mgate_switch *sw, enum mgate_why why)
{
	sw->news.why = why;
}

/**
 * mgate_switch_is_mute() - can we not query over a family in a VLAN
 * @sw: the switch, its lock held
 * @af: the family
 * @vid: VLAN id
 */
static inline bool mgate_switch_is_mute(const struct mgate_switch *sw, u8 af, u16 vid)
{
	return test_bit(vid, sw->mute[af]);
}

/**
 * mgate_switch_querier() - make ready the querier of a VLAN that was begun just now
 * @sw: the switch, its lock held
 * @ctx: the VLAN
 * @now: ms
 */
static inline void mgate_switch_querier(struct mgate_switch *sw, struct mgate_context *ctx,
					u64 now)
{
	/* MLDv1 says what IGMPv2 says. */
	ctx->querier.oldest = ctx->af == MGATE_AF_INET ? 1 : 2;
	ctx->querier.mute = mgate_switch_is_mute(sw, ctx->af, ctx->vid);
	mgate_querier_setup(&ctx->querier, &sw->params, now);
}

/**
 * mgate_switch_sees() - is a family looked at
 * @sw: the switch
 * @af: the family
 *
 * Any context.
 */
static inline bool mgate_switch_sees(const struct mgate_switch *sw, u8 af)
{
	return READ_ONCE(sw->families) & 1 << af;
}

/* No VLAN has this id. */
#define MGATE_SWITCH_ALL_VIDS ((u16)~0)

int mgate_switch_setup(struct mgate_switch *sw);
void mgate_switch_clear(struct mgate_switch *sw);
u64 mgate_switch_set(struct mgate_switch *sw, enum mgate_param id, u32 value, u64 now,
		     enum mgate_param *other, int *err);
void mgate_switch_flush(struct mgate_switch *sw, u64 now);
u64 mgate_switch_next(struct mgate_switch *sw);
void mgate_switch_unlearn(struct mgate_switch *sw);
void mgate_switch_mute(struct mgate_switch *sw);
void mgate_switch_forget_context(struct mgate_switch *sw, struct mgate_context *ctx);

/**
 * mgate_switch_members_changed() - readers may see other members of groups from now on
 * @sw: the switch, its lock held
 */
static inline void mgate_switch_members_changed(struct mgate_switch *sw)
{
	WRITE_ONCE(sw->changes, sw->changes + 1);
}

/**
 * mgate_switch_changed() - readers may see anything else from now on
 * @sw: the switch, its lock held
 *
 * To be called after what was changed: see mgate_switch_rules().
 */
static inline void mgate_switch_changed(struct mgate_switch *sw)
{
	mgate_switch_members_changed(sw);
	/* Pairs with the acquire in mgate_switch_rules(). */
	smp_store_release(&sw->rules, sw->rules + 1);
}

/**
 * mgate_switch_rules() - how often anything has changed but members of groups
 * @sw: the switch
 *
 * Any context. Whoever reads the switch after this sees all that was counted.
 */
static inline u32 mgate_switch_rules(const struct mgate_switch *sw)
{
	/* Pairs with the release in mgate_switch_changed(). */
	return smp_load_acquire(&sw->rules);
}

/**
 * mgate_switch_main() - the VLAN in which the host itself is
 * @sw: the switch, its lock held
 *
 * Return: what was heard over IPv4, if that is looked at; NULL if nothing was heard.
 */
static inline struct mgate_context *mgate_switch_main(struct mgate_switch *sw)
{
	u8 af = sw->families & 1 << MGATE_AF_INET ? MGATE_AF_INET : MGATE_AF_INET6;

	return mgate_context_find_rcu(&sw->contexts, af, sw->main_vid);
}

/**
 * mgate_switch_next_locked() - when the first of all is due
 * @sw: the switch, its lock held
 *
 * Return: ms, or MGATE_NEVER.
 */
static inline u64 mgate_switch_next_locked(struct mgate_switch *sw)
{
	u64 when = min(mgate_due_next(&sw->vlan_queue), mgate_due_next(&sw->queue));

	return sw->waiting ? min(when, sw->ask_room_at) : when;
}

/**
 * mgate_switch_timing() - the timing in force on the bridge
 * @sw: the switch, its lock held
 * @t: that of the VLAN in which the host itself is
 */
static inline void mgate_switch_timing(struct mgate_switch *sw, struct mgate_timing *t)
{
	struct mgate_context *ctx = mgate_switch_main(sw);

	*t = ctx ? mgate_querier_timing(&ctx->querier, &sw->params) :
		   mgate_params_timing(&sw->params);
}

#endif
