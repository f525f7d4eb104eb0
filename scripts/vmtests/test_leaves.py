# SPDX-License-Identifier: GPL-2.0-only
"""Leaves that cut nobody, reports that routers need, and what `proxy` says for the hosts."""
import mgate
import wire
from lab import Bridge, gated
from words import becomes, equal, eventually, proves

GROUP, OTHER = "239.1.1.1", "239.2.2.2"
# Short intervals, but four of them make a membership: an emulator stands still at times.
QUERIER = {"querier": "on", "query_response_interval_ms": 200, "query_interval_ms": 1000,
           "startup_query_interval_ms": 1000, "last_member_interval_ms": 200,
           "last_member_count": 2, "robustness": 4}


def querying(br, **more):
    """Have mgate query on a bridge, fast."""
    eventually(br.path("status").exists, f"mgate has a folder for {br.name}")
    values = QUERIER | more
    # Last of all: the answer to the first query is to be here within these times.
    for file, value in (values | {"querier": values.pop("querier")}).items():
        br.set(file, value)
    becomes(lambda: mgate.querier(br).get("state"), "self", "state")
    eventually(lambda: mgate.gates(br), "it gates")


def group_queries(host, group=GROUP):
    """The group-specific queries that came in at a host."""
    return host.tap.frames(lambda f: f.igmp(0x11) and f.body[4:8] != bytes(4) and
                           f.group == group)


def leaves(host, group=GROUP):
    """The leaves of a group that came in at a host."""
    return host.tap.frames(lambda f: f.igmp(0x17) and
                           f.body[4:8] == wire.addresses([group]))


def watches_on(stream, begin, *hosts):
    """These hosts lost no frame of a stream that has ended."""
    for host in hosts:
        eventually(lambda h=host: h.tap.numbers(stream.id)[-1:] == [stream.sent - 1],
                   f"the last frame arrives at {host}")
        got = [number for number in host.tap.numbers(stream.id) if number >= begin[host]]
        equal(got, list(range(begin[host], stream.sent)), f"what {host} got")


def running(stream, *hosts):
    """The first frame that each of these hosts has got by now."""
    for host in hosts:
        stream.runs(host.tap, 5)
    return {host: host.tap.numbers(stream.id)[0] for host in hosts}


@proves("issue 4 item 2", "CONFORMANCE 71, 75, 95 to 98", "RELIABILITY S5")
def test_one_leaves_another_watches():
    """mgate queries. One viewer leaves by its kernel while another watches at another port:
    the port that left is asked, the others are not, and the other loses no frame."""
    with Bridge(4, address="10.0.0.254") as br:
        querying(br)
        sender, leaving, watching, _ = br.hosts
        for host in leaving, watching:
            host.igmp_version(2)
            br.join(host, GROUP)
        with sender.streaming(GROUP, 500) as stream:
            begin = running(stream, watching)
            leaving.leave(GROUP)
            br.wait_left(leaving, GROUP)
            stream.runs(watching.tap, 50)
        watches_on(stream, begin, watching)
        equal(len(group_queries(leaving)), 2, "questions at the port that left")
        equal(len(group_queries(watching)), 0, "questions at the port that watches")


@proves("issue 4 item 2: another on the same port", "CONFORMANCE 71", "RELIABILITY S3, S5")
def test_two_behind_one_port():
    """Two hosts behind one port, by a second bridge without snooping of its own: one
    leaves, the other answers the question and loses no frame."""
    with Bridge(2, address="10.0.0.254") as near, \
            Bridge(2, first=11, name="br1", ns=near.ns, mcast_snooping=0) as far:
        near.ns.ip("link add x0 type veth peer name x1", "link set x0 master br0 up",
                   "link set x1 master br1 up")
        for port in "x0", "x1":
            becomes(near.ns.device(port, "brport/state").read_text, "3\n", f"state of {port}")
        querying(near)
        sender, (leaving, watching) = near.hosts[0], far.hosts
        for host in leaving, watching:
            host.igmp_version(2)
            host.join(GROUP)
        eventually(lambda: mgate.members(near, "x0", GROUP), "the port is a member")
        with sender.streaming(GROUP, 500) as stream:
            begin = running(stream, watching)
            leaving.leave(GROUP)
            # Its kernel heard the other's report, and need not say goodbye.
            leaving.send_leave(GROUP)
            eventually(lambda: len(group_queries(watching)) >= 1, "the question")
            stream.runs(watching.tap, 300)
        watches_on(stream, begin, watching)
        equal(len(mgate.members(near, "x0", GROUP)), 1, "members at the port")


