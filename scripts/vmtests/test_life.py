# SPDX-License-Identifier: GPL-2.0-only
"""How memberships end, and when mgate floods because it cannot know."""
import mgate
import wire
from lab import Bridge, gated
from words import becomes, check, equal, eventually, proves

GROUP, OTHER = "239.1.1.1", "239.2.2.2"
SHORT = {"query_response_interval_ms": 100, "query_interval_ms": 1000}


def short_times(br):
    """The smallest times: membership 2.2 s, other querier 2.05 s."""
    eventually(br.path("status").exists, "mgate has a folder")
    for file, value in SHORT.items():
        br.set(file, value)


def left(br, host, group=GROUP):
    """The seconds that remain of a membership."""
    return float(mgate.members(br, host.port, group)[0]["left"])


@proves("issue 2: leave, it stops", "INTERFACE fast_leave", "CONFORMANCE 49")
def test_fast_leave():
    """With fast_leave a leave ends the data at once: v2 by kernel, v3 by kernel."""
    with gated() as br:
        router, sender, member, _ = br.hosts
        br.set("fast_leave", 1, member.port)
        for version in 2, 3:
            member.igmp_version(version)
            br.join(member, GROUP)
            br.expect(sender, GROUP, [router, member])
            member.leave(GROUP)
            br.wait_left(member, GROUP)
            br.expect(sender, GROUP, [router])


@proves("CONFORMANCE 49")
def test_leave_sent_to_the_group():
    """A leave whose destination is the group itself counts too."""
    with gated() as br:
        member = br.hosts[2]
        br.set("fast_leave", 1, member.port)
        member.report(GROUP)
        br.wait_joined(member, GROUP)
        member.inject(member.frame(wire.leave(GROUP), GROUP))
        br.wait_left(member, GROUP)


@proves("issue 2: leave, it stops", "CONFORMANCE 71, 73, 74, 78, 95")
def test_leave_by_the_queriers_question():
    """Without fast_leave: still served until the querier asked and nobody answered."""
    with gated() as br:
        router, sender, member, _ = br.hosts
        member.igmp_version(2)
        br.join(member, GROUP)
        member.leave(GROUP)
        eventually(lambda: router.tap.count(lambda f: f.igmp(0x17)), "the leave at the router")
        br.expect(sender, GROUP, [router, member])
        for _ in range(2):
            router.query(2, GROUP, code=1)
        br.wait_left(member, GROUP)
        br.expect(sender, GROUP, [router])


@proves("CONFORMANCE 71, 98", "RELIABILITY S5")
def test_answer_to_the_question_keeps():
    """One of two hosts at a port leaves, the other answers the question: it stays."""
    with gated() as br:
        router, sender, member, _ = br.hosts
        member.igmp_version(2)
        br.join(member, GROUP)
        member.send_leave(GROUP)
        router.query(2, GROUP, code=1)
        becomes(lambda: left(br, member) > 100, True, "the answer renews the membership")
        br.expect(sender, GROUP, [router, member])


@proves("CONFORMANCE 73")
def test_suppress_flag_changes_no_timer():
    """A group-specific query with the S flag shortens nothing."""
    with gated() as br:
        router, _, member, _ = br.hosts
        member.report(GROUP)
        br.wait_joined(member, GROUP)
        router.query(3, GROUP, code=1, suppress=True)
        br.barrier(router)
        check(left(br, member) > 100, f"only {left(br, member)} s are left")


@proves("CONFORMANCE 73, 75", "DECISIONS 9")
def test_general_query_shortens_nothing():
    """A general query leaves the memberships as they are."""
    with gated() as br:
        router, _, member, _ = br.hosts
        member.report(GROUP)
        br.wait_joined(member, GROUP)
        router.query(2, code=1)
        br.barrier(router)
        check(left(br, member) > 100, f"only {left(br, member)} s are left")


@proves("RELIABILITY 3 line 6, Q6")
def test_question_of_a_stranger():
    """A group-specific query from a host port that is not the querier's shortens
    nothing."""
    with gated() as br:
        router, _, member, stranger = br.hosts
        router.query()
        member.report(GROUP)
        br.wait_joined(member, GROUP)
        stranger.query(2, GROUP, code=1)
        br.barrier(stranger)
        check(left(br, member) > 100, f"only {left(br, member)} s are left")


