# SPDX-License-Identifier: GPL-2.0-only
"""Router ports, queriers, and what goes to them only."""
import klog
import mgate
import wire
from lab import Bridge, gated
from test_election import both_gate
from words import becomes, check, equal, eventually, proves

GROUP, OTHER = "239.1.1.1", "239.2.2.2"
MESSAGES = {
    "v1": (0x12, wire.v1_report(GROUP), GROUP),
    "v2": (0x16, wire.v2_report(GROUP), GROUP),
    "v3": (0x22, wire.v3_report(wire.record(wire.TO_EX, GROUP)), wire.ALL_REPORTS),
    "leave": (0x17, wire.leave(GROUP), wire.ALL_ROUTERS),
}


@proves("CONFORMANCE 1, 2, 109", "RELIABILITY F5", "RELIABILITY 3 line 25")
def test_reports_go_to_routers_only():
    """Reports of all versions and leaves reach the router, no host and not the sender."""
    with gated() as br:
        router, member = br.hosts[0], br.hosts[2]
        for kind, message, dst in MESSAGES.values():
            br.expect_frames(member, [member.frame(message, dst)], [router],
                             lambda f, k=kind: f.igmp(k))


@proves("CONFORMANCE 1")
def test_reports_do_not_go_to_members():
    """Not even to members of the group they are about (O8)."""
    with gated() as br:
        router, _, member, other = br.hosts
        br.join(member, GROUP)
        br.expect_frames(other, [other.frame(wire.v2_report(GROUP), GROUP)], [router],
                         lambda f: f.igmp(0x16))


@proves("INTERFACE reports", "CONFORMANCE 1")
def test_reports_all():
    """reports=all sends them everywhere but back."""
    with gated() as br:
        member = br.hosts[2]
        br.set("reports", "all")
        for kind, message, dst in MESSAGES.values():
            br.expect_frames(member, [member.frame(message, dst)], br.others(member),
                             lambda f, k=kind: f.igmp(k))


@proves("CONFORMANCE 14", "DECISIONS 6", "RELIABILITY F5")
def test_queries_go_everywhere():
    """Queries of all versions, general and specific, reach all other ports."""
    with gated() as br:
        router = br.hosts[0]
        for version in 1, 2, 3:
            with mgate.counts(br, router.port, mgate.RX_QUERY[version], 1):
                br.expect_frames(router, [router.frame(wire.query(version), wire.ALL_HOSTS)],
                                 br.others(router), lambda f: f.igmp(0x11))
        for sources in (), ("10.0.0.9",):
            frame = router.frame(wire.query(3, GROUP, sources), GROUP)
            br.expect_frames(router, [frame], br.others(router), lambda f: f.igmp(0x11))


@proves("CONFORMANCE 3, 5", "issue 2 item 6")
def test_two_router_ports():
    """Every port where a query came in is a router port; both get all."""
    with gated(5) as br:
        one, two, sender, member, _ = br.hosts
        two.query()
        becomes(lambda: mgate.routers(br), {one.port: "query", two.port: "query"}, "router ports")
        br.join(member, GROUP)
        br.expect(sender, GROUP, [one, two, member])
        br.expect(sender, OTHER, [one, two])
        br.expect_frames(member, [member.frame(wire.v2_report(GROUP), GROUP)], [one, two],
                         lambda f: f.igmp(0x16))


@proves("DECISIONS 10", "CONFORMANCE 79")
def test_lower_address_is_the_querier():
    """Between two that query the lower address wins; the other stays a router port."""
    with gated() as br:
        low, high = br.hosts[0], br.hosts[3]
        high.query()
        becomes(lambda: mgate.routers(br).get(high.port), "query", "the second router port")
        equal(mgate.querier(br)["address"], low.ip, "the querier")
        low.query(src="9.0.0.1")
        becomes(lambda: mgate.querier(br)["address"], "9.0.0.1", "the querier")


@proves("CONFORMANCE 6", "INTERFACE router")
def test_router_always():
    """router=always: everything goes there, as to one that was heard."""
    with gated() as br:
        router, sender, _, fixed = br.hosts
        br.set("router", "always", fixed.port)
        becomes(lambda: mgate.routers(br), {router.port: "query", fixed.port: "static"}, "routers")
        br.expect(sender, OTHER, [router, fixed])
        br.expect_frames(sender, [sender.frame(wire.v2_report(GROUP), GROUP)], [router, fixed],
                         lambda f: f.igmp(0x16))
        br.set("router", "auto", fixed.port)
        becomes(lambda: mgate.routers(br), {router.port: "query"}, "routers after auto")
        br.expect(sender, OTHER, [router])


