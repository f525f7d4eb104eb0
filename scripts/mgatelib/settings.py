# SPDX-License-Identifier: GPL-2.0-only
"""The files of sysfs that hold a setting: what may be written to each, in the units of
sysfs. scripts/check-docs compares them with module/params.c and the other files there.

A kind of value has complaint(text): None, or what is wrong as the end of a sentence.
"""
import ipaddress
import re

VLANS = 4095    # 0..4094
# No bound has more digits, and of very many Python makes no number.
DIGITS = "[0-9]{1,10}"


class Words:
    """One of some words. Where a file shows what is in force rather than what was
    written, it is `derived`."""
    many = False

    def __init__(self, *words, derived=False):
        self.words, self.derived = words, derived

    def complaint(self, text):
        """None, or what is wrong."""
        if text in self.words:
            return None
        return f"is none of {', '.join(self.words)}"


class Number:
    """A number between two bounds, or auto."""
    many = False

    def __init__(self, low, high, auto=False):
        self.low, self.high, self.derived = low, high, auto

    def complaint(self, text):
        """None, or what is wrong."""
        if self.derived and text == "auto":
            return None
        auto = " or auto" if self.derived else ""
        if not re.fullmatch("[0-9]+", text):
            return f"is not a number{auto}"
        if not re.fullmatch(DIGITS, text) or not self.low <= int(text) <= self.high:
            return f"is out of bounds: from {self.low} to {self.high}{auto} may be written"
        return None


def is_host(address):
    """Can an address be that of a single host? As mgate_ipv4_is_host() and
    mgate_ipv6_is_host()."""
    if address.version == 6:
        return not (address.is_multicast or address.is_loopback or address.is_unspecified)
    return address.packed[0] not in (0, 127) and address.packed[0] < 224


def is_everywhere(group):
    """Does a group go everywhere as it is, because of its scope?"""
    if group.version == 6:
        return group.packed[1] & 15 <= 2
    return group in ipaddress.IPv4Network("224.0.0.0/24")


def ipv4(text):
    """An IPv4 address, or None. Neither sysfs nor Python takes leading zeros."""
    try:
        return ipaddress.IPv4Address(text)
    except ValueError:
        return None


def address_of(text):
    """An IPv4 or IPv6 address, or None. Of a device (%) sysfs takes none."""
    try:
        return None if "%" in text else ipaddress.ip_address(text)
    except ValueError:
        return None


class Address:
    """The IPv4 address of a host, 0.0.0.0 or auto."""
    many, derived = False, True

    @staticmethod
    def complaint(text):
        """None, or what is wrong."""
        address = ipv4(text)
        if text == "auto" or address and (is_host(address) or not int(address)):
            return None
        return "is not the IPv4 address of a host, nor auto"


class Vlans:
    """VLAN ids and ranges, or nothing."""
    many = derived = False

    @staticmethod
    def complaint(text):
        """None, or what is wrong."""
        for part in text.split(",") if text else ():
            found = re.fullmatch(f"({DIGITS})(?:-({DIGITS}))?", part)
            if not found:
                return "is no list of VLANs: ids and ranges are written as in 10,20-29"
            first, last = int(found[1]), int(found[2] or found[1])
            if first > last or last >= VLANS:
                return f"has {part}, which is not within 0 to {VLANS - 1}"
        return None


class List:
    """A list, of which each entry is written for itself: with + before it (where the file
    wants a sign), or as it is. `- ENTRY` in a file of settings takes out what is there."""
    many = derived = True
    sign = "+ "

    def complaint(self, text):
        """None, or what is wrong with one entry."""
        words = text.split()
        if words and words[0] in ("+", "-"):
            words = words[1:]
        return self.entry(words)

    def write(self, text):
        """What is to be written for an entry."""
        words = text.split()
        return ("" if words[:1] in (["+"], ["-"]) else self.sign) + " ".join(words)

    def entry(self, words):
        """None, or what is wrong with the words of one entry, without its sign."""
        raise NotImplementedError


def range_complaint(text):
    """None, or why this is no range of groups."""
    address, _, length = text.partition("/")
    if not address_of(address) or not re.fullmatch("(?:/[0-9]+)?", text[len(address):]):
        return "is not a range of groups, as 239.1.0.0/16 or ff05::/16"
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        return f"is not a range of groups: {address} does not begin one of length {length}"
    shortest = 4 if network.version == 4 else 8
    if network.prefixlen < shortest or not network.network_address.is_multicast:
        return "is not a range of multicast groups"
    return None


class Ranges(List):
    """Ranges of groups."""

    def entry(self, words):
        """None, or what is wrong."""
        return range_complaint(words[0]) if len(words) == 1 else \
            "is not one range of groups, as 239.1.0.0/16 or ff05::/16"


