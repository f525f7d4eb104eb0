# SPDX-License-Identifier: GPL-2.0-only
"""Rows of RELIABILITY.md 2.6 and 3 that no other file has a test of."""
import contextlib
import os
import pathlib
import re
import signal
import threading

import klog
import mgate
import wire
from floods import FLOODS, numbered, queries, sources
from lab import Bridge, gated
from tap import Tap
from test_limits import ask
from words import becomes, check, equal, eventually, proves

GROUP, UNKNOWN = "239.1.1.1", "239.222.9.9"
SLABS = pathlib.Path("/sys/kernel/slab")


@proves("RELIABILITY M5, F8: other traffic beside each flood is not lost",
        "RELIABILITY 3 lines 1, 2, 3, 4, 5, 6, 7, 9, 16, 17, 20, 23, 24", "DECISIONS 4")
def test_beside_each_flood():
    """While a host floods in each way there is, another's stream comes through whole and in
    order, frames between two hosts too, a bystander gets nothing, and mgate stays on."""
    signal.alarm(300)
    with gated(5, mtu=9200) as br:
        _, sender, attacker, member, other = br.hosts
        br.barrier(other)
        br.join(member, GROUP)
        for flood in FLOODS:
            frames = flood(attacker)
            print(f"# {flood.__name__}: {len(frames)} frames", flush=True)
            before = other.tap.count(lambda f: f.group == GROUP and f.proto == wire.UDP)
            with whole_stream(br, sender, member):
                for start in range(0, len(frames), 100):
                    attacker.inject(*frames[start:start + 100])
                    talk(other, member)
                br.barrier(attacker)
            after = other.tap.count(lambda f: f.group == GROUP and f.proto == wire.UDP)
            equal(after - before, 0, f"{flood.__name__}: frames of the stream at a bystander")
            equal(br.get("status", member.port), "gated", f"{flood.__name__}: the member's port")


@contextlib.contextmanager
def whole_stream(br, sender, member):
    """While the block runs a stream goes to the member, which gets all of it in order."""
    with sender.streaming(GROUP, 200) as stream:
        stream.runs(member.tap, 5)
        begin = member.tap.numbers(stream.id)[0]
        yield
        stream.runs(member.tap, 5)
    eventually(lambda: member.tap.numbers(stream.id)[-1:] == [stream.sent - 1],
               "the last frame arrives")
    equal([number for number in member.tap.numbers(stream.id) if number >= begin],
          list(range(begin, stream.sent)), "what the member got")
    equal(br.get("mode"), "on", "mode")


@proves("issue 7 item 5: 100,000 reports in a burst", "TRAPS 28", "RELIABILITY 3 line 24, M5")
def test_a_hundred_thousand_reports():
    """100,000 reports of version 2, each a frame, of a thousand groups: all are heard, what
    only repeats is not refused, and another's stream comes through whole."""
    signal.alarm(300)
    with gated(4) as br:
        _, sender, attacker, member = br.hosts
        br.join(member, GROUP)
        br.set("proxy", "full")     # nor has the router to read them all
        frames = [attacker.frame(wire.v2_report(group), group) for group in numbered(1000, 40)]
        with whole_stream(br, sender, member):
            for _ in range(100):
                attacker.inject(*frames)
            br.barrier(attacker)
        equal(mgate.counter(br, attacker.port, mgate.RX_V2), 100000, "reports that were heard")
        equal(len(mgate.groups(br, attacker.port)), 1000, "groups")
        equal(mgate.counter(br, attacker.port, mgate.LIMIT_RATE), 0, "refusals")
        equal(br.get("status", attacker.port), "gated", "status of the attacker's port")


@proves("issue 7 item 5: 16,384 groups that expire at once", "RELIABILITY 3 line 20, M5, K17",
        "TRAPS 29")
