#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""What hostile frames do to a bridge: with the built-in snooping, and with mgate.

Runs as root in the virtual machine that scripts/attacks starts, and prints the table
of the README. Each attack meets a bridge of its own with a router that queries (host 1),
a sender, a member, the attacker and a bystander. What it did is told by who gets frames.
"""
import argparse
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

import mgate  # noqa: E402
import netns  # noqa: E402
import wire  # noqa: E402
from lab import Bridge  # noqa: E402
from words import eventually  # noqa: E402

GROUP, FORGED, SECOND, UNKNOWN = "239.1.1.1", "239.2.2.2", "239.3.3.3", "239.9.9.9"
NOTHING = "nothing"
QUERIER = "192.0.2.1"    # above what a forged query comes from
ATTACKS = []


def attack(name):
    """Add a row to the table."""
    def add(function):
        ATTACKS.append((name, function))
        return function
    return add


def gets(br, host, group=UNKNOWN):
    """Does a host get what the sender sends to a group?"""
    return br.receivers(br.hosts[1], group, 3)[host] > 0


def attracts(br):
    """What a frame of the attacker did to where streams go."""
    attacker, bystander = br.hosts[3:]
    if gets(br, bystander):
        snoops = mgate.loaded() or br.ns.device(
            br.name, "bridge/multicast_snooping").read_text() == "1\n"
        return "every port gets every stream" + ("" if snoops else ", for good")
    return "the attacker gets every stream" if gets(br, attacker) else NOTHING


def learned(br):
    """Was a group learned at the attacker's port?"""
    return "learned" if gets(br, br.hosts[3], FORGED) else NOTHING


@attack("23 reports of 180 random groups each")
def flood_of_groups(br):
    """More groups than a table holds."""
    attacker = br.hosts[3]
    for number in range(23):
        groups = (f"239.{10 + number}.1.{n + 1}" for n in range(180))
        attacker.say(*((wire.TO_EX, group) for group in groups))
    return attracts(br)


@attack("a query from 127.0.0.1")
def query_of_nobody(br):
    """An address that no router has."""
    br.hosts[3].query(src="127.0.0.1")
    return attracts(br)


@attack("a PIM hello with a wrong checksum")
def broken_hello(br):
    """It makes a router port, if nobody checks it."""
    attacker = br.hosts[3]
    hello = bytearray(wire.pim_hello())
    hello[3] ^= 0x55
    attacker.inject(attacker.frame(bytes(hello), wire.ALL_PIM, proto=wire.PIM))
    return attracts(br)


@attack("a version 3 report, as every host sends it")
def report_to_everybody(br):
    """Other hosts are not to see it."""
    attacker, bystander = br.hosts[3:]
    attacker.say((wire.TO_EX, FORGED))
    br.barrier(attacker)
    return "every host gets it" if bystander.tap.count(lambda f: f.igmp(0x22)) else \
        "routers alone get it"


@attack("a record with auxiliary data that look like a record")
def auxiliary_data(br):
    """RFC 9776 4.2.11: they are skipped."""
    attacker = br.hosts[3]
    attacker.inject(attacker.frame(wire.v3_report(
        wire.record(wire.TO_EX, GROUP, aux=wire.record(wire.TO_EX, FORGED)),
        wire.record(wire.TO_EX, SECOND)), wire.ALL_REPORTS))
    forged, second = gets(br, attacker, FORGED), gets(br, attacker, SECOND)
    return " and ".join((["a forged group is learned"] if forged else []) +
                        ([] if second else ["the next record is lost"])) or NOTHING


@attack("a report in a fragment")
def fragment(br):
    """The rest of it may say anything."""
    attacker = br.hosts[3]
    attacker.inject(attacker.frame(wire.v2_report(FORGED), FORGED, fragment=0x2000))
    return learned(br)


@attack("a report with TTL 64, as from beyond a router")
def from_afar(br):
    """RFC 9776 4: the TTL is 1."""
    attacker = br.hosts[3]
    attacker.inject(attacker.frame(wire.v2_report(FORGED), FORGED, ttl=64))
    return learned(br)


@attack("a report whose last record is cut short")
def half_a_report(br):
    """All of it or nothing."""
    attacker = br.hosts[3]
    attacker.inject(attacker.frame(wire.v3_report(
        wire.record(wire.TO_EX, FORGED), wire.record(wire.TO_EX, SECOND)[:6], count=2),
        wire.ALL_REPORTS))
    return learned(br)


@attack("a report for one group sent to another")
def another_group(br):
    """RFC 2236 2.4: the destination is the group."""
    attacker = br.hosts[3]
    attacker.inject(attacker.frame(wire.v2_report(FORGED), SECOND))
    return learned(br)


@attack("a group query from a host, to be answered at once")
def hasty_question(br):
    """A member that is slow to answer."""
    member, attacker = br.hosts[2:4]
    member.report(SECOND)
    eventually(lambda: gets(br, member, SECOND), "the member gets its group")
    end = time.monotonic() + 4
    for _ in range(3):
        attacker.query(2, SECOND, code=1)
    while time.monotonic() < end:
        if not gets(br, member, SECOND):
            return "the member is cut"
    return NOTHING


def prunes(br):
    """A stream that nobody wants reaches the router alone."""
    got = br.receivers(br.hosts[1], UNKNOWN, 3)
    return [host for host in got if got[host]] == br.hosts[:1]


def under(function):
    """Let an attack loose on a bridge that snoops; gives what it did."""
    with Bridge(5, mcast_snooping=1) as br:
        router, _, member = br.hosts[:3]
        if mgate.loaded():
            br.gate(router, src=QUERIER)
        else:
            router.query(code=1, src=QUERIER)
        member.join(GROUP)
        eventually(lambda: gets(br, member, GROUP), "the member gets its group")
        eventually(lambda: prunes(br), "it prunes")
        return function(br)


def table():
    """All attacks as (name, built-in, mgate)."""
    found = {name: [] for name, _ in ATTACKS}
    for load in False, True:
        mgate.ensure(load)
        for name, function in ATTACKS:
            found[name].append(under(function))
    return [(name, *results) for name, results in found.items()]


def rows():
    """The table as the lines that stand in the README."""
    yield "| attack | built-in | mgate |"
    yield "|---|---|---|"
    for row in table():
        yield f"| {' | '.join(row)} |"


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ko", required=True, help="the mgate.ko to attack")
    mgate.Module.file = parser.parse_args().ko
    subprocess.run(["modprobe", "-a", "bridge", "veth"], check=True)
    netns.prepare()
    for row in rows():
        print(row, flush=True)


if __name__ == "__main__":
    main()
