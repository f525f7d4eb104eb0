# SPDX-License-Identifier: GPL-2.0-only
"""The files about single VLANs: `vlans_ignored` and `vlan`."""
import errno

import klog
import mgate
import wire
from host import new_stream
from lab import Bridge
from test_election import queries
from test_sysfs import ready, refused
from words import becomes, check, equal, eventually, proves

GROUP, OTHER = "239.1.1.1", "239.2.2.2"
CANONICAL = {
    "10": "10", "10,20-29": "10,20-29", "20-29,10": "10,20-29", "1,2,3": "1-3",
    "5-9,7-12,13": "5-13", "0": "0", "4094": "4094", "0-4094": "0-4094", "7-7": "7", "007": "7",
    "": "",
}
BAD = {
    errno.EINVAL: ["10-", "-10", "10--20", "20-10", "1,,2", ",1", "1,", ",", "-", "1 2", "1, 2",
                   "0x10", "all", "N", "0-30:2/4", "10;11", "1\n2", b"1\0,2\n", b"\0\n",
                   "1," * 2100 + "1"],
    errno.ERANGE: ["4095", "4090-4095", "4096", "65546", "4294967306", "18446744073709551626"],
}


def tagged(frame, vid):
    """The frame with an 802.1Q tag behind its addresses; 0: as it is."""
    return frame[:12] + (bytes((0x81, 0)) + vid.to_bytes(2) if vid else b"") + frame[12:]


def gets(br, sender, group, vid=0, source=None):
    """Who gets a frame that a host sends to a group, with a tag or without."""
    stream = new_stream()
    frame = sender.data(group, stream, **({"src": source} if source else {}))
    sender.inject(tagged(frame, vid))
    br.barrier(sender)
    return [host for host in br.hosts if host.tap.numbers(stream)]


def reached(br, sender, frame):
    """Who gets a frame that has no mark of its own."""
    data = frame[-32:]
    before = {host: host.tap.count(lambda f: f.data.endswith(data)) for host in br.hosts}
    sender.inject(frame)
    br.barrier(sender)
    return [host for host in br.hosts
            if host.tap.count(lambda f: f.data.endswith(data)) > before[host]]


def reached_in_vlan(sender, frame, among):
    """As reached(), among the hosts of the sender's VLAN."""
    stream, data = new_stream(), frame[-32:]
    before = {host: host.tap.count(lambda f: f.data.endswith(data)) for host in among}
    mark = wire.eth(wire.BROADCAST, sender.mac, wire.ETH_MARK, wire.mark(stream, 0))
    sender.inject(frame, mark)
    for host in among:
        eventually(lambda h=host: h.tap.numbers(stream), f"a broadcast at {host}")
    return [host for host in among
            if host.tap.count(lambda f: f.data.endswith(data)) > before[host]]


def trunks(hosts=4, **more):
    """A bridge that does not filter VLANs, so that each host has all of them: it gates in
    VLANs 0, 10 and 20; the querier is at host 1."""
    br = Bridge(hosts, address="10.0.0.254", **more)
    eventually(br.path("status").exists, "mgate has a folder")
    br.set("convergence_ms", 0)
    for vid in None, 10, 20:
        br.hosts[0].query(vlan=vid)
        eventually(lambda v=vid: mgate.gates(br, v or 0), f"it gates in VLAN {vid}")
    return br


@proves("INTERFACE vlans_ignored", "INTERFACE: a bad value is refused and changes nothing")
def test_lists_of_vlans():
    """What is written is read back in its shortest form, here and in debugfs; what is no list
    is refused and changes nothing."""
    with ready() as br:
        equal(br.get("vlans_ignored"), "", "at first")
        for text, shortest in CANONICAL.items():
            equal(br.error("vlans_ignored", text.encode() or b"\n"), None, f"{text!r} written")
            equal(br.get("vlans_ignored"), shortest, f"after {text!r}")
            rules = [line for line in mgate.lines("rules", br) if "vlans_ignored" in line]
            equal([line.split(" vlans_ignored ")[1] for line in rules],
                  [shortest] if shortest else [], "rules")
        br.set("vlans_ignored", "10,20-29")
        for code, texts in BAD.items():
            for text in texts:
                refused(br, "vlans_ignored", text, [code])
        longest = ",".join(str(vid) for vid in range(1, 1500, 2))
        br.set("vlans_ignored", longest)
        equal(br.get("vlans_ignored"), longest, "a long list")


