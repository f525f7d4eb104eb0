# SPDX-License-Identifier: GPL-2.0-only
"""IPv6 packets and MLD messages made by hand, whole or broken. What both families have in
common, as records, is in wire."""
import struct

import wire
from wire import HOP_BY_HOP, ICMPV6, PIM, UDP, addresses, packed

QUERY, V1_REPORT, DONE, V2_REPORT = 130, 131, 132, 143
ROUTER_SOLICITATION, ROUTER_ADVERTISEMENT, SOLICITATION, ADVERTISEMENT = range(133, 137)
MRD_ADVERTISEMENT, MRD_SOLICITATION, MRD_TERMINATION = 151, 152, 153
ALL_NODES, ALL_ROUTERS, ALL_REPORTS, ALL_PIM, ALL_SNOOPERS = (
    "ff02::1", "ff02::2", "ff02::16", "ff02::d", "ff02::6a")
# Extension headers are (type, what stands behind the first octet).
ROUTER_ALERT = HOP_BY_HOP, bytes.fromhex("00050200000100")
PADDING = bytes.fromhex("00010400000000")
_SUM_AT = {ICMPV6: 2, PIM: 2, UDP: 6}


def ipv6(src, dst, proto, payload, *, ttl=8, tos=0, headers=(), total=None, version=6,
         bad=False, summed=True):
    """An IPv6 packet with its extension headers; `total` (the length of what follows the
    header) says something else than the truth if given. The checksum of ICMPv6, PIM and
    UDP is filled in."""
    if summed and len(payload) >= _SUM_AT.get(proto, len(payload)) + 2:
        payload = _summed(src, dst, proto, payload, bad)
    kinds = [kind for kind, _ in headers] + [proto]
    chain = b"".join(bytes([following]) + text
                     for (_, text), following in zip(headers, kinds[1:]))
    size = len(chain) + len(payload)
    head = struct.pack("!IHBB", version << 28 | tos << 20, size if total is None else total,
                       kinds[0], ttl)
    return head + packed(src) + packed(dst) + chain + payload


def _summed(src, dst, proto, payload, bad):
    at = _SUM_AT[proto]
    payload = payload[:at] + b"\0\0" + payload[at + 2:]
    pseudo = packed(src) + packed(dst) + struct.pack("!II", len(payload), proto)
    total = wire.checksum(pseudo + payload) or 0xffff * (proto == UDP)
    return payload[:at] + struct.pack("!H", total ^ (0x5555 * bad)) + payload[at + 2:]


def sum_is_right(frame):
    """Is the checksum of a captured ICMPv6 message right?"""
    pseudo = addresses([frame.source, frame.group])
    return not wire.checksum(pseudo + struct.pack("!II", len(frame.body), frame.proto) + frame.body)


def fragment(offset=0, more=True, ident=1):
    """A fragment header."""
    return wire.FRAGMENT, struct.pack("!BHI", 0, offset | more, ident)


def message(kind, group="::", code=0, extra=b""):
    """A query of version 1, report of version 1, or done, and what is like them."""
    return struct.pack("!BBHHH", kind, 0, 0, code, 0) + packed(group) + extra


def v1_report(group, **more):
    """An MLDv1 report."""
    return message(V1_REPORT, group, **more)


def done(group, **more):
    """An MLDv1 done."""
    return message(DONE, group, **more)


def query(version=2, group="::", sources=(), *, code=1000, suppress=False, robustness=0,
          interval=0, count=None, extra=b""):
    """A query; `code` is in ms up to 32767, `interval` is the QQIC."""
    if version == 1:
        return message(QUERY, group, code, extra)
    tail = struct.pack("!BBH", suppress << 3 | robustness, interval,
                       len(sources) if count is None else count)
    return message(QUERY, group, code, tail + addresses(sources) + extra)


def v2_report(*records, count=None, extra=b""):
    """An MLDv2 report of these records (see wire.record)."""
    return struct.pack("!BBHHH", V2_REPORT, 0, 0, 0,
                       len(records) if count is None else count) + b"".join(records) + extra


def records(body):
    """The records of an MLDv2 report as (kind, group, {source})."""
    start, found = 8, []
    for _ in range(int.from_bytes(body[6:8])):
        kind, aux, count = struct.unpack_from("!BBH", body, start)
        (group,) = _texts(body, start + 4, 1)
        found.append((kind, group, set(_texts(body, start + 20, count))))
        start += 20 + 16 * count + 4 * aux
    return found


def sources(body):
    """The sources that a query of version 2 asks about."""
    return set(_texts(body, 28, int.from_bytes(body[26:28]))) if len(body) >= 28 else set()


def _texts(body, start, count):
    return [wire.text_of(body[at:at + 16]) for at in range(start, start + 16 * count, 16)]


def group_of(body):
    """What a query, report of version 1 or done is about."""
    return wire.text_of(body[8:24])


def pim_hello(holdtime=105):
    """A PIM version 2 hello."""
    return struct.pack("!BBHHHH", 0x20, 0, 0, 1, 2, holdtime)


def mrd_advertisement(interval=20):
    """An advertisement of Multicast Router Discovery; so many seconds to the next."""
    return struct.pack("!BBHHH", MRD_ADVERTISEMENT, interval, 0, 125, 2)


def mrd_termination():
    """A multicast router ends."""
    return struct.pack("!BBH", MRD_TERMINATION, 0, 0)


def solicited_node(address):
    """The group in which who has an address hears solicitations for it."""
    return wire.text_of(packed("ff02::1:ff00:0")[:13] + packed(address)[13:])


def solicitation(target, mac=None):
    """A neighbour solicitation; without a MAC address that of duplicate address detection."""
    option = b"\x01\x01" + bytes.fromhex(mac.replace(":", "")) if mac else b""
    return struct.pack("!BBHI", SOLICITATION, 0, 0, 0) + packed(target) + option
