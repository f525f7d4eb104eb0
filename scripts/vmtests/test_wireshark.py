# SPDX-License-Identifier: GPL-2.0-only
"""What another program reads in the messages that mgate sends."""
import pathlib
import struct
import subprocess
import tempfile

import mgate
import wire
import wire6
from families import MLD
from lab import Bridge
from test_election import fast
from words import becomes, check, equal, eventually, proves

GROUP = "239.1.1.1"
FIELDS = ("ip.ttl", "ip.checksum.status", "igmp.type", "igmp.version", "igmp.checksum.status",
          "_ws.malformed", "_ws.expert.message")
FIELDS6 = ("ipv6.hlim", "ipv6.opt.router_alert", "icmpv6.type", "icmpv6.checksum.status",
           "_ws.malformed", "_ws.expert.message")
TSHARK = "tshark", "-o", "ip.check_checksum:TRUE", "-T", "fields", "-E", "separator=|"
GOOD = "1"


def dissected(frames, fields=FIELDS):
    """What tshark makes of these frames: a dictionary of fields for each."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "frames.pcap")
        file.write_bytes(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1) + b"".join(
            struct.pack("<IIII", 0, number, len(frame.data), len(frame.data)) + frame.data
            for number, frame in enumerate(frames)))
        words = (word for field in fields for word in ("-e", field))
        done = subprocess.run([*TSHARK, *words, "-r", file], text=True, capture_output=True,
                              check=True)
    return [dict(zip(fields, line.split("|"))) for line in done.stdout.splitlines()]


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


def sent6(br):
    """All MLD messages of the bridge that came in at its hosts so far."""
    return [frame for host in br.hosts for frame in host.tap.frames(
        lambda f: f.proto == wire.ICMPV6 and f.source == MLD.address)]


@proves("issue 12: own querier, proxy, MRD", "RFC 9777 5", "RFC 2710 3", "RFC 4286 4")
def test_tshark_finds_no_fault_in_mld():
    """The same of MLD: queries, reports, done and solicitations of both versions."""
    with MLD.bridge(3, address=MLD.address) as br:
        eventually(br.path("status").exists, "mgate has a folder")
        eventually(lambda: [f for f in sent6(br) if f.icmp6(wire6.MRD_SOLICITATION)],
                   "a solicitation")
        fast(br, querier="on")
        router, member, _ = br.hosts
        for version, said in ("3", 2), ("2", 1):
            br.set("version", version)
            eventually(lambda s=said: [f for f in MLD.queries(member, MLD.address)
                                       if len(f.body) == MLD.lengths[s]], "a general query")
            member.report(MLD.group, said)
            br.wait_joined(member, MLD.group)
            member.send_leave(MLD.group)
            br.wait_left(member, MLD.group)
            check([f for f in MLD.group_queries(member) if len(f.body) == MLD.lengths[said]],
                  "no question about the group")
        br.set("querier", "off")
        frames = sent6(br)
        br.set("proxy", "full")
        for version, gone in (1, wire6.DONE), (2, wire6.V2_REPORT):
            router.tap.clear()
            router.query(version, "::", code=100)
            becomes(lambda: mgate.querier(br).get("version"), str(version), "the querier's version")
            member.report(MLD.group, 2)
            eventually(lambda: len([f for f in sent6(br) if f.icmp6(*MLD.reports)]) >= 2, "reports")
            seen = len([f for f in sent6(br) if f.icmp6(gone)])
            member.send_leave(MLD.group)
            router.query(version, MLD.group, code=100)
            br.wait_left(member, MLD.group)
            eventually(lambda g=gone, n=seen: len([f for f in sent6(br) if f.icmp6(g)]) > n,
                       "its end is told")
            frames += sent6(br)
        rows = dissected(frames, FIELDS6)
        equal(len(rows), len(frames), "frames that tshark read")
        for row, frame in zip(rows, frames):
            equal([row[field] for field in FIELDS6 if field != "icmpv6.type"],
                  ["1", "0", GOOD, "", ""], f"{row} of {frame.data.hex()}")
            check(wire6.sum_is_right(frame), "a checksum is wrong")
        equal({int(row["icmpv6.type"]) for row in rows},
              {wire6.QUERY, wire6.V1_REPORT, wire6.DONE, wire6.V2_REPORT, wire6.MRD_SOLICITATION},
              "what there was")
