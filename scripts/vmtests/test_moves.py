# SPDX-License-Identifier: GPL-2.0-only
"""Bridges, ports, namespaces and the module come and go, with and without traffic."""
import contextlib
import os
import select
import time

import mgate
import netns
from host import other_processor
from lab import Bridge, gated
from words import becomes, check, equal, eventually, proves

GROUP, OTHER = "239.1.1.1", "239.2.2.2"


@contextlib.contextmanager
def running(br, sender, member, *, joined=True, least=400):
    """In the block a thousand frames a second run to the member, who may lose none; where
    the machine is slow, `least` as many."""
    if joined:
        br.join(member, GROUP)
    br.set("convergence_ms", "auto")
    with sender.streaming(GROUP, 1000) as stream:
        stream.runs(member.tap)
        yield stream
        stream.runs(member.tap)
    eventually(lambda: member.tap.numbers(stream.id)[-1:] == [stream.sent - 1],
               "the last frame arrives")
    got = member.tap.numbers(stream.id)
    lost = sorted(set(range(stream.sent)) - set(got))
    check(not lost, f"the member lost {len(lost)} of {stream.sent} frames: {lost[:20]}")
    check(got == sorted(set(got)), "frames came twice or out of order")
    rate = stream.sent / stream.seconds
    print(f"# {stream.sent} frames, {rate:.0f} a second")
    check(rate > least, f"only {rate:.0f} frames a second")


@contextlib.contextmanager
def reading():
    """In the block a child reads all of debugfs and sysfs again and again."""
    reader, end = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.close(end)
            other_processor()
            while not select.select([reader], [], [], 0)[0]:
                for path in [*mgate.DEBUGFS.glob("*"),
                             *netns.SYSFS.glob("*/class/net/*/mgate/*")]:
                    with contextlib.suppress(OSError):
                        path.read_bytes()
        finally:
            os._exit(0)
    try:
        yield
    finally:
        os.close(end)
        os.close(reader)
        os.waitpid(child, 0)


@proves("issue 2: module removed and loaded again while 1,000 frames a second run",
        "TRAPS 4, 28a, 33", "RELIABILITY K6, R8")
def test_reload_under_traffic():
    """rmmod and insmod three times: the member loses no frame."""
    with gated(hooks=True) as br:
        router, sender, member, _ = br.hosts
        with running(br, sender, member) as stream:
            for _ in range(3):
                mgate.unload()
                stream.runs(member.tap)
                mgate.load()
                router.query(code=10)
                eventually(lambda: mgate.gates(br), "it gates")
                stream.runs(member.tap)


@proves("issue 2: port removed while 1,000 frames a second run", "RELIABILITY K3, R1",
        "CONFORMANCE 114")
def test_port_leaves_under_traffic():
    """Another member's port leaves the bridge and comes back: the member loses none."""
    with gated(5, hooks=True) as br:
        _, sender, member, moving, _ = br.hosts
        with running(br, sender, member):
            for number in range(4):
                for group in range(20):
                    moving.report(f"239.4.{number}.{group}")
                moving.report(GROUP)
                br.ns.ip(f"link set {moving.port} nomaster")
                equal(mgate.groups(br, moving.port), set(), "groups of a port that left")
                br.ns.ip(f"link set {moving.port} master br0")


@proves("issue 2: port removed while 1,000 frames a second run", "RELIABILITY K4, O4")
def test_port_is_deleted_under_traffic():
    """A member's device is deleted, another made: the first member loses none."""
    with gated(3, hooks=True) as br:
        _, sender, member = br.hosts
        with running(br, sender, member):
            for _ in range(3):
                new = br.add_host()
                new.report(GROUP)
                br.wait_joined(new, GROUP)
                br.ns.ip(f"link del {new.port}")
                equal(mgate.groups(br, new.port), set(), "groups of a deleted port")
                br.hosts.remove(new)


@proves("issue 2: bridge removed while 1,000 frames a second run", "RELIABILITY K4")
def test_bridge_is_deleted_under_traffic():
    """A bridge is deleted under its own traffic, another beside it loses nothing."""
    with gated(hooks=True) as br:
        _, sender, member, _ = br.hosts
        with running(br, sender, member):
            for number in range(2):
                with Bridge(3, first=11, name=f"doomed{number}", ns=br.ns) as doomed:
                    doomed.gate(doomed.hosts[0])
                    doomed.join(doomed.hosts[2], GROUP)
                    with doomed.hosts[1].streaming(GROUP) as stream:
                        stream.runs(doomed.hosts[2].tap)
                        br.ns.ip(f"link del {doomed.name}",
                                 *(f"link del {host.port}" for host in doomed.hosts))
                    equal(mgate.lines("groups", doomed), [], "lines of a deleted bridge")


