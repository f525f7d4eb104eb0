# SPDX-License-Identifier: GPL-2.0-only
"""The tests of leaves, of MLD."""
import test_leaves
from families import MLD
from words import proves

WHY = "issue 12 item 1: the same state machine, leaves, proxy"


@proves(WHY, "CONFORMANCE 71, 75, 95 to 98")
def test_one_leaves_another_watches():
    """mgate queries. One says done and its port is asked, another at another port loses nothing."""
    test_leaves.one_leaves_another_watches(MLD)


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