@proves("issue 2: silence, it stops", "CONFORMANCE 16, 30", "TRAPS 30", "DECISIONS 9")
def test_silence_ends_membership():
    """Who does not answer is forgotten after the membership interval; who does, stays."""
    with Bridge(5) as br:
        short_times(br)
        router, sender, silent, alive, _ = br.hosts
        br.gate(router, code=1)
        silent.report(GROUP)
        alive.join(GROUP)
        for host in silent, alive:
            br.wait_joined(host, GROUP)
        check(left(br, silent) <= 2.2, f"{left(br, silent)} s instead of 2.2 s")

        def forgotten():
            router.query(code=1)
            return not mgate.members(br, silent.port, GROUP)
        eventually(forgotten, "the silent member is forgotten")
        br.expect(sender, GROUP, [router, alive])


@proves("DECISIONS 9", "CONFORMANCE 87, 88, 94")
def test_derived_times():
    """The derived times follow what is set: 270 s, 255 s, 260 s by default."""
    with Bridge(1) as br:
        eventually(br.path("status").exists, "mgate has a folder")
        wanted = {"membership_interval_ms": "270000", "other_querier_interval_ms": "255000",
                  "older_host_interval_ms": "260000"}
        equal({file: br.get(file) for file in wanted}, wanted, "by default")
        short_times(br)
        br.set("robustness", 3)
        wanted = {"membership_interval_ms": "3200", "other_querier_interval_ms": "3050",
                  "older_host_interval_ms": "3100"}
        equal({file: br.get(file) for file in wanted}, wanted, "by short intervals")


@proves("DECISIONS 9", "CONFORMANCE 89, 90")
def test_values_of_the_querier():
    """The querier's robustness and interval are taken over, within bounds."""
    with gated() as br:
        router, _, member, _ = br.hosts
        for robustness, interval, seen in (3, 20, ("3", "20.00")), (1, 1, ("2", "10.00")), (
                7, 0xff, ("7", "3600.00")), (0, 0, ("2", "125.00")):
            router.query(robustness=robustness, interval=interval)
            becomes(lambda: tuple(mgate.querier(br)[key] for key in ("robustness", "interval")),
                    seen, f"values after a query of QRV {robustness}, QQIC {interval}")
        router.query(robustness=2, interval=10, code=10)
        member.report(GROUP)
        br.wait_joined(member, GROUP)
        check(20 < left(br, member) <= 22, f"a membership of {left(br, member)} s, not 22 s")


@proves("CONFORMANCE 32", "RELIABILITY Q5")
def test_exponents_of_the_interval():
    """QQIC from 128 on is a mantissa and an exponent."""
    with gated() as br:
        for code, seconds in (127, "127.00"), (128, "128.00"), (129, "136.00"), (0x9f, "496.00"):
            br.hosts[0].query(robustness=2, interval=code)
            becomes(lambda: mgate.querier(br)["interval"], seconds, f"QQIC {code}")


@proves("CONFORMANCE 85", "RELIABILITY S6")
def test_version_1_host_blocks_leave():
    """Where an IGMPv1 host is, a leave ends nothing, not even with fast_leave."""
    with gated() as br:
        member = br.hosts[2]
        br.set("fast_leave", 1, member.port)
        member.report(GROUP, 1)
        br.wait_joined(member, GROUP)
        member.send_leave(GROUP)
        to_in = wire.v3_report(wire.record(wire.TO_IN, GROUP))
        member.inject(member.frame(to_in, wire.ALL_REPORTS))
        br.barrier(member)
        check(mgate.members(br, member.port, GROUP), "the leave ended the membership")


@proves("issue 2: no querier, everything floods", "DECISIONS 4", "RELIABILITY F3")
def test_no_querier_floods():
    """Without a querier members and all others get everything."""
    with Bridge(4) as br:
        sender, member = br.hosts[1:3]
        br.join(member, GROUP)
        becomes(lambda: br.get("status"), "flooding", "status")
        br.expect(sender, GROUP, br.others(sender))
        br.expect(sender, OTHER, br.others(sender))


