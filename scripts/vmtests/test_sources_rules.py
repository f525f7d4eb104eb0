# SPDX-License-Identifier: GPL-2.0-only
"""Sources: limits, the range of source-specific multicast, older hosts beside newer ones,
fast leave by what is known of the hosts, and debugfs `hosts`."""
import errno

import klog
import mgate
import wire
from host import MCAST_EXCLUDE, MCAST_INCLUDE
from lab import gated
from sourcelab import GROUP, SHARED, laboratory, questions
from words import becomes, check, equal, eventually, proves

OTHER, SSM = "239.2.2.2", "232.1.1.1"
ELSEWHERE = [f"10.7.0.{number}" for number in range(1, 200)]
FAST = {"query_interval_ms": 1000, "query_response_interval_ms": 200, "robustness": 4}


def reported(br, host, *records):
    """A report by hand, and all of it is through."""
    host.say(*records)
    br.barrier(host)


def lines(br, host, group=GROUP):
    """What `groups` says, as {(source or None, mode, blocked)}."""
    return {(row["src"], row["filter_mode"], bool(row["blocked"]))
            for row in mgate.members(br, host.port, group)}


# --- The range of source-specific multicast ---------------------------------------------

@proves("issue 5 item 4", "CONFORMANCE 58", "RFC 4604 2.2")
def test_ssm_range():
    """In 232/8 reports of versions 1 and 2, leaves of 2 and EXCLUDE records are ignored and
    counted; other records of the same report are not, and INCLUDE is served."""
    with gated(5) as br:
        router, sender, another, one, two = br.hosts
        br.set("fast_leave", 1, one.port)
        with mgate.counts(br, one.port, mgate.SSM_RANGE, 4):
            one.report(SSM, 1)
            one.report(SSM, 2)
            reported(br, one, (wire.TO_EX, SSM), (wire.IS_EX, "232.255.0.1", [sender.ip]),
                     (wire.TO_EX, "233.0.0.0"))
        equal(mgate.groups(br), {"233.0.0.0"}, "groups")
        br.expect(sender, SSM, [router])
        br.join(one, SSM, source=sender.ip)
        br.expect(sender, SSM, [router, one])
        br.expect(another, SSM, [router])
        with mgate.counts(br, one.port, mgate.SSM_RANGE, 2):
            one.send_leave(SSM)
            reported(br, one, (wire.TO_EX, SSM, [sender.ip]))
        br.expect(sender, SSM, [router, one])
        with mgate.counts(br, two.port, mgate.SSM_RANGE, 0):
            reported(br, two, (wire.TO_IN, SSM, [another.ip]), (wire.BLOCK, SSM, [sender.ip]))
        br.expect(sender, SSM, [router, one])
        br.expect(another, SSM, [router, two])


@proves("issue 5 item 4", "CONFORMANCE 58")
def test_ssm_range_of_an_old_kernel():
    """A kernel host of version 2 that joins in 232/8 is not served, nor does it harm one of
    version 3 at the same port."""
    with laboratory() as lab:
        lab.router_queries()
        lab.left.igmp_version(2)
        lab.left.join(SSM)
        becomes(lambda: mgate.counter(lab.br, SHARED, mgate.SSM_RANGE) > 0, True, "it is counted")
        lab.gets("a version 2 join", SSM)
        lab.right.join(SSM, lab.sources[1])
        lab.gets("a version 3 join", SSM, shared="2")
        lab.left.leave(SSM)
        lab.gets("a version 2 leave", SSM, shared="2")


# --- Limits -----------------------------------------------------------------------------

