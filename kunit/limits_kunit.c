// SPDX-License-Identifier: GPL-2.0-only
/* Limits of ports, bridge, memory and work: they fail soft. */
#include "world.h"

#define G1 0xef010101

static void set_bridge(struct world *w, enum mgate_param id, u32 value)
{
	enum mgate_param other;
	int err;

	mgate_switch_set(&w->sw, id, value, w->now, &other, &err);
}

static enum mgate_reason reason_at(struct world *w, u16 slot, u32 grp)
{
	bool pass;

	return world_gate(w, slot, grp, WORLD_SOURCE, &pass);
}

/* A querier that keeps the VLAN gating all the while. */
static void pass_with_querier(struct world *w, u64 ms)
{
	u64 end = w->now + ms;

	while (w->now < end) {
		world_query(w, 1, WORLD_ROUTER, 0);
		world_until(w, min(w->now + 100000, end));
	}
}

/* DECISIONS 4; RELIABILITY M1, threat 1: over its limit a port gets every group,
 * what is there stays, nobody else pays for it.
 */
static void full_port_floods_alone(struct kunit *test)
{
	struct world *w = test->priv;
	u32 i;

	world_converge(w, 1);
	mgate_swport_set(&w->sw, 2, MGATE_PORT_MAX_GROUPS, 4, w->now);
	for (i = 0; i < 4; i++)
		world_join(w, 2, 2, G1 + i);
	KUNIT_EXPECT_EQ(test, w->in.limit_port, 0);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, 0xefffff01));
	world_join(w, 2, 2, G1 + 4);
	KUNIT_EXPECT_EQ(test, w->in.limit_port, 1);
	KUNIT_EXPECT_NULL(test, world_member(w, 2, G1 + 4));
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1 + 4));
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, 0xefffff01));
	KUNIT_EXPECT_EQ(test, reason_at(w, 2, 0xefffff01), MGATE_REASON_FLOOD_LIMIT);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 3, G1 + 4));
	KUNIT_EXPECT_FALSE(test, world_gets(w, 3, G1));
	KUNIT_EXPECT_EQ(test, world_port(w, 2)->ngroups, 4);
	world_join(w, 3, 2, G1 + 4);
	KUNIT_EXPECT_EQ(test, w->in.limit_port, 0);
}

/* DECISIONS 4: until a membership interval has passed without a refusal. */
static void port_limit_ends(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	mgate_swport_set(&w->sw, 2, MGATE_PORT_MAX_GROUPS, 1, w->now);
	world_join(w, 2, 2, G1);
	world_join(w, 2, 2, G1 + 1);
	pass_with_querier(w, 100000);
	world_join(w, 2, 2, G1);
	world_join(w, 2, 2, G1 + 1);
	pass_with_querier(w, WORLD_GMI - 1);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, 0xefffff01));
	pass_with_querier(w, 1);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, 0xefffff01));
	KUNIT_EXPECT_FALSE(test, test_bit(2, w->sw.limited));
}

/* DECISIONS 4: it is the membership interval of the VLAN in which somebody was refused, and
 * another refusal, where it is shorter, does not end the first one's.
 */
static void limit_lasts_as_its_vlan_wants(struct kunit *test)
{
	struct mgate_msg query = world_query_msg(WORLD_ROUTER, 0);
	struct mgate_msg join = {
		.grp = world_addr(G1 + 1), .version = 2, .count = 1, .kind = MGATE_KIND_REPORT,
	};
	const struct mgate_switch_port *port;
	struct world *w = test->priv;
	u64 until;

	world_converge(w, 1);
	query.interval_ms = 500000;
	world_hear_in(w, 1, 20, &query);
	mgate_swport_set(&w->sw, 2, MGATE_PORT_MAX_GROUPS, 1, w->now);
	world_join(w, 2, 2, G1);
	world_hear_in(w, 2, 20, &join);
	KUNIT_EXPECT_EQ(test, w->in.limit_port, 1);
	port = world_port(w, 2);
	until = port->limit_until;
	KUNIT_EXPECT_EQ(test, until, w->now + 2 * 500000 + 20000);
	world_join(w, 2, 2, G1 + 2);
	KUNIT_EXPECT_EQ(test, w->in.limit_port, 1);
	KUNIT_EXPECT_EQ(test, port->limit_until, until);
	set_bridge(w, MGATE_PARAM_MAX_GROUPS, 1);
	world_hear_in(w, 3, 20, &join);
	KUNIT_EXPECT_EQ(test, w->in.limit_bridge, 1);
	KUNIT_EXPECT_EQ(test, w->sw.full_until, until);
	world_join(w, 3, 2, G1 + 2);
	KUNIT_EXPECT_EQ(test, w->in.limit_bridge, 1);
	KUNIT_EXPECT_EQ(test, w->sw.full_until, until);
}

