#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""What `make demo` shows: who gets a multicast stream, without mgate and with it.

Runs as root in the virtual machine that scripts/demo starts.
"""
import argparse
import collections
import contextlib
import os
import pathlib
import subprocess
import sys
import textwrap
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

import mgate  # noqa: E402
import netns  # noqa: E402
from cast import GROUP, RATE, Home, Meter, Router, Sender  # noqa: E402
from lab import Bridge  # noqa: E402
from words import Failure, eventually  # noqa: E402

SECONDS, PACKETS = 4, 200  # what a verdict rests on, at least
HOSTS = "h1", "h2", "h3", "h4"
NAMES = *HOSTS, "router", "sender"  # in the order of the ports p1 to p6
ROWS = "sender", "router", *HOSTS
RECEIVERS = ROWS[1:]
WIDTH = 79
BAR = 38

QUERY = 0x11


class Screen:
    """Draws the table: in place on a terminal, otherwise a line every second."""

    def __init__(self, terminal, utf8):
        self.terminal = terminal
        self.blocks = " ▏▎▍▌▋▊▉█" if utf8 else " #"
        self.yes, self.no = ("✓", "✗") if utf8 else ("[ok]", "[WRONG]")
        self.drawn, self.due, self.began = 0, 0, 0

    def begin(self, title, text):
        """A new part."""
        self.drawn, self.began = 0, time.monotonic()
        self.due = self.began + (0 if self.terminal else 1)
        print(f"\n\x1b[1m{title}\x1b[m" if self.terminal else f"\n{title}")
        print(textwrap.fill(text, WIDTH, initial_indent="  ", subsequent_indent="  "))
        print()
        if not self.terminal:
            print("  second" + "".join(f"{name:>8}" for name in ROWS) + "  mgate")

    def live(self, rates, notes, status):
        """Show what is now, if it is time to."""
        now = time.monotonic()
        if now < self.due:
            return
        seconds = int(now - self.began)
        if self.terminal:
            self.due = now + 0.25
            self._table(rates, notes, f"mgate: {status}, {seconds} s", {})
        else:
            self.due = self.began + seconds + 1
            print(f"  {seconds:6}" + "".join(f"{rates[name]:8.0f}" for name in ROWS)
                  + f"  {status}", flush=True)

    def final(self, rates, notes, counts):
        """The table as it stays, with what was counted."""
        if not self.terminal:
            print()
        self._table(rates, notes, "", counts)

    def verdict(self, right, text):
        """Say whether it is as it should be."""
        mark = self.yes if right else self.no
        print(textwrap.fill(f"{mark} {text}", WIDTH, initial_indent="  ",
                            subsequent_indent=" " * (len(mark) + 3)), flush=True)

    def _table(self, rates, notes, last, counts):
        lines = ["  who     did       per second" + " " * (BAR - 7)
                 + ("counted" if counts else "")]
        lines += [f"  {name:8}{notes[name]:8}{rates[name]:6.0f}  "
                  f"{self._bar(rates[name])}{counts.get(name, '')}" for name in ROWS]
        lines.append(f"  {last}")
        if self.drawn:
            sys.stdout.write(f"\x1b[{self.drawn}A")
        end = "\x1b[K\n" if self.terminal else "\n"
        sys.stdout.write("".join(line.rstrip() + end for line in lines))
        sys.stdout.flush()
        self.drawn = len(lines)

    def _bar(self, rate):
        full = len(self.blocks) - 1
        eighths = min(round(rate / RATE * (BAR - 6) * full), (BAR - 2) * full)
        whole, part = divmod(eighths, full)
        return (self.blocks[-1] * whole + self.blocks[part]).ljust(BAR)[:BAR]


class Demo:
    """The parts of the demo, and whether each showed what it should."""

    def __init__(self, bridge, sender, screen):
        self.bridge, self.sender, self.screen = bridge, sender, screen
        self.hosts = dict(zip(NAMES, bridge.hosts))
        self.meters = {name: Meter(host, sender.stream) for name, host in self.hosts.items()}
        self.past = collections.deque([(time.monotonic(), 0)])
        self.notes = dict.fromkeys(ROWS, "") | {"sender": "sends"}
        self.right = True

    # --- What happens --------------------------------------------------------

    def join(self, name):
        """A host joins by a socket of its own."""
        self.hosts[name].join(GROUP)
        self.notes[name] = "joined"

    def leave(self, name):
        """It leaves."""
        self.hosts[name].leave(GROUP)
        self.notes[name] = "left"

    def status(self):
        """What mgate says of the bridge."""
        with contextlib.suppress(FileNotFoundError):
            return self.bridge.get("status")
        return "not loaded"

    def known(self, name):
        """Does mgate list the host's port as a member?"""
        return mgate.members(self.bridge, self.hosts[name].port, GROUP)

    # --- Watching ------------------------------------------------------------

    def read(self):
        """Take what arrived at each host."""
        now = time.monotonic()
        self.past.append((now, self.sender.sent))
        while len(self.past) > 2 and self.past[1][0] < now - 1:
            self.past.popleft()
        for meter in self.meters.values():
            meter.read()

    def rates(self):
        """Packets a second, of those sent in the last second: what the sender sent and
        what others got. By their numbers: reading a host late does not look like loss."""
        (start, first), (end, last) = self.past[0], self.past[-1]
        seconds = max(end - start, 0.001)
        rates = {name: meter.window(first, last - 1, recent=True)
                 for name, meter in self.meters.items()}
        rates["sender"] = range(first, last)
        return {name: len(numbers) / seconds for name, numbers in rates.items()}

    def watch(self, done, what, timeout=60):
        """Show what each host gets until done() is true."""
        end = time.monotonic() + timeout
        while not done():
            if time.monotonic() > end:
                raise Failure(f"This did not happen within {timeout} s: {what}.")
            self.read()
            self.screen.live(self.rates(), self.notes, self.status())
            time.sleep(0.15)

    # --- Counting ------------------------------------------------------------

    def count(self, members):
        """Count for some seconds and judge."""
        began, first = time.monotonic(), self.sender.sent + 1
        self.watch(lambda: time.monotonic() > began + SECONDS
                   and self.sender.sent > first + PACKETS, f"{PACKETS} packets are sent")
        self.judge(first, self.sender.sent - 1, time.monotonic() - began, members)

    def judge(self, first, last, seconds, members):
        """Of the packets from first to last these hosts got all, each once and in
        order, the others none, and none came back to the sender."""
        self.bridge.barrier(self.hosts["sender"])
        with contextlib.suppress(Failure):
            eventually(lambda: self.read() or all(self.meters[name].has_all(first, last)
                                                  for name in members), "", timeout=10)
        sent = max(last - first + 1, 0)
        counts = {name: len(meter.window(first, last)) for name, meter in self.meters.items()}
        wrong = [name for name in ROWS if not (
            sent and self.meters[name].has_all(first, last) if name in members
            else counts[name] == 0)]
        shown = {name: count / seconds for name, count in counts.items()}
        texts = {name: f"{count} of {sent}" for name, count in counts.items()}
        self.screen.final(shown | {"sender": sent / seconds}, self.notes,
                          texts | {"sender": f"{sent} sent"})
        others = [name for name in RECEIVERS if name not in members]
        if wrong:
            self.verdict(False, self.complaint(members, others, wrong, counts, sent))
        elif others:
            self.verdict(True, capital(f"{listed(members)} got all {sent} packets; "
                                       f"{listed(others)} got not one."))
        else:
            self.verdict(True, f"Everybody got all {sent} packets.")

    def complaint(self, members, others, wrong, counts, sent):
        """What is wrong, in words."""
        rest = f" and {listed(others)} none" if others else ""
        got = ", ".join(f"{listed([name])} got {counts[name]}" + " (some twice or out of order)"
                        * (name in members and counts[name] >= sent > 0) for name in wrong)
        return capital(f"{listed(members)} should have got all {sent} packets{rest}; but {got}.")

    def verdict(self, right, text):
        """Say it, and remember it for the exit status."""
        self.right &= bool(right)
        self.screen.verdict(right, text)

    # --- The parts -----------------------------------------------------------

    def without(self):
        """1: without mgate."""
        self.screen.begin("1. Without mgate", "The bridge does no snooping. Only h1 joined "
                          f"{GROUP}, but the stream is sent to every port.")
        self.count(RECEIVERS)

    def loaded(self):
        """2: loaded, not yet gating."""
        self.screen.begin("2. mgate is loaded: insmod mgate.ko mode=on", "For the first seconds "
                          "it floods, on purpose: nothing is cut before the router has asked "
                          "and the hosts had the time to answer. (mode=on because this bridge "
                          "does no snooping; where it does, mgate starts by itself.)")
        try:
            mgate.load(mode="on")
        except OSError as error:
            raise Failure(f"The kernel does not take {mgate.Module.file}: "
                          f"{os.strerror(error.errno)}.") from None
        eventually(self.bridge.path("status").exists, "mgate has a folder for br0")
        began, first, last, end = time.monotonic(), self.sender.sent + 1, 0, time.monotonic()

        def gates():
            # What the router has when mgate still floods was flooded.
            nonlocal last, end
            arrived = max(self.meters["router"].numbers, default=0)
            if self.status() == "gating":
                return True
            last, end = arrived, time.monotonic()
            return False
        self.watch(gates, "a query of the router makes mgate gate")
        self.judge(first, last, end - began, RECEIVERS)
        self.verdict(True, f"After {end - began:.0f} seconds /sys/class/net/br0/mgate/status "
                           "turned from flooding to gating.")

    def gating(self):
        """3: gating."""
        self.screen.begin("3. mgate gates", "Only h1 answered the router. From now on the stream "
                          "leaves through the ports of h1 and of the router, and no other.")
        self.count(["router", "h1"])

    def joins(self):
        """4: a second member."""
        self.screen.begin("4. h3 joins", f"A program on h3 opens a socket and joins {GROUP}; "
                          "mgate hears its report.")
        self.join("h3")
        self.watch(lambda: self.known("h3"), "mgate lists h3 as a member")
        self.count(["router", "h1", "h3"])
        self.never_cut("h1")

    def never_cut(self, name):
        """A host that was a member from the first packet on has them all."""
        last = self.sender.sent - 1
        meter = self.meters[name]
        with contextlib.suppress(Failure):
            eventually(lambda: self.read() or meter.has_all(0, last), "", timeout=10)
        missed = last + 1 - len(set(meter.window(0, last)))
        since = f"of the {last + 1} packets since the first"
        if meter.has_all(0, last):
            self.verdict(True, f"{name}, a member all the time, missed none {since}: "
                               "loading mgate cut nothing.")
        else:
            self.verdict(False, f"{name} was a member all the time, but {since} it missed "
                                f"{missed}, or got some twice or out of order.")

    def leaves(self):
        """5: the first member leaves."""
        self.screen.begin("5. h1 leaves", "The router asks whether somebody else behind that port "
                          "wants the stream; nobody answers, and it ends there.")
        self.leave("h1")
        self.watch(lambda: not self.known("h1"), "mgate takes h1 off the list")
        self.count(["router", "h3"])


