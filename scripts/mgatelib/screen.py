# SPDX-License-Identifier: GPL-2.0-only
"""The screen of mgate-top as lines of text: what a bridge does now, and how fast."""
import collections
import dataclasses
import ipaddress
import time

from mgatelib import sentences

TABLES = "ports", "groups", "routers", "queriers", "flows", "counters"
PLAIN, TITLE, HEAD, WARNING = "plain", "title", "head", "warning"
SORTS = "rate", "group", "members", "left"
HELP = """mgate-top shows one bridge at a time, anew every few seconds.

  q           quit                    s           sort by the next: rate, group, members, left
  b, Tab      the next bridge         Up, Down    one line up, down
  h, ?        this help               PgUp, PgDn  one screen up, down

GROUP, VLAN   a group that somebody joined or sends to
MEMBERS       ports that joined it
PACKETS/S     of its streams, as they come in, and BIT/S of these
LEFT          seconds until the last membership ends unless a report refreshes it
FROM, WAY, TO who sends, how frames go (flow, redirect or gate), and the ports that they
              go to (while nobody sends: those that joined)
PASSED/S, HELD/S, MOSTLY  packets at each port, and the reason of most of them

What the words mean is told by mgate(4)."""


@dataclasses.dataclass
class Snapshot:
    """What all tables say of one bridge at one time."""
    bridge: dict
    tables: dict
    at: float = 0

    @classmethod
    def take(cls, reader, bridge):
        """Read it; `bridge` is a row of the table of bridges."""
        tables = {name: reader.rows(name, bridge["dev"]) for name in TABLES}
        return cls(bridge, tables, time.monotonic())

    def totals(self, table, keys):
        """Packets (and bytes) of a table, added up by these keys of its rows."""
        found = collections.Counter()
        for one in self.tables[table]:
            key = tuple(one[key] for key in keys)
            found[(*key, "packets")] += one["packets"]
            found[(*key, "bytes")] += one.get("bytes", 0)
        return found


FLOW, COUNTER = ("grp", "vid", "port", "src"), ("port", "reason")


def rates(table, keys, now, before):
    """How much a second since the snapshot before; of what began anew, all of it."""
    seconds = max(now.at - before.at, 0.001) if before else 1
    old = before.totals(table, keys) if before else now.totals(table, keys)
    return {key: (n - old[key] if n >= old[key] else n) / seconds
            for key, n in now.totals(table, keys).items()}


def short(number):
    """A number in at most five characters: 987, 12.3k, 4.56M."""
    for unit in "", "k", "M", "G":
        if number < 999.5 or unit == "G":
            break
        number /= 1000
    if not unit or number >= 99.95:
        return f"{number:.0f}{unit}"
    return f"{number:.1f}{unit}" if number >= 9.995 else f"{number:.2f}{unit}"


