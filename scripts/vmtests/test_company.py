# SPDX-License-Identifier: GPL-2.0-only
"""Redirect in the company of the rest of the kernel: queues, br_netfilter, segments and
fragments, taps, ports that move, and two processors.

MGATE_STORM_SECONDS=N lets the storm on two processors last so long.
"""
import contextlib
import os
import select
import signal
import socket
import struct
import subprocess
import time

import mgate
import wire
from lab import Bridge, gated
from tap import Tap
from test_traps import (GATE, GROUP, OTHER, REDIRECT, goes, joined, listener, never_turned,
                        statistic, went)
from words import becomes, check, equal, eventually, needs, proves

SECONDS = int(os.environ.get("MGATE_STORM_SECONDS") or 10)
UDP_SEGMENT = 103
NETLINK_NETFILTER, SUBSYS_QUEUE = 12, 3
MSG_PACKET, MSG_VERDICT, MSG_CONFIG = 0, 1, 2
CFG_CMD, CFG_PARAMS, PACKET_HDR, VERDICT_HDR = 1, 2, 1, 2
QUEUE = """table bridge waiting {
	chain c {
		type filter hook prerouting priority 0;
		ether type ip ip daddr 224.0.0.0/4 queue num 5
	}
}
"""
# At mgate's own priority, and there before: it comes behind.
QUEUE_BEHIND = """table bridge waiting {
	chain c {
		type filter hook prerouting priority 2147483647;
		ether type ip ip daddr 239.0.0.0/8 queue num 5 bypass
	}
}
"""
# One port by name is known in the bridge family only, and a mark tells it to the other.
NO_FORWARD = """table bridge marks {
	chain c { type filter hook forward priority -10; oifname "p4" meta mark set 7; }
}
table ip drops {
	chain c { type filter hook forward priority 0; meta mark 7 counter drop; }
}
"""
TURNED = """table bridge turned {
	chain c { type filter hook postrouting priority 0; ether daddr %s counter; }
}
"""


def queued_behind():
    """The rule above for what comes behind mgate, and what it needs."""
    subprocess.run(["modprobe", "-a", "nfnetlink_queue", "nft_queue"], check=True)
    return QUEUE_BEHIND


class Queue:
    """A program that gets what a rule hands to queue 5, and accepts all of it."""

    def __init__(self, br, rules=QUEUE):
        subprocess.run(["modprobe", "-a", "nfnetlink_queue", "nft_queue"], check=True)
        with br.ns.entered():
            self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        self.sock.setblocking(False)
        self._send(MSG_CONFIG, CFG_CMD, struct.pack("!BBH", 1, 0, socket.AF_UNSPEC))
        self._send(MSG_CONFIG, CFG_PARAMS, struct.pack("!IB", 0, 1))
        if rules:
            br.ns.run("nft", "-f", "-", text=rules)
        self.seen = 0

    def _send(self, kind, attribute, data):
        data = struct.pack("=HH", 4 + len(data), attribute) + data + bytes(-len(data) % 4)
        self.sock.send(struct.pack("=IHHII", 20 + len(data), SUBSYS_QUEUE << 8 | kind, 1, 0, 0)
                       + struct.pack("!BBH", 0, 0, 5) + data)

    def serve(self):
        """Let go what waits; gives how many there have been."""
        with contextlib.suppress(BlockingIOError):
            while True:
                message = self.sock.recv(4096)
                kind, = struct.unpack_from("=H", message, 4)
                if kind != SUBSYS_QUEUE << 8 | MSG_PACKET:
                    continue
                equal(struct.unpack_from("=H", message, 22)[0], PACKET_HDR, "the attribute")
                number, = struct.unpack_from("!I", message, 24)
                self._send(MSG_VERDICT, VERDICT_HDR, struct.pack("!II", 1, number))
                self.seen += 1
        return self.seen


    def send(self, sender, group, count=200):
        """Have a host send frames that wait; gives the number of the stream."""
        before, stream = self.seen, sender.send(group, count)
        eventually(lambda: self.serve() >= before + count, f"{count} frames waited")
        return stream


@proves("REDIRECT trap 4", "README: frames that waited for a program", "DECISIONS 11")
@needs("nft_queue")
def test_nfqueue():
    """Frames that waited in a queue go by the gate: members get all, nobody else any; the
    host gets them if it joined."""
    with gated(address="10.0.0.254") as br:
        router, sender, member, _ = br.hosts
        joined(br, member)
        queue, tap = Queue(br), br.tap
        with queue.sock:
            for listens in False, True, False:
                with listener(br, br.name) if listens else contextlib.nullcontext():
                    with goes(br, GATE, 200):
                        stream = queue.send(sender, GROUP)
                        got = br.arrived(sender, stream)
                equal([got[host] for host in br.others(sender)], [200, 200, 0], "frames")
                equal(len(tap.numbers(stream)), 200 * listens, "frames at the host")
            sender.report(OTHER)
            eventually(lambda: queue.serve() and mgate.members(br, sender.port, OTHER),
                       "a report that waited is learned from")
            eventually(lambda: router.tap.count(lambda f: f.igmp(0x16) and f.group == OTHER),
                       "it reaches the router")
        br.ns.run("nft", "delete", "table", "bridge", "waiting")
        went(br, sender, REDIRECT, [router, member])
        never_turned(br)


