# SPDX-License-Identifier: GPL-2.0-only
"""The hostile table of RELIABILITY.md 1.5 and the threats of its section 3, as far as
mgate has what they attack: which test proves each, and those that no other file has."""
import contextlib
import importlib
import time

import klog
import mgate
import wire
from lab import Bridge, gated
from test_hostile import ALL, DROPPED, FORGED, ROUTERS, put
from test_limits import ask, numbered
from words import becomes, check, equal, eventually, proves, without_module

GROUP, OTHER = "239.1.1.1", "239.2.2.2"
REPORT = wire.v3_report(wire.record(wire.TO_EX, FORGED))

# Row of 1.5, or line of 3: the tests that prove it.
PROOFS = {
    "bad IGMP checksum, bad IP checksum": "hostile.bad_igmp_checksum hostile.bad_ip_checksum",
    "header length that overruns": "hostile.bad_ip_header_lengths threats.bad_headers_are_counted",
    "MF fragment, offset fragment": "hostile.fragments_of_igmp",
    "TTL other than 1": "hostile.wrong_ttl",
    "no Router Alert, NOPs": "messages.without_router_alert",
    "malformed option": "threats.malformed_options",
    "group that is none": "hostile.impossible_groups hostile.query_for_what_is_no_group",
    "IP destination is not the group": "hostile.destination_is_not_the_group",
    "source 0.0.0.0": "messages.report_from_no_address threats.fresh_bridge",
    "source multicast or broadcast": "hostile.impossible_sources",
    "destination MAC broadcast, unicast": "hostile.wrong_mac threats.where_a_wrong_mac_goes",
    "auxiliary data": "messages.auxiliary_data_is_skipped",
    "unknown record type": "messages.unknown_record_type_is_skipped",
    "records that are not there, overrun": "hostile.lengths_that_do_not_fit",
    "65535 sources, none present": "hostile.lengths_that_do_not_fit hostile.query_lengths",
    "more sources than are kept": "messages.366_sources",
    "data after the IP length": "messages.data_behind_the_ip_length",
    "jumbo report": "messages.jumbo_report",
    "802.1Q, VLANs not filtered": "forwarding.tag_on_a_bridge_without_vlans",
    "priority tag": "threats.priority_tag",
    "QinQ, PPPoE": "hostile.other_encapsulations threats.tag_of_another_protocol",
    "query of 9 octets, of sources without group": "hostile.query_lengths "
                                                   "threats.general_query_with_sources",
    "general query not to 224.0.0.1": "hostile.general_query_to_a_wrong_destination",
    "fresh bridge, impossible queriers": "threats.fresh_bridge",
    "reports and leaves, all versions": "routers.reports_go_to_routers_only",
    "no querier, or not yet converged": "life.no_querier_floods life.converging",
    "unknown 239/8 and 224.0.1.x": "threats.unknown_groups_of_all_ranges "
                                   "routers.unknown_of_the_bridge routers.unknown_of_a_port",
    "groups of one MAC": "forwarding.two_groups_of_one_mac",
    "3.1 join flood": "hostile.many_random_groups_switch_nothing_off limits.limit_of_a_port",
    "3.2 source lists": "messages.366_sources rows.beside_each_flood",
    "3.3 cost of a frame": "messages.jumbo_report limits.16384_groups",
    "3.4 query from 0.0.0.0": "routers.proxy_query_beside_a_real_one querier.0_0_0_0_ends_nothing",
    "3.5 query from a low address": "threats.low_address_is_told_and_attracts_nothing",
    "3.6 group query that shortens": "life.question_of_a_stranger threats.question_with_code_1",
    "3.7, 3.8 forged leave": "threats.forged_leaves",
    "3.9 to 3.14": "hostile.every_truncation hostile.frames_cut_short",
    "3.15 shared buffers": "forwarding.frames_are_not_altered "
                           "rows.what_others_hold_is_not_written_to",
    "3.18 values of a query": "threats.extreme_values_of_a_query life.values_of_the_querier",
    "3.19 memory": "limits.limit_of_memory threats.queries_in_300_vlans",
    "3.20 many timers at once": "threats.4000_groups_end_at_once",
    "3.22 groups that are none": "hostile.impossible_groups",
    "3.23 VLAN hopping": "forwarding.tag_on_a_bridge_without_vlans "
                         "hostile.ingress_checks_come_first",
    "3.24 rate of messages": "limit_rules.report_rate flood.a_million_records",
    "3.25 report suppression": "routers.reports_go_to_routers_only",
    "3.26 sysfs": "sysfs.garbage sysfs.numbers sysfs.capability",
    "3.27 static group": "tables.static_group threats.forged_leaves",
    "Q3 own query comes back": "threats.own_query_comes_back",
    "F8, M5 other traffic beside it": "rows.beside_each_flood",
    "M6 MTU": "rows.queries_at_every_mtu",
    "M7 memory": "rows.ten_thousand_come_and_go flood.a_million_records",
    "D1, D3 output": "rows.outputs_are_text rows.small_reads_while_all_is_deleted",
    "P10 other types": "hostile.unknown_types threats.types_of_others",
}


