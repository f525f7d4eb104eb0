# SPDX-License-Identifier: GPL-2.0-only
"""Traps on the way of a redirected frame, one by one: the bridge's own entries, its VLANs,
and what its host gets. See test_company for the rest of the kernel."""
import contextlib
import re
import signal
import socket
import struct

import mgate
import wire
from host import new_stream
from lab import Bridge, gated
from tap import Tap
from words import REALTIME, becomes, check, equal, eventually, proves, redirects

GROUP, OTHER, THIRD = "239.1.1.1", "239.2.2.2", "239.3.3.3"
PACKET_MULTICAST = 2
IP_MRT_INIT, IP_MRT_ADD_VIF, VIFF_USE_IFINDEX = 200, 202, 8
GATE = "gate"
REDIRECT = GATE if REALTIME.exists() else "redirect"    # what it does where it may redirect
ROUNDS = 50     # of 1000 unicasts each, for two ways to drop: 10^5
# At mgate's own priority, and there before: it comes behind.
ARMED = """table bridge armed {
	chain c {
		type filter hook prerouting priority 2147483647;
		meta pkttype multicast ether daddr %s ip daddr %s counter
	}
}
"""


def statistic(br, device, name):
    """A counter of the kernel's own of a device."""
    return int(br.ns.device(device, f"statistics/{name}").read_text())


@contextlib.contextmanager
def goes(br, way, count=5):
    """In the block so many frames come in, and go this way. All come up to the bridge
    device; those that the bridge flooded it counts as multicast, what mgate redirected
    and the host does not get it does not. Flows, which go neither way, are off from here on."""
    br.set("flow_ms", 0)
    names = "rx_packets", "multicast"
    before = [statistic(br, br.name, name) for name in names]
    yield
    got = [statistic(br, br.name, name) - was for name, was in zip(names, before)]
    equal(got[1], count if way == GATE else 0, f"frames that the bridge flooded, by {way}")
    if way != GATE:
        check(got[0] >= count, f"{got[0]} of {count} frames were redirected")


def went(br, sender, way, members, group=GROUP):
    """Frames from the sender reach these, and go this way."""
    with goes(br, way, 10):
        br.expect(sender, group, members)


def is_redirected(br, sender):
    """Do all of some frames go by redirect? Flows are off from here on."""
    br.set("flow_ms", 0)
    before = statistic(br, br.name, "multicast")
    sender.send(GROUP, 3)
    br.barrier(sender)
    return statistic(br, br.name, "multicast") == before


def joined(br, *hosts, group=GROUP, **more):
    """These say by hand that they want the group: their kernels then keep quiet."""
    for host in hosts:
        host.report(group)
        br.wait_joined(host, group, **more)


def never_turned(br):
    """No host saw a frame with the bridge's own address as its destination."""
    for host in br.hosts:
        seen = host.tap.frames(lambda f: f.mac == br.mac and f.group)
        equal([f.data.hex() for f in seen], [], f"redirected frames at {host}")


def lost(br, tap, stream, most):
    """A stream that has ended came in order, once, and but for so many frames."""
    eventually(lambda: stream.sent - len(tap.numbers(stream.id)) <= most,
               f"all of {stream.sent} frames at the member, but for {most}")
    numbers = tap.numbers(stream.id)
    equal(numbers, sorted(set(numbers)), "the order of the stream")
    never_turned(br)


@proves("REDIRECT 3", "README: how frames go")
def test_way():
    """Data with and without members and reports are redirected; with redirect 0 nothing is."""
    with gated() as br:
        router, sender, member, other = br.hosts
        joined(br, member)
        for value, way in (1, REDIRECT), (0, GATE), (1, REDIRECT):
            br.set("redirect", value)
            went(br, sender, way, [router, member])
            went(br, sender, way, [router], OTHER)
            with goes(br, way):
                br.expect_frames(sender, [sender.frame(wire.v2_report(THIRD), THIRD)] * 5,
                                 [router], lambda f: f.igmp(0x16) and f.group == THIRD)
        br.set("unknown", "drop")
        went(br, sender, REDIRECT, [], OTHER)
        # What is for all is left to the bridge.
        went(br, sender, GATE, [router, member, other], "224.0.0.251")
        never_turned(br)


