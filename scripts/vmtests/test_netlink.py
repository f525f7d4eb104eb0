# SPDX-License-Identifier: GPL-2.0-only
"""The generic netlink family: tables, events, who may ask."""
import collections
import contextlib
import os
import random
import threading

import genl
import mgate
import wire
from lab import Bridge, gated
from words import REALTIME, Failure, becomes, check, equal, eventually, proves

GROUP, OTHER = "239.1.1.1", "239.2.2.2"
NOBODY = 65534
TABLES = ("bridges", "ports", "groups", "hosts", "routers", "queriers", "counters", "flows",
          "rules", "stats")


# --- Tables ----------------------------------------------------------------------

def debugfs_groups(br):
    """As genl.group_rows(), from debugfs."""
    return sorted((r["port"], r["grp"], r["src"] or "", r["kind"], r["filter_mode"],
                   bool(r["blocked"]), r["version"], r["vid"]) for r in mgate.table("groups", br))


def same_times(told, listed, key):
    """What remains is the same, but for the time between two looks."""
    times = {key(row): float(row["left"]) for row in listed}
    for row in told:
        check(abs(times[key(row)] - genl.left(row)) < 3, f"time of {row}: {times[key(row)]}")


@contextlib.contextmanager
def everything():
    """A bridge with rows of every kind in its tables."""
    with gated() as br:
        router, sender, member, other = br.hosts
        br.set("groups_static", f"+ {other.port} {GROUP}")
        br.set("groups_static", "+ host 239.7.7.7")
        br.set("groups_static", f"+ {other.port} 232.7.7.7 {sender.ip}")
        br.set("router", "always", other.port)
        br.set("deny", "+ 239.99.0.0/16", other.port)
        br.set("flood", "+ 239.98.0.0/16")
        br.set("vlans_ignored", "10,20-29")
        br.set("vlan", "30 querier on")
        br.set("vlan", "30 unknown flood")
        for version in 1, 2, 3:
            member.report(f"239.3.3.{version}", version)
        member.say((wire.TO_IN, "232.1.1.1", [sender.ip, router.ip]))
        member.say((wire.TO_EX, OTHER, [sender.ip]))
        router.inject(router.frame(wire.pim_hello(), wire.ALL_PIM, proto=wire.PIM, options=b""))
        br.receivers(sender, OTHER)
        br.receivers(sender, GROUP)
        yield br


@proves("issue 10 item 2: dumps of every table", "INTERFACE debugfs")
def test_dumps_equal_debugfs():
    """Each dump has the rows of the debugfs file, and no others."""
    with everything() as br:
        equal(genl.group_rows(br), debugfs_groups(br), "groups")
        same_times(genl.rows(br, "groups"), mgate.table("groups", br),
                   lambda r: (r.get("port_name", r.get("port")), r.get("group", r.get("grp")),
                              r.get("source", r.get("src"))))
        equal(sorted((r["port_name"], r["group"], r.get("source") or "", bool(r.get("blocked")),
                      r["mac"], r["address"], r["version"], r["vid"])
                     for r in genl.rows(br, "hosts")),
              sorted((r["port"], r["grp"], r["src"] or "", bool(r["blocked"]), r["mac"], r["address"],
                      int(r["version"]), int(r["vid"])) for r in mgate.table("hosts", br)),
              "hosts")
        equal(sorted((r["port_name"], r["vid"], r["by"]) for r in genl.rows(br, "routers")),
              sorted((r["port"], int(r["vid"]), r["by"]) for r in mgate.table("routers", br)),
              "routers")
        equal(sorted((r["vid"], r["state"], r["convergence"], r["address"],
                      r.get("port_name", "-"), r["version"], r["robustness"],
                      r["interval"] / 1000) for r in genl.rows(br, "queriers")),
              sorted((int(r["vid"]), r["state"], r["phase"], r["address"], r["port"],
                      int(r["version"]), int(r["robustness"]), float(r["interval"]))
                     for r in mgate.table("queriers", br)), "queriers")
        equal(sorted((r["port_name"], r["reason"], r["packets"])
                     for r in genl.rows(br, "counters")),
              sorted((r["port"], r["reason"], int(r["count"]))
                     for r in mgate.table("counters", br)), "counters")


