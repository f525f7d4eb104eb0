# SPDX-License-Identifier: GPL-2.0-only
"""What goes on in a storm: each actor does one random thing after the other, in a process
of its own, to one bridge with six hosts."""
import contextlib
import fcntl
import os
import select
import socket
import subprocess
import termios

import genl
import mgate
import netns
import wire
import wire6

GROUPS = [f"239.1.{number % 4}.{number}" for number in range(1, 60)] + ["232.1.1.1", "224.0.1.5"]
GROUPS[5:5] = [f"ff05::{number % 4}:{number:x}" for number in range(1, 30)] + ["ff3e::8000:1"]
SOURCES6 = ["fd00::2", "fd00::3", "fd09::1", "fd09::2", "fd09::3"]
SOURCES = ["10.0.0.2", "10.0.0.3", "10.9.9.1", "10.9.9.2", "10.9.9.3"]
VIDS = (None, None, None, 1, 10, 20)
TABLES = ("bridges", "ports", "groups", "hosts", "routers", "queriers", "counters", "flows",
          "rules", "stats")
READS = 300


class Shell:
    """`ip` or `bridge` that does line after line, and goes on after one that fails. What
    names a device that is not there may end it: then there is another."""

    def __init__(self, program, ns):
        self.program, self.ns, self.child = program, ns, None

    def _start(self):
        with self.ns.entered():
            self.child = subprocess.Popen(  # pylint: disable=consider-using-with
                [self.program, "-force", "-batch", "-"], stdin=subprocess.PIPE, text=True,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _is_busy(self):
        unread = fcntl.ioctl(self.child.stdin, termios.FIONREAD, bytes(4))
        return self.child.poll() is None and unread != bytes(4)

    def __call__(self, *lines):
        """Have it do these, when it has read those before them."""
        if not self.child or self.child.poll() is not None:
            self._start()
        while self._is_busy():
            select.select([], [], [], 0.01)
        with contextlib.suppress(BrokenPipeError):
            self.child.stdin.write("".join(f"{line}\n" for line in lines))
            self.child.stdin.flush()

    def close(self):
        """Wait until it has done all."""
        if self.child:
            with contextlib.suppress(BrokenPipeError):
                self.child.stdin.close()
            self.child.wait()


class Actor:
    """One that acts; `pause` in seconds is what lies between two acts, `nice` how far it
    gives way to others."""

    pause, nice = 0.0, 0

    def __init__(self, world, dice):
        self.world, self.dice, self.br = world, dice, world.br
        self.raws = {}

    def act(self):
        """Do one thing. May fail by an OSError: what it is done to may just be gone."""

    def done(self):
        """At the end."""

    def host(self):
        """Any host."""
        return self.dice.choice(self.br.hosts)

    def group(self, six=None):
        """Any group, some more often; with `six` those of one family only."""
        groups = [group for group in GROUPS if six in (None, wire.is_ipv6(group))]
        return self.dice.choice(groups[:self.dice.choice((2, 7, len(groups)))])

    def port(self):
        """Any port but those of the first two hosts."""
        return self.dice.choice(self.br.hosts[2:]).port

    def inject(self, host, *frames):
        """Send frames; the host's device may have been made anew."""
        try:
            if host not in self.raws:
                with host.ns.entered():
                    self.raws[host] = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
                self.raws[host].bind(("eth0", 0))
            for frame in frames:
                self.raws[host].send(frame)
        except OSError:
            if host in self.raws:
                self.raws.pop(host).close()
            raise

    def write(self, port, file, value):
        """Write to sysfs, of the bridge or a port."""
        with open(self.br.ns.device(port or self.br.name, file), "w", encoding="ascii") as f:
            f.write(f"{value}\n")


class Joins(Actor):
    """Reports and leaves of all versions."""

    pause = 0.005

    def act(self):
        dice, host, group = self.dice, self.host(), self.group()
        frames = []
        for _ in range(dice.randrange(1, 6)):
            message = self.message_of_ipv6 if wire.is_ipv6(group) else self.message
            frames.append(host.frame(*message(group, dice.randrange(7)), vlan=dice.choice(VIDS)))
        self.inject(host, *frames)

    def message(self, group, kind):
        """A message of IGMP and where it goes."""
        if kind < 3:
            return (wire.v2_report if kind else wire.v1_report)(group), group
        if kind == 3:
            return wire.leave(group), wire.ALL_ROUTERS
        return wire.v3_report(*self.records(group)), wire.ALL_REPORTS

    def message_of_ipv6(self, group, kind):
        """The same of MLD."""
        if kind < 3:
            return wire6.v1_report(group), group
        if kind == 3:
            return wire6.done(group), wire6.ALL_ROUTERS
        return wire6.v2_report(*self.records(group)), wire6.ALL_REPORTS

    def records(self, group):
        """Records of any kinds, of the group and of others of its family."""
        dice, six = self.dice, wire.is_ipv6(group)
        sources = SOURCES6 if six else SOURCES
        return [wire.record(dice.randrange(1, 7), one,
                            dice.sample(sources, dice.randrange(len(sources))))
                for one in (group, *(self.group(six) for _ in range(dice.randrange(4))))]


class Queries(Actor):
    """Queries of all kinds from two routers, and what else makes a router known."""

    pause = 0.01

    def act(self):
        dice = self.dice
        host = dice.choice((*self.br.hosts[:2], self.host()))
        if dice.randrange(3) == 0:
            self.inject(host, self.of_ipv6(host))
            return
        group = dice.choice(("0.0.0.0", "0.0.0.0", self.group(False)))
        version = dice.choice((1, 2, 3, 3))
        sources = dice.sample(SOURCES, 2) if version == 3 and group != "0.0.0.0" else ()
        text = wire.query(version, group, sources, code=dice.choice((1, 1, 2, 10)))
        dst = wire.ALL_HOSTS if group == "0.0.0.0" else group
        src = dice.choice((host.ip, host.ip, "0.0.0.0"))
        frame = host.frame(text, dst, src=src, vlan=dice.choice(VIDS))
        if dice.randrange(6) == 0:
            frame = host.frame(wire.pim_hello(dice.choice((0, 1, 105))), wire.ALL_PIM,
                               proto=wire.PIM, options=b"")
        self.inject(host, frame)

    def of_ipv6(self, host):
        """The same of MLD and IPv6."""
        dice = self.dice
        if dice.randrange(6) == 0:
            return host.frame(wire6.pim_hello(dice.choice((0, 1, 105))), wire6.ALL_PIM,
                              proto=wire.PIM, headers=())
        group, version = dice.choice(("::", "::", self.group(True))), dice.choice((1, 2, 2))
        sources = dice.sample(SOURCES6, 2) if version == 2 and group != "::" else ()
        text = wire6.query(version, group, sources, code=dice.choice((100, 100, 200, 1000)))
        return host.frame(text, wire6.ALL_NODES if group == "::" else group,
                          src=dice.choice((host.link_local, host.link_local, "::")),
                          vlan=dice.choice(VIDS))


class Data(Actor):
    """Streams to groups, from ports and from the bridge's own host."""

    pause = 0.01

    def act(self):
        host, group, vlan = self.host(), self.group(), self.dice.choice(VIDS)
        frame = host.data(group)
        if vlan is not None:
            frame = frame[:12] + b"\x81\0" + vlan.to_bytes(2) + frame[12:]
        if self.dice.randrange(8) == 0:
            self.br.send_from_host(*[frame] * 5)
        else:
            self.inject(host, *[frame] * 10)


class Dumps(Actor):
    """All files of debugfs and sysfs, by small reads and by large ones."""

    pause = 0.01

    def __init__(self, world, dice):
        super().__init__(world, dice)
        self.paths = []

    def act(self):
        if not self.paths:
            self.paths = [*mgate.DEBUGFS.glob("*"), *netns.SYSFS.glob("*/class/net/*/mgate/*")]
            self.dice.shuffle(self.paths)
        size = self.dice.choice((7, 300, 65536))
        for path in [*mgate.DEBUGFS.glob("groups"), *self.paths[:10]]:
            if self.world.is_over():
                break
            with contextlib.suppress(OSError):
                descriptor = os.open(path, os.O_RDONLY)
                try:
                    for _ in range(READS):  # by small reads only the beginning
                        if not os.read(descriptor, size):
                            break
                finally:
                    os.close(descriptor)
        del self.paths[:10]


class Netlink(Actor):
    """All tables over generic netlink, whole or given up in the middle, and what would happen
    to frames; meanwhile it listens to the events, and reads them or not."""

    pause = 0.01

    def __init__(self, world, dice):
        super().__init__(world, dice)
        self.ear = None

    def act(self):
        try:
            self.ask()
        except (genl.family.NotLoaded, genl.netlink.Gone, genl.netlink.Interrupted,
                genl.netlink.Lost) as error:
            self.done()
            raise BlockingIOError from error

    def ask(self):
        """All of it, of the bridge or of all."""
        dice, number = self.dice, genl.index(self.br, self.br.name)
        if not self.ear:
            self.ear = genl.Ear(self.br.ns)
        with genl.opened(self.br.ns) as asked:
            group = self.group()
            asked.explain(bridge=number, port=genl.index(self.br, self.port()),
                          vid=dice.choice((0, 10)), group=group, mac=self.host().mac,
                          source=dice.choice(SOURCES6 if wire.is_ipv6(group) else SOURCES))
            for table in dice.sample(TABLES, 4):
                asked.dump(table, dice.choice((None, number)))
            command = genl.family.COMMANDS.index(f"{dice.choice(TABLES)}_get") + 1
            asked.connection._send(  # pylint: disable=protected-access
                command, genl.netlink.F_DUMP, b"")
        if dice.randrange(3):
            self.ear.take()

    def done(self):
        if self.ear:
            self.ear.close()
        self.ear = None
