// SPDX-License-Identifier: GPL-2.0-only
/* Frames as real skbs: linear, in pages, split anywhere, cloned, shared, cut. */
#include <linux/module.h>

#include "skb.h"

KUNIT_ARRAY_PARAM(vector, vectors, vector_name);

static bool same_bytes(const struct sk_buff *skb, const struct vector *v, unsigned int len)
{
	unsigned int i;
	u8 byte;

	if (skb->len != len)
		return false;
	for (i = 0; i < len; i++)
		if (skb_copy_bits(skb, i, &byte, 1) || byte != v->bytes[i])
			return false;
	return true;
}

static unsigned int total_of(const struct vector *v)
{
	return v->af == MGATE_AF_INET ? v->bytes[2] * 256 + v->bytes[3] :
					40 + v->bytes[4] * 256 + v->bytes[5];
}

/* What is to become of the first @len bytes of a vector as a frame. */
static enum mgate_frame_kind wanted(const struct vector *v, unsigned int len)
{
	if (v->where == VECTOR_NOT_IP || len < total_of(v))
		return MGATE_FRAME_BROKEN;
	if (v->where == VECTOR_NOT_IGMP)
		return MGATE_FRAME_DATA;
	if (v->where == VECTOR_HELLO)
		return MGATE_FRAME_CONTROL;
	if (v->where == VECTOR_FRAME)
		return v->flaw == MGATE_REASON_BAD_FRAGMENT ? MGATE_FRAME_CONTROL :
							      MGATE_FRAME_BROKEN;
	/* What is sent to a single host is none of ours, whatever it says. */
	if (v->af == MGATE_AF_INET && (v->bytes[16] & 0xf0) != 0xe0)
		return MGATE_FRAME_OTHER;
	return v->fate == MGATE_FATE_DROP ? MGATE_FRAME_BROKEN : MGATE_FRAME_CONTROL;
}

static void expect_frame(struct kunit *test, const struct vector *v, unsigned int len,
			 const struct mgate_frame *f)
{
	KUNIT_EXPECT_EQ_MSG(test, f->kind, wanted(v, len), "%u of %u bytes of %s", len, v->len,
			    v->name);
	if (f->kind == MGATE_FRAME_CONTROL && v->where == VECTOR_HELLO)
		KUNIT_EXPECT_EQ(test, f->msg.kind, MGATE_KIND_ROUTER);
	if (f->kind == MGATE_FRAME_CONTROL) {
		KUNIT_EXPECT_STREQ(test, mgate_reason_name(f->msg.flaw),
				   mgate_reason_name(v->flaw));
		if (v->where == VECTOR_MESSAGE)
			KUNIT_EXPECT_EQ(test, f->msg.fate, v->fate);
		else
			KUNIT_EXPECT_EQ(test, f->msg.fate, MGATE_FATE_ALL);
	}
	if (f->kind == MGATE_FRAME_BROKEN && v->where == VECTOR_FRAME && len == v->len)
		KUNIT_EXPECT_STREQ(test, mgate_reason_name(f->why), mgate_reason_name(v->flaw));
	if (f->kind == MGATE_FRAME_BROKEN && len < total_of(v))
		KUNIT_EXPECT_STREQ(test, mgate_reason_name(f->why),
				   mgate_reason_name(MGATE_REASON_BAD_LENGTH));
}

/* The bytes that the message points to are those of the datagram. */
static void expect_body(struct kunit *test, const struct vector *v, const struct sk_buff *skb,
			const struct mgate_frame *f)
{
	if (f->kind != MGATE_FRAME_CONTROL || !f->msg.body)
		return;
	KUNIT_EXPECT_TRUE(test, f->msg.body >= skb->data &&
			  f->msg.body + f->msg.len <= skb_tail_pointer(skb));
	KUNIT_EXPECT_EQ(test, memcmp(f->msg.body, v->bytes + (f->msg.body - skb->data),
				     f->msg.len), 0);
}

