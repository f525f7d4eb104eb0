# SPDX-License-Identifier: GPL-2.0-only
"""Leaves that cut nobody, reports that routers need, and what `proxy` says for the hosts."""
import mgate
import wire
from families import IGMP
from words import becomes, check, equal, eventually, proves

# Short intervals, but four of them make a membership: an emulator stands still at times.
QUERIER = {"querier": "on", "query_response_interval_ms": 200, "query_interval_ms": 1000,
           "startup_query_interval_ms": 1000, "last_member_interval_ms": 200,
           "last_member_count": 2, "robustness": 4}
SOLICITED_NODES = bytes.fromhex("ff02" + 9 * "00" + "01ff")


def querying(br, **more):
    """Have mgate query on a bridge, fast."""
    eventually(br.path("status").exists, f"mgate has a folder for {br.name}")
    values = QUERIER | more
    # Last of all: the answer to the first query is to be here within these times.
    for file, value in (values | {"querier": values.pop("querier")}).items():
        br.set(file, value)
    becomes(lambda: mgate.querier(br).get("state"), "self", "state")
    eventually(lambda: mgate.gates(br), "it gates")


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


def one_leaves_another_watches(ip):
    """mgate queries. One viewer leaves by its kernel while another watches at another port:
    the port that left is asked, the others are not, and the other loses no frame."""
    with ip.bridge(4, address=ip.address) as br:
        querying(br)
        sender, leaving, watching, _ = br.hosts
        for host in leaving, watching:
            ip.force(host, ip.older)
            br.join(host, ip.group)
        with sender.streaming(ip.group, 500) as stream:
            begin = running(stream, watching)
            leaving.leave(ip.group)
            br.wait_left(leaving, ip.group)
            stream.runs(watching.tap, 50)
        watches_on(stream, begin, watching)
        equal(len(ip.group_queries(leaving)), 2, "questions at the port that left")
        equal(len(ip.group_queries(watching)), 0, "questions at the port that watches")


@proves("issue 4 item 2", "CONFORMANCE 71, 75, 95 to 98", "RELIABILITY S5")
def test_one_leaves_another_watches():
    """mgate queries. One viewer leaves by its kernel while another watches at another port:
    the port that left is asked, the others are not, and the other loses no frame."""
    one_leaves_another_watches(IGMP)


def routers_hear_the_question(ip):
    """mgate queries, and a router at another port does not. About the last member all ports are
    asked, so that the router gives the group up too; while another port wants it, it is not."""
    with ip.bridge(4, address=ip.address) as br:
        router, leaving, staying, _ = br.hosts
        br.set("router", "always", router.port)
        querying(br)
        br.join(leaving, ip.group)
        leaving.leave(ip.group)
        br.wait_left(leaving, ip.group)
        for host in router, leaving:
            eventually(lambda h=host: len(ip.group_queries(h)) == 2, f"questions at {host}")
        for host in leaving, staying:
            br.join(host, ip.group)
        leaving.leave(ip.group)
        br.wait_left(leaving, ip.group)
        eventually(lambda: len(ip.group_queries(leaving)) == 4, f"questions at {leaving}")
        br.barrier(leaving)
        equal(len(ip.group_queries(router)), 2, "questions at the router")


@proves("CONFORMANCE 73, 95: a router that does not query hears the querier ask")
def test_routers_hear_the_question():
    """Routers hear what is asked about the last member, and nothing while another is there."""
    routers_hear_the_question(IGMP)


def two_behind_one_port(ip):
    """Two hosts behind one port, by a second bridge without snooping of its own: one
    leaves, the other answers the question and loses no frame."""
    with ip.bridge(2, address=ip.address) as near, \
            ip.bridge(2, first=11, name="br1", ns=near.ns, mcast_snooping=0) as far:
        near.ns.ip("link add x0 type veth peer name x1", "link set x0 master br0 up",
                   "link set x1 master br1 up")
        for port in "x0", "x1":
            becomes(near.ns.device(port, "brport/state").read_text, "3\n", f"state of {port}")
        querying(near)
        sender, (leaving, watching) = near.hosts[0], far.hosts
        for host in leaving, watching:
            ip.force(host, ip.older)
            host.join(ip.group)
        eventually(lambda: mgate.members(near, "x0", ip.group), "the port is a member")
        with sender.streaming(ip.group, 500) as stream:
            begin = running(stream, watching)
            leaving.leave(ip.group)
            # Its kernel heard the other's report, and need not say goodbye.
            leaving.send_leave(ip.group)
            eventually(lambda: len(ip.group_queries(watching)) >= 1, "the question")
            stream.runs(watching.tap, 300)
        watches_on(stream, begin, watching)
        equal(len(mgate.members(near, "x0", ip.group)), 1, "members at the port")


@proves("issue 4 item 2: another on the same port", "CONFORMANCE 71", "RELIABILITY S3, S5")
def test_two_behind_one_port():
    """Two hosts behind one port, by a second bridge without snooping of its own: one
    leaves, the other answers the question and loses no frame."""
    two_behind_one_port(IGMP)


