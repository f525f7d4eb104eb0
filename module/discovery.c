// SPDX-License-Identifier: GPL-2.0-only
/*
 * How multicast routers make themselves known besides queries: Multicast Router
 * Discovery (RFC 4286), PIM version 2 hello (RFC 7761 4.9), DVMRP probes.
 *
 * All of these go to link-local groups, so they leave everywhere, whatever is
 * wrong with them.
 */
#include <mgate/discovery.h>
#include <mgate/ipv4.h>
#include <mgate/ipv6.h>

#define TYPE_DVMRP 0x13
#define TYPE_ADVERTISEMENT 0x30
#define TYPE_SOLICITATION 0x31
#define TYPE_TERMINATION 0x32
/* The same of ICMPv6. */
#define TYPE_ADVERTISEMENT6 151
#define TYPE_SOLICITATION6 152
#define TYPE_TERMINATION6 153

#define DVMRP_PROBE 1
#define DVMRP_HOLD_MS 35000	/* draft-ietf-idmr-dvmrp-v3: neighbor timeout */

#define ADVERTISEMENT_LEN 8
#define ADVERTISEMENT_MIN 4	/* seconds, RFC 4286 3.1.1 */
#define ADVERTISEMENT_MAX 180
#define ADVERTISEMENT_MISSES 3	/* then it is gone */
#define ADVERTISEMENT_JITTERED_MS 1025	/* a second, and the jitter of 3.1.1 */
#define DVMRP_HEADER_LEN 8

#define PIM_HELLO 0x20		/* version 2, type 0 */
#define PIM_HOLDTIME 1
#define PIM_HOLD_DEFAULT 105	/* seconds, RFC 7761 4.11: 3.5 times 30 */
#define PIM_HOLD_FOREVER 0xffff

static const struct mgate_addr all_dvmrp = { .bytes = { 224, 0, 0, 4 } };
static const struct mgate_addr routers_of[MGATE_AF_MAX] = {
	[MGATE_AF_INET] = { .bytes = { 224, 0, 0, 2 } },
	[MGATE_AF_INET6] = { .bytes = { 0xff, 2, [15] = 2 } },
};

static const struct mgate_addr all_pim[MGATE_AF_MAX] = {
	[MGATE_AF_INET] = { .bytes = { 224, 0, 0, 13 } },
	[MGATE_AF_INET6] = { .bytes = { 0xff, 2, [15] = 13 } },
};

static const struct mgate_addr all_snoopers[MGATE_AF_MAX] = {
	[MGATE_AF_INET] = { .bytes = { 224, 0, 0, 106 } },
	[MGATE_AF_INET6] = { .bytes = { 0xff, 2, [15] = 106 } },
};

/* RFC 4286 2, RFC 7761 4.3.1: over IPv6 a router speaks from its link-local address. */
static bool can_route(const struct mgate_datagram *d)
{
	return d->af == MGATE_AF_INET ? mgate_ipv4_is_host(&d->src) :
					mgate_ipv6_is_link_local(&d->src);
}

/* The same of all of them: from a router on this link, to where it belongs. */
static void check(const struct mgate_datagram *d, const struct mgate_addr *dst,
		  struct mgate_msg *msg)
{
	if (!mgate_addr_equal(&d->dst, dst))
		mgate_message_refuse(msg, MGATE_REASON_BAD_DESTINATION);
	if (d->ttl != 1)
		mgate_message_refuse(msg, MGATE_REASON_BAD_TTL);
	if (!can_route(d))
		mgate_message_refuse(msg, MGATE_REASON_BAD_SOURCE);
}

static void is_router(struct mgate_msg *msg, enum mgate_by by, enum mgate_reason rx)
{
	msg->kind = MGATE_KIND_ROUTER;
	msg->by = by;
	msg->rx = rx;
}

/* RFC 4286 3.1.5: three advertisements may be missed, each up to 2.5 % late. */
static void parse_advertisement(const struct mgate_datagram *d, struct mgate_msg *msg)
{
	u32 interval;

	is_router(msg, MGATE_BY_MRD, MGATE_REASON_RX_MRD);
	check(d, &all_snoopers[d->af], msg);
	if (d->len < ADVERTISEMENT_LEN) {
		mgate_message_refuse(msg, MGATE_REASON_BAD_LENGTH);
		return;
	}
	interval = clamp_t(u32, d->payload[1], ADVERTISEMENT_MIN, ADVERTISEMENT_MAX);
	msg->hold_ms = ADVERTISEMENT_MISSES * interval * ADVERTISEMENT_JITTERED_MS;
}

static void parse_termination(const struct mgate_datagram *d, struct mgate_msg *msg)
{
	is_router(msg, MGATE_BY_MRD, MGATE_REASON_RX_MRD);
	check(d, &all_snoopers[d->af], msg);
}

static void parse_probe(const struct mgate_datagram *d, struct mgate_msg *msg)
{
	is_router(msg, MGATE_BY_DVMRP, MGATE_REASON_RX_DVMRP);
	msg->hold_ms = DVMRP_HOLD_MS;
	check(d, &all_dvmrp, msg);
	if (d->len < DVMRP_HEADER_LEN)
		mgate_message_refuse(msg, MGATE_REASON_BAD_LENGTH);
}

