// SPDX-License-Identifier: GPL-2.0-only
/* MLD queries and reports as we write them. */
#include <linux/module.h>

#include "reading.h"

#define HEADERS 48		/* before a message of ours */

static const struct mgate_addr router = { .bytes = { 0xfe, 0x80, [15] = 1 } };
static const struct mgate_addr grp = { .bytes = { 0xff, 0x1e, [13] = 1, 0, 1 } };

#define FE80_1 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1
#define FF02(last) 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last
#define FF1E_1_1 0xff, 0x1e, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1
#define UNSPECIFIED 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
#define IP6(len) 0x60, 0, 0, 0, 0, len, 0, 1
#define ALERT 58, 0, 5, 2, 0, 0, 1, 0

#define GRP { .bytes = { FF1E_1_1 } }
#define SRC { .bytes = { FE80_1 } }

static const struct query_row {
	const char *name;
	struct mgate_query query;
	u8 len;
	u8 bytes[HEADERS + 28];
} query_rows[] = {
	{ "v1 general",
	  { .src = SRC, .max_resp_ms = 10000, .interval_ms = 125000, .robustness = 2,
	    .version = 2 }, 72,
	  { IP6(32), FE80_1, FF02(1), ALERT, 130, 0, 0, 0, 0x27, 0x10, 0, 0, UNSPECIFIED } },
	{ "v1 of a group",
	  { .src = SRC, .grp = GRP, .max_resp_ms = 1000, .robustness = 2, .version = 2 }, 72,
	  { IP6(32), FE80_1, FF1E_1_1, ALERT, 130, 0, 0, 0, 0x03, 0xe8, 0, 0, FF1E_1_1 } },
	{ "v1 too, where version 1 is wanted, which MLD has not",
	  { .src = SRC, .max_resp_ms = 100000, .version = 1 }, 72,
	  { IP6(32), FE80_1, FF02(1), ALERT, 130, 0, 0, 0, 0xff, 0xff, 0, 0, UNSPECIFIED } },
	{ "v2 general",
	  { .src = SRC, .max_resp_ms = 10000, .interval_ms = 125000, .robustness = 2,
	    .version = 3 }, 76,
	  { IP6(36), FE80_1, FF02(1), ALERT, 130, 0, 0, 0, 0x27, 0x10, 0, 0, UNSPECIFIED,
	    2, 125, 0, 0 } },
	{ "v2 of a group, S flag",
	  { .src = SRC, .grp = GRP, .max_resp_ms = 1000, .interval_ms = 125000, .robustness = 7,
	    .version = 3, .suppress = true }, 76,
	  { IP6(36), FE80_1, FF1E_1_1, ALERT, 130, 0, 0, 0, 0x03, 0xe8, 0, 0, FF1E_1_1,
	    0x0f, 125, 0, 0 } },
	{ "v2 general, long intervals",
	  { .src = SRC, .max_resp_ms = 60000, .interval_ms = 3600000, .robustness = 8,
	    .version = 3 }, 76,
	  { IP6(36), FE80_1, FF02(1), ALERT, 130, 0, 0, 0, 0x8d, 0x4c, 0, 0, UNSPECIFIED,
	    0, 0xcc, 0, 0 } },
};

