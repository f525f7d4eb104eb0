// SPDX-License-Identifier: GPL-2.0-only
/* Where a frame may leave, and what the reason is. */
#include "world.h"

#define G1 0xef010101
#define UNKNOWN_GROUP 0xef0a0a0a

static void expect_gate(struct kunit *test, u16 slot, u32 grp, bool pass,
			enum mgate_reason reason)
{
	bool passes;
	enum mgate_reason why = world_gate(test->priv, slot, grp, WORLD_SOURCE, &passes);

	KUNIT_EXPECT_EQ_MSG(test, passes, pass, "slot %u, %08x", slot, grp);
	KUNIT_EXPECT_STREQ(test, mgate_reason_name(why), mgate_reason_name(reason));
}

/* CONFORMANCE 18, F1: 224.0.0.0/24 goes everywhere, whatever was learned. */
static void link_local_floods(struct kunit *test)
{
	struct world *w = test->priv;
	u32 last;

	world_converge(w, 1);
	world_set(w, MGATE_PARAM_UNKNOWN, MGATE_UNKNOWN_DROP);
	mgate_swport_set(&w->sw, 64, MGATE_PORT_UNKNOWN, MGATE_PORT_UNKNOWN_DROP, w->now);
	for (last = 0; last < 256; last++)
		expect_gate(test, 64, 0xe0000000 + last, true, MGATE_REASON_FLOOD_LINK_LOCAL);
	expect_gate(test, 64, 0xe0000100, false, MGATE_REASON_UNKNOWN_DROP);
}

/* INTERFACE `flood`: groups that always go to every port. */
static void flood_list(struct kunit *test)
{
	struct mgate_policy *list = kzalloc(sizeof(*list), GFP_KERNEL);
	struct mgate_prefix p = world_prefix(0xeffffffa, 32);
	struct world *w = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, list);
	mgate_policy_add(list, &p);
	rcu_assign_pointer(w->sw.flood, list);
	world_converge(w, 1);
	world_join(w, 2, 2, 0xeffffffa);
	expect_gate(test, 3, 0xeffffffa, true, MGATE_REASON_FLOOD_LIST);
	expect_gate(test, 3, 0xeffffffb, false, MGATE_REASON_UNKNOWN_DROP);
}

/* CONFORMANCE 17: members and routers, each with its reason; nobody else. */
static void known_group(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned int i;

	world_converge(w, 1);
	world_join(w, 64, 2, G1);
	world_join(w, 1024, 2, G1);
	expect_gate(test, 1, G1, true, MGATE_REASON_ROUTER);
	expect_gate(test, 64, G1, true, MGATE_REASON_MEMBER);
	expect_gate(test, 1024, G1, true, MGATE_REASON_MEMBER);
	for (i = 0; i < WORLD_PORTS; i++)
		if (world_slots[i] != 1 && world_slots[i] != 64 && world_slots[i] != 1024)
			expect_gate(test, world_slots[i], G1, false, MGATE_REASON_NOT_MEMBER);
}

static const struct unknown_row {
	const char *name;
	u32 bridge;
	u32 port;
	bool pass;
	bool router;
} unknown_rows[] = {
	{ "auto", MGATE_UNKNOWN_AUTO, MGATE_PORT_UNKNOWN_INHERIT, false, true },
	{ "flood", MGATE_UNKNOWN_FLOOD, MGATE_PORT_UNKNOWN_INHERIT, true, true },
	{ "routers", MGATE_UNKNOWN_ROUTERS, MGATE_PORT_UNKNOWN_INHERIT, false, true },
	{ "drop", MGATE_UNKNOWN_DROP, MGATE_PORT_UNKNOWN_INHERIT, false, false },
	{ "auto, port flood", MGATE_UNKNOWN_AUTO, MGATE_PORT_UNKNOWN_FLOOD, true, true },
	{ "drop, port flood", MGATE_UNKNOWN_DROP, MGATE_PORT_UNKNOWN_FLOOD, true, false },
	{ "flood, port drop", MGATE_UNKNOWN_FLOOD, MGATE_PORT_UNKNOWN_DROP, false, true },
	{ "auto, port drop", MGATE_UNKNOWN_AUTO, MGATE_PORT_UNKNOWN_DROP, false, true },
};

