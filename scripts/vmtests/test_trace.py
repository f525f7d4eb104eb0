# SPDX-License-Identifier: GPL-2.0-only
"""Tracepoints: what is learned, refused and decided, as ftrace has it."""
import contextlib
import pathlib
import re

import wire
from lab import gated
from words import equal, eventually, proves

GROUP, OTHER = "239.1.1.1", "239.2.2.2"
TRACING = pathlib.Path("/sys/kernel/tracing")
EVENTS = TRACING / "events/mgate"


@contextlib.contextmanager
def tracing(*names, only=None):
    """In the block these tracepoints are on, or all; gives a function for their lines."""
    switches = [EVENTS / name / "enable" for name in names] or [EVENTS / "enable"]
    (TRACING / "trace").write_text("")
    equal((TRACING / "tracing_on").read_text(), "1\n", "tracing is on")
    if only:
        (EVENTS / names[0] / "filter").write_text(only)
    for switch in switches:
        switch.write_text("1")
    try:
        yield lambda: [re.sub(r".*?: (mgate_)", r"\1", line) for line in
                       (TRACING / "trace").read_text().splitlines() if " mgate_" in line]
    finally:
        for switch in switches:
            switch.write_text("0")
        if only:
            (EVENTS / names[0] / "filter").write_text("0")


@proves("issue 10 item 1: tracepoints for joins, leaves, expiries, querier and router changes")
def test_learned():
    """What happens is traced once, by name."""
    with gated() as br:
        _, sender, member, other = br.hosts
        br.set("fast_leave", 1, member.port)
        br.set("max_groups", 1, member.port)
        head = f"netns={br.ns.inode} dev br0 port p3"
        with tracing("mgate_join", "mgate_source", "mgate_leave", "mgate_expire", "mgate_router",
                     "mgate_querier", "mgate_refuse") as lines:
            member.report(GROUP)
            member.report(OTHER)
            br.barrier(member)
            member.send_leave(GROUP)
            member.say((wire.ALLOW, "232.1.1.1", [sender.ip]))
            br.barrier(member)
            br.set("max_groups", 0, member.port)
            member.inject(member.frame(wire.v2_report(OTHER), OTHER, ttl=3))
            br.barrier(member)
            br.set("router", "always", other.port)
            br.set("flush", 1)
            eventually(lambda: any("mgate_querier" in line for line in lines()), "a querier goes")
            seen = lines()
        for line in (
                f"mgate_join: {head} grp {GROUP} src * vid 0 filter_mode exclude reason -",
                f"mgate_refuse: {head} grp {OTHER} src * vid 0 reason limit_port",
                f"mgate_leave: {head} grp {GROUP} src * vid 0 filter_mode include reason leave",
                f"mgate_join: {head} grp 232.1.1.1 src * vid 0 filter_mode include reason -",
                f"mgate_source: {head} grp 232.1.1.1 src {sender.ip} vid 0 "
                "filter_mode include reason -",
                f"mgate_refuse: {head} grp {OTHER} src {member.ip} vid 0 reason bad_ttl",
                f"mgate_router: netns={br.ns.inode} dev br0 port p4 vid 0 by static known 1 "
                "reason -",
                f"mgate_router: netns={br.ns.inode} dev br0 port p1 vid 0 by query known 0 "
                "reason flush",
                f"mgate_querier: netns={br.ns.inode} dev br0 vid 0 state none address 0.0.0.0 "
                "port - reason -"):
            equal(sum(one == line for one in seen), 1, f"{line!r} in {seen}")


@proves("issue 10 item 1: tracepoints for expiries")
def test_expiry():
    """Where time ends a membership that is traced as such."""
    with gated() as br:
        _, _, member, _ = br.hosts
        member.report(GROUP)
        br.wait_joined(member, GROUP)
        with tracing("mgate_expire") as lines:
            br.hosts[0].query(2, GROUP, code=1)
            br.wait_left(member, GROUP)
            eventually(lines, "a line")
            equal(lines(), [f"mgate_expire: netns={br.ns.inode} dev br0 port p3 grp {GROUP} src * "
                            "vid 0 filter_mode include reason expiry"], "what was traced")


@proves("issue 10 item 1: tracepoints, and (off by default) each verdict")
def test_verdicts():
    """Each frame has a line for each port and for the host, by redirect and by the gate, also
    where it would go by a flow; and a filter of ftrace knows the names."""
    with gated() as br:
        router, sender, member, other = br.hosts
        br.set("flow_ms", 1000)
        member.report(GROUP)
        br.wait_joined(member, GROUP)
        tail = f"grp {GROUP} src {sender.ip} vid 0"
        wanted = {f"port {router.port} {tail} pass router": 10,
                  f"port {member.port} {tail} pass member": 10,
                  f"port {other.port} {tail} held not_member": 10,
                  f"port host {tail} held not_member": 10}
        for redirect in 0, 1:
            br.set("redirect", redirect)
            br.expect(sender, GROUP, [router, member])
            with tracing("mgate_verdict", only=f'group == "{GROUP}"') as lines:
                br.expect(sender, GROUP, [router, member])
                seen = [line.split("dev br0 ")[1] for line in lines()]
            equal({line: seen.count(line) for line in seen}, wanted, f"redirect {redirect}")
        equal((EVENTS / "mgate_verdict/enable").read_text(), "0\n", "off by default")
