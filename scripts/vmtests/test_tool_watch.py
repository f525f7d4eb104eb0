# SPDX-License-Identifier: GPL-2.0-only
"""`mgate monitor`, `explain` and `why` on a bridge, and mgate-top."""
import collections
import contextlib
import fcntl
import json
import os
import pathlib
import pty
import re
import signal
import struct
import subprocess
import termios

import mgate
import tool
from lab import Bridge, gated
from test_flow import last, pinned
from words import Failure, becomes, check, equal, eventually, proves

GROUP, OTHER = "239.1.1.1", "239.2.2.2"
README = tool.TREE / "README.md"
SHARE = pathlib.Path("/share")


def told(watch, *lines):
    """What monitor has told is this, each line as often as it stands here. A static entry of
    a group of its own comes last, and when its end was told all before it was."""
    wanted = collections.Counter(lines)
    eventually(lambda: sum(wanted.values()) <= len(watch.lines()),
               f"{len(lines)} lines, in {watch.lines()}")
    equal(collections.Counter(watch.lines()), wanted, "what was told")


@proves("issue 10: monitor sees each change exactly once")
def test_monitor():
    """Joins, leaves, routers, queriers, rules, each once; refreshes not at all."""
    with gated() as br:
        router, sender, member, other = br.hosts
        br.set("fast_leave", 1, member.port)
        with tool.monitor(br, "monitor", "dev", "br0") as watch:
            lines = []
            member.report(GROUP)
            br.barrier(member)
            member.report(GROUP)
            lines += [f"join dev br0 port p3 grp {GROUP} temp filter_mode exclude vid 0"]
            br.barrier(member)
            member.send_leave(GROUP)
            br.wait_left(member, GROUP)
            lines += [f"leave dev br0 port p3 grp {GROUP} vid 0 why leave"]
            br.set("router", "always", other.port)
            br.set("router", "auto", other.port)
            lines += ["router-add dev br0 port p4 vid 0 by static",
                      "router-del dev br0 port p4 vid 0 by static why rule"]
            br.set("groups_static", f"+ p4 {OTHER}")
            br.set("groups_static", f"- p4 {OTHER}")
            lines += [f"join dev br0 port p4 grp {OTHER} permanent filter_mode exclude vid 0",
                      f"leave dev br0 port p4 grp {OTHER} vid 0 why rule"]
            router.query(3)
            br.barrier(router)
            br.set("groups_static", f"+ p2 232.1.1.1 {sender.ip}")
            lines += ["join dev br0 port p2 grp 232.1.1.1 temp filter_mode include vid 0",
                      f"source-set dev br0 port p2 grp 232.1.1.1 src {sender.ip} permanent vid 0"]
            told(watch, *lines)
            equal(watch.stop(), -signal.SIGINT, "what ended an interrupted monitor")


@proves("issue 10 item 3: monitor, JSON")
def test_monitor_json():
    """One object a line, with its time; and only of the bridge that was asked for."""
    with gated() as br, Bridge(2, first=11, name="br1", ns=br.ns) as two:
        with tool.monitor(br, "-j", "-t", "monitor", "dev", "br1") as watch:
            br.set("groups_static", f"+ p3 {GROUP}")
            two.set("groups_static", f"+ p12 {GROUP}")
            eventually(watch.lines, "a line of the monitor")
            (event,) = [json.loads(line) for line in watch.lines()]
            check(event.pop("time") > 1e9, "its time")
            equal(event, {"event": "join", "dev": "br1", "port": "p12", "grp": GROUP,
                          "state": "permanent", "filter_mode": "exclude", "vid": 0}, "a join")


@proves("issue 10 item 3: monitor")
def test_monitor_ends_with_the_module():
    """When mgate is unloaded, the monitor says so and ends."""
    with gated(2) as br, tool.monitor(br, "monitor") as watch:
        mgate.unload()
        equal(watch.process.wait(20), 1, "its status")
        equal(watch.lines()[-1], "mgate: mgate was unloaded", "its last words")