@proves("TRAPS 3", "REDIRECT trap 5", "DECISIONS 4")
@needs("nft_queue")
def test_nfqueue_behind_mgate():
    """Frames that waited when they had been redirected are known no more: they are left to
    the host and counted, until soon the gate serves."""
    with gated(hooks=queued_behind()) as br:
        router, sender, member, _ = br.hosts
        joined(br, member)
        queue = Queue(br, rules="")
        with queue.sock:
            got = br.arrived(sender, queue.send(sender, GROUP))
            missed = mgate.counter(br, sender.port, mgate.REDIRECT_MISSED)
            check(16 <= missed <= 22, f"{missed} redirected frames were missed")
            equal([got[host] for host in br.others(sender)], [200 - missed, 200 - missed, 0],
                  f"frames, where {missed} were missed")
            got = br.arrived(sender, queue.send(sender, GROUP))
            check(got[member] >= 197, f"of 200 frames later came {got}")  # some are tried
        br.ns.run("nft", "delete", "table", "bridge", "waiting")
        br.set("redirect", 1)
        went(br, sender, REDIRECT, [router, member])
        never_turned(br)


@proves("TRAPS 11", "REDIRECT 4")
def test_br_netfilter():
    """With bridge-nf-call-iptables members get all, others none, and a drop holds."""
    subprocess.run(["modprobe", "br_netfilter"], check=True)
    try:
        with gated(5) as br:
            router, sender, member, barred, _ = br.hosts
            br.ns.sysctl("bridge/bridge-nf-call-iptables", 1)
            joined(br, member, barred)
            went(br, sender, REDIRECT, [router, member, barred])
            br.ns.run("nft", "-f", "-", text=NO_FORWARD)
            went(br, sender, REDIRECT, [router, member])
            br.set("redirect", 0)
            went(br, sender, GATE, [router, member])
            rules = br.ns.run("nft", "list", "table", "ip", "drops").stdout
            check("counter packets 20 " in rules, f"the frames dropped by iptables: {rules}")
            br.set("redirect", 1)
            br.ns.run("nft", "delete", "table", "ip", "drops")
            with sender.udp(GROUP) as sock:
                sock.sendto(bytes(4000), (GROUP, 5001))
            br.barrier(sender)
            octets = {host: sum(len(f.body) for f in host.tap.frames(lambda f: not f.stream))
                      for host in br.others(sender)}
            equal([host for host in octets if octets[host] >= 4008], [router, member, barred],
                  "who got the fragments of a datagram")
            never_turned(br)
    finally:
        subprocess.run(["modprobe", "-r", "br_netfilter"], check=True)


@proves("TRAPS 20a", "REDIRECT test 7")
def test_segments_and_fragments_with_a_tap():
    """Segmented late or fragmented, members get all; a tap at the port where they come in
    shares the frame and sees it as it was sent."""
    with gated(5) as br:
        router, sender, member, second, _ = br.hosts
        joined(br, member, second)
        with br.ns.entered():
            tap = Tap(sender.port)
        sock = sender.udp()
        for segment, size in (500, 5000), (0, 4000):
            sock.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, segment)
            taps = [tap] + [host.tap for host in br.others(sender)]
            for one in taps:
                one.clear()
            for _ in range(10):
                sock.sendto(bytes(size), (GROUP, 5001))
            br.barrier(sender)
            frames = [one.frames(lambda f: f.group == GROUP) for one in taps]
            # A fragment but the first has no UDP header; a late segment has one each.
            octets = [sum(len(f.body) - (0 if f.fragment & 0x1fff else 8) for f in got)
                      for got in frames]
            equal(octets, [10 * size] * 4 + [0], f"octets at tap and hosts, segments {segment}")
            equal({f.mac for got in frames for f in got}, {wire.mac_of(GROUP)}, "addresses")
        went(br, sender, REDIRECT, [router, member, second])
        equal({f.mac for f in tap.frames(lambda f: f.group)}, {wire.mac_of(GROUP)}, "at the tap")
        tap.close()
        sock.close()
        never_turned(br)


