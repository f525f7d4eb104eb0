# SPDX-License-Identifier: GPL-2.0-only
"""The file `vlan`: what holds for one VLAN alone; and own queries with the right tags."""
import errno

import klog
import mgate
import wire
from lab import Bridge
from tap import Tap
from test_sysfs import ready, refused
from test_vlan_rules import gets, trunks
from words import becomes, check, equal, eventually, proves

GROUP = "239.1.1.1"
TPID = {"802.1Q": 0x8100, "802.1ad": 0x88a8}


class TagTap(Tap):
    """A tap that keeps of each query its tag (TPID and TCI, or None), source and group."""

    def __init__(self, device):
        self.queries = []
        super().__init__(device)

    def keep(self, data, tag, _packet_type):
        """A frame came."""
        frame = wire.Frame(data, tag[1] if tag else None)
        if frame.igmp(0x11):
            check(frame.payload[1] == 0xc0, f"type of service {frame.payload[1]:#x}")
            self.queries.append((tag, frame.source, frame.group))

    def seen_queries(self):
        """The queries so far."""
        self.drain()
        return self.queries

    def clear(self):
        """Forget them."""
        self.drain()
        self.queries = []


def tag_tap(host):
    """A tap of this sort at a host."""
    with host.ns.entered():
        return TagTap("eth0")


def fast(br, **more):
    """Queries every second, if there are any."""
    eventually(br.path("status").exists, "mgate has a folder")
    for file, value in ({"query_response_interval_ms": 100, "query_interval_ms": 1000,
                         "startup_query_interval_ms": 1000, "convergence_ms": 0,
                         "last_member_interval_ms": 200, "querier": "off"} | more).items():
        br.set(file, value)


def filtering(protocol="802.1Q"):
    """Bridge and trunk are in VLANs 1 (untagged there) and 10, the second port is an access
    port of 10, the third one of 1."""
    br = Bridge(3, address="10.0.0.254", vlan_filtering=1, vlan_protocol=protocol)
    trunk, access, _ = br.hosts
    br.ns.bridge("vlan add dev br0 vid 10 self", f"vlan add dev {trunk.port} vid 10",
                 f"vlan add dev {access.port} vid 10 pvid untagged",
                 f"vlan del dev {access.port} vid 1")
    fast(br)
    return br


@proves("INTERFACE vlan", "INTERFACE: lists", "INTERFACE debugfs rules")
def test_lines():
    """What was written is listed by VLAN, here and in debugfs, changed, and taken back."""
    with ready() as br:
        for line in ("20 querier on", "10 unknown flood", "4094 unknown drop",
                     "10 querier_address 10.0.0.9", "0 querier auto", "20 querier off",
                     "20 querier_address auto", "10 unknown routers"):
            br.set("vlan", line)
        wanted = ["0 querier auto", "10 unknown routers", "10 querier_address 10.0.0.9",
                  "20 querier off", "20 querier_address auto", "4094 unknown drop"]
        equal(br.get("vlan").splitlines(), wanted, "the list")
        equal([line.split(" vlan ")[1] for line in mgate.lines("rules", br) if " vlan " in line],
              wanted, "rules")
        equal((br.get("unknown"), br.get("querier"), br.get("querier_address")),
              ("auto", "auto", "0.0.0.0"), "the bridge's own")
        refused(br, "vlan", "20 - unknown", [errno.ENOENT])
        for line in ("20 - querier", "0 - querier", "10 - unknown", "20 - querier_address",
                     "4094 - unknown", "10 - querier_address"):
            br.set("vlan", line)
        equal((br.get("vlan"), [line for line in mgate.lines("rules", br) if " vlan " in line]),
              ("", []), "the empty list")


@proves("INTERFACE vlan", "INTERFACE: lists show what fits in one page", "TRAPS 14, 16")
def test_room():
    """256 VLANs have room; one more is refused, and the log says so. A page that is full
    says how many lines are left out; debugfs has them all."""
    mgate.reload()
    log = klog.Log()
    with ready() as br:
        for vid in range(100, 356):
            br.set("vlan", f"{vid} querier_address 192.168.100.200")
        refused(br, "vlan", "1 unknown flood", [errno.ENOSPC])
        log.says("br0: mgate: 256 VLANs.*VLAN 1;")
        br.set("vlan", "355 unknown flood")
        lines = br.get("vlan").splitlines()
        shown, rest = lines[:-1], lines[-1]
        equal(rest, f"… {257 - len(shown)} more", "the last line")
        check(100 < len(shown) < 200, f"{len(shown)} lines on a page")
        equal(shown[0], "100 querier_address 192.168.100.200", "the first line")
        equal(sum(" vlan " in line for line in mgate.lines("rules", br)), 257, "rules")
        br.set("vlan", "100 - querier_address")
        br.set("vlan", "1 unknown flood")
    log.close()


