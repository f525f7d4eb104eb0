// SPDX-License-Identifier: GPL-2.0-only
/*
 * Target: an IPv4 or IPv6 datagram of any bytes, read as module/frame.c does. The same bytes
 * then say what is to be built.
 *
 * Every datagram stands in memory of its own, of just its size: one byte read behind
 * it ends the program.
 */
#include "../../module/addr.c"
#include "../../module/reason.c"
#include "../../kunit/messages.h"
#include "../../module/family.c"
#include "messages.h"

u32 fuzz_fail;

/* On this link. */
static bool can_be_router(u8 af, const struct mgate_addr *a)
{
	return af == MGATE_AF_INET ? mgate_ipv4_is_host(a) : mgate_ipv6_is_link_local(a);
}

static bool is_sender(u8 af, const struct mgate_addr *a)
{
	return mgate_addr_is_zero(a) || can_be_router(af, a);
}

/* --- What was read --------------------------------------------------------------- */

static void check_query(const struct mgate_msg *msg)
{
	const size_t size = mgate_family(msg->af)->addr_len;
	struct mgate_addr srcs[MGATE_QUERY_SOURCES] = {};
	struct mgate_query q = {
		.src = msg->src, .grp = msg->grp, .srcs = srcs,
		.max_resp_ms = msg->max_resp_ms, .interval_ms = msg->interval_ms,
		.robustness = msg->robustness, .version = msg->version, .af = msg->af,
		.suppress = msg->suppress,
	};

	FUZZ_CHECK(size * msg->count <= msg->len);
	FUZZ_CHECK(msg->af == MGATE_AF_INET ? is_sender(msg->af, &msg->src) :
					      can_be_router(msg->af, &msg->src));
	q.nsrcs = min_t(u16, msg->count, MGATE_QUERY_SOURCES);
	for (u16 i = 0; i < q.nsrcs; i++)
		mgate_addr_load(&srcs[i], msg->body + size * i, size);
	fuzz_check_query(&q);
}

/* One record, as this bridge would say it. */
static void say_again(const struct mgate_msg *msg, const struct mgate_record *rec)
{
	const size_t size = mgate_family(msg->af)->addr_len;
	struct mgate_report r = {
		.src = msg->src, .grp = rec->grp, .af = msg->af, .version = msg->version,
		.change = rec->type > MGATE_RECORD_IS_EX,
		.leave = rec->type == MGATE_RECORD_TO_IN && !rec->nsrcs,
		.some = rec->type == MGATE_RECORD_ALLOW,
	};

	r.nsrcs = min_t(u16, rec->nsrcs, MGATE_QUERY_SOURCES);
	for (u16 i = 0; i < r.nsrcs; i++)
		mgate_addr_load(&r.srcs[i], rec->srcs + size * i, size);
	fuzz_check_report(&r);
}

/* As it was found when the message was read, and by going through it. */
static void check_partial(struct mgate_msg msg, bool solicited)
{
	unsigned int n = 0, all = msg.version < 3 ? 1 : msg.count;
	struct mgate_record rec;
	u16 offset = 0;

	msg.solicited = solicited;
	while (mgate_v3_next_record(&msg, &offset, &rec))
		n++;
	FUZZ_CHECK(mgate_v3_is_partial(&msg) == (n < all));
}

static void check_report(const struct mgate_msg *msg)
{
	struct mgate_record rec;
	u16 offset = 0;

	FUZZ_CHECK(is_sender(msg->af, &msg->src) && msg->fate == MGATE_FATE_ROUTERS);
	fuzz_check_records(msg);
	check_partial(*msg, false);
	check_partial(*msg, true);
	while (mgate_v3_next_record(msg, &offset, &rec))
		say_again(msg, &rec);
}

static void check_msg(const struct mgate_datagram *d, const struct mgate_msg *msg)
{
	FUZZ_CHECK(msg->kind <= MGATE_KIND_UNKNOWN && msg->fate <= MGATE_FATE_DROP);
	FUZZ_CHECK(msg->version <= 3 && msg->flaw < MGATE_REASON_MAX && msg->rx < MGATE_REASON_MAX);
	FUZZ_CHECK(mgate_addr_equal(&msg->src, &d->src) && msg->af == d->af);
	FUZZ_CHECK(msg->fate != MGATE_FATE_DROP || msg->flaw == MGATE_REASON_BAD_LENGTH);
	if (msg->flaw != MGATE_REASON_NONE)
		return;
	FUZZ_CHECK(d->ttl == 1);
	if (msg->kind == MGATE_KIND_QUERY)
		check_query(msg);
	else if (msg->kind == MGATE_KIND_ROUTER)
		FUZZ_CHECK(msg->by < MGATE_BY_MAX && can_be_router(msg->af, &msg->src));
	else
		check_report(msg);
}

