/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_MLD_H
#define MGATE_MLD_H

#include <mgate/ipv6.h>
#include <mgate/message.h>

/* IPv6 headers with Router Alert, a message of version 2, and its sources. */
#define MGATE_MLD_REPORT_MAX (MGATE_IPV6_MLD_HEADER + 28 + 16 * MGATE_QUERY_SOURCES)
#define MGATE_MLD_QUERY_MAX (MGATE_IPV6_MLD_HEADER + 28 + 16 * MGATE_QUERY_SOURCES)

bool mgate_mld_is_message(const struct mgate_datagram *d);
void mgate_mld_parse(const struct mgate_datagram *d, bool strict, struct mgate_msg *msg);
size_t mgate_mld_build(const struct mgate_query *q, u8 *buf);
size_t mgate_mld_report(const struct mgate_report *r, u8 *buf);
u32 mgate_mld_decode(u16 code);
u16 mgate_mld_encode(u32 value);

#endif