@proves("issue 2: namespace removed while 1,000 frames a second run", "RELIABILITY K5")
def test_namespace_goes_under_traffic():
    """Namespaces with a bridge under traffic are deleted, another loses nothing."""
    with gated(hooks=True) as br:
        _, sender, member, _ = br.hosts
        with running(br, sender, member):
            for _ in range(2):
                with gated(3, hooks=True) as doomed:
                    doomed.join(doomed.hosts[2], GROUP)
                    with doomed.hosts[1].streaming(GROUP) as stream:
                        stream.runs(doomed.hosts[2].tap)
                        inode = doomed.ns.inode
                        doomed.close()
                        eventually(lambda i=inode: not any(
                            f"netns={i} " in line for line in mgate.lines("groups")),
                            "the namespace is gone from debugfs")


@proves("DECISIONS 3, 4", "RELIABILITY K13, R6")
def test_mode_toggles_under_traffic():
    """off and on, the built-in on and taken again: the member loses none."""
    with gated(hooks=True) as br:
        router, sender, member, _ = br.hosts
        with running(br, sender, member):
            for mode in ("off", "on", "audit", "on") * 2:
                br.set("mode", mode)
                if mode == "on":
                    router.query(code=10)
                    eventually(lambda: mgate.gates(br), "it gates")
            br.ns.device("br0", "bridge/multicast_snooping").write_text("1")
            becomes(lambda: br.get("status"), "aside", "status")
            br.set("mode", "on")


@proves("INTERFACE flush", "DECISIONS 4")
def test_flush_under_traffic():
    """flush ten times: the member loses none."""
    with gated(hooks=True) as br:
        router, sender, member, _ = br.hosts
        with running(br, sender, member) as stream:
            for _ in range(10):
                br.set("flush", 1)
                stream.runs(member.tap, 5)
                member.report(GROUP, 3)
                router.query(code=1)
                stream.runs(member.tap, 5)


@proves("RELIABILITY K12, V3", "DECISIONS 4")
def test_vlan_filtering_toggles_under_traffic():
    """vlan_filtering on and off: keys change, the member still loses none."""
    with gated(hooks=True) as br:
        router, sender, member, _ = br.hosts
        with running(br, sender, member) as stream:
            for value in 1, 0:
                br.ns.ip(f"link set br0 type bridge vlan_filtering {value}")
                stream.runs(member.tap, 50)
                router.query(code=10)
                eventually(lambda v=value: mgate.gates(br, v), "it gates")
                stream.runs(member.tap, 50)


@proves("RELIABILITY K15, D3", "TRAPS 1")
def test_reading_while_all_moves():
    """Ports and bridges come and go, the module too, while all files are read."""
    with gated(4) as br, reading():
        mover = br.hosts[3]
        for number in range(6):
            for group in range(100):
                mover.report(f"239.4.{number}.{group}")
            br.ns.ip(f"link set {mover.port} nomaster", f"link set {mover.port} master br0",
                     "link add br7 type bridge", "link set br7 up", "link del br7")
            if number % 3 == 2:
                mgate.unload()
                mgate.load()
        br.gate(br.hosts[0])
        br.expect(br.hosts[1], OTHER, [br.hosts[0]])


@proves("RELIABILITY K6: rmmod with an open file", "TRAPS 1")
def test_rmmod_with_open_files():
    """rmmod with debugfs and sysfs files held open: it ends, reads fail, nothing breaks."""
    with gated() as br:
        br.join(br.hosts[2], GROUP)
        held = [os.open(mgate.DEBUGFS / "groups", os.O_RDONLY),
                os.open(br.path("unknown"), os.O_RDWR)]
        try:
            os.read(held[0], 10)
            mgate.try_unload()
            for descriptor in held:
                with contextlib.suppress(OSError):
                    os.read(descriptor, 10)
        finally:
            for descriptor in held:
                os.close(descriptor)
        mgate.ensure(False)
        check(not br.path("status").exists(), "the folder is still there")
        check(not mgate.DEBUGFS.exists(), "debugfs is still there")


@proves("issue 2 item 2")
def test_port_added_later():
    """A port that joins the bridge later is asked and learned from at once, gets
    everything until it had time to answer, and is gated then like others."""
    with gated(3) as br:
        router, sender, _ = br.hosts
        br.set("convergence_ms", 2000)
        new = br.add_host()
        br.expect(sender, OTHER, [router, new])
        eventually(lambda: new.tap.count(lambda f: f.igmp(0x11) and f.source == "0.0.0.0"),
                   "it is asked, from no address")
        br.join(new, GROUP)
        becomes(lambda: br.get("status", new.port), "gated", "status of the new port")
        br.expect(sender, OTHER, [router])
        br.expect(sender, GROUP, [router, new])


@proves("DECISIONS 4: a port that starts forwarding gets everything for as long", "TRAPS 12")
def test_new_port_converges():
    """A new port gets everything for convergence_ms after a query, then what it asked for."""
    with gated(3) as br:
        router, sender, old = br.hosts
        br.set("convergence_ms", 3000)
        new = br.add_host()
        equal(br.get("status", new.port), "flood", "status of the new port")
        br.expect(sender, OTHER, [router, new])
        equal(br.get("status", old.port), "gated", "status of an old port")
        becomes(lambda: br.get("status", new.port), "gated", "status of the new port later")
        br.expect(sender, OTHER, [router])


