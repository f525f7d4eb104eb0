# SPDX-License-Identifier: GPL-2.0-only
"""A host: a namespace at the end of a veth pair, with the kernel's own IGMP."""
import contextlib
import itertools
import os
import select
import socket
import struct
import time

import netns
import wire
from tap import Tap
from words import eventually

IP_UNBLOCK_SOURCE, IP_BLOCK_SOURCE = 37, 38
IP_ADD_SOURCE_MEMBERSHIP, IP_DROP_SOURCE_MEMBERSHIP, IP_MSFILTER = 39, 40, 41
MCAST_EXCLUDE, MCAST_INCLUDE = 0, 1
DEVICE = "eth0"
PORT = 5001
_streams = itertools.count(1)


def new_stream():
    """A number by which the frames of one sending are known."""
    return next(_streams)


class Host:
    """Host N has the address 10.0.0.N and the MAC address 02:00:00:00:00:N."""

    def __init__(self, name, number, port, ipv6=False):
        self.number, self.port, self.ipv6 = number, port, ipv6
        self.ip = f"10.0.0.{number}"
        self.mac = f"02:00:00:00:00:{number:02x}"
        self.ns = netns.Namespace(name)
        self.sockets = {}
        self.tap = self.raw = self.sender = None
        self.ns.sysctl("ipv4/igmp_max_memberships", 10000)
        if ipv6:
            self.ns.sysctl("ipv6/conf/default/disable_ipv6", 0)

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
            self.sender = self.udp()

    def udp(self):
        """A UDP socket here that sends multicast out of the host's device."""
        with self.ns.entered():
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(self.ip))
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 8)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        return sock

    # --- As a member ---------------------------------------------------------

    def igmp_version(self, version):
        """Have the kernel here speak this version of IGMP."""
        self.ns.sysctl(f"ipv4/conf/{DEVICE}/force_igmp_version", version)

    def join(self, group, source=None, exclude=None):
        """Join by a real socket: from anywhere, from one source, or from all but one."""
        if group not in self.sockets:
            self.sockets[group] = self._socket()
        if source:
            self._membership(IP_ADD_SOURCE_MEMBERSHIP, group, source)
            return
        mreq = socket.inet_aton(group) + socket.inet_aton(self.ip)
        self.sockets[group].setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, mreq)
        if exclude:
            self._membership(IP_BLOCK_SOURCE, group, exclude)

    def leave(self, group, source=None):
        """Leave what was joined: the group, or one source of it."""
        if source:
            self._membership(IP_DROP_SOURCE_MEMBERSHIP, group, source)
            return
        # A child that streams holds the socket open: closing alone would not leave.
        sock = self.sockets.pop(group)
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_DROP_MEMBERSHIP,
                            socket.inet_aton(group) + socket.inet_aton(self.ip))
        sock.close()

    def block(self, group, source):
        """Of a group that was joined from anywhere, want this source no more."""
        self._membership(IP_BLOCK_SOURCE, group, source)

    def unblock(self, group, source):
        """Want it again."""
        self._membership(IP_UNBLOCK_SOURCE, group, source)

    def filter(self, group, mode, *sources):
        """Want these sources only (MCAST_INCLUDE), or all but these, whatever was wanted
        of the group before."""
        if group not in self.sockets:
            self.join(group)
        self.sockets[group].setsockopt(
            socket.IPPROTO_IP, IP_MSFILTER,
            socket.inet_aton(group) + socket.inet_aton(self.ip) +
            struct.pack("II", mode, len(sources)) + wire.addresses(sources))

    def _socket(self):
        with self.ns.entered():
            return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def _membership(self, option, group, source):
        self.sockets[group].setsockopt(
            socket.IPPROTO_IP, option,
            socket.inet_aton(group) + socket.inet_aton(self.ip) + socket.inet_aton(source))

    # --- As a sender ---------------------------------------------------------

    def send(self, group, count=10):
        """Send marked UDP datagrams; gives the number of this stream."""
        stream = new_stream()
        for number in range(count):
            self.sender.sendto(wire.mark(stream, number), (group, PORT))
        return stream

    def inject(self, *frames):
        """Send frames as they are."""
        for frame in frames:
            self.raw.send(frame)

    def data(self, group, stream=0, number=0, **more):
        """A marked UDP datagram to a group as a frame; `more` as for wire.ipv4."""
        packet = wire.ipv4(more.pop("src", self.ip), group, wire.UDP,
                           wire.udp(wire.mark(stream, number)), **more)
        return wire.eth(wire.mac_of(group), self.mac, wire.ETH_IP, packet)

    def frame(self, message, dst, *, mac=None, vlan=None, **more):
        """An IGMP message from here as a frame; `more` as for wire.ipv4."""
        more = {"ttl": 1, "tos": 0xc0, "options": wire.ROUTER_ALERT, "proto": wire.IGMP} | more
        packet = wire.ipv4(more.pop("src", self.ip), dst, more.pop("proto"), message, **more)
        return wire.eth(mac or wire.mac_of(dst), self.mac, wire.ETH_IP, packet, vlan)

    def query(self, version=3, group="0.0.0.0", sources=(), *, dst=None, src=None, vlan=None,
              mac=None, **more):
        """Send a query; `more` as for wire.query."""
        dst = dst or (wire.ALL_HOSTS if group == "0.0.0.0" else group)
        self.inject(self.frame(wire.query(version, group, sources, **more), dst,
                               src=src or self.ip, vlan=vlan, mac=mac))

    def report(self, group, version=2, **more):
        """Send a report by hand; `more` as for frame()."""
        if version == 3:
            text = wire.v3_report(wire.record(wire.TO_EX, group))
            self.inject(self.frame(text, wire.ALL_REPORTS, **more))
        else:
            text = wire.v1_report(group) if version == 1 else wire.v2_report(group)
            self.inject(self.frame(text, group, **more))

    def say(self, *records, **more):
        """Send a version 3 report of records (kind, group, sources) by hand; `more` as for
        frame()."""
        text = wire.v3_report(*(wire.record(*record) for record in records))
        self.inject(self.frame(text, wire.ALL_REPORTS, **more))

    def send_leave(self, group, **more):
        """Send an IGMPv2 leave by hand."""
        self.inject(self.frame(wire.leave(group), wire.ALL_ROUTERS, **more))

    @contextlib.contextmanager
    def streaming(self, group, rate=1000):
        """Send to a group in the background, about so many frames a second as long as
        the block runs; gives the Stream, whose `sent` is known after it."""
        stream = Stream(self.udp(), group, rate)
        try:
            yield stream
        finally:
            stream.stop()

    def closed(self):
        """Close all and let the namespace go."""
        for thing in self.tap, self.raw, self.sender, *self.sockets.values():
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
    """Run on another processor than the tests, if there is one."""
    if os.cpu_count() > 1:
        os.sched_setaffinity(0, {1})


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
