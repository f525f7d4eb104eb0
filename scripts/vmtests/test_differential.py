# SPDX-License-Identifier: GPL-2.0-only
"""Random bridges and frames: what leaves each port with mgate is what leaves it without,
as far as memberships and rules allow. Octets, tags, number and order are compared, and in
the end the forwarding databases. VLANs, flags, states and links change while it runs.

MGATE_SEED=N repeats a run whose seed is N, MGATE_SEED=random draws one; MGATE_FRAMES=N sends
so many frames a test.
"""
import collections
import contextlib
import os
import random
import signal
import socket

import changes
import dice
import mgate
import wire
from lab import Bridge
from oracle import ALL, HOST, Oracle
from tap import Tap
from topology import VIDS, Topology
from words import Failure, becomes, check, equal, eventually, proves, seed_of

# The same frames each time, so that a failure is of the change; `random` for others. What
# one kernel does not get another does: it is 10,000 frames on two of them.
SEEDS = {"6.1.": 2012552345}
SEED = seed_of(next((usual for release, usual in SEEDS.items()
                     if os.uname().release.startswith(release)), 3405691582))
FRAMES = int(os.environ.get("MGATE_FRAMES") or 1700)
ROUND = 425     # frames to one set-up
BATCH = 40      # frames between two looks at what came out
CHANGE = 80     # frames, and some more, between two changes
Sent = collections.namedtuple("Sent", "port data")


class Capture(Tap):
    """The numbered frames that came in at a device, as (octets, tag, packet type)."""

    def keep(self, data, tag, packet_type):
        """See Tap."""
        if dice.number_of(data) is not None:
            self.seen.append((data, tag, packet_type))

    def take(self):
        """What has come since the last time."""
        self.drain()
        taken, self.seen = self.seen, []
        return taken


