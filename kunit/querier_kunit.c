// SPDX-License-Identifier: GPL-2.0-only
/* The querier of a VLAN: election, values taken over, loss, own queries. */
#include <linux/module.h>

#include "../module/addr.c"
#include "messages.h"
#include "../module/params.c"
#include "../module/querier.c"
#include "common.h"

struct world {
	struct mgate_querier q;
	struct mgate_addr own;
	struct mgate_params p;
	bool clamped;
};

static int querier_init(struct kunit *test)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);

	if (!w)
		return -ENOMEM;
	mgate_params_setup(&w->p);
	w->p.v[MGATE_PARAM_QUERIER] = MGATE_QUERIER_OFF;
	mgate_querier_setup(&w->q, &w->p, 0);
	test->priv = w;
	return 0;
}

/* A v3 general query with the usual values. */
static struct mgate_msg query_from(u32 address)
{
	struct mgate_msg msg = {
		.src = ip4_of(address), .max_resp_ms = 10000, .interval_ms = 125000,
		.robustness = 2, .kind = MGATE_KIND_QUERY, .version = 3,
	};

	return msg;
}

static enum mgate_heard hear(struct world *w, u32 address, u64 now)
{
	struct mgate_msg msg = query_from(address);

	return mgate_querier_hear(&w->q, &w->p, &w->own, &msg, 7, now, &w->clamped);
}

/* From now on we query, unless a better one does. */
static void begin(struct world *w, u64 now)
{
	w->p.v[MGATE_PARAM_QUERIER] = MGATE_QUERIER_ON;
	memset(&w->q, 0, sizeof(w->q));
	mgate_querier_setup(&w->q, &w->p, now);
	mgate_querier_expire(&w->q, &w->p, now);
}

/*
 * RFC 9776 6.6.2 with DECISIONS 10, told again: of those that query, the lowest
 * real address; only where there is none, one without address, we before others.
 */
static bool better(u32 a, u32 b)
{
	return a && (!b || a < b);
}

static const struct elect_row {
	const char *name;
	bool self;
	u32 own;
} elect_rows[] = {
	{ "we only listen", false, 0 },
	{ "we query without an address", true, 0 },
	{ "we query with the lowest address", true, 0xc0000201 },
	{ "we query with one in the middle", true, 0xc0000205 },
	{ "we query with the highest", true, 0xc00002ff },
};

