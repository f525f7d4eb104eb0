# SPDX-License-Identifier: GPL-2.0-only
"""What ends a flow: each event of PERFORMANCE.md section 8, and each of mgate's own. Flows
last a second here, and frames are sent the moment after: time does not end them."""
import mgate
import wire
from host import new_stream
from lab import Bridge
from test_discovery import pim
from test_flow import FLOW, flows_to, last, lasting, pinned
from test_traps import GROUP, in_vlan_10, joined
from words import becomes, check, equal, eventually, proves

REDIRECTS = True


def flag(host, text):
    """`bridge link set`, as a line."""
    return f"link set dev {host.port} {text}"


def ways(br):
    """By redirect, by the gate, and up to a host that listens to everything."""
    for redirect, promisc in (1, "off"), (0, "off"), (1, "on"):
        br.set("redirect", redirect)
        br.ns.ip(f"link set br0 promisc {promisc}")
        yield redirect
    br.ns.ip("link set br0 promisc off")


def once(br, sender, wanted, count=10):
    """The very next frames reach these and nobody else."""
    br.expect(sender, GROUP, wanted, count)


def meanwhile(br, sender, wanted, undo, told=lambda: True):
    """As once(), where what has happened is undone before anybody looks, as it keeps other
    frames from arriving too. `told`: what the kernel tells from a work of its own was."""
    eventually(told, "the kernel tells it")
    stream = sender.send(GROUP)
    undo()
    got = br.arrived(sender, stream)
    equal(got, {host: 10 * (host in wanted) for host in got}, "frames meanwhile")


@proves("issue 8: shown by: the event table", "PERFORMANCE 8: locked, isolated, egress leaves, MTU, down")
def test_flags_and_links():
    """An ingress port that is locked, ports that are isolated, an egress port that is switched
    off, has a smaller MTU, or leaves the bridge."""
    with lasting(5) as br:
        router, sender, member, second, _ = br.hosts
        joined(br, member, second)
        for _ in ways(br):
            flows_to(br, sender, [router, member, second])
            br.ns.bridge(f"fdb del {sender.mac} dev {sender.port} master",
                         flag(sender, "learning off locked on"))
            meanwhile(br, sender, [], lambda: br.ns.bridge(
                flag(sender, "locked off learning on")))
            flows_to(br, sender, [router, member, second])
            br.ns.bridge(flag(sender, "isolated on"), flag(member, "isolated on"))
            meanwhile(br, sender, [router, second], lambda: br.ns.bridge(
                flag(sender, "isolated off"), flag(member, "isolated off")))
            flows_to(br, sender, [router, member, second])
            br.ns.ip(f"link set {second.port} mtu 68")
            stream = new_stream()
            big = [wire.eth(wire.mac_of(GROUP), sender.mac, wire.ETH_IP, wire.ipv4(
                sender.ip, GROUP, wire.UDP, wire.udp(wire.mark(stream, n) + bytes(200))))
                for n in range(5)]
            br.expect_frames(sender, big, [router, member], lambda f, s=stream: f.stream == s)
            br.ns.ip(f"link set {second.port} mtu 1500")
        for event, undo in ("nomaster", "master br0"), ("down", "up"):
            flows_to(br, sender, [router, member, second])
            br.ns.ip(f"link set {second.port} {event}")
            meanwhile(br, sender, [router, member],
                      lambda u=undo: br.ns.ip(f"link set {second.port} {u}"))
            joined(br, second)
            becomes(lambda: br.get("status", second.port), "gated", "status of the port")


@proves("issue 8: shown by: the event table", "PERFORMANCE 8: LEARNING, STP listening")
def test_states():
    """An ingress port that only learns lets nothing in; an egress port that only listens gets
    nothing; both serve again when they forward."""
    with lasting(forward_delay=0) as br:
        router, sender, member, _ = br.hosts
        for _ in ways(br):
            for host, state, wanted in (sender, 2, []), (member, 1, [router]):
                br.set("convergence_ms", 0)
                router.query()
                becomes(lambda h=host: br.get("status", h.port), "gated", "status of the port")
                joined(br, member)
                flows_to(br, sender, [router, member])
                br.set("convergence_ms", 60000)
                br.ns.bridge(flag(host, f"state {state}"))
                meanwhile(br, sender, wanted, lambda h=host: br.ns.bridge(flag(h, "state 3")),
                          lambda h=host: br.get("status", h.port) == "flood")


@proves("issue 8: shown by: the event table", "PERFORMANCE 8: VLAN removed, vlan_filtering on")
def test_vlans():
    """The VLAN goes from the ingress port, from an egress port; another PVID; VLANs are
    filtered no more, and again."""
    with pinned(), in_vlan_10("vlan add dev br0 vid 10 self") as br:
        last(br)
        router, sender, member, other = br.hosts
        joined(br, member, vid=10)
        for _ in ways(br):
            for host, event, wanted in ((member, "del dev {} vid 10", [router]),
                                        (sender, "del dev {} vid 10", []),
                                        (sender, "add dev {} vid 20 pvid untagged", [])):
                becomes(lambda h=host: br.get("status", h.port), "gated", "status of the port")
                joined(br, member, vid=10)
                flows_to(br, sender, [router, member])
                br.ns.bridge(f"vlan {event.format(host.port)}")
                meanwhile(br, sender, wanted, lambda h=host: br.ns.bridge(
                    f"vlan add dev {h.port} vid 10 pvid untagged"))
        # What was learned by other keys is good no more: all get it.
        br.ns.ip("link set br0 type bridge vlan_filtering 0")
        once(br, sender, [router, member, other])


