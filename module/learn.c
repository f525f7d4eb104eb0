// SPDX-License-Identifier: GPL-2.0-only
/*
 * A message that the bridge has let in: counted, given to the switch, and what
 * came of it told to whoever reads the log.
 */
#include <linux/etherdevice.h>
#include <linux/if_bridge.h>
#include <linux/ratelimit.h>

#include <mgate/address.h>
#include <mgate/input.h>
#include <mgate/learn.h>
#include <mgate/text.h>
#include <mgate/tick.h>
#include <mgate/trace.h>

static void count_n(const struct mgate_port *port, enum mgate_reason reason, u32 n)
{
	if (n)
		this_cpu_add(port->counters->n[reason], n);
}

static const char *what_happens(const struct mgate_port *port)
{
	static const char * const words[] = {
		[MGATE_LIMIT_FLOOD] = "gets every group now",
		[MGATE_LIMIT_DENY] = "gets no more groups",
		[MGATE_LIMIT_REPLACE] = "gives up the oldest for each new one",
	};

	return words[READ_ONCE(port->sw.params[MGATE_PORT_LIMIT_ACTION])];
}

static const char *what_is_over_rate(const struct mgate_port *port)
{
	return READ_ONCE(port->sw.params[MGATE_PORT_LIMIT_ACTION]) == MGATE_LIMIT_FLOOD ?
	       what_happens(port) : "what is over it is ignored";
}

/* Something that is to be warned of. */
static bool has_refused(const struct mgate_input *in)
{
	return in->limit_port | in->limit_bridge | in->limit_memory | in->limit_sources |
	       in->limit_rate | in->replaced;
}

/* As of nearly all messages: it was heard, and that is all. */
static bool is_uneventful(const struct mgate_input *in)
{
	return !(has_refused(in) | in->limit_hosts | in->denied | in->ssm | in->msg->odd |
		 in->clamped | in->without_values | in->no_context | in->new_router |
		 in->new_querier | in->other_version) && in->flaw == MGATE_REASON_NONE;
}

static void warn_limits(const struct mgate_port *port, const struct mgate_input *in)
{
	const struct net_device *br = port->bridge->dev;

	if (!has_refused(in) || !__ratelimit(&port->bridge->log_refusals))
		return;
	if (in->limit_port | in->replaced)
		netdev_warn(br, "mgate: port %s has reached max_groups and %s; to raise it write to /sys/class/net/%s/mgate/max_groups\n",
			    port->dev->name, what_happens(port), port->dev->name);
	if (in->limit_rate)
		netdev_warn(br, "mgate: port %s says more than report_rate allows and %s; to raise it write to /sys/class/net/%s/mgate/report_rate\n",
			    port->dev->name, what_is_over_rate(port), port->dev->name);
	if (in->limit_bridge)
		netdev_warn(br, "mgate: the bridge has reached max_groups (last by port %s) and floods groups it has no entry for; to raise it write to /sys/class/net/%s/mgate/max_groups\n",
			    port->dev->name, br->name);
	if (in->limit_sources)
		netdev_warn(br, "mgate: a group of port %s has more sources than max_sources, and the port gets all of them now; to raise it write to /sys/class/net/%s/mgate/max_sources\n",
			    port->dev->name, br->name);
	if (in->limit_memory)
		netdev_warn(br, "mgate: no memory for a group of port %s, which floods now; the bound is the module parameter max_memory_mb\n",
			    port->dev->name);
}

static void tell_router(const struct mgate_port *port, const struct mgate_input *in)
{
	if (port->slot == MGATE_SLOT_HOST)
		netdev_info(port->bridge->dev, "mgate: the bridge host itself is a router in VLAN %u and gets every %sgroup\n",
			    in->vid, mgate_text_family(in->msg->af));
	else
		netdev_info(port->bridge->dev, "mgate: port %s leads to a router in VLAN %u and gets every %sgroup; if only hosts are there write never to /sys/class/net/%s/mgate/router\n",
			    port->dev->name, in->vid, mgate_text_family(in->msg->af),
			    port->dev->name);
}

