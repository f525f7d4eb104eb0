# SPDX-License-Identifier: GPL-2.0-only
"""mgate beside others who handle frames, and on ports of other kinds than veth; see
test_company and test_traps for queues, br_netfilter and what the host listens by."""
import ebtables
import mgate
import wire
from lab import Bridge, gated
from tap import Tap
from test_election import fast, queries, state
from test_traps import GATE, REDIRECT, goes, joined, never_turned, went
from words import becomes, check, equal, eventually, needs, proves

GROUP, OTHER, THIRD = "239.1.1.1", "239.2.2.2", "239.3.3.3"
WAYS = ((1, REDIRECT), (0, GATE))
AROUND = "\n".join(f"table bridge {name} {{\n" + "\n".join(
    f"chain {hook} {{ type filter hook {hook} priority {priority}; }}"
    for hook in ("prerouting", "input", "forward", "output", "postrouting")) + "\n}"
    for name, priority in (("early", -300), ("late", 300)))


def rule(br, table, chain, text):
    """Add a rule."""
    br.ns.run("nft", "add", "rule", "bridge", table, chain, *text.split())


def no_rules(br):
    """Delete all rules, not the chains."""
    br.ns.run("nft", "-f", "-", text=f"flush ruleset\n{AROUND}")


@proves("DECISIONS 4, 10", "issue 6 item 4: tc")
@needs("sch_netem")
def test_own_queries_beside_a_qdisc():
    """A qdisc on the bridge device that keeps what the host sends for a second: own queries do
    not wait there, and are not taken for those of another."""
    with Bridge(3, address="10.0.0.254") as br:
        br.ns.run("tc", "qdisc", "add", "dev", br.name, "root", "netem", "delay", "1s")
        fast(br, querier="on")
        host = br.hosts[0]
        for number in range(1, 4):
            eventually(lambda n=number: len(queries(host)) >= n, f"query {number}")
            equal((state(br), mgate.router_ways(br, "host")), ("self", set()),
                  "state, and how the host is a router")
        eventually(lambda: mgate.gates(br), "it gates")


@proves("issue 6 item 4: nftables bridge rules before and after us", "TRAPS 28a")
def test_rules_of_nftables():
    """Rules in chains before and behind mgate's hold: what they drop towards one port reaches
    the other members, what they drop at the entrance nobody. A frame that somebody drops at
    the entrance is not learned from."""
    with gated(5, hooks=AROUND) as br:
        router, sender, member, barred, _ = br.hosts
        joined(br, member, barred)
        for value, way in WAYS:
            br.set("redirect", value)
            went(br, sender, way, [router, member, barred])
            for table, chain in (("early", "forward"), ("late", "forward"),
                                 ("late", "postrouting")):
                rule(br, table, chain, f"oifname {barred.port} ip daddr {GROUP} drop")
                went(br, sender, way, [router, member])
                no_rules(br)
            for table in "early", "late":
                rule(br, table, "prerouting", f"iifname {sender.port} ip daddr 239.0.0.0/8 drop")
                br.expect(sender, GROUP, [])
                sender.report(THIRD)
                br.barrier(sender)
                equal(mgate.members(br, sender.port, THIRD), [], "what was learned")
                no_rules(br)
            went(br, sender, way, [router, member, barred])
        never_turned(br)


@proves("issue 6 item 4: nftables bridge rules before and after us", "TRAPS 19")
def test_rules_of_nftables_for_the_host():
    """A rule for what the host gets holds for what it joined; a rule for what it sends too."""
    with gated(hooks=AROUND, address="10.0.0.254") as br:
        router, sender, member, _ = br.hosts
        joined(br, member)
        br.ns.listen(br.name, wire.mac_of(GROUP))
        tap = br.tap
        for wanted in True, False:
            if not wanted:
                rule(br, "early", "input", f"ip daddr {GROUP} drop")
            stream = sender.send(GROUP, 5)
            br.barrier(sender)
            equal(len(tap.numbers(stream)), 5 * wanted, "frames at the host")
            equal(len(member.tap.numbers(stream)), 5, "frames at the member")
        rule(br, "early", "output", f"oifname {router.port} drop")
        frame = member.data(GROUP, 7_000_000, src="10.0.0.254")
        br.send_from_host(frame[:6] + bytes.fromhex(br.mac.replace(":", "")) + frame[12:])
        eventually(lambda: member.tap.numbers(7_000_000), "what the host sends at the member")
        equal(router.tap.numbers(7_000_000), [], "what the host sends at the router")


@proves("issue 6 item 4: ebtables")
def test_rules_of_ebtables():
    """A rule of ebtables in FORWARD holds, by redirect and by the gate."""
    with gated(5) as br:
        router, sender, member, barred, _ = br.hosts
        joined(br, member, barred)
        for port, members in (None, [router, member, barred]), (barred.port, [router, member]):
            ebtables.drop_to(br, port)
            for value, way in WAYS:
                br.set("redirect", value)
                went(br, sender, way, members)
        never_turned(br)


