// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every change of a switch, as a tracepoint and, if somebody listens, as a message to the
 * multicast group events.
 */
#include <mgate/address.h>
#include <mgate/attrs.h>
#include <mgate/netlink.h>
#include <mgate/notify.h>
#include <mgate/text.h>
#include <mgate/trace.h>

#define MESSAGE_BYTES 320	/* at most */
#define GROUP_EVENTS 0		/* of the family */

static const char *port_name(const struct mgate_bridge *br, u16 slot)
{
	return slot == MGATE_SLOT_NONE ? "-" : mgate_bridge_slot_name(br, slot);
}

static bool is_traced(void)
{
	return trace_mgate_join_enabled() || trace_mgate_source_enabled() ||
	       trace_mgate_expire_enabled() || trace_mgate_leave_enabled() ||
	       trace_mgate_router_enabled() || trace_mgate_querier_enabled() ||
	       trace_mgate_refuse_enabled();
}

static bool is_listened(const struct mgate_bridge *br)
{
	return genl_has_listeners(&mgate_netlink_family, br->net, GROUP_EVENTS);
}

static bool mgate_notify_heard(const struct mgate_news *news)
{
	return is_listened(container_of(news, struct mgate_bridge, sw.news)) || is_traced();
}

static void trace(const struct mgate_bridge *br, const struct mgate_event *e)
{
	const char *port = port_name(br, e->slot);

	switch (e->kind) {
	case MGATE_NEWS_JOIN:
	case MGATE_NEWS_CHANGE:
		trace_mgate_join(br, port, e);
		break;
	case MGATE_NEWS_SOURCE_SET:
		trace_mgate_source(br, port, e);
		break;
	case MGATE_NEWS_LEAVE:
	case MGATE_NEWS_SOURCE_DEL:
		if (e->why == MGATE_WHY_EXPIRY)
			trace_mgate_expire(br, port, e);
		else
			trace_mgate_leave(br, port, e);
		break;
	case MGATE_NEWS_ROUTER_ADD:
	case MGATE_NEWS_ROUTER_DEL:
		trace_mgate_router(br, port, e);
		break;
	case MGATE_NEWS_QUERIER:
		trace_mgate_querier(br, port, e);
		break;
	case MGATE_NEWS_REFUSE:
		trace_mgate_refuse(br, port, &e->key, e->reason);
		break;
	default:
		break;
	}
}

static bool put_flags(struct sk_buff *skb, const struct mgate_event *e)
{
	return (e->permanent && nla_put_flag(skb, MGATE_A_PERMANENT)) ||
	       (e->blocked && nla_put_flag(skb, MGATE_A_BLOCKED));
}

static bool put_member(struct sk_buff *skb, const struct mgate_event *e)
{
	if (mgate_attrs_group(skb, &e->key))
		return true;
	if (e->kind == MGATE_NEWS_JOIN || e->kind == MGATE_NEWS_CHANGE)
		return nla_put_u8(skb, MGATE_A_FILTER_MODE, e->exclude ?
				  MGATE_FILTER_MODE_EXCLUDE : MGATE_FILTER_MODE_INCLUDE) ||
		       put_flags(skb, e);
	if (e->kind == MGATE_NEWS_LEAVE)
		return false;
	return mgate_attrs_addr(skb, MGATE_A_SOURCE, e->key.af, &e->key.src) ||
	       put_flags(skb, e);
}

static bool put_querier(struct sk_buff *skb, const struct mgate_event *e,
			const struct mgate_addr *addr, u8 version)
{
	return nla_put_u16(skb, MGATE_A_VID, e->key.vid) ||
	       nla_put_string(skb, MGATE_A_STATE, mgate_text_querier(e->state)) ||
	       mgate_attrs_addr(skb, MGATE_A_ADDRESS, e->key.af, addr) ||
	       nla_put_u8(skb, MGATE_A_VERSION, mgate_family_version(e->key.af, version));
}

static bool put_limit(struct sk_buff *skb, const struct mgate_event *e)
{
	return nla_put_string(skb, MGATE_A_REASON, mgate_reason_name(e->reason)) ||
	       nla_put_string(skb, MGATE_A_STATE,
			      e->kind == MGATE_NEWS_LIMIT ? "reached" : "over");
}

