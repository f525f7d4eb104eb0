// SPDX-License-Identifier: GPL-2.0-only
/* Own queries: how many, in which version, and what a port that starts is asked. */
#include "queries.h"

#define LOWER 0xc0000201

static void join_in(struct world *w, u16 slot, u16 vid, u32 grp)
{
	struct mgate_msg msg = {
		.grp = world_addr(grp), .version = 2, .count = 1, .kind = MGATE_KIND_REPORT,
	};

	world_hear_in(w, slot, vid, &msg);
}

/* TRAPS 26, DECISIONS 8: 256 VLANs begin at once: 100 queries a second at the
 * most, all of them get their burst, and later each has its own moment.
 */
static void many_vlans_at_once(struct kunit *test)
{
	struct log *log = kunit_kzalloc(test, sizeof(*log), GFP_KERNEL);
	struct world *w = test->priv;
	u64 start = w->now;
	u16 vid;

	KUNIT_ASSERT_NOT_NULL(test, log);
	world_begin(w, MGATE_QUERIER_ON, 0, OWN);
	for (vid = 1; vid <= 256; vid++)
		join_in(w, 2, vid, G1);
	note_until(test, w, log, start + 31250 - 1);
	KUNIT_EXPECT_EQ(test, log->n, 256);
	KUNIT_EXPECT_LE(test, log->at[log->n - 1] - start, 2600);
	KUNIT_EXPECT_LE(test, most_in(log, SECOND), MOST);
	note_until(test, w, log, start + 31250 + 10000);
	KUNIT_EXPECT_EQ(test, log->n, 512);
	for (vid = 1; vid <= 256; vid++)
		KUNIT_EXPECT_EQ_MSG(test, w->vlan_asks[vid], 2, "VLAN %u", vid);
	note_until(test, w, log, start + 31250 + 4 * 125000);
	KUNIT_EXPECT_LE(test, most_in(log, SECOND), MOST);
	for (vid = 1; vid <= 256; vid++) {
		KUNIT_EXPECT_GE_MSG(test, w->vlan_asks[vid], 5, "VLAN %u", vid);
		KUNIT_EXPECT_LE_MSG(test, w->vlan_asks[vid], 6, "VLAN %u", vid);
	}
}

/* TRAPS 26, DECISIONS 4: the shortest interval in 256 VLANs cannot be kept: the
 * bound is, and each VLAN gets its share: none is left without queries.
 */
static void the_bound_is_kept(struct kunit *test)
{
	struct log *log = kunit_kzalloc(test, sizeof(*log), GFP_KERNEL);
	unsigned int i, fewest = UINT_MAX;
	struct world *w = test->priv;
	u16 vid;

	KUNIT_ASSERT_NOT_NULL(test, log);
	w->sw.params.v[MGATE_PARAM_QUERY_INTERVAL_MS] = 1000;
	w->sw.params.v[MGATE_PARAM_QUERY_RESPONSE_INTERVAL_MS] = 100;
	world_begin(w, MGATE_QUERIER_ON, 0, OWN);
	for (vid = 1; vid <= 256; vid++)
		join_in(w, 2, vid, G1);
	for (i = 0; i < 30; i++) {
		note_until(test, w, log, w->now + 1000);
		for (vid = 1; vid <= 256; vid++)
			join_in(w, 2, vid, G1);
	}
	KUNIT_EXPECT_LE(test, most_in(log, SECOND), MOST);
	KUNIT_EXPECT_GE(test, log->n, 2900);
	for (vid = 1; vid <= 256; vid++)
		fewest = min(fewest, w->vlan_asks[vid]);
	KUNIT_EXPECT_GE(test, fewest, 6);
}

static void note_first(u64 *first, const struct mgate_addr *grp, u64 now)
{
	if (!mgate_addr_is_zero(grp) && !first[world_number(grp) - G1])
		first[world_number(grp) - G1] = now;
}

