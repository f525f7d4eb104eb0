# SPDX-License-Identifier: GPL-2.0-only
"""What debugfs tells, and the lists of sysfs."""
import os
import re

import mgate
import wire
from lab import Bridge, gated
from words import becomes, check, equal, eventually, proves

GROUP, OTHER = "239.1.1.1", "239.2.2.2"
FILES = "groups", "routers", "queriers", "counters"


@proves("INTERFACE debugfs: the line grammar", "RELIABILITY D1")
def test_grammar():
    """All lines of all files are as INTERFACE.md says, with members of every kind."""
    with gated() as br:
        router, sender, member, other = br.hosts
        br.set("groups_static", f"+ {other.port} {GROUP}")
        br.set("groups_static", "+ host 239.7.7.7")
        br.set("router", "always", other.port)
        for version in 1, 2, 3:
            member.report(f"239.3.3.{version}", version)
        br.join(member, "232.1.1.1", source=sender.ip)
        br.receivers(sender, OTHER)
        tables = {name: mgate.table(name, br) for name in FILES}
        for name, rows in tables.items():
            check(rows, f"debugfs {name} is empty")
        for name in (*FILES, "rules"):
            for line in mgate.lines(name):
                check(re.match(r"netns=\d+ dev \S+ ", line), f"debugfs {name}: {line!r}")
        versions = {row["grp"]: row["version"] for row in tables["groups"]}
        equal([versions[f"239.3.3.{v}"] for v in (1, 2, 3)], ["1", "2", "3"], "versions")
        row = mgate.members(br, member.port, "239.3.3.2")[0]
        equal((row["kind"], row["filter_mode"]), ("temp", "exclude"), "a v2 member")
        equal(mgate.querier(br)["address"], router.ip, "the querier's address")
        check(250 < float(mgate.querier(br)["left"]) <= 255, "the querier's time")


@proves("INTERFACE groups_static", "RELIABILITY S7", "B24")
def test_static_group():
    """A static entry serves its port, shows as permanent, and no leave ends it."""
    with gated() as br:
        router, sender, port, _ = br.hosts
        br.set("groups_static", f"+ {port.port} {GROUP}")
        row = mgate.members(br, port.port, GROUP)[0]
        equal(row["kind"], "permanent", "its kind")
        check(GROUP in br.get("groups_static"), "the list does not name it")
        br.expect(sender, GROUP, [router, port])
        br.set("fast_leave", 1, port.port)
        port.report(GROUP)
        port.send_leave(GROUP)
        br.barrier(port)
        router.query(2, GROUP, code=1)
        br.set("flush", 1)
        br.gate(router)
        equal(mgate.members(br, port.port, GROUP)[0]["kind"], "permanent", "its kind later")
        br.expect(sender, GROUP, [router, port])
        br.set("groups_static", f"- {port.port} {GROUP}")
        equal(br.get("groups_static"), "", "the list")
        br.wait_left(port, GROUP)
        br.expect(sender, GROUP, [router])


@proves("INTERFACE groups_static")
def test_static_entry_beside_a_learned_one():
    """Taking a static entry away leaves what a host asked for."""
    with gated() as br:
        router, sender, port, _ = br.hosts
        br.set("groups_static", f"+ {port.port} {GROUP}")
        port.report(GROUP)
        br.barrier(port)
        br.set("groups_static", f"- {port.port} {GROUP}")
        becomes(lambda: [row["kind"] for row in mgate.members(br, port.port, GROUP)], ["temp"],
                "what is left")
        br.expect(sender, GROUP, [router, port])


@proves("INTERFACE groups_static: host, SOURCE, vid")
def test_static_entries_of_all_kinds():
    """`host`, with a source, with a VLAN: each is listed and can be taken away."""
    with gated() as br:
        entries = [f"host {GROUP}", "p3 232.1.1.1 10.0.0.2", f"p3 {OTHER} vid 7",
                   "p3 232.1.1.2 10.0.0.2 vid 7"]
        for entry in entries:
            br.set("groups_static", f"+ {entry}")
        equal(sorted(br.get("groups_static").split("\n")), sorted(entries), "the list")
        check(mgate.members(br, "host", GROUP)[0]["kind"] == "permanent", "host")
        equal(mgate.members(br, "p3", "232.1.1.1")[0]["src"], "10.0.0.2", "the source")
        equal(mgate.members(br, "p3", OTHER)[0]["vid"], "7", "the VLAN")
        for entry in entries:
            br.set("groups_static", f"- {entry}")
        equal((br.get("groups_static"), mgate.groups(br)), ("", set()), "what is left")


