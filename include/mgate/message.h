/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages between hosts and routers as all families know them, free of how
 * they look on the wire. The group record types have the same numbers in
 * IGMPv3 (RFC 9776 4.2.13) and MLDv2 (RFC 9777).
 */
#ifndef MGATE_MESSAGE_H
#define MGATE_MESSAGE_H

#include <mgate/datagram.h>
#include <mgate/reason.h>

enum mgate_kind {
	MGATE_KIND_REPORT,
	MGATE_KIND_LEAVE,
	MGATE_KIND_QUERY,
	MGATE_KIND_ROUTER,	/* a router says that it is there, or goes */
	MGATE_KIND_UNKNOWN,
};

/** enum mgate_by - by what a port is known to lead to a router */
enum mgate_by {
	MGATE_BY_QUERY,
	MGATE_BY_PROXY,		/* queries without an address */
	MGATE_BY_PIM,		/* RFC 7761 4.9.2: hello */
	MGATE_BY_MRD,		/* RFC 4286: advertisement */
	MGATE_BY_DVMRP,		/* probe */
	MGATE_BY_MAX
};

/** enum mgate_fate - where a message goes, whatever it teaches */
enum mgate_fate {
	MGATE_FATE_ALL,		/* all other ports */
	MGATE_FATE_ROUTERS,	/* router ports */
	MGATE_FATE_DROP,	/* nowhere */
};

enum mgate_record_type {
	MGATE_RECORD_IS_IN = 1,
	MGATE_RECORD_IS_EX,
	MGATE_RECORD_TO_IN,
	MGATE_RECORD_TO_EX,
	MGATE_RECORD_ALLOW,
	MGATE_RECORD_BLOCK,
};

/**
 * struct mgate_record - one group record of a report
 * @grp: the group, one that can have state: see has_state() in v3.c
 * @srcs: the sources, in network order, inside the message
 * @nsrcs: how many
 * @type: enum mgate_record_type
 */
struct mgate_record {
	struct mgate_addr grp;
	const u8 *srcs;
	u16 nsrcs;
	u8 type;
};

/**
 * struct mgate_msg - a message that was read and checked whole
 * @src: who sent it
 * @grp: query: the group asked about, zero for a general query; v1 and v2
 *	report and leave: the group
 * @body: v3 report: its group records; query: its sources
 * @len: bytes of @body
 * @count: v3 report: records; query: sources
 * @max_resp_ms: query: the maximum response time
 * @hold_ms: router: how long it is there; 0: it goes
 * @by: router: enum mgate_by
 * @interval_ms: query: the querier's query interval, 0 = not said
 * @robustness: query: the querier's robustness variable, 0 = not said
 * @suppress: query: the S flag
 * @odd: v3 report: some record is of unknown type and was passed over
 * @partial: v3 report: some record is of a group that has no state
 * @nodes: v3 report: some record is of a solicited-node group
 * @solicited: solicited-node groups (RFC 4291 2.7.1) have state, as no others of their
 *	scope have; set by whoever reads the frame
 * @af: enum mgate_af
 * @kind: enum mgate_kind
 * @version: 1, 2 or 3, counted as IGMP does
 * @fate: enum mgate_fate
 * @flaw: why nothing may be learned from it, or MGATE_REASON_NONE
 * @rx: the counter of messages of this sort, or MGATE_REASON_NONE
 *
 * Points into the caller's buffer and lives as long as that.
 */
struct mgate_msg {
	struct mgate_addr src;
	struct mgate_addr grp;
	const u8 *body;
	u16 len;
	u16 count;
	u32 max_resp_ms;
	u32 interval_ms;
	u32 hold_ms;
	u8 robustness;
	bool suppress;
	bool odd;
	bool partial;
	bool nodes;
	bool solicited;
	u8 by;
	u8 af;
	u8 kind;
	u8 version;
	u8 fate;
	enum mgate_reason flaw;
	enum mgate_reason rx;
};

/**
 * mgate_message_refuse() - nothing may be learned from a message
 * @msg: the message, which its class of receivers still gets
 * @flaw: why; the first that was found counts
 */
static inline void mgate_message_refuse(struct mgate_msg *msg, enum mgate_reason flaw)
{
	if (msg->flaw == MGATE_REASON_NONE)
		msg->flaw = flaw;
}

/* Sources in one query or report of ours; more go into several. */
#define MGATE_QUERY_SOURCES 64

/**
 * struct mgate_query - a query to be sent
 * @src: whose query this is, zero if the querier has no address
 * @grp: zero for a general query
 * @srcs: the sources that are asked about, version 3 only
 * @nsrcs: how many, at most MGATE_QUERY_SOURCES
 * @max_resp_ms: maximum response time
 * @interval_ms: the query interval to announce
 * @robustness: the robustness variable to announce
 * @version: 1, 2 or 3, counted as IGMP does
 * @af: enum mgate_af
 * @suppress: the S flag
 */
struct mgate_query {
	struct mgate_addr src;
	struct mgate_addr grp;
	const struct mgate_addr *srcs;
	u16 nsrcs;
	u32 max_resp_ms;
	u32 interval_ms;
	u8 robustness;
	u8 version;
	u8 af;
	bool suppress;
};

/**
 * struct mgate_report - a report or leave that this bridge sends for its hosts
 * @src: its sender, zero if it has no address
 * @grp: the group
 * @srcs: the sources that are wanted, where not all are; version 3 only
 * @nsrcs: how many
 * @vid: in which VLAN
 * @af: enum mgate_af
 * @version: 1, 2 or 3, counted as IGMP does
 * @change: it tells a change; else it answers a query
 * @leave: nobody wants the group any more
 * @some: there are more sources than these
 */
struct mgate_report {
	struct mgate_addr src;
	struct mgate_addr grp;
	struct mgate_addr srcs[MGATE_QUERY_SOURCES];
	u16 nsrcs;
	u16 vid;
	u8 af;
	u8 version;
	bool change;
	bool leave;
	bool some;
};

#endif
