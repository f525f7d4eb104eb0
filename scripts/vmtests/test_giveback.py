# SPDX-License-Identifier: GPL-2.0-only
"""The built-in snooping, switched on again, cuts no stream."""
import contextlib
import socket
import struct

import mgate
import wire
from lab import Bridge
from test_takeover import builtin, settings
from words import becomes, check, equal, eventually, proves

GROUP, OTHER = "239.1.1.1", "239.2.2.2"
GROUP6 = "ff15::7777"


@contextlib.contextmanager
def taken(vid=0, **more):
    """A bridge whose built-in snooping held back before mgate came, and which mgate gates
    now; two hosts are members."""
    mgate.ensure(False)
    with Bridge(4, hooks=True, **more) as br:
        router, _, one, two = br.hosts
        one.join(GROUP)
        two.join(GROUP)
        if not more.get("mcast_querier"):
            router.query(code=10)
        eventually(lambda: holds_back(br), "the built-in holds back", timeout=60)
        mgate.load()
        becomes(lambda: builtin(br), "0", "the built-in with mgate")
        if not more.get("mcast_querier"):
            router.query(code=10)
        eventually(lambda: mgate.gates(br, vid), "it gates", timeout=60)
        for host in one, two:
            br.wait_joined(host, GROUP)
        yield br


@contextlib.contextmanager
def serving(br):
    """A stream runs to the two members, one of whom reports when the block is over; none
    of them loses any."""
    _, sender, one, two = br.hosts
    with sender.streaming(GROUP, 200) as stream:
        stream.runs(two.tap)
        yield
        one.report(GROUP)
        stream.runs(one.tap, 50)
    br.barrier(sender)
    for host in one, two:
        lost = set(range(stream.sent)) - set(host.tap.numbers(stream.id))
        check(not lost, f"{host} lost {len(lost)} of {stream.sent} frames, the first of "
              f"them {sorted(lost)[:5]}")


def holds_back(br):
    """Is a group that nobody joined held back from the hosts?"""
    return not any(count for host, count in br.receivers(br.hosts[1], OTHER, 1).items()
                   if host is not br.hosts[0])


def floods(br):
    """The built-in floods what nobody joined."""
    got = br.receivers(br.hosts[1], OTHER, 5)
    check(all(count == 5 for count in got.values()), f"it does not flood: {got}")


@proves("DECISIONS 3, 4: never towards dropping a member's traffic")
def test_after_a_querier():
    """The built-in had heard a querier before the load: after rmmod it floods, and gates
    when the next query was answered."""
    with taken() as br:
        with serving(br):
            mgate.unload()
        equal(settings(br)["br0/multicast_querier_interval"], "25500", "querier interval")
        floods(br)
        br.hosts[0].query(code=10)
        eventually(lambda: holds_back(br), "the built-in holds back again", timeout=60)


@proves("DECISIONS 3, 4: never towards dropping a member's traffic")
def test_mode_off():
    """The same by `off`."""
    with taken() as br:
        with serving(br):
            br.set("mode", "off")
        floods(br)


@proves("DECISIONS 3, 4: never towards dropping a member's traffic")
def test_as_querier():
    """The built-in queries itself: after rmmod it floods for its response interval. (By
    IGMPv2 a host keeps silent that hears another's report, and while it floods all do.)"""
    with taken(address="10.0.0.254", mcast_querier=1, mcast_query_use_ifaddr=1,
               mcast_igmp_version=3, mcast_query_response_interval=500) as br:
        with serving(br):
            mgate.unload()
        equal(settings(br)["br0/multicast_querier"], "1", "the built-in's querier")
        eventually(lambda: holds_back(br), "the built-in holds back again", timeout=60)


@proves("DECISIONS 3, 4: never towards dropping a member's traffic")
def test_with_vlan_filtering():
    """The same where the bridge filters VLANs, snooping by VLAN or not."""
    for snooping in 0, 1:
        with taken(1, vlan_filtering=1, mcast_vlan_snooping=snooping) as br:
            with serving(br):
                mgate.unload()
            floods(br)


