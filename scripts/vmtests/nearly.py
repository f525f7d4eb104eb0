# SPDX-License-Identifier: GPL-2.0-only
"""Frames at random that are nearly right: of the shapes of IGMP, PIM and MRD, with one or
two things in them that are not, the checksums often filled in all the same."""
import struct

import wire

GROUPS = "239.1.1.1", "239.1.1.2", "239.7.7.7", "232.1.1.1", "224.0.1.1", "238.255.255.255"
NO_GROUPS = "0.0.0.0", "224.0.0.0", "224.0.0.1", "224.0.0.251", "10.1.2.3", "255.255.255.255", \
    "240.0.0.1"
SOURCES = "10.0.0.2", "10.0.0.9", "192.0.2.1"
NO_SOURCES = "0.0.0.0", "127.0.0.1", "224.0.0.9", "255.255.255.255"
FIXED = wire.ALL_HOSTS, wire.ALL_ROUTERS, wire.ALL_REPORTS, wire.ALL_PIM, "224.0.0.106"
OPTIONS = (b"", wire.ROUTER_ALERT, wire.ROUTER_ALERT, wire.ROUTER_ALERT, b"\x01" * 40,
           b"\x94\xff\0\0", b"\x94\0\0\0", b"\x94\x01\0\0", b"\x01" * 36 + wire.ROUTER_ALERT,
           b"\0\x94\x04\0", b"\x83\x03\x04\x94", b"\x44\x28" + bytes(38))
SHORT, LONGEST = 14, 1500


def filled_in(octets, at):
    """With its checksum, which stands there, filled in."""
    if len(octets) < at + 2:
        return octets
    octets = octets[:at] + b"\0\0" + octets[at + 2:]
    return octets[:at] + struct.pack("!H", wire.checksum(octets)) + octets[at + 2:]


