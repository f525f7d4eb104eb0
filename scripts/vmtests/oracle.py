# SPDX-License-Identifier: GPL-2.0-only
"""What mgate lets out where, said anew from INTERFACE.md and DECISIONS.md: slow, of
whole frames, one after the other, with nothing of the module in it.

Time does not pass here: nobody who uses it waits until a membership ends.
"""
import dataclasses
import ipaddress

import hosts
import oracle6
import wire
import wire6
from filters import BLOCK, IS_EX, IS_IN, TO_EX, TO_IN, Filter, is_ssm

HOST = 0  # the bridge's own host as the place where a frame comes from
TAGS = (b"\x81\x00", b"\x88\xa8")
LINK_LOCAL = ipaddress.ip_network("224.0.0.0/24")
MULTICAST = ipaddress.ip_network("224.0.0.0/4")
NO_HOST = [ipaddress.ip_network(text) for text in ("0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3")]
NOBODY = ipaddress.ip_address("0.0.0.0")
ALL = "wherever the bridge sends it"


@dataclasses.dataclass
class Verdict:
    """What may become of a frame that was let in."""
    ports: object = ALL         # or a set of ports
    host: bool = True           # does the bridge's own host get it
    turned: bool = False        # with redirect, mgate sends it itself


@dataclasses.dataclass
class Read:
    """A frame as far as the oracle reads it; `fate` of what is decided without tables."""
    vid: int = 0
    fate: str = "other"         # other, broken, data, message
    ip: int = 4
    group: object = NOBODY
    source: object = NOBODY
    mac: bytes = b""
    body: bytes = b""
    ttl: int = 0
    alert: bool = False


@dataclasses.dataclass
class Vlan:
    """What is known of one VLAN and family."""
    querier: object = None      # its address
    at: int = HOST              # where it was heard last
    gates: bool = False
    routers: set = dataclasses.field(default_factory=set)
    proxies: set = dataclasses.field(default_factory=set)   # while no querier has an address