@proves("issue 5 item 7", "INTERFACE max_sources", "DECISIONS 4")
def test_max_sources():
    """Above its limit a group gets everything at that port, a counter and a line of the log
    say so; other ports and groups keep what they had, and so does the group up to it."""
    mgate.reload()
    log = klog.Log()
    with gated(5) as br:
        router, sender, another, one, two = br.hosts
        equal(br.get("max_sources"), "64", "default")
        for value, refusal in (0, errno.ERANGE), (1025, errno.ERANGE), ("many", errno.EINVAL):
            equal(br.error("max_sources", value), refusal, f"errno of {value}")
        equal(br.error("max_sources", 1024), None, "errno of 1024")
        br.set("max_sources", 5)
        with mgate.counts(br, one.port, mgate.LIMIT_SOURCES, 0):
            for group in GROUP, OTHER:
                for host in one, two:
                    reported(br, host, (wire.IS_IN, group, [sender.ip, *ELSEWHERE[:4]]))
            reported(br, one, (wire.IS_IN, GROUP, [sender.ip, *ELSEWHERE[:4]]))
        br.expect(another, GROUP, [router])
        with mgate.counts(br, one.port, mgate.LIMIT_SOURCES, 1):
            reported(br, one, (wire.ALLOW, GROUP, [ELSEWHERE[4]]))
        equal(lines(br, one), {(None, "exclude", False)}, "groups of the full port")
        equal(len(lines(br, two)), 5, "sources of the other port")
        for host, group, members in (
                (sender, GROUP, [one, two]), (another, GROUP, [one]),
                (sender, OTHER, [one, two]), (another, OTHER, [])):
            br.expect(host, group, [router, *members])
        log.says(rf"mgate.*{one.port}.*max_sources")
    log.close()


@proves("issue 5 item 7", "INTERFACE max_sources", "DECISIONS 4")
def test_max_sources_of_what_is_left_out():
    """Too many sources to leave out: none is, whichever record says so."""
    with gated(4) as br:
        router, sender, one, _ = br.hosts
        for kind in wire.IS_EX, wire.TO_EX:
            with mgate.counts(br, one.port, mgate.LIMIT_SOURCES, 1):
                reported(br, one, (kind, GROUP, [sender.ip, *ELSEWHERE[:64]]))
            br.expect(sender, GROUP, [router, one])
            reported(br, one, (kind, OTHER, [sender.ip, *ELSEWHERE[:63]]))
            br.expect(sender, OTHER, [router])
            br.set("flush", 1)
            br.gate(router)


# --- Versions ---------------------------------------------------------------------------

@proves("issue 5 item 3", "INTERFACE min_version", "CONFORMANCE 47")
def test_min_version():
    """Messages older than a port's min_version are ignored and counted there."""
    with gated(4) as br:
        _, _, one, two = br.hosts
        equal(br.get("min_version", one.port), "1", "default")
        for value, refusal in (0, errno.ERANGE), (4, errno.ERANGE), ("v2", errno.EINVAL):
            equal(br.error("min_version", value, one.port), refusal, f"errno of {value}")
        for port in one.port, two.port:
            br.set("fast_leave", 1, port)
        br.set("min_version", 2, one.port)
        with mgate.counts(br, one.port, mgate.OLD_VERSION, 1):
            one.report("239.1.0.1", 1)
            one.report("239.1.0.2", 2)
            br.barrier(one)
        equal(mgate.groups(br, one.port), {"239.1.0.2"}, "groups with min_version 2")
        br.set("min_version", 3, one.port)
        with mgate.counts(br, one.port, mgate.OLD_VERSION, 3):
            one.report("239.1.0.1", 1)
            one.report("239.1.0.3", 2)
            one.send_leave("239.1.0.2")
            one.report("239.1.0.4", 3)
            br.barrier(one)
        equal(mgate.groups(br, one.port), {"239.1.0.2", "239.1.0.4"},
              "groups with min_version 3")
        two.report(GROUP, 1)
        br.barrier(two)
        equal(mgate.groups(br, two.port), {GROUP}, "groups of another port")


@proves("issue 5 item 3", "CONFORMANCE 83 to 85")
def test_older_host_hides_sources():
    """Beside a host of version 2 or 1 lists of sources do not count; with version 1 nothing
    but time ends the membership; when the older host is gone they count again."""
    with gated(4) as br:
        for file, value in FAST.items():
            br.set(file, value)
        router, sender, one, _ = br.hosts
        br.set("fast_leave", 1, one.port)
        for version in 2, 1:
            one.report(GROUP, version)
            for record in (wire.TO_EX, GROUP, [sender.ip]), (wire.BLOCK, GROUP, [sender.ip]):
                reported(br, one, record)
                equal(lines(br, one), {(None, "exclude", False)}, f"groups after {record}")
            equal(mgate.members(br, one.port, GROUP)[0]["version"], str(version), "version")
            br.expect(sender, GROUP, [router, one])
        one.send_leave(GROUP)
        reported(br, one, (wire.TO_IN, GROUP, []))
        br.expect(sender, GROUP, [router, one])

        def newer():
            one.say((wire.IS_EX, GROUP, []))
            return mgate.members(br, one.port, GROUP)[0]["version"] == "3"
        eventually(newer, "the older hosts are forgotten", timeout=40)
        reported(br, one, (wire.TO_EX, GROUP, [sender.ip]))
        reported(br, one, (wire.TO_IN, GROUP, []))
        equal(lines(br, one), set(), "groups after the leave")


