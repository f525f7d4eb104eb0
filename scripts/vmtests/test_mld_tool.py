# SPDX-License-Identifier: GPL-2.0-only
"""IPv6 in the tables, in flows and figures, in the tool mgate, in events; and what of MLD is
taken over from the built-in."""
import contextlib
import signal

import klog
import mgate
import tool
from families import MLD
from lab import Bridge
from test_flow import flows_to, last, lasting, pinned
from test_leaves import running, watches_on
from test_mld import gated6
from test_stats import figures, of_stream, sizes
from test_takeover import builtin, without
from test_tool import MAY_BE_EMPTY, OF_DEBUGFS, same
from test_tool_watch import told
from words import becomes, check, equal, eventually, proves, redirects

GROUP, OTHER, SSM = MLD.group, MLD.other, "ff3e::8000:1"


@contextlib.contextmanager
def busy():
    """A bridge of whose tables none is empty, all of them of IPv6, and IPv4 beside it."""
    with pinned(), gated6() as br:
        router, sender, member, other = br.hosts
        last(br)
        br.set("stats", 1)
        router.query()
        other.join("239.1.1.1")
        br.wait_joined(other, "239.1.1.1")
        for entry in f"+ {other.port} {OTHER}", "+ host ff0e::7", f"+ {other.port} {SSM} fd00::2":
            br.set("groups_static", entry)
        br.set("flood", "+ ff0e:9::/32")
        br.set("deny", "+ ff0e:8::/32", member.port)
        br.join(member, GROUP)
        br.join(member, SSM, source=sender.ip6)
        br.join(other, GROUP, exclude=router.ip6)
        eventually(lambda: mgate.members(br, other.port, GROUP, router.ip6), "a blocked source")
        br.receivers(sender, GROUP)
        yield br


@proves("issue 12 item 1: tables", "issue 10 item 2")
def test_tables():
    """`mgate show` is line by line what debugfs says, with both families in every table; and
    what is asked for of a group is found however it is written."""
    with busy() as br:
        for table in OF_DEBUGFS:
            br.receivers(br.hosts[1], GROUP)
            check(same(table, br) or table in MAY_BE_EMPTY, f"debugfs {table} is empty")
        equal([row["vlans"] for row in tool.shown(br, "bridges")], [1], "VLANs of both families")
        rows = tool.shown(br, "groups", "grp", "FF05:0:0::0001:3")
        equal({(row["port"], row["grp"], row.get("src")) for row in rows},
              {("p3", GROUP, None), ("p4", GROUP, None), ("p4", GROUP, "fd00::1")}, "of a group")
        equal({row["version"] for row in rows}, {2}, "versions")
        equal(sorted((row["address"], row["version"]) for row in tool.shown(br, "queriers")),
              [("10.0.0.1", 3), ("fe80::ff:fe00:1", 2)], "queriers")
        equal({row["address"] for row in tool.shown(br, "hosts", "grp", GROUP)},
              {host.link_local for host in br.hosts[2:]}, "hosts")
        rules = tool.mgate(br, "show", "rules").splitlines()
        for rule in "dev br0 flood ff0e:9::/32", "dev br0 port p3 deny ff0e:8::/32":
            check(rule in rules, f"{rule} is not among {rules}")


