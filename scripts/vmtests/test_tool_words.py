# SPDX-License-Identifier: GPL-2.0-only
"""What the tools say and send, without a module: octets, lines, sentences, screens."""
import contextlib
import io
import os
import struct

import tool  # noqa: F401 pylint: disable=unused-import # it knows where mgatelib is
from words import check, equal, proves, without_module

from mgatelib import cli, explain, family, netlink, screen, settings, tables  # noqa: E402

A = {name: number for number, (name, _) in family.ATTRIBUTES.items()}
GROUP, GROUP6 = "239.1.1.1", "ff05::1:3"


def said(**values):
    """A row as the kernel says it, of bridge br0."""
    return {"bridge": 3, "bridge_name": "br0", "port_name": "host", **values}


def at(number, **values):
    """The same of a port."""
    return said(port=10 + number, port_name=f"p{number}", **values)


MEMBER = at(3, group=GROUP, filter_mode=1, version=3, vid=0, expires=259994)
WORLD = {
    "bridges": [said(mode="on", status="gating", ports=4, groups=1, vlans=1)],
    "ports": [said(), *(at(n, mode="snoop", status="gated", router="auto", groups=0, hosts=0)
                        for n in range(1, 5))],
    "groups": [MEMBER],
    "queriers": [at(1, vid=0, state="other", convergence="gating", address="10.0.0.1",
                    version=3, robustness=2, interval=125000, expires=250110)],
    "routers": [at(1, vid=0, by="query", expires=250110)],
    "flows": [at(2, source="10.0.0.2", group=GROUP, vid=0, path="flow", packets=10, bytes=1000,
                 to=[{"port_name": "p1"}, {"port_name": "p3"}])],
    "counters": [at(3, reason="member", packets=10)],
    "rules": [], "hosts": [], "stats": [],
}
ANSWER = {"path": "redirect", "vid": 0, "reason": "member", "to": [
    {"port_name": "p1", "pass": True, "reason": "router"},
    {"port_name": "p3", "pass": True, "reason": "member"},
    {"port_name": "p4", "reason": "not_member"}]}


class Kernel:
    """Stands in for the family."""

    def __init__(self, answer=None, **world):
        self.world, self.answer = WORLD | world, answer or ANSWER

    def dump(self, table, bridge=None):
        """A table; of a bridge that is none, nothing."""
        return [one for one in self.world[table] if bridge in (None, one["bridge"])]

    def explain(self, **_):
        """Always the same."""
        return self.answer


def reader(answer=None, **world):
    """A Reader of such a kernel."""
    it = tables.Reader()
    it.__dict__["family"] = Kernel(answer, **world)
    return it


def why(port, *more, group=GROUP, answer=None, **world):
    """What `mgate why` finds, as one text."""
    search = explain.Search(reader(answer, **world), "br0", port, group, *more)
    return "\n".join(search.run())


@proves("issue 10 item 3: the library's encoding")
@without_module
def test_octets():
    """Attributes and messages are in octets as the kernel's headers say; recorded here for
    a little-endian machine, as all that the tests run on are."""
    octets = netlink.encode(family.ATTRIBUTES, {
        "bridge": 3, "port": None, "vid": 7, "group": GROUP, "mac": "02:00:00:00:00:01",
        "bridge_name": "br0", "permanent": True})
    equal(octets.hex(), "08000200" "03000000" "06000600" "07000000" "08000700" "ef010101"
          "0a000a00" "020000000001" "0000" "08000300" "62723000" "04000c00", "attributes")
    equal(netlink.decode(family.ATTRIBUTES, octets),
          {"bridge": 3, "vid": 7, "group": GROUP, "mac": "02:00:00:00:00:01",
           "bridge_name": "br0", "permanent": True}, "the same again")
    equal(netlink.message(0x20, 0x301, 5, b"\1\1\0\0").hex(),
          "14000000" "2000" "0103" "05000000" "00000000" "01010000", "a dump request")
    nest = netlink.encode(family.ATTRIBUTES, {"port_name": "p1"})
    twice = b"".join(netlink.ATTRIBUTE.pack(4 + len(nest), A["to"] | netlink.NESTED) + nest
                     for _ in range(2))
    equal(netlink.decode(family.ATTRIBUTES, twice),
          {"to": [{"port_name": "p1"}, {"port_name": "p1"}]}, "what may come more than once")
    equal(netlink.decode(family.ATTRIBUTES, octets + b"\x08\x00\xe7\x03abcd")["vid"], 7,
          "beside what a newer kernel says")


