// SPDX-License-Identifier: GPL-2.0-only
/*
 * MLDv1 and v2 messages: bytes to struct mgate_msg, struct mgate_query to bytes.
 *
 * RFC 2710, RFC 9777 section 5. Versions are counted as IGMP does: MLDv1 says what
 * IGMPv2 says, and MLDv2 what IGMPv3 does. The checksums are checked and filled in by
 * those who hold the frame.
 */
#include <mgate/discovery.h>
#include <mgate/mld.h>
#include <mgate/v3.h>

#define MLD_QUERY 130
#define MLD_REPORT 131
#define MLD_DONE 132
#define MLD_V2_REPORT 143

#define MLD_SHORTEST 4		/* type, code, checksum */
#define MLD_GROUP 8
#define MLD_HEADER 24		/* messages of version 1; what v2 queries begin with */
#define MLD_V2_QUERY_MIN (MLD_HEADER + MGATE_V3_QUERIER)

/* The least of the codes that are a floating-point value, and the largest value. */
#define CODE_FLOAT 0x8000
#define CODE_MAX 8387584

static const struct mgate_addr all_nodes = { .bytes = { 0xff, 2, [15] = 1 } };
static const struct mgate_addr all_routers6 = { .bytes = { 0xff, 2, [15] = 2 } };
/* Who asks without being the querier, as IGMP does from 0.0.0.0: hosts answer nobody who is
 * not link-local (RFC 9777 5.1.14), and this one loses every election.
 */
static const struct mgate_addr nobody = { .bytes = { 0xfe, 0xbf, [2 ... 15] = 0xff } };

static const struct mgate_addr v2_routers = { .bytes = { 0xff, 2, [15] = 0x16 } };

/**
 * mgate_mld_decode() - the value of a Maximum Response Code of version 2
 * @code: the code
 *
 * RFC 9777 5.1.3: 32768 and above are a floating-point value.
 *
 * Return: ms, 0 to 8387584.
 */
u32 mgate_mld_decode(u16 code)
{
	if (code < CODE_FLOAT)
		return code;
	return (u32)((code & 0x0fff) | 0x1000) << (((code >> 12) & 0x07) + 3);
}

/**
 * mgate_mld_encode() - the code whose value is the largest not above a value
 * @value: ms; above 8387584 counts as that
 */
u16 mgate_mld_encode(u32 value)
{
	unsigned int exp = 0;

	if (value < CODE_FLOAT)
		return (u16)value;
	if (value > CODE_MAX)
		value = CODE_MAX;
	while (value >> (exp + 3) > 0x1fff)
		exp++;
	return (u16)(CODE_FLOAT | exp << 12 | ((value >> (exp + 3)) & 0x0fff));
}

static bool is_listener_message(u8 type)
{
	return type == MLD_QUERY || type == MLD_REPORT || type == MLD_DONE ||
	       type == MLD_V2_REPORT;
}

/**
 * mgate_mld_is_message() - is it about memberships or routers
 * @d: a datagram; of its payload one byte is readable, if it has any
 *
 * All other ICMPv6, as neighbour discovery, is data. So is a fragment: it says nothing
 * about the whole.
 */
bool mgate_mld_is_message(const struct mgate_datagram *d)
{
	return d->protocol == MGATE_IPV6_PROTOCOL_ICMPV6 && !d->fragment && d->len &&
	       (is_listener_message(d->payload[0]) || mgate_discovery_is_mrd6(d->payload[0]));
}

static void drop_mld(struct mgate_msg *msg)
{
	msg->fate = MGATE_FATE_DROP;
	msg->flaw = MGATE_REASON_BAD_LENGTH;
}

/* RFC 9777 6.2 and 7.4: whatever lacks one of these is of no listener or router here. */
static void check_hop(const struct mgate_datagram *d, struct mgate_msg *msg)
{
	if (d->ttl != 1)
		mgate_message_refuse(msg, MGATE_REASON_BAD_TTL);
	if (!d->router_alert)
		mgate_message_refuse(msg, MGATE_REASON_NO_ROUTER_ALERT);
}