@proves("issue 6 item 4: tc ingress")
def test_filter_at_the_entrance():
    """What a tc filter drops where it comes in is not learned from and reaches nobody; what
    one drops where it would go out reaches the others."""
    with gated(5) as br:
        router, sender, member, barred, _ = br.hosts
        joined(br, member, barred)
        for host in sender, barred:
            br.ns.run("tc", "qdisc", "add", "dev", host.port, "clsact")
        egress = f"filter add dev {barred.port} egress protocol ip u32 " \
                 f"match ip dst {GROUP}/32 action drop"
        br.ns.run("tc", *egress.split())
        for value, way in WAYS:
            br.set("redirect", value)
            went(br, sender, way, [router, member])
        br.ns.run("tc", "filter", "del", "dev", barred.port, "egress")
        went(br, sender, GATE, [router, member, barred])
        ingress = f"filter add dev {sender.port} ingress protocol ip u32 " \
                  "match ip dst 239.0.0.0/8 action drop"
        br.ns.run("tc", *ingress.split())
        br.expect(sender, GROUP, [])
        sender.report(OTHER)
        br.barrier(sender)
        equal(mgate.members(br, sender.port, OTHER), [], "what was learned")


@proves("issue 6 item 4: tc ingress", "DECISIONS 8")
@needs("act_vlan")
def test_tag_put_on_at_the_entrance():
    """A tc filter puts what comes in into VLAN 10: there reports count, and data goes."""
    with Bridge(4, vlan_filtering=1) as br:
        router, sender, member, other = br.hosts
        eventually(br.path("status").exists, "mgate has a folder")
        br.set("convergence_ms", 0)
        br.ns.bridge(*(f"vlan add dev {host.port} vid 10" for host in br.hosts),
                     "vlan add dev br0 vid 10 self")
        for host in sender, member:
            br.ns.run("tc", "qdisc", "add", "dev", host.port, "clsact")
            br.ns.run("tc", "filter", "add", "dev", host.port, "ingress", "matchall", "action",
                      "vlan", "push", "id", "10")
        router.query(vlan=10)
        eventually(lambda: mgate.gates(br, 10), "it gates in VLAN 10")
        joined(br, member, vid=10)
        for value, way in WAYS:
            br.set("redirect", value)
            went(br, sender, way, [router, member])
        equal({f.vlan for f in member.tap.frames(lambda f: f.group == GROUP)}, {10}, "tags")
        equal(other.tap.count(lambda f: f.group == GROUP), 0, "frames at a stranger")


@proves("issue 6 item 4: VXLAN ports")
def test_vxlan_port():
    """Two bridges, each with a VXLAN device as port: a member behind one gets what a sender
    behind the other sends, and nobody else does, either way."""
    with Bridge(3) as near, Bridge(3, first=11) as far:
        near.ns.ip(f"link add u0 type veth peer name u0 netns {far.ns.name}")
        for br, here, there in (near, 1, 2), (far, 2, 1):
            br.ns.address("u0", f"192.0.2.{here}")
            br.ns.up("u0")
            br.ns.ip(f"link add vx0 type vxlan id 7 local 192.0.2.{here} remote 192.0.2.{there} "
                     "dstport 4789 dev u0", f"link set vx0 master {br.name}", "link set vx0 up")
            becomes(br.ns.device("vx0", "brport/state").read_text, "3\n", "state of the port")
            eventually(br.path("status").exists, "mgate has a folder")
            br.set("convergence_ms", 0)
        router, sender, member = near.hosts
        one, two, three = far.hosts
        router.query()
        for br in near, far:
            eventually(lambda b=br: mgate.gates(b), "it gates")
        joined(far, two)
        eventually(lambda: mgate.members(near, "vx0", GROUP), "its report came over")
        joined(near, member, group=OTHER)
        for group, source, wanted in ((GROUP, sender, [router, two]), (THIRD, sender, [router]),
                                      (OTHER, three, [router, member]), (GROUP, one, [router, two])):
            stream = source.send(group)
            for br in (near, far):
                br.barrier(br.hosts[0])
            for host in wanted:
                eventually(lambda h=host, s=stream: len(h.tap.numbers(s)) == 10, f"all at {host}")
            got = [host for host in near.hosts + far.hosts if host.tap.numbers(stream)]
            equal(got, wanted, f"who gets {group} from {source}")


