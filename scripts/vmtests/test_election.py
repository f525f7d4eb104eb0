# SPDX-License-Identifier: GPL-2.0-only
"""Who queries: `querier`, `querier_address` and `version`, and bridges among themselves."""
import contextlib
import time

import klog
import mgate
import wire
from host import new_stream
from lab import Bridge, gated
from test_leaves import QUERIER, querying, running, watches_on
from words import becomes, check, equal, eventually, proves

GROUP, OTHER = "239.1.1.1", "239.2.2.2"


def fast(br, **more):
    """The shortest intervals; who queries is for the test to say."""
    eventually(br.path("status").exists, f"mgate has a folder for {br.name}")
    values = QUERIER | {"querier": "off"} | more
    querier = values.pop("querier")
    for file, value in (values | {"querier": querier}).items():
        br.set(file, value)


def queries(host, source=None):
    """The general queries that came in at a host."""
    return host.tap.frames(lambda f: f.igmp(0x11) and f.body[4:8] == bytes(4) and
                           source in (None, f.source))


def state(br):
    """The state of the querier, or None before anybody was heard."""
    return mgate.querier(br).get("state")


@proves("DECISIONS 10: auto listens first", "issue 4 item 1")
def test_auto_takes_over_from_silence():
    """`auto`: hosts speak, nobody asks: mgate does, not before the interval is over."""
    with Bridge(2, address="10.0.0.254") as br:
        fast(br, querier="auto")
        host, other = br.hosts
        begin = time.monotonic()
        host.report(GROUP)
        becomes(lambda: state(br), "self", "state", timeout=40)
        interval = float(br.get("other_querier_interval_ms")) / 1000
        check(time.monotonic() - begin >= interval,
              f"it began before the other querier interval of {interval} s was over")
        frame = eventually(lambda: queries(other), "a query")[0]
        equal((frame.source, len(frame.body)), ("10.0.0.254", 12), "source and length: version 3")
        eventually(lambda: mgate.gates(br), "it gates")


@proves("DECISIONS 10: never take the role from a querier that is heard", "TRAPS 23")
def test_auto_never_takes_the_role():
    """`auto` with the lowest address of the network: whoever asks goes on asking."""
    with Bridge(2, first=2, address="10.0.0.1") as br:
        fast(br, querier="auto")
        router, host = br.hosts
        router.query(2, code=1)
        equal(state(br), "other", "state")
        interval = float(br.get("other_querier_interval_ms")) / 1000
        begin = time.monotonic()

        def passed():
            router.query(2, code=1)
            return time.monotonic() - begin > 2 * interval
        eventually(passed, "two other querier intervals pass", timeout=60)
        equal((state(br), queries(host, "10.0.0.1")), ("other", []), "state, queries of ours")
        becomes(lambda: state(br), "self", "state after its silence", timeout=60)
        router.query(3, src="10.0.0.9")
        equal(state(br), "self", "state after a higher address")


@proves("CONFORMANCE 79", "issue 4 item 1: full election")
def test_on_takes_part():
    """`on` queries at once; a lower address ends that, a higher one and 0.0.0.0 do not."""
    with Bridge(2, address="10.0.0.5") as br:
        fast(br)
        router, host = br.hosts
        router.query(3, src="10.0.0.9")
        equal(state(br), "other", "state")
        br.set("querier", "on")
        becomes(lambda: state(br), "self", "state after `on`")
        eventually(lambda: queries(host, "10.0.0.5"), "a query of ours")
        for source in "10.0.0.9", "0.0.0.0":
            router.query(3, src=source)
            br.barrier(router)
            equal(state(br), "self", f"state after {source}")
        router.query(3, src="10.0.0.2")
        becomes(lambda: state(br), "other", "state after a lower address")


@proves("INTERFACE querier")
def test_off():
    """`off` ends it at once; what was learned of other queriers stays."""
    with Bridge(2) as br:
        querying(br)
        br.set("querier", "off")
        equal(state(br), "none", "state")
        equal(br.get("status"), "flooding", "status")
        br.hosts[0].query(3)
        br.set("querier", "on")
        br.set("querier", "off")
        equal(br.get("querier"), "off", "querier")


