# SPDX-License-Identifier: GPL-2.0-only
"""What an administrator may say of refusals: `limit_action`, `report_rate`, `deny`."""
import errno

import klog
import mgate
import wire
from lab import Bridge, gated
from test_limits import ask, numbered
from words import becomes, check, equal, eventually, proves

GROUP, UNKNOWN = "239.1.1.1", "239.9.9.9"


@proves("issue 7 item 3", "INTERFACE limit_action", "DECISIONS 4: the administrator's choice")
def test_limit_action_deny():
    """Over its limit the port keeps what it has and gets nothing else."""
    mgate.reload()
    log = klog.Log()
    with gated() as br:
        router, sender, full, other = br.hosts
        br.set("max_groups", 10, full.port)
        br.set("limit_action", "deny", full.port)
        groups = numbered(20)
        with mgate.counts(br, full.port, mgate.LIMIT_PORT, 10):
            ask(full, groups)
        equal(mgate.groups(br, full.port), set(groups[:10]), "groups of the full port")
        equal(br.get("status", full.port), "limit", "status of the port")
        br.expect(sender, groups[0], [router, full])
        br.expect(sender, groups[19], [router])
        br.expect(sender, UNKNOWN, [router])
        br.join(other, groups[19])
        br.expect(sender, groups[19], [router, other])
        log.says(rf"mgate.*{full.port}.*max_groups and gets no more groups")
        br.set("limit_action", "flood", full.port)
        ask(full, groups[19:])
        becomes(lambda: br.receivers(sender, UNKNOWN)[full], 10, "frames once it floods")
    log.close()


@proves("issue 7 item 3", "INTERFACE limit_action")
def test_limit_action_replace():
    """Over its limit the port gives up what it joined first; a static group stays, and so
    do the groups of others."""
    mgate.reload()
    log = klog.Log()
    with gated() as br:
        router, sender, full, other = br.hosts
        groups = numbered(15)
        br.set("groups_static", f"+ {full.port} {GROUP}")
        br.join(other, groups[0])
        br.set("max_groups", 10, full.port)
        br.set("limit_action", "replace", full.port)
        with mgate.counts(br, full.port, mgate.LIMIT_REPLACED, 5), \
                mgate.counts(br, full.port, mgate.LIMIT_PORT, 0):
            ask(full, groups)
        equal(mgate.groups(br, full.port), {GROUP, *groups[5:]}, "groups of the full port")
        br.expect(sender, groups[0], [router, other])
        br.expect(sender, groups[14], [router, full])
        br.expect(sender, GROUP, [router, full])
        br.expect(sender, UNKNOWN, [router])
        log.says(rf"mgate.*{full.port}.*gives up the oldest")
    log.close()


@proves("issue 7 item 2", "INTERFACE report_rate", "RELIABILITY 3 line 24", "TRAPS 28")
def test_report_rate():
    """Above the rate a port gets everything and others feel nothing; what only repeats is
    never refused; after a membership interval it is gated again."""
    mgate.reload()
    log = klog.Log()
    with Bridge(4) as br:
        eventually(br.path("status").exists, "mgate has a folder")
        br.set("query_response_interval_ms", 100)
        br.set("query_interval_ms", 1000)
        br.set("robustness", 4)
        router, sender, fast, other = br.hosts
        br.gate(router, code=1)
        br.set("report_rate", 1, fast.port)
        groups = numbered(40)
        ask(fast, groups)
        becomes(lambda: br.get("status", fast.port), "limit", "status of the port")
        br.barrier(fast)
        known = mgate.groups(br, fast.port)
        check(1 <= len(known) <= 10, f"{len(known)} groups at one a second")
        equal(mgate.counter(br, fast.port, mgate.LIMIT_RATE), 40 - len(known), "what was refused")
        br.join(other, GROUP)
        br.expect(sender, groups[39], [router, fast])
        br.expect(sender, UNKNOWN, [router, fast])
        br.expect(sender, GROUP, [router, fast, other])
        with mgate.counts(br, fast.port, mgate.LIMIT_RATE, 0):
            for _ in range(5):
                ask(fast, sorted(known))
            br.barrier(fast)
        log.says(rf"mgate.*{fast.port}.*report_rate")

        def ended():
            router.query(code=1)
            return br.get("status", fast.port) == "gated"
        eventually(ended, "the port is gated again")
        br.expect(sender, UNKNOWN, [router])
    log.close()


