# SPDX-License-Identifier: GPL-2.0-only
"""MLD messages that are broken or forged: what is dropped, what passes, what is counted."""
import random

import mgate
import wire
import wire6
from families import MLD
from lab import Bridge
from test_hostile import ALL, DROPPED, ROUTERS, put
from test_mld import gated6, messages_of_routers
from test_threats import every_row_has_its_test
from words import becomes, check, equal, eventually, proves, without_module

GROUP, FORGED = MLD.group, "ff0e::666"
REPORT = wire6.v2_report(wire.record(wire.TO_EX, FORGED))
# Row of RELIABILITY.md 1.5, or line of 3, as it is of IPv6: the tests that prove it. Rows
# that are not here are about IPv4 alone (its header's checksum and length).
PROOFS = {
    "bad checksum": "mld_hostile.bad_checksum",
    "header that overruns": "mld_hostile.extension_headers mld_hostile.lengths",
    "fragments": "mld_hostile.fragments",
    "hop limit other than 1": "mld_hostile.wrong_hop_limit",
    "no Router Alert, malformed option": "mld_hostile.no_router_alert",
    "group that is none": "mld_hostile.groups_and_destinations",
    "destination is not the group": "mld_hostile.groups_and_destinations",
    "source ::": "mld_hostile.sources_that_are_not_link_local mld_hostile.fresh_bridge",
    "source that is not link-local": "mld_hostile.sources_that_are_not_link_local",
    "destination MAC broadcast, unicast": "mld_hostile.wrong_mac",
    "auxiliary data, unknown record type": "mld_hostile.lengths",
    "records that are not there, overrun": "mld_hostile.lengths",
    "65535 sources, none present": "mld_hostile.lengths",
    "data after the IP length": "differential.bridge_without_vlans",
    "802.1Q": "mld.vlans differential.bridge_with_vlans",
    "query of 25 to 27 octets, of sources without group": "mld_hostile.lengths "
                                                          "mld_hostile.groups_and_destinations",
    "general query not to ff02::1": "mld_hostile.groups_and_destinations",
    "fresh bridge, impossible queriers": "mld_hostile.fresh_bridge",
    "reports and done, both versions": "mld.where_messages_go",
    "no querier": "mld.families_apart mld_querier.silence",
    "unknown groups": "mld.unknown_and_lists",
    "3.1 join flood": "mld_hostile.random mld.limits",
    "3.5 query from a low address": "mld_querier.election",
    "3.9 to 3.14": "mld_hostile.every_truncation mld_hostile.random",
    "3.16, 3.17 hellos and advertisements": "mld_hostile.lies_of_routers mld.router_ports",
}
NO_LISTENERS = "fd00::9", "2001:db8::1", "::1", "ff02::1", "ff05::9"


@without_module
@proves("RELIABILITY 1.5, 3", "issue 12: the hostile frames in their IPv6 form")
def test_every_row_has_its_test():
    """The tests that the table above names exist."""
    every_row_has_its_test(PROOFS)


def messages():
    """One of each kind, about the forged group, with where it goes and its fate where nothing is
    to be learned from it."""
    return ((wire6.v1_report(FORGED), FORGED, ROUTERS),
            (REPORT, wire6.ALL_REPORTS, ROUTERS),
            (wire6.done(GROUP), wire6.ALL_ROUTERS, ROUTERS),
            (wire6.query(1), wire6.ALL_NODES, ALL),
            (wire6.query(2), wire6.ALL_NODES, ALL),
            (wire6.query(2, FORGED, ["fd00::2"]), FORGED, ALL))


def put_all(reason, fate=None, **more):
    """Each of these messages, made wrong in this way."""
    with gated6() as br:
        host = br.hosts[2]
        for message, dst, its_fate in messages():
            put(br, host, host.frame(message, dst, **more), fate or its_fate, reason)


@proves("issue 12: ICMPv6 checksum over the pseudo header", "RELIABILITY 1.5")
def test_bad_checksum():
    """A wrong ICMPv6 checksum: dropped, counted, nothing learned; of all messages. So where it
    is right without the pseudo header, or for another destination."""
    put_all(mgate.BAD_MLD_CHECKSUM, DROPPED, bad=True)
    with gated6() as br:
        host = br.hosts[2]
        put(br, host, host.frame(wire.summed(wire6.v1_report(FORGED)), FORGED, summed=False),
            DROPPED, mgate.BAD_MLD_CHECKSUM)
        moved = host.frame(wire6.v1_report(FORGED), GROUP)
        packet = moved[14:38] + wire.packed(FORGED) + moved[54:]
        put(br, host, wire.eth(wire.mac_of(FORGED), host.mac, wire.ETH_IPV6, packet), DROPPED,
            mgate.BAD_MLD_CHECKSUM)