def test_16384_groups_end_at_once():
    """As many groups as the default allows, reported within a moment, end within a moment,
    and another's stream comes through whole."""
    signal.alarm(300)
    with Bridge(6, mtu=9200) as br:
        eventually(br.path("status").exists, "mgate has a folder")
        for name, value in (("query_response_interval_ms", 100), ("query_interval_ms", 1000),
                            ("robustness", 7)):
            br.set(name, value)
        router, sender, member, *full = br.hosts
        br.gate(router, code=1)
        br.set("groups_static", f"+ {member.port} {GROUP}")
        for host in full:
            for name in "max_groups", "report_rate":
                br.set(name, 0, host.port)
        with whole_stream(br, sender, member):
            for number, host in enumerate(full):
                ask(host, numbered(5462, 60 + 10 * number))
            br.barrier(full[-1])
            refused = sum(mgate.counter(br, host.port, mgate.LIMIT_BRIDGE) for host in full)
            equal(refused, 3 * 5462 + 1 - 16384, "groups for which there was no room")

            def over():
                router.query(code=1)
                return not any(mgate.groups(br, host.port) for host in full)
            eventually(over, "they all end", timeout=60)


def talk(one, two):
    """A unicast frame arrives."""
    before = two.tap.count(lambda f: f.kind == wire.ETH_MARK and f.mac == two.mac)
    one.inject(wire.eth(two.mac, one.mac, wire.ETH_MARK, b"to you alone" + bytes(40)))
    eventually(lambda: two.tap.count(
        lambda f: f.kind == wire.ETH_MARK and f.mac == two.mac) == before + 1,
        "a unicast frame arrives")


def objects():
    """How many objects of ours are in use, by the kernel's account, once it has put its
    reserves back."""
    for cache in SLABS.glob("mgate_*"):
        with contextlib.suppress(OSError):
            (cache / "shrink").write_text("1")
    with open("/proc/slabinfo", encoding="ascii") as file:
        return {line.split()[0]: int(line.split()[1]) for line in file
                if line.startswith("mgate_")}


@proves("RELIABILITY M7, M4, B16")
def test_ten_thousand_come_and_go():
    """10,000 memberships with their hosts and sources begin and end at two ports: each kind
    of object is back to what there was."""
    signal.alarm(240)
    with gated(4, mtu=9200) as br:
        one, two = br.hosts[2:]
        for host in one, two:
            br.set("fast_leave", 1, host.port)
            br.set("report_rate", 0, host.port)
        before = objects()
        check(before, "the kernel does not tell of our objects")
        for second in range(10):
            groups = numbered(500, 20 + second)
            for host in one, two:
                ask(host, groups)
                host.say(*((wire.ALLOW, group.replace("239.", "232.", 1), ["10.9.0.1", "10.9.0.2"])
                           for group in groups[:100]))
            becomes(lambda: len(mgate.groups(br)), 600, "groups")
            for host in one, two:
                host.say(*((wire.TO_IN, group) for group in groups))
                host.say(*((wire.BLOCK, group.replace("239.", "232.", 1), ["10.9.0.1", "10.9.0.2"])
                           for group in groups[:100]))
            becomes(lambda: len(mgate.groups(br)), 0, "groups after they left")
        becomes(objects, before, "objects when all have left", timeout=30)


@proves("RELIABILITY M6, I3")
def test_queries_at_every_mtu():
    """Whatever the MTU, general queries go out, and one that names 60 sources does where it
    fits; nothing is written beyond a frame."""
    for mtu in 68, 576, 9000:
        with Bridge(2, mtu=mtu, address="10.0.0.254") as br:
            asked, _ = br.hosts
            eventually(br.path("status").exists, "mgate has a folder")
            br.set("querier", "on")
            general = wire.summed(b"\x11" + bytes((100, 0, 0)) + bytes(4) + bytes((2, 125, 0, 0)))
            eventually(lambda a=asked, g=general: a.tap.count(lambda f: f.body == g),
                       f"a general query at MTU {mtu}")
            group = "232.1.1.1"
            for n in range(0, 60, 5):
                asked.say((wire.ALLOW, group, [f"10.9.1.{n + i + 1}" for i in range(5)]))
            becomes(lambda b=br, a=asked: len(mgate.members(b, a.port, group)), 60, "sources")
            asked.say((wire.TO_IN, group))
            if mtu > 292:
                found = eventually(lambda a=asked: a.tap.frames(
                    lambda f: f.igmp(0x11) and f.group == group), f"a question at MTU {mtu}")
                equal(len(wire.sources(found[0].body)), 60, "sources asked about")
                check(not wire.checksum(found[0].body), "its checksum")
            br.wait_left(asked, group)