@proves("INTERFACE vlans_ignored", "HOUSE 3.10: the log says what to write")
def test_log_says_what_to_write():
    """A refusal tells in the log how it is written, in both files."""
    mgate.reload()
    log = klog.Log()
    with ready() as br:
        equal(br.error("vlans_ignored", "ten"), errno.EINVAL, "refused")
        log.says("br0: mgate: .*vlans_ignored.*10,20-29")
        equal(br.error("vlan", "10 robustness 2"), errno.EINVAL, "refused")
        log.says("br0: mgate: .*VID unknown VALUE.*VID - NAME")
    log.close()


@proves("INTERFACE vlans_ignored: left to flood", "DECISIONS 8: tagged frames keyed by their tag")
def test_ignored_floods():
    """A VLAN that becomes ignored floods and is forgotten; others are gated as before. Taken
    back, it floods until it has converged."""
    with trunks() as br:
        router, sender, member, other = br.hosts
        for vid in None, 10:
            member.report(GROUP, vlan=vid)
            br.wait_joined(member, GROUP, vid=vid or 0)
        equal(gets(br, sender, GROUP, 10), [router, member], "who gets it before")
        br.set("groups_static", f"+ {other.port} {OTHER} vid 10")
        br.set("vlans_ignored", "10,30")
        everybody = [router, member, other]
        with mgate.counts(br, other.port, mgate.FLOOD_IGNORED, 2):
            equal(gets(br, sender, GROUP, 10), everybody, "a known group in VLAN 10")
            equal(gets(br, sender, "239.9.9.9", 10), everybody, "an unknown one")
        equal(gets(br, sender, GROUP), [router, member], "a group without a tag")
        equal(gets(br, sender, "239.9.9.9", 20), [router], "an unknown group in VLAN 20")
        equal({row["vid"] for row in mgate.table("queriers", br)}, {"0", "20"}, "VLANs known")
        equal({(row["vid"], row["kind"]) for row in mgate.table("groups", br)},
              {("0", "temp"), ("10", "permanent")}, "groups")
        equal({row["vid"] for row in mgate.table("routers", br)}, {"0", "20"}, "routers")
        br.set("vlans_ignored", "")
        with mgate.counts(br, other.port, mgate.FLOOD_LEARNING, 1):
            equal(gets(br, sender, GROUP, 10), everybody, "VLAN 10 before it is asked again")
        member.report(GROUP, vlan=10)
        br.wait_joined(member, GROUP, vid=10)
        router.query(vlan=10)
        eventually(lambda: mgate.gates(br, 10), "it gates in VLAN 10 again")
        equal(gets(br, sender, GROUP, 10), [router, member], "who gets it then")
        equal(gets(br, sender, OTHER, 10), [router, other], "the static group")


@proves("INTERFACE vlans_ignored: left to flood")
def test_nothing_is_snooped_there():
    """In an ignored VLAN messages go everywhere, teach nothing and are counted by nothing
    else; what is malformed, or against `guard`, is not dropped there."""
    with trunks() as br:
        router, sender, member, other = br.hosts
        br.set("vlans_ignored", "10")
        br.set("guard", "1", sender.port)
        everybody = [router, member, other]
        bad = wire.v2_report(GROUP, bad=True)
        short = sender.frame(wire.v3_report(count=5), wire.ALL_REPORTS, vlan=10)
        for what, frame in {
                "a report": sender.frame(wire.v2_report(GROUP), GROUP, vlan=10),
                "a leave": sender.frame(wire.leave(GROUP), wire.ALL_ROUTERS, vlan=10),
                "a guarded query": sender.frame(wire.query(), wire.ALL_HOSTS, vlan=10),
                "a bad IGMP checksum": sender.frame(bad, GROUP, vlan=10),
                "a bad length": short,
                "a bad IP checksum": sender.frame(wire.v2_report(OTHER), OTHER, vlan=10,
                                                  bad_checksum=True)}.items():
            equal(reached(br, sender, frame), everybody, f"who gets {what}")
        counted = {row["reason"] for row in mgate.table("counters", br)
                   if row["port"] == sender.port}
        equal(counted & {mgate.RX_V2, mgate.RX_LEAVE, mgate.RX_QUERY[3], mgate.BAD_LENGTH,
                         mgate.BAD_IGMP_CHECKSUM, mgate.BAD_IP_CHECKSUM, "guarded"}, set(),
              "reasons at the port they came in by")
        equal(mgate.querier(br, 10), {}, "what is known of VLAN 10")
        equal(mgate.groups(br), set(), "groups")
        # Elsewhere all of it is as it was.
        equal(reached(br, sender, sender.frame(bad, GROUP, vlan=20)), [], "a bad one in VLAN 20")
        equal(reached(br, sender, sender.frame(wire.query(), wire.ALL_HOSTS, vlan=20)), [],
              "a guarded query in VLAN 20")
        equal(reached(br, sender, sender.frame(wire.v2_report(OTHER), OTHER, vlan=20)), [router],
              "a report in VLAN 20")


