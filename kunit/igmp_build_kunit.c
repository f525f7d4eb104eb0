// SPDX-License-Identifier: GPL-2.0-only
/* IGMP queries as we write them, and the arithmetic of their codes. */
#include <linux/module.h>

#include "../module/addr.c"
#include "messages.h"
#include "common.h"

/*
 * RFC 9776 4.1.1 once more, by multiplication: a code of 128 and above is
 * 1 exp(3) mant(4), its value (mant + 16) * 2^(exp + 3).
 */
static u32 naive_decode(unsigned int code)
{
	u32 value = code % 16 + 16;
	unsigned int exp;

	if (code < 128)
		return code;
	for (exp = code / 16 % 8 + 3; exp; exp--)
		value *= 2;
	return value;
}

static u8 naive_encode(u32 value)
{
	unsigned int code = 255;

	while (naive_decode(code) > value)
		code--;
	return (u8)code;
}

/* CONFORMANCE 32, RELIABILITY Q5: all 256 codes, and a few known by heart. */
static void decodes_all_codes(struct kunit *test)
{
	unsigned int code;

	for (code = 0; code < 256; code++)
		KUNIT_EXPECT_EQ(test, mgate_v3_decode((u8)code), naive_decode(code));
	KUNIT_EXPECT_EQ(test, mgate_v3_decode(127), 127);
	KUNIT_EXPECT_EQ(test, mgate_v3_decode(128), 128);
	KUNIT_EXPECT_EQ(test, mgate_v3_decode(129), 136);
	KUNIT_EXPECT_EQ(test, mgate_v3_decode(0x8f), 248);
	KUNIT_EXPECT_EQ(test, mgate_v3_decode(0x90), 256);
	KUNIT_EXPECT_EQ(test, mgate_v3_decode(255), 31744);
}

/* CONFORMANCE 32, 91: each value becomes the largest code not above it. */
static void encodes_not_above(struct kunit *test)
{
	static const u32 large[] = { 31743, 31744, 31745, 32767, 32768, 65536, 1 << 20,
				     INT_MAX, U32_MAX - 1, U32_MAX };
	unsigned int i;
	u32 value;

	for (value = 0; value < 32000; value += value < 2048 ? 1 : 7)
		KUNIT_EXPECT_EQ_MSG(test, mgate_v3_encode(value), naive_encode(value),
				    "%u", value);
	for (i = 0; i < ARRAY_SIZE(large); i++)
		KUNIT_EXPECT_EQ(test, mgate_v3_encode(large[i]), naive_encode(large[i]));
}

/* CONFORMANCE 32: there and back is the same code. */
static void codes_there_and_back(struct kunit *test)
{
	unsigned int code;

	for (code = 0; code < 256; code++) {
		u32 value = mgate_v3_decode((u8)code);

		KUNIT_EXPECT_EQ(test, mgate_v3_encode(value), code);
		if (value > 128)
			KUNIT_EXPECT_EQ(test, mgate_v3_encode(value - 1), code - 1);
	}
}

static const struct build_row {
	const char *name;
	struct mgate_query query;
	u8 len;
	u8 bytes[MGATE_IGMP_QUERY_MAX];
} build_rows[] = {
	{ "v1 general",
	  { .src = { .bytes = { 192, 0, 2, 1 } }, .max_resp_ms = 10000,
	    .interval_ms = 125000, .robustness = 2, .version = 1 }, 32,
	  { 0x46, 0xc0, 0, 32, 0, 0, 0x40, 0, 1, 2, 0, 0, 192, 0, 2, 1, 224, 0, 0, 1,
	    148, 4, 0, 0, 0x11, 0, 0, 0, 0, 0, 0, 0 } },
	{ "v2 general",
	  { .src = { .bytes = { 192, 0, 2, 1 } }, .max_resp_ms = 10000,
	    .interval_ms = 125000, .robustness = 2, .version = 2 }, 32,
	  { 0x46, 0xc0, 0, 32, 0, 0, 0x40, 0, 1, 2, 0, 0, 192, 0, 2, 1, 224, 0, 0, 1,
	    148, 4, 0, 0, 0x11, 100, 0, 0, 0, 0, 0, 0 } },
	{ "v2 of a group",
	  { .src = { .bytes = { 192, 0, 2, 1 } }, .grp = { .bytes = { 239, 1, 1, 1 } },
	    .max_resp_ms = 1000, .robustness = 2, .version = 2 }, 32,
	  { 0x46, 0xc0, 0, 32, 0, 0, 0x40, 0, 1, 2, 0, 0, 192, 0, 2, 1, 239, 1, 1, 1,
	    148, 4, 0, 0, 0x11, 10, 0, 0, 239, 1, 1, 1 } },
	{ "v3 general",
	  { .src = { .bytes = { 192, 0, 2, 1 } }, .max_resp_ms = 10000,
	    .interval_ms = 125000, .robustness = 2, .version = 3 }, 36,
	  { 0x46, 0xc0, 0, 36, 0, 0, 0x40, 0, 1, 2, 0, 0, 192, 0, 2, 1, 224, 0, 0, 1,
	    148, 4, 0, 0, 0x11, 100, 0, 0, 0, 0, 0, 0, 0x02, 125, 0, 0 } },
	{ "v3 of a group, S flag",
	  { .src = { .bytes = { 192, 0, 2, 1 } }, .grp = { .bytes = { 239, 1, 1, 1 } },
	    .max_resp_ms = 1000, .interval_ms = 125000, .robustness = 7, .version = 3,
	    .suppress = true }, 36,
	  { 0x46, 0xc0, 0, 36, 0, 0, 0x40, 0, 1, 2, 0, 0, 192, 0, 2, 1, 239, 1, 1, 1,
	    148, 4, 0, 0, 0x11, 10, 0, 0, 239, 1, 1, 1, 0x0f, 125, 0, 0 } },
	{ "v3 general of a bridge without address, long intervals",
	  { .max_resp_ms = 20000, .interval_ms = 3600000, .robustness = 8, .version = 3 }, 36,
	  { 0x46, 0xc0, 0, 36, 0, 0, 0x40, 0, 1, 2, 0, 0, 0, 0, 0, 0, 224, 0, 0, 1,
	    148, 4, 0, 0, 0x11, 0x89, 0, 0, 0, 0, 0, 0, 0x00, 0xcc, 0, 0 } },
};

