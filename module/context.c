// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is known of each VLAN: its querier, its router ports, and whether enough
 * was learned to gate there.
 *
 * Nothing is gated that there was no chance to learn. So a VLAN gates only
 * after a general query has passed through it and the hosts have had the time
 * to answer; the same holds for each port that started later.
 *
 * All functions are called with the lock of the switch held, unless they say
 * otherwise.
 */
#include <linux/slab.h>

#include <mgate/context.h>
#include <mgate/memory.h>

/**
 * mgate_context_setup() - no contexts
 * @all: the contexts of a bridge
 * @news: who is to hear of routers and queriers, or NULL
 */
void mgate_context_setup(struct mgate_contexts *all, struct mgate_news *news)
{
	unsigned int af;

	for (af = 0; af < MGATE_AF_MAX; af++) {
		xa_init(&all->by_vid[af]);
		RCU_INIT_POINTER(all->untagged[af], NULL);
	}
	INIT_LIST_HEAD(&all->list);
	bitmap_zero(all->ignored, MGATE_VLANS);
	RCU_INIT_POINTER(all->overrides, NULL);
	memset(all->unnamed, 0, sizeof(all->unnamed));
	all->news = news;
}

/**
 * mgate_context_clear() - give back what no contexts hold
 * @all: the contexts; each was deleted before
 */
void mgate_context_clear(struct mgate_contexts *all)
{
	unsigned int af;

	for (af = 0; af < MGATE_AF_MAX; af++)
		xa_destroy(&all->by_vid[af]);
	kfree(rcu_dereference_protected(all->overrides, true));
}

/**
 * mgate_context_override() - what differs in a VLAN may have changed
 * @all: the contexts of a bridge
 * @ctx: the VLAN
 */
void mgate_context_override(struct mgate_contexts *all, struct mgate_context *ctx)
{
	const struct mgate_overrides *list = rcu_dereference_protected(all->overrides, true);
	u32 value = 0;

	if (mgate_override_get(list, ctx->vid, MGATE_OVERRIDE_UNKNOWN, &value))
		value++;
	WRITE_ONCE(ctx->unknown, (u8)value);
	value = 0;
	if (mgate_override_get(list, ctx->vid, MGATE_OVERRIDE_QUERIER, &value))
		value++;
	ctx->querier.own_mode = (u8)value;
}

/**
 * mgate_context_add() - begin to learn in a VLAN
 * @all: the contexts of a bridge
 * @af: family
 * @vid: a VLAN id without context
 * @named: the bridge's own configuration names it
 *
 * Never sleeps. Return: NULL if there are too many, no memory is left, or the VLAN is
 * left alone: it floods.
 */
struct mgate_context *mgate_context_add(struct mgate_contexts *all, u8 af, u16 vid, bool named)
{
	struct mgate_context *ctx;

	if (mgate_context_ignores(all, vid) || mgate_context_is_full(all, af, named))
		return NULL;
	ctx = mgate_memory_new(MGATE_OBJECT_CONTEXT);
	if (!ctx)
		return NULL;
	ctx->vid = vid;
	ctx->af = af;
	ctx->named = named;
	ctx->settle_at = MGATE_NEVER;
	ctx->idle_at = MGATE_NEVER;
	ctx->ask_at = MGATE_NEVER;
	ctx->querier.start_at = MGATE_NEVER;
	mgate_routers_setup(&ctx->router_list, af, vid, all->news);
	mgate_due_setup(&ctx->due, MGATE_DUE_CONTEXT);
	mgate_context_override(all, ctx);
	if (xa_err(xa_store(&all->by_vid[af], vid, ctx, GFP_ATOMIC | __GFP_NOWARN))) {
		mgate_memory_free(MGATE_OBJECT_CONTEXT, ctx);
		return NULL;
	}
	if (!vid)
		rcu_assign_pointer(all->untagged[af], ctx);
	list_add_tail(&ctx->node, &all->list);
	all->unnamed[af] += !named;
	return ctx;
}

/**
 * mgate_context_tell() - who asks in a VLAN may have changed
 * @all: the contexts of a bridge
 * @ctx: the VLAN
 *
 * To be called when all is changed that is changed at once.
 */
void mgate_context_tell(struct mgate_contexts *all, struct mgate_context *ctx)
{
	const struct mgate_querier *q = &ctx->querier;
	bool other = q->state == MGATE_QUERIER_OTHER;
	struct mgate_context_said *said = &ctx->said;
	struct mgate_event e = {
		.key = { .vid = ctx->vid, .af = ctx->af },
		.slot = q->state == MGATE_QUERIER_NONE ? MGATE_SLOT_NONE : MGATE_SLOT_HOST,
		.kind = MGATE_NEWS_QUERIER,
		.state = q->state,
		.version = other ? q->version : 0,
	};

	if (other) {
		e.key.src = q->addr;
		e.slot = q->slot;
	}
	if (said->state == e.state && mgate_addr_equal(&said->addr, &e.key.src) &&
	    (!other || (said->slot == e.slot && said->version == e.version)))
		return;
	said->state = e.state;
	said->slot = e.slot;
	said->addr = e.key.src;
	said->version = e.version;
	mgate_news_tell(all->news, &e);
}

static void free_context(struct rcu_head *rcu)
{
	mgate_memory_free(MGATE_OBJECT_CONTEXT, container_of(rcu, struct mgate_context, rcu));
}

/**
 * mgate_context_del() - forget a VLAN
 * @all: the contexts of a bridge
 * @ctx: out of the queue of deadlines
 */
