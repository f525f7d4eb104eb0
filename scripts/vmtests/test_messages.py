# SPDX-License-Identifier: GPL-2.0-only
"""Messages that are in order, in all their forms: each is understood."""
import mgate
import wire
from lab import Bridge, gated
from words import becomes, check, equal, eventually, proves

GROUP, OTHER = "239.1.1.1", "239.2.2.2"


def injected(br, host, message, dst=wire.ALL_REPORTS, **more):
    """Inject a message and wait until it is through."""
    host.inject(host.frame(message, dst, **more))
    br.barrier(host)


@proves("CONFORMANCE 39 to 41")
def test_many_records():
    """A report of 100 records joins 100 groups."""
    with gated(3) as br:
        member = br.hosts[2]
        groups = [f"239.5.0.{number}" for number in range(100)]
        injected(br, member, wire.v3_report(*(wire.record(wire.TO_EX, g) for g in groups)))
        becomes(lambda: mgate.groups(br, member.port), set(groups), "groups")


@proves("RELIABILITY 1.5 jumbo report", "CONFORMANCE 41")
def test_jumbo_report():
    """1,100 records in a frame of 8.8 kB: all of them, from one frame."""
    with gated(3, mtu=9200) as br:
        router, sender, member = br.hosts
        groups = [f"239.6.{n // 200}.{n % 200}" for n in range(1100)]
        injected(br, member, wire.v3_report(*(wire.record(wire.IS_EX, g) for g in groups)))
        becomes(lambda: mgate.groups(br, member.port), set(groups), "groups")
        br.expect(sender, groups[-1], [router, member])


@proves("CONFORMANCE 39")
def test_report_without_records():
    """A report of no records is valid and does nothing."""
    with gated(3) as br:
        member = br.hosts[2]
        with mgate.counts(br, member.port, mgate.RX_V3, 1):
            injected(br, member, wire.v3_report())
        equal(mgate.groups(br), set(), "groups")


@proves("CONFORMANCE 40", "RELIABILITY 3 line 10")
def test_auxiliary_data_is_skipped():
    """A record behind auxiliary data is read, what is in that data is not."""
    with gated(3) as br:
        member = br.hosts[2]
        forged = wire.record(wire.TO_EX, "239.66.66.66")
        injected(br, member, wire.v3_report(wire.record(wire.TO_EX, GROUP, aux=forged),
                                            wire.record(wire.TO_EX, OTHER)))
        becomes(lambda: mgate.groups(br, member.port), {GROUP, OTHER}, "groups")


@proves("CONFORMANCE 42")
def test_unknown_record_type_is_skipped():
    """A record of type 0, 7 or 200 is skipped and counted, the next one is read."""
    with gated(3) as br:
        member = br.hosts[2]
        for number, kind in enumerate((0, 7, 200)):
            with mgate.counts(br, member.port, mgate.BAD_RECORD_TYPE, 1):
                injected(br, member, wire.v3_report(
                    wire.record(kind, "239.66.66.66", ["10.0.0.9"]),
                    wire.record(wire.TO_EX, f"239.1.1.{number}")))
        becomes(lambda: mgate.groups(br, member.port), {"239.1.1.0", "239.1.1.1", "239.1.1.2"},
                "groups")


@proves("CONFORMANCE 34", "RELIABILITY M3, 3 line 2")
def test_366_sources():
    """A record of as many sources as a frame holds is understood: the member is served."""
    with gated(3) as br:
        router, sender, member = br.hosts
        sources = [sender.ip] + [f"10.1.{n // 200}.{n % 200 + 1}" for n in range(359)]
        injected(br, member, wire.v3_report(wire.record(wire.IS_IN, GROUP, sources)))
        br.wait_joined(member, GROUP)
        br.expect(sender, GROUP, [router, member])


@proves("issue 2 item 5", "CONFORMANCE 59 to 70")
def test_records_that_want_and_want_not():
    """Each record that wants traffic joins, each that wants none leaves."""
    with gated(3) as br:
        member = br.hosts[2]
        br.set("fast_leave", 1, member.port)
        source = ["10.0.0.9"]
        for joins in (wire.IS_EX, []), (wire.TO_EX, []), (wire.IS_IN, source), (
                wire.ALLOW, source), (wire.TO_IN, source), (wire.IS_EX, source):
            injected(br, member, wire.v3_report(wire.record(joins[0], GROUP, joins[1])))
            br.wait_joined(member, GROUP)
            leave = wire.TO_IN, []
            injected(br, member, wire.v3_report(wire.record(leave[0], GROUP, leave[1]),
                                                wire.record(wire.BLOCK, GROUP, source)))
            br.wait_left(member, GROUP)