static void read_frame(struct sk_buff *skb, struct mgate_frame *f)
{
	mgate_frame_read(skb, false, MGATE_IPV6_SAFE, f);
}

/* DECISIONS 6; RELIABILITY P3, P8; CONFORMANCE 15, 23, 51, 54, 111: each vector,
 * split between head and page at every byte; not a byte is changed.
 */
static void split_everywhere(struct kunit *test)
{
	const struct vector *v = test->param_value;
	struct mgate_frame f;
	struct sk_buff *skb;
	unsigned int head;

	for (head = 0; head <= v->len; head++) {
		skb = make(test, v, v->len, head);
		memset(&f, 0xaa, sizeof(f));
		read_frame(skb, &f);
		expect_frame(test, v, v->len, &f);
		expect_body(test, v, skb, &f);
		KUNIT_EXPECT_TRUE(test, same_bytes(skb, v, v->len));
		kfree_skb(skb);
	}
}

/* RELIABILITY P1, B6: cut at every byte, in the head and in a page. */
static void cut_everywhere(struct kunit *test)
{
	const struct vector *v = test->param_value;
	struct mgate_frame f;
	struct sk_buff *skb;
	unsigned int len;

	for (len = 0; len < 2 * v->len; len++) {
		skb = make(test, v, len / 2, len % 2 ? len / 4 : len / 2);
		read_frame(skb, &f);
		expect_frame(test, v, len / 2, &f);
		KUNIT_EXPECT_TRUE(test, same_bytes(skb, v, len / 2));
		kfree_skb(skb);
	}
}

/* RELIABILITY P9, B4, B27; DECISIONS 5: a clone, or another holder of the frame,
 * sees what it saw.
 */
static void shared_data_is_not_written(struct kunit *test)
{
	const struct vector *v = test->param_value;
	struct sk_buff *skb, *clone;
	struct mgate_frame f;
	unsigned int head;

	for (head = 0; head <= v->len; head += v->len) {
		skb = make(test, v, v->len, head);
		clone = skb_clone(skb, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, clone);
		read_frame(clone, &f);
		expect_frame(test, v, v->len, &f);
		expect_body(test, v, clone, &f);
		KUNIT_EXPECT_TRUE(test, same_bytes(skb, v, v->len));
		KUNIT_EXPECT_TRUE(test, same_bytes(clone, v, v->len));
		kfree_skb(clone);
		kfree_skb(skb);
	}
	skb = make(test, v, v->len, v->len);
	skb_get(skb);
	read_frame(skb, &f);
	expect_frame(test, v, v->len, &f);
	KUNIT_EXPECT_TRUE(test, same_bytes(skb, v, v->len));
	kfree_skb(skb);
	kfree_skb(skb);
}

/* RELIABILITY P3, O6, R6f; CONFORMANCE 15, 23, 29: no bit may be wrong, in the
 * octets behind the message neither. An IPv6 header has no sum of its own.
 */
static void every_bit_counts(struct kunit *test)
{
	const struct vector *v = test->param_value;
	unsigned int bit, total = total_of(v), header;
	struct mgate_frame f;
	struct sk_buff *skb;

	if (v->where != VECTOR_MESSAGE || wanted(v, v->len) != MGATE_FRAME_CONTROL)
		return;
	header = (unsigned int)mgate_family(v->af)->header_len(v->bytes, v->len);
	for (bit = v->af == MGATE_AF_INET ? 0 : header * 8; bit < v->len * 8u; bit++) {
		/* Its first byte makes it a message or not. */
		if (v->af == MGATE_AF_INET6 && bit / 8 == header)
			continue;
		skb = make(test, v, v->len, v->len);
		skb->data[bit / 8] ^= (u8)(1 << bit % 8);
		read_frame(skb, &f);
		if (bit / 8 >= total)
			KUNIT_EXPECT_EQ(test, f.kind, MGATE_FRAME_CONTROL);
		else
			KUNIT_EXPECT_EQ_MSG(test, f.kind, MGATE_FRAME_BROKEN, "bit %u", bit);
		if (bit / 8 >= header && bit / 8 < total)
			KUNIT_EXPECT_EQ(test, f.why, v->af == MGATE_AF_INET ?
					MGATE_REASON_BAD_IGMP_CHECKSUM :
					MGATE_REASON_BAD_MLD_CHECKSUM);
		kfree_skb(skb);
	}
}

