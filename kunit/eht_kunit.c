// SPDX-License-Identifier: GPL-2.0-only
/* Explicit host tracking: what the last known host leaves ends at once. */
#include "sources.h"

#define G1 0xef010101

static unsigned int count_hosts(struct world *w, u16 slot, u32 grp)
{
	struct mgate_key key = world_key(grp);
	const struct mgate_eht_host *h;
	struct mgate_member *m;
	unsigned int n = 0;

	spin_lock_bh(&w->sw.lock);
	m = mgate_membership_find_locked(&w->sw, &key, slot);
	if (m)
		mgate_eht_for_each(h, m)
			n++;
	spin_unlock_bh(&w->sw.lock);
	return n;
}

/* Issue 5 item 6; RELIABILITY S7, S3: the group ends with its last host, at once, and
 * nobody is asked; before that it goes on, whoever leaves.
 */
static void last_host_ends_the_group(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned int host;

	world_converge(w, 1);
	fast(w, 2);
	for (host = 1; host <= 4; host++)
		hear_from(w, 2, host, MGATE_RECORD_TO_EX, G1, 0);
	hear_from(w, 3, 1, MGATE_RECORD_TO_EX, G1, 0);
	KUNIT_EXPECT_EQ(test, count_hosts(w, 2, G1), 4);
	for (host = 1; host <= 4; host++) {
		KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL);
		hear_from(w, 2, host, MGATE_RECORD_TO_IN, G1, 0);
		/* Said once more, as hosts do, it changes nothing. */
		hear_from(w, 2, host, MGATE_RECORD_TO_IN, G1, 0);
		KUNIT_EXPECT_EQ(test, count_hosts(w, 2, G1), 4 - host);
	}
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0);
	KUNIT_EXPECT_FALSE(test, state_of(w, 2, G1).member);
	KUNIT_EXPECT_EQ(test, world_port(w, 2)->nhosts, 0);
	hear_from(w, 3, 1, MGATE_RECORD_TO_IN, G1, 0);
	world_pass(w, 5000);
	KUNIT_EXPECT_EQ(test, forwards(w, 3, G1), ALL);
	KUNIT_EXPECT_EQ(test, w->asks, 0);
}

/* Issue 5 item 6: each source with the last host that wants it, in both modes. */
static void last_host_ends_the_source(struct kunit *test)
{
	struct world *w = test->priv;

	we_ask(w, 3);
	fast(w, 2);
	hear_from(w, 2, 1, MGATE_RECORD_ALLOW, G1, 0x7);
	hear_from(w, 2, 2, MGATE_RECORD_ALLOW, G1, 0x6);
	hear_from(w, 2, 1, MGATE_RECORD_BLOCK, G1, 0x3);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0x6);
	hear_from(w, 2, 2, MGATE_RECORD_BLOCK, G1, 0x6);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0x4);
	hear_from(w, 2, 1, MGATE_RECORD_BLOCK, G1, 0x4);
	KUNIT_EXPECT_FALSE(test, state_of(w, 2, G1).member);
	KUNIT_EXPECT_EQ(test, world_port(w, 2)->nhosts, 0);
	hear_from(w, 2, 1, MGATE_RECORD_TO_EX, G1, 0);
	hear_from(w, 2, 2, MGATE_RECORD_TO_EX, G1, 0x1);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL);
	hear_from(w, 2, 1, MGATE_RECORD_BLOCK, G1, 0x3);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL & ~0x1);
	hear_from(w, 2, 2, MGATE_RECORD_BLOCK, G1, 0x2);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL & ~0x3);
	hear_from(w, 2, 2, MGATE_RECORD_TO_IN, G1, 0x1);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL & ~0x2);
	hear_from(w, 2, 1, MGATE_RECORD_TO_IN, G1, 0);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0x1);
}

/* DECISIONS 4: a source that is being asked about ends at once when the last one that
 * wants it has gone: nothing is asked then, and the next one gets it again.
 */
