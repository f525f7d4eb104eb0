// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a group record does to one membership: the state machine of a port,
 * RFC 9776 6.4, a function for each of its rows.
 *
 * In the rows X are the sources whose timers run and Y those that are blocked,
 * both in EXCLUDE mode; GMI is the membership interval, LMQT the last member
 * query time, Q a query that is sent by whoever is to ask here. A source that a
 * record names twice counts once.
 *
 * All functions are called with the lock of the switch held.
 */
#include <mgate/eht.h>
#include <mgate/family.h>
#include <mgate/filter.h>
#include <mgate/question.h>
#include <mgate/source.h>

/**
 * struct mgate_turn - one record at one membership
 * @map: what readers see
 * @m: the membership
 * @rec: the record
 * @r: what it goes by
 * @e: what it does
 */
struct mgate_turn {
	struct mgate_map *map;
	struct mgate_member *m;
	const struct mgate_record *rec;
	const struct mgate_rules *r;
	struct mgate_effect *e;
};

/* --- Sources ------------------------------------------------------------------- */

static bool is_full(const struct mgate_turn *t)
{
	return t->e->limited || t->e->short_of_memory;
}

static struct mgate_source *learned(const struct mgate_member *m, const struct mgate_addr *src)
{
	struct mgate_source *s = mgate_source_find(m, src);

	return s && s->learned ? s : NULL;
}

static void due(struct mgate_turn *t, u64 when)
{
	t->e->due = min(t->e->due, when);
}

static void learn(struct mgate_turn *t, const struct mgate_addr *src, u64 until)
{
	struct mgate_source *s;

	if (t->m->nsources >= t->r->max_sources) {
		t->e->limited = true;
		return;
	}
	s = mgate_source_learn(t->map, t->m, src, until);
	if (!s) {
		t->e->short_of_memory = true;
		return;
	}
	s->stamp = t->m->stamp;
	t->e->changed = true;
	if (until)
		due(t, until);
}

/* (S) = @until; it was blocked, or ran. */
static void run(struct mgate_turn *t, struct mgate_source *s, u64 until)
{
	if (s->until) {
		/* Later: the deadline stays early in the queue. */
		if (until < s->until)
			due(t, until);
		s->until = until;
		return;
	}
	mgate_source_run(t->m, s, until);
	t->e->changed = true;
	due(t, until);
}

static void unlearn(struct mgate_turn *t, struct mgate_source *s)
{
	mgate_source_unlearn(t->map, t->m, s);
	t->e->changed = true;
}

typedef void source_fn(struct mgate_turn *t, const struct mgate_addr *src, struct mgate_source *s);

/* For each source of the record: its record in the membership, or NULL. */
static void visit_named(struct mgate_turn *t, source_fn *each)
{
	struct mgate_source *s;
	struct mgate_addr src;
	unsigned int i = 0;

	t->m->stamp++;
	if (!t->rec->nsrcs)
		return;
	while (!is_full(t) && mgate_family_source(t->r->af, t->rec, &i, &src)) {
		s = learned(t->m, &src);
		if (s && s->stamp == t->m->stamp)
			continue;
		if (s)
			s->stamp = t->m->stamp;
		each(t, &src, s);
	}
}

typedef void other_fn(struct mgate_turn *t, struct mgate_source *s);

/* For each source of the membership that the record does not name. */
static void visit_others(struct mgate_turn *t, other_fn *each)
{
	struct mgate_source *s, *next;

	mgate_ledger_for_each_source_safe(s, next, t->m)
		if (s->learned && s->stamp != t->m->stamp)
			each(t, s);
}

static void ask_source(struct mgate_turn *t, struct mgate_source *s)
{
	mgate_question_source(t->map, t->m, s, t->r, t->e);
}

static void ask_named(struct mgate_turn *t, const struct mgate_addr *src, struct mgate_source *s)
{
	if (s)
		ask_source(t, s);
}

/* --- Rows ---------------------------------------------------------------------- */

static void group_timer(struct mgate_turn *t)
{
	if (t->m->mode != MGATE_MODE_EXCLUDE) {
		t->m->mode = MGATE_MODE_EXCLUDE;
		mgate_source_draw(t->m);
		t->e->changed = true;
		due(t, t->r->until);
	} else if (t->r->until < t->m->until) {
		due(t, t->r->until);
	}
	t->m->until = t->r->until;
}

