# SPDX-License-Identifier: GPL-2.0-only
"""The bridge host as one that is asked like everybody else, in its VLAN."""
import socket
import struct

import mgate
import wire
from lab import Bridge
from tap import Tap
from test_election import fast
from test_leaves import querying
from words import becomes, check, equal, eventually, proves

GROUP = "239.1.1.1"


class Socket:
    """A real socket on the bridge host that joined a group on a device."""

    def __init__(self, br, group, device):
        with br.ns.entered():
            self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        index = int(br.ns.device(device, "ifindex").read_text())
        self.sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                             struct.pack("4s4si", socket.inet_aton(group), bytes(4), index))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()


def answers(host, group=GROUP, vlan=None):
    """The answers to a general query that came in at a host: in version 3 of type IS_EX,
    which no join of the kernel's has."""
    return host.tap.frames(lambda f: f.igmp(0x22) and (f.vlan or 0) & 0xfff == (vlan or 0) and
                           wire.record(wire.IS_EX, group) in f.body)


def asked(tap, vlan=None):
    """The general queries that came in at a device, by their tag."""
    return tap.frames(lambda f: f.igmp(0x11) and f.body[4:8] == bytes(4) and
                      (f.vlan or 0) & 0xfff == (vlan or 0))


@proves("issue 4 item 1: own queries given to the host too", "DECISIONS 10")
def test_the_host_answers():
    """mgate queries from the bridge's own address: a socket on the bridge host answers, in
    versions 2 and 3, and what the host gets makes nobody there step back: it is from no
    address. So it is without an address."""
    for address in "10.0.0.254", None:
        with Bridge(2, address=address) as br:
            eventually(br.path("status").exists, "mgate has a folder")
            br.set("router", "always", br.hosts[0].port)
            tap = br.tap
            fast(br, querier="on")
            with Socket(br, GROUP, "br0"):
                eventually(lambda b=br: len(answers(b.hosts[0])) >= 2, "the host answers twice")
                equal(len(answers(br.hosts[1])), 0, "answers at a host")
                equal({f.source for f in asked(tap)}, {"0.0.0.0"}, "source of what the host gets")
                equal({(wire.checksum(f.payload[:24]), wire.checksum(f.body)) for f in asked(tap)},
                      {(0, 0)}, "checksums")
                equal(mgate.querier(br)["state"], "self", "state")
                equal(mgate.querier(br)["address"], address or "0.0.0.0", "address")
                br.set("version", 2)
                first = len(br.hosts[0].tap.frames(lambda f: f.igmp(0x16)))
                eventually(lambda b=br, n=first: len(b.hosts[0].tap.frames(
                    lambda f: f.igmp(0x16) and f.group == GROUP)) >= n + 6,
                           "it answers in version 2, more often than a join is said", timeout=40)


@proves("issue 4 item 1: state per VLAN from the start", "DECISIONS 8, 11")
def test_the_host_is_asked_in_its_vlan():
    """On a bridge that filters VLANs br0.10 hears what is asked in VLAN 10, and its socket
    answers there; br0 hears it with its tag only."""
    with Bridge(2, vlan_filtering=1) as br:
        eventually(br.path("status").exists, "mgate has a folder")
        one = br.hosts[0]
        br.ns.bridge("vlan del dev br0 vid 1 self", "vlan add dev br0 vid 10 self",
                     "vlan add dev p1 vid 10", "vlan add dev p2 vid 10 pvid untagged")
        br.ns.ip("link add link br0 name br0.10 type vlan id 10", "link set br0.10 up",
                 "addr add 10.0.10.254/24 dev br0.10")
        br.set("router", "always", one.port)
        with br.ns.entered():
            tap = Tap("br0.10")
        fast(br, querier="on")
        with Socket(br, GROUP, "br0.10"):
            one.inject(one.frame(wire.v2_report("239.9.9.9"), "239.9.9.9", vlan=10))
            becomes(lambda: mgate.querier(br, 10).get("state"), "self", "state in VLAN 10")
            equal(mgate.querier(br, 10)["address"], "10.0.10.254", "address in VLAN 10")
            eventually(lambda: len(answers(one, vlan=10)) >= 2, "the host answers in VLAN 10")
        check(len(asked(tap)) >= 2, "br0.10 was not asked")
        equal((asked(br.tap), len(answers(one))), ([], 0), "queries and answers without a tag")
        tap.close()


@proves("DECISIONS 8", "issue 4 item 1: state per VLAN from the start")
def test_the_host_moves_to_another_vlan():
    """`bridge vlan add … pvid self`: mgate asks in that VLAN, and the host hears it without
    a tag; when the bridge begins to filter VLANs it asks in the host's."""
    with Bridge(2, address="10.0.0.254", vlan_filtering=0) as br:
        querying(br)
        tap, host = br.tap, br.hosts[0]
        br.ns.bridge("vlan add dev p1 vid 20")
        br.ns.ip("link set br0 type bridge vlan_filtering 1")
        becomes(lambda: mgate.querier(br, 1).get("state"), "self", "state in VLAN 1")
        br.ns.bridge("vlan add dev br0 vid 20 pvid untagged self")
        becomes(lambda: mgate.querier(br, 20).get("state"), "self", "state in VLAN 20")
        eventually(lambda: asked(host.tap, 20), "a query in VLAN 20")
        br.ns.bridge("vlan del dev br0 vid 1 self")
        tap.clear()
        eventually(lambda: len(asked(tap)) >= 2, "the host is asked in VLAN 20")
        equal(asked(tap, 20), [], "with a tag")