static void ends_while_it_is_asked_about(struct kunit *test)
{
	struct world *w = test->priv;
	struct asked a;

	we_ask(w, 3);
	fast(w, 2);
	hear_from(w, 2, 1, MGATE_RECORD_TO_EX, G1, 0);
	hear_from(w, 2, 2, MGATE_RECORD_ALLOW, G1, 0x1);
	hear_from(w, 2, 2, MGATE_RECORD_BLOCK, G1, 0x1);
	KUNIT_EXPECT_EQ(test, asked_now(w, 2, G1).clear, 0x1);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL);
	hear_from(w, 2, 1, MGATE_RECORD_BLOCK, G1, 0x1);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL & ~0x1);
	a = asked_until(w, w->now + 1000, 2, G1);
	KUNIT_EXPECT_EQ(test, a.n, 0);
	KUNIT_EXPECT_EQ(test, state_of(w, 2, G1).blocked, 0x1);
	hear_from(w, 2, 3, MGATE_RECORD_ALLOW, G1, 0x1);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL);
}

/* The number of the host that has the place in the group; 0: nobody. */
static u8 housed(struct world *w, u16 slot, u32 grp)
{
	struct mgate_key key = world_key(grp);
	struct mgate_member *m;
	u8 host = 0;

	spin_lock_bh(&w->sw.lock);
	m = mgate_membership_find_locked(&w->sw, &key, slot);
	if (m && m->group->housed)
		host = m->group->host.who.mac[5];
	spin_unlock_bh(&w->sw.lock);
	return host;
}

/* RELIABILITY B3, S3: one host has its place in the group; who comes to it later has
 * nothing of who was there before, and is one host as all others.
 */
static void place_of_a_host(struct kunit *test)
{
	struct world *w = test->priv;

	we_ask(w, 3);
	fast(w, 2);
	hear_from(w, 2, 1, MGATE_RECORD_ALLOW, G1, 0x7);
	hear_from(w, 2, 2, MGATE_RECORD_ALLOW, G1, 0x8);
	KUNIT_EXPECT_EQ(test, world_port(w, 2)->nhosts, 6);
	KUNIT_EXPECT_EQ(test, housed(w, 2, G1), 1);
	hear_from(w, 2, 1, MGATE_RECORD_BLOCK, G1, 0x7);
	KUNIT_EXPECT_EQ(test, world_port(w, 2)->nhosts, 2);
	KUNIT_EXPECT_EQ(test, housed(w, 2, G1), 0);
	hear_from(w, 2, 3, MGATE_RECORD_ALLOW, G1, 0x1);
	KUNIT_EXPECT_EQ(test, housed(w, 2, G1), 3);
	KUNIT_EXPECT_EQ(test, count_hosts(w, 2, G1), 2);
	KUNIT_EXPECT_EQ(test, world_port(w, 2)->nhosts, 4);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0x9);
	hear_from(w, 2, 3, MGATE_RECORD_BLOCK, G1, 0x1);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0x8);
	hear_from(w, 2, 2, MGATE_RECORD_BLOCK, G1, 0x8);
	KUNIT_EXPECT_FALSE(test, state_of(w, 2, G1).member);
	KUNIT_EXPECT_EQ(test, world_port(w, 2)->nhosts, 0);
}

/* RELIABILITY S3: hosts are told apart by both addresses: behind one MAC are many
 * hosts, or one with many addresses, and none of them goes for another.
 */
static void who_is_who(struct kunit *test)
{
	struct world *w = test->priv;
	struct mgate_eht_who who[3] = {};
	unsigned int i;

	world_converge(w, 1);
	fast(w, 2);
	who[0].mac[5] = 1;
	who[1].mac[5] = 1;
	who[1].addr = ip4(192, 0, 2, 1);
#ifdef WORLD_IPV6
	who[0].addr = ip4(192, 0, 2, 7);
#endif
	who[2].mac[5] = 2;
	report_begin();
	report_set(MGATE_RECORD_TO_EX, G1, 0);
	for (i = 0; i < 6; i++) {
		if (i == 3) {
			KUNIT_EXPECT_EQ(test, count_hosts(w, 2, G1), 3);
			report_begin();
			report_set(MGATE_RECORD_TO_IN, G1, 0);
		}
		memset(&w->in, 0, sizeof(w->in));
		w->in.msg = &report;
		w->in.now = w->now;
		w->in.slot = 2;
		w->in.vid = WORLD_VID;
		w->in.who = who[i % 3];
		mgate_input(&w->sw, &w->in);
		KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), i < 5 ? ALL : 0);
	}
}

#ifdef WORLD_IPV6
static void say_as(struct world *w, const struct mgate_addr *addr, enum mgate_record_type type,
		   u32 grp)
{
	report_begin();
	report_set(type, grp, 0);
	memset(&w->in, 0, sizeof(w->in));
	w->in.msg = &report;
	w->in.now = w->now;
	w->in.slot = 2;
	w->in.vid = WORLD_VID;
	w->in.who.mac[5] = 1;
	w->in.who.addr = *addr;
	mgate_input(&w->sw, &w->in);
}

