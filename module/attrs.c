// SPDX-License-Identifier: GPL-2.0-only
/* Pieces of netlink messages that several of them have. */
#include <mgate/attrs.h>
#include <mgate/family.h>

/**
 * mgate_attrs_bridge() - which bridge it is
 * @skb: the message
 * @br: the bridge, whose device is there
 *
 * Return: true if there was no room, as with each mgate_attrs_*() that returns a bool.
 */
bool mgate_attrs_bridge(struct sk_buff *skb, const struct mgate_bridge *br)
{
	return nla_put_u32(skb, MGATE_A_BRIDGE, (u32)br->dev->ifindex) ||
	       nla_put_string(skb, MGATE_A_BRIDGE_NAME, br->dev->name);
}

/**
 * mgate_attrs_begin() - begin a row
 * @skb: where it goes
 * @d: the dump
 * @br: the bridge, whose device is there
 *
 * Return: NULL if there was no room; to be ended with mgate_attrs_end().
 */
void *mgate_attrs_begin(struct sk_buff *skb, const struct mgate_dump *d,
			const struct mgate_bridge *br)
{
	const struct mgate_dump_request *request = &d->request;
	struct nlmsghdr *head = nlmsg_put(skb, request->portid, request->seq, request->type,
					  GENL_HDRLEN, NLM_F_MULTI);
	struct genlmsghdr *genl;

	if (!head)
		return NULL;
	genl = nlmsg_data(head);
	genl->cmd = request->cmd;
	genl->version = MGATE_FAMILY_VERSION;
	genl->reserved = 0;
	if (!mgate_attrs_bridge(skb, br))
		return head;
	nlmsg_cancel(skb, head);
	return NULL;
}

/* What has room for the longest row has it for nothing else: who reads with less would lose
 * the rows behind.
 */
static bool is_crowded(const struct sk_buff *skb, const void *head)
{
	return skb_end_offset(skb) >= MGATE_DUMP_LONGEST && skb->len > NLMSG_GOODSIZE &&
	       head != skb->data;
}

/**
 * mgate_attrs_end() - end a row
 * @skb: where it goes
 * @head: what mgate_attrs_begin() has returned
 * @failed: something had no room
 *
 * Return: 0, or -EMSGSIZE: it is not there, and is to come again in the next message.
 */
int mgate_attrs_end(struct sk_buff *skb, void *head, bool failed)
{
	if (!head)
		return -EMSGSIZE;
	if (failed || is_crowded(skb, head)) {
		nlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	nlmsg_end(skb, head);
	return 0;
}

/**
 * mgate_attrs_port() - which port it is
 * @skb: the message
 * @br: the bridge, the lock of its switch held
 * @slot: a slot in use
 */
bool mgate_attrs_port(struct sk_buff *skb, const struct mgate_bridge *br, u16 slot)
{
	const struct mgate_switch_port *sp = br->sw.ports[slot];

	if (slot != MGATE_SLOT_HOST && sp &&
	    nla_put_u32(skb, MGATE_A_PORT,
			(u32)container_of(sp, struct mgate_port, sw)->dev->ifindex))
		return true;
	return nla_put_string(skb, MGATE_A_PORT_NAME, mgate_bridge_slot_name(br, slot));
}

/**
 * mgate_attrs_addr() - an address
 * @skb: the message
 * @type: as what
 * @af: its family
 * @a: the address
 */
bool mgate_attrs_addr(struct sk_buff *skb, enum mgate_attr type, u8 af,
		      const struct mgate_addr *a)
{
	return nla_put(skb, type, mgate_family(af)->addr_len, a->bytes);
}

/**
 * mgate_attrs_family() - the family where no address tells it
 * @skb: the message
 * @af: the family; of IPv4 nothing is said
 */
bool mgate_attrs_family(struct sk_buff *skb, u8 af)
{
	return af == MGATE_AF_INET6 && nla_put_string(skb, MGATE_A_FAMILY, "ipv6");
}

/**
 * mgate_attrs_group() - a group and its VLAN
 * @skb: the message
 * @key: them
 */
bool mgate_attrs_group(struct sk_buff *skb, const struct mgate_key *key)
{
	return nla_put_u16(skb, MGATE_A_VID, key->vid) ||
	       mgate_attrs_addr(skb, MGATE_A_GROUP, key->af, &key->grp);
}

/**
 * mgate_attrs_number() - a number of 64 bits
 * @skb: the message
 * @type: as what
 * @value: the number
 */
bool mgate_attrs_number(struct sk_buff *skb, enum mgate_attr type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, MGATE_A_PAD);
}

/**
 * mgate_attrs_expires() - what remains
 * @skb: the message
 * @until: ms; 0: there is no such time
 * @now: ms
 */
bool mgate_attrs_expires(struct sk_buff *skb, u64 until, u64 now)
{
	return until && mgate_attrs_number(skb, MGATE_A_EXPIRES, until > now ? until - now : 0);
}
