// SPDX-License-Identifier: GPL-2.0-only
/*
 * IGMPv1, v2 and v3 messages: bytes to struct mgate_msg, struct mgate_query to
 * bytes.
 *
 * RFC 1112 appendix I, RFC 2236, RFC 9776 section 4. The checksums are checked
 * and filled in by those who hold the frame.
 */
#include <mgate/discovery.h>
#include <mgate/igmp.h>
#include <mgate/v3.h>

#define TYPE_QUERY 0x11
#define TYPE_V1_REPORT 0x12
#define TYPE_V2_REPORT 0x16
#define TYPE_LEAVE 0x17
#define TYPE_V3_REPORT 0x22

#define SHORTEST 4		/* type, code, checksum */
#define HEADER 8		/* of membership messages */
#define V3_QUERY (HEADER + MGATE_V3_QUERIER)
#define V1_RESPONSE_MS 10000	/* RFC 2236 4: a v1 host takes up to 10 s */
#define TENTH_MS 100		/* the unit of a maximum response code */

static const struct mgate_addr all_systems = { .bytes = { 224, 0, 0, 1 } };
static const struct mgate_addr all_routers = { .bytes = { 224, 0, 0, 2 } };
static const struct mgate_addr v3_routers = { .bytes = { 224, 0, 0, 22 } };

static void drop(struct mgate_msg *msg)
{
	msg->fate = MGATE_FATE_DROP;
	msg->flaw = MGATE_REASON_BAD_LENGTH;
}

static void check_sender(const struct mgate_datagram *d, bool strict, struct mgate_msg *msg)
{
	if (d->ttl != 1)
		mgate_message_refuse(msg, MGATE_REASON_BAD_TTL);
	if (strict && !d->router_alert && msg->version > 1)
		mgate_message_refuse(msg, MGATE_REASON_NO_ROUTER_ALERT);
}

/* RFC 4541 2.1.1 (2): a report from 0.0.0.0 counts. */
static void check_host(const struct mgate_datagram *d, struct mgate_msg *msg)
{
	if (!mgate_addr_is_zero(&d->src) && !mgate_ipv4_is_host(&d->src))
		mgate_message_refuse(msg, MGATE_REASON_BAD_SOURCE);
}

static void parse_report(const struct mgate_datagram *d, struct mgate_msg *msg)
{
	msg->kind = MGATE_KIND_REPORT;
	msg->fate = MGATE_FATE_ROUTERS;
	mgate_addr_load(&msg->grp, d->payload + 4, 4);
	check_host(d, msg);
	if (!mgate_ipv4_is_group(&msg->grp))
		mgate_message_refuse(msg, MGATE_REASON_BAD_GROUP);
	else if (!mgate_addr_equal(&msg->grp, &d->dst))
		mgate_message_refuse(msg, MGATE_REASON_BAD_DESTINATION);
}

/* RFC 2236 3: to all routers; some hosts send it to the group. */
static void parse_leave(const struct mgate_datagram *d, struct mgate_msg *msg)
{
	msg->kind = MGATE_KIND_LEAVE;
	msg->fate = MGATE_FATE_ROUTERS;
	mgate_addr_load(&msg->grp, d->payload + 4, 4);
	check_host(d, msg);
	if (!mgate_ipv4_is_group(&msg->grp))
		mgate_message_refuse(msg, MGATE_REASON_BAD_GROUP);
	else if (!mgate_addr_equal(&all_routers, &d->dst) &&
		 !mgate_addr_equal(&msg->grp, &d->dst))
		mgate_message_refuse(msg, MGATE_REASON_BAD_DESTINATION);
}

static void parse_v3_report(const struct mgate_datagram *d, struct mgate_msg *msg)
{
	msg->kind = MGATE_KIND_REPORT;
	msg->fate = MGATE_FATE_ROUTERS;
	check_host(d, msg);
	if (!mgate_addr_equal(&d->dst, &v3_routers))
		mgate_message_refuse(msg, MGATE_REASON_BAD_DESTINATION);
	if (!mgate_v3_parse_report(d, msg))
		drop(msg);
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
	msg->max_resp_ms = mgate_v3_decode(p[1]) * TENTH_MS;
	return mgate_v3_parse_querier(p + HEADER, d->len - HEADER, msg);
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
		mgate_message_refuse(msg, MGATE_REASON_QUERY_BAD_SOURCE);
	else if (general ? msg->count != 0 : !mgate_ipv4_is_group(&msg->grp))
		mgate_message_refuse(msg, MGATE_REASON_BAD_GROUP);
	else if (!mgate_addr_equal(&d->dst, general ? &all_systems : &msg->grp))
		mgate_message_refuse(msg, MGATE_REASON_BAD_DESTINATION);
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
 * mgate_igmp_is_message() - is it about memberships or routers
 * @d: a datagram
 */
bool mgate_igmp_is_message(const struct mgate_datagram *d)
{
	return d->protocol == MGATE_IPV4_PROTOCOL_IGMP;
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
	p[1] = mgate_v3_encode(max_t(u32, tenths, 1));
	return HEADER + mgate_v3_build_querier(q, p + HEADER);
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

	memset(buf, 0, MGATE_IGMP_REPORT_MAX);
	if (r->version == 3) {
		p[0] = TYPE_V3_REPORT;
		return mgate_ipv4_build(&r->src, &v3_routers, mgate_v3_build_report(r, p), buf);
	}
	p[0] = r->leave ? TYPE_LEAVE : types[r->version - 1];
	memcpy(p + 4, r->grp.bytes, 4);
	return mgate_ipv4_build(&r->src, r->leave ? &all_routers : &r->grp, HEADER, buf);
}
