/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_FLIGHT_H
#define MGATE_FLIGHT_H

#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/skbuff.h>

#include <mgate/bridge.h>
#include <mgate/frame.h>
#include <mgate/gate.h>
#include <mgate/port.h>

/**
 * struct mgate_redirect_tag - a VLAN tag, whole
 * @present: there is one
 * @proto: network order
 * @tci: priority and all, host order
 */
struct mgate_redirect_tag {
	bool present;
	__be16 proto;
	u16 tci;
};

/**
 * struct mgate_flow_noted - a port that a frame left by
 * @slot: the port
 * @reason: why
 * @tag: enum mgate_flow_tag
 */
struct mgate_flow_noted {
	u16 slot;
	u8 reason;
	u8 tag;
};

/**
 * struct mgate_flow_note - the way of a frame, of which a flow is to be made
 * @pending: it has not ended
 * @in: the port it came in by
 * @age: see mgate_port_age()
 * @key: of the flow
 * @wide: its addresses, if it is of IPv6
 * @stamp: what was known before it was decided where it goes
 * @at: when it came, jiffies
 * @drops: what the bridge had dropped before for want of memory
 * @bytes: of the frame, from the network header on
 * @vid: its VLAN
 * @hold: enum mgate_reason, that of the ports that are left out
 * @path: enum mgate_flow_path, that of the frame
 * @serve: nothing is against letting others go straight to where it went
 * @met: the bridge has let it in
 * @host: enum mgate_reason, that by which it went to the host too, or NONE
 * @tag: the tag it came in with
 * @n: how many ports it left by
 * @out: them
 *
 * The last of all frames on this CPU that were looked at whole. BH off.
 */
struct mgate_flow_note {
	bool pending;
	const struct mgate_port *in;
	unsigned int age;
	struct mgate_flow_key key;
	struct mgate_flow_wide wide;
	u32 stamp;
	u32 at;
	unsigned long drops;
	u32 bytes;
	u16 vid;
	u8 hold;
	u8 path;
	bool serve;
	bool met;
	u8 host;
	struct mgate_redirect_tag tag;
	unsigned int n;
	struct mgate_flow_noted out[MGATE_SLOTS];
};

/**
 * struct mgate_flight - what was decided of a frame that is on its way
 * @head: the buffer of the frame, which all its clones share; NULL: nothing
 * @turned: the frame itself, if it was redirected and has not come up yet
 * @in: the device of @port
 * @port: the port it came in by, or the host of the bridge that sends it
 * @key: group, source and VLAN
 * @age: received frames: see mgate_port_age()
 * @first: received frames: the slot to which the last frame was flooded first
 * @next: received frames: the slot to which this one is flooded next, perhaps
 * @note: where its way is noted, or NULL
 * @filters: received frames: the bridge tells VLANs apart
 * @learn: it is a message that nothing was learned from yet
 * @keep: what came in is not in the figures of the group yet
 * @withheld: it is a message that is kept from the routers
 * @reread: @frame points to a buffer that the frame has left
 * @straight: it was redirected for the host alone: from there it goes to @ports, and there
 *	is no @plan
 * @kind: sent frames: what sort of frame it is
 * @dest: if it was redirected: its destination
 * @via: then: the destination it has meanwhile
 * @tag: then: the tag that the bridge sees in it
 * @changes: sent frames: the switch's count of changes at the time
 * @at: sent frames: the time, ms
 * @ports: if it is @straight: those of its flow
 * @table: then: the one in which they were found
 * @came: then: the tag with which it came
 * @plan: where it may leave
 * @frame: what was read of it
 *
 * A pointer in it is only ever compared, never followed, but for @port of a frame that is the
 * one here, as it was found under the same RCU read side or is there still, and @ports, where
 * mgate_flow_is_there() says so.
 */
struct mgate_flight {
	const void *head;
	const struct sk_buff *turned;
	const struct net_device *in;
	struct mgate_port *port;
	struct mgate_key key;
	unsigned int age;
	u16 first;
	u16 next;
	struct mgate_flow_note *note;
	bool filters;
	bool learn;
	bool keep;
	bool withheld;
	bool reread;
	bool straight;
	u16 kind;
	u8 dest[ETH_ALEN];
	u8 via[ETH_ALEN];
	struct mgate_redirect_tag tag;
	u32 changes;
	u64 at;
	struct mgate_flow_ports ports;
	const struct mgate_flowtable *table;
	struct mgate_redirect_tag came;
	struct mgate_plan plan;
	struct mgate_frame frame;
};

/* Frames that may be received within the sending of another. */
#define MGATE_FLIGHT_DEPTH 3

/**
 * struct mgate_sending - the copy that is on its way through the bridge's hooks
 * @head: its buffer, which is that of all copies
 * @out: the port it is for
 * @reason: why
 * @hold: what holds its kin back from others
 * @note: where the way of the frame is noted, or NULL
 * @key: its group and VLAN, if figures of the group are kept; else NULL
 *
 * On the stack of who sends it, in a softirq.
 */
struct mgate_sending {
	const void *head;
	const struct mgate_port *out;
	enum mgate_reason reason;
	enum mgate_reason hold;
	struct mgate_flow_note *note;
	const struct mgate_key *key;
};

/**
 * struct mgate_flights - the places of one CPU
 * @sending: a copy of a redirected frame, or NULL
 * @note: the way of the last frame
 * @received: for the frame being received, and for those within it
 * @depth: how many of them are being sent
 * @sent: for the frame being sent by the host
 * @own: for a message of ours
 */
