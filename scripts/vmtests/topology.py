# SPDX-License-Identifier: GPL-2.0-only
"""A random set-up: a bridge, its ports, VLANs and flags, and what mgate is told."""
import dataclasses
import ipaddress

import wire
from lab import Bridge
from oracle import HOST
from words import becomes

UNKNOWN = ("238.9.9.9", "239.200.1.1", "224.0.1.0")
GROUPS = ("239.1.1.1", "239.129.1.1", "239.7.7.7", "225.135.7.7", "232.1.1.1", "224.0.1.5")
UNKNOWN6 = "ff05::9:9", "ff0e::200:1"
GROUPS6 = "ff05::1:3", "ff15::1:3", "ff0e::7:7", "ff3e::8000:1"
FLOODED = "239.255.255.250"
VIDS = (1, 10, 20, 30)
TPIDS = {"802.1q": b"\x81\x00", "802.1ad": b"\x88\xa8"}


@dataclasses.dataclass
class Port:
    """One port: the bridge's flags, its VLANs, mgate's settings."""
    number: int
    flags: dict = dataclasses.field(default_factory=dict)   # of `bridge link set`
    state: int = 3              # blocking and disabled ones the kernel lets go again
    link: str = "up"            # or: down here, or at the other end
    known: bool = True          # a locked port's host has an entry in the FDB
    vlans: dict = dataclasses.field(default_factory=dict)   # vid -> leaves untagged
    pvid: int = 0
    mode: str = "snoop"
    router: str = "auto"
    unknown: str = "inherit"
    fast_leave: int = 0
    max_groups: int = 4096

    @property
    def name(self):
        """Its device."""
        return f"p{self.number}"


def some(dice, chance, value, default):
    """The value with this chance, else the default."""
    return value if dice.random() < chance else default