static void want(struct mgate_turn *t, const struct mgate_addr *src, struct mgate_source *s)
{
	if (s)
		run(t, s, t->r->until);
	else
		learn(t, src, t->r->until);
}

/*
 *  INCLUDE (A)   IS_IN (B)   INCLUDE (A+B)   (B)=GMI
 *  INCLUDE (A)   ALLOW (B)   INCLUDE (A+B)   (B)=GMI
 */
static void include_allow(struct mgate_turn *t)
{
	visit_named(t, want);
}

static void block(struct mgate_turn *t, const struct mgate_addr *src, struct mgate_source *s)
{
	if (!s)
		learn(t, src, 0);
}

/* Readers must not see (*,G) before they see what is excluded from it. */
static void include_exclude(struct mgate_turn *t)
{
	visit_named(t, block);
	if (is_full(t))
		return;
	group_timer(t);
	visit_others(t, unlearn);
}

/*
 *  INCLUDE (A)   IS_EX (B)   EXCLUDE (A*B,B-A)   (B-A)=0
 *                                                Delete (A-B)
 *                                                Group Timer=GMI
 */
static void include_is_ex(struct mgate_turn *t)
{
	include_exclude(t);
}

/*
 *  INCLUDE (A)   BLOCK (B)   INCLUDE (A)   Send Q(G,A*B)
 */
static void include_block(struct mgate_turn *t)
{
	visit_named(t, ask_named);
}

/*
 *  INCLUDE (A)   TO_EX (B)   EXCLUDE (A*B,B-A)   (B-A)=0
 *                                                Delete (A-B)
 *                                                Send Q(G,A*B)
 *                                                Group Timer=GMI
 */
static void include_to_ex(struct mgate_turn *t)
{
	include_exclude(t);
	if (!is_full(t))
		visit_named(t, ask_named);
}

/*
 *  INCLUDE (A)   TO_IN (B)   INCLUDE (A+B)   (B)=GMI
 *                                            Send Q(G,A-B)
 */
static void include_to_in(struct mgate_turn *t)
{
	visit_named(t, want);
	if (!is_full(t))
		visit_others(t, ask_source);
}

/*
 *  EXCLUDE (X,Y)   IS_IN (A)   EXCLUDE (X+A,Y-A)   (A)=GMI
 *  EXCLUDE (X,Y)   ALLOW (A)   EXCLUDE (X+A,Y-A)   (A)=GMI
 */
static void exclude_allow(struct mgate_turn *t)
{
	visit_named(t, want);
}

static void want_new(struct mgate_turn *t, const struct mgate_addr *src, struct mgate_source *s)
{
	if (!s)
		learn(t, src, t->r->until);
}

/*
 *  EXCLUDE (X,Y)   IS_EX (A)   EXCLUDE (A-Y,Y*A)   (A-X-Y)=GMI
 *                                                  Delete (X-A)
 *                                                  Delete (Y-A)
 *                                                  Group Timer=GMI
 */
static void exclude_is_ex(struct mgate_turn *t)
{
	visit_named(t, want_new);
	if (is_full(t))
		return;
	visit_others(t, unlearn);
	group_timer(t);
}

/* (A-X-Y)=Group Timer, Q(G,A-Y). */
static void doubt(struct mgate_turn *t, const struct mgate_addr *src, struct mgate_source *s)
{
	if (!s) {
		learn(t, src, max(t->m->until, t->r->now + 1));
		s = is_full(t) ? NULL : learned(t->m, src);
	}
	if (s)
		ask_source(t, s);
}

/*
 *  EXCLUDE (X,Y)   BLOCK (A)   EXCLUDE (X+(A-Y),Y)   (A-X-Y)=Group Timer
 *                                                    Send Q(G,A-Y)
 */
static void exclude_block(struct mgate_turn *t)
{
	visit_named(t, doubt);
}

/*
 *  EXCLUDE (X,Y)   TO_EX (A)   EXCLUDE (A-Y,Y*A)   (A-X-Y)=Group Timer
 *                                                  Delete (X-A)
 *                                                  Delete (Y-A)
 *                                                  Send Q(G,A-Y)
 *                                                  Group Timer=GMI
 */