@without_module
@proves("RELIABILITY 1.5, 3")
def test_every_row_has_its_test():
    """The tests that the table above names exist."""
    every_row_has_its_test(PROOFS)


def every_row_has_its_test(proofs):
    """Of a table like that."""
    for row, names in proofs.items():
        for name in names.split():
            file, test = name.split(".")
            found = getattr(importlib.import_module(f"test_{file}"), f"test_{test}", None)
            check(found, f"{row}: there is no test {name}")


@proves("RELIABILITY 1.5 line 1, P2", "DECISIONS 6")
def test_bad_headers_are_counted():
    """Headers whose lengths do not fit: dropped at the port, counted, not learned."""
    with gated() as br:
        host, report = br.hosts[2], wire.v2_report(FORGED)
        for more in ({"words": 4}, {"words": 15, "options": b""}, {"total": 19}, {"total": 23},
                     {"total": 1400}, {"version": 6}):
            put(br, host, host.frame(report, FORGED, **more), DROPPED, mgate.BAD_LENGTH)


@proves("RELIABILITY 1.5: malformed option len 255, 40 B of NOP; 3 line 12")
def test_malformed_options():
    """IP options that make no sense do not keep a report from being learned; with
    `strict` they are no Router Alert."""
    with gated() as br:
        router, _, host, _ = br.hosts
        options = [b"\x94\xff\0\0", b"\x94\0\0\0", b"\x94\x01\0\0", b"\x01" * 39 + b"\x94",
                   b"\0\x94\x04\0", b"\x83\x03\x04\x94", b"\x94\x03\0\0"]
        for number, option in enumerate(options):
            frame = host.frame(wire.v2_report(f"239.1.2.{number}"), f"239.1.2.{number}",
                               options=option)
            br.expect_frames(host, [frame], [router], lambda f, d=frame: f.data == d)
        becomes(lambda: len(mgate.groups(br, host.port)), len(options), "groups")
        br.set("accept", "strict")
        for option in options:
            put(br, host, host.frame(wire.v2_report(FORGED), FORGED, options=option),
                ROUTERS, mgate.NO_ROUTER_ALERT)


@proves("RELIABILITY 1.5: destination MAC broadcast, unicast", "CONFORMANCE 52", "DECISIONS 5, 6")
def test_where_a_wrong_mac_goes():
    """Messages to a unicast MAC go where that says, to broadcast and to another group's
    everywhere; only the last are multicast at all, and are counted."""
    with gated() as br:
        host, other = br.hosts[2], br.hosts[3]
        br.barrier(other)
        for message, dst in ((wire.v2_report(FORGED), FORGED), (REPORT, wire.ALL_REPORTS),
                             (wire.query(2), wire.ALL_HOSTS), (wire.leave(GROUP), GROUP)):
            for mac, wanted, counted in ((other.mac, [other], 0),
                                         (wire.BROADCAST, br.others(host), 0),
                                         (wire.mac_of(OTHER), br.others(host), 1)):
                frame = host.frame(message, dst, mac=mac)
                with mgate.counts(br, host.port, mgate.BAD_MAC, counted):
                    br.expect_frames(host, [frame], wanted, lambda f, d=frame: f.data == d)
        equal((mgate.groups(br), mgate.routers(br)), (set(), {"p1": "query"}), "what is known")


@proves("RELIABILITY 1.5: priority tag vid 0, V1")
def test_priority_tag():
    """A report, a query and data with a priority tag are as untagged ones, with and
    without VLAN filtering; the tag leaves as the bridge would have it leave."""
    for filtering, vid in (0, 0), (1, 1):
        with Bridge(4, vlan_filtering=filtering) as br:
            router, sender, member, _ = br.hosts
            eventually(br.path("status").exists, "mgate has a folder")
            br.set("convergence_ms", 0)
            router.query(vlan=0xa000)
            eventually(lambda v=vid: mgate.gates(br, v), f"it gates in VLAN {vid}")
            member.report(GROUP, vlan=0x6000)
            br.wait_joined(member, GROUP, vid=vid)
            br.expect(sender, GROUP, [router, member])
            packet = sender.data(GROUP, 40)[14:]
            frame = wire.eth(wire.mac_of(GROUP), sender.mac, wire.ETH_IP, packet, vlan=0xa000)
            br.expect_frames(sender, [frame], [router, member], lambda f: f.stream == 40)
            tags = {f.vlan for f in member.tap.frames(lambda f: f.stream == 40)}
            equal(tags, {None if filtering else 0xa000}, "the tag at the member")


