// SPDX-License-Identifier: GPL-2.0-only
/* Three bridges on one wire elect a querier; the versions and phases of one. */
#include <linux/module.h>

#include "../module/addr.c"
#include "messages.h"
#include "../module/params.c"
#include "../module/querier.c"
#include "common.h"

#define NODES 3
#define STAGGER 40000
#define PATIENCE 4000

/* A bridge as far as its querier goes; it is on the wire from @begins on. */
struct node {
	struct mgate_querier q;
	struct mgate_params p;
	struct mgate_addr own;
	u64 begins;
	bool dead;
};

struct wire {
	struct node node[NODES];
	u64 now;
	unsigned int sent;
};

static int wire_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct wire), GFP_KERNEL);
	return test->priv ? 0 : -ENOMEM;
}

static bool is_on(const struct wire *w, unsigned int i)
{
	return !w->node[i].dead && w->node[i].begins <= w->now;
}

static void begin(struct wire *w, unsigned int i, u32 mode, u32 address)
{
	struct node *n = &w->node[i];

	memset(n, 0, sizeof(*n));
	mgate_params_setup(&n->p);
	n->p.v[MGATE_PARAM_QUERIER] = mode;
	n->p.patience_ms = PATIENCE;
	n->own = ip4_of(address);
	n->begins = w->now + i * STAGGER;
	mgate_querier_setup(&n->q, &n->p, n->begins);
}

static void send_from(struct wire *w, unsigned int from)
{
	const struct node *n = &w->node[from];
	struct mgate_msg msg = {
		.src = n->own, .max_resp_ms = 10000, .interval_ms = 125000, .robustness = 2,
		.kind = MGATE_KIND_QUERY, .version = mgate_querier_version(&n->q, &n->p),
	};
	bool clamped = false;
	unsigned int i;

	w->sent++;
	for (i = 0; i < NODES; i++)
		if (i != from && is_on(w, i))
			mgate_querier_hear(&w->node[i].q, &w->node[i].p, &w->node[i].own, &msg, 1,
					   w->now, &clamped);
}

static void run_node(struct wire *w, unsigned int i)
{
	struct node *n = &w->node[i];

	if (!is_on(w, i))
		return;
	mgate_querier_expire(&n->q, &n->p, w->now);
	if (mgate_querier_ask(&n->q, &n->p, (u16)i, w->now))
		send_from(w, i);
}

static u64 next_event(const struct wire *w)
{
	u64 when = MGATE_NEVER, at;
	unsigned int i;

	for (i = 0; i < NODES; i++) {
		if (w->node[i].dead)
			continue;
		at = max(mgate_querier_deadline(&w->node[i].q), w->node[i].begins);
		when = min(when, at);
	}
	return when;
}

static void run_until(struct wire *w, u64 end)
{
	unsigned int i, rounds = 0;

	for (w->now = next_event(w); w->now <= end && rounds++ < 10000; w->now = next_event(w))
		for (i = 0; i < NODES; i++)
			run_node(w, i);
	w->now = end;
}

static u32 address_of(const struct wire *w, unsigned int i)
{
	return number_of(&w->node[i].own);
}

static bool may_win(const struct wire *w, unsigned int i)
{
	return !w->node[i].dead && w->node[i].p.v[MGATE_PARAM_QUERIER] != MGATE_QUERIER_OFF;
}

/* Of those that query at once the lowest address, else who listened longest. */
static int winner(const struct wire *w)
{
	int best = -1;
	unsigned int i;
	bool on, best_on;

	for (i = 0; i < NODES; i++) {
		if (!may_win(w, i) || !address_of(w, i))
			continue;
		on = w->node[i].p.v[MGATE_PARAM_QUERIER] == MGATE_QUERIER_ON;
		best_on = best >= 0 && w->node[best].p.v[MGATE_PARAM_QUERIER] == MGATE_QUERIER_ON;
		if (best < 0 || (on && !best_on) ||
		    (on && best_on && address_of(w, i) < address_of(w, (unsigned int)best)))
			best = (int)i;
	}
	return best;
}

