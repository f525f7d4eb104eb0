/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_EXPLAIN_H
#define MGATE_EXPLAIN_H

struct genl_info;
struct sk_buff;

int mgate_explain(struct sk_buff *skb, struct genl_info *info);

#endif
