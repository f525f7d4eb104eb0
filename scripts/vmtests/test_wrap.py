# SPDX-License-Identifier: GPL-2.0-only
"""Jiffies come round: the lower half of them does, five minutes after boot. Only a machine
that has just been booted can wait for that: see `scripts/check wrap`."""
import contextlib
import pathlib
import re

import mgate
import wire
from lab import Bridge
from test_flow import flows, flows_to, lasting
from test_leaves import querying, running, watches_on
from words import at_wrap, check, equal, eventually, proves

GROUP, SOURCED, LEFT, EARLY, ASKED = (f"239.1.1.{number}" for number in range(1, 6))
ROUND = 1 << 32
WRAP = 300      # seconds after boot


def uptime():
    """Seconds since boot."""
    return float(pathlib.Path("/proc/uptime").read_text().split()[0])


def has_wrapped():
    """Have jiffies come round?"""
    text = pathlib.Path("/proc/timer_list").read_text()
    return int(re.search(r"^jiffies: (\d+)", text, re.MULTILINE)[1]) >= ROUND


def until(seconds):
    """Wait until the machine has been up so long."""
    eventually(lambda: uptime() >= seconds, f"{seconds} s after boot", timeout=WRAP)


def ends(br):
    """When each membership ends, by its port and group."""
    now = uptime()
    return {(row["port"], row["grp"]): now + float(row["left"])
            for row in mgate.table("groups", br)}


def same_ends(br, before, left_out=()):
    """What was to end then does still, and nothing else is there."""
    now = ends(br)
    equal(set(now) - set(left_out), set(before) - set(left_out), "memberships")
    for key, value in now.items():
        check(abs(value - before[key]) < 0.5, f"{key} ends at {value}, not at {before[key]}")


@contextlib.contextmanager
def beside():
    """In the block mgate queries once a second on another bridge and has a member there,
    who answers by the kernel's IGMP; nobody loses a frame."""
    with Bridge(2, first=11, address="10.0.0.254") as br:
        querying(br)
        sender, member = br.hosts
        br.join(member, ASKED)
        with sender.streaming(ASKED, 10) as stream:
            begin = running(stream, member)
            member.tap.frames()
            asked, since = questions(member), uptime()
            yield
            asked, took = questions(member) - asked, uptime() - since
        # Each comes a little late.
        check(0.7 * took - 2 < asked < took + 2, f"{asked} queries in {took:.1f} s")
        watches_on(stream, begin, member)


def questions(host):
    """How many general queries have come in at a host."""
    return host.tap.count(lambda f: f.igmp(0x11) and f.body[4:8] == bytes(4))


def across(br):
    """A stream goes by flow, and a membership ends, while jiffies come round."""
    router, sender, member, other = br.hosts
    with sender.streaming(GROUP, 100) as stream:
        begin = running(stream, router, member)
        before = mgate.counter(br, sender.port, mgate.FLOW)
        check(not has_wrapped(), "it is too late")
        router.query(3, LEFT, code=30)
        since = uptime()
        eventually(has_wrapped, "jiffies come round")
        check(mgate.members(br, other.port, LEFT), "it has left too soon")
        br.wait_left(other, LEFT)
        took = uptime() - since
        until(WRAP + 2)
        flown = mgate.counter(br, sender.port, mgate.FLOW) - before
    check(5.9 < took < 9, f"the membership ended {took:.2f} s after the query")
    check(flown > 200, f"{flown} frames went by flow")
    watches_on(stream, begin, router, member)
    equal(other.tap.numbers(stream.id), [], "frames to who asked for none")


@at_wrap
@proves("issue 9 item 2: jiffies wrap", "RELIABILITY T5, B9, K16")
def test_jiffies_come_round():
    """Memberships, sources, the querier and the questions of another live on when jiffies
    come round, and end when they were to; flows go on, and those that had ended have."""
    check(uptime() < WRAP - 60, "boot anew: this begins before jiffies come round")
    with lasting() as br:
        router, sender, member, other = br.hosts
        # Memberships are to last for longer than that; and the one that ends, no longer.
        br.set("robustness", 7)
        br.set("last_member_count", 2)
        router.query(3)
        member.report(GROUP)
        other.report(LEFT)
        other.say((wire.ALLOW, SOURCED, [sender.ip]))
        br.wait_joined(other, SOURCED)
        flows_to(br, sender, [router, member])
        flows_to(br, sender, [router], EARLY)
        eventually(lambda: not flows(br, sender, EARLY), "a flow ends", timeout=40)
        before = ends(br)
        with beside():
            until(WRAP - 2)  # or half a second later
            across(br)
        same_ends(br, before, [(other.port, LEFT)])
        equal(flows(br, sender, EARLY), [], "a flow that has ended")
        br.expect(sender, SOURCED, [router, other])
        eventually(lambda: not flows(br, sender), "the flow ends", timeout=40)