@proves("RELIABILITY 1.5: QinQ not parsed, flooded", "DECISIONS 5", "REDIRECT 2")
def test_tag_of_another_protocol():
    """To a bridge that filters by customer tags, what is behind a service tag is not IP
    at all, and the other way round: flooded, broken or not, and nothing is learned."""
    for protocol, tpid in ("802.1q", 0x88a8), ("802.1ad", 0x8100):
        with gated_vlan_1(protocol) as br:
            host = br.hosts[2]
            for number, (dst, packet) in enumerate((
                    (FORGED, wire.ipv4(host.ip, FORGED, wire.UDP, wire.udp(bytes(20)))),
                    (FORGED, wire.ipv4(host.ip, FORGED, wire.UDP, b"", bad_checksum=True)),
                    (FORGED, wire.ipv4(host.ip, FORGED, wire.UDP, b"", total=1400)),
                    (FORGED, wire.ipv4(host.ip, FORGED, wire.IGMP, wire.v2_report(FORGED), ttl=1)),
                    (wire.ALL_HOSTS, wire.ipv4(host.ip, wire.ALL_HOSTS, wire.IGMP,
                                               wire.query(3, bad=True), ttl=1)))):
                end = wire.mark(9_000_000 + tpid, number)
                frame = wire.eth(wire.mac_of(dst), host.mac, wire.ETH_IP, packet + end, 1, tpid)
                br.expect_frames(host, [frame], br.others(host), lambda f, e=end: f.data[-28:] == e)
            equal((mgate.groups(br), mgate.routers(br)), (set(), {"p1": "query"}), "what is known")


@contextlib.contextmanager
def gated_vlan_1(protocol):
    """A bridge that filters VLANs by tags of this protocol, and gates in VLAN 1."""
    with Bridge(4, vlan_filtering=1, vlan_protocol=protocol) as br:
        eventually(br.path("status").exists, "mgate has a folder")
        br.set("convergence_ms", 0)
        br.hosts[0].query()
        eventually(lambda: mgate.gates(br, 1), "it gates in VLAN 1")
        yield br


@proves("RELIABILITY 1.5: v3 general query with sources", "CONFORMANCE 36", "DECISIONS 6")
def test_general_query_with_sources():
    """A query of sources but no group passes to all and teaches nothing."""
    with gated() as br:
        host = br.hosts[2]
        put(br, host, host.frame(wire.query(3, sources=["10.0.0.9"]), wire.ALL_HOSTS),
            ALL, mgate.BAD_GROUP)


@proves("RELIABILITY 1.5: fresh bridge: query from 0.0.0.0, 224.0.0.9, 255.255.255.255",
        "DECISIONS 4, 10")
def test_fresh_bridge():
    """On a bridge that knows nothing an impossible querier makes no router port and
    nobody gate; one without address is a router by proxy until a real one is heard."""
    with Bridge(4) as br:
        eventually(br.path("status").exists, "mgate has a folder")
        br.set("convergence_ms", 0)
        host, proxy, real, _ = br.hosts
        for src in "224.0.0.9", "255.255.255.255", "127.0.0.1":
            for version in 1, 2, 3:
                frame = host.frame(wire.query(version), wire.ALL_HOSTS, src=src)
                put(br, host, frame, ALL, mgate.QUERY_BAD_SOURCE)
        equal((mgate.routers(br), mgate.querier(br), br.get("status")), ({}, {}, "flooding"),
              "router ports, querier and status")
        br.expect(host, GROUP, br.others(host))
        proxy.query(2, src="0.0.0.0")
        becomes(lambda: mgate.routers(br), {proxy.port: "proxy"}, "router ports")
        real.query(2)
        becomes(lambda: mgate.querier(br)["address"], real.ip, "the querier")
        with mgate.counts(br, host.port, mgate.QUERY_PROXY, 1):
            host.query(2, src="0.0.0.0")
        check(host.port not in mgate.routers(br), "0.0.0.0 made a router port beside a real one")


