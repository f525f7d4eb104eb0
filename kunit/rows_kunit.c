// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables of RFC 9776 6.4.1 and 6.4.2, each row of them for every state of three
 * sources and every list of four, as querier and as none. What is to come out is
 * written as the RFC writes it, in sets.
 */
#include "sources.h"

#define G1 0xef010101
#define KNOWN 3
#define NAMED 4

/**
 * struct want - the state that a row leads to
 * @mode: enum mgate_mode
 * @x: sources whose timers run
 * @y: those that are blocked
 * @gmi: of @x, those whose timers are a membership interval from now on
 * @as_group: of @x, those whose timers are what the group timer was
 * @group: the group timer is a membership interval
 * @ask: Q(G,S) is sent of these
 * @ask_group: Q(G) is sent
 */
struct want {
	u8 mode;
	u32 x;
	u32 y;
	u32 gmi;
	u32 as_group;
	bool group;
	u32 ask;
	bool ask_group;
};

#define SAME(test, t, is, should) \
	KUNIT_ASSERT_EQ_MSG(test, is, should, "x %x, y %x, list %x", (t)->x, (t)->y, (t)->b)

typedef void row_then(struct want *w, u32 x, u32 y, u32 b);

/* CONFORMANCE 59, 63 */
static void in_allow(struct want *w, u32 a, u32 y, u32 b)
{
	w->x = a | b;
	w->gmi = b;
}

/* CONFORMANCE 60 */
static void in_is_ex(struct want *w, u32 a, u32 y, u32 b)
{
	w->mode = MGATE_MODE_EXCLUDE;
	w->x = a & b;
	w->y = b & ~a;
	w->group = true;
}

/* CONFORMANCE 64 */
static void in_block(struct want *w, u32 a, u32 y, u32 b)
{
	w->x = a;
	w->ask = a & b;
}

/* CONFORMANCE 65 */
static void in_to_ex(struct want *w, u32 a, u32 y, u32 b)
{
	in_is_ex(w, a, y, b);
	w->ask = a & b;
}

/* CONFORMANCE 66 */
static void in_to_in(struct want *w, u32 a, u32 y, u32 b)
{
	in_allow(w, a, y, b);
	w->ask = a & ~b;
}

/* CONFORMANCE 61, 67 */
static void ex_allow(struct want *w, u32 x, u32 y, u32 a)
{
	w->mode = MGATE_MODE_EXCLUDE;
	w->x = x | a;
	w->y = y & ~a;
	w->gmi = a;
}

/* CONFORMANCE 62 */
static void ex_is_ex(struct want *w, u32 x, u32 y, u32 a)
{
	w->mode = MGATE_MODE_EXCLUDE;
	w->x = a & ~y;
	w->y = y & a;
	w->gmi = a & ~x & ~y;
	w->group = true;
}

/* CONFORMANCE 68 */
static void ex_block(struct want *w, u32 x, u32 y, u32 a)
{
	w->mode = MGATE_MODE_EXCLUDE;
	w->x = x | (a & ~y);
	w->y = y;
	w->as_group = a & ~x & ~y;
	w->ask = a & ~y;
}

/* CONFORMANCE 69 */
static void ex_to_ex(struct want *w, u32 x, u32 y, u32 a)
{
	w->mode = MGATE_MODE_EXCLUDE;
	w->x = a & ~y;
	w->y = y & a;
	w->as_group = a & ~x & ~y;
	w->ask = a & ~y;
	w->group = true;
}

/* CONFORMANCE 70 */
static void ex_to_in(struct want *w, u32 x, u32 y, u32 a)
{
	ex_allow(w, x, y, a);
	w->ask = x & ~a;
	w->ask_group = true;
}

