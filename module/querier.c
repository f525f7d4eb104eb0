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
/* Or the query interval, if that is longer: until then hosts may answer. */
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
	q->response_ms = bounded(msg->max_resp_ms, RESPONSE_MIN_MS,
				 max_t(u32, RESPONSE_MAX_MS, q->query_ms), clamped);
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
static bool wins(const struct mgate_querier *q, const struct mgate_addr *own,
		 const struct mgate_addr *heard)
{
	const struct mgate_addr *now = q->state == MGATE_QUERIER_SELF ? own : &q->addr;

	if (q->state == MGATE_QUERIER_NONE)
		return true;
	if (q->state == MGATE_QUERIER_OTHER && mgate_addr_equal(heard, now))
		return true;
	if (mgate_addr_is_zero(heard))
		return false;
	return mgate_addr_is_zero(now) || mgate_addr_cmp(heard, now) < 0;
}

/* Are we to ask rather than the one who does? Beside one on the host we never do. */
static bool beats(const struct mgate_addr *own, const struct mgate_querier *q)
{
	return q->state == MGATE_QUERIER_OTHER && q->slot != MGATE_SLOT_HOST &&
	       !mgate_addr_is_zero(own) &&
	       !mgate_addr_is_zero(&q->addr) && mgate_addr_cmp(own, &q->addr) < 0;
}

/**
 * mgate_querier_has_address() - is there a querier with an address
 * @q: the VLAN's querier
 * @own: the address that we query from, zero if there is none
 */
bool mgate_querier_has_address(const struct mgate_querier *q, const struct mgate_addr *own)
{
	switch (q->state) {
	case MGATE_QUERIER_SELF:
		return !mgate_addr_is_zero(own);
	case MGATE_QUERIER_OTHER:
		return !mgate_addr_is_zero(&q->addr);
	default:
		return false;
	}
}

static u32 mode(const struct mgate_querier *q, const struct mgate_params *p)
{
	if (p->silent || q->mute)
		return MGATE_QUERIER_OFF;
	return q->own_mode ? q->own_mode - 1U : p->v[MGATE_PARAM_QUERIER];
}

/* Nobody asks. What was heard last is remembered. */
static void clear(struct mgate_querier *q)
{
	const struct mgate_querier was = *q;

	*q = (struct mgate_querier){
		.start_at = MGATE_NEVER,
		.alone_at = was.alone_at,
		.own_mode = was.own_mode,
		.heard = was.heard,
		.oldest = was.oldest,
		.mute = was.mute,
	};
}

/* With `auto` only where nobody with an address was heard for so long. */
static void listen(struct mgate_querier *q, const struct mgate_params *p, u64 now)
{
	struct mgate_timing t = mgate_params_timing(p);

	switch (mode(q, p)) {
	case MGATE_QUERIER_ON:
		q->start_at = now;
		break;
	case MGATE_QUERIER_AUTO:
		q->start_at = now + mgate_params_other_querier_ms(&t) + p->patience_ms;
		break;
	default:
		q->start_at = MGATE_NEVER;
	}
}

/**
 * mgate_querier_setup() - the querier of a VLAN of which nothing is known
 * @q: zeroed memory
 * @p: the bridge's tunables
 * @now: ms
 */
void mgate_querier_setup(struct mgate_querier *q, const struct mgate_params *p, u64 now)
{
	struct mgate_timing t = mgate_params_timing(p);

	clear(q);
	q->alone_at = now + mgate_params_other_querier_ms(&t);
	listen(q, p, now);
}

/**
 * mgate_querier_mode() - `querier` was changed, or the bridge began or ceased
 * @q: the VLAN's querier
 * @p: the bridge's tunables
 * @now: ms
 *
 * RFC 9776 6.6.2: whoever starts queries, until it hears a lower address.
 *
 * Return: true if nobody asks any more.
 */
bool mgate_querier_mode(struct mgate_querier *q, const struct mgate_params *p, u64 now)
{
	bool ceases = q->state == MGATE_QUERIER_SELF && mode(q, p) == MGATE_QUERIER_OFF;
	bool real = q->state == MGATE_QUERIER_OTHER && !mgate_addr_is_zero(&q->addr);

	if (ceases)
		clear(q);
	if (mode(q, p) == MGATE_QUERIER_OFF)
		q->start_at = MGATE_NEVER;
	else if (q->state != MGATE_QUERIER_SELF && (!real || mode(q, p) == MGATE_QUERIER_ON))
		listen(q, p, now);
	return ceases;
}

/**
 * mgate_querier_version() - the version of our own queries
 * @q: the VLAN's querier
 * @p: the bridge's tunables
 *
 * With `auto` that of the querier heard last: version 3 queries in a version 2
 * network would make hosts report what its switches cannot read. Also of one that lost the
 * election, for good: it is silent as long as it hears us. MLD has no counterpart of
 * version 1.
 */
u8 mgate_querier_version(const struct mgate_querier *q, const struct mgate_params *p)
{
	if (p->v[MGATE_PARAM_VERSION])
		return max_t(u8, (u8)p->v[MGATE_PARAM_VERSION], q->oldest);
	return q->heard ? q->heard : 3;
}

/* RFC 9776 8.6, 8.7: the startup burst is sent at start and on taking over. */
static void start(struct mgate_querier *q, const struct mgate_params *p, u64 now)
{
	struct mgate_timing t = mgate_params_timing(p);

	clear(q);
	q->state = MGATE_QUERIER_SELF;
	q->slot = MGATE_SLOT_HOST;
	q->startup_left = (u8)mgate_params_in_force(p, &t, MGATE_PARAM_STARTUP_QUERY_COUNT);
	q->next_query = now;
}

