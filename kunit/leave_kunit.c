// SPDX-License-Identifier: GPL-2.0-only
/* Leaves that are kept from the querier, and what is asked in its place. */
#include "world.h"

#define G1 0xef010101
#define G2 0xef010102
#define SSM 0xe8010101

/* A version 3 report, record by record. */
struct report {
	struct mgate_msg msg;
	u8 body[4 * 64];
};

static void begin_report(struct report *r)
{
	memset(r, 0, sizeof(*r));
	r->msg.src = world_addr(0xc0000264);
	r->msg.body = r->body;
	r->msg.version = 3;
	r->msg.kind = MGATE_KIND_REPORT;
	r->msg.fate = MGATE_FATE_ROUTERS;
}

static void add(struct report *r, enum mgate_record_type type, u32 grp, unsigned int nsrcs)
{
	const struct mgate_addr addr = world_addr(grp);
	u8 *p = r->body + r->msg.len;

	p[0] = (u8)type;
	p[3] = (u8)nsrcs;
	world_put(p + 4, grp);
	memset(p + 4 + WORLD_LEN, 10, WORLD_LEN * nsrcs);
	r->msg.len += (u16)(4 + WORLD_LEN * (1 + nsrcs));
	r->msg.count++;
	r->msg.partial |= mgate_family_scope(WORLD_AF, &addr) == MGATE_SCOPE_LINK;
}

static struct mgate_msg leave_of(u32 grp)
{
	struct mgate_msg msg = {
		.src = world_addr(0xc0000264), .grp = world_addr(grp), .version = 2,
		.kind = MGATE_KIND_LEAVE, .fate = MGATE_FATE_ROUTERS,
	};

	return msg;
}

static bool withholds_leave(struct world *w, u16 slot, u32 grp)
{
	struct mgate_msg msg = leave_of(grp);

	return world_withholds(w, slot, &msg);
}

/* Another is the querier, behind slot 1. */
static void listen_to(struct world *w, u8 version)
{
	struct mgate_msg msg = world_query_msg(WORLD_ROUTER, 0);

	msg.version = version;
	if (version < 3) {
		msg.interval_ms = 0;
		msg.robustness = 0;
	}
	world_hear(w, 1, &msg);
	world_pass(w, 10000);
	w->decides = true;
}

/* INTERFACE `proxy leaves`: kept while there is a member at any other port, be
 * it in another word of the bitmap; the last one's goes on.
 */
static void only_the_last_leave_goes_on(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned int i, j;

	listen_to(w, 2);
	for (i = 0; i < WORLD_PORTS; i++) {
		KUNIT_EXPECT_FALSE(test, withholds_leave(w, world_slots[i], G1));
		world_join(w, world_slots[i], 2, G1);
		for (j = 0; j < WORLD_PORTS; j++)
			KUNIT_EXPECT_EQ_MSG(test, withholds_leave(w, world_slots[j], G1), i != j,
					    "member %u, leave %u", world_slots[i],
					    world_slots[j]);
		KUNIT_EXPECT_FALSE(test, withholds_leave(w, 3, G2));
		mgate_swport_stop(&w->sw, world_slots[i], w->now);
		if (world_slots[i] == 1)
			listen_to(w, 2);
	}
	world_join(w, 64, 2, G1);
	world_join(w, 1024, 2, G1);
	for (j = 0; j < WORLD_PORTS; j++)
		KUNIT_EXPECT_TRUE(test, withholds_leave(w, world_slots[j], G1));
}

/* INTERFACE `groups_static`: who was set is a member like any other, the host
 * too; who was set for one source has not asked for all.
 */
static void members_that_were_set(struct kunit *test)
{
	struct mgate_key key = world_key(G1), single = world_key(G2);
	struct world *w = test->priv;

	listen_to(w, 2);
	KUNIT_ASSERT_EQ(test, mgate_permanent_add(&w->sw, &key, MGATE_SLOT_HOST, w->now), 0);
	world_join(w, 2, 2, G1);
	KUNIT_EXPECT_TRUE(test, withholds_leave(w, 2, G1));
	mgate_permanent_del(&w->sw, &key, MGATE_SLOT_HOST, w->now);
	KUNIT_EXPECT_FALSE(test, withholds_leave(w, 2, G1));
	mgate_permanent_add(&w->sw, &key, 128, w->now);
	KUNIT_EXPECT_TRUE(test, withholds_leave(w, 2, G1));
	single.src = world_addr(WORLD_SOURCE);
	mgate_permanent_add(&w->sw, &single, 128, w->now);
	world_join(w, 2, 2, G2);
	KUNIT_EXPECT_FALSE(test, withholds_leave(w, 2, G2));
}

