# SPDX-License-Identifier: GPL-2.0-only
"""What udev hears of mgate, and what its rule does then."""
import contextlib
import pathlib
import re
import socket

import mgate
import tool
from lab import Bridge
from words import check, equal, eventually, proves

NETLINK_KOBJECT_UEVENT, FROM_KERNEL = 15, 1
RULE = tool.TREE / "scripts/udev/85-mgate.rules"
FOLDER = pathlib.Path("/etc/mgate")


class Uevents:
    """What the kernel tells udev in a namespace, from now on."""

    def __init__(self, br):
        self.br, self.heard = br, []
        with br.ns.entered():
            self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK,
                                      NETLINK_KOBJECT_UEVENT)
        self.sock.bind((0, FROM_KERNEL))

    def said(self, name):
        """Of a device: (action, MGATE=), in their order. The files of mgate are there when
        it is said that they are."""
        with contextlib.suppress(BlockingIOError):
            while True:
                words = self.sock.recv(8192).decode().split("\0")[1:]
                self.heard.append(dict(word.split("=", 1) for word in words if word))
        return [(one["ACTION"], one.get("MGATE")) for one in self.heard
                if one.get("INTERFACE") == name and one["SUBSYSTEM"] == "net"]

    def hears(self, name, *wanted):
        """Wait until this was said of a device, in this order."""
        eventually(lambda: [one for one in self.said(name) if one in wanted] == list(wanted),
                   f"uevents of {name}: {wanted}")


@contextlib.contextmanager
def listening(br):
    """Uevents of the namespace of a bridge."""
    events = Uevents(br)
    with events.sock:
        yield events


@proves("issue 11 item 2: applied as bridges and ports appear")
def test_bridges_and_ports_appear():
    """A new bridge, a port that joins, and all there is when mgate is loaded: udev is told
    when the files are there, behind the kernel's own word of a new device; and of another
    name by the kernel."""
    with Bridge(1) as br, listening(br) as events:
        br.ns.ip("link add br9 type bridge")
        check(br.ns.device("br9", "mgate").exists(), "files of the new bridge")
        events.hears("br9", ("add", None), ("change", "bridge"))
        host = br.add_host(master=False)
        events.hears("p2", ("add", None))
        br.ns.ip(f"link set {host.port} master br0")
        events.hears("p2", ("add", None), ("change", "port"))
        equal([one for one in events.said("p2") if one[1]], [("change", "port")], "told once")
        events.heard.clear()
        mgate.reload()
        for name, what in ("br0", "bridge"), ("br9", "bridge"), ("p1", "port"), ("p2", "port"):
            events.hears(name, ("change", what))
        check('ACTION=="add|move"' in RULE.read_text(), "the rule heeds other names")
        br.ns.ip("link set br9 name br8")
        events.hears("br8", ("move", None))
        check(br.ns.device("br8", "mgate").exists(), "files under the other name")


@proves("issue 11 item 2: a udev rule applies the settings")
def test_rule():
    """Both lines of the rule run a command that applies what is set for a device; that a
    line is bad goes to the log, and is no failure to write the others."""
    commands = re.findall(r'RUN\+="([^"]*)"', RULE.read_text())
    equal(len(commands), 2, "commands of the rule")
    FOLDER.mkdir(exist_ok=True)
    file = FOLDER / "vmtests.conf"
    file.write_text("[port p1]\nguard = 1\nnothing = 1\n[bridge br0]\nunknown = flood\n")
    try:
        with Bridge(1) as br:
            for command, name, key, value in ((commands[0], "p1", "guard", "1"),
                                              (commands[1], "br0", "unknown", "flood")):
                command = command.replace("/usr/sbin/mgate", tool.MGATE).replace("$name", name)
                done = br.ns.run("ip", "netns", "exec", br.ns.name, *command.split(), check=False)
                equal((done.returncode, done.stdout + done.stderr), (int(name == "p1"), ""),
                      command)
                equal(br.get(key, None if name == "br0" else name), value, command)
    finally:
        file.unlink()
