// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ports of a switch: they come and go, begin and cease to forward, open in VLANs, and
 * have tunables of their own.
 */
#include <mgate/limit.h>
#include <mgate/membership.h>
#include <mgate/swport.h>

static void learn_again(struct mgate_switch *sw, u16 slot, u16 vid)
{
	struct mgate_context *ctx;

	list_for_each_entry(ctx, &sw->contexts.list, node) {
		if (vid != MGATE_SWITCH_ALL_VIDS && vid != ctx->vid)
			continue;
		set_bit(slot, ctx->learning);
		clear_bit(slot, ctx->settling);
	}
	mgate_switch_changed(sw);
}

/* RFC 4541 2.1.1 (4). Where nobody queries everything floods anyway, and so it
 * does until the VLAN has converged: then the port is asked.
 */
static void ask_port(struct mgate_switch *sw, u16 slot, u64 now)
{
	struct mgate_context *ctx;
	u64 when;

	list_for_each_entry(ctx, &sw->contexts.list, node) {
		when = ctx->gating ? now : ctx->settle_at;
		if (when == MGATE_NEVER || ctx->querier.state == MGATE_QUERIER_NONE ||
		    !test_bit(slot, ctx->learning))
			continue;
		mgate_context_ask(ctx, slot, when);
		mgate_due_before(&sw->vlan_queue, &ctx->due, when);
	}
}

/**
 * mgate_swport_add() - a port comes
 * @sw: the switch
 * @port: zeroed but for its tunables
 * @slot: a slot not in use
 */
void mgate_swport_add(struct mgate_switch *sw, struct mgate_switch_port *port, u16 slot)
{
	unsigned int id;

	port->slot = slot;
	INIT_LIST_HEAD(&port->members);
	mgate_due_setup(&port->due, MGATE_DUE_PORT);
	spin_lock_bh(&sw->lock);
	sw->ports[slot] = port;
	WRITE_ONCE(sw->words, max_t(unsigned int, sw->words, slot / BITS_PER_LONG + 1));
	set_bit(slot, sw->up);
	learn_again(sw, slot, MGATE_SWITCH_ALL_VIDS);
	spin_unlock_bh(&sw->lock);
	for (id = 0; id < MGATE_PORT_PARAM_MAX; id++)
		mgate_swport_set(sw, slot, id, port->params[id], 0);
}

/**
 * mgate_swport_start() - a port begins to forward
 * @sw: the switch
 * @slot: the port
 * @now: ms
 *
 * It gets everything until a general query has been answered there, which is
 * due at once, so that a host that has moved is soon known.
 *
 * Return: when the switch next wants the time, ms.
 */
u64 mgate_swport_start(struct mgate_switch *sw, u16 slot, u64 now)
{
	u64 when;

	spin_lock_bh(&sw->lock);
	if (test_bit(slot, sw->up)) {
		learn_again(sw, slot, MGATE_SWITCH_ALL_VIDS);
		ask_port(sw, slot, now);
	}
	when = mgate_switch_next_locked(sw);
	spin_unlock_bh(&sw->lock);
	return when;
}

/**
 * mgate_swport_open() - a port is about to open in a VLAN
 * @sw: the switch
 * @slot: the port
 * @vid: the VLAN, or MGATE_SWITCH_ALL_VIDS
 *
 * It gets everything there until it was asked: mgate_swport_ask() is to follow
 * when it is open.
 */
void mgate_swport_open(struct mgate_switch *sw, u16 slot, u16 vid)
{
	spin_lock_bh(&sw->lock);
	if (test_bit(slot, sw->up))
		learn_again(sw, slot, vid);
	spin_unlock_bh(&sw->lock);
}

/**
 * mgate_swport_ask() - ask at a port wherever it gets everything still
 * @sw: the switch
 * @slot: the port
 * @now: ms
 *
 * Return: when the switch next wants the time, ms.
 */
u64 mgate_swport_ask(struct mgate_switch *sw, u16 slot, u64 now)
{
	u64 when;

	spin_lock_bh(&sw->lock);
	if (test_bit(slot, sw->up))
		ask_port(sw, slot, now);
	when = mgate_switch_next_locked(sw);
	spin_unlock_bh(&sw->lock);
	return when;
}

/* The VLAN's querier is out of reach: nobody asks there until another does. */
static void forget_querier(struct mgate_switch *sw, struct mgate_context *ctx, u64 now)
{
	ctx->querier.expires = now;
	mgate_querier_expire(&ctx->querier, &sw->params, now);
	mgate_context_unlearn(ctx, sw->up);
	mgate_context_tell(&sw->contexts, ctx);
}

/**
 * mgate_swport_forget_locked() - forget what else was learned at a port than memberships
 * @sw: the switch, its lock held
 * @slot: the port
 * @now: ms
 */
void mgate_swport_forget_locked(struct mgate_switch *sw, u16 slot, u64 now)
{
	struct mgate_switch_port *port = sw->ports[slot];
	struct mgate_context *ctx;

	mgate_due_clear(&sw->queue, &port->due);
	mgate_limit_end_port_locked(sw, port);
	list_for_each_entry(ctx, &sw->contexts.list, node) {
		clear_bit(slot, ctx->asking);
		mgate_routers_forget(&ctx->router_list, ctx->routers, slot);
		if (ctx->querier.state == MGATE_QUERIER_OTHER && ctx->querier.slot == slot)
			forget_querier(sw, ctx, now);
		mgate_due_before(&sw->vlan_queue, &ctx->due, mgate_context_deadline(ctx));
	}
	mgate_switch_changed(sw);
}

