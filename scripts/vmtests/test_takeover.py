# SPDX-License-Identifier: GPL-2.0-only
"""mgate instead of the built-in snooping, and the built-in as it was afterwards."""
import contextlib

import klog
import mgate
from lab import Bridge, gated
from words import REALTIME, becomes, check, equal, eventually, proves

GROUP, OTHER = "239.1.1.1", "239.2.2.2"


def builtin(br, value=None):
    """The switch of the built-in snooping."""
    path = br.ns.device(br.name, "bridge/multicast_snooping")
    if value is not None:
        path.write_text(str(value))
    return path.read_text().strip()


def settings(br):
    """All multicast settings of the built-in, of the bridge and its ports."""
    found = {}
    for folder in [br.ns.device(br.name, "bridge"),
                   *(br.ns.device(host.port, "brport") for host in br.hosts)]:
        for path in folder.glob("multicast_*"):
            with contextlib.suppress(OSError):
                found[f"{folder.parent.name}/{path.name}"] = path.read_text().strip()
    return found


@contextlib.contextmanager
def without(hosts=4, **more):
    """A bridge that was made while mgate was not loaded."""
    mgate.ensure(False)
    with Bridge(hosts, **more) as br:
        yield br


@proves("issue 2: the built-in comes back as it was", "DECISIONS 3", "TRAPS 5")
def test_given_back():
    """The built-in goes off at load and on again at rmmod, all its settings kept."""
    with without(mcast_querier=1, mcast_query_interval=700, mcast_igmp_version=3,
                 mcast_last_member_count=3, mcast_startup_query_count=4, mcast_router=2) as br:
        br.ns.bridge("link set dev p3 fastleave on", "link set dev p4 mcast_router 2")
        before = settings(br)
        equal(before["br0/multicast_snooping"], "1", "the built-in before")
        mgate.load()
        becomes(lambda: builtin(br), "0", "the built-in with mgate")
        mgate.unload()
        equal(settings(br), before, "settings of the built-in")


@proves("issue 2: permanent entries included", "DECISIONS 3")
def test_permanent_entries():
    """Permanent mdb entries are there again, and a log line told what is not carried."""
    log = klog.Log()
    with without() as br:
        br.ns.bridge("mdb add dev br0 port p3 grp 239.5.5.5 permanent")
        mgate.load()
        becomes(lambda: builtin(br), "0", "the built-in with mgate")
        log.says("mgate.*groups_static")
        br.gate(br.hosts[0])
        mgate.unload()
        text = br.ns.run("bridge", "mdb", "show", "dev", "br0").stdout
        check("port p3 grp 239.5.5.5 permanent" in text, f"mdb after rmmod: {text!r}")
    log.close()


@proves("issue 2: a bridge with snooping off on purpose is left alone", "DECISIONS 2")
def test_off_on_purpose():
    """Snooping off on purpose: mode off, a log line says how to start; `on` starts it."""
    log = klog.Log()
    with without(name="brpurpose", mcast_snooping=0) as br:
        router, sender, member, _ = br.hosts
        mgate.load()
        eventually(br.path("status").exists, "mgate has a folder")
        equal((br.get("mode"), br.get("status")), ("off", "off"), "mode and status")
        equal(len(log.says("brpurpose.*mgate.*mode")), 1, "log lines that say how to start it")
        router.query()
        br.expect(sender, GROUP, br.others(sender))
        br.set("mode", "on")
        br.gate(router)
        br.join(member, GROUP)
        br.expect(sender, GROUP, [router, member])
        br.set("mode", "off")
        equal(br.get("status"), "off", "status")
        br.expect(sender, GROUP, br.others(sender))
        mgate.unload()
        equal(builtin(br), "0", "the built-in after rmmod")
    log.close()


@proves("DECISIONS 2", "TRAPS 7")
def test_options_of_a_new_bridge():
    """A bridge made after the load with snooping off is left alone; one with it on not."""
    with Bridge(2, mcast_snooping=0) as off, Bridge(2) as on:
        for br, mode, switch in (off, "off", "0"), (on, "on", "0"):
            eventually(br.path("status").exists, "mgate has a folder")
            equal((br.get("mode"), builtin(br)), (mode, switch), "mode and built-in")
        mgate.unload()
        equal((builtin(off), builtin(on)), ("0", "1"), "the built-ins after rmmod")


@proves("DECISIONS 3: decided when the bridge is up and has a port", "TRAPS 7")
def test_option_after_creation():
    """Snooping switched off between creation and up: left alone."""
    with Bridge(1, up=False) as br:
        br.ns.ip("link set br0 type bridge mcast_snooping 0")
        br.ns.up("br0")
        eventually(br.path("status").exists, "mgate has a folder")
        equal(br.get("mode"), "off", "mode")
        br.ns.up("br0", False)
        br.ns.ip("link set br0 type bridge mcast_snooping 1")
        br.ns.up("br0")
        becomes(lambda: (br.get("mode"), builtin(br)), ("on", "0"), "decided anew at up")


