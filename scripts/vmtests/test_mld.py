# SPDX-License-Identifier: GPL-2.0-only
"""MLD: hosts' kernels get their groups and no other, routers get all, and IPv4 and IPv6 know
nothing of each other."""
import errno
import mgate
import wire
import wire6
from lab import Bridge, gated
from test_limits import ask
from words import becomes, check, equal, eventually, proves

GROUP, OTHER, SSM = "ff05::1:3", "ff0e::2:2", "ff3e::8000:1"
LINK, INTERFACE, RESERVED = "ff02::fb", "ff01::fb", "ff00::fb"


def gated6(hosts=4, **more):
    """As gated(), of MLD."""
    return gated(hosts, family=6, **more)


def mld(*kinds):
    """Is a frame an MLD message of one of these types?"""
    return lambda frame: frame.icmp6(*kinds)


def about(group, *kinds):
    """Is a frame an MLD message of one of these types with this group in it?"""
    return lambda frame: frame.icmp6(*kinds) and wire.packed(group) in frame.body


@proves("issue 12: kernel hosts v1 and v2", "INTERFACE groups")
def test_kernel_hosts():
    """Kernels of both versions join and get exactly their groups; what they are is shown; once
    they left and were asked in vain they get nothing."""
    for version in 1, 2:
        with gated6(5, version=version) as br:
            router, sender, one, two, _ = br.hosts
            for host in one, two:
                host.mld_version(version)
            br.join(one, GROUP)
            br.join(two, OTHER)
            br.expect(sender, GROUP, [router, one])
            br.expect(sender, OTHER, [router, two])
            row = mgate.members(br, one.port, GROUP)[0]
            equal((row["version"], row["filter_mode"], row["kind"], row["vid"]),
                  (str(version), "exclude", "temp", "0"), "the line of a member")
            br.join(two, GROUP)
            br.expect(sender, GROUP, [router, one, two])
            one.leave(GROUP)
            two.leave(GROUP)
            router.query(version, GROUP, code=100)
            for host in one, two:
                br.wait_left(host, GROUP)
            br.expect(sender, GROUP, [router])
            br.expect(sender, OTHER, [router, two])


@proves("issue 12: real SSM receivers", "INTERFACE groups, hosts")
def test_sources():
    """Receivers get what they asked for by source, from anywhere, or all but one; `groups`
    and `hosts` show which."""
    with gated6(6) as br:
        router, s1, s2, one, two, three = br.hosts
        br.join(one, SSM, source=s1.ip6)
        br.join(two, GROUP, exclude=s1.ip6)
        eventually(lambda: mgate.members(br, two.port, GROUP, s1.ip6), "a blocked source")
        br.join(three, GROUP, source=s1.ip6)
        br.expect(s1, SSM, [router, one])
        br.expect(s2, SSM, [router])
        br.expect(s1, GROUP, [router, three])
        br.expect(s2, GROUP, [router, two])
        equal(mgate.hosts(br, one.port, SSM), {(one.link_local, s1.ip6)}, "hosts")
        br.join(one, SSM, source=s2.ip6)
        eventually(lambda: mgate.members(br, one.port, SSM, s2.ip6), "the second source")
        br.expect(s2, SSM, [router, one])


