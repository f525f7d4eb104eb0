# SPDX-License-Identifier: GPL-2.0-only
"""IPv6 itself through a gated bridge: neighbour discovery, duplicate addresses and router
solicitation, with `ipv6` off, safe and full; and changes between these.

MGATE_ND_HOSTS=N hosts get MGATE_ND_ADDRESSES=N addresses each.
"""
import contextlib
import os
import pathlib
import signal
import socket
import struct
import time

import genl
import mgate
import wire
import wire6
from families import MLD
from lab import gated
from test_leaves import running, watches_on
from words import becomes, check, equal, eventually, proves

GROUP, OTHER = MLD.group, MLD.other
HOSTS = int(os.environ.get("MGATE_ND_HOSTS") or 2)
MANY = int(os.environ.get("MGATE_ND_ADDRESSES") or 300)
PORT = 7000
SO_RCVBUFFORCE = 33
NEIGHBOURS = pathlib.Path("/proc/sys/net/ipv6/neigh/default/gc_thresh3")


def addresses(host, count=MANY):
    """So many addresses of a host, no two of which have the same solicited-node group."""
    return [f"fd00:{host.number:x}::{host.number:x}:{number:x}" for number in range(1, count + 1)]


def states(host, flag):
    """The addresses of a host that are `tentative` or `dadfailed`."""
    text = host.ns.run("ip", "-6", "-o", "addr", "show", "dev", "eth0", flag).stdout
    return [line.split()[3].split("/")[0] for line in text.splitlines()]


def configure(host, wanted):
    """Give a host addresses at once, by `ip -batch`."""
    host.ns.ip(*(f"addr add {address}/16 dev eth0" for address in wanted))


def settled(*hosts):
    """Wait until none looks for duplicates any more."""
    for host in hosts:
        becomes(lambda h=host: states(h, "tentative"), [], f"tentative addresses of {host}",
                timeout=60 + MANY / 10)


@contextlib.contextmanager
def discovering(ipv6, hosts=4):
    """A bridge with IPv6 gated this way, whose hosts look for duplicates."""
    with gated(hosts, family=6, dad=True) as br:
        br.set("ipv6", ipv6)
        br.gate(br.hosts[0])
        settled(*br.hosts)
        yield br


