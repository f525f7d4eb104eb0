/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_RULEROWS_H
#define MGATE_RULEROWS_H

#include <mgate/attrs.h>

int mgate_rulerows(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb);

#endif
