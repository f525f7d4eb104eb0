# SPDX-License-Identifier: GPL-2.0-only
"""Queries in place of the built-in's querier."""
import time

import mgate
import wire
from lab import Bridge
from words import becomes, check, equal, eventually, proves

FAST = {"mcast_querier": 1, "mcast_query_interval": 100, "mcast_query_response_interval": 50,
        "mcast_startup_query_interval": 100}


def queries(host, source=None):
    """The queries that came in at a host."""
    return host.tap.frames(lambda f: f.igmp(0x11) and source in (None, f.source))


def taken(hosts=2, **more):
    """A bridge whose built-in querier was on when mgate came."""
    return Bridge(hosts, **(FAST | more))


@proves("issue 2 item 2: general queries of the same version, interval and address",
        "DECISIONS 3", "CONFORMANCE 13, 28, 36, 81, 93")
def test_in_place_of_the_builtin():
    """Version, interval, response time and address are those of the built-in."""
    for version, address, size in ("2", "0.0.0.0", 8), ("3", "10.0.0.254", 12):
        with taken(address="10.0.0.254", mcast_igmp_version=version,
                   mcast_query_use_ifaddr=int(version == "3")) as br:
            eventually(br.path("status").exists, "mgate has a folder")
            host = br.hosts[0]
            host.tap.clear()
            first = eventually(lambda: len(queries(host)) >= 3 and queries(host), "three queries",
                               timeout=30)[0]
            becomes(lambda: mgate.querier(br).get("state"), "self", "state")
            equal((first.source, first.group, first.ttl), (address, wire.ALL_HOSTS, 1), "header")
            equal((len(first.body), first.body[1], first.mac, first.payload[1]),
                  (size, 5, "01:00:5e:00:00:01", 0xc0), "length, code, MAC, type of service")
            check(wire.ROUTER_ALERT in first.payload[20:24], "no Router Alert")
            equal((wire.checksum(first.payload[:24]), wire.checksum(first.body)), (0, 0), "sums")
            if size == 12:
                equal(first.body[8:], b"\x02\x01\0\0", "QRV, QQIC and sources")
            row = mgate.querier(br)
            equal((row["version"], row["interval"]), (version, "1.00"), "version and interval")


@proves("issue 2 item 2: stepping back for a better one", "DECISIONS 10", "CONFORMANCE 79")
def test_steps_back():
    """When a real querier is heard ours is silent; when that one dies ours goes on."""
    with taken(3) as br, taken(1) as clock:
        br.set("query_response_interval_ms", 100)
        router, host, _ = br.hosts
        eventually(lambda: len(queries(host)) >= 2, "queries of ours", timeout=30)
        router.query(2, code=1)
        becomes(lambda: mgate.querier(br)["state"], "other", "state")

        # Ports that came while it converged are asked for themselves, once.
        def all_gated():
            router.query(2, code=1)
            return {br.get("status", one.port) for one in br.hosts} == {"gated"}
        eventually(all_gated, "all ports are gated", timeout=30)

        host.tap.clear()
        clock.hosts[0].tap.clear()

        def three_intervals():
            router.query(2, code=1)
            return len(queries(clock.hosts[0])) >= 3
        eventually(three_intervals, "three intervals pass", timeout=30)
        equal(len(queries(host, "0.0.0.0")), 0, "queries of ours while another asks")
        becomes(lambda: mgate.querier(br)["state"], "self", "state after the other's silence")
        eventually(lambda: queries(host, "0.0.0.0"), "queries of ours again", timeout=30)


@proves("DECISIONS 10: the lower address wins", "CONFORMANCE 79")
def test_election_of_two_that_query():
    """Ours has 10.0.0.2: a query from 10.0.0.9 does not end it, one from 10.0.0.1 does."""
    with taken(3, address="10.0.0.2", first=3, mcast_query_use_ifaddr=1) as br:
        eventually(lambda: mgate.querier(br).get("state") == "self", "we query", timeout=30)
        br.hosts[0].query(3, src="10.0.0.9")
        br.barrier(br.hosts[0])
        br.hosts[1].query(3, src="10.0.0.1")
        becomes(lambda: mgate.querier(br)["state"], "other", "state after the lower address")
        equal(mgate.querier(br)["address"], "10.0.0.1", "the querier")


@proves("DECISIONS 10: 0.0.0.0 never takes part in an election with real addresses",
        "CONFORMANCE 14")
def test_0_0_0_0_ends_nothing():
    """A query from 0.0.0.0 does not make ours, with an address, step back."""
    with taken(2, address="10.0.0.254", mcast_query_use_ifaddr=1) as br:
        eventually(lambda: mgate.querier(br).get("state") == "self", "we query", timeout=30)
        br.hosts[0].query(2, src="0.0.0.0")
        br.barrier(br.hosts[0])
        equal(mgate.querier(br)["state"], "self", "state")


@proves("DECISIONS 3, 10", "issue 2 item 3")
def test_own_queries_make_it_gate():
    """Our queries and the answers are enough to gate: no router, only the member."""
    with taken(3) as br:
        sender, member, other = br.hosts
        br.set("convergence_ms", 0)
        member.join("239.1.1.1")
        br.wait_joined(member, "239.1.1.1")
        for host in br.hosts:
            becomes(lambda h=host: br.get("status", h.port), "gated", f"status of {host.port}")
        br.expect(sender, "239.1.1.1", [member])
        equal(other.tap.count(lambda f: f.igmp(0x22)), 0, "reports at another host")


@proves("TRAPS 26", "RELIABILITY T6")
def test_queries_are_no_storm():
    """Queries come at their interval: no more than the time that passed allows."""
    with taken(1) as br:
        host = br.hosts[0]
        start = time.monotonic()
        eventually(lambda: len(queries(host)) >= 4, "four queries", timeout=30)
        count, passed = len(queries(host)), time.monotonic() - start
        check(count <= passed + 4, f"{count} queries in {passed:.1f} s")