@proves("RELIABILITY D1, B3", "issue 7 item 7: no kernel address, no uninitialised byte")
def test_outputs_are_text():
    """All files of debugfs and sysfs are lines of text, with a host that said everything:
    no octet that nobody wrote, and no address of the kernel."""
    with gated(4) as br:
        _, sender, host, _ = br.hosts
        br.set("groups_static", f"+ {host.port} {GROUP}")
        br.set("deny", "+ 239.5.0.0/16", host.port)
        br.set("vlan", "30 querier on")
        br.set("vlans_ignored", "10,20-29")
        host.inject(*sources(host)[:20], *queries(host))
        br.receivers(sender, UNKNOWN)
        files = [mgate.DEBUGFS / name for name in os.listdir(mgate.DEBUGFS)]
        for port in None, host.port:
            folder = br.path("", port)
            files += [file for file in folder.iterdir() if file.name != "flush"]
        check(len(files) > 40, f"only {len(files)} files")
        for file in files:
            text = file.read_bytes()
            check(re.fullmatch(rb"([ -~\xe2\x80\xa6]*\n)*", text), f"{file} is no text")
            check(not re.search(rb"ffff[0-9a-f]{12}", text), f"{file} tells an address")


@proves("RELIABILITY D3, K15", "TRAPS 1")
def test_small_reads_while_all_is_deleted():
    """Every table is read 100 octets at a time while 4,000 groups come and go and their
    port with them: each line is whole, and what is shown of a group is shown once. (Nobody
    else reads meanwhile: of two readers one may see a group twice.)"""
    end, faults, passes = threading.Event(), [], []

    def read_all():
        while not end.is_set():
            for name in "groups", "hosts", "routers", "queriers", "counters":
                faults.extend(whole_lines(name))
            passes.append(1)
    with gated(3, mtu=9200) as br:
        host = br.hosts[2]
        reader = threading.Thread(target=read_all)
        reader.start()
        try:
            for turn in range(4):
                ask(host, numbered(4000, 20))
                br.barrier(host)
                before = len(passes)
                if turn % 2:
                    br.ns.ip(f"link set {host.port} nomaster", f"link set {host.port} master br0")
                    eventually(br.path("status", host.port).exists, "the port has a folder")
                else:
                    br.set("flush", 1)
                eventually(lambda n=before: len(passes) > n, "the tables are read", timeout=60)
        finally:
            end.set()
            reader.join()
        equal(faults, [], "lines that are not as they should be")


def whole_lines(name):
    """Read a table in small pieces; gives the lines that are broken or came twice."""
    text, descriptor = b"", os.open(mgate.DEBUGFS / name, os.O_RDONLY)
    try:
        while piece := os.read(descriptor, 100):
            text += piece
    finally:
        os.close(descriptor)
    lines = text.decode().splitlines()
    found = [line for line in lines if not mgate.GRAMMAR[name].fullmatch(line)]
    if name == "groups":
        keys = [line.rsplit(" temp ", 1)[0] for line in lines]
        found += [key for key in set(keys) if keys.count(key) > 1] if len(keys) < 200 else \
            [f"{len(keys) - len(set(keys))} lines came twice"] * (len(keys) != len(set(keys)))
    return found


@proves("RELIABILITY P9, B4, B27", "RELIABILITY 3 line 15", "DECISIONS 5")
def test_what_others_hold_is_not_written_to():
    """Packet sockets at the port hold the very buffers that mgate redirects, learns from and
    drops: what they see are the frames as they were sent, octet for octet."""
    with gated(4) as br:
        _, sender, member, _ = br.hosts
        br.join(member, GROUP)
        with br.ns.entered(), contextlib.ExitStack() as stack:
            # At the port: the frames are shared with these, as with nobody elsewhere.
            taps = [Tap(sender.port), Tap(sender.port)]
            for tap in taps:
                stack.callback(tap.close)
            for redirect in 1, 0:
                br.set("redirect", redirect)
                frames = [sender.data(GROUP, 77), sender.data(UNKNOWN, 78),
                          sender.frame(wire.v2_report(UNKNOWN), UNKNOWN),
                          sender.frame(wire.v3_report(wire.record(wire.TO_EX, GROUP), bad=True),
                                       wire.ALL_REPORTS),
                          sender.frame(wire.query(2), wire.ALL_HOSTS),
                          sender.frame(wire.v2_report(GROUP), GROUP, fragment=0x2000)]
                sender.inject(*frames)
                br.barrier(sender)
                for tap in taps:
                    seen = [frame.data for frame in tap.frames() if frame.source == sender.ip]
                    equal(seen, frames, f"frames at a tap, redirect {redirect}")
                    tap.clear()