/* DECISIONS 4, TRAPS 28: what only refreshes is never refused. */
static void refreshes_are_never_refused(struct kunit *test)
{
	struct world *w = test->priv;
	u32 i;

	world_converge(w, 1);
	for (i = 0; i < 10; i++)
		world_join(w, 2, 2, G1 + i);
	mgate_swport_set(&w->sw, 2, MGATE_PORT_MAX_GROUPS, 3, w->now);
	set_bridge(w, MGATE_PARAM_MAX_GROUPS, 2);
	world_memory(mgate_memory_used());
	for (i = 0; i < 10; i++) {
		world_join(w, 2, 3, G1 + i);
		KUNIT_EXPECT_EQ(test, w->in.limit_port, 0);
		KUNIT_EXPECT_EQ(test, w->in.limit_bridge, 0);
		KUNIT_EXPECT_EQ(test, w->in.limit_memory, 0);
	}
	KUNIT_EXPECT_FALSE(test, world_gets(w, 2, 0xefffff01));
}

/* INTERFACE `max_groups` of a port: 0 is none; not applied to `router always`. */
static void limits_that_do_not_apply(struct kunit *test)
{
	struct world *w = test->priv;
	u32 i;

	world_converge(w, 1);
	mgate_swport_set(&w->sw, 2, MGATE_PORT_MAX_GROUPS, 0, w->now);
	mgate_swport_set(&w->sw, 3, MGATE_PORT_MAX_GROUPS, 1, w->now);
	mgate_swport_set(&w->sw, 3, MGATE_PORT_ROUTER, MGATE_ROUTER_ALWAYS, w->now);
	for (i = 0; i < 5000; i++) {
		world_join(w, 2, 2, G1 + i);
		world_join(w, 3, 2, G1 + i);
	}
	KUNIT_EXPECT_EQ(test, world_port(w, 2)->ngroups, 5000);
	KUNIT_EXPECT_EQ(test, world_port(w, 3)->ngroups, 5000);
	KUNIT_EXPECT_TRUE(test, bitmap_empty(w->sw.limited, MGATE_SLOTS));
}

/* DECISIONS 4, RELIABILITY B23: a full bridge floods what it has no entry for,
 * gates what it has, and goes on snooping.
 */
static void full_bridge_floods_the_unknown(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	set_bridge(w, MGATE_PARAM_MAX_GROUPS, 2);
	world_join(w, 2, 2, G1);
	world_join(w, 2, 2, G1 + 1);
	KUNIT_EXPECT_FALSE(test, w->sw.full);
	world_join(w, 2, 2, G1 + 2);
	KUNIT_EXPECT_EQ(test, w->in.limit_bridge, 1);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1 + 2));
	KUNIT_EXPECT_TRUE(test, world_gets(w, 3, 0xefffff01));
	KUNIT_EXPECT_EQ(test, reason_at(w, 3, 0xefffff01), MGATE_REASON_FLOOD_LIMIT);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	KUNIT_EXPECT_FALSE(test, world_gets(w, 3, G1));
	/* A group that is there may get another member. */
	world_join(w, 3, 2, G1);
	KUNIT_EXPECT_EQ(test, w->in.limit_bridge, 0);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 3, G1));
	pass_with_querier(w, WORLD_GMI);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 3, 0xefffff01));
}

/* DECISIONS 4: who was refused is served although another was let in since. */
static void refused_before_another_is_let_in(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	world_join(w, 2, 2, G1);
	set_bridge(w, MGATE_PARAM_MAX_GROUPS, 1);
	world_join(w, 3, 2, 0xefffff01);
	KUNIT_EXPECT_EQ(test, w->in.limit_bridge, 1);
	/* Room for one, and another port is the first to ask. */
	set_bridge(w, MGATE_PARAM_MAX_GROUPS, 2);
	world_join(w, 64, 2, 0xefffff01);
	KUNIT_EXPECT_EQ(test, w->in.limit_bridge, 0);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 3, 0xefffff01));
	/* What was there before is gated as ever. */
	KUNIT_EXPECT_FALSE(test, world_gets(w, 3, G1));
	pass_with_querier(w, 200000);
	world_join(w, 64, 2, 0xefffff01);
	pass_with_querier(w, WORLD_GMI - 200000);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 3, 0xefffff01));
	KUNIT_EXPECT_TRUE(test, world_gets(w, 64, 0xefffff01));
}

