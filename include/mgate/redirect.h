/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_REDIRECT_H
#define MGATE_REDIRECT_H

#include <mgate/flight.h>

struct net_bridge_port;

/* The bridge exports it, but declares it in a header of its own (br_private.h).
 * It consumes @skb or, with @local_rcv, a clone of it.
 */
void br_forward(const struct net_bridge_port *to, struct sk_buff *skb, bool local_rcv,
		bool local_orig);

void mgate_redirect_begin(struct sk_buff *skb, struct mgate_flight *flight);
void mgate_redirect_restore(struct sk_buff *skb, struct mgate_flight *flight);
unsigned int mgate_redirect_send(struct sk_buff *skb, const struct mgate_flight *flight);
bool mgate_redirect_sending(const struct sk_buff *skb, const struct net_device *out);
void mgate_redirect_failed(struct sk_buff *skb, struct mgate_flight *flight);
void mgate_redirect_lost(struct mgate_bridge *br, u16 vid);
void mgate_redirect_found(struct mgate_bridge *br, u16 vid);
void mgate_redirect_renew(struct mgate_bridge *br);

#endif
