// SPDX-License-Identifier: GPL-2.0-only
/* The hash of groups: who does not know a table's seed cannot fill one of its chains. */
#include "world.c"
#include "world.h"

#define GUESSES 1000
#define MASK 0xff
#define CHANCE 20	/* far above any chance, far below one chain for all */

/* Groups that a guess of the seed puts into one chain. */
static void choose(struct mgate_key *keys, u32 seed)
{
	u32 grp = 0xef000000, n = 0;

	while (n < GUESSES) {
		keys[n] = world_key(grp++);
		if (!(mgate_hash_group(&keys[n], sizeof(keys[n]), seed) & MASK))
			n++;
	}
}

static u32 longest_chain(struct rhashtable *ht, const struct rhashtable_params params,
			 const struct mgate_key *keys)
{
	const struct bucket_table *tbl;
	u32 i, h, longest = 0;
	u32 *chains;

	rcu_read_lock();
	tbl = rht_dereference_rcu(ht->tbl, ht);
	chains = kcalloc(tbl->size, sizeof(*chains), GFP_ATOMIC);
	for (i = 0; chains && i < GUESSES; i++) {
		h = rht_key_hashfn(ht, tbl, &keys[i], params);
		longest = max(longest, ++chains[h]);
	}
	longest = chains ? longest * tbl->size : U32_MAX;
	rcu_read_unlock();
	kfree(chains);
	return longest;
}

/* RELIABILITY M2, threat 21: the seed is random, per table; a chain is as long as
 * chance makes it. Chains are compared as if the table had a bucket for each group.
 */
static void guesses_do_not_collide(struct kunit *test)
{
	struct world *w = test->priv;
	struct mgate_key *keys = kunit_kcalloc(test, GUESSES, sizeof(*keys), GFP_KERNEL);
	u32 seed, i;

	KUNIT_ASSERT_NOT_NULL(test, keys);
	world_converge(w, 1);
	for (seed = 0; seed < 2; seed++) {
		choose(keys, seed);
		for (i = 0; i < GUESSES; i++)
			world_join(w, 2, 2, world_number(&keys[i].grp));
		KUNIT_EXPECT_EQ(test, world_port(w, 2)->ngroups, GUESSES);
		KUNIT_EXPECT_LT(test, longest_chain(&w->sw.map.groups, route_params, keys),
				CHANCE * GUESSES);
		mgate_membership_forget(&w->sw, 2, true, MGATE_WHY_PORT, w->now);
	}
}

/* No two tables have the same seed: what was found out of one is of no use. */
static void tables_have_their_own_seeds(struct kunit *test)
{
	struct world *w = test->priv;
	u32 seeds[2];

	rcu_read_lock();
	seeds[0] = rht_dereference_rcu(w->sw.map.groups.tbl, &w->sw.map.groups)->hash_rnd;
	seeds[1] = rht_dereference_rcu(w->sw.map.sources.tbl, &w->sw.map.sources)->hash_rnd;
	rcu_read_unlock();
	KUNIT_EXPECT_NE(test, seeds[0], seeds[1]);
}

/**
 * struct census - what a walk saw
 * @walker: sees
 * @n: groups
 * @twice: of them again
 * @seen: by the last octets of the group
 */
struct census {
	struct mgate_walker walker;
	u32 n;
	u32 twice;
	DECLARE_BITMAP(seen, 4096);
};

static void count_group(struct mgate_walker *w, struct mgate_group *g)
{
	struct census *c = container_of(w, struct census, walker);

	c->n++;
	c->twice += test_and_set_bit(world_number(&g->route.key.grp) & 0xfff, c->seen);
}

static void expect_census(struct kunit *test, struct census *c, u32 n)
{
	struct world *w = test->priv;

	memset(c, 0, sizeof(*c));
	c->walker.group = count_group;
	mgate_walk_groups(&w->sw, &c->walker);
	KUNIT_EXPECT_EQ(test, c->n, n);
	KUNIT_EXPECT_EQ(test, c->twice, 0);
}

/* RELIABILITY D3, R4: the kernel resizes the table by and by, and while it does a walk
 * sees each group once, be it moved already or not.
 */
static void walks_see_all_while_resized(struct kunit *test)
{
	struct census *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	struct world *w = test->priv;
	u32 round, i;

	KUNIT_ASSERT_NOT_NULL(test, c);
	mgate_swport_set(&w->sw, 2, MGATE_PORT_REPORT_RATE, 0, w->now);
	for (round = 0; round < 10; round++) {
		for (i = 0; i < 4000; i++)
			world_join(w, i % 10 ? 2 : 3, 2, 0xef100000 + i);
		expect_census(test, c, 4000);
		mgate_membership_forget(&w->sw, 2, true, MGATE_WHY_PORT, w->now);
		expect_census(test, c, 400);
		mgate_membership_forget(&w->sw, 3, true, MGATE_WHY_PORT, w->now);
		expect_census(test, c, 0);
	}
}

static struct kunit_case hash_cases[] = {
	KUNIT_CASE(guesses_do_not_collide),
	KUNIT_CASE(tables_have_their_own_seeds),
	KUNIT_CASE(walks_see_all_while_resized),
	{}
};

static struct kunit_suite hash_suite = {
	.name = WORLD_NAME("mgate_hash"),
	.suite_init = world_suite_init,
	.suite_exit = world_suite_exit,
	.init = world_init,
	.exit = world_exit,
	.test_cases = hash_cases,
};

kunit_test_suite(hash_suite);

MODULE_DESCRIPTION("mgate: tests of the hash of groups");
MODULE_LICENSE("GPL");
