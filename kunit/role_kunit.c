// SPDX-License-Identifier: GPL-2.0-only
/* Whether the bridge queries: by mode, by what is heard, and changed while it runs. */
#include "world.h"

#define G1 0xef010101
#define OWN 0xc0000205		/* 192.0.2.5 */
#define LOWER 0xc0000201
#define HIGHER 0xc0000209
#define OQPI 255000
#define PATIENCE 7000

static void set_mode(struct world *w, u32 mode)
{
	world_set(w, MGATE_PARAM_QUERIER, mode);
}

/* It may query by `auto`, in a VLAN of which a first join was just heard. */
static void begin_auto(struct world *w)
{
	w->sw.params.patience_ms = PATIENCE;
	world_begin(w, MGATE_QUERIER_AUTO, 0, OWN);
	world_join(w, 2, 3, G1);
}

/* DECISIONS 10: listens for the other querier interval, and its patience. */
static void auto_listens_first(struct kunit *test)
{
	struct world *w = test->priv;
	u64 start = w->now;

	begin_auto(w);
	world_until(w, start + OQPI + PATIENCE - 1);
	KUNIT_EXPECT_EQ(test, w->asks, 0);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 64, G1));
	world_until(w, start + OQPI + PATIENCE);
	KUNIT_EXPECT_EQ(test, w->asks, 1);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_SELF);
	KUNIT_EXPECT_EQ(test, w->last_ask.query.version, 3);
	KUNIT_EXPECT_EQ(test, w->last_ask.vid, WORLD_VID);
	KUNIT_EXPECT_FALSE(test, w->last_ask.proxy);
	world_pass(w, 31250);
	KUNIT_EXPECT_EQ(test, w->asks, 2);
}

/* TRAPS 23, DECISIONS 10: never takes the role from one that is heard, whatever
 * the addresses, and however late its queries come.
 */
static void auto_never_takes_the_role(struct kunit *test)
{
	static const u32 heard[] = { LOWER, HIGHER, OWN + 1, 0xdfffffff };
	struct world *w = test->priv;
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(heard); i++) {
		mgate_switch_flush(&w->sw, w->now);
		begin_auto(w);
		world_pass(w, OQPI);
		for (n = 0; n < 10; n++) {
			world_query(w, 1, heard[i], 0);
			KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_OTHER);
			world_pass(w, OQPI - 1);
		}
	}
	KUNIT_EXPECT_EQ(test, w->asks, 0);
}

/* DECISIONS 10, CONFORMANCE 93: it falls silent: after the patience we begin. */
static void auto_follows_the_silent(struct kunit *test)
{
	struct world *w = test->priv;
	u64 heard;

	begin_auto(w);
	world_query(w, 1, LOWER, 0);
	heard = w->now;
	world_until(w, heard + OQPI - 1);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_OTHER);
	KUNIT_EXPECT_EQ(test, w->lost, 0);
	world_until(w, heard + OQPI);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_NONE);
	KUNIT_EXPECT_EQ(test, w->lost, 1);
	KUNIT_EXPECT_FALSE(test, w->lost_for_good);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 64, G1));
	world_until(w, heard + OQPI + PATIENCE - 1);
	KUNIT_EXPECT_EQ(test, w->asks, 0);
	world_until(w, heard + OQPI + PATIENCE);
	KUNIT_EXPECT_EQ(test, w->asks, 1);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_SELF);
}

/* CONFORMANCE 79, DECISIONS 10: of two that query the lower address wins. */
static void auto_steps_back(struct kunit *test)
{
	struct world *w = test->priv;

	begin_auto(w);
	world_pass(w, OQPI + PATIENCE);
	world_query(w, 1, HIGHER, 0);
	world_query(w, 1, OWN + 1, 0);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_SELF);
	world_query(w, 1, OWN - 1, 0);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_OTHER);
	KUNIT_EXPECT_TRUE(test, w->in.new_querier);
	w->asks = 0;
	world_pass(w, OQPI + PATIENCE - 1);
	KUNIT_EXPECT_EQ(test, w->asks, 0);
	world_pass(w, 1);
	KUNIT_EXPECT_EQ(test, w->asks, 1);
}