class Oracle:
    """Sees every frame that a bridge lets in, in their order. `setting` is a Topology."""

    def __init__(self, setting):
        self.setting = setting
        self.members = {}       # (vid, group) -> {port: Filter}
        self.hosts = {}         # (vid, group, port) -> those behind it
        self.vlans = {}         # (vid, 4 or 6) -> Vlan
        self.limited = set()

    # --- Who gets it ------------------------------------------------------------

    def judge(self, port, data):
        """What may become of a frame which came in by `port`. Learns from it what there
        is to learn."""
        read = self.read(port, data)
        if read.fate == "other" or read.fate == "broken" and port == HOST:
            return Verdict()
        if read.fate == "broken":
            return Verdict(set(), False)
        if read.fate == "data":
            ports = self._data(port, read)
        else:
            ports = self._message(read)
            self._learn(port, read)
        solicits = read.fate == "data" and read.ip == 6 and read.group in oracle6.SOLICITED
        turned = (read.fate == "message" or ports is not ALL and not solicits) and \
            port != HOST and (not self.setting.filtering or read.vid in self.setting.host.vlans)
        if ports is ALL:
            return Verdict(turned=turned)
        up = self.setting.host_listens(data[:6]) or HOST in ports
        return Verdict(ports if solicits else ports - {port}, up, turned)

    def _data(self, port, read):
        vlan = self.vlans.get((read.vid, read.ip), Vlan())
        key = read.vid, read.group
        if not vlan.gates or self._is_everywhere(key) or \
                any(read.group in network for network in self.setting.flood):
            return ALL
        members, static = self.members.get(key, {}), self.setting.static.get(key, set())
        others = self.setting.ports_with("mode", "flood") | self.limited
        if members or static:
            wanted = {port for port, member in members.items() if member.forwards(read.source)}
            return wanted | static | others | self._routers(vlan)
        # What the host sends is flooded to ports with `mcast_flood off` too.
        closed = self.setting.without_flood() if port != HOST else set()
        return self._unknown(vlan, others, closed)

    def _is_everywhere(self, key):
        """Of link scope? Solicited-node groups with members are gated by `full`."""
        group = key[1]
        if group.version == 4:
            return group in LINK_LOCAL
        gated = self.setting.ipv6 == "full" and group in oracle6.SOLICITED and key in self.members
        return oracle6.is_link_scope(group) and not gated

    def _unknown(self, vlan, flood, closed):
        rule = self.setting.ports_with("unknown", "flood")
        if self.setting.unknown == "flood":
            rule = rule | self.setting.ports_with("unknown", "inherit")
        flood = flood | rule - closed
        return flood if self.setting.unknown == "drop" else flood | self._routers(vlan)

    def _routers(self, vlan):
        return vlan.routers | vlan.proxies | self.setting.ports_with("router", "always")

    def _message(self, read):
        vlan = self.vlans.get((read.vid, read.ip), Vlan())
        reports = (0x12, 0x16, 0x17, 0x22) if read.ip == 4 else oracle6.REPORTS
        if not read.body or read.body[0] not in reports or \
                self.setting.reports == "all" or vlan.querier is None:
            return ALL
        return self._routers(vlan) | self.setting.ports_with("mode", "flood")

    # --- What is learned --------------------------------------------------------

    def _learn(self, port, read):
        if not read.body or port != HOST and self.setting.ports[port].mode == "ignore":
            return
        if read.ip == 6:
            if oracle6.is_learned(read):
                self._learn_from(port, read, wire6.QUERY, oracle6.asked, records6)
            return
        if read.ttl != 1 or self.setting.accept == "strict" and not read.alert \
                and not is_version_1(read.body):
            return
        if read.source != NOBODY and any(read.source in network for network in NO_HOST):
            return
        self._learn_from(port, read, 0x11, asked, records)

    def _learn_from(self, port, read, query, asked_of, records_of):
        if read.body[0] == query:
            group = asked_of(read)
            if group is not None and not (port == HOST and read.source == NOBODY):
                self._query(port, read, not int(group))
        elif port != HOST:
            for kind, group, named in records_of(read):
                self._record(port, read, kind, group, named)

    def _query(self, port, read, general):
        vlan = self.vlans.setdefault((read.vid, read.ip), Vlan())
        real = read.source != NOBODY
        if general and (vlan.querier in (None, read.source) or real and (
                vlan.querier == NOBODY or read.source < vlan.querier)):
            vlan.querier, vlan.at = read.source, port
        if port == HOST or self.setting.ports[port].router != "never":
            if real:
                vlan.routers.add(port)
            elif general and vlan.querier == NOBODY:
                vlan.proxies.add(port)
        if vlan.querier not in (None, NOBODY):
            vlan.proxies.clear()
        vlan.gates |= general

    def _record(self, port, read, kind, group, named):
        version = {0x12: 1, 0x16: 2, 0x17: 2, wire6.V1_REPORT: 2, wire6.DONE: 2}.get(
            read.body[0], 3)
        if not self._has_state(group) or is_ssm(group) and (
                version < 3 or kind in (IS_EX, TO_EX)):
            return
        members = self.members.setdefault((read.vid, group), {})
        member = members.get(port)
        if member is None and (kind in (IS_EX, TO_EX) or kind != BLOCK and named):
            if self._room(port):
                member = members[port] = Filter()
            else:
                self.limited.add(port)
        if member is not None:
            known = self.hosts.setdefault((read.vid, group, port), hosts.Hosts())
            known.hear((read.mac, read.source), kind, named)
            before = member.copy()
            member.apply(kind, named, version)
            if self.setting.ports[port].fast_leave:
                known.end(before, member, kind, named)
            if not member:
                del members[port], self.hosts[read.vid, group, port]
        if not members:
            del self.members[read.vid, group]

    def _has_state(self, group):
        if group.version == 4:
            return group not in LINK_LOCAL
        return not oracle6.is_link_scope(group) or \
            self.setting.ipv6 == "full" and group in oracle6.SOLICITED

    def _room(self, port):
        setting = self.setting.ports[port]
        count = sum(port in members for members in self.members.values())
        return not setting.max_groups or setting.router == "always" or count < setting.max_groups

    def stop(self, port):
        """A port has no link any more: what was learned there is forgotten."""
        for key in [key for key, members in self.members.items() if port in members]:
            del self.members[key][port], self.hosts[(*key, port)]
            if not self.members[key]:
                del self.members[key]
        self.limited.discard(port)
        for vlan in self.vlans.values():
            vlan.routers.discard(port)
            vlan.proxies.discard(port)
            if vlan.querier is not None and vlan.at == port:
                vlan.querier, vlan.gates = None, False

    # --- Reading ----------------------------------------------------------------

    def read(self, port, data):
        """Ethernet, tag and IP."""
        read, kind, payload = Read(), data[12:14], data[14:]
        if kind in TAGS:
            read.vid, kind, payload = int.from_bytes(payload[:2]) & 0xfff, payload[2:4], payload[4:]
            if data[12:14] != self.setting.tpid if self.setting.filtering else port == HOST:
                return read     # to this bridge the tag is payload
        if self.setting.filtering and not read.vid:
            read.vid = self.setting.pvid(port)
        if not data[0] & 1 or data[:6] == b"\xff" * 6:
            return read
        read.mac = data[6:12]
        if kind == b"\x08\x00":
            self._ipv4(data[:6], payload, read)
        elif kind == b"\x86\xdd" and self.setting.ipv6 != "off":
            oracle6.read_packet(data[:6], payload, read)
        return read

    def _ipv4(self, mac, packet, read):
        head = (packet[0] & 15) * 4 if packet else 0
        total = int.from_bytes(packet[2:4])
        read.fate = "broken"
        if not 20 <= head <= total <= len(packet) or packet[0] >> 4 != 4 or \
                wire.checksum(packet[:head]):
            return
        read.group = ipaddress.ip_address(packet[16:20])
        read.source = ipaddress.ip_address(packet[12:16])
        right = mac == bytes.fromhex(wire.mac_of(str(read.group)).replace(":", ""))
        message = packet[9] == wire.IGMP
        if read.group not in MULTICAST or not message and not right:
            read.fate = "other"
            return
        read.fate = "message" if message else "data"
        read.ttl = packet[8]
        read.alert = has_router_alert(packet[20:head])
        if message and right and not int.from_bytes(packet[6:8]) & 0x3fff:
            read.body = packet[head:total]
            if not fits(read.body):
                read.fate = "broken"


