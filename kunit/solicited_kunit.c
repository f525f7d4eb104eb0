// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tunable `ipv6`: what is gated of link-local scope, what going from one of its values
 * to another forgets, and a bridge that does not speak IPv6.
 */
#define WORLD_IPV6
#include "world.h"

#define GROUP 0xef010101
#define OWN 0xc0000205

/* ff02::1:ff00:0 and so much more. */
static struct mgate_addr node(u32 number)
{
	struct mgate_addr a = { .bytes = { 0xff, 2, [11] = 1, [12] = 0xff } };

	a.bytes[13] = (u8)(number >> 16);
	a.bytes[14] = (u8)(number >> 8);
	a.bytes[15] = (u8)number;
	return a;
}

/* A report, which its reader knows to be of a bridge with `ipv6 full`, or not. */
static void report(struct world *w, u16 slot, const struct mgate_addr *grp, bool solicited)
{
	u8 body[4 + 16] = { MGATE_RECORD_TO_EX };
	struct mgate_msg msg = {
		.src = world_addr(0xc0000264), .body = body, .len = sizeof(body), .count = 1,
		.version = 3, .fate = MGATE_FATE_ROUTERS, .kind = MGATE_KIND_REPORT,
		.solicited = solicited,
	};

	memcpy(body + 4, grp->bytes, 16);
	world_hear(w, slot, &msg);
}

static enum mgate_reason gate(struct world *w, u16 slot, const struct mgate_addr *grp, bool *pass)
{
	struct mgate_key key = mgate_addr_key(MGATE_AF_INET6, WORLD_VID, grp);

	key.src = world_addr(WORLD_SOURCE);
	return world_gate_key(w, slot, &key, pass);
}

static void expect(struct kunit *test, u16 slot, const struct mgate_addr *grp, bool pass,
		   enum mgate_reason reason)
{
	bool passes;
	enum mgate_reason why = gate(test->priv, slot, grp, &passes);

	KUNIT_EXPECT_EQ_MSG(test, passes, pass, "slot %u, %pI6c", slot, grp->bytes);
	KUNIT_EXPECT_STREQ(test, mgate_reason_name(why), mgate_reason_name(reason));
}

/* Issue 12 item 2: with `safe` no report of link-local scope makes state, and nothing of it
 * is ever held back.
 */
static void safe_gates_nothing_of_the_link(struct kunit *test)
{
	struct mgate_addr grp = node(0x123456), mdns = { .bytes = { 0xff, 2, [15] = 0xfb } };
	struct world *w = test->priv;

	world_converge(w, 1);
	report(w, 2, &grp, false);
	report(w, 2, &mdns, false);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
	expect(test, 3, &grp, true, MGATE_REASON_FLOOD_LINK_LOCAL);
	expect(test, 3, &mdns, true, MGATE_REASON_FLOOD_LINK_LOCAL);
}

/* Issue 12 item 2, RFC 4541 3: with `full` a solicited-node group goes to its members and
 * the routers; one without members everywhere, and so does all else of that scope.
 */
static void full_gates_solicited_nodes(struct kunit *test)
{
	struct mgate_addr grp = node(0x123456), other = node(0x123457);
	struct mgate_addr near = { .bytes = { 0xff, 2, [11] = 1, [12] = 0xfe } };
	struct mgate_addr all = { .bytes = { 0xff, 2, [15] = 1 } };
	struct world *w = test->priv;

	KUNIT_ASSERT_EQ(test, world_set(w, MGATE_PARAM_IPV6, MGATE_IPV6_FULL), 0);
	world_converge(w, 1);
	report(w, 2, &grp, true);
	report(w, 2, &near, true);
	report(w, 2, &all, true);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 1);
	expect(test, 2, &grp, true, MGATE_REASON_MEMBER);
	expect(test, 1, &grp, true, MGATE_REASON_ROUTER);
	expect(test, 3, &grp, false, MGATE_REASON_NOT_MEMBER);
	expect(test, 3, &other, true, MGATE_REASON_FLOOD_LINK_LOCAL);
	expect(test, 3, &near, true, MGATE_REASON_FLOOD_LINK_LOCAL);
	expect(test, 3, &all, true, MGATE_REASON_FLOOD_LINK_LOCAL);
	/* The last one leaves: nobody is missed for it. */
	world_pass(w, WORLD_GMI);
	expect(test, 3, &grp, true, MGATE_REASON_FLOOD_LINK_LOCAL);
	/* And with `safe` it is forgotten at once. */
	report(w, 2, &grp, true);
	world_join(w, 2, 3, GROUP);
	KUNIT_ASSERT_EQ(test, world_set(w, MGATE_PARAM_IPV6, MGATE_IPV6_SAFE), 0);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 2);
	mgate_membership_forget_ignored(&w->sw, 2, w->now);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 1);
}

