// SPDX-License-Identifier: GPL-2.0-only
/* Hosts and queriers of older versions, and groups in which there are none. */
#include "sources.h"

#define G1 0xef010101
#define SSM 0xe8010101

static void older_report(struct world *w, u8 version)
{
	world_record(w, 2, version, MGATE_RECORD_IS_EX, G1, 0);
}

/* EXCLUDE ({0},{1}) at slot 2. */
static void both_kinds(struct world *w)
{
	hear_set(w, 2, MGATE_RECORD_IS_EX, G1, 0x2);
	hear_set(w, 2, MGATE_RECORD_ALLOW, G1, 0x1);
}

/* CONFORMANCE 83, 84, 85: a report of version 1 or 2 is IS_EX{}, whatever was before:
 * at once all is forwarded.
 */
static void a_report_takes_all(struct kunit *test)
{
	struct world *w = test->priv;
	struct port_state st;
	u8 version;

	we_ask(w, 3);
	for (version = 1; version < 3; version++) {
		mgate_membership_forget(&w->sw, 2, true, MGATE_WHY_PORT, w->now);
		both_kinds(w);
		older_report(w, version);
		KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL);
		st = state_of(w, 2, G1);
		KUNIT_EXPECT_EQ(test, st.run | st.blocked, 0);
		KUNIT_EXPECT_EQ(test, st.until, w->now + WORLD_GMI);
		mgate_membership_forget(&w->sw, 2, true, MGATE_WHY_PORT, w->now);
		hear_set(w, 2, MGATE_RECORD_ALLOW, G1, 0x3);
		older_report(w, version);
		KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL);
		KUNIT_EXPECT_EQ(test, mgate_ledger_version(world_member(w, 2, G1), w->now),
				version);
		KUNIT_EXPECT_EQ(test, asked_now(w, 2, G1).n, 0);
	}
}

static const struct mode_row {
	const char *name;
	u8 version;
	u8 type;
	u32 list;
	u32 forwards;		/* of EXCLUDE ({0},{}), group timer GMI */
	u32 blocked;
	u32 asked;
	bool asked_group;
} mode_rows[] = {
	{ "v2 BLOCK is ignored", 2, MGATE_RECORD_BLOCK, 0x6, ALL, 0, 0, false },
	{ "v2 TO_EX(x) is TO_EX{}", 2, MGATE_RECORD_TO_EX, 0x6, ALL, 0, 0, false },
	{ "v2 IS_EX(x) is itself", 2, MGATE_RECORD_IS_EX, 0x6, ALL, 0, 0, false },
	{ "v2 ALLOW is itself", 2, MGATE_RECORD_ALLOW, 0x6, ALL, 0, 0, false },
	{ "v2 TO_IN(x) is itself", 2, MGATE_RECORD_TO_IN, 0x6, ALL, 0, 0x1, true },
	{ "v2 TO_IN{} is itself", 2, MGATE_RECORD_TO_IN, 0, ALL, 0, 0x1, true },
	{ "v1 BLOCK is ignored", 1, MGATE_RECORD_BLOCK, 0x6, ALL, 0, 0, false },
	{ "v1 TO_EX(x) is TO_EX{}", 1, MGATE_RECORD_TO_EX, 0x6, ALL, 0, 0, false },
	{ "v1 TO_IN(x) is ignored", 1, MGATE_RECORD_TO_IN, 0x6, ALL, 0, 0, false },
	{ "v1 TO_IN{} is ignored", 1, MGATE_RECORD_TO_IN, 0, ALL, 0, 0, false },
	{ "v3 BLOCK is itself", 3, MGATE_RECORD_BLOCK, 0x6, ALL, 0, 0x6, false },
	{ "v3 TO_EX(x) is itself", 3, MGATE_RECORD_TO_EX, 0x6, ALL, 0, 0x6, false },
};

