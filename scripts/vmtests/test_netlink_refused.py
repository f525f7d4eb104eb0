# SPDX-License-Identifier: GPL-2.0-only
"""What generic netlink refuses, and what is explained of a frame that gets nowhere."""
import errno
import re

import genl
from lab import Bridge, gated
from words import Failure, check, equal, eventually, proves

GROUP = "239.1.1.1"


def refusal_of(asked, **values):
    """The refusal of a question."""
    try:
        answer = asked.explain(**values)
    except genl.netlink.Refused as refusal:
        return refusal
    raise Failure(f"{values} is explained: {answer}")


@proves("issue 10 item 2: explain", "HOUSE: errors are sentences")
def test_explain_refuses():
    """A frame that cannot be is not explained; the refusal names what is wrong with it."""
    with gated(2) as br, Bridge(1, first=8, name="br8", ns=br.ns) as other, \
            genl.opened(br.ns) as asked:
        port, sender = (genl.index(br, host.port) for host in br.hosts)
        frame = {"bridge": genl.index(br, br.name), "port": sender, "source": "10.0.0.2",
                 "group": GROUP}
        check(asked.explain(**frame)["to"], "a frame that can be is explained")
        for change, number, words in (
                ({"group": "10.0.0.9"}, errno.EINVAL, "group is to be .*multicast address"),
                ({"group": "255.255.255.255"}, errno.EINVAL, "group is to be .*multicast address"),
                ({"group": None}, errno.EINVAL, "group is to be .*multicast address"),
                ({"source": None}, errno.EINVAL, "source is to be .*address"),
                ({"bridge": None}, errno.ENODEV, "bridge is to be the index of a bridge"),
                ({"bridge": port}, errno.ENODEV, "bridge is to be the index of a bridge"),
                ({"port": 4321}, errno.ENODEV, "port is to be the index of a port of that bridge"),
                ({"port": genl.index(br, other.hosts[0].port)}, errno.ENODEV,
                 "port is to be the index of a port of that bridge"),
                ({"bridge": genl.index(br, other.name)}, errno.ENODEV,
                 "port is to be the index of a port of that bridge")):
            refusal = refusal_of(asked, **frame | change)
            equal(refusal.errno, number, f"the error of {change}")
            check(re.search(f"mgate: {words}", refusal.text),
                  f"what is said of {change}: {refusal.text!r}")


@proves("issue 10 item 2: explain", "TRAPS 10")
def test_explain_without_pvid():
    """What has no tag at a port without a PVID gets nowhere, and explain says why; with the
    tag of a VLAN of the port it is explained there."""
    with Bridge(2, vlan_filtering=1) as br, genl.opened(br.ns) as asked:
        eventually(br.path("status").exists, "mgate has a folder")
        member, sender = br.hosts
        br.ns.bridge(*(f"vlan add dev {host.port} vid 10" for host in br.hosts),
                     f"vlan del dev {sender.port} vid 1")
        frame = {"bridge": genl.index(br, br.name), "port": genl.index(br, sender.port),
                 "source": sender.ip, "group": GROUP}
        answer = asked.explain(**frame)
        equal((answer["vid"], answer["path"], answer.get("refused"), answer.get("to")),
              (0, "bridge", "vlan", None), "what has no tag")
        answer = asked.explain(**frame, vid=10)
        equal((answer["vid"], answer.get("refused")), (10, None), "what is of VLAN 10")
        equal({to["port_name"] for to in answer["to"] if "refused" not in to and to.get("pass")},
              {member.port}, "who gets what is of VLAN 10")
