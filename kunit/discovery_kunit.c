// SPDX-License-Identifier: GPL-2.0-only
/* How routers make themselves known: MRD, PIM hello, DVMRP probe, each byte. */
#include <linux/module.h>

#include "../module/addr.c"
#include "../module/reason.c"
#include "messages.h"
#include "../module/family.c"
#include "common.h"

/*
 * RFC 4286 3 and 5, RFC 7761 4.9.2, draft-ietf-idmr-dvmrp-v3 3.2.1, written once
 * more; checksums are the frame's matter.
 */
static const struct sort {
	const char *name;
	bool pim;
	u8 dst;			/* 224.0.0.x, ff02::x */
	u8 by;
	u8 rx;
	u8 shortest;
	u32 hold_ms;
	u8 len;
	u8 bytes[32];
	u8 af;
} sorts[] = {
	{ "advertisement", false, 106, MGATE_BY_MRD, MGATE_REASON_RX_MRD, 8, 61500, 8,
	  { 0x30, 20, 0, 0, 0, 125, 0, 2 } },
	{ "advertisement of a router without IGMP", false, 106, MGATE_BY_MRD,
	  MGATE_REASON_RX_MRD, 8, 61500, 8, { 0x30, 20, 0, 0, 0, 0, 0, 0 } },
	{ "termination", false, 106, MGATE_BY_MRD, MGATE_REASON_RX_MRD, 4, 0, 4,
	  { 0x32, 0, 0, 0 } },
	{ "probe", false, 4, MGATE_BY_DVMRP, MGATE_REASON_RX_DVMRP, 8, 35000, 16,
	  { 0x13, 1, 0, 0, 0, 0x0a, 0xff, 3, 0x65, 0x53, 0xf1, 0, 192, 0, 2, 2 } },
	{ "hello", true, 13, MGATE_BY_PIM, MGATE_REASON_RX_PIM, 4, 105000, 26,
	  { 0x20, 0, 0, 0, 0, 1, 0, 2, 0, 105, 0, 19, 0, 4, 0, 0, 0, 1,
	    0, 20, 0, 4, 1, 2, 3, 4 } },
	{ "advertisement over IPv6", false, 106, MGATE_BY_MRD, MGATE_REASON_RX_MRD, 8, 61500, 8,
	  { 151, 20, 0, 0, 0, 125, 0, 2 }, MGATE_AF_INET6 },
	{ "termination over IPv6", false, 106, MGATE_BY_MRD, MGATE_REASON_RX_MRD, 4, 0, 4,
	  { 153, 0, 0, 0 }, MGATE_AF_INET6 },
	{ "hello over IPv6", true, 13, MGATE_BY_PIM, MGATE_REASON_RX_PIM, 4, 105000, 26,
	  { 0x20, 0, 0, 0, 0, 1, 0, 2, 0, 105, 0, 19, 0, 4, 0, 0, 0, 1,
	    0, 20, 0, 4, 1, 2, 3, 4 }, MGATE_AF_INET6 },
};