@proves("issue 12 item 1: explain", "issue 10 item 3")
def test_explain():
    """`mgate explain` and `mgate why` take IPv6 addresses and say what then happens."""
    with gated6() as br:
        router, sender, member, _ = br.hosts
        br.join(member, GROUP)
        asked = "dev", "br0", "port", sender.port, "src", "fd00:0::2", "grp"
        text = tool.mgate(br, "explain", *asked, GROUP)
        for line in (f"A frame from fd00::2 to {GROUP} that comes in at p2 of br0 in VLAN 0",
                     "p1 gets it (router)", f"p3 gets it (member): a host there asked for {GROUP}",
                     "p4 does not get it (not_member)"):
            check(line in text, f"{line!r} is not in {text!r}")
        text = tool.mgate(br, "explain", *asked, "ff02::fb")
        check("p4 gets it (flood_link_local)" in text, text)
        br.set("unknown", "drop")
        text = tool.mgate(br, "explain", *asked, OTHER)
        check("p4 does not get it (unknown_drop)" in text, text)
        br.expect(sender, GROUP, [router, member])
        br.expect(sender, OTHER, [])
        text = tool.mgate(br, "why", "dev", "br0", "port", "p4", "grp", GROUP)
        # Of solicited-node groups.
        check("reports did come in there" in text and "IGMP" not in text, f"why: {text}")
        br.set("deny", f"+ {GROUP}/128", "p4")
        br.hosts[3].report(GROUP, 2)
        br.barrier(br.hosts[3])
        text = tool.mgate(br, "why", "dev", "br0", "port", "p4", "grp", GROUP)
        check("denied" in text and f"deny has {GROUP}/128" in text, f"why of a denied one: {text}")
        br.set("ipv6", "off")
        text = tool.mgate(br, "explain", *asked, OTHER)
        check("p4 gets it" in text, f"with ipv6 off: {text}")
        for words, said in (((*asked, "fd00::9"), "fd00::9 is not a multicast group"),
                            ((*asked[:-3], "src", GROUP, "grp", GROUP), f"{GROUP} is a multicast"),
                            ((*asked, "239.1.1.1"), "one is IPv4 and the other IPv6")):
            check(said in tool.refusal(br, "explain", *words)[1], f"{said} is not said")


@proves("issue 12 item 1: flows", "INTERFACE flows")
@redirects
def test_flows():
    """IPv6 streams go by flow to those who joined, and a join, a leave and `ipv6` end that at
    once; the lines show their addresses."""
    with lasting(family=6) as br:
        router, sender, member, other = br.hosts
        br.join(member, GROUP)
        for redirect in 1, 0:
            br.set("redirect", redirect)
            flows_to(br, sender, [router, member], GROUP)
            flows_to(br, sender, [router], OTHER)
        row, = [row for row in mgate.table("flows", br) if row["grp"] == GROUP]
        equal((row["src"], row["path"], sorted(row["to"].split(","))),
              (sender.ip6, "flow", [router.port, member.port]), "a flow")
        br.join(other, GROUP)
        flows_to(br, sender, [router, member, other], GROUP)
        br.set("fast_leave", 1, other.port)
        other.leave(GROUP)
        br.wait_left(other, GROUP)
        flows_to(br, sender, [router, member], GROUP)
        br.set("ipv6", "off")
        br.expect(sender, GROUP, [router, member, other])


@proves("issue 12 item 1: stats", "issue 10 item 1")
def test_stats():
    """The figures of IPv6 groups: each frame in each place, and its length; also in an audit."""
    with gated6() as br:
        router, sender, member, _ = br.hosts
        br.join(member, GROUP)
        br.set("stats", 1)
        br.expect(sender, GROUP, [router, member])
        equal(figures(br, GROUP), of_stream(br, 10), "figures of ten frames")
        equal(sizes(br, GROUP), {len(sender.data(GROUP)) - 14}, "bytes of a frame")
        br.set("mode", "audit")
        br.gate(router)
        br.wait_joined(member, GROUP)
        br.expect(sender, GROUP, br.others(sender))
        equal(figures(br, GROUP)[br.hosts[3].port, "held", "not_member"], 10, "would be held")


