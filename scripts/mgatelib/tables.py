# SPDX-License-Identifier: GPL-2.0-only
"""The tables of mgate in the words of its users: rows as dictionaries, whose keys are
those of JSON and which mgate(8) lists, and rows as lines, which are those of debugfs."""
import functools
import socket

from mgatelib import family

# Of each table the keys of a row, in their order. A key that a row does not have is not
# there; flags are true or not there.
KEYS = {
    "bridges": ("dev", "mode", "status", "ports", "groups", "vlans"),
    "ports": ("dev", "port", "mode", "status", "router", "groups", "hosts"),
    "groups": ("dev", "port", "grp", "src", "state", "filter_mode", "blocked", "version", "vid",
               "timer"),
    "hosts": ("dev", "port", "grp", "src", "blocked", "host", "address", "version", "vid",
              "timer"),
    "routers": ("dev", "port", "vid", "family", "by", "timer"),
    "queriers": ("dev", "vid", "state", "convergence", "address", "port", "version",
                 "robustness", "interval", "timer"),
    "counters": ("dev", "port", "reason", "packets"),
    "flows": ("dev", "port", "src", "grp", "vid", "to", "path", "packets", "bytes"),
    "rules": ("dev", "port", "rule", "value"),
    "stats": ("dev", "port", "grp", "vid", "fate", "reason", "beyond", "packets", "bytes"),
}
# The same of what the kernel tells when something changes.
_WHERE = ("dev", "port", "grp")
EVENTS = {
    "join": (*_WHERE, "state", "filter_mode", "vid"),
    "change": (*_WHERE, "state", "filter_mode", "vid"),
    "leave": (*_WHERE, "vid", "why"),
    "source-set": (*_WHERE, "src", "state", "blocked", "vid"),
    "source-del": (*_WHERE, "src", "vid", "why"),
    "router-add": ("dev", "port", "vid", "family", "by"),
    "router-del": ("dev", "port", "vid", "family", "by", "why"),
    "querier": ("dev", "vid", "state", "address", "port", "version"),
    "limit": ("dev", "port", "reason", "state"),
}
# What the kernel calls otherwise than the tables do.
_KERNEL = {"dev": "bridge_name", "port": "port_name", "grp": "group", "src": "source",
           "host": "mac"}
_HOST = "host"
# What became of frames, where they were not held.
_FATES = {"beyond": None, "in": "in", "pass": "passed"}


class NoSuch(Exception):
    """A bridge or port that is not there; the text is for the user."""