@proves("DECISIONS 3", "RELIABILITY K13")
def test_mode_off_gives_back():
    """`off` gives the built-in back, `on` takes it again."""
    with gated() as br:
        br.set("mode", "off")
        equal((br.get("status"), builtin(br)), ("off", "1"), "status and built-in")
        br.set("mode", "on")
        equal(builtin(br), "0", "the built-in")
        br.gate(br.hosts[0])
        br.join(br.hosts[2], GROUP)
        br.expect(br.hosts[1], GROUP, [br.hosts[0], br.hosts[2]])


@proves("DECISIONS 3: only a switch-on of the built-in makes mgate stand aside")
def test_aside():
    """The built-in switched on behind our back: aside, a log line; `on` takes over."""
    mgate.reload()
    log = klog.Log()
    with gated(name="braside") as br:
        router, sender, member, _ = br.hosts
        br.ns.ip("link set braside type bridge mcast_snooping 1")
        becomes(lambda: br.get("status"), "aside", "status")
        equal(builtin(br), "1", "the built-in")
        log.says("braside.*mgate.*aside")
        br.set("mode", "on")
        equal(builtin(br), "0", "the built-in after `on`")
        br.gate(router)
        br.join(member, GROUP)
        br.expect(sender, GROUP, [router, member])
    log.close()


@proves("DECISIONS 3", "INTERFACE status")
def test_aside_holds_nothing_back():
    """Aside, mgate holds nothing back: the built-in's decision is all there is."""
    with gated() as br:
        sender = br.hosts[1]
        builtin(br, 1)
        becomes(lambda: br.get("status"), "aside", "status")
        br.ns.ip("link set br0 type bridge mcast_snooping 1 mcast_query_response_interval 1")
        br.ns.bridge("mdb add dev br0 port p4 grp 239.5.5.5 permanent")
        br.ns.ip("link set br0 type bridge mcast_querier 1")
        eventually(lambda: br.receivers(sender, "239.5.5.5", 2)[br.hosts[3]] == 2,
                   "the built-in serves its entry")
        mgate.unload()
        equal(builtin(br), "1", "the built-in after rmmod")


@proves("TRAPS 6")
def test_builtin_switched_on_while_down():
    """The built-in switched on while the bridge is down is seen when it comes up."""
    with gated() as br:
        br.ns.up("br0", False)
        builtin(br, 1)
        br.ns.up("br0")
        eventually(lambda: (br.get("status") == "aside") == (builtin(br) == "1"),
                   "one of the two snoops")
        check(br.get("status") == "aside" or builtin(br) == "0", "both snoop")


@proves("DECISIONS 3: mcast_to_unicast", "DECISIONS 4")
def test_ports_that_only_the_builtin_serves():
    """A port with `mcast_to_unicast`, or with `proxy_arp`, to which a bridge floods nothing, not
    even our queries: not taken over, one log line; `on` overrides."""
    for name, flag in ("brtouni", "mcast_to_unicast"), ("brproxy", "proxy_arp"):
        mgate.ensure(False)
        stands_aside(name, flag)


def stands_aside(name, flag):
    """What the test above says, of one flag."""
    log = klog.Log()
    with without(name=name) as br:
        br.ns.ip(f"link set p3 type bridge_slave {flag} on")
        mgate.load()
        eventually(br.path("status").exists, "mgate has a folder")
        equal((br.get("status"), builtin(br)), ("aside", "1"), "status and built-in")
        log.says(f"{name}.*mgate.*{flag}")
        br.set("mode", "on")
        equal(builtin(br), "0", "the built-in after `on`")
        check(br.get("status") != "aside", "aside still")
    log.close()


@proves("DECISIONS 3, 4", "TRAPS 9")
def test_port_without_flooding():
    """A port with `mcast_flood off` at the load: not taken over, since its members would be
    cut until mgate has learned; one log line; `on` overrides."""
    mgate.ensure(False)
    log = klog.Log()
    with without(name="brnoflood") as br:
        br.ns.bridge("link set dev p3 mcast_flood off")
        mgate.load()
        eventually(br.path("status").exists, "mgate has a folder")
        equal((br.get("status"), builtin(br)), ("aside", "1"), "status and built-in")
        log.says("brnoflood.*mgate.*p3 has mcast_flood off")
        br.set("mode", "on")
        equal(builtin(br), "0", "the built-in after `on`")
        br.gate(br.hosts[0])
        br.join(br.hosts[2], GROUP)
        # The bridge floods nothing there, what goes by the gate neither.
        served = [] if REALTIME.exists() else [br.hosts[2]]
        br.expect(br.hosts[1], GROUP, [br.hosts[0], *served])
    log.close()


