# SPDX-License-Identifier: GPL-2.0-only
"""The table stats: packets and bytes by group, port and direction, passed and held, and why."""
import collections

import mgate
import wire
from lab import Bridge, gated
from test_flow import last, pinned
from words import becomes, check, equal, eventually, proves, redirects

GROUP, UNKNOWN = "239.1.1.1", "239.9.9.9"


def figures(br, group=GROUP):
    """Packets by (port, fate, reason) of a group."""
    return collections.Counter({
        (row["port"], row["fate"], row["reason"]): int(row["packets"])
        for row in mgate.table("stats", br) if row["grp"] == group})


def sizes(br, group=GROUP):
    """Bytes for each packet: one figure if all frames have the same length."""
    return {int(row["bytes"]) / int(row["packets"])
            for row in mgate.table("stats", br) if row["grp"] == group}


def of_stream(br, count):
    """What the figures are when a member, a router and nobody else got so many frames."""
    router, sender, member, other = br.hosts
    return {(sender.port, "in", None): count, (router.port, "passed", "router"): count,
            (member.port, "passed", "member"): count, (other.port, "held", "not_member"): count,
            ("host", "held", "not_member"): count}


def counts_exactly(br):
    """Nothing while it is off; and then each frame in each place, and its length."""
    router, sender, member, _ = br.hosts
    br.join(member, GROUP)
    br.expect(sender, GROUP, [router, member])
    equal(mgate.lines("stats", br), [], "figures while they are not kept")
    br.set("stats", 1)
    br.expect(sender, GROUP, [router, member])
    equal(figures(br), of_stream(br, 10), "figures of ten frames")
    equal(sizes(br), {len(sender.data(GROUP)) - 14}, "bytes of a frame")
    br.expect(sender, UNKNOWN, [router])
    told = figures(br, UNKNOWN)
    equal({key: told[key] for key in told if key[0] != "host"},
          {(sender.port, "in", None): 10, (router.port, "passed", "router"): 10,
           (member.port, "held", "unknown_drop"): 10,
           (br.hosts[3].port, "held", "unknown_drop"): 10}, "figures of an unknown group")
    br.set("stats", 0)
    br.expect(sender, GROUP, [router, member])
    equal(figures(br), of_stream(br, 10), "figures after they are kept no more")
    br.set("flush", 1)
    equal(figures(br), {}, "figures after flush")


@proves("issue 10 item 1: per group, port and direction packets and bytes passed and held")
@redirects
def test_by_redirect():
    """Each frame is redirected: who is left out is told all the same."""
    with gated() as br:
        br.set("flow_ms", 0)
        counts_exactly(br)


@proves("issue 10 item 1: per group, port and direction packets and bytes passed and held")
def test_by_gate():
    """By the gate alone."""
    with gated() as br:
        br.set("flow_ms", 0)
        br.set("redirect", 0)
        counts_exactly(br)


@proves("issue 10 item 1: per group, port and direction packets and bytes passed and held")
@redirects
def test_by_flow():
    """Most frames go by a flow, which tells of them when it is asked, or ends."""
    with pinned(), gated() as br:
        router, sender, member, _ = br.hosts
        last(br)
        br.join(member, GROUP)
        br.expect(sender, GROUP, [router, member])
        br.set("stats", 1)
        for _ in range(5):
            br.expect(sender, GROUP, [router, member])
        equal(figures(br), of_stream(br, 50), "figures of fifty frames")
        equal(sizes(br), {len(sender.data(GROUP)) - 14}, "bytes of a frame")
        row, = mgate.table("flows", br)
        check(row["path"] == "flow" and int(row["packets"]) >= 50, f"a flow: {row}")
        br.set("flow_ms", 0)
        br.expect(sender, GROUP, [router, member])
        equal(figures(br), of_stream(br, 60), "and after it ended")


@proves("issue 10 item 1", "RELIABILITY K3")
@redirects
def test_ports_come_and_go():
    """A port that comes was not held off what came before; one that goes takes its lines along,
    and what it sent was held back from others all the same."""
    with gated() as br:
        router, sender, member, other = br.hosts
        br.set("flow_ms", 0)
        br.set("stats", 1)
        br.join(member, GROUP)
        br.expect(sender, GROUP, [router, member])
        br.ns.ip(f"link set {other.port} nomaster")
        eventually(lambda: other.port not in {key[0] for key in figures(br)}, "its lines go")
        equal(figures(br)["host", "held", "not_member"], 10, "what the host was held off")
        br.ns.ip(f"link set {other.port} master br0")
        becomes(lambda: br.get("status"), "gating", "status")
        becomes(lambda: br.receivers(sender, GROUP)[other], 0, "frames at a port that is gated")
        told = figures(br)
        all_of_it = told[sender.port, "in", None]
        at_other = sum(number for key, number in told.items() if key[0] == other.port)
        equal(at_other, all_of_it - 10, "frames at the port since it came, of either kind")
        br.ns.ip(f"link set {sender.port} nomaster")
        eventually(lambda: sender.port not in {key[0] for key in figures(br)}, "its lines go")
        equal(figures(br)["host", "held", "not_member"],
              told["host", "held", "not_member"], "what the host was held off")


@proves("issue 10 item 1", "DECISIONS 8")
@redirects
def test_by_vlan():
    """Each VLAN has figures of its own, at its ports alone."""
    with Bridge(4, vlan_filtering=1) as br:
        router, sender, member, other = br.hosts
        eventually(br.path("status").exists, "mgate has a folder")
        br.ns.bridge(*(f"vlan add dev {host.port} vid 20" for host in (router, sender, member)))
        br.set("flow_ms", 0)
        br.set("convergence_ms", 0)
        router.query(vlan=20)
        eventually(lambda: mgate.gates(br, 20), "it gates in VLAN 20")
        member.report(GROUP, vlan=20)
        br.wait_joined(member, GROUP, vid=20)
        br.set("stats", 1)
        sender.inject(wire.eth(wire.mac_of(GROUP), sender.mac, wire.ETH_IP,
                               sender.data(GROUP)[14:], 20))
        br.barrier(sender)
        told = {(row["port"], row["vid"], row["fate"], row["reason"]): int(row["packets"])
                for row in mgate.table("stats", br) if row["grp"] == GROUP}
        equal({key: told[key] for key in told if key[0] != "host"},
              {(sender.port, "20", "in", None): 1, (router.port, "20", "passed", "router"): 1,
               (member.port, "20", "passed", "member"): 1}, "figures")
        check(other.port not in {key[0] for key in told}, "a port that is not in the VLAN")
