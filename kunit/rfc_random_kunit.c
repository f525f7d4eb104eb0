// SPDX-License-Identifier: GPL-2.0-only
/*
 * The switch under random reports, queries and time, beside a model that evaluates
 * RFC 9776 slowly. After every step both hold the same and forward the same, and no
 * query is sent that the model does not know of, nor left out.
 *
 * Without parameters each life has a seed of its own, which never changes. With
 * seed=NUMBER all begin from that, with seed=0 from the time; it is printed.
 */
#include <linux/bitops.h>
#include <linux/moduleparam.h>
#include <linux/ktime.h>

#include "sources.h"
#include "rfc_model.h"

#define GROUPS 2
#define GROUP(n) (0xef010101 + (n))
#define PORTS 3
#define STEPS 25000
#define FIXED 1UL

static unsigned long seed = FIXED;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "where chance begins; 0: anywhere");

static const u16 slots[PORTS] = { 2, 3, 65 };

/**
 * struct life - a switch and its model
 * @w: the switch
 * @m: what it should hold
 * @we_ask: we are the querier; else another one is, behind slot 1
 * @state: of the random numbers
 * @test: who wants to know
 * @step: how many there were
 * @touched: groups that the step may have changed
 */
struct life {
	struct world *w;
	struct model m[GROUPS][PORTS];
	bool we_ask;
	u32 state;
	struct kunit *test;
	unsigned int step;
	u32 touched;
};

#define AGREE(l, g, p, is, should) \
	KUNIT_ASSERT_EQ_MSG((l)->test, is, should, "step %u, group %u, port %u", \
			    (l)->step, g, p)

static u32 pick(struct life *l, u32 n)
{
	return random_below(&l->state, n);
}

/* Empty, all, or some. */
static u32 some_set(struct life *l)
{
	switch (pick(l, 8)) {
	case 0:
		return 0;
	case 1:
		return BIT(MODEL_SRCS) - 1;
	case 2 ... 4:
		return BIT(pick(l, MODEL_SRCS));
	default:
		return pick(l, BIT(MODEL_SRCS));
	}
}

/* --- Queries ------------------------------------------------------------------- */

/* RFC 9776 6.6.3.1, and 6.6.3.2: the half with the S flag may be left out. */
static void check_group_query(struct life *l, unsigned int g, unsigned int p, bool suppress)
{
	struct model *m = &l->m[g][p];
	u64 now = l->w->now;
	u32 i;

	AGREE(l, g, p, m->group.left && m->group.at <= now, true);
	AGREE(l, g, p, suppress, m->timer > now + MODEL_LMQT);
	m->timer = model_asked(&m->group, m->timer, now);
	for (i = 0; i < MODEL_SRCS; i++)
		if (model_is_due(m, i, now, true))
			model_asked(&m->about[i], 0, now);
}

static void check_source_query(struct life *l, unsigned int g, unsigned int p,
			       const struct mgate_query *q)
{
	struct model *m = &l->m[g][p];
	u64 now = l->w->now;
	unsigned int i;
	u32 src;

	for (i = 0; i < q->nsrcs; i++) {
		src = world_number(&q->srcs[i]) - SRC(0);
		AGREE(l, g, p, src < MODEL_SRCS && model_is_due(m, src, now, q->suppress), true);
		m->src[src] = model_asked(&m->about[src], m->src[src], now);
	}
}

static void check_queries(struct life *l)
{
	const struct mgate_query *q;
	unsigned int i, g, p;

	for (i = 0; i < l->w->run.n; i++) {
		q = &l->w->run.ask[i].query;
		if (mgate_addr_is_zero(&q->grp))
			continue;
		KUNIT_ASSERT_TRUE(l->test, l->we_ask);
		g = world_number(&q->grp) - GROUP(0);
		for (p = 0; p < PORTS && slots[p] != l->w->run.ask[i].slot; p++)
			;
		KUNIT_ASSERT_TRUE(l->test, g < GROUPS && p < PORTS);
		if (q->nsrcs)
			check_source_query(l, g, p, q);
		else
			check_group_query(l, g, p, q->suppress);
	}
}

/* Nothing is overdue, unless there was no room for more queries. */
static void check_overdue(struct life *l, unsigned int g, unsigned int p)
{
	const struct model *m = &l->m[g][p];
	u32 i;

	AGREE(l, g, p, m->group.left && m->group.at <= l->w->now, false);
	for (i = 0; i < MODEL_SRCS; i++)
		AGREE(l, g, p, m->about[i].left && m->about[i].at <= l->w->now, false);
}