@proves("issue 10 item 3: the library's encoding")
@without_module
def test_octets_that_are_cut():
    """Whatever octets come, reading them ends and raises nothing."""
    whole = netlink.encode(family.ATTRIBUTES, {"bridge": 3, "group": GROUP, "by": "query"})
    for end in range(len(whole)):
        netlink.decode(family.ATTRIBUTES, whole[:end])
    for length in range(8):
        equal(list(netlink.split(struct.pack("=HH", length, 1)))[1:], [], "a wrong length")
    equal(list(netlink.messages(whole)), [], "no messages")


@proves("issue 10 item 3: the library")
@without_module
def test_controller():
    """The kernel's own family answers; one that is not there, and errors, are told apart."""
    with netlink.Connection("nlctrl") as here:
        equal((here.id, list(here.groups)), (netlink.CONTROLLER, ["notify"]), "the controller")
        rows = here.dump(netlink.CONTROLLER_GET, netlink.CONTROLLER_ATTRIBUTES,
                         netlink.CONTROLLER_ATTRIBUTES, {})
        check("nlctrl" in [row["name"] for row in rows], f"a dump: {rows}")
        with contextlib.suppress(netlink.Refused):
            here.ask(99, {}, {}, {})
            check(False, "an unknown command is refused")
    try:
        family.Family()
    except family.NotLoaded:
        return
    check(False, "mgate is not loaded")


@proves("INTERFACE debugfs: the line grammar")
@without_module
def test_lines():
    """Rows as lines are those of debugfs."""
    source = at(4, group=GROUP, source="10.0.0.9", filter_mode=1, blocked=True, version=3, vid=0)
    static = at(4, group=GROUP, filter_mode=1, permanent=True, version=3, vid=0)
    host = at(4, group=GROUP, mac="02:00:00:00:00:01", address="10.0.0.1", version=3, vid=0,
              expires=99)
    nobody = said(vid=0, state="none", convergence="flooding", address="0.0.0.0", version=3,
                  robustness=2, interval=125000)
    for table, one, text in (
            ("groups", MEMBER, "port p3 grp 239.1.1.1 temp filter_mode exclude version 3 vid 0 "
                               "259.99"),
            ("groups", source, "port p4 grp 239.1.1.1 src 10.0.0.9 temp filter_mode exclude "
                               "blocked version 3 vid 0 0.00"),
            ("groups", static, "port p4 grp 239.1.1.1 permanent filter_mode exclude version 3 "
                               "vid 0 0.00"),
            ("hosts", host, "port p4 grp 239.1.1.1 host 02:00:00:00:00:01 10.0.0.1 version 3 "
                            "vid 0 0.09"),
            ("queriers", nobody, "vid 0 state none flooding address 0.0.0.0 port - version 3 "
                                 "robustness 2 interval 125.00 0.00"),
            ("counters", WORLD["counters"][0], "port p3 member 10"),
            ("flows", WORLD["flows"][0], "port p2 src 10.0.0.2 grp 239.1.1.1 vid 0 to p1,p3 "
                                         "path flow packets 10 bytes 1000")):
        equal(tables.line(table, tables.row(table, tables.KEYS[table], one)), f"dev br0 {text}",
              table)