/* DECISIONS 4, 7: never towards dropping a member's traffic: a group that was
 * refused is not "unknown" to the member behind a port with `unknown drop`.
 */
static void full_bridge_cuts_no_member(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	set_bridge(w, MGATE_PARAM_MAX_GROUPS, 1);
	mgate_swport_set(&w->sw, 3, MGATE_PORT_UNKNOWN, MGATE_PORT_UNKNOWN_DROP, w->now);
	world_join(w, 2, 2, G1);
	world_join(w, 3, 2, G1 + 1);
	KUNIT_EXPECT_EQ(test, w->in.limit_bridge, 1);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 3, G1 + 1));
	set_bridge(w, MGATE_PARAM_UNKNOWN, MGATE_UNKNOWN_DROP);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 3, G1 + 1));
}

/* RELIABILITY K1, threat 19: whichever allocation fails, the host is served. */
static void without_memory_nobody_is_cut(struct kunit *test)
{
	static const u16 slots[] = { 2, 64 };
	struct world *w = test->priv;
	unsigned long room;
	unsigned int i;
	u32 grp = G1;

	world_converge(w, 1);
	for (room = 0; room < 2048; room += 64) {
		for (i = 0; i < ARRAY_SIZE(slots); i++, grp++) {
			world_memory(mgate_memory_used() + room);
			world_join(w, slots[i], 2, grp);
			KUNIT_EXPECT_TRUE_MSG(test, world_gets(w, slots[i], grp),
					      "slot %u, %lu bytes", slots[i], room);
			/* A second member, of a group that is there or not. */
			world_join(w, 128, 3, grp);
			KUNIT_EXPECT_TRUE_MSG(test, world_gets(w, 128, grp),
					      "%lu bytes", room);
		}
	}
}

/* INTERFACE `groups_static`: refused whole, or there. */
static void static_without_memory(struct kunit *test)
{
	struct mgate_key key = world_key(0xe8010101);
	struct world *w = test->priv;
	unsigned long room;
	bool pass;
	int err;

	key.src = world_addr(WORLD_SOURCE);
	world_converge(w, 1);
	for (room = 0; room < 2048; room += 32) {
		world_memory(mgate_memory_used() + room);
		err = mgate_permanent_add(&w->sw, &key, 64, w->now);
		KUNIT_EXPECT_TRUE(test, err == 0 || err == -ENOMEM);
		if (err) {
			KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
			continue;
		}
		world_gate(w, 64, 0xe8010101, WORLD_SOURCE, &pass);
		KUNIT_EXPECT_TRUE_MSG(test, pass, "%lu bytes", room);
		world_memory(64 << 20);
		KUNIT_EXPECT_EQ(test, mgate_permanent_del(&w->sw, &key, 64, w->now), 0);
		rcu_barrier();
	}
}

/* So many records are in a frame at its most. */
#define MOST (64000 / (4 + WORLD_LEN))

/* A report of version 3 with @n groups, from @first on. */
static void big_report(struct kunit *test, struct world *w, u16 slot, u32 first, u32 n)
{
	struct mgate_msg msg = { .version = 3, .kind = MGATE_KIND_REPORT };
	u8 *body = kunit_kzalloc(test, n * (4 + WORLD_LEN), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, body);
	KUNIT_ASSERT_LE(test, n, MOST);
	for (i = 0; i < n; i++) {
		body[msg.len] = MGATE_RECORD_TO_EX;
		msg.len += 4 + world_put(body + msg.len + 4, first + i);
	}
	msg.body = body;
	msg.count = (u16)n;
	world_hear(w, slot, &msg);
	kunit_kfree(test, body);
}

/* TRAPS 29, RELIABILITY K17: work is done in pieces of 256 records, 64 groups. */
static void holds_are_bounded(struct kunit *test)
{
	struct mgate_expiry *run = kunit_kzalloc(test, sizeof(*run), GFP_KERNEL);
	struct world *w = test->priv;
	unsigned int runs = 0;

	KUNIT_ASSERT_NOT_NULL(test, run);
	world_converge(w, 1);
	big_report(test, w, 2, G1, 1100);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 1100);
	KUNIT_EXPECT_LE(test, w->sw.most_records, 256);
	w->now += WORLD_GMI;
	do {
		run->now = w->now;
		mgate_expiry(&w->sw, run);
		runs++;
	} while (run->next <= w->now && runs < 1000);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
	KUNIT_EXPECT_LE(test, w->sw.most_groups, 64);
	KUNIT_EXPECT_GE(test, runs, 1100 / 64);
}

