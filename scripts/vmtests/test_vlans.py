# SPDX-License-Identifier: GPL-2.0-only
"""On a bridge that filters VLANs: what its own host sends, and static groups."""
import errno

import klog
import mgate
import wire
from host import new_stream
from lab import Bridge
from words import becomes, check, equal, eventually, proves

GROUP, OTHER = "239.1.1.1", "239.2.2.2"


def filtering(hosts=4, **more):
    """A bridge that filters VLANs and has its own address in VLAN 1."""
    br = Bridge(hosts, vlan_filtering=1, address="10.0.0.254", **more)
    eventually(br.path("status").exists, "mgate has a folder")
    br.set("convergence_ms", 0)
    return br


def gate(br, vid=1, **more):
    """It gates in a VLAN."""
    br.hosts[0].query(**more)
    eventually(lambda: mgate.gates(br, vid), f"it gates in VLAN {vid}")


def sent_to(br, group, vid=0, among=None):
    """Who gets a frame that the bridge's own host sends to a group, tagged or not; `among`
    are the hosts of its VLAN."""
    stream, mark = new_stream(), new_stream()
    tag = bytes((0x81, 0, 0, vid)) if vid else b""
    packet = wire.ipv4("10.0.0.254", group, wire.UDP, wire.udp(wire.mark(stream, 0)))
    frame = wire.eth(wire.mac_of(group), br.mac, wire.ETH_IP, packet)
    last = wire.eth(wire.BROADCAST, br.mac, wire.ETH_MARK, wire.mark(mark, 0))
    br.send_from_host(*(data[:12] + tag + data[12:] for data in (frame, last)))
    for host in among or br.hosts:
        eventually(lambda h=host: h.tap.numbers(mark), f"a broadcast at {host}")
    return [host for host in br.hosts if host.tap.numbers(stream)]


@proves("TRAPS 13", "issue 2 item 3: frames that the host sends are gated like others")
def test_host_sends():
    """What the host sends leaves untagged through members' and router ports only; VLANs
    that come and go are followed, and one that was changed."""
    with filtering() as br:
        router, _, member, other = br.hosts
        gate(br)
        br.join(member, GROUP)
        equal(sent_to(br, GROUP), [router, member], "who gets the host's frame")
        with mgate.counts(br, other.port, mgate.FLOOD_NO_VLAN, 0):
            equal(sent_to(br, OTHER), [router], "who gets a frame to an unknown group")
        for line, flooded in (("add dev p4 vid 20 untagged", 1), ("del dev p4 vid 20", 0),
                              ("add dev p4 vid 30 untagged", 1), ("add dev p4 vid 30", 0)):
            br.ns.bridge(f"vlan {line}")
            before = mgate.counter(br, other.port, mgate.FLOOD_NO_VLAN)
            equal(sent_to(br, GROUP), [router, member] + [other] * flooded,
                  f"who gets the host's frame after {line!r}")
            # The host may have something of its own to say.
            eventually(lambda n=before + flooded: mgate.counter(
                br, other.port, mgate.FLOOD_NO_VLAN) >= n, f"it is counted after {line!r}")


@proves("TRAPS 13")
def test_host_sends_in_another_vlan():
    """The host's frames in VLAN 10 leave untagged where 10 is untagged: members in it get
    them, members in VLAN 1 do not."""
    with filtering() as br:
        router, _, ten, one = br.hosts
        br.ns.bridge("vlan add dev br0 vid 10 self", f"vlan add dev {router.port} vid 10",
                     f"vlan add dev {ten.port} vid 10 pvid untagged",
                     f"vlan del dev {ten.port} vid 1")
        gate(br)
        gate(br, 10, vlan=10)
        br.join(one, GROUP)
        ten.report(GROUP)
        br.wait_joined(ten, GROUP, vid=10)
        equal(sent_to(br, GROUP, 10, [router, ten]), [router, ten], "who gets it in VLAN 10")
        equal(sent_to(br, OTHER, 10, [router, ten]), [router], "an unknown group in VLAN 10")
        equal(sent_to(br, GROUP, among=br.others(ten)), [router, one], "who gets it in VLAN 1")


@proves("TRAPS 13: bridges that are there at the load")
def test_vlans_before_the_load():
    """VLANs that were there at the load are known."""
    mgate.ensure(False)
    with Bridge(3, vlan_filtering=1, address="10.0.0.254") as br:
        router, member, other = br.hosts
        br.ns.bridge(f"vlan add dev {other.port} vid 20 untagged")
        mgate.load()
        br.set("convergence_ms", 0)
        gate(br)
        br.join(member, GROUP)
        equal(sent_to(br, GROUP), [router, member, other], "who gets it with two untagged")
        br.ns.bridge(f"vlan del dev {other.port} vid 20")
        equal(sent_to(br, GROUP), [router, member], "who gets it with one")


@proves("DECISIONS 11: a multicast router on the bridge host", "TRAPS 13")
def test_host_queries():
    """A query of the host, untagged at all ports, makes it the querier, at port `host`."""
    with filtering(2) as br:
        packet = wire.ipv4("10.0.0.254", wire.ALL_HOSTS, wire.IGMP, wire.query(),
                           ttl=1, options=wire.ROUTER_ALERT)
        br.send_from_host(wire.eth(wire.mac_of(wire.ALL_HOSTS), br.mac, wire.ETH_IP, packet))
        becomes(lambda: (mgate.querier(br, 1).get("port"), mgate.querier(br, 1).get("address")),
                ("host", "10.0.0.254"), "the querier of VLAN 1")
        eventually(lambda: "host" in mgate.routers(br), "the host is a router")


@proves("INTERFACE groups_static", "DECISIONS 8")
def test_static_group_without_vid():
    """Without `vid` a static group counts in the port's PVID; where there is none it is
    refused, and a log line says what to write."""
    log = klog.Log()
    with filtering() as br:
        router, sender, port, ten = br.hosts
        br.ns.bridge(f"vlan add dev {ten.port} vid 10 pvid untagged")
        gate(br)
        for name, vid in (port.port, "1"), (ten.port, "10"), ("host", "1"):
            br.set("groups_static", f"+ {name} {GROUP}")
            equal([row["vid"] for row in mgate.members(br, name, GROUP)], [vid],
                  f"the VLAN of a static group at {name}")
        check(f"{port.port} {GROUP} vid 1" in br.get("groups_static"), "the list lacks it")
        br.expect(sender, GROUP, [router, port])
        for name in port.port, ten.port, "host":
            br.set("groups_static", f"- {name} {GROUP}")
        equal(mgate.groups(br), set(), "groups")
        br.ns.bridge(f"vlan del dev {port.port} vid 1", "vlan del dev br0 vid 1 self")
        for name, device in (port.port, port.port), ("host", "br0"):
            equal(br.error("groups_static", f"+ {name} {GROUP}"), errno.EINVAL, "without PVID")
            log.says(f"mgate: {device} has no PVID.*vid VID")
        br.set("groups_static", f"+ {port.port} {GROUP} vid 20")
        equal(mgate.members(br, port.port, GROUP)[0]["vid"], "20", "the VLAN named")
    log.close()
