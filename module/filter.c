// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a group record does to one membership.
 *
 * A version 3 record is treated as a version 2 message: one that wants traffic
 * joins the whole group, one that wants none leaves it (RFC 4541 2.1.2 (3)).
 * So a port gets more sources than it asked for, never fewer.
 *
 * All functions are called with the lock of the switch held.
 */
#include <mgate/filter.h>

/**
 * mgate_filter_wants() - does a record ask for traffic
 * @rec: the record
 */
bool mgate_filter_wants(const struct mgate_record *rec)
{
	switch (rec->type) {
	case MGATE_RECORD_IS_EX:
	case MGATE_RECORD_TO_EX:
		return true;
	case MGATE_RECORD_IS_IN:
	case MGATE_RECORD_TO_IN:
	case MGATE_RECORD_ALLOW:
		return rec->nsrcs;
	default:
		return false;
	}
}

/**
 * mgate_filter_leaves() - does a record say that nothing is wanted any more
 * @rec: the record
 *
 * RFC 9776 7.3.2: a version 2 leave is TO_IN{}.
 */
bool mgate_filter_leaves(const struct mgate_record *rec)
{
	return rec->type == MGATE_RECORD_TO_IN && !rec->nsrcs;
}

/*
 *  Membership   Record   New membership   Actions
 *  any          join     EXCLUDE {}       group timer = membership interval,
 *                                         v1 or v2 report: older-host timer
 */

/**
 * mgate_filter_join() - a host wants the group
 * @m: its port's membership
 * @r: timing, time, version
 *
 * RFC 9776 6.4.1, 7.3.2.
 *
 * Return: true if readers are to see a change; a refresh is none.
 */
bool mgate_filter_join(struct mgate_member *m, const struct mgate_filter_rules *r)
{
	bool changed = m->mode != MGATE_MODE_EXCLUDE;

	m->mode = MGATE_MODE_EXCLUDE;
	m->until = r->now + mgate_params_membership_ms(&r->timing);
	if (r->version == 1)
		m->v1_until = r->now + mgate_params_older_host_ms(&r->timing);
	if (r->version == 2)
		m->v2_until = r->now + mgate_params_older_host_ms(&r->timing);
	return changed;
}

/**
 * mgate_filter_lower() - make a group timer no longer than this
 * @m: the membership
 * @until: ms
 *
 * RFC 9776 6.6.1. Return: true if it was longer.
 */
bool mgate_filter_lower(struct mgate_member *m, u64 until)
{
	if (m->mode != MGATE_MODE_EXCLUDE || m->until <= until)
		return false;
	m->until = until;
	return true;
}

/*
 *  Membership          Leave             Actions
 *  v1 host present     ignored           none
 *  fast leave          ends at once      none
 *  checked already     ignored           none
 *  we ask              goes on           send Q(G) last member count times,
 *                                        group timer = last member time
 *  the querier does    goes on           none: its query lowers the timer
 */

/**
 * mgate_filter_leave() - a host does not want the group any more
 * @m: its port's membership
 * @r: timing, time, and who decides
 *
 * RFC 2236 3, RFC 9776 6.4.2, 6.6.3.1, 7.3.2.
 *
 * Return: true if a deadline came closer.
 */
bool mgate_filter_leave(struct mgate_member *m, const struct mgate_filter_rules *r)
{
	if (m->v1_until > r->now)
		return false;
	if (r->fast_leave)
		return mgate_filter_lower(m, r->now);
	if (!r->asks ||
	    !mgate_filter_lower(m, r->now + mgate_params_last_member_ms(&r->timing)))
		return false;
	m->asks = (u8)r->timing.last_member_count;
	m->ask_at = r->now;
	return true;
}