@proves("issue 10 item 2: dumps of every table", "INTERFACE debugfs")
def test_other_dumps_equal_debugfs():
    """The same of flows, of rules and of an audit; and what no file has, of sysfs."""
    with everything() as br:
        flows = genl.rows(br, "flows")
        equal(sorted((r["port_name"], r["source"], r["group"], str(r["vid"]),
                      ",".join(p["port_name"] for p in r.get("to", ())) or "-", r["path"],
                      str(r["packets"]), str(r["bytes"])) for r in flows),
              sorted((r["port"], r["src"], r["grp"], r["vid"], r["to"], r["path"],
                      r["packets"], r["bytes"]) for r in mgate.table("flows", br)), "flows")
        check(flows or REALTIME.exists(), "there is no flow")
        head = f"netns={br.ns.inode} dev {br.name} "
        rules = [(f"port {r['port_name']} " if "port" in r else "") + f"{r['rule']} {r['value']}"
                 for r in genl.rows(br, "rules")]
        equal(sorted(rules), sorted(line.removeprefix(head) for line in mgate.lines("rules", br)
                                    if " grp " not in line), "rules")
        for name in "flood", "deny", "vlans_ignored", "vlan":
            check(any(f"{name} " in rule for rule in rules), f"no rule {name}")
        row, = genl.rows(br, "bridges")
        equal((row["bridge_name"], row["mode"], row["status"], row["ports"]),
              (br.name, br.get("mode"), br.get("status"), 4), "the bridge")
        for row in genl.rows(br, "ports"):
            if "port" in row:
                equal((row["mode"], row["status"], row["router"]),
                      tuple(br.get(file, row["port_name"])
                            for file in ("mode", "status", "router")), row["port_name"])


def figures_told(br):
    """The table stats by netlink."""
    return sorted((r["port_name"], r["group"], str(r["vid"]),
                   "in" if r.get("in") else "passed" if r.get("pass") else "held",
                   r.get("reason", ""), str(r["packets"]), str(r["bytes"]))
                  for r in genl.rows(br, "stats"))


def figures_of(br):
    """The same by debugfs."""
    return sorted((r["port"], r["grp"], r["vid"], r["fate"], r["reason"] or "", r["packets"],
                   r["bytes"]) for r in mgate.table("stats", br))


@proves("issue 10 item 2: dumps of every table", "INTERFACE debugfs")
def test_audit_dump():
    """What an audit has counted."""
    with gated() as br:
        _, sender, member, _ = br.hosts
        br.set("mode", "audit")
        member.report(GROUP)
        br.receivers(sender, GROUP)
        br.receivers(sender, OTHER)
        equal(figures_told(br), figures_of(br), "stats")
        check(figures_of(br), "the audit is empty")


def many(br, host, count, first=0):
    """A host joins so many groups; gives them."""
    groups = [f"238.{1 + n // 250}.{n % 250}.1" for n in range(first, first + count)]
    for start in range(0, count, 150):
        host.say(*((wire.IS_EX, group, []) for group in groups[start:start + 150]))
    br.barrier(host)
    return groups


@proves("issue 10 item 2: dumps of every table", "RELIABILITY: tables under change")
def test_dump_while_others_change():
    """Thousands of groups come one time each in every dump, while others come and go so
    that the hash table grows and shrinks."""
    with gated() as br:
        _, sender, member, other = br.hosts
        kept = set(many(br, member, 3000))
        end = threading.Event()

        def change():
            while not end.is_set():
                groups = many(br, other, 1000, first=20000)
                for start in range(0, 1000, 150):
                    other.say(*((wire.TO_IN, g, []) for g in groups[start:start + 150]))
                br.set("fast_leave", 1, other.port)
        changer = threading.Thread(target=change)
        changer.start()
        try:
            for _ in range(10):
                found = collections.Counter(r["group"] for r in genl.rows(br, "groups")
                                            if r["port_name"] == member.port)
                equal({group for group in kept if found[group] != 1}, set(), "not met once")
                equal(set(found) - kept, set(), "never joined")
        finally:
            end.set()
            changer.join()
        check(sender, "")


