# SPDX-License-Identifier: GPL-2.0-only
"""Audit: what `on` would hold back, by group, port and reason; and that it does so."""
import collections
import contextlib

import mgate
import wire
from host import new_stream
from lab import Bridge, gated
from test_takeover import builtin
from words import becomes, check, equal, eventually, proves

JOINED, SOURCED, FLOODED, LOCAL, UNKNOWN = GROUPS = (
    "239.1.1.1", "232.1.1.1", "239.255.255.250", "224.0.0.251", "239.9.9.9")
HOST = "10.0.0.254"
ROWS = 4096
REPORTED = wire.ALL_REPORTS


@contextlib.contextmanager
def audited(hosts=5, **more):
    """A bridge on which mgate audits from the beginning."""
    mgate.ensure(False)
    mgate.load(mode="audit")
    with Bridge(hosts, **more) as br:
        eventually(br.path("status").exists, "mgate has a folder")
        becomes(lambda: br.get("status"), "audit", "status")
        yield br


def rows(br):
    """The figures: packets by (port, group, VLAN, fate, reason)."""
    return collections.Counter({
        (row["port"], row["grp"], int(row["vid"]), row["fate"], row["reason"]): int(row["packets"])
        for row in mgate.table("stats", br)
        if row["port"] and row["fate"] != "in"})


def send_own(br, sender, group, count):
    """Send from the bridge itself; gives how many each host got."""
    stream = new_stream()
    frames = [wire.eth(wire.mac_of(group), br.mac, wire.ETH_IP,
                       wire.ipv4(HOST, group, wire.UDP, wire.udp(wire.mark(stream, number))))
              for number in range(count)]
    br.send_from_host(*frames)
    br.barrier(sender)
    return {host: len(host.tap.numbers(stream)) for host in br.hosts}


def volley(br, sender, count=5):
    """Frames to every kind of group, from a host and from the bridge itself; gives how
    many each port got of each group."""
    got = collections.Counter()
    for group in GROUPS:
        for each in br.receivers(sender, group, count), send_own(br, sender, group, count):
            for host, number in each.items():
                got[host.port, group] += number
    return +got


def sums(figures, fate):
    """What had this fate, by (port, group), of our groups and at ports of hosts."""
    found = collections.Counter()
    for (port, group, _, was, _), number in figures.items():
        if was == fate and group in GROUPS and port != "host":
            found[port, group] += number
    return +found


def join_all(br, querier, member, sourced, sender):
    """A member of one group, and one that wants another from a single source."""
    br.gate(querier, code=1)
    br.join(member, JOINED)
    sourced.join(SOURCED, sender.ip)
    br.wait_joined(sourced, SOURCED)


@proves("INTERFACE mode audit", "INTERFACE guard")
def test_guard_drops_nothing():
    """What `guard` would drop goes to all, and the figures are those of a bridge that heard
    nothing of it."""
    with audited(3, address=HOST, mcast_snooping=0) as br:
        router, guarded, _ = br.hosts
        br.gate(router, code=1)
        br.set("guard", 1, guarded.port)
        frame = guarded.frame(wire.query(3), wire.ALL_HOSTS, src="10.0.0.0")
        br.expect_frames(guarded, [frame], br.others(guarded), lambda f: f.data == frame)
        equal(mgate.counter(br, guarded.port, "guarded"), 1, "guarded")
        equal((mgate.querier(br)["address"], mgate.router_ways(br, guarded.port)),
              (router.ip, set()), "the querier, and by what the port is a router's")