def leave_is_withheld(ip):
    """Another device queries. A leave is kept from it while another port wants the group;
    mgate asks from no address at the port that left; the last leave goes on."""
    with ip.gated(5, version=ip.older) as br:
        br.set("last_member_interval_ms", 200)
        router, sender, leaving, watching, _ = br.hosts
        for host in leaving, watching:
            ip.force(host, ip.older)
            br.join(host, ip.group)
        with sender.streaming(ip.group, 500) as stream:
            begin = running(stream, watching)
            leaving.leave(ip.group)
            br.wait_left(leaving, ip.group)
            stream.runs(watching.tap, 50)
        watches_on(stream, begin, watching)
        asked = ip.group_queries(leaving)
        equal([(f.source, len(f.body), f.group) for f in asked],
              [(ip.nobody, ip.lengths[ip.older], ip.group)] * 2,
              "questions at the port that left")
        equal((len(ip.leaves(router)), len(ip.group_queries(router)),
               len(ip.group_queries(watching))), (0, 0, 0),
              "leaves and questions at the router, questions at the other member")
        watching.leave(ip.group)
        eventually(lambda: len(ip.leaves(router)) == 1, "the last leave reaches the router")
        equal(len(mgate.members(br, watching.port, ip.group)), 1, "members until the router asks")
        router.query(ip.older, ip.group, code=ip.tenth)
        br.wait_left(watching, ip.group)


@proves("issue 4 item 2: behind a second bridge", "TRAPS 24", "CONFORMANCE 13, 78")
def test_leave_is_withheld():
    """Another device queries. A leave is kept from it while another port wants the group;
    mgate asks from no address at the port that left; the last leave goes on."""
    leave_is_withheld(IGMP)


def withheld_leave_with_somebody_left(ip):
    """The same with somebody left behind the port: the answer keeps the membership."""
    with ip.gated(4, version=ip.older) as br:
        router, one, other, _ = br.hosts
        for host in one, other:
            ip.force(host, ip.older)
            br.join(host, ip.group)
        # The kernel of the host still wants it, and answers.
        one.send_leave(ip.group)
        eventually(lambda: len(ip.group_queries(one)) >= 1, "the question")
        becomes(lambda: float(mgate.members(br, one.port, ip.group)[0]["left"]) > 200, True,
                "the membership is refreshed by the answer")
        equal(len(ip.leaves(router)), 0, "leaves at the router")


@proves("TRAPS 24", "CONFORMANCE 98")
def test_withheld_leave_with_somebody_left():
    """The same with somebody left behind the port: the answer keeps the membership."""
    withheld_leave_with_somebody_left(IGMP)


def proxy_off(ip):
    """Without proxy each leave goes to the router."""
    with ip.gated(4, version=ip.older) as br:
        br.set("proxy", "off")
        router, one, other, _ = br.hosts
        for host in one, other:
            host.report(ip.group)
            br.wait_joined(host, ip.group)
        one.send_leave(ip.group)
        eventually(lambda: len(ip.leaves(router)) == 1, "the leave reaches the router")
        br.barrier(one)
        equal(len(ip.group_queries(one)), 0, "questions by mgate, which is not the querier")


@proves("INTERFACE proxy off", "CONFORMANCE 2")
def test_proxy_off():
    """Without proxy each leave goes to the router."""
    proxy_off(IGMP)


def newest_leaves(ip):
    """A report of nothing but withheld leaves is kept back; with one join in it goes on."""
    with ip.gated(4) as br:
        router, one, other, _ = br.hosts
        for host in one, other:
            for group in ip.group, ip.other:
                host.report(group, ip.newest)
                br.wait_joined(host, group)
        leave = wire.TO_IN, ip.group
        for records, goes_on in (((leave, (wire.TO_IN, ip.other)), False),
                                 ((leave, (wire.TO_EX, ip.third)), True)):
            frame = one.frame(*ip.report_of(*records))
            br.expect_frames(one, [frame], [router] if goes_on else [],
                             lambda f, d=frame: f.data == d)


@proves("issue 4 item 3: leaves in version 3 reports")
def test_version_3_leaves():
    """A report of nothing but withheld leaves is kept back; with one join in it goes on."""
    newest_leaves(IGMP)


def proxy_full(ip):
    """The router hears one report a group and change, from the bridge, none of the hosts' but
    those that name a solicited-node group too, for which the bridge has no word."""
    for version, size in ip.sizes.items():
        with ip.gated(5, version=version, address=ip.address) as br:
            br.set("proxy", "full")
            router, *members, _ = br.hosts
            router.tap.clear()

            def told(kinds, router=router):
                return [frame for frame in ip.told(router, kinds)
                        if SOLICITED_NODES not in frame.body]
            for host in members:
                ip.force(host, version)
                br.join(host, ip.group)
            # Twice, by the robustness variable.
            eventually(lambda: len(told(ip.reports)) >= 2, "the join is told")
            router.query(version, ip.unspecified, code=ip.tenth)
            eventually(lambda: len(told(ip.reports)) >= 3, "the query is answered")
            for host in members[1:]:
                host.leave(ip.group)
                router.query(version, ip.group, code=ip.tenth)
                br.wait_left(host, ip.group)
            equal(len(ip.leaves(router)), 0, "leaves while there is a member")
            members[0].leave(ip.group)
            router.query(version, ip.group, code=ip.tenth)
            br.wait_left(members[0], ip.group)
            last = ip.leave if version == ip.older else ip.reports[-1]

            def ends():
                said = told([last])
                return said and (last == ip.leave or said[-1].body[8] == wire.TO_IN)
            eventually(ends, "the end is told")
            for frame in told([*ip.reports, last]):
                equal((frame.source, len(frame.body), frame.ttl), (ip.address, size, 1),
                      "source, length and TTL of what the router hears")
                check(ip.sums_are_right(frame), "a checksum is wrong")


@proves("issue 4 item 3: proxy full", "INTERFACE proxy full")
def test_proxy_full():
    """The router hears one report a group and change, from the bridge, none of the hosts'."""
    proxy_full(IGMP)
