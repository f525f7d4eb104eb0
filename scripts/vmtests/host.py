# SPDX-License-Identifier: GPL-2.0-only
"""A host: a namespace at the end of a veth pair, with the kernel's own IGMP and MLD. Of which
family something is, is seen by the address."""
import contextlib
import itertools
import os
import select
import socket
import struct
import time

import netns
import wire
import wire6
from tap import Tap
from words import eventually

# The options of RFC 3678, the same for both families.
MCAST_JOIN_GROUP, MCAST_BLOCK_SOURCE, MCAST_UNBLOCK_SOURCE, MCAST_LEAVE_GROUP = range(42, 46)
MCAST_JOIN_SOURCE_GROUP, MCAST_LEAVE_SOURCE_GROUP, MCAST_MSFILTER = range(46, 49)
MCAST_EXCLUDE, MCAST_INCLUDE = 0, 1
DEVICE = "eth0"
PORT = 5001
_streams = itertools.count(1)


def new_stream():
    """A number by which the frames of one sending are known."""
    return next(_streams)


def _sockaddr(address):
    if wire.is_ipv6(address):
        return struct.pack("=HHI16sI100x", socket.AF_INET6, 0, 0, wire.packed(address), 0)
    return struct.pack("=HH4s120x", socket.AF_INET, 0, wire.packed(address))


def _level(address):
    return socket.IPPROTO_IPV6 if wire.is_ipv6(address) else socket.IPPROTO_IP