@proves("issue 10 item 2: explain", "PEERS U17")
@without_module
def test_sentences_of_explain():
    """Each port has its sentence; what the bridge itself refuses says so."""
    text = "\n".join(explain.explanation(reader().explain("br0", "p2", GROUP, "10.0.0.2")))
    for words in ("comes in at p2 of br0 in VLAN 0 goes by redirect", "p1 gets it (router)",
                  "p3 gets it (member): a host there asked for 239.1.1.1.",
                  "p4 does not get it (not_member)", "`mgate why dev br0 port p4 grp 239.1.1.1`"):
        check(words in text, f"{words!r} is not in {text}")
    text = explain.explanation(reader({"path": "bridge", "refused": "vlan", "vid": 9}).explain(
        "br0", "p2", GROUP, "10.0.0.2"))
    equal(text, ["A frame from 10.0.0.2 to 239.1.1.1 that comes in at p2 of br0 in VLAN 9 is not "
                 "let in by the bridge (vlan): p2 is not in VLAN 9; see `bridge vlan show dev "
                 "p2`."], "what the bridge refuses")
    nobody = {"path": "redirect", "vid": 0, "to": [
        {"port_name": "p{dev}", "pass": True, "reason": "member", "refused": "isolated"}]}
    text = explain.explanation(reader(nobody).explain("br0", "p2", GROUP, "10.0.0.2"))
    check("p{dev} does not get it (isolated)" in text[1], f"a name with braces: {text}")
    equal(text[-1], "Nobody gets it.", "the end")
    # Where the bridge is off, or IPv6 is, the kernel gives no reason.
    idle = {"path": "bridge", "vid": 0, "to": [
        {"port_name": "p1", "pass": True}, {"port_name": "p3", "pass": True, "refused": "link"}]}
    see = "see `mgate show bridges dev br0` for its mode and status"
    for group, source, sentence in (
            (GROUP, "10.0.0.2", f"mgate does nothing there with frames of IPv4: {see}."),
            (GROUP6, "fd00::2", f"mgate does nothing there with frames of IPv6: {see}, and "
                                "/sys/class/net/br0/mgate/ipv6.")):
        text = explain.explanation(reader(idle).explain("br0", "p2", group, source))
        equal(text[1:], [f"  p1 gets it: {sentence}",
                         "  p3 does not get it (link): p3 has no link or is switched off."],
              f"the sentences of {group}")


@proves("issue 10: why a stream does not arrive", "PEERS U17")
@without_module
def test_sentences_of_why():
    """Each cause is found, and where there is none the way on is told."""
    held = {"path": "redirect", "to": [{"port_name": "p4", "reason": "not_member"}]}
    denied = at(4, rule="deny", value="239.0.0.0/8")
    unlearned = at(4, reason="bad_ttl", packets=2), at(4, reason="rx_v3_report", packets=3)
    only = at(3, group=GROUP, source="10.0.0.9", filter_mode=0, version=3, vid=0, expires=9)
    but = {**only, "blocked": True}
    none = said(vid=0, state="none", convergence="flooding", version=3, interval=1)
    off = said(mode="off", status="off", ports=4, groups=0, vlans=0)
    for words, text in (
            ("Nothing holds it back here: look behind p3", why("p3")),
            ("p3 asked for 239.1.1.1 in VLAN 0, for 260 s", why("p3")),
            ("No report ever came in at p4", why("p4", answer=held)),
            ("echo '+ p4 239.1.1.1' > /sys/class/net/br0/mgate/groups_static",
             why("p4", answer=held)),
            ("p4 does not get it (not_member)", why("p4", answer=held)),
            ("/sys/class/net/p4/mgate/deny has 239.0.0.0/8", why("p4", rules=[denied])),
            ("2 counted as bad_ttl: the TTL is not 1", why("p4", counters=unlearned)),
            ("3 reports did come in there", why("p4", counters=unlearned)),
            ("But only from 10.0.0.9.", why("p3", groups=[only])),
            ("But not from 10.0.0.9.", why("p3", groups=[MEMBER, but])),
            ("Nothing came in for 239.1.1.1 from any source", why("p3", flows=[])),
            ("nobody gets back what came in at the same port", why("p2")),
            ("Nobody queries in VLAN 0.", why("p3", queriers=[none])),
            ("No querier was heard on br0", why("p3", queriers=[])),
            ("mgate holds nothing back on br0: its status is off", why("p3", bridges=[off]))):
        check(words in text, f"{words!r} is not in {text}")


@proves("issue 10: why a stream does not arrive", "PEERS U17")
@without_module
def test_sentences_of_why_for_the_host():
    """What the host of the bridge gets is told by its device, and its row has no status."""
    gets = {"path": "gate", "to": [{"port_name": "host", "pass": True, "reason": "member"}]}
    held = {"path": "gate", "to": [{"port_name": "host", "reason": "not_member"}]}
    static = said(group=GROUP, filter_mode=1, permanent=True, version=3, vid=0)
    for status in "gating", "flooding":
        bridge = said(mode="on", status=status, ports=4, groups=1, vlans=1)
        text = why("host", answer=held, bridges=[bridge])
        for words in ("See whether 239.1.1.1 is in `ip maddr show dev br0`",
                      "echo '+ host 239.1.1.1' > /sys/class/net/br0/mgate/groups_static",
                      "host does not get it (not_member): others asked for 239.1.1.1 in VLAN 0, "
                      "the host itself did not"):
            check(words in text, f"{words!r} is not in {text}")
        check("report ever came in" not in text and "No cause" not in text, text)
    text = why("host", answer=gets)
    check("Nothing holds it back here: look at the host's firewall and" in text, text)
    text = why("host", answer=gets, groups=[static])
    check("host asked for 239.1.1.1 in VLAN 0, for good: groups_static has it." in text, text)


