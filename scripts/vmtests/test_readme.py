# SPDX-License-Identifier: GPL-2.0-only
"""The commands of the README, run as they stand there, in their order.

Those that begin with make are run by scripts/check-install, outside of the VM,
which also looks whether modprobe finds the module; here it is loaded from where
it was built.
"""
import pathlib
import re

import mgate
from lab import Bridge
from words import Failure, becomes, check, equal, proves, without_module

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"


def commands():
    """The lines of all blocks of shell commands."""
    blocks = re.findall(r"^```sh\n(.*?)^```", README.read_text(encoding="utf-8"), re.M | re.S)
    return [line for block in blocks for line in block.splitlines()
            if not line.startswith("make")]


def on_the_bridge_host(br, line):
    """Run a line with the /sys that the namespace of the bridge has."""
    line = f"mount -t debugfs none /sys/kernel/debug; {line}"
    return br.ns.run("ip", "netns", "exec", br.ns.name, "sh", "-ec", line).stdout


@proves("README", "issue 2: what a user gets")
@without_module
def test_commands():
    """They all succeed, and the quick start ends in a table that shows the member."""
    shown = {}
    with Bridge(address="10.0.0.254", mcast_querier=1, mcast_query_use_ifaddr=1,
                mcast_query_response_interval=10) as br:
        lines = commands()
        equal(lines[0], "modprobe mgate", "the first command behind make")
        for line in lines:
            if line == "modprobe mgate":
                mgate.load()
                continue
            if "/sys/" in line and not mgate.loaded():
                mgate.load()
            if line == "cat /sys/kernel/debug/mgate/groups" and line not in shown:
                prepare(br)
            try:
                shown[line] = on_the_bridge_host(br, line)
            except Failure as error:
                raise Failure(f"the README's command fails: {line}\n{error}") from error
        check("grp 239.1.1.1" in shown["cat /sys/kernel/debug/mgate/groups"],
              "the quick start shows the member")
        equal(shown["cat /sys/class/net/br0/mgate/groups_static"], "p2 239.1.1.5\n",
              "groups_static")
        br.ns.run("rmmod", "mgate")


def prepare(br):
    """Somebody joins, and mgate has heard a query answered."""
    becomes(lambda: br.get("status"), "gating", "status")
    br.join(br.hosts[1], "239.1.1.1")