def listed(names):
    """Names in a sentence."""
    words = ["the router" if name == "router" else name for name in names]
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def capital(text):
    """The text with a capital letter first."""
    return text[:1].upper() + text[1:]


def step(words, function, *arguments):
    """Do something that takes its time, and say how long."""
    began = time.monotonic()
    print(f"  {words:56}", end="", flush=True)
    result = function(*arguments)
    print(f"{time.monotonic() - began:4.0f} s", flush=True)
    return result


def wait_for_query(bridge, router):
    """The router has begun to ask."""
    host = bridge.hosts[0]
    try:
        eventually(lambda: host.tap.count(lambda frame: frame.igmp(QUERY)),
                   "the router (FRR's pimd) sends an IGMP query", timeout=90)
    except Failure as failure:
        failure.add_note(router.words())
        raise


def ending():
    """The tables as they are, and where to look next."""
    file = mgate.DEBUGFS / "groups"
    print(f"\nWho joined what:\n\n# cat {file}\n{file.read_text()}")
    print("What to look at on a bridge of your own, after make install && modprobe mgate:")
    for path, text in ((mgate.DEBUGFS / "routers", "where the multicast routers are"),
                       (mgate.DEBUGFS / "counters", "packets sent on, held back, ignored: why"),
                       ("README.md", "every setting, and when to touch it")):
        print(f"  {path!s:35}{text}", flush=True)


