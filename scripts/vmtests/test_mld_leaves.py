# SPDX-License-Identifier: GPL-2.0-only
"""The tests of leaves, of MLD."""
import mgate
import test_leaves
from families import MLD
from words import equal, eventually, proves

WHY = "issue 12 item 1: the same state machine, leaves, proxy"


@proves(WHY, "CONFORMANCE 71, 75, 95 to 98")
def test_one_leaves_another_watches():
    """mgate queries. One says done and its port is asked, another at another port loses nothing."""
    test_leaves.one_leaves_another_watches(MLD)


@proves(WHY, "CONFORMANCE 73, 95")
def test_routers_hear_the_question():
    """Routers hear what is asked about the last member, and nothing while another is there."""
    test_leaves.routers_hear_the_question(MLD)


@proves(WHY, "CONFORMANCE 71")
def test_two_behind_one_port():
    """Of two behind one port one leaves; the other answers and loses no frame."""
    test_leaves.two_behind_one_port(MLD)


@proves(WHY, "TRAPS 24")
def test_leave_is_withheld():
    """A done is kept from the router while another port wants the group; mgate asks, without an
    address of its own, from one that wins no election; the last done goes on."""
    test_leaves.leave_is_withheld(MLD)


@proves(WHY, "TRAPS 24")
def test_withheld_leave_with_somebody_left():
    """The same with somebody left behind the port: the answer keeps the membership."""
    test_leaves.withheld_leave_with_somebody_left(MLD)


@proves(WHY, "INTERFACE proxy off")
def test_proxy_off():
    """Without proxy each done goes to the router."""
    test_leaves.proxy_off(MLD)


@proves(WHY)
def test_version_2_leaves():
    """A version 2 report of nothing but withheld leaves is kept back; with a join it goes on."""
    test_leaves.newest_leaves(MLD)


@proves(WHY, "INTERFACE proxy full")
def test_proxy_full():
    """The router hears one report a group and change, from the bridge, none of the hosts'."""
    test_leaves.proxy_full(MLD)


@proves(WHY, "INTERFACE proxy full", "RFC 9777 5.2.13")
def test_proxy_without_an_address():
    """Where the bridge has no address to report from, which routers would not believe, the
    reports of the hosts go on themselves, of both versions."""
    with MLD.gated(4) as br:
        br.set("proxy", "full")
        router, member, *_ = br.hosts
        for version in MLD.sizes:
            MLD.force(member, version)
            router.query(version, MLD.unspecified, code=MLD.tenth)
            br.join(member, MLD.group)
            eventually(lambda: MLD.told(router, MLD.reports), f"a report of version {version}")
            equal({f.source for f in MLD.told(router, MLD.reports)}, {member.link_local},
                  "who reports")
            member.leave(MLD.group)
            router.query(version, MLD.group, code=MLD.tenth)
            br.wait_left(member, MLD.group)
            router.tap.clear()
        equal(mgate.counter(br, "host", "tx_report"), 0, "own reports")
