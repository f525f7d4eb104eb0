# SPDX-License-Identifier: GPL-2.0-only
"""Tables over netlink in many small messages."""
import contextlib

import genl
import mgate
from lab import gated
from test_netlink import everything, many
from words import check, equal, eventually, proves

SMALL = 4096
PORTS = VLANS = 60     # of rows of at least 80 octets
# What may have a long row, a list of ports or of VLANs, always has room for one; for short ones
# it is to take no more than the others.
TABLES = "ports", "groups", "hosts", "routers", "queriers", "counters", "stats", "rules"
CHANGE = "expires", "packets", "bytes"


@contextlib.contextmanager
def small_messages():
    """In the block a reader has room for a page at a time."""
    usual = genl.netlink.BUFFER
    genl.netlink.BUFFER = SMALL
    try:
        yield
    finally:
        genl.netlink.BUFFER = usual


def full(br):
    """So many ports, routers, queriers, counters, figures and rules that none fits in a page."""
    router, sender, member, _ = br.hosts
    ports = [f"d{n}" for n in range(PORTS)]
    br.ns.ip(*(f"link add {port} type dummy" for port in ports),
             *(f"link set {port} master {br.name} up" for port in ports))
    for port in ports:
        eventually(br.path("router", port).exists, f"{port} has a folder")
        br.set("router", "always", port)
    for vid in range(100, 100 + VLANS):
        router.query(vlan=vid)
    for n in range(PORTS):
        br.set("deny", f"+ 239.200.0.{n}/32", "p2")
    br.set("stats", 1)
    many(br, member, 300)
    br.expect(sender, "224.0.0.251", br.others(sender), 1)
    eventually(lambda: len(mgate.table("queriers", br)) > VLANS, "VLANs with a querier")


def told(br, table):
    """The rows of a table, but for what changes meanwhile."""
    return sorted(str({name: value for name, value in row.items() if name not in CHANGE})
                  for row in genl.rows(br, table))


def in_pages(br, table):
    """As told(), by a reader with little room."""
    with small_messages():
        return told(br, table)


@proves("issue 10 item 2: dumps of every table")
def test_tables_in_small_messages():
    """Whoever has room for a page only gets the same rows as who has room for all of them,
    each once."""
    with everything() as br:
        full(br)
        for table in TABLES:
            whole = told(br, table)
            check(len(whole) >= PORTS, f"{table} has but {len(whole)} rows, which would fit")
            # Something may come between two looks, but not each time.
            eventually(lambda name=table: in_pages(br, name) == told(br, name),
                       f"{table} is the same in small messages")


@proves("issue 10 item 2: dumps of every table", "INTERFACE debugfs rules")
def test_rules_of_a_new_bridge():
    """Where nobody wrote anything there is the one rule that mgate begins with, as debugfs has
    it; with VLANs that are left alone there are two, and without them one again."""
    with gated(1) as br:
        begun = [("flood", "239.255.255.250/32")]
        for vlans, wanted in ("", begun), ("10,20-29", [*begun, ("vlans_ignored", "10,20-29")]), \
                ("", begun):
            br.set("vlans_ignored", vlans)
            equal([(row["rule"], row["value"]) for row in genl.rows(br, "rules")], wanted,
                  f"rules with vlans_ignored {vlans!r}")
            equal(len(mgate.lines("rules", br)), len(wanted), "lines in debugfs")
