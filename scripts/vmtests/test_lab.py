# SPDX-License-Identifier: GPL-2.0-only
"""The laboratory itself, without mgate: a test must be able to fail."""
import wire
from lab import Bridge
from words import Failure, check, equal, eventually, proves, without_module

GROUP = "239.1.1.1"


@without_module
@proves("LAB")
def test_flood_reaches_all():
    """Without snooping every host gets every frame; the sender never its own."""
    with Bridge(3, mcast_snooping=0) as br:
        br.expect(br.hosts[0], GROUP, br.hosts[1:])


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
    with Bridge(4, mcast_query_response_interval=1) as br:
        router, sender, member, _ = br.hosts
        router.query()
        member.join(GROUP)
        eventually(lambda: br.receivers(sender, GROUP, 3) == {router: 3, member: 3, br.hosts[3]: 0},
                   "the built-in snooping gates")
        member.leave(GROUP)


@without_module
@proves("LAB")
def test_versions_of_hosts():
    """force_igmp_version makes the kernel send the reports of that version."""
    with Bridge(2, mcast_snooping=0) as br:
        listener, member = br.hosts
        for version, kind in (1, 0x12), (2, 0x16), (3, 0x22):
            group = f"239.1.1.{version}"
            member.igmp_version(version)
            member.join(group)
            eventually(lambda k=kind: listener.tap.count(lambda f: f.igmp(k)),
                       f"a report of version {version} is seen")


@without_module
@proves("LAB")
def test_wire_is_valid():
    """Hand-made reports are the same as the kernel's, byte for byte."""
    with Bridge(2, mcast_snooping=0) as br:
        listener, member = br.hosts
        member.igmp_version(2)
        member.join(GROUP)
        real = eventually(lambda: listener.tap.frames(lambda f: f.igmp(0x16)),
                          "the kernel's report is seen")[0].data
        made = member.frame(wire.v2_report(GROUP), GROUP, ident=int.from_bytes(real[18:20]),
                            fragment=int.from_bytes(real[20:22]))
        equal(made.hex(), real.hex(), "a hand-made report")


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
