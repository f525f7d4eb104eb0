/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_CONTEXT_H
#define MGATE_CONTEXT_H

#include <linux/bitmap.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/xarray.h>

#include <mgate/due.h>
#include <mgate/override.h>
#include <mgate/querier.h>
#include <mgate/routers.h>

/* VLANs that the bridge's own configuration does not name. */
#define MGATE_CONTEXTS_UNNAMED 256

/**
 * struct mgate_context_said - who asks in a VLAN, as it was told
 * @addr: OTHER: its address
 * @slot: OTHER: its port
 * @state: enum mgate_querier_state
 * @version: OTHER: that of its queries
 */
struct mgate_context_said {
	struct mgate_addr addr;
	u16 slot;
	u8 state;
	u8 version;
};

/**
 * struct mgate_context - what is known of one family in one VLAN
 * @gating: a querier is known and its answers are in: frames are gated;
 *	else everything floods. Read without a lock
 * @routers: ports that lead to routers. Read without a lock
 * @learning: ports that still get everything, because no general query has
 *	passed since they started. Read without a lock
 * @unknown: what is done with unknown groups in this VLAN alone, 1 + its number; 0: as
 *	on the bridge. Read without a lock
 * @settling: those of @learning that the last query was early enough for
 * @asking: ports where a general query is to be sent: they have just started, or
 *	another bridge asks there in vain
 * @answered: ports where a query of another bridge was answered by ours
 * @answered_at: since when, ms
 * @settle_at: when @settling has had time to answer, ms, or MGATE_NEVER
 * @idle_at: when nothing was heard for too long to keep this, ms
 * @joined_until: when the last report is too old for a member to be there, ms
 * @answer_ms: a general query asks us for reports of all groups within that
 *	time; 0: none does
 * @ask_at: when @asking is due, ms, or MGATE_NEVER
 * @querier: who asks
 * @router_list: the same as @routers with times
 * @said: what was last told of @querier
 * @due: the earliest of all its deadlines
 * @node: in the list of contexts
 * @vid: VLAN id; constant
 * @af: enum mgate_af; constant
 * @told: the log says that nobody queries here
 * @untold: it is to say so
 * @named: the bridge's own configuration names the VLAN; constant
 * @rcu: freed by RCU, since readers use it without a lock
 *
 * Everything that is not constant is written under the lock of the switch.
 */
struct mgate_context {
	bool gating;
	u8 unknown;
	DECLARE_BITMAP(routers, MGATE_SLOTS);
	DECLARE_BITMAP(learning, MGATE_SLOTS);
	DECLARE_BITMAP(settling, MGATE_SLOTS);
	DECLARE_BITMAP(asking, MGATE_SLOTS);
	DECLARE_BITMAP(answered, MGATE_SLOTS);
	u64 answered_at;
	u64 settle_at;
	u64 idle_at;
	u64 joined_until;
	u64 ask_at;
	u32 answer_ms;
	struct mgate_querier querier;
	struct mgate_routers router_list;
	struct mgate_context_said said;
	struct mgate_due due;
	struct list_head node;
	u16 vid;
	u8 af;
	bool told;
	bool untold;
	bool named;
	struct rcu_head rcu;
};

/**
 * struct mgate_contexts - the contexts of a bridge
 * @by_vid: for readers under RCU and for the writer, per family
 * @untagged: the one of VLAN 0 in @by_vid, without a look-up
 * @list: struct mgate_context
 * @ignored: VLANs that are left alone. Read without a lock
 * @overrides: what differs in single VLANs, or NULL; read under RCU, replaced whole
 * @news: who is to hear of routers and queriers, or NULL
 * @unnamed: per family, how many of VLANs that the configuration does not name
 */
struct mgate_contexts {
	struct xarray by_vid[MGATE_AF_MAX];
	struct mgate_context __rcu *untagged[MGATE_AF_MAX];
	struct list_head list;
	DECLARE_BITMAP(ignored, MGATE_VLANS);
	struct mgate_overrides __rcu *overrides;
	struct mgate_news *news;
	u32 unnamed[MGATE_AF_MAX];
};

void mgate_context_setup(struct mgate_contexts *all, struct mgate_news *news);
void mgate_context_clear(struct mgate_contexts *all);
struct mgate_context *mgate_context_add(struct mgate_contexts *all, u8 af, u16 vid, bool named);
void mgate_context_override(struct mgate_contexts *all, struct mgate_context *ctx);
void mgate_context_del(struct mgate_contexts *all, struct mgate_context *ctx);
void mgate_context_tell(struct mgate_contexts *all, struct mgate_context *ctx);
void mgate_context_unlearn(struct mgate_context *ctx, const unsigned long *up);
void mgate_context_asked(struct mgate_context *ctx, u64 now, u64 convergence_ms);
void mgate_context_ask(struct mgate_context *ctx, u16 slot, u64 when);
void mgate_context_answer(struct mgate_context *ctx, u16 slot, u64 now);
void mgate_context_asked_port(struct mgate_context *ctx, u16 slot, u64 now,
			      u64 convergence_ms);
void mgate_context_retime(struct mgate_context *ctx, u64 latest);
void mgate_context_settle(struct mgate_context *ctx, u64 now);
bool mgate_context_is_idle(const struct mgate_context *ctx, u64 now);
u64 mgate_context_deadline(const struct mgate_context *ctx);

/**
 * mgate_context_find_rcu() - the context of a VLAN
 * @all: the contexts of a bridge
 * @af: family
 * @vid: VLAN id
 *
 * RCU read side, or lock of the switch held.
 *
 * Return: NULL where nothing was heard: everything floods.
 */
static inline struct mgate_context *mgate_context_find_rcu(struct mgate_contexts *all, u8 af,
							   u16 vid)
{
	/* Freed by RCU, or under the lock: either way it stays for the caller. */
	return vid ? xa_load(&all->by_vid[af], vid) :
		     rcu_dereference_check(all->untagged[af], true);
}

/**
 * mgate_context_ignores() - is a VLAN left alone
 * @all: the contexts of a bridge
 * @vid: VLAN id
 *
 * There is no context then, and everything floods.
 */
static inline bool mgate_context_ignores(const struct mgate_contexts *all, u16 vid)
{
	return test_bit(vid, all->ignored);
}

/**
 * mgate_context_is_full() - are there too many VLANs for one more
 * @all: the contexts of a bridge
 * @af: family
 * @named: the bridge's own configuration names it: of these there is no bound
 */
static inline bool mgate_context_is_full(const struct mgate_contexts *all, u8 af, bool named)
{
	return !named && all->unnamed[af] >= MGATE_CONTEXTS_UNNAMED;
}

/**
 * mgate_context_keep() - something was heard or asked in the VLAN
 * @ctx: the VLAN
 * @until: how long that is remembered, ms
 *
 * Where we query, it is kept between two queries too, however far apart.
 */
static inline void mgate_context_keep(struct mgate_context *ctx, u64 until)
{
	if (ctx->querier.state == MGATE_QUERIER_SELF)
		until = max(until, ctx->querier.next_query + 1);
	ctx->idle_at = until;
}

#endif