/* What was not looked at floods until a query has been answered, and nobody is cut who had
 * joined before.
 */
static void full_begins_by_flooding(struct kunit *test)
{
	struct mgate_addr grp = node(1);
	struct world *w = test->priv;

	world_converge(w, 1);
	KUNIT_ASSERT_EQ(test, world_set(w, MGATE_PARAM_IPV6, MGATE_IPV6_FULL), 0);
	report(w, 2, &grp, true);
	expect(test, 3, &grp, true, MGATE_REASON_FLOOD_LINK_LOCAL);
	world_query(w, 1, WORLD_ROUTER, 0);
	world_pass(w, 10000);
	expect(test, 3, &grp, false, MGATE_REASON_NOT_MEMBER);
}

/* The next query of ours comes at once then. */
static void our_own_query_comes_at_once(struct kunit *test)
{
	struct world *w = test->priv;

	world_begin(w, MGATE_QUERIER_ON, 0, OWN);
	world_pass(w, 60000);
	w->asks = 0;
	KUNIT_ASSERT_EQ(test, world_set(w, MGATE_PARAM_IPV6, MGATE_IPV6_FULL), 0);
	world_tick(w);
	KUNIT_EXPECT_EQ(test, w->asks, 1);
}

/* Issue 12 item 2: what nobody here could speak for goes on to the routers, whatever `proxy`:
 * other snoopers of MLD gate solicited-node groups.
 */
static void groups_without_state_go_on(struct kunit *test)
{
	struct mgate_addr grp = node(1), wide = world_addr(GROUP);
	u8 report[8 + 2 * (4 + 16)] = {
		[7] = 1, [8] = MGATE_RECORD_TO_EX, [28] = MGATE_RECORD_TO_EX,
	};
	struct mgate_datagram d = { .payload = report, .len = sizeof(report) };
	struct mgate_msg msg = {
		.version = 3, .fate = MGATE_FATE_ROUTERS, .kind = MGATE_KIND_REPORT,
		.af = MGATE_AF_INET6,
	};
	struct world *w = test->priv;

	KUNIT_ASSERT_EQ(test, world_set(w, MGATE_PARAM_PROXY, MGATE_PROXY_FULL), 0);
	world_converge(w, 1);
	memcpy(report + 12, wide.bytes, 16);
	memcpy(report + 32, grp.bytes, 16);
	KUNIT_ASSERT_TRUE(test, mgate_v3_parse_report(&d, &msg));
	KUNIT_EXPECT_TRUE(test, world_withholds(w, 2, &msg));
	report[7] = 2;
	KUNIT_ASSERT_TRUE(test, mgate_v3_parse_report(&d, &msg));
	KUNIT_EXPECT_FALSE(test, world_withholds(w, 2, &msg));
	msg.solicited = true;
	KUNIT_EXPECT_TRUE(test, world_withholds(w, 2, &msg));
	msg = (struct mgate_msg){
		.grp = grp, .version = 2, .fate = MGATE_FATE_ROUTERS, .kind = MGATE_KIND_REPORT,
	};
	KUNIT_EXPECT_FALSE(test, world_withholds(w, 2, &msg));
}

/* INTERFACE `flood`: it holds for a solicited-node group too. */
static void what_is_in_flood_floods(struct kunit *test)
{
	struct mgate_policy *list = kzalloc(sizeof(*list), GFP_KERNEL);
	struct mgate_prefix p = { .addr = node(1), .af = MGATE_AF_INET6, .len = 128 };
	struct mgate_addr grp = node(1);
	struct world *w = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, list);
	mgate_policy_add(list, &p);
	rcu_assign_pointer(w->sw.flood, list);
	KUNIT_ASSERT_EQ(test, world_set(w, MGATE_PARAM_IPV6, MGATE_IPV6_FULL), 0);
	world_converge(w, 1);
	report(w, 2, &grp, true);
	expect(test, 3, &grp, true, MGATE_REASON_FLOOD_LINK_LOCAL);
}