@proves("issue 10 item 2: explain", "PEERS U17")
def test_explain():
    """The sentences are about what really happens."""
    with gated() as br:
        router, sender, member, other = br.hosts
        br.join(member, GROUP)
        br.expect(sender, GROUP, [router, member])
        words = "explain", "dev", "br0", "port", sender.port, "src", sender.ip, "grp", GROUP
        text = tool.mgate(br, *words)
        for line in ("p1 gets it (router)", "p3 gets it (member): a host there asked for",
                     "p4 does not get it (not_member)", "host does not get it (not_member)",
                     f"see `mgate why dev br0 port p4 grp {GROUP}`"):
            check(line in text, f"{line!r} is not in {text}")
        answer = json.loads(tool.mgate(br, "-j", *words))
        equal((answer["dev"], answer["port"], answer["src"], answer["grp"], answer["vid"]),
              ("br0", sender.port, sender.ip, GROUP, 0), "what was asked")
        equal({one["port"] for one in answer["to"] if one["pass"] and "refused" not in one},
              {router.port, member.port}, "who gets it")
        br.ns.bridge(f"link set dev {other.port} isolated on",
                     f"link set dev {sender.port} isolated on")
        br.join(other, GROUP)
        text = tool.mgate(br, *words)
        check("p4 does not get it (isolated)" in text, f"an isolated port: {text}")
        # A broadcast, which tells that all has arrived, does not reach an isolated port.
        stream = sender.send(GROUP)
        eventually(lambda: len(member.tap.numbers(stream)) == 10, "the member gets all of it")
        br.ns.bridge(f"link set dev {other.port} isolated off")
        equal(br.arrived(sender, stream), {router: 10, member: 10, other: 0}, "who got it")
        br.set("mode", "off")
        text = tool.mgate(br, *words)
        check("p4 gets it: mgate does nothing there with frames of IPv4" in text, f"off: {text}")


@proves("issue 10: why a stream does not arrive", "PEERS U17")
def test_why():
    """What is wrong is named, and after it is mended nothing is."""
    with gated() as br:
        router, sender, member, other = br.hosts
        br.set("deny", f"+ {GROUP}/32", other.port)
        other.report(GROUP)
        br.join(member, GROUP)
        br.expect(sender, GROUP, [router, member])
        # The first frames on a processor come before there is a table for them.
        eventually(lambda: [sender.send(GROUP, 5), mgate.table("flows", br)][1],
                   "the stream is kept track of")
        words = "dev", "br0", "port", other.port, "grp", GROUP
        text = tool.mgate(br, "why", *words)
        for line in (f"p4 is not a member of {GROUP}.", "1 counted as denied",
                     f"/sys/class/net/p4/mgate/deny has {GROUP}/32",
                     f"A stream of {sender.ip} comes in at p2 in VLAN 0: p4 does not get it"):
            check(line in text, f"{line!r} is not in {text}")
        br.set("deny", f"- {GROUP}/32", other.port)
        mend = re.search(r"^Until that is mended: (.*)$", text, re.M)[1]
        br.ns.run("ip", "netns", "exec", br.ns.name, "sh", "-ec", mend)
        br.expect(sender, GROUP, [router, member, other])
        text = tool.mgate(br, "why", *words)
        check("Nothing holds it back here: look behind p4" in text, f"afterwards: {text}")
        check(json.loads(tool.mgate(br, "-j", "why", *words))["passes"], "the same by JSON")
        text = tool.mgate(br, "why", "dev", "br0", "port", "host", "grp", GROUP)
        check("host does not get it (not_member)" in text, f"the host: {text}")


# --- mgate-top -------------------------------------------------------------------

def calm(br):
    """A screen, if neither hosts nor routers were asked meanwhile."""
    text = br.ns.run(tool.TOP, "--once", "dev", "br0").stdout
    return None if re.search("control_(query|flood)", text) else text


def screenshot(br):
    """A screen of a bridge with a stream; kept where scripts/vm -s wants it."""
    _, sender, member, _ = br.hosts
    last(br)
    br.join(member, GROUP)
    with sender.streaming(GROUP) as stream:
        stream.runs(member.tap)
        # What is asked as the ports begin is made up for in the first second.
        text = eventually(lambda: calm(br), "a screen without queries", timeout=30)
    if SHARE.is_dir():
        (SHARE / "mgate-top.txt").write_text(text)
    return text