@proves("issue 5 item 3", "CONFORMANCE 24, 83, 84")
def test_kernels_of_two_versions():
    """Kernel hosts of versions 2 and 3 behind one port: everything while the older one is
    there, and when it has left what the newer one asked for."""
    with laboratory(address="10.0.0.254") as lab:
        lab.mgate_queries()
        lab.left.igmp_version(2)
        lab.right.join(GROUP, lab.sources[1])
        lab.gets("a version 3 join of 2", shared="2")
        lab.left.join(GROUP)
        lab.gets("a version 2 join beside it", shared="1234")
        equal({row["version"] for row in mgate.members(lab.br, SHARED, GROUP)}, {"2"}, "version")
        lab.left.leave(GROUP)
        lab.gets("a version 2 leave", shared="2")
        becomes(lambda: {row["version"] for row in mgate.members(lab.br, SHARED, GROUP)}, {"3"},
                "version in the end", timeout=60)
        lab.gets("the older host is forgotten", shared="2")


# --- Hosts ------------------------------------------------------------------------------

@proves("issue 5 item 6", "INTERFACE hosts")
def test_hosts():
    """`hosts` shows who wants what, by MAC and IP address and version, and no more who
    has left."""
    with laboratory() as lab:
        lab.router_queries()
        s1, s2, *_ = lab.sources
        one, left, right = lab.one, lab.left, lab.right
        one.igmp_version(2)
        one.join(GROUP)
        for source in s1, s2:
            left.join(GROUP, source)
        right.join(GROUP, exclude=s1)

        def who(port):
            lab.asker.work()
            return {(row["address"], row["mac"], row["src"], row["version"])
                    for row in mgate.table("hosts", lab.br)
                    if row["port"] == port and row["grp"] == GROUP and not row["blocked"]}
        becomes(lambda: who(one.port), {(one.ip, one.mac, None, "2")}, "hosts of one port")
        both = {(left.ip, left.mac, s1, "3"), (left.ip, left.mac, s2, "3")}
        last = {(right.ip, right.mac, None, "3")}
        becomes(lambda: who(SHARED), both | last, "hosts of the shared port")
        for row in mgate.table("hosts", lab.br):
            check(0 < float(row["left"]) <= 270, f"time left of a host: {row}")
        left.leave(GROUP, s1)
        becomes(lambda: who(SHARED), both - {(left.ip, left.mac, s1, "3")} | last,
                "hosts after one source was dropped")
        left.leave(GROUP, s2)
        becomes(lambda: who(SHARED), last, "hosts after one left")
        right.filter(GROUP, MCAST_INCLUDE, s2)
        becomes(lambda: who(SHARED), {(right.ip, right.mac, s2, "3")}, "hosts after TO_IN")
        right.filter(GROUP, MCAST_EXCLUDE, s2)
        becomes(lambda: who(SHARED), last, "hosts after TO_EX")
        right.leave(GROUP)
        becomes(lambda: who(SHARED), set(), "hosts after both left")
        one.leave(GROUP)
        becomes(lambda: who(one.port), set(), "hosts after the version 2 leave")


