# SPDX-License-Identifier: GPL-2.0-only
"""What words of mgate mean, in sentences that name the bridge, the port and the way out.

scripts/check-docs sees to it that each reason why a frame is passed or held has one.
"""
# Reasons why a frame leaves by a port. {dev}, {port}, {grp}, {src}, {vid} are filled in.
PASSED = {
    "member": "a host there asked for {grp}",
    "router": "the port leads to a multicast router, and routers get every group; if only "
              "hosts are there, write never to /sys/class/net/{port}/mgate/router",
    "flood_link_local": "groups of link-local scope (224.0.0.0/24, ff02::/16) go everywhere",
    "flood_list": "{grp} is in /sys/class/net/{dev}/mgate/flood, and so goes everywhere",
    "flood_learning": "nothing is cut in VLAN {vid} before a querier was heard and hosts had "
                      "the time to answer it; see `mgate show queriers dev {dev}`",
    "flood_mode": "/sys/class/net/{port}/mgate/mode says flood",
    "flood_limit": "{port} or {dev} is over a limit and floods meanwhile; see the reasons "
                   "limit_* in `mgate show counters dev {dev}`",
    "flood_no_vlan": "the VLAN of the frame cannot be told at {port}",
    "flood_ignored": "VLAN {vid} is in /sys/class/net/{dev}/mgate/vlans_ignored",
    "unknown_flood": "nobody joined {grp}, and `unknown` says flood",
    "control_query": "it is a query",
    "control_report": "it is a report or leave, and goes to routers",
    "control_flood": "it is an IGMP or MLD message that is for all",
    "host_all": "the bridge device is promiscuous or all-multicast",
}
# Reasons why it does not.
HELD = {
    "not_member": "others asked for {grp} in VLAN {vid}, nobody at {port} did",
    "unknown_drop": "nobody joined {grp} in VLAN {vid}, and {port} leads to no router",
    "report_held": "reports and leaves go to routers only",
    "query_held": "a query or solicitation of mgate's own, which is for another port",
    "hairpin": "it came in there",
}
# What both say of the host of the bridge.
OF_THE_HOST = {
    "member": "the host itself joined {grp}",
    "router": "the host itself is a multicast router",
    "not_member": "others asked for {grp} in VLAN {vid}, the host itself did not",
    "unknown_drop": "nobody joined {grp} in VLAN {vid}",
}
# Where there is no reason: mgate does not look at such frames.
IDLE = "mgate does nothing there with frames of {family}: see `mgate show bridges dev {dev}` for " \
       "its mode and status"
IDLE_IPV6 = ", and /sys/class/net/{dev}/mgate/ipv6"
# What to do where somebody is to get it all the same.
ADVICE = {
    "not_member": "If somebody there wants it, see `mgate why dev {dev} port {port} grp {grp}`.",
    "unknown_drop": "To have such groups go everywhere, write flood to "
                    "/sys/class/net/{dev}/mgate/unknown.",
}
# Why the bridge itself lets nothing in, or out, there.
REFUSED = {
    "link": "{port} has no link or is switched off",
    "state": "the spanning tree state of {port} is not forwarding",
    "vlan": "{port} is not in VLAN {vid}; see `bridge vlan show dev {port}`",
    "locked": "{port} is locked and does not know the sender; see `bridge fdb show br {dev}`",
    "isolated": "{port} and the port where it came in are both isolated",
    "hairpin": "it came in there, and hairpin is off",
    "flag": "{port} has mcast_flood off, or proxy_arp on; see Trouble in mgate(4)",
}
# How frames go.
PATHS = {
    "flow": "goes by flow, as the one before it",
    "redirect": "goes by redirect, to those who asked",
    "gate": "is flooded by the bridge, and held at each port that did not ask",
    "bridge": "is left to the bridge, which floods it",
}
# Reasons why a report was not, or not wholly, learned from; {ttl} is what IPv6 calls
# otherwise.
UNLEARNED = {
    "bad_ip_checksum": "the IP checksum is wrong: a faulty sender or card",
    "bad_igmp_checksum": "the IGMP checksum is wrong: a faulty sender or card",
    "bad_mld_checksum": "the checksum of the MLD message is wrong: a faulty sender or card",
    "bad_length": "the lengths in the message do not fit each other",
    "bad_fragment": "the message came in fragments",
    "bad_ttl": "the {ttl} is not 1: it came from beyond a router",
    "bad_group": "it names a group that cannot be joined",
    "bad_source": "the sender's address cannot be a host's, or, of MLD, is not link-local",
    "bad_destination": "it was sent to where a report does not go",
    "bad_mac": "the Ethernet address is not that of the IP address",
    "bad_record_type": "a record is of an unknown type",
    "no_router_alert": "the message has no Router Alert option, which MLD always has to have, "
                       "and IGMP where /sys/class/net/{dev}/mgate/accept is strict",
    "port_ignored": "/sys/class/net/{port}/mgate/mode says ignore",
    "old_version": "its version is below /sys/class/net/{port}/mgate/min_version",
    "ssm_range": "groups of 232.0.0.0/8 and ff3x::/32 are joined by source, in IGMPv3 or MLDv2; "
                 "where the querier asks in an older version hosts cannot: write 3 to "
                 "/sys/class/net/{dev}/mgate/version, or set it at the querier",
    "denied": "/sys/class/net/{port}/mgate/deny names its group",
    "encapsulated": "it has two VLAN tags or is in a PPPoE session",
    "limit_port": "{port} has as many memberships as its max_groups allows",
    "limit_bridge": "{dev} has as many groups as its max_groups allows",
    "limit_replaced": "limit_action of {port} is replace: a group was given up for another",
    "limit_rate": "more came in a second than report_rate of {port} allows",
    "limit_memory": "there was no memory, or max_memory_mb of the module is reached",
    "limit_vlans": "it is in too many VLANs that {dev} does not know",
}


def reason(name, about):
    """Why a frame goes out there or does not, as a sentence without its full stop."""
    text = PASSED.get(name) or HELD.get(name)
    if about["port"] == "host":
        text = OF_THE_HOST.get(name, text)
    return text.format_map(about) if text else f"the reason is {name}, see mgate(4)"


def idle(about):
    """Why it goes out there without a reason of mgate's."""
    six = ":" in about["grp"]
    text = IDLE + (IDLE_IPV6 if six else "")
    return text.format_map(about | {"family": "IPv6" if six else "IPv4"})


def advice(name, about):
    """What to do about a reason, or an empty text."""
    return ADVICE.get(name, "").format_map(about)


def refused(name, about):
    """Why the bridge refuses it there."""
    text = REFUSED.get(name)
    return text.format_map(about) if text else f"the bridge refuses it: {name}"


def unlearned(name, about):
    """Why a report was not learned from, or None for reasons that are about other things."""
    text = UNLEARNED.get(name)
    return text and text.format_map(about)


def path(name):
    """How a frame goes."""
    return PATHS.get(name, f"goes by {name}")
