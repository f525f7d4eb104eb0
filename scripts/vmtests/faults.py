# SPDX-License-Identifier: GPL-2.0-only
"""Allocations that fail on purpose: one after the other where the module is loaded, bridges
and ports come, and tunables are written."""
import contextlib
import errno
import fcntl
import os
import socket
import struct
import time

import mgate
import wire
from actors import (OPTIONS, PORT_OPTIONS, SIOCBRADDBR, SIOCBRADDIF, SIOCBRDELBR, SIOCBRDELIF,
                    failing, fail_set)
from words import check, equal

ALLOWED = errno.ENOMEM, errno.ENOENT, errno.EEXIST, errno.ENOSPC, errno.EBUSY, errno.EAGAIN
MOST = 3000     # allocations of one call


@contextlib.contextmanager
def nth_fails(number):
    """In the block the Nth allocation of this thread fails, of whatever cache; gives a
    list that holds, after it, whether it came to that."""
    came = []
    descriptor = os.open("/proc/thread-self/fail-nth", os.O_RDWR)
    try:
        os.write(descriptor, str(number).encode())
        try:
            yield came
        finally:
            left = int(os.pread(descriptor, 32, 0))
            os.pwrite(descriptor, b"0", 0)
            came.append(left == 0)
    finally:
        os.close(descriptor)


def sweep(call, after, numbers, allowed=ALLOWED):
    """Have the first allocation of a call fail, then the second, until it makes no more;
    `after` looks each time what has become of it, and undoes it. `allowed` are the errors
    that the call may give; empty: any. Gives how many failed."""
    fail_set(cache_filter="N", task_filter="N", ignore_gfp_wait="N", verbose=0, probability=0)
    failed = 0
    for number in numbers:
        refusal = None
        with nth_fails(number) as came:
            try:
                call()
            except OSError as error:
                refusal = error
        check(not refusal or not allowed or refusal.errno in allowed, f"allocation {number}: {refusal}")
        after(refusal)
        if not came[0]:
            break
        failed += 1
    return failed


def recounted():
    """What mgate counts is what there is."""
    equal(mgate.recount(), [], "what a recount finds")


class Clock:
    """Numbers 1, 2, ... as long as there is time; at random beyond what there is time for."""

    def __init__(self, dice, seconds, stride):
        self.end, self.dice, self.stride = time.monotonic() + seconds, dice, stride

    def __iter__(self):
        number = self.dice.randrange(self.stride) + 1
        while time.monotonic() < self.end and number < MOST:
            yield number
            number += self.dice.randrange(self.stride) + 1


def load(br, dice, seconds, told):
    """Loading, with a bridge there: it fails or works, and the next one works."""
    end, stride = time.monotonic() + seconds, max(1, round(600 / seconds))

    def call():
        mgate.load()

    def after(_refusal):
        if mgate.loaded():
            recounted()
            mgate.unload()
        check(not mgate.DEBUGFS.exists() and not br.path("status").exists(), "it left a folder")
    mgate.unload()
    while time.monotonic() < end:
        told["failed"] += sweep(call, after, Clock(dice, end - time.monotonic(), stride),
                                (*ALLOWED, errno.ENOEXEC, errno.EINVAL, errno.EIO))
        told["sweeps"] += 1


def bridges(br, dice, seconds, told):
    """Bridges and ports come and go by calls of which an allocation fails."""
    end = time.monotonic() + seconds
    with br.ns.entered(), \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        index = socket.if_nametoindex("p3")

        def port(request):
            fcntl.ioctl(sock, request, struct.pack("16si20x", b"br0", index))

        def bridge(request):
            fcntl.ioctl(sock, request, b"br9" + bytes(13))
        calls = ((lambda: bridge(SIOCBRADDBR), lambda: bridge(SIOCBRDELBR)),
                 (lambda: port(SIOCBRADDIF), lambda: port(SIOCBRDELIF)),
                 (lambda: br.ns.up("p3"), lambda: br.ns.up("p3", False)))
        port(SIOCBRDELIF)
        while time.monotonic() < end:
            for there, back in calls:
                def after(refusal, back=back):
                    recounted()
                    if not refusal:
                        sweep(back, lambda _: None, [dice.randrange(1, 40)], ())
                    with contextlib.suppress(OSError):
                        back()
                told["failed"] += sweep(there, after, Clock(dice, end - time.monotonic(), 3),
                                        ())
                told["sweeps"] += 1
        port(SIOCBRADDIF)
        br.ns.up("p3")


def tunables(br, dice, seconds, told):
    """Tunables are written while an allocation fails: written or refused, not in between."""
    end = time.monotonic() + seconds
    br.gate(br.hosts[0])
    while time.monotonic() < end:
        port = dice.choice((None, "p3"))
        file, values = dice.choice(list((PORT_OPTIONS if port else OPTIONS).items()))
        path = str(br.path(file, port))
        value = f"{dice.choice(values)}\n".encode()

        def call(path=path, value=value):
            descriptor = os.open(path, os.O_WRONLY)
            try:
                os.write(descriptor, value)
            finally:
                os.close(descriptor)
        told["failed"] += sweep(call, lambda _: recounted(),
                                Clock(dice, end - time.monotonic(), 1),
                                (*ALLOWED, errno.EINVAL, errno.ERANGE))
        told["sweeps"] += 1


def frames(br, dice, seconds, told):
    """What frames would create cannot be: nobody is cut because of that."""
    end = time.monotonic() + seconds
    router, sender, member, _ = br.hosts
    while time.monotonic() < end:
        br.set("flush", 1)
        br.gate(router)
        for _ in range(8):
            group = f"239.4.{dice.randrange(256)}.{dice.randrange(1, 255)}"
            source = dice.choice((None, sender.ip))
            failing(100, dice.randrange(1, 6))
            try:
                if source:
                    kind = dice.choice((wire.ALLOW, wire.TO_IN))
                    member.say((kind, group, [source]))
                else:
                    member.report(group, dice.choice((1, 2, 3)))
                br.barrier(member)
            finally:
                failing(0)
            recounted()
            got = br.receivers(sender, group, 3)[member]
            equal(got, 3, f"frames to a member who joined without memory, of {group}")
            told["joins"] += 1
        told["rounds"] += 1


SWEEPS = {"load": load, "bridges": bridges, "tunables": tunables, "frames": frames}
