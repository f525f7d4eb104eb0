#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""installed.py OLD.KO: see the packages of mgate work, in a virtual machine whose root they
are installed in; for scripts/check-deb. OLD.KO is the version before.

It proves of issue 11 "Shown by": boot, the module is there, settings applied, a stream
gated, upgrade under traffic, remove: the built-in is back.
"""
import contextlib
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

import mgate  # noqa: E402
import netns  # noqa: E402
from host import other_processor  # noqa: E402
from lab import Bridge  # noqa: E402
from test_moves import running  # noqa: E402
from words import becomes, check, equal  # noqa: E402

GROUP, STATIC = "239.1.1.1", "239.1.1.5"
SETTINGS = f"""[bridge br0]
max_sources = 7
groups_static = p3 {STATIC}
[port p*]
guard = 0
deny = 239.9.0.0/16
nonsense = 1
[port p4]
guard = 1
"""


def run(*command):
    """Run a program; gives what it prints."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def say(text):
    """What was seen to work."""
    print(f"installed: {text}", flush=True)


@contextlib.contextmanager
def udev(br):
    """In the block udev is at work in the namespace of a bridge; as at boot, it is told of
    what was there before it."""
    inside = "ip", "netns", "exec", br.ns.name
    # pylint: disable=consider-using-with # it is killed
    daemon = subprocess.Popen([*inside, "/lib/systemd/systemd-udevd"],
                              preexec_fn=other_processor)
    try:
        becomes(pathlib.Path("/run/udev/control").exists, True, "udev is there")
        run(*inside, "udevadm", "trigger", "--action=add", "--subsystem-match=net")
        yield
    finally:
        daemon.kill()
        daemon.wait()


def applied(br):
    """The settings of /etc/mgate are in force: udev's rule has applied them."""
    for port in "p1", "p2", "p3":
        becomes(lambda p=port: br.get("deny", p), "239.9.0.0/16", f"deny of {port}", 60)
    becomes(lambda: br.get("guard", "p4"), "1", "guard of p4", 60)
    becomes(lambda: br.get("max_sources"), "7", "max_sources", 60)
    becomes(lambda: br.get("groups_static"), f"p3 {STATIC}", "groups_static", 60)


def version():
    """Which one is loaded."""
    return (mgate.MODULE / "version").read_text().strip()


def gates(br):
    """A stream reaches who joined, and the static member; nobody else."""
    router, sender, third, fourth = br.hosts
    br.gate(router)
    br.join(fourth, GROUP)
    br.expect(sender, GROUP, {router, fourth})
    br.expect(sender, STATIC, {router, third})


def upgrade(br, new):
    """The version before gates; under traffic it is exchanged for what is installed."""
    installed = run("modinfo", "-n", "mgate").strip()
    mgate.unload()
    mgate.load()
    old = version()
    check(old != new, f"both are version {old}")
    applied(br)
    br.gate(br.hosts[0])
    br.wait_joined(br.hosts[3], GROUP)
    mgate.Module.file = installed
    with running(br, br.hosts[1], br.hosts[3], joined=False, least=100) as stream:
        # As rmmod and modprobe do; to start programs is slow here.
        mgate.unload()
        stream.runs(br.hosts[3].tap)
        mgate.load()
        stream.runs(br.hosts[3].tap)
    equal(version(), new, "the version")
    applied(br)
    say(f"upgrade from {old} to {new} under traffic cut nothing, and settings are applied")


def main():
    """All of it, in the order of a user."""
    mgate.Module.file = sys.argv[1]
    netns.prepare()
    os.sched_setaffinity(0, {0})
    run("modprobe", "-a", "bridge", "veth")
    pathlib.Path("/etc/mgate/test.conf").write_text(SETTINGS)
    run("modprobe", "mgate")
    new = version()
    say(f"modprobe loads version {new}")
    equal(run("mgate", "--version"), f"mgate {new}\n", "the version of the tools")
    with Bridge(0) as br, udev(br):
        for _ in range(4):
            br.add_host()
        applied(br)
        say("udev applied the settings of /etc/mgate as bridges and ports came")
        gates(br)
        say("a stream is gated")
        upgrade(br, new)
        builtin = br.ns.device("br0", "bridge/multicast_snooping")
        equal(builtin.read_text(), "0\n", "the built-in")
        # What DKMS does then, which is slow here, scripts/check-deb looks at outside.
        run("mount", "--bind", "/bin/true", "/usr/sbin/dkms")
        run("dpkg", "--purge", "mgate-dkms", "mgate-tools")
        check(not mgate.loaded(), "it is unloaded")
        equal(builtin.read_text(), "1\n", "the built-in")
        say("removed: the built-in is back")


main()
