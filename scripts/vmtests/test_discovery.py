# SPDX-License-Identifier: GPL-2.0-only
"""Routers that make themselves known by PIM, MRD and DVMRP, and the guard against them."""
import time

import mgate
import wire
import wire6
from lab import Bridge, gated
from words import becomes, check, equal, eventually, proves

GROUP, OTHER = "239.1.1.1", "239.2.2.2"
ALL_SNOOPERS, ALL_DVMRP = "224.0.0.106", "224.0.0.4"


def pim(host, holdtime=105, *, dst=wire.ALL_PIM, body=None, **more):
    """A PIM hello from a host."""
    more = {"options": b"", "proto": wire.PIM} | more
    return host.frame(wire.pim_hello(holdtime) if body is None else body, dst, **more)


def mrd(host, kind=0x30, interval=20, *, dst=ALL_SNOOPERS, **more):
    """An advertisement (0x30), or a termination (0x32), which is four octets long."""
    size = 4 if kind == 0x32 else 8
    return host.frame(wire.summed(bytes([kind, interval]) + bytes(size - 2)), dst, **more)


def probe(host, code=1, *, dst=ALL_DVMRP, **more):
    """A DVMRP probe, or another DVMRP message."""
    return host.frame(wire.message(0x13, code=code), dst, **more)


def remaining(br, port, way):
    """The seconds that a router port still is one, by one way."""
    for row in mgate.table("routers", br):
        if (row["port"], row["by"]) == (port, way):
            return float(row["left"])
    return None


def known(br, host):
    """By what the port of a host is known to lead to a router, after what it sent."""
    br.barrier(host)
    return mgate.router_ways(br, host.port)


@proves("issue 4 item 4", "CONFORMANCE 3, 104", "DECISIONS 10")
def test_each_way():
    """PIM hello, MRD advertisement and DVMRP probe make a router port for as long as they
    say; it gets every group and all reports; the messages themselves go everywhere."""
    with gated(5) as br:
        _, one, sender, member, _ = br.hosts
        br.join(member, GROUP)
        for frame, way, seconds in ((pim(one, 30), "pim", 30), (mrd(one, interval=8), "mrd", 24.6),
                                    (probe(one), "dvmrp", 35)):
            br.expect_frames(one, [frame], br.others(one), lambda f, d=frame: f.data == d)
            equal(known(br, one), {way}, "by what")
            left = remaining(br, one.port, way)
            check(seconds - 15 < left <= seconds, f"{way} is good for {left} of {seconds} s")
            br.expect(sender, OTHER, [br.hosts[0], one])
            br.expect(sender, GROUP, [br.hosts[0], one, member])
            br.set("router", "never", one.port)
            br.set("router", "auto", one.port)
            equal(known(br, one), set(), "by what after router=never")


@proves("issue 4 item 4: goodbye", "CONFORMANCE 107")
def test_goodbye():
    """Hold time 0 and a termination end it at once, for that neighbour alone."""
    with gated() as br:
        _, one, sender, _ = br.hosts
        one.inject(pim(one, src="10.0.0.71"), pim(one, src="10.0.0.72"))
        equal(known(br, one), {"pim"}, "by what")
        one.inject(pim(one, 0, src="10.0.0.71"))
        equal(known(br, one), {"pim"}, "by what while the other is there")
        one.inject(mrd(one), pim(one, 0, src="10.0.0.72"))
        equal(known(br, one), {"mrd"}, "by what after both hellos ended")
        one.inject(mrd(one, 0x32, 0))
        equal(known(br, one), set(), "by what after the termination")
        br.expect(sender, OTHER, [br.hosts[0]])


@proves("issue 4 bad input: hello and advertisement", "RELIABILITY 3 row 16, 17",
        "CONFORMANCE 101, 103")
def test_lies():
    """Bad checksum, TTL, destination, source: no router port, each under its own reason."""
    with gated() as br:
        _, liar, _, _ = br.hosts
        hello = wire.pim_hello()
        bad = hello[:2] + bytes([hello[2] ^ 0x55, hello[3]]) + hello[4:]
        for frame, reason in (
                (pim(liar, body=bad), "bad_pim_checksum"),
                (pim(liar, ttl=64), "bad_ttl"),
                (pim(liar, dst="224.0.0.5"), "bad_destination"),
                (pim(liar, src="0.0.0.0"), "bad_source"),
                (pim(liar, src="127.0.0.1"), "bad_source"),
                (pim(liar, body=wire.summed(bytes.fromhex("200000000001000800"))),
                 "bad_length"),
                (mrd(liar, dst=wire.ALL_HOSTS), "bad_destination"),
                (mrd(liar, ttl=2), "bad_ttl"),
                (mrd(liar, src="224.0.0.9"), "bad_source"),
                (probe(liar, dst=wire.ALL_HOSTS), "bad_destination"),
                (probe(liar, code=2), "bad_type")):
            before = mgate.counter(br, liar.port, reason)
            liar.inject(frame)
            equal(known(br, liar), set(), f"by what, {reason}")
            equal(mgate.counter(br, liar.port, reason), before + 1, f"frames counted {reason}")


