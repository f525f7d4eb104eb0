/* SPDX-License-Identifier: GPL-2.0-only */
/* Vectors as skbs, for the suites that read frames. */
#ifndef MGATE_KUNIT_SKB_H
#define MGATE_KUNIT_SKB_H

#include <linux/etherdevice.h>
#include <linux/if_ether.h>
#include <linux/mm.h>
#include <linux/skbuff.h>

#include "../module/addr.c"
#include "messages.h"
#include "../module/reason.c"
#include "../module/family.c"
#include "../module/frame.c"
#include "common.h"
#include "vectors.h"

static inline void put_header(struct sk_buff *skb, const struct vector *v)
{
	const struct mgate_family *family = mgate_family(v->af);
	struct mgate_addr dst;
	struct ethhdr *eth;

	skb_reserve(skb, NET_IP_ALIGN);
	skb_reset_mac_header(skb);
	eth = skb_put_zero(skb, ETH_HLEN);
	mgate_addr_load(&dst, v->bytes + family->src_offset + family->addr_len, family->addr_len);
	family->mac(&dst, eth->h_dest);
	eth->h_source[0] = 0x02;
	eth->h_proto = htons(family->ethertype);
	skb->protocol = eth->h_proto;
}

/* The first @head bytes of the datagram in the head, the rest in one page. */
static inline struct sk_buff *make(struct kunit *test, const struct vector *v, unsigned int len,
				   unsigned int head)
{
	struct sk_buff *skb = alloc_skb(NET_IP_ALIGN + ETH_HLEN + head, GFP_KERNEL);
	struct page *page;

	KUNIT_ASSERT_NOT_NULL(test, skb);
	put_header(skb, v);
	memcpy(skb_put(skb, head), v->bytes, head);
	if (head < len) {
		page = alloc_page(GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, page);
		memset(page_address(page), 0xee, PAGE_SIZE);
		memcpy(page_address(page) + 100, v->bytes + head, len - head);
		skb_add_rx_frag(skb, 0, page, 100, len - head, PAGE_SIZE);
	}
	skb_pull(skb, ETH_HLEN);
	skb_reset_network_header(skb);
	return skb;
}

static inline const struct vector *find_vector(const char *name)
{
	unsigned int i;

	for (i = 0; strcmp(vectors[i].name, name); i++)
		;
	return &vectors[i];
}

#endif
