# SPDX-License-Identifier: GPL-2.0-only
"""Messages that are broken or forged: what is dropped, what passes, what is counted."""
import random

import mgate
import wire
from lab import Bridge, gated
from words import check, equal, eventually, proves

GROUP, FORGED = "239.1.1.1", "239.66.66.66"
DROPPED, ALL, ROUTERS = "nobody", "all other ports", "router ports"
REPORT = wire.v3_report(wire.record(wire.TO_EX, FORGED))


def put(br, host, frame, fate, reason, count=1):
    """Inject a frame: it must have this fate, this counter, and teach nothing."""
    before = mgate.groups(br), mgate.routers(br)
    wanted = {DROPPED: [], ALL: br.others(host), ROUTERS: [br.hosts[0]]}[fate]
    with mgate.counts(br, host.port, reason, count):
        br.expect_frames(host, [frame], wanted, lambda f: f.data == frame)
    equal((mgate.groups(br), mgate.routers(br)), before, "what is known after it")


@proves("DECISIONS 6", "CONFORMANCE 15, 29", "RELIABILITY P3")
def test_bad_igmp_checksum():
    """A wrong IGMP checksum: dropped, counted, nothing learned; of all messages."""
    with gated() as br:
        host = br.hosts[2]
        for message, dst in ((wire.v1_report(FORGED, bad=True), FORGED),
                             (wire.v2_report(FORGED, bad=True), FORGED),
                             (wire.leave(GROUP, bad=True), wire.ALL_ROUTERS),
                             (wire.v3_report(wire.record(wire.TO_EX, FORGED), bad=True),
                              wire.ALL_REPORTS),
                             (wire.query(2, bad=True), wire.ALL_HOSTS),
                             (wire.query(3, bad=True), wire.ALL_HOSTS),
                             (wire.v2_report(FORGED, extra=b"abcd")[:-1] + b"e", FORGED)):
            put(br, host, host.frame(message, dst), DROPPED, mgate.BAD_IGMP_CHECKSUM)


@proves("DECISIONS 6", "CONFORMANCE 15", "RELIABILITY P3")
def test_bad_ip_checksum():
    """A wrong checksum of the IP header: dropped and counted."""
    with gated() as br:
        host = br.hosts[2]
        put(br, host, host.frame(wire.v2_report(FORGED), FORGED, bad_checksum=True),
            DROPPED, mgate.BAD_IP_CHECKSUM)
        put(br, host, host.frame(wire.query(3), wire.ALL_HOSTS, bad_checksum=True),
            DROPPED, mgate.BAD_IP_CHECKSUM)


@proves("DECISIONS 6: lengths that do not fit", "RELIABILITY P2, P4, O10")
def test_lengths_that_do_not_fit():
    """Counts and lengths beyond the packet: dropped whole, nothing of it applied."""
    with gated() as br:
        host = br.hosts[2]
        one = wire.record(wire.TO_EX, FORGED)
        for message in (
                wire.v3_report(one, count=2), wire.v3_report(one, count=5),
                wire.v3_report(one, count=65535),
                wire.v3_report(wire.record(wire.TO_EX, FORGED, count=1)),
                wire.v3_report(one, wire.record(wire.TO_EX, GROUP, count=65535)),
                wire.v3_report(one, wire.record(wire.TO_EX, GROUP, aux_words=255)),
                wire.v3_report(wire.record(wire.IS_IN, FORGED, ["10.0.0.1"], count=2)),
                wire.summed(REPORT[:2] + b"\0\0" + REPORT[4:7]),
                wire.summed(b"\x16\0\0\0\xef\1\1")):
            put(br, host, host.frame(message, wire.ALL_REPORTS), DROPPED, mgate.BAD_LENGTH)
        put(br, host, host.frame(REPORT, wire.ALL_REPORTS, total=1400), DROPPED, mgate.BAD_LENGTH)


@proves("DECISIONS 6", "RELIABILITY P2")
def test_bad_ip_header_lengths():
    """A header shorter than 20 octets, or longer than the packet: dropped."""
    with gated() as br:
        host = br.hosts[2]
        for words in 4, 15:
            frame = host.frame(wire.v2_report(FORGED), FORGED, options=b"", words=words)
            br.expect_frames(host, [frame], [], lambda f, d=frame: f.data == d)
        check(not mgate.groups(br), "something was learned of it")


@proves("DECISIONS 6", "CONFORMANCE 31, 34", "RELIABILITY 1.5")
def test_query_lengths():
    """Queries of 9 to 11 octets and with sources that are not there: dropped."""
    with gated() as br:
        host = br.hosts[2]
        for size in 9, 10, 11:
            message = wire.query(2, extra=bytes(size - 8))
            put(br, host, host.frame(message, wire.ALL_HOSTS), DROPPED, mgate.BAD_LENGTH)
        for message in wire.query(3, count=1), wire.query(3, GROUP, count=65535):
            put(br, host, host.frame(message, GROUP), DROPPED, mgate.BAD_LENGTH)


