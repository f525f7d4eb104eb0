// SPDX-License-Identifier: GPL-2.0-only
/*
 * What MLD messages say, and MLD queries and reports as we write them; all else about
 * reading them is in messages_kunit.c.
 */
#include <linux/module.h>
#include <net/checksum.h>

#include "reading.h"

#define HEADERS 48		/* before a message of ours */

static const struct mgate_addr router = { .bytes = { 0xfe, 0x80, [15] = 1 } };
static const struct mgate_addr grp = { .bytes = { 0xff, 0x1e, [13] = 1, 0, 1 } };
static const struct mgate_addr to_all = { .bytes = { 0xff, 2, [15] = 1 } };

/* Issue 12, RFC 9777 8.1: the version by length alone; all others are none. */
static void query_version_by_length(struct kunit *test)
{
	struct mgate_datagram d = {
		.src = router, .dst = to_all, .ttl = 1, .protocol = 58, .af = MGATE_AF_INET6,
		.router_alert = true,
	};
	struct mgate_msg msg;
	unsigned int want;
	u8 *buf;

	for (d.len = 0; d.len <= 64; d.len++) {
		buf = kunit_kzalloc(test, max_t(u16, d.len, 1), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, buf);
		d.payload = buf;
		buf[0] = 130;
		mgate_mld_parse(&d, false, &msg);
		want = d.len >= 28 ? 3 : d.len == 24 ? 2 : 0;
		KUNIT_EXPECT_EQ(test, msg.version, want);
		KUNIT_EXPECT_EQ(test, msg.fate, want ? MGATE_FATE_ALL : MGATE_FATE_DROP);
		KUNIT_EXPECT_EQ(test, msg.flaw,
				want ? MGATE_REASON_NONE : MGATE_REASON_BAD_LENGTH);
		kunit_kfree(test, buf);
	}
}

/* Issue 12; RELIABILITY Q5, Q7: each field of a query of either version. */
static void fields_of_a_query(struct kunit *test)
{
	struct mgate_datagram d;
	struct mgate_msg msg;

	load(test, find_vector(test, "mld2_query_codes"), &d);
	mgate_mld_parse(&d, false, &msg);
	KUNIT_EXPECT_EQ(test, msg.max_resp_ms, 0x1abc << 3);
	KUNIT_EXPECT_EQ(test, msg.interval_ms, 992000);
	KUNIT_EXPECT_EQ(test, msg.robustness, 7);
	KUNIT_EXPECT_TRUE(test, msg.suppress);
	KUNIT_EXPECT_TRUE(test, mgate_addr_equal(&msg.grp, &grp));
	KUNIT_EXPECT_EQ(test, msg.rx, MGATE_REASON_RX_MLD_QUERY_V2);
	KUNIT_EXPECT_EQ(test, msg.count, 0);

	load(test, find_vector(test, "mld2_query_long"), &d);
	mgate_mld_parse(&d, false, &msg);
	KUNIT_EXPECT_FALSE(test, msg.suppress);
	KUNIT_EXPECT_EQ(test, msg.robustness, 2);
	KUNIT_EXPECT_EQ(test, msg.interval_ms, 125000);
	KUNIT_EXPECT_EQ(test, msg.max_resp_ms, 10000);
	KUNIT_EXPECT_TRUE(test, mgate_addr_is_zero(&msg.grp));

	load(test, find_vector(test, "mld2_query_sources"), &d);
	mgate_mld_parse(&d, false, &msg);
	KUNIT_ASSERT_EQ(test, msg.count, 2);
	KUNIT_EXPECT_EQ(test, msg.body[0], 0x20);
	KUNIT_EXPECT_EQ(test, msg.body[15], 1);
	KUNIT_EXPECT_EQ(test, msg.body[31], 2);

	load(test, find_vector(test, "mld1_query_group"), &d);
	mgate_mld_parse(&d, false, &msg);
	KUNIT_EXPECT_EQ(test, msg.max_resp_ms, 1000);
	KUNIT_EXPECT_EQ(test, msg.interval_ms | msg.robustness | msg.count, 0);
	KUNIT_EXPECT_TRUE(test, mgate_addr_equal(&msg.grp, &grp));
	KUNIT_EXPECT_EQ(test, msg.rx, MGATE_REASON_RX_MLD_QUERY_V1);
}