@proves("issue 12: hop limit 1", "RELIABILITY 1.5: TTL other than 1")
def test_wrong_hop_limit():
    """Reports whose hop limit is not 1 go to the routers, queries to all, none is learned from."""
    for ttl in 0, 2, 64, 255:
        put_all(mgate.BAD_TTL, ttl=ttl)


@proves("issue 12: Router Alert in a hop-by-hop header", "RELIABILITY 1.5: no Router Alert")
def test_no_router_alert():
    """Without Router Alert, with one that is not of MLD, or that is none: not learned from."""
    for headers in ([], [(wire.HOP_BY_HOP, wire6.PADDING)],
                    [(wire.HOP_BY_HOP, bytes.fromhex("00050200010100"))],       # of RSVP
                    [(wire.HOP_BY_HOP, bytes.fromhex("00050100010200"))],       # too short
                    [(wire.HOP_BY_HOP, bytes.fromhex("0001ff00050200"))],       # behind an overrun
                    [(wire.OPTIONS, wire6.ROUTER_ALERT[1])]):                   # not hop-by-hop
        put_all(mgate.NO_ROUTER_ALERT, headers=headers)


@proves("issue 12: extension headers walked with bounds", "RELIABILITY P3")
def test_extension_headers():
    """Router Alert first and other headers behind it are read through. A header that overruns
    the packet is dropped; what stands behind too many, or where no header goes, is data."""
    pad = wire.OPTIONS, wire6.PADDING
    route = wire.ROUTING, bytes.fromhex("00000000000000")
    long_alert = wire.HOP_BY_HOP, bytes.fromhex("010104000000000502000001020000")
    with gated6() as br:
        host = br.hosts[2]
        for number, headers in enumerate((
                [long_alert], [wire6.ROUTER_ALERT, pad], [wire6.ROUTER_ALERT, route, pad],
                [wire6.ROUTER_ALERT, pad, pad, pad])):
            group = f"ff0e::77:{number + 1}"
            host.report(group, 1, headers=headers)
            host.report(f"{group}1", 2, headers=headers)
            for one in group, f"{group}1":
                br.wait_joined(host, one)
        overrun = wire.HOP_BY_HOP, b"\xff" + wire6.ROUTER_ALERT[1][1:]
        for headers in [overrun], [wire6.ROUTER_ALERT, (wire.OPTIONS, b"\x20" + bytes(6))]:
            put(br, host, host.frame(wire6.v1_report(FORGED), FORGED, headers=headers), DROPPED,
                mgate.BAD_LENGTH)
        for headers in ([wire6.ROUTER_ALERT, *[pad] * 30], [pad, wire6.ROUTER_ALERT],
                        [wire6.ROUTER_ALERT, (59, bytes(7))]):
            frame = host.frame(wire6.v1_report(FORGED), FORGED, headers=headers)
            br.expect_frames(host, [frame], [br.hosts[0]], lambda f, d=frame: f.data == d)
        check(not mgate.members(br, host.port, FORGED), "it was learned")


@proves("DECISIONS 6", "RELIABILITY 1.5: MF fragment, offset fragment")
def test_fragments():
    """Of MLD in fragments nothing is learned: they are data of their group. A fragment that is
    all there is, is none (RFC 6946)."""
    with gated6() as br:
        router, _, host, _ = br.hosts
        for header in (wire6.fragment(), wire6.fragment(8, False), wire6.fragment(8)):
            headers = [wire6.ROUTER_ALERT, header]
            for message, dst, wanted in (
                    (wire6.v1_report(FORGED), FORGED, [router]),
                    (REPORT, wire6.ALL_REPORTS, br.others(host)),
                    (wire6.query(), wire6.ALL_NODES, br.others(host))):
                frame = host.frame(message, dst, headers=headers)
                br.expect_frames(host, [frame], wanted, lambda f, d=frame: f.data == d)
        equal((mgate.groups(br), mgate.routers(br)), (set(), {router.port: "query"}), "learned")
        host.report(FORGED, 1, headers=[wire6.ROUTER_ALERT, wire6.fragment(0, False)])
        br.wait_joined(host, FORGED)


@proves("issue 12: link-local source", "RELIABILITY 1.5: impossible sources")
def test_sources_that_are_not_link_local():
    """Reports from elsewhere than a link-local address or :: go to the routers, queries, also
    from ::, to all; none is learned from."""
    with gated6() as br:
        host = br.hosts[2]
        for src in NO_LISTENERS:
            for message, dst, fate in messages():
                reason = mgate.BAD_SOURCE if fate == ROUTERS else mgate.QUERY_BAD_SOURCE
                put(br, host, host.frame(message, dst, src=src), fate, reason)
        for message, dst, fate in messages():
            if fate == ALL:
                put(br, host, host.frame(message, dst, src="::"), ALL, mgate.QUERY_BAD_SOURCE)
        equal(mgate.querier(br)["address"], br.hosts[0].link_local, "the querier")
        host.report(FORGED, 2, src="::")
        br.wait_joined(host, FORGED)


