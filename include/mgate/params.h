/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_PARAMS_H
#define MGATE_PARAMS_H

#include <mgate/addr.h>

/* A parameter that derives its value. */
#define MGATE_AUTO U32_MAX

enum mgate_param {
	MGATE_PARAM_UNKNOWN,
	MGATE_PARAM_CONVERGENCE_MS,
	MGATE_PARAM_ROBUSTNESS,
	MGATE_PARAM_QUERY_INTERVAL_MS,
	MGATE_PARAM_QUERY_RESPONSE_INTERVAL_MS,
	MGATE_PARAM_LAST_MEMBER_INTERVAL_MS,
	MGATE_PARAM_LAST_MEMBER_COUNT,
	MGATE_PARAM_STARTUP_QUERY_INTERVAL_MS,
	MGATE_PARAM_STARTUP_QUERY_COUNT,
	MGATE_PARAM_REPORTS,
	MGATE_PARAM_MAX_GROUPS,
	MGATE_PARAM_MAX_SOURCES,
	MGATE_PARAM_ACCEPT,
	MGATE_PARAM_REDIRECT,
	MGATE_PARAM_FLOW_MS,
	MGATE_PARAM_QUERIER,
	MGATE_PARAM_QUERIER_ADDRESS,
	MGATE_PARAM_VERSION,
	MGATE_PARAM_PROXY,
	MGATE_PARAM_STATS,
	MGATE_PARAM_IPV6,
	MGATE_PARAM_MAX
};

enum mgate_port_param {
	MGATE_PORT_MODE,
	MGATE_PORT_ROUTER,
	MGATE_PORT_FAST_LEAVE,
	MGATE_PORT_UNKNOWN,
	MGATE_PORT_MAX_GROUPS,
	MGATE_PORT_GUARD,
	MGATE_PORT_MIN_VERSION,
	MGATE_PORT_LIMIT_ACTION,
	MGATE_PORT_REPORT_RATE,
	MGATE_PORT_PARAM_MAX
};

enum { MGATE_UNKNOWN_AUTO, MGATE_UNKNOWN_FLOOD, MGATE_UNKNOWN_ROUTERS, MGATE_UNKNOWN_DROP };
enum { MGATE_IPV6_OFF, MGATE_IPV6_SAFE, MGATE_IPV6_FULL };
enum { MGATE_QUERIER_AUTO, MGATE_QUERIER_ON, MGATE_QUERIER_OFF };
enum { MGATE_PROXY_OFF, MGATE_PROXY_LEAVES, MGATE_PROXY_FULL };
enum { MGATE_REPORTS_ROUTERS, MGATE_REPORTS_ALL };
enum { MGATE_ACCEPT_ANY, MGATE_ACCEPT_STRICT };
enum { MGATE_PORT_SNOOP, MGATE_PORT_FLOOD, MGATE_PORT_IGNORE };
enum { MGATE_ROUTER_AUTO, MGATE_ROUTER_QUERY, MGATE_ROUTER_ALWAYS, MGATE_ROUTER_NEVER };
enum { MGATE_LIMIT_FLOOD, MGATE_LIMIT_DENY, MGATE_LIMIT_REPLACE };
enum { MGATE_PORT_UNKNOWN_INHERIT, MGATE_PORT_UNKNOWN_FLOOD, MGATE_PORT_UNKNOWN_DROP };

/**
 * struct mgate_param_info - one row of a table of tunables
 * @name: the name of its sysfs file, unit included
 * @min: smallest value
 * @max: largest value
 * @def: value to begin with
 * @words: NULL for a number; else the words for the values 0 to @max
 * @has_auto: MGATE_AUTO, written `auto`, is a value too
 * @address: an IPv4 address of a host, or 0.0.0.0, as a number
 * @limit: a bound on memory: above @def it is for the initial user namespace
 */
struct mgate_param_info {
	const char *name;
	u32 min;
	u32 max;
	u32 def;
	const char * const *words;
	bool has_auto;
	bool address;
	bool limit;
};

/**
 * struct mgate_params - the tunables of a bridge
 * @v: by enum mgate_param
 * @patience_ms: how much longer than need be this bridge waits before it takes
 *	the querier's role by `auto`, so that not all bridges do at once
 * @silent: it never queries, whatever @v says: it is down, or only listens
 */
struct mgate_params {
	u32 v[MGATE_PARAM_MAX];
	u32 patience_ms;
	bool silent;
};

/**
 * struct mgate_timing - the values that all intervals derive from, RFC 9776 8
 * @robustness: the robustness variable
 * @last_member_count: last member query count
 * @query_ms: query interval
 * @response_ms: query response interval
 * @last_member_ms: last member query interval
 */
struct mgate_timing {
	u32 robustness;
	u32 last_member_count;
	u32 query_ms;
	u32 response_ms;
	u32 last_member_ms;
};

extern const struct mgate_param_info mgate_params_table[MGATE_PARAM_MAX];
extern const struct mgate_param_info mgate_params_port_table[MGATE_PORT_PARAM_MAX];

void mgate_params_setup(struct mgate_params *p);
void mgate_params_port_setup(u32 *v);
struct mgate_addr mgate_params_address(u32 value);
int mgate_params_check(const struct mgate_param_info *info, u32 value);
int mgate_params_set(struct mgate_params *p, enum mgate_param id, u32 value,
		     enum mgate_param *other);
u32 mgate_params_in_force(const struct mgate_params *p, const struct mgate_timing *t,
			  enum mgate_param id);

/**
 * mgate_params_timing() - the timing by the tunables alone
 * @p: the tunables
 */
static inline struct mgate_timing mgate_params_timing(const struct mgate_params *p)
{
	struct mgate_timing t = {
		.robustness = p->v[MGATE_PARAM_ROBUSTNESS],
		.last_member_count = p->v[MGATE_PARAM_LAST_MEMBER_COUNT],
		.query_ms = p->v[MGATE_PARAM_QUERY_INTERVAL_MS],
		.response_ms = p->v[MGATE_PARAM_QUERY_RESPONSE_INTERVAL_MS],
		.last_member_ms = p->v[MGATE_PARAM_LAST_MEMBER_INTERVAL_MS],
	};

	if (t.last_member_count == MGATE_AUTO)
		t.last_member_count = t.robustness;
	return t;
}

/**
 * mgate_params_membership_ms() - membership interval, RFC 9776 8.4
 * @t: the timing
 */
static inline u64 mgate_params_membership_ms(const struct mgate_timing *t)
{
	return (u64)t->robustness * t->query_ms + 2 * (u64)t->response_ms;
}

/**
 * mgate_params_other_querier_ms() - other querier present interval, RFC 9776 8.5
 * @t: the timing
 */
static inline u64 mgate_params_other_querier_ms(const struct mgate_timing *t)
{
	return (u64)t->robustness * t->query_ms + t->response_ms / 2;
}

/**
 * mgate_params_older_host_ms() - older host present interval, RFC 9776 8.13
 * @t: the timing
 */
static inline u64 mgate_params_older_host_ms(const struct mgate_timing *t)
{
	return (u64)t->robustness * t->query_ms + t->response_ms;
}

/**
 * mgate_params_last_member_ms() - last member query time, RFC 9776 8.10
 * @t: the timing
 */
static inline u64 mgate_params_last_member_ms(const struct mgate_timing *t)
{
	return (u64)t->last_member_count * t->last_member_ms;
}

#endif