static void unknown_name(const struct unknown_row *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(unknown, unknown_rows, unknown_name);

/* CONFORMANCE 19, F4; INTERFACE `unknown` of bridge and port; DECISIONS 7. */
static void unknown_group(struct kunit *test)
{
	const struct unknown_row *row = test->param_value;
	struct world *w = test->priv;

	/* As long as no querier is known, all of them flood. */
	world_set(w, MGATE_PARAM_UNKNOWN, row->bridge);
	mgate_swport_set(&w->sw, 64, MGATE_PORT_UNKNOWN, row->port, w->now);
	if (row->bridge == MGATE_UNKNOWN_AUTO)
		expect_gate(test, 64, UNKNOWN_GROUP, true, MGATE_REASON_FLOOD_LEARNING);
	world_converge(w, 1);
	expect_gate(test, 64, UNKNOWN_GROUP, row->pass,
		    row->pass ? MGATE_REASON_UNKNOWN_FLOOD : MGATE_REASON_UNKNOWN_DROP);
	KUNIT_EXPECT_EQ(test, world_gets(w, 1, UNKNOWN_GROUP), row->router);
	/* Members and router ports are served all the same. */
	world_join(w, 64, 2, G1);
	expect_gate(test, 64, G1, true, MGATE_REASON_MEMBER);
	expect_gate(test, 1, G1, true, MGATE_REASON_ROUTER);
}

/* INTERFACE `mode flood`; `status` limit and learning: each has its reason. */
static void ports_that_get_everything(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	world_join(w, 2, 2, G1);
	mgate_swport_set(&w->sw, 63, MGATE_PORT_MODE, MGATE_PORT_FLOOD, w->now);
	expect_gate(test, 63, G1, true, MGATE_REASON_FLOOD_MODE);
	expect_gate(test, 63, UNKNOWN_GROUP, true, MGATE_REASON_FLOOD_MODE);
	mgate_swport_set(&w->sw, 63, MGATE_PORT_MODE, MGATE_PORT_SNOOP, w->now);
	expect_gate(test, 63, G1, false, MGATE_REASON_NOT_MEMBER);
	mgate_swport_start(&w->sw, 64, w->now);
	expect_gate(test, 64, G1, true, MGATE_REASON_FLOOD_LEARNING);
	mgate_swport_set(&w->sw, 65, MGATE_PORT_MAX_GROUPS, 1, w->now);
	world_join(w, 65, 2, G1);
	world_join(w, 65, 2, G1 + 1);
	expect_gate(test, 65, UNKNOWN_GROUP, true, MGATE_REASON_FLOOD_LIMIT);
}

static bool report_passes(struct world *w, u16 slot, u16 vid, enum mgate_reason *reason)
{
	struct mgate_plan plan;
	bool pass;

	memset(&plan, 0xaa, sizeof(plan));
	rcu_read_lock();
	mgate_gate_report(&w->sw, WORLD_AF, vid, false, &plan);
	*reason = mgate_gate_test(&w->sw, &plan, slot, &pass);
	rcu_read_unlock();
	return pass;
}

/* CONFORMANCE 1, 2, F5: to routers only, once it is known where they are. */
static void reports_to_routers(struct kunit *test)
{
	struct world *w = test->priv;
	enum mgate_reason reason;

	KUNIT_EXPECT_TRUE(test, report_passes(w, 2, WORLD_VID, &reason));
	world_query(w, 1, WORLD_ROUTER, 0);
	KUNIT_EXPECT_TRUE(test, report_passes(w, 1, WORLD_VID, &reason));
	KUNIT_EXPECT_EQ(test, reason, MGATE_REASON_CONTROL_REPORT);
	KUNIT_EXPECT_FALSE(test, report_passes(w, 2, WORLD_VID, &reason));
	KUNIT_EXPECT_EQ(test, reason, MGATE_REASON_REPORT_HELD);
	KUNIT_EXPECT_TRUE(test, report_passes(w, 2, WORLD_VID + 1, &reason));
	mgate_swport_set(&w->sw, 64, MGATE_PORT_ROUTER, MGATE_ROUTER_ALWAYS, w->now);
	KUNIT_EXPECT_TRUE(test, report_passes(w, 64, WORLD_VID, &reason));
	/* INTERFACE `mode flood`: everything goes to this port. */
	mgate_swport_set(&w->sw, 63, MGATE_PORT_MODE, MGATE_PORT_FLOOD, w->now);
	KUNIT_EXPECT_TRUE(test, report_passes(w, 63, WORLD_VID, &reason));
	world_set(w, MGATE_PARAM_REPORTS, MGATE_REPORTS_ALL);
	KUNIT_EXPECT_TRUE(test, report_passes(w, 2, WORLD_VID, &reason));
}

/* CONFORMANCE 75, TRAPS 24: an own query for one port reaches that port only. */
static void query_for_one_port(struct kunit *test)
{
	struct world *w = test->priv;
	struct mgate_plan plan;
	unsigned int i, j;
	bool pass;

	for (i = 0; i < WORLD_PORTS; i++) {
		memset(&plan, 0xaa, sizeof(plan));
		mgate_gate_port(&plan, world_slots[i], MGATE_REASON_CONTROL_QUERY);
		for (j = 0; j < WORLD_PORTS; j++) {
			mgate_gate_test(&w->sw, &plan, world_slots[j], &pass);
			KUNIT_EXPECT_EQ(test, pass, i == j);
		}
	}
}

/* RELIABILITY M: whoever sends by a plan finds ports in it and nothing beside them. */
static void no_slot_beyond_the_last(struct kunit *test)
{
	struct mgate_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);
	struct mgate_key key = world_key(G1);
	struct world *w = test->priv;
	unsigned int i, bits;

	KUNIT_ASSERT_NOT_NULL(test, plan);
	world_converge(w, 1);
	world_set(w, MGATE_PARAM_UNKNOWN, MGATE_UNKNOWN_FLOOD);
	mgate_swport_del(&w->sw, 65, w->now);
	rcu_read_lock();
	mgate_gate_data(&w->sw, &key, plan);
	rcu_read_unlock();
	bits = plan->words * BITS_PER_LONG;
	KUNIT_EXPECT_GT(test, bits, MGATE_SLOTS);
	for (i = 0; i < bits; i++)
		KUNIT_EXPECT_EQ(test, test_bit(i, plan->members), i < MGATE_SLOTS &&
				test_bit(i, w->sw.up));
}

