# SPDX-License-Identifier: GPL-2.0-only
"""Limits: a refusal floods one port or one group, and harms nobody else."""
import klog
import mgate
import wire
from lab import Bridge, gated
from words import becomes, check, equal, eventually, proves

GROUP = "239.1.1.1"


def numbered(count, second=8):
    """So many groups."""
    return [f"239.{second}.{n // 250}.{n % 250}" for n in range(count)]


def ask(host, groups, size=1000):
    """Join groups by hand-made reports of so many records."""
    for start in range(0, len(groups), size):
        host.say(*((wire.TO_EX, group) for group in groups[start:start + size]))


@proves("DECISIONS 4", "INTERFACE max_groups of a port", "RELIABILITY M1, 3 line 1",
        "CONFORMANCE 113")
def test_limit_of_a_port():
    """Over its limit a port gets every group; old members keep theirs, others feel
    nothing; a counter and a log line say so."""
    mgate.reload()
    log = klog.Log()
    with gated() as br:
        router, sender, full, other = br.hosts
        br.set("max_groups", 10, full.port)
        br.join(other, GROUP)
        groups = numbered(20)
        with mgate.counts(br, full.port, mgate.LIMIT_PORT, 10):
            ask(full, groups)
        equal(mgate.groups(br, full.port), set(groups[:10]), "groups of the full port")
        equal(br.get("status", full.port), "limit", "status of the port")
        equal(br.get("status", other.port), "gated", "status of another port")
        br.expect(sender, groups[0], [router, full])
        br.expect(sender, groups[19], [router, full])
        br.expect(sender, "239.9.9.9", [router, full])
        br.expect(sender, GROUP, [router, full, other])
        told = log.says(rf"mgate.*{full.port}.*max_groups")
        check(len(told) <= 2, f"too many log lines: {told}")
    log.close()


@proves("TRAPS 28", "DECISIONS 4: refreshes are never refused")
def test_refreshes_are_not_refused():
    """A port at its limit that repeats what it has is not over it."""
    with gated() as br:
        router, sender, full, _ = br.hosts
        br.set("max_groups", 10, full.port)
        groups = numbered(10)
        with mgate.counts(br, full.port, mgate.LIMIT_PORT, 0):
            for _ in range(3):
                ask(full, groups)
            br.barrier(full)
        equal(br.get("status", full.port), "gated", "status of the port")
        br.expect(sender, groups[0], [router, full])
        br.expect(sender, "239.9.9.9", [router])


@proves("DECISIONS 4: until a membership interval has passed without a refusal")
def test_limit_ends():
    """A membership interval after the last refusal the port is gated again."""
    with Bridge(4) as br:
        eventually(br.path("status").exists, "mgate has a folder")
        br.set("query_response_interval_ms", 100)
        br.set("query_interval_ms", 1000)
        router, sender, full, _ = br.hosts
        br.gate(router, code=1)
        br.set("max_groups", 1, full.port)
        ask(full, numbered(2))
        becomes(lambda: br.get("status", full.port), "limit", "status of the port")

        def ended():
            router.query(code=1)
            return br.get("status", full.port) == "gated"
        eventually(ended, "the port is gated again")
        br.expect(sender, "239.9.9.9", [router])


@proves("INTERFACE max_groups: 0 = no own limit")
def test_port_without_limit():
    """max_groups 0 of a port: no limit but the bridge's."""
    with gated(3) as br:
        br.set("max_groups", 0, "p3")
        ask(br.hosts[2], numbered(5000), 180)
        becomes(lambda: len(mgate.groups(br, "p3")), 5000, "groups")
        equal(br.get("status", "p3"), "gated", "status of the port")


@proves("INTERFACE max_groups: not applied to router always")
def test_limit_is_not_for_trunks():
    """A port with router=always has no limit."""
    with gated(3) as br:
        br.set("max_groups", 5, "p3")
        br.set("router", "always", "p3")
        ask(br.hosts[2], numbered(20))
        becomes(lambda: len(mgate.groups(br, "p3")), 20, "groups")