/* TRAPS 22, CONFORMANCE 14: one without an address keeps nobody from querying. */
static void no_address_keeps_nobody_silent(struct kunit *test)
{
	struct world *w = test->priv;
	u64 start = w->now;

	begin_auto(w);
	while (w->now < start + OQPI + PATIENCE - 50000) {
		world_query(w, 1, 0, 0);
		world_pass(w, 50000);
	}
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_OTHER);
	KUNIT_EXPECT_EQ(test, w->asks, 0);
	world_until(w, start + OQPI + PATIENCE);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_SELF);
	KUNIT_EXPECT_EQ(test, w->asks, 1);
	world_query(w, 1, 0, 0);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_SELF);
}

/* TRAPS 10: in a VLAN in which it cannot send it takes no role, and what somebody without
 * an address has made known stays. DECISIONS 4: nobody's report is kept from anybody for it.
 */
static void no_role_where_it_cannot_send(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned long *vlans = kunit_kzalloc(test, BITS_TO_LONGS(MGATE_VLANS) * sizeof(long),
					     GFP_KERNEL);
	u64 end = w->now + 2 * (OQPI + PATIENCE);

	KUNIT_ASSERT_NOT_NULL(test, vlans);
	__set_bit(WORLD_VID, vlans);
	mgate_role_mute(&w->sw, WORLD_AF, vlans, w->now);
	begin_auto(w);
	for (; w->now < end; world_pass(w, 50000)) {
		world_query(w, 1, 0, 0);
		KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_OTHER);
	}
	KUNIT_EXPECT_EQ(test, w->asks, 0);
	KUNIT_EXPECT_TRUE(test, world_context(w, WORLD_VID)->gating);
	world_pass(w, OQPI);
	KUNIT_EXPECT_NE(test, world_querier(w), MGATE_QUERIER_SELF);
	bitmap_zero(vlans, MGATE_VLANS);
	world_query(w, 1, 0, 0);
	mgate_role_mute(&w->sw, WORLD_AF, vlans, w->now);
	world_pass(w, OQPI + PATIENCE);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_SELF);
	KUNIT_EXPECT_GT(test, w->asks, 0);
}

/* Issue 4 item 1, CONFORMANCE 87: with short intervals the VLAN is known for less
 * time than we are to listen: it is not forgotten before it is our turn.
 */
static void listening_outlasts_the_memberships(struct kunit *test)
{
	struct world *w = test->priv;

	w->sw.params.v[MGATE_PARAM_QUERY_INTERVAL_MS] = 1000;
	w->sw.params.v[MGATE_PARAM_QUERY_RESPONSE_INTERVAL_MS] = 100;
	begin_auto(w);
	world_pass(w, 2050 + PATIENCE);
	KUNIT_ASSERT_NOT_NULL(test, world_context(w, WORLD_VID));
	KUNIT_EXPECT_EQ(test, w->asks, 1);
}

/* The same when a querier with short intervals falls silent. */
static void the_successor_is_not_forgotten(struct kunit *test)
{
	struct mgate_msg msg = world_query_msg(LOWER, 0);
	struct world *w = test->priv;

	begin_auto(w);
	msg.interval_ms = 10000;
	msg.max_resp_ms = 100;
	world_hear(w, 1, &msg);
	world_pass(w, 20050 + PATIENCE);
	KUNIT_ASSERT_NOT_NULL(test, world_context(w, WORLD_VID));
	KUNIT_EXPECT_EQ(test, w->asks, 1);
}

/* INTERFACE `querier on`, CONFORMANCE 93: at once, without having heard anybody;
 * and beside a better one that was heard until that asks again.
 */
static void on_begins_at_once(struct kunit *test)
{
	struct world *w = test->priv;

	KUNIT_EXPECT_EQ(test, world_begin(w, MGATE_QUERIER_ON, 0, OWN), w->now);
	world_tick(w);
	KUNIT_EXPECT_EQ(test, w->asks, 1);
	world_query(w, 1, LOWER, 0);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_OTHER);
	world_pass(w, 100000);
	KUNIT_EXPECT_EQ(test, w->asks, 1);
	world_query(w, 1, LOWER, 0);
	world_pass(w, OQPI);
	KUNIT_EXPECT_EQ(test, w->asks, 2);
	KUNIT_EXPECT_EQ(test, w->lost, 0);
}

/* INTERFACE `querier off`: whoever falls silent, we stay so; it floods. */
static void off_never_queries(struct kunit *test)
{
	struct world *w = test->priv;

	world_begin(w, MGATE_QUERIER_OFF, 0, OWN);
	world_join(w, 2, 3, G1);
	world_pass(w, 200000);
	world_join(w, 2, 3, G1);
	world_query(w, 1, LOWER, 0);
	world_pass(w, 200000);
	world_join(w, 2, 3, G1);
	world_pass(w, 60000);
	KUNIT_EXPECT_EQ(test, w->lost, 1);
	KUNIT_EXPECT_TRUE(test, w->lost_for_good);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 64, G1));
	world_pass(w, 500000);
	KUNIT_EXPECT_EQ(test, w->asks, 0);
	KUNIT_EXPECT_EQ(test, w->lost, 1);
}

