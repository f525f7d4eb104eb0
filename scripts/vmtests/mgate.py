# SPDX-License-Identifier: GPL-2.0-only
"""The module as its user sees it: parameters, debugfs, names of counters."""
import contextlib
import errno
import os
import pathlib
import re

import netns
from words import Failure, eventually

DEBUGFS = pathlib.Path("/sys/kernel/debug/mgate")
MODULE = pathlib.Path("/sys/module/mgate")
SYS_FINIT_MODULE, SYS_DELETE_MODULE = 313, 176

# Reasons in debugfs `counters`, here and nowhere else. Of frames, at the port where
# they would go out:
MEMBER, ROUTER, NOT_MEMBER = "member", "router", "not_member"
FLOOD_LINK_LOCAL, FLOOD_LIST = "flood_link_local", "flood_list"
FLOOD_LEARNING, FLOOD_MODE = "flood_learning", "flood_mode"
FLOOD_LIMIT, FLOOD_NO_VLAN = "flood_limit", "flood_no_vlan"
FLOOD_IGNORED = "flood_ignored"
UNKNOWN_FLOOD, UNKNOWN_DROP = "unknown_flood", "unknown_drop"
CONTROL_QUERY, CONTROL_REPORT, CONTROL_FLOOD = (
    "control_query", "control_report", "control_flood")
# Of messages, at the port where they came in:
RX_V1, RX_V2, RX_V3, RX_LEAVE = "rx_v1_report", "rx_v2_report", "rx_v3_report", "rx_leave"
RX_MLD_V1, RX_MLD_V2, RX_MLD_DONE = "rx_mld_v1_report", "rx_mld_v2_report", "rx_mld_done"
RX_MLD_QUERY = {1: "rx_mld_query_v1", 2: "rx_mld_query_v2"}
BAD_MLD_CHECKSUM = "bad_mld_checksum"
RX_QUERY = {1: "rx_query_v1", 2: "rx_query_v2", 3: "rx_query_v3"}
BAD_IP_CHECKSUM, BAD_IGMP_CHECKSUM = "bad_ip_checksum", "bad_igmp_checksum"
BAD_LENGTH, BAD_FRAGMENT, BAD_TYPE, BAD_TTL = "bad_length", "bad_fragment", "bad_type", "bad_ttl"
BAD_GROUP, BAD_SOURCE = "bad_group", "bad_source"
BAD_DESTINATION, BAD_MAC = "bad_destination", "bad_mac"
BAD_RECORD_TYPE = "bad_record_type"
NO_ROUTER_ALERT, ENCAPSULATED = "no_router_alert", "encapsulated"
LIMIT_PORT, LIMIT_BRIDGE, LIMIT_MEMORY = "limit_port", "limit_bridge", "limit_memory"
LIMIT_VLANS, LIMIT_SOURCES = "limit_vlans", "limit_sources"
OLD_VERSION, SSM_RANGE, DENIED = "old_version", "ssm_range", "denied"
LIMIT_REPLACED, LIMIT_RATE = "limit_replaced", "limit_rate"
QUERY_BAD_SOURCE, QUERY_PROXY = "query_bad_source", "query_proxy"
QUERY_CLAMPED, QUERY_NOT_ELECTED = "query_clamped", "query_not_elected"
RX_PIM, RX_MRD, RX_DVMRP = "rx_pim", "rx_mrd", "rx_dvmrp"
PORT_IGNORED, REPORT_HELD, HOST_ALL = "port_ignored", "report_held", "host_all"
# Of what mgate sends, at `host`:
TX_QUERY, TX_REPORT, TX_SOLICITATION = "tx_query", "tx_report", "tx_solicitation"
REDIRECT_FAILED, REDIRECT_MISSED = "redirect_failed", "redirect_missed"
FLOW, FLOW_MISSED, FLOW_REFUSED = "flow", "flow_missed", "flow_refused"
QUERY_WITHOUT_VALUES = "query_without_values"