@proves("issue 8 item 1: forwarding-database changes of that MAC", "PERFORMANCE 8: source learned again")
def test_sender_is_learned_again():
    """The bridge's entry of the sender is deleted: the next frame brings it back."""
    with lasting() as br:
        router, sender, member, _ = br.hosts
        joined(br, member)

        def entry():
            return sender.mac in br.ns.run("bridge", "fdb", "show", "dev", sender.port).stdout
        for _ in ways(br):
            flows_to(br, sender, [router, member])
            check(entry(), "the sender has no entry")
            br.ns.bridge(f"fdb del {sender.mac} dev {sender.port} master")
            check(not entry(), "the sender has an entry still")
            br.expect(sender, GROUP, [router, member], 1)
            check(entry(), "the sender was not learned again")


@proves("issue 8 item 1: membership changes of that group", "issue 5: a report and the very next frame agree")
def test_members():
    """Who joins gets the very next frame, who leaves not one more; a source that is blocked,
    and one that is let in; static members; of other groups flows go on."""
    with lasting(5) as br:
        router, sender, member, second, _ = br.hosts
        for port in member.port, second.port:
            br.set("fast_leave", 1, port)
        br.set("last_member_interval_ms", 100)
        joined(br, member)
        for _ in ways(br):
            flows_to(br, sender, [router, member])
            second.report(GROUP)
            br.wait_joined(second, GROUP)
            once(br, sender, [router, member, second])
            flows_to(br, sender, [router, member, second])
            second.send_leave(GROUP)
            br.wait_left(second, GROUP)
            once(br, sender, [router, member])
            flows_to(br, sender, [router, member])
            second.say((wire.TO_IN, GROUP, [sender.ip]))
            eventually(lambda: mgate.members(br, second.port, GROUP, sender.ip), "a source")
            once(br, sender, [router, member, second])
            second.say((wire.BLOCK, GROUP, [sender.ip]))
            br.wait_left(second, GROUP)
            once(br, sender, [router, member])
            br.set("groups_static", f"+ {second.port} {GROUP}")
            once(br, sender, [router, member, second])
            br.set("groups_static", f"- {second.port} {GROUP}")
            once(br, sender, [router, member])


@proves("issue 8 item 1: dropped at once", "DECISIONS 4")
def test_rules():
    """What the administrator writes holds from the very next frame on: mode and router of a
    port, unknown, flood, deny, flush, mode of the bridge."""
    unknown = "239.77.7.7"
    with lasting(5) as br:
        router, sender, member, other, _ = br.hosts
        joined(br, member)
        for file, on, off in (("mode", "flood", "snoop"), ("router", "always", "auto")):
            flows_to(br, sender, [router, member])
            br.set(file, on, other.port)
            once(br, sender, [router, member, other])
            flows_to(br, sender, [router, member, other])
            br.set(file, off, other.port)
            once(br, sender, [router, member])
        flows_to(br, sender, [router], unknown)
        br.set("unknown", "drop")
        br.expect(sender, unknown, [])
        flows_to(br, sender, [], unknown)
        br.set("flood", f"+ {unknown}/32")
        br.expect(sender, unknown, br.others(sender))
        br.set("flood", f"- {unknown}/32")
        flows_to(br, sender, [router, member])
        for mode in "audit", "off":
            br.set("mode", mode)
            once(br, sender, br.others(sender))
            br.set("mode", "on")
            br.gate(router)
            joined(br, member)
            flows_to(br, sender, [router, member])
        br.set("flush", 1)
        once(br, sender, br.others(sender))


@proves("DECISIONS 10", "issue 8 item 1")
def test_routers_and_queriers():
    """A port that becomes a router port gets the very next frame."""
    with lasting(5) as br:
        router, sender, member, second, _ = br.hosts
        joined(br, member)
        for _ in ways(br):
            flows_to(br, sender, [router, member])
            second.inject(pim(second))
            eventually(lambda: second.port in mgate.routers(br), "a router")
            once(br, sender, [router, member, second])
            second.inject(pim(second, 0))
            eventually(lambda: second.port not in mgate.routers(br), "no router")
            once(br, sender, [router, member])


@proves("issue 8 item 1: valid for a short while")
def test_time():
    """What nobody tells of ends a flow by time: flow_ms. It is found by one frame that is
    looked at whole now and then, however many there are."""
    with pinned(), Bridge(3) as br:
        router, sender, member = br.hosts
        br.gate(router)
        joined(br, member)
        last(br)
        br.set("flow_ms", 300)
        flows_to(br, sender, [router, member])
        missed = mgate.counter(br, sender.port, mgate.FLOW_MISSED)

        def renewed():
            br.expect(sender, GROUP, [router, member], 3)
            return mgate.counter(br, sender.port, mgate.FLOW_MISSED) >= missed + 3
        eventually(renewed, "flows are looked at anew")
        equal({row["path"] for row in mgate.table("flows", br) if row["grp"] == GROUP}, {FLOW},
              "the way of it")