/* Issue 4 item 6: said where streams run for somebody, not elsewhere. */
static void lost_where_nobody_listens(struct kunit *test)
{
	struct world *w = test->priv;

	world_begin(w, MGATE_QUERIER_OFF, 0, OWN);
	world_query(w, 1, LOWER, 0);
	world_leave(w, 2, 2, G1);
	world_pass(w, OQPI);
	KUNIT_EXPECT_EQ(test, w->lost, 0);
}

static const struct turn {
	const char *name;
	u32 from, to;
	u32 heard;		/* 0: nobody */
	bool gates;		/* after the change */
	u64 first;		/* own query after the change, MGATE_NEVER: none */
} turns[] = {
	{ "on to off", MGATE_QUERIER_ON, MGATE_QUERIER_OFF, 0, false, MGATE_NEVER },
	{ "on to auto", MGATE_QUERIER_ON, MGATE_QUERIER_AUTO, 0, true, 31250 - 12000 },
	{ "off to on", MGATE_QUERIER_OFF, MGATE_QUERIER_ON, 0, false, 0 },
	{ "off to auto", MGATE_QUERIER_OFF, MGATE_QUERIER_AUTO, 0, false, OQPI + PATIENCE },
	{ "auto to on", MGATE_QUERIER_AUTO, MGATE_QUERIER_ON, 0, false, 0 },
	{ "auto to off", MGATE_QUERIER_AUTO, MGATE_QUERIER_OFF, 0, false, MGATE_NEVER },
	{ "auto again", MGATE_QUERIER_AUTO, MGATE_QUERIER_AUTO, 0, false,
	  OQPI + PATIENCE - 12000 },
	{ "on again", MGATE_QUERIER_ON, MGATE_QUERIER_ON, 0, true, 31250 - 12000 },
	{ "a lower one heard, on to off", MGATE_QUERIER_ON, MGATE_QUERIER_OFF, LOWER, true,
	  MGATE_NEVER },
	{ "a lower one heard, off to auto", MGATE_QUERIER_OFF, MGATE_QUERIER_AUTO, LOWER, true,
	  OQPI + PATIENCE - 12000 },
	{ "a lower one heard, auto to on", MGATE_QUERIER_AUTO, MGATE_QUERIER_ON, LOWER, true, 0 },
	{ "a lower one heard, on to auto", MGATE_QUERIER_ON, MGATE_QUERIER_AUTO, LOWER, true,
	  OQPI + PATIENCE - 12000 },
	{ "a higher one heard, off to auto", MGATE_QUERIER_OFF, MGATE_QUERIER_AUTO, HIGHER, true,
	  OQPI + PATIENCE - 12000 },
	{ "a higher one heard, off to on", MGATE_QUERIER_OFF, MGATE_QUERIER_ON, HIGHER, true, 0 },
	{ "a higher one heard, auto to off", MGATE_QUERIER_AUTO, MGATE_QUERIER_OFF, HIGHER, true,
	  MGATE_NEVER },
};

static void turn_name(const struct turn *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(turn, turns, turn_name);

/* INTERFACE `querier`, written while the bridge runs: 12 s after its begin. */
static void written_at_run_time(struct kunit *test)
{
	const struct turn *row = test->param_value;
	struct world *w = test->priv;
	u64 turned;

	w->sw.params.patience_ms = PATIENCE;
	world_begin(w, row->from, 0, OWN);
	world_join(w, 2, 3, G1);
	if (row->heard) {
		world_tick(w);
		world_query(w, 1, row->heard, 0);
	}
	world_pass(w, 12000);
	turned = w->now;
	w->asks = 0;
	set_mode(w, row->to);
	KUNIT_EXPECT_EQ(test, !world_gets(w, 64, G1), row->gates);
	if (row->first == MGATE_NEVER) {
		world_pass(w, 3600000);
		KUNIT_EXPECT_EQ(test, w->asks, 0);
		return;
	}
	if (row->first) {
		world_until(w, turned + row->first - 1);
		KUNIT_EXPECT_EQ(test, w->asks, 0);
	}
	world_until(w, turned + row->first);
	KUNIT_EXPECT_EQ(test, w->asks, 1);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_SELF);
}

