// SPDX-License-Identifier: GPL-2.0-only
/* Messages of both families as they are read: good, bad, cut and changed at random. */
#include <linux/module.h>

#include "reading.h"

KUNIT_ARRAY_PARAM(vector, vectors, vector_name);

static const u8 v3_report[MGATE_AF_MAX] = { 0x22, 143 };

/* DECISIONS 6; CONFORMANCE 7, 8, 28, 30, 31, 33 to 36, 39 to 45, 48 to 50, 53. */
static void reads_every_vector(struct kunit *test)
{
	const struct vector *v = test->param_value;
	struct mgate_datagram d;
	struct mgate_msg msg;

	if (v->where != VECTOR_MESSAGE)
		return;
	load(test, v, &d);
	memset(&msg, 0xff, sizeof(msg));
	mgate_family(v->af)->parse(&d, false, &msg);
	KUNIT_EXPECT_EQ(test, msg.kind, v->kind);
	KUNIT_EXPECT_EQ(test, msg.version, v->version);
	KUNIT_EXPECT_EQ(test, msg.fate, v->fate);
	KUNIT_EXPECT_STREQ(test, mgate_reason_name(msg.flaw), mgate_reason_name(v->flaw));
	KUNIT_EXPECT_EQ(test, walk(&d, &msg), v->records);
	KUNIT_EXPECT_TRUE(test, mgate_addr_equal(&msg.src, &d.src));
	KUNIT_EXPECT_EQ(test, msg.af, v->af);
}

/* What no message of a type is shorter than, by the RFCs. */
static unsigned int naive_shortest(u8 af, u8 type)
{
	if (af == MGATE_AF_INET)
		return type == 0x11 || type == 0x12 || type == 0x16 || type == 0x17 ||
		       type == 0x22 ? 8 : 4;
	return type >= 130 && type <= 132 ? 24 : type == 143 ? 8 : 4;
}

/* RELIABILITY P1: every beginning of every payload. CONFORMANCE 41: what was
 * cut is refused whole; what is left of a longer one never says more.
 */
static void reads_every_beginning(struct kunit *test)
{
	const struct vector *v = test->param_value;
	struct mgate_datagram d;
	struct mgate_msg msg;
	u16 whole, len;
	u8 *buf;

	if (v->where == VECTOR_NOT_IP)
		return;
	KUNIT_ASSERT_EQ(test, mgate_family(v->af)->parse_header(v->bytes, v->len, v->len, &d), 0);
	whole = d.len;
	for (len = 0; len < whole; len++) {
		buf = kunit_kmalloc(test, len, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, buf);
		memcpy(buf, v->bytes + d.header_len, len);
		d.payload = buf;
		d.len = len;
		mgate_family(v->af)->parse(&d, false, &msg);
		KUNIT_EXPECT_GE(test, walk(&d, &msg), 0);
		KUNIT_EXPECT_LE(test, walk(&d, &msg), max_t(int, v->records, 1));
		if (len < 4 || len < naive_shortest(v->af, buf[0])) {
			KUNIT_EXPECT_EQ(test, msg.fate, MGATE_FATE_DROP);
			KUNIT_EXPECT_EQ(test, msg.flaw, MGATE_REASON_BAD_LENGTH);
		} else if (len < 8) {
			KUNIT_EXPECT_EQ(test, msg.fate, MGATE_FATE_ALL);
			KUNIT_EXPECT_NE(test, msg.flaw, MGATE_REASON_NONE);
		}
		kunit_kfree(test, buf);
	}
}

static bool naive_stateless(u8 af, const u8 *grp)
{
	if (af == MGATE_AF_INET)
		return grp[0] == 224 && !grp[1] && !grp[2];
	return grp[1] % 16 < 3;
}

/* Record types and lengths of a v3 report, counted without the parser. */
static int naive_records(u8 af, const u8 *p, u64 len)
{
	const unsigned int size = af == MGATE_AF_INET ? 4 : 16;
	u64 at = 8, i, sources;
	int known = 0;

	for (i = 0; i < p[6] * 256u + p[7]; i++) {
		if (len - at < 4 + size)
			return -1;
		sources = p[at + 2] * 256u + p[at + 3];
		if (sources * size + p[at + 1] * 4u > len - at - 4 - size)
			return -1;
		known += p[at] >= 1 && p[at] <= 6 && !naive_stateless(af, p + at + 4);
		at += 4 + size + sources * size + p[at + 1] * 4u;
	}
	return known;
}

static void compare(struct kunit *test, const struct mgate_datagram *d)
{
	struct mgate_msg msg;
	int n, want;

	mgate_family(d->af)->parse(d, false, &msg);
	n = walk(d, &msg);
	KUNIT_EXPECT_GE(test, n, 0);
	if (d->payload[0] != v3_report[d->af])
		return;
	want = naive_records(d->af, d->payload, d->len);
	KUNIT_EXPECT_EQ(test, msg.fate == MGATE_FATE_DROP, want < 0);
	if (msg.flaw == MGATE_REASON_NONE)
		KUNIT_EXPECT_EQ(test, n, want);
}

/* RELIABILITY P3, P4: every byte of every payload set to what breaks parsers. */
static void every_byte_changed(struct kunit *test)
{
	static const u8 values[] = { 0x00, 0x01, 0x02, 0x06, 0x07, 0x7f, 0x80, 0xfe, 0xff };
	const struct vector *v = test->param_value;
	struct mgate_datagram d;
	unsigned int at, i;
	u8 *buf, old;

	if (v->where == VECTOR_NOT_IP)
		return;
	load(test, v, &d);
	if (d.len < 8)
		return;
	buf = (u8 *)d.payload;
	for (at = 0; at < d.len; at++) {
		old = buf[at];
		for (i = 0; i < ARRAY_SIZE(values); i++) {
			buf[at] = values[i];
			compare(test, &d);
		}
		buf[at] = old;
	}
}

