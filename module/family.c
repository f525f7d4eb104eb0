// SPDX-License-Identifier: GPL-2.0-only
/* The table of address families. */
#include <mgate/family.h>
#include <mgate/igmp.h>
#include <mgate/ipv4.h>
#include <mgate/ipv6.h>
#include <mgate/mld.h>

static const struct mgate_family families[MGATE_AF_MAX] = {
	[MGATE_AF_INET] = {
		.ethertype = 0x0800,
		.addr_len = 4,
		.src_offset = 12,
		.header_min = MGATE_IPV4_HEADER,
		.control = MGATE_IPV4_PROTOCOL_IGMP,
		.header_len = mgate_ipv4_header_len,
		.parse_header = mgate_ipv4_parse,
		.seed = mgate_ipv4_seed,
		.is_message = mgate_igmp_is_message,
		.parse = mgate_igmp_parse,
		.build = mgate_igmp_build,
		.report = mgate_igmp_report,
		.scope = mgate_ipv4_scope,
		.is_host = mgate_ipv4_is_host,
		.mac = mgate_ipv4_mac,
	},
	[MGATE_AF_INET6] = {
		.ethertype = 0x86dd,
		.addr_len = 16,
		.src_offset = 8,
		.header_min = MGATE_IPV6_HEADER,
		.control = MGATE_IPV6_PROTOCOL_ICMPV6,
		.header_len = mgate_ipv6_header_len,
		.parse_header = mgate_ipv6_parse,
		.seed = mgate_ipv6_seed,
		.is_message = mgate_mld_is_message,
		.parse = mgate_mld_parse,
		.build = mgate_mld_build,
		.report = mgate_mld_report,
		.scope = mgate_ipv6_scope,
		.is_host = mgate_ipv6_is_host,
		.mac = mgate_ipv6_mac,
	},
};

/**
 * mgate_family() - the row of a family
 * @af: enum mgate_af
 */
const struct mgate_family *mgate_family(u8 af)
{
	return &families[af];
}

/**
 * mgate_family_by_ethertype() - which family a frame belongs to
 * @ethertype: host order
 * @af: the family, where there is one
 *
 * Return: NULL for all that mgate leaves alone.
 */
const struct mgate_family *mgate_family_by_ethertype(u16 ethertype, u8 *af)
{
	u8 i;

	for (i = 0; i < MGATE_AF_MAX; i++) {
		if (families[i].ethertype == ethertype) {
			*af = i;
			return &families[i];
		}
	}
	return NULL;
}

/**
 * mgate_family_source() - go through the sources of a group record
 * @af: its family
 * @rec: the record
 * @i: where to go on; 0 to begin with
 * @src: the source
 *
 * RFC 9776 4.1.9: what cannot be the address of a host is passed over.
 *
 * Return: false when there are no more.
 */
bool mgate_family_source(u8 af, const struct mgate_record *rec, unsigned int *i,
			 struct mgate_addr *src)
{
	const struct mgate_family *family = mgate_family(af);

	while (*i < rec->nsrcs) {
		mgate_addr_load(src, rec->srcs + (size_t)family->addr_len * (*i)++,
				family->addr_len);
		if (family->is_host(src))
			return true;
	}
	return false;
}
