// SPDX-License-Identifier: GPL-2.0-only
/* The figures of each group: a row for each port and reason, a bound on them, and the lines. */
#include "world.h"
#include "../module/stats.c"
#include "../module/statslist.c"

#define G1 0xef010101

/**
 * struct audited - an audit under test, and what a walk over it saw
 * @walker: sees
 * @stats: the figures
 * @rows: how many
 * @packets: in all of them
 * @bytes: in all of them
 */
struct audited {
	struct mgate_stats_walker walker;
	struct mgate_stats stats;
	u32 rows;
	u64 packets;
	u64 bytes;
};

static void see_row(struct mgate_stats_walker *w, const struct mgate_stats_key *key,
		    const struct mgate_stats_figures *figures)
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
	mgate_stats_count(&a->stats, &key, slot, MGATE_STATS_OUT, reason, 100);
}

static void expect_rows(struct kunit *test, struct audited *a, u32 rows, u64 packets)
{
	a->rows = 0;
	a->packets = 0;
	a->bytes = 0;
	mgate_stats_walk(&a->stats, &a->walker);
	KUNIT_EXPECT_EQ(test, a->rows, rows);
	KUNIT_EXPECT_EQ(test, a->packets, packets);
	KUNIT_EXPECT_EQ(test, a->bytes, 100 * packets);
	KUNIT_EXPECT_EQ(test, a->stats.n, rows);
}

/* Return: packets; 0 if there is no row. */
static u64 packets_of(struct audited *a, u32 grp, u16 vid, u16 slot, enum mgate_reason reason)
{
	struct mgate_stats_key key = {
		.group = world_key(grp),
		.slot = slot,
		.what = MGATE_STATS_OUT,
		.reason = (u8)reason,
	};
	struct mgate_stats_row *row;

	key.group.vid = vid;
	row = rhashtable_lookup_fast(&a->stats.rows, &key, row_params);
	return row ? (u64)atomic64_read(&row->packets) : 0;
}

static struct audited *audit_begin(struct kunit *test)
{
	struct audited *a = kunit_kzalloc(test, sizeof(*a), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, a);
	KUNIT_ASSERT_EQ(test, mgate_stats_setup(&a->stats), 0);
	a->walker = (struct mgate_stats_walker){ .row = see_row };
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
	KUNIT_EXPECT_EQ(test, packets_of(a, G1, 2, 2, MGATE_REASON_NOT_MEMBER), 5);
	KUNIT_EXPECT_EQ(test, packets_of(a, G1, 2, 3, MGATE_REASON_NOT_MEMBER), 0);
	mgate_stats_destroy(&a->stats);
}

/* Issue 7 item 2: bounded; what is beyond is counted, and rows that are there go on. */
static void rows_are_bounded(struct kunit *test)
{
	struct audited *a = audit_begin(test);
	u32 i;

	for (i = 0; i < MGATE_STATS_ROWS + 100; i++)
		count_frame(a, G1 + i, 1, 2, MGATE_REASON_UNKNOWN_DROP);
	count_frame(a, G1, 1, 2, MGATE_REASON_UNKNOWN_DROP);
	expect_rows(test, a, MGATE_STATS_ROWS, MGATE_STATS_ROWS + 1);
	KUNIT_EXPECT_EQ(test, mgate_stats_beyond(&a->stats).packets, 100);
	KUNIT_EXPECT_EQ(test, mgate_stats_beyond(&a->stats).bytes, 10000);
	KUNIT_EXPECT_EQ(test, mgate_memory_used(),
			MGATE_STATS_ROWS * sizeof(struct mgate_stats_row));
	mgate_stats_clear(&a->stats);
	expect_rows(test, a, 0, 0);
	KUNIT_EXPECT_EQ(test, mgate_stats_beyond(&a->stats).packets, 0);
	count_frame(a, G1, 1, 2, MGATE_REASON_UNKNOWN_DROP);
	expect_rows(test, a, 1, 1);
	mgate_stats_destroy(&a->stats);
}