/**
 * mgate_querier_hear() - a general query without flaw was heard
 * @q: the VLAN's querier
 * @p: the bridge's tunables
 * @own: the address that we query from, zero if there is none
 * @msg: the query
 * @slot: the port it came in by
 * @now: ms
 * @clamped: set if a value of it was out of bounds
 */
enum mgate_heard mgate_querier_hear(struct mgate_querier *q, const struct mgate_params *p,
				    const struct mgate_addr *own, const struct mgate_msg *msg,
				    u16 slot, u64 now, bool *clamped)
{
	struct mgate_timing t;
	bool again;

	/* With `on` our turn comes at once, not with the next tick; or it has come since that
	 * one was elected, as we had no address then.
	 */
	if (mode(q, p) == MGATE_QUERIER_ON && q->state != MGATE_QUERIER_SELF &&
	    (now >= q->start_at || beats(own, q)))
		start(q, p, now);
	/* Anybody can ask without an address: no reason to ask in an older version. */
	if (!mgate_addr_is_zero(&msg->src) || !mgate_querier_has_address(q, own))
		q->heard = msg->version;
	if (!wins(q, own, &msg->src))
		return MGATE_HEARD_NOTHING;
	again = q->state == MGATE_QUERIER_OTHER && mgate_addr_equal(&msg->src, &q->addr);
	q->state = MGATE_QUERIER_OTHER;
	q->addr = msg->src;
	q->slot = slot;
	adopt(q, p, msg, clamped);
	t = mgate_querier_timing(q, p);
	q->expires = now + mgate_params_other_querier_ms(&t);
	/* One without an address keeps nobody from querying. */
	if (!mgate_addr_is_zero(&msg->src)) {
		q->start_at = MGATE_NEVER;
		q->alone_at = q->expires;
	}
	return again ? MGATE_HEARD_AGAIN : MGATE_HEARD_NEW;
}

/* It was silent for the other querier present interval already. */
static u64 successor_at(const struct mgate_querier *q, const struct mgate_params *p, u64 now)
{
	if (q->start_at != MGATE_NEVER)
		return q->start_at;
	switch (mode(q, p)) {
	case MGATE_QUERIER_ON:
		return now;
	case MGATE_QUERIER_AUTO:
		return now + p->patience_ms;
	default:
		return MGATE_NEVER;
	}
}

/**
 * mgate_querier_expire() - has the elected querier fallen silent, is it our turn
 * @q: the VLAN's querier
 * @p: the bridge's tunables
 * @now: ms
 *
 * Return: true if the elected querier is lost.
 */
bool mgate_querier_expire(struct mgate_querier *q, const struct mgate_params *p, u64 now)
{
	bool lost = q->state == MGATE_QUERIER_OTHER && now >= q->expires;
	u64 at;

	if (lost) {
		at = successor_at(q, p, now);
		clear(q);
		q->start_at = at;
	}
	if (q->state != MGATE_QUERIER_SELF && now >= q->start_at)
		start(q, p, now);
	return lost;
}

/* Bridges that start together, and the VLANs of one, are not to ask together
 * for ever: after the burst each VLAN has a phase of its own.
 */
static u64 phase_ms(const struct mgate_timing *t, u16 vid)
{
	return (u64)t->query_ms * vid / (2 * MGATE_VLANS);
}

/**
 * mgate_querier_ask() - is an own general query due
 * @q: the VLAN's querier
 * @p: the bridge's tunables
 * @vid: the VLAN
 * @now: ms
 *
 * Return: true if one is to be sent now; the next one is then scheduled.
 */
bool mgate_querier_ask(struct mgate_querier *q, const struct mgate_params *p, u16 vid, u64 now)
{
	struct mgate_timing t = mgate_params_timing(p);

	if (q->state != MGATE_QUERIER_SELF || now < q->next_query)
		return false;
	q->next_query = now + t.query_ms;
	if (!q->startup_left)
		return true;
	q->startup_left--;
	if (q->startup_left)
		q->next_query = now + mgate_params_in_force(p, &t,
							    MGATE_PARAM_STARTUP_QUERY_INTERVAL_MS);
	else
		q->next_query -= phase_ms(&t, vid);
	return true;
}

/**
 * mgate_querier_again() - our general query could not be sent, and is to be soon
 * @q: the VLAN's querier
 * @p: the bridge's tunables
 * @when: when, ms
 *
 * It does not count as one of the startup burst.
 */
void mgate_querier_again(struct mgate_querier *q, const struct mgate_params *p, u64 when)
{
	struct mgate_timing t = mgate_params_timing(p);
	u32 burst = mgate_params_in_force(p, &t, MGATE_PARAM_STARTUP_QUERY_COUNT);

	q->next_query = min_t(u64, q->next_query, when);
	if (q->startup_left < burst)
		q->startup_left++;
}

/**
 * mgate_querier_retime() - the query interval was changed
 * @q: the VLAN's querier
 * @p: the bridge's tunables
 * @now: ms
 *
 * The next own general query, and the first, are no later than by the new one.
 */
void mgate_querier_retime(struct mgate_querier *q, const struct mgate_params *p, u64 now)
{
	struct mgate_timing t = mgate_params_timing(p);

	q->next_query = min_t(u64, q->next_query, now + t.query_ms);
	q->alone_at = min_t(u64, q->alone_at, now + mgate_params_other_querier_ms(&t));
	if (q->start_at != MGATE_NEVER)
		q->start_at = min_t(u64, q->start_at, now + p->patience_ms +
				    mgate_params_other_querier_ms(&t));
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
		return min_t(u64, q->expires, q->start_at);
	case MGATE_QUERIER_SELF:
		return q->next_query;
	default:
		return q->start_at;
	}
}
