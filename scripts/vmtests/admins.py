# SPDX-License-Identifier: GPL-2.0-only
"""Actors of a storm (actors.py) that do what administrators do, and machines."""
import contextlib
import fcntl
import socket
import struct

import mgate
import wire
from actors import Actor, Shell
from lab import Bridge

SIOCBRADDBR, SIOCBRDELBR, SIOCBRADDIF, SIOCBRDELIF = 0x89a0, 0x89a1, 0x89a2, 0x89a3
CPU = "/sys/devices/system/cpu/cpu1/online"
FAILSLAB = "/sys/kernel/debug/failslab/"
OPTIONS = {
    "mode": ("on", "on", "on", "audit", "off"),
    "ipv6": ("safe", "safe", "full", "off"),
    "unknown": ("auto", "flood", "routers", "drop"),
    "convergence_ms": ("auto", 0, 0, 50),
    "querier": ("auto", "on", "off"),
    "querier_address": ("auto", "10.0.0.200", "0.0.0.0"),
    "version": ("auto", 1, 2, 3),
    "robustness": (1, 2, 7),
    "query_response_interval_ms": (100, 500),
    "query_interval_ms": (1000, 2000),
    "last_member_interval_ms": (100, 200),
    "last_member_count": ("auto", 1, 7),
    "startup_query_interval_ms": ("auto", 1000),
    "startup_query_count": ("auto", 1, 3),
    "reports": ("routers", "all"),
    "proxy": ("off", "leaves", "full"),
    "max_groups": (1, 20, 16384),
    "max_sources": (1, 2, 64),
    "accept": ("any", "strict"),
    "redirect": (0, 1, 1, 1),
    "flush": (1,),
    "vlans_ignored": ("", "10", "20-30"),
    "vlan": ("10 unknown flood", "10 - unknown", "20 querier on", "20 - querier",
             "10 querier_address 10.0.0.77", "10 - querier_address"),
    "flood": ("+ 239.1.1.0/24", "- 239.1.1.0/24", "+ 239.1.2.2/32", "- 239.1.2.2/32",
              "+ ff05::1:0/112", "- ff05::1:0/112"),
}
PORT_OPTIONS = {
    "mode": ("snoop", "snoop", "flood", "ignore"),
    "router": ("auto", "query", "always", "never"),
    "guard": (0, 0, 1),
    "fast_leave": (0, 1),
    "unknown": ("inherit", "flood", "drop"),
    "max_groups": (0, 1, 10, 4096),
    "min_version": (1, 1, 2, 3),
    "limit_action": ("flood", "deny", "replace"),
    "report_rate": (0, 10, 10000),
    "deny": ("+ 239.1.3.0/24", "- 239.1.3.0/24", "+ 239.1.0.4/32", "- 239.1.0.4/32",
             "+ ff05::3:0/112", "- ff05::3:0/112"),
}


class Options(Actor):
    """All tunables, of bridge and ports."""

    pause = 0.01

    def act(self):
        dice = self.dice
        port = dice.choice((None, self.port()))
        file, values = dice.choice(list((PORT_OPTIONS if port else OPTIONS).items()))
        value = dice.choice(values)
        chance = dice.randrange(12)
        if not port and chance < 4:     # it must gate most of the time
            file, value = "mode", "on"
        elif not port and chance < 6:
            file = "groups_static"
            group = self.group()
            source = " fd09::1" if wire.is_ipv6(group) else " 10.9.9.1"
            value = f"{dice.choice('+-')} {self.port()} {group}" + dice.choice(
                ("", source)) + dice.choice(("", " vid 10"))
        self.write(port, f"mgate/{file}", value)


class Ports(Actor):
    """Ports leave and join, are switched off and on, blocked, deleted and made anew."""

    pause = 0.02

    def __init__(self, world, dice):
        super().__init__(world, dice)
        self.ip, self.bridge = Shell("ip", self.br.ns), Shell("bridge", self.br.ns)
        with self.br.ns.entered():
            self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def master(self, port, request):
        """Have the port leave the bridge, or join it."""
        with self.br.ns.entered():
            index = socket.if_nametoindex(port)
        fcntl.ioctl(self.sock, request, struct.pack("16si20x", self.br.name.encode(), index))

    def act(self):
        dice, port = self.dice, self.port()
        kind = dice.randrange(12)
        if kind < 4:
            self.master(port, SIOCBRDELIF)
            self.master(port, SIOCBRADDIF)
        elif kind < 7:
            self.br.ns.up(port, False)
            self.br.ns.up(port)
        elif kind < 11:
            self.bridge(f"link set dev {port} state {dice.choice((0, 1, 2, 3, 3, 3))}")
        else:
            host = next(host for host in self.br.hosts if host.port == port)
            self.ip(f"link del {port}",
                    f"link add {port} type veth peer name eth0 address {host.mac} "
                    f"netns {host.ns.name}", f"link set {port} master {self.br.name} up")
            with contextlib.suppress(OSError):
                host.ns.up("eth0")

    def done(self):
        self.ip.close()
        self.bridge.close()


