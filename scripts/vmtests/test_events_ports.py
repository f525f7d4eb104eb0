# SPDX-License-Identifier: GPL-2.0-only
"""States, flags and addresses that change while frames run; see test_events for VLANs, and
test_moves and test_ports for ports that come, go and begin to forward."""
import mgate
import wire
from lab import gated
from test_election import queries
from test_leaves import running, watches_on
from test_traps import is_redirected
from words import REALTIME, becomes, check, equal, eventually, proves, redirects

GROUP, OTHER = "239.1.1.1", "239.2.2.2"
STP = "01:80:c2:00:00:00"
TCN = b"\x42\x42\x03\x00\x00\x00\x80"    # LLC, and a topology change notification


def flag(br, host, text):
    """`bridge link set` for the port of a host."""
    br.ns.bridge(f"link set dev {host.port} {text}")


def is_forgotten(br, host):
    """Is what a host had joined forgotten when his port is blocked (and let go at once)?"""
    flag(br, host, "state 4")
    flag(br, host, "state 3")
    return not mgate.members(br, host.port, GROUP)


@proves("issue 6 item 3: STP state", "DECISIONS 4, 7", "TRAPS 12")
def test_state_of_a_port():
    """A member's port listens, or learns, only: not one frame more from that moment on. When
    it forwards again it gets everything, and is asked. (A blocked port without STP the
    kernel lets go at once; mgate forgets it.)"""
    with gated(forward_delay=0) as br:
        router, sender, member, _ = br.hosts
        for state in 1, 2:
            br.set("convergence_ms", 0)
            br.join(member, GROUP)
            router.query()
            becomes(lambda: br.get("status", member.port), "gated", "status of the port")
            br.expect(sender, GROUP, [router, member])
            br.set("convergence_ms", 60000)
            member.tap.clear()
            flag(br, member, f"state {state}")
            stream = sender.send(GROUP)
            flag(br, member, "state 3")
            equal(br.arrived(sender, stream), {router: 10, member: 0, br.hosts[3]: 0},
                  f"frames while it was in state {state}")
            eventually(lambda: br.get("status", member.port) == "flood", "it is told")
            br.expect(sender, OTHER, [router, member])
            eventually(lambda: queries(member, "0.0.0.0"), "it is asked")
            member.leave(GROUP)
            # What is told in a port's first second may be of the time before.
            eventually(lambda: is_forgotten(br, member), "it is forgotten")


@proves("issue 6 item 3: topology change", "KERNEL 4.6", "DECISIONS 4")
def test_topology_change():
    """A bridge behind a port tells of a topology change: any host may be elsewhere now. All
    ports get everything and are asked; when the change is over, once more."""
    with gated(max_age=600, forward_delay=200) as br:
        router, sender, member, other = br.hosts
        br.ns.ip("link set br0 type bridge stp_state 1")
        br.join(member, GROUP)
        router.query()
        becomes(lambda: br.get("status", other.port), "gated", "status before")
        br.set("convergence_ms", 2000)
        changing = br.ns.device("br0", "bridge/topology_change")
        equal(changing.read_text(), "0\n", "topology change before")
        other.inject(wire.eth(STP, other.mac, len(TCN), TCN.ljust(46, b"\0")))
        for value in "1\n", "0\n":
            becomes(changing.read_text, value, "topology change", timeout=40)
            eventually(lambda: br.get("status", other.port) == "flood", "it gets everything")
            br.expect(sender, OTHER, br.others(sender))
            for host in br.others(router):
                eventually(lambda h=host: queries(h, "0.0.0.0"), f"{host} is asked")
            becomes(lambda: br.get("status", other.port), "gated", "status later")
            br.expect(sender, OTHER, [router])
            br.expect(sender, GROUP, [router, member])
            for host in br.hosts:
                host.tap.clear()


@proves("issue 6 item 3: isolated", "DECISIONS 7", "REDIRECT 5")
def test_isolated_while_frames_run():
    """Between two ports that become isolated nothing passes from that moment on; when one
    of them is not any more, all does."""
    with gated() as br:
        router, sender, member, _ = br.hosts
        br.join(member, GROUP)
        flag(br, sender, "isolated on")
        for value in 1, 0:
            br.set("redirect", value)
            with sender.streaming(GROUP, 400) as stream:
                stream.runs(member.tap)
                flag(br, member, "isolated on")
                there = len(member.tap.numbers(stream.id))
                stream.runs(router.tap, 50)
                equal(len(member.tap.numbers(stream.id)), there, "frames that still came")
                flag(br, member, "isolated off")
                stream.runs(member.tap, 50)


@proves("issue 6 item 3: mcast_flood, locked, learning, hairpin", "DECISIONS 5, 7")
def test_flags_while_frames_run():
    """Flags that have no say in what a member's port gets: it loses no frame while they
    change, gets none twice, and the sender, hairpin or not, none of its own."""
    with gated() as br:
        _, sender, member, _ = br.hosts
        br.join(member, GROUP)
        for value in 1, 0:
            br.set("redirect", value)
            with sender.streaming(GROUP, 400) as stream:
                begin = running(stream, member)
                # By the gate the bridge floods, and obeys `mcast_flood off` (TRAPS 9).
                by_gate = not value or REALTIME.exists()
                for host, name in ((member, "bcast_flood" if by_gate else "mcast_flood"),
                                   (member, "learning"), (member, "locked"), (member, "flood"), (sender, "hairpin"),
                                   (sender, "learning"), (sender, "mcast_flood")):
                    first = "on" if name in ("locked", "hairpin") else "off"
                    for text in first, {"on": "off", "off": "on"}[first]:
                        flag(br, host, f"{name} {text}")
                        stream.runs(member.tap, 10)
            watches_on(stream, begin, member)
            equal(sender.tap.numbers(stream.id), [], "own frames that came back")


