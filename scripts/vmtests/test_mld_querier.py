# SPDX-License-Identifier: GPL-2.0-only
"""mgate as the querier of MLD: what it sends, from where, and who wins."""
import socket
import struct
import time

import klog
import mgate
import wire
import wire6
from families import MLD
from lab import Bridge
from test_election import back_to_back, fast, reached, state
from test_leaves import querying, running, watches_on
from words import becomes, check, equal, eventually, proves

GROUP, OTHER = MLD.group, MLD.other
ALERT = bytes.fromhex("3a00050200000100")


@proves("issue 12 item 3: own querier with the link-local address", "RFC 9777 5.1")
def test_own_queries():
    """Queries of both versions are to the letter, from the link-local address of the bridge,
    and alone make it gate."""
    with MLD.bridge(3, address="fe80::fe") as br:
        querying(br)
        sender, member, other = br.hosts
        for version, wanted in ("auto", 2), ("3", 2), ("2", 1), ("1", 1):
            br.set("version", version)
            frame = eventually(lambda w=wanted: [
                f for f in MLD.queries(other, "fe80::fe")
                if len(f.body) == MLD.lengths[w]][-1:], f"a query with version {version}")[0]
            equal((frame.group, frame.ttl, frame.mac, frame.payload[40:48]),
                  (wire6.ALL_NODES, 1, "33:33:00:00:00:01", ALERT), "what is before it")
            equal(int.from_bytes(frame.body[4:6]), 200, "the time to answer in ms")
            check(wire6.sum_is_right(frame), "the checksum is wrong")
            becomes(lambda: mgate.querier(br)["version"], str(wanted), "version in the table")
            other.tap.clear()
        row = mgate.querier(br)
        equal((row["state"], row["address"]), ("self", "fe80::fe"), "the line of the querier")
        br.join(member, GROUP)
        for host in br.hosts:
            becomes(lambda h=host: br.get("status", h.port), "gated", f"status of {host.port}")
        br.expect(sender, GROUP, [member])
        eventually(lambda: br.tap.count(MLD.is_query), "the host gets the query")


@proves("issue 12 item 3", "DECISIONS 4")
def test_without_an_address():
    """A bridge without a link-local address sends no MLD query, all of IPv6 floods, and IPv4
    is asked; when it gets an address it asks from that, and from a later one."""
    with MLD.bridge(3) as br:
        br.family = 4
        querying(br)
        br.family = 6
        sender, member, other = br.hosts
        member.join(GROUP)
        eventually(lambda: other.tap.count(lambda f: f.igmp(0x11)) > 2, "queries of IPv4")
        equal(MLD.queries(other), [], "MLD queries")
        br.expect(sender, OTHER, [member, other])
        br.ns.ipv6("br0")
        br.ns.address("br0", "fe80::77")
        eventually(lambda: MLD.queries(other, "fe80::77"), "a query from the address", timeout=40)
        eventually(lambda: mgate.gates(br), "it gates")
        br.expect(sender, GROUP, [member])
        br.ns.ip("addr del fe80::77/64 dev br0", "addr add fe80::78/64 dev br0 nodad")
        eventually(lambda: MLD.queries(other, "fe80::78"), "a query from the new address")


@proves("issue 12 item 3: election by address", "CONFORMANCE 79", "DECISIONS 10")
def test_election():
    """The lower address wins: a query from a higher one ends nothing, one from fe80::1 takes
    over, and when it falls silent ours goes on; IPv4 goes on all the time."""
    with MLD.bridge(3, address="fe80::5") as br:
        querying(br)
        router, host, _ = br.hosts
        router.query(1, "::", src="fe80::9", code=100)
        br.barrier(router)
        equal(state(br), "self", "state after a higher address")
        for source in "::", "fd00::1":
            router.query(1, "::", src=source, code=100)
        br.barrier(router)
        equal(state(br), "self", "state after a query from no link-local address")
        router.query(1, "::", src="fe80::1", code=100)
        becomes(lambda: state(br), "other", "state after a lower address")
        row = mgate.querier(br)
        equal((row["address"], row["port"], row["version"]), ("fe80::1", router.port, "1"),
              "the line of the querier")
        host.tap.clear()

        def three_of_ipv4():
            router.query(1, "::", src="fe80::1", code=100)
            return host.tap.count(lambda f: f.igmp(0x11)) >= 3
        eventually(three_of_ipv4, "three intervals pass", timeout=30)
        equal(MLD.queries(host, "fe80::5"), [], "queries of ours while another asks")
        becomes(lambda: state(br), "self", "state after the other's silence", timeout=40)
        eventually(lambda: MLD.queries(host, "fe80::5"), "queries of ours again")