static void elect_name(const struct elect_row *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(elect, elect_rows, elect_name);

static void elect_in_order(struct kunit *test, const struct elect_row *row, const u32 *order)
{
	struct world *w = test->priv;
	u32 winner = row->own;
	bool any = row->self, ours = row->self;
	unsigned int i;

	w->own = ip4_of(row->own);
	memset(&w->q, 0, sizeof(w->q));
	mgate_querier_setup(&w->q, &w->p, 1000);
	if (row->self)
		begin(w, 1000);
	for (i = 0; i < 3; i++) {
		if (!any || better(order[i], winner)) {
			winner = order[i];
			ours = false;
		}
		any = true;
		hear(w, order[i], 1000 + i);
		KUNIT_ASSERT_EQ_MSG(test, w->q.state,
				    ours ? MGATE_QUERIER_SELF : MGATE_QUERIER_OTHER,
				    "%08x %08x %08x, step %u", order[0], order[1], order[2], i);
		if (!ours)
			KUNIT_ASSERT_EQ_MSG(test, number_of(&w->q.addr), winner,
					    "%08x %08x %08x, step %u", order[0], order[1],
					    order[2], i);
	}
}

/* CONFORMANCE 14, 79; RELIABILITY Q1, Q2, Q3: three queriers in every order. */
static void elects_in_every_order(struct kunit *test)
{
	static const u32 heard[] = { 0, 0xc0000202, 0xc0000205, 0xc0000209, 0x0a0000ff };
	const struct elect_row *row = test->param_value;
	unsigned int i, n = ARRAY_SIZE(heard);
	u32 order[3];

	for (i = 0; i < n * n * n; i++) {
		order[0] = heard[i % n];
		order[1] = heard[i / n % n];
		order[2] = heard[i / n / n];
		elect_in_order(test, row, order);
	}
}

/* What the switch is told: new, again, nothing. */
static void tells_what_changed(struct kunit *test)
{
	struct world *w = test->priv;

	KUNIT_EXPECT_EQ(test, hear(w, 0, 0), MGATE_HEARD_NEW);
	KUNIT_EXPECT_EQ(test, hear(w, 0, 1), MGATE_HEARD_AGAIN);
	KUNIT_EXPECT_EQ(test, hear(w, 0xc0000209, 2), MGATE_HEARD_NEW);
	KUNIT_EXPECT_EQ(test, w->q.slot, 7);
	KUNIT_EXPECT_EQ(test, hear(w, 0xc0000209, 3), MGATE_HEARD_AGAIN);
	KUNIT_EXPECT_EQ(test, hear(w, 0, 4), MGATE_HEARD_NOTHING);
	KUNIT_EXPECT_EQ(test, hear(w, 0xc000020a, 4), MGATE_HEARD_NOTHING);
	KUNIT_EXPECT_EQ(test, w->q.expires, 3 + 255000);
	KUNIT_EXPECT_EQ(test, hear(w, 0xc0000201, 5), MGATE_HEARD_NEW);
	KUNIT_EXPECT_EQ(test, w->q.expires, 5 + 255000);
	KUNIT_EXPECT_FALSE(test, w->clamped);
}

/* RELIABILITY Q4, CONFORMANCE 79: lost at its time, not before; then anybody. */
static void lost_at_its_time(struct kunit *test)
{
	struct world *w = test->priv;

	hear(w, 0xc0000201, 1000);
	KUNIT_EXPECT_EQ(test, mgate_querier_deadline(&w->q), 256000);
	KUNIT_EXPECT_FALSE(test, mgate_querier_expire(&w->q, &w->p, 255999));
	KUNIT_EXPECT_EQ(test, w->q.state, MGATE_QUERIER_OTHER);
	KUNIT_EXPECT_TRUE(test, mgate_querier_expire(&w->q, &w->p, 256000));
	KUNIT_EXPECT_EQ(test, w->q.state, MGATE_QUERIER_NONE);
	KUNIT_EXPECT_EQ(test, mgate_querier_deadline(&w->q), MGATE_NEVER);
	KUNIT_EXPECT_FALSE(test, mgate_querier_expire(&w->q, &w->p, 999999));
	KUNIT_EXPECT_EQ(test, hear(w, 0xc0000209, 256001), MGATE_HEARD_NEW);
	KUNIT_EXPECT_EQ(test, number_of(&w->q.addr), 0xc0000209);
}

/* CONFORMANCE 79, 93: where it is lost and we may, we query, with the burst. */
static void we_follow_the_lost(struct kunit *test)
{
	struct world *w = test->priv;

	w->own = ip4(192, 0, 2, 200);
	begin(w, 0);
	hear(w, 0xc0000201, 1000);
	KUNIT_ASSERT_EQ(test, w->q.state, MGATE_QUERIER_OTHER);
	KUNIT_EXPECT_FALSE(test, mgate_querier_ask(&w->q, &w->p, 0, 200000));
	KUNIT_EXPECT_TRUE(test, mgate_querier_expire(&w->q, &w->p, 256000));
	KUNIT_EXPECT_EQ(test, w->q.state, MGATE_QUERIER_SELF);
	KUNIT_EXPECT_EQ(test, w->q.slot, MGATE_SLOT_HOST);
	KUNIT_EXPECT_TRUE(test, mgate_addr_is_zero(&w->q.addr));
	KUNIT_EXPECT_EQ(test, w->q.startup_left, 2);
	KUNIT_EXPECT_TRUE(test, mgate_querier_ask(&w->q, &w->p, 0, 256000));
	KUNIT_EXPECT_EQ(test, mgate_querier_deadline(&w->q), 256000 + 31250);
}

static const struct burst_row {
	const char *name;
	u32 robustness, interval, sqi, sqc;
	u32 at[6];
} burst_rows[] = {
	{ "the defaults", 2, 125000, MGATE_AUTO, MGATE_AUTO,
	  { 0, 31250, 156250, 281250, 406250, 531250 } },
	{ "robustness 3", 3, 125000, MGATE_AUTO, MGATE_AUTO,
	  { 0, 31250, 62500, 187500, 312500, 437500 } },
	{ "a count of 1", 2, 125000, MGATE_AUTO, 1,
	  { 0, 125000, 250000, 375000, 500000, 625000 } },
	{ "a count of 4, each 2 s", 2, 60000, 2000, 4,
	  { 0, 2000, 4000, 6000, 66000, 126000 } },
	{ "the fastest", 1, 1000, 1000, 1, { 0, 1000, 2000, 3000, 4000, 5000 } },
};

static void burst_name(const struct burst_row *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(burst, burst_rows, burst_name);

/* CONFORMANCE 93: the startup burst, then the query interval; never early. */
static void asks_on_schedule(struct kunit *test)
{
	const struct burst_row *row = test->param_value;
	struct world *w = test->priv;
	u64 start = 5000000000ull, at;
	unsigned int i;

	w->p.v[MGATE_PARAM_ROBUSTNESS] = row->robustness;
	w->p.v[MGATE_PARAM_QUERY_INTERVAL_MS] = row->interval;
	w->p.v[MGATE_PARAM_QUERY_RESPONSE_INTERVAL_MS] = 100;
	w->p.v[MGATE_PARAM_STARTUP_QUERY_INTERVAL_MS] = row->sqi;
	w->p.v[MGATE_PARAM_STARTUP_QUERY_COUNT] = row->sqc;
	begin(w, start);
	for (i = 0; i < ARRAY_SIZE(row->at); i++) {
		at = start + row->at[i];
		KUNIT_EXPECT_EQ(test, mgate_querier_deadline(&w->q), at);
		if (at > start)
			KUNIT_EXPECT_FALSE(test, mgate_querier_ask(&w->q, &w->p, 0, at - 1));
		KUNIT_EXPECT_TRUE(test, mgate_querier_ask(&w->q, &w->p, 0, at));
		KUNIT_EXPECT_FALSE(test, mgate_querier_ask(&w->q, &w->p, 0, at));
	}
}

/* A tick that comes late sends one query, not all that it missed. */
static void late_is_one_query(struct kunit *test)
{
	struct world *w = test->priv;

	begin(w, 0);
	KUNIT_EXPECT_TRUE(test, mgate_querier_ask(&w->q, &w->p, 0, 900000));
	KUNIT_EXPECT_FALSE(test, mgate_querier_ask(&w->q, &w->p, 0, 900001));
	KUNIT_EXPECT_EQ(test, mgate_querier_deadline(&w->q), 931250);
}

static const struct adopt_row {
	const char *name;
	u32 robustness, interval, response;
	u32 want_robustness, want_interval, want_response;
	bool clamped;
} adopt_rows[] = {
	{ "the usual values", 2, 125000, 10000, 2, 125000, 10000, false },
	{ "not said: those configured here", 0, 0, 10000, 3, 100000, 10000, false },
	{ "the lower bounds", 2, 10000, 100, 2, 10000, 100, false },
	{ "the upper bounds", 7, 3600000, 60000, 7, 3600000, 60000, false },
	{ "robustness 1", 1, 125000, 10000, 2, 125000, 10000, true },
	{ "interval 9 s", 2, 9000, 1000, 2, 10000, 1000, true },
	{ "interval 3968 s", 2, 3968000, 10000, 2, 3600000, 10000, true },
	{ "the longest interval", 2, 31744000, 10000, 2, 3600000, 10000, true },
	{ "response 0", 2, 125000, 0, 2, 125000, 100, true },
	{ "response 60.8 s", 2, 125000, 60800, 2, 125000, 60800, false },
	{ "response 60.8 s, interval 30 s", 2, 30000, 60800, 2, 30000, 60000, true },
	{ "response 300 s, interval 310 s", 2, 310000, 300000, 2, 310000, 300000, false },
	{ "the longest response", 2, 125000, 3174400, 2, 125000, 125000, true },
};

static void adopt_name(const struct adopt_row *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(adopt, adopt_rows, adopt_name);

/* CONFORMANCE 89, 90; DECISIONS 9: taken over within bounds, else clamped. */
static void values_are_taken_over(struct kunit *test)
{
	const struct adopt_row *row = test->param_value;
	struct mgate_msg msg = query_from(0xc0000201);
	struct world *w = test->priv;
	struct mgate_timing t;

	w->p.v[MGATE_PARAM_ROBUSTNESS] = 3;
	w->p.v[MGATE_PARAM_QUERY_INTERVAL_MS] = 100000;
	msg.robustness = (u8)row->robustness;
	msg.interval_ms = row->interval;
	msg.max_resp_ms = row->response;
	mgate_querier_hear(&w->q, &w->p, &w->own, &msg, 1, 0, &w->clamped);
	t = mgate_querier_timing(&w->q, &w->p);
	KUNIT_EXPECT_EQ(test, w->clamped, row->clamped);
	KUNIT_EXPECT_EQ(test, t.robustness, row->want_robustness);
	KUNIT_EXPECT_EQ(test, t.query_ms, row->want_interval);
	KUNIT_EXPECT_EQ(test, t.response_ms, row->want_response);
	KUNIT_EXPECT_EQ(test, t.last_member_count, row->want_robustness);
	KUNIT_EXPECT_EQ(test, w->q.expires, (u64)row->want_robustness * row->want_interval +
			row->want_response / 2);
	w->p.v[MGATE_PARAM_LAST_MEMBER_COUNT] = 5;
	KUNIT_EXPECT_EQ(test, mgate_querier_timing(&w->q, &w->p).last_member_count, 5);
}

/* CONFORMANCE 88: with the querier its values go; ours are in force at once. */
static void own_values_without_querier(struct kunit *test)
{
	struct mgate_msg msg = query_from(0xc0000201);
	struct world *w = test->priv;

	msg.robustness = 7;
	msg.interval_ms = 20000;
	mgate_querier_hear(&w->q, &w->p, &w->own, &msg, 1, 0, &w->clamped);
	KUNIT_EXPECT_EQ(test, mgate_querier_timing(&w->q, &w->p).query_ms, 20000);
	KUNIT_EXPECT_EQ(test, w->q.expires, 145000);
	KUNIT_EXPECT_TRUE(test, mgate_querier_expire(&w->q, &w->p, 145000));
	KUNIT_EXPECT_EQ(test, mgate_querier_timing(&w->q, &w->p).query_ms, 125000);
	KUNIT_EXPECT_EQ(test, mgate_querier_timing(&w->q, &w->p).robustness, 2);
	w->p.v[MGATE_PARAM_QUERY_INTERVAL_MS] = 60000;
	KUNIT_EXPECT_EQ(test, mgate_querier_timing(&w->q, &w->p).query_ms, 60000);
}

/* A query as it comes off the wire. */
static void hear_bytes(struct kunit *test, struct world *w, const u8 *igmp, u16 len)
{
	struct mgate_datagram d = {
		.src = ip4(192, 0, 2, 1), .dst = ip4(224, 0, 0, 1), .payload = igmp,
		.len = len, .ttl = 1, .protocol = 2,
	};
	struct mgate_msg msg;

	mgate_igmp_parse(&d, false, &msg);
	KUNIT_ASSERT_EQ(test, msg.flaw, MGATE_REASON_NONE);
	mgate_querier_hear(&w->q, &w->p, &w->own, &msg, 1, 0, &w->clamped);
}

/* RELIABILITY Q5, I1: every code, after a query of each version, stays bounded. */
static void all_codes_all_versions(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned int code, before;
	u8 igmp[12] = { 0x11 };
	struct mgate_timing t;

	for (code = 0; code < 256; code++) {
		for (before = 1; before <= 3; before++) {
			igmp[1] = before == 1 ? 0 : (u8)code;
			hear_bytes(test, w, igmp, before == 3 ? 12 : 8);
			igmp[1] = (u8)code;
			igmp[8] = (u8)code;
			igmp[9] = (u8)code;
			hear_bytes(test, w, igmp, 12);
			KUNIT_EXPECT_EQ(test, w->q.version, 3);
			t = mgate_querier_timing(&w->q, &w->p);
			KUNIT_EXPECT_TRUE(test, t.response_ms >= 100);
			KUNIT_EXPECT_LE(test, t.response_ms, max(60000U, t.query_ms));
			KUNIT_EXPECT_TRUE(test, t.query_ms >= 10000 && t.query_ms <= 3600000);
			KUNIT_EXPECT_TRUE(test, t.robustness >= 2 && t.robustness <= 7);
		}
	}
}

/* CONFORMANCE 31, 89, 90: a v1 or v2 query says neither; 10 s for v1. */
static void older_versions_say_less(struct kunit *test)
{
	static const u8 v1[8] = { 0x11 }, v2[8] = { 0x11, 50 };
	struct world *w = test->priv;

	w->p.v[MGATE_PARAM_QUERY_INTERVAL_MS] = 100000;
	hear_bytes(test, w, v1, sizeof(v1));
	KUNIT_EXPECT_EQ(test, w->q.version, 1);
	KUNIT_EXPECT_EQ(test, w->q.response_ms, 10000);
	KUNIT_EXPECT_EQ(test, w->q.query_ms, 100000);
	hear_bytes(test, w, v2, sizeof(v2));
	KUNIT_EXPECT_EQ(test, w->q.version, 2);
	KUNIT_EXPECT_EQ(test, w->q.response_ms, 5000);
	KUNIT_EXPECT_EQ(test, w->q.robustness, 2);
	KUNIT_EXPECT_FALSE(test, w->clamped);
}

/* RFC 9776 6.6.2: who had no address when another was elected, and then has a lower one, takes
 * the role when it next hears that one; with `auto` it leaves the role where it is.
 */
static void address_comes_late(struct kunit *test)
{
	struct world *w = test->priv;

	begin(w, 0);
	KUNIT_EXPECT_EQ(test, hear(w, 0xc0000205, 1000), MGATE_HEARD_NEW);
	w->own = ip4_of(0xc0000209);
	KUNIT_EXPECT_EQ(test, hear(w, 0xc0000205, 2000), MGATE_HEARD_AGAIN);
	w->own = ip4_of(0xc0000201);
	w->p.v[MGATE_PARAM_QUERIER] = MGATE_QUERIER_AUTO;
	KUNIT_EXPECT_EQ(test, hear(w, 0xc0000205, 3000), MGATE_HEARD_AGAIN);
	w->p.v[MGATE_PARAM_QUERIER] = MGATE_QUERIER_ON;
	KUNIT_EXPECT_EQ(test, hear(w, 0xc0000205, 4000), MGATE_HEARD_NOTHING);
	KUNIT_EXPECT_EQ(test, w->q.state, MGATE_QUERIER_SELF);
}

static struct kunit_case querier_cases[] = {
	KUNIT_CASE_PARAM(elects_in_every_order, elect_gen_params),
	KUNIT_CASE(tells_what_changed),
	KUNIT_CASE(lost_at_its_time),
	KUNIT_CASE(we_follow_the_lost),
	KUNIT_CASE_PARAM(asks_on_schedule, burst_gen_params),
	KUNIT_CASE(late_is_one_query),
	KUNIT_CASE_PARAM(values_are_taken_over, adopt_gen_params),
	KUNIT_CASE(own_values_without_querier),
	KUNIT_CASE(all_codes_all_versions),
	KUNIT_CASE(older_versions_say_less),
	KUNIT_CASE(address_comes_late),
	{}
};

static struct kunit_suite querier_suite = {
	.name = "mgate_querier",
	.init = querier_init,
	.test_cases = querier_cases,
};

kunit_test_suite(querier_suite);

MODULE_DESCRIPTION("mgate: tests of querier election and schedule");
MODULE_LICENSE("GPL");
