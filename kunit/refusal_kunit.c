// SPDX-License-Identifier: GPL-2.0-only
/* What is refused at a port, by limit_action, report_rate and deny. */
#include "sources.h"

#define G1 0xef010101
#define UNKNOWN_GROUP 0xefffff01

static void set_port(struct world *w, enum mgate_port_param id, u32 value)
{
	mgate_swport_set(&w->sw, 2, id, value, w->now);
}

/* INTERFACE limit_action deny: nothing new, and nothing floods for it. */
static void deny_gives_no_more(struct kunit *test)
{
	struct world *w = test->priv;
	u32 i;

	world_converge(w, 1);
	set_port(w, MGATE_PORT_MAX_GROUPS, 2);
	set_port(w, MGATE_PORT_LIMIT_ACTION, MGATE_LIMIT_DENY);
	for (i = 0; i < 3; i++)
		world_join(w, 2, 2, G1 + i);
	KUNIT_EXPECT_EQ(test, w->in.limit_port, 1);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1 + 1));
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1 + 2));
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, UNKNOWN_GROUP));
	KUNIT_EXPECT_NE(test, world_port(w, 2)->limit_until, 0);
	/* As the administrator has it from then on. */
	set_port(w, MGATE_PORT_LIMIT_ACTION, MGATE_LIMIT_FLOOD);
	world_join(w, 2, 2, G1 + 2);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1 + 2));
	set_port(w, MGATE_PORT_LIMIT_ACTION, MGATE_LIMIT_DENY);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1 + 2));
}

/* DECISIONS 4: a bridge that goes on refusing floods what it has no entry for until a
 * membership interval after the last one that it refused, be it a millisecond after another.
 */
static void bridge_is_full_since_the_last_refusal(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned int i;

	we_ask(w, 3);
	world_set(w, MGATE_PARAM_MAX_GROUPS, 1);
	for (i = 0; i < 2; i++) {
		if (i)
			world_pass(w, 1);
		world_join(w, 3, 2, G1);
		KUNIT_EXPECT_EQ(test, w->in.limit_bridge, 0);
		world_join(w, 2, 2, G1 + 1);
		KUNIT_EXPECT_EQ(test, w->in.limit_bridge, 1);
	}
	world_pass(w, WORLD_GMI - 1);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1 + 1));
	KUNIT_EXPECT_TRUE(test, world_gets(w, 3, UNKNOWN_GROUP));
	world_pass(w, 1);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 3, UNKNOWN_GROUP));
}

/* INTERFACE limit_action replace: the oldest goes; the administrator's never does. */
static void replace_gives_up_the_oldest(struct kunit *test)
{
	struct world *w = test->priv;
	struct mgate_key fixed = world_key(G1 + 9);
	u32 i;

	world_converge(w, 1);
	KUNIT_ASSERT_EQ(test, mgate_permanent_add(&w->sw, &fixed, 2, w->now), 0);
	set_port(w, MGATE_PORT_MAX_GROUPS, 2);
	set_port(w, MGATE_PORT_LIMIT_ACTION, MGATE_LIMIT_REPLACE);
	world_join(w, 3, 2, G1);
	for (i = 0; i < 4; i++) {
		world_join(w, 2, 2, G1 + i);
		KUNIT_EXPECT_EQ(test, w->in.limit_port, 0);
		KUNIT_EXPECT_EQ(test, w->in.replaced, i >= 2);
		/* One that is there is refreshed, and replaces none. */
		world_join(w, 2, 2, G1 + i);
		KUNIT_EXPECT_EQ(test, w->in.replaced, 0);
	}
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, world_gets(w, 2, G1 + i), i >= 2);
	KUNIT_EXPECT_EQ(test, world_port(w, 2)->ngroups, 2);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1 + 9));
	KUNIT_EXPECT_TRUE(test, world_gets(w, 3, G1));
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, UNKNOWN_GROUP));
}