@proves("INTERFACE router")
def test_router_never():
    """router=never: no query makes that port a router port."""
    with gated() as br:
        router, sender, _, never = br.hosts
        br.set("router", "never", never.port)
        never.query()
        br.barrier(never)
        equal(mgate.routers(br), {router.port: "query"}, "router ports")
        br.expect(sender, OTHER, [router])
        br.set("router", "never", router.port)
        becomes(lambda: mgate.routers(br), {}, "router ports after never on the known one")


@proves("CONFORMANCE 3", "DECISIONS 9", "issue 2 item 6")
def test_router_port_ends():
    """A router port that is silent for the other-querier interval is one no more."""
    with Bridge(4) as br:
        eventually(br.path("status").exists, "mgate has a folder")
        br.set("query_response_interval_ms", 100)
        br.set("query_interval_ms", 1000)
        router, silent, sender, _ = br.hosts
        br.gate(router, 2, code=1)
        silent.query(2, code=1)
        becomes(lambda: silent.port in mgate.routers(br), True, "the second is known")

        def only_one():
            router.query(2, code=1)
            return mgate.routers(br) == {router.port: "query"}
        eventually(only_one, "the silent router port ends")
        becomes(lambda: br.receivers(sender, OTHER, 1)[silent], 0, "frames to the former router")
        br.expect(sender, OTHER, [router])


@proves("DECISIONS 10", "CONFORMANCE 5, 14")
def test_proxy_query_beside_a_real_one():
    """A query from 0.0.0.0 makes no router port while a real querier is known, and
    still reaches all. Whoever sent it is asked, so that it hears that there is another."""
    with gated() as br:
        router, _, proxy, _ = br.hosts
        with mgate.counts(br, proxy.port, mgate.QUERY_PROXY, 1):
            br.expect_frames(proxy, [proxy.frame(wire.query(2), wire.ALL_HOSTS, src="0.0.0.0")],
                             br.others(proxy), lambda f: f.igmp(0x11) and len(f.body) == 8)
        eventually(lambda: proxy.tap.frames(
            lambda f: f.igmp(0x11) and len(f.body) == 12 and f.source == "0.0.0.0"), "the answer")
        equal(mgate.routers(br), {router.port: "query"}, "router ports")
        equal(mgate.querier(br)["address"], router.ip, "the querier")


@proves("issue 4 bad input: a group query from any port but the elected querier's, QRV 0 and "
        "QQIC 0, codes that would mean no time at all", "CONFORMANCE 31, 32, 73, 89, 90")
def test_queries_that_say_little():
    """A stranger's group query, and the querier's with no time in it, cut nobody; each is
    counted under its own reason, as are general queries without robustness or interval."""
    with gated() as br:
        router, stranger, sender, member = br.hosts
        br.join(member, GROUP)
        for host, code, reason in ((stranger, 1, mgate.QUERY_NOT_ELECTED),
                                   (router, 0, mgate.QUERY_CLAMPED)):
            member.tap.clear()
            with mgate.counts(br, host.port, reason, 1):
                host.query(3, GROUP, code=code)
            eventually(lambda: member.tap.count(lambda f: f.igmp(0x11)), "the member is asked")
            br.expect(sender, GROUP, [router, member] + [stranger] * (host is stranger))
            br.set("router", "never", stranger.port)
        for robustness, interval, more in (0, 125, 1), (2, 0, 1), (0, 0, 1), (2, 125, 0):
            with mgate.counts(br, router.port, mgate.QUERY_WITHOUT_VALUES, more):
                router.query(3, robustness=robustness, interval=interval)
                br.barrier(router)
        with mgate.counts(br, router.port, mgate.QUERY_WITHOUT_VALUES, 0):
            router.query(2)
            br.barrier(router)


@proves("DECISIONS 10", "TRAPS 22")
def test_proxy_query_alone():
    """While no real querier is known, a port with queries from 0.0.0.0 gets all."""
    with Bridge(4) as br:
        eventually(br.path("status").exists, "mgate has a folder")
        br.set("convergence_ms", 0)
        proxy = br.hosts[2]
        proxy.query(2, src="0.0.0.0")
        becomes(lambda: mgate.routers(br), {proxy.port: "proxy"}, "router ports")
        br.hosts[0].query()
        becomes(lambda: mgate.querier(br).get("address"), br.hosts[0].ip, "the querier")


