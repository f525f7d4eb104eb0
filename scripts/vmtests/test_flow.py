# SPDX-License-Identifier: GPL-2.0-only
"""Flows: frames that go straight to where those before them went; see test_flow_events for
what ends one."""
import contextlib
import os
import subprocess

import mgate
import wire
from host import new_stream
from lab import Bridge, gated
from test_traps import GATE, GROUP, OTHER, REDIRECT, in_vlan_10, joined, statistic
from words import becomes, check, equal, eventually, proves

REDIRECTS = True
FLOW = "flow"
CALL_IPTABLES = "bridge/bridge-nf-call-iptables"
AT_BRIDGE = """table bridge {name} {{
	chain c {{ type filter hook {hook} priority 0; }}
}}
"""


@contextlib.contextmanager
def pinned():
    """On one processor, which has the flows of all that is sent here."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def last(br):
    """No time ends a flow while a test looks, nor does br_netfilter, if it is loaded."""
    br.set("flow_ms", 1000)
    with contextlib.suppress(FileNotFoundError):
        br.ns.sysctl(CALL_IPTABLES, 0)


@contextlib.contextmanager
def lasting(hosts=4, **more):
    """As gated(), on one processor, with flows that last."""
    with pinned(), gated(hosts, **more) as br:
        last(br)
        yield br


def flows(br, sender, group=GROUP):
    """The lines of a sender to a group."""
    return [row for row in mgate.table("flows", br)
            if (row["port"], row["src"], row["grp"]) == (sender.port, sender.source(group), group)]


def all_by_flow(br, sender, members, group=GROUP, count=10):
    """Frames reach these; did all of them go by a flow?"""
    before = mgate.counter(br, sender.port, mgate.FLOW)
    br.expect(sender, group, members, count)
    return mgate.counter(br, sender.port, mgate.FLOW) == before + count


def flows_to(br, sender, members, group=GROUP):
    """Wait until frames go by flow, and to these alone, now and all the time before."""
    eventually(lambda: all_by_flow(br, sender, members, group),
               f"frames from {sender} to {group} go by flow")


def goes_by(br, sender, way, members, group=GROUP):
    """Frames reach these, by a way that is none of a flow."""
    eventually(lambda: not br.expect(sender, group, members) and
               {row["path"] for row in flows(br, sender, group)} == {way},
               f"frames from {sender} to {group} go by {way}")
    before = mgate.counter(br, sender.port, mgate.FLOW)
    br.expect(sender, group, members)
    equal(mgate.counter(br, sender.port, mgate.FLOW), before, "frames by flow")


@proves("issue 8 item 1", "PERFORMANCE 3, Z")
def test_way():
    """A stream goes by flow, to members and routers; so do one that nobody wants and one to
    many; with flow_ms 0 none does. By redirect and by the gate."""
    with lasting() as br:
        router, sender, member, other = br.hosts
        joined(br, member)
        for redirect in 1, 0:
            br.set("redirect", redirect)
            flows_to(br, sender, [router, member])
            flows_to(br, sender, [router], OTHER)
            br.set("unknown", "drop")
            flows_to(br, sender, [], OTHER)
            br.set("unknown", "auto")

            def uncounted():
                before = statistic(br, br.name, "rx_packets")
                # A broadcast, and what the hosts' kernels have to say now and then.
                return all_by_flow(br, sender, [router, member]) and \
                    statistic(br, br.name, "rx_packets") < before + 10
            eventually(uncounted, "frames go by flow, and the bridge does not count them")
            br.set("flow_ms", 0)
            for _ in range(3):
                check(not all_by_flow(br, sender, [router, member], count=3), "by flow still")
            br.set("flow_ms", 1000)
        joined(br, other)
        flows_to(br, sender, [router, member, other])


def tagging(*hosts):
    """The lines for `bridge` by which ports have VLAN 10 tagged; what has no tag is in VLAN 1."""
    for host in hosts:
        yield f"vlan add dev {host.port} vid 10"
        yield f"vlan add dev {host.port} vid 1 pvid untagged"


def tags_by_flow(br, sender, tci, wanted, tpid=wire.ETH_VLAN):
    """Frames with this tag (a whole TCI, or None) reach these hosts, and no other, with the
    tags that are said; did all of them go by flow?"""
    stream, receivers = new_stream(), {*br.hosts, *wanted}
    for host in receivers:
        host.tap.clear()
    before = mgate.counter(br, sender.port, mgate.FLOW)
    sender.inject(*(wire.eth(wire.mac_of(GROUP), sender.mac, wire.ETH_IP,
                             sender.data(GROUP, stream, n)[14:], tci, tpid) for n in range(5)))
    br.barrier(sender)
    for host in receivers:
        equal([f.vlan for f in host.tap.frames(lambda f: f.group == GROUP)],
              [wanted[host]] * 5 if host in wanted else [], f"the tags of what {host} gets")
    return mgate.counter(br, sender.port, mgate.FLOW) == before + 5


@proves("issue 8 item 1: egress tagging", "TRAPS 10", "REDIRECT trap 10")
def test_tags():
    """Where ports have a VLAN tagged and others have not, frames go by flow, each with the tag
    it has to have: it comes off, goes on, and keeps its priority. By the gate, by redirect, and
    to the host too."""
    for protocol, tpid in ("802.1q", wire.ETH_VLAN), ("802.1ad", 0x88a8):
        change_tags(protocol, tpid)


def change_tags(protocol, tpid):
    """As test_tags(), on a bridge with tags of one kind."""
    with pinned(), in_vlan_10(count=5, vlan_protocol=protocol) as br:
        last(br)
        router, sender, member, tagged, trunk = br.hosts
        br.ns.bridge(*tagging(tagged, trunk))
        joined(br, member, vid=10)
        br.set("groups_static", f"+ {tagged.port} {GROUP} vid 10")
        router.query()
        becomes(lambda: br.get("status", trunk.port), "gated", "status of the port")
        for own, promisc, bare in (("del", "off", ""), ("add", "off", ""), ("add", "on", ""),
                                   ("add", "on", "untagged")):
            br.ns.bridge(f"vlan {own} dev br0 vid 10 self {bare}")
            br.ns.ip(f"link set br0 promisc {promisc}")
            for source, tci, on in ((sender, None, 10), (sender, 0xa000, 0xa00a),
                                    (sender, 0x700a, 0x700a), (trunk, 10, 10),
                                    (trunk, 0xe00a, 0xe00a)):
                wanted = {router: None, member: None, tagged: on}
                if promisc == "on":
                    wanted[br] = None if bare else on
                eventually(lambda: tags_by_flow(br, source, tci, wanted, tpid),
                           f"frames from {source} with the tag {tci} go by flow")
        equal({row["vid"] for row in flows(br, sender)}, {"10"}, "VLAN")


@proves("issue 8 item 1: egress tagging, to one port", "REDIRECT trap 10")
def test_tag_of_one_port():
    """A flow to a single port, which has the VLAN untagged, then tagged, then untagged again,
    also with the host: from the first frame after each change the tag is right."""
    with pinned(), in_vlan_10("vlan add dev br0 vid 10 self", count=2) as br:
        last(br)
        member, trunk = br.hosts
        br.ns.bridge(*tagging(trunk))
        joined(br, member, vid=10)
        br.ns.bridge(*tagging(member))
        for state, tag, up in (("untagged", None, {}), ("", 0x600a, {}), ("untagged", None, {}),
                               ("", 0x600a, {br: 0x600a}), ("untagged", None, {br: 0x600a})):
            br.ns.bridge(f"vlan add dev {member.port} vid 10 {state}")
            br.ns.ip(f"link set br0 promisc {'on' if up else 'off'}")
            eventually(lambda: tags_by_flow(br, trunk, 0x600a, {member: tag, **up}),
                       f"frames go by flow, with the tag {tag}")
            equal({row["to"] for row in flows(br, trunk)},
                  {"host," * bool(up) + member.port}, "the ports of the flow")


@proves("issue 8 item 1: the tag a flow is of", "REDIRECT trap 10")
def test_tag_is_part_of_a_flow():
    """Frames of one sender to one group with another tag, or none, are not of the same flow."""
    with pinned(), Bridge(3, vlan_filtering=1) as br:
        eventually(br.path("status").exists, "mgate has a folder")
        router, sender, member = br.hosts
        last(br)
        br.set("convergence_ms", 0)
        br.ns.bridge(*(f"vlan add dev {host.port} vid {vid}" for host in br.hosts
                       for vid in (10, 20)))
        for vid in 10, 20:
            router.query(vlan=vid)
            eventually(lambda v=vid: mgate.gates(br, v), f"it gates in VLAN {vid}")
        member.report(GROUP, vlan=10)
        br.wait_joined(member, GROUP, vid=10)

        def sent(vid, stream):
            return [wire.eth(wire.mac_of(GROUP), sender.mac, wire.ETH_IP,
                             sender.data(GROUP, stream, n)[14:], vid) for n in range(5)]
        for turn in range(4):
            for vid, wanted in (10, [router, member]), (20, [router]):
                br.expect_frames(sender, sent(vid, 9000 + turn), wanted,
                                 lambda f, v=vid: f.group == GROUP and f.vlan == v)
        eventually(lambda: {row["vid"] for row in flows(br, sender)} == {"10", "20"}, "flows")


@proves("DECISIONS 11", "issue 8 item 1: what a slow frame really reached", "TRAPS 8")
def test_host_joins():
    """When the host joins, by a socket of any kind, not one frame is lost to it; as long as it
    wants a group the frames go up to it by flow, and the bridge looks at each; when the bridge
    has lost its own address, not one is lost to the ports."""
    with lasting() as br:
        router, sender, member, _ = br.hosts
        joined(br, member)
        flows_to(br, sender, [router, member])
        tap = br.tap
        br.ns.listen(br.name, wire.mac_of(GROUP))
        stream = sender.send(GROUP)
        br.barrier(sender)
        equal(len(tap.numbers(stream)), 10, "frames at the host that has just joined")
        flows_to(br, sender, [router, member])
        equal(flows(br, sender)[0]["to"], f"host,{router.port},{member.port}", "the flow")
        before = statistic(br, br.name, "rx_packets")
        check(all_by_flow(br, sender, [router, member], count=50), "not by flow")
        check(statistic(br, br.name, "rx_packets") >= before + 50, "the bridge lets them in")
        stream = sender.send(GROUP)
        br.barrier(sender)
        equal(len(tap.numbers(stream)), 10, "frames at the host by flow")
        br.ns.run("bridge", "fdb", "del", br.mac, "dev", br.name, "self")
        br.expect(sender, GROUP, [router, member])
        goes_by(br, sender, GATE, [router, member])
        br.ns.run("bridge", "fdb", "add", br.mac, "dev", br.name, "self", "local")
        flows_to(br, sender, [router, member])
        br.set("stats", 1)
        goes_by(br, sender, REDIRECT, [router, member])
        br.set("stats", 0)
        flows_to(br, sender, [router, member])
        flows_to(br, sender, [router], OTHER)
        br.ns.ip("link set br0 promisc on")
        stream = sender.send(OTHER)
        br.barrier(sender)
        equal(len(tap.numbers(stream)), 10, "frames at the host in promiscuous mode")
        br.set("unknown", "drop")
        flows_to(br, sender, [], OTHER)
        equal(flows(br, sender, OTHER)[0]["to"], "host", "the flow")
        br.ns.ip("link set br0 promisc off")
        flows_to(br, sender, [], OTHER)


@proves("REDIRECT trap 3", "TRAPS 20")
def test_host_where_the_address_is_lost():
    """The host gets frames by flow, VLANs are filtered, and the bridge loses its own address:
    from the first frame on those who asked get each. Or another port has it, of which the
    kernel tells nobody: that one gets none of them."""
    with pinned(), in_vlan_10("vlan add dev br0 vid 10 self") as br:
        last(br)
        router, sender, member, other = br.hosts
        joined(br, member, vid=10)
        br.ns.ip("link set br0 promisc on")
        flows_to(br, sender, [router, member])
        equal(flows(br, sender)[0]["to"], f"host,{router.port},{member.port}", "the flow")
        br.ns.run("bridge", "fdb", "del", br.mac, "dev", br.name, "self", "vlan", "10")
        br.expect(sender, GROUP, [router, member])
        goes_by(br, sender, GATE, [router, member])
        br.ns.ip(f"link set br0 address {br.mac[:-2]}fd", f"link set br0 address {br.mac}")
        flows_to(br, sender, [router, member])
        br.ns.run("bridge", "fdb", "replace", br.mac, "dev", other.port, "master", "dynamic",
                  "vlan", "10")
        before = mgate.counter(br, sender.port, "redirect_failed")
        equal(br.arrived(sender, sender.send(GROUP))[other], 0, "frames at the port that has it")
        check(mgate.counter(br, sender.port, "redirect_failed") > before, "none was redirected")
        goes_by(br, sender, GATE, [router, member])


@proves("TRAPS 11", "issue 8 item 1: nothing else in the bridge's forward hooks", "REDIRECT trap 10")
def test_others_in_forward():
    """While an nftables rule stands in forward no frame passes it by; other hooks do not
    matter, and where the table goes frames go by flow again."""
    with lasting() as br:
        router, sender, member, _ = br.hosts
        joined(br, member)
        for hook in "prerouting", "input", "output", "postrouting":
            br.ns.run("nft", "-f", "-", text=AT_BRIDGE.format(name=hook, hook=hook))
            flows_to(br, sender, [router, member])
        br.ns.run("nft", "-f", "-", text=AT_BRIDGE.format(name="late", hook="forward"))
        br.ns.run("nft", "add", "rule", "bridge", "late", "c", "ip", "daddr", GROUP, "oifname",
                  member.port, "drop")
        br.expect(sender, GROUP, [router])
        goes_by(br, sender, REDIRECT, [router])
        br.ns.run("nft", "delete", "table", "bridge", "late")
        flows_to(br, sender, [router, member])
        br.ns.run("nft", "add", "rule", "bridge", "postrouting", "c", "ip", "daddr", GROUP,
                  "oifname", member.port, "drop")
        flows_to(br, sender, [router])


@proves("TRAPS 11", "REDIRECT 4")
def test_br_netfilter():
    """br_netfilter is loaded: frames go by flow while it has nothing to do with them, and
    through its rules while bridge-nf-call-iptables is on."""
    subprocess.run(["modprobe", "br_netfilter"], check=True)
    try:
        with lasting() as br:
            router, sender, member, _ = br.hosts
            joined(br, member)
            for value, way in ("0", FLOW), ("1", REDIRECT), ("0", FLOW):
                br.ns.sysctl(CALL_IPTABLES, value)
                if way == FLOW:
                    flows_to(br, sender, [router, member])
                    continue
                br.expect(sender, GROUP, [router, member])
                before = mgate.counter(br, sender.port, mgate.FLOW)
                with mgate.counts(br, sender.port, mgate.FLOW_REFUSED, 10):
                    br.expect(sender, GROUP, [router, member])
                equal(mgate.counter(br, sender.port, mgate.FLOW), before, "frames by flow")
    finally:
        subprocess.run(["modprobe", "-r", "br_netfilter"], check=True)


def counts(br, sender, reasons, members):
    """The counters of ports, given as (host or "host", reason), and the row of the flow tell
    of each frame that is sent, whatever way it went."""
    ports = [(getattr(host, "port", host), reason) for host, reason in reasons]
    before = [mgate.counter(br, port, reason) for port, reason in ports]
    flow = {name: mgate.counter(br, sender.port, name)
            for name in (mgate.FLOW, mgate.FLOW_MISSED, mgate.FLOW_REFUSED)}
    sent = 0
    for _ in range(12):
        br.expect(sender, GROUP, members)
        sent += 10
    for (port, reason), was in zip(ports, before):
        equal(mgate.counter(br, port, reason), was + sent, f"{reason} of {port}")
    got = {name: mgate.counter(br, sender.port, name) - was for name, was in flow.items()}
    check(got[mgate.FLOW] + got[mgate.FLOW_MISSED] <= sent and not got[mgate.FLOW_REFUSED],
          f"of {sent} frames {got}")
    check(got[mgate.FLOW] >= sent // 2, f"of {sent} frames only {got[mgate.FLOW]} by flow")
    row, = flows(br, sender)
    to = ["host"] * (("host", "host_all") in ports) + [host.port for host in members]
    equal((row["to"], row["path"]), (",".join(to), FLOW), "the flow")
    packets, size = int(row["packets"]), int(row["bytes"])
    br.expect(sender, GROUP, members)
    row, = flows(br, sender)
    equal(int(row["packets"]) - packets, 10, "packets of the flow")
    equal(int(row["bytes"]) - size, 10 * (len(sender.data(GROUP)) - 14), "bytes of the flow")


@proves("issue 8 item 1: counted", "INTERFACE: flows, counters")
def test_counters():
    """Whatever way frames go, each port's counters tell how many it got and did not get, and
    why; `flows` has their packets and bytes. With one port or more, and to the host too."""
    with lasting() as br:
        router, sender, member, other = br.hosts
        joined(br, member)
        reasons = ((router, mgate.ROUTER), (member, mgate.MEMBER), (other, mgate.NOT_MEMBER))
        counts(br, sender, reasons, [router, member])
        br.ns.ip("link set br0 promisc on")
        counts(br, sender, (*reasons, ("host", "host_all")), [router, member])
        br.set("router", "never", router.port)
        reasons = (router, mgate.NOT_MEMBER), *reasons[1:]
        counts(br, sender, (*reasons, ("host", "host_all")), [member])
        br.ns.ip("link set br0 promisc off")
        counts(br, sender, (*reasons, ("host", mgate.NOT_MEMBER)), [member])


@proves("TRAPS 2", "issue 8 item 1: what a slow frame really reached")
def test_what_comes_behind():
    """Frames that nobody gets, and frames that a locked port does not let in, between others
    for all, which take their buffers: the ways of those are nobody else's."""
    with lasting() as br:
        router, sender, member, other = br.hosts
        br.set("unknown", "drop")
        report = sender.frame(wire.v2_report(GROUP), GROUP)
        for locked in False, True:
            stream = new_stream()
            if locked:
                br.ns.bridge(f"fdb del {sender.mac} dev {sender.port} master",
                             f"link set dev {sender.port} learning off locked on")
            for number in range(100):
                br.set("flow_ms", 999 + number % 2)     # all flows end
                data = sender.data(OTHER, stream, number)
                other.inject(other.frame(wire.v2_report(GROUP), GROUP))
                sender.inject(data)
                other.inject(other.frame(wire.v2_report(GROUP), GROUP))
                sender.inject(data, report, data, report, data)
            br.ns.bridge(f"link set dev {sender.port} locked off learning on")
            equal(br.arrived(sender, stream), {router: 0, member: 0, other: 0},
                  f"frames that nobody gets, locked {locked}")


