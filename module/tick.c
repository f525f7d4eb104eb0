// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one timer of a bridge: a delayed work that does what is due, sends the
 * queries that fall due, and arms itself for the next deadline. It never waits
 * for RTNL, so that it can be waited for under RTNL.
 */
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/ratelimit.h>
#include <linux/slab.h>

#include <mgate/address.h>
#include <mgate/asking.h>
#include <mgate/role.h>
#include <mgate/text.h>
#include <mgate/tick.h>
#include <mgate/xmit.h>

/* The longest sleep, so that no sum of times overflows a timer. */
#define LONGEST_MS (3600 * MSEC_PER_SEC)

/**
 * mgate_tick_now() - the clock of all switches
 *
 * Any context. Return: ms; never goes back, and does not wrap.
 */
u64 mgate_tick_now(void)
{
	return jiffies64_to_msecs(get_jiffies_64());
}

/**
 * mgate_tick_arm() - run no later than this
 * @br: the bridge
 * @when: ms; MGATE_NEVER asks for nothing
 *
 * Any context but hard interrupts.
 */
void mgate_tick_arm(struct mgate_bridge *br, u64 when)
{
	unsigned long delay;
	u64 now;

	if (when >= READ_ONCE(br->armed))
		return;
	now = mgate_tick_now();
	delay = when > now ? msecs_to_jiffies(min_t(u64, when - now, LONGEST_MS)) : 0;
	spin_lock_bh(&br->tick_lock);
	if (when < br->armed && !br->stopped) {
		WRITE_ONCE(br->armed, when);
		mod_delayed_work(mgate_bridge_wq, &br->tick, delay);
	}
	spin_unlock_bh(&br->tick_lock);
}

/* An address that is tentative still is one soon (RFC 4862 5.4). */
#define ASK_AGAIN_MS MSEC_PER_SEC

static u64 again_at(const struct mgate_bridge *br, const struct mgate_ask *a)
{
	bool pending = false;

	rcu_read_lock();
	if (a->query.af == MGATE_AF_INET6)
		pending = mgate_address_is_pending(br, a->vid);
	rcu_read_unlock();
	return pending ? mgate_tick_now() + ASK_AGAIN_MS : MGATE_NEVER;
}

/* Only a query that was sent can be answered. */
static void ask(struct mgate_bridge *br, const struct mgate_ask *a)
{
	bool sent = mgate_xmit_query(br, a);

	if (!mgate_addr_is_zero(&a->query.grp)) {
		if (!sent)
			mgate_asking_failed(&br->sw, a, mgate_tick_now());
		return;
	}
	if (sent)
		mgate_role_asked(&br->sw, a->query.af, a->vid, a->slot, mgate_tick_now());
	else if (a->slot == MGATE_SLOT_NONE)
		mgate_role_failed(&br->sw, a->query.af, a->vid, again_at(br, a));
}

/* Else memberships would run out with nobody asking, and nobody knowing why. */
static void tell_lost(struct mgate_bridge *br, const struct mgate_expiry *run)
{
	if (!run->lost || !__ratelimit(&br->log_news))
		return;
	if (run->lost_mute && !mgate_bridge_host_is_in(br, run->lost_vid))
		netdev_warn(br->dev, "mgate: nobody queries in VLAN %u any more, and %s is not in it itself, so all %smulticast floods there; set up a querier, or have mgate ask: bridge vlan add dev %s vid %u self\n",
			    run->lost_vid, br->dev->name, mgate_text_family(run->lost_af),
			    br->dev->name, run->lost_vid);
	else if (run->lost_mute)
		netdev_warn(br->dev, "mgate: nobody queries in VLAN %u any more, and %s has no IPv6 there (disable_ipv6), so all IPv6 multicast floods there; set up a querier, or give it IPv6\n",
			    run->lost_vid, br->dev->name);
	else if (run->lost_for_good)
		netdev_warn(br->dev, "mgate: nobody queries in VLAN %u any more, so all %smulticast floods there; set up a querier, or write auto to /sys/class/net/%s/mgate/querier, or for that VLAN alone `%u querier auto` to vlan there\n",
			    run->lost_vid, mgate_text_family(run->lost_af), br->dev->name,
			    run->lost_vid);
	else
		netdev_info(br->dev, "mgate: the %squerier of VLAN %u fell silent, mgate queries in its place\n",
			    mgate_text_family(run->lost_af), run->lost_vid);
}

