# SPDX-License-Identifier: GPL-2.0-only
"""Data goes to members and router ports, and what is no such data goes everywhere."""
import socket

import mgate
import wire
import wire6
from lab import Bridge, gated
from words import becomes, check, equal, eventually, proves, redirects

UDP_SEGMENT = 103
GROUP, OTHER, TWIN = "239.1.1.1", "239.2.2.2", "239.129.1.1"


def joined(version):
    """A host of this version joins: it and the router get the data, nobody else."""
    with gated() as br:
        router, sender, member, _ = br.hosts
        member.igmp_version(version)
        br.join(member, GROUP)
        br.expect(sender, GROUP, [router, member])
        equal(mgate.members(br, member.port, GROUP)[0]["version"], str(version), "its version")


@proves("issue 2: join, data reaches the member only", "CONFORMANCE 17, 100")
def test_member_v1():
    """The same for a host with IGMPv1."""
    joined(1)


@proves("issue 2: join, data reaches the member only", "CONFORMANCE 17, 98")
def test_member_v2():
    """The same for a host with IGMPv2."""
    joined(2)


@proves("issue 2: join, data reaches the member only", "CONFORMANCE 17, 20")
def test_member_v3():
    """The same for a host with IGMPv3."""
    joined(3)


@proves("CONFORMANCE 20, 55, 56")
def test_member_of_a_source():
    """A join from one source (INCLUDE) gets that source's data."""
    with gated() as br:
        router, sender, member, _ = br.hosts
        br.join(member, "232.1.1.1", source=sender.ip)
        br.expect(sender, "232.1.1.1", [router, member])


@proves("CONFORMANCE 57")
def test_member_of_all_but_a_source():
    """A join of all sources but one (EXCLUDE) gets the others' data."""
    with gated() as br:
        router, sender, member, _ = br.hosts
        br.join(member, GROUP, exclude="10.9.9.9")
        br.expect(sender, GROUP, [router, member])


@proves("issue 2: second member", "CONFORMANCE 17")
def test_second_member():
    """Two members at two ports; one leaves, the other keeps its data (B29)."""
    with gated() as br:
        router, sender, one, two = br.hosts
        br.set("fast_leave", 1, one.port)
        br.join(one, GROUP)
        br.join(two, GROUP)
        br.expect(sender, GROUP, [router, one, two])
        one.leave(GROUP)
        br.wait_left(one, GROUP)
        br.expect(sender, GROUP, [router, two])


@proves("issue 2: two groups of one MAC", "CONFORMANCE 22", "RELIABILITY F6")
def test_two_groups_of_one_mac():
    """239.1.1.1 and 239.129.1.1 have one MAC address and different members."""
    equal(wire.mac_of(GROUP), wire.mac_of(TWIN), "the MAC addresses")
    with gated() as br:
        router, sender, one, two = br.hosts
        br.join(one, GROUP)
        br.join(two, TWIN)
        br.expect(sender, GROUP, [router, one])
        br.expect(sender, TWIN, [router, two])


@proves("issue 2: link-local floods", "CONFORMANCE 18", "DECISIONS 5", "RELIABILITY F1")
def test_link_local_floods():
    """224.0.0.x that is not IGMP goes everywhere, always, with and without members."""
    with gated() as br:
        sender = br.hosts[1]
        br.set("unknown", "drop")
        for group in "224.0.0.1", "224.0.0.5", "224.0.0.251", "224.0.0.255":
            br.expect(sender, group, br.others(sender), count=3)
        hello = sender.frame(wire.pim_hello(), wire.ALL_PIM, proto=wire.PIM)
        br.expect_frames(sender, [hello], br.others(sender), lambda f: f.data == hello)


