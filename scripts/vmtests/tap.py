# SPDX-License-Identifier: GPL-2.0-only
"""A packet socket that keeps what arrives at a device."""
import collections
import errno
import socket
import struct

import wire
from words import Failure

ETH_P_ALL = 3
SO_RCVBUFFORCE = 33
SOL_PACKET, PACKET_STATISTICS, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING = 263, 6, 8, 23
TP_STATUS_VLAN_VALID = 0x10
AUXDATA = struct.Struct("IIIHHHH")
BUFFER = 16 << 20


class Tap:
    """All frames that came in at a device since the tap was opened.

    Frames wait in the socket's buffer until somebody asks; what the device itself
    sends is left out, and so is not shared with it. Open it inside the namespace of the
    device.
    """

    def __init__(self, device):
        self.device = device
        self.seen = []
        self.streams = collections.defaultdict(list)
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
        self.sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self.sock.bind((device, ETH_P_ALL))
        self.sock.setblocking(False)

    def frames(self, predicate=lambda frame: True):
        """The frames so far of which the predicate is true."""
        self.drain()
        return [frame for frame in self.seen if predicate(frame)]

    def count(self, predicate):
        """How many there are of them."""
        return len(self.frames(predicate))

    def numbers(self, stream):
        """The numbers of the marked frames of one stream, in the order they came."""
        self.drain()
        return self.streams[stream]

    def clear(self):
        """Forget all that came so far."""
        self.drain()
        self.seen = []
        self.streams.clear()

    def close(self):
        """Close it."""
        self.sock.close()

    def keep(self, data, tag, packet_type):
        """A frame came; the tag is what the kernel had taken out, as (TPID, TCI)."""
        frame = wire.Frame(data, tag[1] if tag else None, packet_type)
        self.seen.append(frame)
        stream, number = wire.marked(frame)
        if stream:
            self.streams[stream].append(number)

    def drain(self):
        """Take what has come out of the socket."""
        while True:
            try:
                data, control, _, address = self.sock.recvmsg(65536, 64)
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno != errno.ENETDOWN:  # said once when the device goes down
                    raise
                continue
            self.keep(data, _tag(control), address[2])
        lost = struct.unpack("II", self.sock.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]
        if lost:
            raise Failure(f"the tap on {self.device} lost {lost} frames: its buffer is too small")


def _tag(control):
    for level, kind, data in control:
        if level == SOL_PACKET and kind == PACKET_AUXDATA:
            if data[0] & TP_STATUS_VLAN_VALID:  # of the first word, on x86
                return AUXDATA.unpack_from(data)[6:4:-1]
    return None
