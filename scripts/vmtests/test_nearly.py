# SPDX-License-Identifier: GPL-2.0-only
"""Random frames that are nearly right, beside hosts whose frames are: nothing breaks, nobody
loses a stream, and nothing is learned that an independent reader does not find in them.

MGATE_SEED=N repeats a run whose seed is N, MGATE_SEED=random draws one; MGATE_FRAMES=N sends
so many frames.
"""
import os
import random

import mgate
import nearly6
from families import IGMP
from filters import Port
from nearly import Nearly
from test_captures import captures, frames
from test_sources import rows
from words import check, equal, eventually, proves, seed_of

SEED = seed_of(7)
# The debug kernel is slow.
COUNT = int(os.environ.get("MGATE_FRAMES") or (2000 if "debug" in os.uname().release else 4000))
BATCH, FEW = 250, 40
# What else than a report or leave may come of a bent one: to be left out where time is
# not to pass.
OTHERS = (0x11, 0x13, 0x30)


def drawn(family, name, host, count, **more):
    """So many frames, the same ones each time."""
    print(f"# nearly: MGATE_SEED={SEED} repeats it", flush=True)
    kind = nearly6.Nearly6 if family.number == 6 else Nearly
    captured = [] if family.number == 6 else \
        [frame for file in captures() for frame in frames(file)]
    nearly = kind(random.Random(f"{SEED} {name}"), host, captured=captured, **more)
    return [nearly.draw() for _ in range(count)]


def says_more(frame):
    """Is there an octet in it, where a message begins, that asks or tells of routers?"""
    start = 18 if frame[12:14] == b"\x81\0" else 14
    if frame[start - 2:start] == b"\x86\xdd":
        return nearly6.says_more(frame, start)
    if len(frame) < start + 20:
        return False
    end = start + (frame[start] & 15) * 4
    return frame[start + 9] != 2 or frame[end:end + 1] in [bytes([kind]) for kind in OTHERS]


def in_batches(some, size=BATCH):
    """The frames, so many at a time."""
    return [some[start:start + size] for start in range(0, len(some), size)]


@proves("issue 7 item 6: structure-aware random frames into a port", "RELIABILITY P1 to P7",
        "DECISIONS 6", "RELIABILITY 3 lines 9, 10, 12, 13, 14, 22")
def test_reports():
    """Reports and leaves: after each batch the tables say what a model of RFC 9776 has read
    in the same frames, and nothing else."""
    reports(IGMP)


def reports(family):
    """The same of each family."""
    with family.gated(3) as br:
        br.set("querier", "off")
        br.set("proxy", "off")
        br.set("report_rate", 0, br.hosts[2].port)
        # More than are drawn: which record goes beyond the limit is not the model's business.
        br.set("max_sources", 1024)
        host, learned = br.hosts[2], 0
        some = drawn(family, "reports", host, COUNT, hearsay=False)
        batches = in_batches([frame for frame in some if not says_more(frame)], FEW)
        for number, batch in enumerate(batches):
            # Where nothing is known each frame tells; where much is, what comes to what is.
            if number < len(batches) / 2:
                br.set("flush", 1)
                model = Port(1024)
            for frame in batch:
                host.inject(frame)
                learned += model.hear(frame)
            br.barrier(host)
            known = rows(br, host.port), model.rows()
            equal((known[0] - known[1], known[1] - known[0]), (set(), set()),
                  "what only mgate knows, and what only the model does")
            equal(mgate.groups(br), mgate.groups(br, host.port), "groups of the bridge")
            check(not mgate.table("routers", br), "something became a router port")
        check(COUNT / 20 < learned < COUNT * 3 / 4, f"{learned} of {COUNT} were learned from")


@proves("issue 7 item 6: structure-aware random frames into a port", "RELIABILITY P1 to P10",
        "DECISIONS 4", "RELIABILITY 3 lines 4, 9, 18")
def test_all_kinds():
    """Queries, hellos and advertisements too, beside a member that joins and leaves: it
    gets its stream each time; only the port they came in by, and VLANs that it made up,
    are in the tables, and of groups only those that a model reads in the same frames."""
    all_kinds(IGMP)


def all_kinds(family):
    """The same of each family."""
    with family.gated(5) as br:
        router, sender, host, member, other = br.hosts
        model, may = Port(1024), set()
        for batch in in_batches(drawn(family, "all", host, COUNT)):
            for frame in batch:
                host.inject(frame)
                model.hear(frame)
                may.update(model.filters)
            br.barrier(host)
            member.join(family.group)
            member.report(family.group)
            br.barrier(member)
            got = br.receivers(sender, family.group, 5)
            equal(got[member], 5, "frames at the member")
            member.leave(family.group)
            check_tables(br, host, member, may)
            router.query(group=family.unspecified)
        equal(br.get("mode"), "on", "mode")
        br.set("flush", 1)
        br.gate(router)
        br.join(other, family.group)
        br.expect(sender, family.group, [router, other])
        br.expect(sender, family.third, [router])


def check_tables(br, host, member, may):
    """Nothing in them is of anybody else, and they are bounded."""
    table = mgate.table("groups", br)
    equal({row["port"] for row in table} - {host.port, member.port}, set(), "ports of members")
    found = {(int(row["vid"]), row["grp"]) for row in table if row["port"] == host.port}
    known = {(vid, str(group)) for vid, group in may}
    equal(found - known, set(), "groups that the model does not know")
    equal(set(mgate.routers(br)) - {"p1", host.port}, set(), "router ports")
    equal({row["port"] for row in mgate.table("hosts", br)} - {host.port, member.port}, set(),
          "ports of hosts")
    check(len(mgate.table("queriers", br)) <= 257, "too many VLANs")
    eventually(lambda: mgate.lines("counters", br), "the counters can be read")