@proves("DECISIONS 5", "CONFORMANCE 21", "RELIABILITY F2")
def test_what_is_not_ipv4_multicast():
    """Broadcast, unicast, multicast of other protocols: never touched; nor is IPv6, as long
    as nobody sends MLD queries."""
    with gated() as br:
        sender, receiver = br.hosts[1], br.hosts[3]
        br.set("unknown", "drop")

        def made(dst, kind):
            payload = wire.mark(77, 0)
            if kind == wire.ETH_IP:
                payload = wire.ipv4(sender.ip, "10.0.0.255", wire.UDP, wire.udp(payload))
            elif kind == wire.ETH_IPV6:
                payload = wire6.ipv6("fe80::2", "ff05::1:1", wire.UDP, wire.udp(payload))
            return wire.eth(dst, sender.mac, kind, payload)
        flooded = [made(wire.BROADCAST, wire.ETH_IP), made("01:00:5e:01:01:01", wire.ETH_MARK),
                   made("01:80:c2:00:00:21", wire.ETH_MARK),
                   made("33:33:00:01:00:01", wire.ETH_IPV6),
                   made("01:1b:19:00:00:00", 0x88f7), made("02:00:00:00:00:77", wire.ETH_IP)]
        br.expect_frames(sender, flooded, br.others(sender), lambda f: f.stream == 77)
        receiver.inject(wire.eth(wire.BROADCAST, receiver.mac, wire.ETH_MARK, b"here I am"))
        br.barrier(receiver)
        br.expect_frames(sender, [made(receiver.mac, wire.ETH_IP)], [receiver],
                         lambda f: f.stream == 77)


@proves("issue 2: IPv6 neighbour discovery works all the time", "DECISIONS 5", "RELIABILITY V5")
def test_ipv6_neighbour_discovery():
    """Hosts find each other by IPv6, while all unknown IPv4 multicast is dropped."""
    with gated(3, ipv6=True) as br:
        _, one, two = br.hosts
        br.set("unknown", "drop")
        address = "fe80::ff:fe00:3"
        for _ in range(2):
            eventually(lambda: one.ns.run("ping", "-6", "-c1", "-W2", f"{address}%eth0",
                                          check=False).returncode == 0,
                       "a ping by IPv6, with neighbour discovery", timeout=30)
            one.ns.run("ip", "-6", "neigh", "flush", "dev", "eth0")
        check(two.tap.count(lambda f: f.kind == wire.ETH_IPV6 and f.mac.startswith("33:33:ff")),
              "no neighbour solicitation was seen")


@proves("issue 2: router port gets everything", "CONFORMANCE 17, 19", "INTERFACE unknown")
def test_router_port_gets_everything():
    """Known and unknown groups reach the router; unknown ones nobody else."""
    with gated() as br:
        router, sender, member, _ = br.hosts
        br.join(member, GROUP)
        br.expect(sender, GROUP, [router, member])
        br.expect(sender, OTHER, [router])
        br.expect(member, OTHER, [router])
        equal(mgate.routers(br), {router.port: "query"}, "router ports")


@proves("DECISIONS 5", "CONFORMANCE 27, 109", "RELIABILITY F7")
def test_never_back_to_the_sender():
    """A member's and a router's own frames never come back, not even by hairpin."""
    with gated() as br:
        router, member, other, _ = br.hosts
        br.join(member, GROUP)
        br.join(other, GROUP)
        br.expect(member, GROUP, [router, other])
        br.expect(router, GROUP, [member, other])
        br.expect(router, OTHER, [])
        br.ns.bridge(f"link set dev {member.port} hairpin on")
        br.expect(member, GROUP, [router, other])


@proves("issue 2 item 3: frames that the host sends are gated like others")
def test_frames_of_the_bridge_host():
    """What the bridge's own host sends reaches members and router ports only."""
    with gated(address="10.0.0.254") as br:
        router, _, member, _ = br.hosts
        br.join(member, GROUP)
        stream = 4_000_001
        br.send_from_host(wire.eth(wire.mac_of(GROUP), br.mac, wire.ETH_IP, wire.ipv4(
            "10.0.0.254", GROUP, wire.UDP, wire.udp(wire.mark(stream, 0)))))
        eventually(lambda: member.tap.numbers(stream), "the member gets the host's frame")
        br.send_from_host(wire.eth(wire.BROADCAST, br.mac, wire.ETH_MARK, wire.mark(stream + 1, 0)))
        for host in br.hosts:
            eventually(lambda h=host: h.tap.numbers(stream + 1), "a broadcast from the host")
            equal(len(host.tap.numbers(stream)), int(host in (router, member)),
                  f"frames of the bridge host at {host}")


