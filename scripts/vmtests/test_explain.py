# SPDX-License-Identifier: GPL-2.0-only
"""What `explain` says of random frames on random bridges is what then happens to them.

MGATE_SEED=N repeats a run whose seed is N, MGATE_SEED=random draws one; MGATE_FRAMES=N sends
about so many frames a test.
"""
import contextlib
import os
import random
import signal
import struct

import dice
import genl
import wire
import wire6
from oracle import HOST
from test_differential import Clock, Side
from topology import FLOODED, GROUPS, GROUPS6, UNKNOWN, UNKNOWN6, VIDS, Topology
from words import REALTIME, Failure, check, eventually, proves, seed_of

SEED = seed_of(20261126)
FRAMES = int(os.environ.get("MGATE_FRAMES") or 360)
SETUPS = 4
BATCH = 10
LINK = "224.0.0.5", "224.0.0.251"
LINK6 = "ff02::5", "ff02::1:ff00:7"
ROUTER = 9


class Explained:
    """A random bridge, and questions about frames on it."""

    def __init__(self, stack, setting):
        self.side = Side(stack, setting, "explained")
        self.bridge, self.setting = self.side.bridge, setting
        eventually(self.bridge.path("status").exists, "mgate has a folder")
        setting.tell(self.bridge)
        self.asked = genl.opened(self.bridge.ns)
        stack.callback(self.asked.connection.close)
        self.numbers = {HOST: None} | {port: genl.index(self.bridge, f"p{port}")
                                       for port in setting.ports}
        self.number = genl.index(self.bridge, self.bridge.name)

    def reach(self, frame):
        """Whom explain says that it reaches, and the answer."""
        said = self.asked.explain(bridge=self.number, port=self.numbers[frame.port],
                                  vid=frame.vid, source=frame.source, group=frame.group,
                                  mac=frame.mac)
        ports = {index: port for port, index in self.numbers.items()}
        reached = {ports[to.get("port")] for to in said.get("to", ())
                   if to.get("pass") and "refused" not in to}
        check(("to" in said) != ("refused" in said), f"both or neither: {said}")
        return reached, said


class Frame:
    """A random datagram: from a port or the host, with a tag or none."""

    def __init__(self, draw, setting, number):
        self.port = draw.choice([HOST, *setting.ports, *setting.ports])
        self.mac = dice.BRIDGE if self.port == HOST else dice.Frames.mac(self.port)
        groups = *GROUPS, *GROUPS, *UNKNOWN, FLOODED, *LINK
        if draw.random() < 0.4:
            groups = *GROUPS6, *GROUPS6, *UNKNOWN6, *LINK6
        self.group = draw.choice(groups)
        six = wire.is_ipv6(self.group)
        self.source = f"{'fd00::' if six else '10.1.0.'}{draw.randrange(1, 9)}"
        vids = (*VIDS, 99) if setting.filtering else (5, 7)
        # A tag that is written into a frame by hand is no tag to a bridge without VLANs.
        tagged = draw.random() < 0.5 and (setting.filtering or self.port != HOST)
        self.vid = draw.choice(vids) if tagged else None
        tag = setting.tpid + struct.pack("!H", self.vid) if self.vid else b""
        packet = (wire6.ipv6 if six else wire.ipv4)(self.source, self.group, wire.UDP,
                                                    wire.udp(b"explained"))
        data = wire.eth(wire.mac_of(self.group), self.mac,
                        wire.ETH_IPV6 if six else wire.ETH_IP, packet)
        self.data = data[:12] + tag + data[12:] + dice.END + struct.pack("!I", number)

    def __str__(self):
        return f"port {self.port} vid {self.vid} {self.source} to {self.group}"


def prepare(draw, setting, one, clock):
    """Somebody queries in every VLAN, and hosts join."""
    frames = dice.Frames(draw, setting)
    sent = []
    for vid in (*VIDS, None) if setting.filtering else (None, 5):
        for port in setting.ports:
            sent += [(port, frames.general_query(port, vid, source))
                     for source in (f"10.1.0.{ROUTER}", f"fe80::{ROUTER}")]
            if draw.random() < 0.6:
                break
    # Of the host itself only data is drawn; what it reports counts for nothing.
    frames.kinds = [(9, frames.report), (6, frames.six.report), (1, frames.unicast)]
    sent += [frames.draw() for _ in range(80)]
    for port, data in sent:
        if port != HOST:
            one.side.send(port, data)
    clock.wait()
    one.side.take()


def compare(draw, setting, one, clock, first):
    """Ask about frames, send them, and see."""
    frames = {first + n: Frame(draw, setting, first + n) for n in range(BATCH)}
    said = {number: one.reach(frame) for number, frame in frames.items()}
    for frame in frames.values():
        if frame.port == HOST:
            clock.wait()
        one.side.send(frame.port, frame.data)
    clock.wait()
    got = {number: set() for number in frames}
    for port, copies in one.side.take().items():
        for copy in copies:
            got.setdefault(dice.number_of(copy[0]), set()).add(port)
    paths = {}
    for number, frame in frames.items():
        if got[number] != said[number][0]:
            raise Failure(f"redirect {one.bridge.get('redirect')}: {frame}: explain says {sorted(said[number][0])}, "
                          f"and it reached {sorted(got[number])}\n{said[number][1]}\n{setting}")
        paths[said[number][1]["path"]] = paths.get(said[number][1]["path"], 0) + 1
    return paths


def explain(protocol):
    """Rounds until the frames are sent, by turns with redirect and without."""
    print(f"# explain: MGATE_SEED={SEED} repeats it")
    signal.alarm(60 + FRAMES)
    paths, number = {}, 1
    for setup in range(SETUPS):
        draw = random.Random(f"{SEED} {protocol} {setup}")
        setting = Topology(draw, protocol)
        with contextlib.ExitStack() as stack:
            clock = Clock(stack)
            one = Explained(stack, setting)
            prepare(draw, setting, one, clock)
            for batch in range(FRAMES // SETUPS // BATCH):
                one.bridge.set("redirect", batch % 2)
                for path, count in compare(draw, setting, one, clock, number).items():
                    paths[path] = paths.get(path, 0) + count
                number += BATCH
    print(f"# explain: {number - 1} frames, by {paths}")
    for path in ("bridge", "gate") if REALTIME.exists() else ("bridge", "gate", "redirect"):
        check(paths.get(path, 0) >= 10, f"only {paths.get(path)} frames by {path}")


@proves("issue 10: explain agrees with what happens for 1,000 random frames")
def test_explain_without_vlans():
    """Random bridges that do not filter VLANs."""
    explain(None)


@proves("issue 10: explain agrees with what happens for 1,000 random frames")
def test_explain_with_vlans():
    """Random bridges that filter VLANs."""
    explain("802.1q")


@proves("issue 10: explain agrees with what happens for 1,000 random frames")
def test_explain_with_service_vlans():
    """Random bridges that filter VLANs by service tags."""
    explain("802.1ad")
