// SPDX-License-Identifier: GPL-2.0-only
/* IGMP messages as they are read: good, bad, cut and changed at random. */
#include <linux/module.h>

#include "../module/addr.c"
#include "messages.h"
#include "../module/reason.c"
#include "common.h"
#include "vectors.h"

KUNIT_ARRAY_PARAM(vector, vectors, vector_name);

/* The payload of a vector in a buffer of its own that ends where it ends. */
static void load(struct kunit *test, const struct vector *v, struct mgate_datagram *d)
{
	u8 *buf;

	KUNIT_ASSERT_EQ(test, mgate_ipv4_parse(v->bytes, v->len, v->len, d), 0);
	buf = kunit_kmalloc(test, d->len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, buf);
	memcpy(buf, d->payload, d->len);
	d->payload = buf;
}

/*
 * Goes through what a user of the message may touch: every record and every
 * source of it. Returns the number of records, or -1 if one lies outside.
 */
static int walk(const struct mgate_datagram *d, const struct mgate_msg *msg)
{
	const u8 *end = d->payload + d->len;
	unsigned int sum = 0, i;
	struct mgate_record rec;
	u16 offset = 0;
	int n = 0;

	if (msg->flaw != MGATE_REASON_NONE)
		return 0;
	if (msg->kind == MGATE_KIND_QUERY) {
		for (i = 0; i < 4 * (unsigned int)msg->count; i++)
			sum += msg->body[i];
		return msg->count && msg->body + 4 * msg->count > end ? -1 : 0;
	}
	if (msg->kind == MGATE_KIND_UNKNOWN || msg->kind == MGATE_KIND_ROUTER)
		return 0;
	while (mgate_igmp_next_record(msg, &offset, &rec)) {
		n++;
		if (rec.nsrcs && (rec.srcs < d->payload || rec.srcs + 4 * rec.nsrcs > end))
			return -1;
		for (i = 0; i < 4 * (unsigned int)rec.nsrcs; i++)
			sum += rec.srcs[i];
	}
	return n + (sum == U32_MAX);
}

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
	mgate_igmp_parse(&d, false, &msg);
	KUNIT_EXPECT_EQ(test, msg.kind, v->kind);
	KUNIT_EXPECT_EQ(test, msg.version, v->version);
	KUNIT_EXPECT_EQ(test, msg.fate, v->fate);
	KUNIT_EXPECT_STREQ(test, mgate_reason_name(msg.flaw), mgate_reason_name(v->flaw));
	KUNIT_EXPECT_EQ(test, walk(&d, &msg), v->records);
	KUNIT_EXPECT_TRUE(test, mgate_addr_equal(&msg.src, &d.src));
	KUNIT_EXPECT_EQ(test, msg.af, MGATE_AF_INET);
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
	KUNIT_ASSERT_EQ(test, mgate_ipv4_parse(v->bytes, v->len, v->len, &d), 0);
	whole = d.len;
	for (len = 0; len < whole; len++) {
		buf = kunit_kmalloc(test, len, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, buf);
		memcpy(buf, v->bytes + d.header_len, len);
		d.payload = buf;
		d.len = len;
		mgate_igmp_parse(&d, false, &msg);
		KUNIT_EXPECT_GE(test, walk(&d, &msg), 0);
		KUNIT_EXPECT_LE(test, walk(&d, &msg), max_t(int, v->records, 1));
		if (len < 4 || (len < 8 && is_membership(buf[0]))) {
			KUNIT_EXPECT_EQ(test, msg.fate, MGATE_FATE_DROP);
			KUNIT_EXPECT_EQ(test, msg.flaw, MGATE_REASON_BAD_LENGTH);
		} else if (len < 8) {
			KUNIT_EXPECT_EQ(test, msg.fate, MGATE_FATE_ALL);
			KUNIT_EXPECT_NE(test, msg.flaw, MGATE_REASON_NONE);
		}
		kunit_kfree(test, buf);
	}
}

/* Record types and lengths of a v3 report, counted without the parser. */
static int naive_records(const u8 *p, u64 len)
{
	u64 at = 8, i, sources;
	int known = 0;

	for (i = 0; i < p[6] * 256u + p[7]; i++) {
		if (len - at < 8)
			return -1;
		sources = p[at + 2] * 256u + p[at + 3];
		if (sources * 4 + p[at + 1] * 4u > len - at - 8)
			return -1;
		known += p[at] >= 1 && p[at] <= 6 &&
			 !(p[at + 4] == 224 && !p[at + 5] && !p[at + 6]);
		at += 8 + sources * 4 + p[at + 1] * 4u;
	}
	return known;
}

