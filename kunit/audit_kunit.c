// SPDX-License-Identifier: GPL-2.0-only
/* An audit's figures: a row for each group, port and reason, and a bound on them. */
#include "world.h"
#include "../module/audit.c"

#define G1 0xef010101

/**
 * struct audited - an audit under test, and what a walk over it saw
 * @walker: sees
 * @audit: the audit
 * @rows: how many
 * @packets: in all of them
 * @bytes: in all of them
 */
struct audited {
	struct mgate_audit_walker walker;
	struct mgate_audit audit;
	u32 rows;
	u64 packets;
	u64 bytes;
};

static void see_row(struct mgate_audit_walker *w, const struct mgate_audit_key *key,
		    const struct mgate_audit_figures *figures)
{
	struct audited *a = container_of(w, struct audited, walker);

	a->rows++;
	a->packets += figures->packets;
	a->bytes += figures->bytes;
}

static void count_frame(struct audited *a, u32 grp, u16 vid, u16 slot, enum mgate_reason reason)
{
	struct mgate_key key = world_key(grp);

	key.vid = vid;
	key.src = ip4_of(WORLD_SOURCE + slot);	/* does not count */
	mgate_audit_count(&a->audit, &key, slot, reason, 100);
}

static void expect_rows(struct kunit *test, struct audited *a, u32 rows, u64 packets)
{
	a->rows = 0;
	a->packets = 0;
	a->bytes = 0;
	mgate_audit_walk(&a->audit, &a->walker);
	KUNIT_EXPECT_EQ(test, a->rows, rows);
	KUNIT_EXPECT_EQ(test, a->packets, packets);
	KUNIT_EXPECT_EQ(test, a->bytes, 100 * packets);
	KUNIT_EXPECT_EQ(test, a->audit.n, rows);
}

static struct mgate_audit_figures *figures_of(struct audited *a, u32 grp, u16 vid, u16 slot,
					      enum mgate_reason reason)
{
	struct mgate_audit_key key = { .group = world_key(grp), .slot = slot, .reason = reason };
	struct mgate_audit_row *row;

	key.group.vid = vid;
	row = rhashtable_lookup_fast(&a->audit.rows, &key, row_params);
	return row ? &row->figures : NULL;
}

static struct audited *audit_begin(struct kunit *test)
{
	struct audited *a = kunit_kzalloc(test, sizeof(*a), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, a);
	KUNIT_ASSERT_EQ(test, mgate_audit_setup(&a->audit), 0);
	a->walker = (struct mgate_audit_walker){ .row = see_row };
	return a;
}

/* Issue 7 item 4: where and why, by group; what differs in one thing is another row. */
static void a_row_for_each(struct kunit *test)
{
	struct audited *a = audit_begin(test);
	u32 i;

	for (i = 0; i < 5; i++) {
		count_frame(a, G1, 1, 2, MGATE_REASON_NOT_MEMBER);
		count_frame(a, G1 + 1, 1, 2, MGATE_REASON_NOT_MEMBER);
		count_frame(a, G1, 2, 2, MGATE_REASON_NOT_MEMBER);
		count_frame(a, G1, 1, 3, MGATE_REASON_NOT_MEMBER);
		count_frame(a, G1, 1, 2, MGATE_REASON_MEMBER);
	}
	expect_rows(test, a, 5, 25);
	KUNIT_ASSERT_NOT_NULL(test, figures_of(a, G1, 2, 2, MGATE_REASON_NOT_MEMBER));
	KUNIT_EXPECT_EQ(test, figures_of(a, G1, 2, 2, MGATE_REASON_NOT_MEMBER)->packets, 5);
	KUNIT_EXPECT_NULL(test, figures_of(a, G1, 2, 3, MGATE_REASON_NOT_MEMBER));
	mgate_audit_destroy(&a->audit);
}

