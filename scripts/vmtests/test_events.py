# SPDX-License-Identifier: GPL-2.0-only
"""VLANs that change while the bridge runs: what closes is closed at once, and who is where
something opens gets everything until he was asked. See test_moves and test_takeover for
what comes and goes, and test_events_ports for states and flags of ports."""
import contextlib

import mgate
import mst
import wire
from host import new_stream
from lab import Bridge
from words import becomes, check, equal, eventually, proves

GROUP, OTHER = "239.1.1.1", "239.2.2.2"
LONG = 4000     # ms to answer: there is time to look meanwhile


@contextlib.contextmanager
def in_vlans(hosts=4, own=True, **more):
    """A bridge that gates in VLAN 10, of which all ports but the last are members, tagged,
    and the bridge itself too, if `own`; the router is at host 1."""
    with Bridge(hosts, vlan_filtering=1, **more) as br:
        eventually(br.path("status").exists, "mgate has a folder")
        br.ns.bridge(*(f"vlan add dev {host.port} vid 10" for host in br.hosts[:-1]),
                     *["vlan add dev br0 vid 10 self"] * own)
        gate(br, 10)
        yield br


def gate(br, *vids):
    """Whoever is there now has had the time to answer."""
    br.set("convergence_ms", 0)
    for vid in vids:
        br.hosts[0].query(vlan=vid)
        eventually(lambda v=vid: mgate.gates(br, v), f"it gates in VLAN {vid}")
    br.set("convergence_ms", LONG)


def tagged(frame, vid):
    """The same frame in a VLAN."""
    return frame[:12] + bytes((0x81, 0, vid >> 8, vid & 255)) + frame[12:]


def reached(br, sender, group, vid, among, count=3):
    """Which of these hosts get frames that the sender sends in a VLAN: all or none of them."""
    stream, last = new_stream(), new_stream()
    frames = [sender.data(group, stream, number) for number in range(count)]
    end = wire.eth(wire.BROADCAST, sender.mac, wire.ETH_MARK, wire.mark(last, 0))
    sender.inject(*(tagged(frame, vid) if vid else frame for frame in (*frames, end)))
    for host in among:
        eventually(lambda h=host: h.tap.numbers(last), f"a broadcast at {host}")
    got = {host: host.tap.numbers(stream) for host in br.hosts}
    check(all(numbers in ([], list(range(count))) for numbers in got.values()),
          f"some frames only: {got}")
    return [host for host in br.hosts if got[host]]


def asked(host, vid):
    """The queries of mgate that came in at a host in a VLAN."""
    return host.tap.frames(lambda f: f.igmp(0x11) and f.source == "0.0.0.0" and
                           (f.vlan or 0) & 4095 == vid)


def joined(br, host, group, vid, tag=True):
    """It reports a group in a VLAN."""
    host.report(group, vlan=vid if tag else None)
    br.wait_joined(host, group, vid=vid)


def opened(br, new, vid, tag, act, among):
    """Something opens at the port of a host: it is asked in that VLAN, and gets everything
    until the time to answer is over; then what it wants."""
    sender = br.hosts[1]
    equal(reached(br, sender, OTHER, vid, among), [br.hosts[0]], "who gets it before")
    new.tap.clear()
    act()
    everybody = [host for host in br.hosts if host in (br.hosts[0], new)]
    equal(reached(br, sender, OTHER, vid, [*among, new]), everybody, "who gets it at once")
    eventually(lambda: asked(new, vid if tag else 0), "the port is asked in that VLAN")
    joined(br, new, GROUP, vid, tag)
    becomes(lambda: reached(br, sender, OTHER, vid, [*among, new]), [br.hosts[0]],
            "who gets a group that nobody wants, later")
    equal(reached(br, sender, GROUP, vid, [*among, new]), everybody, "who gets it in the end")


@proves("issue 6 item 3: VLAN added", "DECISIONS 4: a port that starts forwarding", "KERNEL 4.6")
def test_vlan_is_added():
    """A port gets a VLAN in which the others have long converged."""
    with in_vlans() as br:
        new = br.hosts[3]
        opened(br, new, 10, True, lambda: br.ns.bridge(f"vlan add dev {new.port} vid 10"),
               br.hosts[2:3])


