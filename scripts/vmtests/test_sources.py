# SPDX-License-Identifier: GPL-2.0-only
"""Each port gets the sources that its hosts asked for, and only those: kernel hosts by
all the calls there are, data of four senders counted at each."""
import random

import mgate
import wire
import wire6
from families import IGMP, MLD
from filters import Port
from host import MCAST_EXCLUDE, MCAST_INCLUDE, new_stream
from lab import gated
from sourcelab import GROUP, SHARED, laboratory, questions
from test_leaves import running, watches_on
from words import becomes, check, equal, eventually, proves


def by_their_kernels(lab):
    """Four kernel hosts change their minds in all ways; what each sender's data reaches is
    right after each of them, and nobody else gets any."""
    s1, s2, s3, s4 = lab.sources
    one, two, left, right = lab.one, lab.two, lab.left, lab.right
    one.join(lab.group, s1)
    one.join(lab.group, s2)
    lab.gets("IP_ADD_SOURCE_MEMBERSHIP of 1, 2", one="12")
    two.join(lab.group)
    lab.gets("a join of all", one="12", two="1234")
    left.join(lab.group, s3)
    lab.gets("one more at the shared port", one="12", two="1234", shared="3")
    two.block(lab.group, s1)
    lab.gets("IP_BLOCK_SOURCE of 1, which another port wants", one="12", two="234", shared="3")
    right.join(lab.group, exclude=s3)
    lab.gets("all but 3, beside one who wants 3", one="12", two="234", shared="1234")
    two.unblock(lab.group, s1)
    lab.gets("IP_UNBLOCK_SOURCE", one="12", two="1234", shared="1234")
    left.leave(lab.group, s3)
    lab.gets("IP_DROP_SOURCE_MEMBERSHIP", one="12", two="1234", shared="124")
    one.filter(lab.group, MCAST_EXCLUDE, s4)
    lab.gets("INCLUDE to EXCLUDE", one="123", two="1234", shared="124")
    two.filter(lab.group, MCAST_INCLUDE, s2, s3)
    lab.gets("EXCLUDE to INCLUDE", one="123", two="23", shared="124")
    one.filter(lab.group, MCAST_INCLUDE, s4)
    lab.gets("EXCLUDE to INCLUDE of what was left out", one="4", two="23", shared="124")
    two.filter(lab.group, MCAST_INCLUDE, s1)
    lab.gets("another list", one="4", two="1", shared="124")
    right.leave(lab.group)
    lab.gets("the last leave of the shared port", one="4", two="1")
    one.leave(lab.group, s4)
    two.leave(lab.group)
    lab.gets("the last leaves")
    becomes(lambda: mgate.groups(lab.br), set(), "groups in the end", timeout=40)


def kernel_hosts_mgate_queries(ip):
    """All ways to change one's mind, where mgate is the querier."""
    with laboratory(ip, address=ip.address) as lab:
        lab.mgate_queries()
        by_their_kernels(lab)


@proves("issue 5: kernel hosts, four senders, as querier", "CONFORMANCE 24, 55 to 72, 75, 76")
def test_kernel_hosts_mgate_queries():
    """All ways to change one's mind, where mgate is the querier."""
    kernel_hosts_mgate_queries(IGMP)


def kernel_hosts_another_queries(ip):
    """The same, where a router is the querier; it gets everything."""
    with laboratory(ip) as lab:
        lab.router_queries()
        by_their_kernels(lab)


@proves("issue 5: kernel hosts, four senders, as non-querier", "CONFORMANCE 24, 55 to 74, 78")
def test_kernel_hosts_another_queries():
    """The same, where a router is the querier; it gets everything."""
    kernel_hosts_another_queries(IGMP)


