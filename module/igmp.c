// SPDX-License-Identifier: GPL-2.0-only
/*
 * IGMPv1, v2 and v3 messages: bytes to struct mgate_msg, struct mgate_query to
 * bytes, and the arithmetic of their codes.
 *
 * RFC 1112 appendix I, RFC 2236, RFC 9776 section 4. The checksums are checked
 * and filled in by those who hold the frame.
 */
#include <mgate/discovery.h>
#include <mgate/family.h>
#include <mgate/igmp.h>
#include <mgate/ipv4.h>

#define TYPE_QUERY 0x11
#define TYPE_V1_REPORT 0x12
#define TYPE_V2_REPORT 0x16
#define TYPE_LEAVE 0x17
#define TYPE_V3_REPORT 0x22

#define SHORTEST 4		/* type, code, checksum */
#define HEADER 8		/* of membership messages and of a group record */
#define V3_QUERY 12
#define V1_RESPONSE_MS 10000	/* RFC 2236 4: a v1 host takes up to 10 s */
#define TENTH_MS 100		/* the unit of a maximum response code */

static const struct mgate_addr all_systems = { .bytes = { 224, 0, 0, 1 } };
static const struct mgate_addr all_routers = { .bytes = { 224, 0, 0, 2 } };
static const struct mgate_addr v3_routers = { .bytes = { 224, 0, 0, 22 } };

static u16 load16(const u8 *p)
{
	return (u16)(p[0] << 8 | p[1]);
}

/**
 * mgate_igmp_decode() - the value of a Max Resp Code or QQIC of version 3
 * @code: the code
 *
 * RFC 9776 4.1.1 and 4.1.7: 128 and above are a floating-point value.
 *
 * Return: 0 to 31744, in the unit of the field.
 */
u32 mgate_igmp_decode(u8 code)
{
	if (code < 128)
		return code;
	return (u32)((code & 0x0f) | 0x10) << (((code >> 4) & 0x07) + 3);
}

/**
 * mgate_igmp_encode() - the code whose value is the largest not above a value
 * @value: in the unit of the field; above 31744 counts as 31744
 *
 * RFC 9776 8.8: a value that cannot be said is rounded down.
 */
u8 mgate_igmp_encode(u32 value)
{
	unsigned int exp = 0;

	if (value < 128)
		return (u8)value;
	if (value > 31744)
		value = 31744;
	while (value >> (exp + 3) > 0x1f)
		exp++;
	return (u8)(0x80 | exp << 4 | ((value >> (exp + 3)) & 0x0f));
}

/* A message that its class of receivers still gets, but nobody learns from. */
static void refuse(struct mgate_msg *msg, enum mgate_reason flaw)
{
	if (msg->flaw == MGATE_REASON_NONE)
		msg->flaw = flaw;
}

static void drop(struct mgate_msg *msg)
{
	msg->fate = MGATE_FATE_DROP;
	msg->flaw = MGATE_REASON_BAD_LENGTH;
}

/* Link-local groups are no error: hosts report them, and they make no state.
 * 224.0.0.0 is never a group (RFC 1112 4).
 */
static bool is_group(const struct mgate_addr *a)
{
	static const struct mgate_addr base = { .bytes = { 224 } };

	return mgate_ipv4_scope(a) != MGATE_SCOPE_NONE && !mgate_addr_equal(a, &base);
}

static void check_sender(const struct mgate_datagram *d, bool strict, struct mgate_msg *msg)
{
	if (d->ttl != 1)
		refuse(msg, MGATE_REASON_BAD_TTL);
	if (strict && !d->router_alert && msg->version > 1)
		refuse(msg, MGATE_REASON_NO_ROUTER_ALERT);
}

/* RFC 4541 2.1.1 (2): a report from 0.0.0.0 counts. */
static void check_host(const struct mgate_datagram *d, struct mgate_msg *msg)
{
	if (!mgate_addr_is_zero(&d->src) && !mgate_ipv4_is_host(&d->src))
		refuse(msg, MGATE_REASON_BAD_SOURCE);
}

static void parse_report(const struct mgate_datagram *d, struct mgate_msg *msg)
{
	msg->kind = MGATE_KIND_REPORT;
	msg->fate = MGATE_FATE_ROUTERS;
	mgate_addr_load(&msg->grp, d->payload + 4, 4);
	check_host(d, msg);
	if (!is_group(&msg->grp))
		refuse(msg, MGATE_REASON_BAD_GROUP);
	else if (!mgate_addr_equal(&msg->grp, &d->dst))
		refuse(msg, MGATE_REASON_BAD_DESTINATION);
}