def show(screen):
    """The whole demo; gives whether all was as it should be."""
    with contextlib.ExitStack() as stack:
        bridge = stack.enter_context(step(
            "one bridge, six network namespaces at its ports p1 to p6", lambda: Bridge(
                len(NAMES), ns=Home(), hooks=True, mcast_snooping=0)))
        hosts = dict(zip(NAMES, bridge.hosts))
        router = step("a router: FRR, zebra and pimd", Router, hosts["router"])
        stack.callback(router.close)
        step("its first IGMP query", wait_for_query, bridge, router)
        sender = Sender(hosts["sender"])
        demo = Demo(bridge, sender, screen)
        stack.callback(sender.close)
        sender.start()  # before any host joins: the child would keep its socket open
        demo.join("h1")
        for part in demo.without, demo.loaded, demo.gating, demo.joins, demo.leaves:
            part()
        ending()
        return demo.right


def main():
    """Show it; gives the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ko", required=True, help="the mgate.ko to show")
    parser.add_argument("--terminal", action="store_true", help="redraw the table in place")
    parser.add_argument("--utf8", action="store_true", help="draw fine bars")
    options = parser.parse_args()
    screen = Screen(options.terminal, options.utf8)
    mgate.Module.file = options.ko
    subprocess.run(["modprobe", "-a", "bridge", "veth"], check=True)
    netns.prepare()
    try:
        right = show(screen)
    except Failure as failure:
        screen.verdict(False, str(failure))
        for note in getattr(failure, "__notes__", []):
            print(f"\nWhat was known then:\n{note}", flush=True)
        right = False
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