@proves("CONFORMANCE 59, 63")
def test_records_that_want_nothing_join_nothing():
    """IS_IN, ALLOW, TO_IN without sources and BLOCK of an unknown group do nothing."""
    with gated(3) as br:
        member = br.hosts[2]
        for kind, sources in (wire.IS_IN, []), (wire.ALLOW, []), (wire.TO_IN, []), (
                wire.BLOCK, ["10.0.0.9"]), (wire.BLOCK, []):
            injected(br, member, wire.v3_report(wire.record(kind, GROUP, sources)))
        equal(mgate.groups(br), set(), "groups")


@proves("CONFORMANCE 7, 44", "DECISIONS 6")
def test_report_from_no_address():
    """Reports from 0.0.0.0 are learned, of all versions."""
    with gated(3) as br:
        member = br.hosts[2]
        for version in 1, 2, 3:
            member.report(f"239.1.1.{version}", version, src="0.0.0.0")
        becomes(lambda: mgate.groups(br, member.port), {f"239.1.1.{v}" for v in (1, 2, 3)},
                "groups")


@proves("CONFORMANCE 28", "RELIABILITY 3 line 12", "INTERFACE accept")
def test_without_router_alert():
    """Reports without Router Alert are learned; with accept=strict they are not."""
    with gated(3) as br:
        member = br.hosts[2]
        for number, options in enumerate((b"", b"\x01" * 4, b"\x01" * 40, wire.ROUTER_ALERT * 2)):
            member.report(f"239.1.1.{number}", options=options)
        becomes(lambda: len(mgate.groups(br, member.port)), 4, "groups")
        br.set("accept", "strict")
        with mgate.counts(br, member.port, mgate.NO_ROUTER_ALERT, 1):
            member.report(OTHER, options=b"")
            br.barrier(member)
        member.report(GROUP)
        br.wait_joined(member, GROUP)
        check(OTHER not in mgate.groups(br), "strict learned a report without Router Alert")


@proves("CONFORMANCE 30, 48", "issue 2 item 4: padding ignored")
def test_padding_and_longer_messages():
    """Padding behind the packet and octets behind the message are ignored."""
    with gated(3) as br:
        member = br.hosts[2]
        frame = member.frame(wire.v2_report(GROUP), GROUP, options=b"")
        member.inject(frame + b"\xff" * 18)
        br.wait_joined(member, GROUP)
        injected(br, member, wire.v2_report(OTHER, extra=b"\x01\x02\x03\x04"), OTHER)
        br.wait_joined(member, OTHER)
        more = wire.v3_report(wire.record(wire.TO_EX, "239.3.3.3"), extra=bytes(11))
        injected(br, member, more)
        br.wait_joined(member, "239.3.3.3")


@proves("CONFORMANCE 110", "issue 2 item 4: nothing read past the IP length")
def test_data_behind_the_ip_length():
    """A record that lies behind the IP packet's end is not read."""
    with gated(3) as br:
        member = br.hosts[2]
        hidden = wire.record(wire.TO_EX, "239.66.66.66")
        report = wire.v3_report(wire.record(wire.TO_EX, GROUP))
        member.inject(member.frame(report, wire.ALL_REPORTS) + hidden)
        br.wait_joined(member, GROUP)
        two = wire.v3_report(wire.record(wire.TO_EX, OTHER), count=2)
        with mgate.counts(br, member.port, mgate.BAD_LENGTH, 1):
            member.inject(member.frame(two, wire.ALL_REPORTS) + hidden)
            br.barrier(member)
        equal(mgate.groups(br), {GROUP}, "groups")