def entry_gone(*commands):
    """The bridge's own entry goes while a stream runs; nothing is lost."""
    for command in commands:
        with gated() as br:
            router, sender, member, _ = br.hosts
            joined(br, member)
            with sender.streaming(GROUP, 400) as stream:
                stream.runs(member.tap)
                br.ns.run(*command.format(mac=br.mac).split())
                stream.runs(member.tap, 100)
            lost(br, member.tap, stream, 0)
            check(mgate.counter(br, sender.port, mgate.REDIRECT_FAILED) <= 3, "too many redirects failed")
            went(br, sender, GATE, [router, member])
            br.ns.ip("link set br0 address 02:00:00:00:00:fd")
            br.mac = "02:00:00:00:00:fd"
            went(br, sender, REDIRECT, [router, member])
            never_turned(br)


@proves("REDIRECT trap 3", "TRAPS 20")
def test_own_entry_deleted():
    """The local FDB entry is deleted: the gate serves until the address changes."""
    entry_gone("bridge fdb del {mac} dev br0 self")


@proves("REDIRECT trap 3", "TRAPS 20")
def test_own_entry_flushed():
    """The same by `bridge fdb flush permanent`."""
    entry_gone("bridge fdb flush dev br0 permanent")


@proves("REDIRECT 6")
def test_dynamic_entries_flushed():
    """Flushing what was learned leaves the bridge's own entry: nothing changes."""
    with gated() as br:
        router, sender, member, _ = br.hosts
        joined(br, member)
        with sender.streaming(GROUP, 400) as stream:
            stream.runs(member.tap)
            br.ns.ip("link set br0 type bridge fdb_flush")
            stream.runs(member.tap, 100)
        lost(br, member.tap, stream, 0)
        equal(mgate.counter(br, sender.port, mgate.REDIRECT_FAILED), 0, "redirects that failed")
        went(br, sender, REDIRECT, [router, member])


@proves("REDIRECT trap 3")
def test_own_entry_moved_to_a_port():
    """The entry is made to point to a port: a few frames, and the gate serves."""
    for kind in "static", "dynamic":
        with gated() as br:
            router, sender, member, last = br.hosts
            joined(br, member)
            with sender.streaming(GROUP, 400) as stream:
                stream.runs(member.tap)
                br.ns.bridge(f"fdb replace {br.mac} dev {last.port} master {kind}")
                stream.runs(member.tap, 100)
            lost(br, member.tap, stream, 20)
            if kind == "static":  # of which mgate is told, on whatever processor
                went(br, sender, GATE, [router, member])
            br.ns.run("bridge", "fdb", "del", br.mac, "dev", last.port, "master")
            br.ns.ip("link set br0 address 02:00:00:00:00:fd")
            br.mac = "02:00:00:00:00:fd"
            went(br, sender, REDIRECT, [router, member])
            never_turned(br)


@contextlib.contextmanager
def in_vlan_10(*own, count=4, **more):
    """A gated bridge whose ports are in VLAN 10; `own` are its lines for `bridge`."""
    with Bridge(count, vlan_filtering=1, **more) as br:
        br.ns.bridge(*(f"vlan add dev {host.port} vid 10 pvid untagged" for host in br.hosts),
                     *own)
        eventually(br.path("status").exists, "mgate has a folder")
        br.set("convergence_ms", 0)
        br.hosts[0].query()
        eventually(lambda: mgate.gates(br, 10), "it gates in VLAN 10")
        yield br


@proves("REDIRECT trap 1", "TRAPS 10")
def test_bridge_not_in_the_vlan():
    """VLAN 10 is on the ports only: the gate serves, and redirect once br0 is in it."""
    with in_vlan_10() as br:
        router, sender, member, _ = br.hosts
        joined(br, member, vid=10)
        went(br, sender, GATE, [router, member])
        went(br, sender, GATE, [router], OTHER)
        br.expect_frames(sender, [sender.frame(wire.v2_report(THIRD), THIRD)] * 5,
                         [router], lambda f: f.igmp(0x16) and f.group == THIRD)
        br.wait_joined(sender, THIRD, vid=10)
        with sender.streaming(GROUP, 400) as stream:
            stream.runs(member.tap)
            br.ns.bridge("vlan add dev br0 vid 10 self")
            stream.runs(member.tap, 100)
            br.ns.bridge("vlan del dev br0 vid 10 self")
            stream.runs(member.tap, 100)
        lost(br, member.tap, stream, 2)
        br.ns.bridge("vlan add dev br0 vid 10 self")
        went(br, sender, REDIRECT, [router, member])


