/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints: what is learned, what is refused, and each verdict. All that names
 * something is text, as in debugfs, so that filters of perf, ftrace and bpftrace can ask
 * for it. One that is off costs nothing.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM mgate

#if !defined(MGATE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define MGATE_TRACE_H

#include <linux/netdevice.h>
#include <linux/tracepoint.h>
#include <net/net_namespace.h>

#include <mgate/bridge.h>
#include <mgate/news.h>
#include <mgate/text.h>

#ifndef MGATE_TRACE_ADDR
#define MGATE_TRACE_ADDR MGATE_TEXT_ADDR
#define MGATE_TRACE_WORD 24	/* the longest reason */
#endif

DECLARE_EVENT_CLASS(mgate_membership,

	TP_PROTO(const struct mgate_bridge *br, const char *port, const struct mgate_event *e),

	TP_ARGS(br, port, e),

	TP_STRUCT__entry(
		__field(u32, netns)
		__field(u16, vid)
		__field(bool, exclude)
		__field(bool, blocked)
		__field(bool, permanent)
		__array(char, bridge, IFNAMSIZ)
		__array(char, port, IFNAMSIZ)
		__array(char, group, MGATE_TRACE_ADDR)
		__array(char, source, MGATE_TRACE_ADDR)
		__array(char, reason, MGATE_TRACE_WORD)
	),

	TP_fast_assign(
		char text[MGATE_TEXT_ADDR];

		__entry->netns = br->net->ns.inum;
		__entry->vid = e->key.vid;
		__entry->exclude = e->exclude;
		__entry->blocked = e->blocked;
		__entry->permanent = e->permanent;
		strscpy(__entry->bridge, br->dev->name, IFNAMSIZ);
		strscpy(__entry->port, port, IFNAMSIZ);
		strscpy(__entry->group, mgate_text_addr(text, e->key.af, &e->key.grp),
			MGATE_TRACE_ADDR);
		strscpy(__entry->source, mgate_addr_is_zero(&e->key.src) ? "*" :
			mgate_text_addr(text, e->key.af, &e->key.src), MGATE_TRACE_ADDR);
		strscpy(__entry->reason, mgate_text_ending(e), MGATE_TRACE_WORD);
	),

	TP_printk("netns=%u dev %s port %s grp %s src %s vid %u filter_mode %s%s%s reason %s",
		  __entry->netns, __entry->bridge, __entry->port, __entry->group,
		  __entry->source, __entry->vid, __entry->exclude ? "exclude" : "include",
		  __entry->blocked ? " blocked" : "", __entry->permanent ? " permanent" : "",
		  __entry->reason)
);

/* A membership has come, or its filter mode has changed. */
DEFINE_EVENT(mgate_membership, mgate_join,
	TP_PROTO(const struct mgate_bridge *br, const char *port, const struct mgate_event *e),
	TP_ARGS(br, port, e));

/* A source of a membership has come, or is blocked now or no more. */
DEFINE_EVENT(mgate_membership, mgate_source,
	TP_PROTO(const struct mgate_bridge *br, const char *port, const struct mgate_event *e),
	TP_ARGS(br, port, e));

/* A membership, or a source of one, has ended otherwise than by time. */
DEFINE_EVENT(mgate_membership, mgate_leave,
	TP_PROTO(const struct mgate_bridge *br, const char *port, const struct mgate_event *e),
	TP_ARGS(br, port, e));

/* A membership, or a source of one, has ended by time. */
DEFINE_EVENT(mgate_membership, mgate_expire,
	TP_PROTO(const struct mgate_bridge *br, const char *port, const struct mgate_event *e),
	TP_ARGS(br, port, e));

/* A port leads to routers in one way more (known 1) or less (known 0). */
TRACE_EVENT(mgate_router,

	TP_PROTO(const struct mgate_bridge *br, const char *port, const struct mgate_event *e),

	TP_ARGS(br, port, e),

	TP_STRUCT__entry(
		__field(u32, netns)
		__field(u16, vid)
		__field(bool, known)
		__array(char, family, 8)
		__array(char, bridge, IFNAMSIZ)
		__array(char, port, IFNAMSIZ)
		__array(char, by, MGATE_TRACE_WORD)
		__array(char, reason, MGATE_TRACE_WORD)
	),

	TP_fast_assign(
		__entry->netns = br->net->ns.inum;
		__entry->vid = e->key.vid;
		__entry->known = e->kind == MGATE_NEWS_ROUTER_ADD;
		strscpy(__entry->family, e->key.af == MGATE_AF_INET6 ? "ipv6" : "", 8);
		strscpy(__entry->bridge, br->dev->name, IFNAMSIZ);
		strscpy(__entry->port, port, IFNAMSIZ);
		strscpy(__entry->by, mgate_text_by(e->by), MGATE_TRACE_WORD);
		strscpy(__entry->reason, mgate_text_ending(e), MGATE_TRACE_WORD);
	),

	TP_printk("netns=%u dev %s port %s vid %u%s%s by %s known %d reason %s",
		  __entry->netns, __entry->bridge, __entry->port, __entry->vid,
		  __entry->family[0] ? " family " : "", __entry->family, __entry->by,
		  __entry->known, __entry->reason)
);

