# SPDX-License-Identifier: GPL-2.0-only
"""Which hosts stand behind a membership: debugfs `hosts`, and fast leave, which ends what
the last of them wanted, and nothing that one of them still wants."""
import random

import mgate
import wire
from host import MCAST_EXCLUDE, MCAST_INCLUDE, new_stream
from lab import gated
from sourcelab import GROUP, SHARED, laboratory, questions
from test_sources import NAMED
from test_sources_rules import reported
from words import becomes, check, equal, proves

SOURCES, _ = NAMED[4]


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


class Wish:
    """What one host wants of a group, and how it says so (RFC 9776 5.1, 5.2)."""

    def __init__(self):
        self.exclude, self.sources = False, set()

    def __contains__(self, source):
        return (source in self.sources) != self.exclude

    def __bool__(self):
        return self.exclude or bool(self.sources)

    def become(self, exclude, sources):
        """Change one's mind; gives the records that tell it."""
        old, self.sources = self.sources, sources
        if self.exclude != exclude:
            self.exclude = exclude
            return [(wire.TO_EX if exclude else wire.TO_IN, GROUP, sorted(sources))]
        allow, block = sources - old, old - sources
        if exclude:
            allow, block = block, allow
        return [(kind, GROUP, sorted(named))
                for kind, named in ((wire.ALLOW, allow), (wire.BLOCK, block)) if named]

    def current(self):
        """The answer to a query."""
        kind = wire.IS_EX if self.exclude else wire.IS_IN
        return [(kind, GROUP, sorted(self.sources))] if self else []


@proves("issue 5 item 6: ends at once when its last host leaves and not before", "DECISIONS 4",
        "CONFORMANCE 24")
def test_fast_leave_of_random_hosts():
    """Three hosts behind a port with fast_leave change their minds 400 times, or answer. At
    each time the very next frame of a source that one of them wants goes there; when none
    wants anything none does, and no group is known."""
    dice = random.Random(6)
    with gated(3) as br:
        br.set("proxy", "off")
        _, sender, member = br.hosts
        br.set("fast_leave", 1, member.port)
        wishes = {f"10.0.0.{number}": Wish() for number in (81, 82, 83)}
        for _ in range(40):
            sent = [change(dice, wishes, member, sender) for _ in range(10)]
            br.barrier(sender)
            for what, stream, wanted, anybody in sent:
                got = set(member.tap.numbers(stream))
                check(wanted <= got and (anybody or not got),
                      f"of {SOURCES} expected {wanted}, got {got} after {what}")
        for host, wish in wishes.items():
            reported(br, member, *wish.become(False, set()), src=host)
        equal((mgate.groups(br), mgate.table("hosts", br)), (set(), []), "what is left")


def change(dice, wishes, member, sender):
    """One host speaks, and each source sends a frame; gives which are wanted."""
    host, wish = dice.choice(list(wishes.items()))
    if dice.random() < 0.2:
        records = wish.current()
    elif dice.random() < 0.3:
        records = wish.become(False, set())
    else:
        records = wish.become(dice.random() < 0.4, {s for s in SOURCES if dice.random() < 0.4})
    stream = new_stream()
    member.say(*records, src=host)
    sender.inject(*(sender.data(GROUP, stream, number, src=source)
                    for number, source in enumerate(SOURCES)))
    wanted = {number for number, source in enumerate(SOURCES)
              if any(source in other for other in wishes.values())}
    return f"{host}: {records}", stream, wanted, any(map(bool, wishes.values()))