@proves("INTERFACE takeover")
def test_takeover_0():
    """takeover=0: the built-in is never touched; where it is on mgate is aside, and says what is
    to be done; and once that is done begins where it was told to."""
    with without() as on, Bridge(4, mcast_snooping=0) as off:
        mgate.load(takeover=0)
        eventually(on.path("status").exists, "mgate has a folder")
        equal((on.get("status"), builtin(on)), ("aside", "1"), "status and built-in")
        off.set("mode", "on")
        off.gate(off.hosts[0])
        off.expect(off.hosts[1], OTHER, [off.hosts[0]])
        log = klog.Log()
        on.set("mode", "on")
        log.says(f"{on.name}: mgate: .*ip link set {on.name} type bridge mcast_snooping 0")
        log.close()
        equal((on.get("status"), builtin(on)), ("aside", "1"), "status and built-in after `on`")
        on.ns.ip(f"link set {on.name} type bridge mcast_snooping 0")
        eventually(lambda: on.get("status") not in ("aside", "off"), "it begins as that is off")
        mgate.unload()
        equal((builtin(on), builtin(off)), ("0", "0"), "the built-ins after rmmod")


@proves("INTERFACE mode parameter")
def test_mode_parameter():
    """mode=off leaves all bridges alone; mode=on takes those that had snooping off too."""
    with without() as br, Bridge(2, mcast_snooping=0) as off:
        mgate.load(mode="off")
        for each, switch in (br, "1"), (off, "0"):
            eventually(each.path("status").exists, "mgate has a folder")
            equal((each.get("mode"), builtin(each)), ("off", switch), "with mode=off")
        mgate.unload()
        mgate.load(mode="on")
        for each in br, off:
            eventually(each.path("status").exists, "mgate has a folder")
            equal((each.get("mode"), builtin(each)), ("on", "0"), "with mode=on")
        mgate.unload()
        equal((builtin(br), builtin(off)), ("1", "0"), "the built-ins after rmmod")


@proves("INTERFACE mode audit")
def test_audit():
    """audit: no takeover, nothing held back, and counts what `on` would hold back."""
    with without() as br, Bridge(4, mcast_snooping=0) as off:
        mgate.load(mode="audit")
        eventually(off.path("status").exists, "mgate has a folder")
        equal((br.get("status"), builtin(br)), ("audit", "1"), "status and built-in")
        router, sender, member, other = off.hosts
        off.gate(router)
        off.join(member, GROUP)
        with mgate.counts(off, other.port, mgate.NOT_MEMBER, 10):
            off.expect(sender, GROUP, off.others(sender))


@proves("DECISIONS 3: groups, router setting, fast leave are read before the switch")
def test_what_is_carried_over():
    """Fast leave and router settings of the built-in's ports become ours."""
    with without() as br:
        br.ns.bridge("link set dev p2 fastleave on", "link set dev p3 mcast_router 2",
                     "link set dev p4 mcast_router 0")
        mgate.load()
        becomes(lambda: builtin(br), "0", "the built-in")
        equal([br.get("fast_leave", f"p{n}") for n in (1, 2)], ["0", "1"], "fast_leave")
        equal([br.get("router", f"p{n}") for n in (1, 3, 4)], ["auto", "always", "never"],
              "router")


@proves("DECISIONS 3", "README: it takes over the timers")
def test_own_values_count_more():
    """What was written before mgate takes over is kept; what of the built-in does not go with
    it is left, and the log says what to write. The rest is taken over."""
    mgate.reload(mode="off")
    log = klog.Log()
    with Bridge(2, mcast_query_response_interval=1500, mcast_last_member_count=5,
                mcast_startup_query_count=3) as br:
        eventually(br.path("status").exists, "mgate has a folder")
        br.set("query_interval_ms", 12000)
        br.set("last_member_count", 4)
        br.set("mode", "on")
        equal(builtin(br), "0", "the built-in")
        equal({name: br.get(name) for name in (
            "query_interval_ms", "query_response_interval_ms", "last_member_count",
            "startup_query_count")},
              {"query_interval_ms": "12000", "query_response_interval_ms": "10000",
               "last_member_count": "4", "startup_query_count": "3"}, "values")
        log.says("br0: mgate: the built-in's value for query_response_interval_ms does not go "
                 "with query_interval_ms, which is kept; write query_interval_ms first, then "
                 "query_response_interval_ms$")
        br.set("query_interval_ms", 15000)
        br.set("query_response_interval_ms", 15000)
    log.close()


@proves("issue 2: the built-in comes back as it was", "TRAPS 33")
def test_reload_many_times():
    """Five times loaded and unloaded: the switch follows each time."""
    with without(2) as br:
        for _ in range(5):
            mgate.load()
            equal(builtin(br), "0", "the built-in with mgate")
            mgate.unload()
            equal(builtin(br), "1", "the built-in without mgate")