static void mode_name(const struct mode_row *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(mode, mode_rows, mode_name);

/* CONFORMANCE 84, 85; RELIABILITY S2, S6: what of version 3 counts beside a host of an
 * older one, and nobody is asked about what was ignored.
 */
static void in_that_mode(struct kunit *test)
{
	const struct mode_row *row = test->param_value;
	struct world *w = test->priv;
	u32 ran = row->type == MGATE_RECORD_TO_EX || row->type == MGATE_RECORD_IS_EX ? 0 : 0x1;
	struct port_state st;
	struct asked a;

	we_ask(w, 3);
	if (row->version < 3)
		older_report(w, row->version);
	else
		hear_set(w, 2, MGATE_RECORD_IS_EX, G1, 0);
	hear_set(w, 2, MGATE_RECORD_ALLOW, G1, 0x1);
	world_pass(w, 5000);
	hear_set(w, 2, row->type, G1, row->list);
	st = state_of(w, 2, G1);
	if (row->version < 3 && row->type == MGATE_RECORD_TO_EX)
		KUNIT_EXPECT_EQ(test, st.run, 0);
	else
		KUNIT_EXPECT_EQ(test, st.run & 0x1, ran);
	a = asked_now(w, 2, G1);
	KUNIT_EXPECT_EQ(test, a.clear, row->asked);
	KUNIT_EXPECT_EQ(test, a.group, row->asked_group);
	KUNIT_EXPECT_EQ(test, a.wrong, 0);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), row->forwards);
	KUNIT_EXPECT_EQ(test, state_of(w, 2, G1).blocked, row->blocked);
}

/* CONFORMANCE 83, 87: each older host counts for the older host present interval after
 * its last report: version 1, then version 2, then version 3.
 */
static void back_in_time(struct kunit *test)
{
	struct world *w = test->priv;
	u64 start;

	we_ask(w, 3);
	start = w->now;
	older_report(w, 1);
	world_pass(w, 10000);
	older_report(w, 2);
	world_pass(w, 240000);
	hear_set(w, 2, MGATE_RECORD_IS_EX, G1, 0);
	world_until(w, start + OHPI - 1);
	world_leave(w, 2, 2, G1);
	KUNIT_EXPECT_EQ(test, asked_now(w, 2, G1).n, 0);
	w->now = start + OHPI;
	hear_set(w, 2, MGATE_RECORD_BLOCK, G1, 0x1);
	KUNIT_EXPECT_EQ(test, asked_now(w, 2, G1).n, 0);
	world_leave(w, 2, 2, G1);
	KUNIT_EXPECT_EQ(test, asked_now(w, 2, G1).group, 1);
	hear_set(w, 2, MGATE_RECORD_IS_EX, G1, 0);
	world_until(w, start + 10000 + OHPI - 1);
	hear_set(w, 2, MGATE_RECORD_BLOCK, G1, 0x1);
	KUNIT_EXPECT_EQ(test, asked_now(w, 2, G1).n, 0);
	w->now = start + 10000 + OHPI;
	hear_set(w, 2, MGATE_RECORD_BLOCK, G1, 0x1);
	KUNIT_EXPECT_EQ(test, asked_now(w, 2, G1).clear, 0x1);
	world_pass(w, WORLD_LMQT);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL & ~0x1);
}

/* CONFORMANCE 85, 100: version 1 has no leave; only time ends it. */
static void version_one_ends_by_time(struct kunit *test)
{
	struct world *w = test->priv;
	u64 start;

	we_ask(w, 3);
	start = w->now;
	older_report(w, 1);
	world_leave(w, 2, 2, G1);
	hear_set(w, 2, MGATE_RECORD_TO_IN, G1, 0);
	hear_set(w, 2, MGATE_RECORD_TO_IN, G1, 0x1);
	KUNIT_EXPECT_EQ(test, asked_until(w, start + WORLD_GMI - 1, 2, G1).n, 0);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL);
	world_until(w, start + WORLD_GMI);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0);
}

/* CONFORMANCE 95, 96, 98: a leave asks twice; a second one begins nothing anew. */
static void version_two_leaves(struct kunit *test)
{
	struct world *w = test->priv;
	u64 start;

	we_ask(w, 3);
	older_report(w, 2);
	start = w->now;
	world_leave(w, 2, 2, G1);
	KUNIT_EXPECT_EQ(test, asked_until(w, start + 700, 2, G1).group, 1);
	world_leave(w, 2, 2, G1);
	KUNIT_EXPECT_EQ(test, asked_until(w, start + 1999, 2, G1).group, 1);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL);
	world_until(w, start + 2000);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0);
}

/* CONFORMANCE 81, 12; issue 5 item 5: in version 2 nobody can ask about a source: none
 * is asked about, and none ends for it.
 */
