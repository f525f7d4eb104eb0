# SPDX-License-Identifier: GPL-2.0-only
"""Random frames, each with its number in its last octets, by which it is known again
wherever it comes out."""
import struct

import dice6
import wire
from oracle import HOST
from topology import FLOODED, GROUPS, UNKNOWN, VIDS

END = b"MGdf"
BRIDGE = "02:00:00:00:00:fe"
LINK_LOCAL = "224.0.0.1", "224.0.0.5", "224.0.0.13", "224.0.0.251", "224.0.0.255"
NO_GROUP = "0.0.0.0", "10.1.2.3", "224.0.0.0", "255.255.255.255", "127.0.0.1"
NO_SOURCE = "224.0.0.9", "255.255.255.255", "127.0.0.1", "0.1.2.3"
FIXED = wire.ALL_HOSTS, wire.ALL_ROUTERS, wire.ALL_REPORTS
SUPPRESS = 0x08


def number_of(data):
    """The number of a captured frame, or None."""
    return int.from_bytes(data[-4:]) if data[-8:-4] == END else None


class Frames:
    """Draws frames for a Topology."""

    def __init__(self, dice, setting):
        self.dice, self.setting, self.six = dice, setting, dice6.Frames6(self, dice)
        self.kinds = [(8, self.data), (5, self.report), (2, self.leave), (3, self.query),
                      (1, self.odd_data), (1, self.odd_report), (1, self.odd_query),
                      (1, self.odd_message), (1, self.noise), (2, self.unicast),
                      (2, self.other), (1, self.broken), (4, self.six.data), (8, self.six.draw)]
        self.number = 0
        self.pause, self.own_mac = False, True
        self.stream = None      # the last data, as (port, octets)

    def draw(self):
        """The next frame as (port or HOST, octets); `pause` says to let its effects
        settle before the next one."""
        self.number += 1
        self.pause, self.own_mac = False, True
        if self.stream and self.dice.random() < 0.8:
            port, data = self.stream
            return port, data[:-4] + struct.pack("!I", self.number)
        self.stream = None
        port = self.dice.choice([HOST, *self.setting.ports] + [*self.setting.ports] * 2)
        weights, kinds = zip(*self.kinds)
        while True:
            drawn, = self.dice.choices(kinds, weights)
            mac, kind, payload = drawn()
            if port != HOST or not self.is_query(kind, payload):
                break
        # Where a leave ends nothing there is nothing to wait for.
        self.pause &= port != HOST and bool(self.setting.ports[port].fast_leave)
        tag = self.tags(port)
        data = wire.eth(mac, self.source(port), kind, payload)
        data = data[:12] + tag + data[12:] + END + struct.pack("!I", self.number)
        if drawn in (self.data, self.six.data) and port != HOST and \
                self.setting.lets_in(port, data):
            self.stream = port, data
        return port, data

    def general_query(self, port, vid, src):
        """A sound general query in a VLAN, after which all who are there were asked."""
        self.number += 1
        if wire.is_ipv6(src):
            mac, kind, payload = self.six.general_query(src)
        else:
            mac, kind, payload = self.igmp(wire.query(3, code=100), wire.ALL_HOSTS, src=src)
        tag = self.setting.tpid + struct.pack("!H", vid) if vid else b""
        data = wire.eth(mac, self.mac(port), kind, payload)
        return data[:12] + tag + data[12:] + END + struct.pack("!I", self.number)

    def is_query(self, kind, payload):
        """What the host asks is learned only where the VLAN can be told (TRAPS 13)."""
        return self.setting.filtering and (
            kind == wire.ETH_IP and payload[9:10] == b"\x02" or
            kind == wire.ETH_IPV6 and b"\x3a" in payload[6:7] + payload[40:41])

    # --- Around it ----------------------------------------------------------------

    def source(self, port):
        """The source MAC: mostly the host's own; what may be dropped unlearned has one
        that nobody ever sends to."""
        if not self.own_mac:
            return f"02:01:{self.number >> 16:02x}:{self.number >> 8 & 255:02x}:" \
                   f"{self.number & 255:02x}:01"
        if port == HOST:
            return BRIDGE
        macs = [self.mac(port)] * 30 + [self.mac(self.any_port()), "02:00:00:00:aa:01", BRIDGE]
        return self.dice.choice(macs)

    @staticmethod
    def mac(port):
        """The MAC address of the host at a port."""
        return f"02:00:00:00:00:{port:02x}"

    def any_port(self):
        """Any of them."""
        return self.dice.choice(list(self.setting.ports))

    def tags(self, port):
        """No tag, one, seldom two; PCP and DEI too."""
        dice, filtering = self.dice, self.setting.filtering
        if dice.random() < (0.45 if filtering else 0.8):
            return b""
        vid = dice.choice((*VIDS, *VIDS, 0, 99, 4095) if filtering else (0, 0, 5, 7))
        high = dice.choice((0, 0, 0x2000, 0xa000, 0xf000, 0x1000))
        tpid = self.setting.tpid if dice.random() < 0.9 else dice.choice((b"\x81\0", b"\x88\xa8"))
        tag = tpid + struct.pack("!H", high | vid)
        if port != HOST and dice.random() < 0.05:
            tag += b"\x81\0" + struct.pack("!H", dice.choice((5, 0x6001)))
        return tag

    def packet(self, dst, proto, payload, **more):
        """An IPv4 packet from somewhere."""
        src = more.pop("src", f"10.1.0.{self.dice.randrange(1, 9)}")
        return wire.ipv4(src, dst, proto, payload, ident=self.number & 0xffff, **more)

    def igmp(self, message, dst, **more):
        """An IGMP message as it is to be, but for what is in `more`."""
        mac = more.pop("mac", None) or wire.mac_of(dst)
        more = {"ttl": 1, "tos": 0xc0,
                "options": self.dice.choice((b"", wire.ROUTER_ALERT, wire.ROUTER_ALERT))} | more
        if self.setting.accept == "strict" and message[:1] in b"\x11\x12":
            more["options"] = wire.ROUTER_ALERT     # of version 1 nothing is said
        return mac, wire.ETH_IP, self.packet(dst, wire.IGMP, message, **more)

    # --- In order -----------------------------------------------------------------

    def data(self):
        """Data to a group of any kind; mostly plain, as only that goes by flow."""
        group = self.dice.choice((*GROUPS, *GROUPS, *UNKNOWN, FLOODED, *LINK_LOCAL[:3]))
        if self.dice.random() < 0.6:
            return wire.mac_of(group), wire.ETH_IP, self.packet(group, wire.UDP, b"plain")
        more = {"options": self.dice.choice((b"", b"", b"\x01\x01\x01\0")),
                "ttl": self.dice.choice((0, 1, 8, 64)),
                "fragment": self.dice.choice((0, 0, 0, 0x2000, 0x4000, 0x0010, 0x2010))}
        proto = self.dice.choice((wire.UDP, wire.UDP, 6, wire.PIM, 255))
        body = self.dice.randbytes(self.dice.randrange(60))
        if proto == wire.PIM and body[:1] == b"\x20":   # a hello by chance: no data
            body = b"\x23" + body[1:]
        return wire.mac_of(group), wire.ETH_IP, self.packet(group, proto, body, **more)

    def report(self):
        """A sound report of any version."""
        group, src = self.dice.choice(GROUPS), self.dice.choice(("10.1.0.3", "0.0.0.0"))
        kind = self.dice.randrange(4)
        if kind < 2:
            message = (wire.v1_report if kind else wire.v2_report)(
                group, code=self.dice.choice((0, 9)), extra=self.dice.choice((b"", b"more")))
            return self.igmp(message, group, src=src)
        records = [self.record() for _ in range(self.dice.randrange(4))]
        return self.igmp(wire.v3_report(*records), wire.ALL_REPORTS, src=src)

    def record(self):
        """Any record of any group."""
        kind = self.dice.choice((1, 2, 2, 3, 4, 4, 5, 6, 0, 200))
        group = self.dice.choice((*GROUPS, *LINK_LOCAL))
        sources = ["10.0.0.7", "10.0.0.8"][:self.dice.choice((0, 0, 1, 2))]
        self.pause |= kind == wire.TO_IN and not sources
        return wire.record(kind, group, sources, aux=self.dice.choice((b"", b"", b"auxi")))

    def leave(self):
        """A leave by version 2, to either address."""
        self.pause = True
        group = self.dice.choice(GROUPS)
        return self.igmp(wire.leave(group), self.dice.choice((wire.ALL_ROUTERS, group)))

    def query(self):
        """A general query, or one for a group that shortens nothing; nobody's values
        make a membership end in the time of a test."""
        src = self.dice.choice(("0.0.0.0", *(f"10.1.0.{n}" for n in (1, 2, 5, 9))))
        version, dice = self.dice.randrange(1, 4), self.dice
        values = {"robustness": dice.randrange(8), "interval": dice.choice((0, 125, 0x9f, 0xff))}
        if dice.random() < 0.7:
            code = dice.choice((1, 100, 255)) if version == 2 else dice.randrange(256)
            return self.igmp(wire.query(version, code=code, **values), wire.ALL_HOSTS, src=src)
        group, sources = dice.choice((*GROUPS, "224.0.0.5")), dice.choice(((), ("10.0.0.7",)))
        return self.igmp(wire.query(3, group, sources, suppress=True, **values), group, src=src)

    # --- Out of order -------------------------------------------------------------

    def odd_data(self):
        """A group's data with a MAC that is not the group's, or the other way round."""
        group = self.dice.choice((*GROUPS, FLOODED, "10.1.0.99", "255.255.255.255"))
        mac = self.dice.choice((wire.mac_of(self.dice.choice(GROUPS)), self.mac(self.any_port()),
                                BRIDGE, wire.BROADCAST, "33:33:00:01:01:01", "01:80:c2:00:00:21"))
        return mac, wire.ETH_IP, self.packet(group, wire.UDP, self.dice.randbytes(20))

    def odd_report(self):
        """A report or leave that is not to be believed."""
        dice, group = self.dice, self.dice.choice(GROUPS)
        kind = dice.choice((wire.v1_report, wire.v2_report, wire.leave))
        joins = wire.v3_report(wire.record(wire.TO_EX, group))
        bad = wire.v3_report(wire.record(wire.TO_EX, group),
                             wire.record(wire.TO_EX, dice.choice(NO_GROUP)))
        return dice.choice((
            lambda: self.igmp(kind(group), group, ttl=dice.choice((0, 2, 255))),
            lambda: self.igmp(joins, wire.ALL_REPORTS, src=dice.choice(NO_SOURCE)),
            lambda: self.igmp(kind(dice.choice(NO_GROUP)), group),
            lambda: self.igmp(kind(group), dice.choice(("239.99.1.1", wire.ALL_REPORTS))),
            lambda: self.igmp(joins, group), lambda: self.igmp(bad, wire.ALL_REPORTS),
            lambda: self.igmp(kind(group), group, fragment=dice.choice((0x2000, 1))),
            lambda: self.igmp(kind(group), group, mac=dice.choice(
                (wire.BROADCAST, BRIDGE, self.mac(self.any_port()), wire.mac_of("239.3.3.3")))),
        ))()

    def odd_query(self):
        """A query that is not to be believed."""
        dice, version = self.dice, self.dice.randrange(1, 4)
        general = wire.query(version, code=100)
        return dice.choice((
            lambda: self.igmp(general, wire.ALL_HOSTS, ttl=dice.choice((0, 2, 64))),
            lambda: self.igmp(general, wire.ALL_HOSTS, src=dice.choice(NO_SOURCE)),
            lambda: self.igmp(general, dice.choice(("224.0.0.2", *GROUPS))),
            lambda: self.igmp(wire.query(3, sources=["10.0.0.7"]), wire.ALL_HOSTS),
            lambda: self.igmp(wire.query(3, dice.choice(NO_GROUP[1:]), ["10.0.0.7"]), GROUPS[0]),
            lambda: self.igmp(general, wire.ALL_HOSTS, fragment=0x2000),
            lambda: self.igmp(general, wire.ALL_HOSTS, mac=wire.mac_of("239.3.3.3")),
        ))()

    def odd_message(self):
        """A type that is nobody's, or IGMP to a host."""
        kind = self.dice.choice((0x14, 0x1e, 0x31, 0x99, 0xff))
        dst = self.dice.choice((*GROUPS, *LINK_LOCAL, "10.1.0.99"))
        return self.igmp(wire.message(kind, dst), dst, mac="01:00:5e:00:00:01"
                         if dst[:3] == "10." else None)

    def noise(self):
        """IGMP of random octets, the checksum right or wrong."""
        self.own_mac, self.pause = False, True
        body = self.dice.randbytes(self.dice.randrange(4, 40))
        message = self.dice.choice((b"\x12", b"\x16", b"\x22", b"\x30")) + body
        if self.dice.random() < 0.7:
            message = wire.summed(message[:2] + b"\0\0" + message[4:])
        return self.igmp(message, self.dice.choice((*FIXED, GROUPS[0])))

    def broken(self):
        """What is to be dropped: checksums and lengths that are wrong."""
        self.own_mac = False
        dice, group = self.dice, self.dice.choice((*GROUPS, "224.0.0.5", "10.1.0.99"))
        mac = wire.mac_of(group)
        overrun = wire.v3_report(wire.record(wire.TO_EX, GROUPS[0]), count=dice.choice((2, 65535)))
        return dice.choice((
            lambda: (mac, wire.ETH_IP, self.packet(group, wire.UDP, b"x" * 20, bad_checksum=True)),
            lambda: (mac, wire.ETH_IP, self.packet(group, wire.UDP, b"x" * 20, total=1400)),
            lambda: (mac, wire.ETH_IP, self.packet(group, wire.UDP, b"x" * 20, total=19)),
            lambda: (mac, wire.ETH_IP, self.packet(group, wire.UDP, b"", words=15)),
            lambda: (mac, wire.ETH_IP, self.packet(group, wire.UDP, b"", words=4)),
            lambda: (mac, wire.ETH_IP, self.packet(group, wire.UDP, b"x" * 20, version=5)),
            lambda: (mac, wire.ETH_IP, dice.randbytes(dice.randrange(12))),
            lambda: self.igmp(wire.v2_report(GROUPS[0], bad=True), GROUPS[0]),
            lambda: self.igmp(wire.query(3, bad=True), wire.ALL_HOSTS),
            lambda: self.igmp(wire.query(2, extra=bytes(dice.randrange(1, 4))), wire.ALL_HOSTS),
            lambda: self.igmp(wire.query(3, count=7), wire.ALL_HOSTS),
            lambda: self.igmp(overrun, wire.ALL_REPORTS),
            lambda: self.igmp(wire.summed(b"\x16\0\0\0\xef\1\1"), GROUPS[0]),
        ))()

    # --- What is none of our business -----------------------------------------------

    def unicast(self):
        """To a host that is known, to one that is not, to the bridge itself."""
        mac = self.dice.choice([self.mac(port) for port in self.setting.ports] +
                               ["02:00:00:00:bb:01", BRIDGE])
        dst = self.dice.choice(("10.1.0.99", GROUPS[0]))
        return mac, wire.ETH_IP, self.packet(dst, wire.UDP, self.dice.randbytes(20))

    def other(self):
        """Broadcast, ARP, other protocols, addresses that a bridge keeps."""
        dice = self.dice
        arp = struct.pack("!HHBBH6s4s6s4s", 1, wire.ETH_IP, 6, 4, 1, b"\2\0\0\0\0\1",
                          b"\x0a\1\0\1", bytes(6), b"\x0a\1\0\x63")
        directed = self.packet("255.255.255.255", wire.UDP, b"to all of you")
        return dice.choice((
            (wire.BROADCAST, 0x0806, arp), (wire.BROADCAST, wire.ETH_IP, directed),
            ("01:80:c2:00:00:00", 39, b"\x42\x42\x03" + bytes(36)),
            (wire.mac_of(GROUPS[0]), wire.ETH_MARK, dice.randbytes(30)),
            (wire.mac_of(GROUPS[0]), 0x8864, b"\x11\0\0\1\0\x2e\0\x21" + dice.randbytes(30)),
            ("01:80:c2:00:00:0e", 0x88cc, b"lldp"), ("01:80:c2:00:00:21", 0x88f5, b"mvrp"),
            ("01:1b:19:00:00:00", 0x88f7, b"ptp")))
