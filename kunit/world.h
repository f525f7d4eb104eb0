/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A switch with a few ports, in a time of its own: what the suites of the
 * switch stand on. The sources are linked with them (world.c); a suite that
 * looks at what is static there includes world.c before this.
 */
#ifndef MGATE_KUNIT_WORLD_H
#define MGATE_KUNIT_WORLD_H

#include <linux/module.h>
#include <linux/rcupdate.h>

#include <mgate/addr.h>
#include <mgate/asking.h>
#include <mgate/context.h>
#include <mgate/discovery.h>
#include <mgate/due.h>
#include <mgate/eht.h>
#include <mgate/expiry.h>
#include <mgate/family.h>
#include <mgate/filter.h>
#include <mgate/gate.h>
#include <mgate/igmp.h>
#include <mgate/input.h>
#include <mgate/ipv4.h>
#include <mgate/ipv6.h>
#include <mgate/ledger.h>
#include <mgate/limit.h>
#include <mgate/map.h>
#include <mgate/membership.h>
#include <mgate/memory.h>
#include <mgate/mld.h>
#include <mgate/override.h>
#include <mgate/params.h>
#include <mgate/permanent.h>
#include <mgate/policy.h>
#include <mgate/proxy.h>
#include <mgate/querier.h>
#include <mgate/question.h>
#include <mgate/rate.h>
#include <mgate/reason.h>
#include <mgate/refresh.h>
#include <mgate/report.h>
#include <mgate/role.h>
#include <mgate/routers.h>
#include <mgate/saying.h>
#include <mgate/source.h>
#include <mgate/switch.h>
#include <mgate/swport.h>
#include <mgate/timer.h>
#include <mgate/v3.h>
#include <mgate/vlans.h>
#include <mgate/walk.h>

#include "common.h"

/* The family of all messages: a suite is built for each. */
#ifdef WORLD_IPV6
#define WORLD_AF MGATE_AF_INET6
#define WORLD_LEN 16			/* of an address */
#define WORLD_NAME(name) name "6"
#else
#define WORLD_AF MGATE_AF_INET
#define WORLD_LEN 4
#define WORLD_NAME(name) name
#endif

#define WORLD_VID 1
#define WORLD_ROUTER 0xc0000201		/* 192.0.2.1 */
#define WORLD_SOURCE 0xc6336401		/* 198.51.100.1 */
#define WORLD_GMI 270000		/* the default intervals, RFC 9776 8 */
#define WORLD_LMQT 2000

/* On both sides of the ends of words, and the last that there is. */
static const u16 world_slots[] = { 0, 1, 2, 3, 63, 64, 65, 128, MGATE_SLOTS - 1 };

#define WORLD_PORTS ARRAY_SIZE(world_slots)

/**
 * struct world - a switch under test
 * @sw: the switch
 * @ports: its ports, at world_slots[]
 * @msg: the last message
 * @in: the same as it came in
 * @now: ms
 * @own: the address that the bridge queries from
 * @decides: leaves are withheld where the gate says so
 * @lost: queriers that fell silent where there are members
 * @lost_for_good: the last time nobody was to query in its place
 * @asks: queries that were handed out
 * @vlan_asks: the same for each VLAN
 * @last_ask: the last of them
 * @runs: runs of the tick
 * @run: the last of them
 */
struct world {
	struct mgate_switch sw;
	struct mgate_switch_port ports[WORLD_PORTS];
	struct mgate_msg msg;
	struct mgate_input in;
	u64 now;
	struct mgate_addr own;
	bool decides;
	unsigned int lost;
	bool lost_for_good;
	unsigned int asks;
	unsigned int vlan_asks[MGATE_VLANS];
	struct mgate_ask last_ask;
	unsigned int runs;
	struct mgate_expiry run;
};

void world_memory(unsigned long bytes);

static inline int world_suite_init(struct kunit_suite *suite)
{
	return mgate_memory_init(64);
}

static inline void world_suite_exit(struct kunit_suite *suite)
{
	mgate_memory_exit();
}

static inline int world_init(struct kunit *test)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	unsigned int i;

	if (!w || mgate_switch_setup(&w->sw))
		return -ENOMEM;
	world_memory(64 << 20);
	w->now = 1000000;
	w->sw.families = 1 << WORLD_AF;
	/* Round figures; what `auto` derives has tests of its own. */
	w->sw.params.v[MGATE_PARAM_CONVERGENCE_MS] = 10000;
	test->priv = w;
	for (i = 0; i < WORLD_PORTS; i++) {
		mgate_params_port_setup(w->ports[i].params);
		mgate_swport_add(&w->sw, &w->ports[i], world_slots[i]);
	}
	return 0;
}

/* RELIABILITY M7: whatever went on, nothing is left of it. */
static inline void world_exit(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned int i;

	if (!w)
		return;
	for (i = 0; i < WORLD_PORTS; i++)
		if (test_bit(world_slots[i], w->sw.up))
			mgate_swport_del(&w->sw, world_slots[i], w->now);
	KUNIT_EXPECT_EQ(test, w->sw.ledger.ngroups, 0);
	mgate_switch_clear(&w->sw);
	KUNIT_EXPECT_NULL(test, timerqueue_getnext(&w->sw.queue));
	KUNIT_EXPECT_NULL(test, timerqueue_getnext(&w->sw.vlan_queue));
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, mgate_memory_used(), 0);
}