static void set_always(struct mgate_switch *sw, u16 slot, bool on)
{
	struct mgate_event e = {
		.slot = slot,
		.kind = on ? MGATE_NEWS_ROUTER_ADD : MGATE_NEWS_ROUTER_DEL,
		.by = MGATE_NEWS_BY_STATIC,
	};

	if (on == test_bit(slot, sw->always))
		return;
	assign_bit(slot, sw->always, on);
	mgate_news_tell(&sw->news, &e);
}

/**
 * mgate_swport_stop() - a port does not forward any more
 * @sw: the switch
 * @slot: the port
 * @now: ms
 *
 * What was learned there is forgotten; what the administrator set stays.
 */
void mgate_swport_stop(struct mgate_switch *sw, u16 slot, u64 now)
{
	mgate_membership_forget(sw, slot, false, MGATE_WHY_PORT, now);
	spin_lock_bh(&sw->lock);
	mgate_switch_why(sw, MGATE_WHY_PORT);
	if (test_bit(slot, sw->up)) {
		mgate_swport_forget_locked(sw, slot, now);
		/* Whoever is there when it forwards again was not asked yet. */
		learn_again(sw, slot, MGATE_SWITCH_ALL_VIDS);
	}
	spin_unlock_bh(&sw->lock);
}

/**
 * mgate_swport_del() - a port goes
 * @sw: the switch
 * @slot: the port
 * @now: ms
 *
 * From here on nothing of it is left, and a frame in flight cannot bring
 * anything back.
 */
void mgate_swport_del(struct mgate_switch *sw, u16 slot, u64 now)
{
	struct mgate_context *ctx;

	/* Nothing is learned there any more. */
	spin_lock_bh(&sw->lock);
	clear_bit(slot, sw->up);
	spin_unlock_bh(&sw->lock);
	mgate_membership_forget(sw, slot, true, MGATE_WHY_PORT, now);
	spin_lock_bh(&sw->lock);
	mgate_switch_why(sw, MGATE_WHY_PORT);
	mgate_swport_forget_locked(sw, slot, now);
	set_always(sw, slot, false);
	clear_bit(slot, sw->flooded);
	clear_bit(slot, sw->unknown_flood);
	clear_bit(slot, sw->unknown_drop);
	list_for_each_entry(ctx, &sw->contexts.list, node) {
		clear_bit(slot, ctx->learning);
		clear_bit(slot, ctx->settling);
	}
	sw->ports[slot] = NULL;
	mgate_switch_changed(sw);
	spin_unlock_bh(&sw->lock);
}

static void forget_routers(struct mgate_switch *sw, u16 slot, bool queriers)
{
	struct mgate_context *ctx;

	list_for_each_entry(ctx, &sw->contexts.list, node) {
		if (queriers)
			mgate_routers_forget(&ctx->router_list, ctx->routers, slot);
		else
			mgate_routers_forget_others(&ctx->router_list, ctx->routers, slot);
		/* It may have been what kept the VLAN. */
		mgate_due_before(&sw->vlan_queue, &ctx->due, mgate_context_deadline(ctx));
	}
}

static void apply_port(struct mgate_switch *sw, u16 slot, enum mgate_port_param id,
		       u32 value)
{
	switch (id) {
	case MGATE_PORT_MODE:
		assign_bit(slot, sw->flooded, value == MGATE_PORT_FLOOD);
		break;
	case MGATE_PORT_ROUTER:
		set_always(sw, slot, value == MGATE_ROUTER_ALWAYS);
		if (value == MGATE_ROUTER_NEVER || value == MGATE_ROUTER_QUERY)
			forget_routers(sw, slot, value == MGATE_ROUTER_NEVER);
		break;
	case MGATE_PORT_UNKNOWN:
		assign_bit(slot, sw->unknown_flood, value == MGATE_PORT_UNKNOWN_FLOOD);
		assign_bit(slot, sw->unknown_drop, value == MGATE_PORT_UNKNOWN_DROP);
		break;
	case MGATE_PORT_LIMIT_ACTION:
		/* Whoever was refused before goes without from now on. */
		if (value != MGATE_LIMIT_FLOOD)
			clear_bit(slot, sw->limited);
		break;
	default:
		break;
	}
}

/**
 * mgate_swport_set() - change a tunable of a port
 * @sw: the switch
 * @slot: the port
 * @id: which
 * @value: a value that mgate_params_check() allows
 * @now: ms
 */
void mgate_swport_set(struct mgate_switch *sw, u16 slot, enum mgate_port_param id,
		      u32 value, u64 now)
{
	bool ignore = id == MGATE_PORT_MODE && value == MGATE_PORT_IGNORE;

	spin_lock_bh(&sw->lock);
	mgate_switch_why(sw, MGATE_WHY_RULE);
	if (test_bit(slot, sw->up)) {
		/* What was not learned there until now floods until it is. */
		if ((id == MGATE_PORT_MODE &&
		     sw->ports[slot]->params[id] == MGATE_PORT_IGNORE) ||
		    (id == MGATE_PORT_ROUTER &&
		     sw->ports[slot]->params[id] == MGATE_ROUTER_NEVER))
			learn_again(sw, slot, MGATE_SWITCH_ALL_VIDS);
		WRITE_ONCE(sw->ports[slot]->params[id], value);
		apply_port(sw, slot, id, value);
		if (ignore)
			mgate_swport_forget_locked(sw, slot, now);
		mgate_switch_changed(sw);
	}
	spin_unlock_bh(&sw->lock);
	if (ignore)
		mgate_membership_forget(sw, slot, false, MGATE_WHY_RULE, now);
}