@proves("issue 12 item 1: events")
def test_events():
    """Joins, leaves, sources, routers and queriers of IPv6 are told, each once."""
    with gated6() as br:
        router, sender, member, other = br.hosts
        br.set("fast_leave", 1, member.port)
        with tool.monitor(br, "monitor", "dev", "br0") as watch:
            member.report(GROUP)
            br.barrier(member)
            member.report(GROUP)
            br.barrier(member)
            member.send_leave(GROUP)
            br.wait_left(member, GROUP)
            br.set("groups_static", f"+ p4 {OTHER}")
            br.set("groups_static", f"- p4 {OTHER}")
            member.say((5, SSM, [sender.ip6]))
            br.wait_joined(member, SSM)
            other.query(group="::", src="fe80::1")
            becomes(lambda: mgate.querier(br)["address"], "fe80::1", "the querier")
            told(watch, f"join dev br0 port p3 grp {GROUP} temp filter_mode exclude vid 0",
                 f"leave dev br0 port p3 grp {GROUP} vid 0 why leave",
                 f"join dev br0 port p4 grp {OTHER} permanent filter_mode exclude vid 0",
                 f"leave dev br0 port p4 grp {OTHER} vid 0 why rule",
                 f"join dev br0 port p3 grp {SSM} temp filter_mode include vid 0",
                 f"source-set dev br0 port p3 grp {SSM} src {sender.ip6} temp vid 0",
                 "router-add dev br0 port p4 vid 0 family ipv6 by query",
                 "querier dev br0 vid 0 state other address fe80::1 port p4 version 2")
            equal(watch.stop(), -signal.SIGINT, "what ended an interrupted monitor")
        equal(router.link_local, "fe80::ff:fe00:1", "who was the querier before")


@proves("issue 12: take-over ends MLD snooping no more", "DECISIONS 3")
def test_taken_over():
    """A bridge whose built-in snooped MLD and had heard a querier: mgate takes over, says so
    without a word of floods, cuts no stream, and gates when the querier asks again; after rmmod
    the built-in gates as before."""
    log = klog.Log()
    with without(family=6, mcast_query_response_interval=10) as br:
        router, sender, member, other = br.hosts
        router.query(group="::", code=100)
        member.join(GROUP)
        eventually(lambda: br.receivers(sender, GROUP, 3) == {router: 3, member: 3, other: 0},
                   "the built-in gates")
        with sender.streaming(GROUP, 300) as stream:
            begin = running(stream, member)
            mgate.load()
            becomes(lambda: builtin(br), "0", "the built-in with mgate")
            said = log.says("mgate: took over from the built-in")
            check(not any("IPv6 multicast floods" in line for line in said), f"it says: {said}")
            br.converge(router)
            br.expect(sender, GROUP, [router, member])
            br.expect(sender, OTHER, [router])
            stream.runs(member.tap, 20)
        watches_on(stream, begin, member)
        mgate.unload()
        equal(builtin(br), "1", "the built-in after rmmod")
        router.query(group="::", code=100)
        member.leave(GROUP)
        member.join(GROUP)
        eventually(lambda: br.receivers(sender, GROUP, 3) == {router: 3, member: 3, other: 0},
                   "the built-in gates again", timeout=30)
    log.close()


@proves("DECISIONS 3: in place of its querier at once", "issue 12 item 3")
def test_in_place_of_the_builtin_querier():
    """Where the built-in queried MLD mgate does, from the bridge's link-local address."""
    mgate.ensure(False)
    with Bridge(2, family=6, address="fe80::fe", mcast_querier=1, mcast_query_interval=100,
                mcast_query_response_interval=50, mcast_startup_query_interval=100) as br:
        host = br.hosts[0]
        eventually(lambda: MLD.queries(host, "fe80::fe"), "a query of the built-in", timeout=30)
        mgate.load()
        becomes(lambda: builtin(br), "0", "the built-in with mgate")
        host.tap.clear()
        frames = eventually(lambda: len(MLD.queries(host)) >= 2 and MLD.queries(host),
                            "two queries", timeout=30)
        equal({frame.source for frame in frames}, {"fe80::fe"}, "their source")
        becomes(lambda: mgate.querier(br).get("state"), "self", "state")