@proves("RELIABILITY 1.5: unknown 239/224.0.1.x with querier", "CONFORMANCE 17, 18, 19")
def test_unknown_groups_of_all_ranges():
    """Unknown groups of every range go to the router only; just outside of 224.0.0.0/24
    too, just inside everywhere."""
    with gated() as br:
        router, sender, *_ = br.hosts
        for group in "224.0.1.0", "224.0.1.129", "224.1.0.0", "225.0.0.1", "232.1.1.1", \
                "233.0.0.1", "239.0.0.1", "239.255.255.251", "239.255.255.255":
            with mgate.counts(br, br.hosts[3].port, mgate.UNKNOWN_DROP, 2):
                br.expect(sender, group, [router], count=2)
        for group in "224.0.0.2", "224.0.0.255":
            br.expect(sender, group, br.others(sender), count=2)


@proves("RELIABILITY P10", "CONFORMANCE 8, 9")
def test_types_of_others():
    """DVMRP but probes, PIM version 1, mtrace, RGMP, MRD solicitations: untouched, to
    all other ports."""
    with gated() as br:
        host = br.hosts[2]
        for kind in 0x13, 0x14, 0x15, 0x1e, 0x1f, 0x24, 0x26, 0x31, 0x42, 0xfc, 0xfd:
            for dst in wire.ALL_HOSTS, "224.0.0.106", GROUP:
                frame = host.frame(wire.message(kind, FORGED, code=7, extra=b"more"), dst)
                with mgate.counts(br, host.port, mgate.BAD_TYPE, 1):
                    br.expect_frames(host, [frame], br.others(host), lambda f, d=frame: f.data == d)
        equal(mgate.groups(br), set(), "groups")


@proves("RELIABILITY 3 line 5, Q2", "INTERFACE router")
def test_low_address_is_told_and_attracts_nothing():
    """A forged query from a low address: told once in the log, and with router=never it
    attracts no frame."""
    mgate.reload()
    log = klog.Log()
    with gated() as br:
        router, sender, member, forger = br.hosts
        br.join(member, GROUP)
        br.set("router", "never", forger.port)
        forger.query(src="1.0.0.1")
        log.says(rf"mgate.*querier.*\b{forger.port}\b")
        for _ in range(3):
            forger.query(src="1.0.0.1")
        br.expect(sender, GROUP, [router, member])
        br.expect(sender, OTHER, [router])
        equal(mgate.routers(br), {router.port: "query"}, "router ports")
        equal(len(log.matching(rf"mgate.*querier.*\b{forger.port}\b")), 1, "lines in the log")
    log.close()


@proves("RELIABILITY 3 line 6: floor LMQT >= 1 s", "CONFORMANCE 73, 74")
def test_question_with_code_1():
    """The querier's group query with code 1 leaves a member a second at least, and with any
    code the time in which it may answer twice."""
    with gated() as br:
        router, _, member, _ = br.hosts
        for code, version, low, high in (255, 2, 45, 51), (255, 3, 240, 270), (1, 2, 0, 1), \
                                        (0, 3, 0, 1):
            member.report(GROUP)
            br.wait_joined(member, GROUP)
            start = time.monotonic()
            router.query(version, GROUP, code=code)
            br.barrier(router)
            left = [float(row["left"]) for row in mgate.members(br, member.port, GROUP)]
            check(left and low <= left[0] <= high,
                  f"code {code}: {left} s are left, {low} to {high} are wanted")
            if code < 2:
                br.wait_left(member, GROUP)
                passed = time.monotonic() - start
                check(passed >= 0.95, f"code {code}: the member lost its group in {passed:.2f} s")


@proves("RELIABILITY 3 lines 7, 8, 27, S5, S7")
def test_forged_leaves():
    """Leaves from other ports end nothing; by default nor does one at the port itself,
    until the querier asked; a static group survives even with fast_leave."""
    with gated(5) as br:
        router, sender, member, static, forger = br.hosts
        br.set("groups_static", f"+ {static.port} {OTHER}")
        for version in 2, 3:
            member.report(GROUP, version)
            br.wait_joined(member, GROUP)
            for fast in 0, 1:
                br.set("fast_leave", fast, forger.port)
                leave(forger, GROUP)
                leave(router, GROUP)
                br.barrier(forger)
                check(float(mgate.members(br, member.port, GROUP)[0]["left"]) > 200,
                      "a leave from another port shortened the membership")
            equal(br.get("fast_leave", member.port), "0", "fast_leave by default")
            leave(member, GROUP, src=forger.ip)
            br.set("fast_leave", 1, static.port)
            leave(static, OTHER, src=forger.ip)
            br.barrier(member)
            br.expect(sender, GROUP, [router, member])
            br.expect(sender, OTHER, [router, static])