class Host:
    """Host N has the address 10.0.0.N and the MAC address 02:00:00:00:00:N. With IPv6 it has
    fd00::N too, and fe80::ff:fe00:N by its MAC address; with `dad` it looks first whether
    another has them."""

    def __init__(self, name, number, port, ipv6=False, dad=True):
        self.number, self.port, self.ipv6 = number, port, ipv6
        self.ip, self.ip6 = f"10.0.0.{number}", f"fd00::{number:x}"
        self.link_local = f"fe80::ff:fe00:{number:x}"
        self.mac = f"02:00:00:00:00:{number:02x}"
        self.ns = netns.Namespace(name)
        self.sockets = {}
        self.tap = self.raw = self.index = None
        self.senders, self.ttl = {}, 8
        self.ns.sysctl("ipv4/igmp_max_memberships", 10000)
        if ipv6:
            self.ns.sysctl("ipv6/conf/default/disable_ipv6", 0)
            self.ns.sysctl("ipv6/conf/default/accept_dad", int(dad))

    def __repr__(self):
        return f"host {self.number} ({self.port})"

    def start(self):
        """The device is there: switch it on, open the tap and the sending sockets."""
        with self.ns.entered():
            self.tap = Tap(DEVICE)
            self.ns.up(DEVICE)
            self.ns.address(DEVICE, self.ip)
            self.raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            self.raw.bind((DEVICE, 0))
            self.index = socket.if_nametoindex(DEVICE)
        if self.ipv6:
            self.ns.address(DEVICE, self.ip6)

    def source(self, group):
        """From where it sends to a group."""
        return self.ip6 if wire.is_ipv6(group) else self.ip

    def udp(self, group="0.0.0.0"):
        """A UDP socket here that sends multicast (of the family of the group) out of the host's
        device."""
        sock = self._socket(group)
        if wire.is_ipv6(group):
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, self.index)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, self.ttl)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
            return sock
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(self.ip))
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, self.ttl)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        return sock

    # --- As a member ---------------------------------------------------------

    def igmp_version(self, version):
        """Have the kernel here speak this version of IGMP."""
        self.ns.sysctl(f"ipv4/conf/{DEVICE}/force_igmp_version", version)

    def mld_version(self, version):
        """Have the kernel here speak this version of MLD."""
        self.ns.sysctl(f"ipv6/conf/{DEVICE}/force_mld_version", version)

    def join(self, group, source=None, exclude=None):
        """Join by a real socket: from anywhere, from one source, or from all but one."""
        if group not in self.sockets:
            self.sockets[group] = self._socket(group)
        if source:
            self._membership(MCAST_JOIN_SOURCE_GROUP, group, source)
            return
        self._membership(MCAST_JOIN_GROUP, group)
        if exclude:
            self._membership(MCAST_BLOCK_SOURCE, group, exclude)

    def leave(self, group, source=None):
        """Leave what was joined: the group, or one source of it."""
        if source:
            self._membership(MCAST_LEAVE_SOURCE_GROUP, group, source)
            return
        # A child that streams holds the socket open: closing alone would not leave.
        with contextlib.suppress(OSError):
            self._membership(MCAST_LEAVE_GROUP, group)
        self.sockets.pop(group).close()

    def block(self, group, source):
        """Of a group that was joined from anywhere, want this source no more."""
        self._membership(MCAST_BLOCK_SOURCE, group, source)

    def unblock(self, group, source):
        """Want it again."""
        self._membership(MCAST_UNBLOCK_SOURCE, group, source)

    def filter(self, group, mode, *sources):
        """Want these sources only (MCAST_INCLUDE), or all but these, whatever was wanted
        of the group before."""
        if group not in self.sockets:
            self.join(group)
        self.sockets[group].setsockopt(
            _level(group), MCAST_MSFILTER,
            struct.pack("=I4x", self.index) + _sockaddr(group) +
            struct.pack("=II", mode, len(sources)) + b"".join(map(_sockaddr, sources)))

    def _socket(self, group):
        with self.ns.entered():
            return socket.socket(socket.AF_INET6 if wire.is_ipv6(group) else socket.AF_INET,
                                 socket.SOCK_DGRAM)

    def _membership(self, option, group, source=None):
        self.sockets[group].setsockopt(
            _level(group), option, struct.pack("=I4x", self.index) + _sockaddr(group) +
            (_sockaddr(source) if source else b""))

    # --- As a sender ---------------------------------------------------------

    def send(self, group, count=10):
        """Send marked UDP datagrams; gives the number of this stream."""
        stream, six = new_stream(), wire.is_ipv6(group)
        if six not in self.senders:
            self.senders[six] = self.udp(group)
        for number in range(count):
            self.senders[six].sendto(wire.mark(stream, number), (group, PORT))
        return stream

    def inject(self, *frames):
        """Send frames as they are."""
        for frame in frames:
            self.raw.send(frame)

    def data(self, group, stream=0, number=0, **more):
        """A marked UDP datagram to a group as a frame; `more` as for wire.ipv4 or
        wire6.ipv6."""
        six = wire.is_ipv6(group)
        src = more.pop("src", self.source(group))
        packet = (wire6.ipv6 if six else wire.ipv4)(
            src, group, wire.UDP, wire.udp(wire.mark(stream, number)), **more)
        return wire.eth(wire.mac_of(group), self.mac, wire.ETH_IPV6 if six else wire.ETH_IP,
                        packet)

    def frame(self, message, dst, *, mac=None, vlan=None, **more):
        """An IGMP or MLD message from here as a frame; `more` as for wire.ipv4 or
        wire6.ipv6."""
        if wire.is_ipv6(dst):
            more = {"ttl": 1, "headers": [wire6.ROUTER_ALERT], "proto": wire.ICMPV6,
                    "src": self.link_local} | more
            build, kind = wire6.ipv6, wire.ETH_IPV6
        else:
            more = {"ttl": 1, "tos": 0xc0, "options": wire.ROUTER_ALERT, "proto": wire.IGMP,
                    "src": self.ip} | more
            build, kind = wire.ipv4, wire.ETH_IP
        packet = build(more.pop("src"), dst, more.pop("proto"), message, **more)
        return wire.eth(mac or wire.mac_of(dst), self.mac, kind, packet, vlan)

    def query(self, version=None, group="0.0.0.0", sources=(), *, dst=None, src=None, vlan=None,
              mac=None, **more):
        """Send a query, of all groups if that is 0.0.0.0 or ::, of the newest version unless
        told; `more` as for wire.query or wire6.query."""
        if wire.is_ipv6(group):
            text = wire6.query(version or 2, group, sources, **more)
            dst, src = dst or (wire6.ALL_NODES if group == "::" else group), src or self.link_local
        else:
            text = wire.query(version or 3, group, sources, **more)
            dst = dst or (wire.ALL_HOSTS if group == "0.0.0.0" else group)
        self.inject(self.frame(text, dst, src=src or self.ip, vlan=vlan, mac=mac))

    def report(self, group, version=None, **more):
        """Send a report by hand, of version 2 of IGMP or 1 of MLD unless told; `more` as for
        frame()."""
        if version == (2 if wire.is_ipv6(group) else 3):
            self.say((wire.TO_EX, group), **more)
        elif wire.is_ipv6(group):
            self.inject(self.frame(wire6.v1_report(group), group, **more))
        else:
            text = wire.v1_report(group) if version == 1 else wire.v2_report(group)
            self.inject(self.frame(text, group, **more))

    def say(self, *records, **more):
        """Send a report of version 3 of IGMP or 2 of MLD of records (kind, group, sources) by
        hand; `more` as for frame()."""
        found = [wire.record(*record) for record in records]
        if records and wire.is_ipv6(records[0][1]):
            self.inject(self.frame(wire6.v2_report(*found), wire6.ALL_REPORTS, **more))
        else:
            self.inject(self.frame(wire.v3_report(*found), wire.ALL_REPORTS, **more))

    def send_leave(self, group, **more):
        """Send an IGMPv2 leave or an MLDv1 done by hand."""
        if wire.is_ipv6(group):
            self.inject(self.frame(wire6.done(group), wire6.ALL_ROUTERS, **more))
        else:
            self.inject(self.frame(wire.leave(group), wire.ALL_ROUTERS, **more))

    @contextlib.contextmanager
    def streaming(self, group, rate=1000):
        """Send to a group in the background, about so many frames a second as long as
        the block runs; gives the Stream, whose `sent` is known after it."""
        stream = Stream(self.udp(group), group, rate)
        try:
            yield stream
        finally:
            stream.stop()

    def closed(self):
        """Close all and let the namespace go."""
        for thing in self.tap, self.raw, *self.senders.values(), *self.sockets.values():
            if thing:
                thing.close()
        self.ns.close()


