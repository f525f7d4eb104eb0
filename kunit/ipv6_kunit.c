// SPDX-License-Identifier: GPL-2.0-only
/* IPv6 headers, extension headers and kinds of addresses. */
#include <linux/module.h>

#include "../module/addr.c"
#include "../module/ipv6.c"
#include "common.h"
#include "vectors.h"

KUNIT_ARRAY_PARAM(vector, vectors, vector_name);

static unsigned int total_of(const struct vector *v)
{
	return 40 + v->bytes[4] * 256 + v->bytes[5];
}

/* Where the headers end, and what follows, told without the parser. */
static unsigned int naive_header(const u8 *p, u8 *next)
{
	unsigned int at = 40, n;

	*next = p[6];
	for (n = 0; n < 8; n++) {
		if (*next == 44) {
			*next = p[at];
			at += 8;
			if (p[at - 6] || p[at - 5] & ~6)
				break;
		} else if (*next == 43 || *next == 60 || (!*next && !n)) {
			*next = p[at];
			at += 8 + 8 * p[at + 1];
		} else {
			break;
		}
	}
	return at;
}

/* CONFORMANCE 41, RELIABILITY P2, over IPv6: the payload is what the header says it is. */
static void reads_every_vector(struct kunit *test)
{
	const struct vector *v = test->param_value;
	struct mgate_datagram d;
	unsigned int header;
	u8 next;
	int err;

	if (v->af != MGATE_AF_INET6)
		return;
	err = mgate_ipv6_parse(v->bytes, v->len, v->len, &d);
	KUNIT_ASSERT_EQ(test, err, v->where == VECTOR_NOT_IP ? -EINVAL : 0);
	if (err)
		return;
	header = naive_header(v->bytes, &next);
	KUNIT_EXPECT_EQ(test, d.header_len, header);
	KUNIT_EXPECT_EQ(test, d.protocol, next);
	KUNIT_EXPECT_EQ(test, d.header_len + d.len, total_of(v));
	KUNIT_EXPECT_PTR_EQ(test, d.payload, v->bytes + header);
	KUNIT_EXPECT_EQ(test, memcmp(d.src.bytes, v->bytes + 8, 16), 0);
	KUNIT_EXPECT_EQ(test, memcmp(d.dst.bytes, v->bytes + 24, 16), 0);
	KUNIT_EXPECT_EQ(test, d.ttl, v->bytes[7]);
	KUNIT_EXPECT_EQ(test, d.af, MGATE_AF_INET6);
	KUNIT_EXPECT_EQ(test, d.fragment, strstr(v->name, "_fragment") &&
			!strstr(v->name, "_atomic_"));
}

/* RELIABILITY P1: every beginning of a datagram, in a buffer of that size. */
static void reads_every_beginning(struct kunit *test)
{
	const struct vector *v = test->param_value;
	struct mgate_datagram d;
	unsigned int len;
	u8 *buf;
	int err;

	if (v->af != MGATE_AF_INET6)
		return;
	for (len = 0; len <= v->len; len++) {
		buf = kunit_kmalloc(test, len, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, buf);
		memcpy(buf, v->bytes, len);
		err = mgate_ipv6_parse(buf, len, len, &d);
		KUNIT_EXPECT_EQ_MSG(test, err, v->where == VECTOR_NOT_IP || len < total_of(v) ?
				    -EINVAL : 0, "%u of %u bytes", len, v->len);
		kunit_kfree(test, buf);
	}
}

/*
 * RELIABILITY P8, CONFORMANCE 111: of a long frame only the headers are at hand; as much is
 * asked for as it takes, and more each time, until they are seen.
 */
static void reads_the_headers_alone(struct kunit *test)
{
	const struct vector *v = test->param_value;
	unsigned int header, readable, want = 40, turns = 0;
	struct mgate_datagram d;
	u8 *buf, next;

	if (v->af != MGATE_AF_INET6 || v->where == VECTOR_NOT_IP)
		return;
	header = naive_header(v->bytes, &next);
	for (readable = 0; readable <= header; readable++) {
		buf = kunit_kmalloc(test, readable, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, buf);
		memcpy(buf, v->bytes, readable);
		KUNIT_EXPECT_EQ(test, mgate_ipv6_parse(buf, v->len, readable, &d),
				readable < header ? -EINVAL : 0);
		kunit_kfree(test, buf);
	}
	do {
		readable = want;
		KUNIT_ASSERT_LE(test, readable, header);
		buf = kunit_kmalloc(test, readable, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, buf);
		memcpy(buf, v->bytes, readable);
		want = (unsigned int)mgate_ipv6_header_len(buf, readable);
		kunit_kfree(test, buf);
	} while (want > readable && ++turns < 100);
	KUNIT_EXPECT_EQ(test, want, header);
}

