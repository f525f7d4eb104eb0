// SPDX-License-Identifier: GPL-2.0-only
/* What the switch learns from reports and leaves: memberships. */
#include <mgate/eht.h>
#include <mgate/family.h>
#include <mgate/filter.h>
#include <mgate/limit.h>
#include <mgate/refresh.h>
#include <mgate/report.h>
#include <mgate/v3.h>

static void count_refusal(struct mgate_input *in, enum mgate_refusal why)
{
	in->limit_port += why == MGATE_REFUSAL_PORT;
	in->limit_bridge += why == MGATE_REFUSAL_BRIDGE;
	in->limit_memory += why == MGATE_REFUSAL_MEMORY;
	in->replaced += why == MGATE_REFUSAL_REPLACED;
}

static void track_host(struct mgate_switch *sw, struct mgate_member *m,
		       const struct mgate_record *rec, struct mgate_input *in,
		       const struct mgate_rules *rules)
{
	struct mgate_eht_event e = {
		.who = &in->who,
		.rec = rec,
		.now = in->now,
		.until = rules->until,
		.used = &sw->ports[m->slot]->nhosts,
		.af = rules->af,
		.version = rules->version,
	};

	in->limit_hosts += !mgate_eht_hear(m, &e);
}

static void apply_record(struct mgate_switch *sw, struct mgate_member *m,
			 const struct mgate_record *rec, struct mgate_input *in,
			 const struct mgate_rules *rules)
{
	bool is_new = m->mode == MGATE_MODE_INCLUDE && !m->nsources;
	struct mgate_effect e;

	track_host(sw, m, rec, in, rules);
	mgate_filter_apply(&sw->map, m, rec, rules, &e);
	in->limit_sources += e.limited;
	if (e.limited)
		mgate_limit_say_locked(sw, &m->group->route.key, m->slot,
				       MGATE_REASON_LIMIT_SOURCES);
	in->limit_memory += e.short_of_memory;
	if (e.short_of_memory)
		mgate_limit_say_locked(sw, &m->group->route.key, m->slot,
				       MGATE_REASON_LIMIT_MEMORY);
	/* The routers hear of the last one, or are told when the group has ended. */
	if (mgate_filter_leaves(rec))
		m->group->withheld = in->withheld;
	if (!is_new && !e.changed && e.due == MGATE_NEVER)
		return;
	mgate_rate_take(&sw->ports[in->slot]->rate);
	mgate_membership_changed_locked(sw, m, in->now, e.due);
}

/* Whoever only repeats what is known is never refused. Of the others nobody is cut by
 * it: who wants something is served by flooding, and what is not wanted runs on.
 */
static bool is_over_rate(struct mgate_switch *sw, const struct mgate_key *key,
			 const struct mgate_member *m, const struct mgate_record *rec,
			 struct mgate_input *in)
{
	struct mgate_switch_port *port = sw->ports[in->slot];

	if (likely(mgate_rate_has(&port->rate)))
		return false;
	if (m && m->learned ? mgate_refresh_is(m, rec, in->msg->af) : !mgate_filter_wants(rec))
		return false;
	in->limit_rate++;
	if (mgate_filter_wants(rec))
		mgate_limit_refuse_port_locked(sw, port, key, MGATE_REFUSAL_RATE, in->now);
	return true;
}

static bool is_denied(const struct mgate_switch *sw, const struct mgate_record *rec,
		      const struct mgate_input *in)
{
	const struct mgate_policy *deny = sw->ports[in->slot]->deny;

	return unlikely(deny) && mgate_policy_has(deny, in->msg->af, &rec->grp);
}

/* The sources that a record names, and those that it may take back. */
static u32 effort(const struct mgate_member *m, const struct mgate_record *rec)
{
	bool whole = rec->type == MGATE_RECORD_IS_EX || rec->type == MGATE_RECORD_TO_EX ||
		     rec->type == MGATE_RECORD_TO_IN;

	return rec->nsrcs + (whole ? m->nsources : 0);
}

/* Return: NULL if it is refused. */
static struct mgate_member *join(struct mgate_switch *sw, struct mgate_group *g,
				 const struct mgate_key *key, struct mgate_input *in)
{
	enum mgate_refusal why;
	struct mgate_member *m = mgate_membership_learn_locked(sw, g, key, in->slot, in->now,
							       &why);

	if (likely(why == MGATE_REFUSAL_NONE))
		return m;
	count_refusal(in, why);
	mgate_limit_say_locked(sw, key, in->slot, mgate_limit_reason(why));
	/* Who is refused again and again has made work too. */
	if (!m)
		mgate_rate_take(&sw->ports[in->slot]->rate);
	return m;
}