/* CONFORMANCE 40, 42, 20, 84, over IPv6: what the records say, aux data passed over. */
static void records_in_order(struct kunit *test)
{
	static const struct {
		const char *name;
		u8 type[6], last[6], nsrcs[6], n;
	} rows[] = {
		{ "mld2_all_types", { 1, 2, 3, 4, 5, 6 }, { 1, 2, 3, 4, 5, 6 },
		  { 1, 0, 2, 0, 1, 1 }, 6 },
		{ "mld2_aux", { 4, 1 }, { 1, 2 }, { 0, 1 }, 2 },
		{ "mld2_unknown_record", { 4 }, { 1 }, { 0 }, 1 },
		{ "mld2_trailing", { 4 }, { 1 }, { 0 }, 1 },
		{ "mld2_link_local", { 4 }, { 1 }, { 0 }, 1 },
		{ "mld1_report", { 2 }, { 1 }, { 0 }, 1 },
		{ "mld1_done", { 3 }, { 1 }, { 0 }, 1 },
	};
	struct mgate_record rec;
	struct mgate_datagram d;
	struct mgate_msg msg;
	unsigned int i, n;
	u16 offset;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		load(test, find_vector(test, rows[i].name), &d);
		mgate_mld_parse(&d, false, &msg);
		offset = 0;
		for (n = 0; mgate_v3_next_record(&msg, &offset, &rec) && n < 6; n++) {
			KUNIT_EXPECT_EQ_MSG(test, rec.type, rows[i].type[n], "%s", rows[i].name);
			KUNIT_EXPECT_EQ(test, rec.nsrcs, rows[i].nsrcs[n]);
			KUNIT_EXPECT_EQ(test, rec.grp.bytes[1], 0x1e);
			KUNIT_EXPECT_EQ(test, rec.grp.bytes[15], rows[i].last[n]);
		}
		KUNIT_EXPECT_EQ(test, n, rows[i].n);
		KUNIT_EXPECT_FALSE(test, mgate_v3_next_record(&msg, &offset, &rec));
	}
}

/* CONFORMANCE 35 over IPv6: what can be no host is no source. */
static void sources_are_hosts(struct kunit *test)
{
	struct mgate_record rec;
	struct mgate_datagram d;
	struct mgate_addr src;
	struct mgate_msg msg;
	unsigned int i = 0;
	u16 offset = 0;

	load(test, find_vector(test, "mld2_unicast_source"), &d);
	mgate_mld_parse(&d, false, &msg);
	KUNIT_ASSERT_TRUE(test, mgate_v3_next_record(&msg, &offset, &rec));
	KUNIT_EXPECT_EQ(test, rec.nsrcs, 3);
	KUNIT_EXPECT_FALSE(test, mgate_family_source(MGATE_AF_INET6, &rec, &i, &src));
	load(test, find_vector(test, "mld2_is_in"), &d);
	mgate_mld_parse(&d, false, &msg);
	offset = 0;
	i = 0;
	KUNIT_ASSERT_TRUE(test, mgate_v3_next_record(&msg, &offset, &rec));
	KUNIT_EXPECT_TRUE(test, mgate_family_source(MGATE_AF_INET6, &rec, &i, &src));
	KUNIT_EXPECT_EQ(test, src.bytes[15], 1);
	KUNIT_EXPECT_TRUE(test, mgate_family_source(MGATE_AF_INET6, &rec, &i, &src));
	KUNIT_EXPECT_EQ(test, src.bytes[15], 2);
	KUNIT_EXPECT_FALSE(test, mgate_family_source(MGATE_AF_INET6, &rec, &i, &src));
}

/* Issue 12: of all ICMPv6 only membership and router discovery messages are ours. */
static void what_is_a_message(struct kunit *test)
{
	struct mgate_datagram d = { .protocol = 58, .len = 1, .af = MGATE_AF_INET6 };
	unsigned int type;
	u8 byte;

	d.payload = &byte;
	for (type = 0; type < 256; type++) {
		byte = (u8)type;
		KUNIT_EXPECT_EQ_MSG(test, mgate_mld_is_message(&d),
				    (type >= 130 && type <= 132) || type == 143 ||
				    (type >= 151 && type <= 153), "type %u", type);
	}
	byte = 131;
	d.fragment = true;
	KUNIT_EXPECT_FALSE(test, mgate_mld_is_message(&d));
	d.fragment = false;
	d.protocol = 17;
	KUNIT_EXPECT_FALSE(test, mgate_mld_is_message(&d));
	d.protocol = 58;
	d.len = 0;
	d.payload = NULL;
	KUNIT_EXPECT_FALSE(test, mgate_mld_is_message(&d));
}