/* INTERFACE max_memory_mb: of all bridges together, these too. */
static void without_memory(struct kunit *test)
{
	struct audited *a = audit_begin(test);

	world_memory(10 * sizeof(struct mgate_stats_row));
	for (u32 i = 0; i < 100; i++)
		count_frame(a, G1 + i, 1, 2, MGATE_REASON_UNKNOWN_DROP);
	expect_rows(test, a, 10, 10);
	KUNIT_EXPECT_EQ(test, mgate_stats_beyond(&a->stats).packets, 90);
	mgate_stats_destroy(&a->stats);
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
	mgate_stats_forget(&a->stats, 2);
	expect_rows(test, a, 500, 500);
	for (i = 0; i < 500; i++) {
		KUNIT_EXPECT_EQ(test, packets_of(a, G1 + i, 1, 2, MGATE_REASON_NOT_MEMBER), 0);
		KUNIT_EXPECT_EQ(test, packets_of(a, G1 + i, 1, 3, MGATE_REASON_NOT_MEMBER), 1);
	}
	mgate_stats_destroy(&a->stats);
}

/* --- The lines ------------------------------------------------------------------ */

#define SENDER 1
#define MEMBER 2
#define OTHER 3
#define FOREIGN 4	/* not in the VLAN */
#define SLOTS 64

static bool is_in_vlan(const void *data, u16 slot, u16 vid)
{
	return slot <= OTHER;
}

/* As by redirect: one port gets it. */
static void redirect_one(struct audited *a, u32 grp)
{
	struct mgate_key key = world_key(grp);

	mgate_stats_count(&a->stats, &key, SENDER, MGATE_STATS_IN, MGATE_REASON_NOT_MEMBER, 100);
	mgate_stats_count(&a->stats, &key, MEMBER, MGATE_STATS_OUT, MGATE_REASON_MEMBER, 100);
	mgate_stats_count(&a->stats, &key, MEMBER, MGATE_STATS_REACHED, MGATE_REASON_NOT_MEMBER,
			  100);
}

static struct mgate_statslist *list_of(struct kunit *test, struct audited *a)
{
	struct mgate_statslist *list = mgate_statslist_new(&a->stats);

	KUNIT_ASSERT_NOT_NULL(test, list);
	list->is_in = is_in_vlan;
	list->slots = SLOTS;
	return list;
}

/* Return: packets of the line; 0 if there is none. */
static u64 line_of(struct kunit *test, struct audited *a, u32 grp, u16 slot,
		   enum mgate_stats_what what, enum mgate_reason reason)
{
	struct mgate_statslist *list = list_of(test, a);
	struct mgate_key key = world_key(grp);
	struct mgate_statslist_entry line;
	u64 found = 0;

	while (mgate_statslist_next(list, &line)) {
		KUNIT_EXPECT_EQ(test, line.figures.bytes, 100 * line.figures.packets);
		if (line.key.slot != slot || line.key.what != what || line.key.reason != reason ||
		    !mgate_addr_same_group(&line.key.group, &key))
			continue;
		KUNIT_EXPECT_EQ(test, found, 0);	/* one line, not two */
		found = line.figures.packets;
	}
	kvfree(list);
	return found;
}

static u64 held_at(struct kunit *test, struct audited *a, u16 slot)
{
	return line_of(test, a, G1, slot, MGATE_STATS_OUT, MGATE_REASON_NOT_MEMBER);
}

/* Issue 10 item 1: who is left out was never looked at, and is told all the same. */
static void held_is_the_difference(struct kunit *test)
{
	struct audited *a = audit_begin(test);
	u32 i;

	for (i = 0; i < 10; i++)
		redirect_one(a, G1);
	redirect_one(a, G1 + 1);
	KUNIT_EXPECT_EQ(test, line_of(test, a, G1, SENDER, MGATE_STATS_IN, MGATE_REASON_NONE), 10);
	KUNIT_EXPECT_EQ(test, line_of(test, a, G1, MEMBER, MGATE_STATS_OUT, MGATE_REASON_MEMBER),
			10);
	KUNIT_EXPECT_EQ(test, held_at(test, a, MGATE_SLOT_HOST), 10);
	KUNIT_EXPECT_EQ(test, held_at(test, a, OTHER), 10);
	KUNIT_EXPECT_EQ(test, held_at(test, a, MEMBER), 0);
	KUNIT_EXPECT_EQ(test, held_at(test, a, SENDER), 0);
	KUNIT_EXPECT_EQ(test, held_at(test, a, FOREIGN), 0);
	/* And what the gate held there is of the same line. */
	count_frame(a, G1, world_key(G1).vid, OTHER, MGATE_REASON_NOT_MEMBER);
	KUNIT_EXPECT_EQ(test, held_at(test, a, OTHER), 11);
	mgate_stats_destroy(&a->stats);
}