@proves("RELIABILITY P1", "CONFORMANCE 41", "DECISIONS 6")
def test_every_truncation():
    """Every valid message cut at every length, checksums right: no part is applied."""
    with gated() as br:
        router, _, host, _ = br.hosts
        wholes = [(wire.v1_report(FORGED), FORGED), (wire.v2_report(FORGED), FORGED),
                  (wire.v3_report(wire.record(wire.TO_EX, FORGED, aux=b"auxi"),
                                  wire.record(wire.IS_IN, FORGED, ["10.0.0.1", "10.0.0.2"])),
                   wire.ALL_REPORTS),
                  (wire.query(3, FORGED, ["10.0.0.1"]), FORGED)]
        frames = []
        for message, dst in wholes:
            for size in range(len(message)):
                cut = message[:size]
                frames.append(host.frame(wire.summed(cut) if size >= 4 else cut, dst))
        # A v3 query cut to 8 octets is a v2 query: it may be heard, from a known router.
        frames = [f for f in frames if not (f[38:39] == b"\x11" and len(f) == 46)]
        host.inject(*frames)
        br.barrier(host)
        equal((mgate.groups(br), mgate.routers(br)), (set(), {router.port: "query"}), "known")
        got = [f.data for f in br.hosts[3].tap.frames(lambda f: f.proto == wire.IGMP and
                                                      f.source == host.ip)]
        equal([len(data) for data in got if len(data) > 38], [], "cut messages at a host port")


@proves("DECISIONS 6", "RELIABILITY P1")
def test_frames_cut_short():
    """Frames that end before the IP packet does teach nothing."""
    with gated() as br:
        host = br.hosts[2]
        whole = host.frame(REPORT, wire.ALL_REPORTS)
        host.inject(*(whole[:size] for size in range(15, len(whole))))
        br.barrier(host)
        equal(mgate.groups(br), set(), "groups")


@proves("DECISIONS 6", "CONFORMANCE 51", "RELIABILITY 3 line 11")
def test_fragments_of_igmp():
    """IGMP in fragments: to all other ports, not learned, counted."""
    with gated() as br:
        host = br.hosts[2]
        for field in 0x2000, 0x0001, 0x2001:
            put(br, host, host.frame(wire.v2_report(FORGED), FORGED, fragment=field),
                ALL, mgate.BAD_FRAGMENT)
        put(br, host, host.frame(wire.query(3), wire.ALL_HOSTS, fragment=0x2000),
            ALL, mgate.BAD_FRAGMENT)


@proves("DECISIONS 6", "CONFORMANCE 8, 53", "RELIABILITY P10")
def test_unknown_types():
    """Unknown types go to all other ports, whatever is in them."""
    with gated() as br:
        host = br.hosts[2]
        for kind in 0x1e, 0x99, 0x1f, 0x00, 0xff:
            for dst in "239.1.1.1", "224.0.0.1":
                put(br, host, host.frame(wire.message(kind, FORGED), dst), ALL, mgate.BAD_TYPE)


@proves("CONFORMANCE 28", "DECISIONS 6", "RELIABILITY 3 line 13")
def test_wrong_ttl():
    """Reports whose TTL is not 1 go to the routers and are not learned."""
    with gated() as br:
        host = br.hosts[2]
        for ttl in 0, 2, 64, 255:
            put(br, host, host.frame(wire.v2_report(FORGED), FORGED, ttl=ttl),
                ROUTERS, mgate.BAD_TTL)
        put(br, host, host.frame(REPORT, wire.ALL_REPORTS, ttl=64), ROUTERS, mgate.BAD_TTL)


@proves("DECISIONS 6", "CONFORMANCE 33, 43, 99", "RELIABILITY 1.5, 3 line 22")
def test_impossible_groups():
    """Reports of what is no group, or of 224.0.0.x, go to the routers, not learned."""
    with gated() as br:
        host = br.hosts[2]
        for group in "192.168.7.7", "127.0.0.1", "0.0.0.0", "255.255.255.255", "240.0.0.1":
            for message in (wire.v2_report(group), wire.v1_report(group)):
                put(br, host, host.frame(message, GROUP), ROUTERS, mgate.BAD_GROUP)
            put(br, host, host.frame(wire.v3_report(wire.record(wire.TO_EX, group)),
                                     wire.ALL_REPORTS), ROUTERS, mgate.BAD_GROUP)
        for group in "224.0.0.1", "224.0.0.251":
            host.report(group)
            host.report(group, 3)
        br.barrier(host)
        equal(mgate.groups(br), set(), "groups")