@proves("issue 6 item 3: locked", "DECISIONS 4, 7", "RELIABILITY V6")
def test_port_is_locked_no_more():
    """What a locked port's host says is not let in, his frames are nobody's. When the port
    is locked no more, it gets everything until he was asked."""
    with gated() as br:
        router, sender, host, _ = br.hosts
        br.ns.bridge(f"link set dev {host.port} learning off locked on")
        br.ns.ip(f"link set dev {host.port} type bridge_slave fdb_flush")
        host.join(GROUP)
        stream = host.send(GROUP)
        br.barrier(sender)
        equal([one.tap.numbers(stream) for one in br.hosts], [[]] * 4, "frames of a locked port")
        equal(mgate.members(br, host.port, GROUP), [], "what is known of it")
        br.expect(sender, GROUP, [router])
        br.set("convergence_ms", 3000)
        host.tap.clear()
        flag(br, host, "locked off learning on")
        eventually(lambda: br.get("status", host.port) == "flood", "it gets everything")
        br.expect(sender, GROUP, [router, host])
        eventually(lambda: queries(host, "0.0.0.0"), "it is asked")
        br.wait_joined(host, GROUP)
        becomes(lambda: br.get("status", host.port), "gated", "status later")
        br.expect(sender, OTHER, [router])
        br.expect(sender, GROUP, [router, host])


@proves("issue 6 item 3: moved to another namespace", "RELIABILITY K3, K5")
def test_port_moves_to_another_namespace():
    """A member's port goes to a bridge in another namespace under a stream: not one frame
    more, it is forgotten here, and a member there when it asks."""
    with gated() as br, gated(2) as there:
        router, sender, member, _ = br.hosts
        br.join(member, GROUP)
        with sender.streaming(GROUP, 400) as stream:
            stream.runs(member.tap)
            br.ns.ip(f"link set {member.port} netns {there.ns.name}")
            equal(mgate.groups(br), set(), "groups here")
            arrived = len(member.tap.numbers(stream.id))
            stream.runs(router.tap, 50)
            equal(len(member.tap.numbers(stream.id)), arrived, "frames that still came")
            there.ns.ip(f"link set {member.port} master {there.name}",
                        f"link set {member.port} up")
            br.hosts.remove(member)
            state = there.ns.device(member.port, "brport/state")
            becomes(state.read_text, "3\n", "state of the port there")
            there.hosts.append(member)
            member.report(OTHER)
            there.wait_joined(member, OTHER)
            there.hosts[0].query()
            becomes(lambda: there.get("status", member.port), "gated", "status there")
            there.expect(there.hosts[1], OTHER, [there.hosts[0], member])
            equal(len(member.tap.numbers(stream.id)), arrived, "frames of the first bridge")
        br.expect(sender, GROUP, [router])


@proves("issue 6 item 3: bridge address", "REDIRECT trap 3", "TRAPS 20")
@redirects
def test_bridge_address_changes():
    """The bridge's address changes under a stream, again and again: the member loses no more
    than what was under way, and frames go by redirect still."""
    with gated() as br:
        _, sender, member, _ = br.hosts
        br.join(member, GROUP)
        with sender.streaming(GROUP, 400) as stream:
            begin = running(stream, member)
            for number in range(10):
                br.ns.ip(f"link set br0 address 02:00:00:00:01:{number:02x}")
                stream.runs(member.tap, 20)
        eventually(lambda: member.tap.numbers(stream.id)[-1:] == [stream.sent - 1],
                   "the last frame arrives")
        got = [number for number in member.tap.numbers(stream.id) if number >= begin[member]]
        equal(got, sorted(set(got)), "the order of the stream")
        lost = stream.sent - begin[member] - len(got)
        check(lost <= 20, f"{lost} of {stream.sent} frames were lost")
        print(f"# {lost} of {stream.sent} frames lost at ten changes")
        check(is_redirected(br, sender), "frames go by the gate")


@proves("issue 6 item 3: promiscuous mode, built-in snooping switched on", "DECISIONS 3, 11")
def test_host_and_builtin_while_frames_run():
    """The bridge device becomes promiscuous and is it no more; then the built-in snooping is
    switched on behind our back: the member loses nothing, and the host gets the frames of
    the first time only."""
    with gated() as br:
        _, sender, member, _ = br.hosts
        br.join(member, GROUP)
        tap = br.tap
        with sender.streaming(GROUP, 400) as stream:
            begin = running(stream, member)
            equal(tap.numbers(stream.id), [], "frames at the host before")
            br.ns.ip("link set br0 promisc on")
            stream.runs(tap, 20)
            br.ns.ip("link set br0 promisc off")
            there = len(tap.numbers(stream.id))
            stream.runs(member.tap, 50)
            equal(len(tap.numbers(stream.id)), there, "frames at the host afterwards")
            br.ns.device("br0", "bridge/multicast_snooping").write_text("1")
            becomes(lambda: br.get("status"), "aside", "status")
            stream.runs(member.tap, 50)
        watches_on(stream, begin, member)