/* A port that comes was not held off what was before; what one sent that has gone counts. */
static void ports_come_and_go(struct kunit *test)
{
	struct audited *a = audit_begin(test);

	redirect_one(a, G1);
	redirect_one(a, G1);
	mgate_stats_forget(&a->stats, OTHER);
	mgate_stats_arrive(&a->stats, OTHER);
	redirect_one(a, G1);
	KUNIT_EXPECT_EQ(test, held_at(test, a, OTHER), 1);
	KUNIT_EXPECT_EQ(test, held_at(test, a, MGATE_SLOT_HOST), 3);
	mgate_stats_forget(&a->stats, SENDER);
	KUNIT_EXPECT_EQ(test, held_at(test, a, OTHER), 1);
	KUNIT_EXPECT_EQ(test, held_at(test, a, MGATE_SLOT_HOST), 3);
	KUNIT_EXPECT_EQ(test, line_of(test, a, G1, SENDER, MGATE_STATS_IN, MGATE_REASON_NONE), 0);
	mgate_stats_arrive(&a->stats, SENDER);
	KUNIT_EXPECT_EQ(test, held_at(test, a, SENDER), 0);
	mgate_stats_destroy(&a->stats);
}

/* Where there was no room for a port's share, nothing wrong is told of any. */
static void no_share_no_line(struct kunit *test)
{
	struct audited *a = audit_begin(test);
	struct mgate_key key = world_key(G1);
	u32 i;

	redirect_one(a, G1);
	for (i = 1; i < MGATE_STATS_ROWS; i++)
		count_frame(a, G1 + i, 0, OTHER, MGATE_REASON_UNKNOWN_DROP);
	KUNIT_EXPECT_EQ(test, held_at(test, a, OTHER), 1);
	mgate_stats_count(&a->stats, &key, OTHER, MGATE_STATS_REACHED, MGATE_REASON_NOT_MEMBER,
			  100);
	KUNIT_EXPECT_EQ(test, held_at(test, a, OTHER), 0);
	mgate_stats_destroy(&a->stats);
}

/* A line that did not fit into a message is the first of the next. */
static void goes_back(struct kunit *test)
{
	struct audited *a = audit_begin(test);
	struct mgate_statslist_entry line, again;
	struct mgate_statslist_place before;
	struct mgate_statslist *list;
	u32 i, n = 0;

	for (i = 0; i < 20; i++)
		redirect_one(a, G1 + i);
	list = list_of(test, a);
	for (before = list->place; mgate_statslist_next(list, &line); before = list->place, n++) {
		mgate_statslist_back(list, &before);
		KUNIT_ASSERT_TRUE(test, mgate_statslist_next(list, &again));
		KUNIT_EXPECT_EQ(test, memcmp(&line, &again, sizeof(line)), 0);
	}
	/* In, passed, and held from the host and one port. */
	KUNIT_EXPECT_EQ(test, n, 20 * 4);
	kvfree(list);
	mgate_stats_destroy(&a->stats);
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
	KUNIT_CASE(held_is_the_difference),
	KUNIT_CASE(ports_come_and_go),
	KUNIT_CASE(no_share_no_line),
	KUNIT_CASE(goes_back),
	KUNIT_CASE(held_is_what_the_gate_holds),
	{}
};

static struct kunit_suite audit_suite = {
	.name = "mgate_stats",
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = world_init,
	.exit = world_exit,
	.test_cases = audit_cases,
};

kunit_test_suite(audit_suite);

MODULE_DESCRIPTION("mgate: tests of the figures of each group");
MODULE_LICENSE("GPL");
