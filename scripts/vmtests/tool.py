# SPDX-License-Identifier: GPL-2.0-only
"""The tools mgate and mgate-top, run in the namespace of a bridge."""
import contextlib
import io
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

from words import Failure, eventually

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(TREE / "scripts"))

from mgatelib import cli  # noqa: E402

MGATE, TOP = (str(TREE / "scripts" / name) for name in ("mgate", "mgate-top"))
NETLINK = pathlib.Path("/proc/net/netlink")
GENERIC = "16"


def run(br, *words):
    """What the program mgate does, here: to start it costs seconds in an emulator. Gives its
    status and what it prints, stderr last."""
    with br.ns.entered(), contextlib.redirect_stdout(io.StringIO()) as out, \
            contextlib.redirect_stderr(io.StringIO()) as errors:
        status = cli.guarded("mgate", cli.run, words)
    return status, out.getvalue(), errors.getvalue()


def mgate(br, *words):
    """The same where it is to succeed; gives what it prints."""
    status, out, errors = run(br, *words)
    if status or errors:
        raise Failure(f"mgate {' '.join(words)}: status {status}, {out}{errors}")
    return out


def shown(br, table, *words):
    """The rows of a table, by JSON."""
    return json.loads(mgate(br, "-j", "show", table, *words))


def refusal(br, *words, program=None):
    """The status and the sentence of a refusal, by mgate or a program; nothing else is
    printed."""
    if program:
        done = br.ns.run(program, *words, check=False)
        status, out, errors = done.returncode, done.stdout, done.stderr
    else:
        status, out, errors = run(br, *words)
    if not status or out or errors.count("\n") != 1:
        raise Failure(f"{words}: status {status}, {out!r}, {errors!r}")
    return status, errors.strip()


class Monitor:
    """`mgate monitor` in the background, from when it listens."""

    def __init__(self, br, *words):
        # pylint: disable=consider-using-with # closed by stop()
        self.output = tempfile.TemporaryFile("w+")
        with br.ns.entered():
            self.process = subprocess.Popen([MGATE, *words], stdout=self.output,
                                            stderr=subprocess.STDOUT)
        try:
            eventually(lambda: self.listens(br), "mgate monitor listens")
        except Failure:
            self.stop()
            raise

    def listens(self, br):
        """Is there a netlink socket of it that is in a group?"""
        if self.process.poll() is not None:
            raise Failure(f"mgate monitor ended: {self.lines()}")
        with br.ns.entered():
            rows = [line.split() for line in NETLINK.read_text().splitlines()[1:]]
        return any(row[1] == GENERIC and row[2] == str(self.process.pid) and int(row[3], 16)
                   for row in rows)

    def lines(self):
        """What it has printed by now: whole lines."""
        self.output.flush()
        text = os.pread(self.output.fileno(), 1 << 20, 0).decode()
        return text.split("\n")[:-1]

    def stop(self):
        """End it as a user does; gives its exit status, or the signal that ended it below 0."""
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait()
        self.output.close()
        return status


@contextlib.contextmanager
def monitor(br, *words):
    """In the block it runs."""
    it = Monitor(br, *words)
    try:
        yield it
    finally:
        it.stop()


def skeleton(text):
    """A screen of mgate-top without what differs from one time to the other: numbers and
    the room that they take."""
    text = re.sub(r"\b\d[\d.]*[kMG]?\b", "N", text)
    return [" ".join(line.split()) for line in text.rstrip("\n").split("\n")]
