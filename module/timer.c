// SPDX-License-Identifier: GPL-2.0-only
/*
 * The group timer and the source timers of a membership, RFC 9776 6.2.2, 6.2.3.
 *
 * All functions are called with the lock of the switch held.
 */
#include <mgate/source.h>
#include <mgate/timer.h>

/**
 * mgate_timer_lower() - make a group timer no longer than this
 * @m: the membership
 * @until: ms
 *
 * RFC 9776 6.6.1. Return: true if it was longer.
 */
bool mgate_timer_lower(struct mgate_member *m, u64 until)
{
	if (m->mode != MGATE_MODE_EXCLUDE || m->until <= until)
		return false;
	m->until = until;
	return true;
}

/**
 * mgate_timer_lower_source() - make a source timer no longer than this
 * @m: the membership
 * @src: the source
 * @until: ms
 *
 * RFC 9776 6.6.1. Return: true if it was longer.
 */
bool mgate_timer_lower_source(struct mgate_member *m, const struct mgate_addr *src, u64 until)
{
	struct mgate_source *s = mgate_source_find(m, src);

	if (!s || !s->learned || s->until <= until)
		return false;
	s->until = until;
	return true;
}

/**
 * mgate_timer_unask() - nobody will ask the questions that are still open
 * @m: the membership
 * @until: ms; who was not asked to the end is not cut before
 */
void mgate_timer_unask(struct mgate_member *m, u64 until)
{
	if (m->asks)
		m->until = max(m->until, until);
	m->asks = 0;
	mgate_timer_unask_sources(m, until);
}

/**
 * mgate_timer_unask_sources() - nobody will ask about single sources any more
 * @m: the membership
 * @until: ms; as in mgate_timer_unask()
 */
void mgate_timer_unask_sources(struct mgate_member *m, u64 until)
{
	struct mgate_source *s;

	mgate_ledger_for_each_source(s, m) {
		if (s->asks)
			s->until = max(s->until, until);
		s->asks = 0;
	}
}

static bool is_due(const struct mgate_member *m, const struct mgate_source *s, u64 now)
{
	return s->learned && s->until <= now && !s->asks &&
	       (s->until || m->mode == MGATE_MODE_INCLUDE);
}

/*
 *  Mode      Source timer ends
 *  INCLUDE   delete the source
 *  EXCLUDE   block the source
 */
static bool expire_sources(struct mgate_map *map, struct mgate_member *m, u64 now, u32 *room)
{
	struct mgate_source *s, *next;
	bool changed = false;

	mgate_ledger_for_each_source_safe(s, next, m) {
		if (!is_due(m, s, now))
			continue;
		if (!*room)
			break;
		--*room;
		changed = true;
		if (m->mode == MGATE_MODE_EXCLUDE)
			mgate_source_run(m, s, 0);
		else
			mgate_source_unlearn(map, m, s);
	}
	return changed;
}

/**
 * mgate_timer_expire() - do what time does to a membership
 * @map: what readers see
 * @m: the membership, learned
 * @now: ms
 * @room: how many sources may still be worked on; 0 after it: there may be more
 *
 * RFC 9776 6.3, 6.5: when the group timer ends, what is left are the sources
 * whose timers run. Nothing ends before it was asked about to the end.
 *
 * Return: true if readers may see a change.
 */
bool mgate_timer_expire(struct mgate_map *map, struct mgate_member *m, u64 now, u32 *room)
{
	bool changed = expire_sources(map, m, now, room);

	if (m->mode != MGATE_MODE_EXCLUDE || m->until > now || m->asks || !*room)
		return changed;
	m->mode = MGATE_MODE_INCLUDE;
	m->until = 0;
	mgate_source_draw(m);
	expire_sources(map, m, now, room);
	return true;
}

/**
 * mgate_timer_is_over() - has a membership nothing left to say
 * @m: the membership, learned
 */
bool mgate_timer_is_over(const struct mgate_member *m)
{
	return m->mode == MGATE_MODE_INCLUDE && !m->nsources;
}