@proves("issue 6 item 3: VLAN added", "TRAPS 10", "DECISIONS 4")
def test_vlan_is_added_where_the_bridge_is_not():
    """The same in a VLAN in which mgate cannot ask: the port gets everything until the
    querier asks."""
    with in_vlans(own=False) as br:
        router, sender, third, new = br.hosts
        equal(reached(br, sender, OTHER, 10, [third]), [router], "who gets it before")
        br.ns.bridge(f"vlan add dev {new.port} vid 10")
        equal(reached(br, sender, OTHER, 10, [third, new]), [router, new], "who gets it at once")
        joined(br, new, GROUP, 10)
        br.set("convergence_ms", 100)
        router.query(vlan=10)
        becomes(lambda: reached(br, sender, OTHER, 10, [third, new]), [router],
                "who gets a group that nobody wants, after the query")
        equal(reached(br, sender, GROUP, 10, [third, new]), [router, new], "who gets it then")


@proves("issue 6 item 3: VLAN removed", "KERNEL 4.6")
def test_vlan_is_removed():
    """A member's port loses the VLAN: not one frame more. Another's loses another VLAN:
    nothing changes. With the VLAN again it is served at once."""
    with in_vlans() as br:
        router, sender, member, other = br.hosts
        br.ns.bridge(f"vlan add dev {other.port} vid 10")
        gate(br, 10)
        for host in member, other:
            joined(br, host, GROUP, 10)
        equal(reached(br, sender, GROUP, 10, [router]), [router, member, other], "before")
        for _ in range(3):
            br.ns.bridge(f"vlan del dev {member.port} vid 10", f"vlan del dev {other.port} vid 1")
            equal(reached(br, sender, GROUP, 10, [router]), [router, other], "without it")
            br.ns.bridge(f"vlan add dev {member.port} vid 10", f"vlan add dev {other.port} vid 1")
            equal(reached(br, sender, GROUP, 10, [router]), [router, member, other], "with it")


@proves("issue 6 item 3: VLAN flags changed", "issue 6 item 1: tagged and untagged egress")
def test_vlan_becomes_untagged():
    """A member's VLAN leaves untagged, and tagged again: each frame comes once, and as the
    bridge would have sent it."""
    with in_vlans() as br:
        router, sender, member, _ = br.hosts
        joined(br, member, GROUP, 10)
        for flags, tag in ("untagged", None), ("", 10), ("untagged", None):
            br.ns.bridge(f"vlan add dev {member.port} vid 10 {flags}")
            member.tap.clear()
            equal(reached(br, sender, GROUP, 10, [router]), [router, member], f"with {flags!r}")
            equal([frame.vlan for frame in member.tap.frames(lambda f: f.group == GROUP)],
                  [tag] * 3, f"tags with {flags!r}")


@proves("issue 6 item 3: VLAN flags changed", "DECISIONS 4, 8")
def test_pvid_is_changed():
    """A port has VLAN 10, tagged; then that becomes its PVID, and leaves untagged: who is
    there without tags gets everything in VLAN 10 until he was asked, his reports count
    there, and what he sends goes to the members in VLAN 10."""
    with in_vlans() as br:
        router, sender, member, new = br.hosts
        br.ns.bridge(f"vlan add dev {new.port} vid 10")
        gate(br, 1, 10)
        joined(br, member, OTHER, 10)
        joined(br, new, OTHER, 1, tag=False)
        equal(reached(br, new, OTHER, 0, [router, sender]), [router], "who gets its frames before")
        br.set("groups_static", f"+ {member.port} 239.9.9.9 vid 10")
        opened_group = "239.9.9.9"
        br.ns.bridge(f"vlan add dev {new.port} vid 10 pvid untagged")
        equal(reached(br, sender, opened_group, 10, [router, new]), [router, member, new],
              "who gets it at once")
        eventually(lambda: asked(new, 0), "the port is asked, without a tag")
        joined(br, new, GROUP, 10, tag=False)
        becomes(lambda: reached(br, sender, opened_group, 10, [router, new]), [router, member],
                "who gets what others want, later")
        equal(reached(br, sender, GROUP, 10, [router, new]), [router, new], "who gets its group")
        equal(reached(br, new, OTHER, 0, [router, sender]), [router, member],
              "who gets what it sends")


