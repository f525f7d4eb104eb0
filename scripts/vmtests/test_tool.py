# SPDX-License-Identifier: GPL-2.0-only
"""`mgate show`: the tables over netlink are those of debugfs; what it refuses."""
import contextlib
import re

import mgate
import tool
from lab import Bridge, gated
from test_flow import last, pinned
from words import REALTIME, check, equal, eventually, proves, redirects

from mgatelib import tables  # noqa: E402

GROUP, OTHER = "239.1.1.1", "239.2.2.2"
OF_DEBUGFS = "groups", "hosts", "routers", "queriers", "counters", "flows", "rules", "stats"
# On PREEMPT_RT there are no flows.
MAY_BE_EMPTY = ("flows",) if REALTIME.exists() else ()
TIMED = "groups", "hosts", "routers", "queriers", "rules"


@contextlib.contextmanager
def busy():
    """A bridge of whose tables none is empty."""
    with pinned(), gated() as br:
        router, sender, member, other = br.hosts
        last(br)
        br.set("stats", 1)
        for entry in f"+ {other.port} {OTHER}", "+ host 239.7.7.7", \
                f"+ {other.port} 232.7.7.7 10.0.0.2":
            br.set("groups_static", entry)
        br.set("router", "always", other.port)
        br.set("deny", "+ 239.9.0.0/16", member.port)
        br.set("vlan", "30 unknown flood")
        br.set("vlans_ignored", "10,20-29")
        br.join(member, GROUP)
        br.join(member, "232.1.1.1", source=sender.ip)
        br.join(other, GROUP, exclude=router.ip)
        eventually(lambda: mgate.members(br, other.port, GROUP, router.ip), "a blocked source")
        br.receivers(sender, GROUP)
        yield br


def without_time(table, lines):
    """Sorted, and without what runs on between two readings."""
    return sorted(re.sub(r" \d+\.\d\d$", "", line) if table in TIMED else line
                  for line in lines)


def of_debugfs(table, br):
    """The lines of a bridge without their namespace."""
    return [re.sub(r"^netns=\d+ ", "", line) for line in mgate.lines(table, br)]


def same(table, br):
    """A table both ways; gives how many lines it has. Hosts repeat reports as they like: what
    has changed while it was read is read again."""
    def read():
        before = without_time(table, of_debugfs(table, br))
        shown = without_time(table, tool.mgate(br, "show", table).splitlines())
        return (before, shown) if before == without_time(table, of_debugfs(table, br)) else None
    lines, shown = eventually(read, f"debugfs {table} stays as it is")
    equal(shown, lines, f"mgate show {table}")
    return len(lines)


@proves("issue 10 item 2: dumps of every table", "issue 10 item 3")
def test_tables_are_those_of_debugfs():
    """Line by line, of each table; and what remains is the same within seconds."""
    with busy() as br:
        for table in OF_DEBUGFS:
            br.receivers(br.hosts[1], GROUP)
            check(same(table, br) or table in MAY_BE_EMPTY, f"debugfs {table} is empty")
        row = tool.shown(br, "queriers")[0]
        check(abs(row["timer"] - float(mgate.querier(br)["left"])) < 20, "the querier's time")
        br.set("mode", "audit")
        eventually(lambda: br.hosts[1].send(GROUP) and of_debugfs("stats", br), "an audit")
        br.barrier(br.hosts[1])
        equal(bool(same("stats", br)), True, "lines of the audit")