@proves("TRAPS 20a")
def test_frame_larger_than_a_port_takes():
    """A frame larger than the MTU of a member's port goes to the other members."""
    with gated() as br:
        router, sender, member, small = br.hosts
        joined(br, member, small)
        br.ns.ip(f"link set {small.port} mtu 600")
        packet = wire.ipv4(sender.ip, GROUP, wire.UDP,
                           wire.udp(wire.mark(6_000_000, 0) + bytes(1000)))
        large = wire.eth(wire.mac_of(GROUP), sender.mac, wire.ETH_IP, packet)
        with goes(br, REDIRECT):
            br.expect_frames(sender, [large] * 5, [router, member],
                             lambda f: f.stream == 6_000_000)
        went(br, sender, REDIRECT, [router, member, small])


@proves("REDIRECT trap 7")
def test_member_moves_to_another_bridge():
    """A member's port goes to another bridge under a stream: it gets nothing any more of the
    first, and what it joins there."""
    with gated() as br, Bridge(1, first=9, name="br1", ns=br.ns) as second:
        router, sender, member, _ = br.hosts
        joined(br, member)
        second.gate(second.hosts[0])
        with sender.streaming(GROUP, 400) as stream:
            stream.runs(member.tap)
            br.ns.ip(f"link set {member.port} nomaster", f"link set {member.port} master br1")
            there = len(member.tap.numbers(stream.id))
            stream.runs(router.tap, 100)
        equal(len(member.tap.numbers(stream.id)), there, "frames that still came")
        br.hosts.remove(member)
        second.hosts.append(member)
        went(br, sender, REDIRECT, [router])
        joined(second, member)
        second.expect(second.hosts[0], GROUP, [member])
        never_turned(br)


class Storm:
    """A child on one processor that sends to a group as fast as it can."""

    def __init__(self, processor, sock, group, seconds=SECONDS):
        self.back, writer = os.pipe()
        self.child = os.fork()
        if not self.child:
            try:
                os.sched_setaffinity(0, {processor % os.cpu_count()})
                sent, end = 0, time.monotonic() + seconds
                while time.monotonic() < end:
                    for _ in range(50):
                        sock.sendto(wire.mark(0, sent), (group, 5001))
                    sent += 50
                os.write(writer, str(sent).encode())
            finally:
                os._exit(0)
        os.close(writer)

    def sent(self):
        """How many it sent, when it is done."""
        select.select([self.back], [], [])
        number = int(os.read(self.back, 32) or b"-1")
        os.waitpid(self.child, 0)
        os.close(self.back)
        return number


@proves("REDIRECT test 8", "TRAPS 31")
def test_storm_on_two_processors():
    """Two senders on two processors to two groups: each member gets exactly its share."""
    signal.alarm(SECONDS + 110)
    check(os.cpu_count() > 1, "two processors are needed")
    with gated(6) as br:
        router, one, two, left, both, right = br.hosts
        joined(br, left, both)
        joined(br, both, right, group=OTHER)
        br.ns.run("nft", "-f", "-", text=TURNED % br.mac)
        for host in br.hosts:  # nobody reads them meanwhile
            host.tap.close()
        names = "rx_packets", "tx_packets"
        before = {host: [statistic(br, host.port, n) for n in names] for host in br.hosts}
        reports = mgate.counter(br, router.port, mgate.CONTROL_REPORT)
        asked = mgate.counter(br, "host", mgate.TX_SOLICITATION)
        flooded = statistic(br, br.name, "multicast")
        storms = Storm(1, one.udp(), GROUP), Storm(0, two.udp(), OTHER)
        here, there = (storm.sent() for storm in storms)
        check(min(here, there) > 50, f"frames sent: {here}, {there}")

        def counts():
            now = [[statistic(br, host.port, n) - was
                    for n, was in zip(names, before[host])] for host in br.hosts]
            # A host says it twice: the second report may go to the router meanwhile.
            now[0][1] -= mgate.counter(br, router.port, mgate.CONTROL_REPORT) - reports
            # What came too often when the bridge started is made up for, at all ports.
            for pair in now:
                pair[1] -= mgate.counter(br, "host", mgate.TX_SOLICITATION) - asked
            return [tuple(pair) for pair in now]
        becomes(counts, [(0, here + there), (here, 0), (there, 0), (0, here), (0, here + there),
                         (0, there)], f"frames in and out at {[h.port for h in br.hosts]}")
        equal(statistic(br, br.name, "multicast"), flooded, "frames that the bridge flooded")
        rules = br.ns.run("nft", "list", "table", "bridge", "turned").stdout
        check("counter packets 0 " in rules, f"frames left to the bridge's address: {rules}")
        print(f"# storm: {here} and {there} frames in {SECONDS} s")
