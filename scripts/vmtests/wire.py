# SPDX-License-Identifier: GPL-2.0-only
"""Frames made by hand, whole or broken, and the reading of captured ones."""
import functools
import socket
import struct

ETH_IP, ETH_VLAN, ETH_IPV6, ETH_MARK = 0x0800, 0x8100, 0x86dd, 0x88b5
IGMP, UDP, ICMPV6, PIM = 2, 17, 58, 103
# Extension headers of IPv6.
HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, OPTIONS = 0, 43, 44, 51, 60
BROADCAST = "ff:ff:ff:ff:ff:ff"
ROUTER_ALERT = b"\x94\x04\x00\x00"
ALL_HOSTS, ALL_ROUTERS, ALL_REPORTS, ALL_PIM = (
    "224.0.0.1", "224.0.0.2", "224.0.0.22", "224.0.0.13")
IS_IN, IS_EX, TO_IN, TO_EX, ALLOW, BLOCK = 1, 2, 3, 4, 5, 6
MARK = b"MG"
TAGGED = ETH_VLAN.to_bytes(2)
# EtherType, version and length of the header, length, fragment, protocol, mark, its numbers.
USUAL = struct.Struct("!12xHBxH2xHxB18x2sII")


def checksum(data):
    """The Internet checksum."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def is_ipv6(address):
    """Is it an IPv6 address? (All else is IPv4.)"""
    return ":" in address


@functools.lru_cache(4096)
def packed(address):
    """An address in octets."""
    return socket.inet_pton(socket.AF_INET6 if is_ipv6(address) else socket.AF_INET, address)


def text_of(octets):
    """An address of 4 or 16 octets as text."""
    return socket.inet_ntop(socket.AF_INET6 if len(octets) == 16 else socket.AF_INET, octets)


def mac_of(group):
    """The MAC address of a group."""
    low = packed(group)
    if len(low) == 16:
        return f"33:33:{low[12:].hex(':')}"
    return "01:00:5e:%02x:%02x:%02x" % (low[1] & 0x7f, low[2], low[3])


def packed_mac(text):
    """A MAC address in octets."""
    return bytes.fromhex(text.replace(":", ""))


def eth(dst, src, kind, payload, vlan=None, tpid=ETH_VLAN):
    """An Ethernet frame; `vlan` is the whole TCI of a tag."""
    tag = b"" if vlan is None else struct.pack("!HH", tpid, vlan)
    return packed_mac(dst) + packed_mac(src) + tag + struct.pack("!H", kind) + payload


def ipv4(src, dst, proto, payload, *, ttl=8, tos=0, options=b"", fragment=0,
         ident=1, total=None, words=None, version=4, bad_checksum=False):
    """An IPv4 packet. `fragment` is the field of flags and offset; `total` and
    `words` (the header's length) say something else than the truth if given."""
    size = 20 + len(options)
    head = struct.pack("!BBHHHBBH4s4s",
                       version << 4 | (size // 4 if words is None else words), tos,
                       size + len(payload) if total is None else total, ident, fragment,
                       ttl, proto, 0, socket.inet_aton(src), socket.inet_aton(dst)) + options
    head = head[:10] + struct.pack("!H", checksum(head) ^ (0x5555 * bad_checksum)) + head[12:]
    return head + payload


def udp(payload, port=5001):
    """A UDP datagram without checksum."""
    return struct.pack("!HHHH", port, port, 8 + len(payload), 0) + payload


def mark(stream, number):
    """The payload by which a tap knows a frame again."""
    return MARK + struct.pack("!II", stream, number) + bytes(18)


def summed(message, bad=False):
    """An IGMP message with its checksum filled in."""
    return message[:2] + struct.pack("!H", checksum(message) ^ (0x5555 * bad)) + message[4:]


def message(kind, group="0.0.0.0", code=0, extra=b"", bad=False):
    """Any IGMP message of eight octets and more."""
    return summed(struct.pack("!BBH4s", kind, code, 0, socket.inet_aton(group)) + extra, bad)


def v1_report(group, **more):
    """An IGMPv1 report."""
    return message(0x12, group, **more)


def v2_report(group, **more):
    """An IGMPv2 report."""
    return message(0x16, group, **more)


def leave(group, **more):
    """An IGMPv2 leave."""
    return message(0x17, group, **more)


def addresses(sources):
    """Addresses, one behind the other."""
    return b"".join(map(packed, sources))


def query(version=3, group="0.0.0.0", sources=(), *, code=10, suppress=False, robustness=0,
          interval=0, count=None, extra=b"", bad=False):
    """A query; `interval` is the QQIC, 0 leaves the listener at its own value."""
    if version < 3:
        return message(0x11, group, 0 if version == 1 else code, extra, bad)
    tail = struct.pack("!BBH", suppress << 3 | robustness, interval,
                       len(sources) if count is None else count)
    return message(0x11, group, code, tail + addresses(sources) + extra, bad)


def record(kind, group, sources=(), *, aux=b"", count=None, aux_words=None):
    """A record of an IGMPv3 or MLDv2 report."""
    return struct.pack("!BBH", kind, len(aux) // 4 if aux_words is None else aux_words,
                       len(sources) if count is None else count) + \
        addresses([group, *sources]) + aux


def v3_report(*records, count=None, extra=b"", bad=False):
    """An IGMPv3 report of these records."""
    return summed(struct.pack("!BBHHH", 0x22, 0, 0, 0, len(records) if count is None else count)
                  + b"".join(records) + extra, bad)


def records(body):
    """The records of an IGMPv3 report as (kind, group, {source})."""
    start, found = 8, []
    for _ in range(int.from_bytes(body[6:8])):
        kind, aux, count, group = struct.unpack_from("!BBH4s", body, start)
        found.append((kind, socket.inet_ntoa(group), sources(body, start + 8, count)))
        start += 8 + 4 * (count + aux)
    return found


def sources(body, start=12, count=None):
    """So many addresses out of a message; without more those that a version 3 query asks
    about."""
    if count is None:
        count = int.from_bytes(body[10:12])
    return {socket.inet_ntoa(body[at:at + 4]) for at in range(start, start + 4 * count, 4)}


def pim_hello(holdtime=105):
    """A PIM version 2 hello."""
    body = struct.pack("!BBHHHH", 0x20, 0, 0, 1, 2, holdtime)
    return summed(body)


class Frame:
    """What a tap saw: the layers as far as they could be read. They are read when somebody
    first asks for one of them, as most frames are only counted. `vlan` is a TCI."""
    READ = ("vlan", "kind", "payload", "source", "group", "proto", "ttl", "fragment", "body",
            "stream", "number")
    __slots__ = ("data", "tci", "packet_type", *READ)

    def __init__(self, data, tci=None, packet_type=0):
        """`tci` is that of the tag that the kernel had taken out."""
        self.data, self.tci, self.packet_type = data, tci, packet_type

    def __getattr__(self, name):
        """What was not read yet."""
        if name not in self.READ:
            raise AttributeError(name)
        data, self.vlan, start = self.data, self.tci, 14
        if self.vlan is None and data[12:14] == TAGGED:
            self.vlan, start = int.from_bytes(data[14:16]), 18
        self.kind, self.payload = int.from_bytes(data[start - 2:start]), data[start:]
        for field, value in zip(self.READ[3:], _layers(self.kind, self.payload)):
            setattr(self, field, value)
        return getattr(self, name)

    def __repr__(self):
        return " ".join(f"{name}={getattr(self, name)!r}" for name in self.READ)

    @property
    def mac(self):
        """The destination MAC address."""
        return self.data[:6].hex(":")

    def igmp(self, *kinds):
        """Is it an IGMP message, of one of these types?"""
        return self.proto == IGMP and (not kinds or self.body[:1] in map(_octet, kinds))

    def icmp6(self, *kinds):
        """Is it an ICMPv6 message of one of these types (those of MLD are in wire6)?"""
        return self.proto == ICMPV6 and self.body[:1] in map(_octet, kinds)


def _layers(kind, payload):
    """The rest of what a Frame has, in the order of its names."""
    if kind == ETH_IP and len(payload) >= 20:
        size = (payload[0] & 15) * 4
        body = payload[size:int.from_bytes(payload[2:4])]
        fragment = int.from_bytes(payload[6:8])
        text = body[8:] if payload[9] == UDP and not fragment & 0x1fff else body
        return (socket.inet_ntoa(payload[12:16]), socket.inet_ntoa(payload[16:20]), payload[9],
                payload[8], fragment, body, *_marked(text))
    if kind == ETH_IPV6 and len(payload) >= 40:
        return _ipv6(payload)
    return "", "", 0, 0, 0, b"", *_marked(payload)


def _ipv6(packet):
    proto, start, fragment = packet[6], 40, 0
    while proto in (HOP_BY_HOP, ROUTING, FRAGMENT, OPTIONS) and len(packet) >= start + 8 and \
            not fragment & 0xfff8:
        size = 8
        if proto == FRAGMENT:
            fragment = int.from_bytes(packet[start + 2:start + 4])
        else:
            size += 8 * packet[start + 1]
        proto, start = packet[start], start + size
    body = packet[start:40 + int.from_bytes(packet[4:6])]
    text = body[8:] if proto == UDP and not fragment & 0xfff8 else body
    source, group = text_of(packet[8:24]), text_of(packet[24:40])
    return source, group, proto, packet[7], fragment, body, *_marked(text)


def _octet(number):
    return bytes([number])


def _marked(text):
    if text[:2] == MARK and len(text) >= 10:
        return struct.unpack_from("!II", text, 2)
    return 0, 0


def marked(frame):
    """The stream and number of a frame, 0 and 0 if it has none. Of the usual one, UDP in
    IPv4 without options and tag, it is found without all the rest being read."""
    if MARK not in frame.data:
        return 0, 0
    if len(frame.data) >= USUAL.size:
        kind, first, length, fragment, proto, mark, *found = USUAL.unpack_from(frame.data)
        if (kind, first, proto, mark) == (ETH_IP, 0x45, UDP, MARK) and length >= 38 and \
                not fragment & 0x1fff:
            return found
    return frame.stream, frame.number
