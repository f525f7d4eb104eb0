// SPDX-License-Identifier: GPL-2.0-only
/* What IGMP messages say; all else about reading them is in messages_kunit.c. */
#include <linux/module.h>

#include "reading.h"

/* CONFORMANCE 31, RELIABILITY Q8: the version by length and code. */
static void query_version_by_length(struct kunit *test)
{
	struct mgate_datagram d = {
		.src = ip4(192, 0, 2, 1), .dst = ip4(224, 0, 0, 1), .ttl = 1, .protocol = 2,
	};
	struct mgate_msg msg;
	unsigned int want;
	u8 *buf;

	for (d.len = 0; d.len <= 64; d.len++) {
		buf = kunit_kzalloc(test, max_t(u16, d.len, 2), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, buf);
		d.payload = buf;
		buf[0] = 0x11;
		for (buf[1] = 0; buf[1] <= 100; buf[1] += 100) {
			mgate_igmp_parse(&d, false, &msg);
			want = d.len >= 12 ? 3 : d.len != 8 ? 0 : buf[1] ? 2 : 1;
			KUNIT_EXPECT_EQ(test, msg.version, want);
			KUNIT_EXPECT_EQ(test, msg.fate, want ? MGATE_FATE_ALL : MGATE_FATE_DROP);
			KUNIT_EXPECT_EQ(test, msg.flaw,
					want ? MGATE_REASON_NONE : MGATE_REASON_BAD_LENGTH);
			if (want)
				KUNIT_EXPECT_EQ(test, msg.max_resp_ms,
						want == 3 ? buf[1] * 100 : 10000);
		}
		kunit_kfree(test, buf);
	}
}

/* CONFORMANCE 32, 38, 91; RELIABILITY Q5, Q7: each field of a v3 query. */
static void fields_of_a_query(struct kunit *test)
{
	struct mgate_addr grp = ip4(239, 1, 1, 1);
	struct mgate_datagram d;
	struct mgate_msg msg;

	load(test, find_vector(test, "v3_query_codes"), &d);
	mgate_igmp_parse(&d, false, &msg);
	KUNIT_EXPECT_EQ(test, msg.max_resp_ms, 15200);
	KUNIT_EXPECT_EQ(test, msg.interval_ms, 1984000);
	KUNIT_EXPECT_EQ(test, msg.robustness, 7);
	KUNIT_EXPECT_TRUE(test, msg.suppress);
	KUNIT_EXPECT_TRUE(test, mgate_addr_equal(&msg.grp, &grp));
	KUNIT_EXPECT_EQ(test, msg.count, 0);

	load(test, find_vector(test, "v3_query_long"), &d);
	mgate_igmp_parse(&d, false, &msg);
	KUNIT_EXPECT_FALSE(test, msg.suppress);
	KUNIT_EXPECT_EQ(test, msg.robustness, 2);
	KUNIT_EXPECT_EQ(test, msg.interval_ms, 125000);
	KUNIT_EXPECT_TRUE(test, mgate_addr_is_zero(&msg.grp));

	load(test, find_vector(test, "v3_query_sources"), &d);
	mgate_igmp_parse(&d, false, &msg);
	KUNIT_ASSERT_EQ(test, msg.count, 2);
	KUNIT_EXPECT_EQ(test, memcmp(msg.body, "\xc6\x33\x64\1\xc6\x33\x64\2", 8), 0);
}

/* CONFORMANCE 40, 42, 20, 84: what the records say, aux data passed over. */
static void records_in_order(struct kunit *test)
{
	static const struct {
		const char *name;
		u8 type[6], last[6], nsrcs[6], n;
	} rows[] = {
		{ "v3_all_types", { 1, 2, 3, 4, 5, 6 }, { 1, 2, 3, 4, 5, 6 },
		  { 1, 0, 2, 0, 1, 1 }, 6 },
		{ "v3_aux", { 4, 1 }, { 1, 2 }, { 0, 1 }, 2 },
		{ "v3_unknown_record", { 4 }, { 1 }, { 0 }, 1 },
		{ "v3_trailing", { 4 }, { 1 }, { 0 }, 1 },
		{ "v3_link_local", { 4 }, { 1 }, { 0 }, 1 },
		{ "v1_report", { 2 }, { 1 }, { 0 }, 1 },
		{ "v2_report", { 2 }, { 1 }, { 0 }, 1 },
		{ "v2_leave", { 3 }, { 1 }, { 0 }, 1 },
	};
	struct mgate_record rec;
	struct mgate_datagram d;
	struct mgate_msg msg;
	unsigned int i, n;
	u16 offset;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		load(test, find_vector(test, rows[i].name), &d);
		mgate_igmp_parse(&d, false, &msg);
		offset = 0;
		for (n = 0; mgate_v3_next_record(&msg, &offset, &rec) && n < 6; n++) {
			KUNIT_EXPECT_EQ_MSG(test, rec.type, rows[i].type[n], "%s", rows[i].name);
			KUNIT_EXPECT_EQ(test, rec.nsrcs, rows[i].nsrcs[n]);
			KUNIT_EXPECT_EQ(test, rec.grp.bytes[0], 239);
			KUNIT_EXPECT_EQ(test, rec.grp.bytes[3], rows[i].last[n]);
		}
		KUNIT_EXPECT_EQ(test, n, rows[i].n);
		KUNIT_EXPECT_FALSE(test, mgate_v3_next_record(&msg, &offset, &rec));
	}
}

static struct kunit_case igmp_cases[] = {
	KUNIT_CASE(query_version_by_length),
	KUNIT_CASE(fields_of_a_query),
	KUNIT_CASE(records_in_order),
	{}
};

static struct kunit_suite igmp_suite = {
	.name = "mgate_igmp",
	.test_cases = igmp_cases,
};

kunit_test_suite(igmp_suite);

MODULE_DESCRIPTION("mgate: tests of IGMP messages as they are read");
MODULE_LICENSE("GPL");