class Static(List):
    """Static groups: PORT GROUP [SOURCE] [vid VID]."""

    def entry(self, words):
        """None, or what is wrong."""
        if len(words) > 2 and words[-2] == "vid":
            if not re.fullmatch(DIGITS, words[-1]) or int(words[-1]) >= VLANS:
                return f"has vid {words[-1]}, which is not a VLAN id (0..{VLANS - 1})"
            words = words[:-2]
        if not 2 <= len(words) <= 3:
            return "is not PORT GROUP [SOURCE] [vid VID]"
        if name_complaint(words[0]):
            return name_complaint(words[0])
        if "*" in words[0]:
            return f"has {words[0]}, and only in the name of a section a * stands for others"
        return self.whom(*words[1:])

    @staticmethod
    def whom(text, source=None):
        """None, or what is wrong with GROUP [SOURCE]."""
        group = address_of(text)
        if not group or not group.is_multicast:
            return f"has {text}, which is not a multicast group"
        if is_everywhere(group):
            return f"has {text}, and what is of link-local scope goes everywhere as it is"
        if source is None:
            return None
        host = address_of(source)
        if not host or host.version != group.version or not is_host(host):
            return f"has {source}, which is not the IPv{group.version} address of a host"
        return None

    @staticmethod
    def port(text):
        """The port that an entry is about."""
        words = text.split()
        return words[1] if words[0] in ("+", "-") else words[0]


class OneVlan(List):
    """What differs in one VLAN: VID NAME VALUE, or VID - NAME."""
    sign = ""
    NAMES = "unknown", "querier", "querier_address"

    def complaint(self, text):
        """None, or what is wrong; an entry has no sign before it."""
        words = text.split()
        if len(words) != 3:
            return "is neither VID NAME VALUE nor VID - NAME"
        if not re.fullmatch(DIGITS, words[0]) or int(words[0]) >= VLANS:
            return f"has {words[0]}, which is not a VLAN id (0..{VLANS - 1})"
        name = words[2] if words[1] == "-" else words[1]
        if name not in self.NAMES:
            return f"has {name}, and in one VLAN only {', '.join(self.NAMES)} can be set"
        wrong = None if words[1] == "-" else BRIDGE[name].complaint(words[2])
        return wrong and f"has {words[2]} for {name}, which {wrong}"


def name_complaint(name):
    """None, or why no device can have this name; a * stands for any characters."""
    if not name or len(name.encode()) > 15 or name in (".", "..") or re.search(r"[/:\s]", name):
        return f"has {name or 'nothing'}, which cannot be the name of a device"
    return None


FLAG = Number(0, 1)
# In the order in which they are written: who asks, and whether at all, when all else is said.
BRIDGE = {
    "ipv6": Words("off", "safe", "full"),
    "unknown": Words("auto", "flood", "routers", "drop"),
    "convergence_ms": Number(0, 3600000, auto=True),
    "robustness": Number(1, 7),
    "query_interval_ms": Number(1000, 31744000),
    "query_response_interval_ms": Number(100, 3174400),
    "last_member_interval_ms": Number(100, 25500),
    "last_member_count": Number(1, 7, auto=True),
    "startup_query_interval_ms": Number(1000, 31744000, auto=True),
    "startup_query_count": Number(1, 7, auto=True),
    "reports": Words("routers", "all"),
    "proxy": Words("off", "leaves", "full"),
    "max_groups": Number(1, 1048576),
    "max_sources": Number(1, 1024),
    "accept": Words("any", "strict"),
    "redirect": FLAG,
    "stats": FLAG,
    "flow_ms": Number(0, 1000),
    "version": Words("auto", "1", "2", "3"),
    "querier_address": Address(),
    "querier": Words("auto", "on", "off"),
    "flood": Ranges(),
    "vlans_ignored": Vlans(),
    "vlan": OneVlan(),
    "groups_static": Static(),
    # Shows `on` also where that was decided by itself.
    "mode": Words("on", "audit", "off", derived=True),
}
PORT = {
    "mode": Words("snoop", "flood", "ignore"),
    "router": Words("auto", "query", "always", "never"),
    "guard": FLAG,
    "fast_leave": FLAG,
    "unknown": Words("inherit", "flood", "drop"),
    "max_groups": Number(0, 1048576),
    "min_version": Number(1, 3),
    "limit_action": Words("flood", "deny", "replace"),
    "report_rate": Number(0, 1000000),
    "deny": Ranges(),
}
KINDS = {"bridge": BRIDGE, "port": PORT}
# What is there too, and holds no setting.
NOT_SET = {
    "bridge": {"status", "membership_interval_ms", "other_querier_interval_ms",
               "older_host_interval_ms", "last_member_time_ms", "flush"},
    "port": {"status"},
}