class Receiver:
    """A UDP socket of a host that takes what comes to any of its addresses."""

    def __init__(self, host):
        with host.ns.entered():
            self.sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        # All addresses may be found at once.
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 4096 * (MANY + 100))
        self.sock.bind(("::", PORT))
        self.sock.setblocking(False)
        self.got = set()

    def all(self):
        """What came by now."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self.got.add(self.sock.recv(64).decode())
        return self.got


def resolve(one, other, wanted):
    """Have a host send once to each of these addresses of another: each arrives."""
    receiver = Receiver(other)
    with one.ns.entered(), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        for address in wanted:
            sock.sendto(address.encode(), (address, PORT))
    with contextlib.closing(receiver.sock):
        becomes(lambda: sorted(set(wanted) - receiver.all()), [],
                f"addresses of {other} that {one} did not reach", timeout=30 + MANY / 10)


@contextlib.contextmanager
def room(br, hosts):
    """Raise what bounds so many addresses: neighbours of all namespaces together, destinations
    of each (before Linux 6.3), and groups in mgate."""
    before = NEIGHBOURS.read_text(encoding="ascii")
    NEIGHBOURS.write_text(str(max(int(before), 4 * HOSTS * MANY)), encoding="ascii")
    for host in hosts:
        host.ns.sysctl("ipv6/route/max_size", max(4096, 8 * MANY))
        br.set("max_groups", max(4096, MANY + 100), host.port)
    br.set("max_groups", max(16384, HOSTS * MANY + 100))
    try:
        yield
    finally:
        NEIGHBOURS.write_text(before, encoding="ascii")


def many(ipv6):
    """Hosts get hundreds of addresses each; no duplicate is seen, and each is found once by
    another host; also after all have been forgotten."""
    signal.alarm(120 + HOSTS * MANY // 4)
    with discovering(ipv6, HOSTS + 2) as br, room(br, br.hosts[1:-1]):
        hosts = br.hosts[1:-1]
        begin = time.monotonic()
        for host in hosts:
            configure(host, addresses(host))
        settled(*hosts)
        for host in hosts:
            equal(states(host, "dadfailed"), [], f"addresses of {host} that failed")
            equal(len(states(host, "permanent")), MANY + 2, f"addresses of {host}")
        configured = time.monotonic()
        if ipv6 == "full":
            eventually(lambda: len(mgate.groups(br)) >= HOSTS * MANY, "a group of each address")
        for sender, receiver in zip(hosts, hosts[1:] + hosts[:1]):
            resolve(sender, receiver, addresses(receiver))
        hosts[0].ns.run("ip", "-6", "neigh", "flush", "dev", "eth0")
        resolve(hosts[0], hosts[1], addresses(hosts[1]))
        print(f"# {ipv6}: {HOSTS} hosts with {MANY} addresses each: none failed in "
              f"{configured - begin:.0f} s, all found in {time.monotonic() - configured:.0f} s")
        equal(br.get("status"), "gating", "status")


@proves("issue 12: duplicate address detection and neighbour discovery for thousands of addresses",
        "PEERS U2 to U5")
def test_many_addresses_safe():
    """Hundreds of addresses with `safe`, the default."""
    many("safe")


@proves("issue 12: duplicate address detection and neighbour discovery for thousands of addresses",
        "RFC 4541 3", "PEERS U2 to U5")
def test_many_addresses_full():
    """The same with `full`, which gates solicited-node groups."""
    many("full")


@proves("issue 12 item 2: neighbour discovery never suffers", "RFC 4541 3")
def test_behind_a_port_that_reflects():
    """Hosts behind one port with `hairpin on` find each other and hear each other's queries,
    with `safe` and with `full`; data of a member does not come back, as ever."""
    for ipv6 in "safe", "full":
        with discovering(ipv6) as br:
            router, port, _, _ = br.hosts
            br.ns.bridge(f"link set dev {port.port} hairpin on")
            group = wire6.solicited_node("fd00:77::7:1")
            frames = {port.frame(wire6.query(2), wire6.ALL_NODES, src="fe80::ffff"): br.hosts,
                      port.data(GROUP, 77): [router]}
            port.report(group, 2)
            port.report(GROUP, 2)
            br.wait_joined(port, GROUP)
            if ipv6 == "full":
                br.wait_joined(port, group)
            frames[port.frame(wire6.solicitation("fd00:77::7:1", port.mac), group, ttl=255,
                              headers=())] = [router, port] if ipv6 == "full" else br.hosts
            for frame, wanted in frames.items():
                br.expect_frames(port, [frame], wanted, lambda f, d=frame: f.data == d)


@proves("issue 12: duplicate address detection", "RFC 4862 5.4")
def test_duplicates_are_found():
    """An address that another has is found to be a duplicate, with `safe` and with `full`; so is
    one that two get at the same time."""
    for ipv6 in "safe", "full":
        with discovering(ipv6) as br:
            _, one, two, _ = br.hosts
            configure(one, ["fd00:77::1"])
            settled(one)
            configure(two, ["fd00:77::1"])
            becomes(lambda t=two: states(t, "dadfailed"), ["fd00:77::1"], f"{ipv6}: duplicates")
            equal(states(one, "dadfailed"), [], f"{ipv6}: duplicates where it was first")


@proves("issue 12 item 2: full gates solicited-node groups with members", "RFC 4541 3")
def test_who_is_solicited():
    """With `full` a solicitation goes to the members of its group and to routers, with `safe` to
    all; where nobody is a member it goes to all; other groups of link scope have no members."""
    with discovering("full", 5) as br:
        router, asking, asked, idle, last = br.hosts
        configure(asked, ["fd00:77::7:1"])
        settled(asked)
        group = wire6.solicited_node("fd00:77::7:1")
        br.wait_joined(asked, group)
        check(all(group.startswith("ff02::1:ff") for group in mgate.groups(br)),
              f"groups: {mgate.groups(br)}")
        for target, wanted in (("fd00:77::7:1", [router, asked]),
                               ("fd00:77::9:9", br.others(asking))):
            frame = asking.frame(wire6.solicitation(target, asking.mac),
                                 wire6.solicited_node(target), ttl=255, headers=())
            br.expect_frames(asking, [frame], wanted, lambda f, d=frame: f.data == d)
        asked.report("ff02::fb", 2)
        br.barrier(asked)
        frame = asking.data("ff02::fb", 77)
        br.expect_frames(asking, [frame], br.others(asking), lambda f, d=frame: f.data == d)
        br.set("ipv6", "safe")
        router.query(group="::")
        frame = asking.frame(wire6.solicitation("fd00:77::7:1", asking.mac), group, ttl=255,
                             headers=())
        br.expect_frames(asking, [frame], br.others(asking), lambda f, d=frame: f.data == d)
        becomes(lambda: mgate.groups(br), set(), "groups with safe")


@proves("issue 12 item 2: full gates solicited-node groups with members", "README: how frames go")
def test_neighbour_suppression():
    """With `full` the bridge answers for a host behind a port with `neigh_suppress`, and keeps
    the question from it, as it does without mgate; what it cannot answer goes there."""
    with discovering("full") as br:
        router, asking, asked, _ = br.hosts
        br.wait_joined(asked, wire6.solicited_node(asked.ip6))
        for key, value in ("addr_gen_mode", 1), ("disable_ipv6", 0):
            br.ns.sysctl(f"ipv6/conf/br0/{key}", value)
        br.ns.bridge(f"link set dev {asked.port} neigh_suppress on",
                     f"fdb replace {asked.mac} dev {asked.port} master static")
        entry = f"{asked.ip6} dev br0 lladdr {asked.mac} nud permanent"
        frame = asking.frame(wire6.solicitation(asked.ip6, asking.mac),
                             wire6.solicited_node(asked.ip6), ttl=255, headers=())

        def answers():
            return asking.tap.count(lambda f: f.icmp6(wire6.ADVERTISEMENT) and
                                    f.mac == asking.mac)
        for mode, redirect, known, wanted in (
                ("off", 1, True, br.others(asking, asked)), ("off", 1, False, br.others(asking)),
                ("on", 1, True, [router]), ("on", 1, False, [router, asked]),
                ("on", 0, True, [router]), ("on", 0, False, [router, asked])):
            br.set("mode", mode)
            br.ns.device("br0", "bridge/multicast_snooping").write_text("0")
            br.set("redirect", redirect)
            if mode == "on":
                br.converge(router)
                br.wait_joined(asked, wire6.solicited_node(asked.ip6))
            br.ns.ip(f"neigh replace {entry}" if known
                     else f"neigh del {asked.ip6} dev br0")
            before = answers()
            br.expect_frames(asking, [frame], wanted, lambda f: f.data == frame)
            eventually(lambda b=before: answers() > b, f"an answer, {mode}, {redirect}, {known}")
        with genl.opened(br.ns) as family:
            said = family.explain(bridge=genl.index(br, "br0"), source=asking.link_local,
                                  port=genl.index(br, asking.port),
                                  group=wire6.solicited_node(asked.ip6))
        equal(said["path"], "gate", "the way by explain")


def advertisement(router):
    """A router advertisement with the prefix fd00:99::/64."""
    prefix = struct.pack("!BBBBIII", 3, 4, 64, 0xc0, 86400, 14400, 0) + wire.packed("fd00:99::")
    text = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0) + prefix
    return router.frame(text, wire6.ALL_NODES, ttl=255, headers=())


@proves("issue 12 item 2: router discovery never depends on it", "PEERS U2 to U5")
def test_router_solicitation():
    """A host that is switched on asks for a router, who hears it, not being known as one of
    multicast; all hosts hear what it answers, and each gets an address by that."""
    for ipv6 in "safe", "full":
        with discovering(ipv6) as br:
            _, router, *hosts = br.hosts
            br.set("unknown", "drop")
            router.tap.clear()
            for host in hosts:
                host.ns.up("eth0", False)
                host.ns.up("eth0")
            for host in hosts:
                eventually(lambda r=router, h=host: r.tap.count(
                    lambda f: f.icmp6(wire6.ROUTER_SOLICITATION) and
                    f.data[6:12].hex(":") == h.mac),
                    f"a solicitation of {host} at the router", timeout=40)
            router.inject(advertisement(router))
            for host in hosts:
                eventually(lambda h=host: f"fd00:99::ff:fe00:{h.number:x}" in states(h, "dynamic"),
                           f"an address by the router's prefix at {host}")
            settled(*hosts)
            for host in hosts:
                equal(states(host, "dadfailed"), [], "addresses that failed")


def gates_again(br):
    """After a change of `ipv6` everything floods until a query was answered."""
    _, sender, _, _ = br.hosts
    br.expect(sender, OTHER, br.others(sender))
    br.hosts[0].query(group="::")
    # What floods meanwhile is what a port gets that has not answered.
    becomes(lambda: [host for host, count in br.receivers(sender, OTHER, 1).items() if count],
            [br.hosts[0]], "who gets what nobody asked for")


@proves("issue 12 item 2: off, safe, full", "DECISIONS 4")
def test_changes_under_traffic():
    """From each to each other while a stream runs: its member loses no frame; off floods and has
    no state; after a change all floods until a general query. IPv4 feels nothing."""
    with gated(4, family=6) as br:
        router, sender, member, other = br.hosts
        equal(br.get("ipv6"), "safe", "the default")
        br.join(member, GROUP)
        router.query()
        br.family = 4
        eventually(lambda: mgate.gates(br), "IPv4 gates")
        br.join(other, "239.1.1.1")
        br.family = 6
        # With `off` memberships are forgotten: there has to be time to answer.
        br.set("convergence_ms", "auto")
        with sender.streaming(GROUP, 300) as stream:
            begin = running(stream, member)
            for ipv6 in "full", "safe", "off", "full", "off", "safe":
                br.set("ipv6", ipv6)
                equal(br.get("ipv6"), ipv6, "ipv6")
                stream.runs(member.tap, 20)
                if ipv6 == "off":
                    router.query(group="::")
                    br.barrier(router)
                    br.expect(sender, OTHER, br.others(sender))
                    groups = {group for group in mgate.groups(br) if ":" in group}
                    equal((mgate.querier(br), groups), ({}, set()), "querier and groups of IPv6")
                else:
                    gates_again(br)
                    br.wait_joined(member, GROUP)
                br.expect(sender, "239.1.1.1", [router, other])
                stream.runs(member.tap, 20)
        watches_on(stream, begin, member)
        for bad in "on", "", "1", "Safe":
            equal(br.error("ipv6", bad), 22, f"errno of {bad!r}")
        equal(br.get("ipv6"), "safe", "after what was refused")


@proves("issue 12 item 2: DHCPv6 never depends on snooping")
def test_link_scope():
    """DHCPv6, mDNS, LLMNR and OSPFv3 go everywhere, whatever `unknown` and `ipv6` say, from the
    bridge's own host too."""
    with gated(4, family=6) as br:
        _, sender, _, _ = br.hosts
        for ipv6 in "safe", "full", "off":
            br.set("ipv6", ipv6)
            if ipv6 != "off":
                br.gate(br.hosts[0])
            for unknown in "auto", "drop":
                br.set("unknown", unknown)
                for group in "ff02::1:2", "ff02::fb", "ff02::1:3", "ff02::5", "ff02::1":
                    frame = sender.data(group, 77)
                    br.expect_frames(sender, [frame], br.others(sender),
                                     lambda f, d=frame: f.data == d)
                frame = frame[:6] + bytes.fromhex("0200000000fe") + frame[12:]
                before = [host.tap.count(lambda f, d=frame: f.data == d) for host in br.hosts]
                br.send_from_host(frame)
                for host, was in zip(br.hosts, before):
                    becomes(lambda h=host, w=was, d=frame: h.tap.count(
                        lambda f: f.data == d) - w, 1, f"frames of the bridge's host at {host}")