@proves("issue 2 item 3: the host gets what the bridge gives it today", "DECISIONS 11")
def test_bridge_host_receives():
    """The bridge's own host gets groups with and without members at ports."""
    with gated(address="10.0.0.254") as br:
        _, sender, member, _ = br.hosts
        br.join(member, GROUP)
        tap = br.tap
        br.ns.run("ip", "maddr", "add", wire.mac_of(GROUP), "dev", "br0")
        stream = sender.send(GROUP, 5)
        br.barrier(sender)
        equal(len(tap.numbers(stream)), 5, "frames of the group at the bridge host")


@proves("TRAPS 20a")
def test_segmented_frames_are_gated():
    """A datagram that the kernel segments late (GSO) reaches the member, nobody else."""
    with gated() as br:
        router, sender, member, other = br.hosts
        br.join(member, GROUP)
        with sender.udp(GROUP) as sock:
            sock.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 500)
            sock.sendto(bytes(5000), (GROUP, 5001))
        br.barrier(sender)
        octets = {host: sum(len(f.body) - 8 for f in host.tap.frames(lambda f: f.group == GROUP))
                  for host in (router, member, other)}
        check(octets[router] >= 5000 and octets[member] == octets[router],
              f"octets at router and member: {octets}")
        equal(octets[other], 0, "octets at a stranger")


@proves("DECISIONS 5, 7", "REDIRECT 5")
def test_isolated_ports_stay_isolated():
    """Between isolated ports nothing passes, member or not."""
    with gated() as br:
        router, sender, member, _ = br.hosts
        br.join(member, GROUP)
        br.ns.bridge(f"link set dev {sender.port} isolated on",
                     f"link set dev {member.port} isolated on")
        stream = sender.send(GROUP, 5)
        eventually(lambda: len(router.tap.numbers(stream)) == 5, "the router gets them")
        equal(member.tap.numbers(stream), [], "frames between isolated ports")


@proves("CONFORMANCE 117", "issue 2 item 3: fragments of data are gated too")
def test_fragments_are_gated():
    """First and later fragments of data reach the member and the router only."""
    with gated() as br:
        router, sender, member, _ = br.hosts
        br.join(member, GROUP)

        def fragment(field, payload):
            packet = wire.ipv4(sender.ip, GROUP, wire.UDP, payload, fragment=field, ident=9)
            return wire.eth(wire.mac_of(GROUP), sender.mac, wire.ETH_IP, packet)
        frames = [fragment(0x2000, wire.udp(wire.mark(55, 0)) + bytes(4)),
                  fragment(0x0006, wire.mark(55, 1))]
        br.expect_frames(sender, frames, [router, member], lambda f: f.stream == 55)


@proves("DECISIONS 6", "CONFORMANCE 23")
def test_data_with_bad_ip_checksum():
    """Data with a wrong checksum of the IP header goes nowhere and is counted."""
    with gated() as br:
        _, sender, member, _ = br.hosts
        br.join(member, GROUP)
        with mgate.counts(br, sender.port, mgate.BAD_IP_CHECKSUM, 3):
            br.expect_frames(sender, [sender.data(GROUP, 66, n, bad_checksum=True)
                                      for n in range(3)], [], lambda f: f.stream == 66)


@proves("CONFORMANCE 52")
def test_group_behind_a_unicast_mac():
    """A group's packet to a unicast MAC address goes where the MAC address says."""
    with gated() as br:
        sender, receiver = br.hosts[1], br.hosts[3]
        receiver.inject(wire.eth(wire.BROADCAST, receiver.mac, wire.ETH_MARK, b"here I am"))
        br.barrier(receiver)
        frame = sender.data(OTHER, 88)
        frame = bytes.fromhex(receiver.mac.replace(":", "")) + frame[6:]
        br.expect_frames(sender, [frame], [receiver], lambda f: f.stream == 88)