/* --- Time ---------------------------------------------------------------------- */

static u64 tick(struct life *l)
{
	struct world *w = l->w;
	unsigned int g, p;
	bool more;

	do {
		more = world_run(w);
		check_queries(l);
	} while (more);
	for (g = 0; g < GROUPS; g++) {
		for (p = 0; p < PORTS; p++) {
			if (!w->sw.waiting)
				check_overdue(l, g, p);
			model_expire(&l->m[g][p], w->now);
		}
	}
	return max(mgate_switch_next(&w->sw), w->run.wait);
}

static void until(struct life *l, u64 when)
{
	u64 next = tick(l);

	while (next <= when) {
		l->w->now = next;
		next = tick(l);
	}
	l->w->now = when;
	tick(l);
}

static void time_goes_on(struct life *l)
{
	static const u32 most[] = { 100, 1500, 3000, 40000, 300000 };
	u64 end = l->w->now + 1 + pick(l, most[pick(l, ARRAY_SIZE(most))]);

	l->touched = BIT(GROUPS) - 1;
	while (l->w->now < end) {
		until(l, min(end, l->w->now + 125000));
		if (!l->we_ask)
			world_query(l->w, 1, WORLD_ROUTER, 0);
	}
}

/* --- What is said -------------------------------------------------------------- */

static void older_host_speaks(struct life *l, unsigned int g, unsigned int p)
{
	u8 version = pick(l, 4) ? 2 : 1;
	bool leaves = version == 2 && pick(l, 3) == 0;

	l->touched |= BIT(g);
	world_record(l->w, slots[p], version, leaves ? MGATE_RECORD_TO_IN : MGATE_RECORD_IS_EX,
		     GROUP(g), 0);
	model_hear(&l->m[g][p], version, leaves ? MGATE_RECORD_TO_IN : MGATE_RECORD_IS_EX, 0,
		   l->w->now);
}

/* One to three records, of one group or several, with noise between. */
static void host_speaks(struct life *l, unsigned int p)
{
	unsigned int n = pick(l, 4) ? 1 : 2 + pick(l, 2), g;
	u64 now = l->w->now;
	u8 type;
	u32 set;

	report_begin();
	while (n--) {
		g = pick(l, GROUPS);
		type = (u8)(MGATE_RECORD_IS_IN + pick(l, 6));
		set = some_set(l);
		l->touched |= BIT(g);
		report_set(type, GROUP(g), set);
		model_hear(&l->m[g][p], 3, type, set, now);
	}
	report_send(l->w, slots[p], 0);
}

/* The elected querier asks, or somebody who is not. */
static void router_speaks(struct life *l)
{
	u32 mrt = pick(l, 3) ? 1000 : 100 + pick(l, 20000), set = some_set(l);
	u64 wait = max_t(u64, 2ULL * mrt, 1000);
	unsigned int g = pick(l, GROUPS), p;
	bool elected = !l->we_ask && pick(l, 5), suppress = !pick(l, 4);

	hear_query_set(l->w, 1, elected ? WORLD_ROUTER : WORLD_ROUTER + 9, GROUP(g), set, mrt,
		       suppress);
	for (p = 0; p < PORTS && elected && !suppress; p++)
		model_hear_query(&l->m[g][p], set, !set, l->w->now + wait);
}

/* One time in four the tick is late. */
static void speak(struct life *l)
{
	if (!pick(l, 4))
		l->w->now += pick(l, 4000);
	switch (pick(l, 16)) {
	case 0:
		older_host_speaks(l, pick(l, GROUPS), pick(l, PORTS));
		break;
	case 1 ... 2:
		router_speaks(l);
		break;
	default:
		host_speaks(l, pick(l, PORTS));
	}
}

/* --- Both say the same --------------------------------------------------------- */

static void compare(struct life *l, unsigned int g, unsigned int p)
{
	struct port_state st = state_of(l->w, slots[p], GROUP(g));
	const struct model *m = &l->m[g][p];
	u32 i;

	AGREE(l, g, p, st.member, m->member);
	AGREE(l, g, p, st.mode == MGATE_MODE_EXCLUDE, m->exclude);
	AGREE(l, g, p, st.run, model_x(m));
	AGREE(l, g, p, st.blocked, m->listed & ~model_x(m));
	AGREE(l, g, p, st.until, m->timer);
	for (i = 0; i < MODEL_SRCS; i++)
		AGREE(l, g, p, st.timer[i], m->src[i]);
}