@proves("DECISIONS 10: auto listens first, never takes the role", "issue 12 item 3: same rules")
def test_auto():
    """`auto`: whoever asks goes on asking, though ours is the lower address; where nobody
    does mgate begins after the other querier interval."""
    with MLD.bridge(2, first=2, address="fe80::1") as br:
        fast(br, querier="auto")
        router, host = br.hosts
        router.query(1, "::", code=100)
        becomes(lambda: state(br), "other", "state")
        interval = float(br.get("other_querier_interval_ms")) / 1000
        begin = time.monotonic()

        def passed():
            router.query(1, "::", code=100)
            return time.monotonic() - begin > 1.5 * interval
        eventually(passed, "more than the other querier interval passes", timeout=60)
        equal((state(br), MLD.queries(host, "fe80::1")), ("other", []), "state, queries of ours")
        begin = time.monotonic()
        host.report(GROUP)
        becomes(lambda: state(br), "self", "state after its silence", timeout=60)
        check(time.monotonic() - begin > 0.8 * interval, "it began too early")


@proves("issue 4 item 6", "DECISIONS 4", "issue 12 item 2")
def test_silence():
    """The MLD querier falls silent and nobody takes its place: a line of the log says so, and
    IPv6 floods, while IPv4 is gated as before."""
    with MLD.gated() as br:
        router, sender, member, _ = br.hosts
        fast(br)
        br.join(member, GROUP)
        router.query(1, "::", code=100)
        log = klog.Log()

        def lost():
            router.query(2, "0.0.0.0", code=1)
            return state(br) in ("none", None)
        eventually(lost, "the querier is lost", timeout=60)
        log.says("mgate.*nobody queries.*VLAN 0")
        log.close()
        br.expect(sender, GROUP, br.others(sender))
        br.expect(sender, "239.2.2.2", [router])


@proves("issue 12 item 1: leaves", "CONFORMANCE 95")
def test_version_2_is_asked():
    """A leave by a kernel of version 2 is answered by queries about the group, and of a
    source by queries about that; nobody else is asked."""
    with MLD.bridge(4, address="fe80::fe") as br:
        querying(br)
        sender, one, two, _ = br.hosts
        br.join(one, GROUP)
        br.join(two, GROUP)
        br.join(two, OTHER, source=sender.ip6)
        one.tap.clear()
        one.leave(GROUP)
        br.wait_left(one, GROUP)
        asked = MLD.group_queries(one)
        equal([(f.source, len(f.body)) for f in asked], [("fe80::fe", 28)] * 2, "questions")
        two.leave(OTHER, sender.ip6)
        br.wait_left(two, OTHER)
        asked = MLD.group_queries(two, OTHER)
        equal([wire6.sources(f.body) for f in asked], [{sender.ip6}] * 2, "sources asked about")
        equal(MLD.group_queries(two), [], "questions about the other's group")
        br.expect(sender, GROUP, [two])


@proves("INTERFACE fast_leave", "issue 12 item 1")
def test_fast_leave():
    """With fast_leave the last host's leave ends it at once and unasked, of both versions; the
    leave of one that is not the last ends nothing."""
    with MLD.gated() as br:
        br.set("proxy", "off")
        router, sender, one, _ = br.hosts
        br.set("fast_leave", 1, one.port)
        for version in 1, 2:
            for host in "fe80::81", "fe80::82":
                one.report(GROUP, version, src=host)
            br.wait_joined(one, GROUP)
            for host, members in ("fe80::81", [router, one]), ("fe80::82", [router]):
                if version == 1:
                    one.send_leave(GROUP, src=host)
                else:
                    one.say((3, GROUP, []), src=host)
                br.barrier(one)
                br.expect(sender, GROUP, members)
        equal(MLD.group_queries(one), [], "questions")