@proves("DECISIONS 3, 4: never towards dropping a member's traffic", "RELIABILITY K6")
def test_with_ports_older_than_the_bridge():
    """At unload the core tells of such ports that they go before it tells of their bridge:
    they are served until the bridge is given back."""
    with taken() as br:
        mgate.ensure(False)
        # The frames of the bridge that takes its place go by the same addresses.
        br.ns.ip("link set br0 down", f"link add br9 address {br.mac} type bridge",
                 *(f"link set {host.port} master br9" for host in br.hosts), "link set br9 up")
        br.name = "br9"
        mgate.load()
        router, _, one, two = br.hosts
        br.gate(router)
        for host in one, two:
            host.report(GROUP)
            br.wait_joined(host, GROUP)
        check(holds_back(br), "mgate holds nothing back")
        with serving(br):
            mgate.unload()
        equal(builtin(br), "1", "the built-in")
        floods(br)


@proves("DECISIONS 3, 4: never towards dropping a member's traffic")
def test_aside():
    """A port that hinders comes while mgate gates: aside, the built-in cuts nothing."""
    with taken() as br:
        with serving(br):
            br.ns.bridge("link set dev p1 mcast_to_unicast on")
            becomes(lambda: br.get("status"), "aside", "status")
            becomes(lambda: builtin(br), "1", "the built-in")


def mld_query(host, seconds=1):
    """A general query of MLD version 1."""
    src = socket.inet_pton(socket.AF_INET6, f"fe80::{host.number}")
    dst = socket.inet_pton(socket.AF_INET6, "ff02::1")
    text = struct.pack("!BBHHH16x", 130, 0, 0, 1000 * seconds, 0)
    total = wire.checksum(src + dst + struct.pack("!II", len(text), 58) + text)
    text = text[:2] + struct.pack("!H", total) + text[4:]
    alert = bytes((58, 0, 5, 2, 0, 0, 1, 0))
    head = struct.pack("!IHBB16s16s", 6 << 28, len(alert + text), 0, 1, src, dst)
    return wire.eth("33:33:00:00:00:01", host.mac, wire.ETH_IPV6, head + alert + text)


@proves("DECISIONS 3, 5: IPv6 is never gated")
def test_ipv6():
    """The built-in had heard an MLD querier: after rmmod it does not hold back IPv6 groups,
    and no query of ours was sent out of the bridge."""
    mgate.ensure(False)
    with Bridge(3) as br:
        router, sender, _ = br.hosts
        head = struct.pack("!IHBB16s16s", 6 << 28, 8, 59, 5,
                           socket.inet_pton(socket.AF_INET6, "fe80::2"),
                           socket.inet_pton(socket.AF_INET6, GROUP6))
        data = wire.eth("33:33:00:00:77:77", sender.mac, wire.ETH_IPV6, head + bytes(8))

        def receivers():
            before = [host.tap.count(lambda f: f.data == data) for host in br.others(sender)]
            sender.inject(data)
            br.barrier(sender)
            return [host.tap.count(lambda f: f.data == data) - was
                    for host, was in zip(br.others(sender), before)]
        router.inject(mld_query(router))
        eventually(lambda: receivers() == [1, 0], "the built-in holds back")
        mgate.load()
        becomes(lambda: builtin(br), "0", "the built-in with mgate")
        equal(receivers(), [1, 1], "who gets it with mgate")
        mgate.unload()
        equal(receivers(), [1, 1], "who gets it after rmmod")
        equal([host.tap.count(lambda f: f.kind == wire.ETH_IPV6 and f.mac == "33:33:00:00:00:01"
                              and f.payload[8:24] == bytes((0xfe, 0x80)) + bytes(14))
               for host in br.hosts], [0, 0, 0], "queries from fe80::")
