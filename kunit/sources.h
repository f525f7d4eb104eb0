/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reports with many sources and records, and what comes of them: what the suites
 * of RFC 9776 stand on. Sources are written as sets: bit n is SRC(n).
 */
#ifndef MGATE_KUNIT_SOURCES_H
#define MGATE_KUNIT_SOURCES_H

#include "world.h"

#define SRC(n) (0x0a000001 + (n))	/* 10.0.0.1 and on */
#define SRCS 8				/* in a set */
#define OWN 0xc0000209			/* what we query from: 192.0.2.9 */
#define OHPI 260000

/* One report at a time is built, in place. */
static u8 report_body[32768];
static struct mgate_msg report;

static inline void put32(u8 *p, u32 v)
{
	p[0] = (u8)(v >> 24);
	p[1] = (u8)(v >> 16);
	p[2] = (u8)(v >> 8);
	p[3] = (u8)v;
}

static inline void report_begin(void)
{
	memset(&report, 0, sizeof(report));
	report.body = report_body;
	report.version = 3;
	report.kind = MGATE_KIND_REPORT;
	report.fate = MGATE_FATE_ROUTERS;
	report.af = WORLD_AF;
}

/* The record itself; its sources follow by report_source(). */
static inline u8 *report_record(enum mgate_record_type type, u32 grp)
{
	u8 *p = report_body + report.len;

	memset(p, 0, 4);
	p[0] = (u8)type;
	report.len += 4 + world_put(p + 4, grp);
	report.count++;
	return p;
}

static inline void report_source(u8 *rec, u32 src)
{
	u16 n = (u16)((rec[2] << 8 | rec[3]) + 1);

	report.len += world_put(report_body + report.len, src);
	rec[2] = (u8)(n >> 8);
	rec[3] = (u8)n;
}

static inline void report_set(enum mgate_record_type type, u32 grp, u32 set)
{
	u8 *rec = report_record(type, grp);
	unsigned int i;

	for (i = 0; i < SRCS; i++)
		if (set & BIT(i))
			report_source(rec, SRC(i));
}

/* @n sources, from SRC(@first) on. */
static inline void report_range(enum mgate_record_type type, u32 grp, u32 first, u32 n)
{
	u8 *rec = report_record(type, grp);

	while (n--)
		report_source(rec, SRC(first++));
}

/* As world_hear(), from a host of that number. */
static inline void report_send(struct world *w, u16 slot, unsigned int host)
{
	report.src = world_addr(0xc0000264 + host);
	memset(&w->in, 0, sizeof(w->in));
	w->in.msg = &report;
	w->in.now = w->now;
	w->in.slot = slot;
	w->in.vid = WORLD_VID;
	w->in.named = true;
	w->in.own = w->own;
	w->in.who.addr = report.src;
	w->in.who.mac[0] = 2;
	put32(w->in.who.mac + 2, host);
	w->in.withheld = w->decides && world_withholds(w, slot, &report);
	mgate_input(&w->sw, &w->in);
}

static inline void hear_from(struct world *w, u16 slot, unsigned int host,
			     enum mgate_record_type type, u32 grp, u32 set)
{
	report_begin();
	report_set(type, grp, set);
	report_send(w, slot, host);
}

static inline void hear_set(struct world *w, u16 slot, enum mgate_record_type type, u32 grp,
			    u32 set)
{
	hear_from(w, slot, 0, type, grp, set);
}

static inline void hear_range(struct world *w, u16 slot, enum mgate_record_type type, u32 grp,
			      u32 first, u32 n)
{
	report_begin();
	report_range(type, grp, first, n);
	report_send(w, slot, 0);
}

/* A version 3 query about sources of a group. */
static inline void hear_query_set(struct world *w, u16 slot, u32 from, u32 grp, u32 set,
				  u32 max_resp_ms, bool suppress)
{
	struct mgate_msg msg = world_query_msg(from, grp);
	u8 body[16 * SRCS];
	unsigned int i;

	for (i = 0; i < SRCS; i++)
		if (set & BIT(i))
			msg.len += world_put(body + WORLD_LEN * msg.count++, SRC(i));
	msg.body = body;
	msg.max_resp_ms = max_resp_ms;
	msg.suppress = suppress;
	world_hear(w, slot, &msg);
}

