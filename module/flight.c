// SPDX-License-Identifier: GPL-2.0-only
/*
 * What was decided of a frame once, kept per CPU until the bridge's hooks ask
 * for each port. The bridge floods within one softirq on one CPU, and the
 * clones of a frame share its buffer.
 *
 * The places of a CPU: for the frame being received, for the one being sent by
 * the host, and for a query of ours, since a port of one bridge may be a device
 * on top of another, and one flood then happens within the other. Whoever sends
 * a received frame keeps its place; what is received meanwhile has another.
 * A miss is always legal: the frame is then looked at anew. Every received
 * frame begins by emptying its place, so that a buffer that is used again
 * brings back nothing.
 */
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/percpu.h>

#include <mgate/family.h>
#include <mgate/flight.h>

/** var mgate_flight_places - one set per CPU */
struct mgate_flights __percpu *mgate_flight_places __read_mostly;

/**
 * mgate_flight_init() - set up the places
 *
 * May sleep. Return: 0 or -ENOMEM.
 */
int mgate_flight_init(void)
{
	mgate_flight_places = alloc_percpu(struct mgate_flights);
	return mgate_flight_places ? 0 : -ENOMEM;
}

/**
 * mgate_flight_exit() - give the places back; no hook runs any more
 */
void mgate_flight_exit(void)
{
	free_percpu(mgate_flight_places);
}

/* What a buffer that was used again would differ in. The header was pulled. */
static bool same_addresses(const struct sk_buff *skb, const struct mgate_flight *f)
{
	const struct iphdr *ip = (const struct iphdr *)skb->data;
	const struct mgate_family *family;
	const u8 *header = skb->data;

	if (likely(f->key.af == MGATE_AF_INET))
		return skb_headlen(skb) >= sizeof(*ip) &&
		       !(((__force u32)ip->saddr ^ f->key.src.words[0]) |
			 ((__force u32)ip->daddr ^ f->key.grp.words[0]));
	family = mgate_family(f->key.af);
	return skb_headlen(skb) >= family->header_min &&
	       !memcmp(header + family->src_offset, f->key.src.bytes, family->addr_len) &&
	       !memcmp(header + family->src_offset + family->addr_len, f->key.grp.bytes,
		       family->addr_len);
}

/**
 * mgate_flight_turned() - what was decided of a frame that was redirected
 * @skb: the frame or a clone of it, its data at the network header
 * @in: the device it came in by
 *
 * The bridge may have dropped the frame, and the buffer may be another's now:
 * every frame that enters empties the place, and all that can be compared is.
 *
 * Return: NULL if it is not that frame.
 */
struct mgate_flight *mgate_flight_turned(const struct sk_buff *skb, const struct net_device *in)
{
	struct mgate_flight *f;

	if (unlikely(!in_softirq()))
		return NULL;
	f = mgate_flight_received();
	if (!mgate_flight_is_of(f, skb, in) || !f->turned ||
	    !ether_addr_equal(eth_hdr(skb)->h_dest, f->via) || !same_addresses(skb, f))
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
struct mgate_flight *mgate_flight_find(const struct sk_buff *skb, const struct net_device *in)
{
	struct mgate_flight *f;

	if (unlikely(!in_softirq()))
		return NULL;
	f = mgate_flight_received();
	if (!mgate_flight_is_of(f, skb, in) || f->age != mgate_bridge_age() ||
	    !same_addresses(skb, f))
		return NULL;
	return f;
}
