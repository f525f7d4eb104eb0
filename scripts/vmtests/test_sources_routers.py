# SPDX-License-Identifier: GPL-2.0-only
"""Sources towards the routers: FRR's pimd as the querier, and `proxy full`."""
import mgate
import wire
from lab import Bridge, gated
from sourcelab import GROUP
from test_apps import frr
from words import becomes, check, equal, eventually, proves

SSM = "232.1.1.1"
ADDRESS = "10.0.0.254"


@proves("issue 5: with FRR pimd as the querier", "CONFORMANCE 58, 59, 64, 68, 73")
def test_frr():
    """FRR asks, in version 3. A kernel host joins one source in 232/8 and leaves it; it
    joins a group and blocks a source of it, and takes that back."""
    with Bridge(4) as br, frr(br.hosts[0].ns, 3):
        router, sender, another, member = br.hosts
        sender.ttl = another.ttl = 1    # FRR may send back what it may route
        becomes(lambda: mgate.router_ways(br, router.port), {"query", "pim"}, "router port",
                timeout=60)
        eventually(lambda: mgate.gates(br), "it gates", timeout=60)
        br.join(member, SSM, source=sender.ip)
        br.expect(sender, SSM, [router, member])
        br.expect(another, SSM, [router])
        member.leave(SSM, sender.ip)
        br.wait_left(member, SSM)
        br.expect(sender, SSM, [router])

        br.join(member, GROUP)
        br.expect(sender, GROUP, [router, member])
        member.block(GROUP, sender.ip)

        def blocked():
            return [bool(row["blocked"])
                    for row in mgate.members(br, member.port, GROUP, sender.ip)]
        becomes(blocked, [True], "the source that is blocked", timeout=40)
        br.expect(sender, GROUP, [router])
        br.expect(another, GROUP, [router, member])
        member.unblock(GROUP, sender.ip)
        becomes(lambda: True in blocked(), False, "it is taken back")
        br.expect(sender, GROUP, [router, member])


def told(router, group):
    """What the router heard of a group, as [(kind, {source})]; all of it from the bridge."""
    found = []
    for frame in router.tap.frames(lambda f: f.igmp(0x12, 0x16, 0x17, 0x22)):
        for kind, name, sources in wire.records(frame.body):
            if name == group:
                equal((frame.source, frame.group, frame.ttl), (ADDRESS, wire.ALL_REPORTS, 1),
                      "who sends to whom, and the TTL")
                found.append((kind, sources))
    return found


def hears(router, group, what, times=1):
    """Wait until the router has heard this, so often, as the last of the group."""
    becomes(lambda: told(router, group)[-times:], [what] * times, f"what {router} hears of {group}")
    router.tap.clear()


@proves("issue 5: proxy full", "INTERFACE proxy full", "CONFORMANCE 59, 63, 64", "RFC 9776 4.2.16")
def test_proxy_full_merges():
    """In 232/8 the router hears one list of the sources of all ports, from the bridge: when
    it changes (twice, by the robustness variable), and when it asks."""
    with gated(5, address=ADDRESS) as br:
        br.set("proxy", "full")
        br.set("last_member_interval_ms", 200)
        router, first, second, one, two = br.hosts
        both = {first.ip, second.ip}
        one.join(SSM, first.ip)
        hears(router, SSM, (wire.TO_IN, {first.ip}), 2)
        two.join(SSM, second.ip)
        hears(router, SSM, (wire.TO_IN, both), 2)
        router.query(code=1)
        hears(router, SSM, (wire.IS_IN, both))
        router.query(3, SSM, code=1)
        hears(router, SSM, (wire.IS_IN, both))
        one.join(SSM, second.ip)
        br.wait_joined(one, SSM, source=second.ip)
        br.expect(second, SSM, [router, one, two])
        equal([what for what in told(router, SSM) if what[1] != both], [],
              "reports of what is no news")
        one.leave(SSM, first.ip)
        hears(router, SSM, (wire.TO_IN, {second.ip}), 2)
        br.expect(first, SSM, [router])
        for host in one, two:
            host.leave(SSM, second.ip)
        hears(router, SSM, (wire.TO_IN, set()))


@proves("issue 5: proxy full", "RFC 9776 4.2.16")
def test_proxy_full_all():
    """One port wants a source, another one all: the router hears EXCLUDE {}; and the list
    again when that one has left."""
    with gated(5, address=ADDRESS) as br:
        br.set("proxy", "full")
        br.set("last_member_interval_ms", 200)
        router, first, second, one, two = br.hosts
        one.join(GROUP, first.ip)
        hears(router, GROUP, (wire.TO_IN, {first.ip}), 2)
        two.join(GROUP)
        hears(router, GROUP, (wire.TO_EX, set()), 2)
        router.query(code=1)
        hears(router, GROUP, (wire.IS_EX, set()))
        two.block(GROUP, second.ip)
        becomes(lambda: [bool(row["blocked"])
                         for row in mgate.members(br, two.port, GROUP, second.ip)], [True],
                "the blocked source")
        br.expect(first, GROUP, [router, one, two])
        br.expect(second, GROUP, [router])
        check(all(kind in (wire.IS_EX, wire.TO_EX) for kind, _ in told(router, GROUP)),
              f"while one wants all the router hears {told(router, GROUP)}")
        two.leave(GROUP)
        hears(router, GROUP, (wire.TO_IN, {first.ip}), 2)
        br.expect(first, GROUP, [router, one])
        br.expect(second, GROUP, [router])