static void compare(struct kunit *test, const struct mgate_datagram *d)
{
	struct mgate_msg msg;
	int n, want;

	mgate_igmp_parse(d, false, &msg);
	n = walk(d, &msg);
	KUNIT_EXPECT_GE(test, n, 0);
	if (d->payload[0] != 0x22)
		return;
	want = naive_records(d->payload, d->len);
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
		if (mgate_ipv4_parse(v->bytes, v->len, v->len, &d) || d.len < 8)
			continue;
		d.len = (u16)(8 + random_below(&state, d.len - 7));
		buf = kunit_kmalloc(test, d.len, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, buf);
		memcpy(buf, d.payload, d.len);
		d.payload = buf;
		for (n = 1 + random_below(&state, 4); n; n--)
			buf[random_below(&state, d.len)] = (u8)random_next(&state);
		if (random_below(&state, 2))
			buf[0] = 0x22;
		compare(test, &d);
		kunit_kfree(test, buf);
	}
}

/* CONFORMANCE 34, 40, 112; RELIABILITY P4: each count too small and too large. */
static void counts_that_do_not_fit(struct kunit *test)
{
	const u32 counts[] = { 0, 1, 2, 3, 4, 5, 254, 255, 256, 16383, 16384, 65535 };
	unsigned int i, sources, aux, len;
	struct mgate_datagram d = {
		.src = ip4(192, 0, 2, 11), .dst = ip4(224, 0, 0, 22), .ttl = 1, .protocol = 2,
	};
	u8 *buf;

	/* Two records of real size: @sources sources and @aux words each. */
	for (i = 0; i < 4 * 4 * ARRAY_SIZE(counts) * 3; i++) {
		u32 count = counts[i / 16 % ARRAY_SIZE(counts)];

		sources = i % 4;
		aux = i / 4 % 4;
		len = 8 + 2 * (8 + 4 * sources + 4 * aux);
		buf = kunit_kzalloc(test, len, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, buf);
		memcpy(buf, "\x22\0\0\0\0\0\0\2", 8);
		memcpy(buf + 8, "\4\0\0\0\xef\1\1\1", 8);
		memcpy(buf + len / 2 + 4, "\4\0\0\0\xef\1\1\2", 8);
		buf[9] = (u8)aux;
		buf[11] = (u8)sources;
		buf[len / 2 + 5] = (u8)aux;
		buf[len / 2 + 7] = (u8)sources;
		switch (i / 16 / ARRAY_SIZE(counts)) {
		case 0:
			buf[6] = (u8)(count >> 8);
			buf[7] = (u8)count;
			break;
		case 1:
			buf[10] = (u8)(count >> 8);
			buf[11] = (u8)count;
			break;
		default:
			buf[9] = (u8)count;
		}
		d.payload = buf;
		d.len = (u16)len;
		compare(test, &d);
		kunit_kfree(test, buf);
	}
}

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

static const struct vector *find_vector(struct kunit *test, const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vectors); i++)
		if (!strcmp(vectors[i].name, name))
			return &vectors[i];
	KUNIT_FAIL(test, "there is no vector %s", name);
	return &vectors[0];
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
		for (n = 0; mgate_igmp_next_record(&msg, &offset, &rec) && n < 6; n++) {
			KUNIT_EXPECT_EQ_MSG(test, rec.type, rows[i].type[n], "%s", rows[i].name);
			KUNIT_EXPECT_EQ(test, rec.nsrcs, rows[i].nsrcs[n]);
			KUNIT_EXPECT_EQ(test, rec.grp.bytes[0], 239);
			KUNIT_EXPECT_EQ(test, rec.grp.bytes[3], rows[i].last[n]);
		}
		KUNIT_EXPECT_EQ(test, n, rows[i].n);
		KUNIT_EXPECT_FALSE(test, mgate_igmp_next_record(&msg, &offset, &rec));
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
		KUNIT_ASSERT_EQ(test, mgate_ipv4_parse(v->bytes, v->len, v->len, &d), 0);
		d.router_alert = true;
		mgate_igmp_parse(&d, true, &msg);
		KUNIT_EXPECT_EQ_MSG(test, msg.flaw, v->flaw, "%s", v->name);
		d.router_alert = false;
		mgate_igmp_parse(&d, true, &msg);
		KUNIT_EXPECT_EQ(test, msg.fate, v->fate);
		if (v->flaw == MGATE_REASON_NONE)
			KUNIT_EXPECT_EQ_MSG(test, msg.flaw,
					    v->version > 1 ? MGATE_REASON_NO_ROUTER_ALERT :
					    MGATE_REASON_NONE, "%s", v->name);
	}
}

static struct kunit_case igmp_cases[] = {
	KUNIT_CASE_PARAM(reads_every_vector, vector_gen_params),
	KUNIT_CASE_PARAM(reads_every_beginning, vector_gen_params),
	KUNIT_CASE_PARAM(every_byte_changed, vector_gen_params),
	KUNIT_CASE(changed_at_random),
	KUNIT_CASE(counts_that_do_not_fit),
	KUNIT_CASE(query_version_by_length),
	KUNIT_CASE(fields_of_a_query),
	KUNIT_CASE(records_in_order),
	KUNIT_CASE(strict_wants_router_alert),
	{}
};

static struct kunit_suite igmp_suite = {
	.name = "mgate_igmp",
	.test_cases = igmp_cases,
};

kunit_test_suite(igmp_suite);

MODULE_DESCRIPTION("mgate: tests of IGMP messages as they are read");
MODULE_LICENSE("GPL");