static bool put_event(struct sk_buff *skb, const struct mgate_event *e)
{
	switch (e->kind) {
	case MGATE_NEWS_ROUTER_ADD:
	case MGATE_NEWS_ROUTER_DEL:
		return nla_put_u16(skb, MGATE_A_VID, e->key.vid) ||
		       (e->by != MGATE_NEWS_BY_STATIC && mgate_attrs_family(skb, e->key.af)) ||
		       nla_put_string(skb, MGATE_A_BY, mgate_text_by(e->by));
	case MGATE_NEWS_QUERIER:
		return put_querier(skb, e, &e->key.src, e->version);
	case MGATE_NEWS_LIMIT:
	case MGATE_NEWS_LIMIT_OVER:
		return put_limit(skb, e);
	default:
		return put_member(skb, e);
	}
}

static bool put_why(struct sk_buff *skb, const struct mgate_event *e)
{
	return (e->kind == MGATE_NEWS_LEAVE || e->kind == MGATE_NEWS_SOURCE_DEL ||
		e->kind == MGATE_NEWS_ROUTER_DEL) &&
	       nla_put_string(skb, MGATE_A_WHY, mgate_text_ending(e));
}

/* If it is lost, whoever listens is told that something was. */
static void send(const struct mgate_bridge *br, const struct mgate_event *e, u8 cmd)
{
	struct sk_buff *skb = genlmsg_new(MESSAGE_BYTES, GFP_ATOMIC | __GFP_NOWARN);
	void *head = skb ? genlmsg_put(skb, 0, 0, &mgate_netlink_family, 0, cmd) : NULL;

	if (!head || mgate_attrs_bridge(skb, br) ||
	    (e->slot != MGATE_SLOT_NONE && mgate_attrs_port(skb, br, e->slot)) ||
	    put_event(skb, e) || put_why(skb, e)) {
		nlmsg_free(skb);
		genl_set_err(&mgate_netlink_family, br->net, 0, GROUP_EVENTS, -ENOBUFS);
		return;
	}
	genlmsg_end(skb, head);
	genlmsg_multicast_netns(&mgate_netlink_family, br->net, skb, 0, GROUP_EVENTS,
				GFP_ATOMIC);
}

/* As far as the switch does not know it: what we ask by. */
static void add_own(const struct mgate_bridge *br, struct mgate_event *e)
{
	const struct mgate_context *ctx;

	if (e->kind != MGATE_NEWS_QUERIER || e->state != MGATE_QUERIER_SELF)
		return;
	rcu_read_lock();
	e->key.src = mgate_address_own(br, e->key.af, e->key.vid);
	ctx = mgate_context_find_rcu((struct mgate_contexts *)&br->sw.contexts, e->key.af,
				     e->key.vid);
	if (ctx)
		e->version = mgate_querier_version(&ctx->querier, &br->sw.params);
	rcu_read_unlock();
}

static void mgate_notify_tell(struct mgate_news *news, const struct mgate_event *event)
{
	static const u8 commands[MGATE_NEWS_MAX] = {
		[MGATE_NEWS_JOIN] = MGATE_CMD_JOIN,
		[MGATE_NEWS_CHANGE] = MGATE_CMD_CHANGE,
		[MGATE_NEWS_LEAVE] = MGATE_CMD_LEAVE,
		[MGATE_NEWS_SOURCE_SET] = MGATE_CMD_SOURCE_SET,
		[MGATE_NEWS_SOURCE_DEL] = MGATE_CMD_SOURCE_DEL,
		[MGATE_NEWS_ROUTER_ADD] = MGATE_CMD_ROUTER_ADD,
		[MGATE_NEWS_ROUTER_DEL] = MGATE_CMD_ROUTER_DEL,
		[MGATE_NEWS_QUERIER] = MGATE_CMD_QUERIER,
		[MGATE_NEWS_LIMIT] = MGATE_CMD_LIMIT,
		[MGATE_NEWS_LIMIT_OVER] = MGATE_CMD_LIMIT,
	};
	const struct mgate_bridge *br = container_of(news, struct mgate_bridge, sw.news);
	u8 cmd = commands[event->kind];
	bool is_heard = cmd && is_listened(br);
	struct mgate_event e;

	if (likely(!is_heard && !is_traced()))
		return;
	e = *event;
	add_own(br, &e);
	trace(br, &e);
	if (is_heard)
		send(br, &e, cmd);
}

/**
 * mgate_notify_begin() - tell of all that changes from here on
 * @br: a new bridge, of whose switch nothing is known
 *
 * Until mgate_bridge_hide().
 */
void mgate_notify_begin(struct mgate_bridge *br)
{
	spin_lock_bh(&br->sw.lock);
	br->sw.news.heard = mgate_notify_heard;
	br->sw.news.tell = mgate_notify_tell;
	spin_unlock_bh(&br->sw.lock);
}