/* RFC 9777 5.2.13, RFC 3590: a host without a valid address yet reports from ::. */
static void check_listener(const struct mgate_datagram *d, struct mgate_msg *msg)
{
	if (!mgate_addr_is_zero(&d->src) && !mgate_ipv6_is_link_local(&d->src))
		mgate_message_refuse(msg, MGATE_REASON_BAD_SOURCE);
}

/* A report goes to the group; done to all routers, or, of some hosts, to the group. */
static void parse_v1(const struct mgate_datagram *d, struct mgate_msg *msg)
{
	msg->version = 2;
	msg->fate = MGATE_FATE_ROUTERS;
	mgate_addr_load(&msg->grp, d->payload + MLD_GROUP, 16);
	check_listener(d, msg);
	if (!mgate_ipv6_is_group(&msg->grp))
		mgate_message_refuse(msg, MGATE_REASON_BAD_GROUP);
	else if (!mgate_addr_equal(&msg->grp, &d->dst) &&
		 (msg->kind == MGATE_KIND_REPORT || !mgate_addr_equal(&all_routers6, &d->dst)))
		mgate_message_refuse(msg, MGATE_REASON_BAD_DESTINATION);
}

static void parse_v2_report(const struct mgate_datagram *d, struct mgate_msg *msg)
{
	msg->version = 3;
	msg->fate = MGATE_FATE_ROUTERS;
	check_listener(d, msg);
	if (!mgate_addr_equal(&d->dst, &v2_routers))
		mgate_message_refuse(msg, MGATE_REASON_BAD_DESTINATION);
	if (!mgate_v3_parse_report(d, msg))
		drop_mld(msg);
}

/* RFC 9777 8.1: the version of a query is told by its length. */
static bool parse_times(const struct mgate_datagram *d, struct mgate_msg *msg)
{
	u16 code = mgate_base_load16(d->payload + 4);

	if (d->len == MLD_HEADER) {
		msg->version = 2;
		msg->max_resp_ms = code;
		return true;
	}
	if (d->len < MLD_V2_QUERY_MIN)
		return false;
	msg->max_resp_ms = mgate_mld_decode(code);
	return mgate_v3_parse_querier(d->payload + MLD_HEADER, d->len - MLD_HEADER, msg);
}

/* RFC 9777 5.1.14, unlike IGMP: a query without an address is none. */
static void parse_listener_query(const struct mgate_datagram *d, struct mgate_msg *msg)
{
	bool general;

	msg->fate = MGATE_FATE_ALL;
	if (!parse_times(d, msg)) {
		drop_mld(msg);
		return;
	}
	msg->rx = msg->version == 2 ? MGATE_REASON_RX_MLD_QUERY_V1 :
				   MGATE_REASON_RX_MLD_QUERY_V2;
	mgate_addr_load(&msg->grp, d->payload + MLD_GROUP, 16);
	general = mgate_addr_is_zero(&msg->grp);
	if (mgate_addr_equal(&d->src, &nobody))
		memset(&msg->src, 0, sizeof(msg->src));
	if (!mgate_ipv6_is_link_local(&d->src))
		mgate_message_refuse(msg, MGATE_REASON_QUERY_BAD_SOURCE);
	else if (general ? msg->count != 0 : !mgate_ipv6_is_group(&msg->grp))
		mgate_message_refuse(msg, MGATE_REASON_BAD_GROUP);
	else if (!mgate_addr_equal(&d->dst, general ? &all_nodes : &msg->grp))
		mgate_message_refuse(msg, MGATE_REASON_BAD_DESTINATION);
}

static void parse_listener(const struct mgate_datagram *d, struct mgate_msg *msg)
{
	switch (d->payload[0]) {
	case MLD_QUERY:
		msg->kind = MGATE_KIND_QUERY;
		parse_listener_query(d, msg);
		break;
	case MLD_REPORT:
		msg->kind = MGATE_KIND_REPORT;
		msg->rx = MGATE_REASON_RX_MLD_V1_REPORT;
		parse_v1(d, msg);
		break;
	case MLD_DONE:
		msg->kind = MGATE_KIND_LEAVE;
		msg->rx = MGATE_REASON_RX_MLD_DONE;
		parse_v1(d, msg);
		break;
	case MLD_V2_REPORT:
		msg->kind = MGATE_KIND_REPORT;
		msg->rx = MGATE_REASON_RX_MLD_V2_REPORT;
		parse_v2_report(d, msg);
		break;
	}
}

