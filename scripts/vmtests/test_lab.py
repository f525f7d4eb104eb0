# SPDX-License-Identifier: GPL-2.0-only
"""The laboratory itself, without mgate: a test must be able to fail."""
import wire
import wire6
from lab import Bridge
from words import Failure, check, equal, eventually, proves, without_module

GROUP, GROUP6 = "239.1.1.1", "ff05::1:3"


@without_module
@proves("LAB")
def test_flood_reaches_all():
    """Without snooping every host gets every frame; the sender never its own."""
    with Bridge(3, family=6, mcast_snooping=0) as br:
        for group in GROUP, GROUP6:
            br.expect(br.hosts[0], group, br.hosts[1:])


@without_module
@proves("LAB")
def test_expect_can_fail():
    """A wrong expectation is a failure that names the ports."""
    with Bridge(3, mcast_snooping=0) as br:
        try:
            br.expect(br.hosts[0], GROUP, br.hosts[1:2])
        except Failure as failure:
            check("p3=10" in str(failure), f"an unclear text: {failure}")
        else:
            raise Failure("a frame to a non-member went unnoticed")


@without_module
@proves("LAB")
def test_builtin_snooping():
    """The built-in gates: joins by sockets, injected queries and taps are real."""
    with Bridge(4, family=6, mcast_query_response_interval=1) as br:
        router, sender, member, _ = br.hosts
        for group, everything in (GROUP, "0.0.0.0"), (GROUP6, "::"):
            router.query(group=everything)
            member.join(group)
            eventually(lambda g=group: br.receivers(sender, g, 3) ==
                       {router: 3, member: 3, br.hosts[3]: 0}, f"the built-in gates {group}")
        member.leave(GROUP)


@without_module
@proves("LAB")
def test_versions_of_hosts():
    """force_igmp_version and force_mld_version make the kernel send the reports of that
    version."""
    with Bridge(2, family=6, mcast_snooping=0) as br:
        listener, member = br.hosts
        for version, kind in (1, 0x12), (2, 0x16), (3, 0x22):
            group = f"239.1.1.{version}"
            member.igmp_version(version)
            member.join(group)
            eventually(lambda k=kind: listener.tap.count(lambda f: f.igmp(k)),
                       f"a report of version {version} is seen")
        for version, kind in (1, wire6.V1_REPORT), (2, wire6.V2_REPORT):
            member.mld_version(version)
            member.join(f"ff05::{version}")
            eventually(lambda k=kind, g=wire.packed(f"ff05::{version}"): listener.tap.count(
                lambda f: f.icmp6(k) and g in f.body), f"a report of version {version} of MLD")


@without_module
@proves("LAB")
def test_wire_is_valid():
    """Hand-made reports are the same as the kernel's, byte for byte."""
    with Bridge(2, family=6, mcast_snooping=0) as br:
        listener, member = br.hosts
        member.igmp_version(2)
        member.join(GROUP)
        real = eventually(lambda: listener.tap.frames(lambda f: f.igmp(0x16)),
                          "the kernel's report is seen")[0].data
        made = member.frame(wire.v2_report(GROUP), GROUP, ident=int.from_bytes(real[18:20]),
                            fragment=int.from_bytes(real[20:22]))
        equal(made.hex(), real.hex(), "a hand-made report")
        for version, made in (
                (2, member.frame(wire6.v2_report(wire.record(wire.TO_EX, GROUP6)),
                                 wire6.ALL_REPORTS)),
                (1, member.frame(wire6.v1_report(GROUP6), GROUP6))):
            member.mld_version(version)
            member.join(GROUP6)
            eventually(lambda m=made: listener.tap.count(lambda f: f.data == m),
                       f"the kernel's report of version {version} of MLD is as made by hand: "
                       f"{made.hex()}")
            member.leave(GROUP6)


@without_module
@proves("LAB")
def test_wire_of_queries():
    """The kernel of a host answers hand-made MLD queries, but not one whose checksum is wrong."""
    with Bridge(2, family=6, mcast_snooping=0) as br:
        router, member = br.hosts
        member.join(GROUP6)

        def answers():
            # Not just any report of the group: the host says its join again by itself, and a
            # test which took that for the answer would meet the answer in the next round.
            return router.tap.count(lambda f: f.icmp6(wire6.V2_REPORT) and any(
                kind in (wire.IS_IN, wire.IS_EX) and group == GROUP6
                for kind, group, *_ in wire6.records(f.body)))
        bad = router.frame(wire6.query(2, GROUP6, code=1), GROUP6, bad=True)
        for group, more in ("::", {}), (GROUP6, {}), (GROUP6, {"sources": ["fd00::1"]}):
            router.tap.clear()
            router.inject(bad)
            br.barrier(router)
            equal(answers(), 0, "answers to a query whose checksum is wrong")
            router.query(2, group, code=1, **more)
            eventually(answers, f"an answer: {group} {more}")


@without_module
@proves("LAB")
def test_vlan_tags_are_seen():
    """A tap tells the tag of a frame."""
    with Bridge(2, mcast_snooping=0) as br:
        sender, receiver = br.hosts
        sender.query(vlan=0x2007)
        frame = eventually(lambda: receiver.tap.frames(lambda f: f.igmp(0x11)), "it is seen")[0]
        equal(frame.vlan, 0x2007, "the tag")


@without_module
@proves("LAB", "TRAPS 28a")
def test_stream_in_background():
    """The background sender sends about a thousand frames a second, none is lost."""
    with Bridge(2, mcast_snooping=0, hooks=True) as br:
        sender, receiver = br.hosts
        with sender.streaming(GROUP, 1000) as stream:
            stream.runs(receiver.tap, 500)
        equal(receiver.tap.numbers(stream.id), list(range(stream.sent)), "the numbers received")
        check(stream.sent / stream.seconds > 200,
              f"only {stream.sent / stream.seconds:.0f} frames a second")