@proves("DECISIONS 4", "RELIABILITY F3, B7")
def test_querier_dies():
    """When the querier is silent for the other-querier interval, everything floods."""
    with Bridge(4) as br:
        short_times(br)
        # Else mgate would ask, and gate again, before a slow machine looks.
        br.set("querier", "off")
        router, sender, member, _ = br.hosts
        br.set("groups_static", f"+ {member.port} {GROUP}")
        br.gate(router, 2, code=1)
        br.expect(sender, GROUP, [router, member])
        becomes(lambda: br.get("status"), "flooding", "status")
        br.expect(sender, GROUP, br.others(sender))
        br.expect(sender, OTHER, br.others(sender))
        equal(mgate.routers(br), {}, "router ports")
        router.query(2, code=1)
        becomes(lambda: br.get("status"), "gating", "status when the querier is back")
        br.expect(sender, GROUP, [router, member])


@proves("TRAPS 21", "DECISIONS 4", "INTERFACE convergence_ms")
def test_converging():
    """Between the first query and the end of its response time everything floods."""
    with Bridge(4) as br:
        eventually(br.path("status").exists, "mgate has a folder")
        router, sender, member, _ = br.hosts
        br.join(member, GROUP)
        router.query(code=30)
        becomes(lambda: mgate.querier(br).get("phase"), "converging", "after the first query")
        equal(br.get("convergence_ms"), "3300", "auto: the response time of the query, and a tenth")
        br.expect(sender, GROUP, br.others(sender))
        br.expect(sender, OTHER, br.others(sender))
        eventually(lambda: mgate.gates(br), "it gates when the time is over")
        br.expect(sender, GROUP, [router, member])


@proves("INTERFACE convergence_ms", "DECISIONS 9: derived, never stored")
def test_convergence_ms_while_converging():
    """0 written while it converges lets it gate at once."""
    with Bridge(2) as br:
        eventually(br.path("status").exists, "mgate has a folder")
        br.hosts[0].query(code=255)
        becomes(lambda: mgate.querier(br).get("phase"), "converging", "after the first query")
        br.set("convergence_ms", 0)
        eventually(lambda: mgate.gates(br), "it gates", timeout=5)


@proves("DECISIONS 4")
def test_converges_by_itself():
    """After a second of response time it gates without more ado."""
    with Bridge(4) as br:
        router, sender, member, _ = br.hosts
        member.join(GROUP)
        router.query(code=10)
        eventually(lambda: mgate.gates(br), "it gates")
        for host in br.hosts:
            becomes(lambda h=host: br.get("status", h.port), "gated", f"status of {host}")
        br.expect(sender, GROUP, [router, member])


@proves("issue 2: the first query after load cuts no running stream", "TRAPS 21, 33")
def test_first_query_cuts_nothing():
    """A member that joined before the load loses no frame by the first query."""
    with Bridge(4, hooks=True) as br:
        router, sender, member, bystander = br.hosts
        mgate.ensure(False)
        member.join(GROUP)
        with sender.streaming(GROUP) as stream:
            stream.runs(member.tap)
            mgate.ensure()
            stream.runs(member.tap)
            router.query(code=10)
            eventually(lambda: mgate.gates(br), "it gates")
            stream.runs(member.tap, 100)
        br.barrier(sender)
        equal(member.tap.numbers(stream.id), list(range(stream.sent)), "what the member got")
        check(len(bystander.tap.numbers(stream.id)) < stream.sent, "nothing was held back")


@proves("INTERFACE flush", "DECISIONS 4")
def test_flush():
    """flush forgets members, router ports and queriers: it floods until it knows again."""
    with gated() as br:
        router, sender, member, _ = br.hosts
        br.join(member, GROUP)
        br.set("flush", 1)
        becomes(lambda: (mgate.groups(br), mgate.routers(br)), (set(), {}), "what is known")
        check(not mgate.gates(br), "it gates still")
        br.expect(sender, GROUP, br.others(sender))
        router.query(code=1)
        br.wait_joined(member, GROUP)
        eventually(lambda: mgate.gates(br), "it gates again")
        br.expect(sender, GROUP, [router, member])


@proves("CONFORMANCE 69", "INTERFACE fast_leave")
def test_join_and_leave_many_times():
    """200 joins and leaves leave nothing behind (M7)."""
    with gated() as br:
        member = br.hosts[2]
        br.set("fast_leave", 1, member.port)
        for number in range(100):
            for group in f"239.7.{number}.1", f"239.7.{number}.2":
                member.report(group)
                member.send_leave(group)
        br.barrier(member)
        becomes(lambda: mgate.groups(br), set(), "groups")