/* RFC 9777 5.1.3 once more, by multiplication: 1 exp(3) mant(12). */
static u32 naive_decode(unsigned int code)
{
	u32 value = code % 4096 + 4096;
	unsigned int exp;

	if (code < 32768)
		return code;
	for (exp = code / 4096 % 8 + 3; exp; exp--)
		value *= 2;
	return value;
}

/* Issue 12, RELIABILITY Q5: all 65536 codes, there and back, and what is between. */
static void codes_there_and_back(struct kunit *test)
{
	unsigned int code;
	u32 value;

	for (code = 0; code <= 0xffff; code++) {
		value = mgate_mld_decode((u16)code);
		KUNIT_ASSERT_EQ(test, value, naive_decode(code));
		KUNIT_ASSERT_EQ(test, mgate_mld_encode(value), code);
		if (code < 0xffff)
			KUNIT_ASSERT_EQ(test, mgate_mld_encode(naive_decode(code + 1) - 1), code);
	}
	KUNIT_EXPECT_EQ(test, mgate_mld_decode(0xffff), 8387584);
	KUNIT_EXPECT_EQ(test, mgate_mld_encode(8387585), 0xffff);
	KUNIT_EXPECT_EQ(test, mgate_mld_encode(U32_MAX), 0xffff);
}

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
	u8 *buf = kunit_kmalloc(test, MGATE_FAMILY_QUERY_MAX, GFP_KERNEL);
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
	u8 *buf = kunit_kmalloc(test, MGATE_FAMILY_QUERY_MAX, GFP_KERNEL);
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
		memset(buf, 0xaa, MGATE_FAMILY_QUERY_MAX);
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

static bool sum_is_right(const struct mgate_datagram *d)
{
	return !csum_fold(csum_partial(d->payload, d->len, (__force __wsum)mgate_ipv6_seed(d)));
}

static void expect_wrong_with(struct kunit *test, const struct mgate_datagram *d, u8 *bytes,
			      unsigned int len)
{
	unsigned int bit;

	for (bit = 0; bit < len * 8; bit++) {
		bytes[bit / 8] ^= (u8)(1 << bit % 8);
		KUNIT_EXPECT_FALSE_MSG(test, sum_is_right(d), "bit %u", bit);
		bytes[bit / 8] ^= (u8)(1 << bit % 8);
	}
	KUNIT_EXPECT_TRUE(test, sum_is_right(d));
}

/* Issue 12, RELIABILITY P3: the checksum covers the pseudo-header; no bit may be wrong. */
static void every_bit_counts(struct kunit *test)
{
	struct mgate_datagram d;

	load(test, find_vector(test, "mld2_all_types"), &d);
	KUNIT_EXPECT_TRUE(test, sum_is_right(&d));
	expect_wrong_with(test, &d, (u8 *)d.payload, d.len);
	expect_wrong_with(test, &d, d.src.bytes, 16);
	expect_wrong_with(test, &d, d.dst.bytes, 16);
	d.protocol = 103;
	KUNIT_EXPECT_FALSE(test, sum_is_right(&d));
	d.protocol = 58;
	d.len--;
	KUNIT_EXPECT_FALSE(test, sum_is_right(&d));
}

static struct kunit_case mld_cases[] = {
	KUNIT_CASE(query_version_by_length),
	KUNIT_CASE(fields_of_a_query),
	KUNIT_CASE(records_in_order),
	KUNIT_CASE(sources_are_hosts),
	KUNIT_CASE(what_is_a_message),
	KUNIT_CASE(codes_there_and_back),
	KUNIT_CASE_PARAM(builds_byte_for_byte, query_gen_params),
	KUNIT_CASE(reads_what_it_builds),
	KUNIT_CASE(no_query_without_address),
	KUNIT_CASE(asks_for_another),
	KUNIT_CASE(reports_are_understood),
	KUNIT_CASE(every_bit_counts),
	{}
};

static struct kunit_suite mld_suite = {
	.name = "mgate_mld",
	.test_cases = mld_cases,
};

kunit_test_suite(mld_suite);

MODULE_DESCRIPTION("mgate: tests of MLD messages");
MODULE_LICENSE("GPL");
