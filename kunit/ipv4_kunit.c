// SPDX-License-Identifier: GPL-2.0-only
/* IPv4 headers and kinds of addresses. */
#include <linux/module.h>

#include "../module/addr.c"
#include "../module/ipv4.c"
#include "common.h"
#include "vectors.h"

KUNIT_ARRAY_PARAM(vector, vectors, vector_name);

/* CONFORMANCE 41, RELIABILITY P2: the payload is what the header says it is. */
static void reads_every_vector(struct kunit *test)
{
	const struct vector *v = test->param_value;
	struct mgate_datagram d;
	int err;

	if (v->af != MGATE_AF_INET)
		return;
	err = mgate_ipv4_parse(v->bytes, v->len, v->len, &d);
	KUNIT_ASSERT_EQ(test, err, v->where == VECTOR_NOT_IP ? -EINVAL : 0);
	if (err)
		return;
	KUNIT_EXPECT_EQ(test, d.header_len, (v->bytes[0] & 15) * 4);
	KUNIT_EXPECT_EQ(test, d.header_len + d.len, v->bytes[2] * 256 + v->bytes[3]);
	KUNIT_EXPECT_PTR_EQ(test, d.payload, v->bytes + d.header_len);
	KUNIT_EXPECT_EQ(test, memcmp(d.src.bytes, v->bytes + 12, 4), 0);
	KUNIT_EXPECT_EQ(test, memcmp(d.dst.bytes, v->bytes + 16, 4), 0);
	KUNIT_EXPECT_EQ(test, d.src.words[1] | d.src.words[2] | d.src.words[3], 0);
	KUNIT_EXPECT_EQ(test, d.ttl, v->bytes[8]);
	KUNIT_EXPECT_EQ(test, d.protocol, v->bytes[9]);
	KUNIT_EXPECT_EQ(test, d.af, MGATE_AF_INET);
	KUNIT_EXPECT_EQ(test, d.fragment, v->bytes[6] % 64 || v->bytes[7]);
}

/* RELIABILITY P1: every beginning of a datagram, in a buffer of that size. */
static void reads_every_beginning(struct kunit *test)
{
	const struct vector *v = test->param_value;
	unsigned int total = v->bytes[2] * 256 + v->bytes[3], len;
	struct mgate_datagram d;
	u8 *buf;
	int err;

	if (v->af != MGATE_AF_INET)
		return;
	for (len = 0; len <= v->len; len++) {
		buf = kunit_kmalloc(test, len, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, buf);
		memcpy(buf, v->bytes, len);
		err = mgate_ipv4_parse(buf, len, len, &d);
		KUNIT_EXPECT_EQ_MSG(test, err,
				    v->where == VECTOR_NOT_IP || len < total ? -EINVAL : 0,
				    "%u of %u bytes", len, v->len);
		kunit_kfree(test, buf);
	}
}

/*
 * RELIABILITY P8, CONFORMANCE 111: of a long frame only the header is at hand;
 * the lengths are still those of the frame, and only the header is read.
 */
static void reads_the_header_alone(struct kunit *test)
{
	const struct vector *v = test->param_value;
	unsigned int header = (v->bytes[0] & 15) * 4, readable;
	struct mgate_datagram d;
	u8 *buf;
	int err;

	if (v->af != MGATE_AF_INET || v->where == VECTOR_NOT_IP)
		return;
	for (readable = 0; readable <= header; readable++) {
		buf = kunit_kmalloc(test, readable, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, buf);
		memcpy(buf, v->bytes, readable);
		err = mgate_ipv4_parse(buf, v->len, readable, &d);
		KUNIT_EXPECT_EQ(test, err, readable < header ? -EINVAL : 0);
		kunit_kfree(test, buf);
	}
}

static bool naive_fits(unsigned int ihl, unsigned int total, unsigned int len)
{
	return len >= 20 && ihl >= 5 && ihl * 4 <= len && ihl * 4 <= total && total <= len;
}