/* Issue 4 item 2, DECISIONS 4, TRAPS 26: a host leaves 400 groups at once, more
 * than can be asked about in the last member time. While the answer is awaited
 * nothing is cut: each gets its time from its own first query on, and who
 * answers within it stays.
 */
static void a_storm_of_leaves_cuts_nobody(struct kunit *test)
{
	enum { GROUPS = 400 };
	u64 *first = kunit_kcalloc(test, GROUPS, sizeof(*first), GFP_KERNEL);
	struct world *w = test->priv;
	unsigned int i, n, early = 0;
	bool more;

	KUNIT_ASSERT_NOT_NULL(test, first);
	world_begin(w, MGATE_QUERIER_ON, 2, OWN);
	world_pass(w, 60000);
	for (i = 0; i < GROUPS; i++)
		world_join(w, 2, 2, G1 + i);
	for (i = 0; i < GROUPS; i++)
		world_leave(w, 2, 2, G1 + i);
	w->asks = 0;
	for (n = 0; n < 300; n++, w->now += 100) {
		do {
			more = world_run(w);
			for (i = 0; i < w->run.n; i++)
				note_first(first, &w->run.ask[i].query.grp, w->now);
		} while (more);
		for (i = 0; i < GROUPS; i++)
			early += !world_gets(w, 2, G1 + i) &&
				 (!first[i] || w->now < first[i] + 1000);
		/* The second half is still watched. */
		for (i = GROUPS / 2; i < GROUPS; i++)
			if (first[i] && w->now == first[i] + 900)
				world_join(w, 2, 2, G1 + i);
	}
	KUNIT_EXPECT_EQ(test, early, 0);
	for (i = 0; i < GROUPS; i++) {
		KUNIT_EXPECT_NE_MSG(test, first[i], 0, "group %u was never asked about", i);
		KUNIT_EXPECT_EQ_MSG(test, world_gets(w, 2, G1 + i), i >= GROUPS / 2, "group %u",
				    i);
	}
	KUNIT_EXPECT_GE(test, w->asks, 2 * GROUPS);
}

#ifdef WORLD_IPV6
/* INTERFACE `version`: MLD has no counterpart of IGMPv1: 1 is MLDv1, which asks about groups. */
static void version_1_is_mld_1(struct kunit *test)
{
	struct world *w = test->priv;

	world_begin(w, MGATE_QUERIER_ON, 1, OWN);
	world_pass(w, 60000);
	KUNIT_EXPECT_EQ(test, w->last_ask.query.version, 2);
	world_join(w, 2, 2, G1);
	world_leave(w, 2, 2, G1);
	world_pass(w, 60000);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
}
#else
/* CONFORMANCE 81: version 1 asks about no group, and leaves mean nothing. */
static void version_1_asks_about_no_group(struct kunit *test)
{
	struct world *w = test->priv;

	world_begin(w, MGATE_QUERIER_ON, 1, OWN);
	world_pass(w, 60000);
	world_join(w, 2, 2, G1);
	world_join(w, 64, 3, G1);
	w->asks = 0;
	world_leave(w, 2, 2, G1);
	world_leave(w, 64, 3, G1);
	world_pass(w, 60000);
	KUNIT_EXPECT_EQ(test, w->asks, 0);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1) && world_gets(w, 64, G1));
	world_pass(w, 125000);
	KUNIT_EXPECT_EQ(test, w->last_ask.query.version, 1);
	KUNIT_EXPECT_TRUE(test, mgate_addr_is_zero(&w->last_ask.query.grp));
	world_pass(w, WORLD_GMI - 60000 - 125000);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
}

/* CONFORMANCE 81: and a port with fast leave makes no exception. */
static void version_1_ends_nothing_at_once(struct kunit *test)
{
	struct world *w = test->priv;

	world_begin(w, MGATE_QUERIER_ON, 1, OWN);
	world_pass(w, 60000);
	mgate_swport_set(&w->sw, 2, MGATE_PORT_FAST_LEAVE, 1, w->now);
	world_join(w, 2, 2, G1);
	world_leave(w, 2, 2, G1);
	world_pass(w, 60000);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
}