@proves("TRAPS 14", "INTERFACE: lists show what fits in one page")
def test_long_lists():
    """A list that does not fit ends with `… N more`; debugfs has all of it."""
    with gated(2) as br:
        entries = [f"p2 239.4.{n // 200}.{n % 200 + 1}" for n in range(400)]
        for entry in entries:
            br.set("groups_static", f"+ {entry}")
        text = br.get("groups_static").split("\n")
        more = re.fullmatch(r"… (\d+) more", text[-1])
        check(more, f"the list ends with {text[-1]!r}")
        equal(len(text) - 1 + int(more[1]), 400, "entries shown and not shown")
        rules = "\n".join(mgate.lines("rules", br))
        missing = [entry for entry in entries if entry.split()[1] not in rules]
        equal(missing, [], "entries that debugfs does not list")


@proves("RELIABILITY D3, K15", "KERNEL seq_file")
def test_reading_in_small_pieces():
    """2,000 groups read 100 octets at a time, while others come: no line is broken."""
    with gated(3) as br:
        member = br.hosts[2]

        def report(number):
            groups = [f"239.{number}.{n // 200}.{n % 200}" for n in range(100)]
            member.inject(member.frame(wire.v3_report(
                *(wire.record(wire.TO_EX, group) for group in groups)), wire.ALL_REPORTS))
        for number in range(20):
            report(number + 1)
        eventually(lambda: len(mgate.groups(br)) == 2000, "2,000 groups")
        text, number = b"", 20
        descriptor = os.open(mgate.DEBUGFS / "groups", os.O_RDONLY)
        while piece := os.read(descriptor, 100):
            text += piece
            if len(text) % 2000 < 100 and number < 30:
                number += 1
                report(number)
        os.close(descriptor)
        lines = text.decode().splitlines()
        broken = [line for line in lines if not mgate.GRAMMAR["groups"].fullmatch(line)]
        equal(broken, [], "lines that are not as they should be")
        groups = [re.search("grp (239.*?) ", line)[1] for line in lines]
        check(len(groups) >= 2000, f"only {len(groups)} lines")
        equal(len(groups), len(set(groups)), "groups that were listed once")


@proves("issue 2: two bridges in two namespaces of the same name", "RELIABILITY V7")
def test_two_bridges_of_one_name():
    """br0 here and br0 there know nothing of each other."""
    with gated() as here, gated() as there:
        here.join(here.hosts[2], GROUP)
        there.join(there.hosts[3], OTHER)
        here.set("unknown", "drop")
        equal((mgate.groups(here), mgate.groups(there)), ({GROUP}, {OTHER}), "groups")
        equal((here.get("unknown"), there.get("unknown")), ("drop", "auto"), "settings")
        here.expect(here.hosts[1], GROUP, [here.hosts[0], here.hosts[2]])
        there.expect(there.hosts[1], GROUP, [there.hosts[0]])
        there.expect(there.hosts[1], OTHER, [there.hosts[0], there.hosts[3]])


@proves("issue 2 item 2", "RELIABILITY V7")
def test_two_bridges_in_one_namespace():
    """Two bridges of one namespace are apart too."""
    with gated() as one:
        with Bridge(3, first=11, name="br1", ns=one.ns) as two:
            two.gate(two.hosts[0])
            one.join(one.hosts[2], GROUP)
            two.join(two.hosts[2], OTHER)
            one.expect(one.hosts[1], GROUP, [one.hosts[0], one.hosts[2]])
            two.expect(two.hosts[1], GROUP, [two.hosts[0]])
            two.expect(two.hosts[1], OTHER, [two.hosts[0], two.hosts[2]])
            one.ns.ip("link del br1")
        one.expect(one.hosts[1], GROUP, [one.hosts[0], one.hosts[2]])