/* RELIABILITY P2, O10: every header length with every total length and frame. */
static void lengths_that_do_not_fit(struct kunit *test)
{
	static const u16 odd[] = { 255, 256, 32767, 32768, 65534, 65535 };
	unsigned int ihl, total, len, i;
	struct mgate_datagram d;
	u8 *buf;

	for (len = 0; len <= 64; len++) {
		buf = kunit_kzalloc(test, len, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, buf);
		for (i = 0; len >= 4 && i < 16 * (70 + ARRAY_SIZE(odd)); i++) {
			ihl = i % 16;
			total = i / 16 < 70 ? i / 16 : odd[i / 16 - 70];
			buf[0] = (u8)(0x40 | ihl);
			buf[2] = (u8)(total >> 8);
			buf[3] = (u8)total;
			KUNIT_ASSERT_EQ_MSG(test, !mgate_ipv4_parse(buf, len, len, &d),
					    naive_fits(ihl, total, len),
					    "ihl %u, total %u, frame %u", ihl, total, len);
			if (naive_fits(ihl, total, len))
				KUNIT_ASSERT_EQ(test, d.len, total - ihl * 4);
		}
		kunit_kfree(test, buf);
	}
}

/* More is readable than the frame has: a mistake of the caller is no over-read. */
static void refuses_more_than_the_frame(struct kunit *test)
{
	u8 buf[20] = { 0x45, 0, 0, 20 };
	struct mgate_datagram d;

	KUNIT_EXPECT_EQ(test, mgate_ipv4_parse(buf, 20, 20, &d), 0);
	KUNIT_EXPECT_EQ(test, mgate_ipv4_parse(buf, 19, 20, &d), -EINVAL);
}

/* RELIABILITY P2: anything but version 4 is none of ours. */
static void version_4_only(struct kunit *test)
{
	u8 buf[20] = { 0, 0, 0, 20 };
	struct mgate_datagram d;
	unsigned int version;

	for (version = 0; version < 16; version++) {
		buf[0] = (u8)(version << 4 | 5);
		KUNIT_EXPECT_EQ(test, mgate_ipv4_parse(buf, 20, 20, &d),
				version == 4 ? 0 : -EINVAL);
	}
}

/* CONFORMANCE 51: more fragments, or any offset; DF and the evil bit are none. */
static void fragments_are_told(struct kunit *test)
{
	u8 buf[20] = { 0x45, 0, 0, 20 };
	struct mgate_datagram d;
	u32 field;

	for (field = 0; field <= 0xffff; field += field < 64 ? 1 : 61) {
		buf[6] = (u8)(field >> 8);
		buf[7] = (u8)field;
		KUNIT_ASSERT_EQ(test, mgate_ipv4_parse(buf, 20, 20, &d), 0);
		KUNIT_EXPECT_EQ_MSG(test, d.fragment,
				    (field & 0x2000) || (field & 0x1fff), "%04x", field);
	}
}

static const struct option_row {
	const char *name;
	u8 opt[40];
	u8 len;
	bool alert;
} option_rows[] = {
	{ "none", {}, 0, false },
	{ "router alert", { 148, 4, 0, 0 }, 4, true },
	{ "router alert with a value (RFC 2113 2.1)", { 148, 4, 0, 1 }, 4, true },
	{ "behind nops", { 1, 1, 1, 1, 148, 4, 0, 0 }, 8, true },
	{ "behind another option", { 7, 3, 4, 148, 4, 0, 0, 0 }, 8, true },
	{ "behind a timestamp", { 68, 8, 5, 0, 0, 0, 0, 0, 148, 4, 0, 0 }, 12, true },
	{ "at the very end", { 7, 35, [35] = 1, 148, 4, 0, 0 }, 40, true },
	{ "behind the end of options", { 0, 148, 4, 0, 0, 0, 0, 0 }, 8, false },
	{ "of length 3", { 148, 3, 0, 0 }, 4, false },
	{ "of length 5, and it ends there", { 148, 5, 0, 0, 0, 0, 0, 0 }, 8, false },
	{ "cut: the length is missing", { 1, 1, 1, 148 }, 4, false },
	{ "cut: the value is missing", { 1, 1, 148, 4 }, 4, false },
	{ "behind an option of length 0", { 7, 0, 148, 4, 0, 0, 0, 0 }, 8, false },
	{ "behind an option of length 1", { 7, 1, 148, 4, 0, 0, 0, 0 }, 8, false },
	{ "behind an option of length 255", { 7, 255, 0, 0, 148, 4, 0, 0 }, 8, false },
	{ "inside another option", { 7, 8, 4, 0, 148, 4, 0, 0 }, 8, false },
	{ "forty nops", { [0 ... 39] = 1 }, 40, false },
	{ "forty ends", {}, 40, false },
};

