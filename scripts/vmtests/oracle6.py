# SPDX-License-Identifier: GPL-2.0-only
"""IPv6 and MLD as the oracle reads them, said anew from RFC 8200, 9777 and INTERFACE.md."""
import ipaddress
import struct

import wire
import wire6

EXTENSIONS = 8
SHORTEST = {wire6.QUERY: 24, wire6.V1_REPORT: 24, wire6.DONE: 24, wire6.V2_REPORT: 8,
            wire6.MRD_ADVERTISEMENT: 4, wire6.MRD_SOLICITATION: 4, wire6.MRD_TERMINATION: 4}
REPORTS = wire6.V1_REPORT, wire6.DONE, wire6.V2_REPORT
SSM = ipaddress.ip_network("ff30::/12")
SOLICITED = ipaddress.ip_network("ff02::1:ff00:0/104")
LINK_LOCAL = ipaddress.ip_network("fe80::/10")
NOBODY = ipaddress.ip_address("::")


def is_link_scope(group):
    """Does it never leave a link, and so goes everywhere?"""
    return group.packed[1] & 15 <= 2


def is_ssm(group):
    """Is it joined by source only?"""
    return group in SSM and group.packed[2:4] == bytes(2)


def is_host(address):
    """Can it be in a list of sources?"""
    return not (address.is_multicast or address.is_loopback or address.is_unspecified)


def read_packet(mac, packet, read):
    """An IPv6 packet that has a multicast MAC address; fills in the Read."""
    read.ip, read.fate = 6, "broken"
    if len(packet) >= 40 and packet[24] != 0xff:
        read.fate = "other"
        return
    total = 40 + int.from_bytes(packet[4:6])
    if not 40 <= total <= len(packet) or packet[0] >> 4 != 6:
        return
    read.source, read.group = (ipaddress.ip_address(packet[at:at + 16]) for at in (8, 24))
    chain = follow(packet[:total])
    if not chain:
        return
    start, proto, fragment, read.alert = chain
    body = packet[start:total]
    right = mac == b"\x33\x33" + packet[36:40]
    message = proto == wire.ICMPV6 and not fragment and body and body[0] in SHORTEST
    if not read.group.is_multicast or not message and not right:
        read.fate = "other"
        return
    read.fate = "message" if message else "data"
    read.ttl = packet[7]
    if message and right:
        read.body = body
        if not fits(packet, body):
            read.fate = "broken"


def follow(packet):
    """Through the headers: (where they end, what stands there, a fragment, Router Alert), or None
    where one does not end in the packet."""
    at, kind, fragment, alert = 40, packet[6], False, False
    for number in range(EXTENSIONS):
        if fragment or kind not in (wire.ROUTING, wire.FRAGMENT, wire.AUTHENTICATION,
                                    wire.OPTIONS) and \
                not (kind == wire.HOP_BY_HOP and not number):
            break
        if len(packet) < at + 8:
            return None
        size = {wire.FRAGMENT: 8, wire.AUTHENTICATION: 8 + 4 * packet[at + 1]}.get(
            kind, 8 + 8 * packet[at + 1])
        if len(packet) < at + size:
            return None
        if kind == wire.FRAGMENT:
            fragment = bool(int.from_bytes(packet[at + 2:at + 4]) & 0xfff9)
        if kind == wire.HOP_BY_HOP:
            alert = alerts(packet[at + 2:at + size])
        kind, at = packet[at], at + size
    return at, kind, fragment, alert


def alerts(options):
    """Is the first Router Alert among these options the one of MLD?"""
    while options:
        if not options[0]:
            options = options[1:]
            continue
        if len(options) < 2 or len(options) < 2 + options[1]:
            return False
        if options[0] == 5:
            return options[1:4] == b"\2\0\0"
        options = options[2 + options[1]:]
    return False


def fits(packet, body):
    """Checksum and lengths of a message."""
    pseudo = packet[8:40] + struct.pack("!II", len(body), wire.ICMPV6)
    if len(body) < SHORTEST[body[0]] or wire.checksum(pseudo + body):
        return False
    if body[0] == wire6.QUERY and len(body) != 24:
        return len(body) >= 28 + 16 * int.from_bytes(body[26:28])
    return body[0] != wire6.V2_REPORT or split(body) is not None


def split(body):
    """The records of a version 2 report as (type, group, sources), or None."""
    found, rest = [], body[8:]
    for _ in range(int.from_bytes(body[6:8])):
        sources = int.from_bytes(rest[2:4])
        size = 20 + 16 * sources + 4 * rest[1] if len(rest) >= 20 else 20
        if len(rest) < size:
            return None
        named = (ipaddress.ip_address(rest[at:at + 16]) for at in range(20, 20 + 16 * sources, 16))
        found.append((rest[0], ipaddress.ip_address(rest[4:20]), set(filter(is_host, named))))
        rest = rest[size:]
    return found


def is_learned(read):
    """Is it from where, and come as, a message of this link does?"""
    if read.ttl != 1 or not read.alert:
        return False
    return read.source in LINK_LOCAL or read.source == NOBODY and read.body[0] != wire6.QUERY


def asked(read):
    """What a query is about, or None where it is not to be believed."""
    group = ipaddress.ip_address(read.body[8:24])
    count = int.from_bytes(read.body[26:28])
    if group == NOBODY:
        return group if str(read.group) == wire6.ALL_NODES and not count else None
    return group if group.is_multicast and read.group == group else None


def records(read, join, leave, kinds):
    """What a sound report or done says, as (type, group, sources); all of it or nothing."""
    kind = read.body[0]
    if kind == wire6.V2_REPORT:
        if str(read.group) != wire6.ALL_REPORTS:
            return []
        found = [record for record in split(read.body) if record[0] in kinds]
        return found if all(record[1].is_multicast for record in found) else []
    if kind not in REPORTS:
        return []
    group = ipaddress.ip_address(read.body[8:24])
    done = kind == wire6.DONE
    if not group.is_multicast or read.group != group and not (
            done and str(read.group) == wire6.ALL_ROUTERS):
        return []
    return [(leave if done else join, group, set())]
