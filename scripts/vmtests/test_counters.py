# SPDX-License-Identifier: GPL-2.0-only
"""The counters that no other test looks at, each by what it counts."""
import socket
import struct
import subprocess

import mgate
import wire
from lab import Bridge, gated
from words import check, equal, eventually, proves

GROUP, OTHER = "239.1.1.1", "239.2.2.2"
NETLINK_NETFILTER, NFPROTO_BRIDGE, SUBSYS_HOOK, HOOK_HOOKNUM = 12, 7, 12, 1
NLM_F_REQUEST, NLM_F_DUMP, NLMSG_ERROR, NLMSG_DONE = 1, 0x300, 2, 3


@proves("issue 2 item 7: counters by reason", "INTERFACE limit_action, status limit")
def test_over_the_limit():
    """flood_limit: what a port over its limit gets and did not ask for."""
    with gated() as br:
        router, sender, full, _ = br.hosts
        br.set("max_groups", 1, full.port)
        full.report(GROUP)
        full.report("239.1.1.2")
        br.barrier(full)
        with mgate.counts(br, full.port, mgate.FLOOD_LIMIT, 10):
            br.expect(sender, OTHER, [router, full])


@proves("issue 2 item 7: counters by reason", "INTERFACE mode of a port")
def test_ignored_port():
    """port_ignored: messages at a port whose mode is `ignore`."""
    with gated() as br:
        port = br.hosts[2]
        br.set("mode", "ignore", port.port)
        with mgate.counts(br, port.port, mgate.PORT_IGNORED, 2):
            port.report(GROUP)
            port.send_leave(GROUP)
        equal(mgate.groups(br), set(), "groups")


@proves("issue 2 item 7: counters by reason", "CONFORMANCE 1")
def test_held_reports():
    """report_held: reports towards a host, by redirect and by the gate."""
    with gated() as br:
        router, _, member, other = br.hosts
        for redirect in 1, 0:
            br.set("redirect", redirect)
            with mgate.counts(br, other.port, mgate.REPORT_HELD, 3), \
                    mgate.counts(br, router.port, mgate.CONTROL_REPORT, 3), \
                    mgate.counts(br, member.port, mgate.RX_V2, 3):
                for _ in range(3):
                    member.report(GROUP)


@proves("issue 2 item 7: counters by reason", "DECISIONS 11")
def test_host_takes_all():
    """host_all: what goes up because the bridge device takes everything."""
    with gated(address="10.0.0.254") as br:
        router, sender, *_ = br.hosts
        for flag in "promisc", "allmulticast":
            br.ns.ip(f"link set br0 {flag} on")
            with mgate.counts(br, "host", mgate.HOST_ALL, 10):
                br.expect(sender, GROUP, [router])
            br.ns.ip(f"link set br0 {flag} off")


@proves("issue 2 item 7: counters by reason")
def test_own_messages():
    """tx_query, tx_report, tx_solicitation: what mgate itself sends."""
    with Bridge(2) as br:
        one, two = br.hosts
        eventually(br.path("status").exists, "mgate has a folder")
        br.set("proxy", "full")
        br.set("router", "always", one.port)
        br.set("query_response_interval_ms", 1000)
        br.set("querier", "on")
        for reason, predicate in ((mgate.TX_QUERY, lambda f: f.igmp(0x11)),
                                  (mgate.TX_SOLICITATION, lambda f: f.igmp(0x31))):
            eventually(lambda r=reason: mgate.counter(br, "host", r), reason)
            eventually(lambda p=predicate: one.tap.count(p), f"{reason} at a host")
        before = mgate.counter(br, "host", mgate.TX_REPORT)
        two.report(GROUP)
        eventually(lambda: mgate.counter(br, "host", mgate.TX_REPORT) > before, "tx_report")
        eventually(lambda: one.tap.count(
            lambda f: f.igmp(0x12, 0x16, 0x22) and f.data[6:12].hex(":") == br.mac),
            "a report of ours at the router")


@proves("issue 2 item 7: counters by reason", "CONFORMANCE 3")
def test_routers_messages():
    """rx_pim, rx_mrd, rx_dvmrp: what routers say of themselves."""
    with gated() as br:
        one = br.hosts[1]
        hello = one.frame(wire.pim_hello(), wire.ALL_PIM, options=b"", proto=wire.PIM)
        advertisement = one.frame(wire.summed(bytes((0x30, 20)) + bytes(6)), "224.0.0.106")
        probe = one.frame(wire.message(0x13, code=1), "224.0.0.4")
        for frame, reason in (hello, mgate.RX_PIM), (advertisement, mgate.RX_MRD), (
                probe, mgate.RX_DVMRP):
            with mgate.counts(br, one.port, reason, 2):
                one.inject(frame, frame)
        equal(mgate.router_ways(br, one.port), {"pim", "mrd", "dvmrp"}, "by what it is known")


def hooks(ns):
    """How many hooks of the bridge family in a namespace are mgate's, by netlink (what
    `nft list hooks` asks)."""
    with ns.entered():
        sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
    found = 0
    with sock:
        for number in range(5):
            body = struct.pack("!BBHHHI", NFPROTO_BRIDGE, 0, 0, 0, 1, number)
            # Attributes' heads are in the machine's order, their values are not.
            body = body[:4] + struct.pack("=HH", 8, HOOK_HOOKNUM) + body[8:]
            sock.send(struct.pack("=IHHII", 16 + len(body), SUBSYS_HOOK << 8,
                                  NLM_F_REQUEST | NLM_F_DUMP, number, 0) + body)
            kind = 0
            while kind not in (NLMSG_ERROR, NLMSG_DONE):
                message = sock.recv(65536)
                found += message.count(b"mgate_hook_") + message.count(b"mgate_entry_")
                kind = _last_kind(message)
            check(kind == NLMSG_DONE, f"hook {number} cannot be listed")
    return found


def _last_kind(message):
    while True:
        size, kind = struct.unpack_from("=IH", message)
        if len(message) <= (size + 3 & ~3):
            return kind
        message = message[size + 3 & ~3:]


@proves("issue 2 item 2: hooks are registered when the first bridge appears")
def test_no_hooks_without_a_bridge():
    """In a namespace without a bridge there is no hook of mgate's."""
    if subprocess.run(["modprobe", "-q", "nfnetlink_hook"], check=False).returncode:
        print("# this kernel lists no hooks")  # Debian's 6.1
        return
    with Bridge(1) as br:
        check(hooks(br.ns) == 4, f"{hooks(br.ns)} hooks where a bridge is")
        check(hooks(br.hosts[0].ns) == 0, "hooks where no bridge is")
        br.hosts[0].ns.ip("link add br9 type bridge")
        check(hooks(br.hosts[0].ns) == 4, "no hooks where a bridge has come")