static void tell(const struct mgate_port *port, const struct mgate_input *in)
{
	const char *name = port->slot == MGATE_SLOT_HOST ? "host" : port->dev->name;

	warn_limits(port, in);
	if (in->new_router && __ratelimit(&port->bridge->log_news))
		tell_router(port, in);
	if (in->new_querier && __ratelimit(&port->bridge->log_news))
		netdev_info(port->bridge->dev, "mgate: the %squerier of VLAN %u is behind port %s now\n",
			    mgate_text_family(in->msg->af), in->vid, name);
	if (in->other_version && __ratelimit(&port->bridge->log_news))
		netdev_warn(port->bridge->dev, "mgate: the %squerier behind port %s asks in version %u in VLAN %u, older than ours; all queriers of a network are to use the same: see /sys/class/net/%s/mgate/version\n",
			    mgate_text_family(in->msg->af), name,
			    mgate_family_version(in->msg->af, in->msg->version), in->vid,
			    port->bridge->dev->name);
	if (in->no_context && __ratelimit(&port->bridge->log_refusals))
		netdev_warn(port->bridge->dev, "mgate: more than %u VLANs were heard that the bridge does not know, so VLAN %u of port %s floods; name its VLANs by `ip link set %s type bridge vlan_filtering 1` and `bridge vlan add`, or write those to be left alone to /sys/class/net/%s/mgate/vlans_ignored\n",
			    MGATE_CONTEXTS_UNNAMED, in->vid, name, port->bridge->dev->name,
			    port->bridge->dev->name);
}

/**
 * mgate_learn_refused() - trace that a message was not learned from
 * @port: the port it came in by, or the host
 * @f: the frame
 * @vid: its VLAN
 * @reason: why
 *
 * The group is the message's own: that of a version 3 report is none. RCU read side.
 */
void mgate_learn_refused(const struct mgate_port *port, const struct mgate_frame *f, u16 vid,
			 enum mgate_reason reason)
{
	struct mgate_key key;

	if (!trace_mgate_refuse_enabled())
		return;
	key = mgate_addr_key(f->msg.af, vid, &f->msg.grp);
	key.src = f->msg.src;
	trace_mgate_refuse(port->bridge, port->slot == MGATE_SLOT_HOST ? "host" : port->dev->name,
			   &key, reason);
}

static void count_events(const struct mgate_port *port, const struct mgate_frame *f,
			 const struct mgate_input *in)
{
	if (in->msg->odd)
		mgate_bridge_count(port, MGATE_REASON_BAD_RECORD_TYPE);
	if (in->clamped)
		mgate_bridge_count(port, MGATE_REASON_QUERY_CLAMPED);
	if (in->without_values)
		mgate_bridge_count(port, MGATE_REASON_QUERY_WITHOUT_VALUES);
	if (in->no_context) {
		mgate_bridge_count(port, MGATE_REASON_LIMIT_VLANS);
		mgate_learn_refused(port, f, in->vid, MGATE_REASON_LIMIT_VLANS);
	}
	if (in->flaw != MGATE_REASON_NONE) {
		mgate_bridge_count(port, in->flaw);
		mgate_learn_refused(port, f, in->vid, in->flaw);
	}
	count_n(port, MGATE_REASON_LIMIT_PORT, in->limit_port);
	count_n(port, MGATE_REASON_LIMIT_BRIDGE, in->limit_bridge);
	count_n(port, MGATE_REASON_LIMIT_MEMORY, in->limit_memory);
	count_n(port, MGATE_REASON_LIMIT_REPLACED, in->replaced);
	count_n(port, MGATE_REASON_LIMIT_RATE, in->limit_rate);
	count_n(port, MGATE_REASON_DENIED, in->denied);
	count_n(port, MGATE_REASON_LIMIT_SOURCES, in->limit_sources);
	count_n(port, MGATE_REASON_LIMIT_HOSTS, in->limit_hosts);
	if (in->limit_hosts)
		mgate_learn_refused(port, f, in->vid, MGATE_REASON_LIMIT_HOSTS);
	count_n(port, MGATE_REASON_SSM_RANGE, in->ssm);
}

/**
 * mgate_learn() - a message has passed the bridge's own ingress checks
 * @port: the port it came in by, or the host
 * @f: the frame
 * @vid: its VLAN
 * @withheld: it is kept from the routers
 *
 * RCU read side, BH off.
 */
void mgate_learn(const struct mgate_port *port, const struct mgate_frame *f, u16 vid,
		 bool withheld)
{
	struct mgate_input in = {
		.msg = &f->msg,
		.now = mgate_tick_now(),
		.slot = port->slot,
		.vid = vid,
		.named = !vid || br_vlan_enabled(port->bridge->dev),
		.withheld = withheld,
		.who.addr = f->msg.src,
	};

	if (mgate_context_ignores(&port->bridge->sw.contexts, vid))
		return;
	if (f->msg.flaw != MGATE_REASON_NONE) {
		mgate_bridge_count(port, f->msg.flaw);
		mgate_learn_refused(port, f, vid, f->msg.flaw);
		return;
	}
	ether_addr_copy(in.who.mac, f->mac);
	if (f->msg.kind == MGATE_KIND_QUERY)
		in.own = mgate_address_own(port->bridge, f->msg.af, vid);
	mgate_input(&port->bridge->sw, &in);
	mgate_bridge_count(port, f->msg.rx);
	if (!likely(is_uneventful(&in))) {
		count_events(port, f, &in);
		tell(port, &in);
	}
	mgate_tick_arm(port->bridge, in.next);
}
