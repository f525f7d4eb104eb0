/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_ATTRS_H
#define MGATE_ATTRS_H

#include <net/genetlink.h>

#include <mgate/bridge.h>
#include <mgate/eht.h>

#include <uapi/mgate.h>

/* A flow may go to every port there is, and a list of VLANs be a page long. */
#define MGATE_DUMP_LONGEST 49152

/**
 * struct mgate_dump_request - what is asked for
 * @ifindex: only this bridge; 0 = all
 * @portid: who has asked
 * @seq: number of the request
 * @type: of its message: the family
 * @cmd: enum mgate_cmd
 */
struct mgate_dump_request {
	int ifindex;
	u32 portid;
	u32 seq;
	u16 type;
	u8 cmd;
};

/**
 * struct mgate_dump - a dump that is under way, between two messages of it
 * @request: what is asked for
 * @done: id of the bridge that was dumped last
 * @id: id of the one that is being dumped; 0 = none
 * @list: what is dumped from a copy; allocated with kvmalloc()
 * @n: entries in it
 * @i: the next of them
 * @whole: there are no more than those
 * @last: groups: the last key of @list
 * @slot: the next port
 * @row: the next row of whatever @slot, or @i, has several of
 * @inside: a membership, or host, is under way: @addr was the last source of it
 * @named: @addr counts
 * @hosting: @who counts, a host
 * @addr: see @inside
 * @who: see @hosting
 * @flow: flows: where the walk is
 *
 * From @list on all is zero where a bridge begins. Nothing in it holds a bridge, a port
 * or a group: whoever does not read on keeps nothing from going.
 *
 * A function that makes rows of a table (in *rows.c) goes on with a bridge where @d was,
 * and returns 0 when there is no more of it, -EMSGSIZE when the message is full, or
 * another error. It may sleep.
 */
struct mgate_dump {
	struct mgate_dump_request request;
	u64 done;
	u64 id;
	void *list;
	u32 n;
	u32 i;
	bool whole;
	struct mgate_key last;
	u32 slot;
	u32 row;
	bool inside;
	bool named;
	bool hosting;
	struct mgate_addr addr;
	struct mgate_eht_who who;
	struct mgate_flowtable_place flow;
};

void *mgate_attrs_begin(struct sk_buff *skb, const struct mgate_dump *d,
			const struct mgate_bridge *br);
int mgate_attrs_end(struct sk_buff *skb, void *head, bool failed);
bool mgate_attrs_bridge(struct sk_buff *skb, const struct mgate_bridge *br);
bool mgate_attrs_port(struct sk_buff *skb, const struct mgate_bridge *br, u16 slot);
bool mgate_attrs_addr(struct sk_buff *skb, enum mgate_attr type, u8 af,
		      const struct mgate_addr *a);
bool mgate_attrs_family(struct sk_buff *skb, u8 af);
bool mgate_attrs_group(struct sk_buff *skb, const struct mgate_key *key);
bool mgate_attrs_number(struct sk_buff *skb, enum mgate_attr type, u64 value);
bool mgate_attrs_expires(struct sk_buff *skb, u64 until, u64 now);

#endif