@proves("INTERFACE vlans_ignored: left to flood", "DECISIONS 7: mcast_flood off")
def test_as_without_mgate_there():
    """In an ignored VLAN `mcast_flood off` counts for messages too, the bridge's own host gets
    what comes in, and what it sends goes everywhere; also without redirect."""
    for redirect in 1, 0:
        with trunks(3) as br:
            router, sender, other = br.hosts
            br.set("redirect", redirect)
            br.set("vlans_ignored", "0")
            br.ns.ip(f"link set {other.port} type bridge_slave mcast_flood off")
            report = sender.frame(wire.v2_report(GROUP), GROUP)
            at_host = br.tap.count(lambda f: f.igmp(0x16))
            equal(reached(br, sender, report), [router], "who gets a report")
            equal(gets(br, sender, GROUP), [router], "who gets data")
            equal(br.tap.count(lambda f: f.igmp(0x16)) - at_host, 1, "reports at the host")
            br.ns.ip(f"link set {other.port} type bridge_slave mcast_flood on")
            stream = new_stream()
            packet = wire.ipv4("10.0.0.254", GROUP, wire.UDP, wire.udp(wire.mark(stream, 0)))
            br.send_from_host(wire.eth(wire.mac_of(GROUP), br.mac, wire.ETH_IP, packet))
            for host in br.hosts:
                eventually(lambda h=host: h.tap.numbers(stream), f"the host's frame at {host}")


@proves("INTERFACE vlans_ignored: left to flood")
def test_pvid_ignored():
    """Where VLANs are filtered the VLAN of an untagged frame is the port's PVID."""
    with Bridge(4, vlan_filtering=1, address="10.0.0.254") as br:
        router, sender, other, ten = br.hosts
        eventually(br.path("status").exists, "mgate has a folder")
        br.set("convergence_ms", 0)
        br.ns.bridge(*(f"vlan add dev {host.port} vid 10 pvid untagged" for host in (sender, ten)),
                     *(f"vlan del dev {host.port} vid 1" for host in (sender, ten)),
                     f"vlan add dev {router.port} vid 10", "vlan add dev br0 vid 10 self")
        for vid in None, 10:
            router.query(vlan=vid)
            eventually(lambda v=vid or 1: mgate.gates(br, v), "it gates")
        def data(host):
            return host.data(GROUP, new_stream())
        ten_wide = [router, ten]
        equal(reached_in_vlan(sender, data(sender), ten_wide), [router], "VLAN 10 before")
        br.set("vlans_ignored", "0,10")
        equal(reached_in_vlan(sender, data(sender), ten_wide), ten_wide, "VLAN 10 ignored")
        bad = sender.frame(wire.v2_report(GROUP, bad=True), GROUP)
        equal(reached_in_vlan(sender, bad, ten_wide), ten_wide, "a malformed report")
        equal(reached_in_vlan(other, data(other), [router]), [router], "VLAN 1")
        check(not other.tap.count(lambda f: f.group == GROUP), "VLAN 10 in VLAN 1")


@proves("INTERFACE vlans_ignored: left to flood", "INTERFACE querier")
def test_no_queries_there():
    """Our own queries end in a VLAN that becomes ignored, `proxy full` says nothing there;
    taken back, with `on` it is asked at once."""
    with Bridge(3, address="10.0.0.254") as br, Bridge(1, address="10.0.0.254") as clock:
        for one in br, clock:
            eventually(one.path("status").exists, "mgate has a folder")
            one.set("query_response_interval_ms", 100)
            one.set("query_interval_ms", 1000)
            one.set("startup_query_interval_ms", 1000)
            one.set("proxy", "full")
            one.set("querier", "on")
        host, member, _ = br.hosts
        eventually(lambda: len(queries(host)) >= 2, "queries of ours", timeout=30)
        br.join(member, GROUP)
        br.set("vlans_ignored", "0")
        br.barrier(member)
        host.tap.clear()
        clock.hosts[0].tap.clear()
        eventually(lambda: len(queries(clock.hosts[0])) >= 3, "three intervals pass", timeout=30)
        equal(len(queries(host)), 0, "queries in the ignored VLAN")
        equal((mgate.querier(br), mgate.groups(br)), ({}, set()), "what is known there")
        br.set("vlans_ignored", "")
        eventually(lambda: queries(host), "a query of ours again", timeout=10)
        br.wait_joined(member, GROUP)
