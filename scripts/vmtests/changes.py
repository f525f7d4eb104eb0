# SPDX-License-Identifier: GPL-2.0-only
"""What is changed of a random set-up while it runs: VLANs, flags, states and links of its
ports, drawn for a Topology, told it, and put on as many bridges as one likes."""
import dataclasses
import fcntl
import socket
import struct

from topology import VIDS
from words import becomes

SIOCBRADDIF, SIOCBRDELIF = 0x89a2, 0x89a3
FLAGS = "isolated", "hairpin", "locked", "learning", "flood", "bcast_flood"
ON = "isolated", "hairpin", "locked"    # what is off where nothing is said
SPARE = "spare"


@dataclasses.dataclass
class Change:
    """One change. `stopped` is the port that has lost its link, if one has."""
    text: str
    lines: list = dataclasses.field(default_factory=list)   # for `bridge`
    flush: str = ""         # a port that is to forget the addresses behind it
    link: tuple = ()        # a port's device, and whether it is up
    stopped: int | None = None

    def put_on(self, br, flood):
        """Do it, and wait until all is told; with `flood` no port gets `mcast_flood off`."""
        lines = [line for line in self.lines if not (flood and "mcast_flood" in line)]
        if lines:
            br.ns.bridge(*lines)
        if self.flush:
            br.ns.device(self.flush, "brport/flush").write_text("1")
        if self.link:
            name, up = self.link
            br.ns.up(name, up)
            becomes(br.ns.device(name, "operstate").read_text, "up\n" if up else "down\n",
                    f"state of {name}")
            becomes(br.ns.device(name, "brport/state").read_text, "3\n" if up else "0\n",
                    f"the bridge's state of {name}")
        tell_all(br)


def prepare(br):
    """Have the device by which tell_all() works."""
    br.ns.ip(f"link add {SPARE} type veth peer name {SPARE}x")


def tell_all(br):
    """The bridges tell states and flags later, from a work; but when a port leaves one, all
    that waits is told before."""
    with br.ns.entered(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        index = socket.if_nametoindex(SPARE)
        for request in SIOCBRADDIF, SIOCBRDELIF:
            fcntl.ioctl(sock, request, struct.pack("16si20x", br.name.encode(), index))


class Changes:
    """Draws changes. Flags of which the bridges must be prepared change only if `flips`."""

    def __init__(self, dice, setting, flips):
        self.dice, self.setting = dice, setting
        self.kinds = [self.flag, self.state, self.link]
        self.kinds += [self.vlan] * (3 if setting.filtering else 0)
        self.flags = FLAGS + ("mcast_flood",) * flips

    def draw(self):
        """The next change, of which the Topology knows already."""
        while True:
            change = self.dice.choice(self.kinds)()
            if change:
                return change

    def port(self):
        """Any port that has a link at the other end."""
        return self.dice.choice([port for port in self.setting.ports.values()
                                 if port.link != "no carrier"] or [None])

    def flag(self):
        """A flag of a port is turned over."""
        port, name = self.port(), self.dice.choice(self.flags)
        if not port:
            return None
        usual = "off" if name in ON else "on"
        value = {"on": "off", "off": "on"}[port.flags.get(name, usual)]
        lines = [f"link set dev {port.name} {name} {value}"]
        port.flags[name] = value
        if value == usual:
            del port.flags[name]
        change = Change(f"{port.name} {name} {value}", lines)
        if name == "locked" and value == "on":  # else strangers known before were let in
            port.flags["learning"] = "off"
            lines.insert(0, f"link set dev {port.name} learning off")
            change.flush = port.name
            if port.known:
                lines.append(f"fdb replace 02:00:00:00:00:{port.number:02x} dev {port.name} "
                             "master static sticky")
        elif "locked" in port.flags and name == "learning":
            port.flags["learning"] = "off"
            return None
        return change

    def state(self):
        """A port is let forward or not. Blocked and disabled ones the kernel lets go."""
        port = self.port()
        if not port or port.link != "up":
            return None
        port.state = self.dice.choice([1, 2]) if port.state == 3 else 3
        return Change(f"{port.name} state {port.state}",
                      [f"link set dev {port.name} state {port.state}"])

    def link(self):
        """A port is switched off or on; then it forwards."""
        port = self.port()
        if not port:
            return None
        port.link = "down" if port.link == "up" else "up"
        if port.link == "down":
            return Change(f"{port.name} down", link=(port.name, False), stopped=port.number)
        port.state = 3
        return Change(f"{port.name} up", link=(port.name, True))

    def vlan(self):
        """A VLAN of a port, or of the bridge itself, comes, goes or has other flags."""
        port, vid = self.dice.choice([self.setting.host, *self.setting.ports.values()]), \
            self.dice.choice(VIDS)
        name, whose = (port.name, "master") if port.number else ("br0", "self")
        if port.pvid == vid:
            port.pvid = 0
        if vid in port.vlans and self.dice.random() < 0.6:
            del port.vlans[vid]
            text = f"vlan del dev {name} vid {vid} {whose}"
        else:
            port.vlans[vid] = untagged = self.dice.random() < 0.5
            pvid = self.dice.random() < 0.4
            port.pvid = vid if pvid else port.pvid
            text = f"vlan add dev {name} vid {vid} {whose}" + " untagged" * untagged + \
                " pvid" * pvid
        return Change(text, [text])