/* CONFORMANCE 15; RELIABILITY threat 16: no bit of a hello may be wrong; without
 * its first byte it is none.
 */
static void every_bit_of_a_hello(struct kunit *test)
{
	const struct vector *v = test->param_value;
	struct mgate_frame f;
	struct sk_buff *skb;
	unsigned int bit, first;

	if (v->where != VECTOR_HELLO || v->flaw != MGATE_REASON_NONE)
		return;
	first = mgate_family(v->af)->header_min;
	for (bit = first * 8; bit < v->len * 8u; bit++) {
		skb = make(test, v, v->len, v->len);
		skb->data[bit / 8] ^= (u8)(1 << bit % 8);
		read_frame(skb, &f);
		KUNIT_EXPECT_EQ(test, f.kind, bit / 8 == first ? MGATE_FRAME_DATA :
								 MGATE_FRAME_CONTROL);
		if (f.kind == MGATE_FRAME_CONTROL)
			KUNIT_EXPECT_EQ_MSG(test, f.msg.flaw, MGATE_REASON_BAD_PIM_CHECKSUM,
					    "bit %u", bit);
		kfree_skb(skb);
	}
}

/* CONFORMANCE 52: a hello to another group's MAC is nothing of ours. */
static void a_hello_has_its_mac(struct kunit *test)
{
	const struct vector *v = find_vector("pim_hello");
	struct sk_buff *skb = make(test, v, v->len, v->len);
	struct mgate_frame f;

	eth_hdr(skb)->h_dest[5] ^= 1;
	read_frame(skb, &f);
	KUNIT_EXPECT_EQ(test, f.kind, MGATE_FRAME_OTHER);
	KUNIT_EXPECT_EQ(test, f.why, MGATE_REASON_BAD_MAC);
	kfree_skb(skb);
}

/* CONFORMANCE 52, RELIABILITY P6, I8, DECISIONS 5: the MAC decides first. */
static void the_mac_decides_first(struct kunit *test)
{
	static const struct { u8 mac[6]; enum mgate_frame_kind report, data; } rows[] = {
		{ { 0x01, 0, 0x5e, 1, 1, 1 }, MGATE_FRAME_CONTROL, MGATE_FRAME_DATA },
		{ { 0x02, 0, 0, 0, 0, 1 }, MGATE_FRAME_OTHER, MGATE_FRAME_OTHER },
		{ { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, MGATE_FRAME_OTHER, MGATE_FRAME_OTHER },
		{ { 0x01, 0, 0x5e, 1, 1, 2 }, MGATE_FRAME_CONTROL, MGATE_FRAME_OTHER },
		{ { 0x33, 0x33, 0, 1, 1, 1 }, MGATE_FRAME_CONTROL, MGATE_FRAME_OTHER },
	};
	struct mgate_frame f;
	struct sk_buff *skb;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		skb = make(test, find_vector("v2_report"), 32, 32);
		memcpy(eth_hdr(skb)->h_dest, rows[i].mac, 6);
		read_frame(skb, &f);
		KUNIT_EXPECT_EQ(test, f.kind, rows[i].report);
		if (f.kind == MGATE_FRAME_CONTROL)
			KUNIT_EXPECT_EQ(test, f.msg.flaw,
					i ? MGATE_REASON_BAD_MAC : MGATE_REASON_NONE);
		kfree_skb(skb);
		skb = make(test, find_vector("udp_data"), 40, 40);
		memcpy(eth_hdr(skb)->h_dest, rows[i].mac, 6);
		read_frame(skb, &f);
		KUNIT_EXPECT_EQ(test, f.kind, rows[i].data);
		kfree_skb(skb);
	}
}

