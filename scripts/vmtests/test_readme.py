# SPDX-License-Identifier: GPL-2.0-only
"""The commands of the README and of the manual, run as they stand there, in their order.

Those that begin with make are run by scripts/check-install, outside of the VM,
which also looks whether modprobe finds the module; here it is loaded from where
it was built. The packages that make deb leaves are installed by scripts/check-deb.
"""
import pathlib
import re
import signal

import mgate
import tool
from lab import Bridge
from words import Failure, becomes, check, equal, proves, without_module

README = tool.TREE / "README.md"
MANUAL = tool.TREE / "scripts/man"
PROGRAMS = pathlib.Path("/run/mgate-programs")


def of_readme():
    """The lines of all blocks of shell commands."""
    blocks = re.findall(r"^```sh\n(.*?)^```", README.read_text(encoding="utf-8"), re.M | re.S)
    return [line for block in blocks for line in block.splitlines()
            if not line.startswith(("make", "apt install ./build/"))]


def of_manual(name):
    """The lines that begin with a # in all examples of a page, without that."""
    text = (MANUAL / name).read_text(encoding="utf-8")
    blocks = re.findall(r"^\.EX\n(.*?)^\.EE", text, re.M | re.S)
    plain = "".join(blocks).replace(r"\-", "-").replace(r"\(aq", "'").replace(r"\(ti", "~")
    check("\\" not in plain, f"{name}: this test does not know an escape in {plain}")
    return re.findall(r"^# (.*)", plain, re.M)


def install():
    """The tools, where a shell finds them as after make install."""
    PROGRAMS.mkdir(exist_ok=True)
    for program in tool.MGATE, tool.TOP:
        link = PROGRAMS / pathlib.Path(program).name
        link.unlink(missing_ok=True)
        link.symlink_to(program)


def on_the_bridge_host(br, line):
    """Run a line with the /sys that the namespace of the bridge has. What runs until it is
    interrupted is interrupted."""
    if "mgate " in line and " monitor" in line:
        line = f"{{ timeout 2 {line} || [ $? = 124 ]; }}"
    line = f"mount -t debugfs none /sys/kernel/debug; mount -t tracefs none /sys/kernel/tracing; " \
           f"PATH={PROGRAMS}:$PATH; {line}"
    return br.ns.run("ip", "netns", "exec", br.ns.name, "sh", "-ec", line).stdout


def needs_mgate(line):
    """Does a command need the module?"""
    return "/sys/" in line or line.startswith("mgate")


def run(br, line, name):
    """Run a command of this document."""
    if line == "modprobe mgate":
        mgate.ensure()
        return ""
    if needs_mgate(line) and not mgate.loaded():
        mgate.load()
    try:
        return on_the_bridge_host(br, line)
    except Failure as error:
        raise Failure(f"{name}: the command fails: {line}\n{error}") from error


def host():
    """A bridge that asks and that has an address, made before mgate is loaded."""
    return Bridge(address="10.0.0.254", mcast_querier=1, mcast_query_use_ifaddr=1,
                  mcast_query_response_interval=10)


@proves("README", "issue 2: what a user gets", "issue 10 item 3")
@without_module
def test_commands():
    """They all succeed, and the quick start ends in a table that shows the member."""
    signal.alarm(300)   # see commands_of()
    install()
    shown = {}
    with host() as br:
        lines = of_readme()
        equal(lines[0], "modprobe mgate", "the first command behind make")
        for line in lines:
            if line == "mgate show groups" and line not in shown:
                prepare(br)
            shown[line] = run(br, line, "README")
        check("grp 239.1.1.1" in shown["mgate show groups"], "the quick start shows the member")
        equal(shown["cat /sys/class/net/br0/mgate/groups_static"], "p2 239.1.1.5\n",
              "groups_static")
        br.ns.run("rmmod", "mgate")


def prepare(br):
    """Somebody joins, and mgate has heard a query answered."""
    becomes(lambda: br.get("status"), "gating", "status")
    br.join(br.hosts[1], "239.1.1.1")


def commands_of(page):
    """They all succeed; gives what they show."""
    signal.alarm(300)   # to start Python so often takes minutes where much else runs
    install()
    with host() as br:
        lines = of_manual(page)
        check(lines, f"{page} has no commands")
        shown = {line: run(br, line, page) for line in lines}
    mgate.ensure(False)
    return shown


@proves("issue 10: every command in the man pages run by a test")
@without_module
def test_commands_of_mgate_4():
    """They all succeed; the quick start shows the bridge, and gives it back."""
    shown = commands_of("mgate.4")
    check("dev br0 mode on status" in shown["mgate show"], shown["mgate show"])


@proves("issue 10: every command in the man pages run by a test")
@without_module
def test_commands_of_mgate_8():
    """They all succeed."""
    commands_of("mgate.8")


@proves("issue 10: every command in the man pages run by a test")
@without_module
def test_commands_of_mgate_top_8():
    """They all succeed."""
    commands_of("mgate-top.8")