static inline struct mgate_switch_port *world_port(struct world *w, u16 slot)
{
	return w->sw.ports[slot];
}

/* An IPv4 address; over IPv6 one that has its scope and ends with it, or, for that of no
 * host, the loopback address.
 */
static inline struct mgate_addr world_addr(u32 number)
{
	struct mgate_addr a = ip4_of(number), a6 = { .bytes = { 0xfe, 0x80 } };

	if (!number || mgate_family(WORLD_AF)->addr_len == 4)
		return a;
	if (mgate_ipv4_scope(&a) != MGATE_SCOPE_NONE) {
		a6.bytes[0] = 0xff;
		a6.bytes[1] = number >> 24 == 232 ? 0x3e : number >> 8 == 0xe00000 ? 2 : 0x1e;
	} else if (!mgate_ipv4_is_host(&a)) {
		return (struct mgate_addr){ .bytes = { [15] = 1 } };
	}
	memcpy(a6.bytes + 12, a.bytes, 4);
	return a6;
}

static inline u32 world_number(const struct mgate_addr *a)
{
	struct mgate_addr end;

	mgate_addr_load(&end, a->bytes + WORLD_LEN - 4, 4);
	return number_of(&end);
}

/* A range of IPv4, or what it is over IPv6. */
static inline struct mgate_prefix world_prefix(u32 number, u8 len)
{
	return (struct mgate_prefix){ .addr = world_addr(number), .af = WORLD_AF,
				      .len = (u8)(len + 8 * (WORLD_LEN - 4)) };
}

/* Into a message. Returns its length. */
static inline u16 world_put(u8 *p, u32 number)
{
	struct mgate_addr a = world_addr(number);

	memcpy(p, a.bytes, WORLD_LEN);
	return WORLD_LEN;
}

static inline struct mgate_key world_key(u32 grp)
{
	struct mgate_addr g = world_addr(grp);

	return mgate_addr_key(WORLD_AF, WORLD_VID, &g);
}

/* What comes in next. */
static inline void world_message(struct world *w, const struct mgate_msg *msg)
{
	w->msg = *msg;
	w->msg.af = WORLD_AF;
	w->in.msg = &w->msg;
}

static inline struct mgate_member *world_member(struct world *w, u16 slot, u32 grp)
{
	struct mgate_key key = world_key(grp);
	struct mgate_member *m;

	spin_lock_bh(&w->sw.lock);
	m = mgate_membership_find_locked(&w->sw, &key, slot);
	spin_unlock_bh(&w->sw.lock);
	return m;
}

/* Is it kept from the routers, as mgate_decision_withholds() asks. */
static inline bool world_withholds(struct world *w, u16 slot, const struct mgate_msg *msg)
{
	struct mgate_msg own = *msg;
	bool withheld;

	if (msg->fate != MGATE_FATE_ROUTERS)
		return false;
	own.af = WORLD_AF;
	rcu_read_lock();
	withheld = mgate_gate_withholds(&w->sw, &own, WORLD_VID, slot);
	rcu_read_unlock();
	return withheld;
}

static inline void world_hear_in(struct world *w, u16 slot, u16 vid, const struct mgate_msg *msg)
{
	memset(&w->in, 0, sizeof(w->in));
	world_message(w, msg);
	w->in.now = w->now;
	w->in.slot = slot;
	w->in.vid = vid;
	w->in.named = true;
	w->in.own = w->own;
	w->in.withheld = w->decides && world_withholds(w, slot, msg);
	mgate_input(&w->sw, &w->in);
}

static inline void world_hear(struct world *w, u16 slot, const struct mgate_msg *msg)
{
	world_hear_in(w, slot, WORLD_VID, msg);
}

/* One group record of version 3; for version 1 and 2 report or leave. */
static inline void world_record(struct world *w, u16 slot, u8 version,
				enum mgate_record_type type, u32 grp, u32 src)
{
	u8 body[4 + 16 + 16] = { type, 0, 0, src ? 1 : 0 };
	struct mgate_msg msg = {
		.src = world_addr(0xc0000264), .grp = world_addr(grp), .body = body,
		.len = 4 + WORLD_LEN, .count = 1, .version = version, .fate = MGATE_FATE_ROUTERS,
		.kind = version < 3 && type == MGATE_RECORD_TO_IN ? MGATE_KIND_LEAVE :
								    MGATE_KIND_REPORT,
	};

	world_put(body + 4, grp);
	if (src)
		msg.len += world_put(body + msg.len, src);
	world_hear(w, slot, &msg);
}

static inline void world_join(struct world *w, u16 slot, u8 version, u32 grp)
{
	world_record(w, slot, version, MGATE_RECORD_TO_EX, grp, 0);
}

static inline void world_leave(struct world *w, u16 slot, u8 version, u32 grp)
{
	world_record(w, slot, version, MGATE_RECORD_TO_IN, grp, 0);
}