def screenful(now, before=None, sort="rate"):
    """A screen as text."""
    return [line.rstrip() for line, _ in [*screen.head(now, 0, 1),
                                          *screen.body(now, before, sort)]]


@proves("issue 10 item 3: mgate-top")
@without_module
def test_screen():
    """Rates are what was counted between two readings; groups are sorted as asked."""
    more = at(2, source="10.0.0.2", group="239.1.1.2", vid=0, path="gate", packets=9000,
              bytes=9000, to=[])
    before = screen.Snapshot.take(reader(), tables.Reader.rows(reader(), "bridges")[0])
    later = reader(flows=[{**WORLD["flows"][0], "packets": 2010, "bytes": 2001000}, more])
    now = screen.Snapshot.take(later, later.rows("bridges")[0])
    before.at, now.at = 100, 102
    text = screenful(now, before)
    equal(text[0], "mgate-top: br0  mode on, status gating, 4 ports, 1 group, 1 VLAN", "the head")
    rows = [line.split() for line in text if line.startswith("239.")]
    equal([row[0] for row in rows], ["239.1.1.2", "239.1.1.1"], "sorted by rate")
    equal(rows[1][1:], "0 1 1.00k 8.00M 260 10.0.0.2 at p2 flow p1,p3".split(), "a stream")
    equal(rows[0][1:], "0 0 4.50k 36.0k - 10.0.0.2 at p2 gate -".split(), "one that nobody wants")
    rows = [line for line in screenful(now, before, "members") if line.startswith("239.")]
    equal(rows[0].split()[0], "239.1.1.1", "sorted by members")
    equal([screen.short(n) for n in (0, 999, 1000, 99949, 99950, 123456, 5e9)],
          ["0", "999", "1.00k", "99.9k", "100k", "123k", "5.00G"], "short numbers")


@proves("issue 12 item 1: tables, explain", "INTERFACE debugfs")
@without_module
def test_ipv6():
    """Octets, lines, sentences and screens of IPv6, beside those of IPv4."""
    octets = netlink.encode(family.ATTRIBUTES, {"group": GROUP6, "source": "fd00::2"})
    equal(octets.hex(), "14000700" "ff050000000000000000000000010003"
          "14000800" "fd000000000000000000000000000002", "attributes")
    equal(netlink.decode(family.ATTRIBUTES, octets), {"group": GROUP6, "source": "fd00::2"}, "back")
    member = at(3, group=GROUP6, filter_mode=1, version=2, vid=0, expires=259994)
    querier = at(1, vid=0, state="self", convergence="gating", address="fe80::fe", version=2,
                 robustness=2, interval=125000, expires=250110)
    equal(tables.line("groups", tables.row("groups", tables.KEYS["groups"], member)),
          f"dev br0 port p3 grp {GROUP6} temp filter_mode exclude version 2 vid 0 259.99", "a line")
    both = {"groups": [MEMBER, member], "queriers": [*WORLD["queriers"], querier]}
    for words, text in (
            (f"p3 asked for {GROUP6} in VLAN 0", why("p3", group=GROUP6, **both)),
            ("look behind p3, at its link, at the host's firewall.",
             why("p3", group=GROUP6, flows=[{**WORLD["flows"][0], "group": GROUP6}], **both)),
            ("with a hop limit that suffices", why("p3", group=GROUP6, **both)),
            ("what blocks MLD (ICMPv6", why("p4", group=GROUP6, **both)),
            ("1 reports did come in there", why("p4", group=GROUP6, counters=[
                at(4, reason="rx_v3_report", packets=5),
                at(4, reason="rx_mld_v2_report", packets=1)], **both)),
            ("br0 has to have a link-local address", why("p3", group=GROUP6))):
        check(words in text, f"{words!r} is not in {text}")
    kernel = reader(**both)
    text = screenful(screen.Snapshot.take(kernel, kernel.rows("bridges")[0]), sort="group")
    check("VLAN 0: gating, querier mgate itself, version 2, every 125 s, 250 s left" in text,
          f"a querier on the screen: {text}")
    rows = [line.split()[0] for line in text if line.startswith(("239.", "ff05:"))]
    equal(rows, [GROUP, GROUP6], "groups in their order")


