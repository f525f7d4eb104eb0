// SPDX-License-Identifier: GPL-2.0-only
/* Tunables: the bounds of INTERFACE.md, the rules between them, what derives. */
#include <linux/module.h>

#include "../module/addr.c"
#include "../module/ipv4.c"
#include "../module/params.c"
#include "common.h"

/*
 * Written from INTERFACE.md, not from the table in params.c. A word's number is
 * its place in the list there.
 */
static const struct row {
	const char *name;
	bool port;
	bool has_auto;
	bool limit;
	bool address;
	u32 min;
	u32 max;
	u32 def;
	const char *words;
} rows[] = {
	{ "unknown", .max = 3, .words = "auto flood routers drop " },
	{ "convergence_ms", .has_auto = true, .max = 3600000, .def = MGATE_AUTO },
	{ "robustness", .min = 1, .max = 7, .def = 2 },
	{ "query_interval_ms", .min = 1000, .max = 31744000, .def = 125000 },
	{ "query_response_interval_ms", .min = 100, .max = 3174400, .def = 10000 },
	{ "last_member_interval_ms", .min = 100, .max = 25500, .def = 1000 },
	{ "last_member_count", .has_auto = true, .min = 1, .max = 7, .def = MGATE_AUTO },
	{ "startup_query_interval_ms", .has_auto = true, .min = 1000, .max = 31744000,
	  .def = MGATE_AUTO },
	{ "startup_query_count", .has_auto = true, .min = 1, .max = 7, .def = MGATE_AUTO },
	{ "reports", .max = 1, .words = "routers all " },
	{ "max_groups", .limit = true, .min = 1, .max = 1048576, .def = 16384 },
	{ "accept", .max = 1, .words = "any strict " },
	{ "querier", .max = 2, .words = "auto on off " },
	{ "querier_address", .has_auto = true, .max = U32_MAX - 1, .def = MGATE_AUTO,
	  .address = true },
	{ "version", .max = 3, .words = "auto 1 2 3 " },
	{ "redirect", .max = 1, .def = 1 },
	{ "flow_ms", .max = 1000, .def = 100 },
	{ "stats", .max = 1 },
	{ "ipv6", .max = 2, .def = 1, .words = "off safe full " },
	{ "proxy", .max = 2, .def = 1, .words = "off leaves full " },
	{ "max_sources", .limit = true, .min = 1, .max = 1024, .def = 64 },
	{ "mode", .port = true, .max = 2, .words = "snoop flood ignore " },
	{ "router", .port = true, .max = 3, .words = "auto query always never " },
	{ "fast_leave", .port = true, .max = 1 },
	{ "unknown", .port = true, .max = 2, .words = "inherit flood drop " },
	{ "max_groups", .port = true, .limit = true, .max = 1048576, .def = 4096 },
	{ "guard", .port = true, .max = 1 },
	{ "limit_action", .port = true, .max = 2, .words = "flood deny replace " },
	{ "report_rate", .port = true, .limit = true, .max = 1000000, .def = 10000 },
	{ "min_version", .port = true, .min = 1, .max = 3, .def = 1 },
};

/* What comes with a later issue, and is not there before (issue 2, item 7). */
static const char * const later[] = {
	"vlans_ignored", "vlan",
};

static void row_name(const struct row *row, char *desc)
{
	scnprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s%s", row->port ? "port " : "", row->name);
}

KUNIT_ARRAY_PARAM(row, rows, row_name);

static int find_param(const struct row *row)
{
	const struct mgate_param_info *table =
		row->port ? mgate_params_port_table : mgate_params_table;
	int n = row->port ? (int)MGATE_PORT_PARAM_MAX : (int)MGATE_PARAM_MAX, i;

	for (i = 0; i < n; i++)
		if (!strcmp(table[i].name, row->name))
			return i;
	return -1;
}

static bool comes_later(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(later); i++)
		if (!strcmp(later[i], name))
			return true;
	return false;
}

static void expect_words(struct kunit *test, const struct row *row,
			 const struct mgate_param_info *info)
{
	char all[100] = "";
	unsigned int i;

	for (i = 0; info->words && info->words[i]; i++) {
		strcat(all, info->words[i]);
		strcat(all, " ");
	}
	KUNIT_EXPECT_STREQ(test, all, row->words ? row->words : "");
}

