# SPDX-License-Identifier: GPL-2.0-only
"""Redirect: the frame turned to the bridge itself, and what may go wrong on its way."""
import mgate
import wire
from host import new_stream
from lab import gated
from test_traps import (GATE, GROUP, OTHER, REDIRECT, goes, in_vlan_10, is_redirected, joined,
                        never_turned, went)
from words import becomes, check, equal, eventually, proves

REDIRECTS = True
TO_THE_BRIDGE = """table bridge foreign {
	chain c { type filter hook prerouting priority 0; ip daddr %s ether daddr set %s; }
}
"""
OWN_VLAN = "vlan add dev br0 vid 10 self"


@proves("DECISIONS 7: members and router ports are served", "TRAPS 9")
def test_router_behind_mcast_flood_off():
    """A router port with `mcast_flood off` gets unknown groups, whatever `unknown` says."""
    with gated() as br:
        router, sender, *_ = br.hosts
        br.ns.bridge(f"link set dev {router.port} mcast_flood off")
        br.set("mode", "on")
        br.gate(router)
        for value in "auto", "routers", "flood":
            br.set("unknown", value)
            for of_port in "inherit", "drop", "flood":
                br.set("unknown", of_port, router.port)
                equal(br.receivers(sender, OTHER, 3)[router], 3,
                      f"frames of an unknown group at the router, unknown {value}, {of_port}")


@proves("DECISIONS 11: a multicast router on the bridge host is a router like any other")
def test_router_on_the_host():
    """A router on the host gets unknown groups and reports, whatever `unknown` says."""
    for redirect in 1, 0:
        with gated() as br:
            br.set("redirect", redirect)
            sender, tap = br.hosts[1], br.tap
            br.send_from_host(wire.eth(
                wire.mac_of(wire.ALL_HOSTS), br.mac, wire.ETH_IP, wire.ipv4(
                    "10.0.0.254", wire.ALL_HOSTS, wire.IGMP, wire.query(3), ttl=1)))
            becomes(lambda b=br: mgate.routers(b).get("host"), "query", "the host as a router")
            for value in "auto", "routers", "flood":
                br.set("unknown", value)
                stream = sender.send(OTHER, 3)
                br.barrier(sender)
                equal(len(tap.numbers(stream)), 3,
                      f"frames of an unknown group at the host, unknown {value}, {redirect}")
            sender.report(OTHER)
            eventually(lambda t=tap: t.count(lambda f: f.igmp(0x16)), "a report at the host")


def in_turn(br, sender, frames):
    """Send what these functions make of a stream and a number, in turn; gives how many
    frames of each each other host got."""
    streams = [new_stream() for _ in frames]
    for number in range(200):
        sender.inject(*(frame(stream, number) for frame, stream in zip(frames, streams)))
    return [br.arrived(sender, stream) for stream in streams]


@proves("DECISIONS 4: never towards dropping a member's traffic", "REDIRECT 3: the probe")
def test_own_vlan_entry_blocking_beside_another_vlan():
    """The bridge's own entry of VLAN 10 blocks while frames of VLAN 18 come by, whose
    frames are counted in the same place: a few are lost, and no more."""
    ports = [f"vlan add dev p{n} vid 18" for n in range(1, 5)]
    with in_vlan_10(OWN_VLAN, "vlan add dev br0 vid 18 self", *ports) as br:
        router, sender, member, other = br.hosts
        router.query(vlan=18)
        eventually(lambda: mgate.gates(br, 18), "it gates in VLAN 18")
        joined(br, member, vid=10)
        member.report(GROUP, vlan=18)
        br.wait_joined(member, GROUP, vid=18)

        def tagged(vid):
            return lambda stream, number: wire.eth(
                wire.mac_of(GROUP), sender.mac, wire.ETH_IP,
                sender.data(GROUP, stream, number)[14:], vid)
        frames = [lambda stream, number: sender.data(GROUP, stream, number), tagged(18)]
        with goes(br, REDIRECT, 400):
            got = in_turn(br, sender, frames)
        equal(got, [{router: 200, member: 200, other: 0}] * 2, "frames of both VLANs")
        br.ns.bridge("vlan set dev br0 vid 10 state blocking")
        ten, eighteen = in_turn(br, sender, frames)
        check(min(ten[router], ten[member]) >= 180, f"of 200 frames of VLAN 10 came {ten}")
        equal(eighteen, {router: 200, member: 200, other: 0}, "frames of VLAN 18")
        br.ns.bridge("vlan set dev br0 vid 10 state forwarding")
        br.set("redirect", 1)
        # A VLAN that the port is not in has no place there.
        sender.inject(*(tagged(26)(new_stream(), 0) for _ in range(20)))
        with goes(br, REDIRECT, 400):
            got = in_turn(br, sender, frames)
        equal(got, [{router: 200, member: 200, other: 0}] * 2, "frames of both VLANs")
        never_turned(br)


