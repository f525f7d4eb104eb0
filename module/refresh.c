// SPDX-License-Identifier: GPL-2.0-only
/*
 * Group records that only repeat what is known, as nearly all do: such a one is never
 * refused, whatever its port's rate, and the shortest of them is done at once.
 */
#include <mgate/family.h>
#include <mgate/refresh.h>
#include <mgate/source.h>

enum known { RUNS = 1, BLOCKED = 2, UNKNOWN = 4 };

static enum known look_up(const struct mgate_member *m, const struct mgate_addr *src)
{
	const struct mgate_source *s = mgate_source_find(m, src);

	if (!s || !s->learned)
		return UNKNOWN;
	return s->until ? RUNS : BLOCKED;
}

static bool all_are(const struct mgate_member *m, const struct mgate_record *rec, u8 af,
		    unsigned int what)
{
	struct mgate_addr src;
	unsigned int i = 0;

	while (mgate_family_source(af, rec, &i, &src))
		if (!(look_up(m, &src) & what))
			return false;
	return true;
}

/*
 *  State           Record             Changes nothing if
 *  INCLUDE (A)     IS_IN(B) ALLOW(B)  B in A
 *  INCLUDE (A)     TO_IN(B)           B = A
 *  INCLUDE (A)     BLOCK(B)           nothing of B in A
 *  EXCLUDE (X,Y)   IS_IN(A) ALLOW(A)  A in X
 *  EXCLUDE (X,Y)   IS_EX(A)           A = X+Y
 *  EXCLUDE (X,Y)   TO_EX(A)           A = Y, and no X
 *  EXCLUDE (X,Y)   BLOCK(A)           A in Y
 */

/**
 * mgate_refresh_is() - does a record change nothing but timers
 * @m: the membership of its port, learned
 * @rec: the record
 * @af: its family
 *
 * RFC 9776 6.4. A record that names a source twice may be taken for one that
 * names them all. Called with the lock of the switch held.
 */
bool mgate_refresh_is(const struct mgate_member *m, const struct mgate_record *rec, u8 af)
{
	bool excludes = m->mode == MGATE_MODE_EXCLUDE;

	switch (rec->type) {
	case MGATE_RECORD_IS_IN:
	case MGATE_RECORD_ALLOW:
		return all_are(m, rec, af, RUNS);
	case MGATE_RECORD_TO_IN:
		return !excludes && rec->nsrcs == m->nsources && all_are(m, rec, af, RUNS);
	case MGATE_RECORD_IS_EX:
		return excludes && rec->nsrcs == m->nsources &&
		       all_are(m, rec, af, RUNS | BLOCKED);
	case MGATE_RECORD_TO_EX:
		return excludes && rec->nsrcs == m->nsources && all_are(m, rec, af, BLOCKED);
	default:
		return all_are(m, rec, af, excludes ? BLOCKED : UNKNOWN);
	}
}

/**
 * mgate_refresh_all() - a host says again that it wants all of a group
 * @m: the membership of its port, learned
 * @rec: what it says
 * @r: what that goes by
 * @who: the host
 *
 * What mgate_eht_hear() and mgate_filter_apply() come to where neither the membership nor
 * the host has sources: in EXCLUDE ({},{}) the rows for IS_EX({}) and TO_EX({}) set the group
 * timer and do nothing else (RFC 9776 6.4.2, 7.3.2). Called with the lock of the switch held.
 *
 * Return: false if it is anything else; nothing was done then.
 */
bool mgate_refresh_all(struct mgate_member *m, const struct mgate_record *rec,
		       const struct mgate_rules *r, const struct mgate_eht_who *who)
{
	struct mgate_eht_host *h;

	if ((rec->type != MGATE_RECORD_IS_EX && rec->type != MGATE_RECORD_TO_EX) ||
	    rec->nsrcs || m->mode != MGATE_MODE_EXCLUDE || !RB_EMPTY_ROOT(&m->sources) ||
	    r->until < m->until)
		return false;
	h = mgate_eht_find(m, who);
	if (!h || h->mode != MGATE_MODE_EXCLUDE || !RB_EMPTY_ROOT(&h->sources))
		return false;
	h->version = r->version;
	h->until = r->until;
	mgate_ledger_hear_older(m, r->version, r->older_until);
	m->until = r->until;
	return true;
}