/* CONFORMANCE 81: `version 1` is written between two queries of a group. */
static void version_1_ends_the_asking(struct kunit *test)
{
	struct world *w = test->priv;

	world_begin(w, MGATE_QUERIER_ON, 2, OWN);
	world_pass(w, 60000);
	world_join(w, 2, 2, G1);
	world_leave(w, 2, 2, G1);
	world_tick(w);
	w->asks = 0;
	KUNIT_EXPECT_EQ(test, world_set(w, MGATE_PARAM_VERSION, 1), 0);
	world_pass(w, 20000);
	KUNIT_EXPECT_EQ(test, w->asks, 0);
}
#endif

/* CONFORMANCE 13, 81: a version 1 querier with a lower address takes over then. */
static void a_v1_querier_ends_the_asking(struct kunit *test)
{
	struct mgate_msg msg = world_query_msg(LOWER, 0);
	struct world *w = test->priv;

	world_begin(w, MGATE_QUERIER_ON, 2, OWN);
	world_pass(w, 60000);
	world_join(w, 2, 2, G1);
	world_leave(w, 2, 2, G1);
	world_tick(w);
	w->asks = 0;
	msg.version = 1;
	world_hear(w, 1, &msg);
	world_pass(w, 20000);
	KUNIT_EXPECT_EQ(test, w->asks, 0);
}

/* CONFORMANCE 80: said once that an older version is about, then followed. */
static void an_older_version_is_told(struct kunit *test)
{
	struct mgate_msg msg = world_query_msg(0xc00002fe, 0);
	struct world *w = test->priv;

	world_begin(w, MGATE_QUERIER_ON, 3, OWN);
	world_tick(w);
	world_hear(w, 1, &msg);
	KUNIT_EXPECT_FALSE(test, w->in.other_version);
	msg.version = 2;
	world_hear(w, 1, &msg);
	KUNIT_EXPECT_TRUE(test, w->in.other_version);
	world_set(w, MGATE_PARAM_VERSION, 0);
	world_hear(w, 1, &msg);
	KUNIT_EXPECT_FALSE(test, w->in.other_version);
	world_pass(w, 31250);
	KUNIT_EXPECT_EQ(test, w->last_ask.query.version, 2);
}

/* CONFORMANCE 10, 11, 13; issue 4 item 5: a port that starts is asked at once,
 * there only, in every VLAN that gates or is about to, and it alone settles.
 */
static void a_port_that_starts_is_asked(struct kunit *test)
{
	struct mgate_msg query = world_query_msg(LOWER, 0);
	struct world *w = test->priv;

	query.version = 2;
	query.max_resp_ms = 8000;
	world_hear(w, 1, &query);
	world_hear_in(w, 1, 20, &query);
	world_pass(w, 10000);
	world_hear_in(w, 1, 30, &query);
	join_in(w, 2, 40, G1);
	KUNIT_EXPECT_EQ(test, mgate_swport_start(&w->sw, 64, w->now), w->now);
	world_tick(w);
	KUNIT_EXPECT_EQ(test, w->asks, 2);
	KUNIT_EXPECT_EQ(test, w->vlan_asks[WORLD_VID], 1);
	KUNIT_EXPECT_EQ(test, w->vlan_asks[20], 1);
	KUNIT_EXPECT_EQ(test, w->last_ask.slot, 64);
	KUNIT_EXPECT_TRUE(test, w->last_ask.proxy);
	KUNIT_EXPECT_TRUE(test, mgate_addr_is_zero(&w->last_ask.query.grp));
	KUNIT_EXPECT_EQ(test, w->last_ask.query.version, 2);
	KUNIT_EXPECT_EQ(test, w->last_ask.query.max_resp_ms, 8000);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 64, G1));
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1));
	world_pass(w, 9999);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 64, G1));
	world_pass(w, 1);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 64, G1));
	/* Where others were still answering it is asked when they have. */
	KUNIT_EXPECT_EQ(test, w->asks, 3);
	KUNIT_EXPECT_EQ(test, w->vlan_asks[30], 1);
}

