// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the bridge's own host sends. There is no hook before the bridge copies such
 * a frame for its ports: it is met at each port anew, and decided at the first.
 */
#include <mgate/decision.h>
#include <mgate/learn.h>
#include <mgate/sent.h>
#include <mgate/tick.h>

/* The same frame at another port, and nothing has changed since. */
static bool is_same(const struct mgate_flight *flight, const struct sk_buff *skb,
		    const struct mgate_port *host, const struct mgate_key *key, u16 kind)
{
	return flight->head == skb->head && flight->port == host && flight->kind == kind &&
	       flight->at == mgate_tick_now() &&
	       flight->changes == READ_ONCE(host->bridge->sw.changes) &&
	       mgate_addr_same_key(&flight->key, key);
}

/* A router on the bridge host is a router like any other. What the host has joined is
 * never learned from its reports: its device has a list of it (host.c).
 */
static void learn(const struct mgate_port *host, const struct mgate_frame *f, u16 vid)
{
	if (f->kind == MGATE_FRAME_CONTROL && !mgate_addr_is_zero(&f->msg.src) &&
	    (f->msg.kind == MGATE_KIND_QUERY || f->msg.kind == MGATE_KIND_ROUTER))
		mgate_learn(host, f, vid, false);
}

static void decide(struct mgate_flight *flight, const struct sk_buff *skb,
		   struct mgate_port *host, u16 vid)
{
	struct mgate_frame *f = &flight->frame;
	struct mgate_key key = mgate_decision_key(f, vid);
	u16 kind = f->kind == MGATE_FRAME_CONTROL ? 1 + f->msg.kind : 0;

	if (is_same(flight, skb, host, &key, kind))
		return;
	learn(host, f, vid);
	mgate_decision_plan(&host->bridge->sw, f, vid, false, &flight->plan);
	flight->head = skb->head;
	flight->port = host;
	flight->key = key;
	flight->kind = kind;
	flight->changes = READ_ONCE(host->bridge->sw.changes);
	flight->at = mgate_tick_now();
}

/**
 * mgate_sent_flight() - what was decided of a frame that the host sends
 * @skb: the frame, on its way out. This may reallocate skb data
 * @out: the port
 *
 * RCU read side, BH off.
 *
 * Return: with the plan; NULL where it leaves in any case.
 */
struct mgate_flight *mgate_sent_flight(struct sk_buff *skb, struct mgate_port *out)
{
	struct mgate_port *host = &out->bridge->host;
	struct mgate_flight *flight = mgate_flight_own();
	struct mgate_frame *f;
	u16 vid;

	if (flight->head == skb->head && flight->port == host)
		return flight;
	flight = mgate_flight_sent();
	f = &flight->frame;
	mgate_decision_read(skb, out->bridge, f);
	if (f->kind == MGATE_FRAME_OTHER || f->kind == MGATE_FRAME_BROKEN)
		return NULL;
	if (!mgate_decision_sent_vid(out, f, &vid)) {
		mgate_bridge_count(out, MGATE_REASON_FLOOD_NO_VLAN);
		return NULL;
	}
	decide(flight, skb, host, vid);
	return flight;
}
