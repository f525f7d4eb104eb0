/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_FAMILY_H
#define MGATE_FAMILY_H

#include <mgate/ipv4.h>
#include <mgate/ipv6.h>
#include <mgate/message.h>

/* The longest message any family builds: its headers and options, and the sources. */
#define MGATE_FAMILY_MESSAGE_MAX (80 + 16 * MGATE_QUERY_SOURCES)

/**
 * struct mgate_family - all that differs between IPv4 and IPv6
 * @ethertype: host order
 * @addr_len: bytes of an address
 * @src_offset: where the source address is in the network header; the
 *	destination follows it
 * @header_min: bytes of the shortest network header
 * @control: the protocol number of membership messages
 * @header_len: as mgate_ipv6_header_len()
 * @parse_header: as mgate_ipv6_parse()
 * @seed: what the checksum of a payload begins with, as mgate_ipv6_seed()
 * @is_message: as mgate_mld_is_message()
 * @parse: as mgate_igmp_parse()
 * @build: as mgate_igmp_build(), at most MGATE_FAMILY_MESSAGE_MAX bytes; 0 where there is
 *	no such message
 * @report: as mgate_igmp_report(), within the same bound
 * @scope: what a destination address means
 * @is_host: can this be the address of a single host
 * @mac: the link-layer address of a group
 */
struct mgate_family {
	u16 ethertype;
	u8 addr_len;
	u8 src_offset;
	u8 header_min;
	u8 control;
	size_t (*header_len)(const u8 *data, size_t readable);
	int (*parse_header)(const u8 *data, size_t len, size_t readable,
			    struct mgate_datagram *d);
	u32 (*seed)(const struct mgate_datagram *d);
	bool (*is_message)(const struct mgate_datagram *d);
	void (*parse)(const struct mgate_datagram *d, bool strict, struct mgate_msg *msg);
	size_t (*build)(const struct mgate_query *q, u8 *buf);
	size_t (*report)(const struct mgate_report *r, u8 *buf);
	enum mgate_scope (*scope)(const struct mgate_addr *a);
	bool (*is_host)(const struct mgate_addr *a);
	void (*mac)(const struct mgate_addr *grp, u8 *mac);
};

const struct mgate_family *mgate_family(u8 af);

/**
 * mgate_family_scope() - what a destination address means
 * @af: its family
 * @a: the address
 *
 * Asked for every frame: without the detour by the table where it can be.
 */
static inline enum mgate_scope mgate_family_scope(u8 af, const struct mgate_addr *a)
{
	return af == MGATE_AF_INET ? mgate_ipv4_scope(a) : mgate_ipv6_scope(a);
}

/**
 * mgate_family_version() - a version as those who speak the protocol count it
 * @af: its family
 * @version: as IGMP counts; 0: none
 *
 * MLDv1 says what IGMPv2 says.
 */
static inline u8 mgate_family_version(u8 af, u8 version)
{
	return af == MGATE_AF_INET6 && version ? version - 1 : version;
}

const struct mgate_family *mgate_family_by_ethertype(u16 ethertype, u8 *af);
bool mgate_family_source(u8 af, const struct mgate_record *rec, unsigned int *i,
			 struct mgate_addr *src);

#endif
