# SPDX-License-Identifier: GPL-2.0-only
"""Frames that waited for a program (NFQUEUE) when mgate had decided of them, and are known no
more: in which VLAN they were. See test_company for bridges without VLANs."""
import mgate
from test_company import Queue, queued_behind
from test_traps import GROUP, OTHER, in_vlan_10, joined
from words import check, equal, eventually, needs, proves


@proves("README: frames that waited for a program", "TRAPS 9, 10")
@needs("nft_queue")
def test_vlan_of_what_waited():
    """Members get data that waited, as does the whole VLAN where nothing tells any more in which
    it was; a report is learned from there, though the bridge has taken its tag off."""
    with in_vlan_10("vlan add dev br0 vid 10 self pvid untagged", hooks=queued_behind()) as br:
        br.set("redirect", 0)
        router, sender, member, other = br.hosts
        joined(br, member, vid=10)
        queue = Queue(br, rules="")
        with queue.sock:
            got = br.arrived(sender, queue.send(sender, GROUP))
            equal((got[router], got[member]), (200, 200), "frames that waited")
            # The last one mgate may still know.
            check(got[other] in (199, 200), f"who got frames: {got}")
            eventually(lambda: mgate.counter(br, other.port, mgate.FLOOD_NO_VLAN) >= 199,
                       "they are counted where they go out")
            sender.report(OTHER)
            eventually(lambda: queue.serve() and mgate.members(br, sender.port, OTHER, vid=10),
                       "a report that waited is learned from")
            eventually(lambda: router.tap.count(lambda f: f.igmp(0x16) and f.group == OTHER),
                       "it reaches the router")