def locked(br, host, vlan=""):
    """Lock the port of a host that the bridge knows."""
    br.ns.bridge(f"fdb add {host.mac} dev {host.port} master static{vlan}",
                 f"link set dev {host.port} learning off locked on")


@proves("DECISIONS 4: never towards dropping a member's traffic", "REDIRECT 3: the probe")
def test_own_vlan_entry_blocking_and_a_locked_port():
    """Redirected frames of a locked port never come up: the gate serves it too."""
    with in_vlan_10(OWN_VLAN) as br:
        router, sender, member, _ = br.hosts
        joined(br, member, vid=10)
        locked(br, sender, " vlan 10")
        went(br, sender, REDIRECT, [router, member])
        br.ns.bridge("vlan set dev br0 vid 10 state blocking")
        got = br.receivers(sender, GROUP, 200)
        check(min(got[router], got[member]) >= 180, f"of 200 frames came {got}")
        br.ns.bridge("vlan set dev br0 vid 10 state forwarding")
        eventually(lambda: is_redirected(br, sender), "redirect serves again")
        went(br, sender, REDIRECT, [router, member])


@proves("DECISIONS 7", "README: the gate after sixteen frames that do not come back")
def test_strangers_at_a_locked_port():
    """What a locked port keeps out loses no frame of whom it knows, and teaches nothing."""
    with gated() as br:
        router, sender, member, _ = br.hosts
        joined(br, member)
        locked(br, sender)
        went(br, sender, REDIRECT, [router, member])
        stranger = [wire.eth(wire.mac_of(group), "02:00:00:00:07:07", wire.ETH_IP, frame[14:])
                    for group, frame in ((GROUP, sender.data(GROUP)),
                                         (OTHER, sender.frame(wire.v2_report(OTHER), OTHER)))]
        for way in REDIRECT, GATE:
            br.expect_frames(sender, stranger * (3 if way == REDIRECT else 30), [],
                             lambda f: f.data in stranger)
            br.expect(sender, GROUP, [router, member], 100)
        check(OTHER not in mgate.groups(br), "a stranger's report was learned from")
        br.set("redirect", 1)
        went(br, sender, REDIRECT, [router, member])


@proves("REDIRECT trap 5", "TRAPS 3")
def test_rule_that_writes_the_bridge_address():
    """Somebody's rule sends a group to the host alone, by the bridge's own address, between
    frames that mgate redirects: as without mgate, and counted."""
    with gated() as br:
        router, sender, member, other = br.hosts
        joined(br, member)
        joined(br, member, group=OTHER)
        br.ns.run("nft", "-f", "-", text=TO_THE_BRIDGE % (OTHER, br.mac))
        frames = [lambda *mark: sender.data(GROUP, *mark), lambda *mark: sender.data(OTHER, *mark)]
        for mode, count in ("on", 200), ("off", 0):
            br.set("mode", mode)
            tap = br.tap
            tap.clear()
            with mgate.counts(br, sender.port, mgate.REDIRECT_MISSED, count):
                got = in_turn(br, sender, frames)
            if count:
                equal(got[0], {router: 200, member: 200, other: 0}, "frames that were redirected")
            equal(got[1], {router: 0, member: 0, other: 0}, "frames that the rule took")
            at_host = tap.frames(lambda f: f.group == OTHER)
            equal((len(at_host), {f.mac for f in at_host}), (200, {br.mac}), "at the host")