class Topology:
    """All that is random of a bridge, drawn once; then put on as many as one likes.
    With a protocol of VLANs it filters by them."""

    def __init__(self, dice, protocol):
        self.filtering = bool(protocol)
        self.protocol = protocol or "802.1q"
        self.tpid = TPIDS[self.protocol]
        self.ports = {n: self._port(dice, n) for n in range(1, dice.randrange(3, 7) + 1)}
        self.host = Port(HOST)
        if protocol:
            for port in (*self.ports.values(), self.host):
                self._vlans(dice, port)
        self.unknown = dice.choice(["auto", "auto", "routers", "flood", "drop"])
        self.reports = some(dice, 0.2, "all", "routers")
        self.accept = some(dice, 0.2, "strict", "any")
        self.ipv6 = some(dice, 0.6, "safe", dice.choice(["full", "full", "off"]))
        more = some(dice, 0.3, ["239.7.0.0/16", "ff0e::7:0/112"], [])
        self.flood = [ipaddress.ip_network(text) for text in [f"{FLOODED}/32", *more]]
        self.host_all = some(dice, 0.2, dice.choice(["promisc", "allmulticast"]), "")
        self.host_macs = [wire.mac_of(group) for group in (*GROUPS, *UNKNOWN, *GROUPS6, *UNKNOWN6)
                          if dice.random() < 0.15]
        self.static = {}
        for _ in range(dice.randrange(3)):
            self._static(dice)

    @staticmethod
    def _port(dice, number):
        port = Port(number)
        for flag in "isolated", "hairpin", "locked":
            if dice.random() < 0.15:
                port.flags[flag] = "on"
        for flag in "learning", "mcast_flood", "flood", "bcast_flood":
            if dice.random() < 0.12:
                port.flags[flag] = "off"
        if "locked" in port.flags:  # else frames that a bridge keeps would be learned from
            port.flags["learning"] = "off"
        port.known = dice.random() < 0.7
        port.state = some(dice, 0.1, dice.choice([1, 2]), 3)
        port.link = some(dice, 0.08, dice.choice(["down", "no carrier"]), "up")
        port.mode = some(dice, 0.25, dice.choice(["flood", "ignore"]), "snoop")
        port.router = some(dice, 0.3, dice.choice(["query", "always", "never"]), "auto")
        port.unknown = some(dice, 0.3, dice.choice(["flood", "drop"]), "inherit")
        port.fast_leave = some(dice, 0.4, 1, 0)
        port.max_groups = some(dice, 0.15, dice.randrange(1, 4), 4096)
        return port

    @staticmethod
    def _vlans(dice, port):
        port.vlans = {vid: dice.random() < 0.5 for vid in VIDS if dice.random() < 0.7}
        if port.vlans and dice.random() < 0.85:
            port.pvid = dice.choice(list(port.vlans))

    def _static(self, dice):
        port = dice.choice([self.host, *self.ports.values()])
        if port.max_groups == 4096:
            vid = dice.choice(VIDS) if self.filtering else dice.choice((0, 0, 5))
            key = vid, ipaddress.ip_address(dice.choice((*GROUPS, *GROUPS6)))
            self.static.setdefault(key, set()).add(port.number)

    # --- For the oracle ---------------------------------------------------------

    def pvid(self, port):
        """The VLAN of an untagged frame that comes in there."""
        return (self.ports[port] if port != HOST else self.host).pvid

    def ports_with(self, name, value):
        """The numbers of the ports where mgate was told this."""
        return {port.number for port in self.ports.values() if getattr(port, name) == value}

    def without_flood(self):
        """The numbers of the ports with `mcast_flood off`."""
        return {port.number for port in self.ports.values() if "mcast_flood" in port.flags}

    def host_listens(self, mac):
        """Does the bridge's own device take frames to this address? What every host
        joins is 224.0.0.1 and ff02::1."""
        macs = [wire.mac_of(wire.ALL_HOSTS), wire.mac_of("ff02::1"), *self.host_macs]
        return bool(self.host_all) or mac.hex(":") in macs

    def lets_in(self, number, data):
        """Does the bridge let this frame of the port's own host in?"""
        port = self.ports[number] if number != HOST else self.host
        stranger = not port.known or data[6:12] != bytes([2, 0, 0, 0, 0, number])
        if port.state != 3 or port.link != "up" or port.flags.get("locked") == "on" and stranger:
            return False
        if not self.filtering:
            return True
        tci = int.from_bytes(data[14:16]) & 0xfff if data[12:14] == self.tpid else 0
        return (tci or port.pvid) in port.vlans

    # --- To put it on a bridge --------------------------------------------------

    def bridge(self, **more):
        """A bridge of this kind, its ports forwarding still; use it by `with`."""
        # Without a delay: its timer would make a listening port forward some day.
        return Bridge(len(self.ports), vlan_filtering=int(self.filtering),
                      vlan_protocol=self.protocol, forward_delay=0, **more)

    def settle(self, br, flood=False):
        """Set VLANs, flags and states, the last of all; with `flood` no port has
        `mcast_flood off`."""
        lines = []
        if self.filtering:
            lines += self._vlan_lines(self.host, br.name, "self")
        for port in self.ports.values():
            lines += self._port_lines(port, br.hosts[port.number - 1].mac)
        for port in self.ports.values():
            br.ns.device(port.name, "brport/flush").write_text("1")
        if flood:
            lines += [f"link set dev p{number} mcast_flood on" for number in self.without_flood()]
        br.ns.bridge(*lines)
        for mac in self.host_macs:
            br.ns.listen(br.name, mac)
        if self.host_all:
            br.ns.ip(f"link set {br.name} {self.host_all} on")
        for port in self.ports.values():
            self._link(br, port)

    def _port_lines(self, port, mac):
        if self.filtering:
            yield from self._vlan_lines(port, port.name, "master")
        flags = " ".join(f"{flag} {value}" for flag, value in port.flags.items())
        if flags:
            yield f"link set dev {port.name} {flags}"
        if port.known and port.flags.get("locked"):
            yield f"fdb replace {mac} dev {port.name} master static sticky"
        if port.state != 3:
            yield f"link set dev {port.name} state {port.state}"

    @staticmethod
    def _vlan_lines(port, name, whose):
        yield f"vlan del dev {name} vid 1 {whose}"
        for vid, untagged in port.vlans.items():
            yield (f"vlan add dev {name} vid {vid} {whose}" + " untagged" * untagged +
                   " pvid" * (vid == port.pvid))

    @staticmethod
    def _link(br, port):
        if port.link == "down":
            br.ns.up(port.name, False)
        if port.link == "no carrier":
            br.hosts[port.number - 1].ns.up("eth0", False)
            becomes(br.ns.device(port.name, "carrier").read_text, "0\n", f"link of {port.name}")

    def tell(self, br):
        """Write mgate's settings."""
        br.set("mode", "on")
        br.set("convergence_ms", 0)
        # What these make of leaves and of silence has tests of its own.
        br.set("proxy", "off")
        br.set("querier", "off")
        for file in "unknown", "reports", "accept", "ipv6":
            br.set(file, getattr(self, file))
        for network in self.flood[1:]:
            br.set("flood", f"+ {network}")
        for (vid, group), ports in self.static.items():
            for number in ports:
                port = f"p{number}" if number != HOST else "host"
                br.set("groups_static", f"+ {port} {group}" + f" vid {vid}" * bool(vid))
        for port in self.ports.values():
            for file in "mode", "router", "unknown", "fast_leave", "max_groups":
                br.set(file, getattr(port, file), port.name)

    def __str__(self):
        rows = [f"filtering {int(self.filtering)} protocol {self.protocol} unknown {self.unknown} "
                f"reports {self.reports} accept {self.accept} ipv6 {self.ipv6} "
                f"flood {list(map(str, self.flood))}",
                f"static {[(v, str(g), p) for (v, g), p in self.static.items()]}",
                f"host vlans {self.host.vlans} pvid {self.host.pvid} {self.host_all} "
                f"listens to {self.host_macs}"]
        return "\n".join(rows + [str(port) for port in self.ports.values()])
