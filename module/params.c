// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tunables: one table for the bridge and one for a port, the rules that
 * bind them, and the intervals that derive from them (RFC 9776 section 8).
 * Derived values are never stored.
 */
#include <mgate/ipv4.h>
#include <mgate/params.h>

static const char * const unknown_words[] = { "auto", "flood", "routers", "drop", NULL };
static const char * const reports_words[] = { "routers", "all", NULL };
static const char * const accept_words[] = { "any", "strict", NULL };
static const char * const querier_words[] = { "auto", "on", "off", NULL };
static const char * const version_words[] = { "auto", "1", "2", "3", NULL };
static const char * const proxy_words[] = { "off", "leaves", "full", NULL };
static const char * const ipv6_words[] = { "off", "safe", "full", NULL };
static const char * const mode_words[] = { "snoop", "flood", "ignore", NULL };
static const char * const router_words[] = { "auto", "query", "always", "never", NULL };
static const char * const action_words[] = { "flood", "deny", "replace", NULL };
static const char * const inherit_words[] = { "inherit", "flood", "drop", NULL };

#define WORDS(n, w, d) { .name = n, .max = ARRAY_SIZE(w) - 2, .def = d, .words = w }
#define NUMBER(n, lo, hi, d) { .name = n, .min = lo, .max = hi, .def = d }
#define DERIVED(n, lo, hi) \
	{ .name = n, .min = lo, .max = hi, .def = MGATE_AUTO, .has_auto = true }
#define ADDRESS(n) \
	{ .name = n, .max = U32_MAX - 1, .def = MGATE_AUTO, .has_auto = true, .address = true }
#define LIMIT(n, lo, hi, d) { .name = n, .min = lo, .max = hi, .def = d, .limit = true }

/** var mgate_params_table - the tunables of a bridge, by enum mgate_param */
const struct mgate_param_info mgate_params_table[MGATE_PARAM_MAX] = {
	[MGATE_PARAM_UNKNOWN] = WORDS("unknown", unknown_words, MGATE_UNKNOWN_AUTO),
	[MGATE_PARAM_CONVERGENCE_MS] = DERIVED("convergence_ms", 0, 3600000),
	[MGATE_PARAM_ROBUSTNESS] = NUMBER("robustness", 1, 7, 2),
	[MGATE_PARAM_QUERY_INTERVAL_MS] = NUMBER("query_interval_ms", 1000, 31744000, 125000),
	[MGATE_PARAM_QUERY_RESPONSE_INTERVAL_MS] =
		NUMBER("query_response_interval_ms", 100, 3174400, 10000),
	[MGATE_PARAM_LAST_MEMBER_INTERVAL_MS] =
		NUMBER("last_member_interval_ms", 100, 25500, 1000),
	[MGATE_PARAM_LAST_MEMBER_COUNT] = DERIVED("last_member_count", 1, 7),
	[MGATE_PARAM_STARTUP_QUERY_INTERVAL_MS] =
		DERIVED("startup_query_interval_ms", 1000, 31744000),
	[MGATE_PARAM_STARTUP_QUERY_COUNT] = DERIVED("startup_query_count", 1, 7),
	[MGATE_PARAM_REPORTS] = WORDS("reports", reports_words, MGATE_REPORTS_ROUTERS),
	[MGATE_PARAM_MAX_GROUPS] = LIMIT("max_groups", 1, 1048576, 16384),
	[MGATE_PARAM_MAX_SOURCES] = LIMIT("max_sources", 1, 1024, 64),
	[MGATE_PARAM_ACCEPT] = WORDS("accept", accept_words, MGATE_ACCEPT_ANY),
	[MGATE_PARAM_REDIRECT] = NUMBER("redirect", 0, 1, 1),
	[MGATE_PARAM_FLOW_MS] = NUMBER("flow_ms", 0, 1000, 100),
	[MGATE_PARAM_QUERIER] = WORDS("querier", querier_words, MGATE_QUERIER_AUTO),
	[MGATE_PARAM_QUERIER_ADDRESS] = ADDRESS("querier_address"),
	[MGATE_PARAM_VERSION] = WORDS("version", version_words, 0),
	[MGATE_PARAM_PROXY] = WORDS("proxy", proxy_words, MGATE_PROXY_LEAVES),
	[MGATE_PARAM_STATS] = NUMBER("stats", 0, 1, 0),
	[MGATE_PARAM_IPV6] = WORDS("ipv6", ipv6_words, MGATE_IPV6_SAFE),
};

