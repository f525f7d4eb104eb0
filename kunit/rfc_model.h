/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RFC 9776 sections 6.3, 6.4, 6.5, 6.6.1, 6.6.3 and 7.3.2 as plainly as they can be
 * written: an array of timers for each port and group, sets as bits, no work saved.
 * Nothing of mgate is used but its numbers for record types and modes.
 */
#ifndef MGATE_KUNIT_RFC_MODEL_H
#define MGATE_KUNIT_RFC_MODEL_H

#include <mgate/ledger.h>
#include <mgate/message.h>

#define MODEL_SRCS 6
#define MODEL_GMI 270000	/* RFC 9776 8.4 */
#define MODEL_OHPI 260000	/* 8.13 */
#define MODEL_LMQI 1000		/* 8.8 */
#define MODEL_LMQC 2		/* 8.9 */
#define MODEL_LMQT (MODEL_LMQI * MODEL_LMQC)

/**
 * struct model_question - a query that is being retransmitted
 * @left: how many are to be sent yet
 * @at: when the next one is
 */
struct model_question {
	unsigned int left;
	u64 at;
};

/**
 * struct model - one group on one port
 * @member: is there a record of the group, RFC 9776 6.2
 * @exclude: its filter mode
 * @timer: the group timer
 * @v1: the version 1 host present timer
 * @v2: the version 2 host present timer
 * @listed: sources that have a record
 * @src: their timers; 0 = it has run out
 * @group: Q(G)
 * @about: Q(G,S)
 * @hurry: something new is to be asked, so that time is looked at
 * @ask: this bridge is the querier
 * @most: sources that are kept; with more it is EXCLUDE {}
 * @limited: how often it was
 */
struct model {
	bool member;
	bool exclude;
	u64 timer;
	u64 v1;
	u64 v2;
	u32 listed;
	u64 src[MODEL_SRCS];
	struct model_question group;
	struct model_question about[MODEL_SRCS];
	bool hurry;
	bool ask;
	unsigned int most;
	unsigned int limited;
};

static inline u32 model_x(const struct model *m)
{
	u32 i, x = 0;

	for (i = 0; i < MODEL_SRCS; i++)
		if ((m->listed & BIT(i)) && m->src[i])
			x |= BIT(i);
	return x;
}

static inline void model_set_timers(struct model *m, u32 set, u64 until)
{
	u32 i;

	for (i = 0; i < MODEL_SRCS; i++)
		if (set & BIT(i))
			m->src[i] = until;
	m->listed |= set;
}

static inline void model_delete(struct model *m, u32 set)
{
	u32 i;

	m->listed &= ~set;
	for (i = 0; i < MODEL_SRCS; i++) {
		if (!(set & BIT(i)))
			continue;
		m->src[i] = 0;
		m->about[i].left = 0;
	}
}

/* 6.6.3.1; RFC 2236 3: a group that is being asked about is not asked about anew. */
static inline void model_query_group(struct model *m, u64 now)
{
	if (!m->ask || m->timer <= now + MODEL_LMQT)
		return;
	m->timer = now + MODEL_LMQT;
	m->group.left = MODEL_LMQC;
	m->group.at = now;
	m->hurry = true;
}

/* 6.6.3.2 */
static inline void model_query_sources(struct model *m, u32 set, u64 now)
{
	u32 i;

	for (i = 0; i < MODEL_SRCS && m->ask; i++) {
		if (!(set & model_x(m) & BIT(i)) || m->src[i] <= now + MODEL_LMQT)
			continue;
		m->src[i] = now + MODEL_LMQT;
		m->about[i].left = MODEL_LMQC;
		m->about[i].at = now;
		m->hurry = true;
	}
}

/* 6.4.1 and 6.4.2, INCLUDE (A). */
static inline void model_include(struct model *m, u8 type, u32 b, u64 now)
{
	u32 a = m->listed;

	switch (type) {
	case MGATE_RECORD_IS_IN:
	case MGATE_RECORD_ALLOW:
		model_set_timers(m, b, now + MODEL_GMI);
		break;
	case MGATE_RECORD_IS_EX:
	case MGATE_RECORD_TO_EX:
		m->exclude = true;
		model_set_timers(m, b & ~a, 0);
		model_delete(m, a & ~b);
		if (type == MGATE_RECORD_TO_EX)
			model_query_sources(m, a & b, now);
		m->timer = now + MODEL_GMI;
		break;
	case MGATE_RECORD_BLOCK:
		model_query_sources(m, a & b, now);
		break;
	default:
		model_set_timers(m, b, now + MODEL_GMI);
		model_query_sources(m, a & ~b, now);
	}
}