@proves("issue 12 item 2: while no MLD querier is known everything floods", "DECISIONS 4, 8")
def test_families_apart():
    """A querier of IPv4 does not gate IPv6, nor the other way round: each has its own line in
    `queriers`, and its own routers."""
    with Bridge(4, family=6) as br:
        v4, v6, sender, member = br.hosts
        eventually(br.path("status").exists, "mgate has a folder")
        br.set("convergence_ms", 0)
        v4.query()
        br.family = 4
        eventually(lambda: mgate.gates(br), "IPv4 gates")
        br.expect(sender, "239.1.1.1", [v4])
        br.expect(sender, GROUP, br.others(sender))
        member.join(GROUP)
        br.expect(sender, GROUP, br.others(sender))
        br.family = 6
        equal(mgate.gates(br), False, "IPv6 gates")
        v6.query(group="::")
        eventually(lambda: mgate.gates(br), "IPv6 gates")
        br.wait_joined(member, GROUP)
        br.expect(sender, GROUP, [v6, member])
        br.expect(sender, OTHER, [v6])
        br.expect(sender, "239.1.1.1", [v4])
        rows = mgate.table("queriers", br)
        equal(sorted((row["address"], row["port"], row["version"], row["vid"]) for row in rows),
              sorted([(v4.ip, v4.port, "3", "0"), (v6.link_local, v6.port, "2", "0")]), "queriers")
        equal({row["port"] for row in mgate.table("routers", br)}, {v4.port, v6.port}, "routers")


@proves("issue 12 item 2", "INTERFACE unknown, flood, reports")
def test_unknown_and_lists():
    """`unknown` and `flood` are for both families; groups of link scope go everywhere, joined
    or not, and whatever `unknown` says."""
    with gated6() as br:
        router, sender, member, _ = br.hosts
        for value, wanted in (("flood", br.others(sender)), ("routers", [router]), ("drop", []),
                              ("auto", [router])):
            br.set("unknown", value)
            br.expect(sender, OTHER, wanted)
        br.set("flood", "+ ff0e::/16")
        check("ff0e::/16" in br.get("flood").split("\n"), f"flood shows {br.get('flood')!r}")
        br.expect(sender, OTHER, br.others(sender))
        br.expect(sender, GROUP, [router])
        br.set("flood", "- ff0e::/16")
        br.expect(sender, OTHER, [router])
        br.set("unknown", "drop")
        for group in LINK, INTERFACE, RESERVED:
            for version in 1, 2:
                member.report(group, version)
            frame = sender.data(group, 77)
            br.expect_frames(sender, [frame], br.others(sender), lambda f, d=frame: f.data == d)
        equal(mgate.groups(br), set(), "groups after reports for groups of link scope")


@proves("issue 12 item 1", "CONFORMANCE 1, 2", "DECISIONS 6")
def test_where_messages_go():
    """Reports of both versions and done go to routers only, with `reports` all to all; queries
    go everywhere; each is counted by what it is."""
    with gated6(ipv6=False) as br:
        router, _, member, _ = br.hosts
        one = wire.record(wire.TO_EX, GROUP)
        for message, dst, reason in (
                (wire6.v1_report(GROUP), GROUP, mgate.RX_MLD_V1),
                (wire6.v2_report(one), wire6.ALL_REPORTS, mgate.RX_MLD_V2),
                (wire6.done(GROUP), wire6.ALL_ROUTERS, mgate.RX_MLD_DONE)):
            frame = member.frame(message, dst)
            for value, wanted in ("all", br.others(member)), ("routers", [router]):
                br.set("reports", value)
                with mgate.counts(br, member.port, reason, 1):
                    br.expect_frames(member, [frame], wanted, lambda f, d=frame: f.data == d)
        for version in 1, 2:
            for group, dst in ("::", wire6.ALL_NODES), (GROUP, GROUP):
                frame = router.frame(wire6.query(version, group), dst)
                with mgate.counts(br, router.port, mgate.RX_MLD_QUERY[version], 1):
                    br.expect_frames(router, [frame], br.others(router),
                                     lambda f, d=frame: f.data == d)


def messages_of_routers(host):
    """What makes a router known, with its name and what ends it."""
    def pim(holdtime):
        return host.frame(wire6.pim_hello(holdtime), wire6.ALL_PIM, proto=wire.PIM, headers=())

    def mrd(message):
        return host.frame(message, wire6.ALL_SNOOPERS)
    return {"pim": (pim(30), pim(0)),
            "mrd": (mrd(wire6.mrd_advertisement()), mrd(wire6.mrd_termination()))}