class Nearly:
    """Draws frames of one host. `hearsay` leaves out what makes queriers and routers known;
    `captured` are whole frames to begin with now and then."""
    kind, unspecified, all_hosts = wire.ETH_IP, "0.0.0.0", wire.ALL_HOSTS
    groups, no_groups, known, no_hosts = GROUPS, NO_GROUPS, SOURCES, NO_SOURCES
    older_kinds = wire.v1_report, wire.v2_report, wire.leave
    leave_to, reports_to, proto = wire.ALL_ROUTERS, wire.ALL_REPORTS, wire.IGMP
    stranger = "10.9.{}.{}"

    def __init__(self, dice, host, hearsay=True, captured=()):
        self.dice, self.host, self.captured = dice, host, captured
        self.shapes = [self.older, self.older, self.report, self.report, self.report]
        if hearsay:
            self.shapes += [self.query, self.query, self.hello, self.discovery]

    def draw(self):
        """The next frame."""
        if self.captured and self.dice.random() < 0.1:
            return self.spoilt(bytearray(self.dice.choice(self.captured)))[:LONGEST]
        body, dst, proto = self.dice.choice(self.shapes)()
        summed = True
        if self.dice.random() < 0.6:
            body = self.bent(body)
            summed = self.is_one_in(2)
        return self.framed(self.packet(body, dst, proto, summed), dst)

    def is_one_in(self, number):
        """Once in so many times."""
        return not self.dice.randrange(number)

    # --- Messages that are right ----------------------------------------------------

    def group(self):
        """Mostly one that can be joined."""
        return self.dice.choice(self.no_groups if self.is_one_in(12) else self.groups)

    def sources(self):
        """None, a few, seldom many."""
        count = self.dice.choice((0, 0, 1, 2, 3, self.dice.choice((63, 64, 65, 300))))
        few = self.dice.choices((*self.known * 3, *self.no_hosts), k=min(count, 3))
        return few + [self.stranger.format(n // 250, n % 250 + 1)
                      for n in range(count - len(few))]

    def older(self):
        """A report or leave of an older version."""
        group = self.group()
        kind = self.dice.choice(self.older_kinds)
        dst = self.leave_to if kind is self.older_kinds[-1] and self.is_one_in(2) else group
        return kind(group, extra=self.dice.choice((b"", b"", b"more"))), dst, self.proto

    def report(self):
        """A report of the newest version, of up to a few records."""
        records = [wire.record(self.dice.choice((1, 2, 2, 3, 4, 4, 5, 6, 0, 7, 255)),
                               self.group(), self.sources(),
                               aux=self.dice.choice((b"", b"", b"auxi", b"\4\0\0\0\xef\6\6\6")))
                   for _ in range(self.dice.choice((0, 1, 1, 2, 3, 9)))]
        return self.report_of(records), self.reports_to, self.proto

    def query(self):
        """A query of any version, general or not."""
        dice = self.dice
        group = dice.choice((self.unspecified, self.unspecified, self.group()))
        general = group == self.unspecified
        message = self.query_of(group, () if general else self.sources(),
                                suppress=self.is_one_in(3), robustness=dice.randrange(8),
                                interval=dice.randrange(256))
        return message, self.all_hosts if general else group, self.proto

    @staticmethod
    def report_of(records):
        """A report of these records."""
        return wire.v3_report(*records)

    def query_of(self, group, sources, **more):
        """A query of any version."""
        return wire.query(self.dice.randrange(1, 4), group, sources,
                          code=self.dice.randrange(256), **more)

    def hello(self):
        """A PIM hello."""
        return wire.pim_hello(self.dice.choice((0, 1, 105, 65535))), wire.ALL_PIM, wire.PIM

    def discovery(self):
        """What multicast router discovery says, or DVMRP."""
        kind, dst = self.dice.choice(((0x30, "224.0.0.106"), (0x31, "224.0.0.2"),
                                      (0x32, "224.0.0.106"), (0x13, "224.0.0.4")))
        body = struct.pack("!BBHHH", kind, self.dice.randrange(256), 0, 125, 2)
        return filled_in(body, 2), dst, wire.IGMP

    # --- Not quite right --------------------------------------------------------------

    def bent(self, body):
        """A message with a thing or two changed in it. In half of the cases packet() makes
        the checksum say that it was meant."""
        for _ in range(self.dice.randrange(1, 3)):
            body = self.dice.choice((self.cut, self.longer, self.counted, self.octet,
                                     self.doubled, self.flipped))(body)
        return body

    def cut(self, body):
        """Ends too early."""
        return body[:self.dice.randrange(len(body) + 1)]

    def longer(self, body):
        """Ends too late."""
        return body + self.dice.randbytes(self.dice.choice((1, 2, 3, 4, 8, 40)))

    def counted(self, body):
        """A number of two octets is another: off by one, or far off."""
        if len(body) < 8:
            return body
        at = self.dice.choice((6, 10, self.dice.randrange(0, len(body) - 1, 2)))
        if at + 2 > len(body):
            at = 6
        old = int.from_bytes(body[at:at + 2])
        new = self.dice.choice((old - 1, old + 1, 0, 1, 255, 256, 0x3fff, 0xffff)) & 0xffff
        return body[:at] + new.to_bytes(2) + body[at + 2:]

    def octet(self, body):
        """One octet is another."""
        if not body:
            return body
        at = self.dice.choice((0, 1, min(9, len(body) - 1), self.dice.randrange(len(body))))
        at = min(at, len(body) - 1)
        new = self.dice.choice((0, 1, 0x7f, 0x80, 0xff, body[at] ^ 1, (body[at] + 1) & 0xff))
        return body[:at] + bytes([new]) + body[at + 1:]

    def flipped(self, body):
        """A bit is another."""
        if not body:
            return body
        at = self.dice.randrange(len(body))
        return body[:at] + bytes([body[at] ^ 1 << self.dice.randrange(8)]) + body[at + 1:]

    def doubled(self, body):
        """A piece of it comes twice."""
        begin = self.dice.randrange(0, len(body) + 1, 4)
        end = min(len(body), begin + self.dice.choice((4, 8, 12)))
        return body[:end] + body[begin:end] + body[end:]

    def spoilt(self, frame):
        """A captured frame with some octets changed, checksums as may be."""
        for _ in range(self.dice.randrange(3)):
            frame[self.dice.randrange(min(len(frame), 80))] = self.dice.randrange(256)
        start = 18 if frame[12:14] == b"\x81\0" else 14
        end = start + (frame[start] & 15) * 4 if len(frame) > start else start
        if self.is_one_in(2):
            frame[start:end] = filled_in(bytes(frame[start:end]), 10)
        if self.is_one_in(2):
            frame[end:] = filled_in(bytes(frame[end:]), 2)
        return bytes(frame)

    # --- Around it ----------------------------------------------------------------------

    def packet(self, body, dst, proto, summed):
        """An IP packet, right in two of three cases; `summed` has the checksum of the message
        filled in."""
        body = filled_in(body, 2) if summed else body
        dice, more = self.dice, {"ttl": 1, "tos": 0xc0, "options": wire.ROUTER_ALERT}
        src = self.host.ip if dice.random() < 0.9 else dice.choice(NO_SOURCES)
        if self.is_one_in(3):
            size = 24 + len(body)
            more |= dice.choice((
                {"ttl": dice.choice((0, 2, 64, 255))}, {"tos": 0}, {"bad_checksum": True},
                {"options": dice.choice(OPTIONS)}, {"options": dice.choice(OPTIONS)},
                {"fragment": dice.choice((0x2000, 0x4000, 0x8000, 1, 0x3fff))},
                {"total": max(0, dice.choice((size - 9, size - 4, size - 1, size + 1, 60000)))},
                {"words": dice.randrange(16)}, {"version": dice.randrange(16)}))
            dst = dice.choice((dst, dst, *FIXED, *GROUPS, self.host.ip))
            proto = dice.choice((proto, proto, proto, wire.UDP, wire.PIM, wire.IGMP))
        return wire.ipv4(src, dst, proto, body, **more)

    def framed(self, packet, dst):
        """An Ethernet frame: mostly the right address, seldom a tag or two, padded or cut."""
        dice = self.dice
        mac = wire.mac_of(dst)
        if self.is_one_in(15):
            mac = dice.choice((wire.BROADCAST, self.host.mac[:-1] + "0", "01:00:5e:00:00:01",
                               "33:33:00:00:00:01", wire.mac_of(self.groups[0])))
        vlan = dice.choice((0, 0xe000, 5, 4095)) if self.is_one_in(8) else None
        frame = wire.eth(mac, self.host.mac, self.kind, packet, vlan)
        if self.is_one_in(40):
            frame = frame[:12] + dice.choice((b"\x88\xa8\0\7\x81\0\0\5", b"\x81\0\0\7",
                                              b"\x88\x64\x11\0\0\1\0\x2e\0\x21")) + frame[12:]
        if self.is_one_in(20):
            frame = frame[:dice.randrange(SHORT, len(frame) + 1)]
        elif self.is_one_in(2):
            frame += bytes(max(0, 60 - len(frame)))
        return frame[:LONGEST]
