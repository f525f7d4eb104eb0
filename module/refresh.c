// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether a group record only repeats what is known: such a one is never
 * refused, whatever its port's rate.
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