@proves("README: the gate after sixteen frames that do not come back")
@redirects
def test_own_vlan_entry_blocking():
    """The bridge's own VLAN entry blocks: a few frames, and members get all again."""
    with in_vlan_10("vlan add dev br0 vid 10 self") as br:
        router, sender, member, _ = br.hosts
        joined(br, member, vid=10)
        went(br, sender, REDIRECT, [router, member])
        with sender.streaming(GROUP, 400) as stream:
            stream.runs(member.tap)
            br.ns.bridge("vlan set dev br0 vid 10 state blocking")
            stream.runs(member.tap, 200)
        lost(br, member.tap, stream, 20)
        # Each processor finds out by itself.
        stream = sender.send(GROUP, 200)
        br.barrier(sender)
        for host in router, member:
            check(len(host.tap.numbers(stream)) >= 180, f"frames at {host}")
        br.ns.bridge("vlan set dev br0 vid 10 state forwarding")
        eventually(lambda: is_redirected(br, sender), "redirect serves again")
        br.expect(sender, GROUP, [router, member])


@proves("REDIRECT trap 6")
def test_backup_port():
    """A member without carrier has a backup port, itself a member: nothing comes twice."""
    with gated() as br:
        router, sender, member, backup = br.hosts
        br.set("groups_static", f"+ {member.port} {GROUP}")
        br.ns.bridge(f"link set dev {member.port} backup_port {backup.port}")
        br.expect(sender, GROUP, [router, member])
        member.ns.up("eth0", False)
        becomes(lambda: br.ns.device(member.port, "carrier").read_text(), "0\n", "carrier")
        br.hosts.remove(member)
        br.expect(sender, GROUP, [router])
        joined(br, backup)
        went(br, sender, REDIRECT, [router, backup])


class PlainTap(Tap):
    """A tap that reads nothing of what it keeps."""

    def keep(self, data, tag, packet_type):
        """See Tap."""
        self.seen.append(data)


def with_stale_slots(br, port, source, sent):
    """Reports that the bridge drops, one before each of these unicasts to the host: how
    they arrive there."""
    with br.ns.entered():
        tap = PlainTap(br.name)
    # The bridge is to know nobody of this name, who would be let in at a locked port.
    report = wire.eth(wire.mac_of(OTHER), f"02:00:00:00:07:{source.number:02x}", wire.ETH_IP,
                      port.frame(wire.v2_report(OTHER), OTHER)[14:])
    data = port.data(GROUP)
    for _ in range(ROUNDS):
        for number, frame in enumerate(sent):
            if not number % 8:  # else the gate would serve: none of them comes up
                br.set("redirect", 1)
                port.inject(data)
            port.inject(report)
            source.inject(frame)
        eventually(lambda: tap.frames(lambda f: f[:14] == sent[0][:14]) == sent,
                   "all unicasts at the host, as they were sent")
        tap.clear()
    tap.close()


@proves("TRAPS 2", "REDIRECT trap 4")
@redirects
def test_stale_slot():
    """Reports into a port that learns only or is locked, unicast to the host in between:
    each of 100,000 arrives as it was sent, and nowhere else. Nine in ten of the
    reports, at least, were redirected and dropped, which is when a slot is stale."""
    signal.alarm(240)
    # Without a delay: its timer would make a learning port forward.
    with gated(address="10.0.0.254", hooks=ARMED % ("02:00:00:00:00:fe", OTHER),
               forward_delay=0) as br:
        _, sender, port, _ = br.hosts
        # Their buffers are to be used again at once.
        sender.tap.close()
        port.tap.close()
        br.ns.bridge(f"fdb add {port.mac} dev {port.port} master static")
        # The worst: the same port and IP addresses as of the report before it.
        for setting, source in ("state 2", sender), ("state 3 locked on", port):
            br.ns.bridge(f"link set dev {port.port} {setting}")
            stream = new_stream()
            sent = [wire.eth(br.mac, source.mac, wire.ETH_IP, wire.ipv4(
                port.ip, OTHER if number % 2 else "10.0.0.254", wire.UDP,
                wire.udp(wire.mark(stream, number)))) for number in range(1000)]
            with_stale_slots(br, port, source, sent)
            for host in br.others(sender, port):
                equal(host.tap.numbers(stream), [], f"unicasts for the host at {host}")
        rules = br.ns.run("nft", "list", "table", "bridge", "armed").stdout
        armed = int(re.search(r"counter packets (\d+)", rules)[1])
        check(armed >= 1800 * ROUNDS, f"only {armed} reports were redirected")
        check(OTHER not in mgate.groups(br), "a dropped report was learned from")