@proves("TRAPS 22", "issue 12 item 3")
def test_two_bridges():
    """Two bridges that query, back to back: the lower address is elected, each member gets its
    stream whole while the other takes over and gives back, and nobody else gets it."""
    with back_to_back({"address": "fe80::5:1", "family": 6},
                      {"address": "fe80::5:2", "family": 6}) as (near, far):
        for br in near, far:
            fast(br, version="2", convergence_ms=2000)
        for br in near, far:
            br.set("querier", "on")
        eventually(lambda: [state(near), state(far)] == ["self", "other"], "one is elected",
                   timeout=30)
        member, sender = near.hosts[0], far.hosts[0]
        member.join(GROUP)
        with sender.streaming(GROUP, 300) as stream:
            begin = running(stream, member)
            near.set("querier", "off")
            becomes(lambda: state(far), "self", "state of the other", timeout=30)
            near.set("querier", "on")
            becomes(lambda: state(far), "other", "state of the other", timeout=30)
            for br in near, far:
                eventually(lambda b=br: mgate.gates(b), f"{br.name} gates", timeout=40)
            becomes(lambda: reached(sender, GROUP, near, far), [member], "who is reached")
            stream.runs(member.tap, 100)
        watches_on(stream, begin, member)


def asked_in_the_vlan(br):
    """Give the bridge a device in VLAN 10 with an address, and wait until a host was asked
    from there; gives the host."""
    br.ns.bridge("vlan add dev br0 vid 10 self",
                 *(f"vlan add dev {host.port} vid 10" for host in br.hosts))
    br.ns.ip("link add link br0 name br0.10 type vlan id 10")
    br.ns.ipv6("br0.10")
    br.ns.up("br0.10")
    br.ns.address("br0.10", "fe80::10")
    fast(br, querier="on")
    host = br.hosts[0]
    host.report(GROUP, 2, vlan=10)
    eventually(lambda: [f for f in MLD.queries(host, "fe80::10") if (f.vlan or 0) & 4095 == 10],
               "a query in the VLAN")
    return host


@proves("INTERFACE querier of a VLAN", "issue 12 item 3: of the VLAN device on it")
def test_in_a_vlan():
    """In a VLAN the queries come from the link-local address of the VLAN device on the bridge."""
    with Bridge(2, family=6, address="fe80::fe", vlan_filtering=1) as br:
        host = asked_in_the_vlan(br)
        eventually(lambda: [f for f in MLD.queries(host, "fe80::fe") if not (f.vlan or 0) & 4095],
                   "a query in the untagged VLAN")
        equal([f.source for f in MLD.queries(host) if (f.vlan or 0) & 4095 == 10 and
               f.source != "fe80::10"], [], "queries in the VLAN from elsewhere")


@proves("issue 12 item 3: of the VLAN device on it", "TRAPS 10")
def test_in_a_vlan_alone():
    """The same where the bridge itself has no IPv6, and only the VLAN device on it has."""
    with Bridge(2, family=6, vlan_filtering=1) as br:
        host = asked_in_the_vlan(br)
        equal([f.source for f in MLD.queries(host) if not (f.vlan or 0) & 4095], [],
              "queries in the untagged VLAN")


@proves("issue 4 item 1: own queries given to the host too", "DECISIONS 10, 11", "issue 12 item 3")
def test_the_host_answers():
    """mgate queries from the bridge's own address: a socket on the bridge host answers in both
    versions, towards routers only, and gets its group; and nobody steps back for that."""
    with MLD.bridge(3, address="fe80::fe") as br:
        eventually(br.path("status").exists, "mgate has a folder")
        router, other, sender = br.hosts
        br.set("router", "always", router.port)
        tap = br.tap
        fast(br, querier="on")
        with br.ns.entered():
            sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        index = int(br.ns.device("br0", "ifindex").read_text())
        with sock:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                            struct.pack("=16sI", wire.packed(GROUP), index))

            def answers(host, record):
                return host.tap.count(lambda f: f.source == "fe80::fe" and
                                      f.icmp6(wire6.V2_REPORT) and record in f.body)
            record = wire.record(wire.IS_EX, GROUP)
            eventually(lambda: answers(router, record) >= 2, "the host answers twice")
            equal(answers(other, record), 0, "answers at a host")
            eventually(lambda: mgate.gates(br), "it gates")
            br.expect(sender, GROUP, [router])
            stream = sender.send(GROUP, 3)
            becomes(lambda: len(tap.numbers(stream)), 3, "frames at the host")
            equal(state(br), "self", "state")
            br.set("version", 2)
            eventually(lambda: router.tap.count(lambda f: f.icmp6(wire6.V1_REPORT) and
                                                f.group == GROUP) >= 3, "it answers in version 1",
                       timeout=40)