/* Issue 7 item 2: bounded; what is beyond is counted, and rows that are there go on. */
static void rows_are_bounded(struct kunit *test)
{
	struct audited *a = audit_begin(test);
	u32 i;

	for (i = 0; i < MGATE_AUDIT_ROWS + 100; i++)
		count_frame(a, G1 + i, 1, 2, MGATE_REASON_UNKNOWN_DROP);
	count_frame(a, G1, 1, 2, MGATE_REASON_UNKNOWN_DROP);
	expect_rows(test, a, MGATE_AUDIT_ROWS, MGATE_AUDIT_ROWS + 1);
	KUNIT_EXPECT_EQ(test, mgate_audit_beyond(&a->audit).packets, 100);
	KUNIT_EXPECT_EQ(test, mgate_audit_beyond(&a->audit).bytes, 10000);
	KUNIT_EXPECT_EQ(test, mgate_memory_used(),
			MGATE_AUDIT_ROWS * sizeof(struct mgate_audit_row));
	mgate_audit_clear(&a->audit);
	expect_rows(test, a, 0, 0);
	KUNIT_EXPECT_EQ(test, mgate_audit_beyond(&a->audit).packets, 0);
	count_frame(a, G1, 1, 2, MGATE_REASON_UNKNOWN_DROP);
	expect_rows(test, a, 1, 1);
	mgate_audit_destroy(&a->audit);
}

/* INTERFACE max_memory_mb: of all bridges together, these too. */
static void without_memory(struct kunit *test)
{
	struct audited *a = audit_begin(test);

	bound = 10 * sizeof(struct mgate_audit_row);
	for (u32 i = 0; i < 100; i++)
		count_frame(a, G1 + i, 1, 2, MGATE_REASON_UNKNOWN_DROP);
	expect_rows(test, a, 10, 10);
	KUNIT_EXPECT_EQ(test, mgate_audit_beyond(&a->audit).packets, 90);
	mgate_audit_destroy(&a->audit);
}

/* A port's slot is another's later. */
static void forgets_a_port(struct kunit *test)
{
	struct audited *a = audit_begin(test);
	u32 i;

	for (i = 0; i < 500; i++) {
		count_frame(a, G1 + i, 1, 2, MGATE_REASON_NOT_MEMBER);
		count_frame(a, G1 + i, 1, 3, MGATE_REASON_NOT_MEMBER);
	}
	mgate_audit_forget(&a->audit, 2);
	expect_rows(test, a, 500, 500);
	for (i = 0; i < 500; i++) {
		KUNIT_EXPECT_NULL(test, figures_of(a, G1 + i, 1, 2, MGATE_REASON_NOT_MEMBER));
		KUNIT_EXPECT_NOT_NULL(test, figures_of(a, G1 + i, 1, 3, MGATE_REASON_NOT_MEMBER));
	}
	mgate_audit_destroy(&a->audit);
}

/* What is told as held is what the gate holds, and nothing else. */
static void held_is_what_the_gate_holds(struct kunit *test)
{
	static const enum mgate_reason held[] = {
		MGATE_REASON_NOT_MEMBER, MGATE_REASON_UNKNOWN_DROP, MGATE_REASON_REPORT_HELD,
		MGATE_REASON_QUERY_HELD, MGATE_REASON_HAIRPIN,
	};
	enum mgate_reason reason;
	unsigned int n = 0, i;

	for (reason = 0; reason < MGATE_REASON_MAX; reason++)
		n += mgate_reason_holds(reason);
	KUNIT_EXPECT_EQ(test, n, ARRAY_SIZE(held));
	for (i = 0; i < ARRAY_SIZE(held); i++)
		KUNIT_EXPECT_TRUE(test, mgate_reason_holds(held[i]));
}

static struct kunit_case audit_cases[] = {
	KUNIT_CASE(a_row_for_each),
	KUNIT_CASE(rows_are_bounded),
	KUNIT_CASE(without_memory),
	KUNIT_CASE(forgets_a_port),
	KUNIT_CASE(held_is_what_the_gate_holds),
	{}
};

static struct kunit_suite audit_suite = {
	.name = "mgate_audit",
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = world_init,
	.exit = world_exit,
	.test_cases = audit_cases,
};

kunit_test_suite(audit_suite);

MODULE_DESCRIPTION("mgate: tests of an audit's figures");
MODULE_LICENSE("GPL");
