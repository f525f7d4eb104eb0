// SPDX-License-Identifier: GPL-2.0-only
/* What MLD messages say; all else about reading them is in messages_kunit.c. */
#include <linux/module.h>
#include <net/checksum.h>

#include "reading.h"

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

/* CONFORMANCE 41, RFC 9777 5.2.12: a report is partial for us where part of it is of a kind that
 * is not known; the record beside it counts.
 */
static void an_odd_record_makes_it_partial(struct kunit *test)
{
	u8 p[8 + 4 + 16] = { 143, [7] = 1, [8] = 9, [12] = 0xff, [13] = 0x1e, [27] = 1 };
	struct mgate_datagram d = { .payload = p, .len = sizeof(p), .af = MGATE_AF_INET6 };
	struct mgate_msg msg = { .af = MGATE_AF_INET6, .version = 3 };

	KUNIT_EXPECT_TRUE(test, mgate_v3_parse_report(&d, &msg));
	KUNIT_EXPECT_TRUE(test, mgate_v3_is_partial(&msg));
	msg.odd = false;
	KUNIT_EXPECT_FALSE(test, mgate_v3_is_partial(&msg));
}

static struct kunit_case mld_cases[] = {
	KUNIT_CASE(query_version_by_length),
	KUNIT_CASE(fields_of_a_query),
	KUNIT_CASE(records_in_order),
	KUNIT_CASE(sources_are_hosts),
	KUNIT_CASE(what_is_a_message),
	KUNIT_CASE(codes_there_and_back),
	KUNIT_CASE(every_bit_counts),
	KUNIT_CASE(an_odd_record_makes_it_partial),
	{}
};

static struct kunit_suite mld_suite = {
	.name = "mgate_mld",
	.test_cases = mld_cases,
};

kunit_test_suite(mld_suite);

MODULE_DESCRIPTION("mgate: tests of MLD messages");
MODULE_LICENSE("GPL");
