/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What holds of every message: what was read lies within its datagram, and what is
 * built is read again as it was meant.
 */
#ifndef FUZZ_MESSAGES_H
#define FUZZ_MESSAGES_H

#include <linux/kernel.h>

#include <mgate/family.h>

FUZZ_UNSEEN_BEGIN

/* A datagram without a byte of memory behind it, so that none is read. */
static inline u8 *fuzz_copy(const u8 *data, size_t len)
{
	u8 *copy = malloc(len ? len : 1);

	FUZZ_CHECK(copy);
	memcpy(copy, data, len);
	return copy;
}

/* To a record and its sources. Return: how many sources can be a host's. */
static inline unsigned int fuzz_check_record(const struct mgate_msg *msg,
					     const struct mgate_record *rec)
{
	const size_t size = mgate_family(msg->af)->addr_len;
	unsigned int i = 0, n = 0;
	struct mgate_addr src;

	FUZZ_CHECK(rec->type >= MGATE_RECORD_IS_IN && rec->type <= MGATE_RECORD_BLOCK);
	FUZZ_CHECK(mgate_family_scope(msg->af, &rec->grp) > MGATE_SCOPE_LINK);
	if (rec->nsrcs) {
		FUZZ_CHECK(rec->srcs >= msg->body);
		FUZZ_CHECK(rec->srcs + size * rec->nsrcs <= msg->body + msg->len);
	}
	for (; mgate_family_source(msg->af, rec, &i, &src); n++)
		FUZZ_CHECK(mgate_family(msg->af)->is_host(&src));
	FUZZ_CHECK(i == rec->nsrcs && n <= i);
	return n;
}

/* All records of a report or leave without flaw. Return: how many. */
static inline unsigned int fuzz_check_records(const struct mgate_msg *msg)
{
	u16 offset = 0, before = 0;
	struct mgate_record rec;
	unsigned int n = 0;

	while (mgate_v3_next_record(msg, &offset, &rec)) {
		FUZZ_CHECK(offset > before);
		FUZZ_CHECK(msg->version < 3 || offset <= msg->len);
		fuzz_check_record(msg, &rec);
		before = offset;
		n++;
	}
	FUZZ_CHECK(n <= (msg->version < 3 ? 1 : msg->count));
	return n;
}

/* Reads what a builder wrote; @data lives on in @msg. */
static inline void fuzz_read_back(u8 af, const u8 *data, size_t len, struct mgate_msg *msg)
{
	const struct mgate_family *family = mgate_family(af);
	struct mgate_datagram d;

	FUZZ_CHECK(!family->parse_header(data, len, len, &d));
	FUZZ_CHECK(d.header_len + d.len == (int)len && !d.fragment && d.router_alert);
	FUZZ_CHECK(d.ttl == 1 && family->is_message(&d));
	family->parse(&d, true, msg);
}

/* A value of 8 bits with an exponent is rounded down, by less than one part in 16. */
static inline bool fuzz_is_code_of(u32 code, u32 value)
{
	value = clamp_t(u32, value, 1, 31744);
	return code <= value && value - code <= value / 16;
}

/* The same of 16 bits, by less than one part in 4096. */
static inline bool fuzz_is_code16_of(u32 code, u32 value)
{
	value = clamp_t(u32, value, 1, 8387584);
	return code <= value && value - code <= value / 4096;
}

static inline void fuzz_check_response(const struct mgate_query *q, const struct mgate_msg *msg)
{
	u32 tenths = q->max_resp_ms / 100;

	if (q->af == MGATE_AF_INET6 && q->version < 3)
		FUZZ_CHECK(msg->max_resp_ms == clamp_t(u32, q->max_resp_ms, 1, U16_MAX));
	else if (q->af == MGATE_AF_INET6)
		FUZZ_CHECK(fuzz_is_code16_of(msg->max_resp_ms, q->max_resp_ms));
	else if (q->version == 1)
		FUZZ_CHECK(msg->max_resp_ms == 10000);
	else if (q->version == 2)
		FUZZ_CHECK(msg->max_resp_ms == 100 * clamp_t(u32, tenths, 1, 255));
	else
		FUZZ_CHECK(fuzz_is_code_of(msg->max_resp_ms / 100, tenths));
}

/* MLD has no version 1 as it is counted here. */
static inline u8 fuzz_version(u8 af, u8 version)
{
	return af == MGATE_AF_INET ? version : max_t(u8, version, 2);
}