@proves("issue 7 item 4: a switch to `on` then changes exactly that", "INTERFACE mode audit")
def test_on_holds_what_audit_said():
    """On a bridge that floods: all ports get all, the figures say by port and group what
    `on` would hold back, and what `on` then sends is the rest, frame by frame."""
    with audited(address=HOST, mcast_snooping=0) as br:
        router, sender, member, sourced, _ = br.hosts
        join_all(br, router, member, sourced, sender)
        before = rows(br)
        all_of_it = volley(br, sender)
        figures = rows(br) - before
        # The host sends to all ports, the sender to all but its own.
        equal(sum(all_of_it.values()), len(GROUPS) * 5 * (4 + 5), "frames while it floods")
        held, passed = sums(figures, "held"), sums(figures, "passed")
        equal(held + passed, all_of_it, "held and passed together")
        for key, number in {
                ("p5", JOINED, 0, "held", "not_member"): 10,
                ("p3", JOINED, 0, "passed", "member"): 10,
                ("p1", JOINED, 0, "passed", "router"): 10,
                ("p4", SOURCED, 0, "passed", "member"): 5,      # from the sender
                ("p4", SOURCED, 0, "held", "not_member"): 5,    # from the host
                ("p4", UNKNOWN, 0, "held", "unknown_drop"): 10,
                ("p1", UNKNOWN, 0, "passed", "router"): 10,
                ("p2", UNKNOWN, 0, "held", "unknown_drop"): 5,  # from the host alone
                ("p5", FLOODED, 0, "passed", "flood_list"): 10,
                ("p5", LOCAL, 0, "passed", "flood_link_local"): 10}.items():
            equal(figures[key], number, f"frames of {key}")
        br.set("mode", "on")
        becomes(lambda: br.get("mode"), "on", "mode")
        br.gate(router, code=1)
        br.wait_joined(member, JOINED)
        br.wait_joined(sourced, SOURCED)
        equal(volley(br, sender), all_of_it - held, "frames once it is on")
        equal(mgate.lines("stats", br), [], "figures once it is on")


@proves("issue 7 item 4: beside a running built-in", "INTERFACE mode audit: no takeover")
def test_beside_the_builtin():
    """The built-in goes on as it was; the figures name what it sends and `on` would not: a
    forged membership, an entry of its own, reports to hosts; and `on` holds just that."""
    with audited(mcast_snooping=1) as br:
        router, sender, member, forger, fixed = br.hosts
        br.ns.bridge(f"mdb add dev br0 port {fixed.port} grp {UNKNOWN} permanent")
        br.gate(router, code=1)
        br.join(member, JOINED)
        forger.report(JOINED, ttl=64)
        wanted = {JOINED: {router, member, forger}, UNKNOWN: {router, fixed}}
        for group, hosts in wanted.items():
            becomes(lambda g=group: {host for host, number in br.receivers(sender, g, 1).items()
                                     if number}, hosts, f"who gets {group} by the built-in")
        before = rows(br)
        for group, hosts in wanted.items():
            br.expect(sender, group, hosts)
        figures = rows(br) - before
        equal({key: figures[key] for key in figures if key[1] in wanted and key[0] != "host"}, {
            (router.port, JOINED, 0, "passed", "router"): 10,
            (member.port, JOINED, 0, "passed", "member"): 10,
            (forger.port, JOINED, 0, "held", "not_member"): 10,
            (router.port, UNKNOWN, 0, "passed", "router"): 10,
            (fixed.port, UNKNOWN, 0, "held", "unknown_drop"): 10}, "figures")
        before = rows(br)
        member.say((wire.IS_EX, JOINED))
        br.barrier(member)
        figures = rows(br) - before
        equal([figures[host.port, REPORTED, 0, "held", "report_held"] for host in br.hosts],
              [0, 1, 0, 1, 1], "a report that the built-in sends to hosts")
        equal((br.get("status"), builtin(br)), ("audit", "1"), "status and the built-in")
        br.set("mode", "on")
        becomes(lambda: builtin(br), "0", "the built-in")
        br.gate(router, code=1)
        br.wait_joined(member, JOINED)
        forger.report(JOINED, ttl=64)
        br.expect(sender, JOINED, [router, member])
        br.expect(sender, UNKNOWN, [router])


