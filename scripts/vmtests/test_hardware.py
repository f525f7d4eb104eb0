# SPDX-License-Identifier: GPL-2.0-only
"""Ports of hardware switches, as netdevsim makes them: only the debug kernel has it."""
import contextlib
import itertools
import pathlib
import subprocess

import klog
import mgate
from lab import FORWARDING, Bridge
from test_traps import GATE, GROUP, OTHER, REDIRECT, joined, went
from words import becomes, equal, eventually, needs, proves

NETDEVSIM = pathlib.Path("/sys/bus/netdevsim")
_numbers = itertools.count(1)


def switch_port(br):
    """The name of the device in a bridge's namespace that has a switch for a parent."""
    for path in (br.ns.sysfs / "class/net").iterdir():
        with contextlib.suppress(OSError):
            if (path / "phys_switch_id").read_text().strip():
                return path.name
    return None


@contextlib.contextmanager
def hardware(br):
    """A hardware switch with one port, in the namespace of a bridge; gives its name."""
    subprocess.run(["modprobe", "netdevsim"], check=True)
    number = next(_numbers)
    with br.ns.entered():
        (NETDEVSIM / "new_device").write_text(f"{number} 1")
    try:
        yield eventually(lambda: switch_port(br), "the port is there")
    finally:
        (NETDEVSIM / "del_device").write_text(f"{number}")


@needs("netdevsim")
@proves("INTERFACE status of a port: hardware", "DECISIONS 3", "issue 6 item 4: `hardware`")
def test_status_of_the_port():
    """mgate stands aside on a bridge with such a port. Where `on` is written all the same, the
    port's status says `hardware`, the others are gated, and nothing is redirected until it
    has left."""
    mgate.reload()
    log = klog.Log()
    with Bridge(3, address="10.0.0.254") as br, hardware(br) as name:
        br.ns.ip(f"link set {name} master br0 up")
        eventually(br.path("status", name).exists, "mgate has a folder for the port")
        br.ns.up("br0", False)
        br.ns.up("br0")
        becomes(lambda: br.get("status"), "aside", "status of the bridge")
        log.says(f"br0: mgate: stands aside, as port {name} forwards in hardware")
        equal(br.get("status", name), "hardware", "status of the port while aside")
        br.set("mode", "on")
        log.says(f"br0: mgate: works here although port {name} forwards in hardware")
        equal(br.get("status", name), "hardware", "status of the port with on")
        router, sender, member = br.hosts
        for host in br.hosts:
            state = br.ns.device(host.port, "brport/state")
            becomes(lambda s=state: s.read_text().strip(), FORWARDING, f"state of {host.port}")
        br.gate(router)
        becomes(lambda: br.get("status", member.port), "gated", "status of another port")
        joined(br, member)
        went(br, sender, GATE, [router, member])
        br.expect(sender, OTHER, [router])
        br.ns.ip(f"link set {name} nomaster")
        eventually(lambda: not br.path("status", name).exists(), "its folder is gone")
        went(br, sender, REDIRECT, [router, member])
    log.close()