static void expect_one(struct kunit *test, const struct wire *w, int who)
{
	unsigned int i, n = 0, any = 0;
	bool self;

	for (i = 0; i < NODES; i++) {
		self = !w->node[i].dead && w->node[i].q.state == MGATE_QUERIER_SELF;
		any += may_win(w, i) && address_of(w, i);
		n += self && address_of(w, i);
		if (self)
			KUNIT_EXPECT_TRUE(test, may_win(w, i));
		if (who >= 0)
			KUNIT_EXPECT_EQ(test, self, i == (unsigned int)who);
	}
	KUNIT_EXPECT_EQ(test, n, any ? 1 : 0);
	/* Those without addresses do not hear each other as queriers: all ask. */
	for (i = 0; i < NODES; i++)
		if (may_win(w, i) && !address_of(w, i))
			KUNIT_EXPECT_EQ(test, w->node[i].q.state == MGATE_QUERIER_SELF, !any);
}

static const u32 modes[] = { MGATE_QUERIER_AUTO, MGATE_QUERIER_ON, MGATE_QUERIER_OFF };

static void elect(struct kunit *test, struct wire *w, const u32 *addresses)
{
	unsigned int i, m;
	int who;

	for (m = 0; m < 27; m++) {
		memset(w, 0, sizeof(*w));
		begin(w, 0, modes[m % 3], addresses[0]);
		begin(w, 1, modes[m / 3 % 3], addresses[1]);
		begin(w, 2, modes[m / 9], addresses[2]);
		run_until(w, 1000000);
		who = winner(w);
		expect_one(test, w, who);
		/* It is switched off: the others find another one. */
		if (who >= 0)
			w->node[who].dead = true;
		run_until(w, 2000000);
		expect_one(test, w, -1);
		/* It comes back as it was, and there is still one. */
		for (i = 0; i < NODES; i++)
			if (w->node[i].dead)
				begin(w, i, w->node[i].p.v[MGATE_PARAM_QUERIER], addresses[i]);
		run_until(w, 3000000);
		expect_one(test, w, -1);
	}
}

/* CONFORMANCE 14, 79, 93; DECISIONS 10; RELIABILITY Q1, Q2: all triples of
 * addresses in all modes: one querier, and one again when it is gone.
 */
static void three_bridges_elect_one(struct kunit *test)
{
	static const u32 all[] = { 0, 0xc0000201, 0xc0000202, 0xc00002fe };
	struct wire *w = test->priv;
	unsigned int i, n = ARRAY_SIZE(all);
	u32 a[NODES];

	for (i = 0; i < n * n * n; i++) {
		a[0] = all[i % n];
		a[1] = all[i / n % n];
		a[2] = all[i / n / n];
		/* Two hosts of one address: no matter of an election. */
		if ((a[0] && (a[0] == a[1] || a[0] == a[2])) || (a[1] && a[1] == a[2]))
			continue;
		elect(test, w, a);
	}
}

/* TRAPS 23: a bridge with the lowest address comes to a network that has its
 * querier: with `auto` the role stays, with `on` it moves.
 */
static void the_newcomer(struct kunit *test)
{
	struct wire *w = test->priv;

	begin(w, 0, MGATE_QUERIER_ON, 0xc00002fe);
	begin(w, 1, MGATE_QUERIER_AUTO, 0xc0000201);
	begin(w, 2, MGATE_QUERIER_OFF, 0);
	run_until(w, 3600000);
	KUNIT_EXPECT_EQ(test, w->node[0].q.state, MGATE_QUERIER_SELF);
	KUNIT_EXPECT_EQ(test, w->node[1].q.state, MGATE_QUERIER_OTHER);
	KUNIT_EXPECT_EQ(test, w->node[2].q.state, MGATE_QUERIER_OTHER);
	w->node[1].p.v[MGATE_PARAM_QUERIER] = MGATE_QUERIER_ON;
	mgate_querier_mode(&w->node[1].q, &w->node[1].p, w->now);
	run_until(w, w->now + 1);
	KUNIT_EXPECT_EQ(test, w->node[0].q.state, MGATE_QUERIER_OTHER);
	KUNIT_EXPECT_EQ(test, w->node[1].q.state, MGATE_QUERIER_SELF);
	KUNIT_EXPECT_TRUE(test, mgate_addr_equal(&w->node[0].q.addr, &w->node[1].own));
}

/* DECISIONS 10, TRAPS 25, CONFORMANCE 12: `auto` is that of the querier heard
 * last, whoever won; written is written; unheard is 3. What comes from 0.0.0.0
 * counts only where no querier has an address.
 */
