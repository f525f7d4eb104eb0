# SPDX-License-Identifier: GPL-2.0-only
"""Which locks a frame takes, told by the kernel's function tracer."""
import contextlib
import pathlib
import re

import mgate
from lab import gated
from test_company import Storm
from test_traps import GROUP, OTHER, joined
from words import check, equal, proves

TRACING = pathlib.Path("/sys/kernel/debug/tracing")
LOCKS = ("_raw_spin_lock _raw_spin_lock_bh _raw_spin_lock_irq _raw_spin_lock_irqsave "
         "_raw_read_lock* _raw_write_lock* mutex_lock")
SECONDS = 0.3   # what is traced takes long to read
CALL = re.compile(r" (\w+) <[0-9a-f]+> <-(\w+) <([0-9a-f]+)>")


def text_of_mgate():
    """The addresses of the module's functions."""
    for line in pathlib.Path("/proc/modules").read_text().splitlines():
        words = line.split()
        if words[0] == "mgate":
            start = int(words[5], 16)
            return range(start, start + int(words[1]))
    raise AssertionError("mgate is not loaded")


@contextlib.contextmanager
def locks_traced():
    """A list that is filled in at the end: (lock function, caller) for each lock that a
    function of mgate took. Those of others are traced too, and show that it works."""
    def write(name, text):
        (TRACING / name).write_text(text)
    calls = []
    # "7 (expanded: 1408)", as long as nothing was traced
    size = re.findall(r"\d+", (TRACING / "buffer_size_kb").read_text())[-1]
    write("buffer_size_kb", "16384")
    write("set_ftrace_filter", LOCKS)
    write("options/sym-addr", "1")
    write("current_tracer", "function")
    write("trace", "")
    write("tracing_on", "1")
    try:
        yield calls
    finally:
        write("tracing_on", "0")
        ours = text_of_mgate()
        with open(TRACING / "trace", encoding="utf-8") as file:
            header = next(line for line in file if "entries-in-buffer" in line)
            kept, written = re.search(r"(\d+)/(\d+)", header).groups()
            seen = [m.groups() for m in map(CALL.search, file) if m]
        write("current_tracer", "nop")
        write("set_ftrace_filter", "")
        write("options/sym-addr", "0")
        write("buffer_size_kb", size)
        write("tracing_on", "1")
        equal(kept, written, "nothing was lost of the trace")
        check(seen, "locks are traced at all")
        calls += [(lock, caller) for lock, caller, address in seen if int(address, 16) in ours]


def send(senders):
    """Frames of two senders to two groups; how many."""
    storms = [Storm(i, host.udp(group), group, SECONDS)
              for i, (host, group) in enumerate(zip(senders, (GROUP, OTHER)))]
    return sum(each.sent() for each in storms)


def storm(br, senders):
    """How many frames they sent, how many of them went by flow and how many of which a flow
    was to be made did not, and the locks that mgate took meanwhile."""
    send(senders)   # what is new to the bridge and to mgate is over
    names = mgate.FLOW, mgate.FLOW_MISSED
    before = [[mgate.counter(br, host.port, name) for name in names] for host in senders]
    with locks_traced() as calls:
        frames = send(senders)
    by_flow, missed = (sum(mgate.counter(br, host.port, name) - was[i]
                           for host, was in zip(senders, before)) for i, name in enumerate(names))
    return frames, by_flow, missed, calls


@proves("issue 8 item 4: no lock on the data path", "TRAPS 31")
def test_data_path():
    """Two send at a time: a frame by flow takes no lock of mgate, nor does one that is
    looked at whole and of which no flow is made; one of which a flow is made takes one, its
    processor's own."""
    with gated() as br:
        router, one, two, member = br.hosts
        joined(br, member)
        joined(br, member, group=OTHER)
        br.set("flow_ms", 1000)
        frames, by_flow, missed, calls = storm(br, (one, two))
        check(by_flow > frames / 2, f"{by_flow} of {frames} frames went by flow")
        # The table's lock where the next frame ends what was noted of one; one more where a
        # timer of the switch was due.
        check(len(calls) <= missed + 8, f"locks for {frames} frames, {missed} of them not by "
              f"flow: {sorted(set(calls))}, {len(calls)} in all")
        br.set("flow_ms", 0)
        for value in 1, 0:  # by redirect, by the gate
            br.set("redirect", value)
            frames, by_flow, _, calls = storm(br, (one, two))
            equal(by_flow, 0, "frames by flow")
            check(len(calls) <= 8, f"locks for {frames} frames: {sorted(set(calls))}, "
                  f"{len(calls)} in all")
        print(f"# locks: {frames} frames by the gate, {len(calls)} locks")