/* The same while we query: with our address, in our version. */
static void our_port_that_starts_is_asked(struct kunit *test)
{
	struct world *w = test->priv;

	world_begin(w, MGATE_QUERIER_ON, 3, OWN);
	world_pass(w, 60000);
	w->asks = 0;
	mgate_swport_start(&w->sw, 3, w->now);
	world_pass(w, 5000);
	mgate_swport_start(&w->sw, 65, w->now);
	world_tick(w);
	KUNIT_EXPECT_EQ(test, w->asks, 2);
	KUNIT_EXPECT_FALSE(test, w->last_ask.proxy);
	KUNIT_EXPECT_EQ(test, w->last_ask.slot, 65);
	world_pass(w, 10000);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 3, G1) || world_gets(w, 65, G1));
	/* One that goes before it was asked is not asked. */
	mgate_swport_start(&w->sw, 3, w->now);
	mgate_swport_stop(&w->sw, 3, w->now);
	mgate_swport_start(&w->sw, 128, w->now);
	mgate_swport_del(&w->sw, 128, w->now);
	world_pass(w, 1000);
	KUNIT_EXPECT_EQ(test, w->asks, 2);
	mgate_swport_add(&w->sw, &w->ports[7], 128);
}

/* TRAPS 26: all ports start at once: within the bound too, and all are asked. */
static void many_ports_start(struct kunit *test)
{
	struct log *log = kunit_kzalloc(test, sizeof(*log), GFP_KERNEL);
	struct mgate_msg query = world_query_msg(LOWER, 0);
	struct world *w = test->priv;
	unsigned int i;
	u16 vid;

	KUNIT_ASSERT_NOT_NULL(test, log);
	for (vid = 1; vid <= 50; vid++)
		world_hear_in(w, 1, vid, &query);
	world_pass(w, 10000);
	for (i = 0; i < WORLD_PORTS; i++)
		mgate_swport_start(&w->sw, world_slots[i], w->now);
	note_until(test, w, log, w->now + 20000);
	KUNIT_EXPECT_EQ(test, log->n, 50 * WORLD_PORTS);
	KUNIT_EXPECT_LE(test, most_in(log, SECOND), MOST);
	for (i = 0; i < WORLD_PORTS; i++)
		if (world_slots[i] != 1)
			KUNIT_EXPECT_FALSE(test, world_gets(w, world_slots[i], G1));
}

static struct kunit_case asking_cases[] = {
	KUNIT_CASE(many_vlans_at_once),
	KUNIT_CASE(the_bound_is_kept),
	KUNIT_CASE(a_storm_of_leaves_cuts_nobody),
#ifdef WORLD_IPV6
	KUNIT_CASE(version_1_is_mld_1),
#else
	KUNIT_CASE(version_1_asks_about_no_group),
	KUNIT_CASE(version_1_ends_nothing_at_once),
	KUNIT_CASE(version_1_ends_the_asking),
#endif
	KUNIT_CASE(a_v1_querier_ends_the_asking),
	KUNIT_CASE(an_older_version_is_told),
	KUNIT_CASE(a_port_that_starts_is_asked),
	KUNIT_CASE(our_port_that_starts_is_asked),
	KUNIT_CASE(many_ports_start),
	{}
};

static struct kunit_suite asking_suite = {
	.name = WORLD_NAME("mgate_asking"),
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = world_init,
	.exit = world_exit,
	.test_cases = asking_cases,
};

kunit_test_suite(asking_suite);

MODULE_DESCRIPTION("mgate: tests of own queries");
MODULE_LICENSE("GPL");
