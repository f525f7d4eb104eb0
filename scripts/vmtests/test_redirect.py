# SPDX-License-Identifier: GPL-2.0-only
"""Redirect: the frame turned to the bridge itself, and what may go wrong on its way."""
import mgate
import wire
from lab import gated
from words import becomes, equal, eventually, proves

GROUP, OTHER = "239.1.1.1", "239.2.2.2"


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