_HEAD = r"netns=(?P<netns>\d+) dev (?P<dev>\S+) "
_ADDRESS = r"(?:\d+\.\d+\.\d+\.\d+|[0-9a-f:]*:[0-9a-f:.]*)"
_LEFT = r"(?P<left>\d+\.\d\d)"
GRAMMAR = {name: re.compile(_HEAD + text) for name, text in {
    "groups": rf"port (?P<port>\S+) grp (?P<grp>{_ADDRESS})( src (?P<src>{_ADDRESS}))?"
              r" (?P<kind>temp|permanent) filter_mode (?P<filter_mode>include|exclude)"
              rf"(?P<blocked> blocked)? version (?P<version>[123]) vid (?P<vid>\d+) {_LEFT}",
    "hosts": rf"port (?P<port>\S+) grp (?P<grp>{_ADDRESS})( src (?P<src>{_ADDRESS})"
             r"(?P<blocked> blocked)?)? host (?P<mac>[0-9a-f]{2}(:[0-9a-f]{2}){5})"
             rf" (?P<address>{_ADDRESS}) version (?P<version>[123]) vid (?P<vid>\d+) {_LEFT}",
    "routers": r"port (?P<port>\S+) vid (?P<vid>\d+)( family (?P<family>ipv6))?"
               rf" by (?P<by>query|proxy|pim|mrd|dvmrp|static) {_LEFT}",
    "queriers": r"vid (?P<vid>\d+) state (?P<state>self|other|none)"
                r" (?P<phase>gating|converging|flooding) address (?P<address>\S+)"
                r" port (?P<port>\S+) version (?P<version>\d) robustness (?P<robustness>\d)"
                rf" interval (?P<interval>\d+\.\d\d) {_LEFT}",
    "flows": rf"port (?P<port>\S+) src (?P<src>{_ADDRESS}) grp (?P<grp>{_ADDRESS})"
             r" vid (?P<vid>\d+) to (?P<to>\S+) path (?P<path>flow|redirect|gate)"
             r" packets (?P<packets>\d+) bytes (?P<bytes>\d+)",
    "counters": r"port (?P<port>\S+) (?P<reason>[a-z0-9_]+) (?P<count>\d+)",
    "stats": rf"(port (?P<port>\S+) grp (?P<grp>{_ADDRESS}) vid (?P<vid>\d+)"
             r" (?P<fate>passed|held|in)( (?P<reason>[a-z0-9_]+))?|beyond) packets (?P<packets>\d+) bytes (?P<bytes>\d+)",
}.items()}


class Module:
    """The file to load, and with which parameters it is loaded."""
    file = None
    parameters = None


def loaded():
    """Is it loaded?"""
    return MODULE.exists()


def load(**parameters):
    """insmod."""
    text = " ".join(f"{name}={value}" for name, value in parameters.items())
    descriptor = os.open(Module.file, os.O_RDONLY)
    try:
        netns.syscall("syscall", SYS_FINIT_MODULE, descriptor, text.encode(), 0)
    finally:
        os.close(descriptor)
    Module.parameters = parameters


def unload():
    """rmmod, again and again while somebody holds it."""
    eventually(try_unload, "rmmod mgate succeeds")


def try_unload():
    """Try it once; False where somebody holds it."""
    try:
        netns.syscall("syscall", SYS_DELETE_MODULE, b"mgate", os.O_NONBLOCK)
    except OSError as refusal:
        if refusal.errno == errno.EWOULDBLOCK:
            return False
        raise
    return True


def ensure(present=True, **parameters):
    """Have it loaded with these parameters, or not at all."""
    if loaded() and not (present and Module.parameters == parameters):
        unload()
    if present and not loaded():
        load(**parameters)


def reload(**parameters):
    """Load it anew, with these parameters: no limit on the rate of log lines, nor
    anything else, is left from before."""
    ensure(False)
    load(**parameters)