@proves("RELIABILITY 1.5: fresh bridge", "DECISIONS 4, 10")
def test_fresh_bridge():
    """Where no querier is known, queries from impossible sources make none, nor a router port."""
    with Bridge(4, family=6) as br:
        eventually(br.path("status").exists, "mgate has a folder")
        br.set("convergence_ms", 0)
        host, sender, *_ = br.hosts
        for src in "::", *NO_LISTENERS:
            host.query(group="::", src=src)
        br.barrier(host)
        equal((mgate.routers(br), mgate.gates(br)), ({}, False), "routers, gates")
        br.expect(sender, GROUP, br.others(sender))


@proves("DECISIONS 6", "RELIABILITY 1.5: impossible groups, destinations", "RFC 9777 7.4")
def test_groups_and_destinations():
    """What is no group, or went elsewhere than it should, is not learned from."""
    with gated6() as br:
        host = br.hosts[2]
        for group in "fd00::1", "::", "fe80::1", "::1":
            put(br, host, host.frame(wire6.v1_report(group), GROUP), ROUTERS, mgate.BAD_GROUP)
            report = wire6.v2_report(wire.record(wire.TO_EX, FORGED),
                                     wire.record(wire.TO_EX, group))
            put(br, host, host.frame(report, wire6.ALL_REPORTS), ROUTERS, mgate.BAD_GROUP)
        for message, dsts, fate in ((wire6.v1_report(FORGED), (GROUP, wire6.ALL_REPORTS), ROUTERS),
                                    (wire6.done(FORGED), (GROUP, wire6.ALL_REPORTS), ROUTERS),
                                    (REPORT, (FORGED, wire6.ALL_ROUTERS), ROUTERS),
                                    (wire6.query(), (GROUP, wire6.ALL_ROUTERS), ALL),
                                    (wire6.query(2, FORGED), (wire6.ALL_NODES,), ALL)):
            for dst in dsts:
                put(br, host, host.frame(message, dst), fate, mgate.BAD_DESTINATION)
        for message in wire6.query(2, sources=["fd00::2"]), wire6.query(1, "fd00::1"):
            put(br, host, host.frame(message, wire6.ALL_NODES), ALL, mgate.BAD_GROUP)


@proves("RELIABILITY 1.5: destination MAC", "RELIABILITY P6, I8")
def test_wrong_mac():
    """Messages to a unicast, broadcast or other group's MAC teach nothing."""
    with gated6() as br:
        host, other = br.hosts[2], br.hosts[3]
        for mac in other.mac, wire.BROADCAST, wire.mac_of(GROUP), "01:00:5e:00:06:66":
            for message, dst, _ in messages():
                host.inject(host.frame(message, dst, mac=mac))
        br.barrier(host)
        equal((mgate.groups(br), mgate.routers(br)), (set(), {"p1": "query"}), "what is known")
        check(mgate.counter(br, host.port, mgate.BAD_MAC), f"{mgate.BAD_MAC} did not grow")


@proves("issue 12: lengths, auxiliary data", "RELIABILITY P2, P4, 1.5", "DECISIONS 6")
def test_lengths():
    """Counts and lengths beyond the packet: dropped whole, nothing of it applied. Auxiliary data
    is passed over, and so are impossible sources and unknown types of records."""
    with gated6() as br:
        host = br.hosts[2]
        one = wire.record(wire.TO_EX, FORGED)
        for message in (
                wire6.v2_report(one, count=2), wire6.v2_report(one, count=65535),
                wire6.v2_report(wire.record(wire.TO_EX, FORGED, count=1)),
                wire6.v2_report(one, wire.record(wire.TO_EX, GROUP, count=65535)),
                wire6.v2_report(one, wire.record(wire.TO_EX, GROUP, aux_words=255)),
                wire6.v2_report(wire.record(wire.IS_IN, FORGED, ["fd00::1"], count=2))):
            put(br, host, host.frame(message, wire6.ALL_REPORTS), DROPPED, mgate.BAD_LENGTH)
        for message in (wire6.query(1, extra=b"a"), wire6.query(1, extra=b"abc"),
                        wire6.query(2, count=1)):
            put(br, host, host.frame(message, wire6.ALL_NODES), DROPPED, mgate.BAD_LENGTH)
        for total in 1400, 65535:
            put(br, host, host.frame(REPORT, wire6.ALL_REPORTS, total=total), DROPPED,
                mgate.BAD_LENGTH)
        host.inject(host.frame(wire6.v2_report(
            wire.record(wire.TO_EX, GROUP, aux=bytes(8)), wire.record(9, FORGED),
            wire.record(wire.IS_IN, "ff0e::5", ["::", "ff02::1", "::1", "fd00::2"])),
            wire6.ALL_REPORTS))
        br.wait_joined(host, "ff0e::5")
        equal({(row["grp"], row["src"]) for row in mgate.table("groups", br)},
              {(GROUP, None), ("ff0e::5", "fd00::2")}, "what was learned")