/* The same at random, several bytes at a time, lengths too. */
static void changed_at_random(struct kunit *test)
{
	u32 state = 0x69676d70, i, n;
	const struct vector *v;
	struct mgate_datagram d;
	u8 *buf;

	kunit_info(test, "seed %08x\n", state);
	for (i = 0; i < 30000; i++) {
		v = &vectors[random_below(&state, ARRAY_SIZE(vectors))];
		if (mgate_family(v->af)->parse_header(v->bytes, v->len, v->len, &d) || d.len < 8)
			continue;
		d.len = (u16)(8 + random_below(&state, d.len - 7));
		buf = kunit_kmalloc(test, d.len, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, buf);
		memcpy(buf, d.payload, d.len);
		d.payload = buf;
		for (n = 1 + random_below(&state, 4); n; n--)
			buf[random_below(&state, d.len)] = (u8)random_next(&state);
		if (random_below(&state, 2))
			buf[0] = v3_report[d.af];
		compare(test, &d);
		kunit_kfree(test, buf);
	}
}

/* Two records of real size: @sources sources and @aux words each. */
static u8 *two_records(struct kunit *test, u8 af, unsigned int sources, unsigned int aux,
		       struct mgate_datagram *d)
{
	const unsigned int size = mgate_family(af)->addr_len;
	const unsigned int len = 4 + size + size * sources + 4 * aux;
	u8 *buf = kunit_kzalloc(test, 8 + 2 * len, GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	buf[0] = v3_report[af];
	buf[7] = 2;
	for (i = 0; i < 2; i++) {
		buf[8 + i * len] = 4;
		buf[9 + i * len] = (u8)aux;
		buf[11 + i * len] = (u8)sources;
		memcpy(buf + 12 + i * len, "\xff\x1e\1\1", 4);
		if (af == MGATE_AF_INET)
			buf[12 + i * len] = 239;
	}
	memset(d, 0, sizeof(*d));
	d->payload = buf;
	d->len = (u16)(8 + 2 * len);
	d->af = af;
	d->ttl = 1;
	d->router_alert = true;
	mgate_addr_load(&d->dst, af == MGATE_AF_INET ? (const u8 *)"\xe0\0\0\x16" :
			(const u8 *)"\xff\2\0\0\0\0\0\0\0\0\0\0\0\0\0\x16", size);
	return buf;
}

/* CONFORMANCE 34, 40, 112; RELIABILITY P4: each count too small and too large. */
static void counts_that_do_not_fit(struct kunit *test)
{
	const u32 counts[] = { 0, 1, 2, 3, 4, 5, 254, 255, 256, 4095, 4096, 16383, 16384, 65535 };
	static const u8 at[] = { 6, 10, 8 };	/* of records; of sources; aux is one byte */
	unsigned int i, n;
	struct mgate_datagram d;
	u32 count;
	u8 *buf, field;

	for (i = 0; i < 2 * 3 * 16 * ARRAY_SIZE(counts); i++) {
		n = i / 2;
		buf = two_records(test, i % 2, n % 4, n / 4 % 4, &d);
		compare(test, &d);
		field = at[n / 16 % 3];
		count = counts[n / 48];
		if (field != 8)
			buf[field] = (u8)(count >> 8);
		buf[field + 1] = (u8)count;
		compare(test, &d);
		kunit_kfree(test, buf);
	}
}

/* CONFORMANCE 37, 46; INTERFACE `accept strict`: Router Alert from version 2 on. */
static void strict_wants_router_alert(struct kunit *test)
{
	const struct vector *v;
	struct mgate_datagram d;
	struct mgate_msg msg;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		v = &vectors[i];
		if (v->where != VECTOR_MESSAGE || v->fate == MGATE_FATE_DROP)
			continue;
		if (v->flaw == MGATE_REASON_NO_ROUTER_ALERT)
			continue;
		KUNIT_ASSERT_EQ(test, mgate_family(v->af)->parse_header(v->bytes, v->len, v->len,
									&d), 0);
		d.router_alert = true;
		mgate_family(v->af)->parse(&d, true, &msg);
		KUNIT_EXPECT_EQ_MSG(test, msg.flaw, v->flaw, "%s", v->name);
		d.router_alert = false;
		mgate_family(v->af)->parse(&d, true, &msg);
		KUNIT_EXPECT_EQ(test, msg.fate, v->fate);
		if (v->flaw == MGATE_REASON_NONE)
			KUNIT_EXPECT_EQ_MSG(test, msg.flaw,
					    v->version > 1 ? MGATE_REASON_NO_ROUTER_ALERT :
					    MGATE_REASON_NONE, "%s", v->name);
	}
}

static struct kunit_case messages_cases[] = {
	KUNIT_CASE_PARAM(reads_every_vector, vector_gen_params),
	KUNIT_CASE_PARAM(reads_every_beginning, vector_gen_params),
	KUNIT_CASE_PARAM(every_byte_changed, vector_gen_params),
	KUNIT_CASE(changed_at_random),
	KUNIT_CASE(counts_that_do_not_fit),
	KUNIT_CASE(strict_wants_router_alert),
	{}
};

static struct kunit_suite messages_suite = {
	.name = "mgate_messages",
	.test_cases = messages_cases,
};

kunit_test_suite(messages_suite);

MODULE_DESCRIPTION("mgate: tests of messages as they are read");
MODULE_LICENSE("GPL");