static void version_follows_the_last_heard(struct kunit *test)
{
	struct wire *w = test->priv;
	struct node *n = &w->node[0];
	struct mgate_msg msg = { .src = ip4(192, 0, 2, 1), .max_resp_ms = 10000 };
	bool clamped;

	begin(w, 0, MGATE_QUERIER_AUTO, 0xc0000205);
	w->node[1].dead = true;
	w->node[2].dead = true;
	KUNIT_EXPECT_EQ(test, mgate_querier_version(&n->q, &n->p), 3);
	for (msg.version = 1; msg.version <= 3; msg.version++) {
		mgate_querier_hear(&n->q, &n->p, &n->own, &msg, 1, w->now, &clamped);
		KUNIT_EXPECT_EQ(test, mgate_querier_version(&n->q, &n->p), msg.version);
	}
	msg.src = ip4(0, 0, 0, 0);
	msg.version = 1;
	mgate_querier_hear(&n->q, &n->p, &n->own, &msg, 1, w->now, &clamped);
	KUNIT_EXPECT_EQ(test, mgate_querier_version(&n->q, &n->p), 3);
	msg.src = ip4(192, 0, 2, 1);
	msg.version = 2;
	mgate_querier_hear(&n->q, &n->p, &n->own, &msg, 1, w->now, &clamped);
	run_until(w, 255000 + PATIENCE);
	KUNIT_EXPECT_EQ(test, n->q.state, MGATE_QUERIER_SELF);
	KUNIT_EXPECT_EQ(test, mgate_querier_version(&n->q, &n->p), 2);
	msg.src = ip4(192, 0, 2, 9);
	msg.version = 3;
	KUNIT_EXPECT_EQ(test, mgate_querier_hear(&n->q, &n->p, &n->own, &msg, 1, w->now, &clamped),
			MGATE_HEARD_NOTHING);
	KUNIT_EXPECT_EQ(test, mgate_querier_version(&n->q, &n->p), 3);
	msg.src = ip4(0, 0, 0, 0);
	msg.version = 1;
	mgate_querier_hear(&n->q, &n->p, &n->own, &msg, 1, w->now, &clamped);
	KUNIT_EXPECT_EQ(test, mgate_querier_version(&n->q, &n->p), 3);
	mgate_querier_hear(&n->q, &n->p, &msg.src, &msg, 1, w->now, &clamped);
	KUNIT_EXPECT_EQ(test, mgate_querier_version(&n->q, &n->p), 1);
	for (n->p.v[MGATE_PARAM_VERSION] = 1; n->p.v[MGATE_PARAM_VERSION] <= 3;
	     n->p.v[MGATE_PARAM_VERSION]++)
		KUNIT_EXPECT_EQ(test, mgate_querier_version(&n->q, &n->p),
				n->p.v[MGATE_PARAM_VERSION]);
}

/* CONFORMANCE 12, 80: a router of an older version that lost the election is silent, and is
 * still there.
 */
static void version_of_a_silent_loser(struct kunit *test)
{
	struct wire *w = test->priv;
	struct node *n = &w->node[0];
	struct mgate_msg msg = { .src = ip4(192, 0, 2, 9), .version = 2, .max_resp_ms = 10000 };
	bool clamped;

	begin(w, 0, MGATE_QUERIER_ON, 0xc0000205);
	w->node[1].dead = true;
	w->node[2].dead = true;
	run_until(w, 60000);
	KUNIT_EXPECT_EQ(test, mgate_querier_hear(&n->q, &n->p, &n->own, &msg, 1, w->now, &clamped),
			MGATE_HEARD_NOTHING);
	run_until(w, w->now + 1000000);
	KUNIT_EXPECT_EQ(test, n->q.state, MGATE_QUERIER_SELF);
	KUNIT_EXPECT_EQ(test, mgate_querier_version(&n->q, &n->p), 2);
}

/* TRAPS 26: after the burst each VLAN has a phase of its own, and no interval is
 * longer than the query interval.
 */