@proves("issue 12 item 1: router discovery", "CONFORMANCE 3, 104, 107", "INTERFACE router, guard")
def test_router_ports():
    """Query, PIM hello and MRD advertisement over IPv6 make a router port, which gets all
    groups and reports; goodbyes end it; `router` and `guard` are obeyed."""
    with gated6(5) as br:
        router, one, sender, member, _ = br.hosts
        br.join(member, GROUP)
        for way, (hello, goodbye) in messages_of_routers(one).items():
            br.expect_frames(one, [hello], br.others(one), lambda f, d=hello: f.data == d)
            becomes(lambda: mgate.router_ways(br, one.port), {way}, "by what")
            br.expect(sender, OTHER, [router, one])
            br.expect(sender, GROUP, [router, one, member])
            frame = sender.frame(wire6.v1_report(OTHER), OTHER)
            br.expect_frames(sender, [frame], [router, one], lambda f, d=frame: f.data == d)
            br.expect_frames(one, [goodbye], br.others(one), lambda f, d=goodbye: f.data == d)
            becomes(lambda: mgate.router_ways(br, one.port), set(), "by what after its goodbye")
        one.query(group="::")
        becomes(lambda: mgate.router_ways(br, one.port), {"query"}, "by what")
        br.set("router", "never", one.port)
        becomes(lambda: mgate.router_ways(br, one.port), set(), "by what with router never")
        br.set("router", "always", one.port)
        br.expect(sender, OTHER, [router, one])
        br.set("router", "auto", one.port)
        br.set("guard", 1, one.port)
        for frame in (*(hello for hello, _ in messages_of_routers(one).values()),
                      one.frame(wire6.query(), wire6.ALL_NODES)):
            with mgate.counts(br, one.port, "guarded", 1):
                br.expect_frames(one, [frame], [], lambda f, d=frame: f.data == d)
        equal(mgate.router_ways(br, one.port), set(), "by what with guard")


@proves("issue 12: limits", "DECISIONS 4", "INTERFACE max_groups, limit_action")
def test_limits():
    """A port over its limit gets every group of both families and others feel nothing; with
    `deny` it gets nothing more."""
    with gated6() as br:
        router, sender, full, other = br.hosts
        br.set("max_groups", 10, full.port)
        br.join(other, GROUP)
        groups = [f"ff05::{number:x}" for number in range(0x100, 0x114)]
        with mgate.counts(br, full.port, mgate.LIMIT_PORT, 10):
            ask(full, groups)
        equal(mgate.groups(br, full.port), set(groups[:10]), "groups of the full port")
        equal(br.get("status", full.port), "limit", "status of the port")
        br.expect(sender, groups[19], [router, full])
        br.expect(sender, OTHER, [router, full])
        br.expect(sender, GROUP, [router, full, other])
        br.set("limit_action", "deny", full.port)
        ask(full, groups[19:])
        becomes(lambda: br.receivers(sender, groups[19])[full], 0, "frames with deny")
        br.expect(sender, groups[0], [router, full])


@proves("INTERFACE min_version, deny", "issue 12: policies")
def test_refused_reports():
    """min_version 3 refuses MLDv1 as it does IGMPv2, 2 neither; `deny` names IPv6 groups too."""
    with gated6() as br:
        router, sender, host, _ = br.hosts
        br.set("min_version", 2, host.port)
        host.report(GROUP, 1)
        br.wait_joined(host, GROUP)
        br.set("flush", 1)
        br.gate(router)
        br.set("min_version", 3, host.port)
        with mgate.counts(br, host.port, mgate.OLD_VERSION, 1):
            host.report(GROUP, 1)
        br.expect(sender, GROUP, [router])
        host.report(GROUP, 2)
        br.wait_joined(host, GROUP)
        br.set("min_version", 1, host.port)
        br.set("deny", "+ ff0e::/16", host.port)
        equal(br.get("deny", host.port), "ff0e::/16", "deny")
        for version in 1, 2:
            with mgate.counts(br, host.port, mgate.DENIED, 1):
                host.report(OTHER, version)
        br.barrier(host)
        equal(mgate.groups(br, host.port), {GROUP}, "groups")
        br.set("deny", "- ff0e::/16", host.port)
        host.report(OTHER, 2)
        br.wait_joined(host, OTHER)