static void sort_name(const struct sort *s, char *desc)
{
	strscpy(desc, s->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(sort, sorts, sort_name);

static struct mgate_datagram datagram(const struct sort *s)
{
	struct mgate_datagram d = {
		.src = ip4(192, 0, 2, 1), .dst = ip4(224, 0, 0, s->dst), .payload = s->bytes,
		.len = s->len, .ttl = 1, .protocol = s->pim ? 103 : mgate_family(s->af)->control,
		.af = s->af,
	};

	if (s->af == MGATE_AF_INET6) {
		d.src = (struct mgate_addr){ .bytes = { 0xfe, 0x80, [15] = 1 } };
		d.dst = (struct mgate_addr){ .bytes = { 0xff, 2, [15] = s->dst } };
	}
	return d;
}

/* From a buffer that ends where the message does. */
static void read_one(struct kunit *test, const struct mgate_datagram *d, struct mgate_msg *msg)
{
	struct mgate_datagram own = *d;
	u8 *buf = kunit_kmalloc(test, max_t(size_t, d->len, 1), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	memcpy(buf, d->payload, d->len);
	own.payload = buf;
	memset(msg, 0xff, sizeof(*msg));
	if (d->protocol == 103)
		mgate_discovery_hello(&own, msg);
	else
		mgate_family(d->af)->parse(&own, false, msg);
	kunit_kfree(test, buf);
}

static void expect_flaw(struct kunit *test, const struct mgate_datagram *d,
			enum mgate_reason flaw)
{
	struct mgate_msg msg;

	read_one(test, d, &msg);
	KUNIT_EXPECT_STREQ(test, mgate_reason_name(msg.flaw), mgate_reason_name(flaw));
	KUNIT_EXPECT_EQ(test, msg.fate, MGATE_FATE_ALL);
	KUNIT_EXPECT_EQ(test, msg.kind, MGATE_KIND_ROUTER);
}

/* CONFORMANCE 101, 103, 104, 105; issue 4 item 4: each field of each of them. */
static void says_what_was_said(struct kunit *test)
{
	const struct sort *s = test->param_value;
	struct mgate_datagram d = datagram(s);
	struct mgate_msg msg;

	read_one(test, &d, &msg);
	KUNIT_EXPECT_STREQ(test, mgate_reason_name(msg.flaw), "none");
	KUNIT_EXPECT_EQ(test, msg.kind, MGATE_KIND_ROUTER);
	KUNIT_EXPECT_EQ(test, msg.fate, MGATE_FATE_ALL);
	KUNIT_EXPECT_EQ(test, msg.by, s->by);
	KUNIT_EXPECT_EQ(test, msg.rx, s->rx);
	KUNIT_EXPECT_EQ(test, msg.hold_ms, s->hold_ms);
	KUNIT_EXPECT_EQ(test, msg.af, s->af);
	KUNIT_EXPECT_TRUE(test, mgate_addr_equal(&msg.src, &d.src));
	KUNIT_EXPECT_TRUE(test, mgate_addr_is_zero(&msg.grp));
	KUNIT_EXPECT_NULL(test, msg.body);
	KUNIT_EXPECT_EQ(test, msg.len | msg.count | msg.version, 0);
	KUNIT_EXPECT_FALSE(test, msg.suppress || msg.odd);
}

/* An IPv4 address; in IPv6 ff02::x for 224.0.0.x, and what is none of a host on this link. */
static struct mgate_addr other_of(const struct sort *s, u32 number)
{
	struct mgate_addr a = ip4_of(number);

	if (s->af == MGATE_AF_INET)
		return a;
	if (number >> 8 == 0xe00000)
		return (struct mgate_addr){ .bytes = { 0xff, 2, [15] = (u8)number } };
	a.bytes[15] = 1;
	return a;
}

/* CONFORMANCE 103; issue 4, bad input: to another address. */
static void bad_destinations(struct kunit *test)
{
	static const u32 wrong[] = {
		0xe0000001, 0xe0000002, 0xe0000004, 0xe000000d, 0xe0000016, 0xe000006a,
		0xef010101, 0xc0000264, 0xffffffff, 0,
	};
	const struct sort *s = test->param_value;
	struct mgate_datagram d = datagram(s);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (wrong[i] == 0xe0000000 + s->dst)
			continue;
		d.dst = other_of(s, wrong[i]);
		expect_flaw(test, &d, MGATE_REASON_BAD_DESTINATION);
	}
}

/* CONFORMANCE 28, 101; RELIABILITY threat 16: only what is of this link. */
static void bad_ttls(struct kunit *test)
{
	const struct sort *s = test->param_value;
	struct mgate_datagram d = datagram(s);
	unsigned int ttl;

	for (ttl = 0; ttl < 256; ttl++) {
		d.ttl = (u8)ttl;
		expect_flaw(test, &d, ttl == 1 ? MGATE_REASON_NONE : MGATE_REASON_BAD_TTL);
	}
}

/* CONFORMANCE 44: a router has the address of a host. */
static void bad_sources(struct kunit *test)
{
	static const u32 wrong[] = {
		0, 1, 0x7f000001, 0x7fffffff, 0xe0000001, 0xe000000d, 0xef010101, 0xf0000001,
		0xffffffff,
	};
	const struct sort *s = test->param_value;
	struct mgate_datagram d = datagram(s);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		d.src = other_of(s, wrong[i]);
		expect_flaw(test, &d, MGATE_REASON_BAD_SOURCE);
	}
}

/* Ends of a hello's options: behind the header and behind each of three. */
static bool is_whole(const struct sort *s, unsigned int len)
{
	if (!s->pim)
		return len >= s->shortest;
	return len == 4 || len == 10 || len == 18 || len == 26;
}

/* RELIABILITY P1: every beginning of each; CONFORMANCE 8: none is held back that
 * may be of a type that we do not know.
 */
static void every_beginning(struct kunit *test)
{
	const struct sort *s = test->param_value;
	struct mgate_datagram d = datagram(s);
	struct mgate_msg msg;

	for (d.len = s->pim ? 4 : 0; d.len <= s->len; d.len++) {
		read_one(test, &d, &msg);
		if (d.len < 4) {
			KUNIT_EXPECT_EQ(test, msg.fate, MGATE_FATE_DROP);
			KUNIT_EXPECT_EQ(test, msg.flaw, MGATE_REASON_BAD_LENGTH);
			continue;
		}
		expect_flaw(test, &d, is_whole(s, d.len) ? MGATE_REASON_NONE :
							   MGATE_REASON_BAD_LENGTH);
		if (is_whole(s, d.len))
			KUNIT_EXPECT_EQ(test, msg.hold_ms, s->hold_ms);
	}
}

/* CONFORMANCE 102: what is behind the fields is ignored. */
static void longer_ones(struct kunit *test)
{
	const struct sort *s = test->param_value;
	struct mgate_datagram d = datagram(s);
	struct mgate_msg msg;
	u8 buf[64];

	if (s->pim)
		return;
	memset(buf, 0xff, sizeof(buf));
	memcpy(buf, s->bytes, s->len);
	d.payload = buf;
	for (d.len = s->len; d.len <= sizeof(buf); d.len++) {
		read_one(test, &d, &msg);
		KUNIT_EXPECT_EQ(test, msg.flaw, MGATE_REASON_NONE);
		KUNIT_EXPECT_EQ(test, msg.hold_ms, s->hold_ms);
	}
}

/* CONFORMANCE 104: three intervals and 2.5 % of each; 4 to 180 s. */
static void every_advertisement_interval(struct kunit *test)
{
	struct mgate_datagram d = datagram(&sorts[0]);
	u8 bytes[8] = { 0x30 };
	struct mgate_msg msg;
	unsigned int i, seconds;

	d.payload = bytes;
	for (i = 0; i < 256; i++) {
		bytes[1] = (u8)i;
		read_one(test, &d, &msg);
		seconds = i < 4 ? 4 : i > 180 ? 180 : i;
		KUNIT_EXPECT_EQ(test, msg.flaw, MGATE_REASON_NONE);
		KUNIT_EXPECT_EQ_MSG(test, msg.hold_ms, seconds * 3000 + seconds * 75, "%u s", i);
	}
}

/* CONFORMANCE 8, 53: all other types, and DVMRP messages other than probes, go
 * everywhere and teach nothing; a solicitation is another snooper's.
 */
static void other_types_and_codes(struct kunit *test)
{
	struct mgate_datagram d = datagram(&sorts[0]);
	u8 bytes[12] = {};
	unsigned int type, code;
	struct mgate_msg msg;

	d.payload = bytes;
	for (type = 0; type < 256; type++) {
		if (type == 0x11 || type == 0x12 || type == 0x16 || type == 0x17 ||
		    type == 0x22 || type == 0x30 || type == 0x32)
			continue;
		bytes[0] = (u8)type;
		for (code = 0; code < 256; code++) {
			if (type == 0x13 && code == 1)
				continue;
			bytes[1] = (u8)code;
			d.len = 4 + (code & 8);
			read_one(test, &d, &msg);
			KUNIT_ASSERT_EQ_MSG(test, msg.kind, MGATE_KIND_UNKNOWN,
					    "type %02x, code %u", type, code);
			KUNIT_ASSERT_EQ(test, msg.flaw, MGATE_REASON_BAD_TYPE);
			KUNIT_ASSERT_EQ(test, msg.fate, MGATE_FATE_ALL);
		}
	}
}

/* RELIABILITY threat 16: PIM version 2, type 0, and nothing else. */
static void what_is_a_hello(struct kunit *test)
{
	struct mgate_datagram d = datagram(&sorts[4]);
	unsigned int first;
	u8 bytes[4] = {};

	d.payload = bytes;
	for (first = 0; first < 256; first++) {
		bytes[0] = (u8)first;
		KUNIT_EXPECT_EQ(test, mgate_discovery_is_hello(&d), first == 0x20);
	}
}

/* Issue 4 item 4, RFC 7761 4.9.2: honoured; 0 is a goodbye, 0xffff is for ever. */
static void hold_times(struct kunit *test)
{
	static const struct { u16 seconds; u32 ms; } rows[] = {
		{ 0, 0 }, { 1, 1000 }, { 105, 105000 }, { 255, 255000 }, { 256, 256000 },
		{ 0xfffe, 65534000 }, { 0xffff, U32_MAX },
	};
	u8 bytes[10] = { 0x20, 0, 0, 0, 0, 1, 0, 2 };
	struct mgate_datagram d = datagram(&sorts[4]);
	struct mgate_msg msg;
	unsigned int i;

	d.payload = bytes;
	d.len = sizeof(bytes);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		bytes[8] = (u8)(rows[i].seconds >> 8);
		bytes[9] = (u8)rows[i].seconds;
		read_one(test, &d, &msg);
		KUNIT_EXPECT_EQ(test, msg.flaw, MGATE_REASON_NONE);
		KUNIT_EXPECT_EQ_MSG(test, msg.hold_ms, rows[i].ms, "%u s", rows[i].seconds);
	}
}