def block_is_asked_about(ip):
    """One of two hosts behind a port blocks a source: the port is asked about that source,
    the others are not, and the other host loses no frame. When it blocks too, it ends."""
    with laboratory(ip, address=ip.address) as lab:
        lab.mgate_queries()
        source = lab.senders[0]
        address = source.source(ip.group)
        for host in lab.one, lab.left, lab.right:
            host.join(lab.group)
        lab.gets("joins", one="1234", shared="1234")
        with source.streaming(lab.group, 300) as stream:
            begin = running(stream, lab.right, lab.one)
            lab.left.block(lab.group, address)
            # One at least: an answer in EXCLUDE mode settles it before the second.
            eventually(lambda: questions(lab.left, ip.group), "the question")
            stream.runs(lab.right.tap, 300)
        watches_on(stream, begin, lab.right, lab.one)
        equal(set(questions(lab.left, ip.group)), {(ip.address, frozenset([address]))},
              "what was asked at the port")
        equal([questions(host, ip.group) for host in (lab.one, lab.two, *lab.senders)], [[]] * 6,
              "what was asked elsewhere")
        lab.right.block(lab.group, address)
        lab.gets("both block it", one="1234", shared="234")
        row = mgate.members(lab.br, SHARED, lab.group, address)[0]
        equal((row["filter_mode"], row["blocked"]), ("exclude", " blocked"), "its line in groups")


@proves("issue 5 items 2, 5", "CONFORMANCE 24, 68, 71, 76", "RFC 9776 6.6.3.2")
def test_block_is_asked_about():
    """One of two hosts behind a port blocks a source: the port is asked about that source,
    the others are not, and the other host loses no frame. When it blocks too, it ends."""
    block_is_asked_about(IGMP)


def change_of_lists_is_asked_about(ip):
    """A host in INCLUDE mode drops one source of two: asked about, that one ends, and the
    other loses no frame."""
    with laboratory(ip, address=ip.address) as lab:
        lab.mgate_queries()
        for source in lab.sources[:2]:
            lab.one.join(lab.group, source)
        lab.gets("joins", one="12")
        with lab.senders[1].streaming(lab.group, 300) as stream:
            begin = running(stream, lab.one)
            lab.one.leave(lab.group, lab.sources[0])
            eventually(lambda: not mgate.members(lab.br, lab.one.port, lab.group, lab.sources[0]),
                       "the source ends")
            stream.runs(lab.one.tap, 50)
        watches_on(stream, begin, lab.one)
        check((ip.address, frozenset(lab.sources[:1])) in questions(lab.one, ip.group),
              "nobody asked")
        lab.gets("a leave of one", one="2")


@proves("issue 5 item 5", "CONFORMANCE 64, 66, 76")
def test_change_of_lists_is_asked_about():
    """A host in INCLUDE mode drops one source of two: asked about, that one ends, and the
    other loses no frame."""
    change_of_lists_is_asked_about(IGMP)


@proves("issue 5 item 5", "CONFORMANCE 73, 74, 78")
def test_only_the_querier_ends_a_source():
    """Another device queries: a BLOCK ends nothing by itself, nor does a question of a
    stranger or with the S flag; that of the querier does, at all ports it reaches."""
    with gated(5) as br:
        router, sender, one, two, stranger = br.hosts
        br.set("proxy", "off")
        for host in one, two:
            host.say((wire.IS_IN, GROUP, [sender.ip, "10.0.0.99"]))
        one.say((wire.BLOCK, GROUP, [sender.ip]))
        stranger.query(3, GROUP, [sender.ip], code=1)
        router.query(3, GROUP, [sender.ip], code=1, suppress=True)
        two.say((wire.IS_IN, GROUP, [sender.ip]))
        br.barrier(router)
        br.barrier(two)
        for host in one, two:
            left = float(mgate.members(br, host.port, GROUP, sender.ip)[0]["left"])
            check(left > 200, f"{host}: only {left} s left of a source that nobody ended")
        br.expect(sender, GROUP, [router, one, two, stranger])
        router.query(3, GROUP, [sender.ip], code=1)
        two.say((wire.IS_IN, GROUP, [sender.ip]))
        eventually(lambda: not mgate.members(br, one.port, GROUP, sender.ip), "the source ends")
        br.expect(sender, GROUP, [router, two, stranger])
        equal(len(mgate.members(br, one.port, GROUP)), 1, "other sources")
        equal(questions(one).count(("0.0.0.0", frozenset([sender.ip]))), 0, "questions by mgate")


