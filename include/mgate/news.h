/* SPDX-License-Identifier: GPL-2.0-only */
/* What changes in a switch, for whoever wants to tell others. */
#ifndef MGATE_NEWS_H
#define MGATE_NEWS_H

#include <mgate/addr.h>
#include <mgate/reason.h>

enum mgate_news_kind {
	MGATE_NEWS_JOIN,	/* a port has a membership */
	MGATE_NEWS_CHANGE,	/* its mode has changed, or whether it is permanent */
	MGATE_NEWS_LEAVE,	/* it is gone, after all its sources */
	MGATE_NEWS_SOURCE_SET,	/* it has a source, or that is blocked now or is not */
	MGATE_NEWS_SOURCE_DEL,	/* the source is gone */
	MGATE_NEWS_ROUTER_ADD,	/* a port leads to routers in one more way */
	MGATE_NEWS_ROUTER_DEL,	/* in one less */
	MGATE_NEWS_QUERIER,	/* another one asks in a VLAN, or nobody */
	MGATE_NEWS_LIMIT,	/* a port, or the bridge, is over a limit */
	MGATE_NEWS_LIMIT_OVER,	/* it is no more */
	MGATE_NEWS_REFUSE,	/* a record was refused */
	MGATE_NEWS_MAX
};

/** enum mgate_why - why something has ended */
enum mgate_why {
	MGATE_WHY_LEAVE,	/* a host said so */
	MGATE_WHY_EXPIRY,
	MGATE_WHY_FLUSH,	/* all is forgotten */
	MGATE_WHY_PORT,		/* the port has gone, or does not forward */
	MGATE_WHY_LIMIT,	/* given up for another one */
	MGATE_WHY_RULE,		/* the administrator has changed something */
	MGATE_WHY_OTHER,	/* a querier with an address came where one had none */
	MGATE_WHY_MAX
};

/* How a router is known that was heard by nothing: `router` is `always`. */
#define MGATE_NEWS_BY_STATIC 0xff

/**
 * struct mgate_event - one change
 * @key: memberships and refusals: VLAN and group; sources: the source too; routers
 *	and queriers: VLAN; queriers: the source is their address
 * @slot: the port; MGATE_SLOT_NONE: the bridge as a whole
 * @kind: enum mgate_news_kind
 * @why: enum mgate_why
 * @exclude: memberships: the mode is EXCLUDE
 * @blocked: sources: what comes from there does not go to the port
 * @permanent: memberships and sources: the administrator set them
 * @by: routers: enum mgate_by, or MGATE_NEWS_BY_STATIC
 * @state: queriers: enum mgate_querier_state
 * @version: queriers: that of their queries; 0: see the tunables
 * @reason: limits and refusals
 */
struct mgate_event {
	struct mgate_key key;
	u16 slot;
	u8 kind;
	u8 why;
	bool exclude;
	bool blocked;
	bool permanent;
	u8 by;
	u8 state;
	u8 version;
	enum mgate_reason reason;
};

/**
 * struct mgate_news - whom to tell
 * @tell: called at each change, once (of memberships and sources only if @heard), with
 *	the lock of the switch held: it neither sleeps nor calls the switch. NULL: nobody
 * @heard: does anybody listen now? Called as @tell is. NULL: always
 * @why: why what ends now ends; set by whoever begins a change
 *
 * Under the lock of the switch.
 */
struct mgate_news {
	void (*tell)(struct mgate_news *news, const struct mgate_event *e);
	bool (*heard)(const struct mgate_news *news);
	u8 why;
};

/**
 * mgate_news_heard() - would anybody hear of a change?
 * @news: whom to tell, or NULL
 *
 * For memberships and sources, which change with each report: no event is put together
 * for nobody. Lock of the switch held.
 */
static inline bool mgate_news_heard(const struct mgate_news *news)
{
	return news && news->tell && (!news->heard || news->heard(news));
}

/**
 * mgate_news_tell() - something has changed
 * @news: whom to tell, or NULL
 * @e: what; why is filled in
 *
 * Lock of the switch held.
 */
static inline void mgate_news_tell(struct mgate_news *news, struct mgate_event *e)
{
	if (!news || !news->tell)
		return;
	e->why = news->why;
	news->tell(news, e);
}

#endif
