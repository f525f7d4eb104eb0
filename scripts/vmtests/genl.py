# SPDX-License-Identifier: GPL-2.0-only
"""What the module says over generic netlink, in the words of its debugfs files."""
import contextlib
import pathlib
import socket
import sys

from words import eventually

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "scripts"))

from mgatelib import family, netlink  # noqa: E402 pylint: disable=wrong-import-position

MODES = family.FILTER_MODES


def index(br, device):
    """The interface index of a device in the namespace of a bridge."""
    with br.ns.entered():
        return socket.if_nametoindex(device)


def opened(ns):
    """A connection to the family in this namespace."""
    with ns.entered():
        return family.Family()


def rows(br, table, only=True):
    """The rows of a table, of this bridge or of all of its namespace."""
    with opened(br.ns) as asked:
        return asked.dump(table, index(br, br.name) if only else None)


def left(row):
    """What remains, as debugfs puts it."""
    return row.get("expires", 0) / 1000


def word(row, name):
    """A flag or an address, as debugfs has it: None where it is not there."""
    return row.get(name)


def group_rows(br):
    """As mgate.table("groups"), without the times."""
    return sorted((r["port_name"], r["group"], r.get("source") or "",
                   "permanent" if r.get("permanent") else "temp", MODES[r["filter_mode"]],
                   bool(r.get("blocked")), str(r["version"]), str(r["vid"]))
                  for r in rows(br, "groups"))


def memberships(br):
    """{(port, group, vid): (mode, permanent)} and {(port, group, vid, source): (blocked,
    permanent)}, as dumps have them. A membership of no row but those of its sources is
    known by these."""
    members, sources = {}, {}
    for r in rows(br, "groups"):
        key = r["port_name"], r["group"], r["vid"]
        if "source" in r:
            sources[(*key, r["source"])] = bool(r.get("blocked")), bool(r.get("permanent"))
            members.setdefault(key, (MODES[r["filter_mode"]], False))
        else:
            members[key] = MODES[r["filter_mode"]], bool(r.get("permanent"))
    return members, sources


class Ear:
    """Listens to the events of a namespace from when it is made."""

    def __init__(self, ns):
        self.asked = opened(ns)
        self.asked.connection.listen(family.EVENTS)
        self.asked.connection.socket.setblocking(False)
        self.events = []

    def take(self):
        """What has been told since the last time, as [(event, attributes)]."""
        with contextlib.suppress(BlockingIOError):
            while True:
                for command, payload in self.asked.connection.heard():
                    self.events.append((family.COMMANDS[command - 1],
                                        netlink.decode(family.ATTRIBUTES, payload)))
        taken, self.events = self.events, []
        return taken

    def until(self, event, **attributes):
        """Wait for an event with these attributes; gives all up to then."""
        seen = []

        def there():
            seen.extend(self.take())
            return any(name == event and attributes.items() <= row.items()
                       for name, row in seen)
        eventually(there, f"an event {event} {attributes}")
        return seen

    def close(self):
        """Listen no more."""
        self.asked.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