class Vlans(Actor):
    """VLANs of ports and of the bridge come and go, filtering is switched."""

    pause = 0.02

    def __init__(self, world, dice):
        super().__init__(world, dice)
        self.bridge = Shell("bridge", self.br.ns)

    def act(self):
        dice = self.dice
        vid = dice.choice((1, 10, 20, 30))
        name, whose = dice.choice(((self.br.name, "self"), (self.port(), "master")))
        verb = dice.choice(("add", "del"))
        flags = dice.choice(("", " untagged", " pvid untagged")) if verb == "add" else ""
        self.bridge(f"vlan {verb} dev {name} vid {vid} {whose}{flags}")
        if dice.randrange(20) == 0:
            self.write(None, "bridge/vlan_filtering", dice.randrange(2))

    def done(self):
        self.bridge.close()


class Builtin(Actor):
    """The bridge's own snooping and its flags."""

    pause = 0.05

    def act(self):
        dice = self.dice
        port = dice.choice((None, self.port()))
        if port:
            self.write(port, *dice.choice((
                ("brport/multicast_flood", dice.randrange(2)),
                ("brport/multicast_to_unicast", dice.choice((0, 0, 1))),
                ("brport/isolated", dice.randrange(2)), ("brport/hairpin_mode", dice.randrange(2)),
                ("brport/multicast_fast_leave", dice.randrange(2)),
                ("brport/multicast_router", dice.choice((0, 1, 2))), ("brport/flush", 1))))
        else:
            self.write(None, *dice.choice((
                ("bridge/multicast_snooping", dice.randrange(2)),
                ("bridge/multicast_querier", dice.randrange(2)),
                ("bridge/stp_state", dice.choice((0, 0, 1))), ("bridge/flush", 1))))
            # It stands aside where the built-in was switched on.
            self.write(None, "mgate/mode", "on")


class Nested(Actor):
    """Bridges come and go that hang on this one, by a veth pair and by a VLAN of it."""

    pause = 0.1

    def __init__(self, world, dice):
        super().__init__(world, dice)
        self.ip = Shell("ip", self.br.ns)

    def act(self):
        name = f"n{self.dice.randrange(3)}"
        self.ip(f"link add {name} type bridge", f"link add {name}a type veth peer name {name}b",
                f"link set {name}a master {self.br.name} up", f"link set {name}b master {name} up",
                f"link set {name} up", f"link add {name}x type bridge",
                f"link add link {self.br.name} name {name}v type vlan id 10",
                f"link set {name}v master {name}x up", f"link set {name}x up")
        self.ip(f"link del {name}", f"link del {name}a", f"link del {name}v", f"link del {name}x")

    def done(self):
        self.ip.close()


class Namespaces(Actor):
    """Namespaces with a bridge, members and traffic come and go whole."""

    def act(self):
        with Bridge(2, first=31) as doomed:
            one, two = doomed.hosts
            two.join("239.1.1.1")
            one.query(3, code=1)
            one.send("239.1.1.1", 5)


class Module(Actor):
    """The module goes and comes. On its way it waits for what the others do, and so is let
    go first."""

    pause, nice = 1.0, -15

    def act(self):
        mgate.try_unload()
        with contextlib.suppress(FileExistsError):
            mgate.load(mode="on")

    def done(self):
        if not mgate.loaded():
            mgate.load(mode="on")


class Loads(Module):
    """The module goes and comes as fast as it can; nothing else changes."""

    pause = 0.01

    def act(self):
        if not mgate.try_unload():
            raise BlockingIOError("somebody holds it")
        mgate.load(mode="on")


class Hotplug(Actor):
    """The second processor is switched off and on."""

    pause = 0.05

    def act(self):
        for value in "01":
            with open(CPU, "w", encoding="ascii") as file:
                file.write(value)


class Memory(Actor):
    """Now and then there is no memory for what frames create."""

    pause = 0.1

    def act(self):
        failing(self.dice.choice((0, 0, 10, 50, 100)))

    def done(self):
        failing(0)


def fail_set(**values):
    """Write to the files of failslab."""
    for name, value in values.items():
        with open(FAILSLAB + name.replace("_", "-"), "w", encoding="ascii") as file:
            file.write(f"{value}\n")


def failing(percent, interval=1):
    """Have so many of the allocations from mgate's own caches fail, of each so many one.
    (The caches are marked on the kernel's command line, see scripts/storm.)"""
    fail_set(probability=0)
    fail_set(cache_filter="Y", task_filter="N", ignore_gfp_wait="N", verbose=0,
             interval=interval, times=-1, space=0, probability=percent)