@proves("issue 6 item 3: filtering switched", "DECISIONS 4, 8", "RELIABILITY V3")
def test_filtering_is_switched_there_and_back():
    """Who joins while VLANs are filtered is cut neither then nor when they are no more, and
    the other way round, although no query comes meanwhile."""
    with Bridge(4) as br:
        router, sender, early, late = br.hosts
        br.gate(router)
        early.report(GROUP)     # by hand: its kernel says it no more
        br.wait_joined(early, GROUP)
        for value, host, group in (1, late, OTHER), (0, early, "239.3.3.3"), (1, late, "239.4.4.4"):
            br.ns.ip(f"link set br0 type bridge vlan_filtering {value}")
            for wanted in GROUP, OTHER:
                br.expect(sender, wanted, br.others(sender))
            host.report(group)
            br.wait_joined(host, group, vid=value)
            router.query()
            eventually(lambda v=value: mgate.gates(br, v), "it gates again")
            br.expect(sender, group, [router, host])
            br.expect(sender, GROUP, [router])
            equal({row["vid"] for row in mgate.table("groups", br)}, {str(value)},
                  "VLANs of memberships")


@proves("issue 6 item 3: filtering switched", "issue 6 item 1: 802.1ad")
def test_vlan_protocol_is_switched():
    """The bridge goes by service tags: what was known by the others is forgotten, and a frame
    with such a tag is none of VLAN 10 any more."""
    with in_vlans() as br:
        router, sender, member, last = br.hosts
        joined(br, member, GROUP, 10)
        equal(reached(br, sender, GROUP, 10, [router]), [router, member], "by the tag")
        br.ns.ip("link set br0 type bridge vlan_protocol 802.1ad")
        equal(mgate.gates(br, 10), False, "it gates in VLAN 10")
        eventually(lambda: not mgate.groups(br), "what was known is forgotten")
        equal(reached(br, sender, GROUP, 10, [router, last]), [router, member, last],
              "who gets a frame with another tag, in VLAN 1")


@proves("issue 6 item 3: MST state", "KERNEL 4.6", "DECISIONS 4, 7")
def test_state_in_a_tree():
    """A port is blocked in the tree of VLAN 10 alone: not one frame more there, all in VLAN
    20. Who joins meanwhile is not heard, but gets everything when the tree lets it."""
    with Bridge(4, vlan_filtering=1) as br:
        router, sender, _, port = br.hosts
        br.ns.bridge(*(f"vlan del dev {host.port} vid 1" for host in br.hosts))
        mst.enable(br)
        br.ns.bridge(*(f"vlan add dev {host.port} vid {vid}" for host in br.hosts
                       for vid in (10, 20)),
                     *(f"vlan add dev br0 vid {vid} self" for vid in (10, 20)))
        mst.tree_of(br, 10, 1)
        for host in br.hosts:
            mst.state(br, host.port, 1, 3)
        gate(br, 10, 20)
        for vid in 10, 20:
            joined(br, port, GROUP, vid)
        becomes(lambda: reached(br, sender, GROUP, 10, [router]), [router, port], "before")
        mst.state(br, port.port, 1, 4)
        equal(reached(br, sender, GROUP, 10, [router]), [router], "in the blocked tree")
        equal(reached(br, sender, GROUP, 20, [router]), [router, port], "in the other")
        port.report(OTHER, vlan=10)
        equal(reached(br, port, OTHER, 20, [router]), [router], "from it in the other")
        gate(br, 10, 20)
        equal(mgate.members(br, port.port, OTHER), [], "what is known of a blocked port")
        mst.state(br, port.port, 1, 3)
        equal(reached(br, sender, OTHER, 10, [router, port]), [router, port], "let again")
        eventually(lambda: asked(port, 10), "it is asked in VLAN 10")