/* RELIABILITY P2, O10: every payload length with every frame, with and without options. */
static void lengths_that_do_not_fit(struct kunit *test)
{
	static const u16 odd[] = { 255, 256, 32767, 32768, 65534, 65535 };
	unsigned int payload, len, i, units;
	struct mgate_datagram d;
	bool fits;
	u8 *buf;

	for (len = 0; len <= 80; len++) {
		buf = kunit_kzalloc(test, len, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, buf);
		for (i = 0; len >= 48 && i < 4 * (50 + ARRAY_SIZE(odd)); i++) {
			units = i % 4;
			payload = i / 4 < 50 ? i / 4 : odd[i / 4 - 50];
			buf[0] = 0x60;
			buf[4] = (u8)(payload >> 8);
			buf[5] = (u8)payload;
			buf[6] = units ? 60 : 17;
			buf[40] = 17;
			buf[41] = (u8)(units ? units - 1 : 0);
			fits = 40 + payload <= len && 8 * units <= payload;
			KUNIT_ASSERT_EQ_MSG(test, !mgate_ipv6_parse(buf, len, len, &d), fits,
					    "%u units, payload %u, frame %u", units, payload, len);
			if (fits)
				KUNIT_ASSERT_EQ(test, d.len, payload - 8 * units);
		}
		kunit_kfree(test, buf);
	}
}

/* More is readable than the frame has: a mistake of the caller is no over-read. */
static void refuses_more_than_the_frame(struct kunit *test)
{
	u8 buf[40] = { 0x60, [6] = 59 };
	struct mgate_datagram d;

	KUNIT_EXPECT_EQ(test, mgate_ipv6_parse(buf, 40, 40, &d), 0);
	KUNIT_EXPECT_EQ(test, d.len, 0);
	KUNIT_EXPECT_EQ(test, mgate_ipv6_parse(buf, 39, 40, &d), -EINVAL);
}

/* RELIABILITY P2: anything but version 6 is none of ours. */
static void version_6_only(struct kunit *test)
{
	u8 buf[40] = { 0, [6] = 59 };
	struct mgate_datagram d;
	unsigned int version;

	for (version = 0; version < 16; version++) {
		buf[0] = (u8)(version << 4 | 5);
		KUNIT_EXPECT_EQ(test, mgate_ipv6_parse(buf, 40, 40, &d),
				version == 6 ? 0 : -EINVAL);
	}
}

/* CONFORMANCE 51, RFC 6946: more fragments, or any offset; reserved bits are none. */
static void fragments_are_told(struct kunit *test)
{
	u8 buf[48] = { 0x60, [5] = 8, [6] = 44, [40] = 17 };
	struct mgate_datagram d;
	u32 field;

	for (field = 0; field <= 0xffff; field += field < 64 ? 1 : 61) {
		buf[42] = (u8)(field >> 8);
		buf[43] = (u8)field;
		KUNIT_ASSERT_EQ(test, mgate_ipv6_parse(buf, 48, 48, &d), 0);
		KUNIT_EXPECT_EQ_MSG(test, d.fragment, (field & 1) || field >> 3, "%04x", field);
		KUNIT_EXPECT_EQ(test, d.protocol, 17);
	}
}

/* RFC 4302 2.2: the length of an authentication header counts in units of its own. */
static void authentication_is_followed(struct kunit *test)
{
	u8 buf[40 + 8 + 24 + 8] = {
		0x60, [5] = 40, [6] = 0, [40] = 51, 0, 5, 2, [48] = 58, 4, [72] = 130,
	};
	struct mgate_datagram d;

	KUNIT_ASSERT_EQ(test, mgate_ipv6_parse(buf, sizeof(buf), sizeof(buf), &d), 0);
	KUNIT_EXPECT_EQ(test, d.header_len, 72);
	KUNIT_EXPECT_EQ(test, d.protocol, 58);
	KUNIT_EXPECT_TRUE(test, d.router_alert);
	buf[49] = 255;
	KUNIT_EXPECT_EQ(test, mgate_ipv6_header_len(buf, sizeof(buf)), 48 + 4 * 257);
}