@proves("issue 6 item 4: bond ports")
def test_bond_port():
    """A bond of two links as port: its member is served by the active link, and by the other
    when that fails, each frame once."""
    with gated(3) as br:
        router, sender, other = br.hosts
        new = br.add_host(master=False)
        br.ns.ip(f"link add px type veth peer name eth1 netns {new.ns.name}",
                 "link add bond0 type bond mode active-backup miimon 20",
                 f"link set {new.port} down", f"link set {new.port} master bond0",
                 "link set px master bond0", "link set bond0 master br0", "link set bond0 up")
        new.ns.up("eth1")
        becomes(br.ns.device("bond0", "brport/state").read_text, "3\n", "state of the bond")
        with new.ns.entered():
            second = Tap("eth1")
        taps = {new.port: new.tap, "px": second}
        router.query()
        active = br.ns.device("bond0", "bonding/active_slave")
        eventually(lambda: active.read_text().strip() in taps, "a link is active")
        new.report(GROUP)
        eventually(lambda: mgate.members(br, "bond0", GROUP), "it is a member")
        for _ in range(2):
            name = active.read_text().strip()
            stream = sender.send(GROUP)
            eventually(lambda n=name, s=stream: len(taps[n].numbers(s)) == 10, f"all by {name}")
            equal(sum(len(tap.numbers(stream)) for tap in taps.values()), 10, "frames in all")
            eventually(lambda s=stream: router.tap.numbers(s), "the router has it too")
            equal(other.tap.numbers(stream), [], "frames at a stranger")
            br.ns.up(name, False)
            eventually(lambda n=name: active.read_text().strip() not in (n, ""), "it fails over")
            br.ns.up(name)
            becomes(br.ns.device(name, "bonding_slave/mii_status").read_text, "up\n",
                    "the first link")
        second.close()


@proves("issue 6 item 4: macvlan ports")
def test_macvlan_port():
    """A macvlan in passthru mode as port: its member is served, and nobody else."""
    with gated(3) as br:
        router, sender, other = br.hosts
        new = br.add_host(master=False)
        br.ns.ip(f"link add link {new.port} name mv0 type macvlan mode passthru",
                 "link set mv0 master br0", "link set mv0 up")
        becomes(br.ns.device("mv0", "brport/state").read_text, "3\n", "state of the port")
        new.port = "mv0"
        router.query()
        joined(br, new)
        for value, way in WAYS:
            br.set("redirect", value)
            went(br, sender, way, [router, new])
            went(br, sender, way, [router], OTHER)
            went(br, new, way, [router], OTHER)
        equal(other.tap.count(lambda f: f.group == GROUP), 0, "frames at a stranger")


@proves("issue 6 item 4: a port that is a veth into another bridge with mgate")
def test_veth_into_another_bridge():
    """Two bridges with mgate in one namespace, linked by a veth: what goes through both is
    right at each, by whatever way each of them works."""
    with gated(3) as near, Bridge(3, first=11, name="br1", ns=near.ns) as far:
        near.ns.ip("link add x0 type veth peer name x1", "link set x0 master br0",
                   "link set x1 master br1", "link set x0 up", "link set x1 up")
        for port in "x0", "x1":
            becomes(near.ns.device(port, "brport/state").read_text, "3\n", f"state of {port}")
        router, sender, member = near.hosts
        one, two, _ = far.hosts
        far.gate(router)
        joined(near, member)
        joined(far, two)
        eventually(lambda: mgate.members(near, "x0", GROUP), "its report came over")
        for first in 1, 0:
            for second in 1, 0:
                near.set("redirect", first)
                far.set("redirect", second)
                for source, group, wanted in ((sender, GROUP, [router, member, two]),
                                              (one, GROUP, [router, member, two]),
                                              (one, OTHER, [router])):
                    stream = source.send(group)
                    near.barrier(sender)
                    far.barrier(one)
                    for host in wanted:
                        eventually(lambda h=host, s=stream: len(h.tap.numbers(s)) == 10,
                                   f"all at {host}")
                    got = [host for host in near.hosts + far.hosts if host.tap.numbers(stream)]
                    equal(got, wanted, f"who gets {group} from {source}")


@proves("issue 6 item 4: mcast_to_unicast", "DECISIONS 3")
def test_multicast_to_unicast():
    """With `mode on` on a bridge with such a port its member gets each frame once, with the
    group's address, like others."""
    with Bridge(4) as br:
        router, sender, member, _ = br.hosts
        br.ns.bridge(f"link set dev {member.port} mcast_to_unicast on")
        eventually(br.path("status").exists, "mgate has a folder")
        br.set("mode", "on")
        br.gate(router)
        joined(br, member)
        for value, way in WAYS:
            br.set("redirect", value)
            went(br, sender, way, [router, member])
        equal({f.mac for f in member.tap.frames(lambda f: f.group == GROUP)},
              {wire.mac_of(GROUP)}, "destination addresses")
        with goes(br, GATE):
            br.expect(sender, "224.0.0.251", br.others(sender), 5)
        check(br.get("status") == "gating", "status")