@proves("issue 7 item 2", "INTERFACE report_rate: 0 = none", "RELIABILITY 3 lines 1, 3, 24")
def test_flood_of_records_beside_a_stream():
    """100,000 groups in a burst from one port: the rate bounds what they do, another
    port's stream loses no frame, and snooping goes on."""
    with gated(5, mtu=9200) as br:
        _, sender, attacker, member, _ = br.hosts
        br.join(member, GROUP)
        br.set("max_groups", 0, attacker.port)
        br.set("report_rate", 1000, attacker.port)
        with sender.streaming(GROUP, 300) as stream:
            stream.runs(member.tap, 5)
            begin = member.tap.numbers(stream.id)[0]
            for first in range(20, 120):
                ask(attacker, numbered(1000, first))
            stream.runs(member.tap, 20)
        eventually(lambda: member.tap.numbers(stream.id)[-1:] == [stream.sent - 1],
                   "the last frame arrives")
        got = [number for number in member.tap.numbers(stream.id) if number >= begin]
        equal(got, list(range(begin, stream.sent)), "what the member got")
        refused = mgate.counter(br, attacker.port, mgate.LIMIT_RATE)
        equal(len(mgate.groups(br, attacker.port)) + refused, 100000, "groups known and refused")
        check(refused > 50000, f"only {refused} were refused at 1000 a second")
        equal(br.get("status", attacker.port), "limit", "status of the attacker's port")
        equal((br.get("mode"), br.get("status", member.port)), ("on", "gated"),
              "mode, and status of the member's port")


@proves("issue 7 item 3", "INTERFACE deny")
def test_deny():
    """Reports for denied groups are ignored and counted, what was joined of them ends at
    once; other groups, other ports and the administrator's own entries are not touched."""
    with gated() as br:
        router, sender, host, other = br.hosts
        inside, outside = "239.5.1.1", "239.6.1.1"
        for member in host, other:
            for group in inside, outside:
                br.join(member, group)
        br.set("groups_static", f"+ {host.port} 239.5.9.9")
        br.set("deny", "+ 239.5.0.0/16", host.port)
        equal(br.get("deny", host.port), "239.5.0.0/16", "the list")
        equal(mgate.groups(br, host.port), {outside, "239.5.9.9"}, "what is left at the port")
        br.expect(sender, inside, [router, other])
        br.expect(sender, outside, [router, host, other])
        br.expect(sender, "239.5.9.9", [router, host])
        with mgate.counts(br, host.port, mgate.DENIED, 2):
            host.say((wire.TO_EX, inside), (wire.TO_IN, "239.5.2.2", ["10.0.0.9"]))
        equal(mgate.groups(br, host.port), {outside, "239.5.9.9"}, "after more reports")
        check(f"port {host.port} deny 239.5.0.0/16" in "\n".join(mgate.lines("rules", br)),
              "debugfs rules lacks it")
        br.set("deny", "- 239.5.0.0/16", host.port)
        equal(br.get("deny", host.port), "", "the list when it is empty again")
        host.say((wire.TO_EX, inside))
        br.wait_joined(host, inside)
        br.expect(sender, inside, [router, host, other])


@proves("issue 7 item 7", "INTERFACE deny: a bad value is refused and changes nothing")
def test_deny_refuses():
    """What is no such line is refused."""
    with gated(2) as br:
        br.set("deny", "+ 239.5.0.0/16", "p1")
        for text in ("239.5.0.0/16", "+", "+ 10.0.0.0/8", "+ 239.0.0.0/-1", "+ x/8", "- 239",
                     "+ 239.1.0.0/16 x", "+ 0.0.0.0/0"):
            equal(br.error("deny", text, "p1"), errno.EINVAL, f"errno of {text!r}")
        equal(br.error("deny", "+ 239.5.0.0/16", "p1"), errno.EEXIST, "a second time")
        equal(br.error("deny", "- 239.6.0.0/16", "p1"), errno.ENOENT, "one that is not there")
        for number in range(63):
            br.set("deny", f"+ 239.6.{number}.0/24", "p1")
        equal(br.error("deny", "+ 239.7.0.0/16", "p1"), errno.ENOSPC, "one too many")
        equal(len(br.get("deny", "p1").splitlines()), 64, "entries")
