// SPDX-License-Identifier: GPL-2.0-only
/*
 * What IGMPv3 and MLDv2 share, which is all but the length of an address: group
 * records, and what a query says of its querier and asks of sources.
 *
 * RFC 9776 4 and RFC 9777 5. Versions are counted as IGMP does.
 */
#include <mgate/ipv4.h>
#include <mgate/ipv6.h>
#include <mgate/v3.h>

#define SUPPRESS 0x08
#define ROBUSTNESS 0x07

static size_t address_len(u8 af)
{
	return af == MGATE_AF_INET ? 4 : 16;
}

static bool is_listed_group(u8 af, const struct mgate_addr *a)
{
	return af == MGATE_AF_INET ? mgate_ipv4_is_group(a) : mgate_ipv6_is_group(a);
}

static inline bool has_state(const struct mgate_msg *msg, u8 af, const struct mgate_addr *a)
{
	if (af == MGATE_AF_INET)
		return mgate_ipv4_scope(a) > MGATE_SCOPE_LINK;
	return mgate_ipv6_scope(a) > MGATE_SCOPE_LINK ||
	       (msg->solicited && mgate_ipv6_is_solicited(a));
}

/**
 * mgate_v3_decode() - the value of a Max Resp Code or QQIC of 8 bits
 * @code: the code
 *
 * RFC 9776 4.1.1 and 4.1.7, RFC 9777 5.1.9: 128 and above are a floating-point value.
 *
 * Return: 0 to 31744, in the unit of the field.
 */
u32 mgate_v3_decode(u8 code)
{
	if (code < 128)
		return code;
	return (u32)((code & 0x0f) | 0x10) << (((code >> 4) & 0x07) + 3);
}

/**
 * mgate_v3_encode() - the code whose value is the largest not above a value
 * @value: in the unit of the field; above 31744 counts as 31744
 *
 * RFC 9776 8.8: a value that cannot be said is rounded down.
 */
u8 mgate_v3_encode(u32 value)
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

/* Bytes of a group record with its auxiliary data; 0 if there are not as many. */
static inline size_t record_len(const u8 *rec, size_t room, size_t addr_len)
{
	size_t len;

	if (room < MGATE_V3_RECORD + addr_len)
		return 0;
	len = MGATE_V3_RECORD + addr_len + addr_len * mgate_base_load16(rec + 2) +
	      4 * (size_t)rec[1];
	return len <= room ? len : 0;
}

static bool is_known(u8 type)
{
	return type >= MGATE_RECORD_IS_IN && type <= MGATE_RECORD_BLOCK;
}

static inline void check_record(const u8 *rec, u8 af, struct mgate_msg *msg)
{
	struct mgate_addr grp;

	if (!is_known(rec[0])) {
		msg->odd = true;
		return;
	}
	mgate_addr_load(&grp, rec + MGATE_V3_RECORD, address_len(af));
	if (!is_listed_group(af, &grp))
		mgate_message_refuse(msg, MGATE_REASON_BAD_GROUP);
	else if (af == MGATE_AF_INET6 && mgate_ipv6_is_solicited(&grp))
		msg->nodes = true;
	else if (!has_state(msg, af, &grp))
		msg->partial = true;
}

/* For a family that the compiler knows: no address is copied by a call. */
static __always_inline bool check_records(struct mgate_msg *msg, u8 af)
{
	size_t offset = 0, len;
	unsigned int i;

	for (i = 0; i < msg->count; i++) {
		len = record_len(msg->body + offset, msg->len - offset, address_len(af));
		if (!len)
			return false;
		check_record(msg->body + offset, af, msg);
		offset += len;
	}
	msg->len = (u16)offset;
	return true;
}

/**
 * mgate_v3_parse_report() - check the group records of a report
 * @d: a datagram with MGATE_V3_HEADER bytes of payload at least
 * @msg: its family is set; gets the records, and a flaw if a group is none
 *
 * All or nothing: the last record is checked before the first is applied.
 *
 * Return: false if they do not fit into the message.
 */
bool mgate_v3_parse_report(const struct mgate_datagram *d, struct mgate_msg *msg)
{
	msg->body = d->payload + MGATE_V3_HEADER;
	msg->len = d->len - MGATE_V3_HEADER;
	msg->count = mgate_base_load16(d->payload + 6);
	return msg->af == MGATE_AF_INET ? check_records(msg, MGATE_AF_INET) :
					  check_records(msg, MGATE_AF_INET6);
}

/**
 * mgate_v3_parse_querier() - what a query of version 3 says behind its group
 * @p: that
 * @len: bytes of it, MGATE_V3_QUERIER at least
 * @msg: the query; its family is set
 *
 * Return: false if the sources do not fit into the message.
 */
bool mgate_v3_parse_querier(const u8 *p, size_t len, struct mgate_msg *msg)
{
	msg->version = 3;
	msg->suppress = p[0] & SUPPRESS;
	msg->robustness = p[0] & ROBUSTNESS;
	msg->interval_ms = mgate_v3_decode(p[1]) * 1000;
	msg->count = mgate_base_load16(p + 2);
	msg->body = p + MGATE_V3_QUERIER;
	msg->len = (u16)(len - MGATE_V3_QUERIER);
	return address_len(msg->af) * msg->count <= msg->len;
}

