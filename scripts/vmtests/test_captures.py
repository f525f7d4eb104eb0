# SPDX-License-Identifier: GPL-2.0-only
"""Frames that were captured in real networks, where there are any: what is learned of them
is what a model of RFC 9776 learns, and of broken ones nothing."""
import pathlib
import struct

import mgate
import wire
from filters import Port, read
from lab import gated
from test_sources import rows
from words import check, equal, proves

HERE = pathlib.Path(__file__).resolve()
PLACES = (HERE.parents[3] / "shared/captures", pathlib.Path("/work/shared/captures"))
ETHERNET = 1
ORDERS = {b"\xd4\xc3\xb2\xa1": "<", b"\x4d\x3c\xb2\xa1": "<",
          b"\xa1\xb2\xc3\xd4": ">", b"\xa1\xb2\x3c\x4d": ">"}
LARGEST = 1514


def captures():
    """The files, or none."""
    for place in PLACES:
        files = sorted(place.glob("*.pcap"))
        if files:
            return files
    print("# no captures here: nothing to replay", flush=True)
    return []


def frames(file):
    """The IGMP frames of a capture that fit a wire, as far as they were captured."""
    data = file.read_bytes()
    order = ORDERS[data[:4]]
    if struct.unpack_from(order + "I", data, 20)[0] != ETHERNET:
        return []
    found, start = [], 24
    while start + 16 <= len(data):
        length = struct.unpack_from(order + "I", data, start + 8)[0]
        found.append(data[start + 16:start + 16 + length])
        start += 16 + length
    return [frame for frame in found if is_igmp(frame) and len(frame) <= LARGEST]


def place_of_ip(frame):
    """Where the IPv4 packet of a frame begins, or None."""
    start = 18 if frame[12:14] == b"\x81\x00" else 14
    return start if frame[start - 2:start] == b"\x08\x00" else None


def is_igmp(frame):
    """Does it say that it is?"""
    start = place_of_ip(frame)
    return bool(start) and len(frame) > start + 20 and frame[start + 9] == wire.IGMP


def repaired(frame):
    """With the IP checksum that the sender's network card would have filled in."""
    start = place_of_ip(frame)
    size = (frame[start] & 15) * 4
    head = frame[start:start + 10] + b"\0\0" + frame[start + 12:start + size]
    return (frame[:start] + head[:10] + struct.pack("!H", wire.checksum(head)) + head[12:] +
            frame[start + size:])


def replay(br, host, some):
    """Send frames into a fresh bridge, and compare what is known then. Gives how many of
    them could be learned from."""
    br.set("flush", 1)
    equal(mgate.groups(br), set(), "groups after a flush")
    model = Port(int(br.get("max_sources")))
    learned = 0
    for frame in some:
        host.inject(frame)
        learned += model.hear(frame)
    br.barrier(host)
    equal(rows(br, host.port), model.rows(), "groups of the port")
    equal(mgate.groups(br), mgate.groups(br, host.port), "groups of the bridge")
    return learned


def naming(file, compare, *arguments):
    """Do this, and name the file if it fails."""
    try:
        return compare(*arguments)
    except AssertionError as failure:
        failure.add_note(f"the capture is {file.name}")
        raise


@proves("issue 5: captures", "CONFORMANCE 28 to 30, 34, 35, 39 to 45, 48 to 54",
        "CONFORMANCE 55 to 70, 83 to 85")
def test_replay():
    """Each capture into a port, as it is and with the IP checksums repaired."""
    with gated(3) as br:
        br.set("querier", "off")
        br.set("proxy", "off")
        host, learned = br.hosts[2], 0
        files = captures()
        for file in files:
            some = frames(file)
            learned += naming(file, replay, br, host, some)
            if any(map(repairable, some)):
                learned += naming(file, replay, br, host, list(map(repaired, some)))
        check(learned or not files, "of no capture anything could be learned")


def repairable(frame):
    """Is its IP checksum wrong and nothing else?"""
    return not read(frame) and bool(read(repaired(frame)))


def damaged(frame):
    """The frame, broken in ways in which it must teach nothing."""
    start = place_of_ip(frame)
    size = (frame[start] & 15) * 4
    message = start + size
    total = int.from_bytes(frame[start + 2:start + 4])
    yield frame[:start + total - 1]                                 # cut short
    yield frame[:message + 1] + bytes([frame[message + 1] ^ 1]) + frame[message + 2:]
    yield frame[:start + 10] + bytes([frame[start + 10] ^ 0x40]) + frame[start + 11:]
    head = bytearray(frame[start:message])
    head[8] = 2                                                     # TTL
    yield repaired(frame[:start] + bytes(head) + frame[message:])
    head[8], head[6] = 1, head[6] | 0x20                            # more fragments
    yield repaired(frame[:start] + bytes(head) + frame[message:])
    if frame[message] == 0x22:                                      # one record more
        body = bytearray(frame[message:start + total])
        body[6:8] = (int.from_bytes(body[6:8]) + 1).to_bytes(2)
        body[2:4] = bytes(2)
        yield frame[:message] + wire.summed(bytes(body)) + frame[start + total:]


@proves("issue 5: captures", "DECISIONS 6: validated whole", "CONFORMANCE 15, 28, 29, 41, 51")
def test_broken_teach_nothing():
    """Each captured report or leave, broken in five or six ways, teaches nothing."""
    with gated(3) as br:
        br.set("querier", "off")
        host = br.hosts[2]
        for file in captures():
            good = {frame for frame in map(repaired, frames(file)) if read(frame)}
            broken = [bad for frame in sorted(good) for bad in damaged(frame)]
            check(not any(map(read, broken)), f"the model learns from a broken frame of {file}")
            host.inject(*broken)
            br.barrier(host)
            equal(mgate.groups(br), set(), f"groups after the broken frames of {file.name}")