@proves("INTERFACE router of a port")
def test_router_query():
    """`router query` believes queries and nothing else."""
    with gated() as br:
        _, one, _, _ = br.hosts
        br.set("router", "query", one.port)
        one.inject(pim(one), mrd(one), probe(one))
        equal(known(br, one), set(), "by what")
        one.query(src="10.0.0.99")
        equal(known(br, one), {"query"}, "by what after a query")


@proves("INTERFACE guard", "TRAPS 27", "CONFORMANCE 116")
def test_guard():
    """With `guard` a port's queries, hellos and advertisements reach nobody; reports do."""
    with gated() as br:
        router, guarded, _, _ = br.hosts
        br.set("guard", 1, guarded.port)
        query = guarded.frame(wire.query(3), wire.ALL_HOSTS, src="10.0.0.0")
        frames = [query, pim(guarded), mrd(guarded), mrd(guarded, 0x32, 0), probe(guarded)]
        for number, frame in enumerate(frames, 1):
            br.expect_frames(guarded, [frame], [], lambda f, d=frame: f.data == d)
            equal(mgate.counter(br, guarded.port, "guarded"), number, "frames counted")
        equal(known(br, guarded), set(), "by what")
        equal(mgate.querier(br)["address"], router.ip, "the querier")
        guarded.report(GROUP)
        br.wait_joined(guarded, GROUP)


@proves("INTERFACE guard", "RELIABILITY 1.5")
def test_guard_looks_closely():
    """Nor do those that the built-in of another bridge would take for a router's: in a fragment
    or with another group's MAC address. Others that are so go on."""
    with gated(4, family=6) as br:
        _, guarded, _, _ = br.hosts
        br.set("guard", 1, guarded.port)

        def sent(frame, wanted=()):
            before = mgate.counter(br, guarded.port, "guarded")
            br.expect_frames(guarded, [frame], list(wanted), lambda f: f.data == frame)
            equal(mgate.counter(br, guarded.port, "guarded") - before, int(not wanted), "guarded")
        for strange in {"mac": wire.mac_of("224.0.0.9")}, {"fragment": 0x2000}:
            sent(guarded.frame(wire.query(3), wire.ALL_HOSTS, src="10.0.0.0", **strange))
            sent(pim(guarded, **strange))
        asks = wire6.query(2)
        for headers in ([wire6.ROUTER_ALERT, wire6.fragment()],
                        [wire6.fragment(), (60, bytes([0, 1, 4, 0, 0, 0, 0]))]):
            sent(guarded.frame(asks, wire6.ALL_NODES, headers=headers))
        sent(guarded.frame(wire6.pim_hello(), wire6.ALL_PIM, proto=wire.PIM,
                           headers=[wire6.fragment()]))
        sent(guarded.frame(asks, wire6.ALL_NODES, mac=wire.mac_of("ff02::9")))
        kind, text = wire6.ROUTER_ALERT
        for headers in ([(kind, text), (kind, text)], [(kind, text)] + 9 * [(60, text)],
                        [(kind, text), wire6.fragment(), (kind, text)]):
            sent(guarded.frame(asks, wire6.ALL_NODES, headers=headers))
        sent(pim(guarded, body=b"\x20\0") + bytes(24))
        sent(guarded.frame(bytes(20), wire6.ALL_NODES, proto=17, headers=[wire6.fragment()]),
             br.others(guarded))
        sent(guarded.frame(wire6.solicitation("fd00::7", guarded.mac),
                           wire6.solicited_node("fd00::7"), ttl=255, headers=()),
             br.others(guarded))


@proves("RELIABILITY 3 row 16: cap of learned routers", "issue 4 item 4")
def test_many_neighbours():
    """A thousand forged neighbours behind one port are one router port in the table, and
    their goodbyes end it."""
    with gated() as br:
        _, liar, sender, _ = br.hosts
        many = [f"10.1.{n >> 8}.{1 + n % 250}" for n in range(1000)]
        liar.inject(*(pim(liar, src=src) for src in many))
        equal(known(br, liar), {"pim"}, "by what")
        br.expect(sender, OTHER, [br.hosts[0], liar])
        equal(len([row for row in mgate.table("routers", br) if row["by"] == "pim"]), 1, "lines")


