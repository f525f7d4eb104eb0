# SPDX-License-Identifier: GPL-2.0-only
"""Who plays in the demo: a router, a sender, and what arrives of its stream."""
import mmap
import os
import pathlib
import signal
import subprocess
import time

import netns
import wire
from host import PORT, new_stream, other_processor
from words import eventually

GROUP = "239.1.1.1"
RATE = 100  # packets a second
FRR = pathlib.Path("/usr/lib/frr")
CONFIG = """interface eth0
 ip pim
 ip igmp
 ip igmp query-max-response-time 20
 ip igmp query-interval 10
 ip igmp last-member-query-count 2
 ip igmp last-member-query-interval 10
"""


class Home(netns.Namespace):
    """The namespace in which the machine came up: paths are those that a user knows."""

    def __init__(self):  # pylint: disable=super-init-not-called
        self.name = "home"
        self.path = pathlib.Path("/proc/1/ns/net")
        self.sysfs = pathlib.Path("/sys")
        self.inode = self.path.stat().st_ino


class Router:
    """FRR in the namespace of a host: it asks who wants what, every ten seconds."""

    def __init__(self, host):
        self.folder = pathlib.Path("/run/demo-router")
        self.folder.mkdir()
        subprocess.run(["chown", "frr:frr", self.folder], check=True)
        (self.folder / "empty.conf").touch()
        (self.folder / "pimd.conf").write_text(CONFIG)
        self.log = (self.folder / "log").open("wb")
        self.programs = []
        with host.ns.entered():
            self._start("zebra", "empty.conf")
            eventually((self.folder / "zserv").exists, "zebra opens its socket", timeout=60)
            self._start("pimd", "pimd.conf")

    def _start(self, name, config):
        self.programs.append(subprocess.Popen(  # pylint: disable=consider-using-with
            [FRR / name, "-f", self.folder / config, "-z", self.folder / "zserv",
             "-i", self.folder / f"{name}.pid", "--vty_socket", self.folder,
             "-P", "0", "--log", "stdout"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log))

    def words(self):
        """The last that it said."""
        return (self.folder / "log").read_text(errors="replace")[-2000:]

    def close(self):
        """Stop it."""
        for program in reversed(self.programs):
            program.terminate()
            program.wait()
        self.log.close()


class Sender:
    """A child process that sends numbered packets; those below `sent` have left."""

    def __init__(self, host):
        self.sock, self.stream, self.child = host.udp(), new_stream(), 0
        self.count = memoryview(mmap.mmap(-1, 8)).cast("Q")  # shared with the child

    @property
    def sent(self):
        """How many by now."""
        return self.count[0]

    def start(self):
        """Begin."""
        self.child = os.fork()
        if not self.child:
            try:
                self._send()
            finally:
                os._exit(0)

    def _send(self):
        """Send for ever; what a slow machine missed is not made up for."""
        # From one processor to another a packet would overtake the last one.
        other_processor()
        began, sent = time.monotonic(), 0
        while True:
            time.sleep(0.005)
            due = int((time.monotonic() - began) * RATE)
            if due > sent + RATE:
                began, due = time.monotonic() - sent / RATE, sent
            while sent < due:
                self.sock.sendto(wire.mark(self.stream, sent), (GROUP, PORT))
                sent += 1
                self.count[0] = sent

    def close(self):
        """End it."""
        if self.child:
            os.kill(self.child, signal.SIGKILL)
            os.waitpid(self.child, 0)
        self.sock.close()


class Meter:
    """Which packets of the stream arrived at a host."""

    def __init__(self, host, stream):
        self.tap, self.stream = host.tap, stream
        self.numbers = []

    def read(self):
        """Take what came by now."""
        self.numbers = self.tap.numbers(self.stream)

    def window(self, first, last, recent=False):
        """Those with numbers from first to last, in the order they came; with `recent`
        only the last ones are looked through."""
        numbers = self.numbers[-4 * RATE:] if recent else self.numbers
        return [number for number in numbers if first <= number <= last]

    def has_all(self, first, last):
        """Did each of these arrive, once and in order?"""
        return self.window(first, last) == list(range(first, last + 1))