/* RFC 9777 5.2.13: a host that reported before it had an address is one host, and what it
 * leaves when it has one ends at once.
 */
static void a_host_gets_its_address(struct kunit *test)
{
	const struct mgate_addr none = { }, own = world_addr(0xc0000201);
	struct world *w = test->priv;

	world_converge(w, 1);
	fast(w, 2);
	say_as(w, &none, MGATE_RECORD_TO_EX, G1);
	say_as(w, &none, MGATE_RECORD_TO_EX, G1 + 1);
	say_as(w, &own, MGATE_RECORD_TO_EX, G1);
	KUNIT_EXPECT_EQ(test, count_hosts(w, 2, G1), 1);
	say_as(w, &own, MGATE_RECORD_TO_IN, G1);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0);
	/* Also where leaving is the first that it says with it. */
	say_as(w, &own, MGATE_RECORD_TO_IN, G1 + 1);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1 + 1), 0);
	KUNIT_EXPECT_EQ(test, world_port(w, 2)->nhosts, 0);
}
#endif

/* Issue 5 item 6, TRAPS 30: a host that fell silent is not waited for. */
static void silent_hosts_are_forgotten(struct kunit *test)
{
	struct world *w = test->priv;

	we_ask(w, 3);
	fast(w, 2);
	hear_from(w, 2, 1, MGATE_RECORD_TO_EX, G1, 0);
	hear_from(w, 2, 3, MGATE_RECORD_ALLOW, G1 + 1, 0x1);
	world_pass(w, 100000);
	hear_from(w, 2, 2, MGATE_RECORD_TO_EX, G1, 0);
	hear_from(w, 2, 4, MGATE_RECORD_ALLOW, G1 + 1, 0x3);
	world_pass(w, WORLD_GMI - 100000 - 1);
	KUNIT_EXPECT_EQ(test, count_hosts(w, 2, G1), 2);
	world_pass(w, 1);
	KUNIT_EXPECT_EQ(test, count_hosts(w, 2, G1), 1);
	KUNIT_EXPECT_EQ(test, world_port(w, 2)->nhosts, 1 + 3);
	hear_from(w, 2, 2, MGATE_RECORD_TO_IN, G1, 0);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0);
	hear_from(w, 2, 4, MGATE_RECORD_BLOCK, G1 + 1, 0x1);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1 + 1), 0x2);
	world_pass(w, 100000);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
	KUNIT_EXPECT_EQ(test, world_port(w, 2)->nhosts, 0);
}

/* DECISIONS 4: a host that wants a source by name and did not answer a question about it may
 * have been overheard: when the last one that wanted all has left at once, it gets it.
 */
static void unanswered_question_is_no_leave(struct kunit *test)
{
	struct world *w = test->priv;

	world_converge(w, 1);
	fast(w, 2);
	hear_from(w, 2, 1, MGATE_RECORD_TO_EX, G1, 0x1);
	hear_from(w, 2, 2, MGATE_RECORD_ALLOW, G1, 0x3);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL);
	hear_query_set(w, 1, WORLD_ROUTER, G1, 0x1, 1000, false);
	world_pass(w, 5000);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), ALL & ~0x1);
	hear_from(w, 2, 1, MGATE_RECORD_TO_IN, G1, 0);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0x3);
	hear_from(w, 2, 2, MGATE_RECORD_BLOCK, G1, 0x3);
	KUNIT_EXPECT_FALSE(test, state_of(w, 2, G1).member);
}

/* TRAPS 29: to find that none of thousands wants a source would hold the lock for long: of so
 * many not all are looked at, and the host is asked.
 */
static void none_of_many(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned int host;

	we_ask(w, 3);
	fast(w, 2);
	fast(w, 3);
	for (host = 0; host < MGATE_EHT_LOOK; host++) {
		hear_from(w, 2, host, MGATE_RECORD_ALLOW, G1, 0x1);
		hear_from(w, 3, host, MGATE_RECORD_ALLOW, G1, 0x1);
	}
	hear_from(w, 3, host, MGATE_RECORD_ALLOW, G1, 0x1);
	hear_from(w, 2, host + 1, MGATE_RECORD_ALLOW, G1, 0x2);
	hear_from(w, 3, host + 1, MGATE_RECORD_ALLOW, G1, 0x2);
	hear_from(w, 2, host + 1, MGATE_RECORD_BLOCK, G1, 0x2);
	hear_from(w, 3, host + 1, MGATE_RECORD_BLOCK, G1, 0x2);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0x1);
	KUNIT_EXPECT_EQ(test, forwards(w, 3, G1), 0x3);
	KUNIT_EXPECT_EQ(test, asked_now(w, 3, G1).clear, 0x2);
	world_pass(w, WORLD_LMQT);
	KUNIT_EXPECT_EQ(test, forwards(w, 3, G1), 0x1);
}