static void querier_of_version_two(struct kunit *test)
{
	struct world *w = test->priv;
	struct asked a;
	u64 start;

	we_ask(w, 2);
	start = w->now;
	hear_set(w, 2, MGATE_RECORD_ALLOW, G1, 0x3);
	hear_set(w, 2, MGATE_RECORD_BLOCK, G1, 0x1);
	hear_set(w, 2, MGATE_RECORD_TO_IN, G1, 0);
	KUNIT_EXPECT_EQ(test, asked_until(w, start + 30000, 2, G1).n, 0);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0x3);
	hear_set(w, 2, MGATE_RECORD_TO_EX, G1, 0x5);
	KUNIT_EXPECT_EQ(test, asked_until(w, start + 60000, 2, G1).n, 0);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL & ~0x4);
	hear_set(w, 2, MGATE_RECORD_TO_IN, G1, 0);
	a = asked_until(w, start + 70000, 2, G1);
	KUNIT_EXPECT_EQ(test, a.n, 2);
	KUNIT_EXPECT_EQ(test, a.group, 2);
	KUNIT_EXPECT_EQ(test, w->last_ask.query.version, 2);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0x1);
}

/* CONFORMANCE 12, DECISIONS 4: version 2 from now on: the question that is open is not
 * asked to the end, so that nothing ends by it.
 */
static void version_changes_in_between(struct kunit *test)
{
	struct world *w = test->priv;
	u64 start;

	we_ask(w, 3);
	hear_set(w, 2, MGATE_RECORD_ALLOW, G1, 0x3);
	start = w->now;
	hear_set(w, 2, MGATE_RECORD_BLOCK, G1, 0x1);
	KUNIT_EXPECT_EQ(test, asked_now(w, 2, G1).clear, 0x1);
	world_set(w, MGATE_PARAM_VERSION, 2);
	KUNIT_EXPECT_EQ(test, asked_until(w, start + 60000, 2, G1).n, 0);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0x3);
	world_until(w, start + 2 * WORLD_GMI);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
}

/* CONFORMANCE 47; INTERFACE `min_version`: older ones teach nothing at that port. */
static void min_version(struct kunit *test)
{
	struct world *w = test->priv;
	u8 least, version;

	we_ask(w, 3);
	for (least = 1; least <= 3; least++) {
		mgate_swport_set(&w->sw, 2, MGATE_PORT_MIN_VERSION, least, w->now);
		for (version = 1; version <= 3; version++) {
			mgate_membership_forget(&w->sw, 2, true, MGATE_WHY_PORT, w->now);
			world_join(w, 2, version, G1);
			KUNIT_EXPECT_EQ(test, w->in.flaw, version < least ?
					MGATE_REASON_OLD_VERSION : MGATE_REASON_NONE);
			KUNIT_EXPECT_EQ(test, !!world_member(w, 2, G1), version >= least);
			world_join(w, 3, version, G1);
			KUNIT_EXPECT_EQ(test, w->in.flaw, MGATE_REASON_NONE);
		}
		mgate_membership_forget(&w->sw, 2, true, MGATE_WHY_PORT, w->now);
		hear_set(w, 2, MGATE_RECORD_ALLOW, G1, 0x1);
		world_leave(w, 2, 2, G1);
		KUNIT_EXPECT_EQ(test, asked_now(w, 2, G1).clear, least == 3 ? 0 : 0x1);
		older_report(w, 1);
		KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), least == 1 ? ALL : 0x1);
		world_pass(w, 1000);
	}
}

/* RELIABILITY M5: what teaches nothing takes none of the VLANs that are kept. scripts/fuzz
 * found one that was never forgotten.
 */
static void min_version_no_vlan(struct kunit *test)
{
	struct world *w = test->priv;

	mgate_swport_set(&w->sw, 2, MGATE_PORT_MIN_VERSION, 3, w->now);
	world_join(w, 2, 2, G1);
	KUNIT_EXPECT_EQ(test, w->in.flaw, MGATE_REASON_OLD_VERSION);
	KUNIT_EXPECT_NULL(test, world_context(w, WORLD_VID));
	world_join(w, 2, 3, G1);
	KUNIT_EXPECT_NOT_NULL(test, world_context(w, WORLD_VID));
	world_pass(w, 2 * WORLD_GMI);
	KUNIT_EXPECT_NULL(test, world_context(w, WORLD_VID));
}

