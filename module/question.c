// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether what a host left is still wanted: the queries that RFC 9776 6.4.2 calls
 * Q(G) and Q(G,S), or, with fast leave, what is known of the hosts.
 *
 * All functions are called with the lock of the switch held.
 */
#include <mgate/eht.h>
#include <mgate/question.h>
#include <mgate/source.h>
#include <mgate/timer.h>

static void end_source(struct mgate_map *map, struct mgate_member *m, struct mgate_source *s)
{
	if (m->mode == MGATE_MODE_EXCLUDE)
		mgate_source_run(m, s, 0);
	else
		mgate_source_unlearn(map, m, s);
}

/**
 * mgate_question_source() - a host does not want a source any more
 * @map: what readers see
 * @m: its port's membership
 * @s: a source that was learned; it may be gone after this
 * @r: timing, time, and who decides
 * @e: what comes of it
 *
 * RFC 9776 6.6.3.2: the source timer is lowered, and the source asked about now and
 * again. Only that it is due is said here. One that is about to end was asked about
 * already: both questions are one.
 */
void mgate_question_source(struct mgate_map *map, struct mgate_member *m,
			   struct mgate_source *s, const struct mgate_rules *r,
			   struct mgate_effect *e)
{
	u64 end = r->now + mgate_params_last_member_ms(&r->timing);

	if (!s->until)
		return;
	if (r->fast_leave && !mgate_eht_wants(m, mgate_source_addr(s), r->now)) {
		end_source(map, m, s);
		e->changed = true;
		return;
	}
	if (!r->asks || !r->asks_sources || s->until <= end)
		return;
	s->until = end;
	s->asks = (u8)r->timing.last_member_count;
	s->ask_at = r->now;
	e->due = r->now;
}

/*
 *  Membership          Leave             Actions
 *  fast leave          ends at once      none, if no host is known that stays
 *  checked already     ignored           none
 *  we ask              goes on           send Q(G) last member count times,
 *                                        group timer = last member time
 *  the querier does    goes on           none: its query lowers the timer
 */

/**
 * mgate_question_group() - a host does not want the group any more
 * @m: its port's membership, in EXCLUDE mode
 * @r: timing, time, and who decides
 * @e: what comes of it
 *
 * RFC 2236 3, RFC 9776 6.6.3.1.
 */
void mgate_question_group(struct mgate_member *m, const struct mgate_rules *r,
			  struct mgate_effect *e)
{
	if (r->fast_leave && !mgate_eht_wants_all(m, r->now)) {
		m->asks = 0;
		m->until = r->now;
		e->due = r->now;
		return;
	}
	if (!r->asks ||
	    !mgate_timer_lower(m, r->now + mgate_params_last_member_ms(&r->timing)))
		return;
	m->asks = (u8)r->timing.last_member_count;
	m->ask_at = r->now;
	e->due = r->now;
}
