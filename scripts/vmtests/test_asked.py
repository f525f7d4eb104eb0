# SPDX-License-Identifier: GPL-2.0-only
"""The bridge host as one that is asked like everybody else, in its VLAN."""
import socket
import struct

import mgate
import wire
import wire6
from families import IGMP
from tap import Tap
from test_election import fast
from test_leaves import querying
from words import becomes, check, equal, eventually, proves

# What is written to `version`, which counts as IGMP does: over IPv6 it is MLDv1.
OLDER = 2


class Socket:
    """A real socket on the bridge host that joined a group on a device."""

    def __init__(self, br, group, device):
        kind = socket.AF_INET6 if wire.is_ipv6(group) else socket.AF_INET
        with br.ns.entered():
            self.sock = socket.socket(kind, socket.SOCK_DGRAM)
        index = int(br.ns.device(device, "ifindex").read_text())
        if kind == socket.AF_INET6:
            self.sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                                 struct.pack("16sI", wire.packed(group), index))
        else:
            self.sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                                 struct.pack("4s4si", wire.packed(group), bytes(4), index))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()


def answers(family, host, vlan=None):
    """The answers to a general query that came in at a host: in the newest version of type
    IS_EX, which no join of the kernel's has."""
    newest = family.reports[-1]
    return [f for f in family.told(host, [newest]) if (f.vlan or 0) & 0xfff == (vlan or 0) and
            wire.record(wire.IS_EX, family.group) in f.body]


def older_reports(family, host):
    """The reports of the version before."""
    return family.told(host, [wire6.V1_REPORT if family.number == 6 else 0x16])


def asked(family, tap, vlan=None):
    """The general queries that came in at a device, by their tag."""
    return tap.frames(lambda f: family.is_query(f) and family.asked(f) == family.unspecified and
                      (f.vlan or 0) & 0xfff == (vlan or 0))


@proves("issue 4 item 1: own queries given to the host too", "DECISIONS 10")
def test_the_host_answers():
    """mgate queries from the bridge's own address: a socket on the bridge host answers, in
    versions 2 and 3, and what the host gets makes nobody there step back: it is from no
    address. So it is without an address."""
    for address in IGMP.address, None:
        the_host_answers(IGMP, address, "0.0.0.0")


def the_host_answers(family, address, source):
    """With an address of the bridge or without; what the host gets is from `source`."""
    with family.bridge(2, address=address) as br:
        eventually(br.path("status").exists, "mgate has a folder")
        one, other = br.hosts
        br.set("router", "always", one.port)
        tap = br.tap
        fast(br, querier="on")
        with Socket(br, family.group, "br0"):
            eventually(lambda: len(answers(family, one)) >= 2, "the host answers twice")
            equal(len(answers(family, other)), 0, "answers at a host")
            equal({f.source for f in asked(family, tap)}, {source}, "source of what the host gets")
            check(all(map(family.sums_are_right, asked(family, tap))), "a checksum is wrong")
            equal(mgate.querier(br)["state"], "self", "state")
            equal(mgate.querier(br)["address"], address or family.unspecified, "address")
            br.set("version", OLDER)
            first = len(older_reports(family, one))
            eventually(lambda: len(older_reports(family, one)) >= first + 6,
                       "it answers in the older version, more often than a join is said",
                       timeout=40)


@proves("issue 4 item 1: state per VLAN from the start", "DECISIONS 8, 11")
def test_the_host_is_asked_in_its_vlan():
    """On a bridge that filters VLANs br0.10 hears what is asked in VLAN 10, and its socket
    answers there; br0 hears it with its tag only."""
    the_host_is_asked_in_its_vlan(IGMP, "10.0.10.254")


def the_host_is_asked_in_its_vlan(family, address):
    """With this address there."""
    with family.bridge(2, vlan_filtering=1) as br:
        eventually(br.path("status").exists, "mgate has a folder")
        one = br.hosts[0]
        br.ns.bridge("vlan del dev br0 vid 1 self", "vlan add dev br0 vid 10 self",
                     "vlan add dev p1 vid 10", "vlan add dev p2 vid 10 pvid untagged")
        br.ns.ip("link add link br0 name br0.10 type vlan id 10")
        if family.number == 6:
            br.ns.ipv6("br0.10")
        br.ns.up("br0.10")
        br.ns.address("br0.10", address)
        br.set("router", "always", one.port)
        with br.ns.entered():
            tap = Tap("br0.10")
        fast(br, querier="on")
        with Socket(br, family.group, "br0.10"):
            one.report(family.other, vlan=10)
            becomes(lambda: mgate.querier(br, 10).get("state"), "self", "state in VLAN 10")
            equal(mgate.querier(br, 10)["address"], address, "address in VLAN 10")
            eventually(lambda: len(answers(family, one, vlan=10)) >= 2,
                       "the host answers in VLAN 10")
        check(len(asked(family, tap)) >= 2, "br0.10 was not asked")
        equal((asked(family, br.tap), len(answers(family, one))), ([], 0),
              "queries and answers without a tag")
        tap.close()


@proves("DECISIONS 8", "issue 4 item 1: state per VLAN from the start")
def test_the_host_moves_to_another_vlan():
    """`bridge vlan add … pvid self`: mgate asks in that VLAN, and the host hears it without
    a tag; when the bridge begins to filter VLANs it asks in the host's."""
    the_host_moves_to_another_vlan(IGMP)


def the_host_moves_to_another_vlan(family):
    """The same of each family."""
    with family.bridge(2, address=family.address, vlan_filtering=0) as br:
        querying(br)
        tap, host = br.tap, br.hosts[0]
        br.ns.bridge("vlan add dev p1 vid 20")
        br.ns.ip("link set br0 type bridge vlan_filtering 1")
        becomes(lambda: mgate.querier(br, 1).get("state"), "self", "state in VLAN 1")
        br.ns.bridge("vlan add dev br0 vid 20 pvid untagged self")
        becomes(lambda: mgate.querier(br, 20).get("state"), "self", "state in VLAN 20")
        eventually(lambda: asked(family, host.tap, 20), "a query in VLAN 20")
        br.ns.bridge("vlan del dev br0 vid 1 self")
        tap.clear()
        eventually(lambda: len(asked(family, tap)) >= 2, "the host is asked in VLAN 20")
        equal(asked(family, tap, 20), [], "with a tag")