static void read_message(const struct mgate_datagram *d)
{
	struct mgate_msg msg, strict;

	memset(&msg, 0xaa, sizeof(msg));
	memset(&strict, 0x55, sizeof(strict));
	mgate_family(d->af)->parse(d, false, &msg);
	check_msg(d, &msg);
	mgate_family(d->af)->parse(d, true, &strict);
	/* It refuses more, and changes nothing else. */
	if (strict.flaw != msg.flaw)
		FUZZ_CHECK(msg.flaw == MGATE_REASON_NONE && !d->router_alert &&
			   strict.flaw == MGATE_REASON_NO_ROUTER_ALERT);
	strict.flaw = msg.flaw;
	FUZZ_CHECK(!memcmp(&msg, &strict, sizeof(msg)));
}

static void read_hello(const struct mgate_datagram *d)
{
	struct mgate_datagram cut = *d;
	struct mgate_msg msg;

	if (d->len < MGATE_DISCOVERY_PIM_HEADER || !mgate_discovery_is_hello(d))
		return;
	/* Nobody asks that today: its type is there, and the rest is not. */
	cut.len = MGATE_DISCOVERY_PIM_HEADER - 1;
	mgate_discovery_hello(&cut, &msg);
	FUZZ_CHECK(msg.flaw != MGATE_REASON_NONE);
	memset(&msg, 0xaa, sizeof(msg));
	mgate_discovery_hello(d, &msg);
	FUZZ_CHECK(msg.kind == MGATE_KIND_ROUTER && msg.by == MGATE_BY_PIM);
	check_msg(d, &msg);
}

static void read_payload(const struct mgate_datagram *d)
{
	if (d->fragment)
		return;
	if (mgate_family(d->af)->is_message(d))
		read_message(d);
	else if (d->protocol == MGATE_DISCOVERY_PIM)
		read_hello(d);
}

/* With no more at hand than was asked for, it sees further each time. */
static void check_header_len(const u8 *data, const struct mgate_datagram *d)
{
	const struct mgate_family *family = mgate_family(d->af);
	size_t want = family->header_min, len;
	u8 *copy;

	do {
		len = want;
		copy = fuzz_copy(data, len);
		want = family->header_len(copy, len);
		free(copy);
		FUZZ_CHECK(want <= d->header_len);
	} while (want > len);
	FUZZ_CHECK(want == d->header_len);
}

static u16 fold(u32 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (u16)sum;
}

/* RFC 8200 8.1, halfword by halfword. */
static u32 pseudo_header(const struct mgate_datagram *d)
{
	const u8 rest[4] = { (u8)(d->len >> 8), (u8)d->len, 0, d->protocol };
	u16 half[18];
	u32 sum = 0;

	if (d->af == MGATE_AF_INET)
		return 0;
	memcpy(half, d->src.bytes, 16);
	memcpy(half + 8, d->dst.bytes, 16);
	memcpy(half + 16, rest, sizeof(rest));
	for (size_t i = 0; i < ARRAY_SIZE(half); i++)
		sum += half[i];
	return sum;
}

/* The header says the same of itself, whatever stands behind it. */
static void check_header(const u8 *data, size_t size, const struct mgate_datagram *d)
{
	const struct mgate_family *family = mgate_family(d->af);
	struct mgate_datagram alone;
	u8 mac[6], *copy;

	FUZZ_CHECK(d->payload == data + d->header_len);
	FUZZ_CHECK((size_t)d->header_len + d->len <= size);
	FUZZ_CHECK(d->header_len >= family->header_min);
	check_header_len(data, d);
	FUZZ_CHECK(family->scope(&d->dst) == mgate_family_scope(d->af, &d->dst));
	family->mac(&d->dst, mac);
	FUZZ_CHECK(d->af != MGATE_AF_INET || !(mac[3] & 0x80));
	FUZZ_CHECK(fold(family->seed(d)) == fold(pseudo_header(d)));
	copy = fuzz_copy(data, d->header_len);
	FUZZ_CHECK(!family->parse_header(copy, size, d->header_len, &alone));
	FUZZ_CHECK(alone.len == d->len && alone.router_alert == d->router_alert);
	free(copy);
}

