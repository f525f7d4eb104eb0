# SPDX-License-Identifier: GPL-2.0-only
"""Frames at random that are nearly right, of MLD, PIM and MRD over IPv6."""
import struct

import wire
import wire6
from nearly import Nearly
from oracle6 import follow

PAD = wire.OPTIONS, wire6.PADDING
CHAINS = (
    [], [PAD], [PAD, wire6.ROUTER_ALERT], [wire6.ROUTER_ALERT, PAD],
    [wire6.ROUTER_ALERT] + [PAD] * 7, [wire6.ROUTER_ALERT] + [PAD] * 8,
    [(wire.HOP_BY_HOP, wire6.PADDING)], [wire6.ROUTER_ALERT, wire6.ROUTER_ALERT],
    # Router Alert behind padding, twice; of another protocol; of a wrong length; options and a
    # header that go on behind their end.
    [(wire.HOP_BY_HOP, bytes.fromhex("010005020000010700000000000000"))],
    [(wire.HOP_BY_HOP, bytes.fromhex("00000502000000"))],
    [(wire.HOP_BY_HOP, bytes.fromhex("00050200010100"))],
    [(wire.HOP_BY_HOP, bytes.fromhex("00050300000000"))],
    [(wire.HOP_BY_HOP, bytes.fromhex("00010300000005"))],
    [(wire.HOP_BY_HOP, bytes.fromhex("001f0905020000"))],
    [(wire.HOP_BY_HOP, bytes.fromhex("7f050200000100"))],
    [wire6.ROUTER_ALERT, (wire.ROUTING, bytes.fromhex("00000000000000"))],
    [wire6.ROUTER_ALERT, (wire.ROUTING, bytes.fromhex("ff000000000000"))],
    [wire6.ROUTER_ALERT, (wire.AUTHENTICATION, bytes.fromhex("00000000000001"))],
    [wire6.ROUTER_ALERT, (wire.AUTHENTICATION, bytes.fromhex("02000000000001") + bytes(8))],
    [wire6.ROUTER_ALERT, wire6.fragment()], [wire6.ROUTER_ALERT, wire6.fragment(8, False)],
    [wire6.ROUTER_ALERT, wire6.fragment(0, False)], [wire6.fragment(0, False)],
    [wire6.ROUTER_ALERT, wire6.fragment(0, False), wire6.fragment(0, False), PAD],
)


def says_more(frame, start):
    """Is there an octet in it, where a message begins, that asks or tells of routers? The IPv6
    packet is at `start`."""
    chain = follow(frame[start:]) if len(frame) >= start + 40 else None
    if not chain:
        return False
    end, proto, *_ = chain
    return proto == wire.PIM or frame[start + end:start + end + 1] in (
        bytes([wire6.QUERY]), bytes([wire6.MRD_ADVERTISEMENT]))


class Nearly6(Nearly):
    """As Nearly, of IPv6."""
    kind, unspecified, all_hosts = wire.ETH_IPV6, "::", wire6.ALL_NODES
    groups = "ff05::1", "ff05::2", "ff0e::7:7", "ff3e::1:1", "ff08::101", "ff0f:ffff::ffff"
    no_groups = "::", "ff02::1", "ff02::1:ff00:7", "ff01::5", "fd00::1", "fe80::1", "ff00::"
    known = "fd00::2", "fd00::9", "2001:db8::1"
    no_hosts = "::", "::1", "ff02::9"
    older_kinds = wire6.v1_report, wire6.done
    leave_to, reports_to, proto = wire6.ALL_ROUTERS, wire6.ALL_REPORTS, wire.ICMPV6
    stranger = "fd09::{}:{}"

    @staticmethod
    def report_of(records):
        """A report of these records."""
        return wire6.v2_report(*records)

    def query_of(self, group, sources, **more):
        """A query of any version."""
        return wire6.query(self.dice.randrange(1, 3), group, sources,
                           code=self.dice.randrange(65536), **more)

    def hello(self):
        """A PIM hello."""
        return wire6.pim_hello(self.dice.choice((0, 1, 105, 65535))), wire6.ALL_PIM, wire.PIM

    def discovery(self):
        """What multicast router discovery says."""
        kind, dst = self.dice.choice((
            (wire6.MRD_ADVERTISEMENT, wire6.ALL_SNOOPERS),
            (wire6.MRD_SOLICITATION, wire6.ALL_ROUTERS),
            (wire6.MRD_TERMINATION, wire6.ALL_SNOOPERS)))
        return (struct.pack("!BBHHH", kind, self.dice.randrange(256), 0, 125, 2), dst,
                wire.ICMPV6)

    def packet(self, body, dst, proto, summed):
        """An IPv6 packet, right in most cases."""
        dice, more = self.dice, {"ttl": 1, "headers": [wire6.ROUTER_ALERT]}
        src = self.host.link_local if dice.random() < 0.9 else \
            dice.choice((*self.no_hosts, "fd00::1", "fe80::9", "febf::1", "fec0::1"))
        if self.is_one_in(3):
            more |= self.oddity(len(body))
        if self.is_one_in(10):
            dst = dice.choice((wire6.ALL_NODES, wire6.ALL_ROUTERS, wire6.ALL_REPORTS,
                               wire6.ALL_SNOOPERS, *self.groups, self.host.link_local))
        if self.is_one_in(20):
            proto = dice.choice((wire.UDP, wire.PIM, wire.ICMPV6, 59))
        return wire6.ipv6(src, dst, proto, body, summed=summed, **more)

    def oddity(self, length):
        """What is not as it should be about the headers of a message so long; most are about
        the extension headers, some of which are right."""
        dice, size = self.dice, 8 + length
        return dice.choice((
            {"ttl": dice.choice((0, 2, 64, 255))}, {"tos": 0xe0}, {"bad": True},
            {"total": max(0, dice.choice((size - 9, size - 4, size - 1, size + 1, 60000)))},
            {"version": dice.randrange(16)}, *[{"headers": dice.choice(CHAINS)}] * 8))