@proves("TRAPS 25", "CONFORMANCE 80", "INTERFACE version")
def test_version():
    """`auto` asks in the version heard last; a number is a number, whoever was heard."""
    with Bridge(2) as br:
        fast(br)
        router, host = br.hosts
        router.query(2, code=1)
        br.set("querier", "on")
        eventually(lambda: queries(host, "0.0.0.0"), "a query of ours")
        equal(len(queries(host, "0.0.0.0")[0].body), 8, "length of a version 2 query")
        for version, size, code in ("3", 12, 2), ("1", 8, 0):
            br.set("version", version)
            eventually(lambda s=size, c=code: [f for f in queries(host, "0.0.0.0")
                                               if (len(f.body), f.body[1]) == (s, c)],
                       f"a version {version} query")


@proves("INTERFACE querier_address", "issue 4: address follows the bridge's")
def test_address():
    """The bridge's own address, a later one, and one that was written."""
    with Bridge(1, address="10.0.0.254") as br:
        querying(br)
        host = br.hosts[0]
        equal(br.get("querier_address"), "10.0.0.254", "auto")
        eventually(lambda: queries(host, "10.0.0.254"), "a query from there")
        br.ns.address("br0", "10.0.0.253")
        eventually(lambda: queries(host, "10.0.0.253"), "a query from the new address")
        br.set("querier_address", "192.0.2.7")
        eventually(lambda: queries(host, "192.0.2.7"), "a query from what was written")
        equal(mgate.querier(br)["address"], "192.0.2.7", "in the table")
        for bad in "224.0.0.1", "127.0.0.1", "255.255.255.255", "10.0.0", "x", "10.0.0.1 2":
            equal(br.error("querier_address", bad), 22, f"errno of {bad}")
        br.set("querier_address", "auto")
        equal(br.get("querier_address"), "10.0.0.253", "auto again")


@proves("issue 4 item 1: own queries given to the host too")
def test_host_is_asked():
    """A socket on the bridge host answers mgate's query."""
    with Bridge(2, address="10.0.0.254") as br:
        querying(br)
        eventually(lambda: br.tap.count(lambda f: f.igmp(0x11)), "the host gets the query")


@proves("issue 4 item 6: where a stream would die, say so")
def test_silence_is_said():
    """The querier falls silent, nobody takes its place: a line names VLAN and remedy, and
    everything floods."""
    with gated() as br:
        router, sender, member, _ = br.hosts
        fast(br)
        br.join(member, GROUP)
        router.query(2, code=1)
        log = klog.Log()
        # The VLAN itself is soon forgotten.
        eventually(lambda: state(br) in ("none", None), "the querier is lost", timeout=60)
        log.says("nobody queries in VLAN 0 .*/sys/class/net/br0/mgate/querier")
        log.close()
        br.expect(sender, GROUP, br.others(sender))


@contextlib.contextmanager
def back_to_back(near=None, far=None):
    """Two bridges of two hosts each, joined by a cable; options of both."""
    with Bridge(2, **(near or {})) as one, \
            Bridge(2, first=11, name="br1", ns=one.ns, **(far or {})) as two:
        one.ns.ip("link add x0 type veth peer name x1", "link set x0 master br0 up",
                  "link set x1 master br1 up")
        for port in "x0", "x1":
            becomes(one.ns.device(port, "brport/state").read_text, "3\n", f"state of {port}")
        yield one, two


def reached(sender, group, *bridges, count=10):
    """Which hosts of these bridges get frames from the sender to the group, all of them; in
    words, if one gets some: its membership has begun or ended meanwhile."""
    stream, end = sender.send(group, count), new_stream()
    sender.inject(wire.eth(wire.BROADCAST, sender.mac, wire.ETH_MARK, wire.mark(end, 0)))
    hosts = [host for br in bridges for host in br.hosts if host is not sender]
    for host in hosts:
        eventually(lambda h=host: h.tap.numbers(end), "a broadcast arrives")
    got = {host: host.tap.numbers(stream) for host in hosts}
    for host in hosts:
        if got[host] not in ([], list(range(count))):
            return f"{host} got of {count} frames {got[host]}"
    return [host for host in hosts if got[host]]


def both_gate(near, far, sender, member):
    """Both bridges gate, and of all hosts the member alone is reached."""
    for br in near, far:
        eventually(lambda b=br: mgate.gates(b), f"{br.name} gates", timeout=40)
    becomes(lambda: reached(sender, GROUP, near, far), [member], "who is reached")