/* RELIABILITY threat 20, K17; issue 7 item 5: as many groups as a bridge has by default,
 * all due in the same millisecond: no hold of the lock sees to more than 64 of them.
 */
static void all_end_at_once(struct kunit *test)
{
	struct world *w = test->priv;
	u32 i;

	world_converge(w, 1);
	mgate_swport_set(&w->sw, 2, MGATE_PORT_MAX_GROUPS, 0, w->now);
	mgate_swport_set(&w->sw, 2, MGATE_PORT_REPORT_RATE, 0, w->now);
	for (i = 0; i < 16; i++)
		big_report(test, w, 2, 0xef000000 + 1024 * i, 1024);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 16384);
	w->sw.most_groups = 0;
	world_until(w, w->now + WORLD_GMI - 1);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 16384);
	w->now++;
	w->runs = 0;
	world_tick(w);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
	KUNIT_EXPECT_LE(test, w->sw.most_groups, 64);
	KUNIT_EXPECT_GE(test, w->runs, 16384 / 64);
}

/* RELIABILITY threat 20, TRAPS 26: a leave of everything: queries come in pieces
 * too, 10 in 100 ms, and in the end each has been sent.
 */
static void many_queries_at_once(struct kunit *test)
{
	struct world *w = test->priv;
	u32 i;

	world_begin(w, MGATE_QUERIER_ON, 3, 0);
	world_pass(w, 60000);
	for (i = 0; i < 200; i++) {
		world_join(w, 2, 2, G1 + i);
		world_join(w, 3, 2, G1 + i);
	}
	for (i = 0; i < 200; i++) {
		world_leave(w, 2, 2, G1 + i);
		world_leave(w, 3, 2, G1 + i);
	}
	w->asks = 0;
	world_tick(w);
	KUNIT_EXPECT_EQ(test, w->asks, 10);
	world_pass(w, WORLD_LMQT - 1);
	KUNIT_EXPECT_EQ(test, w->asks, 200);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 200);
	world_pass(w, 28000);
	KUNIT_EXPECT_EQ(test, w->asks, 800);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
}

/* RELIABILITY M7, R2f: ten thousand come and go; M6 of one frame at its most. */
static void many_come_and_go(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned int round;
	u32 n;

	world_converge(w, 1);
	mgate_swport_set(&w->sw, 64, MGATE_PORT_MAX_GROUPS, 0, w->now);
	for (round = 0; round < 2; round++) {
		for (n = 0; n < 10000; n += MOST)
			big_report(test, w, 64, 0xef000000 + n, min_t(u32, MOST, 10000 - n));
		KUNIT_EXPECT_EQ(test, world_port(w, 64)->ngroups, 10000);
		if (round)
			world_pass(w, WORLD_GMI);
		else
			mgate_swport_stop(&w->sw, 64, w->now);
		KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
		KUNIT_EXPECT_EQ(test, world_port(w, 64)->ngroups, 0);
	}
}

static struct kunit_case limits_cases[] = {
	KUNIT_CASE(full_port_floods_alone),
	KUNIT_CASE(port_limit_ends),
	KUNIT_CASE(limit_lasts_as_its_vlan_wants),
	KUNIT_CASE(refreshes_are_never_refused),
	KUNIT_CASE(limits_that_do_not_apply),
	KUNIT_CASE(full_bridge_floods_the_unknown),
	KUNIT_CASE(refused_before_another_is_let_in),
	KUNIT_CASE(full_bridge_cuts_no_member),
	KUNIT_CASE(without_memory_nobody_is_cut),
	KUNIT_CASE(static_without_memory),
	KUNIT_CASE(holds_are_bounded),
	KUNIT_CASE(all_end_at_once),
	KUNIT_CASE(many_queries_at_once),
	KUNIT_CASE(many_come_and_go),
	{}
};

static struct kunit_suite limits_suite = {
	.name = WORLD_NAME("mgate_limits"),
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = world_init,
	.exit = world_exit,
	.test_cases = limits_cases,
};

kunit_test_suite(limits_suite);

MODULE_DESCRIPTION("mgate: tests of limits");
MODULE_LICENSE("GPL");
