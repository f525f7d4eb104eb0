// SPDX-License-Identifier: GPL-2.0-only
/*
 * Target: a life of a switch. The input is a sequence of things that happen, a byte
 * for each and some for its particulars; what is missing at the end counts as zero.
 * All messages are datagrams that the parsers let pass. After each thing everything
 * is counted anew (invariants.h), and at the end nothing may be left.
 */
#include "../../kunit/world.c"
#include "../../kunit/world.h"
#include "messages.h"
#include "invariants.h"

#define RUNS 600		/* of the tick, in a life */
#define MOST_SEEN 6000		/* groups and so on, in a life */
#define RECORDS 300		/* of a report */

u32 fuzz_fail;
unsigned int fuzz_readers;
struct rcu_head *fuzz_waiting;

/**
 * struct life - what goes on
 * @data: what is still to happen
 * @left: bytes of it
 * @w: the switch
 * @test: who holds @w
 * @runs: of the tick, so far
 * @seen: work that looking at everything has cost
 * @mute: no query can be sent
 * @was_short: memory was short
 * @aloud: all that happens is printed: FUZZ_ALOUD is set
 * @buf: the message under way
 * @len: bytes of it
 */
struct life {
	const u8 *data;
	size_t left;
	struct world *w;
	struct kunit test;
	unsigned int runs;
	u32 seen;
	bool mute;
	bool was_short;
	bool aloud;
	u8 buf[65536];
	size_t len;
};

static u8 take(struct life *l)
{
	if (!l->left)
		return 0;
	l->left--;
	return *l->data++;
}

static u16 take16(struct life *l)
{
	u8 high = take(l);

	return (u16)(high << 8 | take(l));
}

static u16 take_slot(struct life *l)
{
	return world_slots[take(l) % WORLD_PORTS];
}

/* Few, so that one thing meets another; and now and then any. */
static u16 take_vid(struct life *l)
{
	u8 b = take(l);

	return b < 0xf0 ? b % 3 : take16(l) % MGATE_VLANS;
}

static u32 take_group(struct life *l)
{
	u8 b = take(l);

	switch (b) {
	case 0xff:
		return 0xef020000 | take16(l);
	case 0xfe:
		return 0xe00000fb;
	case 0xfd:
		return 0xe8010101;
	default:
		return 0xef010100 + b % 4;
	}
}

static u32 take_router(struct life *l)
{
	u8 b = take(l) % 4;

	if (!b)
		return 0;
	return b == 3 ? number_of(&l->w->own) : WORLD_ROUTER + b;
}

/* --- Messages --------------------------------------------------------------------- */

static void put(struct life *l, u32 value, unsigned int bytes)
{
	while (bytes--)
		l->buf[l->len++] = (u8)(value >> 8 * bytes);
}

static void begin_message(struct life *l)
{
	l->len = MGATE_IPV4_IGMP_HEADER;
}

static u8 protocol_of(const struct life *l)
{
	return l->buf[MGATE_IPV4_IGMP_HEADER] == 0x20 ? MGATE_DISCOVERY_PIM :
							 MGATE_IPV4_PROTOCOL_IGMP;
}

static void wrap(struct life *l, u32 src, u32 dst)
{
	struct mgate_addr s = ip4_of(src), d = ip4_of(dst);

	mgate_ipv4_build(&s, &d, l->len - MGATE_IPV4_IGMP_HEADER, l->buf);
	l->buf[9] = protocol_of(l);
}

/* As module/frame.c does. Return: there is something to be learned. */
static bool read_message(const u8 *data, size_t len, struct mgate_msg *msg)
{
	const struct mgate_family *family;
	struct mgate_datagram d;

	family = mgate_family(len && data[0] >> 4 == 6 ? MGATE_AF_INET6 : MGATE_AF_INET);
	if (family->parse_header(data, len, len, &d) || d.fragment ||
	    family->scope(&d.dst) == MGATE_SCOPE_NONE)
		return false;
	if (family->is_message(&d))
		family->parse(&d, false, msg);
	else if (d.protocol == MGATE_DISCOVERY_PIM && d.len >= MGATE_DISCOVERY_PIM_HEADER &&
		 mgate_discovery_is_hello(&d))
		mgate_discovery_hello(&d, msg);
	else
		return false;
	return msg->flaw == MGATE_REASON_NONE;
}

/* The bridge has an address of either family, or none. */
static struct mgate_addr own_of(const struct life *l, u8 af)
{
	struct mgate_addr own = { .bytes = { 0xfe, 0x80 } };

	if (af == MGATE_AF_INET || mgate_addr_is_zero(&l->w->own))
		return l->w->own;
	memcpy(own.bytes + 12, l->w->own.bytes, 4);
	return own;
}

static void take_in(struct life *l, u16 slot, u16 vid, u8 host, const struct mgate_msg *msg)
{
	struct mgate_input *in = &l->w->in;

	memset(in, 0, sizeof(*in));
	in->msg = msg;
	in->now = l->w->now;
	in->slot = slot;
	in->vid = vid;
	in->named = vid < 3;
	in->own = own_of(l, msg->af);
	in->who.addr = msg->src;
	in->who.mac[0] = 2;
	in->who.mac[5] = host;
	rcu_read_lock();
	in->withheld = l->w->decides && msg->fate == MGATE_FATE_ROUTERS &&
		       mgate_gate_withholds(&l->w->sw, msg, vid, slot);
	rcu_read_unlock();
	mgate_input(&l->w->sw, in);
}