static const struct option_row {
	const char *name;
	u8 opt[22];		/* behind next header and length */
	u8 len;
	bool alert;
} option_rows[] = {
	{ "router alert", { 5, 2, 0, 0, 1, 0 }, 6, true },
	{ "behind Pad1", { 0, 0, 5, 2, 0, 0 }, 6, true },
	{ "behind PadN", { 1, 6, 0, 0, 0, 0, 0, 0, 5, 2, 0, 0, 1, 0 }, 14, true },
	{ "behind an option of no length", { 1, 0, 5, 2, 0, 0 }, 6, true },
	{ "behind an unknown option", { 0x3e, 0, 5, 2, 0, 0 }, 6, true },
	{ "at the very end", { 1, 16, [18] = 5, 2, 0, 0 }, 22, true },
	{ "of RSVP", { 5, 2, 0, 1, 1, 0 }, 6, false },
	{ "with a value of 256", { 5, 2, 1, 0, 1, 0 }, 6, false },
	{ "of length 1", { 5, 1, 0, 0, 0, 0 }, 6, false },
	{ "of length 4", { 5, 4, 0, 0, 0, 0 }, 6, false },
	{ "cut: the length is missing", { 1, 3, 0, 0, 0, 5 }, 6, false },
	{ "cut: the value is missing", { 0, 0, 0, 0, 5, 2 }, 6, false },
	{ "behind an option of length 255", { 7, 255, 5, 2, 0, 0 }, 6, false },
	{ "inside another option", { 7, 4, 5, 2, 0, 0 }, 6, false },
	{ "six Pad1", {}, 6, false },
};

static void option_name(const struct option_row *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(option, option_rows, option_name);

/* Issue 12, RELIABILITY P5, CONFORMANCE 28: options good and malformed; none is fatal. */
static void router_alert_is_found(struct kunit *test)
{
	const struct option_row *row = test->param_value;
	unsigned int len = 42 + row->len;
	struct mgate_datagram d;
	u8 *buf = kunit_kzalloc(test, len, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	buf[0] = 0x60;
	buf[5] = 2 + row->len;
	buf[40] = 58;
	buf[41] = (2 + row->len) / 8 - 1;
	memcpy(buf + 42, row->opt, row->len);
	KUNIT_ASSERT_EQ(test, mgate_ipv6_parse(buf, len, len, &d), 0);
	KUNIT_EXPECT_EQ(test, d.router_alert, row->alert);
	KUNIT_EXPECT_EQ(test, d.len, 0);
	/* The same for the destination alerts no router. */
	buf[6] = 60;
	KUNIT_ASSERT_EQ(test, mgate_ipv6_parse(buf, len, len, &d), 0);
	KUNIT_EXPECT_FALSE(test, d.router_alert);
}

/* Chains and options at random: never read beyond them, and never for ever. */
static void chains_at_random(struct kunit *test)
{
	static const u8 likely[] = { 0, 0, 1, 2, 5, 6, 43, 44, 58, 60, 255 };
	u32 state = 0x69707636;
	struct mgate_datagram d;
	unsigned int i, j, len;
	u8 *buf;

	for (i = 0; i < 20000; i++) {
		len = 40 + random_below(&state, 120);
		buf = kunit_kzalloc(test, len, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, buf);
		for (j = 6; j < len; j++)
			buf[j] = likely[random_below(&state, ARRAY_SIZE(likely))];
		buf[0] = 0x60;
		buf[5] = (u8)random_below(&state, len - 39);
		if (!mgate_ipv6_parse(buf, len, len, &d)) {
			KUNIT_EXPECT_EQ(test, d.header_len + d.len, 40 + buf[5]);
			KUNIT_EXPECT_EQ(test, d.header_len, mgate_ipv6_header_len(buf, len));
		}
		kunit_kfree(test, buf);
	}
}

static const struct scope_row {
	u8 bytes[4];
	u8 last;
	enum mgate_scope scope;
	bool host, link_local;
} scope_rows[] = {
	{ { 0, 0, 0, 0 }, 0, MGATE_SCOPE_NONE, false, false },
	{ { 0, 0, 0, 0 }, 1, MGATE_SCOPE_NONE, false, false },
	{ { 0, 0, 0, 0 }, 2, MGATE_SCOPE_NONE, true, false },
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 1, MGATE_SCOPE_NONE, true, false },
	{ { 0xfd, 0, 0, 0 }, 1, MGATE_SCOPE_NONE, true, false },
	{ { 0xfe, 0x7f, 0, 0 }, 1, MGATE_SCOPE_NONE, true, false },
	{ { 0xfe, 0x80, 0, 0 }, 1, MGATE_SCOPE_NONE, true, true },
	{ { 0xfe, 0xbf, 0xff, 0xff }, 1, MGATE_SCOPE_NONE, true, true },
	{ { 0xfe, 0xc0, 0, 0 }, 1, MGATE_SCOPE_NONE, true, false },
	{ { 0xff, 0x00, 0, 0 }, 1, MGATE_SCOPE_LINK, false, false },
	{ { 0xff, 0x01, 0, 0 }, 1, MGATE_SCOPE_LINK, false, false },
	{ { 0xff, 0x02, 0, 0 }, 1, MGATE_SCOPE_LINK, false, false },
	{ { 0xff, 0x02, 0, 0 }, 0xfb, MGATE_SCOPE_LINK, false, false },
	{ { 0xff, 0x11, 0, 0 }, 1, MGATE_SCOPE_LINK, false, false },
	{ { 0xff, 0x12, 0, 0 }, 1, MGATE_SCOPE_LINK, false, false },
	{ { 0xff, 0x32, 0, 0 }, 1, MGATE_SCOPE_LINK, false, false },
	{ { 0xff, 0x03, 0, 0 }, 1, MGATE_SCOPE_GROUP, false, false },
	{ { 0xff, 0x05, 0, 0 }, 1, MGATE_SCOPE_GROUP, false, false },
	{ { 0xff, 0x0e, 0, 0 }, 1, MGATE_SCOPE_GROUP, false, false },
	{ { 0xff, 0x0f, 0, 0 }, 1, MGATE_SCOPE_GROUP, false, false },
	{ { 0xff, 0x1e, 0, 0 }, 1, MGATE_SCOPE_GROUP, false, false },
	{ { 0xff, 0x33, 0, 0 }, 1, MGATE_SCOPE_SSM, false, false },
	{ { 0xff, 0x3e, 0, 0 }, 1, MGATE_SCOPE_SSM, false, false },
	{ { 0xff, 0x3f, 0, 0 }, 1, MGATE_SCOPE_SSM, false, false },
	{ { 0xff, 0x3e, 0, 1 }, 1, MGATE_SCOPE_GROUP, false, false },
	{ { 0xff, 0x3e, 1, 0 }, 1, MGATE_SCOPE_GROUP, false, false },
	{ { 0xff, 0x3e, 0, 0x40 }, 1, MGATE_SCOPE_GROUP, false, false },
	{ { 0xff, 0x7e, 0, 0 }, 1, MGATE_SCOPE_GROUP, false, false },
	{ { 0xff, 0xff, 0xff, 0xff }, 1, MGATE_SCOPE_GROUP, false, false },
};

/* Issue 12, RELIABILITY P6, P7: the ends of each range; ff02::1 never has state. */
static void kinds_of_addresses(struct kunit *test)
{
	const struct scope_row *row;
	struct mgate_addr a;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(scope_rows); i++) {
		row = &scope_rows[i];
		a = (struct mgate_addr){ .bytes = { [15] = row->last } };
		memcpy(a.bytes, row->bytes, 4);
		KUNIT_EXPECT_EQ_MSG(test, mgate_ipv6_scope(&a), row->scope, "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, mgate_ipv6_is_host(&a), row->host, "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, mgate_ipv6_is_link_local(&a), row->link_local,
				    "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, mgate_ipv6_is_group(&a), row->bytes[0] == 0xff,
				    "row %u", i);
	}
}

