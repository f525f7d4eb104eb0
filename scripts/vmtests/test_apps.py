# SPDX-License-Identifier: GPL-2.0-only
"""Real applications and a real multicast router."""
import contextlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile

import mgate
from families import IGMP
from lab import Bridge, gated
from words import Failure, becomes, check, equal, eventually, proves

GROUP, OTHER = "239.1.1.1", "239.2.2.2"
FRR = pathlib.Path("/usr/lib/frr")


@contextlib.contextmanager
def program(ns, *command):
    """A program that runs in a namespace as long as the block; gives the file of
    its output."""
    with tempfile.TemporaryFile(mode="w+") as output:
        with ns.entered():
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output,
                                     stderr=subprocess.STDOUT)
        try:
            yield output
        except Failure as failure:
            failure.add_note(f"{command[0]} said:\n{said(output)}")
            raise
        finally:
            child.kill()
            child.wait()


def said(output):
    """What a program has printed."""
    output.seek(0)
    return output.read()


@proves("issue 2 item 9: a real application", "CONFORMANCE 17")
def test_socat_receiver():
    """socat as a member gets the text, a bystander gets no frame; when it ends, both
    get none."""
    with gated() as br:
        router, sender, member, other = br.hosts
        br.set("fast_leave", 1, member.port)
        with program(member.ns, "socat", "-u",
                     f"UDP4-RECV:5002,ip-add-membership={GROUP}:{member.ip}", "STDOUT"
                     ) as output:
            br.wait_joined(member, GROUP)
            sending = sender.udp()
            for number in range(5):
                sending.sendto(f"line {number}\n".encode(), (GROUP, 5002))
            eventually(lambda: "line 4" in said(output), "socat prints what was sent")
            equal(said(output), "".join(f"line {n}\n" for n in range(5)), "its output")
            br.barrier(sender)
            equal(other.tap.count(lambda f: f.group == GROUP and f.proto == 17), 0,
                  "frames at a bystander")
        br.wait_left(member, GROUP)
        br.expect(sender, GROUP, [router])


@proves("issue 2 item 9: a real application")
def test_iperf_receiver():
    """iperf 2: a multicast server at the member gets all of a client's datagrams."""
    with gated() as br:
        _, sender, member, other = br.hosts
        for host in sender, member:
            host.ns.ip("route add 224.0.0.0/4 dev eth0")
        with program(member.ns, "iperf", "-s", "-u", "-B", GROUP, "-i", "1") as output:
            br.wait_joined(member, GROUP)
            sender.ns.run("iperf", "-c", GROUP, "-u", "-T", "8", "-b", "400k", "-t", "2")
            eventually(lambda: "Connected" in said(output) or "connected" in said(output),
                       "iperf tells of the client")
            br.barrier(sender)

        def datagrams(host):
            return host.tap.count(lambda f: f.group == GROUP and f.proto == 17)
        check(datagrams(member) > 20, f"only {datagrams(member)} datagrams at the member")
        equal(datagrams(other), 0, "datagrams at a bystander")
        equal(datagrams(member), datagrams(br.hosts[0]), "datagrams at member and router")


@proves("issue 2: mDNS works all the time", "RELIABILITY 2.5")
def test_mdns():
    """Two hosts hear each other on 224.0.0.251: before the first query, after it, and
    when nothing was reported for a membership interval."""
    with Bridge(3) as br:
        eventually(br.path("status").exists, "mgate has a folder")
        br.set("query_response_interval_ms", 100)
        br.set("query_interval_ms", 1000)
        br.set("unknown", "drop")
        br.set("convergence_ms", 0)
        router, one, two = br.hosts
        ears = [ear(one, "224.0.0.251", 5353), ear(two, "224.0.0.251", 5353)]
        try:
            hear_each_other(ears)
            router.query(code=1)
            eventually(lambda: mgate.gates(br), "it gates")
            hear_each_other(ears)
            br.join(two, GROUP)
            two.igmp_version(2)
            two.sockets.pop(GROUP).close()

            def forgotten():
                router.query(2, code=1)
                return not mgate.groups(br)
            eventually(forgotten, "a membership interval passes")
            hear_each_other(ears)
        finally:
            for sock in ears:
                sock.close()


def ear(host, group, port):
    """A socket of a host that is bound to a port and joined a group."""
    sock = host.udp()
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                    socket.inet_aton(group) + socket.inet_aton(host.ip))
    sock.bind((group, port))
    sock.settimeout(20)
    return sock


def hear_each_other(ears):
    """Each says something that the other must hear."""
    for speaker, listener in (ears, ears[::-1]):
        speaker.sendto(b"who is there?", listener.getsockname())
        equal(listener.recv(100), b"who is there?", "what was heard")