/* A full bridge has no room for it, whatever else the port would give up. */
static void replace_on_a_full_bridge(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	set_port(w, MGATE_PORT_MAX_GROUPS, 1);
	set_port(w, MGATE_PORT_LIMIT_ACTION, MGATE_LIMIT_REPLACE);
	world_join(w, 2, 2, G1);
	world_set(w, MGATE_PARAM_MAX_GROUPS, 1);
	world_join(w, 2, 2, G1 + 1);
	KUNIT_EXPECT_EQ(test, w->in.replaced, 0);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
}

/* INTERFACE report_rate, RELIABILITY threat 24: what is over it floods to the port
 * alone; refreshes are never refused; nobody else feels it.
 */
static void over_the_rate_floods(struct kunit *test)
{
	struct world *w = test->priv;
	u32 i;

	world_converge(w, 1);
	set_port(w, MGATE_PORT_REPORT_RATE, 5);
	for (i = 0; i < 10; i++)
		world_join(w, 2, 2, G1 + i);
	KUNIT_EXPECT_EQ(test, w->in.limit_rate, 0);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, UNKNOWN_GROUP));
	for (i = 0; i < 10; i++) {
		world_join(w, 2, 2, G1 + i);
		KUNIT_EXPECT_EQ(test, w->in.limit_rate, 0);
	}
	world_leave(w, 2, 2, G1);
	KUNIT_EXPECT_EQ(test, w->in.limit_rate, 1);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, UNKNOWN_GROUP));
	world_leave(w, 2, 2, UNKNOWN_GROUP);
	KUNIT_EXPECT_EQ(test, w->in.limit_rate, 0);
	world_join(w, 2, 2, G1 + 10);
	KUNIT_EXPECT_EQ(test, w->in.limit_rate, 1);
	KUNIT_EXPECT_NULL(test, world_member(w, 2, G1 + 10));
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1 + 10));
	world_join(w, 3, 2, G1 + 10);
	KUNIT_EXPECT_EQ(test, w->in.limit_rate, 0);
	/* A second later five more. */
	world_pass(w, 1000);
	for (i = 10; i < 16; i++) {
		world_join(w, 2, 2, G1 + i);
		KUNIT_EXPECT_EQ(test, w->in.limit_rate, i == 15);
	}
}

/* Who is refused by another limit again and again has made work too. */
static void refusals_count_in_the_rate(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	set_port(w, MGATE_PORT_REPORT_RATE, 1);
	set_port(w, MGATE_PORT_MAX_GROUPS, 1);
	world_join(w, 2, 2, G1);
	world_join(w, 2, 2, G1 + 1);
	KUNIT_EXPECT_EQ(test, w->in.limit_port, 1);
	world_join(w, 2, 2, G1 + 1);
	KUNIT_EXPECT_EQ(test, w->in.limit_port, 0);
	KUNIT_EXPECT_EQ(test, w->in.limit_rate, 1);
}

/* With the other actions what is over the rate is just not heard. */
static void over_the_rate_is_ignored(struct kunit *test)
{
	struct world *w = test->priv;
	u32 action;

	world_converge(w, 1);
	for (action = MGATE_LIMIT_DENY; action <= MGATE_LIMIT_REPLACE; action++) {
		world_pass(w, 2000);
		set_port(w, MGATE_PORT_LIMIT_ACTION, action);
		set_port(w, MGATE_PORT_REPORT_RATE, 1);
		world_join(w, 2, 2, G1);
		world_join(w, 2, 2, G1 + 1);
		world_join(w, 2, 2, G1 + 2);
		world_join(w, 2, 2, G1 + 3);
		KUNIT_EXPECT_EQ(test, w->in.limit_rate, 1);
		KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1 + 3));
		KUNIT_EXPECT_FALSE(test, world_gets(w, 2, UNKNOWN_GROUP));
		mgate_membership_forget(&w->sw, 2, true, MGATE_WHY_PORT, w->now);
	}
}

/* Joined by port 2 while not a byte is left; nothing is refused for another reason. */
static void join_without_memory(struct kunit *test, u32 grp)
{
	struct world *w = test->priv;

	world_memory(mgate_memory_used());
	world_join(w, 2, 2, grp);
	world_memory(64 << 20);
	KUNIT_EXPECT_EQ(test, w->in.limit_memory, 1);
	KUNIT_EXPECT_EQ(test, w->in.limit_port, 0);
	KUNIT_EXPECT_EQ(test, w->in.replaced, 0);
	KUNIT_EXPECT_NULL(test, world_member(w, 2, grp));
}