static void build_name(const struct build_row *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(build, build_rows, build_name);

/*
 * CONFORMANCE 28 (TTL 1, TOS 0xc0, Router Alert), 9 and 38 (reserved bits zero),
 * 36, 97 (destination), 81 (8 bytes), 89 (robustness above 7 said as 0), 13.
 */
static void builds_byte_for_byte(struct kunit *test)
{
	const struct build_row *row = test->param_value;
	u8 *buf = kunit_kmalloc(test, MGATE_IGMP_QUERY_MAX, GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	memset(buf, 0xaa, MGATE_IGMP_QUERY_MAX);
	KUNIT_ASSERT_EQ(test, mgate_igmp_build(&row->query, buf), row->len);
	for (i = 0; i < row->len; i++)
		KUNIT_EXPECT_EQ_MSG(test, buf[i], row->bytes[i], "byte %u", i);
}

/* CONFORMANCE 91: what cannot be said is rounded down, but never to nothing. */
static void response_time_of_each_version(struct kunit *test)
{
	static const struct { u32 ms; u8 v2, v3; } rows[] = {
		{ 0, 1, 1 }, { 99, 1, 1 }, { 100, 1, 1 }, { 199, 1, 1 }, { 200, 2, 2 },
		{ 12700, 127, 127 }, { 12800, 128, 0x80 }, { 13500, 135, 0x80 },
		{ 13600, 136, 0x81 }, { 25500, 255, 0x8f }, { 25600, 255, 0x90 },
		{ 60000, 255, 0xa2 }, { 3174400, 255, 0xff }, { U32_MAX, 255, 0xff },
	};
	struct mgate_query q = { .interval_ms = 125000, .robustness = 2 };
	u8 buf[MGATE_IGMP_QUERY_MAX];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		q.max_resp_ms = rows[i].ms;
		q.version = 1;
		mgate_igmp_build(&q, buf);
		KUNIT_EXPECT_EQ(test, buf[25], 0);
		q.version = 2;
		mgate_igmp_build(&q, buf);
		KUNIT_EXPECT_EQ_MSG(test, buf[25], rows[i].v2, "%u ms", rows[i].ms);
		q.version = 3;
		mgate_igmp_build(&q, buf);
		KUNIT_EXPECT_EQ_MSG(test, buf[25], rows[i].v3, "%u ms", rows[i].ms);
	}
}

/* What we ask is understood as it was meant (CONFORMANCE 31, 87). */
static void reads_what_it_builds(struct kunit *test)
{
	struct mgate_query q = {
		.src = ip4(192, 0, 2, 1), .max_resp_ms = 10000, .interval_ms = 125000,
		.robustness = 2,
	};
	u8 buf[MGATE_IGMP_QUERY_MAX];
	struct mgate_datagram d;
	struct mgate_msg msg;
	size_t len;

	for (q.version = 1; q.version <= 3; q.version++) {
		len = mgate_igmp_build(&q, buf);
		KUNIT_ASSERT_EQ(test, mgate_ipv4_parse(buf, len, len, &d), 0);
		KUNIT_EXPECT_TRUE(test, d.router_alert);
		mgate_igmp_parse(&d, true, &msg);
		KUNIT_EXPECT_EQ(test, msg.flaw, MGATE_REASON_NONE);
		KUNIT_EXPECT_EQ(test, msg.kind, MGATE_KIND_QUERY);
		KUNIT_EXPECT_EQ(test, msg.version, q.version);
		KUNIT_EXPECT_EQ(test, msg.max_resp_ms, 10000);
		KUNIT_EXPECT_EQ(test, msg.interval_ms, q.version == 3 ? 125000 : 0);
		KUNIT_EXPECT_EQ(test, msg.robustness, q.version == 3 ? 2 : 0);
		KUNIT_EXPECT_TRUE(test, mgate_addr_is_zero(&msg.grp));
	}
}

static struct kunit_case igmp_build_cases[] = {
	KUNIT_CASE(decodes_all_codes),
	KUNIT_CASE(encodes_not_above),
	KUNIT_CASE(codes_there_and_back),
	KUNIT_CASE_PARAM(builds_byte_for_byte, build_gen_params),
	KUNIT_CASE(response_time_of_each_version),
	KUNIT_CASE(reads_what_it_builds),
	{}
};

static struct kunit_suite igmp_build_suite = {
	.name = "mgate_igmp_build",
	.test_cases = igmp_build_cases,
};

kunit_test_suite(igmp_build_suite);

MODULE_DESCRIPTION("mgate: tests of IGMP queries as they are built");
MODULE_LICENSE("GPL");
