// SPDX-License-Identifier: GPL-2.0-only
/* How we ask who is a router, each byte. */
#include <linux/module.h>

#include "../module/addr.c"
#include "../module/reason.c"
#include "messages.h"
#include "../module/family.c"
#include "common.h"

/* CONFORMANCE 101, 106: TTL 1, Router Alert, to all routers; who has an address
 * says so. CONFORMANCE 9: what is reserved is zero.
 */
static void solicits_byte_for_byte(struct kunit *test)
{
	static const u8 want[] = {
		0x46, 0xc0, 0, 28, 0, 0, 0x40, 0, 1, 2, 0, 0, 192, 0, 2, 9, 224, 0, 0, 2,
		148, 4, 0, 0, 0x31, 0, 0, 0,
	};
	struct mgate_addr src = ip4(192, 0, 2, 9), none = ip4(0, 0, 0, 0);
	struct mgate_datagram d;
	u8 *buf = kunit_kmalloc(test, sizeof(want), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	KUNIT_ASSERT_LE(test, sizeof(want), MGATE_DISCOVERY_SOLICITATION);
	memset(buf, 0xaa, sizeof(want));
	KUNIT_ASSERT_EQ(test, mgate_discovery_solicit(MGATE_AF_INET, &src, buf), sizeof(want));
	KUNIT_EXPECT_EQ(test, memcmp(buf, want, sizeof(want)), 0);
	KUNIT_ASSERT_EQ(test, mgate_ipv4_parse(buf, sizeof(want), sizeof(want), &d), 0);
	KUNIT_EXPECT_TRUE(test, d.router_alert && d.ttl == 1 && !d.fragment && d.len == 4);
	KUNIT_EXPECT_EQ(test, number_of(&d.src), 0xc0000209);
	mgate_discovery_solicit(MGATE_AF_INET, &none, buf);
	KUNIT_EXPECT_NULL(test, memchr_inv(buf + 12, 0, 4));
	KUNIT_EXPECT_EQ(test, memcmp(buf + 16, want + 16, 12), 0);
}

/* Issue 12: the same over IPv6; to ff02::2, hop limit 1, Router Alert. */
static void solicits_over_ipv6(struct kunit *test)
{
	static const u8 want[] = {
		0x60, 0, 0, 0, 0, 12, 0, 1, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9,
		0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 58, 0, 5, 2, 0, 0, 1, 0,
		152, 0, 0, 0,
	};
	struct mgate_addr src = { .bytes = { 0xfe, 0x80, [15] = 9 } };
	struct mgate_datagram d;
	u8 *buf = kunit_kmalloc(test, sizeof(want), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	KUNIT_ASSERT_EQ(test, MGATE_DISCOVERY_SOLICITATION, sizeof(want));
	memset(buf, 0xaa, sizeof(want));
	KUNIT_ASSERT_EQ(test, mgate_discovery_solicit(MGATE_AF_INET6, &src, buf), sizeof(want));
	KUNIT_EXPECT_EQ(test, memcmp(buf, want, sizeof(want)), 0);
	KUNIT_ASSERT_EQ(test, mgate_ipv6_parse(buf, sizeof(want), sizeof(want), &d), 0);
	KUNIT_EXPECT_TRUE(test, d.router_alert && d.ttl == 1 && !d.fragment && d.len == 4);
}

static struct kunit_case solicits_cases[] = {
	KUNIT_CASE(solicits_byte_for_byte),
	KUNIT_CASE(solicits_over_ipv6),
	{}
};

static struct kunit_suite solicits_suite = {
	.name = "mgate_solicits",
	.test_cases = solicits_cases,
};

kunit_test_suite(solicits_suite);

MODULE_DESCRIPTION("mgate: tests of solicitations");
MODULE_LICENSE("GPL");
