/* SPDX-License-Identifier: GPL-2.0-only */
/* What the suites of messages stand on: the parsers, and vectors to be read. */
#ifndef MGATE_KUNIT_READING_H
#define MGATE_KUNIT_READING_H

#include "../module/addr.c"
#include "messages.h"
#include "../module/family.c"
#include "../module/reason.c"
#include "common.h"
#include "vectors.h"

/* The payload of a vector in a buffer of its own that ends where it ends. */
static inline void load(struct kunit *test, const struct vector *v, struct mgate_datagram *d)
{
	u8 *buf;

	KUNIT_ASSERT_EQ(test, mgate_family(v->af)->parse_header(v->bytes, v->len, v->len, d), 0);
	buf = kunit_kmalloc(test, d->len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, buf);
	memcpy(buf, d->payload, d->len);
	d->payload = buf;
}

/*
 * Goes through what a user of the message may touch: every record and every
 * source of it. Returns the number of records, or -1 if one lies outside.
 */
static inline int walk(const struct mgate_datagram *d, const struct mgate_msg *msg)
{
	const unsigned int size = mgate_family(msg->af)->addr_len;
	const u8 *end = d->payload + d->len;
	unsigned int sum = 0, i;
	struct mgate_record rec;
	u16 offset = 0;
	int n = 0;

	if (msg->flaw != MGATE_REASON_NONE)
		return 0;
	if (msg->kind == MGATE_KIND_QUERY) {
		for (i = 0; i < size * msg->count; i++)
			sum += msg->body[i];
		return msg->count && msg->body + size * msg->count > end ? -1 : 0;
	}
	if (msg->kind == MGATE_KIND_UNKNOWN || msg->kind == MGATE_KIND_ROUTER)
		return 0;
	while (mgate_v3_next_record(msg, &offset, &rec)) {
		n++;
		if (rec.nsrcs && (rec.srcs < d->payload || rec.srcs + size * rec.nsrcs > end))
			return -1;
		for (i = 0; i < size * rec.nsrcs; i++)
			sum += rec.srcs[i];
	}
	return n + (sum == U32_MAX);
}

static inline const struct vector *find_vector(struct kunit *test, const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vectors); i++)
		if (!strcmp(vectors[i].name, name))
			return &vectors[i];
	KUNIT_FAIL(test, "there is no vector %s", name);
	return &vectors[0];
}

#endif