@proves("issue 10: a text screenshot of mgate-top in the README, taken by a test")
def test_screenshot():
    """The README shows a screen of the same structure, with a stream that moves."""
    with pinned(), gated() as br:
        text = screenshot(br)
        shown = re.search(r"^```\n(mgate-top: .*?)^```", README.read_text(encoding="utf-8"),
                          re.M | re.S)
        equal(tool.skeleton(shown[1]), tool.skeleton(text), "the README's screen")
        row = [line.split() for line in text.splitlines() if line.startswith(GROUP)][0]
        check(row[3] not in ("0", "-"), f"the rate of the stream: {row}")


class Terminal:
    """mgate-top at a terminal of 100 columns and 30 rows."""

    def __init__(self, br, *words, term="xterm"):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        with br.ns.entered():
            # pylint: disable=consider-using-with # closed by close()
            self.process = subprocess.Popen(
                [tool.TOP, *words], stdin=slave, stdout=slave, stderr=slave,
                env=os.environ | {"TERM": term}, start_new_session=True)
        os.close(slave)
        os.set_blocking(self.master, False)
        self.text = ""

    def shows(self, text):
        """Wait until this was written since the last key."""
        def written():
            try:
                self.text += os.read(self.master, 1 << 16).decode(errors="replace")
            except BlockingIOError:
                pass
            return text in self.text
        try:
            eventually(written, f"mgate-top shows {text!r}")
        except Failure as error:
            raise Failure(f"{error}; it shows {self.text!r}") from None

    def press(self, key):
        """A key; and have it draw all anew, as else it writes what has changed only."""
        self.text = ""
        os.write(self.master, key.encode() + b"\f")

    def close(self):
        """End it, however it is."""
        self.process.kill()
        self.process.wait()
        os.close(self.master)


@proves("issue 10 item 3: mgate-top, a terminal view that moves")
def test_keys():
    """It shows groups that come, sorts, goes on to the next bridge, helps, and ends by q."""
    with gated() as br, Bridge(2, first=11, name="br1", ns=br.ns):
        with contextlib.closing(Terminal(br, "-d", "0.3")) as top:
            top.shows("mgate-top: br0 (bridge 1 of 2)")
            br.set("groups_static", f"+ p3 {GROUP}")
            top.shows(GROUP)
            top.press("s")
            top.shows("(group)")
            top.press("h")
            top.shows("Tab")
            top.press("h")
            top.shows(GROUP)
            top.press("b")
            top.shows("p11")
            top.press("q")
            becomes(top.process.poll, 0, "its status")


@proves("issue 10 item 3: mgate-top, a terminal view that moves")
def test_reload():
    """It goes on when mgate was loaded anew, and ends with a sentence when mgate is gone."""
    with gated(2) as br:
        with contextlib.closing(Terminal(br, "-d", "0.3")) as top:
            top.shows("p2")
            top.process.send_signal(signal.SIGSTOP)
            mgate.reload()
            br.set("groups_static", f"+ p2 {GROUP}")
            top.process.send_signal(signal.SIGCONT)
            top.shows(GROUP)
            mgate.unload()
            top.shows("mgate-top: mgate is not loaded")
            becomes(top.process.poll, 1, "its status")


@proves("issue 10 item 3: errors are clear sentences")
def test_terminal_without_a_name():
    """What curses cannot use is told, with what helps."""
    with gated(2) as br:
        with contextlib.closing(Terminal(br, term="nothing")) as top:
            top.shows("or use --batch or --once")
            becomes(top.process.poll, 1, "its status")


@proves("issue 10 item 3: mgate-top")
def test_batch():
    """As many screens as asked, of the bridge that was asked for."""
    with gated(2) as br, Bridge(2, first=11, name="br1", ns=br.ns):
        text = br.ns.run(tool.TOP, "-b", "-n", "2", "-d", "0.1", "-s", "left", "dev", "br1").stdout
        equal(text.count("mgate-top: br1 (bridge 2 of 2)"), 2, "screens")
        check("PORT" in text and "p11" in text and "p1 " not in text, f"its ports: {text}")
