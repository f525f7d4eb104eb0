# SPDX-License-Identifier: GPL-2.0-only
"""What one port of a bridge wants, said anew from RFC 9776 (6.4 and 7.3.2), RFC 9777 and
DECISIONS.md: whole frames in, rows as those of debugfs `groups` out. Slow, with nothing of
the module in it, and time does not pass here: no timer ends, nobody is asked. Versions are
counted as IGMP does until they are shown.
"""
import dataclasses
import functools
import ipaddress
import types

import oracle6
import wire
import wire6

IS_IN, IS_EX, TO_IN, TO_EX, ALLOW, BLOCK = range(1, 7)
LINK_LOCAL = ipaddress.ip_network("224.0.0.0/24")
MULTICAST = ipaddress.ip_network("224.0.0.0/4")
SSM = ipaddress.ip_network("232.0.0.0/8")
NO_HOST = [ipaddress.ip_network(text) for text in ("0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3")]
NOBODY = ipaddress.ip_address("0.0.0.0")
OPTION_LENGTHS = range(20, 61, 4)


def address(octets):
    """An IPv4 address of four octets."""
    return ipaddress.IPv4Address(bytes(octets))


@functools.cache
def of_text(text):
    """An address of either family."""
    return ipaddress.ip_address(text)


def is_host(text):
    """Can this be the address of a host?"""
    return not any(text in network for network in NO_HOST)


def is_group(text):
    """Can a host report this group?"""
    return text in MULTICAST and text != LINK_LOCAL[0]


def is_everywhere(group):
    """Does it go everywhere, joined or not?"""
    return group in LINK_LOCAL if group.version == 4 else oracle6.is_link_scope(group)


def is_ssm(group):
    """Is it joined by source only?"""
    return group in SSM if group.version == 4 else oracle6.is_ssm(group)


@dataclasses.dataclass
class Filter:
    """What a port wants of one group: INCLUDE (wanted), or EXCLUDE (wanted, blocked), where
    `wanted` are the sources whose timers run."""
    exclude: bool = False
    wanted: set = dataclasses.field(default_factory=set)
    blocked: set = dataclasses.field(default_factory=set)
    versions: set = dataclasses.field(default_factory=lambda: {3})

    def __bool__(self):
        return self.exclude or bool(self.wanted)

    def copy(self):
        """The same, to be kept."""
        return Filter(self.exclude, set(self.wanted), set(self.blocked), set(self.versions))

    def forwards(self, source):
        """RFC 9776 6.3."""
        return source not in self.blocked if self.exclude else source in self.wanted

    def apply(self, kind, named, version):
        """RFC 9776 6.4.1, 6.4.2, and 7.3.2 where an older host is there."""
        if version < 3 and kind == IS_EX:
            self.versions.add(version)
        oldest = min(self.versions)
        if oldest < 3 and kind == BLOCK or oldest < 2 and kind == TO_IN:
            return
        if oldest < 3 and kind == TO_EX:
            named = set()
        if self.exclude:
            self._in_exclude(kind, named)
        else:
            self._in_include(kind, named)

    def _in_include(self, kind, named):
        if kind in (IS_EX, TO_EX):
            self.exclude = True
            self.wanted, self.blocked = self.wanted & named, named - self.wanted
        elif kind != BLOCK:
            self.wanted |= named

    def _in_exclude(self, kind, named):
        if kind in (IS_EX, TO_EX):
            self.wanted, self.blocked = named - self.blocked, self.blocked & named
        elif kind == BLOCK:
            self.wanted |= named - self.blocked
        else:
            self.wanted |= named
            self.blocked -= named

    def rows(self):
        """(source or None, mode, blocked, version) as `groups` shows them."""
        mode, version = "exclude" if self.exclude else "include", min(self.versions)
        found = {(None, mode, False, version)} if self.exclude else set()
        found |= {(str(source), mode, False, version) for source in self.wanted}
        return found | {(str(source), mode, True, version) for source in self.blocked}


@dataclasses.dataclass
class Message:
    """A report or leave that is all right: what it says, record by record."""
    vid: int
    version: int
    records: list