@proves("issue 11 item 2: applied as bridges and ports appear")
@without_module
def test_names_with_a_dash():
    """Behind -- nothing is an option; before, each dash has to begin one."""
    options = cli.Options(["-l", "config", "apply", "--", "-x", "--"])
    equal((options.log, options.rest), (True, ["config", "apply", "-x", "--"]), "words")
    text, static = " -p1  239.1.1.1", settings.BRIDGE["groups_static"]
    equal((static.complaint(text), static.write(text), static.port(text)),
          (None, "+ -p1 239.1.1.1", "-p1"), "a port whose name begins with a dash")
    equal([static.write(f"{sign} p1  239.1.1.1") for sign in "+-"],
          ["+ p1 239.1.1.1", "- p1 239.1.1.1"], "entries with a sign")


@proves("issue 10 item 3: errors are clear sentences")
@without_module
def test_no_such_port():
    """Of a port that no bridge has there is no empty table, but a refusal."""
    equal([row["port"] for row in reader().rows("groups", port="p3")], ["p3"], "of a port")
    equal(reader().rows("groups", port="host"), [], "of the host")
    try:
        rows = reader().rows("groups", port="p9")
    except tables.NoSuch as error:
        equal(str(error), "p9 is not a port of a bridge that mgate knows; ports here: p1, p2, p3, "
              "p4, and host for the host itself", "the sentence")
        return
    check(False, f"of no port: {rows}")


@proves("issue 10 item 3: errors are clear sentences")
@without_module
def test_refused_words():
    """What cannot be understood ends in a sentence and status 2; without the module, 1."""
    equal(run("show", "groups"), (1, "mgate: mgate is not loaded: load it with `modprobe mgate`\n"),
          "without the module")
    for words, text in (
            ([], "what is to be done?"), (["tell"], "there is no command tell"),
            (["-x"], "-x is not an option"), (["show", "nothing"], "there is no table nothing"),
            (["show", "groups", "dev"], "dev wants a value"),
            (["show", "bridges", "port", "p1"], "port is not understood here"),
            (["show", "groups", "grp", "10.0.0.1"], "10.0.0.1 is not a multicast group"),
            (["show", "groups", "grp", "x"], "x is not an IP address"),
            (["show", "groups", "dev", "a", "dev", "b"], "dev is there twice"),
            (["explain", "dev", "br0"], "what is missing: port, src, grp"),
            (["why", "dev", "a", "port", "b", "grp", "fd00::1"],
             "fd00::1 is not a multicast group"),
            (["show", "groups", "grp", "ff05::1%eth0"], "write it without %eth0"),
            (["explain", "dev", "a", "port", "b", "grp", "ff05::1", "src", "10.0.0.1"],
             "of 10.0.0.1 and ff05::1 one is IPv4 and the other IPv6"),
            (["why", "dev", "a", "port", "b", "grp", GROUP, "vid", "4095"],
             "4095 is not a VLAN id"),
            (["why", "dev", "a", "port", "b", "grp", GROUP, "vid", "1" * 5000],
             "is not a VLAN id")):
        status, message = run(*words)
        equal(status, 2, f"the status of {words}")
        check(text in message and message.endswith("see mgate --help\n"), f"{words}: {message}")


def run(*words):
    """The command line, here; gives the status and what stderr got."""
    with contextlib.redirect_stderr(io.StringIO()) as text:
        status = cli.guarded("mgate", cli.run, words)
    return status, text.getvalue()


@proves("issue 10 item 3: plain Python 3 of the distribution")
@without_module
def test_own_socket():
    """The library leaves nothing open behind a failed look-up."""
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        with contextlib.suppress(family.NotLoaded):
            family.Family()
    equal(len(os.listdir("/proc/self/fd")), before, "open files")