@proves("DECISIONS 4: a full bridge floods what it has no entry for", "RELIABILITY M1")
def test_limit_of_the_bridge():
    """Over the bridge's limit new groups flood; known ones are gated as before."""
    mgate.reload()
    log = klog.Log()
    with gated(5) as br:
        router, sender, one, two, other = br.hosts
        br.set("max_groups", 10)
        ask(one, numbered(10))
        becomes(lambda: len(mgate.groups(br)), 10, "groups")
        with mgate.counts(br, two.port, mgate.LIMIT_BRIDGE, 1):
            ask(two, [GROUP])
        got = br.receivers(sender, numbered(1)[0])
        equal((got[router], got[one], got[other]), (10, 10, 0), "a known group")
        ask(two, numbered(1))
        for group in GROUP, numbered(1)[0]:
            got = br.receivers(sender, group)
            equal((got[two], got[router]), (10, 10), f"{group} at a refused member and the router")
        equal(br.get("mode"), "on", "mode")
        log.says("mgate.*max_groups")
        br.set("max_groups", 100)
        ask(two, [GROUP])
        br.wait_joined(two, GROUP)
        check(not mgate.members(br, other.port, GROUP), "a stranger is a member")
    log.close()


@proves("INTERFACE max_groups", "RELIABILITY M1")
def test_limit_below_what_is_there():
    """A limit set below what is there takes nothing away."""
    with gated(3) as br:
        ask(br.hosts[2], numbered(20))
        becomes(lambda: len(mgate.groups(br)), 20, "groups")
        br.set("max_groups", 5)
        br.set("max_groups", 5, "p3")
        ask(br.hosts[2], numbered(20))
        br.barrier(br.hosts[2])
        equal(len(mgate.groups(br)), 20, "groups after it")
        equal(br.get("status", "p3"), "gated", "status of the port")


@proves("RELIABILITY K17, M1", "issue 2 item 5: hard bounds from the first day")
def test_16384_groups():
    """As many groups as the default allows, one more is refused, then all forgotten."""
    with gated(5, mtu=9200) as br:
        router, sender, *members = br.hosts
        for number, host in enumerate(members):
            br.set("max_groups", 0, host.port)
            ask(host, numbered(5462, 10 + number))
        ask(members[0], [GROUP])
        total = eventually(lambda: mgate.counter(br, members[0].port, mgate.LIMIT_BRIDGE)
                           and len(mgate.groups(br)), "the bridge's limit is met")
        equal(total, 16384, "groups")
        got = br.receivers(sender, numbered(1, 11)[0])
        equal((got[router], got[members[1]]), (10, 10), "frames at router and member")
        br.set("flush", 1)
        becomes(lambda: mgate.groups(br), set(), "groups after flush")
        br.gate(router)
        br.join(members[0], GROUP)
        br.expect(sender, GROUP, [router, members[0]])


@proves("INTERFACE max_memory_mb", "RELIABILITY 3 line 19")
def test_limit_of_memory():
    """With 1 MB for all, what does not fit floods; what is known stays."""
    mgate.reload(max_memory_mb=1)
    with gated(4, mtu=9200) as br:
        router, sender, member, known = br.hosts
        br.set("max_groups", 0, member.port)
        br.join(known, GROUP)
        ask(member, numbered(16000, 10))
        eventually(lambda: mgate.counter(br, member.port, mgate.LIMIT_MEMORY),
                   "memory is the limit")
        count = len(mgate.groups(br))
        check(100 < count < 16000, f"{count} groups in 1 MB")
        for group in numbered(16000, 10)[15999], numbered(1, 10)[0]:
            got = br.receivers(sender, group)
            equal((got[router], got[member]), (10, 10), f"frames of {group} at router and member")
        got = br.receivers(sender, GROUP)
        equal((got[router], got[known]), (10, 10), "frames at router and the known member")


@proves("DECISIONS 4: one rate-limited log line", "TRAPS 27")
def test_refusals_do_not_drown_other_news():
    """A flood of refused groups gives a line or two, and a new router port is still told
    of: who wants to hide it must not be able to."""
    mgate.reload()
    log = klog.Log()
    with gated() as br:
        full, intruder = br.hosts[2:]
        br.set("max_groups", 1, full.port)
        for second in range(30):
            ask(full, numbered(100, 100 + second))
        told = log.says(rf"mgate.*{full.port}.*max_groups")
        intruder.query()
        log.says(rf"mgate.*{intruder.port}.*router")
        check(len(told) <= 2, f"{len(told)} lines about one full port")
    log.close()