def count(number, what):
    """As in `1 port`, `2 ports`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def left(timer, permanent=False):
    """Seconds, or that it is for good."""
    return "static" if permanent else f"{timer:.0f}"


def _is_ipv6(querier):
    return ":" in querier.get("address", "")


# --- Parts -----------------------------------------------------------------------

def queriers(now):
    """A line for each VLAN and family."""
    for one in sorted(now.tables["queriers"], key=lambda one: (one["vid"], _is_ipv6(one))):
        if one["state"] == "none":
            what = " IPv6" if _is_ipv6(one) else ""
            yield f"VLAN {one['vid']}: {one['convergence']}, nobody queries{what}", WARNING
            continue
        who = "mgate itself" if one["state"] == "self" else f"{one['address']} at {one['port']}"
        style = PLAIN if one["convergence"] == "gating" else WARNING
        yield (f"VLAN {one['vid']}: {one['convergence']}, querier {who}, "
               f"version {one['version']}, every {one['interval']:.0f} s, "
               f"{one['timer']:.0f} s left"), style
    if not now.tables["queriers"]:
        yield "no querier heard: everything floods", WARNING


def routers(now):
    """One line."""
    found = {}
    for one in now.tables["routers"]:
        text = "IPv6 " if "family" in one else ""
        text += one["by"] + ("" if one["by"] == "static" else f" {one['timer']:.0f} s")
        found.setdefault(one["port"], set()).add(text)
    text = ", ".join(f"{port} ({', '.join(sorted(ways))})" for port, ways in sorted(found.items()))
    yield f"routers: {text or 'none'}", PLAIN


def streams(now, before):
    """Who sends to which group, as {(group, VLAN): {…}}, with rates."""
    speed = rates("flows", FLOW, now, before)
    found = {}
    for one in now.tables["flows"]:
        stream = found.setdefault((one["grp"], one["vid"]), {
            "from": set(), "to": set(), "way": set()})
        stream["from"].add((one["src"], one["port"]))
        stream["to"].update(one["to"])
        stream["way"].add(one["path"])
    for (grp, vid), stream in found.items():
        for what in "packets", "bytes":
            stream[what] = sum(value for key, value in speed.items()
                               if (key[0], key[1], key[-1]) == (grp, vid, what))
    return found


def groups(now, before):
    """What is to be told of each group and VLAN."""
    found = {}
    none = {"from": set(), "to": set(), "way": set(), "packets": 0, "bytes": 0}
    sent = streams(now, before)
    members = {}
    for one in now.tables["groups"]:
        members.setdefault((one["grp"], one["vid"]), []).append(one)
    for key in members.keys() | sent.keys():
        rows = members.get(key, [])
        found[key] = sent.get(key, none) | {
            "members": {one["port"] for one in rows},
            "left": max((one["timer"] for one in rows), default=0),
            "static": any(one["state"] == "permanent" for one in rows)}
    return found


def _order(sort):
    def key(item):
        (grp, vid), one = item
        first = {"rate": -one["packets"], "members": -len(one["members"]), "left": one["left"],
                 "group": 0}[sort]
        address = ipaddress.ip_address(grp)
        return first, address.version, address, vid
    return key


def group_lines(now, before, sort):
    """The table of groups."""
    found = groups(now, before)
    wide = max([15, *(len(grp) for grp, _ in found)])
    yield (f"{'GROUP':{wide}} {'VLAN':>4} {'MEMBERS':>7} {'PACKETS/S':>9} {'BIT/S':>6} "
           f"{'LEFT':>6}  {'FROM':22} {'WAY':8} TO"), HEAD
    for (grp, vid), one in sorted(found.items(), key=_order(sort)):
        senders = sorted(f"{source} at {port}" for source, port in one["from"])
        more = f" +{len(senders) - 1}" if len(senders) > 1 else ""
        ports = one["to"] if senders else one["members"]
        yield (f"{grp:{wide}} {vid:4} {len(one['members']):7} {short(one['packets']):>9} "
               f"{short(8 * one['bytes']):>6} "
               f"{left(one['left'], one['static']) if one['members'] else '-':>6}  "
               f"{(senders[0] + more) if senders else '-':22} "
               f"{'+'.join(sorted(one['way'])) or '-':8} {','.join(sorted(ports)) or '-'}"), PLAIN


def port_lines(now, before):
    """The table of ports."""
    yield (f"{'PORT':15} {'STATUS':8} {'MODE':6} {'ROUTER':6} {'GROUPS':>6} {'HOSTS':>5} "
           f"{'PASSED/S':>8} {'HELD/S':>6}  MOSTLY"), HEAD
    speed = {key[:2]: value for key, value in rates("counters", COUNTER, now, before).items()
             if key[-1] == "packets"}
    for one in sorted(now.tables["ports"], key=lambda one: (one["port"] == "host", one["port"])):
        own = {reason: value for (port, reason), value in speed.items()
               if port == one["port"] and value and
               (reason in sentences.PASSED or reason in sentences.HELD)}
        passed = sum(value for reason, value in own.items() if reason in sentences.PASSED)
        status = one.get("status", "-")
        yield (f"{one['port']:15} {status:8} {one.get('mode', '-'):6} {one.get('router', '-'):6} "
               f"{one.get('groups', 0):6} {one.get('hosts', 0):5} {short(passed):>8} "
               f"{short(sum(own.values()) - passed):>6}  "
               f"{max(own, key=own.get) if own else '-'}"), \
            WARNING if status not in ("gated", "-") else PLAIN


def head(now, number, bridges):
    """What stays at the top."""
    one = now.bridge
    which = f" (bridge {number + 1} of {bridges})" if bridges > 1 else ""
    yield (f"mgate-top: {one['dev']}{which}  mode {one['mode']}, status {one['status']}, "
           f"{count(one['ports'], 'port')}, {count(one['groups'], 'group')}, "
           f"{count(one['vlans'], 'VLAN')}"), TITLE


def body(now, before, sort):
    """All below it."""
    yield from queriers(now)
    yield from routers(now)
    yield "", PLAIN
    yield from group_lines(now, before, sort)
    yield "", PLAIN
    yield from port_lines(now, before)