class Side:
    """One of the bridges that are compared: it sends, and captures what comes out."""

    def __init__(self, stack, setting, name, *, flood=False, **more):
        self.setting, self.name, self.flood = setting, name, flood
        self.bridge = stack.enter_context(setting.bridge(**more))
        self.captures = {}
        for host in self.bridge.hosts:
            host.tap.close()
            host.tap = self.captures[host.number] = self._capture(host.ns, "eth0")
        self.captures[HOST] = self._capture(self.bridge.ns, self.bridge.name)
        stack.callback(self.captures[HOST].close)
        with self.bridge.ns.entered():
            self.raw = stack.enter_context(socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
        self.raw.bind((self.bridge.name, 0))
        changes.prepare(self.bridge)
        setting.settle(self.bridge, flood)

    @staticmethod
    def _capture(ns, device):
        with ns.entered():
            return Capture(device)

    def send(self, port, data):
        """One frame, from a port's host or from the bridge's own."""
        if port == HOST:
            self.raw.send(data)
        elif self.setting.ports[port].link != "no carrier":
            self.bridge.hosts[port - 1].inject(data)

    def addresses(self):
        """The bridge's forwarding database, but for its own addresses, and for those of
        senders of whom mgate may have dropped everything."""
        text = self.bridge.ns.run("bridge", "fdb", "show", "br", self.bridge.name).stdout
        return {line for line in text.splitlines()
                if " permanent" not in line and not line.startswith("02:01:")}

    def take(self):
        """What came out since the last time, by port."""
        return {port: capture.take() for port, capture in self.captures.items()}


class Clock:
    """Tells when all that was sent has arrived: all frames go through the queue of one
    processor, and a broadcast that was sent last through a bridge comes out last."""

    def __init__(self, stack):
        self.bridge = stack.enter_context(Bridge(2, mcast_snooping=0))

    def wait(self):
        """Wait for it."""
        self.bridge.barrier(self.bridge.hosts[0])


class Round:
    """One random set-up, bridges with it, and so many frames through all of them. Flows last
    for so many ms."""

    def __init__(self, seed, protocol, flow_ms):
        self.flow_ms, self.by_flow = flow_ms, 0
        self.seed, self.random = seed, random.Random(seed)
        self.setting = Topology(self.random, protocol)
        flips = bool(self.setting.without_flood()) or self.random.random() < 0.3
        self.changes = changes.Changes(self.random, self.setting, flips)
        self.flips, self.changed = flips, []
        self.frames = dice.Frames(self.random, self.setting)
        self.oracle = Oracle(self.setting)
        self.sides, self.plain, self.open, self.clock = [], None, None, None

    def run(self, frames):
        """Send so many."""
        with contextlib.ExitStack() as stack:
            self.clock = Clock(stack)
            self.plain = Side(stack, self.setting, "plain", mcast_snooping=0)
            self.open = self.plain
            if self.flips:
                self.open = Side(stack, self.setting, "open", flood=True, mcast_snooping=0)
            self.sides = [Side(stack, self.setting, way) for way in ("gate", "redirect")]
            for side in self.sides:
                eventually(side.bridge.path("status").exists, "mgate has a folder")
                self.setting.tell(side.bridge)
                side.bridge.set("redirect", int(side.name == "redirect"))
                side.bridge.set("flow_ms", self.flow_ms)
            check(self.plain.bridge.get("mode") == "off", "mgate works on the plain bridge")
            try:
                self._run(frames)
            except Failure as failure:
                failure.add_note(f"set-up of seed {self.seed}, by now:\n{self.setting}\n"
                                 f"changes: {self.changed}")
                raise

    def _run(self, frames):
        self._begin()
        change_at = CHANGE
        while self.frames.number < frames:
            self._batch(frames)
            if self.frames.number > change_at:
                self._change()
                change_at = self.frames.number + CHANGE
        for side in self.sides:
            equal(side.addresses(), self.plain.addresses(), f"by {side.name}: known addresses")
            self.by_flow += sum(int(row["count"]) for row in mgate.table("counters", side.bridge)
                                if row["reason"] == mgate.FLOW)

    def _all(self):
        return {self.plain, self.open}.union(self.sides)

    def _begin(self):
        """Mostly there is a querier from the start: without one a VLAN's data is flooded, and
        by no flow."""
        vids = VIDS if self.setting.filtering else (0, 5)
        queriers = [(vid, src) for vid in vids for src in ("10.1.0.5", "fe80::5")
                    if self.random.random() < 0.8]
        self._look(self._ask(queriers))

    def _change(self):
        """Something changes. A port that opens by that gets everything until it was asked,
        so there is a general query in each VLAN, by somebody who is let in; where nobody
        is, all is forgotten."""
        change = self.changes.draw()
        self.changed.append((self.frames.number, change.text))
        for side in self._all():
            change.put_on(side.bridge, side.flood)
        if change.stopped is not None:
            self.oracle.stop(change.stopped)
        asked = [(vid, str(vlan.querier)) for (vid, _), vlan in self.oracle.vlans.items()
                 if vlan.gates]
        if len(self._look(self._ask(asked))) < len(asked):
            self.oracle = Oracle(self.setting)
            for side in self.sides:
                side.bridge.set("flush", 1)

    def _ask(self, queriers):
        """Sends the queries of these (VLAN, address), where anybody is let in; gives what it
        has sent."""
        asked = [self._query(*querier) for querier in queriers]
        sent = dict(query for query in asked if query)
        for query in sent.values():
            for side in self._all():
                side.send(*query)
        return sent

    def _query(self, vid, src):
        for port in self.setting.ports.values():
            data = self.frames.general_query(port.number, vid, src)
            if port.mode != "ignore" and self.setting.lets_in(port.number, data):
                return self.frames.number, Sent(port.number, data)
        return None

    def _batch(self, frames):
        sent = {}
        while len(sent) < BATCH and self.frames.number < frames:
            port, data = self.frames.draw()
            if port == HOST:    # its way is shorter: it would overtake
                self.clock.wait()
            for side in self._all():
                side.send(port, data)
            sent[self.frames.number] = Sent(port, data)
            if self.frames.pause:
                break
        self._look(sent)

    def _look(self, sent):
        """Compare what came out; gives the verdicts on what was let in."""
        self.clock.wait()
        plain = self.plain.take()
        everywhere = self.open.take() if self.open is not self.plain else plain
        verdicts = self._judge(sent, plain)
        for side in self.sides:
            got = side.take()
            for port in got:
                copies = {"without mgate": plain[port], "got": got[port], "wanted": [
                    copy for copy in everywhere[port]
                    if self._allowed(side, sent, verdicts, port, copy, copy in plain[port])]}
                self._compare(side, sent, verdicts, port, copies)
            self._tables(side)
        return verdicts

    def _judge(self, sent, without):
        """What the bridge without mgate let in is what there is to judge."""
        came_out = {dice.number_of(copy[0]) for copies in without.values() for copy in copies}
        for number in came_out:
            check(self.setting.lets_in(*sent[number]),
                  f"the model of the bridge is wrong: it let in frame {number}: "
                  f"{describe(sent[number])}")
        return {number: self.oracle.judge(*sent[number]) for number in sent if number in came_out}

    def _allowed(self, side, sent, verdicts, port, copy, is_plain):
        number = dice.number_of(copy[0])
        if number not in verdicts:      # it came out through `mcast_flood off` alone
            return False
        sender, verdict = sent[number].port, verdicts[number]
        if port == HOST:
            return verdict.host
        # What mgate sends itself is not held back by `mcast_flood off`, nor sent back, but if
        # it is for all.
        turned = verdict.turned and side.name == "redirect" and \
            not (port == sender and verdict.ports is ALL)
        if not (port != sender if turned else is_plain):
            return False
        # TRAPS 13: the VLAN of what the host sends is not known where the tag is off, but
        # where just one leaves without.
        untagged = sender == HOST and self.setting.filtering and copy[1] is None and \
            sum(self.setting.ports[port].vlans.values()) != 1
        return verdict.ports is ALL or port in verdict.ports or untagged

    def _compare(self, side, sent, verdicts, port, copies):
        if copies["got"] == copies["wanted"]:
            return
        number = min(dice.number_of(copy[0])
                     for copy in differing(copies["got"], copies["wanted"]))
        raise Failure("\n".join([
            f"by {side.name}, at {'the host' if port == HOST else f'p{port}'}: frame {number} "
            f"is not as it should be: {verdicts.get(number)}", describe(sent[number]),
            *(f"{name}: {show(found, number)}" for name, found in copies.items()),
            *(f"order {name}: {[dice.number_of(copy[0]) for copy in found]}"
              for name, found in copies.items()),
            f"in one forwarding database only: {sorted(self.plain.addresses() ^ side.addresses())}"
        ]))

    def _tables(self, side):
        # A static entry is shown in place of what was learned beside it.
        static = {(vid, str(group), f"p{port}") for (vid, group), ports in
                  self.setting.static.items() for port in ports}
        wanted = {(vid, str(group), f"p{port}") for (vid, group), members in
                  self.oracle.members.items() for port in members} - static

        def known():
            return {(int(row["vid"]), row["grp"], row["port"]) for row in
                    mgate.table("groups", side.bridge) if row["kind"] == "temp"} - static
        becomes(known, wanted, f"by {side.name}: memberships", timeout=10)


def differing(one, two):
    """The copies in which two lists differ."""
    both = [copy for copy in one if copy in two]
    odd = [copy for copy in (*one, *two) if copy not in both]
    return odd or [a for a, b in zip(one, two) if a != b] or one + two


def show(copies, number):
    """The copies of one frame, for a reader."""
    found = [(data.hex(), tag and f"{tag[0]:04x} {tag[1]:04x}", kind)
             for data, tag, kind in copies if dice.number_of(data) == number]
    return f"{len(found)} times {found}"


def describe(frame):
    """A frame that was sent, for a reader."""
    return (f"sent by {'the host' if frame.port == HOST else f'p{frame.port}'}: "
            f"{frame.data.hex()}\n{wire.Frame(frame.data)}")


def compare(protocol):
    """Rounds until the frames are sent."""
    print(f"# differential: MGATE_SEED={SEED} repeats it")
    signal.alarm(60 + FRAMES // 8)
    draw = random.Random(f"{SEED} {protocol}")
    by_flow = []
    for start in range(0, FRAMES, ROUND):
        flow_ms = (1000, 0)[start // ROUND % 2]
        one = Round(draw.randrange(1 << 32), protocol, flow_ms)
        one.run(min(ROUND, FRAMES - start))
        by_flow.append(one.by_flow)
    print(f"# differential: {sum(by_flow)} copies of frames went by flow")
    equal(sum(by_flow[1::2]), 0, "frames by flow where flow_ms is 0")


@proves("issue 3 item 5", "issue 6: shown by, items 3, 5", "DECISIONS 4 to 8, 10, 11", "RELIABILITY 1.5", "TRAPS 9")
def test_bridge_without_vlans():
    """Random bridges that do not filter VLANs."""
    compare(None)


@proves("issue 3 item 5", "issue 6: shown by, items 3, 5", "DECISIONS 4 to 8, 10, 11", "RELIABILITY V1, V2", "TRAPS 9, 10, 13")
def test_bridge_with_vlans():
    """Random bridges that filter VLANs."""
    compare("802.1q")


@proves("issue 3 item 5", "issue 6: shown by, items 3, 5", "DECISIONS 4 to 8, 10, 11", "RELIABILITY V1, V2", "REDIRECT 3.2")
def test_bridge_with_service_vlans():
    """Random bridges that filter VLANs by service tags."""
    compare("802.1ad")
