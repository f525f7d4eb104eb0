# SPDX-License-Identifier: GPL-2.0-only
"""The family `mgate` of generic netlink, in the numbers of include/uapi/mgate.h.

The order below is that of the enums there; scripts/check-docs compares them.
"""
import contextlib
import errno

from mgatelib import netlink

NAME, EVENTS = "mgate", "events"
FILTER_MODES = "include", "exclude"

ATTRIBUTES = dict(enumerate([
    ("pad", "binary"), ("bridge", "u32"), ("bridge_name", "string"), ("port", "u32"),
    ("port_name", "string"), ("vid", "u16"), ("group", "ip"), ("source", "ip"),
    ("address", "ip"), ("mac", "mac"), ("filter_mode", "u8"), ("permanent", "flag"),
    ("blocked", "flag"), ("version", "u8"), ("expires", "u64"), ("by", "string"),
    ("state", "string"), ("convergence", "string"), ("robustness", "u8"),
    ("interval", "u32"), ("reason", "string"), ("packets", "u64"), ("bytes", "u64"),
    ("path", "string"), ("to", []), ("pass", "flag"), ("refused", "string"),
    ("beyond", "flag"), ("why", "string"), ("mode", "string"), ("status", "string"),
    ("ports", "u32"), ("groups", "u32"), ("hosts", "u32"), ("vlans", "u32"),
    ("router", "string"), ("rule", "string"), ("value", "string"),
    ("in", "flag"), ("family", "string"),
], 1))
# What is nested is of the same set, and may come more than once.
ATTRIBUTES[25] = ("to", [ATTRIBUTES])

COMMANDS = [
    "bridges_get", "ports_get", "groups_get", "hosts_get", "routers_get", "queriers_get",
    "counters_get", "flows_get", "rules_get", "stats_get", "explain", "join", "change",
    "leave", "source_set", "source_del", "router_add", "router_del", "querier", "limit",
]


class NotLoaded(Exception):
    """There is no such family: the module is not loaded."""


class Family:
    """The family as it is in the network namespace of this process."""

    def __init__(self):
        try:
            self.connection = netlink.Connection(NAME)
        except netlink.Refused as refusal:
            if refusal.errno == errno.ENOENT:
                raise NotLoaded from None
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    @staticmethod
    @contextlib.contextmanager
    def known():
        """In the block ENOENT says that the kernel does not know the family any more; mgate
        itself never says it."""
        try:
            yield
        except netlink.Refused as refusal:
            if refusal.errno == errno.ENOENT:
                raise netlink.Gone from None
            raise

    def dump(self, table, bridge=None):
        """The rows of a table as the kernel gives them, all or of the bridge with this
        interface index."""
        with self.known():
            return self.connection.dump(COMMANDS.index(f"{table}_get") + 1, ATTRIBUTES,
                                        ATTRIBUTES, {"bridge": bridge})

    def explain(self, **values):
        """What would happen to a frame; bridge and port are interface indices."""
        with self.known():
            return self.connection.ask(COMMANDS.index("explain") + 1, ATTRIBUTES, ATTRIBUTES,
                                       values)

    def events(self):
        """Listen from now on; gives (command, attributes), without end."""
        self.connection.listen(EVENTS)
        while True:
            for command, payload in self.connection.heard():
                if 0 < command <= len(COMMANDS):
                    yield COMMANDS[command - 1], netlink.decode(ATTRIBUTES, payload)