@proves("CONFORMANCE 50, 38, 9")
def test_reserved_fields():
    """Reserved fields of reports, leaves and queries are ignored."""
    with gated(3) as br:
        router, _, member = br.hosts
        br.set("fast_leave", 1, member.port)
        injected(br, member, wire.v2_report(GROUP, code=200), GROUP)
        br.wait_joined(member, GROUP)
        injected(br, member, wire.leave(GROUP, code=77), wire.ALL_ROUTERS)
        br.wait_left(member, GROUP)
        report = bytearray(wire.v3_report(wire.record(wire.TO_EX, GROUP)))
        report[1], report[4], report[5] = 0xaa, 0x55, 0xff
        injected(br, member, wire.summed(bytes([*report[:2], 0, 0, *report[4:]])))
        br.wait_joined(member, GROUP)
        query = bytearray(wire.query(3, robustness=3))
        query[8] |= 0xf0
        router.inject(router.frame(wire.summed(bytes([*query[:2], 0, 0, *query[4:]])),
                                   wire.ALL_HOSTS))
        becomes(lambda: mgate.querier(br)["robustness"], "3", "robustness")


@proves("CONFORMANCE 31", "DECISIONS 6")
def test_versions_of_queries():
    """Length 8 and code 0 is version 1, length 8 is 2, from 12 on it is 3."""
    with Bridge(2) as br:
        router = br.hosts[0]
        eventually(br.path("status").exists, "mgate has a folder")
        for version in 1, 2, 3:
            with mgate.counts(br, router.port, mgate.RX_QUERY[version], 1):
                router.query(version)
            becomes(lambda: mgate.querier(br).get("version"), str(version), "version")
        with mgate.counts(br, router.port, mgate.RX_QUERY[3], 1):
            router.query(3, extra=b"more")


@proves("CONFORMANCE 36")
def test_v3_query_of_sources():
    """A group-and-source-specific query is well-formed and makes a router port."""
    with Bridge(2) as br:
        eventually(br.path("status").exists, "mgate has a folder")
        br.hosts[0].query(3, GROUP, ["10.0.0.9", "10.0.0.8"])
        becomes(lambda: mgate.routers(br), {"p1": "query"}, "router ports")


@proves("issue 2 item 7: counters by reason")
def test_counters_of_messages():
    """Each kind of message is counted at the port where it came in."""
    with gated(3) as br:
        member = br.hosts[2]
        for reason, message, dst in (
                (mgate.RX_V1, wire.v1_report(GROUP), GROUP),
                (mgate.RX_V2, wire.v2_report(GROUP), GROUP),
                (mgate.RX_V3, wire.v3_report(wire.record(wire.TO_EX, GROUP)), wire.ALL_REPORTS),
                (mgate.RX_LEAVE, wire.leave(GROUP), wire.ALL_ROUTERS)):
            with mgate.counts(br, member.port, reason, 1):
                injected(br, member, message, dst)


@proves("issue 2 item 7: counters by reason")
def test_counters_of_frames():
    """Each frame is counted at the port where it would go out, with the reason."""
    with gated() as br:
        router, sender, member, other = br.hosts
        br.join(member, GROUP)
        for group, host, reason in (
                (GROUP, member, mgate.MEMBER), (GROUP, router, mgate.ROUTER),
                (GROUP, other, mgate.NOT_MEMBER), (OTHER, other, mgate.UNKNOWN_DROP),
                ("224.0.0.251", other, mgate.FLOOD_LINK_LOCAL),
                ("239.255.255.250", other, mgate.FLOOD_LIST)):
            with mgate.counts(br, host.port, reason, 5):
                br.receivers(sender, group, 5)
        br.set("mode", "flood", other.port)
        with mgate.counts(br, other.port, mgate.FLOOD_MODE, 5):
            br.receivers(sender, OTHER, 5)
        br.set("mode", "snoop", other.port)
        br.set("unknown", "flood")
        with mgate.counts(br, other.port, mgate.UNKNOWN_FLOOD, 5):
            br.receivers(sender, OTHER, 5)
        br.set("flush", 1)
        with mgate.counts(br, other.port, mgate.FLOOD_LEARNING, 5):
            br.receivers(sender, OTHER, 5)
        with mgate.counts(br, other.port, mgate.CONTROL_QUERY, 1):
            router.query(2, GROUP)
        with mgate.counts(br, router.port, mgate.CONTROL_REPORT, 1):
            other.report(GROUP)
        with mgate.counts(br, other.port, mgate.CONTROL_FLOOD, 1):
            router.inject(router.frame(wire.message(0x99), GROUP))
