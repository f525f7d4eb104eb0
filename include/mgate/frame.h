/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_FRAME_H
#define MGATE_FRAME_H

#include <linux/if_ether.h>
#include <linux/skbuff.h>

#include <mgate/bridge.h>
#include <mgate/family.h>

enum mgate_frame_kind {
	MGATE_FRAME_OTHER,	/* nothing mgate has to do with */
	MGATE_FRAME_BROKEN,	/* to be dropped */
	MGATE_FRAME_DATA,
	MGATE_FRAME_CONTROL,	/* a membership message */
};

/**
 * struct mgate_frame - a frame as mgate sees it
 * @d: its network header; DATA: the payload may not be touched
 * @msg: CONTROL: the message; points into the frame's data
 * @tag: its VLAN tag
 * @mac: CONTROL: who sent it
 * @kind: enum mgate_frame_kind
 * @why: BROKEN: the reason; OTHER: what is to be counted, or NONE
 */
struct mgate_frame {
	struct mgate_datagram d;
	struct mgate_msg msg;
	struct mgate_tag tag;
	u8 mac[ETH_ALEN];
	enum mgate_frame_kind kind;
	enum mgate_reason why;
};

void mgate_frame_read(struct sk_buff *skb, bool strict, struct mgate_frame *f);

#endif
