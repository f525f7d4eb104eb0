# SPDX-License-Identifier: GPL-2.0-only
"""What another program reads in the messages that mgate sends."""
import pathlib
import struct
import subprocess
import tempfile

import mgate
import wire
from lab import Bridge
from test_election import fast
from words import becomes, equal, eventually, proves

GROUP = "239.1.1.1"
FIELDS = ("ip.ttl", "ip.checksum.status", "igmp.type", "igmp.version", "igmp.checksum.status",
          "_ws.malformed", "_ws.expert.message")
TSHARK = ("tshark", "-o", "ip.check_checksum:TRUE", "-T", "fields", "-E", "separator=|",
          *(word for field in FIELDS for word in ("-e", field)), "-r")
GOOD = "1"


def dissected(frames):
    """What tshark makes of these frames: a dictionary of FIELDS for each."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "frames.pcap")
        file.write_bytes(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1) + b"".join(
            struct.pack("<IIII", 0, number, len(frame.data), len(frame.data)) + frame.data
            for number, frame in enumerate(frames)))
        done = subprocess.run([*TSHARK, file], text=True, capture_output=True, check=True)
    return [dict(zip(FIELDS, line.split("|"))) for line in done.stdout.splitlines()]


def sent(br):
    """All IGMP messages of the bridge that came in at its hosts so far."""
    mac = bytes.fromhex(br.mac.replace(":", ""))
    return [frame for host in br.hosts
            for frame in host.tap.frames(lambda f: f.igmp() and f.data[6:12] == mac)]


def ask_in(br, version):
    """Have mgate ask all and a group in a version, and wait for both."""
    member = br.hosts[1]
    br.set("version", version)
    size = 12 if version == 3 else 8

    def asked(group):
        return [f for f in sent(br) if f.igmp(0x11) and f.body[4:8] == wire.addresses([group]) and
                len(f.body) == size and (f.body[1] == 0) == (version == 1)]
    eventually(lambda: asked("0.0.0.0"), f"a general query of version {version}")
    if version > 1:
        member.report(GROUP)
        br.wait_joined(member, GROUP)
        member.send_leave(GROUP)
        eventually(lambda: len(asked(GROUP)) >= 2, f"group queries of version {version}")
        br.wait_left(member, GROUP)


@proves("issue 4: tshark reads every query and report that mgate sends",
        "CONFORMANCE 28 to 34, 36, 38, 39, 81, 101")
def test_tshark_finds_no_fault():
    """General and group queries of all versions, reports and leaves of `proxy full`, and
    solicitations: well-formed, with good checksums, of the type and version they are to
    have."""
    with Bridge(3, address="10.0.0.254") as br:
        eventually(br.path("status").exists, "mgate has a folder")
        eventually(lambda: [f for f in sent(br) if f.igmp(0x31)], "a solicitation")
        fast(br, querier="on")
        for version in 3, 2, 1:
            ask_in(br, version)
        br.set("querier", "off")
        frames = sent(br)
        br.set("proxy", "full")
        for version, kind, gone in (2, 0x16, 0x17), (3, 0x22, 0x22):
            router, member, _ = br.hosts
            router.tap.clear()
            router.query(version, code=1)
            becomes(lambda: mgate.querier(br).get("version"), str(version), "the querier's version")
            member.report(GROUP, 3)
            eventually(lambda k=kind: len([f for f in sent(br) if f.igmp(k)]) >= 2, "reports")
            seen = len([f for f in sent(br) if f.igmp(gone)])
            member.send_leave(GROUP)
            router.query(version, GROUP, code=1)
            br.wait_left(member, GROUP)
            eventually(lambda g=gone, n=seen: len([f for f in sent(br) if f.igmp(g)]) > n,
                       "its end is told")
            frames += sent(br)
        rows = dissected(frames)
        equal(len(rows), len(frames), "frames that tshark read")
        for row, frame in zip(rows, frames):
            text = f"{row} of {frame.data.hex()}"
            equal((row["ip.ttl"], row["ip.checksum.status"]), ("1", GOOD), f"IP in {text}")
            # Of solicitations it reads the type only.
            known = row["igmp.type"] != "0x31"
            equal((row["igmp.checksum.status"], row["_ws.malformed"], row["_ws.expert.message"]),
                  (GOOD if known else "", "", ""), text)
            equal(wire.checksum(frame.body), 0, f"checksum of {text}")
        kinds = {(row["igmp.type"], row["igmp.version"]) for row in rows}
        equal(kinds, {("0x11", "1"), ("0x11", "2"), ("0x11", "3"), ("0x16", "2"), ("0x17", "2"),
                      ("0x22", "3"), ("0x31", "")}, "what there was, as tshark sees it")