static const struct options {
	const char *name;
	bool whole;
	u32 hold_ms;
	u8 len;
	u8 bytes[24];
} option_rows[] = {
	{ "none", true, 105000, 0, {} },
	{ "hold time behind others", true, 7000, 14,
	  { 0, 19, 0, 4, 0, 0, 0, 1, 0, 1, 0, 2, 0, 7 } },
	{ "an unknown one of no length", true, 7000, 10, { 0xfd, 0xe8, 0, 0, 0, 1, 0, 2, 0, 7 } },
	{ "hold time of length 0", true, 105000, 4, { 0, 1, 0, 0 } },
	{ "hold time of length 1", true, 105000, 5, { 0, 1, 0, 1, 9 } },
	{ "hold time of length 4", true, 105000, 8, { 0, 1, 0, 4, 0, 0, 0, 9 } },
	{ "type 0x0101", true, 105000, 6, { 1, 1, 0, 2, 0, 9 } },
	{ "a byte left over", false, 0, 7, { 0, 1, 0, 2, 0, 7, 0 } },
	{ "three bytes left over", false, 0, 9, { 0, 1, 0, 2, 0, 7, 0, 1, 0 } },
	{ "hold time cut", false, 0, 5, { 0, 1, 0, 2, 0 } },
	{ "hold time without value", false, 0, 4, { 0, 1, 0, 2 } },
	{ "length one above", false, 0, 14, { 0, 1, 0, 2, 0, 7, 0, 19, 0, 5, 0, 0, 0, 1 } },
	{ "length 0x00ff", false, 0, 10, { 0, 19, 0, 0xff, 0, 1, 0, 2, 0, 7 } },
	{ "length 0xffff", false, 0, 10, { 0, 19, 0xff, 0xff, 0, 1, 0, 2, 0, 7 } },
	{ "length 0xfffc", false, 0, 10, { 0, 19, 0xff, 0xfc, 0, 1, 0, 2, 0, 7 } },
};