@proves("RELIABILITY P1", "DECISIONS 6")
def test_every_truncation():
    """Every message cut at every length, checksums right: no part is applied. So whole frames
    that end before the packet does."""
    with gated6() as br:
        router, _, host, _ = br.hosts
        report = wire6.v2_report(wire.record(wire.TO_EX, FORGED, aux=b"auxi"),
                                 wire.record(wire.IS_IN, FORGED, ["fd00::1", "fd00::2"]))
        for message, dst in ((wire6.v1_report(FORGED), FORGED), (report, wire6.ALL_REPORTS),
                             (wire6.query(2, FORGED, ["fd00::1"]), FORGED)):
            host.inject(*(host.frame(message[:size], dst) for size in range(len(message))
                          if not (message[0] == wire6.QUERY and size == 24)))
            whole = host.frame(message, dst)
            host.inject(*(whole[:size] for size in range(15, len(whole))))
        br.barrier(host)
        equal((mgate.groups(br), mgate.routers(br)), (set(), {router.port: "query"}), "known")


@proves("RELIABILITY 3 line 16, 17", "CONFORMANCE 101, 103")
def test_lies_of_routers():
    """Hellos and advertisements with a wrong sum, hop limit, destination or source make no
    router port, each under its own reason."""
    with gated6() as br:
        liar = br.hosts[2]

        def pim(**more):
            return liar.frame(wire6.pim_hello(), more.pop("dst", wire6.ALL_PIM),
                              **({"proto": wire.PIM, "headers": ()} | more))

        def mrd(**more):
            dst = more.pop("dst", wire6.ALL_SNOOPERS)
            return liar.frame(wire6.mrd_advertisement(), dst, **more)
        for frame, reason in ((pim(bad=True), "bad_pim_checksum"), (pim(ttl=64), mgate.BAD_TTL),
                              (pim(src="fd00::9"), mgate.BAD_SOURCE),
                              (pim(dst=wire6.ALL_NODES), mgate.BAD_DESTINATION),
                              (mrd(ttl=2), mgate.BAD_TTL), (mrd(src="::"), mgate.BAD_SOURCE),
                              (mrd(dst=wire6.ALL_NODES), mgate.BAD_DESTINATION)):
            with mgate.counts(br, liar.port, reason, 1):
                liar.inject(frame)
        with mgate.counts(br, liar.port, mgate.BAD_MLD_CHECKSUM, 1):
            br.expect_frames(liar, [mrd(bad=True)], [], lambda f: f.icmp6(wire6.MRD_ADVERTISEMENT))
        equal(mgate.router_ways(br, liar.port), set(), "by what it is a router port")
        liar.inject(*(hello for hello, _ in messages_of_routers(liar).values()))
        becomes(lambda: mgate.router_ways(br, liar.port), {"pim", "mrd"}, "after true ones")


@proves("RELIABILITY P1 to P7, S10, 3 line 1", "DECISIONS 4")
def test_random():
    """3,000 random joins and 2,000 messages of random octets: mgate gates as before."""
    with gated6() as br:
        router, sender, host, member = br.hosts
        br.join(member, GROUP)
        dice = random.Random(6)
        for _ in range(60):
            groups = [f"ff0e::{dice.randrange(1 << 16):x}:{dice.randrange(1 << 16):x}"
                      for _ in range(50)]
            host.say(*((wire.TO_EX, group) for group in groups))
        for number in range(2000):
            kind = dice.choice([wire6.QUERY, wire6.V1_REPORT, wire6.DONE, wire6.V2_REPORT,
                                wire6.MRD_ADVERTISEMENT, wire6.MRD_TERMINATION])
            message = bytes([kind]) + dice.randbytes(dice.randrange(4, 80))
            dst = dice.choice([GROUP, wire6.ALL_NODES, wire6.ALL_ROUTERS, wire6.ALL_REPORTS])
            host.inject(host.frame(message, dst, summed=bool(number % 2)))
        br.barrier(host)
        equal(br.get("mode"), "on", "mode")
        check(len(mgate.groups(br, host.port)) > 2800, "the groups were not learned")
        got = br.receivers(sender, GROUP)
        equal((got[router], got[member]), (10, 10), "frames at router and member")
        equal(mgate.recount(), [], "faults of a recount")