@proves("issue 8 item 3: 64 senders to one group", "issue 8 item 1: bounded")
def test_many():
    """64 senders to one group go by flow; 600 groups have a place each, though there is less at
    first; a port that goes takes its flows along, and nothing is left of them."""
    with lasting(5) as br:
        router, sender, member, other, _ = br.hosts
        joined(br, member)

        def burst(groups, senders):
            frames = []
            for group in groups:
                for n in range(senders):
                    frames.append(sender.data(group, 0, 0, src=f"10.0.1.{n}"))
            before = mgate.counter(br, sender.port, mgate.FLOW)
            member.tap.clear()
            sender.inject(*frames)
            br.barrier(sender)
            return mgate.counter(br, sender.port, mgate.FLOW) - before == len(frames)
        eventually(lambda: burst([GROUP], 64), "64 senders go by flow", timeout=60)
        many = [f"239.9.{n // 200}.{n % 200}" for n in range(600)]

        def places():
            burst(many, 1)
            return {row["grp"] for row in mgate.table("flows", br)}.issuperset(many)
        eventually(places, "600 groups have a place", timeout=60)
        br.ns.ip(f"link set {sender.port} nomaster")
        equal([row for row in mgate.table("flows", br) if row["port"] == sender.port], [],
              "flows of a port that has gone")
        other.send(GROUP)
        br.ns.ip(f"link set {sender.port} master br0")