/* INTERFACE.md, both sysfs tables: name, values, default, bounds. */
static void bounds_are_the_contract(struct kunit *test)
{
	const struct row *row = test->param_value;
	const struct mgate_param_info *info;
	int id = find_param(row);

	if (id < 0) {
		KUNIT_EXPECT_TRUE_MSG(test, comes_later(row->name), "%s", row->name);
		return;
	}
	info = row->port ? &mgate_params_port_table[id] : &mgate_params_table[id];
	KUNIT_EXPECT_EQ(test, info->min, row->min);
	KUNIT_EXPECT_EQ(test, info->max, row->max);
	KUNIT_EXPECT_EQ(test, info->def, row->def);
	KUNIT_EXPECT_EQ(test, info->has_auto, row->has_auto);
	KUNIT_EXPECT_EQ(test, info->limit, row->limit);
	KUNIT_EXPECT_EQ(test, info->address, row->address);
	expect_words(test, row, info);
	/* An address is no number between two others: addresses_of_hosts(). */
	if (row->address)
		return;
	KUNIT_EXPECT_EQ(test, mgate_params_check(info, row->min), 0);
	KUNIT_EXPECT_EQ(test, mgate_params_check(info, row->max), 0);
	KUNIT_EXPECT_EQ(test, mgate_params_check(info, row->def), 0);
	KUNIT_EXPECT_EQ(test, mgate_params_check(info, row->max + 1),
			row->words ? -EINVAL : -ERANGE);
	if (row->min)
		KUNIT_EXPECT_EQ(test, mgate_params_check(info, row->min - 1), -ERANGE);
	KUNIT_EXPECT_EQ(test, mgate_params_check(info, MGATE_AUTO),
			row->has_auto ? 0 : row->words ? -EINVAL : -ERANGE);
	KUNIT_EXPECT_EQ(test, mgate_params_check(info, U32_MAX - 1),
			row->words ? -EINVAL : -ERANGE);
}

/* INTERFACE `querier_address`; CONFORMANCE 44: of a host, 0.0.0.0, or `auto`. */
static void addresses_of_hosts(struct kunit *test)
{
	static const struct { u32 address; int err; } list[] = {
		{ 0, 0 }, { MGATE_AUTO, 0 }, { 0x01000000, 0 }, { 0x0a000001, 0 },
		{ 0x7effffff, 0 }, { 0x80000000, 0 }, { 0xc0000201, 0 }, { 0xdfffffff, 0 },
		{ 0x00000001, -EINVAL }, { 0x00ffffff, -EINVAL }, { 0x7f000000, -EINVAL },
		{ 0x7f000001, -EINVAL }, { 0x7fffffff, -EINVAL }, { 0xe0000000, -EINVAL },
		{ 0xe0000001, -EINVAL }, { 0xef010101, -EINVAL }, { 0xefffffff, -EINVAL },
		{ 0xf0000001, -EINVAL }, { 0xfffffffe, -EINVAL },
	};
	const enum mgate_param id = MGATE_PARAM_QUERIER_ADDRESS;
	enum mgate_param other;
	struct mgate_params p;
	struct mgate_addr a;
	unsigned int i;
	u32 before;

	mgate_params_setup(&p);
	for (i = 0; i < ARRAY_SIZE(list); i++) {
		before = p.v[id];
		KUNIT_EXPECT_EQ_MSG(test, mgate_params_set(&p, id, list[i].address, &other),
				    list[i].err, "%08x", list[i].address);
		KUNIT_EXPECT_EQ(test, other, id);
		KUNIT_EXPECT_EQ(test, p.v[id], list[i].err ? before : list[i].address);
		a = mgate_params_address(list[i].address);
		KUNIT_EXPECT_EQ(test, number_of(&a), list[i].address);
		KUNIT_EXPECT_EQ(test, a.words[1] | a.words[2] | a.words[3], 0);
	}
}

/* INTERFACE `querier_address` auto: no interval stands for an address. */
static void an_address_derives_elsewhere(struct kunit *test)
{
	const enum mgate_param id = MGATE_PARAM_QUERIER_ADDRESS;
	enum mgate_param other;
	struct mgate_params p;
	struct mgate_timing t;

	mgate_params_setup(&p);
	t = mgate_params_timing(&p);
	KUNIT_EXPECT_EQ(test, mgate_params_in_force(&p, &t, id), MGATE_AUTO);
	KUNIT_EXPECT_EQ(test, mgate_params_set(&p, id, 0, &other), 0);
	KUNIT_EXPECT_EQ(test, mgate_params_in_force(&p, &t, id), 0);
	KUNIT_EXPECT_EQ(test, mgate_params_set(&p, id, 0xc0000201, &other), 0);
	KUNIT_EXPECT_EQ(test, mgate_params_in_force(&p, &t, id), 0xc0000201);
}

static bool in_rows(const char *name, bool port)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].port == port && !strcmp(rows[i].name, name))
			return true;
	return false;
}