@proves("issue 4 item 2: behind a second bridge", "TRAPS 24", "CONFORMANCE 13, 78")
def test_leave_is_withheld():
    """Another device queries. A leave is kept from it while another port wants the group;
    mgate asks from no address at the port that left; the last leave goes on."""
    with gated(5, version=2) as br:
        br.set("last_member_interval_ms", 200)
        router, sender, leaving, watching, _ = br.hosts
        for host in leaving, watching:
            host.igmp_version(2)
            br.join(host, GROUP)
        with sender.streaming(GROUP, 500) as stream:
            begin = running(stream, watching)
            leaving.leave(GROUP)
            br.wait_left(leaving, GROUP)
            stream.runs(watching.tap, 50)
        watches_on(stream, begin, watching)
        asked = group_queries(leaving)
        equal([(f.source, len(f.body), f.group) for f in asked], [("0.0.0.0", 8, GROUP)] * 2,
              "questions at the port that left")
        equal((len(leaves(router)), len(group_queries(router)), len(group_queries(watching))),
              (0, 0, 0), "leaves and questions at the router, questions at the other member")
        watching.leave(GROUP)
        eventually(lambda: len(leaves(router)) == 1, "the last leave reaches the router")
        equal(len(mgate.members(br, watching.port, GROUP)), 1, "members until the router asks")
        router.query(2, GROUP, code=1)
        br.wait_left(watching, GROUP)


@proves("TRAPS 24", "CONFORMANCE 98")
def test_withheld_leave_with_somebody_left():
    """The same with somebody left behind the port: the answer keeps the membership."""
    with gated(4, version=2) as br:
        router, one, other, _ = br.hosts
        for host in one, other:
            host.igmp_version(2)
            br.join(host, GROUP)
        # The kernel of the host still wants it, and answers.
        one.send_leave(GROUP)
        eventually(lambda: len(group_queries(one)) >= 1, "the question")
        becomes(lambda: float(mgate.members(br, one.port, GROUP)[0]["left"]) > 200, True,
                "the membership is refreshed by the answer")
        equal(len(leaves(router)), 0, "leaves at the router")


@proves("INTERFACE proxy off", "CONFORMANCE 2")
def test_proxy_off():
    """Without proxy each leave goes to the router."""
    with gated(4, version=2) as br:
        br.set("proxy", "off")
        router, one, other, _ = br.hosts
        for host in one, other:
            host.report(GROUP)
            br.wait_joined(host, GROUP)
        one.send_leave(GROUP)
        eventually(lambda: len(leaves(router)) == 1, "the leave reaches the router")
        br.barrier(one)
        equal(len(group_queries(one)), 0, "questions by mgate, which is not the querier")


@proves("issue 4 item 3: leaves in version 3 reports")
def test_version_3_leaves():
    """A report of nothing but withheld leaves is kept back; with one join in it goes on."""
    with gated(4) as br:
        router, one, other, _ = br.hosts
        for host in one, other:
            for group in GROUP, OTHER:
                host.report(group, 3)
                br.wait_joined(host, group)
        leave = wire.record(wire.TO_IN, GROUP)
        join = wire.record(wire.TO_EX, "239.3.3.3")
        for records, goes_on in (((leave, wire.record(wire.TO_IN, OTHER)), False),
                                 ((leave, join), True)):
            frame = one.frame(wire.v3_report(*records), wire.ALL_REPORTS)
            br.expect_frames(one, [frame], [router] if goes_on else [],
                             lambda f, d=frame: f.data == d)


@proves("issue 4 item 3: proxy full", "INTERFACE proxy full")
def test_proxy_full():
    """The router hears one report a group and change, from the bridge, none of the hosts'."""
    for version, size in (2, 8), (3, 16):
        with gated(5, version=version, address="10.0.0.254") as br:
            br.set("proxy", "full")
            router, *members, _ = br.hosts
            router.tap.clear()

            def told(kinds, group=GROUP):
                return router.tap.frames(lambda f: f.igmp(*kinds) and
                                         wire.addresses([group]) in f.body)
            reports = (0x12, 0x16, 0x22)
            for host in members:
                host.igmp_version(version)
                br.join(host, GROUP)
            # Twice, by the robustness variable.
            eventually(lambda: len(told(reports)) >= 2, "the join is told")
            router.query(version, code=1)
            eventually(lambda: len(told(reports)) >= 3, "the query is answered")
            for host in members[1:]:
                host.leave(GROUP)
                router.query(version, GROUP, code=1)
                br.wait_left(host, GROUP)
            equal(len(told((0x17,))), 0, "leaves while there is a member")
            members[0].leave(GROUP)
            router.query(version, GROUP, code=1)
            br.wait_left(members[0], GROUP)
            last = (0x17,) if version == 2 else (0x22,)
            eventually(lambda: told(last) and (version == 2 or told(last)[-1].body[8] == 3),
                       "the end is told")
            for frame in told(reports + last):
                equal((frame.source, len(frame.body), frame.ttl), ("10.0.0.254", size, 1),
                      "source, length and TTL of what the router hears")
                equal((wire.checksum(frame.payload[:24]), wire.checksum(frame.body)), (0, 0),
                      "checksums")