@proves("DECISIONS 4: a rate-limited log line, naming the file to raise", "issue 7 item 2",
        "RELIABILITY D2: told once")
def test_the_log_names_the_way_out():
    """Each limit has one line in the log for a hundred refusals, which names the bridge, the
    port, the limit and a file that is there to raise it."""
    for name, of_port, low, frames in (
            ("max_groups", True, 5, lambda host: joined(host, 100)),
            ("report_rate", True, 1, lambda host: joined(host, 100)),
            ("max_groups", False, 5, lambda host: joined(host, 100)),
            ("max_sources", False, 2, lambda host: sources(host)[:20])):
        mgate.reload()
        with contextlib.closing(klog.Log()) as log, gated(3, mtu=9200) as br:
            host = br.hosts[2]
            br.set(name, low, host.port if of_port else None)
            host.inject(*frames(host))
            device = host.port if of_port else br.name
            told = log.says(rf"\b{br.name}: mgate: (?=.*\b{host.port}\b)(?=.*\b{name}\b)"
                            rf".*write to /sys/class/net/{device}/mgate/{name}$")
            check(len(told) <= 2, f"{len(told)} lines about {name}")
            check(br.path(name, None if device == br.name else device).exists(), "the file")


def joined(host, count):
    """So many joins, each in a frame of its own."""
    return [host.frame(wire.v2_report(group), group) for group in numbered(count, 77)]


@proves("DECISIONS 4: limit_action is no answer to want of memory", "INTERFACE max_memory_mb")
def test_want_of_memory_floods_whatever_the_action():
    """With 1 MB for all, a port whose limit_action is `deny` or `replace` and whose groups
    found no memory gets them and all others; the port that has them keeps them."""
    mgate.reload(max_memory_mb=1)
    for action in "deny", "replace":
        with gated(4, mtu=9200) as br:
            router, sender, host, known = br.hosts
            for file in "max_groups", "report_rate":
                br.set(file, 0, known.port)
            br.set("limit_action", action, host.port)
            ask(known, numbered(8000, 10))
            eventually(lambda b=br, k=known: mgate.counter(b, k.port, mgate.LIMIT_MEMORY),
                       "memory is the limit")
            ask(host, numbered(60, 10))
            eventually(lambda b=br, h=host: mgate.counter(b, h.port, mgate.LIMIT_MEMORY),
                       f"{action}: memory is the limit of the port")
            equal(br.get("status", host.port), "limit", f"{action}: status of the port")
            for group in (*numbered(60, 10)[::20], UNKNOWN):
                got = br.receivers(sender, group)
                equal((got[router], got[host], got[known]), (10, 10, 10),
                      f"{action}: frames of {group} at router, host and who knew it")
            equal(mgate.counter(br, host.port, mgate.LIMIT_REPLACED), 0, "groups given up")


@proves("CONFORMANCE 115: two reports for the same group on two CPUs")
def test_one_group_on_two_processors():
    """Two hosts, each on a processor of its own, join the same new group in the same moment,
    300 times: each time both become members, and what is counted is right."""
    joined = [f"239.115.{n // 100}.{1 + n % 100}" for n in range(300)]
    with gated(5) as br:
        hosts = br.hosts[2:4]
        start = threading.Barrier(len(hosts), timeout=60)

        def speak(host, number):
            os.sched_setaffinity(0, {number % os.cpu_count()})
            for group in joined:
                start.wait()
                host.report(group)

        threads = [threading.Thread(target=speak, args=(host, number))
                   for number, host in enumerate(hosts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for host in hosts:
            eventually(lambda h=host: mgate.groups(br, h.port) == set(joined),
                       f"{host} is a member of all groups")
        equal(mgate.recount(), [], "faults of a recount")