@proves("INTERFACE vlan: VID unknown VALUE")
def test_unknown():
    """`unknown` of a VLAN counts there, at once, and nowhere else."""
    with trunks() as br:
        router, sender, *others = br.hosts
        for line, at_ten in (("10 unknown flood", [router, *others]), ("10 unknown drop", []),
                             ("10 unknown routers", [router]), ("10 unknown flood", None),
                             ("10 - unknown", [router])):
            br.set("vlan", line)
            if at_ten is not None:
                equal(gets(br, sender, GROUP, 10), at_ten, f"VLAN 10 after {line!r}")
                equal(gets(br, sender, GROUP, 20), [router], f"VLAN 20 after {line!r}")
        br.set("unknown", "flood")
        br.set("vlan", "20 unknown auto")
        equal(gets(br, sender, GROUP, 10), [router, *others], "VLAN 10 with the bridge's own")
        equal(gets(br, sender, GROUP, 20), [router], "VLAN 20 with auto of its own")


@proves("issue 6 item 2: own queries in the right tagging on each port", "TRAPS 20",
        "INTERFACE vlan: VID querier VALUE")
def test_tags_of_own_queries():
    """In VLAN 10 the trunk gets our queries tagged, priority 0 as the built-in sends them,
    the access port untagged, others none; by 802.1Q and 802.1ad."""
    for protocol, tpid in TPID.items():
        with filtering(protocol) as br:
            trunk, access, one = (tag_tap(host) for host in br.hosts)
            br.set("vlan", "10 querier on")
            equal(eventually(trunk.seen_queries, "a query at the trunk")[0],
                  ((tpid, 10), "0.0.0.0", wire.ALL_HOSTS), f"at the trunk, {protocol}")
            equal(eventually(access.seen_queries, "a query at the access port")[0],
                  (None, "0.0.0.0", wire.ALL_HOSTS), "at the access port")
            becomes(lambda: mgate.querier(br, 10).get("state"), "self", "the querier of VLAN 10")
            equal((one.seen_queries(), mgate.querier(br, 1)), ([], {}), "VLAN 1")
            specific(br, trunk, tpid)
            br.set("querier", "on")
            eventually(lambda t=trunk: (None, "10.0.0.254", wire.ALL_HOSTS) in t.seen_queries(),
                       "a query in VLAN 1, untagged at the trunk")
            eventually(one.seen_queries, "a query at the port of VLAN 1")
            check(not [query for query in access.seen_queries() if query[1] != "0.0.0.0"],
                  "a query of VLAN 1 at the port of VLAN 10")
            for tap in trunk, access, one:
                tap.close()


def specific(br, trunk, tpid):
    """A leave in VLAN 10 at the trunk: the question about the group goes there, tagged."""
    host = br.hosts[0]

    def tagged(message, dst):
        frame = host.frame(message, dst)
        return frame[:12] + tpid.to_bytes(2) + (10).to_bytes(2) + frame[12:]
    host.inject(tagged(wire.v2_report(GROUP), GROUP))
    br.wait_joined(host, GROUP, vid=10)
    host.inject(tagged(wire.leave(GROUP), wire.ALL_ROUTERS))
    eventually(lambda: ((tpid, 10), "0.0.0.0", GROUP) in trunk.seen_queries(),
               "a query about the group, tagged")


@proves("INTERFACE vlan: VID querier VALUE")
def test_querier():
    """`querier` of a VLAN begins and ends queries there, at once, whatever the bridge's own
    says; without filtering its queries have its tag at each port."""
    with Bridge(2, address="10.0.0.254") as br:
        fast(br)
        tap = tag_tap(br.hosts[0])
        br.set("vlan", "10 querier on")
        eventually(tap.seen_queries, "a query in VLAN 10")
        br.set("querier", "on")
        eventually(lambda: (None, "10.0.0.254", wire.ALL_HOSTS) in tap.seen_queries(),
                   "a query without a tag")
        br.set("vlan", "10 querier off")
        becomes(lambda: mgate.querier(br, 10).get("state", "none"), "none", "VLAN 10")
        tap.clear()
        eventually(lambda: len(tap.seen_queries()) >= 3, "three intervals pass")
        equal({tag for tag, _, _ in tap.seen_queries()}, {None}, "tags of queries")
        br.set("vlan", "10 querier on")
        eventually(lambda: ((TPID["802.1Q"], 10), "0.0.0.0", wire.ALL_HOSTS) in
                   tap.seen_queries(), "a query in VLAN 10 again")
        br.set("querier", "auto")
        br.set("vlan", "10 - querier")
        equal(mgate.querier(br, 10).get("state"), "self", "who asks goes on with auto")
        br.set("vlan", "0 querier off")
        becomes(lambda: mgate.querier(br).get("state", "none"), "none", "what has no tag")
        br.set("flush", 1)
        eventually(lambda: mgate.querier(br, 10) == {}, "nothing is known of VLAN 10")
        br.set("vlan", "10 querier on")
        becomes(lambda: mgate.querier(br, 10).get("state"), "self", "VLAN 10 after the flush")
        br.set("flush", 1)
        becomes(lambda: mgate.querier(br, 10).get("state"), "self", "VLAN 10 flushed again")
        tap.close()