@proves("TRAPS 22", "DECISIONS 10")
def test_two_bridges_without_addresses():
    """Two bridges that query from 0.0.0.0, back to back: a member at the one loses no
    frame of a sender at the other, both ways, and while both gate nobody else gets any."""
    options = {"mcast_querier": 1, "mcast_query_interval": 200, "mcast_query_response_interval": 50,
               "mcast_startup_query_interval": 100}
    with Bridge(2, **options) as near, \
            Bridge(2, first=11, name="br1", ns=near.ns, **options) as far:
        near.ns.ip("link add x0 type veth peer name x1", "link set x0 master br0 up",
                   "link set x1 master br1 up")
        for port in "x0", "x1":
            becomes(near.ns.device(port, "brport/state").read_text, "3\n", f"state of {port}")
        for sender, member, br in ((far.hosts[0], near.hosts[0], near),
                                   (near.hosts[1], far.hosts[1], far)):
            br.join(member, GROUP)
            with sender.streaming(GROUP, 500) as stream:
                queries = member.tap.count(lambda f: f.igmp(0x11))
                eventually(lambda m=member, q=queries: m.tap.count(lambda f: f.igmp(0x11)) > q + 4,
                           "queries go on", timeout=40)
                both_gate(near, far, sender, member)
            eventually(lambda m=member, s=stream: m.tap.numbers(s.id)[-1:] == [s.sent - 1],
                       "the last frame arrives")
            equal(member.tap.numbers(stream.id), list(range(stream.sent)), "what the member got")
            member.leave(GROUP)
            br.wait_left(member, GROUP)


@proves("INTERFACE unknown", "CONFORMANCE 19", "RELIABILITY F4")
def test_unknown_of_the_bridge():
    """unknown = flood, routers, drop, auto, while a querier is known."""
    with gated() as br:
        router, sender, *_ = br.hosts
        for value, wanted in (("flood", br.others(sender)), ("routers", [router]),
                              ("drop", []), ("auto", [router])):
            br.set("unknown", value)
            br.expect(sender, OTHER, wanted)


@proves("INTERFACE unknown of a port", "CONFORMANCE 19", "RELIABILITY F4")
def test_unknown_of_a_port():
    """A port's own `unknown` goes before the bridge's."""
    with gated() as br:
        router, sender, third, _ = br.hosts
        br.set("unknown", "flood", third.port)
        br.expect(sender, OTHER, [router, third])
        br.set("unknown", "flood")
        br.set("unknown", "drop", third.port)
        br.expect(sender, OTHER, br.others(sender, third))
        br.set("unknown", "inherit", third.port)
        br.expect(sender, OTHER, br.others(sender))


@proves("INTERFACE unknown", "CONFORMANCE 17")
def test_unknown_is_not_about_members():
    """unknown=drop takes nothing from members and routers of a known group."""
    with gated() as br:
        router, sender, member, _ = br.hosts
        br.join(member, GROUP)
        br.set("unknown", "drop")
        br.expect(sender, GROUP, [router, member])
        br.expect(sender, OTHER, [])


@proves("INTERFACE flood", "DECISIONS 5")
def test_flood_list():
    """Groups in `flood` go everywhere: SSDP from the start, others when added."""
    with gated() as br:
        router, sender, *_ = br.hosts
        everyone = br.others(sender)
        check("239.255.255.250/32" in br.get("flood").split("\n"), "SSDP is not in the list")
        br.expect(sender, "239.255.255.250", everyone)
        br.set("flood", "+ 239.2.0.0/16")
        br.expect(sender, OTHER, everyone)
        br.expect(sender, "239.3.0.1", [router])
        br.set("flood", "- 239.2.0.0/16")
        br.set("flood", "- 239.255.255.250/32")
        br.expect(sender, OTHER, [router])
        br.expect(sender, "239.255.255.250", [router])


@proves("INTERFACE mode of a port")
def test_port_mode_flood():
    """mode=flood: everything goes to that port, and it is still learned from."""
    with gated() as br:
        router, sender, port, _ = br.hosts
        br.set("mode", "flood", port.port)
        equal(br.get("status", port.port), "flood", "status of the port")
        br.expect(sender, OTHER, [router, port])
        br.join(br.hosts[3], GROUP)
        br.expect(sender, GROUP, [router, port, br.hosts[3]])
        br.set("mode", "snoop", port.port)
        equal(br.get("status", port.port), "gated", "status of the port")
        br.expect(sender, OTHER, [router])


@proves("INTERFACE mode of a port")
def test_port_mode_ignore():
    """mode=ignore: neither reports nor queries of that port teach anything."""
    with gated() as br:
        router, sender, port, _ = br.hosts
        br.set("mode", "ignore", port.port)
        port.report(GROUP)
        port.query()
        br.barrier(port)
        equal((mgate.groups(br), mgate.routers(br)), (set(), {router.port: "query"}), "learned")
        br.expect(sender, GROUP, [router])


@proves("TRAPS 27")
def test_new_router_port_is_logged():
    """A port that becomes a router port is told once in the log."""
    mgate.reload()
    log = klog.Log()
    with gated() as br:
        br.hosts[2].query()
        becomes(lambda: len(mgate.routers(br)), 2, "router ports")
        pattern = rf"mgate.*\b{br.hosts[2].port}\b.*router"
        log.says(pattern)
        br.hosts[2].query()
        br.barrier(br.hosts[2])
        equal(len(log.matching(pattern)), 1, "lines about the router port")
    log.close()