def parameter(name):
    """The path of a module parameter."""
    return MODULE / "parameters" / name


# --- debugfs -----------------------------------------------------------------

def lines(name, bridge=None):
    """The lines of a debugfs file, all or those of one bridge."""
    text = (DEBUGFS / name).read_text().splitlines()
    if bridge is None:
        return text
    head = f"netns={bridge.ns.inode} dev {bridge.name} "
    return [line for line in text if line.startswith(head)]


def recount():
    """What is not as it must be: of a recount of all that is counted, the faults. Only
    kernels that look for faults have this file, and of others this says nothing."""
    return lines("recount") if (DEBUGFS / "recount").exists() or not DEBUGFS.exists() else []


def table(name, bridge):
    """The lines of a bridge as dictionaries; each must follow the grammar."""
    rows = []
    for line in lines(name, bridge):
        found = GRAMMAR[name].fullmatch(line)
        if not found:
            raise Failure(f"debugfs {name}: a line that INTERFACE.md does not allow: {line!r}")
        rows.append(found.groupdict())
    return rows


def members(bridge, port, group, source=None, vid=None):
    """The lines of `groups` of one port and group."""
    return [row for row in table("groups", bridge)
            if row["port"] == port and row["grp"] == group
            and (source is None or row["src"] == source)
            and (vid is None or row["vid"] == str(vid))]


def hosts(bridge, port, group):
    """Who stands behind a membership, as {(address, source or None)}."""
    return {(row["address"], row["src"]) for row in table("hosts", bridge)
            if row["port"] == port and row["grp"] == group}


def groups(bridge, port=None):
    """The set of groups of a port, or of the bridge."""
    return {row["grp"] for row in table("groups", bridge) if port in (None, row["port"])}


def own_routers(bridge):
    """The lines of routers of the family of which the bridge is a laboratory."""
    return [row for row in table("routers", bridge)
            if row["by"] == "static" or (row["family"] == "ipv6") == (bridge.family == 6)]


def routers(bridge):
    """The router ports as {port: by}; of several ways the first listed."""
    return {row["port"]: row["by"] for row in reversed(own_routers(bridge))}


def router_ways(bridge, port):
    """By what a port is known to lead to a router."""
    return {row["by"] for row in own_routers(bridge) if row["port"] == port}


def querier(bridge, vid=0):
    """The line of `queriers` of a VLAN, and of the family of which the bridge is a laboratory,
    or an empty dictionary."""
    for row in table("queriers", bridge):
        if row["vid"] == str(vid) and (":" in row["address"]) == (bridge.family == 6):
            return row
    return {}


def gates(bridge, vid=0):
    """Does it know a querier and gate?"""
    return querier(bridge, vid).get("phase") == "gating"


def counter(bridge, port, reason):
    """One counter; what is not listed is zero."""
    for row in table("counters", bridge):
        if (row["port"], row["reason"]) == (port, reason):
            return int(row["count"])
    return 0


@contextlib.contextmanager
def counts(bridge, port, reason, more):
    """In the block this counter grows by so much (it may come a little late)."""
    before = counter(bridge, port, reason)
    yield
    try:
        eventually(lambda: counter(bridge, port, reason) == before + more, "", timeout=5)
    except Failure:
        raise Failure(f"counter {reason} of {port}: expected {before} + {more}, "
                      f"got {counter(bridge, port, reason)}") from None


def describe(bridge):
    """What a reader of a failed test wants to see."""
    text = []
    for name in "queriers", "routers", "groups", "hosts", "counters":
        with contextlib.suppress(OSError):
            found = lines(name, bridge)
            text += [f"{name}:"] + found[:30] + [f"… {len(found) - 30} more"] * (len(found) > 30)
    for file in "mode", "status":
        with contextlib.suppress(OSError):
            text.append(f"{file}: {bridge.get(file)}")
    return "\n".join(text)