static const struct row {
	const char *name;
	row_then *then;
	u8 mode;
	u8 type;
	bool we_ask;
} table[] = {
#define ROWS(we, who) \
	{ "INCLUDE IS_IN, " who, in_allow, 0, MGATE_RECORD_IS_IN, we }, \
	{ "INCLUDE IS_EX, " who, in_is_ex, 0, MGATE_RECORD_IS_EX, we }, \
	{ "INCLUDE TO_IN, " who, in_to_in, 0, MGATE_RECORD_TO_IN, we }, \
	{ "INCLUDE TO_EX, " who, in_to_ex, 0, MGATE_RECORD_TO_EX, we }, \
	{ "INCLUDE ALLOW, " who, in_allow, 0, MGATE_RECORD_ALLOW, we }, \
	{ "INCLUDE BLOCK, " who, in_block, 0, MGATE_RECORD_BLOCK, we }, \
	{ "EXCLUDE IS_IN, " who, ex_allow, 1, MGATE_RECORD_IS_IN, we }, \
	{ "EXCLUDE IS_EX, " who, ex_is_ex, 1, MGATE_RECORD_IS_EX, we }, \
	{ "EXCLUDE TO_IN, " who, ex_to_in, 1, MGATE_RECORD_TO_IN, we }, \
	{ "EXCLUDE TO_EX, " who, ex_to_ex, 1, MGATE_RECORD_TO_EX, we }, \
	{ "EXCLUDE ALLOW, " who, ex_allow, 1, MGATE_RECORD_ALLOW, we }, \
	{ "EXCLUDE BLOCK, " who, ex_block, 1, MGATE_RECORD_BLOCK, we }
	ROWS(true, "we ask"),
	ROWS(false, "another asks"),
};