@proves("RELIABILITY: nobody who reads keeps a bridge from going")
def test_reader_who_stops():
    """A dump that is left in the middle keeps no bridge; the module it does, until its reader
    has closed it."""
    with gated() as br:
        many(br, br.hosts[2], 2000)
        with genl.opened(br.ns) as asked:
            connection = asked.connection
            # pylint: disable=protected-access # only the first message of it is read
            connection._send(genl.family.COMMANDS.index("groups_get") + 1, genl.netlink.F_DUMP, b"")
            check(connection.socket.recv(1 << 20), "the first message")
            br.ns.ip(f"link del {br.name}")
            equal(mgate.lines("groups", br), [], "rows of the bridge that has gone")


# --- Who may ask -----------------------------------------------------------------

def as_nobody(function):
    """The result of a function that is run by a user without capabilities, as text."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        with contextlib.suppress(BaseException):
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
            os.write(writer, str(function()).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as text:
        answer = text.read()
    os.waitpid(child, 0)
    return answer


@proves("issue 10 item 2: reading needs what reading the bridge's own tables needs")
def test_unprivileged():
    """Without any capability the tables, explain and events may be had."""
    with everything() as br:
        number = genl.index(br, br.name)
        wanted = {name: len(genl.rows(br, name)) for name in TABLES if name != "counters"}
        with br.ns.entered():
            def ask():
                with genl.family.Family() as asked:
                    asked.connection.listen(genl.family.EVENTS)
                    check(asked.explain(bridge=number, source="10.0.0.9", group=GROUP)["to"], "")
                    return {name: len(asked.dump(name)) for name in wanted}
            equal(as_nobody(ask), str(wanted), "rows that nobody sees")


@proves("issue 10 item 2: works in namespaces")
def test_namespaces():
    """Each namespace has its own bridges, events and errors, and no others'."""
    with gated() as one, gated() as two, genl.Ear(two.ns) as ear:
        one.hosts[2].report(GROUP)
        two.hosts[2].report(OTHER)
        one.barrier(one.hosts[2])
        seen = ear.until("join", group=OTHER)
        equal([row["group"] for name, row in seen if name == "join"], [OTHER], "joins told")
        equal({r["group"] for r in genl.rows(one, "groups", only=False)}, {GROUP}, "groups")
        with genl.opened(two.ns) as asked:
            equal(asked.dump("groups", genl.index(two, two.name) + 4321), [], "of no bridge")
            try:
                asked.explain(bridge=4321, source="10.0.0.1", group=GROUP)
                raise Failure("a bridge that is not there is explained")
            except genl.netlink.Refused as refusal:
                check("bridge" in refusal.text, f"the refusal says {refusal.text!r}")


# --- Events ----------------------------------------------------------------------

def replay(events, members, sources):
    """Do what was told; nothing may be told that is so already."""
    for name, row in events:
        if name not in ("join", "change", "leave", "source_set", "source_del"):
            continue
        key = row["port_name"], row["group"], row["vid"]
        value = genl.MODES[row.get("filter_mode", 0)], bool(row.get("permanent"))
        if name in ("join", "change"):
            check((key in members) == (name == "change") and members.get(key) != value,
                  f"{name} of what was so: {row}, {members.get(key)}")
            members[key] = value
        elif name == "leave":
            check(members.pop(key, None) and not any(s[:3] == key for s in sources),
                  f"leave of what was not there: {row}")
        elif name == "source_set":
            value = bool(row.get("blocked")), bool(row.get("permanent"))
            check(key in members and sources.get((*key, row["source"])) != value,
                  f"source of what was so: {row}")
            sources[(*key, row["source"])] = value
        else:
            check(sources.pop((*key, row["source"]), None), f"no such source: {row}")