class Port:
    """One port, all of whose frames come in by hear(). `most` sources of a group are kept."""

    def __init__(self, most=64):
        self.most = most
        self.filters = {}

    def forwards(self, vid, group, source):
        """Does the port want this?"""
        found = self.filters.get((vid, of_text(group)))
        return bool(found) and found.forwards(of_text(source))

    def rows(self):
        """All of it, as {(vid, group, source or None, mode, blocked, version)}."""
        return {(vid, str(group), *row, version - (group.version == 6))
                for (vid, group), found in self.filters.items()
                for *row, version in found.rows()}

    def hear(self, data):
        """A frame comes in. Gives whether anything could be learned from it."""
        message = read(data)
        if not message:
            return False
        for kind, group, named in message.records:
            if is_everywhere(group) or is_ssm(group) and (
                    message.version < 3 or kind in (IS_EX, TO_EX)):
                continue
            key = message.vid, group
            found = self.filters.get(key)
            if not found:
                if kind == BLOCK or kind not in (IS_EX, TO_EX) and not named:
                    continue
                found = self.filters[key] = Filter()
            found.apply(kind, {source for source in named if is_host(source)}, message.version)
            if len(found.wanted | found.blocked) > self.most:
                found.exclude, found.wanted, found.blocked = True, set(), set()
            if not found:
                del self.filters[key]
        return True


# --- Frames -------------------------------------------------------------------------

def read(data):
    """The report or leave in a frame, or None where nothing may be learned from it."""
    kind, start, vid = int.from_bytes(data[12:14]), 14, 0
    if kind == wire.ETH_VLAN and len(data) >= 18:
        vid, kind, start = int.from_bytes(data[14:16]) & 0xfff, int.from_bytes(data[16:18]), 18
    packet = data[start:]
    if data[6] & 1 or not any(data[6:12]):
        return None
    if kind == wire.ETH_IPV6:
        return read6(vid, data[:6], packet)
    if kind != wire.ETH_IP or not is_right_ip(packet):
        return None
    size, total = (packet[0] & 15) * 4, int.from_bytes(packet[2:4])
    body = packet[size:total]
    sender, dst = address(packet[12:16]), address(packet[16:20])
    if packet[9] != wire.IGMP or packet[8] != 1 or dst not in MULTICAST or \
            data[:6].hex(":") != wire.mac_of(str(dst)) or \
            not (sender == NOBODY or is_host(sender)) or len(body) < 8 or wire.checksum(body):
        return None
    if body[0] == 0x22:
        records = read_records(body)
        return Message(vid, 3, records) if records is not None and str(dst) == wire.ALL_REPORTS \
            else None
    return read_older(vid, body, dst)


def read6(vid, mac, packet):
    """As read(), of IPv6."""
    found = types.SimpleNamespace(body=b"")
    oracle6.read_packet(mac, packet, found)
    if found.fate != "message" or not found.body or not oracle6.is_learned(found):
        return None
    records = oracle6.records(found, IS_EX, TO_IN, range(IS_IN, BLOCK + 1))
    return Message(vid, 3 if found.body[0] == wire6.V2_REPORT else 2, records) if records else None


def is_right_ip(packet):
    """Is it an IPv4 packet, whole, its header in order?"""
    if len(packet) < 20 or packet[0] >> 4 != 4:
        return False
    size, total = (packet[0] & 15) * 4, int.from_bytes(packet[2:4])
    return (size in OPTION_LENGTHS and size <= total <= len(packet) and
            not int.from_bytes(packet[6:8]) & 0x3fff and not wire.checksum(packet[:size]))


def read_older(vid, body, dst):
    """A version 1 or 2 report is IS_EX{}, a leave TO_IN{} (RFC 9776 7.3.2)."""
    group = address(body[4:8])
    if not is_group(group):
        return None
    if body[0] in (0x12, 0x16) and dst == group:
        return Message(vid, 1 if body[0] == 0x12 else 2, [(IS_EX, group, set())])
    if body[0] == 0x17 and (dst == group or str(dst) == wire.ALL_ROUTERS):
        return Message(vid, 2, [(TO_IN, group, set())])
    return None


def read_records(body):
    """The records of a report, or None where one of them is not right."""
    found, start = [], 8
    for _ in range(int.from_bytes(body[6:8])):
        head = body[start:start + 8]
        if len(head) < 8:
            return None
        count = int.from_bytes(head[2:4])
        end = start + 8 + 4 * (count + head[1])
        if end > len(body):
            return None
        if IS_IN <= head[0] <= BLOCK:
            if not is_group(address(head[4:8])):
                return None
            found.append((head[0], address(head[4:8]), {
                address(body[at:at + 4])
                for at in range(start + 8, start + 8 + 4 * count, 4)}))
        start = end
    return found
