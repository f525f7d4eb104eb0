# SPDX-License-Identifier: GPL-2.0-only
"""A real multicast router takes the querier's role from mgate, and gives it back."""
import contextlib
import time

import mgate
from lab import Bridge
from test_apps import frr
from test_election import fast, queries, state
from test_leaves import running, watches_on
from words import becomes, check, equal, eventually, proves

GROUP = "239.1.1.1"


def taken_and_given_back(version, mode):
    """FRR takes the role, is killed, and mgate takes it again; a member loses nothing."""
    with Bridge(4, address="10.0.0.254") as br:
        router, sender, member, other = br.hosts
        sender.ttl = 1      # FRR may send back what it may route
        fast(br, querier="on", version=version)
        becomes(lambda: state(br), "self", "state at first")
        eventually(lambda: mgate.gates(br), "it gates")
        br.set("querier", mode)
        br.join(member, GROUP)
        with sender.streaming(GROUP, 100) as stream:
            begin = running(stream, member)
            with frr(router.ns, version):
                becomes(lambda: state(br), "other", "state beside FRR", timeout=60)
                equal(mgate.querier(br)["address"], router.ip, "the querier")
                eventually(lambda: mgate.gates(br), "it gates")
                ours, theirs = (len(queries(other, a)) for a in ("10.0.0.254", router.ip))
                eventually(lambda: len(queries(other, router.ip)) >= theirs + 3, "FRR asks on")
                equal(len(queries(other, "10.0.0.254")), ours, "our queries meanwhile")
            heard, interval = time.monotonic(), float(mgate.querier(br)["left"])
            becomes(lambda: state(br), "self", "state after FRR was killed", timeout=60)
            check(time.monotonic() - heard > interval - 1,
                  f"taken again before the {interval} s were over")
            eventually(lambda: len(queries(other, "10.0.0.254")) > ours, "we ask")
            eventually(lambda: mgate.gates(br), "it gates")
            stream.runs(member.tap, 50)
        watches_on(stream, begin, member)


@proves("issue 4: FRR pimd as querier v2, taking over and being killed", "CONFORMANCE 79, 93",
        "DECISIONS 10")
def test_frr_takes_over_version_2():
    """With `on`, in version 2, which says no interval: those of here are in force."""
    taken_and_given_back(2, "on")


@proves("issue 4: FRR pimd as querier v3, taking over and being killed", "CONFORMANCE 79, 89, 90",
        "DECISIONS 10")
def test_frr_takes_over_version_3():
    """With `auto`, in version 3: its interval of 2 s counts as 10 s, the least there is."""
    taken_and_given_back(3, "auto")


@proves("issue 4: PIM hello and goodbye of FRR pimd", "CONFORMANCE 3")
def test_frr_says_goodbye():
    """`no ip pim` at FRR: the port leads to a router by query only; `ip pim`: by both."""
    with contextlib.ExitStack() as stack:
        br = stack.enter_context(Bridge(2, address="10.0.0.254"))
        router = br.hosts[0]
        folder = stack.enter_context(frr(router.ns, 3))
        for command, ways in ("", {"query", "pim"}), ("no ip pim", {"query"}), (
                "ip pim", {"query", "pim"}):
            if command:
                router.ns.run("vtysh", "--vty_socket", str(folder), "-c", "configure terminal",
                              "-c", "interface eth0", "-c", command)
            becomes(lambda: mgate.router_ways(br, router.port), ways,
                    f"by what after {command!r}", timeout=60)