@proves("INTERFACE groups_static, flood, deny", "issue 12: lists")
def test_static_groups():
    """Static groups with and without a source get theirs; what cannot be is refused."""
    with gated6() as br:
        router, sender, port, _ = br.hosts
        br.set("groups_static", f"+ {port.port} {GROUP}")
        br.set("groups_static", f"+ {port.port} {SSM} {sender.ip6}")
        br.set("groups_static", f"+ host {OTHER}")
        equal(set(br.get("groups_static").split("\n")),
              {f"{port.port} {GROUP}", f"{port.port} {SSM} {sender.ip6}", f"host {OTHER}"},
              "groups_static")
        br.expect(sender, GROUP, [router, port])
        br.expect(sender, SSM, [router, port])
        br.expect(br.hosts[3], SSM, [router])
        equal({row["kind"] for row in mgate.members(br, port.port, GROUP)}, {"permanent"}, "kind")
        port.send_leave(GROUP)
        br.barrier(port)
        br.expect(sender, GROUP, [router, port])
        for entry in (f"{port.port} ff02::1", f"{port.port} ff01::5", f"{port.port} ff00::5",
                      f"{port.port} fd00::1", f"{port.port} {GROUP} ff05::9",
                      f"{port.port} {GROUP} ::", f"{port.port} {GROUP} 10.0.0.1",
                      f"{port.port} 239.1.1.1 fd00::1", f"{port.port} ff05::1::2"):
            equal(br.error("groups_static", f"+ {entry}"), 22, f"errno of {entry}")
        for file, where in ("flood", None), ("deny", port.port):
            for entry in "fd00::/16", "ff05::1/16", "ff00::/7", "ff05::/129", "ff05::/":
                equal(br.error(file, f"+ {entry}", where),
                      errno.ERANGE if "129" in entry else errno.EINVAL,
                      f"errno of {entry} in {file}")
        br.set("groups_static", f"- {port.port} {GROUP}")
        br.expect(sender, GROUP, [router])


@proves("DECISIONS 8", "issue 12 item 1")
def test_vlans():
    """VLANs have members, queriers and gates of their own, of IPv6 as of IPv4."""
    with Bridge(4, family=6, vlan_filtering=1) as br:
        router, sender, member, _ = br.hosts
        eventually(br.path("status").exists, "mgate has a folder")
        br.set("convergence_ms", 0)
        br.ns.bridge(*(f"vlan add dev {host.port} vid 10" for host in br.hosts))
        router.query(group="::", vlan=10)
        eventually(lambda: mgate.gates(br, 10), "VLAN 10 gates")
        member.report(GROUP, 2, vlan=10)
        br.wait_joined(member, GROUP, vid=10)
        frame = sender.data(GROUP, 77)
        tagged = frame[:12] + b"\x81\x00\x00\x0a" + frame[12:]
        br.expect_frames(sender, [tagged], [router, member], lambda f: f.stream == 77)
        br.expect_frames(sender, [frame], br.others(sender), lambda f: f.stream == 77)


@proves("DECISIONS 11", "TRAPS 8")
def test_host_of_the_bridge():
    """What the bridge's own host joined by its kernel reaches it, and nothing else does."""
    with gated6(4, address="fe80::fe") as br:
        router, sender, *_ = br.hosts
        tap = br.tap
        br.ns.listen(br.name, wire.mac_of(GROUP))
        for group, count in (GROUP, 3), (OTHER, 0):
            stream = sender.send(group, 3)
            br.barrier(sender)
            becomes(lambda s=stream: len(tap.numbers(s)), count,
                    f"frames to {group} at the host")
            equal(len(router.tap.numbers(stream)), 3, "frames at the router")