/* DECISIONS 4: `deny` and `replace` are choices about max_groups and the rate. Memory
 * is short without anybody's wish: who is refused gets what it asked for, be the group
 * known or not, whatever limit_action says, and nothing that was joined is given up.
 */
static void want_of_memory_floods(struct kunit *test)
{
	struct world *w = test->priv;
	u32 action;

	for (action = MGATE_LIMIT_FLOOD; action <= MGATE_LIMIT_REPLACE; action++) {
		world_converge(w, 1);
		set_port(w, MGATE_PORT_LIMIT_ACTION, action);
		set_port(w, MGATE_PORT_MAX_GROUPS, 2);
		world_join(w, 2, 2, G1);
		world_join(w, 3, 2, G1 + 1);
		KUNIT_EXPECT_FALSE(test, world_gets(w, 2, G1 + 1));
		join_without_memory(test, G1 + 1);	/* another's */
		KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1 + 1));
		KUNIT_EXPECT_TRUE(test, world_gets(w, 2, UNKNOWN_GROUP));
		KUNIT_EXPECT_FALSE(test, world_gets(w, 3, UNKNOWN_GROUP));
		join_without_memory(test, G1 + 2);	/* nobody's yet */
		KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1 + 2));
		KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
		KUNIT_EXPECT_FALSE(test, world_gets(w, 3, G1));
		KUNIT_EXPECT_EQ(test, world_port(w, 2)->ngroups, 1);
		/* Until a membership interval has passed without a refusal. */
		world_pass(w, WORLD_GMI + 1);
	}
}

/* INTERFACE deny: reports for it mean nothing, what was joined ends, the others stay. */
static void denied_groups(struct kunit *test)
{
	struct mgate_prefix range = world_prefix(0xef010000, 16);
	struct mgate_key fixed = world_key(G1 + 2);
	struct world *w = test->priv;
	static struct mgate_policy deny;	/* too large for the stack */
	u32 i;

	memset(&deny, 0, sizeof(deny));
	world_converge(w, 1);
	KUNIT_ASSERT_EQ(test, mgate_permanent_add(&w->sw, &fixed, 2, w->now), 0);
	for (i = 0; i < 100; i++) {
		world_join(w, 2, 3, G1 + i);
		world_join(w, 2, 3, 0xef020101 + i);
		world_join(w, 3, 3, G1 + i);
	}
	mgate_policy_add(&deny, &range);
	world_port(w, 2)->deny = &deny;
	mgate_membership_deny(&w->sw, 2, &range, w->now);
	KUNIT_EXPECT_EQ(test, world_port(w, 2)->ngroups, 100);
	world_join(w, 2, 3, G1);
	KUNIT_EXPECT_EQ(test, w->in.denied, 1);
	for (i = 0; i < 100; i++) {
		KUNIT_EXPECT_EQ(test, world_gets(w, 2, G1 + i), i == 2);
		KUNIT_EXPECT_TRUE(test, world_gets(w, 2, 0xef020101 + i));
		KUNIT_EXPECT_TRUE(test, world_gets(w, 3, G1 + i));
	}
	world_port(w, 2)->deny = NULL;
	world_join(w, 2, 3, G1);
	KUNIT_EXPECT_EQ(test, w->in.denied, 0);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
}

/* DECISIONS 4: a group with too many sources becomes EXCLUDE {}, and who reads without the
 * lock is told to look anew.
 */
static void too_many_sources_are_seen_at_once(struct kunit *test)
{
	struct world *w = test->priv;
	u32 before;

	we_ask(w, 3);
	world_set(w, MGATE_PARAM_MAX_SOURCES, 2);
	hear_set(w, 2, MGATE_RECORD_IS_EX, G1, 0x3);
	before = w->sw.changes;
	hear_set(w, 2, MGATE_RECORD_BLOCK, G1, 0x4);
	KUNIT_EXPECT_EQ(test, w->in.limit_sources, 1);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL);
	KUNIT_EXPECT_NE(test, w->sw.changes, before);
}