static void options_name(const struct options *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(options, option_rows, options_name);

/* RELIABILITY P4: options that fit, and those that do not. */
static void options_of_a_hello(struct kunit *test)
{
	const struct options *row = test->param_value;
	struct mgate_datagram d = datagram(&sorts[4]);
	u8 bytes[28] = { 0x20 };
	struct mgate_msg msg;

	memcpy(bytes + 4, row->bytes, row->len);
	d.payload = bytes;
	d.len = 4 + row->len;
	read_one(test, &d, &msg);
	KUNIT_EXPECT_STREQ(test, mgate_reason_name(msg.flaw),
			   row->whole ? "none" : mgate_reason_name(MGATE_REASON_BAD_LENGTH));
	KUNIT_EXPECT_EQ(test, msg.fate, MGATE_FATE_ALL);
	if (row->whole)
		KUNIT_EXPECT_EQ(test, msg.hold_ms, row->hold_ms);
}

/* RELIABILITY P3, P4: each byte of each set to what breaks parsers. */
static void every_byte_changed(struct kunit *test)
{
	static const u8 values[] = { 0x00, 0x01, 0x03, 0x04, 0x7f, 0x80, 0xfc, 0xff };
	const struct sort *s = test->param_value;
	struct mgate_datagram d = datagram(s);
	unsigned int at, i;
	struct mgate_msg msg;
	u8 bytes[32];

	memcpy(bytes, s->bytes, s->len);
	d.payload = bytes;
	for (at = s->pim ? 1 : 0; at < s->len; at++) {
		for (i = 0; i < ARRAY_SIZE(values); i++) {
			bytes[at] = values[i];
			read_one(test, &d, &msg);
			KUNIT_EXPECT_LE(test, msg.kind, MGATE_KIND_UNKNOWN);
		}
		bytes[at] = s->bytes[at];
	}
}

static struct kunit_case discovery_cases[] = {
	KUNIT_CASE_PARAM(says_what_was_said, sort_gen_params),
	KUNIT_CASE_PARAM(bad_destinations, sort_gen_params),
	KUNIT_CASE_PARAM(bad_ttls, sort_gen_params),
	KUNIT_CASE_PARAM(bad_sources, sort_gen_params),
	KUNIT_CASE_PARAM(every_beginning, sort_gen_params),
	KUNIT_CASE_PARAM(longer_ones, sort_gen_params),
	KUNIT_CASE(every_advertisement_interval),
	KUNIT_CASE(other_types_and_codes),
	KUNIT_CASE(what_is_a_hello),
	KUNIT_CASE(hold_times),
	KUNIT_CASE_PARAM(options_of_a_hello, options_gen_params),
	KUNIT_CASE_PARAM(every_byte_changed, sort_gen_params),
	{}
};

static struct kunit_suite discovery_suite = {
	.name = "mgate_discovery",
	.test_cases = discovery_cases,
};

kunit_test_suite(discovery_suite);

MODULE_DESCRIPTION("mgate: tests of how routers make themselves known");
MODULE_LICENSE("GPL");