static void each_vlan_has_its_phase(struct kunit *test)
{
	static const u16 vids[] = { 0, 1, 2, 255, 256, 2048, 4094, 4095 };
	static const u32 intervals[] = { 1000, 10000, 125000, 31744000 };
	struct mgate_querier q = {};
	struct mgate_params p;
	unsigned int i, j, n;
	u64 now, next;

	mgate_params_setup(&p);
	p.v[MGATE_PARAM_QUERIER] = MGATE_QUERIER_ON;
	p.v[MGATE_PARAM_QUERY_RESPONSE_INTERVAL_MS] = 100;
	for (i = 0; i < ARRAY_SIZE(vids) * ARRAY_SIZE(intervals); i++) {
		j = intervals[i / ARRAY_SIZE(vids)];
		p.v[MGATE_PARAM_QUERY_INTERVAL_MS] = j;
		memset(&q, 0, sizeof(q));
		mgate_querier_setup(&q, &p, 0);
		mgate_querier_expire(&q, &p, 0);
		for (n = 0, now = 0; n < 6; n++, now = next) {
			KUNIT_EXPECT_TRUE(test, mgate_querier_ask(&q, &p, vids[i % 8], now));
			next = mgate_querier_deadline(&q);
			if (n == 0)
				KUNIT_EXPECT_EQ(test, next - now, max(j / 4, 1000u));
			else if (n == 1)
				KUNIT_EXPECT_EQ(test, next - now,
						j - (u64)j * vids[i % 8] / 8192);
			else
				KUNIT_EXPECT_EQ(test, next - now, j);
		}
	}
}

/* CONFORMANCE 93: a query that could not be sent comes again, at the latest when the next one
 * was due anyway, and does not make the startup burst longer.
 */
static void a_query_comes_again(struct kunit *test)
{
	struct mgate_querier q = {};
	struct mgate_params p;

	mgate_params_setup(&p);
	p.v[MGATE_PARAM_QUERIER] = MGATE_QUERIER_ON;
	mgate_querier_setup(&q, &p, 1000);
	mgate_querier_expire(&q, &p, 1000);
	KUNIT_EXPECT_EQ(test, q.state, MGATE_QUERIER_SELF);
	KUNIT_EXPECT_EQ(test, q.next_query, 1000);
	mgate_querier_again(&q, &p, 2000);
	KUNIT_EXPECT_EQ(test, q.next_query, 1000);
	KUNIT_EXPECT_EQ(test, q.startup_left, 2);
}

/* CONFORMANCE 88: how long others are listened for is that of the interval in force. */
static void alone_by_the_interval_in_force(struct kunit *test)
{
	struct mgate_querier q = {};
	struct mgate_params p;

	mgate_params_setup(&p);
	mgate_querier_setup(&q, &p, 1000);
	KUNIT_EXPECT_EQ(test, q.alone_at, 1000 + 255000);
	p.v[MGATE_PARAM_QUERY_INTERVAL_MS] = 20000;
	mgate_querier_retime(&q, &p, 2000);
	KUNIT_EXPECT_EQ(test, q.alone_at, 2000 + 45000);
}

/* CONFORMANCE 14, DECISIONS 10: one without an address comes and falls silent: we listen for
 * as long as without it.
 */
static void no_address_brings_no_turn_forward(struct kunit *test)
{
	struct mgate_msg msg = {
		.max_resp_ms = 10000, .interval_ms = 10000, .robustness = 2,
		.kind = MGATE_KIND_QUERY, .version = 3,
	};
	const struct mgate_addr own = ip4_of(0xc0000209);
	struct mgate_querier q = {};
	struct mgate_params p;
	bool clamped = false;
	u64 at;

	mgate_params_setup(&p);
	mgate_querier_setup(&q, &p, 1000);
	at = q.start_at;
	mgate_querier_hear(&q, &p, &own, &msg, 1, 2000, &clamped);
	KUNIT_ASSERT_LT(test, q.expires, at);
	KUNIT_EXPECT_TRUE(test, mgate_querier_expire(&q, &p, q.expires));
	KUNIT_EXPECT_EQ(test, q.start_at, at);
}

static struct kunit_case election_cases[] = {
	KUNIT_CASE(three_bridges_elect_one),
	KUNIT_CASE(the_newcomer),
	KUNIT_CASE(version_follows_the_last_heard),
	KUNIT_CASE(version_of_a_silent_loser),
	KUNIT_CASE(each_vlan_has_its_phase),
	KUNIT_CASE(a_query_comes_again),
	KUNIT_CASE(alone_by_the_interval_in_force),
	KUNIT_CASE(no_address_brings_no_turn_forward),
	{}
};

static struct kunit_suite election_suite = {
	.name = "mgate_election",
	.init = wire_init,
	.test_cases = election_cases,
};

kunit_test_suite(election_suite);

MODULE_DESCRIPTION("mgate: tests of the election among bridges");
MODULE_LICENSE("GPL");