/* INTERFACE `mode audit`: silent whatever is written; may again: as at start. */
static void silent_and_again(struct kunit *test)
{
	struct world *w = test->priv;

	world_begin(w, MGATE_QUERIER_ON, 0, OWN);
	world_pass(w, 60000);
	mgate_role_set(&w->sw, false, WORLD_VID, w->now);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_NONE);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 64, G1));
	w->asks = 0;
	set_mode(w, MGATE_QUERIER_AUTO);
	set_mode(w, MGATE_QUERIER_ON);
	world_pass(w, 600000);
	KUNIT_EXPECT_EQ(test, w->asks, 0);
	KUNIT_EXPECT_EQ(test, mgate_role_set(&w->sw, true, WORLD_VID, w->now), w->now);
	world_pass(w, 31250);
	KUNIT_EXPECT_EQ(test, w->asks, 2);
}

/* DECISIONS 11: a router on the host itself: we are silent beside it, whatever
 * its address, and follow when it stops.
 */
static void a_router_on_the_host(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned int i;

	begin_auto(w);
	world_pass(w, OQPI + PATIENCE);
	KUNIT_ASSERT_EQ(test, world_querier(w), MGATE_QUERIER_SELF);
	world_query(w, MGATE_SLOT_HOST, HIGHER, 0);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_OTHER);
	KUNIT_EXPECT_TRUE(test, world_is_router(w, MGATE_SLOT_HOST));
	w->asks = 0;
	world_pass(w, OQPI + PATIENCE - 1);
	KUNIT_EXPECT_EQ(test, w->asks, 0);
	world_pass(w, 1);
	KUNIT_EXPECT_EQ(test, w->asks, 1);
	/* With our own address it is no query of ours come back. */
	world_query(w, MGATE_SLOT_HOST, OWN, 0);
	KUNIT_EXPECT_EQ(test, w->in.flaw, MGATE_REASON_NONE);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_OTHER);
	/* Who writes `on` has us begin, once. */
	set_mode(w, MGATE_QUERIER_ON);
	world_query(w, MGATE_SLOT_HOST, HIGHER, 0);
	for (i = 0; i < 4; i++) {
		world_query(w, MGATE_SLOT_HOST, HIGHER, 0);
		KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_OTHER);
	}
}

/* CONFORMANCE 79: with `on` we are the querier before our first query is sent: a
 * higher address that is heard first is not elected, a lower one is.
 */
static void on_needs_no_tick(struct kunit *test)
{
	struct world *w = test->priv;

	world_begin(w, MGATE_QUERIER_ON, 0, OWN);
	world_query(w, 1, HIGHER, 0);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_SELF);
	world_query(w, 1, LOWER, 0);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_OTHER);
}

/* DECISIONS 10: we have an address and query: a real querier is known. */
static void no_proxy_beside_us(struct kunit *test)
{
	struct world *w = test->priv;

	world_begin(w, MGATE_QUERIER_ON, 0, OWN);
	world_pass(w, 60000);
	world_query(w, 3, 0, 0);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_SELF);
	KUNIT_EXPECT_FALSE(test, world_is_router(w, 3));
}

static struct kunit_case role_cases[] = {
	KUNIT_CASE(on_needs_no_tick),
	KUNIT_CASE(auto_listens_first),
	KUNIT_CASE(auto_never_takes_the_role),
	KUNIT_CASE(auto_follows_the_silent),
	KUNIT_CASE(auto_steps_back),
	KUNIT_CASE(no_address_keeps_nobody_silent),
	KUNIT_CASE(no_role_where_it_cannot_send),
	KUNIT_CASE(listening_outlasts_the_memberships),
	KUNIT_CASE(the_successor_is_not_forgotten),
	KUNIT_CASE(on_begins_at_once),
	KUNIT_CASE(off_never_queries),
	KUNIT_CASE(lost_where_nobody_listens),
	KUNIT_CASE_PARAM(written_at_run_time, turn_gen_params),
	KUNIT_CASE(silent_and_again),
	KUNIT_CASE(a_router_on_the_host),
	KUNIT_CASE(no_proxy_beside_us),
	{}
};

static struct kunit_suite role_suite = {
	.name = WORLD_NAME("mgate_role"),
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = world_init,
	.exit = world_exit,
	.test_cases = role_cases,
};

kunit_test_suite(role_suite);

MODULE_DESCRIPTION("mgate: tests of whether the bridge queries");
MODULE_LICENSE("GPL");