/* RFC 2236 3: to all routers; some hosts send it to the group. */
static void parse_leave(const struct mgate_datagram *d, struct mgate_msg *msg)
{
	msg->kind = MGATE_KIND_LEAVE;
	msg->fate = MGATE_FATE_ROUTERS;
	mgate_addr_load(&msg->grp, d->payload + 4, 4);
	check_host(d, msg);
	if (!is_group(&msg->grp))
		refuse(msg, MGATE_REASON_BAD_GROUP);
	else if (!mgate_addr_equal(&all_routers, &d->dst) &&
		 !mgate_addr_equal(&msg->grp, &d->dst))
		refuse(msg, MGATE_REASON_BAD_DESTINATION);
}

/* Bytes of a group record with its auxiliary data, 0 if it overruns. */
static size_t record_len(const u8 *rec, size_t room)
{
	size_t len;

	if (room < HEADER)
		return 0;
	len = HEADER + 4 * (size_t)load16(rec + 2) + 4 * (size_t)rec[1];
	return len <= room ? len : 0;
}

static void check_record(const u8 *rec, struct mgate_msg *msg)
{
	struct mgate_addr grp;

	if (rec[0] < MGATE_RECORD_IS_IN || rec[0] > MGATE_RECORD_BLOCK) {
		msg->odd = true;
		return;
	}
	mgate_addr_load(&grp, rec + 4, 4);
	if (!is_group(&grp))
		refuse(msg, MGATE_REASON_BAD_GROUP);
}

/* All or nothing: the last record is checked before the first is applied. */
static void parse_v3_report(const struct mgate_datagram *d, struct mgate_msg *msg)
{
	size_t len, offset = 0;
	unsigned int i;

	msg->kind = MGATE_KIND_REPORT;
	msg->fate = MGATE_FATE_ROUTERS;
	msg->body = d->payload + HEADER;
	msg->len = d->len - HEADER;
	msg->count = load16(d->payload + 6);
	check_host(d, msg);
	if (!mgate_addr_equal(&d->dst, &v3_routers))
		refuse(msg, MGATE_REASON_BAD_DESTINATION);
	for (i = 0; i < msg->count; i++) {
		len = record_len(msg->body + offset, msg->len - offset);
		if (!len) {
			drop(msg);
			return;
		}
		check_record(msg->body + offset, msg);
		offset += len;
	}
	msg->len = (u16)offset;
}

/* RFC 9776 7.1: the version of a query is told by its length and code. */
static bool parse_query_times(const struct mgate_datagram *d, struct mgate_msg *msg)
{
	const u8 *p = d->payload;

	if (d->len == HEADER) {
		msg->version = p[1] ? 2 : 1;
		msg->max_resp_ms = p[1] ? p[1] * TENTH_MS : V1_RESPONSE_MS;
		return true;
	}
	if (d->len < V3_QUERY)
		return false;
	msg->version = 3;
	msg->max_resp_ms = mgate_igmp_decode(p[1]) * TENTH_MS;
	msg->suppress = p[8] & 0x08;
	msg->robustness = p[8] & 0x07;
	msg->interval_ms = mgate_igmp_decode(p[9]) * 1000;
	msg->count = load16(p + 10);
	msg->body = p + V3_QUERY;
	msg->len = d->len - V3_QUERY;
	return 4 * (size_t)msg->count <= msg->len;
}

static void parse_query(const struct mgate_datagram *d, struct mgate_msg *msg)
{
	static const enum mgate_reason rx[] = {
		MGATE_REASON_RX_QUERY_V1, MGATE_REASON_RX_QUERY_V2, MGATE_REASON_RX_QUERY_V3,
	};
	bool general;

	msg->kind = MGATE_KIND_QUERY;
	msg->fate = MGATE_FATE_ALL;
	if (!parse_query_times(d, msg)) {
		drop(msg);
		return;
	}
	msg->rx = rx[msg->version - 1];
	mgate_addr_load(&msg->grp, d->payload + 4, 4);
	general = mgate_addr_is_zero(&msg->grp);
	if (!mgate_addr_is_zero(&d->src) && !mgate_ipv4_is_host(&d->src))
		refuse(msg, MGATE_REASON_QUERY_BAD_SOURCE);
	else if (general ? msg->count != 0 : !is_group(&msg->grp))
		refuse(msg, MGATE_REASON_BAD_GROUP);
	else if (!mgate_addr_equal(&d->dst, general ? &all_systems : &msg->grp))
		refuse(msg, MGATE_REASON_BAD_DESTINATION);
}