/* What frames of each source, and of one that nobody names, do at all ports. */
static void take_gates(struct life *l, unsigned int g, u32 *sets)
{
	struct mgate_key key = world_key(GROUP(g));
	struct mgate_plan plan;
	unsigned int p;
	bool pass;
	u32 i;

	rcu_read_lock();
	for (i = 0; i <= MODEL_SRCS; i++) {
		key.src = world_addr(SRC(i));
		mgate_gate_data(&l->w->sw, &key, &plan);
		for (p = 0; p < PORTS; p++) {
			mgate_gate_test(&l->w->sw, &plan, slots[p], &pass);
			sets[p] |= pass ? BIT(i) : 0;
		}
	}
	rcu_read_unlock();
}

static void compare_gate(struct life *l, unsigned int g)
{
	u32 i, want, sets[PORTS] = {};
	unsigned int p;

	take_gates(l, g, sets);
	for (p = 0; p < PORTS; p++) {
		want = 0;
		for (i = 0; i <= MODEL_SRCS; i++)
			want |= model_forwards(&l->m[g][p], i) ? BIT(i) : 0;
		AGREE(l, g, p, sets[p], want);
	}
}

/* All that is held, and what is forwarded of the groups that something was said of. */
static void compare_all(struct life *l)
{
	unsigned int g, p;

	for (g = 0; g < GROUPS; g++) {
		for (p = 0; p < PORTS; p++)
			compare(l, g, p);
		if (l->touched & BIT(g))
			compare_gate(l, g);
	}
	l->touched = 0;
}

static const struct kind_of_life {
	const char *name;
	u32 seed;
	bool we_ask;
	u32 max_sources;
} lives[] = {
	{ "we ask", 0x12345678, true, 64 },
	{ "we ask, four sources", 0x0badcafe, true, 4 },
	{ "another asks", 0x6d67617a, false, 64 },
	{ "another asks, four sources", 0x00c0ffee, false, 4 },
};

static void life_name(const struct kind_of_life *life, char *desc)
{
	strscpy(desc, life->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(life, lives, life_name);

static void be_born(struct life *l, const struct kind_of_life *kind)
{
	unsigned int g, p;

	l->we_ask = kind->we_ask;
	l->state = kind->seed;
	if (!seed)
		l->state = (u32)ktime_get_ns() | 1;
	else if (seed != FIXED)
		l->state = (u32)seed;
	kunit_info(l->test, "seed=%u\n", l->state);
	world_set(l->w, MGATE_PARAM_MAX_SOURCES, kind->max_sources);
	for (g = 0; g < GROUPS; g++) {
		for (p = 0; p < PORTS; p++) {
			l->m[g][p].ask = kind->we_ask;
			l->m[g][p].most = kind->max_sources;
		}
	}
	if (kind->we_ask)
		we_ask(l->w, 3);
	else
		world_converge(l->w, 1);
}

/* RELIABILITY S10, S2 to S4; TRAPS 30; CONFORMANCE 55 to 78, 83 to 85; 100,000 steps
 * in all.
 */
static void random_life(struct kunit *test)
{
	struct life *l = kunit_kzalloc(test, sizeof(*l), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, l);
	l->w = test->priv;
	l->test = test;
	be_born(l, test->param_value);
	for (l->step = 0; l->step < STEPS; l->step++) {
		if (pick(l, 3))
			speak(l);
		else
			time_goes_on(l);
		if (pick(l, 4))
			tick(l);
		compare_all(l);
	}
	until(l, l->w->now + 2 * MODEL_GMI);
	KUNIT_EXPECT_EQ(test, l->w->sw.ledger.ngroups, 0);
}

static struct kunit_case rfc_random_cases[] = {
	KUNIT_CASE_PARAM(random_life, life_gen_params),
	{}
};

static struct kunit_suite rfc_random_suite = {
	.name = WORLD_NAME("mgate_rfc_random"),
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = world_init,
	.exit = world_exit,
	.test_cases = rfc_random_cases,
};

kunit_test_suite(rfc_random_suite);

MODULE_DESCRIPTION("mgate: random reports beside a model of RFC 9776");
MODULE_LICENSE("GPL");