/* Nothing is offered that the contract does not name; defaults are in force. */
static void nothing_beyond_the_contract(struct kunit *test)
{
	u32 port[MGATE_PORT_PARAM_MAX];
	struct mgate_params p;
	unsigned int i;

	mgate_params_setup(&p);
	for (i = 0; i < MGATE_PARAM_MAX; i++) {
		KUNIT_EXPECT_TRUE(test, in_rows(mgate_params_table[i].name, false));
		KUNIT_EXPECT_EQ(test, p.v[i], mgate_params_table[i].def);
	}
	mgate_params_port_setup(port);
	for (i = 0; i < MGATE_PORT_PARAM_MAX; i++) {
		KUNIT_EXPECT_TRUE(test, in_rows(mgate_params_port_table[i].name, true));
		KUNIT_EXPECT_EQ(test, port[i], mgate_params_port_table[i].def);
	}
}

/* RELIABILITY D4, T6: a bad value changes nothing and says what is in the way. */
static void bad_values_change_nothing(struct kunit *test)
{
	static const u32 bad[] = { 0, 8, 100000000, U32_MAX - 1, U32_MAX };
	struct mgate_params p, before;
	enum mgate_param other;
	unsigned int i;

	mgate_params_setup(&p);
	before = p;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		other = MGATE_PARAM_MAX;
		KUNIT_EXPECT_EQ(test, mgate_params_set(&p, MGATE_PARAM_ROBUSTNESS, bad[i], &other),
				-ERANGE);
		KUNIT_EXPECT_EQ(test, other, MGATE_PARAM_ROBUSTNESS);
	}
	KUNIT_EXPECT_EQ(test, mgate_params_set(&p, MGATE_PARAM_UNKNOWN, 4, &other), -EINVAL);
	KUNIT_EXPECT_EQ(test, other, MGATE_PARAM_UNKNOWN);
	KUNIT_EXPECT_EQ(test, memcmp(&p, &before, sizeof(p)), 0);
	KUNIT_EXPECT_EQ(test, mgate_params_set(&p, MGATE_PARAM_ROBUSTNESS, 3, &other), 0);
	KUNIT_EXPECT_EQ(test, p.v[MGATE_PARAM_ROBUSTNESS], 3);
}

/* CONFORMANCE 92: the query interval is never below the response interval. */
static void query_not_below_response(struct kunit *test)
{
	const enum mgate_param qi = MGATE_PARAM_QUERY_INTERVAL_MS;
	const enum mgate_param qri = MGATE_PARAM_QUERY_RESPONSE_INTERVAL_MS;
	enum mgate_param other = MGATE_PARAM_MAX;
	struct mgate_params p;

	mgate_params_setup(&p);
	KUNIT_EXPECT_EQ(test, mgate_params_set(&p, qi, 9999, &other), -EINVAL);
	KUNIT_EXPECT_EQ(test, other, qri);
	KUNIT_EXPECT_EQ(test, p.v[qi], 125000);
	KUNIT_EXPECT_EQ(test, mgate_params_set(&p, qi, 10000, &other), 0);
	KUNIT_EXPECT_EQ(test, mgate_params_set(&p, qri, 10001, &other), -EINVAL);
	KUNIT_EXPECT_EQ(test, other, qi);
	KUNIT_EXPECT_EQ(test, p.v[qri], 10000);
	KUNIT_EXPECT_EQ(test, mgate_params_set(&p, qri, 100, &other), 0);
	KUNIT_EXPECT_EQ(test, mgate_params_set(&p, qi, 1000, &other), 0);
	KUNIT_EXPECT_EQ(test, mgate_params_set(&p, qri, 3174400, &other), -EINVAL);
	KUNIT_EXPECT_EQ(test, mgate_params_set(&p, qri, 99, &other), -ERANGE);
	KUNIT_EXPECT_EQ(test, other, qri);
}

static const struct derive_row {
	const char *name;
	u32 robustness, qi, qri, lmqi, lmqc;
	u64 membership, other_querier, older_host, last_member, startup;
} derive_rows[] = {
	{ "the defaults", 2, 125000, 10000, 1000, MGATE_AUTO,
	  270000, 255000, 260000, 2000, 31250 },
	{ "robustness 3", 3, 125000, 10000, 1000, MGATE_AUTO,
	  395000, 380000, 385000, 3000, 31250 },
	{ "robustness 1", 1, 125000, 10000, 1000, MGATE_AUTO,
	  145000, 130000, 135000, 1000, 31250 },
	{ "a count of its own", 2, 125000, 10000, 500, 5, 270000, 255000, 260000, 2500, 31250 },
	{ "the fastest", 1, 1000, 100, 100, 1, 1200, 1050, 1100, 100, 1000 },
	{ "a quarter of 4001 ms", 2, 4001, 1001, 100, 7, 10004, 8502, 9003, 700, 1000 },
	{ "the slowest", 7, 31744000, 3174400, 25500, 7,
	  228556800, 223795200, 225382400, 178500, 7936000 },
};

