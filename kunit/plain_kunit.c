// SPDX-License-Identifier: GPL-2.0-only
/* The short look at frames, which nearly all of them get. */
#include <linux/module.h>
#include <linux/prandom.h>

#include "skb.h"

#define PLAIN_FRAMES 200000

/* Any bits of header and destination are others, the checksum often made right again. */
static void disturb(struct rnd_state *rnd, struct sk_buff *skb, u8 af)
{
	unsigned int n = prandom_u32_state(rnd) % 4, bit, header = mgate_family(af)->header_min;
	struct iphdr *ip = (struct iphdr *)skb->data;
	u8 *bytes;

	while (n--) {
		bytes = prandom_u32_state(rnd) % 4 ? skb->data : eth_hdr(skb)->h_dest;
		bit = prandom_u32_state(rnd) % (bytes == skb->data ? header * 8 : 48);
		bytes[bit / 8] ^= 1 << bit % 8;
	}
	if (af == MGATE_AF_INET && prandom_u32_state(rnd) % 2) {
		ip->check = 0;
		ip->check = ip_fast_csum(ip, 5);
	}
}

/* Is it data of the sort that the short look is for? */
static bool is_common(const struct sk_buff *skb, const struct mgate_frame *f)
{
	if (f->kind != MGATE_FRAME_DATA)
		return false;
	if (f->d.af == MGATE_AF_INET)
		return skb->data[0] == 0x45 && f->d.protocol != 103;
	return f->d.header_len == 40 && f->d.protocol == 17 && f->d.len;
}

/* What decides where a plain frame goes is the same, however it is read. */
static void expect_glance(struct kunit *test, const struct sk_buff *skb,
			  const struct mgate_frame *whole)
{
	struct mgate_frame f;
	struct mgate_key key;

	memset(&f, 0xaa, sizeof(f));
	memset(&key, 0xaa, sizeof(key));
	mgate_frame_glance(skb, &f, &key);
	KUNIT_ASSERT_EQ(test, f.kind, MGATE_FRAME_DATA);
	KUNIT_ASSERT_EQ(test, f.solicits, whole->solicits);
	KUNIT_ASSERT_EQ(test, f.tag.present, whole->tag.present);
	KUNIT_ASSERT_EQ(test, f.tag.vid, whole->tag.vid);
	KUNIT_ASSERT_EQ(test, key.af, whole->d.af);
	KUNIT_ASSERT_TRUE(test, mgate_addr_equal(&key.grp, &whole->d.dst));
	KUNIT_ASSERT_TRUE(test, mgate_addr_equal(&key.src, &whole->d.src));
}

/* CONFORMANCE 23, 26: the short look finds nothing plain that the long one does not find
 * to be data without flaw; and all of that, but for headers with options.
 */
static void expect_plain_is_data(struct kunit *test, const char *name)
{
	const struct vector *v = find_vector(name);
	struct mgate_frame plain, whole;
	struct rnd_state rnd;
	unsigned int i, found = 0;
	struct sk_buff *skb;
	bool is_plain;

	prandom_seed_state(&rnd, 20261126);
	for (i = 0; i < PLAIN_FRAMES; i++) {
		skb = make(test, v, v->len, v->len);
		disturb(&rnd, skb, v->af);
		is_plain = mgate_frame_is_plain(skb, true);
		if (is_plain)
			mgate_frame_load(skb, &plain);
		mgate_frame_read_any(skb, false, MGATE_IPV6_SAFE, &whole);
		KUNIT_ASSERT_EQ(test, is_plain, is_common(skb, &whole));
		if (is_plain) {
			KUNIT_ASSERT_EQ(test, plain.kind, MGATE_FRAME_DATA);
			KUNIT_ASSERT_TRUE(test, mgate_addr_equal(&plain.d.dst, &whole.d.dst));
			KUNIT_ASSERT_TRUE(test, mgate_addr_equal(&plain.d.src, &whole.d.src));
			KUNIT_ASSERT_EQ(test, plain.solicits, whole.solicits);
			expect_glance(test, skb, &whole);
			found++;
		}
		kfree_skb(skb);
	}
	KUNIT_EXPECT_GT(test, found, PLAIN_FRAMES / 10);
	KUNIT_EXPECT_LT(test, found, PLAIN_FRAMES * 9 / 10);
}

static void plain_is_data(struct kunit *test)
{
	expect_plain_is_data(test, "udp_data");
}

/* Issue 12 item 2; and with `ipv6 off` it is nothing. */
static void plain_is_data6(struct kunit *test)
{
	const struct vector *v = find_vector("udp6_data");
	struct sk_buff *skb;

	expect_plain_is_data(test, "udp6_data");
	skb = make(test, v, v->len, v->len);
	KUNIT_EXPECT_TRUE(test, mgate_frame_is_plain(skb, true));
	KUNIT_EXPECT_FALSE(test, mgate_frame_is_plain(skb, false));
	kfree_skb(skb);
}

static struct kunit_case plain_cases[] = {
	KUNIT_CASE(plain_is_data),
	KUNIT_CASE(plain_is_data6),
	{}
};

static struct kunit_suite plain_suite = {
	.name = "mgate_plain",
	.test_cases = plain_cases,
};

kunit_test_suite(plain_suite);

MODULE_DESCRIPTION("mgate: tests of the short look at frames");
MODULE_LICENSE("GPL");
