// SPDX-License-Identifier: GPL-2.0-only
/* Records that only repeat what is known: which they are, and what comes of them. */
#include "sources.h"

#define G1 0xef010101

/* A state of three sources: for EXCLUDE a digit in base three is nothing, runs, blocked. */
static void enter_state(struct world *w, u32 grp, bool exclude, u32 state)
{
	u32 run = exclude ? 0 : state, blocked = 0, i;

	for (i = 0; exclude && i < 3; i++, state /= 3) {
		run |= state % 3 == 1 ? BIT(i) : 0;
		blocked |= state % 3 == 2 ? BIT(i) : 0;
	}
	if (exclude)
		hear_set(w, 2, MGATE_RECORD_IS_EX, grp, blocked);
	if (run)
		hear_set(w, 2, exclude ? MGATE_RECORD_ALLOW : MGATE_RECORD_IS_IN, grp, run);
}

static struct mgate_record record_of(u32 grp, u8 type, u32 set)
{
	struct mgate_record rec;
	u16 offset = 0;

	report_begin();
	report_set(type, grp, set);
	mgate_v3_next_record(&report, &offset, &rec);
	return rec;
}

static bool is_refresh(struct world *w, u32 grp, u8 type, u32 set)
{
	struct mgate_record rec = record_of(grp, type, set);
	struct mgate_key key = world_key(grp);
	bool is;

	spin_lock_bh(&w->sw.lock);
	is = mgate_refresh_is(mgate_membership_find_locked(&w->sw, &key, 2), &rec, WORLD_AF);
	spin_unlock_bh(&w->sw.lock);
	return is;
}

static void try_record(struct kunit *test, u32 grp, u8 type, u32 set)
{
	struct world *w = test->priv;
	struct port_state before = state_of(w, 2, grp), after;
	bool is = is_refresh(w, grp, type, set);
	struct asked asked;

	hear_set(w, 2, type, grp, set);
	after = state_of(w, 2, grp);
	asked = asked_until(w, w->now + 100, 2, grp);
	KUNIT_EXPECT_EQ_MSG(test, is, !asked.n && after.member && before.mode == after.mode &&
			    before.run == after.run && before.blocked == after.blocked,
			    "mode %u run %x blocked %x, record %u of %x", before.mode,
			    before.run, before.blocked, type, set);
	asked_until(w, w->now + 3000, 2, grp);
}

/* TRAPS 28: a record is a refresh if, and only if, nothing comes of it: all states of
 * three sources, all records.
 */
static void is_what_changes_nothing(struct kunit *test)
{
	struct world *w = test->priv;
	u32 grp = G1, state, set;
	u8 type;

	we_ask(w, 3);
	for (state = 0; state < 8 + 27; state++) {
		if (!state)	/* INCLUDE {}: no membership */
			continue;
		for (type = MGATE_RECORD_IS_IN; type <= MGATE_RECORD_BLOCK; type++) {
			for (set = 0; set < 8; set++, grp++) {
				enter_state(w, grp, state >= 8, state >= 8 ? state - 8 : state);
				try_record(test, grp, type, set);
			}
		}
	}
}

static struct mgate_eht_host *only_host(const struct mgate_member *m)
{
	return rb_entry(m->hosts.rb_node, struct mgate_eht_host, node);
}

/* Whether a record goes the short way, be it from a stranger or from the known host. */
static bool goes_short(struct world *w, u32 grp, u8 type, u32 set)
{
	static const struct mgate_eht_who stranger = { .mac = { 2, 0, 0, 0, 0, 77 } };
	struct mgate_key key = world_key(grp);
	struct mgate_rules rules = { .af = WORLD_AF, .version = 3 };
	struct mgate_record rec = record_of(grp, type, set);
	struct mgate_member *m;
	bool done;

	spin_lock_bh(&w->sw.lock);
	m = mgate_membership_find_locked(&w->sw, &key, 2);
	rules.now = w->now;
	rules.until = m->until + 1;
	done = mgate_refresh_all(m, &rec, &rules, &stranger);
	if (!done && m->hosts.rb_node)
		done = mgate_refresh_all(m, &rec, &rules, &only_host(m)->who);
	spin_unlock_bh(&w->sw.lock);
	return done;
}

