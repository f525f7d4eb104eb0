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
 * membership interval after the last one that it refused.
 */
static void bridge_is_full_since_the_last_refusal(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned int i;

	we_ask(w, 3);
	world_set(w, MGATE_PARAM_MAX_GROUPS, 1);
	for (i = 0; i < 2; i++) {
		if (i)
			world_pass(w, 200000);
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