static void row_name(const struct row *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(row, table, row_name);

/* One try: a row, the state before, the list. */
struct try {
	const struct row *row;
	u32 x;
	u32 y;
	u32 b;
	bool noisy;
	struct port_state before;
	struct port_state after;
	struct want want;
};

/* INCLUDE (x), or EXCLUDE (x,y), with timers that are all different from now + GMI. */
static void come_to(struct world *w, struct try *t)
{
	if (!t->row->we_ask)
		world_query(w, 1, WORLD_ROUTER, 0);
	if (t->row->mode == MGATE_MODE_EXCLUDE)
		hear_set(w, 2, MGATE_RECORD_IS_EX, G1, t->y);
	w->now += 1000;
	hear_set(w, 2, MGATE_RECORD_ALLOW, G1, t->x);
	world_pass(w, 4000);
	t->before = state_of(w, 2, G1);
}

/* CONFORMANCE 35: the same list, with each source twice, and what is none between. */
static void speak(struct world *w, const struct try *t)
{
	u8 *rec;
	u32 i;

	report_begin();
	rec = report_record(t->row->type, G1);
	for (i = 0; i < NAMED; i++) {
		if (t->noisy) {
			report_source(rec, 0);
			report_source(rec, 0xffffffff);
		}
		if (t->b & BIT(i))
			report_source(rec, SRC(i));
		if (t->noisy)
			report_source(rec, 0xe0000016 + i);
	}
	for (i = 0; t->noisy && i < NAMED; i++)
		if (t->b & BIT(i))
			report_source(rec, SRC(i));
	report_send(w, 2, 0);
}

static u64 want_timer(const struct world *w, const struct try *t, u32 i)
{
	u64 until = t->before.timer[i];

	if (t->want.gmi & BIT(i))
		until = w->now + WORLD_GMI;
	if (t->want.as_group & BIT(i))
		until = t->before.until;
	if (t->row->we_ask && (t->want.ask & BIT(i)))
		until = min(until, w->now + WORLD_LMQT);
	return until;
}

static u64 want_group_timer(const struct world *w, const struct try *t)
{
	u64 until = t->before.until;

	if (t->want.group)
		until = w->now + WORLD_GMI;
	if (t->row->we_ask && t->want.ask_group)
		until = min(until, w->now + WORLD_LMQT);
	return until;
}

/* CONFORMANCE 55 to 57: mode, timers, and what is forwarded. */
static void check_state(struct kunit *test, struct world *w, const struct try *t)
{
	const struct want *want = &t->want;
	bool exclude = want->mode == MGATE_MODE_EXCLUDE;
	u32 i;

	SAME(test, t, t->after.member, exclude || want->x);
	SAME(test, t, t->after.mode, want->mode);
	SAME(test, t, t->after.run, want->x);
	SAME(test, t, t->after.blocked, want->y);
	for (i = 0; i < NAMED; i++)
		if (want->x & BIT(i))
			SAME(test, t, t->after.timer[i], want_timer(w, t, i));
	if (exclude)
		SAME(test, t, t->after.until, want_group_timer(w, t));
	SAME(test, t, forwards(w, 2, G1), exclude ? ALL & ~want->y : want->x);
	SAME(test, t, forwards(w, 3, G1), 0);
}

/* CONFORMANCE 71, 78. */
static void check_asked(struct kunit *test, struct world *w, const struct try *t)
{
	struct asked a = asked_now(w, 2, G1);
	bool we = t->row->we_ask;

	SAME(test, t, a.clear, we ? t->want.ask : 0);
	SAME(test, t, a.set, 0);
	SAME(test, t, a.group, we && t->want.ask_group);
	SAME(test, t, a.n, we ? t->want.ask_group + !!t->want.ask : 0);
	SAME(test, t, a.wrong, 0);
}

static void try_one(struct kunit *test, struct world *w, struct try *t)
{
	u32 seen;

	come_to(w, t);
	SAME(test, t, t->before.run, t->x);
	SAME(test, t, t->before.blocked, t->y);
	speak(w, t);
	t->after = state_of(w, 2, G1);
	memset(&t->want, 0, sizeof(t->want));
	t->row->then(&t->want, t->x, t->y, t->b);
	check_state(test, w, t);
	check_asked(test, w, t);
	/* What is asked about goes on. */
	seen = t->want.mode == MGATE_MODE_EXCLUDE ? ALL & ~t->want.y : t->want.x;
	SAME(test, t, forwards(w, 2, G1), seen);
	mgate_membership_forget(&w->sw, 2, true, MGATE_WHY_PORT, w->now);
	SAME(test, t, w->sw.ledger.ngroups, 0);
	world_pass(w, 1000);
}

static void each_state_and_list(struct kunit *test, bool noisy)
{
	const struct row *row = test->param_value;
	struct world *w = test->priv;
	struct try t = { .row = row, .noisy = noisy };

	if (row->we_ask)
		we_ask(w, 3);
	else
		world_converge(w, 1);
	for (t.x = 0; t.x < BIT(KNOWN); t.x++)
		for (t.y = 0; t.y < (row->mode == MGATE_MODE_EXCLUDE ? BIT(KNOWN) : 1); t.y++)
			for (t.b = 0; t.b < BIT(NAMED) && !(t.x & t.y); t.b++)
				try_one(test, w, &t);
}

/* RELIABILITY S1; CONFORMANCE 55 to 71, 78. */
static void every_row(struct kunit *test)
{
	each_state_and_list(test, false);
}

/* CONFORMANCE 35: what a list names twice counts once, and what is no host not at all. */
static void every_row_with_noise(struct kunit *test)
{
	each_state_and_list(test, true);
}

static struct kunit_case rows_cases[] = {
	KUNIT_CASE_PARAM(every_row, row_gen_params),
	KUNIT_CASE_PARAM(every_row_with_noise, row_gen_params),
	{}
};

static struct kunit_suite rows_suite = {
	.name = WORLD_NAME("mgate_rows"),
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = world_init,
	.exit = world_exit,
	.test_cases = rows_cases,
};

kunit_test_suite(rows_suite);

MODULE_DESCRIPTION("mgate: tests of the rows of RFC 9776 6.4");
MODULE_LICENSE("GPL");