def is_group(group):
    """Can it be joined or asked about?"""
    return group in MULTICAST and group != ipaddress.ip_address("224.0.0.0")


def asked(read):
    """What a query is about, or None where it is not to be believed."""
    group = ipaddress.ip_address(read.body[4:8])
    count = int.from_bytes(read.body[10:12])
    if group == NOBODY:
        return group if str(read.group) == wire.ALL_HOSTS and not count else None
    return group if is_group(group) and read.group == group else None


def records6(read):
    """As records(), of MLD."""
    return oracle6.records(read, IS_EX, TO_IN, range(IS_IN, BLOCK + 1))


def is_version_1(body):
    """It is older than the Router Alert option."""
    return body[0] == 0x12 or body[0] == 0x11 and len(body) == 8 and not body[1]


def has_router_alert(options):
    """Is the option there (only as the first, that is how it is sent here)?"""
    return options[:4] == wire.ROUTER_ALERT


def fits(body):
    """Checksum and lengths of an IGMP message."""
    shortest = 8 if body[:1] in (b"\x11", b"\x12", b"\x16", b"\x17", b"\x22") else 4
    if len(body) < shortest or wire.checksum(body):
        return False
    if body[0] == 0x11 and len(body) != 8:
        return len(body) >= 12 + 4 * int.from_bytes(body[10:12])
    return body[0] != 0x22 or split(body) is not None


def split(body):
    """The records of a version 3 report as (type, group, sources), or None."""
    found, rest = [], body[8:]
    for _ in range(int.from_bytes(body[6:8])):
        sources = int.from_bytes(rest[2:4])
        size = 8 + 4 * (sources + rest[1]) if len(rest) >= 8 else 8
        if len(rest) < size:
            return None
        found.append((rest[0], ipaddress.ip_address(rest[4:8]), {
            ipaddress.ip_address(rest[at:at + 4]) for at in range(8, 8 + 4 * sources, 4)}))
        rest = rest[size:]
    return found


def records(read):
    """What a sound report or leave says, as (type, group, sources); all of it or nothing."""
    if len(read.body) < 8:
        return []
    kind, group = read.body[0], ipaddress.ip_address(read.body[4:8])
    if kind in (0x12, 0x16):
        return [(IS_EX, group, set())] if is_group(group) and group == read.group else []
    if kind == 0x17:
        sent_to = group, ipaddress.ip_address(wire.ALL_ROUTERS)
        return [(TO_IN, group, set())] if is_group(group) and read.group in sent_to else []
    if kind != 0x22 or read.group != ipaddress.ip_address(wire.ALL_REPORTS):
        return []
    found = [record for record in split(read.body) if IS_IN <= record[0] <= BLOCK]
    return found if all(is_group(record[1]) for record in found) else []