class Stream:
    """A child process that sends numbered frames until it is stopped."""

    def __init__(self, sock, group, rate):
        self.id, self.sent, self.began = new_stream(), None, time.monotonic()
        self.seconds = 0
        self.sock = sock
        self.back, writer = os.pipe()
        reader, self.end = os.pipe()
        self.child = os.fork()
        if not self.child:
            try:
                os.close(self.end)
                _keep_sending(sock, self.id, group, rate, reader, writer)
            finally:
                os._exit(0)
        os.close(writer)
        os.close(reader)

    def stop(self):
        """End it; from now on `sent` says how many there were."""
        os.close(self.end)
        self.sent = int(os.read(self.back, 32) or b"-1")
        os.waitpid(self.child, 0)
        os.close(self.back)
        self.sock.close()
        self.seconds = time.monotonic() - self.began

    def runs(self, tap, count=20):
        """Wait until so many more of its frames came in at a tap."""
        start = len(tap.numbers(self.id))
        eventually(lambda: len(tap.numbers(self.id)) >= start + count,
                   f"{count} more frames of the stream at the member", timeout=30)


def other_processor():
    """Run on another processor than the tests; where there is none, after them."""
    if os.cpu_count() > 1:
        os.sched_setaffinity(0, {1})
    else:
        os.nice(10)


def _keep_sending(sock, stream, group, rate, reader, writer):
    other_processor()
    # Connected, each frame spares the kernel the search for its way.
    sock.connect((group, PORT))
    head = wire.MARK + struct.pack("!I", stream)
    began, sent = time.monotonic(), 0
    while not select.select([reader], [], [], 0.001)[0]:
        due = min(int((time.monotonic() - began) * rate), sent + rate // 10)
        while sent < due:
            sock.send(head + sent.to_bytes(4))
            sent += 1
    os.write(writer, str(sent).encode())