static bool is_membership(u8 type)
{
	return type == TYPE_QUERY || type == TYPE_V1_REPORT || type == TYPE_V2_REPORT ||
	       type == TYPE_LEAVE || type == TYPE_V3_REPORT;
}

static void parse_type(const struct mgate_datagram *d, struct mgate_msg *msg)
{
	switch (d->payload[0]) {
	case TYPE_QUERY:
		parse_query(d, msg);
		break;
	case TYPE_V1_REPORT:
		msg->version = 1;
		msg->rx = MGATE_REASON_RX_V1_REPORT;
		parse_report(d, msg);
		break;
	case TYPE_V2_REPORT:
		msg->version = 2;
		msg->rx = MGATE_REASON_RX_V2_REPORT;
		parse_report(d, msg);
		break;
	case TYPE_LEAVE:
		msg->version = 2;
		msg->rx = MGATE_REASON_RX_LEAVE;
		parse_leave(d, msg);
		break;
	case TYPE_V3_REPORT:
		msg->version = 3;
		msg->rx = MGATE_REASON_RX_V3_REPORT;
		parse_v3_report(d, msg);
		break;
	}
}

/**
 * mgate_igmp_parse() - read a message and check it whole
 * @d: an unfragmented datagram whose payload is readable to its end and whose
 *	checksums are right
 * @strict: also demand Router Alert of versions 2 and 3
 * @msg: the result, always filled in: where the message goes, and why nothing
 *	is to be learned from it
 *
 * Nothing behind the datagram's own length is read, and nothing of a message
 * is believed that contradicts its length (RFC 9776 4.1.10, 4.2.11, 4.2.12).
 */
void mgate_igmp_parse(const struct mgate_datagram *d, bool strict, struct mgate_msg *msg)
{
	memset(msg, 0, sizeof(*msg));
	msg->src = d->src;
	msg->af = MGATE_AF_INET;
	msg->kind = MGATE_KIND_UNKNOWN;
	msg->fate = MGATE_FATE_ALL;
	if (d->len < SHORTEST || (is_membership(d->payload[0]) && d->len < HEADER)) {
		drop(msg);
		return;
	}
	if (!is_membership(d->payload[0])) {
		mgate_discovery_igmp(d, msg);
		return;
	}
	parse_type(d, msg);
	if (msg->fate != MGATE_FATE_DROP)
		check_sender(d, strict, msg);
}

/* RFC 9776 7.3.2: a v1 or v2 report is IS_EX{}, a leave is TO_IN{}. */
static bool only_record(const struct mgate_msg *msg, u16 *offset, struct mgate_record *rec)
{
	if (*offset || mgate_ipv4_scope(&msg->grp) == MGATE_SCOPE_LINK)
		return false;
	*offset = 1;
	rec->grp = msg->grp;
	rec->srcs = NULL;
	rec->nsrcs = 0;
	rec->type = msg->kind == MGATE_KIND_LEAVE ? MGATE_RECORD_TO_IN : MGATE_RECORD_IS_EX;
	return true;
}

/**
 * mgate_igmp_next_record() - go through the group records of a report or leave
 * @msg: a message that mgate_igmp_parse() found no flaw in
 * @offset: where to go on; 0 to begin with
 * @rec: the record
 *
 * Records of unknown type and of link-local groups are passed over
 * (RFC 9776 4.2.13; RFC 4541 2.1.2 (2)); auxiliary data is skipped (4.2.11).
 *
 * Return: false when there are no more.
 */
bool mgate_igmp_next_record(const struct mgate_msg *msg, u16 *offset,
			    struct mgate_record *rec)
{
	const u8 *p;

	if (msg->version < 3)
		return only_record(msg, offset, rec);
	while (*offset < msg->len) {
		p = msg->body + *offset;
		*offset += (u16)record_len(p, msg->len - *offset);
		rec->type = p[0];
		rec->nsrcs = load16(p + 2);
		rec->srcs = p + HEADER;
		mgate_addr_load(&rec->grp, p + 4, 4);
		if (p[0] >= MGATE_RECORD_IS_IN && p[0] <= MGATE_RECORD_BLOCK &&
		    mgate_ipv4_scope(&rec->grp) != MGATE_SCOPE_LINK)
			return true;
	}
	return false;
}

