/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_QUERIER_H
#define MGATE_QUERIER_H

#include <mgate/message.h>
#include <mgate/params.h>

enum mgate_querier_state {
	MGATE_QUERIER_NONE,	/* nobody asks: nothing can be known */
	MGATE_QUERIER_OTHER,	/* another device asks */
	MGATE_QUERIER_SELF,	/* this bridge asks */
};

/** enum mgate_heard - what a general query changed */
enum mgate_heard {
	MGATE_HEARD_NOTHING,	/* not of the elected querier */
	MGATE_HEARD_AGAIN,	/* the elected querier goes on */
	MGATE_HEARD_NEW,	/* a querier was elected */
};

/**
 * struct mgate_querier - who asks in one VLAN, and with which values
 * @addr: OTHER: address of the elected querier; zero is one without address
 * @expires: OTHER: when it counts as lost, ms
 * @start_at: not SELF: when we begin to query, ms, or MGATE_NEVER
 * @next_query: SELF: when the next own general query is due, ms
 * @alone_at: when nobody with an address asks for sure, unless heard, ms
 * @query_ms: OTHER: its query interval, within bounds
 * @response_ms: OTHER: its query response interval, within bounds
 * @slot: OTHER: the port it is heard on
 * @state: enum mgate_querier_state
 * @version: OTHER: the version of its queries
 * @robustness: OTHER: its robustness variable, within bounds
 * @own_mode: what is asked of this VLAN alone, 1 + its number; 0: as of the bridge
 * @heard: the version of the last query that was heard, 0 = none; beside a
 *	querier with an address, of the last from an address
 * @named: SELF: the last general query had an address
 * @startup_left: SELF: queries still to be sent at the startup interval
 * @oldest: the oldest version that there is, counted as IGMP does
 * @mute: we cannot query: the bridge is not in the VLAN, or does not speak the family
 */
struct mgate_querier {
	struct mgate_addr addr;
	u64 expires;
	u64 start_at;
	u64 next_query;
	u64 alone_at;
	u32 query_ms;
	u32 response_ms;
	u16 slot;
	u8 state;
	u8 version;
	u8 robustness;
	u8 own_mode;
	u8 heard;
	bool named;
	u8 startup_left;
	u8 oldest;
	bool mute;
};

void mgate_querier_setup(struct mgate_querier *q, const struct mgate_params *p, u64 now);
bool mgate_querier_mode(struct mgate_querier *q, const struct mgate_params *p, u64 now);
u8 mgate_querier_version(const struct mgate_querier *q, const struct mgate_params *p);
enum mgate_heard mgate_querier_hear(struct mgate_querier *q, const struct mgate_params *p,
				    const struct mgate_addr *own, const struct mgate_msg *msg,
				    u16 slot, u64 now, bool *clamped);
bool mgate_querier_has_address(const struct mgate_querier *q, const struct mgate_addr *own);
bool mgate_querier_expire(struct mgate_querier *q, const struct mgate_params *p, u64 now);
bool mgate_querier_ask(struct mgate_querier *q, const struct mgate_params *p, u16 vid, u64 now);
void mgate_querier_again(struct mgate_querier *q, const struct mgate_params *p, u64 when);
void mgate_querier_retime(struct mgate_querier *q, const struct mgate_params *p, u64 now);
u64 mgate_querier_deadline(const struct mgate_querier *q);

/**
 * mgate_querier_asks_in() - the version that is asked in
 * @q: the VLAN's querier
 * @p: the bridge's tunables
 *
 * The elected querier's, and where there is none, that we would ask in.
 */
static inline u8 mgate_querier_asks_in(const struct mgate_querier *q, const struct mgate_params *p)
{
	return q->state == MGATE_QUERIER_OTHER ? q->version : mgate_querier_version(q, p);
}

/**
 * mgate_querier_timing() - the timing in force in this VLAN
 * @q: the VLAN's querier
 * @p: the bridge's tunables
 *
 * RFC 9776 4.1.6 and 4.1.7: a non-querier takes over the querier's values.
 */
static inline struct mgate_timing mgate_querier_timing(const struct mgate_querier *q,
						       const struct mgate_params *p)
{
	struct mgate_timing t = mgate_params_timing(p);

	if (q->state != MGATE_QUERIER_OTHER)
		return t;
	t.robustness = q->robustness;
	t.query_ms = q->query_ms;
	t.response_ms = q->response_ms;
	if (p->v[MGATE_PARAM_LAST_MEMBER_COUNT] == MGATE_AUTO)
		t.last_member_count = t.robustness;
	return t;
}

#endif