static void query_name(const struct query_row *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(query, query_rows, query_name);

/* Issue 12, CONFORMANCE 9, 28, 36, 38 over IPv6: hop limit 1, Router Alert, destination. */
static void builds_byte_for_byte(struct kunit *test)
{
	const struct query_row *row = test->param_value;
	u8 *buf = kunit_kmalloc(test, MGATE_MLD_QUERY_MAX, GFP_KERNEL);
	struct mgate_query query = row->query;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	memset(buf, 0xaa, MGATE_MLD_QUERY_MAX);
	query.af = MGATE_AF_INET6;
	KUNIT_ASSERT_EQ(test, mgate_mld_build(&query, buf), row->len);
	for (i = 0; i < row->len; i++)
		KUNIT_EXPECT_EQ_MSG(test, buf[i], row->bytes[i], "byte %u", i);
}

/* What we ask, and say for hosts, is understood as it was meant, with all sources. */
static void reads_what_it_builds(struct kunit *test)
{
	struct mgate_addr *srcs = kunit_kzalloc(test, MGATE_QUERY_SOURCES * sizeof(*srcs),
						GFP_KERNEL);
	u8 *buf = kunit_kmalloc(test, MGATE_FAMILY_MESSAGE_MAX, GFP_KERNEL);
	struct mgate_query q = {
		.src = router, .grp = grp, .srcs = srcs, .max_resp_ms = 1000,
		.interval_ms = 125000, .robustness = 2, .version = 3, .af = MGATE_AF_INET6,
	};
	struct mgate_datagram d;
	struct mgate_msg msg;
	size_t len;
	u16 i;

	KUNIT_ASSERT_TRUE(test, srcs && buf);
	for (i = 0; i < MGATE_QUERY_SOURCES; i++)
		srcs[i] = (struct mgate_addr){ .bytes = { 0x20, 1, 0xd, 0xb8, [15] = i + 1 } };
	for (q.nsrcs = 0; q.nsrcs <= MGATE_QUERY_SOURCES; q.nsrcs++) {
		len = mgate_mld_build(&q, buf);
		KUNIT_ASSERT_EQ(test, len, HEADERS + 28 + 16 * q.nsrcs);
		KUNIT_ASSERT_EQ(test, mgate_ipv6_parse(buf, len, len, &d), 0);
		KUNIT_EXPECT_TRUE(test, d.router_alert && mgate_mld_is_message(&d));
		mgate_mld_parse(&d, true, &msg);
		KUNIT_EXPECT_EQ(test, msg.flaw, MGATE_REASON_NONE);
		KUNIT_EXPECT_EQ(test, msg.kind, MGATE_KIND_QUERY);
		KUNIT_EXPECT_EQ(test, msg.version, 3);
		KUNIT_EXPECT_EQ(test, msg.max_resp_ms, 1000);
		KUNIT_ASSERT_EQ(test, msg.count, q.nsrcs);
		for (i = 0; i < q.nsrcs; i++)
			KUNIT_EXPECT_EQ(test, memcmp(msg.body + 16 * i, &srcs[i], 16), 0);
	}
}

/* Issue 12: nobody listens to a query that is not from a link-local address; none is built. */
static void no_query_without_address(struct kunit *test)
{
	static const struct mgate_addr senders[] = {
		{ .bytes = { 0x20, 1, 0xd, 0xb8, [15] = 1 } }, { .bytes = { 0xff, 2 } },
	};
	u8 *buf = kunit_kmalloc(test, MGATE_MLD_QUERY_MAX, GFP_KERNEL);
	struct mgate_query q = { .version = 3, .af = MGATE_AF_INET6 };
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	for (i = 0; i < ARRAY_SIZE(senders); i++) {
		q.src = senders[i];
		KUNIT_EXPECT_EQ(test, mgate_mld_build(&q, buf), 0);
	}
	q.src = router;
	KUNIT_EXPECT_EQ(test, mgate_mld_build(&q, buf), HEADERS + 28);
}

/* DECISIONS 10, CONFORMANCE 26: whoever asks without being the querier does so from an
 * address that wins no election, and that is read as none.
 */
static void asks_for_another(struct kunit *test)
{
	u8 *buf = kunit_kmalloc(test, MGATE_MLD_QUERY_MAX, GFP_KERNEL);
	struct mgate_query q = { .version = 3, .af = MGATE_AF_INET6 };
	struct mgate_datagram d;
	struct mgate_msg msg;
	size_t len;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	len = mgate_mld_build(&q, buf);
	KUNIT_ASSERT_EQ(test, len, HEADERS + 28);
	KUNIT_ASSERT_EQ(test, mgate_ipv6_parse(buf, len, len, &d), 0);
	KUNIT_EXPECT_TRUE(test, mgate_ipv6_is_link_local(&d.src));
	KUNIT_EXPECT_GT(test, mgate_addr_cmp(&d.src, &router), 0);
	mgate_mld_parse(&d, true, &msg);
	KUNIT_EXPECT_EQ(test, msg.flaw, MGATE_REASON_NONE);
	KUNIT_EXPECT_TRUE(test, mgate_addr_is_zero(&msg.src));
}

/* DECISIONS 10, issue 12: reports and done as a host would send them. */
static void reports_are_understood(struct kunit *test)
{
	static const struct {
		u8 version, nsrcs;
		bool change, leave, some;
		u8 type, first;
	} rows[] = {
		{ 2, 0, true, false, false, MGATE_RECORD_IS_EX, 131 },
		{ 2, 0, true, true, false, MGATE_RECORD_TO_IN, 132 },
		{ 3, 0, false, false, false, MGATE_RECORD_IS_EX, 143 },
		{ 3, 0, true, false, false, MGATE_RECORD_TO_EX, 143 },
		{ 3, 0, true, true, false, MGATE_RECORD_TO_IN, 143 },
		{ 3, 2, false, false, false, MGATE_RECORD_IS_IN, 143 },
		{ 3, 2, true, false, false, MGATE_RECORD_TO_IN, 143 },
		{ 3, MGATE_QUERY_SOURCES, true, false, true, MGATE_RECORD_ALLOW, 143 },
	};
	struct mgate_report *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	u8 *buf = kunit_kmalloc(test, MGATE_FAMILY_MESSAGE_MAX, GFP_KERNEL);
	struct mgate_record rec;
	struct mgate_datagram d;
	struct mgate_msg msg;
	unsigned int i;
	size_t len;
	u16 offset;

	KUNIT_ASSERT_TRUE(test, r && buf);
	r->src = router;
	r->grp = grp;
	r->af = MGATE_AF_INET6;
	for (i = 0; i < MGATE_QUERY_SOURCES; i++)
		r->srcs[i] = (struct mgate_addr){ .bytes = { 0x20, 1, 0xd, 0xb8, [15] = i + 1 } };
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		r->version = rows[i].version;
		r->nsrcs = rows[i].nsrcs;
		r->change = rows[i].change;
		r->leave = rows[i].leave;
		r->some = rows[i].some;
		memset(buf, 0xaa, MGATE_FAMILY_MESSAGE_MAX);
		len = mgate_mld_report(r, buf);
		KUNIT_ASSERT_EQ(test, mgate_ipv6_parse(buf, len, len, &d), 0);
		KUNIT_EXPECT_EQ(test, d.payload[0], rows[i].first);
		mgate_mld_parse(&d, true, &msg);
		KUNIT_ASSERT_EQ(test, msg.flaw, MGATE_REASON_NONE);
		KUNIT_EXPECT_EQ(test, msg.version, rows[i].version);
		offset = 0;
		KUNIT_ASSERT_TRUE(test, mgate_v3_next_record(&msg, &offset, &rec));
		KUNIT_EXPECT_EQ(test, rec.type, rows[i].type);
		KUNIT_EXPECT_EQ(test, rec.nsrcs, rows[i].nsrcs);
		KUNIT_EXPECT_TRUE(test, mgate_addr_equal(&rec.grp, &grp));
		if (rec.nsrcs)
			KUNIT_EXPECT_EQ(test, rec.srcs[16 * rec.nsrcs - 1], rec.nsrcs);
		KUNIT_EXPECT_FALSE(test, mgate_v3_next_record(&msg, &offset, &rec));
	}
}

static struct kunit_case mld_build_cases[] = {
	KUNIT_CASE_PARAM(builds_byte_for_byte, query_gen_params),
	KUNIT_CASE(reads_what_it_builds),
	KUNIT_CASE(no_query_without_address),
	KUNIT_CASE(asks_for_another),
	KUNIT_CASE(reports_are_understood),
	{}
};

static struct kunit_suite mld_build_suite = {
	.name = "mgate_mld_build",
	.test_cases = mld_build_cases,
};

kunit_test_suite(mld_build_suite);

MODULE_DESCRIPTION("mgate: tests of MLD queries and reports of ours");
MODULE_LICENSE("GPL");