/* Another one asks in a VLAN, or nobody any more. */
TRACE_EVENT(mgate_querier,

	TP_PROTO(const struct mgate_bridge *br, const char *port, const struct mgate_event *e),

	TP_ARGS(br, port, e),

	TP_STRUCT__entry(
		__field(u32, netns)
		__field(u16, vid)
		__array(char, bridge, IFNAMSIZ)
		__array(char, port, IFNAMSIZ)
		__array(char, state, MGATE_TRACE_WORD)
		__array(char, address, MGATE_TRACE_ADDR)
		__array(char, reason, MGATE_TRACE_WORD)
	),

	TP_fast_assign(
		char text[MGATE_TEXT_ADDR];

		__entry->netns = br->net->ns.inum;
		__entry->vid = e->key.vid;
		strscpy(__entry->bridge, br->dev->name, IFNAMSIZ);
		strscpy(__entry->port, port, IFNAMSIZ);
		strscpy(__entry->state, mgate_text_querier(e->state), MGATE_TRACE_WORD);
		strscpy(__entry->address, mgate_text_addr(text, e->key.af, &e->key.src),
			MGATE_TRACE_ADDR);
		strscpy(__entry->reason, mgate_text_ending(e), MGATE_TRACE_WORD);
	),

	TP_printk("netns=%u dev %s vid %u state %s address %s port %s reason %s",
		  __entry->netns, __entry->bridge, __entry->vid, __entry->state,
		  __entry->address, __entry->port, __entry->reason)
);

/* A message, or a record of one, was not learned from, or a limit was met. */
TRACE_EVENT(mgate_refuse,

	TP_PROTO(const struct mgate_bridge *br, const char *port, const struct mgate_key *key,
		 enum mgate_reason reason),

	TP_ARGS(br, port, key, reason),

	TP_STRUCT__entry(
		__field(u32, netns)
		__field(u16, vid)
		__array(char, bridge, IFNAMSIZ)
		__array(char, port, IFNAMSIZ)
		__array(char, group, MGATE_TRACE_ADDR)
		__array(char, source, MGATE_TRACE_ADDR)
		__array(char, reason, MGATE_TRACE_WORD)
	),

	TP_fast_assign(
		char text[MGATE_TEXT_ADDR];

		__entry->netns = br->net->ns.inum;
		__entry->vid = key->vid;
		strscpy(__entry->bridge, br->dev->name, IFNAMSIZ);
		strscpy(__entry->port, port, IFNAMSIZ);
		strscpy(__entry->group, mgate_text_addr(text, key->af, &key->grp),
			MGATE_TRACE_ADDR);
		strscpy(__entry->source, mgate_addr_is_zero(&key->src) ? "*" :
			mgate_text_addr(text, key->af, &key->src), MGATE_TRACE_ADDR);
		strscpy(__entry->reason, mgate_reason_name(reason), MGATE_TRACE_WORD);
	),

	TP_printk("netns=%u dev %s port %s grp %s src %s vid %u reason %s",
		  __entry->netns, __entry->bridge, __entry->port, __entry->group,
		  __entry->source, __entry->vid, __entry->reason)
);

/* A frame may leave by a port, or go up to the host (pass 1), or may not (pass 0). */
TRACE_EVENT(mgate_verdict,

	TP_PROTO(const struct mgate_port *port, const struct mgate_key *key,
		 enum mgate_reason reason, bool pass),

	TP_ARGS(port, key, reason, pass),

	TP_STRUCT__entry(
		__field(u32, netns)
		__field(u16, vid)
		__field(bool, pass)
		__array(char, bridge, IFNAMSIZ)
		__array(char, port, IFNAMSIZ)
		__array(char, group, MGATE_TRACE_ADDR)
		__array(char, source, MGATE_TRACE_ADDR)
		__array(char, reason, MGATE_TRACE_WORD)
	),

	TP_fast_assign(
		const struct mgate_bridge *br = port->bridge;
		char text[MGATE_TEXT_ADDR];

		__entry->netns = br->net->ns.inum;
		__entry->vid = key->vid;
		__entry->pass = pass;
		strscpy(__entry->bridge, br->dev->name, IFNAMSIZ);
		strscpy(__entry->port, port->slot == MGATE_SLOT_HOST ? "host" : port->dev->name,
			IFNAMSIZ);
		strscpy(__entry->group, mgate_text_addr(text, key->af, &key->grp),
			MGATE_TRACE_ADDR);
		strscpy(__entry->source, mgate_text_addr(text, key->af, &key->src),
			MGATE_TRACE_ADDR);
		strscpy(__entry->reason, mgate_reason_name(reason), MGATE_TRACE_WORD);
	),

	TP_printk("netns=%u dev %s port %s grp %s src %s vid %u %s %s",
		  __entry->netns, __entry->bridge, __entry->port, __entry->group,
		  __entry->source, __entry->vid, __entry->pass ? "pass" : "held",
		  __entry->reason)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH mgate
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