static const struct mixed {
	const char *name;
	bool kept;
	u8 n;
	struct { u8 type; u32 grp; u8 nsrcs; } rec[3];
} mixed_rows[] = {
	{ "no record", false, 0, {} },
	{ "a leave", true, 1, { { MGATE_RECORD_TO_IN, G1, 0 } } },
	{ "two leaves", true, 2, { { MGATE_RECORD_TO_IN, G1, 0 }, { MGATE_RECORD_TO_IN, G2, 0 } } },
	{ "a leave and one of the last", false, 2,
	  { { MGATE_RECORD_TO_IN, G1, 0 }, { MGATE_RECORD_TO_IN, G2 + 1, 0 } } },
	{ "one of the last and a leave", false, 2,
	  { { MGATE_RECORD_TO_IN, G2 + 1, 0 }, { MGATE_RECORD_TO_IN, G1, 0 } } },
	{ "a leave and a join", false, 2,
	  { { MGATE_RECORD_TO_IN, G1, 0 }, { MGATE_RECORD_TO_EX, G2, 0 } } },
	{ "a join and a leave", false, 2,
	  { { MGATE_RECORD_IS_EX, G2, 0 }, { MGATE_RECORD_TO_IN, G1, 0 } } },
	{ "to one source", false, 1, { { MGATE_RECORD_TO_IN, G1, 1 } } },
	{ "IS_IN of nothing", false, 1, { { MGATE_RECORD_IS_IN, G1, 0 } } },
	{ "a block", false, 1, { { MGATE_RECORD_BLOCK, G1, 1 } } },
	{ "a leave and a block", false, 2,
	  { { MGATE_RECORD_TO_IN, G1, 0 }, { MGATE_RECORD_BLOCK, G2, 1 } } },
	{ "an answer", false, 1, { { MGATE_RECORD_IS_EX, G1, 0 } } },
	{ "link-local alone", false, 1, { { MGATE_RECORD_TO_IN, 0xe00000fb, 0 } } },
	/* Of MLD nobody here speaks for it, and other snoopers gate it. */
	{ "link-local and a leave", WORLD_LEN == 4, 2,
	  { { MGATE_RECORD_TO_IN, 0xe00000fb, 0 }, { MGATE_RECORD_TO_IN, G1, 0 } } },
};