/* A report goes to routers; where none is known, or it is no report, to all. */
static void check_way(struct life *l, u16 slot, u16 vid, const struct mgate_msg *msg)
{
	struct mgate_plan plan;
	bool pass;

	if (msg->fate != MGATE_FATE_ROUTERS)
		return;
	memset(&plan, 0xaa, sizeof(plan));
	rcu_read_lock();
	mgate_gate_report(&l->w->sw, msg->af, vid, l->w->in.withheld, &plan);
	mgate_gate_test(&l->w->sw, &plan, slot, &pass);
	rcu_read_unlock();
	FUZZ_CHECK(plan.pass == MGATE_REASON_NONE || plan.pass == MGATE_REASON_CONTROL_REPORT);
	if (!l->w->in.withheld && test_bit(slot, l->w->sw.always))
		FUZZ_CHECK(pass);
}

/* Whoever has just asked for something gets it, whatever limit there is. */
static void check_wish(struct life *l, u16 slot, u16 vid, const struct mgate_msg *msg)
{
	struct mgate_record rec;
	enum mgate_reason hold;
	struct mgate_key key;
	unsigned int i = 0;
	u16 offset = 0;

	if (msg->kind != MGATE_KIND_REPORT || (msg->version == 3 && msg->count != 1) ||
	    l->w->in.flaw != MGATE_REASON_NONE || l->w->in.ssm ||
	    !test_bit(slot, l->w->sw.up) ||
	    !mgate_v3_next_record(msg, &offset, &rec))
		return;
	key = mgate_addr_key(msg->af, vid, &rec.grp);
	if (rec.type == MGATE_RECORD_IS_EX || rec.type == MGATE_RECORD_TO_EX)
		key.src = ip4_of(STRANGER);
	else if (rec.type == MGATE_RECORD_BLOCK ||
		 !mgate_family_source(msg->af, &rec, &i, &key.src))
		return;
	FUZZ_CHECK(gate_passes(l->w, &key, slot, &hold));
}

/* The message in @buf comes in. */
static void arrive(struct life *l, u16 slot, u16 vid, u8 host)
{
	u8 *data = fuzz_copy(l->buf, l->len);
	struct mgate_msg msg;

	if (read_message(data, l->len, &msg)) {
		take_in(l, slot, vid, host, &msg);
		check_way(l, slot, vid, &msg);
		check_wish(l, slot, vid, &msg);
	}
	free(data);
}

#include "sayings.h"
#include "happenings.h"

/* Limits that are soon reached. */
static void set_limits(struct life *l)
{
	u8 limits = take(l);
	unsigned int p;

	for (p = 0; p < WORLD_PORTS && limits & 1; p++)
		mgate_swport_set(&l->w->sw, world_slots[p], MGATE_PORT_MAX_GROUPS, 2,
				 l->w->now);
	if (limits & 2)
		world_set(l->w, MGATE_PARAM_MAX_GROUPS, 3);
	if (limits & 4)
		world_set(l->w, MGATE_PARAM_MAX_SOURCES, 2);
	if (limits & 8)
		world_set(l->w, MGATE_PARAM_VERSION, 2);
	if (limits & 16)
		world_set(l->w, MGATE_PARAM_UNKNOWN, MGATE_UNKNOWN_DROP);
}

/* Sets the scene; then one thing after another. */
static void live(struct life *l)
{
	u8 scene = take(l);

	set_limits(l);
	l->w->decides = scene & 1;
	l->w->own = ip4_of(scene & 2 ? WORLD_ROUTER + (scene & 4 ? 9 : 0) : 0);
	if (scene & 32)
		world_set(l->w, MGATE_PARAM_QUERIER, MGATE_QUERIER_ON);
	if (scene & 64)
		world_set(l->w, MGATE_PARAM_PROXY, MGATE_PROXY_FULL);
	if (scene & 128)
		mgate_swport_set(&l->w->sw, world_slots[2], MGATE_PORT_FAST_LEAVE, 1,
				 l->w->now);
	if (scene & 8)
		mgate_role_set(&l->w->sw, true, scene & 16 ? 1 : 0, l->w->now);
	while (l->left) {
		happens(l);
		if (l->seen < MOST_SEEN || !l->left)
			l->seen += 20 + check_world(l->w, l->was_short);
		fuzz_grace();
	}
}

int fuzz_begin(int *argc, char ***argv)
{
	FUZZ_CHECK(!world_suite_init(NULL));
	return 0;
}

int fuzz_one(const u8 *data, size_t size)
{
	static struct life l;

	memset(&l, 0, offsetof(struct life, buf));
	l.data = data;
	l.left = size;
	l.aloud = getenv("FUZZ_ALOUD");
	fuzz_fail = 0;
	FUZZ_CHECK(!world_init(&l.test));
	l.w = l.test.priv;
	live(&l);
	fuzz_fail = 0;
	world_exit(&l.test);
	free(l.w);
	return 0;
}