struct mgate_flights {
	const struct mgate_sending *sending;
	struct mgate_flow_note note;
	unsigned int depth;
	struct mgate_flight received[MGATE_FLIGHT_DEPTH];
	struct mgate_flight sent;
	struct mgate_flight own;
};

extern struct mgate_flights __percpu *mgate_flight_places;

int mgate_flight_init(void);
void mgate_flight_exit(void);

/**
 * mgate_flight_received() - the place for the frame being received
 *
 * BH off. Return: NULL if there are too many frames within each other.
 */
static inline struct mgate_flight *mgate_flight_received(void)
{
	struct mgate_flights *here = this_cpu_ptr(mgate_flight_places);

	return likely(here->depth < MGATE_FLIGHT_DEPTH) ? &here->received[here->depth] : NULL;
}

/**
 * mgate_flight_begin() - another frame is being received on this CPU
 *
 * BH off. Return: its place, empty, as mgate_flight_received().
 */
static inline struct mgate_flight *mgate_flight_begin(void)
{
	struct mgate_flight *f = mgate_flight_received();

	if (likely(f)) {
		f->head = NULL;
		f->turned = NULL;
	}
	return f;
}

/**
 * mgate_flight_hold() - the frame being received is sent now: keep its place
 *
 * BH off until mgate_flight_release(). Return: the places of this CPU.
 */
static inline struct mgate_flights *mgate_flight_hold(void)
{
	struct mgate_flights *here = this_cpu_ptr(mgate_flight_places);

	here->depth++;
	return here;
}

/**
 * mgate_flight_release() - it was sent
 * @here: what mgate_flight_hold() returned
 */
static inline void mgate_flight_release(struct mgate_flights *here)
{
	here->depth--;
}

/**
 * mgate_flight_sent() - the place for the frame being sent by the host
 *
 * BH off.
 */
static inline struct mgate_flight *mgate_flight_sent(void)
{
	return &this_cpu_ptr(mgate_flight_places)->sent;
}

/**
 * mgate_flight_own() - the place for a message of ours
 *
 * BH off.
 */
static inline struct mgate_flight *mgate_flight_own(void)
{
	return &this_cpu_ptr(mgate_flight_places)->own;
}

/**
 * mgate_flight_is_of() - could this frame be the one that came in by a device
 * @f: a place; NULL is one without a frame
 * @skb: the frame or a clone of it
 * @in: the device
 *
 * The first look of two, so that most others cost no more.
 */
static inline bool mgate_flight_is_of(const struct mgate_flight *f, const struct sk_buff *skb,
				      const struct net_device *in)
{
	return likely(f) && f->head == skb->head && f->in == in;
}

/**
 * mgate_flight_same_addresses() - what a buffer used again would differ in
 * @skb: a frame, its data at the network header, which was pulled
 * @f: what was decided of one
 */
static inline bool mgate_flight_same_addresses(const struct sk_buff *skb,
					       const struct mgate_flight *f)
{
	const struct ipv6hdr *ip6 = (const struct ipv6hdr *)skb->data;
	const struct iphdr *ip = (const struct iphdr *)skb->data;

	if (likely(f->key.af == MGATE_AF_INET))
		return skb_headlen(skb) >= sizeof(*ip) &&
		       !(((__force u32)ip->saddr ^ f->key.src.words[0]) |
			 ((__force u32)ip->daddr ^ f->key.grp.words[0]));
	return skb_headlen(skb) >= sizeof(*ip6) &&
	       mgate_addr_is(&f->key.src, ip6->saddr.s6_addr) &&
	       mgate_addr_is(&f->key.grp, ip6->daddr.s6_addr);
}

/**
 * mgate_flight_turned() - what was decided of a frame that was redirected
 * @skb: the frame or a clone of it, its data at the network header
 * @in: the device it came in by
 *
 * The bridge may have dropped the frame, and the buffer may be another's now:
 * every frame that enters empties the place, and all that can be compared is. Somebody's
 * hook may have kept it for a while, until its port was gone.
 *
 * Return: NULL if it is not that frame.
 */
static inline struct mgate_flight *mgate_flight_turned(const struct sk_buff *skb,
						       const struct net_device *in)
{
	struct mgate_flight *f;

	if (unlikely(!in_softirq()))
		return NULL;
	f = mgate_flight_received();
	if (!mgate_flight_is_of(f, skb, in) || !f->turned ||
	    !ether_addr_equal(eth_hdr(skb)->h_dest, f->via) || !mgate_flight_same_addresses(skb, f))
		return NULL;
	if (unlikely(f->age != mgate_port_age()) && mgate_port_find_rcu(in) != f->port)
		return NULL;
	return f;
}

/**
 * mgate_flight_find() - what was decided of a received frame
 * @skb: the frame or a clone of it, its data at the network header
 * @in: the device it came in by
 *
 * In process context (a verdict of NFQUEUE) a softirq may use the place at the
 * same time: that is a miss. And a frame that waited for such a verdict may
 * have come by without emptying the place of this CPU: so the addresses count
 * too, not the buffer alone, and no port may have gone meanwhile.
 *
 * Return: NULL for a miss.
 */
static inline struct mgate_flight *mgate_flight_find(const struct sk_buff *skb,
						     const struct net_device *in)
{
	struct mgate_flight *f;

	if (unlikely(!in_softirq()))
		return NULL;
	f = mgate_flight_received();
	if (!mgate_flight_is_of(f, skb, in) || f->age != mgate_port_age() ||
	    !mgate_flight_same_addresses(skb, f))
		return NULL;
	return f;
}

#endif
