/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a frame was passed, held back or not learned from. Each reason is a
 * counter in debugfs `counters` and a line in the README; there is no verdict
 * without one.
 */
#ifndef MGATE_REASON_H
#define MGATE_REASON_H

#include <mgate/base.h>

/* X(symbol, name in debugfs) */
#define MGATE_REASONS(X) \
	/* passed, counted at the port the frame leaves by */ \
	X(MEMBER,		"member") \
	X(ROUTER,		"router") \
	X(FLOOD_LINK_LOCAL,	"flood_link_local") \
	X(FLOOD_LIST,		"flood_list") \
	X(FLOOD_LEARNING,	"flood_learning") \
	X(FLOOD_MODE,		"flood_mode") \
	X(FLOOD_LIMIT,		"flood_limit") \
	X(FLOOD_NO_VLAN,	"flood_no_vlan") \
	X(FLOOD_IGNORED,	"flood_ignored") \
	X(UNKNOWN_FLOOD,	"unknown_flood") \
	X(CONTROL_QUERY,	"control_query") \
	X(CONTROL_REPORT,	"control_report") \
	X(CONTROL_FLOOD,	"control_flood") \
	X(HOST_ALL,		"host_all") \
	/* held back, counted at the port the frame would have left by */ \
	X(NOT_MEMBER,		"not_member") \
	X(UNKNOWN_DROP,		"unknown_drop") \
	X(REPORT_HELD,		"report_held") \
	X(QUERY_HELD,		"query_held") \
	X(HAIRPIN,		"hairpin") \
	/* messages, counted at the port they came in by */ \
	X(RX_V1_REPORT,		"rx_v1_report") \
	X(RX_V2_REPORT,		"rx_v2_report") \
	X(RX_V3_REPORT,		"rx_v3_report") \
	X(RX_LEAVE,		"rx_leave") \
	X(RX_QUERY_V1,		"rx_query_v1") \
	X(RX_QUERY_V2,		"rx_query_v2") \
	X(RX_QUERY_V3,		"rx_query_v3") \
	X(RX_MLD_V1_REPORT,	"rx_mld_v1_report") \
	X(RX_MLD_V2_REPORT,	"rx_mld_v2_report") \
	X(RX_MLD_DONE,		"rx_mld_done") \
	X(RX_MLD_QUERY_V1,	"rx_mld_query_v1") \
	X(RX_MLD_QUERY_V2,	"rx_mld_query_v2") \
	X(RX_PIM,		"rx_pim") \
	X(RX_MRD,		"rx_mrd") \
	X(RX_DVMRP,		"rx_dvmrp") \
	X(TX_QUERY,		"tx_query") \
	X(TX_REPORT,		"tx_report") \
	X(TX_SOLICITATION,	"tx_solicitation") \
	/* dropped where they came in */ \
	X(BAD_IP_CHECKSUM,	"bad_ip_checksum") \
	X(BAD_IGMP_CHECKSUM,	"bad_igmp_checksum") \
	X(BAD_MLD_CHECKSUM,	"bad_mld_checksum") \
	X(BAD_LENGTH,		"bad_length") \
	X(GUARDED,		"guarded") \
	/* forwarded, not learned from */ \
	X(BAD_FRAGMENT,		"bad_fragment") \
	X(BAD_TYPE,		"bad_type") \
	X(BAD_PIM_CHECKSUM,	"bad_pim_checksum") \
	X(BAD_TTL,		"bad_ttl") \
	X(BAD_GROUP,		"bad_group") \
	X(BAD_SOURCE,		"bad_source") \
	X(BAD_DESTINATION,	"bad_destination") \
	X(BAD_MAC,		"bad_mac") \
	X(BAD_RECORD_TYPE,	"bad_record_type") \
	X(NO_ROUTER_ALERT,	"no_router_alert") \
	X(QUERY_BAD_SOURCE,	"query_bad_source") \
	X(QUERY_PROXY,		"query_proxy") \
	X(QUERY_NOT_ELECTED,	"query_not_elected") \
	X(QUERY_CLAMPED,	"query_clamped") \
	X(QUERY_WITHOUT_VALUES,	"query_without_values") \
	X(PORT_IGNORED,		"port_ignored") \
	X(OLD_VERSION,		"old_version") \
	X(SSM_RANGE,		"ssm_range") \
	X(DENIED,		"denied") \
	X(ENCAPSULATED,		"encapsulated") \
	/* about the way, counted at the port a frame came in by */ \
	X(REDIRECT_FAILED,	"redirect_failed") \
	X(REDIRECT_MISSED,	"redirect_missed") \
	X(FLOW,			"flow") \
	X(FLOW_MISSED,		"flow_missed") \
	X(FLOW_REFUSED,		"flow_refused") \
	/* about limits, counted at the port of the message */ \
	X(LIMIT_PORT,		"limit_port") \
	X(LIMIT_BRIDGE,		"limit_bridge") \
	X(LIMIT_REPLACED,	"limit_replaced") \
	X(LIMIT_RATE,		"limit_rate") \
	X(LIMIT_SOURCES,	"limit_sources") \
	X(LIMIT_HOSTS,		"limit_hosts") \
	X(LIMIT_MEMORY,		"limit_memory") \
	X(LIMIT_VLANS,		"limit_vlans")

#define MGATE_REASON_ENUM(symbol, name) MGATE_REASON_##symbol,

/** enum mgate_reason - see MGATE_REASONS; NONE means "nothing to say" */
enum mgate_reason {
	MGATE_REASON_NONE,
	MGATE_REASONS(MGATE_REASON_ENUM)
	MGATE_REASON_MAX
};

const char *mgate_reason_name(enum mgate_reason reason);

/**
 * mgate_reason_holds() - is this a reason by which a frame does not leave by a port
 * @reason: the reason
 */
static inline bool mgate_reason_holds(enum mgate_reason reason)
{
	return reason >= MGATE_REASON_NOT_MEMBER && reason <= MGATE_REASON_HAIRPIN;
}

#endif