/**
 * struct port_state - what the switch holds of one port in one group
 * @member: anything
 * @mode: enum mgate_mode
 * @until: the group timer
 * @run: sources whose timers run
 * @blocked: the others that have a record
 * @timer: of those that run
 */
struct port_state {
	bool member;
	u8 mode;
	u64 until;
	u32 run;
	u32 blocked;
	u64 timer[SRCS];
};

static inline struct port_state state_of(struct world *w, u16 slot, u32 grp)
{
	struct mgate_key key = world_key(grp);
	const struct mgate_source *s;
	struct port_state st = {};
	struct mgate_member *m;
	u32 i;

	spin_lock_bh(&w->sw.lock);
	m = mgate_membership_find_locked(&w->sw, &key, slot);
	if (m) {
		st.member = m->learned;
		st.mode = m->mode;
		st.until = m->until;
		mgate_ledger_for_each_source(s, m) {
			i = world_number(mgate_source_addr(s)) - SRC(0);
			if (i >= SRCS || !s->learned)
				continue;
			*(s->until ? &st.run : &st.blocked) |= BIT(i);
			st.timer[i] = s->until;
		}
	}
	spin_unlock_bh(&w->sw.lock);
	return st;
}

/* The sources that leave by a port; the last of the set is one that nobody names. */
static inline u32 forwards(struct world *w, u16 slot, u32 grp)
{
	u32 set = 0;
	bool pass;
	u32 i;

	for (i = 0; i < SRCS; i++) {
		world_gate(w, slot, grp, SRC(i), &pass);
		set |= pass ? BIT(i) : 0;
	}
	return set;
}

#define OTHERS BIT(SRCS - 1)
#define ALL (BIT(SRCS) - 1)

/**
 * struct asked - queries about one group at one port
 * @n: all of them
 * @group: about the group, S flag clear
 * @group_s: the same with it set
 * @clear: sources that were asked about, S flag clear
 * @set: the same with it set
 * @wrong: queries of that group to other ports, or of wrong form
 */
struct asked {
	unsigned int n;
	unsigned int group;
	unsigned int group_s;
	u32 clear;
	u32 set;
	unsigned int wrong;
};

static inline void asked_count(const struct mgate_ask *ask, struct asked *a)
{
	unsigned int i;
	u32 set = 0;

	a->n++;
	a->wrong += ask->query.max_resp_ms != 1000 || ask->vid != WORLD_VID;
	for (i = 0; i < ask->query.nsrcs; i++)
		set |= BIT(world_number(&ask->query.srcs[i]) - SRC(0));
	*(ask->query.suppress ? &a->set : &a->clear) |= set;
	if (!ask->query.nsrcs)
		(*(ask->query.suppress ? &a->group_s : &a->group))++;
}

/* As world_tick(), looking at each query that is handed out. */
static inline u64 asked_tick(struct world *w, u16 slot, u32 grp, struct asked *a)
{
	struct mgate_addr g = world_addr(grp);
	unsigned int i;
	bool more;

	do {
		more = world_run(w);
		for (i = 0; i < w->run.n; i++) {
			if (!mgate_addr_equal(&w->run.ask[i].query.grp, &g))
				continue;
			if (w->run.ask[i].slot == slot)
				asked_count(&w->run.ask[i], a);
			else
				a->wrong++;
		}
	} while (more);
	return max(mgate_switch_next(&w->sw), w->run.wait);
}

/* As world_until(), and what was asked from now until then, both included. */
static inline struct asked asked_until(struct world *w, u64 when, u16 slot, u32 grp)
{
	struct asked a = {};
	u64 next = asked_tick(w, slot, grp, &a);

	while (next <= when) {
		w->now = next;
		next = asked_tick(w, slot, grp, &a);
	}
	w->now = when;
	return a;
}

static inline struct asked asked_now(struct world *w, u16 slot, u32 grp)
{
	return asked_until(w, w->now, slot, grp);
}

/* We are the querier, of that version, and the startup burst is over. */
static inline void we_ask(struct world *w, u32 version)
{
	world_begin(w, MGATE_QUERIER_ON, version, OWN);
	world_pass(w, 40000);
}

/* `fast_leave` at a port. */
static inline void fast(struct world *w, u16 slot)
{
	mgate_swport_set(&w->sw, slot, MGATE_PORT_FAST_LEAVE, 1, w->now);
}

#endif
