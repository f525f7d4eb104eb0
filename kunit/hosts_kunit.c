// SPDX-License-Identifier: GPL-2.0-only
/* Hosts as RFC 9776 5 has them, whose wishes change at random. */
#include "sources.h"

#define G1 0xef010101
#define HOSTS 4

struct host {
	bool exclude;
	u32 set;
};

static u32 wanted_by(const struct host *h)
{
	return h->exclude ? ALL & ~h->set : h->set;
}

static u32 wanted_by_all(const struct host *hosts)
{
	u32 i, set = 0;

	for (i = 0; i < HOSTS; i++)
		set |= wanted_by(&hosts[i]);
	return set;
}

/* RFC 9776 5.1: what a host says when its state changes. */
static void change(struct world *w, struct host *hosts, u32 i, bool exclude, u32 set)
{
	struct host *h = &hosts[i];
	u32 more = set & ~h->set, less = h->set & ~set;

	report_begin();
	if (h->exclude != exclude) {
		report_set(exclude ? MGATE_RECORD_TO_EX : MGATE_RECORD_TO_IN, G1, set);
	} else {
		if (exclude ? less : more)
			report_set(MGATE_RECORD_ALLOW, G1, exclude ? less : more);
		if (exclude ? more : less)
			report_set(MGATE_RECORD_BLOCK, G1, exclude ? more : less);
	}
	h->exclude = exclude;
	h->set = set;
	report_send(w, 2, i);
}

/* RFC 9776 5.2: the answers to a query, about the group (@about zero) or sources. */
static void answer(struct world *w, const struct host *hosts, u32 about)
{
	u32 i, set;

	for (i = 0; i < HOSTS; i++) {
		set = about ? about & wanted_by(&hosts[i]) : hosts[i].set;
		if (about && set)
			hear_from(w, 2, i, MGATE_RECORD_IS_IN, G1, set);
		else if (!about && wanted_by(&hosts[i]))
			hear_from(w, 2, i, hosts[i].exclude ? MGATE_RECORD_IS_EX :
				  MGATE_RECORD_IS_IN, G1, set);
	}
}

static bool any_excludes(const struct host *hosts)
{
	return hosts[0].exclude || hosts[1].exclude || hosts[2].exclude || hosts[3].exclude;
}

static void live(struct kunit *test, struct world *w, u32 *state, bool we)
{
	struct host hosts[HOSTS] = {};
	struct asked a;
	unsigned int step;
	u32 want, is;

	for (step = 0; step < 20000; step++) {
		change(w, hosts, random_below(state, HOSTS), !random_below(state, 4),
		       random_below(state, 2) ? random_below(state, 16) : 0);
		want = wanted_by_all(hosts);
		is = forwards(w, 2, G1);
		KUNIT_ASSERT_EQ_MSG(test, is & want, want, "step %u", step);
		if (!we && !any_excludes(hosts))
			KUNIT_ASSERT_EQ_MSG(test, is, want, "step %u", step);
		a = asked_until(w, w->now + random_below(state, 1500), 2, G1);
		KUNIT_ASSERT_EQ(test, a.wrong, 0);
		KUNIT_ASSERT_TRUE(test, we || !a.n);
		if (a.clear | a.set)
			answer(w, hosts, a.clear | a.set);
		if (a.group | a.group_s || !(step % 64))
			answer(w, hosts, 0);
		if (!we && !(step % 64))
			world_query(w, 1, WORLD_ROUTER, 0);
		KUNIT_ASSERT_EQ_MSG(test, forwards(w, 2, G1) & want, want, "step %u", step);
	}
}

/* DECISIONS 4, RELIABILITY S3, S7; CONFORMANCE 24: hosts change at random: none of them
 * is ever without what it wants; where all want sources by name, the port gets those.
 */
static void hosts_at_random_another_asks(struct kunit *test)
{
	struct world *w = test->priv;
	u32 state = 0x65687431;

	world_converge(w, 1);
	fast(w, 2);
	live(test, w, &state, false);
}

static void hosts_at_random_we_ask(struct kunit *test)
{
	struct world *w = test->priv;
	u32 state = 0x65687432;

	we_ask(w, 3);
	fast(w, 2);
	live(test, w, &state, true);
}

static struct kunit_case hosts_cases[] = {
	KUNIT_CASE(hosts_at_random_another_asks),
	KUNIT_CASE(hosts_at_random_we_ask),
	{}
};

static struct kunit_suite hosts_suite = {
	.name = WORLD_NAME("mgate_hosts"),
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = world_init,
	.exit = world_exit,
	.test_cases = hosts_cases,
};

kunit_test_suite(hosts_suite);

MODULE_DESCRIPTION("mgate: tests of hosts as the RFC has them");
MODULE_LICENSE("GPL");