void mgate_context_del(struct mgate_contexts *all, struct mgate_context *ctx)
{
	WRITE_ONCE(ctx->gating, false);
	ctx->querier.state = MGATE_QUERIER_NONE;
	mgate_context_tell(all, ctx);
	mgate_routers_clear(&ctx->router_list, ctx->routers);
	if (!ctx->vid)
		RCU_INIT_POINTER(all->untagged[ctx->af], NULL);
	xa_erase(&all->by_vid[ctx->af], ctx->vid);
	list_del(&ctx->node);
	all->unnamed[ctx->af] -= !ctx->named;
	call_rcu(&ctx->rcu, free_context);
}

/**
 * mgate_context_unlearn() - flood until the next query has been answered
 * @ctx: the VLAN
 * @up: the ports there are
 */
void mgate_context_unlearn(struct mgate_context *ctx, const unsigned long *up)
{
	WRITE_ONCE(ctx->gating, false);
	bitmap_copy(ctx->learning, up, MGATE_SLOTS);
	bitmap_zero(ctx->settling, MGATE_SLOTS);
	ctx->settle_at = MGATE_NEVER;
}

/**
 * mgate_context_asked() - a general query went through the VLAN
 * @ctx: the VLAN
 * @now: ms
 * @convergence_ms: the time that hosts get to answer
 */
void mgate_context_asked(struct mgate_context *ctx, u64 now, u64 convergence_ms)
{
	if (ctx->settle_at != MGATE_NEVER)
		return;
	if (ctx->gating && bitmap_empty(ctx->learning, MGATE_SLOTS))
		return;
	bitmap_copy(ctx->settling, ctx->learning, MGATE_SLOTS);
	ctx->settle_at = now + convergence_ms;
	mgate_context_settle(ctx, now);
}

/**
 * mgate_context_ask() - a general query is to be sent at a port
 * @ctx: the VLAN
 * @slot: the port
 * @when: ms
 */
void mgate_context_ask(struct mgate_context *ctx, u16 slot, u64 when)
{
	set_bit(slot, ctx->asking);
	ctx->ask_at = min(ctx->ask_at, when);
}

/* The first query at a port is answered by one of ours at once; all others within this time
 * by one more, at its end.
 */
#define ANSWER_AGAIN_MS 10000

/**
 * mgate_context_answer() - a query calls for one of ours at the same port
 * @ctx: the VLAN
 * @slot: the port
 * @now: ms
 */
void mgate_context_answer(struct mgate_context *ctx, u16 slot, u64 now)
{
	if (now >= ctx->answered_at + ANSWER_AGAIN_MS) {
		ctx->answered_at = now;
		bitmap_zero(ctx->answered, MGATE_SLOTS);
	}
	if (test_and_set_bit(slot, ctx->answered))
		now = ctx->answered_at + ANSWER_AGAIN_MS;
	mgate_context_ask(ctx, slot, now);
}

/**
 * mgate_context_asked_port() - a general query was sent at one port
 * @ctx: the VLAN
 * @slot: the port
 * @now: ms
 * @convergence_ms: the time that its hosts get to answer
 *
 * Whoever else is answering gets as long: a little more traffic meanwhile. But a
 * VLAN that does not gate yet does not wait for one port, nor does anybody for one
 * that is asked again and again.
 */
void mgate_context_asked_port(struct mgate_context *ctx, u16 slot, u64 now, u64 convergence_ms)
{
	if (!test_bit(slot, ctx->learning))
		return;
	if (ctx->settle_at != MGATE_NEVER && (!ctx->gating || test_bit(slot, ctx->settling)))
		return;
	if (ctx->settle_at == MGATE_NEVER)
		bitmap_zero(ctx->settling, MGATE_SLOTS);
	set_bit(slot, ctx->settling);
	ctx->settle_at = now + convergence_ms;
	mgate_context_settle(ctx, now);
}

/**
 * mgate_context_retime() - the time that hosts get to answer was changed
 * @ctx: the VLAN
 * @latest: when it is over at the latest, where answers are awaited, ms
 */
void mgate_context_retime(struct mgate_context *ctx, u64 latest)
{
	if (ctx->settle_at != MGATE_NEVER)
		ctx->settle_at = min(ctx->settle_at, latest);
}

/**
 * mgate_context_settle() - gate, if the answers are in
 * @ctx: the VLAN
 * @now: ms
 */
void mgate_context_settle(struct mgate_context *ctx, u64 now)
{
	if (now < ctx->settle_at)
		return;
	ctx->settle_at = MGATE_NEVER;
	bitmap_andnot(ctx->learning, ctx->learning, ctx->settling, MGATE_SLOTS);
	WRITE_ONCE(ctx->gating, true);
}

/* A router may be known for longer than all else, and where nobody was heard for
 * long we may yet begin to query.
 */
static u64 idle_at(const struct mgate_context *ctx)
{
	u64 when = max(ctx->idle_at, mgate_routers_latest(&ctx->router_list));

	if (ctx->querier.start_at == MGATE_NEVER)
		return when;
	return max(when, ctx->querier.start_at + 1);
}

/**
 * mgate_context_is_idle() - is a VLAN to be forgotten
 * @ctx: the VLAN
 * @now: ms
 */
bool mgate_context_is_idle(const struct mgate_context *ctx, u64 now)
{
	return idle_at(ctx) <= now;
}

/**
 * mgate_context_deadline() - when something of a VLAN is due
 * @ctx: the VLAN
 *
 * Return: ms, or MGATE_NEVER.
 */
u64 mgate_context_deadline(const struct mgate_context *ctx)
{
	u64 when = min(ctx->settle_at, idle_at(ctx));

	when = min(when, ctx->ask_at);
	when = min(when, mgate_querier_deadline(&ctx->querier));
	return min(when, mgate_routers_deadline(&ctx->router_list));
}