static void derive_name(const struct derive_row *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(derive, derive_rows, derive_name);

static void force(struct mgate_params *p, const struct derive_row *row)
{
	mgate_params_setup(p);
	p->v[MGATE_PARAM_ROBUSTNESS] = row->robustness;
	p->v[MGATE_PARAM_QUERY_INTERVAL_MS] = row->qi;
	p->v[MGATE_PARAM_QUERY_RESPONSE_INTERVAL_MS] = row->qri;
	p->v[MGATE_PARAM_LAST_MEMBER_INTERVAL_MS] = row->lmqi;
	p->v[MGATE_PARAM_LAST_MEMBER_COUNT] = row->lmqc;
}

/* CONFORMANCE 87, 88; DECISIONS 9; RELIABILITY T1, T2, T6. */
static void intervals_derive(struct kunit *test)
{
	const struct derive_row *row = test->param_value;
	struct mgate_params p;
	struct mgate_timing t;

	force(&p, row);
	t = mgate_params_timing(&p);
	KUNIT_EXPECT_EQ(test, mgate_params_membership_ms(&t), row->membership);
	KUNIT_EXPECT_EQ(test, mgate_params_other_querier_ms(&t), row->other_querier);
	KUNIT_EXPECT_EQ(test, mgate_params_older_host_ms(&t), row->older_host);
	KUNIT_EXPECT_EQ(test, mgate_params_last_member_ms(&t), row->last_member);
	KUNIT_EXPECT_EQ(test, mgate_params_in_force(&p, &t, MGATE_PARAM_STARTUP_QUERY_INTERVAL_MS),
			row->startup);
	KUNIT_EXPECT_EQ(test, mgate_params_in_force(&p, &t, MGATE_PARAM_STARTUP_QUERY_COUNT),
			row->robustness);
	KUNIT_EXPECT_EQ(test, mgate_params_in_force(&p, &t, MGATE_PARAM_CONVERGENCE_MS),
			row->qri + max_t(u32, row->qri / 10, 200));
	KUNIT_EXPECT_EQ(test, mgate_params_in_force(&p, &t, MGATE_PARAM_LAST_MEMBER_COUNT),
			row->lmqc == MGATE_AUTO ? row->robustness : row->lmqc);
}

/* INTERFACE: a value that was written is in force, `auto` derives it again. */
static void written_and_auto_again(struct kunit *test)
{
	static const struct { enum mgate_param id; u32 value, derived; } list[] = {
		{ MGATE_PARAM_CONVERGENCE_MS, 0, 11000 },
		{ MGATE_PARAM_LAST_MEMBER_COUNT, 7, 2 },
		{ MGATE_PARAM_STARTUP_QUERY_INTERVAL_MS, 1000, 31250 },
		{ MGATE_PARAM_STARTUP_QUERY_COUNT, 1, 2 },
	};
	enum mgate_param other;
	struct mgate_params p;
	struct mgate_timing t;
	unsigned int i;

	mgate_params_setup(&p);
	for (i = 0; i < ARRAY_SIZE(list); i++) {
		KUNIT_EXPECT_EQ(test, mgate_params_set(&p, list[i].id, list[i].value, &other), 0);
		t = mgate_params_timing(&p);
		KUNIT_EXPECT_EQ(test, mgate_params_in_force(&p, &t, list[i].id), list[i].value);
		KUNIT_EXPECT_EQ(test, mgate_params_set(&p, list[i].id, MGATE_AUTO, &other), 0);
		t = mgate_params_timing(&p);
		KUNIT_EXPECT_EQ(test, mgate_params_in_force(&p, &t, list[i].id), list[i].derived);
	}
}

static struct kunit_case params_cases[] = {
	KUNIT_CASE_PARAM(bounds_are_the_contract, row_gen_params),
	KUNIT_CASE(addresses_of_hosts),
	KUNIT_CASE(an_address_derives_elsewhere),
	KUNIT_CASE(nothing_beyond_the_contract),
	KUNIT_CASE(bad_values_change_nothing),
	KUNIT_CASE(query_not_below_response),
	KUNIT_CASE_PARAM(intervals_derive, derive_gen_params),
	KUNIT_CASE(written_and_auto_again),
	{}
};

static struct kunit_suite params_suite = {
	.name = "mgate_params",
	.test_cases = params_cases,
};

kunit_test_suite(params_suite);

MODULE_DESCRIPTION("mgate: tests of the tunables");
MODULE_LICENSE("GPL");
