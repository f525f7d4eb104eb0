# SPDX-License-Identifier: GPL-2.0-only
"""A flood of a million records: what it costs in memory, and whom it harms."""
import signal

import mgate
import wire
from lab import gated
from words import becomes, check, equal, eventually, proves

GROUP, UNKNOWN = "239.1.1.1", "238.9.9.9"
RECORDS, SIZE = 1_000_000, 1000


def memory():
    """Bytes of the objects that mgate holds now, by the kernel's own account."""
    with open("/proc/slabinfo", encoding="ascii") as file:
        rows = [line.split() for line in file if line.startswith("mgate_")]
    return sum(int(row[1]) * int(row[3]) for row in rows)


def flood(host):
    """A million groups are joined, each by one record."""
    head = bytes([wire.TO_EX, 0, 0, 0])
    for first in range(0, RECORDS, SIZE):
        groups = range((239 << 24 | 2 << 16) + first, (239 << 24 | 2 << 16) + first + SIZE)
        records = b"".join([head + group.to_bytes(4) for group in groups])
        host.inject(host.frame(wire.v3_report(records, count=SIZE), wire.ALL_REPORTS))


@proves("issue 7: memory before, during and after a flood of a million records",
        "RELIABILITY M5, 3 lines 1, 3, 19, 24", "DECISIONS 4")
def test_a_million_records():
    """With the limits as they are by default, one port says all it can: memory stays within
    what its limit allows, snooping goes on, and other ports feel nothing; nothing is left
    of it when it is forgotten."""
    signal.alarm(240)
    mgate.reload()
    with gated(5, mtu=9200) as br:
        router, sender, attacker, member, other = br.hosts
        br.join(member, GROUP)
        before = memory()
        with sender.streaming(GROUP, 100) as stream:
            stream.runs(member.tap, 5)
            begin = member.tap.numbers(stream.id)[0]
            flood(attacker)
            br.barrier(attacker)
            during = memory()
            stream.runs(member.tap, 5)
        eventually(lambda: member.tap.numbers(stream.id)[-1:] == [stream.sent - 1],
                   "the last frame arrives")
        got = [number for number in member.tap.numbers(stream.id) if number >= begin]
        equal(got, list(range(begin, stream.sent)), "what the member got")
        equal(mgate.counter(br, attacker.port, mgate.RX_V3), RECORDS // SIZE, "reports heard")
        known = len(mgate.groups(br, attacker.port))
        refused = sum(mgate.counter(br, attacker.port, reason)
                      for reason in (mgate.LIMIT_PORT, mgate.LIMIT_RATE))
        equal((known, known + refused), (4096, RECORDS), "groups known, and all of them")
        equal((br.get("mode"), br.get("status", attacker.port), br.get("status", other.port)),
              ("on", "limit", "gated"), "mode, and status of the attacker's and another port")
        br.expect(sender, UNKNOWN, [router, attacker])
        br.expect(sender, GROUP, [router, attacker, member])
        check(0 < during - before < 4096 * 1024, f"{during - before} bytes for 4096 groups")
        br.set("flush", 1)
        becomes(lambda: len(mgate.groups(br)), 0, "groups after it")
        # The allocator keeps some slabs of each kind.
        eventually(lambda: memory() - before < 512 * 1024, "the memory is free again")
        print(f"# memory before {before}, during {during}, after {memory()} bytes")
