/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_SENT_H
#define MGATE_SENT_H

#include <mgate/flight.h>

struct mgate_flight *mgate_sent_flight(struct sk_buff *skb, struct mgate_port *out);

#endif
