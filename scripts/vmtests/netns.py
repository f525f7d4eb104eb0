# SPDX-License-Identifier: GPL-2.0-only
"""Network namespaces by system call: starting programs is slow in an emulator."""
import contextlib
import ctypes
import fcntl
import os
import pathlib
import socket
import struct
import subprocess

from words import Failure

CLONE_NEWNET = 0x40000000
MS_BIND = 4096
MNT_DETACH = 2
SIOCGIFFLAGS, SIOCSIFFLAGS = 0x8913, 0x8914
SIOCSIFADDR, SIOCSIFNETMASK = 0x8916, 0x891c
SIOCADDMULTI = 0x8931
IFF_UP = 1
NAMES = pathlib.Path("/run/netns")
SYSFS = pathlib.Path("/run/vmtests-sysfs")
BACKLOG = pathlib.Path("/proc/sys/net/core/netdev_max_backlog")
_libc = ctypes.CDLL(None, use_errno=True)


def syscall(name, *arguments):
    """Call a function of the C library; raise OSError where it gives less than 0."""
    result = getattr(_libc, name)(*arguments)
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")
    return result


def prepare():
    """Once a boot: the folder for the sysfs of namespaces; and a long queue behind veth, for
    where ksoftirqd has its turn, nothing is taken from it before, and a burst is dropped."""
    SYSFS.mkdir(exist_ok=True)
    BACKLOG.write_text("100000", encoding="ascii")


class Namespace:
    """A network namespace with a name (for `ip netns`) and a sysfs of its own. IPv6 is
    off unless a test switches it on."""

    def __init__(self, name):
        self.name = name
        self.path = NAMES / name
        self.sysfs = SYSFS / name
        self.path.touch()
        self.sysfs.mkdir()
        with _kept():
            syscall("unshare", CLONE_NEWNET)
            syscall("mount", b"/proc/thread-self/ns/net", bytes(self.path), None,
                    MS_BIND, None)
            pathlib.Path("/proc/sys/net/ipv6/conf/default/disable_ipv6").write_text("1")
            syscall("mount", b"sysfs", bytes(self.sysfs), b"sysfs", 0, None)
        self.inode = self.path.stat().st_ino

    @contextlib.contextmanager
    def entered(self):
        """In this block, sockets, programs and /proc/sys/net are this namespace's."""
        with _kept():
            descriptor = os.open(self.path, os.O_RDONLY)
            try:
                syscall("setns", descriptor, CLONE_NEWNET)
            finally:
                os.close(descriptor)
            yield

    def run(self, *command, text=None, check=True):
        """Run a program here and give its result; a failure names its output."""
        with self.entered():
            done = subprocess.run(command, input=text, text=True, capture_output=True,
                                  check=False)
        if check and done.returncode:
            raise Failure(f"{' '.join(command)} failed in {self.name}: "
                          f"{done.stdout}{done.stderr}\n{text or ''}")
        return done

    def ip(self, *lines):
        """Have `ip` do these lines, in one process."""
        self.run("ip", "-batch", "-", text="\n".join(lines) + "\n")

    def bridge(self, *lines):
        """Have `bridge` do these lines, in one process."""
        self.run("bridge", "-batch", "-", text="\n".join(lines) + "\n")

    def sysctl(self, name, value):
        """Write below /proc/sys/net."""
        with self.entered():
            pathlib.Path("/proc/sys/net", name).write_text(str(value))

    def ipv6(self, name):
        """Give a device IPv6, without an address of its own; those that it gets are used at
        once."""
        for key, value in ("accept_dad", 0), ("addr_gen_mode", 1), ("disable_ipv6", 0):
            self.sysctl(f"ipv6/conf/{name}/{key}", value)

    def device(self, name, file):
        """The path of a file below /sys/class/net/NAME."""
        return pathlib.Path(f"{self.sysfs}/class/net/{name}/{file}")  # joined thousands of times

    def up(self, name, up=True):
        """Switch a device on or off."""
        with self.entered(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            request = struct.pack("16sH22x", name.encode(), 0)
            flags = struct.unpack_from("H", fcntl.ioctl(sock, SIOCGIFFLAGS, request), 16)[0]
            flags = flags | IFF_UP if up else flags & ~IFF_UP
            fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sH22x", name.encode(), flags))

    def address(self, name, address):
        """Give a device an IPv4 address, /24, or an IPv6 one, /64."""
        if ":" in address:
            with self.entered(), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
                fcntl.ioctl(sock, SIOCSIFADDR, struct.pack(
                    "16sIi", socket.inet_pton(socket.AF_INET6, address), 64,
                    socket.if_nametoindex(name)))
            return
        with self.entered(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for request, value in (SIOCSIFADDR, address), (SIOCSIFNETMASK, "255.255.255.0"):
                fcntl.ioctl(sock, request, struct.pack(
                    "16sHH4s16x", name.encode(), socket.AF_INET, 0, socket.inet_aton(value)))

    def listen(self, name, mac):
        """Have a device take the frames to a multicast MAC address (`ip maddr add`, which
        ends a batch of `ip`)."""
        with self.entered(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            fcntl.ioctl(sock, SIOCADDMULTI, struct.pack(
                "16sH6s16x", name.encode(), 0, bytes.fromhex(mac.replace(":", ""))))

    def close(self):
        """Let go of the namespace: the kernel takes it down when nobody is in it."""
        for mounted in self.sysfs, self.path:
            syscall("umount2", bytes(mounted), MNT_DETACH)
        self.sysfs.rmdir()
        self.path.unlink()


@contextlib.contextmanager
def _kept():
    """Come back to the present namespace after the block."""
    here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        yield
    finally:
        syscall("setns", here, CLONE_NEWNET)
        os.close(here)
