/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_DISCOVERY_H
#define MGATE_DISCOVERY_H

#include <mgate/ipv4.h>
#include <mgate/ipv6.h>
#include <mgate/message.h>

#define MGATE_DISCOVERY_PIM 103		/* IP protocol */
#define MGATE_DISCOVERY_PIM_HEADER 4
/* The longer header with Router Alert, and a solicitation. */
#define MGATE_DISCOVERY_SOLICITATION (MGATE_IPV6_MLD_HEADER + 4)

void mgate_discovery_igmp(const struct mgate_datagram *d, struct mgate_msg *msg);
bool mgate_discovery_is_mrd6(u8 type);
void mgate_discovery_mld(const struct mgate_datagram *d, struct mgate_msg *msg);
bool mgate_discovery_is_hello(const struct mgate_datagram *d);
void mgate_discovery_hello(const struct mgate_datagram *d, struct mgate_msg *msg);
size_t mgate_discovery_solicit(u8 af, const struct mgate_addr *src, u8 *buf);

#endif