def leave(host, group, **more):
    """Leave by a v2 message and by each v3 record that leaves."""
    host.send_leave(group, **more)
    host.inject(host.frame(wire.v3_report(wire.record(wire.TO_IN, group)), wire.ALL_REPORTS,
                           **more))


@proves("RELIABILITY 3 line 18, Q5, T6", "DECISIONS 9")
def test_extreme_values_of_a_query():
    """Codes 0 and 255 in all fields are clamped and counted, and time stays sane: a
    membership lasts 20 s at least and no more than a day."""
    with gated() as br:
        router, sender, member, _ = br.hosts
        for code, robustness, interval, clamped in (
                (0, 0, 0, 1), (0xff, 7, 0xff, 1), (0, 1, 1, 1), (0xff, 0, 0xff, 1),
                (10, 2, 125, 0)):
            with mgate.counts(br, router.port, mgate.QUERY_CLAMPED, clamped):
                router.query(3, code=code, robustness=robustness, interval=interval)
                br.barrier(router)
            member.report(GROUP)
            br.wait_joined(member, GROUP)
            left = float(mgate.members(br, member.port, GROUP)[0]["left"])
            check(19 < left < 86400, f"a membership of {left} s by code {code}, QRV {robustness}, "
                                     f"QQIC {interval}")
            br.expect(sender, GROUP, [router, member])
        equal(br.get("mode"), "on", "mode")


@proves("DECISIONS 8: at most 256 that the bridge's own VLAN configuration does not name",
        "RELIABILITY 3 line 19", "TRAPS 26")
def test_queries_in_300_vlans():
    """Queries with 300 made-up tags fill the table of VLANs; what is beyond floods, is
    counted, and the untagged VLAN is gated as before."""
    with gated() as br:
        router, sender, member, forger = br.hosts
        br.join(member, GROUP)
        before = mgate.counter(br, forger.port, mgate.LIMIT_VLANS)
        for vid in range(100, 400):
            forger.query(2, vlan=vid)
        br.barrier(forger)
        known = {int(row["vid"]) for row in mgate.table("queriers", br)}
        equal(known, {0, *range(100, 356)}, "VLANs that are known")
        equal(mgate.counter(br, forger.port, mgate.LIMIT_VLANS) - before, 44, "refusals counted")
        br.expect(sender, GROUP, [router, member])
        br.expect(sender, OTHER, [router])
        packet = sender.data(OTHER, 41)[14:]
        frame = wire.eth(wire.mac_of(OTHER), sender.mac, wire.ETH_IP, packet, vlan=399)
        br.expect_frames(sender, [frame], br.others(sender), lambda f: f.stream == 41)


@proves("RELIABILITY 3 line 20, T4, B11")
def test_4000_groups_end_at_once():
    """4,000 memberships end in one moment: another member loses nothing meanwhile."""
    with Bridge(4, mtu=9200) as br:
        eventually(br.path("status").exists, "mgate has a folder")
        br.set("query_response_interval_ms", 100)
        br.set("query_interval_ms", 1000)
        router, sender, full, member = br.hosts
        br.gate(router, code=1)
        br.set("groups_static", f"+ {member.port} {GROUP}")
        with sender.streaming(GROUP, 500) as stream:
            stream.runs(member.tap)
            ask(full, numbered(4000))
            eventually(lambda: len(mgate.groups(br, full.port)) > 3000, "thousands of groups")

            def over():
                router.query(code=1)
                return not mgate.groups(br, full.port)
            eventually(over, "they all end")
            stream.runs(member.tap)
        br.barrier(sender)
        eventually(lambda: member.tap.numbers(stream.id)[-1:] == [stream.sent - 1], "the last one")
        equal(member.tap.numbers(stream.id), list(range(stream.sent)), "what the member got")


@proves("RELIABILITY Q3", "CONFORMANCE 79")
def test_own_query_comes_back():
    """A query with our own querier's address makes no router port and ends no role."""
    options = {"mcast_querier": 1, "mcast_query_interval": 12500, "mcast_query_use_ifaddr": 1}
    with Bridge(3, address="10.0.0.254", **options) as br:
        eventually(lambda: mgate.querier(br).get("state") == "self", "we query", timeout=30)
        loop = br.hosts[1]
        for version in 2, 3:
            with mgate.counts(br, loop.port, mgate.QUERY_BAD_SOURCE, 1):
                loop.query(version, src="10.0.0.254")
        equal((mgate.querier(br)["state"], mgate.routers(br)), ("self", {}),
              "role and router ports")