/**
 * mgate_discovery_igmp() - read an IGMP message that is not about memberships
 * @d: a datagram with four bytes of payload at least, its checksum right
 * @msg: set up for an unknown message that goes everywhere
 *
 * Nothing is to be learned from a solicitation: another snooper sent it.
 */
void mgate_discovery_igmp(const struct mgate_datagram *d, struct mgate_msg *msg)
{
	switch (d->payload[0]) {
	case TYPE_ADVERTISEMENT:
		parse_advertisement(d, msg);
		break;
	case TYPE_TERMINATION:
		parse_termination(d, msg);
		break;
	case TYPE_DVMRP:
		if (d->payload[1] == DVMRP_PROBE) {
			parse_probe(d, msg);
			break;
		}
		fallthrough;
	default:
		mgate_message_refuse(msg, MGATE_REASON_BAD_TYPE);
	}
}

/**
 * mgate_discovery_is_mrd6() - is it of Multicast Router Discovery over IPv6
 * @type: the type of an ICMPv6 message
 */
bool mgate_discovery_is_mrd6(u8 type)
{
	return type >= TYPE_ADVERTISEMENT6 && type <= TYPE_TERMINATION6;
}

/**
 * mgate_discovery_mld() - read an ICMPv6 message of multicast router discovery
 * @d: a datagram with four bytes of payload at least, its checksum right
 * @msg: set up for an unknown message that goes everywhere
 *
 * As mgate_discovery_igmp().
 */
void mgate_discovery_mld(const struct mgate_datagram *d, struct mgate_msg *msg)
{
	if (d->payload[0] == TYPE_ADVERTISEMENT6)
		parse_advertisement(d, msg);
	else if (d->payload[0] == TYPE_TERMINATION6)
		parse_termination(d, msg);
	else
		mgate_message_refuse(msg, MGATE_REASON_BAD_TYPE);
}

/**
 * mgate_discovery_is_hello() - is this a PIM version 2 hello
 * @d: a datagram of protocol PIM, four bytes of its payload readable
 *
 * Other PIM messages are none of our business.
 */
bool mgate_discovery_is_hello(const struct mgate_datagram *d)
{
	return d->payload[0] == PIM_HELLO;
}

/* RFC 7761 4.9.2: options of type, length, value. Return: false if they do not
 * fit.
 */
static bool find_holdtime(const u8 *p, size_t len, u32 *seconds)
{
	size_t value;

	while (len) {
		if (len < 4)
			return false;
		value = mgate_base_load16(p + 2);
		if (value > len - 4)
			return false;
		if (mgate_base_load16(p) == PIM_HOLDTIME && value == 2)
			*seconds = mgate_base_load16(p + 4);
		p += 4 + value;
		len -= 4 + value;
	}
	return true;
}

/**
 * mgate_discovery_hello() - read a PIM hello
 * @d: a datagram that mgate_discovery_is_hello(), readable to its end, its
 *	checksum right
 * @msg: the result, always filled in
 *
 * A hold time of 0 is a goodbye.
 */
void mgate_discovery_hello(const struct mgate_datagram *d, struct mgate_msg *msg)
{
	u32 seconds = PIM_HOLD_DEFAULT;

	memset(msg, 0, sizeof(*msg));
	msg->src = d->src;
	msg->af = d->af;
	msg->fate = MGATE_FATE_ALL;
	is_router(msg, MGATE_BY_PIM, MGATE_REASON_RX_PIM);
	check(d, &all_pim[d->af], msg);
	if (d->len < MGATE_DISCOVERY_PIM_HEADER ||
	    !find_holdtime(d->payload + MGATE_DISCOVERY_PIM_HEADER,
			   d->len - MGATE_DISCOVERY_PIM_HEADER, &seconds))
		mgate_message_refuse(msg, MGATE_REASON_BAD_LENGTH);
	msg->hold_ms = seconds == PIM_HOLD_FOREVER ? U32_MAX : seconds * 1000;
}

/**
 * mgate_discovery_solicit() - write a solicitation as a datagram
 * @af: its family
 * @src: who asks, zero if it has no address
 * @buf: MGATE_DISCOVERY_SOLICITATION bytes
 *
 * RFC 4286 4: TTL 1, Router Alert, to all routers. All checksums are left zero.
 *
 * Return: bytes written.
 */
size_t mgate_discovery_solicit(u8 af, const struct mgate_addr *src, u8 *buf)
{
	static const u8 igmp[] = { TYPE_SOLICITATION, 0, 0, 0 };
	static const u8 icmp[] = { TYPE_SOLICITATION6, 0, 0, 0 };

	if (af == MGATE_AF_INET) {
		memcpy(buf + MGATE_IPV4_IGMP_HEADER, igmp, sizeof(igmp));
		return mgate_ipv4_build(src, &routers_of[af], sizeof(igmp), buf);
	}
	memcpy(buf + MGATE_IPV6_MLD_HEADER, icmp, sizeof(icmp));
	return mgate_ipv6_build(src, &routers_of[af], sizeof(icmp), buf);
}