@proves("issue 2 item 2: renamed")
def test_port_and_bridge_are_renamed():
    """New names show in debugfs and sysfs; members stay members."""
    with gated() as br:
        router, sender, member, _ = br.hosts
        br.join(member, GROUP)
        br.ns.ip("link set p3 down", "link set p3 name renamed", "link set renamed up")
        member.port = "renamed"
        member.report(GROUP)
        br.wait_joined(member, GROUP)
        br.set("router", "auto", "renamed")
        br.ns.ip("link set br0 down", "link set br0 name br9", "link set br9 up")
        br.name = "br9"
        member.report(GROUP)
        br.gate(router)
        br.wait_joined(member, GROUP)
        becomes(lambda: br.receivers(sender, GROUP, 2), {router: 2, member: 2, br.hosts[3]: 0},
                "who gets the data after the renaming")


@proves("issue 2 item 2", "RELIABILITY K3")
def test_port_moves_to_another_bridge():
    """A port in another bridge leaves nothing behind and is learned from there."""
    with gated() as one, Bridge(3, first=11, name="br1", ns=one.ns) as two:
        two.gate(two.hosts[0])
        router, sender, mover, _ = one.hosts
        one.join(mover, GROUP)
        one.ns.ip(f"link set {mover.port} nomaster", f"link set {mover.port} master br1")
        equal(mgate.groups(one), set(), "groups of the old bridge")
        one.hosts.remove(mover)
        one.expect(sender, GROUP, [router])
        mover.report(GROUP)
        eventually(lambda: mgate.members(two, mover.port, GROUP), "it is a member there")
        stream = two.hosts[1].send(GROUP, 5)
        two.barrier(two.hosts[1])
        eventually(lambda: len(mover.tap.numbers(stream)) == 5, "it gets the other bridge's data")


@proves("issue 2 item 2", "DECISIONS 4")
def test_bridge_down_and_up():
    """A bridge that was down serves its member again, at once."""
    with gated() as br:
        router, sender, member, _ = br.hosts
        br.join(member, GROUP)
        for _ in range(3):
            br.ns.up("br0", False)
            br.ns.up("br0")
            eventually(lambda: br.ns.device("p3", "brport/state").read_text() == "3\n", "forwards")
            got = br.receivers(sender, GROUP)
            equal((got[router], got[member]), (10, 10), "frames at router and member")
        br.gate(router, code=1)
        br.wait_joined(member, GROUP)
        br.expect(sender, GROUP, [router, member])


@proves("RELIABILITY K10", "DECISIONS 4")
def test_link_flap():
    """The member's link goes down and up: when it is back it is served."""
    with gated() as br:
        router, sender, member, _ = br.hosts
        br.join(member, GROUP)
        for _ in range(5):
            member.ns.up("eth0", False)
            member.ns.up("eth0")
            eventually(lambda: br.ns.device("p3", "brport/state").read_text() == "3\n", "forwards")
            member.report(GROUP)
            br.wait_joined(member, GROUP)
            br.expect(sender, GROUP, [router, member])


@proves("RELIABILITY M7, K6")
def test_reload_leaves_no_memory():
    """Loading, filling and unloading four times leaves no slab of ours behind."""
    def caches():
        with open("/proc/slabinfo", encoding="ascii") as file:
            return [line.split()[0] for line in file if line.startswith("mgate")]
    for _ in range(4):
        mgate.ensure()
        with gated(2) as br:
            for group in range(50):
                br.hosts[1].report(f"239.4.4.{group}")
        mgate.unload()
    equal(caches(), [], "slab caches after rmmod")


@proves("issue 2 item 2: hooks cost nothing before the first bridge", "RELIABILITY S9")
def test_bridge_made_and_deleted_many_times():
    """Fifteen bridges made, filled and deleted in one namespace."""
    with Bridge(1) as br:
        for number in range(15):
            br.ns.ip("link set p1 nomaster", "link del br0", "link add br0 type bridge",
                     "link set p1 master br0", "link set br0 up")
            eventually(br.path("status").exists, "mgate has a folder")
            br.hosts[0].report(f"239.4.4.{number}")
            eventually(lambda n=number: mgate.groups(br) == {f"239.4.4.{n}"}, "the group")


@proves("RELIABILITY R1, R2, K9", "TRAPS 30")
def test_joins_and_leaves_at_expiry():
    """Joins, leaves and questions at the smallest intervals from two ports, while the
    member under traffic loses nothing."""
    with gated(5, hooks=True) as br:
        router, sender, member, one, two = br.hosts
        br.set("query_response_interval_ms", 100)
        br.set("query_interval_ms", 1000)
        br.set("groups_static", f"+ {member.port} {GROUP}")
        with running(br, sender, member, joined=False):
            end = time.monotonic() + 3
            while time.monotonic() < end:
                for host in one, two:
                    host.report(GROUP)
                    host.send_leave(GROUP)
                    host.report(OTHER, 3)
                router.query(2, GROUP, code=1)
                router.query(3, OTHER, code=1)
                router.query(3, code=1)