/* 6.4.1 and 6.4.2, EXCLUDE (X,Y). */
static inline void model_exclude(struct model *m, u8 type, u32 a, u64 now)
{
	u32 x = model_x(m), y = m->listed & ~x;

	switch (type) {
	case MGATE_RECORD_IS_IN:
	case MGATE_RECORD_ALLOW:
		model_set_timers(m, a, now + MODEL_GMI);
		break;
	case MGATE_RECORD_IS_EX:
		model_set_timers(m, a & ~x & ~y, now + MODEL_GMI);
		model_delete(m, (x | y) & ~a);
		m->timer = now + MODEL_GMI;
		break;
	case MGATE_RECORD_BLOCK:
		model_set_timers(m, a & ~x & ~y, max(m->timer, now + 1));
		model_query_sources(m, a & ~y, now);
		break;
	case MGATE_RECORD_TO_EX:
		model_set_timers(m, a & ~x & ~y, max(m->timer, now + 1));
		model_delete(m, (x | y) & ~a);
		model_query_sources(m, a & ~y, now);
		m->timer = now + MODEL_GMI;
		break;
	default:
		model_set_timers(m, a, now + MODEL_GMI);
		model_query_sources(m, x & ~a, now);
		model_query_group(m, now);
	}
}

/* DECISIONS: more sources than are kept: all of them are wanted. */
static inline bool model_is_too_much(const struct model *m, u8 type, u32 set)
{
	return hweight32(m->listed | set) > m->most && (set & ~m->listed) &&
	       (m->exclude || type != MGATE_RECORD_BLOCK);
}

static inline void model_give_all(struct model *m, u64 now)
{
	model_delete(m, m->listed);
	m->exclude = true;
	m->timer = now + MODEL_GMI;
	m->group.left = 0;
	m->limited++;
}

/* 6.3: no record, no group. */
static inline void model_tidy(struct model *m)
{
	struct model fresh = { .ask = m->ask, .most = m->most, .limited = m->limited };

	if (!m->exclude && !m->listed)
		*m = fresh;
}

/* 6.3, 6.5 */
static inline void model_expire(struct model *m, u64 now)
{
	u32 i;

	for (i = 0; i < MODEL_SRCS; i++) {
		if (!(m->listed & BIT(i)) || m->src[i] > now || m->about[i].left)
			continue;
		m->src[i] = 0;
		if (!m->exclude)
			model_delete(m, BIT(i));
	}
	if (m->exclude && m->timer <= now && !m->group.left) {
		m->exclude = false;
		m->timer = 0;
		model_delete(m, m->listed & ~model_x(m));
	}
	model_tidy(m);
}

/* Whoever is not a member becomes one by these. */
static inline bool model_joins(u8 type, u32 set)
{
	return type == MGATE_RECORD_IS_EX || type == MGATE_RECORD_TO_EX ||
	       (set && type != MGATE_RECORD_BLOCK);
}

/* 7.3.2. A report of version 1 or 2 is IS_EX{}, a leave TO_IN{}. */
static inline void model_hear(struct model *m, u8 version, u8 type, u32 set, u64 now)
{
	u8 mode;

	if (!m->member && !model_joins(type, set))
		return;
	m->member = true;
	if (version == 1 && type == MGATE_RECORD_IS_EX)
		m->v1 = now + MODEL_OHPI;
	if (version == 2 && type == MGATE_RECORD_IS_EX)
		m->v2 = now + MODEL_OHPI;
	mode = m->v1 > now ? 1 : m->v2 > now ? 2 : 3;
	if (mode < 3 && type == MGATE_RECORD_BLOCK)
		return;
	if (mode == 1 && type == MGATE_RECORD_TO_IN)
		return;
	if (mode < 3 && type == MGATE_RECORD_TO_EX)
		set = 0;
	if (model_is_too_much(m, type, set))
		model_give_all(m, now);
	else if (m->exclude)
		model_exclude(m, type, set, now);
	else
		model_include(m, type, set, now);
	if (m->hurry)
		model_expire(m, now);
	m->hurry = false;
	model_tidy(m);
}

/* 6.6.1: the elected querier asks; @wait is what its query gives. */
static inline void model_hear_query(struct model *m, u32 set, bool about_group, u64 until)
{
	u32 i;

	if (about_group && m->exclude)
		m->timer = min(m->timer, until);
	for (i = 0; i < MODEL_SRCS; i++)
		if (set & m->listed & BIT(i))
			m->src[i] = min(m->src[i], until);
}

/* 6.3, the whole table. */
static inline bool model_forwards(const struct model *m, u32 src)
{
	if (src < MODEL_SRCS && (m->listed & BIT(src)))
		return m->src[src] != 0;
	return m->exclude;
}

/* A query that is sent late delays the end: each question gets its time. */
static inline u64 model_asked(struct model_question *q, u64 until, u64 now)
{
	until = max(until, now + (u64)q->left * MODEL_LMQI);
	q->left--;
	q->at = now + MODEL_LMQI;
	return until;
}

static inline bool model_is_due(const struct model *m, u32 src, u64 now, bool suppress)
{
	return m->about[src].left && m->about[src].at <= now &&
	       (m->src[src] > now + MODEL_LMQT) == suppress;
}

#endif