@proves("TRAPS 24", "issue 5 item 5: what is withheld")
def test_withheld_leave_of_sources():
    """A leave of sources that is kept from the querier is asked about by mgate, of no
    address, at that port only; then it ends."""
    with gated(4) as br:
        br.set("last_member_interval_ms", 200)
        router, sender, one, two = br.hosts
        one.say((wire.TO_IN, GROUP, [sender.ip]))
        two.say((wire.TO_EX, GROUP))
        br.expect(sender, GROUP, [router, one, two])
        one.say((wire.TO_IN, GROUP, []))
        br.wait_left(one, GROUP)
        equal(questions(one), [("0.0.0.0", frozenset([sender.ip]))] * 2, "what was asked")
        equal((questions(two), questions(router)), ([], []), "what was asked elsewhere")
        said = [record for f in router.tap.frames(lambda f: f.igmp(0x22))
                for record in wire.records(f.body)]
        check((wire.TO_IN, GROUP, set()) not in said, "the router heard the leave")
        br.expect(sender, GROUP, [router, two])


# --- The very next frame ---------------------------------------------------------------

# The first two of the groups share a MAC address, the last is of the SSM range.
NAMED = {4: (["10.0.1.1", "10.0.1.2", "10.0.1.3", "10.0.1.4"],
             [GROUP, "239.129.1.1", "232.1.1.1"]),
         6: (["fd00::1:1", "fd00::1:2", "fd00::1:3", "fd00::1:4"],
             [MLD.group, "ff0e::1:3", "ff3e::1:1"])}
OLDER = {4: (wire.v1_report, wire.v2_report), 6: (wire6.v1_report,)}
KINDS = range(wire.IS_IN, wire.BLOCK + 1)


def draw(dice, family, group):
    """A report by hand: of one record, seldom of an older version."""
    sources, groups = NAMED[family.number]
    if dice.random() < 0.04 and group != groups[0]:
        return dice.choice(OLDER[family.number])(group), group
    named = [source for source in sources if dice.random() < 0.4]
    return family.report_of((dice.choice(KINDS), group, named))


@proves("issue 5 items 1 to 3: a report and the very next frame agree", "CONFORMANCE 24, 55 to 70",
        "CONFORMANCE 83 to 85", "issue 5 item 2: (S,G) before (*,G)")
def test_next_frame_agrees():
    """300 random reports at three ports, by two hosts at one of them, each followed at once
    by a frame of each of four sources: all goes where a model of RFC 9776 says."""
    next_frame_agrees(IGMP)


def next_frame_agrees(family):
    """The same of each family."""
    dice = random.Random(5)
    with family.gated(5) as br:
        br.set("proxy", "off")
        sender, *members = br.hosts[1:]
        model = {host: Port() for host in members}
        for _ in range(30):
            sent = [step(dice, family, sender, members, model) for _ in range(10)]
            br.barrier(sender)
            for what, group, stream, wanted in sent:
                got = {host: host.tap.numbers(stream) for host in members}
                equal(got, wanted, f"after {what}, what was sent to {group}")
        for host in members:
            equal(rows(br, host.port), model[host].rows(), f"groups of {host.port}")


def step(dice, family, sender, members, model):
    """One report, and a frame of each source; gives what is to arrive."""
    sources, groups = NAMED[family.number]
    host, group = dice.choice(members), dice.choice(groups)
    another = "fe80::77" if family.number == 6 else "10.0.0.77"
    frame = host.frame(*draw(dice, family, group),
                       src=dice.choice((family.source(host), another)))
    model[host].hear(frame)
    stream = new_stream()
    host.inject(frame)
    sender.inject(*(sender.data(group, stream, number, src=source)
                    for number, source in enumerate(sources)))
    wanted = {other: [number for number, source in enumerate(sources)
                      if port.forwards(0, group, source)] for other, port in model.items()}
    return f"{host}: {frame.hex()}", group, stream, wanted


def rows(br, port):
    """What `groups` shows of a port, as the model puts it."""
    return {(int(row["vid"]), row["grp"], row["src"], row["filter_mode"], bool(row["blocked"]),
             int(row["version"])) for row in mgate.table("groups", br) if row["port"] == port}