@proves("INTERFACE vlan: VID querier_address VALUE")
def test_querier_address():
    """`querier_address` of a VLAN is in the queries there, at once; others keep theirs. It
    counts in the election."""
    with Bridge(2, address="10.0.0.254") as br:
        fast(br)
        tap = tag_tap(br.hosts[0])
        br.set("vlan", "0 querier_address 10.0.0.99")
        br.set("vlan", "10 querier on")
        br.set("vlan", "0 querier on")
        eventually(lambda: (None, "10.0.0.99", wire.ALL_HOSTS) in tap.seen_queries(),
                   "a query from the VLAN's own address")
        equal({source for tag, source, _ in tap.seen_queries() if tag is None}, {"10.0.0.99"},
              "sources without a tag")
        equal(mgate.querier(br)["address"], "10.0.0.99", "address in queriers")
        equal(br.get("querier_address"), "10.0.0.254", "the bridge's own file")
        br.set("querier_address", "10.0.0.77")
        eventually(lambda: ((TPID["802.1Q"], 10), "10.0.0.77", wire.ALL_HOSTS) in
                   tap.seen_queries(), "a query in VLAN 10 from the bridge's own address")
        br.hosts[1].query(src="10.0.0.88")
        becomes(lambda: mgate.querier(br)["address"], "10.0.0.88", "the lower one asks")
        br.set("vlan", "0 querier_address auto")
        br.set("vlan", "0 querier off")
        br.set("vlan", "0 querier on")
        eventually(lambda: (None, "10.0.0.254", wire.ALL_HOSTS) in tap.seen_queries(),
                   "with auto a query from the host's own address")
        br.set("vlan", "0 - querier_address")
        eventually(lambda: (None, "10.0.0.77", wire.ALL_HOSTS) in tap.seen_queries(),
                   "a query from the bridge's own again")
        tap.close()


@proves("DECISIONS 4: never towards dropping a member's traffic", "TRAPS 10, 24")
def test_leave_where_nobody_can_be_asked():
    """The bridge itself has just left a VLAN: a leave there, about which it cannot ask any more,
    ends nothing, while one in another VLAN does."""
    with filtering() as br:
        _, access, one = br.hosts
        # A slow machine is not to see it run out meanwhile.
        br.set("last_member_count", 2)
        br.set("robustness", 7)
        br.set("query_interval_ms", 10000)
        br.set("querier", "on")
        br.set("vlan", "10 querier on")
        members = (access, 10), (one, 1)
        for host, vid in members:
            becomes(lambda v=vid: mgate.querier(br, v).get("state"), "self", f"VLAN {vid}")
            host.report(GROUP)
            br.wait_joined(host, GROUP, vid=vid)
        br.ns.bridge("vlan del dev br0 vid 10 self")
        for host, _ in members:
            host.send_leave(GROUP)
        br.wait_left(one, GROUP, vid=1)
        check(mgate.members(br, access.port, GROUP, vid=10), "nobody was asked, and it ended")


@proves("INTERFACE vlan: VID querier VALUE", "TRAPS 10")
def test_where_the_bridge_is_not():
    """A VLAN in which the bridge itself is not cannot be asked: mgate takes no role there, and
    it floods; as soon as the bridge is in it, it is asked. When the bridge has left it, one
    without an address is the querier there as anywhere."""
    with filtering() as br:
        tap = tag_tap(br.hosts[0])
        br.ns.bridge(*(f"vlan add dev {host.port} vid 30" for host in br.hosts[:2]))
        br.set("vlan", "30 querier on")
        br.set("vlan", "10 querier on")
        eventually(lambda: len(tap.seen_queries()) >= 3, "three intervals pass")
        equal({tag for tag, _, _ in tap.seen_queries()}, {(TPID["802.1Q"], 10)}, "tags")
        check(mgate.querier(br, 30).get("state", "none") == "none", "a role in VLAN 30")
        check(not mgate.gates(br, 30), "it gates in VLAN 30")
        br.ns.bridge("vlan add dev br0 vid 30 self")
        eventually(lambda: (TPID["802.1Q"], 30) in {tag for tag, _, _ in tap.seen_queries()},
                   "a query in VLAN 30")
        eventually(lambda: mgate.gates(br, 30), "it gates in VLAN 30")
        equal(mgate.querier(br, 30).get("state"), "self", "the querier of VLAN 30")
        br.ns.bridge("vlan del dev br0 vid 30 self")
        becomes(lambda: mgate.querier(br, 30).get("state"), "none", "VLAN 30 without the bridge")
        br.hosts[0].query(src="0.0.0.0", vlan=30)
        becomes(lambda: mgate.querier(br, 30).get("state"), "other", "VLAN 30 after a query")
        tap.close()