def act(dice, br):
    """Something random happens; gives what it was."""
    host = dice.choice(br.hosts[1:])
    group = f"239.5.5.{dice.randrange(4)}"
    sources = [f"10.7.0.{n}" for n in range(1, 5) if dice.random() < 0.4]
    kind = dice.randrange(10)
    if kind < 6:
        record = dice.choice([wire.IS_IN, wire.IS_EX, wire.TO_IN, wire.TO_EX, wire.ALLOW,
                              wire.BLOCK])
        host.say((record, group, sources))
    elif kind == 6:
        host.report(group)
    elif kind == 7:
        host.send_leave(group)
    elif kind == 8:
        br.error("groups_static", f"{dice.choice('+-')} {host.port} {group}")
    else:
        br.set("fast_leave", dice.randrange(2), host.port)
    return host


@proves("issue 10 item 2: one notification a change", "issue 10: monitor sees each change exactly once")
def test_events_at_random():
    """Who does what he is told knows the tables, and is told nothing twice."""
    dice = random.Random(20261126)
    count = 0
    with gated() as br:
        # What was asked about ends soon.
        br.set("last_member_interval_ms", 100)
        with genl.Ear(br.ns) as ear:
            members, sources = {}, {}
            for _ in range(60):
                for _ in range(5):
                    br.barrier(act(dice, br))

                def known():
                    events = ear.take()
                    replay(events, members, sources)
                    known.count += len(events)
                    return members, sources
                known.count = 0
                eventually(lambda: known() == genl.memberships(br),
                           "what was told is what the tables say")
                count += known.count
            br.set("flush", 1)
            eventually(lambda: known() == genl.memberships(br), "the same after a flush")
            check(count > 200, f"only {count} events")


@proves("issue 10 item 2: one notification a change (joins, leaves, routers, querier, limits)")
def test_each_event():
    """Routers, queriers, limits and reasons of ends, each once."""
    with gated() as br, genl.Ear(br.ns) as ear:
        router, sender, member, other = br.hosts
        br.set("fast_leave", 1, member.port)
        br.set("max_groups", 1, member.port)
        member.report(GROUP)
        br.barrier(member)
        member.report(GROUP)
        member.report(OTHER)
        br.barrier(member)
        member.report(OTHER)
        br.barrier(member)
        member.send_leave(GROUP)
        br.barrier(member)
        sender.query(3)
        br.barrier(sender)
        br.ns.ip(f"link set {other.port} nomaster")
        br.set("router", "always", member.port)
        seen = [(name, {k: v for k, v in row.items() if k not in ("bridge", "port", "bridge_name")})
                for name, row in ear.until("router_add", by="static")]
        port = {"port_name": member.port}
        wanted = [
            ("join", port | {"vid": 0, "group": GROUP, "filter_mode": 1}),
            ("limit", port | {"reason": "limit_port", "state": "reached"}),
            ("leave", port | {"vid": 0, "group": GROUP, "why": "leave"}),
            ("router_add", {"port_name": sender.port, "vid": 0, "by": "query"}),
            ("router_add", port | {"vid": 0, "by": "static"}),
        ]
        equal([event for event in seen if event[0] != "querier"], wanted, "events")
        check(router, "")
        br.set("flush", 1)
        seen = ear.until("querier", state="none")
        equal(sorted((name, row["port_name"], row["why"]) for name, row in seen
                     if name == "router_del"),
              [("router_del", "p1", "flush"), ("router_del", "p2", "flush")], "routers that end")


@proves("issue 10 item 2: one notification a change")
def test_bridge_goes():
    """With a bridge all of it goes, and that is told."""
    with gated() as br, genl.Ear(br.ns) as ear:
        member = br.hosts[2]
        member.report(GROUP)
        br.set("groups_static", "+ host 239.7.7.7")
        br.barrier(member)
        br.ns.ip(f"link del {br.name}")
        members, sources = {}, {}

        def gone():
            replay(ear.take(), members, sources)
            return not members
        eventually(lambda: ear and gone(), "all memberships have ended")
        with Bridge(2, first=21, ns=br.ns, name="br9") as other:
            becomes(lambda: len(genl.rows(other, "bridges")), 1, "rows of the new bridge")
