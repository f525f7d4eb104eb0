# SPDX-License-Identifier: GPL-2.0-only
"""Bridges beside each other of which one begins anew, or knows less than the other."""
import contextlib
import time

import mgate
from lab import Bridge
from test_election import back_to_back, fast, queries, state
from test_leaves import running, watches_on
from words import becomes, check, equal, eventually, proves

GROUP, OTHER = "239.1.1.1", "239.2.2.2"
# Long enough that no second query comes by chance.
LONG = {"query_interval_ms": 125000, "startup_query_count": 1, "robustness": 2,
        "query_response_interval_ms": 1000}


def slow(br, **more):
    """The usual intervals, but for the time to answer."""
    eventually(br.path("status").exists, f"mgate has a folder for {br.name}")
    values = {"querier": "off"} | LONG | more
    querier = values.pop("querier")
    for file, value in (values | {"querier": querier}).items():
        br.set(file, value)


@contextlib.contextmanager
def streams(one, two):
    """In the block a stream runs to a member at the first bridge from the second, and one the
    other way; no member loses a frame."""
    pairs = []
    for group, member, sender in ((GROUP, one.hosts[0], two.hosts[1]),
                                  (OTHER, two.hosts[0], one.hosts[1])):
        member.join(group)
        pairs.append((group, member, sender))
    with contextlib.ExitStack() as stack:
        runs = [(stack.enter_context(sender.streaming(group, 200)), member)
                for group, member, sender in pairs]
        begins = [running(stream, member) for stream, member in runs]
        yield [stream for stream, _ in runs]
        for stream, member in runs:
            stream.runs(member.tap, 20)
    for (stream, member), begin in zip(runs, begins):
        watches_on(stream, begin, member)


@proves("TRAPS 22, 33", "issue 4: two bridges back to back, with and without addresses")
def test_one_without_an_address_begins_anew():
    """One has an address and queries, the other has none, queries too and forgets all, with no
    link down: it is told within ten seconds, and neither member loses a frame."""
    with back_to_back({"address": "10.0.0.253"}) as (near, far):
        slow(near, querier="on")
        becomes(lambda: state(near), "self", "state of the one")
        eventually(lambda: mgate.gates(near), "it gates")
        slow(far, querier="on")
        becomes(lambda: state(far), "other", "state of the other")
        eventually(lambda: mgate.gates(far), "it gates")
        with streams(near, far):
            for _ in range(2):
                asked = len(queries(far.hosts[0], "10.0.0.253"))
                far.set("flush", 1)
                becomes(lambda: state(far), "other", "state of the other, begun anew")
                equal(len(queries(far.hosts[0], "10.0.0.253")), asked + 1, "queries of the one")
                eventually(lambda: mgate.gates(far), "it gates")
        equal(mgate.routers(near), {}, "router ports of the one")


@proves("TRAPS 22, 33", "DECISIONS 4: never towards dropping a member's traffic")
def test_without_an_address_beside_a_stranger():
    """A querier behind a bridge with the built-in, neither of which answers a query: who has no
    address cuts nothing until the querier is heard again."""
    with back_to_back({"mcast_querier": 0}) as (near, far):
        eventually(near.path("status").exists, "mgate has a folder")
        near.set("mode", "off")
        member, router = near.hosts
        slow(far, querier="on", query_interval_ms=30000)
        router.query()
        becomes(lambda: state(far), "other", "state")
        eventually(lambda: mgate.gates(far), "it gates")
        member.join(GROUP)
        with far.hosts[1].streaming(GROUP, 200) as stream:
            begin = running(stream, member)
            far.set("flush", 1)
            becomes(lambda: state(far), "self", "state after the flush")
            since = time.monotonic()
            eventually(lambda: time.monotonic() - since > 5, "five seconds")
            equal((state(far), mgate.gates(far)), ("self", False), "state, gates, after 5 s")
            stream.runs(member.tap, 50)
            router.query()
            becomes(lambda: state(far), "other", "state at the next query")
            eventually(lambda: mgate.gates(far), "it gates")
            stream.runs(member.tap, 50)
        watches_on(stream, begin, member)


@proves("DECISIONS 4, 10", "TRAPS 22")
def test_a_querier_comes_between_two_without_addresses():
    """Two that query without addresses gate beside each other. Then one is given an address:
    no member loses a frame while the ports that led to each other by proxy end."""
    with back_to_back() as (near, far):
        for br in near, far:
            fast(br, querier="on")
        for br, port in (near, "x0"), (far, "x1"):
            becomes(lambda b=br, p=port: mgate.router_ways(b, p), {"proxy"}, "router port")
            eventually(lambda b=br: mgate.gates(b), "it gates")
        with streams(near, far) as (stream, _):
            near.set("querier_address", "10.0.0.253")
            becomes(lambda: state(far), "other", "state of the other")
            becomes(lambda: mgate.router_ways(far, "x1"), {"query"}, "router port of the other")
            becomes(lambda: mgate.router_ways(near, "x0"), set(), "router port of the one",
                    timeout=40)
            stream.runs(near.hosts[0].tap, 200)


def viewers(version):
    """One viewer behind the second bridge leaves, another there watches on; then one leaves
    here while one watches there: whoever watches on loses no frame."""
    with back_to_back({"address": "10.0.0.253"}) as (near, far):
        fast(near, querier="on")
        fast(far, querier="off")
        for br in near, far:
            eventually(lambda b=br: mgate.gates(b), "it gates")
        sender, here = near.hosts
        leaving, watching = far.hosts
        for host in leaving, watching, here:
            host.igmp_version(version)
            host.join(GROUP)
        for br, port in (near, "x0"), (near, here.port), (far, leaving.port), (far, watching.port):
            eventually(lambda b=br, p=port: mgate.members(b, p, GROUP), f"{port} is a member")
        with sender.streaming(GROUP, 100) as stream:
            begin = running(stream, leaving, watching, here)
            leaving.leave(GROUP)
            far.wait_left(leaving, GROUP)
            stream.runs(watching.tap, 50)
            here.leave(GROUP)
            near.wait_left(here, GROUP)
            stream.runs(watching.tap, 50)
        watches_on(stream, begin, watching)
        for host in leaving, here:
            check(stream.sent - 1 not in host.tap.numbers(stream.id), f"{host} got the last frame")
        watching.leave(GROUP)
        eventually(lambda: not mgate.members(near, "x0", GROUP), "it ends here too", timeout=40)


@proves("issue 4 item 2: behind a second bridge", "TRAPS 24", "CONFORMANCE 71, 95 to 98")
def test_viewers_behind_a_second_bridge():
    """Viewers of version 2 leave while others watch on, here and there."""
    viewers(2)


@proves("issue 4 item 2: behind a second bridge", "TRAPS 24", "CONFORMANCE 71, 75, 95")
def test_viewers_behind_a_second_bridge_version_3():
    """The same with version 3."""
    viewers(3)