@proves("issue 4 item 4: solicitation", "CONFORMANCE 4, 106", "RFC 4286 4")
def test_solicitation():
    """Routers are asked to make themselves known when snooping starts, and where a port
    comes up."""
    def asked(host):
        return host.tap.frames(lambda f: f.igmp(0x31))
    with Bridge(2, address="10.0.0.254") as br:
        one, two = br.hosts
        frame = eventually(lambda: asked(one), "a solicitation at start")[0]
        equal((frame.source, frame.group, frame.ttl, len(frame.body), frame.payload[1]),
              ("10.0.0.254", wire.ALL_ROUTERS, 1, 4, 0xc0), "source, group, TTL, length, TOS")
        check(wire.ROUTER_ALERT in frame.payload[20:24], "no Router Alert")
        equal((wire.checksum(frame.payload[:24]), wire.checksum(frame.body)), (0, 0), "sums")
        eventually(lambda: asked(two), "a solicitation at start, at the other port")
        new = br.add_host()
        eventually(lambda: asked(new), "a solicitation at a new port")
        check(mgate.counter(br, one.port, "query_held"), "it went to an old port too")


@proves("CONFORMANCE 102, 106", "issue 4 item 4: solicitation")
def test_solicitations_are_bounded():
    """A port that begins to forward is asked once, one that listens or learns is not; and a
    port that flaps is asked five times in a second at most."""
    with Bridge(2, address="10.0.0.254") as br:
        port, other = br.hosts[0], br.hosts[1]

        def asked():
            return port.tap.count(lambda f: f.igmp(0x31))

        def state(number):
            br.ns.bridge(f"link set dev {port.port} state {number}")
        eventually(lambda: asked() and other.tap.count(lambda f: f.igmp(0x31)), "the first ones")
        quiet(br)
        before = mgate.counter(br, "host", "tx_solicitation")
        for number in 1, 2, 3:
            state(number)
        quiet(br)
        equal(mgate.counter(br, "host", "tx_solicitation"), before + 1, "solicitations")
        br.barrier(other)
        before, begin = asked(), time.monotonic()
        for _ in range(30):
            state(1)
            state(3)
        quiet(br)
        seconds = time.monotonic() - begin
        check(before < asked() <= before + 5 * (seconds + 1),
              f"{asked() - before} solicitations in {seconds:.1f} s")
        check(mgate.counter(br, port.port, "control_flood"), "solicitations are counted there")
        equal(mgate.counter(br, port.port, "control_query"), 0, "queries, of which there was none")


def quiet(br):
    """Wait until no solicitation was sent for a second."""
    last, since = None, 0

    def still():
        nonlocal last, since
        count = mgate.counter(br, "host", "tx_solicitation")
        if count != last:
            last, since = count, time.monotonic()
        return time.monotonic() - since > 1
    eventually(still, "a second without solicitations")


@proves("issue 12: solicitation over IPv6", "CONFORMANCE 4, 106", "RFC 4286 3.2, 4", "RFC 4862 5.4")
def test_solicitation_waits_for_an_address():
    """Over IPv6 routers are asked from a link-local address, once nobody else has it: of one
    that the bridge gets as it comes up, and of one that it gets later."""
    def asked(source):
        return br.hosts[1].tap.frames(lambda f: f.icmp6(wire6.MRD_SOLICITATION) and
                                      f.source == source)
    with Bridge(2, up=False) as br:
        for key, value in ("accept_dad", 1), ("dad_transmits", 3), ("disable_ipv6", 0):
            br.ns.sysctl(f"ipv6/conf/br0/{key}", value)
        br.ns.up("br0")
        frame = eventually(lambda: asked("fe80::ff:fe00:fe"), "a solicitation", timeout=20)[0]
        equal((frame.group, frame.ttl, len(frame.body), frame.payload[40:48].hex()),
              ("ff02::2", 1, 4, "3a00050200000100"), "group, hop limit, length, Router Alert")
        check(wire6.sum_is_right(frame), "the checksum is wrong")
        br.ns.ip("addr del fe80::ff:fe00:fe/64 dev br0")
        br.ns.address("br0", "fe80::77")
        eventually(lambda: asked("fe80::77"), "a solicitation from the new address", timeout=20)


@proves("issue 4 item 4: the host itself", "DECISIONS 11")
def test_router_on_the_host():
    """A PIM hello that the bridge host sends makes `host` a router: the host gets all."""
    with gated(3, address="10.0.0.254") as br:
        _, sender, _ = br.hosts
        packet = wire.ipv4("10.0.0.254", wire.ALL_PIM, wire.PIM, wire.pim_hello(), ttl=1)
        br.send_from_host(wire.eth(wire.mac_of(wire.ALL_PIM), br.mac, wire.ETH_IP, packet))
        becomes(lambda: mgate.router_ways(br, "host"), {"pim"}, "by what")
        got = br.tap.count(lambda f: f.group == OTHER)
        br.expect(sender, OTHER, [br.hosts[0]])
        eventually(lambda: br.tap.count(lambda f: f.group == OTHER) == got + 10,
                   "the host gets a group that nobody joined")