@proves("INTERFACE proxy full", "issue 4: two bridges back to back, with addresses")
def test_two_bridges_that_speak_for_their_hosts():
    """Both with `proxy full`, and each a router to the other: each hears of the other's hosts,
    and of none of its own, so that a group ends at both when its last host has gone."""
    with back_to_back({"address": "10.0.0.253"}, {"address": "10.0.0.254"}) as (near, far):
        for br, link in (near, "x0"), (far, "x1"):
            fast(br, version="2", convergence_ms=2000)
            br.set("proxy", "full")
            br.set("router", "always", link)
            br.set("querier", "on")
        eventually(lambda: sorted(map(state, (near, far))) == ["other", "self"], "one is elected",
                   timeout=30)
        for br in near, far:
            eventually(lambda b=br: mgate.gates(b), f"{br.name} gates", timeout=40)
        ours, theirs = near.hosts[0], far.hosts[0]
        ours.join(GROUP)
        eventually(lambda: mgate.members(far, "x1", GROUP), "the other bridge hears of it")
        check(not mgate.members(near, "x0", GROUP), "it hears of its own host from there")
        theirs.join(GROUP)
        eventually(lambda: mgate.members(near, "x0", GROUP), "and this one of the other's")
        ours.leave(GROUP)
        eventually(lambda: not mgate.members(far, "x1", GROUP), "ours ends there", timeout=40)
        check(mgate.members(far, theirs.port, GROUP), "theirs ended with it")
        theirs.leave(GROUP)
        for br in near, far:
            eventually(lambda b=br: not mgate.table("groups", b), f"{br.name} has no group",
                       timeout=40)


@proves("TRAPS 22", "issue 4: two bridges back to back, with addresses")
def test_two_bridges_with_addresses():
    """Both query, the lower address wins, is silenced, the other takes over: a member at
    one loses no frame of a sender at the other, both ways, and nobody else gets any while
    both gate."""
    with back_to_back({"address": "10.0.0.253"}, {"address": "10.0.0.254"}) as (near, far):
        for br in near, far:
            # Of version 2: it says no interval, and so those of here are in force.
            fast(br, version="2", convergence_ms=2000)
        for br in near, far:
            br.set("querier", "on")
        eventually(lambda: sorted(map(state, (near, far))) == ["other", "self"], "one is elected",
                   timeout=30)
        equal(state(near), "self", "the one with the lower address")
        for member, sender in ((near.hosts[0], far.hosts[0]), (far.hosts[1], near.hosts[1])):
            member.join(GROUP)
            with sender.streaming(GROUP, 300) as stream:
                begin = running(stream, member)
                near.set("querier", "off")
                becomes(lambda: state(far), "self", "state of the other", timeout=30)
                near.set("querier", "on")
                becomes(lambda: state(far), "other", "state of the other", timeout=30)
                both_gate(near, far, sender, member)
                stream.runs(member.tap, 300)
            watches_on(stream, begin, member)
            member.leave(GROUP)


@proves("issue 4: built-in snooping behind mgate and the other way round")
def test_beside_the_builtin():
    """A bridge with mgate and one with the built-in, each asking in turn: members get
    their group and lose nothing of it, others do not get it."""
    with back_to_back({"address": "10.0.0.253"},
                      {"mcast_querier": 0, "mcast_query_interval": 100,
                       "mcast_query_response_interval": 20,
                       "mcast_startup_query_interval": 100,
                       "mcast_querier_interval": 300}) as (near, far):
        fast(near)
        far.set("mode", "off")
        check(far.ns.device("br1", "bridge/multicast_snooping").read_text() == "1\n",
              "the built-in is not back")
        for mine, theirs in ("on", 0), ("off", 1):
            near.set("querier", mine)
            far.ns.ip(f"link set br1 type bridge mcast_querier {theirs}")
            becomes(lambda w="self" if mine == "on" else "other": state(near) == w, True,
                    "who queries", timeout=60)
            eventually(lambda: mgate.gates(near), "it gates", timeout=30)
            for member, idle, sender in ((near.hosts[0], near.hosts[1], far.hosts[0]),
                                         (far.hosts[0], far.hosts[1], near.hosts[1])):
                member.join(GROUP)

                with sender.streaming(GROUP, 300) as stream:
                    begin = running(stream, member)
                    asked = len(queries(idle))
                    becomes(lambda m=member, s=sender: reached(s, GROUP, near, far), [member],
                            "who is reached", timeout=60)
                    eventually(lambda i=idle, a=asked: len(queries(i)) >= a + 3, "queries go on",
                               timeout=40)
                    equal(reached(sender, GROUP, near, far), [member], "who is reached still")
                watches_on(stream, begin, member)
                member.leave(GROUP)
