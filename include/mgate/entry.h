/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_ENTRY_H
#define MGATE_ENTRY_H

#include <linux/netfilter.h>

unsigned int mgate_entry_pre_routing(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state);

#endif