/* CONFORMANCE 21, 26, F2: what is not looked at is left alone, unread. */
static void other_protocols_are_left_alone(struct kunit *test)
{
	static const u16 types[] = { ETH_P_IPV6, ETH_P_ARP, ETH_P_8021Q, ETH_P_PPP_SES, 0, 4 };
	const struct vector *v = find_vector("bad_igmp_checksum");
	struct mgate_frame f;
	struct sk_buff *skb;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		skb = make(test, v, v->len, 0);
		skb->protocol = htons(types[i]);
		mgate_frame_read(skb, false, MGATE_IPV6_OFF, &f);
		KUNIT_EXPECT_EQ(test, f.kind, MGATE_FRAME_OTHER);
		KUNIT_EXPECT_EQ(test, skb_headlen(skb), 0);
		kfree_skb(skb);
	}
}

/* CONFORMANCE 117: of data only the header is needed, fragment or not. */
static void data_fragments_are_data(struct kunit *test)
{
	const struct vector *v = find_vector("udp_data");
	struct mgate_addr grp = ip4(239, 1, 1, 1);
	struct mgate_frame f;
	struct sk_buff *skb;
	struct iphdr *ip;

	skb = make(test, v, v->len, 20);
	ip = (struct iphdr *)skb->data;
	ip->frag_off = htons(0x2010);
	ip->check = 0;
	ip->check = ip_fast_csum(ip, 5);
	read_frame(skb, &f);
	KUNIT_EXPECT_EQ(test, f.kind, MGATE_FRAME_DATA);
	KUNIT_EXPECT_TRUE(test, mgate_addr_equal(&f.d.dst, &grp));
	KUNIT_EXPECT_EQ(test, skb_headlen(skb), 20);
	kfree_skb(skb);
}

/* DECISIONS 8, V1: the tag is told, with its protocol; 0 where there is none. */
static void the_tag_is_told(struct kunit *test)
{
	struct sk_buff *skb = make(test, find_vector("v2_report"), 32, 32);
	struct mgate_frame f;

	read_frame(skb, &f);
	KUNIT_EXPECT_FALSE(test, f.tag.present);
	KUNIT_EXPECT_EQ(test, f.tag.vid, 0);
	__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), 0xe000 | 42);
	read_frame(skb, &f);
	KUNIT_EXPECT_TRUE(test, f.tag.present);
	KUNIT_EXPECT_EQ(test, f.tag.vid, 42);
	KUNIT_EXPECT_EQ(test, ntohs(f.tag.proto), ETH_P_8021Q);
	kfree_skb(skb);
}

static struct kunit_case frame_cases[] = {
	KUNIT_CASE_PARAM(split_everywhere, vector_gen_params),
	KUNIT_CASE_PARAM(cut_everywhere, vector_gen_params),
	KUNIT_CASE_PARAM(shared_data_is_not_written, vector_gen_params),
	KUNIT_CASE_PARAM(every_bit_counts, vector_gen_params),
	KUNIT_CASE_PARAM(every_bit_of_a_hello, vector_gen_params),
	KUNIT_CASE(a_hello_has_its_mac),
	KUNIT_CASE(the_mac_decides_first),
	KUNIT_CASE(other_protocols_are_left_alone),
	KUNIT_CASE(data_fragments_are_data),
	KUNIT_CASE(the_tag_is_told),
	{}
};

static struct kunit_suite frame_suite = {
	.name = "mgate_frame",
	.test_cases = frame_cases,
};

kunit_test_suite(frame_suite);

MODULE_DESCRIPTION("mgate: tests of frames");
MODULE_LICENSE("GPL");
