# SPDX-License-Identifier: GPL-2.0-only
"""Random frames of IPv6 and MLD, in order and out of order; what is around them is drawn by
dice.Frames."""
import wire
import wire6
from topology import GROUPS6, UNKNOWN6

NEIGHBOURS = "ff02::1:ff00:7", "ff02::1:ff01:8"
LINK = wire6.ALL_NODES, "ff02::5", "ff02::fb", "ff01::1", *NEIGHBOURS
JOINED = *GROUPS6, *GROUPS6, *NEIGHBOURS
NO_GROUP = "::", "fd00::1", "fe80::1"
NO_LISTENER = "fd00::1", "::1", "ff05::1"
FIXED = wire6.ALL_NODES, wire6.ALL_ROUTERS, wire6.ALL_REPORTS
PAD = wire.OPTIONS, wire6.PADDING


class Frames6:
    """Draws (MAC, kind of frame, packet); `frames` is the Frames for which."""

    def __init__(self, frames, dice):
        self.frames, self.dice = frames, dice
        self.kinds = [(3, self.report), (1, self.leave), (2, self.query), (1, self.odd_data),
                      (1, self.odd_report), (1, self.odd_query), (1, self.discovery),
                      (1, self.broken)]

    def draw(self):
        """Any of them but data."""
        weights, kinds = zip(*self.kinds)
        return self.dice.choices(kinds, weights)[0]()

    def mld(self, message, dst, **more):
        """An MLD message as it is to be, but for what is in `more`."""
        mac = more.pop("mac", None) or wire.mac_of(dst)
        more = {"ttl": 1, "headers": [wire6.ROUTER_ALERT],
                "src": f"fe80::{self.dice.randrange(1, 9)}"} | more
        return mac, wire.ETH_IPV6, wire6.ipv6(more.pop("src"), dst, wire.ICMPV6, message, **more)

    def general_query(self, src):
        """A sound general query."""
        return self.mld(wire6.query(2, code=10000), wire6.ALL_NODES, src=src)

    def data(self):
        """Data to a group of any kind."""
        dice = self.dice
        group = dice.choice((*GROUPS6, *GROUPS6, *UNKNOWN6, *LINK))
        headers = [] if dice.random() < 0.5 else dice.choice((
            [], [PAD], [wire6.ROUTER_ALERT], [wire6.fragment()], [wire6.fragment(16)],
            [wire6.fragment(0, False), PAD]))
        packet = wire6.ipv6(f"fd00::{dice.randrange(1, 9)}", group,
                            dice.choice((wire.UDP, wire.UDP, 6, 59, 255)),
                            dice.randbytes(dice.randrange(60)), headers=headers,
                            ttl=dice.choice((0, 1, 8, 64)))
        return wire.mac_of(group), wire.ETH_IPV6, packet

    def report(self):
        """A sound report of either version."""
        dice = self.dice
        group, src = dice.choice(JOINED), dice.choice(("fe80::3", "::"))
        headers = dice.choice(([wire6.ROUTER_ALERT], [wire6.ROUTER_ALERT], [
            wire6.ROUTER_ALERT, PAD], [wire6.ROUTER_ALERT, wire6.fragment(0, False)]))
        if dice.randrange(3) == 0:
            return self.mld(wire6.v1_report(group, extra=dice.choice((b"", b"more"))), group,
                            src=src, headers=headers)
        records = [self.record() for _ in range(dice.randrange(4))]
        return self.mld(wire6.v2_report(*records), wire6.ALL_REPORTS, src=src, headers=headers)

    def record(self):
        """Any record of any group."""
        dice = self.dice
        kind = dice.choice((1, 2, 2, 3, 4, 4, 5, 6, 0, 200))
        sources = ["fd00::7", "fd00::8"][:dice.choice((0, 0, 1, 2))]
        self.frames.pause |= kind == wire.TO_IN and not sources
        return wire.record(kind, dice.choice((*JOINED, *LINK)), sources,
                           aux=dice.choice((b"", b"", b"auxi")))

    def leave(self):
        """Done, to either address."""
        self.frames.pause = True
        group = self.dice.choice(JOINED)
        return self.mld(wire6.done(group), self.dice.choice((wire6.ALL_ROUTERS, group)))

    def query(self):
        """A general query, or one for a group that shortens nothing."""
        dice = self.dice
        values = {"robustness": dice.randrange(8), "interval": dice.choice((0, 125, 0x9f, 0xff))}
        if dice.random() < 0.7:
            text = wire6.query(dice.choice((1, 2)), code=dice.choice((100, 10000, 0x8fff)),
                               **values)
            return self.mld(text, wire6.ALL_NODES)
        group, sources = dice.choice(GROUPS6), dice.choice(((), ("fd00::7",)))
        return self.mld(wire6.query(2, group, sources, suppress=True, **values), group)

    def odd_data(self):
        """A group's data with a MAC that is not the group's, or the other way round."""
        dice = self.dice
        group = dice.choice((*GROUPS6, "fd00::99", "ff02::1"))
        mac = dice.choice((wire.mac_of(dice.choice(GROUPS6)), wire.BROADCAST, "33:33:00:09:09:09",
                           self.frames.mac(self.frames.any_port()), "01:00:5e:01:01:01"))
        return mac, wire.ETH_IPV6, wire6.ipv6("fd00::5", group, wire.UDP, dice.randbytes(20))

    def odd_report(self):
        """A report or done that is not to be believed."""
        dice, group = self.dice, self.dice.choice(GROUPS6)
        kind = dice.choice((wire6.v1_report, wire6.done))
        joins = wire6.v2_report(wire.record(wire.TO_EX, group))
        bad = wire6.v2_report(wire.record(wire.TO_EX, group),
                              wire.record(wire.TO_EX, dice.choice(NO_GROUP)))
        return dice.choice((
            lambda: self.mld(kind(group), group, ttl=dice.choice((0, 2, 255))),
            lambda: self.mld(joins, wire6.ALL_REPORTS, src=dice.choice(NO_LISTENER)),
            lambda: self.mld(kind(group), group, headers=dice.choice(([], [PAD]))),
            lambda: self.mld(joins, wire6.ALL_REPORTS, headers=[PAD, wire6.ROUTER_ALERT]),
            lambda: self.mld(kind(dice.choice(NO_GROUP)), group),
            lambda: self.mld(kind(group), dice.choice(("ff05::9:9", wire6.ALL_REPORTS))),
            lambda: self.mld(joins, group), lambda: self.mld(bad, wire6.ALL_REPORTS),
            lambda: self.mld(kind(group), group, headers=[wire6.ROUTER_ALERT, wire6.fragment()]),
            lambda: self.mld(kind(group), group, mac=dice.choice(
                (wire.BROADCAST, self.frames.mac(self.frames.any_port()), "33:33:00:03:03:03"))),
        ))()

    def odd_query(self):
        """A query that is not to be believed."""
        dice = self.dice
        general = wire6.query(dice.choice((1, 2)))
        return dice.choice((
            lambda: self.mld(general, wire6.ALL_NODES, ttl=dice.choice((0, 2, 64))),
            lambda: self.mld(general, wire6.ALL_NODES, src=dice.choice((*NO_LISTENER, "::"))),
            lambda: self.mld(general, wire6.ALL_NODES, headers=[]),
            lambda: self.mld(general, dice.choice((wire6.ALL_ROUTERS, *GROUPS6))),
            lambda: self.mld(wire6.query(2, sources=["fd00::7"]), wire6.ALL_NODES),
            lambda: self.mld(wire6.query(2, dice.choice(NO_GROUP[1:]), ["fd00::7"]), GROUPS6[0]),
            lambda: self.mld(general, wire6.ALL_NODES, headers=[wire6.ROUTER_ALERT,
                                                                wire6.fragment()]),
            lambda: self.mld(general, wire6.ALL_NODES, mac="33:33:00:03:03:03"),
        ))()

    def discovery(self):
        """Of neighbours and routers."""
        dst = self.dice.choice((*NEIGHBOURS, "ff02::1:ff00:9"))
        kind, dst = self.dice.choice((
            (wire6.SOLICITATION, dst), (wire6.ADVERTISEMENT, wire6.ALL_NODES),
            (wire6.ROUTER_SOLICITATION, wire6.ALL_ROUTERS)))
        return self.mld(wire6.message(kind, "fd00::9"), dst, ttl=255, headers=[])

    def broken(self):
        """What is to be dropped: checksums and lengths that are wrong."""
        self.frames.own_mac = False
        dice, group = self.dice, self.dice.choice((*GROUPS6, "ff02::5", "fd00::99"))
        mac = wire.mac_of(group)
        overrun = wire6.v2_report(wire.record(wire.TO_EX, GROUPS6[0]),
                                  count=dice.choice((2, 65535)))

        def packet(**more):
            return mac, wire.ETH_IPV6, wire6.ipv6("fd00::5", group, wire.UDP, b"x" * 20, **more)
        return dice.choice((
            lambda: packet(total=1400), lambda: packet(version=4),
            lambda: packet(headers=[(wire.OPTIONS, b"\xff" + bytes(6))]),
            lambda: packet(headers=[PAD], total=7),
            lambda: (mac, wire.ETH_IPV6, b"\x60" + dice.randbytes(dice.randrange(30))),
            lambda: self.mld(wire6.v1_report(GROUPS6[0]), GROUPS6[0], bad=True),
            lambda: self.mld(wire6.query(), wire6.ALL_NODES, bad=True),
            lambda: self.mld(wire6.query(1, extra=bytes(dice.randrange(1, 4))), wire6.ALL_NODES),
            lambda: self.mld(wire6.query(2, count=7), wire6.ALL_NODES),
            lambda: self.mld(overrun, wire6.ALL_REPORTS),
            lambda: self.mld(wire6.done(GROUPS6[0])[:20], GROUPS6[0]),
        ))()