@proves("CONFORMANCE 9", "DECISIONS 5", "RELIABILITY P9")
def test_frames_are_not_altered():
    """What arrives is what was sent, octet for octet: data, report and query."""
    with gated() as br:
        router, sender, member, _ = br.hosts
        br.join(member, GROUP)
        router.tap.clear()
        member.tap.clear()
        data = sender.data(GROUP, 99, options=b"\x01\x01\x01\x00", tos=0x88)
        report = sender.frame(wire.v2_report(OTHER, code=7), OTHER)
        query = router.frame(wire.query(3, code=5, extra=b"abcd"), wire.ALL_HOSTS)
        sender.inject(data, report)
        router.inject(query)
        br.barrier(sender)
        br.barrier(router)
        check(member.tap.count(lambda f: f.data == data) == 1, "the data came out altered")
        check(router.tap.count(lambda f: f.data == data) == 1, "the data came out altered")
        check(router.tap.count(lambda f: f.data == report) == 1, "the report came out altered")
        check(member.tap.count(lambda f: f.data == query) == 1, "the query came out altered")


@proves("DECISIONS 8", "CONFORMANCE 108")
def test_tag_on_a_bridge_without_vlans():
    """Where the bridge does not filter VLANs, a tagged join is not an untagged one."""
    with gated() as br:
        router, sender, tagged, untagged = br.hosts
        router.query(vlan=7)
        eventually(lambda: mgate.gates(br, 7), "it gates in VLAN 7")
        tagged.report(GROUP, vlan=7)
        br.wait_joined(tagged, GROUP, vid=7)
        untagged.report(OTHER)
        br.wait_joined(untagged, OTHER, vid=0)
        br.expect(sender, GROUP, [router])
        frame = sender.data(GROUP, 44)
        frame = frame[:12] + bytes.fromhex("81000007") + frame[12:]
        br.expect_frames(sender, [frame], [router, tagged], lambda f: f.stream == 44)


@proves("CONFORMANCE 108", "DECISIONS 7, 8")
def test_vlan_filtering_keeps_vlans_apart():
    """On a bridge that filters VLANs, a join in VLAN 10 gives nothing in VLAN 20."""
    with Bridge(5, vlan_filtering=1) as br:
        router, sender, ten, twenty, both = br.hosts
        br.ns.bridge(*(f"vlan add dev {h.port} vid {vid}" for h in (router, sender, both)
                       for vid in (10, 20)),
                     f"vlan add dev {ten.port} vid 10 pvid untagged",
                     f"vlan add dev {twenty.port} vid 20 pvid untagged")
        eventually(br.path("status").exists, "mgate has a folder")
        br.set("convergence_ms", 0)
        for vid in 10, 20:
            router.query(vlan=vid)
            eventually(lambda v=vid: mgate.gates(br, v), f"it gates in VLAN {vid}")
        ten.report(GROUP)
        br.wait_joined(ten, GROUP, vid=10)
        both.report(GROUP, vlan=20)
        br.wait_joined(both, GROUP, vid=20)
        for vid, members in (10, [router, ten]), (20, [router, both]):
            frame = sender.data(GROUP, 30 + vid)
            frame = frame[:12] + bytes([0x81, 0, 0, vid]) + frame[12:]
            sender.inject(frame)
            eventually(lambda v=vid: router.tap.numbers(30 + v), "the router gets it")
            br.barrier(sender)
            got = [h for h in br.hosts if h.tap.numbers(30 + vid)]
            equal(got, members, f"receivers in VLAN {vid}")


@proves("DECISIONS 3, 4, 7", "TRAPS 9")
@redirects
def test_bridge_flag_mcast_flood():
    """`mcast_flood off` on a port while mgate gates: no unknown group there, whatever
    `unknown` says; what it joined it gets, and mgate goes on gating."""
    with gated() as br:
        router, sender, port, other = br.hosts
        br.join(port, GROUP)
        br.ns.bridge(f"link set dev {port.port} mcast_flood off")
        br.set("unknown", "flood")
        br.expect(sender, OTHER, [router, other])
        br.expect(sender, GROUP, [router, port])
        br.set("unknown", "auto")
        br.join(other, GROUP)
        br.expect(sender, GROUP, [router, port, other])
        br.expect(sender, OTHER, [router])
        # Flags are told late, by a work, as are states: that one of them is. (What is told
        # in a port's first second may be of the time before.)

        def state_is_told():
            for state in 3, 4:
                br.ns.bridge(f"link set dev {other.port} state {state}")
            return not mgate.members(br, other.port, GROUP)
        eventually(state_is_told, "its state is told")
        equal((br.get("status"), br.get("mode")), ("gating", "on"), "status and mode")