static void read_datagram(const u8 *data, size_t size)
{
	const struct mgate_family *family;
	struct mgate_datagram d;
	u8 af, *copy;
	size_t len;

	/* What the link layer says, told by the version. */
	family = mgate_family_by_ethertype(size && data[0] >> 4 == 6 ? 0x86dd : 0x0800, &af);
	FUZZ_CHECK(family == mgate_family(af));
	copy = fuzz_copy(data, size);
	if (family->parse_header(copy, size, size, &d)) {
		free(copy);
		return;
	}
	check_header(copy, size, &d);
	len = d.header_len + d.len;
	free(copy);
	/* What the link layer adds is no part of it, and nothing of it may be missing. */
	copy = fuzz_copy(data, len);
	FUZZ_CHECK(family->parse_header(copy, len - 1, len - 1, &d));
	FUZZ_CHECK(family->parse_header(copy, len - 1, len, &d));
	FUZZ_CHECK(!family->parse_header(copy, len, len, &d));
	read_payload(&d);
	free(copy);
}

/* --- What is built --------------------------------------------------------------- */

static u32 load32(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

static void fill(u8 af, struct mgate_addr *srcs, u16 nsrcs, const u8 *data)
{
	for (u16 i = 0; i < nsrcs; i++)
		mgate_addr_load(&srcs[i], data + i, mgate_family(af)->addr_len);
}

static void build_query(u8 af, const u8 *data, const struct mgate_addr *src,
			const struct mgate_addr *grp)
{
	struct mgate_addr srcs[MGATE_QUERY_SOURCES];
	struct mgate_query q = {
		.src = *src, .grp = *grp, .srcs = srcs, .version = (u8)(1 + data[0] % 3), .af = af,
		.max_resp_ms = load32(data + 4), .interval_ms = load32(data + 8),
		.robustness = data[1], .suppress = data[2] & 1,
	};

	if (q.version == 3 && !mgate_addr_is_zero(grp))
		q.nsrcs = data[3] % (MGATE_QUERY_SOURCES + 1);
	fill(af, srcs, q.nsrcs, data + 12);
	fuzz_check_query(&q);
}

static void build_report(u8 af, const u8 *data, const struct mgate_addr *src,
			 const struct mgate_addr *grp)
{
	struct mgate_report r = {
		.src = *src, .grp = *grp, .version = (u8)(1 + data[0] % 3), .af = af,
		.change = data[2] & 2, .some = data[2] & 4,
	};

	r.leave = r.version > 1 && data[2] & 8;
	if (r.version == 3 && !r.leave)
		r.nsrcs = data[3] % (MGATE_QUERY_SOURCES + 1);
	fill(af, r.srcs, r.nsrcs, data + 12);
	fuzz_check_report(&r);
}

/* Nobody learns from it; it goes everywhere. */
static void build_solicitation(u8 af, const struct mgate_addr *src)
{
	u8 buf[MGATE_DISCOVERY_SOLICITATION];
	struct mgate_msg msg;

	fuzz_read_back(af, buf, mgate_discovery_solicit(af, src, buf), &msg);
	FUZZ_CHECK(msg.fate == MGATE_FATE_ALL && msg.flaw == MGATE_REASON_BAD_TYPE);
}

/* A host, and a group that is not the base of all. */
static void choose4(u8 *bytes, struct mgate_addr *src, struct mgate_addr *grp)
{
	bytes[12] = (u8)(bytes[12] % 223 + 1);
	bytes[12] += bytes[12] == 127;
	mgate_addr_load(src, bytes + 12, 4);
	bytes[16] = 0xe0 | (bytes[16] & 0xf);
	bytes[19] |= bytes[16] == 0xe0;
	mgate_addr_load(grp, bytes + 16, 4);
}

static void choose6(u8 *bytes, struct mgate_addr *src, struct mgate_addr *grp)
{
	mgate_addr_load(src, bytes + 12, 16);
	src->bytes[0] = 0xfe;
	src->bytes[1] = 0x80 | (src->bytes[1] & 0x3f);
	mgate_addr_load(grp, bytes + 28, 16);
	grp->bytes[0] = 0xff;
}

static void build(const u8 *data, size_t size)
{
	u8 bytes[28 + MGATE_QUERY_SOURCES] = {};
	struct mgate_addr src, grp, none = {};
	u8 af;

	memcpy(bytes, data, min_t(size_t, size, sizeof(bytes)));
	af = bytes[2] & 64 ? MGATE_AF_INET6 : MGATE_AF_INET;
	if (af == MGATE_AF_INET)
		choose4(bytes, &src, &grp);
	else
		choose6(bytes, &src, &grp);
	build_query(af, bytes, bytes[2] & 16 ? &none : &src, bytes[2] & 32 ? &none : &grp);
	build_report(af, bytes, bytes[2] & 16 ? &none : &src, &grp);
	build_solicitation(af, &src);
}

int fuzz_one(const u8 *data, size_t size)
{
	read_datagram(data, size);
	build(data, size);
	return 0;
}
