# SPDX-License-Identifier: GPL-2.0-only
"""Sources: limits, the range of source-specific multicast, older hosts beside newer ones."""
import errno

import klog
import mgate
import wire
from lab import gated
from sourcelab import GROUP, SHARED, laboratory
from words import becomes, equal, eventually, proves

OTHER, SSM = "239.2.2.2", "232.1.1.1"
ELSEWHERE = [f"10.7.0.{number}" for number in range(1, 200)]
FAST = {"query_response_interval_ms": 200, "query_interval_ms": 1000, "robustness": 4}


def reported(br, host, *records, **more):
    """A report by hand, and all of it is through."""
    host.say(*records, **more)
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

@proves("issue 5 item 3", "INTERFACE min_version", "CONFORMANCE 47, 82")
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

        for file, value in FAST.items():
            br.set(file, value)
        router.query(code=1)
        for version in 2, 1:
            one.report(GROUP, version)

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
