// SPDX-License-Identifier: GPL-2.0-only
/* The table of families, and the names of the reasons. */
#include <linux/module.h>

#include "../module/addr.c"
#include "messages.h"
#include "../module/family.c"
#include "../module/reason.c"
#include "common.h"

/* CONFORMANCE 21, 26: IPv4 and IPv6 have a row, and nothing else has. */
static void ip_and_nothing_else(struct kunit *test)
{
	const struct mgate_family *f;
	u32 ethertype;
	u8 af;

	for (ethertype = 0; ethertype <= 0xffff; ethertype++) {
		af = 0xff;
		f = mgate_family_by_ethertype((u16)ethertype, &af);
		if (ethertype == 0x0800) {
			KUNIT_EXPECT_PTR_EQ(test, f, mgate_family(MGATE_AF_INET));
			KUNIT_EXPECT_EQ(test, af, MGATE_AF_INET);
		} else if (ethertype == 0x86dd) {
			KUNIT_EXPECT_PTR_EQ(test, f, mgate_family(MGATE_AF_INET6));
			KUNIT_EXPECT_EQ(test, af, MGATE_AF_INET6);
		} else {
			KUNIT_EXPECT_NULL(test, f);
		}
	}
}

/* DECISIONS 12: a row leaves nothing open. */
static void rows_are_full(struct kunit *test)
{
	const struct mgate_family *f;
	unsigned int af;

	for (af = 0; af < MGATE_AF_MAX; af++) {
		f = mgate_family((u8)af);
		KUNIT_EXPECT_NE(test, f->ethertype, 0);
		KUNIT_EXPECT_LE(test, f->addr_len, sizeof(struct mgate_addr));
		KUNIT_EXPECT_TRUE(test, f->header_len && f->parse_header && f->parse);
		KUNIT_EXPECT_TRUE(test, f->seed && f->is_message && f->build && f->scope);
		KUNIT_EXPECT_TRUE(test, f->is_host && f->mac);
	}
	KUNIT_EXPECT_LE(test, MGATE_IGMP_QUERY_MAX, MGATE_FAMILY_MESSAGE_MAX);
	KUNIT_EXPECT_LE(test, MGATE_IGMP_REPORT_MAX, MGATE_FAMILY_MESSAGE_MAX);
	KUNIT_EXPECT_LE(test, MGATE_MLD_QUERY_MAX, MGATE_FAMILY_MESSAGE_MAX);
	KUNIT_EXPECT_LE(test, MGATE_MLD_REPORT_MAX, MGATE_FAMILY_MESSAGE_MAX);
	KUNIT_EXPECT_LE(test, MGATE_DISCOVERY_SOLICITATION, MGATE_FAMILY_MESSAGE_MAX);
	KUNIT_EXPECT_EQ(test, mgate_family(MGATE_AF_INET)->control, 2);
	KUNIT_EXPECT_EQ(test, mgate_family(MGATE_AF_INET)->header_min, 20);
	KUNIT_EXPECT_EQ(test, mgate_family(MGATE_AF_INET)->addr_len, 4);
	KUNIT_EXPECT_EQ(test, mgate_family(MGATE_AF_INET6)->control, 58);
	KUNIT_EXPECT_EQ(test, mgate_family(MGATE_AF_INET6)->header_min, 40);
	KUNIT_EXPECT_EQ(test, mgate_family(MGATE_AF_INET6)->addr_len, 16);
}

/* INTERFACE, debugfs `counters`: one word for each reason, each its own. */
static void reasons_have_names(struct kunit *test)
{
	const char *name, *c;
	unsigned int i, j;

	for (i = 0; i < MGATE_REASON_MAX; i++) {
		name = mgate_reason_name((enum mgate_reason)i);
		KUNIT_ASSERT_NOT_NULL(test, name);
		KUNIT_EXPECT_NE(test, *name, '\0');
		for (c = name; *c; c++)
			KUNIT_EXPECT_TRUE_MSG(test, *c == '_' || (*c >= '0' && *c <= '9') ||
					      (*c >= 'a' && *c <= 'z'), "%s", name);
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_NE_MSG(test, strcmp(name, mgate_reason_name(j)), 0,
					    "%s", name);
	}
	KUNIT_EXPECT_STREQ(test, mgate_reason_name(MGATE_REASON_NONE), "none");
	KUNIT_EXPECT_STREQ(test, mgate_reason_name(MGATE_REASON_MAX), "unknown");
	KUNIT_EXPECT_STREQ(test, mgate_reason_name((enum mgate_reason)-1), "unknown");
}

static struct kunit_case family_cases[] = {
	KUNIT_CASE(ip_and_nothing_else),
	KUNIT_CASE(rows_are_full),
	KUNIT_CASE(reasons_have_names),
	{}
};

static struct kunit_suite family_suite = {
	.name = "mgate_family",
	.test_cases = family_cases,
};

kunit_test_suite(family_suite);

MODULE_DESCRIPTION("mgate: tests of the tables of families and reasons");
MODULE_LICENSE("GPL");