/** var mgate_params_port_table - the tunables of a port, by enum mgate_port_param */
const struct mgate_param_info mgate_params_port_table[MGATE_PORT_PARAM_MAX] = {
	[MGATE_PORT_MODE] = WORDS("mode", mode_words, MGATE_PORT_SNOOP),
	[MGATE_PORT_ROUTER] = WORDS("router", router_words, MGATE_ROUTER_AUTO),
	[MGATE_PORT_FAST_LEAVE] = NUMBER("fast_leave", 0, 1, 0),
	[MGATE_PORT_UNKNOWN] = WORDS("unknown", inherit_words, MGATE_PORT_UNKNOWN_INHERIT),
	[MGATE_PORT_MAX_GROUPS] = LIMIT("max_groups", 0, 1048576, 4096),
	[MGATE_PORT_GUARD] = NUMBER("guard", 0, 1, 0),
	[MGATE_PORT_MIN_VERSION] = NUMBER("min_version", 1, 3, 1),
	[MGATE_PORT_LIMIT_ACTION] = WORDS("limit_action", action_words, MGATE_LIMIT_FLOOD),
	[MGATE_PORT_REPORT_RATE] = LIMIT("report_rate", 0, 1000000, 10000),
};

static void fill(u32 *v, const struct mgate_param_info *table, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		v[i] = table[i].def;
}

/**
 * mgate_params_setup() - a bridge's tunables as they are to begin with
 * @p: the tunables
 */
void mgate_params_setup(struct mgate_params *p)
{
	fill(p->v, mgate_params_table, MGATE_PARAM_MAX);
}

/**
 * mgate_params_port_setup() - a port's tunables as they are to begin with
 * @v: MGATE_PORT_PARAM_MAX values
 */
void mgate_params_port_setup(u32 *v)
{
	fill(v, mgate_params_port_table, MGATE_PORT_PARAM_MAX);
}

/**
 * mgate_params_address() - a tunable that is an address, as such
 * @value: the number
 */
struct mgate_addr mgate_params_address(u32 value)
{
	const u8 bytes[] = { (u8)(value >> 24), (u8)(value >> 16), (u8)(value >> 8), (u8)value };
	struct mgate_addr a;

	mgate_addr_load(&a, bytes, sizeof(bytes));
	return a;
}

static bool is_host(u32 value)
{
	struct mgate_addr a = mgate_params_address(value);

	return mgate_ipv4_is_host(&a);
}

/**
 * mgate_params_check() - may a tunable have this value
 * @info: its row
 * @value: the value
 *
 * Return: 0; -EINVAL for a word it does not know, or an address that is no
 * host's; -ERANGE for a number out of bounds.
 */
int mgate_params_check(const struct mgate_param_info *info, u32 value)
{
	if (value == MGATE_AUTO && info->has_auto)
		return 0;
	if (info->address)
		return !value || is_host(value) ? 0 : -EINVAL;
	if (value >= info->min && value <= info->max)
		return 0;
	return info->words ? -EINVAL : -ERANGE;
}

/**
 * mgate_params_set() - change one tunable of a bridge
 * @p: the tunables
 * @id: which
 * @value: the new value
 * @other: on -EINVAL, the tunable that stands in the way, or @id itself
 *
 * RFC 9776 8.14.2: the query interval is never below the response interval.
 *
 * Return: 0; -EINVAL or -ERANGE, and nothing is changed.
 */
int mgate_params_set(struct mgate_params *p, enum mgate_param id, u32 value,
		     enum mgate_param *other)
{
	struct mgate_params next = *p;
	int err;

	*other = id;
	err = mgate_params_check(&mgate_params_table[id], value);
	if (err)
		return err;
	next.v[id] = value;
	if (next.v[MGATE_PARAM_QUERY_INTERVAL_MS] <
	    next.v[MGATE_PARAM_QUERY_RESPONSE_INTERVAL_MS]) {
		*other = id == MGATE_PARAM_QUERY_INTERVAL_MS ?
			 MGATE_PARAM_QUERY_RESPONSE_INTERVAL_MS :
			 MGATE_PARAM_QUERY_INTERVAL_MS;
		return -EINVAL;
	}
	p->v[id] = value;
	return 0;
}

/* A host may answer at the very end of the response time, counts in ticks of its
 * own, and its report takes its time: a tenth more, and some at least.
 */
static u32 convergence_ms(u32 response_ms)
{
	return response_ms + max_t(u32, response_ms / 10, 200);
}

/**
 * mgate_params_in_force() - the value a tunable has now, derived or written
 * @p: the tunables
 * @t: the timing in force, of the elected querier where there is one
 * @id: which
 *
 * An address that derives depends on the VLAN: MGATE_AUTO.
 */
u32 mgate_params_in_force(const struct mgate_params *p, const struct mgate_timing *t,
			  enum mgate_param id)
{
	if (p->v[id] != MGATE_AUTO)
		return p->v[id];
	switch (id) {
	case MGATE_PARAM_CONVERGENCE_MS:
		return convergence_ms(t->response_ms);
	case MGATE_PARAM_QUERIER_ADDRESS:
		return MGATE_AUTO;
	case MGATE_PARAM_STARTUP_QUERY_INTERVAL_MS:
		return max_t(u32, p->v[MGATE_PARAM_QUERY_INTERVAL_MS] / 4, 1000);
	default:
		return t->robustness;
	}
}