def host_gets(br, sender, wanted, *, vlan=None):
    """Does the tap on the bridge device get a group's frames, as they were?"""
    with br.ns.entered():
        tap = Tap(br.name)
    stream = sender.send(GROUP, 5)
    br.barrier(sender)
    got = tap.frames(lambda f: f.stream == stream)
    tap.close()
    equal(len(got), 5 * wanted, "frames at the bridge device")
    for frame in got:
        equal((frame.mac, frame.packet_type, frame.vlan and frame.vlan & 4095),
              (wire.mac_of(GROUP), PACKET_MULTICAST, vlan), "MAC address, packet type, VLAN")
    return stream


def listener(br, device, group=GROUP):
    """A socket in the bridge's namespace that joined by this device."""
    with br.ns.entered():
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        index = socket.if_nametoindex(device)
    sock.bind(("", 5001))
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                    struct.pack("4s4si", socket.inet_aton(group), bytes(4), index))
    sock.settimeout(20)
    return sock


def hears(sock, stream):
    """The socket gets the five frames of a stream."""
    for number in range(5):
        equal(sock.recv(2048)[:10], wire.mark(stream, number)[:10], "the datagram")


@proves("REDIRECT trap 9", "TRAPS 8", "DECISIONS 11")
def test_host_copies():
    """The host gets what it joined, and all while its device is all-multicast or
    promiscuous; else nothing."""
    with gated(address="10.0.0.254") as br:
        router, sender, member, _ = br.hosts
        joined(br, member)
        host_gets(br, sender, False)
        with listener(br, "br0") as sock:
            hears(sock, host_gets(br, sender, True))
        host_gets(br, sender, False)
        for flag in "allmulticast", "promisc":
            br.ns.ip(f"link set br0 {flag} on")
            host_gets(br, sender, True)
            br.ns.ip(f"link set br0 {flag} off")
            host_gets(br, sender, False)
        went(br, sender, REDIRECT, [router, member])


@proves("REDIRECT trap 9", "TRAPS 8")
def test_host_copies_for_macvlan():
    """A macvlan on the bridge device that joined gets the group."""
    with gated(3) as br:
        sender = br.hosts[1]
        br.ns.ip("link add link br0 name mv0 type macvlan mode bridge", "link set mv0 up")
        br.ns.address("mv0", "10.0.0.253")
        with listener(br, "mv0") as sock:
            hears(sock, host_gets(br, sender, True))


@proves("REDIRECT trap 9", "TRAPS 8")
def test_host_copies_for_vlan_device():
    """A VLAN device on a filtering bridge that joined gets the group, tagged as ever."""
    with in_vlan_10("vlan add dev br0 vid 10 self") as br:
        sender = br.hosts[1]
        br.ns.ip("link add link br0 name br0.10 type vlan id 10", "link set br0.10 up")
        br.ns.address("br0.10", "10.0.0.253")
        host_gets(br, sender, False)
        with listener(br, "br0.10") as sock:
            hears(sock, host_gets(br, sender, True, vlan=10))


@proves("REDIRECT trap 9", "DECISIONS 11")
def test_host_copies_for_a_multicast_router():
    """Multicast routing with the bridge as an interface: the host gets all."""
    with gated(3, address="10.0.0.254") as br:
        sender = br.hosts[1]
        with br.ns.entered():
            sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_IGMP)
            index = socket.if_nametoindex("br0")
        with sock:
            sock.setsockopt(socket.IPPROTO_IP, IP_MRT_INIT, 1)
            host_gets(br, sender, False)
            sock.setsockopt(socket.IPPROTO_IP, IP_MRT_ADD_VIF, struct.pack(
                "HBBIi4s", 0, VIFF_USE_IFINDEX, 1, 0, index, bytes(4)))
            host_gets(br, sender, True)