/* TRAPS 29: to give a group up for another is work enough for one hold of the lock. */
static void a_replacement_ends_the_hold(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned int i;

	we_ask(w, 3);
	set_port(w, MGATE_PORT_LIMIT_ACTION, MGATE_LIMIT_REPLACE);
	set_port(w, MGATE_PORT_MAX_GROUPS, 3);
	for (i = 0; i < 3; i++)
		world_join(w, 2, 3, G1 + i);
	w->sw.most_records = 0;
	report_begin();
	for (i = 3; i < 6; i++)
		report_set(MGATE_RECORD_IS_EX, G1 + i, 0);
	report_send(w, 2, 0);
	KUNIT_EXPECT_EQ(test, w->in.replaced, 3);
	KUNIT_EXPECT_EQ(test, w->sw.most_records, 1);
}

/* TRAPS 29: what sources cost counts: of groups with 64 each, few are changed, or forgotten,
 * in one hold of the lock.
 */
static void sources_are_work_too(struct kunit *test)
{
	const u32 groups = 16, each = 64, most = MGATE_MEMBERSHIP_SOURCES / each;
	struct world *w = test->priv;
	u32 i;

	we_ask(w, 3);
	for (i = 0; i < groups; i++)
		hear_range(w, 2, MGATE_RECORD_ALLOW, G1 + i, 0, each);
	w->sw.most_records = 0;
	report_begin();
	for (i = 0; i < groups; i++)
		report_set(MGATE_RECORD_TO_IN, G1 + i, 0);
	report_send(w, 2, 0);
	KUNIT_EXPECT_EQ(test, w->sw.most_records, most);
	w->sw.most_groups = 0;
	mgate_membership_forget(&w->sw, 2, false, MGATE_WHY_PORT, w->now);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
	KUNIT_EXPECT_EQ(test, w->sw.most_groups, most);
}

/* DECISIONS 4: a group that came while the bridge was full goes everywhere until it is not
 * full any more; when it is full again, that group is gated as before.
 */
static void full_again_it_gates_the_known(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	world_set(w, MGATE_PARAM_MAX_GROUPS, 1);
	world_join(w, 2, 3, G1);
	world_join(w, 2, 3, G1 + 1);
	KUNIT_EXPECT_TRUE(test, w->sw.full);
	mgate_membership_forget(&w->sw, 2, false, MGATE_WHY_PORT, w->now);
	world_join(w, 2, 3, G1);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 3, G1));
	while (w->sw.full) {
		world_pass(w, 10000);
		world_query(w, 1, WORLD_ROUTER, 0);
		world_join(w, 2, 3, G1);
	}
	KUNIT_EXPECT_FALSE(test, world_gets(w, 3, G1));
	world_join(w, 2, 3, G1 + 1);
	KUNIT_EXPECT_TRUE(test, w->sw.full);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 3, G1));
	KUNIT_EXPECT_TRUE(test, world_gets(w, 3, G1 + 1));
}

static struct kunit_case refusal_cases[] = {
	KUNIT_CASE(deny_gives_no_more),
	KUNIT_CASE(bridge_is_full_since_the_last_refusal),
	KUNIT_CASE(replace_gives_up_the_oldest),
	KUNIT_CASE(replace_on_a_full_bridge),
	KUNIT_CASE(over_the_rate_floods),
	KUNIT_CASE(refusals_count_in_the_rate),
	KUNIT_CASE(over_the_rate_is_ignored),
	KUNIT_CASE(want_of_memory_floods),
	KUNIT_CASE(denied_groups),
	KUNIT_CASE(too_many_sources_are_seen_at_once),
	KUNIT_CASE(a_replacement_ends_the_hold),
	KUNIT_CASE(sources_are_work_too),
	KUNIT_CASE(full_again_it_gates_the_known),
	{}
};

static struct kunit_suite refusal_suite = {
	.name = WORLD_NAME("mgate_refusal"),
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = world_init,
	.exit = world_exit,
	.test_cases = refusal_cases,
};

kunit_test_suite(refusal_suite);

MODULE_DESCRIPTION("mgate: tests of what is refused");
MODULE_LICENSE("GPL");