/* Solicitations that came too often, or too early, are made up for by one to all. */
#define SOLICIT_AGAIN_MS 500

/**
 * mgate_tick_solicit_soon() - have the multicast routers at all ports asked soon
 * @br: the bridge
 * @af: those of this family
 *
 * Any context but hard interrupts.
 */
void mgate_tick_solicit_soon(struct mgate_bridge *br, u8 af)
{
	set_bit(af, &br->solicit);
	/* A tick that does not see it is over before this one is armed. */
	smp_mb__after_atomic();
	mgate_tick_arm(br, mgate_tick_now() + SOLICIT_AGAIN_MS);
}

static void solicit(struct mgate_bridge *br, u8 af, u16 slot)
{
	if (!mgate_xmit_solicit(br, af, slot))
		mgate_tick_solicit_soon(br, af);
}

/**
 * mgate_tick_solicit() - ask the multicast routers to make themselves known
 * @br: the bridge
 * @slot: the port to ask at, or MGATE_SLOT_NONE for all
 *
 * Now, or as soon as it may be. Process context; may sleep.
 */
void mgate_tick_solicit(struct mgate_bridge *br, u16 slot)
{
	u8 af;

	for (af = 0; af < MGATE_AF_MAX; af++)
		solicit(br, af, slot);
}

static void solicit_again(struct mgate_bridge *br)
{
	u8 af;

	for (af = 0; af < MGATE_AF_MAX; af++)
		if (test_and_clear_bit(af, &br->solicit))
			solicit(br, af, MGATE_SLOT_NONE);
}

static void run_tick(struct work_struct *work)
{
	struct mgate_bridge *br = container_of(to_delayed_work(work), struct mgate_bridge, tick);
	struct mgate_expiry *run = kvmalloc(sizeof(*run), GFP_KERNEL);
	unsigned int i;

	spin_lock_bh(&br->tick_lock);
	WRITE_ONCE(br->armed, MGATE_NEVER);
	spin_unlock_bh(&br->tick_lock);
	solicit_again(br);
	if (!run) {
		mgate_tick_arm(br, mgate_tick_now() + MSEC_PER_SEC);
		return;
	}
	do {
		run->now = mgate_tick_now();
		mgate_expiry(&br->sw, run);
		for (i = 0; i < run->n; i++)
			ask(br, &run->ask[i]);
		for (i = 0; i < run->ntells; i++)
			mgate_xmit_report(br, &run->tell[i]);
		if (run->answer_ms)
			mgate_proxy_answer(&br->sw, run->answer_af, run->answer_vid,
					   run->answer_ms, run->now);
		tell_lost(br, run);
		cond_resched();
	} while (run->next <= run->now && !READ_ONCE(br->stopped));
	mgate_tick_arm(br, max(mgate_switch_next(&br->sw), run->wait));
	kvfree(run);
}

/**
 * mgate_tick_setup() - make ready to be armed
 * @br: a bridge that nobody else knows yet
 */
void mgate_tick_setup(struct mgate_bridge *br)
{
	INIT_DELAYED_WORK(&br->tick, run_tick);
}

/**
 * mgate_tick_stop() - run no more
 * @br: the bridge
 *
 * May sleep; RTNL may be held.
 */
void mgate_tick_stop(struct mgate_bridge *br)
{
	spin_lock_bh(&br->tick_lock);
	WRITE_ONCE(br->stopped, true);
	spin_unlock_bh(&br->tick_lock);
	cancel_delayed_work_sync(&br->tick);
}