@proves("issue 5 item 6: fast_leave", "CONFORMANCE 86")
def test_fast_leave_of_the_last_host():
    """With fast_leave the leave of a host that is not the last ends nothing, that of the
    last one ends it at once, unasked: its next frame is not sent. So with each source."""
    with gated(4) as br:
        br.set("proxy", "off")
        router, sender, one, another = br.hosts
        br.set("fast_leave", 1, one.port)
        hosts = ["10.0.0.81", "10.0.0.82"]

        def then(what, wanted, host, *records):
            one.say(*records, src=host)
            stream = sender.send(GROUP, 3)
            got = br.arrived(sender, stream)
            equal((what, got[one]), (what, 3 if wanted else 0), "frames at once after it")
            equal((got[router], got[another]), (3, 0), "frames elsewhere")
        named = [sender.ip, "10.0.0.99"]
        for kind, sources, leave in (
                (wire.TO_EX, [], (wire.TO_IN, GROUP, [])),
                (wire.TO_IN, named, (wire.BLOCK, GROUP, named)),
                (wire.ALLOW, named, (wire.TO_IN, GROUP, []))):
            for host in hosts:
                then("a join", True, host, (kind, GROUP, sources))
            for _ in range(2):      # a leave is said twice
                then("a leave of one", True, hosts[0], leave)
            then("a leave of both", False, hosts[1], leave)
            equal(mgate.groups(br), set(), "groups")
            equal(mgate.table("hosts", br), [], "hosts")
        then("a join of one source", True, hosts[0], (wire.ALLOW, GROUP, named))
        then("a join of all", True, hosts[1], (wire.TO_EX, GROUP, []))
        then("a block by one", True, hosts[1], (wire.BLOCK, GROUP, [sender.ip]))
        then("nobody wants it", False, hosts[0], (wire.BLOCK, GROUP, [sender.ip]))
        then("one wants it again", True, hosts[1], (wire.ALLOW, GROUP, [sender.ip]))
        then("he leaves", False, hosts[1], (wire.TO_IN, GROUP, []))
        then("another list", True, hosts[0], (wire.TO_IN, GROUP, [sender.ip]))
        equal(questions(one), [], "questions")


@proves("issue 5 item 6: fast_leave ends nothing too early", "DECISIONS 4", "CONFORMANCE 24")
def test_fast_leave_beside_one_source():
    """Somebody joins one source, somebody else all; that one leaves, unasked with
    fast_leave: the first keeps his source, as `hosts` says he wants it."""
    with gated(4) as br:
        br.set("proxy", "off")
        router, sender, one, another = br.hosts
        br.set("fast_leave", 1, one.port)
        for kind in wire.TO_EX, wire.IS_EX:
            reported(br, one, (wire.ALLOW, GROUP, [sender.ip]))
            one.say((kind, GROUP, []), src="10.0.0.82")
            br.expect(another, GROUP, [router, one])
            one.say((wire.TO_IN, GROUP, []), src="10.0.0.82")
            br.barrier(one)
            equal(mgate.hosts(br, one.port, GROUP), {(one.ip, sender.ip)}, "hosts")
            br.expect(another, GROUP, [router])
            br.expect(sender, GROUP, [router, one])
            reported(br, one, (wire.BLOCK, GROUP, [sender.ip]))
            br.expect(sender, GROUP, [router])


@proves("issue 5 item 6: fast_leave", "CONFORMANCE 24, 86")
def test_fast_leave_of_kernel_hosts():
    """Two kernel hosts behind one port with fast_leave: who watches on loses no frame,
    and when he leaves the port gets none, though nobody answers a question here."""
    with laboratory() as lab:
        lab.router_queries(asks=False)
        lab.br.set("proxy", "off")
        lab.br.set("fast_leave", 1, SHARED)
        lab.left.join(GROUP)
        lab.right.join(GROUP, lab.sources[0])
        lab.gets("joins", shared="1234")
        lab.left.leave(GROUP)
        lab.gets("the leave of one", shared="1")
        lab.left.join(GROUP, lab.sources[0])
        becomes(lambda: mgate.hosts(lab.br, SHARED, GROUP),
                {(host.ip, lab.sources[0]) for host in (lab.left, lab.right)}, "hosts")
        lab.right.leave(GROUP, lab.sources[0])
        becomes(lambda: mgate.hosts(lab.br, SHARED, GROUP), {(lab.left.ip, lab.sources[0])},
                "hosts")
        lab.gets_at_once("a leave", left="1", right="1")
        lab.left.leave(GROUP, lab.sources[0])
        lab.gets("the last leave")