/* CONFORMANCE 52, RFC 2464 7: 33-33 and 32 bits. */
static void group_to_mac(struct kunit *test)
{
	static const u8 want[6] = { 0x33, 0x33, 0xff, 0x80, 7, 8 };
	struct mgate_addr g = { .bytes = { 0xff, 0x1e, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9,
					   0xff, 0x80, 7, 8 } };
	u8 mac[6];

	mgate_ipv6_mac(&g, mac);
	KUNIT_EXPECT_EQ(test, memcmp(mac, want, 6), 0);
}

static struct kunit_case ipv6_cases[] = {
	KUNIT_CASE_PARAM(reads_every_vector, vector_gen_params),
	KUNIT_CASE_PARAM(reads_every_beginning, vector_gen_params),
	KUNIT_CASE_PARAM(reads_the_headers_alone, vector_gen_params),
	KUNIT_CASE(lengths_that_do_not_fit),
	KUNIT_CASE(refuses_more_than_the_frame),
	KUNIT_CASE(version_6_only),
	KUNIT_CASE(fragments_are_told),
	KUNIT_CASE(authentication_is_followed),
	KUNIT_CASE_PARAM(router_alert_is_found, option_gen_params),
	KUNIT_CASE(chains_at_random),
	KUNIT_CASE(kinds_of_addresses),
	KUNIT_CASE(group_to_mac),
	{}
};

static struct kunit_suite ipv6_suite = {
	.name = "mgate_ipv6",
	.test_cases = ipv6_cases,
};

kunit_test_suite(ipv6_suite);

MODULE_DESCRIPTION("mgate: tests of IPv6 headers and addresses");
MODULE_LICENSE("GPL");