/* Their number, and the sources. Return: bytes that the sources take. */
static size_t put_sources(const struct mgate_addr *srcs, u16 nsrcs, u8 *number, u8 *p)
{
	unsigned int i;

	number[0] = (u8)(nsrcs >> 8);
	number[1] = (u8)nsrcs;
	for (i = 0; i < nsrcs; i++)
		memcpy(p + 4 * (size_t)i, srcs[i].bytes, 4);
	return 4 * (size_t)nsrcs;
}

static size_t build_igmp(const struct mgate_query *q, u8 *p)
{
	u32 tenths = q->max_resp_ms / TENTH_MS;

	p[0] = TYPE_QUERY;
	memcpy(p + 4, q->grp.bytes, 4);
	if (q->version == 1)
		return HEADER;
	if (q->version == 2) {
		p[1] = (u8)clamp_t(u32, tenths, 1, 255);
		return HEADER;
	}
	p[1] = mgate_igmp_encode(max_t(u32, tenths, 1));
	p[8] = (q->suppress ? 0x08 : 0) | (q->robustness <= 7 ? q->robustness : 0);
	p[9] = mgate_igmp_encode(max_t(u32, q->interval_ms / 1000, 1));
	return V3_QUERY + put_sources(q->srcs, q->nsrcs, p + 10, p + V3_QUERY);
}

/**
 * mgate_igmp_build() - write a query as an IPv4 datagram
 * @q: what to ask
 * @buf: MGATE_IGMP_QUERY_MAX bytes
 *
 * To the letter of RFC 9776 4 and 4.1.12: TTL 1, TOS 0xc0, Router Alert, to
 * 224.0.0.1 or to the group. Both checksums are left zero.
 *
 * Return: bytes written.
 */
size_t mgate_igmp_build(const struct mgate_query *q, u8 *buf)
{
	const struct mgate_addr *dst = mgate_addr_is_zero(&q->grp) ? &all_systems : &q->grp;
	size_t len;

	memset(buf, 0, MGATE_IGMP_QUERY_MAX);
	len = build_igmp(q, buf + MGATE_IPV4_IGMP_HEADER);
	return mgate_ipv4_build(&q->src, dst, len, buf);
}

/* RFC 9776 4.2.13, 4.2.16: part of a list is told as what is added to it. */
static u8 record_type(const struct mgate_report *r)
{
	if (r->leave)
		return MGATE_RECORD_TO_IN;
	if (!r->nsrcs)
		return r->change ? MGATE_RECORD_TO_EX : MGATE_RECORD_IS_EX;
	if (!r->change)
		return MGATE_RECORD_IS_IN;
	return r->some ? MGATE_RECORD_ALLOW : MGATE_RECORD_TO_IN;
}

/**
 * mgate_igmp_report() - write a report or leave as an IPv4 datagram
 * @r: what to say; no leave in version 1
 * @buf: MGATE_IGMP_REPORT_MAX bytes
 *
 * RFC 1112, RFC 2236 2, RFC 9776 4.2: one group record. Both checksums are left
 * zero.
 *
 * Return: bytes written.
 */
size_t mgate_igmp_report(const struct mgate_report *r, u8 *buf)
{
	static const u8 types[] = { TYPE_V1_REPORT, TYPE_V2_REPORT };
	u8 *p = buf + MGATE_IPV4_IGMP_HEADER;
	size_t len = HEADER;

	memset(buf, 0, MGATE_IGMP_REPORT_MAX);
	if (r->version < 3) {
		p[0] = r->leave ? TYPE_LEAVE : types[r->version - 1];
		memcpy(p + 4, r->grp.bytes, 4);
		return mgate_ipv4_build(&r->src, r->leave ? &all_routers : &r->grp, len, buf);
	}
	p[0] = TYPE_V3_REPORT;
	p[7] = 1;
	p += HEADER;
	p[0] = record_type(r);
	memcpy(p + 4, r->grp.bytes, 4);
	len += HEADER + put_sources(r->srcs, r->nsrcs, p + 2, p + HEADER);
	return mgate_ipv4_build(&r->src, &v3_routers, len, buf);
}