@proves("DECISIONS 6", "CONFORMANCE 45", "RELIABILITY P6, R9f")
def test_destination_is_not_the_group():
    """v1 and v2 reports sent elsewhere than to their group: to the routers only."""
    with gated() as br:
        host = br.hosts[2]
        for message in wire.v1_report(FORGED), wire.v2_report(FORGED):
            for dst in GROUP, wire.ALL_REPORTS:
                put(br, host, host.frame(message, dst), ROUTERS, mgate.BAD_DESTINATION)
        put(br, host, host.frame(REPORT, GROUP), ROUTERS, mgate.BAD_DESTINATION)


@proves("DECISIONS 6", "CONFORMANCE 44", "RELIABILITY P7")
def test_impossible_sources():
    """Reports from a multicast, broadcast or loopback address: to the routers only."""
    with gated() as br:
        host = br.hosts[2]
        for src in "224.0.0.9", "239.1.1.1", "255.255.255.255", "127.0.0.1":
            put(br, host, host.frame(wire.v2_report(FORGED), FORGED, src=src),
                ROUTERS, mgate.BAD_SOURCE)
            put(br, host, host.frame(REPORT, wire.ALL_REPORTS, src=src), ROUTERS, mgate.BAD_SOURCE)


@proves("CONFORMANCE 52", "RELIABILITY P6, I8")
def test_wrong_mac():
    """Reports and queries to a unicast, broadcast or other group's MAC teach nothing."""
    with gated() as br:
        host, other = br.hosts[2], br.hosts[3]
        for mac in other.mac, wire.BROADCAST, wire.mac_of(GROUP):
            for frame in (host.frame(wire.v2_report(FORGED), FORGED, mac=mac),
                          host.frame(REPORT, wire.ALL_REPORTS, mac=mac),
                          host.frame(wire.query(3), wire.ALL_HOSTS, mac=mac)):
                host.inject(frame)
        br.barrier(host)
        equal((mgate.groups(br), mgate.routers(br)), (set(), {"p1": "query"}), "what is known")
        before = mgate.counter(br, host.port, mgate.BAD_MAC)
        check(before > 0, f"the counter {mgate.BAD_MAC} did not grow")


@proves("DECISIONS 10", "CONFORMANCE 5, 14", "RELIABILITY 3 line 4, P7")
def test_queries_from_impossible_sources():
    """Queries from no real address make no router port, but reach all ports."""
    with gated() as br:
        host = br.hosts[2]
        for src in "224.0.0.9", "255.255.255.255", "127.0.0.1":
            for message in wire.query(2), wire.query(3):
                put(br, host, host.frame(message, wire.ALL_HOSTS, src=src),
                    ALL, mgate.QUERY_BAD_SOURCE)
        equal(mgate.querier(br)["address"], br.hosts[0].ip, "the querier")


@proves("DECISIONS 6", "CONFORMANCE 36, 37", "RELIABILITY 1.5")
def test_general_query_to_a_wrong_destination():
    """A general query not to 224.0.0.1 teaches nothing, and passes."""
    with gated() as br:
        host = br.hosts[2]
        for dst in GROUP, "224.0.0.2", wire.ALL_REPORTS:
            put(br, host, host.frame(wire.query(2), dst), ALL, mgate.BAD_DESTINATION)


@proves("CONFORMANCE 33")
def test_query_for_what_is_no_group():
    """A query for a group that is none makes no router port."""
    with gated() as br:
        host = br.hosts[2]
        put(br, host, host.frame(wire.query(2, "10.1.2.3"), wire.ALL_HOSTS), ALL, mgate.BAD_GROUP)


@proves("DECISIONS 6", "CONFORMANCE 35", "RELIABILITY 1.5")
def test_impossible_sources_in_records():
    """0.0.0.0, multicast and broadcast in a list of sources are passed over."""
    with gated() as br:
        router, sender, host, _ = br.hosts
        sources = ["0.0.0.0", "224.1.1.1", "255.255.255.255", sender.ip]
        host.inject(host.frame(wire.v3_report(wire.record(wire.IS_IN, GROUP, sources)),
                               wire.ALL_REPORTS))
        br.wait_joined(host, GROUP)
        br.expect(sender, GROUP, [router, host])
        bad = set(sources[:3]) & {row["src"] for row in mgate.members(br, host.port, GROUP)}
        equal(bad, set(), "impossible sources that were learned")