@contextlib.contextmanager
def frr(ns, version, device="eth0", more=""):
    """FRR's zebra and pimd as multicast router and querier in a namespace; gives the folder
    of their sockets."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="frr"))
    (folder / "zebra.conf").write_text("log stdout\n")
    (folder / "pimd.conf").write_text(f"""log stdout
{more}
interface {device}
 ip pim
 ip igmp
 ip igmp version {version}
 ip igmp query-max-response-time 10
 ip igmp query-interval 2
""")
    os.chmod(folder, 0o777)
    common = ["-z", f"{folder}/zserv", "--vty_socket", str(folder)]
    ns.sysctl("ipv4/ip_forward", 1)
    try:
        with contextlib.ExitStack() as stack:
            for name in "zebra", "pimd":
                stack.enter_context(program(
                    ns, FRR / name, "-f", folder / f"{name}.conf", "-i",
                    folder / f"{name}.pid", *common, "-u", "frr", "-g", "frr"))
                eventually((folder / f"{name}.vty").exists, f"{name} is ready", timeout=60)
            yield folder
    finally:
        shutil.rmtree(folder)


def routed(ip, br, version):
    """With FRR at the first host: its port is learned, a member joins, data flows to both, and
    it leaves."""
    router, sender, member, _ = br.hosts
    sender.ttl = 1      # FRR may send back what it may route
    member.join(ip.group)
    becomes(lambda: mgate.router_ways(br, router.port), {"query", "pim"}, "router port",
            timeout=60)
    eventually(lambda: mgate.gates(br), "it gates", timeout=60)
    br.wait_joined(member, ip.group)
    row = mgate.querier(br)
    equal((row["address"], row["port"], row["version"]),
          (ip.source(router), router.port, str(version)), "the querier")
    equal(mgate.members(br, member.port, ip.group)[0]["version"], str(version), "of the member")
    br.expect(sender, ip.group, [router, member])
    br.expect(sender, ip.other, [router])
    member.leave(ip.group)
    br.wait_left(member, ip.group)
    br.expect(sender, ip.group, [router])


def with_frr(version):
    """FRR's pimd as the router."""
    with Bridge(4) as br, frr(br.hosts[0].ns, version):
        routed(IGMP, br, version)


@proves("issue 2 item 9: a real multicast router", "CONFORMANCE 5, 71, 95")
def test_frr_v2():
    """FRR's pimd as an IGMPv2 querier: join, data, leave by its question."""
    with_frr(2)


@proves("issue 2 item 9: a real multicast router", "CONFORMANCE 5, 73 to 75")
def test_frr_v3():
    """FRR's pimd as an IGMPv3 querier."""
    with_frr(3)


def routed_on_the_bridge(ip, br, is_routed=lambda sender, group: True):
    """The router is on the bridge host: it hears the hosts, they hear it, and data goes to
    it and to the members."""
    sender, member, *_ = br.hosts
    tap = br.tap
    member.join(ip.group)
    becomes(lambda: mgate.router_ways(br, "host"), {"query", "pim"}, "the host", timeout=60)
    eventually(lambda: mgate.gates(br), "it gates", timeout=60)
    br.wait_joined(member, ip.group)
    row = mgate.querier(br)
    equal((row["address"], row["port"]), (ip.address, "host"), "the querier")
    for group, members in (ip.group, [member]), (ip.other, []):
        eventually(lambda g=group: is_routed(sender, g), "the router makes a route")
        stream = sender.send(group, 10)
        equal([host for host, count in br.arrived(sender, stream).items() if count],
              members, f"who got {group}")
        equal(len(tap.numbers(stream)), 10, f"frames to {group} at the host")
    tap.clear()
    eventually(lambda: tap.count(lambda f: ip.is_report(f) and f.source == ip.source(member)),
               "the member's answers reach the host")
    member.leave(ip.group)
    br.wait_left(member, ip.group)
    equal(br.receivers(sender, ip.group)[member], 0, "frames after the leave")


def with_frr_on_the_bridge(redirect):
    """FRR's pimd on the bridge host."""
    with IGMP.bridge(4, address=IGMP.address) as br:
        eventually(br.path("status").exists, "mgate has a folder")
        br.set("redirect", redirect)
        with frr(br.ns, 3, br.name, f"ip pim rp {IGMP.address} 224.0.0.0/4"):
            routed_on_the_bridge(IGMP, br, lambda sender, group: has_route(br, sender, group))


def has_route(br, sender, group):
    """Does the kernel route what comes in from a sender by the bridge device?"""
    sender.send(group, 1)
    return re.search(rf"\({sender.ip},\s*{group}\)\s+\w+: {br.name}\b",
                     br.ns.run("ip", "mroute", "show").stdout)


@proves("issue 3: a multicast router on the bridge host", "DECISIONS 11", "REDIRECT trap 9")
def test_frr_on_the_bridge():
    """FRR's pimd on br0 itself, by redirect."""
    with_frr_on_the_bridge(1)


@proves("issue 3: a multicast router on the bridge host", "DECISIONS 11")
def test_frr_on_the_bridge_by_gate():
    """The same by the gate."""
    with_frr_on_the_bridge(0)