static inline void fuzz_check_times(const struct mgate_query *q, const struct mgate_msg *msg)
{
	FUZZ_CHECK(msg->version == fuzz_version(q->af, q->version));
	fuzz_check_response(q, msg);
	if (q->version < 3)
		return;
	FUZZ_CHECK(fuzz_is_code_of(msg->interval_ms / 1000, q->interval_ms / 1000));
	FUZZ_CHECK(msg->robustness == (q->robustness <= 7 ? q->robustness : 0));
	FUZZ_CHECK(msg->suppress == q->suppress);
}

/* That who asks for another is read as nobody: of IGMP 0.0.0.0, of MLD the highest address
 * of the link.
 */
static inline bool fuzz_is_sender(const struct mgate_query *q, const struct mgate_addr *read)
{
	static const struct mgate_addr none, highest = {
		.bytes = { 0xfe, 0xbf, [2 ... 15] = 0xff }
	};

	if (q->af == MGATE_AF_INET6 && mgate_addr_equal(&q->src, &highest))
		return mgate_addr_equal(read, &none);
	return mgate_addr_equal(read, &q->src);
}

/* Of a querier that can be one, about a group that can be asked about. Return: there is
 * such a query; of MLD there is none but from the link.
 */
static inline bool fuzz_check_query(const struct mgate_query *q)
{
	const size_t size = mgate_family(q->af)->addr_len;
	u8 buf[MGATE_FAMILY_MESSAGE_MAX], *data;
	struct mgate_msg msg;
	unsigned int i;
	bool refused;
	size_t len;

	FUZZ_CHECK(q->nsrcs <= MGATE_QUERY_SOURCES);
	memset(buf, 0xaa, sizeof(buf));
	len = mgate_family(q->af)->build(q, buf);
	FUZZ_CHECK(len <= sizeof(buf));
	/* Without an address it asks for another. */
	refused = q->af == MGATE_AF_INET6 && !mgate_addr_is_zero(&q->src) &&
		  !mgate_ipv6_is_link_local(&q->src);
	FUZZ_CHECK(!len == refused);
	if (!len)
		return false;
	data = fuzz_copy(buf, len);
	fuzz_read_back(q->af, data, len, &msg);
	FUZZ_CHECK(msg.kind == MGATE_KIND_QUERY && msg.flaw == MGATE_REASON_NONE);
	FUZZ_CHECK(mgate_addr_equal(&msg.grp, &q->grp) && fuzz_is_sender(q, &msg.src));
	fuzz_check_times(q, &msg);
	FUZZ_CHECK(msg.count == (q->version == 3 ? q->nsrcs : 0));
	for (i = 0; i < msg.count; i++)
		FUZZ_CHECK(!memcmp(msg.body + size * i, q->srcs[i].bytes, size));
	free(data);
	return true;
}

/* Of a host or bridge that can be one, and a group that can be joined. */
static inline void fuzz_check_report(const struct mgate_report *r)
{
	u8 buf[MGATE_FAMILY_MESSAGE_MAX], *data;
	struct mgate_record rec;
	struct mgate_msg msg;
	u16 offset = 0;
	size_t len;

	FUZZ_CHECK(r->nsrcs <= MGATE_QUERY_SOURCES);
	memset(buf, 0xaa, sizeof(buf));
	len = mgate_family(r->af)->report(r, buf);
	FUZZ_CHECK(len <= sizeof(buf));
	data = fuzz_copy(buf, len);
	fuzz_read_back(r->af, data, len, &msg);
	FUZZ_CHECK(msg.flaw == MGATE_REASON_NONE && msg.version == fuzz_version(r->af, r->version));
	FUZZ_CHECK(msg.kind == (r->leave && r->version < 3 ? MGATE_KIND_LEAVE :
							     MGATE_KIND_REPORT));
	if (mgate_family_scope(r->af, &r->grp) == MGATE_SCOPE_LINK) {
		FUZZ_CHECK(!fuzz_check_records(&msg));
	} else {
		FUZZ_CHECK(fuzz_check_records(&msg) == 1);
		mgate_v3_next_record(&msg, &offset, &rec);
		FUZZ_CHECK(mgate_addr_equal(&rec.grp, &r->grp));
		FUZZ_CHECK(rec.nsrcs == (r->version == 3 ? r->nsrcs : 0));
	}
	free(data);
}

FUZZ_UNSEEN_END

#endif