@proves("RELIABILITY 1.5: QinQ, PPPoE not parsed, flooded, counted", "DECISIONS 5")
def test_other_encapsulations():
    """A report inside QinQ or PPPoE is not read; the frame goes everywhere and is counted."""
    with gated() as br:
        host = br.hosts[2]
        report = host.frame(wire.v2_report(FORGED), FORGED)
        inner = report[12:]
        for head in ("88a8000781000008", "8100000788a80008", "8100000781000008",
                     "886411000001002e0021", "81000007886411000001002e0021"):
            text = inner[2:] if head.endswith("0021") else inner
            frame = report[:12] + bytes.fromhex(head) + text
            with mgate.counts(br, host.port, mgate.ENCAPSULATED, 1):
                br.expect_frames(host, [frame], br.others(host),
                                 lambda f, t=text: f.data.endswith(t))
            broadcast = b"\xff" * 6 + frame[6:]
            with mgate.counts(br, host.port, mgate.ENCAPSULATED, 0):
                br.expect_frames(host, [broadcast], br.others(host),
                                 lambda f, t=text: f.data.endswith(t))
        equal(mgate.groups(br), set(), "groups")


@proves("RELIABILITY 3 line 1, B23, M1", "DECISIONS 4")
def test_many_random_groups_switch_nothing_off():
    """3,000 random joins in hostile order: mgate gates as before."""
    with gated() as br:
        router, sender, host, member = br.hosts
        br.join(member, GROUP)
        dice = random.Random(1)
        for _ in range(30):
            groups = [f"239.{dice.randrange(100, 200)}.{dice.randrange(256)}.{dice.randrange(256)}"
                      for _ in range(100)]
            host.inject(host.frame(wire.v3_report(*(wire.record(wire.TO_EX, g) for g in groups)),
                                   wire.ALL_REPORTS))
        br.barrier(host)
        equal((br.get("mode"), br.get("status")), ("on", "gating"), "mode and status")
        br.expect(sender, GROUP, [router, member])
        br.expect(sender, "239.9.9.9", [router])
        check(len(mgate.groups(br, host.port)) > 2900, "the groups were not learned")


@proves("RELIABILITY P1 to P7, S10", "DECISIONS 4")
def test_random_octets():
    """2,000 messages of random octets, half with a right checksum: nothing breaks."""
    with gated() as br:
        router, sender, host, member = br.hosts
        br.join(member, GROUP)
        dice = random.Random(2)
        kinds = [0x11, 0x12, 0x16, 0x17, 0x22]
        for number in range(2000):
            body = dice.randbytes(dice.randrange(4, 60))
            message = bytes([dice.choice(kinds)]) + body
            if number % 2:
                message = wire.summed(message[:2] + b"\0\0" + message[4:])
            host.inject(host.frame(message, dice.choice([GROUP, *FIXED])))
        br.barrier(host)
        equal(br.get("mode"), "on", "mode")
        eventually(lambda: mgate.members(br, member.port, GROUP), "the member is known")
        got = br.receivers(sender, GROUP)
        equal((got[router], got[member]), (10, 10), "frames at router and member")


FIXED = wire.ALL_HOSTS, wire.ALL_ROUTERS, wire.ALL_REPORTS


@proves("DECISIONS 7", "CONFORMANCE 10", "RELIABILITY K11")
def test_blocked_port_teaches_nothing():
    """What comes in at a port that is not forwarding yet is not heard."""
    with Bridge(4) as br:
        br.gate(br.hosts[0])
        host = br.hosts[2]
        for name, state in ("disabled", 0), ("listening", 1), ("learning", 2):
            br.ns.bridge(f"link set dev {host.port} state {state}")
            host.report(FORGED)
            host.query()
            br.ns.bridge(f"link set dev {host.port} state 3")
            br.barrier(host)
            equal((mgate.groups(br), mgate.routers(br)), (set(), {"p1": "query"}),
                  f"what is known after messages into a {name} port")


@proves("DECISIONS 7", "RELIABILITY V6, 3 line 23")
def test_ingress_checks_come_first():
    """What a locked port or a VLAN filter keeps out is not heard."""
    with Bridge(4, vlan_filtering=1) as br:
        eventually(br.path("status").exists, "mgate has a folder")
        router, _, host, locked = br.hosts
        router.query()
        eventually(lambda: mgate.routers(br), "the router is known")
        host.report(FORGED, vlan=77)
        host.query(vlan=77)
        br.ns.bridge(f"link set dev {locked.port} learning off locked on")
        br.ns.ip(f"link set dev {locked.port} type bridge_slave fdb_flush")
        locked.report(FORGED)
        locked.query()
        br.barrier(host)
        equal((mgate.groups(br), mgate.routers(br)), (set(), {"p1": "query"}), "what is known")
        equal(mgate.querier(br, 77), {}, "the querier in a VLAN that is not there")