/* Off: no VLAN is known any more, what was joined is forgotten when no frame can find it. */
static void off_forgets(struct kunit *test)
{
	struct world *w = test->priv;
	bool pass;

	world_converge(w, 1);
	world_join(w, 2, 3, GROUP);
	world_gate(w, 3, GROUP, WORLD_SOURCE, &pass);
	KUNIT_EXPECT_FALSE(test, pass);
	KUNIT_ASSERT_EQ(test, world_set(w, MGATE_PARAM_IPV6, MGATE_IPV6_OFF), 0);
	KUNIT_EXPECT_FALSE(test, mgate_switch_sees(&w->sw, MGATE_AF_INET6));
	KUNIT_EXPECT_NULL(test, world_context(w, WORLD_VID));
	KUNIT_EXPECT_TRUE(test, world_gets(w, 3, GROUP));
	mgate_membership_forget_ignored(&w->sw, 2, w->now);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
	KUNIT_ASSERT_EQ(test, world_set(w, MGATE_PARAM_IPV6, MGATE_IPV6_SAFE), 0);
	KUNIT_EXPECT_TRUE(test, mgate_switch_sees(&w->sw, MGATE_AF_INET6));
	world_converge(w, 1);
	world_join(w, 2, 3, GROUP);
	world_gate(w, 3, GROUP, WORLD_SOURCE, &pass);
	KUNIT_EXPECT_FALSE(test, pass);
}

/* A bridge that does not speak IPv6 asks nobody, whatever it is told; as it does it begins. */
static void a_mute_bridge_never_asks(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned long *vlans = kunit_kzalloc(test, BITS_TO_LONGS(MGATE_VLANS) * sizeof(long),
					     GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, vlans);
	__set_bit(WORLD_VID, vlans);
	mgate_role_mute(&w->sw, MGATE_AF_INET6, vlans, w->now);
	world_begin(w, MGATE_QUERIER_ON, 0, OWN);
	world_join(w, 2, 3, GROUP);
	world_pass(w, 600000);
	KUNIT_EXPECT_EQ(test, w->asks, 0);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_NONE);
	__clear_bit(WORLD_VID, vlans);
	mgate_role_mute(&w->sw, MGATE_AF_INET6, vlans, w->now);
	world_pass(w, 1000);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_SELF);
	KUNIT_EXPECT_GT(test, w->asks, 0);
	__set_bit(WORLD_VID, vlans);
	mgate_role_mute(&w->sw, MGATE_AF_INET6, vlans, w->now);
	KUNIT_EXPECT_EQ(test, world_querier(w), MGATE_QUERIER_NONE);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 3, GROUP));
}

/* RFC 4862 5.4: what could not be asked for want of an address is asked soon, and floods. */
static void a_failed_query_comes_again(struct kunit *test)
{
	struct world *w = test->priv;

	world_begin(w, MGATE_QUERIER_ON, 0, OWN);
	world_tick(w);
	KUNIT_ASSERT_EQ(test, w->asks, 1);
	mgate_role_failed(&w->sw, MGATE_AF_INET6, WORLD_VID, w->now + 1000);
	world_pass(w, 999);
	KUNIT_EXPECT_EQ(test, w->asks, 1);
	world_pass(w, 1);
	KUNIT_EXPECT_EQ(test, w->asks, 2);
}

/* Issue 12 item 2: with `full` it is learned from as any other group, and not forgotten with
 * what nothing is learned from any more.
 */
static void full_forgets_no_solicited_node(struct kunit *test)
{
	const struct mgate_addr grp = node(7);
	struct mgate_key key = mgate_addr_key(MGATE_AF_INET6, WORLD_VID, &grp);
	struct world *w = test->priv;

	world_set(w, MGATE_PARAM_IPV6, MGATE_IPV6_FULL);
	world_converge(w, 1);
	report(w, 2, &grp, true);
	mgate_membership_forget_ignored(&w->sw, 2, w->now);
	spin_lock_bh(&w->sw.lock);
	KUNIT_EXPECT_NOT_NULL(test, mgate_membership_find_locked(&w->sw, &key, 2));
	spin_unlock_bh(&w->sw.lock);
}

static struct kunit_case solicited_cases[] = {
	KUNIT_CASE(safe_gates_nothing_of_the_link),
	KUNIT_CASE(full_gates_solicited_nodes),
	KUNIT_CASE(full_begins_by_flooding),
	KUNIT_CASE(our_own_query_comes_at_once),
	KUNIT_CASE(groups_without_state_go_on),
	KUNIT_CASE(what_is_in_flood_floods),
	KUNIT_CASE(off_forgets),
	KUNIT_CASE(a_mute_bridge_never_asks),
	KUNIT_CASE(a_failed_query_comes_again),
	KUNIT_CASE(full_forgets_no_solicited_node),
	{ }
};

static struct kunit_suite solicited_suite = {
	.name = "mgate_solicited",
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = world_init,
	.exit = world_exit,
	.test_cases = solicited_cases,
};

kunit_test_suite(solicited_suite);

MODULE_DESCRIPTION("mgate: tests of the tunable ipv6");
MODULE_LICENSE("GPL");
