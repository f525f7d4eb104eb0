# SPDX-License-Identifier: GPL-2.0-only
"""Ports that begin to forward, and hosts that move from one to another."""
import socket

import mgate
from klog import Log
from lab import Bridge
from tap import Tap
from test_election import queries
from test_leaves import running
from words import becomes, check, equal, eventually, proves

GROUP, OTHER = "239.1.1.1", "239.2.2.2"
MOST_PORTS = 1023


def asking_once(br, response):
    """mgate queries so seldom that only what happens at a port can make it ask again."""
    eventually(br.path("status").exists, "mgate has a folder")
    br.set("query_response_interval_ms", response)
    br.set("startup_query_count", 1)
    br.set("querier", "on")
    eventually(lambda: mgate.gates(br), "it gates", timeout=40)


@proves("issue 4 item 5: a moved host is known within the response interval", "DECISIONS 4")
def test_host_moves():
    """A host is plugged over from one port to another and says nothing by itself: it is asked
    there, known by its answer, served on, and no more at the old port."""
    with Bridge(3, address="10.0.0.254") as br:
        asking_once(br, 1000)
        sender, moving, idle = br.hosts
        # Its own interface is a bridge, of which one leg at a time has a link.
        br.ns.ip(f"link add p9 type veth peer name eth1 netns {moving.ns.name}",
                 "link set p9 master br0")
        moving.ns.ip("link add brh type bridge mcast_snooping 0 forward_delay 0",
                     f"link set brh address {moving.mac}", "addr flush dev eth0",
                     "link set eth0 master brh", "link set eth1 master brh", "link set eth1 up",
                     f"addr add {moving.ip}/24 dev brh", "link set brh up")
        with moving.ns.entered():
            moving.index = socket.if_nametoindex("brh")
            tap = Tap("eth1")
        br.join(moving, GROUP)
        with sender.streaming(GROUP, 200) as stream:
            running(stream, moving)
            asked = len(queries(idle))
            br.ns.ip("link set p2 down", "link set p9 up")
            eventually(lambda: mgate.members(br, "p9", GROUP), "it is known at the new port")
            equal(mgate.members(br, "p2", GROUP), [], "the membership at the old one")
            eventually(lambda: br.get("status", "p9") == "gated", "the new port is gated")
            stream.runs(tap)
            moving.ns.ip("link set eth0 nomaster")
            moving.tap.clear()
            br.ns.up("p2")
            eventually(lambda: queries(moving), "the old port is asked when it has a link again")
            becomes(lambda: br.get("status", "p2"), "gated", "status of the old port")
            seen = len(moving.tap.numbers(stream.id))
            stream.runs(tap, 100)
            check(len(moving.tap.numbers(stream.id)) <= seen + 1, "the old port is still served")
        equal(len(queries(idle)), asked, "queries at another port meanwhile")
        tap.close()


@proves("issue 4 item 5: STP forwarding", "TRAPS 12", "RELIABILITY K3")
def test_spanning_tree():
    """A port that the spanning tree lets forward is asked then, alone, and gets everything
    until the answer is in."""
    # A topology change, of which all are asked, lasts from before to after all this.
    with Bridge(2, address="10.0.0.254", stp_state=1, forward_delay=200, max_age=4000) as br:
        asking_once(br, 8000)
        sender, member = br.hosts
        asked = len(queries(member))
        new = br.add_host()
        eventually(lambda: queries(new), "the new port is asked")
        new.join(GROUP)
        equal(br.get("status", new.port), "flood", "status of the new port")
        br.expect(sender, OTHER, [new])
        becomes(lambda: br.get("status", new.port), "gated", "status of the new port", timeout=40)
        br.wait_joined(new, GROUP)
        br.expect(sender, OTHER, [])
        br.expect(sender, GROUP, [new])
        equal(len(queries(member)), asked, "queries at another port meanwhile")


@proves("RELIABILITY K4: as many ports as a bridge can have, some of them new")
def test_full_bridge():
    """On a full bridge ports give way to others in the same moment: these are gated too, and
    unknown groups that flood by redirect go to ports alone."""
    log = Log()
    with Bridge(vlan_filtering=1) as br:
        router, sender, *rest = br.hosts
        eventually(br.path("status").exists, "mgate has a folder")
        br.set("convergence_ms", 0)
        br.set("unknown", "flood")
        router.query()
        eventually(lambda: mgate.gates(br, 1), "VLAN 1 gates")
        dummies = [f"d{n}" for n in range(MOST_PORTS - len(br.hosts) + 3)]
        br.ns.ip(*(f"link add {name} type dummy" for name in dummies))
        br.ns.ip(*(f"link set {name} master br0" for name in dummies[3:]))
        br.ns.ip(*(line for n in range(3) for line in (f"link set {dummies[3 + n]} nomaster",
                                                       f"link set {dummies[n]} master br0")))
        for name in dummies[:3]:
            equal(br.get("mode", name), "snoop", f"mode of {name}")
        equal(log.matching("no memory for port"), [], "ports that are not gated")
        br.ns.bridge("vlan add dev br0 vid 10 self", "vlan del dev br0 vid 10 self")
        br.expect(sender, OTHER, [router, *rest])
    log.close()
