// SPDX-License-Identifier: GPL-2.0-only
/*
 * The querier of one VLAN: the election among those that are heard and
 * ourselves, the elected one's values, the schedule of our own general queries.
 *
 * RFC 9776 6.6.2, 7.3.1 and section 8; RFC 4541 2.1.1 (4).
 */
#include <mgate/querier.h>

/* Bounds on what a querier may make us believe; outside is clamped. */
#define ROBUSTNESS_MIN 2
#define ROBUSTNESS_MAX 7
#define QUERY_MIN_MS 10000
#define QUERY_MAX_MS 3600000
#define RESPONSE_MIN_MS 100
#define RESPONSE_MAX_MS 60000

static u32 bounded(u32 value, u32 lo, u32 hi, bool *clamped)
{
	u32 v = clamp_t(u32, value, lo, hi);

	*clamped |= v != value;
	return v;
}

/* RFC 9776 4.1.6, 4.1.7: what the query does not say is as configured here. */
static void adopt(struct mgate_querier *q, const struct mgate_params *p,
		  const struct mgate_msg *msg, bool *clamped)
{
	struct mgate_timing own = mgate_params_timing(p);

	q->robustness = (u8)own.robustness;
	q->query_ms = own.query_ms;
	if (msg->robustness)
		q->robustness = (u8)bounded(msg->robustness, ROBUSTNESS_MIN, ROBUSTNESS_MAX,
					    clamped);
	if (msg->interval_ms)
		q->query_ms = bounded(msg->interval_ms, QUERY_MIN_MS, QUERY_MAX_MS, clamped);
	q->response_ms = bounded(msg->max_resp_ms, RESPONSE_MIN_MS, RESPONSE_MAX_MS, clamped);
	q->version = msg->version;
}

/*
 * The lower address wins, and 0.0.0.0 takes no part beside a real address:
 *
 *  state   heard           elected
 *  NONE    any             the one heard
 *  OTHER   the same        the same
 *  OTHER   0.0.0.0         the old one
 *  OTHER   a real one      the new one if the old is 0.0.0.0 or higher
 *  SELF    0.0.0.0         we
 *  SELF    a real one      the new one if we have no address or a higher one
 */
static bool wins(const struct mgate_querier *q, const struct mgate_querier_own *own,
		 const struct mgate_addr *heard)
{
	const struct mgate_addr *now = q->state == MGATE_QUERIER_SELF ? &own->addr : &q->addr;

	if (q->state == MGATE_QUERIER_NONE)
		return true;
	if (q->state == MGATE_QUERIER_OTHER && mgate_addr_equal(heard, now))
		return true;
	if (mgate_addr_is_zero(heard))
		return false;
	return mgate_addr_is_zero(now) || mgate_addr_cmp(heard, now) < 0;
}

/**
 * mgate_querier_hear() - a general query without flaw was heard
 * @q: the VLAN's querier
 * @own: the querier that we would be
 * @p: the bridge's tunables
 * @msg: the query
 * @slot: the port it came in by
 * @now: ms
 * @clamped: set if a value of it was out of bounds
 */
enum mgate_heard mgate_querier_hear(struct mgate_querier *q,
				    const struct mgate_querier_own *own,
				    const struct mgate_params *p,
				    const struct mgate_msg *msg, u16 slot, u64 now,
				    bool *clamped)
{
	bool again = q->state == MGATE_QUERIER_OTHER && mgate_addr_equal(&msg->src, &q->addr);
	struct mgate_timing t;

	if (!wins(q, own, &msg->src))
		return MGATE_HEARD_NOTHING;
	q->state = MGATE_QUERIER_OTHER;
	q->addr = msg->src;
	q->slot = slot;
	adopt(q, p, msg, clamped);
	t = mgate_querier_timing(q, p);
	q->expires = now + mgate_params_other_querier_ms(&t);
	return again ? MGATE_HEARD_AGAIN : MGATE_HEARD_NEW;
}

/**
 * mgate_querier_start() - become the querier, with the startup burst
 * @q: the VLAN's querier
 * @p: the bridge's tunables
 * @now: ms
 *
 * RFC 9776 8.6, 8.7: the burst is sent at start and on taking over.
 */
void mgate_querier_start(struct mgate_querier *q, const struct mgate_params *p, u64 now)
{
	struct mgate_timing t = mgate_params_timing(p);

	memset(q, 0, sizeof(*q));
	q->state = MGATE_QUERIER_SELF;
	q->slot = MGATE_SLOT_HOST;
	q->startup_left = (u8)mgate_params_in_force(p, &t, MGATE_PARAM_STARTUP_QUERY_COUNT);
	q->next_query = now;
}

/**
 * mgate_querier_expire() - has the elected querier fallen silent
 * @q: the VLAN's querier
 * @own: the querier that we would be
 * @p: the bridge's tunables
 * @now: ms
 *
 * Return: true if there is no querier any more, or we have become it.
 */
bool mgate_querier_expire(struct mgate_querier *q, const struct mgate_querier_own *own,
			  const struct mgate_params *p, u64 now)
{
	if (q->state != MGATE_QUERIER_OTHER || now < q->expires)
		return false;
	if (own->on)
		mgate_querier_start(q, p, now);
	else
		memset(q, 0, sizeof(*q));
	return true;
}

/**
 * mgate_querier_ask() - is an own general query due
 * @q: the VLAN's querier
 * @p: the bridge's tunables
 * @now: ms
 *
 * Return: true if one is to be sent now; the next one is then scheduled.
 */
bool mgate_querier_ask(struct mgate_querier *q, const struct mgate_params *p, u64 now)
{
	struct mgate_timing t = mgate_params_timing(p);

	if (q->state != MGATE_QUERIER_SELF || now < q->next_query)
		return false;
	if (q->startup_left)
		q->startup_left--;
	q->next_query = now + (q->startup_left ?
		mgate_params_in_force(p, &t, MGATE_PARAM_STARTUP_QUERY_INTERVAL_MS) : t.query_ms);
	return true;
}

/**
 * mgate_querier_retime() - the query interval was changed
 * @q: the VLAN's querier
 * @p: the bridge's tunables
 * @now: ms
 *
 * The next own general query is no later than a new interval from now.
 */
void mgate_querier_retime(struct mgate_querier *q, const struct mgate_params *p, u64 now)
{
	struct mgate_timing t = mgate_params_timing(p);

	q->next_query = min_t(u64, q->next_query, now + t.query_ms);
}

/**
 * mgate_querier_deadline() - when mgate_querier_expire() or _ask() is due
 * @q: the VLAN's querier
 *
 * Return: ms, or MGATE_NEVER.
 */
u64 mgate_querier_deadline(const struct mgate_querier *q)
{
	switch (q->state) {
	case MGATE_QUERIER_OTHER:
		return q->expires;
	case MGATE_QUERIER_SELF:
		return q->next_query;
	default:
		return MGATE_NEVER;
	}
}

/**
 * mgate_querier_timing() - the timing in force in this VLAN
 * @q: the VLAN's querier
 * @p: the bridge's tunables
 *
 * RFC 9776 4.1.6 and 4.1.7: a non-querier takes over the querier's values.
 */
struct mgate_timing mgate_querier_timing(const struct mgate_querier *q,
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
