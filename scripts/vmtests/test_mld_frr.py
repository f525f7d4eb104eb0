# SPDX-License-Identifier: GPL-2.0-only
"""FRR's pim6d as a router of IPv6 multicast.

MGATE_FRR6 names the root of a system that has it (Debian 12 has none); these tests are for
where that is given, as by scripts/matrix with sid.
"""
import contextlib
import os
import pathlib
import subprocess
import tempfile

import mgate
from families import MLD
from test_apps import program, routed, routed_on_the_bridge
from test_election import fast, state
from test_leaves import running, watches_on
from words import becomes, equal, eventually, proves

ROOT = pathlib.Path(os.environ.get("MGATE_FRR6") or "/nowhere")
COLLECTED = "MGATE_FRR6" in os.environ
GROUP = MLD.group


@contextlib.contextmanager
def pim6d(ns, version, device="eth0"):
    """FRR's zebra and pim6d as multicast router and querier in a namespace; gives the folder
    of their sockets, as they see it."""
    subprocess.run(["mount", "--bind", "/proc", ROOT / "proc"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", ROOT / "tmp"], check=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="frr", dir=ROOT / "tmp"))
    inside = pathlib.Path("/tmp", folder.name)
    (folder / "zebra.conf").write_text("log stdout\n")
    (folder / "pim6d.conf").write_text(f"""log stdout
interface {device}
 ipv6 pim
 ipv6 mld
 ipv6 mld version {version}
 ipv6 mld query-max-response-time 10
 ipv6 mld query-interval 2
""")
    os.chmod(folder, 0o777)
    ns.sysctl("ipv6/conf/all/forwarding", 1)
    try:
        with contextlib.ExitStack() as stack:
            for name in "zebra", "pim6d":
                stack.enter_context(program(
                    ns, "chroot", ROOT, f"/usr/lib/frr/{name}", "-f", inside / f"{name}.conf",
                    "-i", inside / f"{name}.pid", "-z", inside / "zserv",
                    "--vty_socket", inside, "-u", "frr", "-g", "frr"))
                eventually((folder / f"{name}.vty").exists, f"{name} is ready", timeout=60)
            yield inside
    finally:
        for name in "tmp", "proc":
            subprocess.run(["umount", ROOT / name], check=True)


def with_pim6d(version, ipv6):
    """pim6d as the router."""
    with MLD.bridge(4) as br:
        eventually(br.path("status").exists, "mgate has a folder")
        br.set("ipv6", ipv6)
        with pim6d(br.hosts[0].ns, version):
            routed(MLD, br, version)


@proves("issue 12: a real multicast router", "RFC 4541 3")
def test_pim6d_version_1():
    """pim6d as querier of MLDv1, with `full`."""
    with_pim6d(1, "full")


@proves("issue 12: a real multicast router", "RFC 4541 3")
def test_pim6d_version_2():
    """pim6d as querier of MLDv2, with `safe`."""
    with_pim6d(2, "safe")


def with_pim6d_on_the_bridge(redirect):
    """pim6d on the bridge host. Of senders with link-local addresses nothing is routed."""
    with MLD.bridge(4, address=MLD.address) as br:
        eventually(br.path("status").exists, "mgate has a folder")
        br.set("redirect", redirect)
        with pim6d(br.ns, 2, br.name):
            routed_on_the_bridge(MLD, br)


@proves("issue 12: a multicast router on the bridge host", "DECISIONS 11", "REDIRECT trap 9")
def test_pim6d_on_the_bridge():
    """pim6d on br0 itself, by redirect."""
    with_pim6d_on_the_bridge(1)


@proves("issue 12: a multicast router on the bridge host", "DECISIONS 11")
def test_pim6d_on_the_bridge_by_gate():
    """The same by the gate."""
    with_pim6d_on_the_bridge(0)


@proves("issue 12 item 3: election by address", "RFC 9777 7.1", "CONFORMANCE 79, 93")
def test_pim6d_takes_over():
    """With a lower address than mgate's it takes the querier's role, and mgate has it again
    when it is killed; a member loses nothing."""
    with MLD.bridge(3, address="fe80::1:0:0:1") as br:
        router, sender, member = br.hosts
        sender.ttl = 1      # FRR may send back what it may route
        fast(br, querier="on")
        becomes(lambda: state(br), "self", "state at first")
        eventually(lambda: mgate.gates(br), "it gates")
        br.join(member, GROUP)
        with sender.streaming(GROUP, 100) as stream:
            begin = running(stream, member)
            with pim6d(router.ns, 2):
                becomes(lambda: state(br), "other", "state beside pim6d", timeout=60)
                equal(mgate.querier(br)["address"], router.link_local, "the querier")
                eventually(lambda: mgate.gates(br), "it gates")
            becomes(lambda: state(br), "self", "state after it was killed", timeout=60)
            eventually(lambda: mgate.gates(br), "it gates", timeout=60)
            stream.runs(member.tap, 50)
        watches_on(stream, begin, member)


@proves("issue 12: PIM hello and goodbye over IPv6", "CONFORMANCE 3, 107")
def test_pim6d_says_goodbye():
    """`no ipv6 pim`: the port leads to a router by query only; `ipv6 pim`: by both."""
    with MLD.bridge(2) as br, pim6d(br.hosts[0].ns, 2) as folder:
        router = br.hosts[0]
        for command, ways in ("", {"query", "pim"}), ("no ipv6 pim", {"query"}), (
                "ipv6 pim", {"query", "pim"}):
            if command:
                router.ns.run("chroot", str(ROOT), "vtysh", "--vty_socket", str(folder),
                              "-c", "configure terminal", "-c", "interface eth0", "-c", command)
            becomes(lambda: mgate.router_ways(br, router.port), ways,
                    f"by what after {command!r}", timeout=60)