/* A version 3 query with the usual values: general, or of a group in 1 s. */
static inline struct mgate_msg world_query_msg(u32 from, u32 grp)
{
	struct mgate_msg msg = {
		.src = world_addr(from), .grp = world_addr(grp), .max_resp_ms = grp ? 1000 : 10000,
		.interval_ms = 125000, .robustness = 2, .kind = MGATE_KIND_QUERY, .version = 3,
	};

	return msg;
}

static inline void world_query(struct world *w, u16 slot, u32 from, u32 grp)
{
	struct mgate_msg msg = world_query_msg(from, grp);

	world_hear(w, slot, &msg);
}

static inline void world_count(struct world *w, const struct mgate_expiry *run)
{
	const struct mgate_ask *ask;
	unsigned int i;

	w->asks += run->n;
	if (run->n)
		w->last_ask = run->ask[run->n - 1];
	w->lost += run->lost;
	if (run->lost)
		w->lost_for_good = run->lost_for_good;
	/* Here every query is sent, as mgate_tick does where it can. */
	for (i = 0; i < run->n; i++) {
		ask = &run->ask[i];
		w->vlan_asks[ask->vid]++;
		if (!ask->proxy)
			mgate_role_named(&w->sw, ask->query.af, ask->vid,
					 !mgate_addr_is_zero(&w->own));
		if (mgate_addr_is_zero(&ask->query.grp))
			mgate_role_asked(&w->sw, ask->query.af, ask->vid, ask->slot, w->now);
	}
	w->runs++;
}

/* One run over what is due. Returns true if there is more. */
static inline bool world_run(struct world *w)
{
	memset(&w->run, 0xaa, sizeof(w->run));
	w->run.now = w->now;
	mgate_expiry(&w->sw, &w->run);
	world_count(w, &w->run);
	return w->run.next <= w->now;
}

/* All that is due now, in as many runs as it takes. Returns the next deadline. */
static inline u64 world_tick(struct world *w)
{
	unsigned int guard = 0;

	while (world_run(w) && ++guard < 100000)
		;
	return max(mgate_switch_next(&w->sw), w->run.wait);
}

/* Time goes on to @when; the tick runs at each deadline, as it would. */
static inline void world_until(struct world *w, u64 when)
{
	u64 next = world_tick(w);

	while (next <= when) {
		w->now = next;
		next = world_tick(w);
	}
	w->now = when;
}

static inline void world_pass(struct world *w, u64 ms)
{
	world_until(w, w->now + ms);
}

/* The bridge may query: from @from, in @version (0: `auto`). */
static inline u64 world_begin(struct world *w, u32 mode, u32 version, u32 from)
{
	w->own = world_addr(from);
	w->sw.params.v[MGATE_PARAM_QUERIER] = mode;
	w->sw.params.v[MGATE_PARAM_VERSION] = version;
	return mgate_role_set(&w->sw, true, WORLD_VID, w->now);
}

/* A tunable is written, as by sysfs. */
static inline int world_set(struct world *w, enum mgate_param id, u32 value)
{
	enum mgate_param other;
	int err;

	mgate_switch_set(&w->sw, id, value, w->now, &other, &err);
	return err;
}

/* A querier at @slot, and the time for the answers: from here on it gates. */
static inline void world_converge(struct world *w, u16 slot)
{
	world_query(w, slot, WORLD_ROUTER, 0);
	world_pass(w, 10000);
}

static inline struct mgate_context *world_context(struct world *w, u16 vid)
{
	struct mgate_context *ctx;

	rcu_read_lock();
	ctx = mgate_context_find_rcu(&w->sw.contexts, WORLD_AF, vid);
	rcu_read_unlock();
	return ctx;
}

static inline bool world_is_router(struct world *w, u16 slot)
{
	struct mgate_context *ctx = world_context(w, WORLD_VID);

	return ctx && test_bit(slot, ctx->routers);
}

static inline u8 world_querier(struct world *w)
{
	struct mgate_context *ctx = world_context(w, WORLD_VID);

	return ctx ? ctx->querier.state : MGATE_QUERIER_NONE;
}

/* Why, and whether, a data frame leaves by @slot. */
static inline enum mgate_reason world_gate_key(struct world *w, u16 slot,
					       const struct mgate_key *key, bool *pass)
{
	enum mgate_reason reason;
	struct mgate_plan plan;

	memset(&plan, 0xaa, sizeof(plan));
	rcu_read_lock();
	mgate_gate_data(&w->sw, key, &plan);
	reason = mgate_gate_test(&w->sw, &plan, slot, pass);
	rcu_read_unlock();
	return reason;
}

/* The same of one of @src to @grp. */
static inline enum mgate_reason world_gate(struct world *w, u16 slot, u32 grp, u32 src,
					   bool *pass)
{
	struct mgate_key key = world_key(grp);

	key.src = world_addr(src);
	return world_gate_key(w, slot, &key, pass);
}

static inline bool world_gets(struct world *w, u16 slot, u32 grp)
{
	bool pass;

	world_gate(w, slot, grp, WORLD_SOURCE, &pass);
	return pass;
}

#endif