/* DECISIONS 4: that a host has become INCLUDE was lost on the way; it answers all queries, and
 * another's leave does not cut it.
 */
static void change_that_was_missed(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned int i;

	we_ask(w, 3);
	fast(w, 2);
	hear_from(w, 2, 1, MGATE_RECORD_TO_EX, G1, 0);
	for (i = 0; i < 4; i++) {
		world_pass(w, 100000);
		hear_from(w, 2, 1, MGATE_RECORD_IS_IN, G1, 0x1);
	}
	KUNIT_EXPECT_EQ(test, state_of(w, 2, G1).mode, MGATE_MODE_INCLUDE);
	hear_from(w, 2, 2, MGATE_RECORD_ALLOW, G1, 0x1);
	hear_from(w, 2, 2, MGATE_RECORD_BLOCK, G1, 0x1);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1), 0x1);
	KUNIT_EXPECT_EQ(test, asked_now(w, 2, G1).clear, 0x1);
}

/* Issue 5 item 6, RELIABILITY M1: bounded; above it that membership is asked about as
 * without fast_leave, and each record that was not kept is counted.
 */
static void too_many_hosts(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned int host;

	we_ask(w, 3);
	fast(w, 2);
	fast(w, 3);
	for (host = 0; host < MGATE_EHT_PORT; host++)
		hear_from(w, 2, host, MGATE_RECORD_TO_EX, G1, 0);
	KUNIT_EXPECT_EQ(test, w->in.limit_hosts, 0);
	KUNIT_EXPECT_EQ(test, world_port(w, 2)->nhosts, MGATE_EHT_PORT);
	hear_from(w, 2, host, MGATE_RECORD_TO_EX, G1 + 1, 0);
	KUNIT_EXPECT_EQ(test, w->in.limit_hosts, 1);
	KUNIT_EXPECT_EQ(test, world_port(w, 2)->nhosts, MGATE_EHT_PORT);
	hear_from(w, 3, host, MGATE_RECORD_TO_EX, G1 + 1, 0);
	KUNIT_EXPECT_EQ(test, w->in.limit_hosts, 0);
	hear_from(w, 2, host, MGATE_RECORD_TO_IN, G1 + 1, 0);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1 + 1), ALL);
	KUNIT_EXPECT_EQ(test, asked_now(w, 2, G1 + 1).group, 1);
	hear_from(w, 3, host, MGATE_RECORD_TO_IN, G1 + 1, 0);
	KUNIT_EXPECT_EQ(test, forwards(w, 3, G1 + 1), 0);
	world_pass(w, WORLD_LMQT);
	KUNIT_EXPECT_EQ(test, forwards(w, 2, G1 + 1), 0);
	world_pass(w, WORLD_GMI);
	KUNIT_EXPECT_EQ(test, world_port(w, 2)->nhosts, 0);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
}

static struct kunit_case eht_cases[] = {
	KUNIT_CASE(last_host_ends_the_group),
	KUNIT_CASE(last_host_ends_the_source),
	KUNIT_CASE(ends_while_it_is_asked_about),
	KUNIT_CASE(place_of_a_host),
	KUNIT_CASE(who_is_who),
#ifdef WORLD_IPV6
	KUNIT_CASE(a_host_gets_its_address),
#endif
	KUNIT_CASE(silent_hosts_are_forgotten),
	KUNIT_CASE(unanswered_question_is_no_leave),
	KUNIT_CASE(too_many_hosts),
	KUNIT_CASE(none_of_many),
	KUNIT_CASE(change_that_was_missed),
	{}
};

static struct kunit_suite eht_suite = {
	.name = WORLD_NAME("mgate_eht"),
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = world_init,
	.exit = world_exit,
	.test_cases = eht_cases,
};

kunit_test_suite(eht_suite);

MODULE_DESCRIPTION("mgate: tests of explicit host tracking");
MODULE_LICENSE("GPL");