static void exclude_to_ex(struct mgate_turn *t)
{
	visit_named(t, doubt);
	if (is_full(t))
		return;
	visit_others(t, unlearn);
	group_timer(t);
}

/* Fast leave asks nobody: the sources that hosts want by name, for which EXCLUDE mode
 * needed no record, are taken from what is known of the hosts.
 */
static void want_known(struct mgate_turn *t)
{
	const struct mgate_eht_source *known;
	const struct mgate_eht_host *h;
	struct mgate_source *s;

	if (!t->r->fast_leave || mgate_eht_wants_all(t->m, t->r->now))
		return;
	mgate_eht_for_each(h, t->m) {
		if (h->mode == MGATE_MODE_EXCLUDE)
			continue;
		mgate_eht_for_each_source(known, h) {
			if (is_full(t) || known->until <= t->r->now)
				continue;
			s = learned(t->m, &known->addr);
			if (!s)
				learn(t, &known->addr, known->until);
			else if (!s->until)
				run(t, s, known->until);
		}
	}
}

/*
 *  EXCLUDE (X,Y)   TO_IN (A)   EXCLUDE (X+A,Y-A)   (A)=GMI
 *                                                  Send Q(G,X-A)
 *                                                  Send Q(G)
 */
static void exclude_to_in(struct mgate_turn *t)
{
	visit_named(t, want);
	if (is_full(t))
		return;
	visit_others(t, ask_source);
	want_known(t);
	if (!is_full(t))
		mgate_question_group(t->m, t->r, t->e);
}

typedef void row_fn(struct mgate_turn *t);

static row_fn * const rows[][2] = {
	[MGATE_RECORD_IS_IN] = { include_allow, exclude_allow },
	[MGATE_RECORD_IS_EX] = { include_is_ex, exclude_is_ex },
	[MGATE_RECORD_TO_IN] = { include_to_in, exclude_to_in },
	[MGATE_RECORD_TO_EX] = { include_to_ex, exclude_to_ex },
	[MGATE_RECORD_ALLOW] = { include_allow, exclude_allow },
	[MGATE_RECORD_BLOCK] = { include_block, exclude_block },
};

/* --- Events -------------------------------------------------------------------- */

/*
 * RFC 9776 7.3.2, by the group's compatibility mode on the port:
 *
 *  Version   Record    Is taken as
 *  1         TO_IN     nothing, and so is a leave
 *  1, 2      BLOCK     nothing
 *  1, 2      TO_EX(x)  TO_EX{}
 */
static bool translate(const struct mgate_turn *t, struct mgate_record *rec)
{
	u8 mode = mgate_ledger_version(t->m, t->r->now);

	*rec = *t->rec;
	if (mode == 3)
		return true;
	if (rec->type == MGATE_RECORD_TO_EX)
		rec->nsrcs = 0;
	return rec->type != MGATE_RECORD_BLOCK &&
	       (mode == 2 || rec->type != MGATE_RECORD_TO_IN);
}

/* Too many sources, or no memory for one: all of them, so that nobody goes without. */
static void give_all(struct mgate_turn *t)
{
	group_timer(t);
	mgate_source_unlearn_all(t->map, t->m);
	t->m->asks = 0;
	t->e->changed = true;
}

/**
 * mgate_filter_apply() - a host said something of a group
 * @map: what readers see
 * @m: the membership of its port, learned
 * @rec: what it said; its version 1 or 2 message as RFC 9776 7.3.2 puts it
 * @r: what that goes by
 * @e: what it did
 *
 * RFC 9776 6.4, 6.6.3, 7.3.2. Never sleeps. The map is drawn already.
 */
void mgate_filter_apply(struct mgate_map *map, struct mgate_member *m,
			const struct mgate_record *rec, const struct mgate_rules *r,
			struct mgate_effect *e)
{
	struct mgate_record meant;
	struct mgate_turn t = { .map = map, .m = m, .rec = rec, .r = r, .e = e };

	*e = (struct mgate_effect){ .due = MGATE_NEVER };
	if (mgate_filter_wants(rec))
		mgate_ledger_hear_older(m, r->version, r->older_until);
	if (!translate(&t, &meant))
		return;
	t.rec = &meant;
	rows[meant.type][m->mode](&t);
	if (is_full(&t))
		give_all(&t);
}
