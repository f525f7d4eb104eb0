# SPDX-License-Identifier: GPL-2.0-only
"""The words in which a test says what it expects."""
import os
import pathlib
import random
import time

REALTIME = pathlib.Path("/sys/kernel/realtime")     # of a PREEMPT_RT kernel


class Failure(AssertionError):
    """What was expected did not happen; the text is for a reader."""


def seed_of(usual):
    """What random things are drawn from: MGATE_SEED, which may be `random`, or the usual."""
    told = os.environ.get("MGATE_SEED") or str(usual)
    return str(random.SystemRandom().randrange(1 << 32)) if told == "random" else told


def proves(*lines):
    """Name the lines of the papers in shared/design which a test proves."""
    def mark(test):
        test.proves = lines
        return test
    return mark


def without_module(test):
    """Mark a test of the laboratory itself, which runs without mgate."""
    test.without_module = True
    return test


def needs(module):
    """Leave a test out on kernels that were built without this module."""
    def mark(test):
        test.needs = module
        return test
    return mark


def redirects(test):
    """Leave a test out on PREEMPT_RT kernels, where mgate neither redirects nor has flows. (A
    file of such tests says REDIRECTS = True.)"""
    test.redirects = True
    return test


def at_wrap(test):
    """Leave a test out but in a machine that has just been booted for it; it may take longer
    than others."""
    test.at_wrap = True
    return test


def equal(got, wanted, what):
    """Fail unless both are the same."""
    if got != wanted:
        raise Failure(f"{what}: expected {wanted!r}, got {got!r}")


def check(truth, what):
    """Fail with these words unless true."""
    if not truth:
        raise Failure(what)


def eventually(predicate, what, timeout=20):
    """Poll until the predicate gives something true, and return that.

    This is the only place where time is waited for. Who looks for long, or waits for long,
    looks less often: what else runs on an emulated processor, mgate too, needs it.
    """
    start, pause = time.monotonic(), 0.002
    began = time.process_time()
    while not (value := predicate()):
        waited = time.monotonic() - start
        if waited > timeout:
            raise Failure(f"{what}: not within {timeout} s, last seen {value!r}")
        took = time.process_time() - began
        time.sleep(min(max(pause, min(2 * took, 0.3)), max(timeout - waited, 0.002)))
        pause = min(pause * 1.5, max(0.05, min(waited / 40, 0.5)))
        began = time.process_time()
    return value


def becomes(read, wanted, what, timeout=20):
    """Poll until read() gives what is wanted."""
    last = [None]

    def same():
        last[:] = [read()]
        return last[0] == wanted
    try:
        eventually(same, what, timeout)
    except Failure:
        raise Failure(f"{what}: expected {wanted!r} within {timeout} s, "
                      f"last seen {last[0]!r}") from None