/* CONFORMANCE 58: in the range of SSM there are sources only; each record that means
 * nothing there is counted, the others of the report hold.
 */
static void range_of_ssm(struct kunit *test)
{
	static const struct { u32 grp; bool ssm; } rows[] = {
		{ 0xe7ffffff, false }, { 0xe8000000, true }, { SSM, true },
		{ 0xe8ffffff, true }, { 0xe9000000, false },
	};
	struct world *w = test->priv;
	unsigned int i;
	u32 n;

	we_ask(w, 3);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		n = rows[i].ssm;
		world_join(w, 3, 1, rows[i].grp);
		KUNIT_EXPECT_EQ(test, w->in.ssm, n);
		world_join(w, 3, 2, rows[i].grp);
		KUNIT_EXPECT_EQ(test, w->in.ssm, n);
		KUNIT_EXPECT_EQ(test, forwards(w, 3, rows[i].grp), n ? 0 : ALL);
		report_begin();
		report_set(MGATE_RECORD_IS_EX, rows[i].grp, 0x1);
		report_set(MGATE_RECORD_ALLOW, rows[i].grp, 0x6);
		report_set(MGATE_RECORD_TO_EX, rows[i].grp, 0x6);
		report_send(w, 2, 0);
		KUNIT_EXPECT_EQ(test, w->in.ssm, 2 * n);
		KUNIT_EXPECT_EQ(test, forwards(w, 2, rows[i].grp), n ? 0x6 : ALL);
		world_leave(w, 2, 2, rows[i].grp);
		KUNIT_EXPECT_EQ(test, w->in.ssm, n);
		KUNIT_EXPECT_EQ(test, asked_now(w, 2, rows[i].grp).n, n ? 0 : 2);
		hear_set(w, 2, MGATE_RECORD_BLOCK, rows[i].grp, 0x2);
		KUNIT_EXPECT_EQ(test, w->in.ssm, 0);
		world_pass(w, 5000);
		KUNIT_EXPECT_EQ(test, forwards(w, 2, rows[i].grp), n ? 0x4 : 0);
	}
}

/* CONFORMANCE 81: what cannot be asked about ends at the time it had, not later. */
static void version_two_prolongs_no_source(struct kunit *test)
{
	struct world *w = test->priv;
	u64 start;

	we_ask(w, 2);
	hear_set(w, 2, MGATE_RECORD_ALLOW, G1, 0x1);
	start = w->now;
	world_pass(w, 100000);
	hear_set(w, 2, MGATE_RECORD_BLOCK, G1, 0x1);
	world_pass(w, 1);
	KUNIT_EXPECT_EQ(test, state_of(w, 2, G1).timer[0], start + WORLD_GMI);
}

#ifndef WORLD_IPV6
/* CONFORMANCE 81, 85: nor does a leave that means nothing, where version 1 is spoken. */
static void version_one_prolongs_no_leaver(struct kunit *test)
{
	struct world *w = test->priv;
	u64 start;

	we_ask(w, 1);
	world_join(w, 2, 2, G1);
	start = w->now;
	world_pass(w, 100000);
	world_leave(w, 2, 2, G1);
	world_pass(w, 1);
	KUNIT_EXPECT_EQ(test, state_of(w, 2, G1).until, start + WORLD_GMI);
}
#endif

static struct kunit_case older_cases[] = {
	KUNIT_CASE(a_report_takes_all),
	KUNIT_CASE_PARAM(in_that_mode, mode_gen_params),
	KUNIT_CASE(back_in_time),
	KUNIT_CASE(version_one_ends_by_time),
	KUNIT_CASE(version_two_leaves),
	KUNIT_CASE(querier_of_version_two),
	KUNIT_CASE(version_changes_in_between),
	KUNIT_CASE(min_version),
	KUNIT_CASE(min_version_no_vlan),
	KUNIT_CASE(range_of_ssm),
	KUNIT_CASE(version_two_prolongs_no_source),
#ifndef WORLD_IPV6
	KUNIT_CASE(version_one_prolongs_no_leaver),
#endif
	{}
};

static struct kunit_suite older_suite = {
	.name = WORLD_NAME("mgate_older"),
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = world_init,
	.exit = world_exit,
	.test_cases = older_cases,
};

kunit_test_suite(older_suite);

MODULE_DESCRIPTION("mgate: tests of older versions and of the range of SSM");
MODULE_LICENSE("GPL");