@proves("issue 10 item 3: JSON output")
@redirects
def test_json():
    """Each row has the keys that mgate(8) tells, in their order, and of the same types as
    the lines of debugfs say."""
    with busy() as br:
        for table, keys in tables.KEYS.items():
            br.receivers(br.hosts[1], GROUP)
            rows = tool.shown(br, table)
            check(rows or table in MAY_BE_EMPTY, f"{table} is empty")
            for row in rows:
                known = keys if table != "rules" or "rule" in row else tables.KEYS["groups"]
                equal(list(row), [key for key in known if key in row], f"keys of {table}")
                equal(row["dev"], "br0", "the bridge")
        row = [row for row in tool.shown(br, "groups", "port", "p4", "grp", GROUP)
               if "src" in row][0]
        equal((row["src"], row["blocked"], row["state"], row["version"], row["vid"]),
              ("10.0.0.1", True, "temp", 3, 0), "a blocked source")
        br.receivers(br.hosts[1], GROUP)
        row = tool.shown(br, "flows", "grp", GROUP)[0]
        equal((row["src"], sorted(row["to"])), ("10.0.0.2", ["p1", "p3", "p4"]), "a flow")
        row = tool.shown(br, "bridges")[0]
        equal((row["mode"], row["status"], row["ports"]), (br.get("mode"), br.get("status"), 4),
              "the bridge")
        for row in tool.shown(br, "ports"):
            if row["port"] != "host":
                equal([row[name] for name in ("mode", "status", "router")],
                      [br.get(name, row["port"]) for name in ("mode", "status", "router")],
                      f"port {row['port']}")
        text = tool.mgate(br, "-p", "show", "bridges")
        check("\n        \"dev\": \"br0\"" in text, f"with -p: {text}")


@proves("issue 10 item 2: works in namespaces", "RELIABILITY V7")
def test_what_is_asked_for():
    """Only that bridge, port and group; and of another namespace nothing."""
    with gated() as br, gated() as elsewhere, Bridge(2, first=11, name="br1", ns=br.ns) as two:
        two.gate(two.hosts[0])
        br.join(br.hosts[2], GROUP)
        br.join(br.hosts[3], OTHER)
        two.join(two.hosts[1], GROUP)
        elsewhere.join(elsewhere.hosts[1], OTHER)

        def asked(*words):
            return sorted((row["dev"], row["port"], row["grp"])
                          for row in tool.shown(br, "groups", *words))
        equal(asked(), [("br0", "p3", GROUP), ("br0", "p4", OTHER), ("br1", "p12", GROUP)], "all")
        equal(asked("dev", "br1"), [("br1", "p12", GROUP)], "of a bridge")
        equal(asked("grp", GROUP), [("br0", "p3", GROUP), ("br1", "p12", GROUP)], "of a group")
        equal(asked("dev", "br0", "port", "p4"), [("br0", "p4", OTHER)], "of a port")
        equal([row["dev"] for row in tool.shown(br, "bridges")], ["br0", "br1"], "bridges")
        # The row of a bridge: of one namespace, by anybody.
        text = elsewhere.ns.run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                                tool.MGATE, "show", "groups").stdout
        equal([line.split()[3] for line in text.splitlines()], ["p2"], "without privileges")


@proves("issue 10 item 3: errors are clear sentences")
def test_refusals():
    """No such bridge, no bridge, no port of it, not a word: a sentence and a status."""
    with gated(2) as br:
        br.ns.ip("link add lone type dummy")
        for words, status, text in (
                (("show", "groups", "dev", "br9"), 1,
                 "mgate: there is no device br9 in this network namespace; bridges here: br0"),
                (("show", "groups", "dev", "lone"), 1,
                 "mgate: lone is not a bridge that mgate knows; bridges here: br0"),
                (("show", "groups", "dev", "br0", "port", "lone"), 1,
                 "mgate: lone is not a port of br0; its ports are: p1, p2, and host for the host "
                 "itself"),
                (("monitor", "dev", "br9"), 1,
                 "mgate: there is no device br9 in this network namespace; bridges here: br0"),
                (("explain", "dev", "br0", "port", "lone", "src", "10.0.0.2", "grp", GROUP), 1,
                 "mgate: lone is not a port of br0; its ports are: p1, p2, and host for the host "
                 "itself"),
                (("show", "everything"), 2,
                 "mgate: there is no table everything; the tables are: "
                 f"{', '.join(tables.KEYS)}; see mgate --help")):
            equal(tool.refusal(br, *words), (status, text), " ".join(words))
        equal(tool.refusal(br, "dev", "br9", program=tool.TOP),
              (1, "mgate-top: there is no device br9 in this network namespace; bridges here: "
                  "br0"), "mgate-top")
        equal(tool.refusal(br, program=tool.TOP),
              (2, "mgate-top: this is not a terminal: use --batch or --once; see mgate-top "
                  "--help"), "mgate-top without a terminal")
        mgate.unload()
        equal(tool.refusal(br, "show"),
              (1, "mgate: mgate is not loaded: load it with `modprobe mgate`"), "not loaded")
        check(not mgate.loaded(), "asking for it has loaded the module")
