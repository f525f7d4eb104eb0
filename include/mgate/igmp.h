/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_IGMP_H
#define MGATE_IGMP_H

#include <mgate/ipv4.h>
#include <mgate/message.h>

/* IPv4 header with Router Alert, a message of version 3, and its sources. */
#define MGATE_IGMP_REPORT_MAX (MGATE_IPV4_IGMP_HEADER + 16 + 4 * MGATE_QUERY_SOURCES)
#define MGATE_IGMP_QUERY_MAX (MGATE_IPV4_IGMP_HEADER + 12 + 4 * MGATE_QUERY_SOURCES)

bool mgate_igmp_is_message(const struct mgate_datagram *d);
void mgate_igmp_parse(const struct mgate_datagram *d, bool strict, struct mgate_msg *msg);
size_t mgate_igmp_build(const struct mgate_query *q, u8 *buf);
size_t mgate_igmp_report(const struct mgate_report *r, u8 *buf);

#endif