/* @g, @m: what there is of it already. Return: as hear_record(). */
static noinline u32 hear_change(struct mgate_switch *sw, const struct mgate_key *key,
				struct mgate_group *g, struct mgate_member *m,
				const struct mgate_record *rec, struct mgate_input *in,
				const struct mgate_rules *rules)
{
	u32 sources;

	if (is_over_rate(sw, key, m, rec, in)) {
		mgate_limit_say_locked(sw, key, in->slot, MGATE_REASON_LIMIT_RATE);
		return 0;
	}
	if ((!m || !m->learned) && mgate_filter_wants(rec))
		m = join(sw, g, key, in);
	if (!m || !m->learned)
		return 0;
	sources = effort(m, rec);
	apply_record(sw, m, rec, in, rules);
	return sources;
}

/* Return: sources that were worked on. */
static u32 hear_record(struct mgate_switch *sw, const struct mgate_record *rec,
		       struct mgate_input *in, const struct mgate_rules *rules)
{
	struct mgate_key key = mgate_addr_key(rules->af, in->vid, &rec->grp);
	struct mgate_group *g;
	struct mgate_member *m;

	if (mgate_filter_is_out_of_range(rec, rules->af, rules->version)) {
		in->ssm++;
		mgate_limit_say_locked(sw, &key, in->slot, MGATE_REASON_SSM_RANGE);
		return 0;
	}
	if (is_denied(sw, rec, in)) {
		in->denied++;
		mgate_limit_say_locked(sw, &key, in->slot, MGATE_REASON_DENIED);
		return 0;
	}
	g = mgate_ledger_find(&sw->ledger, &key);
	m = g ? mgate_ledger_member(g, in->slot) : NULL;
	if (likely(m) && m->learned && mgate_refresh_all(m, rec, rules, &in->who))
		return 0;
	return hear_change(sw, &key, g, m, rec, in, rules);
}

/* Who asks whether somebody is still there, when a host leaves: the querier, or
 * whoever keeps the leave from it. Version 1 cannot ask about a group.
 */
static bool asks(const struct mgate_querier *q, u8 version, const struct mgate_input *in)
{
	if (version == 1)
		return false;
	return q->state == MGATE_QUERIER_SELF ||
	       (q->state == MGATE_QUERIER_OTHER && in->withheld);
}

/* A report only makes the VLAN be kept longer, so that its deadline in the queue may stay
 * early: it is set right when it comes up.
 */
static void touch_by_report(struct mgate_switch *sw, struct mgate_context *ctx, u64 until)
{
	u64 before = ctx->idle_at;

	mgate_context_keep(ctx, until);
	if (!ctx->due.queued || ctx->idle_at < before)
		mgate_due_before(&sw->vlan_queue, &ctx->due, mgate_context_deadline(ctx));
}

/**
 * mgate_report_hear_locked() - learn from a report or leave, a bounded piece of it
 * @sw: the switch, its lock held
 * @ctx: its VLAN
 * @in: the message; its results are added to
 * @offset: where to go on; 0 to begin with
 *
 * Return: there are more records.
 */
bool mgate_report_hear_locked(struct mgate_switch *sw, struct mgate_context *ctx,
			      struct mgate_input *in, u16 *offset)
{
	struct mgate_switch_port *port = sw->ports[in->slot];
	u8 asks_in = mgate_querier_asks_in(&ctx->querier, &sw->params);
	struct mgate_rules rules = {
		.timing = mgate_querier_timing(&ctx->querier, &sw->params),
		.now = in->now,
		.max_sources = sw->params.v[MGATE_PARAM_MAX_SOURCES],
		.af = in->msg->af,
		.version = in->msg->version,
		/* RFC 9776 7.3.1: in version 1 nobody leaves. */
		.fast_leave = port->params[MGATE_PORT_FAST_LEAVE] && asks_in > 1,
		.asks = asks(&ctx->querier, asks_in, in),
		.asks_sources = asks_in == 3,
	};
	u32 n = 0, sources = 0, replaced = in->replaced;
	struct mgate_record rec;

	lockdep_assert_held(&sw->lock);
	rules.until = in->now + mgate_params_membership_ms(&rules.timing);
	rules.older_until = in->now + mgate_params_older_host_ms(&rules.timing);
	touch_by_report(sw, ctx, rules.until);
	mgate_rate_fill(&port->rate, port->params[MGATE_PORT_REPORT_RATE], in->now);
	/* What is given up for another may have any number of sources and hosts. */
	while (n < MGATE_REPORT_BATCH && sources < MGATE_MEMBERSHIP_SOURCES &&
	       in->replaced == replaced) {
		if (!mgate_v3_next_record(in->msg, offset, &rec))
			break;
		sources += hear_record(sw, &rec, in, &rules);
		n++;
	}
	/* Every host reports groups without state, as it needs them to find others. */
	if (n && in->msg->kind == MGATE_KIND_REPORT)
		ctx->joined_until = rules.until;
	sw->most_records = max(sw->most_records, n);
	sw->most_sources = max(sw->most_sources, sources);
	return n == MGATE_REPORT_BATCH || sources >= MGATE_MEMBERSHIP_SOURCES ||
	       in->replaced != replaced;
}