/* A port that came after the plan was made: in doubt it passes. */
static void port_beyond_the_plan(struct kunit *test)
{
	struct mgate_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);
	struct mgate_key key = world_key(G1);
	struct world *w = test->priv;
	bool pass = false;

	KUNIT_ASSERT_NOT_NULL(test, plan);
	mgate_swport_del(&w->sw, 128, w->now);
	mgate_swport_del(&w->sw, MGATE_SLOTS - 1, w->now);
	w->sw.words = 2;
	world_converge(w, 1);
	rcu_read_lock();
	mgate_gate_data(&w->sw, &key, plan);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, plan->words, 2);
	mgate_swport_add(&w->sw, &w->ports[7], 128);
	KUNIT_EXPECT_EQ(test, mgate_gate_test(&w->sw, plan, 128, &pass),
			MGATE_REASON_FLOOD_LEARNING);
	KUNIT_EXPECT_TRUE(test, pass);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 128, G1));
}

static struct kunit_case gate_cases[] = {
	KUNIT_CASE(link_local_floods),
	KUNIT_CASE(flood_list),
	KUNIT_CASE(known_group),
	KUNIT_CASE_PARAM(unknown_group, unknown_gen_params),
	KUNIT_CASE(ports_that_get_everything),
	KUNIT_CASE(reports_to_routers),
	KUNIT_CASE(query_for_one_port),
	KUNIT_CASE(no_slot_beyond_the_last),
	KUNIT_CASE(port_beyond_the_plan),
	{}
};

static struct kunit_suite gate_suite = {
	.name = WORLD_NAME("mgate_gate"),
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = world_init,
	.exit = world_exit,
	.test_cases = gate_cases,
};

kunit_test_suite(gate_suite);

MODULE_DESCRIPTION("mgate: tests of where frames may leave");
MODULE_LICENSE("GPL");