@proves("issue 7 item 4: per group", "DECISIONS 8")
def test_vlans_are_told_apart():
    """The same group in two VLANs: each has figures of its own."""
    with audited(4, mcast_snooping=0, vlan_filtering=1) as br:
        router, sender, member, other = br.hosts
        br.ns.bridge(*(f"vlan add dev {host.port} vid 20" for host in br.hosts))
        br.set("convergence_ms", 0)
        for vlan in None, 20:
            router.query(vlan=vlan)
        for vid in 1, 20:
            eventually(lambda v=vid: mgate.gates(br, v), f"it gates in VLAN {vid}")
        member.report(JOINED)
        other.report(JOINED, vlan=20)
        br.wait_joined(member, JOINED, vid=1)
        br.wait_joined(other, JOINED, vid=20)
        before = rows(br)
        packet = sender.data(JOINED)[14:]
        for vlan in None, 20, 20:
            sender.inject(wire.eth(wire.mac_of(JOINED), sender.mac, wire.ETH_IP, packet, vlan))
        br.barrier(sender)
        figures = rows(br) - before
        equal({key: number for key, number in figures.items()
               if key[1] == JOINED and key[0] != "host"}, {
            (router.port, JOINED, 1, "passed", "router"): 1,
            (member.port, JOINED, 1, "passed", "member"): 1,
            (other.port, JOINED, 1, "held", "not_member"): 1,
            (router.port, JOINED, 20, "passed", "router"): 2,
            (member.port, JOINED, 20, "held", "not_member"): 2,
            (other.port, JOINED, 20, "passed", "member"): 2}, "figures")


def to_many(host, groups):
    """A frame to each of so many groups, told apart by where they go alone."""
    for number in range(groups):
        host.inject(host.data(f"239.{100 + number // 65536}.{number // 256 % 256}.{number % 256}"))


@proves("issue 7 items 2, 4: bounded memory in every table", "RELIABILITY 3 line 19")
def test_figures_are_bounded():
    """Frames to ever new groups fill the table; what is beyond is counted together, rows
    that are there go on, and the file stays readable; `flush` begins anew."""
    with audited(4, mcast_snooping=0) as br:
        router, sender, member, other = br.hosts
        br.gate(router, code=1)
        br.join(member, JOINED)
        br.expect(sender, JOINED, br.others(sender))
        before = sum(rows(br).values())
        to_many(sender, 2000)
        br.barrier(sender)
        table = mgate.table("stats", br)
        # A line for what comes in may be two rows: some of it by redirect.
        check(ROWS - 10 <= len([row for row in table if row["port"]]) <= ROWS, "rows")
        beyond = [int(row["packets"]) for row in table if not row["port"]]
        # At three ports and the host.
        frames = sum(int(row["packets"]) for row in table if row["fate"] != "in") - before
        check(0 <= frames - 4 * 2000 <= 40, f"{frames} frames are counted, 8000 were to be")
        check(beyond and beyond[0] >= 8000 - ROWS, f"{beyond} frames beyond the table")
        br.expect(sender, JOINED, br.others(sender))
        line = f"port {other.port} grp {JOINED} vid 0 held not_member packets 20 "
        check(any(line in row for row in mgate.lines("stats", br)), f"there is no line {line}")
        br.set("flush", 1)
        check(len(mgate.lines("stats", br)) < 100, "figures after flush")
        br.gate(router, code=1)
        br.wait_joined(member, JOINED)
        br.expect(sender, JOINED, br.others(sender))
        key = other.port, JOINED, 0, "held", "not_member"
        equal(rows(br)[key], 10, "figures from then on")


@proves("issue 7 item 4", "RELIABILITY K3, M7")
def test_figures_go_with_their_port():
    """A port that leaves takes its figures along, one that comes begins at nothing, and
    nothing at all is counted while mgate is on."""
    with audited(4, mcast_snooping=0) as br:
        router, sender, member, other = br.hosts
        br.gate(router, code=1)
        br.join(member, JOINED)
        br.expect(sender, JOINED, br.others(sender))
        key = other.port, JOINED, 0, "held", "not_member"
        equal(rows(br)[key], 10, "frames held")
        br.ns.ip(f"link set {other.port} nomaster")
        check(not [row for row in rows(br) if row[0] == other.port], "rows of a port that left")
        br.ns.ip(f"link set {other.port} master br0")
        eventually(br.path("status", other.port).exists, "the port has a folder")
        check(not [row for row in rows(br) if row[0] == other.port and row[1] == JOINED],
              "rows of a port that has just come")
    mgate.reload()
    with gated(3) as br:
        br.set("redirect", 0)
        br.expect(br.hosts[1], UNKNOWN, [br.hosts[0]])
        equal(mgate.lines("stats", br), [], "rows while it is on")