static void mixed_name(const struct mixed *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(mixed, mixed_rows, mixed_name);

/* TRAPS 24, CONFORMANCE 1: a report of several records goes on if one of them is
 * of interest: nothing that a router is to know is kept from it.
 */
static void reports_of_several_records(struct kunit *test)
{
	const struct mixed *row = test->param_value;
	struct world *w = test->priv;
	struct report r;
	unsigned int i;

	listen_to(w, 3);
	for (i = 2; i <= 64; i += 62) {
		world_join(w, (u16)i, 3, G1);
		world_join(w, (u16)i, 3, G2);
	}
	world_join(w, 2, 3, G2 + 1);
	begin_report(&r);
	for (i = 0; i < row->n; i++)
		add(&r, row->rec[i].type, row->rec[i].grp, row->rec[i].nsrcs);
	KUNIT_EXPECT_EQ(test, world_withholds(w, 2, &r.msg), row->kept);
}

/* CONFORMANCE 1; INTERFACE `proxy`: reports of version 1 and 2 always go on. */
static void reports_go_on(struct kunit *test)
{
	struct mgate_msg msg = leave_of(G1);
	struct world *w = test->priv;

	listen_to(w, 2);
	world_join(w, 2, 2, G1);
	world_join(w, 64, 2, G1);
	msg.kind = MGATE_KIND_REPORT;
	KUNIT_EXPECT_FALSE(test, world_withholds(w, 2, &msg));
	msg.version = 1;
	KUNIT_EXPECT_FALSE(test, world_withholds(w, 2, &msg));
	msg = leave_of(0xe00000fb);
	KUNIT_EXPECT_FALSE(test, world_withholds(w, 2, &msg));
}

static bool reaches_router(struct world *w, const struct mgate_msg *msg)
{
	bool withheld = world_withholds(w, 2, msg);
	struct mgate_plan plan;
	bool pass;

	memset(&plan, 0xaa, sizeof(plan));
	rcu_read_lock();
	mgate_gate_report(&w->sw, WORLD_AF, WORLD_VID, withheld, &plan);
	mgate_gate_test(&w->sw, &plan, 1, &pass);
	rcu_read_unlock();
	return pass;
}

/* INTERFACE `proxy` and `reports`: what is withheld does not go on, and what
 * goes on is not withheld: else it would be asked about twice.
 */
static void each_setting_keeps_its_own(struct kunit *test)
{
	static const struct { u32 proxy, reports; bool leave, report; } rows[] = {
		{ MGATE_PROXY_OFF, MGATE_REPORTS_ROUTERS, false, false },
		{ MGATE_PROXY_LEAVES, MGATE_REPORTS_ROUTERS, true, false },
		{ MGATE_PROXY_FULL, MGATE_REPORTS_ROUTERS, true, true },
		{ MGATE_PROXY_OFF, MGATE_REPORTS_ALL, false, false },
		{ MGATE_PROXY_LEAVES, MGATE_REPORTS_ALL, false, false },
		{ MGATE_PROXY_FULL, MGATE_REPORTS_ALL, false, false },
	};
	struct mgate_msg leave = leave_of(G1), report = leave_of(G1);
	struct world *w = test->priv;
	unsigned int i;

	report.kind = MGATE_KIND_REPORT;
	listen_to(w, 2);
	world_join(w, 2, 2, G1);
	world_join(w, 64, 2, G1);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		world_set(w, MGATE_PARAM_PROXY, rows[i].proxy);
		world_set(w, MGATE_PARAM_REPORTS, rows[i].reports);
		kunit_info(test, "row %u\n", i);
		KUNIT_EXPECT_EQ(test, world_withholds(w, 2, &leave), rows[i].leave);
		KUNIT_EXPECT_EQ(test, world_withholds(w, 2, &report), rows[i].report);
		KUNIT_EXPECT_EQ(test, reaches_router(w, &leave), !rows[i].leave);
		KUNIT_EXPECT_EQ(test, reaches_router(w, &report), !rows[i].report);
	}
}

/* RFC 4604 2.2.2: what means nothing here, as of a group that has only sources, is told by
 * nobody: a router that knows the sources of such groups hears it itself.
 */
static void what_is_refused_goes_on(struct kunit *test)
{
	struct mgate_msg report = leave_of(SSM);
	struct world *w = test->priv;

	report.kind = MGATE_KIND_REPORT;
	listen_to(w, 2);
	world_set(w, MGATE_PARAM_PROXY, MGATE_PROXY_FULL);
	KUNIT_EXPECT_FALSE(test, world_withholds(w, 2, &report));
	KUNIT_EXPECT_TRUE(test, reaches_router(w, &report));
	report.grp = world_addr(G1);
	KUNIT_EXPECT_TRUE(test, world_withholds(w, 2, &report));
}

static const struct asked {
	const char *name;
	u8 version;
	u32 count;
	u32 robustness;
	u32 want;
} asked_rows[] = {
	{ "version 2", 2, MGATE_AUTO, 2, 2 },
	{ "version 3", 3, MGATE_AUTO, 2, 2 },
	{ "version 3, robustness 5", 3, MGATE_AUTO, 5, 5 },
	{ "version 3, once", 3, 1, 2, 1 },
	{ "version 2, seven times", 2, 7, 2, 7 },
};