static void option_name(const struct option_row *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(option, option_rows, option_name);

/* RELIABILITY P5, CONFORMANCE 28: options good and malformed; none is fatal. */
static void router_alert_is_found(struct kunit *test)
{
	const struct option_row *row = test->param_value;
	struct mgate_datagram d;
	unsigned int len = 20 + row->len;
	u8 *buf = kunit_kzalloc(test, len, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	buf[0] = (u8)(0x40 | len / 4);
	buf[3] = (u8)len;
	memcpy(buf + 20, row->opt, row->len);
	KUNIT_ASSERT_EQ(test, mgate_ipv4_parse(buf, len, len, &d), 0);
	KUNIT_EXPECT_EQ(test, d.router_alert, row->alert);
	KUNIT_EXPECT_EQ(test, d.len, 0);
}

/* The same with options at random: never read beyond them. */
static void options_at_random(struct kunit *test)
{
	static const u8 likely[] = { 0, 1, 2, 3, 4, 7, 148, 255 };
	u32 state = 0x6f707473;
	struct mgate_datagram d;
	unsigned int i, j, len;
	u8 *buf;

	for (i = 0; i < 2000; i++) {
		len = 20 + 4 * random_below(&state, 11);
		buf = kunit_kzalloc(test, len, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, buf);
		for (j = 20; j < len; j++)
			buf[j] = likely[random_below(&state, ARRAY_SIZE(likely))];
		buf[0] = (u8)(0x40 | len / 4);
		buf[3] = (u8)len;
		KUNIT_EXPECT_EQ(test, mgate_ipv4_parse(buf, len, len, &d), 0);
		kunit_kfree(test, buf);
	}
}

static const struct scope_row {
	struct mgate_addr addr;
	enum mgate_scope scope;
	bool host;
} scope_rows[] = {
	{ { .bytes = { 0, 0, 0, 0 } }, MGATE_SCOPE_NONE, false },
	{ { .bytes = { 0, 0, 0, 1 } }, MGATE_SCOPE_NONE, false },
	{ { .bytes = { 1, 0, 0, 1 } }, MGATE_SCOPE_NONE, true },
	{ { .bytes = { 10, 1, 1, 1 } }, MGATE_SCOPE_NONE, true },
	{ { .bytes = { 126, 255, 255, 255 } }, MGATE_SCOPE_NONE, true },
	{ { .bytes = { 127, 0, 0, 1 } }, MGATE_SCOPE_NONE, false },
	{ { .bytes = { 128, 0, 0, 1 } }, MGATE_SCOPE_NONE, true },
	{ { .bytes = { 169, 254, 1, 1 } }, MGATE_SCOPE_NONE, true },
	{ { .bytes = { 192, 168, 7, 7 } }, MGATE_SCOPE_NONE, true },
	{ { .bytes = { 223, 255, 255, 255 } }, MGATE_SCOPE_NONE, true },
	{ { .bytes = { 224, 0, 0, 0 } }, MGATE_SCOPE_LINK, false },
	{ { .bytes = { 224, 0, 0, 1 } }, MGATE_SCOPE_LINK, false },
	{ { .bytes = { 224, 0, 0, 251 } }, MGATE_SCOPE_LINK, false },
	{ { .bytes = { 224, 0, 0, 255 } }, MGATE_SCOPE_LINK, false },
	{ { .bytes = { 224, 0, 1, 0 } }, MGATE_SCOPE_GROUP, false },
	{ { .bytes = { 224, 1, 0, 1 } }, MGATE_SCOPE_GROUP, false },
	{ { .bytes = { 225, 0, 0, 1 } }, MGATE_SCOPE_GROUP, false },
	{ { .bytes = { 231, 255, 255, 255 } }, MGATE_SCOPE_GROUP, false },
	{ { .bytes = { 232, 0, 0, 0 } }, MGATE_SCOPE_SSM, false },
	{ { .bytes = { 232, 255, 255, 255 } }, MGATE_SCOPE_SSM, false },
	{ { .bytes = { 233, 0, 0, 0 } }, MGATE_SCOPE_GROUP, false },
	{ { .bytes = { 239, 0, 0, 1 } }, MGATE_SCOPE_GROUP, false },
	{ { .bytes = { 239, 255, 255, 255 } }, MGATE_SCOPE_GROUP, false },
	{ { .bytes = { 240, 0, 0, 0 } }, MGATE_SCOPE_NONE, false },
	{ { .bytes = { 255, 255, 255, 255 } }, MGATE_SCOPE_NONE, false },
};

/* CONFORMANCE 17, 18, 43, 44, 58; RELIABILITY P6, P7: the ends of each range. */
static void kinds_of_addresses(struct kunit *test)
{
	const struct scope_row *row;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(scope_rows); i++) {
		row = &scope_rows[i];
		KUNIT_EXPECT_EQ_MSG(test, mgate_ipv4_scope(&row->addr), row->scope, "%08x",
				    number_of(&row->addr));
		KUNIT_EXPECT_EQ_MSG(test, mgate_ipv4_is_host(&row->addr), row->host, "%08x",
				    number_of(&row->addr));
	}
}

/* CONFORMANCE 22, 52: 01-00-5E and 23 bits, so 32 groups share one address. */
static void group_to_mac(struct kunit *test)
{
	static const u8 want[6] = { 0x01, 0x00, 0x5e, 0x07, 0x07, 0x07 };
	struct mgate_addr g;
	unsigned int high;
	u8 mac[6];

	for (high = 0; high < 32; high++) {
		g = ip4((u8)(224 | high >> 1), (u8)((high & 1) << 7 | 7), 7, 7);
		mgate_ipv4_mac(&g, mac);
		KUNIT_EXPECT_EQ(test, memcmp(mac, want, 6), 0);
	}
	g = ip4(239, 255, 255, 255);
	mgate_ipv4_mac(&g, mac);
	KUNIT_EXPECT_EQ(test, mac[3], 0x7f);
	KUNIT_EXPECT_EQ(test, mac[4], 0xff);
	KUNIT_EXPECT_EQ(test, mac[5], 0xff);
}

static struct kunit_case ipv4_cases[] = {
	KUNIT_CASE_PARAM(reads_every_vector, vector_gen_params),
	KUNIT_CASE_PARAM(reads_every_beginning, vector_gen_params),
	KUNIT_CASE_PARAM(reads_the_header_alone, vector_gen_params),
	KUNIT_CASE(lengths_that_do_not_fit),
	KUNIT_CASE(refuses_more_than_the_frame),
	KUNIT_CASE(version_4_only),
	KUNIT_CASE(fragments_are_told),
	KUNIT_CASE_PARAM(router_alert_is_found, option_gen_params),
	KUNIT_CASE(options_at_random),
	KUNIT_CASE(kinds_of_addresses),
	KUNIT_CASE(group_to_mac),
	{}
};

static struct kunit_suite ipv4_suite = {
	.name = "mgate_ipv4",
	.test_cases = ipv4_cases,
};

kunit_test_suite(ipv4_suite);

MODULE_DESCRIPTION("mgate: tests of IPv4 headers and addresses");
MODULE_LICENSE("GPL");
