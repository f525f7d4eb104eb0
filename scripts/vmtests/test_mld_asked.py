# SPDX-License-Identifier: GPL-2.0-only
"""The tests of the bridge host as one that is asked, of MLD."""
import test_asked
from families import MLD
from words import proves


@proves("issue 12 item 3", "DECISIONS 10")
def test_the_host_answers():
    """mgate queries from the bridge's own address: a socket on the bridge host answers, in
    both versions, and what the host gets is from that address: MLD knows none without."""
    test_asked.the_host_answers(MLD, MLD.address, MLD.address)


@proves("issue 12 item 3", "DECISIONS 8, 11")
def test_the_host_is_asked_in_its_vlan():
    """On a bridge that filters VLANs br0.10 hears what is asked in VLAN 10, and its socket
    answers there; br0 hears it with its tag only."""
    test_asked.the_host_is_asked_in_its_vlan(MLD, "fe80::10:fe")


@proves("issue 12 item 3", "DECISIONS 8")
def test_the_host_moves_to_another_vlan():
    """As the same test of IGMP."""
    test_asked.the_host_moves_to_another_vlan(MLD)