static void asked_name(const struct asked *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(asked, asked_rows, asked_name);

/* TRAPS 24, CONFORMANCE 11, 12, 13: asked here, without an address, as the querier
 * would, at that port, last member count times; silence ends it there alone.
 */
static void a_kept_leave_is_asked_about(struct kunit *test)
{
	struct mgate_msg query = world_query_msg(WORLD_ROUTER, 0);
	const struct asked *row = test->param_value;
	struct mgate_addr g = world_addr(G1);
	struct world *w = test->priv;
	const struct mgate_ask *a = &w->last_ask;
	u64 left;

	world_set(w, MGATE_PARAM_LAST_MEMBER_COUNT, row->count);
	listen_to(w, row->version);
	query.version = row->version;
	query.robustness = row->version == 3 ? (u8)row->robustness : 0;
	query.interval_ms = row->version == 3 ? 60000 : 0;
	world_hear(w, 1, &query);
	world_join(w, 2, row->version, G1);
	world_join(w, 64, row->version, G1);
	left = w->now;
	world_leave(w, 64, row->version, G1);
	KUNIT_EXPECT_TRUE(test, w->in.withheld);
	KUNIT_EXPECT_EQ(test, w->in.next, left);
	world_tick(w);
	KUNIT_EXPECT_EQ(test, w->asks, 1);
	KUNIT_EXPECT_TRUE(test, a->proxy);
	KUNIT_EXPECT_TRUE(test, mgate_addr_is_zero(&a->query.src));
	KUNIT_EXPECT_TRUE(test, mgate_addr_equal(&a->query.grp, &g));
	KUNIT_EXPECT_EQ(test, a->slot, 64);
	KUNIT_EXPECT_EQ(test, a->vid, WORLD_VID);
	KUNIT_EXPECT_EQ(test, a->query.version, row->version);
	KUNIT_EXPECT_EQ(test, a->query.max_resp_ms, 1000);
	KUNIT_EXPECT_EQ(test, a->query.robustness, row->robustness);
	KUNIT_EXPECT_EQ(test, a->query.interval_ms, row->version == 3 ? 60000 : 125000);
	KUNIT_EXPECT_FALSE(test, a->query.suppress);
	world_until(w, left + row->want * 1000 - 1);
	KUNIT_EXPECT_EQ(test, w->asks, row->want);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 64, G1));
	world_until(w, left + row->want * 1000);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 64, G1));
	KUNIT_EXPECT_TRUE(test, world_gets(w, 2, G1));
	world_pass(w, 20000);
	KUNIT_EXPECT_EQ(test, w->asks, row->want);
}

/* TRAPS 24, CONFORMANCE 75, 98: an answer keeps the membership: S from then on. */
static void an_answer_keeps_it(struct kunit *test)
{
	struct world *w = test->priv;
	u64 left;

	listen_to(w, 3);
	world_join(w, 2, 3, G1);
	world_join(w, 64, 3, G1);
	left = w->now;
	world_leave(w, 64, 3, G1);
	world_pass(w, 999);
	world_join(w, 64, 3, G1);
	world_until(w, left + 60000);
	KUNIT_EXPECT_EQ(test, w->asks, 2);
	KUNIT_EXPECT_TRUE(test, w->last_ask.query.suppress);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 64, G1));
	KUNIT_EXPECT_EQ(test, world_member(w, 64, G1)->until, left + 999 + WORLD_GMI);
}

/* CONFORMANCE 78, 95: the last one's leave goes on, and we only wait. */
static void the_last_one_is_the_queriers(struct kunit *test)
{
	struct world *w = test->priv;

	listen_to(w, 2);
	world_join(w, 64, 2, G1);
	world_leave(w, 64, 2, G1);
	KUNIT_EXPECT_FALSE(test, w->in.withheld);
	world_pass(w, 5000);
	KUNIT_EXPECT_EQ(test, w->asks, 0);
	KUNIT_EXPECT_TRUE(test, world_gets(w, 64, G1));
	world_query(w, 1, WORLD_ROUTER, G1);
	world_pass(w, WORLD_LMQT);
	KUNIT_EXPECT_FALSE(test, world_gets(w, 64, G1));
}

static struct kunit_case leave_cases[] = {
	KUNIT_CASE(only_the_last_leave_goes_on),
	KUNIT_CASE(members_that_were_set),
	KUNIT_CASE_PARAM(reports_of_several_records, mixed_gen_params),
	KUNIT_CASE(reports_go_on),
	KUNIT_CASE(each_setting_keeps_its_own),
	KUNIT_CASE(what_is_refused_goes_on),
	KUNIT_CASE_PARAM(a_kept_leave_is_asked_about, asked_gen_params),
	KUNIT_CASE(an_answer_keeps_it),
	KUNIT_CASE(the_last_one_is_the_queriers),
	{}
};

static struct kunit_suite leave_suite = {
	.name = WORLD_NAME("mgate_leave"),
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = world_init,
	.exit = world_exit,
	.test_cases = leave_cases,
};

kunit_test_suite(leave_suite);

MODULE_DESCRIPTION("mgate: tests of leaves that are kept from the querier");
MODULE_LICENSE("GPL");