/* RFC 9776 6.4.2: of a known host, in EXCLUDE ({},{}), IS_EX ({}) and TO_EX ({}) are done at
 * once, and nothing else is: all states of three sources, all records.
 */
static void is_done_at_once(struct kunit *test)
{
	struct world *w = test->priv;
	u32 grp = G1, state, set;
	bool short_one;
	u8 type;

	for (state = 1; state < 8 + 27; state++) {
		enter_state(w, grp, state >= 8, state >= 8 ? state - 8 : state);
		for (type = MGATE_RECORD_IS_IN; type <= MGATE_RECORD_BLOCK; type++) {
			for (set = 0; set < 8; set++) {
				short_one = state == 8 && !set && (type == MGATE_RECORD_IS_EX ||
								   type == MGATE_RECORD_TO_EX);
				KUNIT_EXPECT_EQ_MSG(test, goes_short(w, grp, type, set),
						    short_one, "state %u, record %u of %x",
						    state, type, set);
			}
		}
		grp++;
	}
}

static void by_the_rows(struct world *w, struct mgate_member *m, const struct mgate_record *rec,
			const struct mgate_rules *rules)
{
	struct mgate_eht_event e = {
		.who = &only_host(m)->who, .rec = rec, .now = rules->now, .until = rules->until,
		.used = &w->sw.ports[m->slot]->nhosts, .af = rules->af, .version = rules->version,
	};
	struct mgate_effect effect;

	mgate_eht_hear(m, &e);
	mgate_filter_apply(&w->sw.map, m, rec, rules, &effect);
}

/* RFC 9776 6.4.2, 7.3.2: the short way and the rows end alike, in each version; and where the
 * timer is to run for less than before, which moves a deadline, the rows are gone through.
 */
static void ends_as_by_the_rows(struct kunit *test)
{
	struct mgate_key key = world_key(G1);
	struct mgate_record rec = { .grp = key.grp, .type = MGATE_RECORD_IS_EX };
	struct mgate_rules rules = { .af = WORLD_AF, .max_sources = 64 };
	struct world *w = test->priv;
	struct mgate_member *a, *b;

	hear_set(w, 2, MGATE_RECORD_IS_EX, G1, 0);
	hear_set(w, 3, MGATE_RECORD_IS_EX, G1, 0);
	spin_lock_bh(&w->sw.lock);
	a = mgate_membership_find_locked(&w->sw, &key, 2);
	b = mgate_membership_find_locked(&w->sw, &key, 3);
	for (rules.version = 1; rules.version <= 3; rules.version++) {
		rules.now += 1000;
		rules.until = a->until + 1000;
		rules.older_until = rules.until - 500;
		KUNIT_EXPECT_TRUE(test, mgate_refresh_all(a, &rec, &rules, &only_host(a)->who));
		by_the_rows(w, b, &rec, &rules);
		KUNIT_EXPECT_EQ(test, a->until, b->until);
		KUNIT_EXPECT_EQ(test, a->v1_until, b->v1_until);
		KUNIT_EXPECT_EQ(test, a->v2_until, b->v2_until);
		KUNIT_EXPECT_EQ(test, a->mode, b->mode);
		KUNIT_EXPECT_EQ(test, a->asks, b->asks);
		KUNIT_EXPECT_EQ(test, only_host(a)->until, only_host(b)->until);
		KUNIT_EXPECT_EQ(test, only_host(a)->version, only_host(b)->version);
	}
	rules.until = a->until - 1;
	KUNIT_EXPECT_FALSE(test, mgate_refresh_all(a, &rec, &rules, &only_host(a)->who));
	spin_unlock_bh(&w->sw.lock);
}

static struct kunit_case refresh_cases[] = {
	KUNIT_CASE(is_what_changes_nothing),
	KUNIT_CASE(is_done_at_once),
	KUNIT_CASE(ends_as_by_the_rows),
	{}
};

static struct kunit_suite refresh_suite = {
	.name = WORLD_NAME("mgate_refresh"),
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = world_init,
	.exit = world_exit,
	.test_cases = refresh_cases,
};

kunit_test_suite(refresh_suite);

MODULE_DESCRIPTION("mgate: tests of records that repeat what is known");
MODULE_LICENSE("GPL");