def _value(key, table, said):
    """One value of a row, of what the kernel said; None where it does not apply."""
    if key in ("timer", "interval"):
        return round(said.get({"timer": "expires"}.get(key, key), 0) // 10 / 100, 2)
    if key == "state" and table not in ("queriers", "querier", "limit"):
        return "permanent" if "permanent" in said else "temp"
    if key == "filter_mode":
        return family.FILTER_MODES[said["filter_mode"]]
    if key == "fate":
        return next((word for said_as, word in _FATES.items() if said_as in said), "held")
    if key == "to":
        return [port["port_name"] for port in said.get("to", ())]
    return said.get(_KERNEL.get(key, key))


def row(table, keys, said):
    """What the kernel said as a row of a table, or of an event."""
    found = {key: _value(key, table, said) for key in keys}
    if table in ("queriers", "querier") and found.get("state") == "none":
        found["port"] = None
    return {key: value for key, value in found.items() if value is not None}


def wanted(one, port=None, group=None):
    """Is a row about this port and group? None stands for any."""
    return (port is None or one.get("port") == port) and \
        (group is None or one.get("grp") == group)


class Reader:
    """Reads tables of the network namespace of this process."""

    @functools.cached_property
    def family(self):
        """The connection; asked for only when something is to be read."""
        return family.Family()

    def bridge(self, name):
        """The interface index of a bridge that mgate knows."""
        known = {said["bridge_name"]: said["bridge"] for said in self.family.dump("bridges")}
        if name in known:
            return known[name]
        here = f"bridges here: {', '.join(sorted(known)) or 'none'}"
        try:
            socket.if_nametoindex(name)
        except OSError:
            raise NoSuch(f"there is no device {name} in this network namespace; "
                         f"{here}") from None
        raise NoSuch(f"{name} is not a bridge that mgate knows; {here}")

    def port(self, bridge, name):
        """The interface index of a port of a bridge; None for `host`."""
        ports = {said["port_name"]: said.get("port")
                 for said in self.family.dump("ports", self.bridge(bridge))}
        if name == _HOST or name in ports:
            return ports.get(name)
        shown = ", ".join(sorted(set(ports) - {_HOST}))
        raise NoSuch(f"{name} is not a port of {bridge}; its ports are: {shown or 'none'}, "
                     f"and {_HOST} for the host itself")

    def port_of_any(self, name):
        """Sees to it that some bridge has a port of this name."""
        known = {said["port_name"] for said in self.family.dump("ports")} - {_HOST}
        if name not in {_HOST, *known}:
            raise NoSuch(f"{name} is not a port of a bridge that mgate knows; ports here: "
                         f"{', '.join(sorted(known)) or 'none'}, and {_HOST} for the host itself")

    def rows(self, table, bridge=None, port=None, group=None):
        """A table, or what of it is about a bridge, port and group."""
        if port is not None and bridge is not None:
            self.port(bridge, port)
        elif port is not None:
            self.port_of_any(port)
        index = None if bridge is None else self.bridge(bridge)
        rows = [row(table, KEYS[table], said) for said in self.family.dump(table, index)]
        return [one for one in rows if wanted(one, port, group)]

    def events(self, bridge=None):
        """Each change from now on, as (event, row)."""
        if bridge is not None:
            self.bridge(bridge)
        for command, said in self.family.events():
            event = command.replace("_", "-")
            if event in EVENTS and bridge in (None, said.get("bridge_name")):
                yield event, row(event, EVENTS[event], said)

    def explain(self, bridge, port, group, source, vid=None):
        """What would happen to a frame, as the kernel says it, in the words of users."""
        said = self.family.explain(bridge=self.bridge(bridge), port=self.port(bridge, port),
                                   vid=vid, source=source, group=group)
        answer = {"dev": bridge, "port": port, "vid": said.get("vid", vid or 0), "src": source,
                  "grp": group, "path": said["path"]}
        answer |= {key: said[key] for key in ("reason", "refused") if key in said}
        answer["to"] = sorted((explained(one) for one in said.get("to", ())),
                              key=lambda one: (one["port"] == _HOST, one["port"]))
        return answer


def explained(said):
    """What an explanation says of one port."""
    one = {"port": said["port_name"], "pass": "pass" in said}
    return one | {key: said[key] for key in ("reason", "refused") if key in said}


# --- Lines -----------------------------------------------------------------------

def line(table, one):
    """A row as a line, as in debugfs but for the namespace."""
    if table == "rules" and "port" in one:
        return "dev {dev} port {port} {rule} {value}".format_map(one)
    if table == "rules":
        return "dev {dev} {rule} {value}".format_map(one)
    return " ".join(_words(table, one))


# These values tell what they are, and stand without their key.
_BARE = {"timer", "fate", "reason", "convergence"}


def _words(table, one):
    for key in KEYS.get(table) or EVENTS[table]:
        if key not in one and not (table == "queriers" and key == "port"):
            continue
        value = one.get(key, "-")
        if key in ("blocked", "beyond"):
            yield key
        elif key == "to":
            yield f"to {','.join(value) or '-'}"
        elif key in ("timer", "interval"):
            yield ("" if key == "timer" else "interval ") + f"{value:.2f}"
        elif key == "host":
            yield f"host {value} {one['address']}"
        elif (table, key) == ("counters", "packets"):
            yield str(value)
        elif (table, key) == ("hosts", "address"):
            continue
        elif key in _BARE and table in KEYS or value in ("temp", "permanent"):
            yield str(value)
        else:
            yield f"{key} {value}"