/* RFC 9776 7.3.2, RFC 9777 8.3.2: an older report is IS_EX{}, a leave is TO_IN{}. */
static bool only_record(const struct mgate_msg *msg, u16 *offset, struct mgate_record *rec)
{
	if (*offset || !has_state(msg, msg->af, &msg->grp))
		return false;
	*offset = 1;
	rec->grp = msg->grp;
	rec->srcs = NULL;
	rec->nsrcs = 0;
	rec->type = msg->kind == MGATE_KIND_LEAVE ? MGATE_RECORD_TO_IN : MGATE_RECORD_IS_EX;
	return true;
}

static __always_inline bool next_record(const struct mgate_msg *msg, u8 af, u16 *offset,
					struct mgate_record *rec)
{
	const size_t addr_len = address_len(af);
	size_t at = *offset, len;
	const u8 *p;

	for (; at < msg->len; at += len) {
		p = msg->body + at;
		/* As it was when it was read, but for a hook that has written into it since. */
		len = record_len(p, msg->len - at, addr_len);
		if (!len)
			return false;
		rec->type = p[0];
		rec->nsrcs = mgate_base_load16(p + 2);
		rec->srcs = p + MGATE_V3_RECORD + addr_len;
		mgate_addr_load(&rec->grp, p + MGATE_V3_RECORD, addr_len);
		if (!is_known(p[0]) || !has_state(msg, af, &rec->grp))
			continue;
		*offset = (u16)(at + len);
		return true;
	}
	return false;
}

/**
 * mgate_v3_next_record() - go through the group records of a report or leave
 * @msg: a message of any version that its parser found no flaw in
 * @offset: where to go on; 0 to begin with
 * @rec: the record
 *
 * Records of unknown type and of groups without state are passed over
 * (RFC 9776 4.2.13; RFC 4541 2.1.2 (2) and 3); auxiliary data is skipped (4.2.11).
 *
 * Return: false when there are no more.
 */
bool mgate_v3_next_record(const struct mgate_msg *msg, u16 *offset, struct mgate_record *rec)
{
	if (msg->version < 3)
		return only_record(msg, offset, rec);
	return msg->af == MGATE_AF_INET ? next_record(msg, MGATE_AF_INET, offset, rec) :
					  next_record(msg, MGATE_AF_INET6, offset, rec);
}

/**
 * mgate_v3_is_partial() - does it speak of groups without state too
 * @msg: as for mgate_v3_next_record(), of MLD
 *
 * Or has records of unknown type. Of IGMP such groups are 224.0.0.0/24, which goes
 * everywhere at every snooper.
 */
bool mgate_v3_is_partial(const struct mgate_msg *msg)
{
	if (msg->version < 3)
		return !has_state(msg, msg->af, &msg->grp);
	return msg->partial || msg->odd || (msg->nodes && !msg->solicited);
}

/* Their number, and the sources. Return: bytes that the sources take. */
static size_t put_sources(const struct mgate_addr *srcs, u16 nsrcs, size_t addr_len, u8 *number,
			  u8 *p)
{
	unsigned int i;

	number[0] = (u8)(nsrcs >> 8);
	number[1] = (u8)nsrcs;
	for (i = 0; i < nsrcs; i++)
		memcpy(p + addr_len * i, srcs[i].bytes, addr_len);
	return addr_len * nsrcs;
}

/**
 * mgate_v3_build_querier() - write what a query of version 3 says behind its group
 * @q: the query
 * @p: where to; zero so far
 *
 * Return: bytes written.
 */
size_t mgate_v3_build_querier(const struct mgate_query *q, u8 *p)
{
	p[0] = (q->suppress ? SUPPRESS : 0) | (q->robustness <= 7 ? q->robustness : 0);
	p[1] = mgate_v3_encode(max_t(u32, q->interval_ms / 1000, 1));
	return MGATE_V3_QUERIER + put_sources(q->srcs, q->nsrcs, address_len(q->af), p + 2,
					      p + MGATE_V3_QUERIER);
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
 * mgate_v3_build_report() - write all of a report of version 3 but its type
 * @r: the report: one group record
 * @p: where to; zero so far
 *
 * Return: bytes of the report.
 */
size_t mgate_v3_build_report(const struct mgate_report *r, u8 *p)
{
	const size_t addr_len = address_len(r->af);
	u8 *rec = p + MGATE_V3_HEADER;

	p[7] = 1;
	rec[0] = record_type(r);
	memcpy(rec + MGATE_V3_RECORD, r->grp.bytes, addr_len);
	return MGATE_V3_HEADER + MGATE_V3_RECORD + addr_len +
	       put_sources(r->srcs, r->nsrcs, addr_len, rec + 2, rec + MGATE_V3_RECORD + addr_len);
}