/* Bytes that a message of a type has at the least. */
static size_t shortest(u8 type)
{
	if (!is_listener_message(type))
		return MLD_SHORTEST;
	return type == MLD_V2_REPORT ? MGATE_V3_HEADER : MLD_HEADER;
}

/**
 * mgate_mld_parse() - read a message and check it whole
 * @d: an unfragmented datagram whose payload is readable to its end and whose
 *	checksum is right
 * @strict: changes nothing: Router Alert is demanded of all
 * @msg: the result, always filled in: where the message goes, and why nothing
 *	is to be learned from it
 *
 * As mgate_igmp_parse().
 */
void mgate_mld_parse(const struct mgate_datagram *d, bool strict, struct mgate_msg *msg)
{
	memset(msg, 0, sizeof(*msg));
	msg->src = d->src;
	msg->af = MGATE_AF_INET6;
	msg->kind = MGATE_KIND_UNKNOWN;
	msg->fate = MGATE_FATE_ALL;
	if (d->len < MLD_SHORTEST || d->len < shortest(d->payload[0])) {
		drop_mld(msg);
		return;
	}
	if (!is_listener_message(d->payload[0])) {
		mgate_discovery_mld(d, msg);
		return;
	}
	parse_listener(d, msg);
	if (msg->fate != MGATE_FATE_DROP)
		check_hop(d, msg);
}

/**
 * mgate_mld_build() - write a query as an IPv6 datagram
 * @q: what to ask
 * @buf: MGATE_MLD_QUERY_MAX bytes
 *
 * To the letter of RFC 9777 5 and 5.1: to ff02::1 or to the group. Whose source is zero is
 * from the highest link-local address there is. The checksum is left zero.
 *
 * Return: bytes written; 0 if it is from another than a link-local address: nobody would
 * listen to it (5.1.14).
 */
size_t mgate_mld_build(const struct mgate_query *q, u8 *buf)
{
	const struct mgate_addr *dst = mgate_addr_is_zero(&q->grp) ? &all_nodes : &q->grp;
	const struct mgate_addr *src = mgate_addr_is_zero(&q->src) ? &nobody : &q->src;
	u32 ms = max_t(u32, q->max_resp_ms, 1);
	u8 *p = buf + MGATE_IPV6_MLD_HEADER;
	size_t len = MLD_HEADER;
	u16 code;

	if (!mgate_ipv6_is_link_local(src))
		return 0;
	memset(buf, 0, MGATE_MLD_QUERY_MAX);
	code = q->version < 3 ? (u16)min_t(u32, ms, U16_MAX) : mgate_mld_encode(ms);
	p[0] = MLD_QUERY;
	p[4] = (u8)(code >> 8);
	p[5] = (u8)code;
	memcpy(p + MLD_GROUP, q->grp.bytes, 16);
	if (q->version == 3)
		len += mgate_v3_build_querier(q, p + MLD_HEADER);
	return mgate_ipv6_build(src, dst, len, buf);
}

/**
 * mgate_mld_report() - write a report or done as an IPv6 datagram
 * @r: what to say
 * @buf: MGATE_MLD_REPORT_MAX bytes
 *
 * RFC 2710 3, RFC 9777 5.2: one group record. The checksum is left zero.
 *
 * Return: bytes written.
 */
size_t mgate_mld_report(const struct mgate_report *r, u8 *buf)
{
	u8 *p = buf + MGATE_IPV6_MLD_HEADER;

	memset(buf, 0, MGATE_MLD_REPORT_MAX);
	if (r->version == 3) {
		p[0] = MLD_V2_REPORT;
		return mgate_ipv6_build(&r->src, &v2_routers, mgate_v3_build_report(r, p), buf);
	}
	p[0] = r->leave ? MLD_DONE : MLD_REPORT;
	memcpy(p + MLD_GROUP, r->grp.bytes, 16);
	return mgate_ipv6_build(&r->src, r->leave ? &all_routers6 : &r->grp, MLD_HEADER, buf);
}
