# SPDX-License-Identifier: GPL-2.0-only
"""Allocations that fail on purpose: one after the other where the module is loaded, bridges
and ports come, and tunables are written."""
import contextlib
import errno
import fcntl
import os
import re
import socket
import struct
import time

import genl
import mgate
import wire
from admins import (OPTIONS, PORT_OPTIONS, SIOCBRADDBR, SIOCBRADDIF, SIOCBRDELBR, SIOCBRDELIF,
                    failing, fail_set)
from words import check, equal

ALLOWED = errno.ENOMEM, errno.ENOENT, errno.EEXIST, errno.ENOSPC, errno.EBUSY, errno.EAGAIN
MOST = 3000     # allocations of one call
FAR = 70000     # the number of an interface
OWN = 300       # of those of a load the last, among which mgate's own are


def any_may_fail():
    """Of nth_fails(): count allocations of all kinds."""
    fail_set(cache_filter="N", task_filter="N", ignore_gfp_wait="N", verbose=0, probability=0)


@contextlib.contextmanager
def nth_fails(number):
    """In the block the Nth allocation of this thread fails, of whatever cache; gives a
    list that holds, after it, how many were left until that one: 0 if it came to that."""
    told = []
    descriptor = os.open("/proc/thread-self/fail-nth", os.O_RDWR)
    try:
        os.write(descriptor, str(number).encode())
        try:
            yield told
        finally:
            told.append(int(os.pread(descriptor, 32, 0)))
            os.pwrite(descriptor, b"0", 0)
    finally:
        os.close(descriptor)


def sweep(call, after, numbers, allowed=ALLOWED):
    """Have the first allocation of a call fail, then the second, until it makes no more;
    `after` looks each time what has become of it, and undoes it. `allowed` are the errors
    that the call may give; empty: any. Gives how many failed."""
    any_may_fail()
    failed = 0
    for number in numbers:
        refusal = None
        with nth_fails(number) as left:
            try:
                call()
            except OSError as error:
                refusal = error
        check(not refusal or not allowed or refusal.errno in allowed, f"allocation {number}: {refusal}")
        after(refusal)
        if left[0]:
            break
        failed += 1
    return failed


def recounted():
    """What mgate counts is what there is."""
    equal(mgate.recount(), [], "what a recount finds")


def allocations(call):
    """How many allocations a call makes."""
    any_may_fail()
    with nth_fails(1000 * MOST) as left:
        call()
    return 1000 * MOST - left[0]


class Clock:
    """Numbers from the first on as long as there is time; at random beyond what there is time
    for."""

    def __init__(self, dice, seconds, stride, first=1):
        self.end, self.dice, self.stride = time.monotonic() + seconds, dice, stride
        self.first = first

    def __iter__(self):
        number = self.first + self.dice.randrange(self.stride)
        while time.monotonic() < self.end and number < MOST:
            yield number
            number += self.dice.randrange(self.stride) + 1


def load(br, dice, seconds, told):
    """Loading, with a bridge there: it fails or works, and the next one works. Every other
    time it is the last allocations that fail, where mgate sets itself up: those before them
    are the kernel's, for any module."""
    stride = max(1, round(600 / seconds))

    def call():
        mgate.load()

    def after(_refusal):
        if mgate.loaded():
            recounted()
            mgate.unload()
        check(not mgate.DEBUGFS.exists() and not br.path("status").exists(), "it left a folder")
    mgate.unload()
    many = allocations(call)
    mgate.unload()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        left = end - time.monotonic()
        if told["sweeps"] % 2:
            numbers = Clock(dice, left, stride)
        else:
            numbers = Clock(dice, left / 2, max(1, stride // 6), max(1, many - OWN))
        told["failed"] += sweep(call, after, numbers,
                                (*ALLOWED, errno.ENOEXEC, errno.EINVAL, errno.EIO))
        told["sweeps"] += 1


def bridges(br, dice, seconds, told):
    """Bridges and ports come and go by calls of which an allocation fails. One port has a
    number far from all others', as tables by number need room for it."""
    end = time.monotonic() + seconds
    br.ns.ip(f"link add far index {FAR} type dummy", "link set far up")
    with br.ns.entered(), \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        index = socket.if_nametoindex("p3")

        def port(request, number=index):
            fcntl.ioctl(sock, request, struct.pack("16si20x", b"br0", number))

        def bridge(request):
            fcntl.ioctl(sock, request, b"br9" + bytes(13))
        calls = ((lambda: bridge(SIOCBRADDBR), lambda: bridge(SIOCBRDELBR)),
                 (lambda: port(SIOCBRADDIF), lambda: port(SIOCBRDELIF)),
                 (lambda: port(SIOCBRADDIF, FAR), lambda: port(SIOCBRDELIF, FAR)),
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
    br.ns.ip("link del far")


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


def listed(path):
    """The groups in a file of debugfs."""
    text, descriptor = b"", os.open(path, os.O_RDONLY)
    try:
        while part := os.read(descriptor, 1 << 16):
            text += part
    finally:
        os.close(descriptor)
    return set(re.findall(r" grp (\S+)", text.decode()))


def tables(br, dice, seconds, told):
    """Tables are read and frames explained while an allocation fails: refused, or whole."""
    end = time.monotonic() + seconds
    router, _, member, other = br.hosts
    br.gate(router)
    br.set("vlans_ignored", "20-29")
    br.set("vlan", "30 unknown flood")
    wanted = {f"239.5.{n // 200}.{n % 200 + 1}" for n in range(400)}
    for start in range(0, 400, 100):
        member.say(*((wire.IS_EX, group, []) for group in sorted(wanted)[start:start + 100]))
    br.barrier(member)
    number, port = genl.index(br, br.name), genl.index(br, other.port)

    def file():
        return listed(mgate.DEBUGFS / "groups") & wanted

    def groups():
        with genl.family.Family() as asked:
            return {row["group"] for row in asked.dump("groups", number)} & wanted

    def rules():
        with genl.family.Family() as asked:
            return {row["rule"] for row in asked.dump("rules", number)}

    def explain():
        with genl.family.Family() as asked:
            answer = asked.explain(bridge=number, port=port, source=other.ip, group="239.5.0.1")
        return {to["port_name"] for to in answer["to"] if to.get("pass")}
    # Going into a namespace and back is not to fail.
    with br.ns.entered():
        calls = [(call, call()) for call in (file, groups, rules, explain)]
        equal([len(whole) for _, whole in calls], [400, 400, 3, 2], "what there is to be told")
        while time.monotonic() < end:
            for call, whole in calls:
                told["failed"] += read_without_memory(call, whole, Clock(
                    dice, end - time.monotonic(), 1))
                told["sweeps"] += 1


def read_without_memory(call, whole, numbers):
    """Of what a call reads none is left out, or it is refused; gives how many failed."""
    got = []

    def read():
        try:
            got.append(call())
        except MemoryError:     # of ours, not of mgate's
            raise OSError(errno.ENOMEM, "") from None

    def after(refusal):
        check(refusal or got.pop() == whole, f"{call.__name__} told a part of it")
    return sweep(read, after, numbers, (*ALLOWED, errno.ENOBUFS, errno.ENFILE))


SWEEPS = {"load": load, "bridges": bridges, "tunables": tunables, "frames": frames,
          "tables": tables}
