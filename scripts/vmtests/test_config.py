# SPDX-License-Identifier: GPL-2.0-only
"""Settings of /etc/mgate: what is complained of, and what is written to sysfs."""
import contextlib
import errno
import io
import os
import pathlib
import re
import tempfile

import mgate
import tool
from lab import Bridge
from words import check, equal, proves, without_module

from mgatelib import apply, config, settings  # noqa: E402

WRONG = """# A bad line never keeps the others from being used.
mode = off
[bridge br0]
 robustness = 3
mode = on
mode = off
groups_static =
    p1 239.1.1.1 vid 7

    p1 224.0.0.1
groups_static = + host 239.1.1.2 10.0.0.9
flush = 1
guard = 1
robusness = 3
status = gating
query_interval_ms = 5000
unknown = maybe
    more
[switch br0]
mode = audit
[port a/b]
mode = flood
[port p*]
guard = 1
deny = 239.2.0.0/15
    239.1.0.0/15
nonsense
max_groups =
[bridge br1]
ipv6 = on
flood = ff05::/16
    ff05::1/16
groups_static = p1 ff02::1:ff00:1
    p1 ff05::1 10.0.0.9
"""
COMPLAINTS = {
    2: "stands in no section", 6: "mode is set in line 5 already", 10: "link-local scope",
    12: "flush does something", 13: "guard is for [port NAME]", 14: "is robustness meant?",
    15: "status can only be read", 16: "does not go with query_response_interval_ms",
    17: "maybe is none of auto, flood, routers, drop", 18: "which has one value",
    19: "neither [bridge NAME] nor [port NAME]", 21: "cannot be the name of a device",
    26: "239.1.0.0 does not begin one of length 15", 27: "is not KEY = VALUE",
    28: "max_groups has no value", 30: "on is none of off, safe, full",
    32: "ff05::1 does not begin one of length 16", 33: "link-local scope",
    34: "10.0.0.9, which is not the IPv6 address of a host"}


@contextlib.contextmanager
def folder(**texts):
    """/etc/mgate with these files; and apply writes to the sysfs of any namespace."""
    before = config.FOLDER
    with tempfile.TemporaryDirectory() as name:
        config.FOLDER = pathlib.Path(name)
        for file, text in texts.items():
            (config.FOLDER / f"{file}.conf").write_text(text)
        try:
            yield config.FOLDER
        finally:
            config.FOLDER = before


@contextlib.contextmanager
def sysfs_of(br):
    """In the block apply writes to the sysfs of this bridge's namespace."""
    before, apply.NET = apply.NET, br.ns.sysfs / "class/net"
    try:
        yield
    finally:
        apply.NET = before


def applied(br, *words):
    """`mgate config apply`: its status and its complaints."""
    with sysfs_of(br):
        status, out, errors = tool.run(br, "config", "apply", *words)
    equal(out, "", "stdout")
    return status, errors.splitlines()


@proves("issue 11 item 2: config check complains with file and line")
@without_module
def test_complaints():
    """Each bad line is told with file and line, no other; all others are taken."""
    with folder(a=WRONG) as where:
        found, complaints = config.check(config.files())
    for one in complaints:
        check(COMPLAINTS.get(one.line, "nothing is wrong there") in one.text, str(one))
        check(str(one).startswith(f"{where}/a.conf:{one.line}: "), str(one))
    equal([one.line for one in complaints], sorted(COMPLAINTS), "the lines complained of")
    equal([(one.line, one.kind, one.name, one.key, one.value) for one in found], [
        (4, "bridge", "br0", "robustness", "3"), (5, "bridge", "br0", "mode", "on"),
        (8, "bridge", "br0", "groups_static", "p1 239.1.1.1 vid 7"),
        (11, "bridge", "br0", "groups_static", "+ host 239.1.1.2 10.0.0.9"),
        (16, "bridge", "br0", "query_interval_ms", "5000"),
        (24, "port", "p*", "guard", "1"), (25, "port", "p*", "deny", "239.2.0.0/15"),
        (31, "bridge", "br1", "flood", "ff05::/16")],
        "the settings")


@proves("issue 11 item 2: INI by bridge and by port name")
@without_module
def test_choice():
    """Of one value the last counts, of a list all; * is any characters, and else a name is
    only that device's."""
    text = "[port *]\nguard = 1\ndeny = 239.1.0.0/16\n[port p[1]]\nguard = 0\nunknown = drop\n"
    more = "[port p1]\nguard = 0\ndeny = 239.2.0.0/16\n[bridge p1]\nmode = off\n"
    with folder(a=text, b=more):
        found, complaints = config.check(config.files())
    equal(complaints, [], "complaints")
    for name, wanted in (("p1", [("guard", ["0"]), ("deny", ["239.1.0.0/16", "239.2.0.0/16"])]),
                         ("p[1]", [("guard", ["0"]), ("unknown", ["drop"]),
                                   ("deny", ["239.1.0.0/16"])]),
                         ("p11", [("guard", ["1"]), ("deny", ["239.1.0.0/16"])])):
        mine = config.chosen(found, "port", name)
        equal([(key, [one.value for one in ones]) for key, ones in mine.items()], wanted, name)


@proves("issue 11 item 2: config check")
@without_module
def test_odd_files():
    """Octets that are no text, ends of lines of other systems, no end of the last line, a
    file that is not there: a sentence or nothing, and all else counts."""
    with folder() as where:
        (where / "a.conf").write_bytes(b"\xef\xbb\xbf[bridge br0]\r\nunknown = fl\xffood\r\n"
                                       b"mode\t=\ton\r\n\0\r\n[port p1]\nguard=1")
        found, complaints = config.check([where / "a.conf", where / "b.conf"])
    equal([(one.key, one.value) for one in found], [("mode", "on"), ("guard", "1")], "settings")
    equal([(one.line, one.text) for one in complaints],
          [(2, "is not text in UTF-8"), (4, "has a control character"),
           (0, "cannot be read: No such file or directory")], "complaints")


@proves("issue 11 item 2: a bad line never keeps the others from being used")
@without_module
def test_odd_values():
    """More digits than Python takes for a number, and octets that no path may have: a
    complaint, and nothing else is lost."""
    many = "1" * 5000
    lines = ["[bridge br0]", f"robustness = {many}", f"vlans_ignored = 1-{many}",
             f"vlan = {many} querier on", f"groups_static = p1 239.1.1.1 vid {many}",
             f"flood = 239.1.0.0/{many}", "groups_static = p\0 239.1.1.1",
             " p1 239.1.1.1", "vlan =", " 7 querier\x1b[m on", " 8 querier on", "mode = on",
             "[bridge b\x1b]", "mode = off", "[port p1]", "guard\t=\t1"]
    with folder(a="\n".join(lines)):
        found, complaints = config.check(config.files())
    equal([one.line for one in complaints], [2, 3, 4, 5, 6, 7, 8, 10, 13],
          "the lines complained of")
    check("out of bounds" in complaints[0].text, complaints[0].text[-80:])
    equal([(one.key, one.value) for one in found],
          [("vlan", "8 querier on"), ("mode", "on"), ("guard", "1")], "settings")


@proves("issue 11 item 2: config check")
@without_module
def test_files():
    """Hidden files, as of editors, are none; a folder that is not there has none, and one
    that cannot be read is no empty one."""
    with folder(b="", a="") as where:
        (where / ".#a.conf").symlink_to("root@host.1:2")
        (where / ".a.conf").write_text("nonsense")
        (where / "c.conf.dpkg-old").write_text("nonsense")
        equal([path.name for path in config.files()], ["a.conf", "b.conf"], "files")
        config.FOLDER = where / "none"
        equal(config.files(), [], "files of no folder")
        config.FOLDER = where / "a.conf"
        text = io.StringIO()
        with contextlib.redirect_stderr(text):
            status = tool.cli.guarded("mgate", tool.cli.run, ["config", "check"])
        equal((status, text.getvalue()), (1, f"mgate: {where}/a.conf: Not a directory\n"),
              "a folder that cannot be read")


@proves("issue 11 item 2: config check complains with file and line")
@without_module
def test_lost_settings():
    """What apply would not write is complained of, once: a * that names no port, and two
    values that do not go together, also where they stand in two sections."""
    text = "[bridge br0]\nquery_response_interval_ms = 20000\ngroups_static = vnet* 239.1.1.5\n" \
           "[bridge br*]\nquery_interval_ms = 15000\n[bridge br1]\nmode = on\n"
    with folder(a=text):
        found, complaints = config.check(config.files())
    equal([(one.line, one.section) for one in complaints],
          [(3, ("bridge", "br0")), (5, ("bridge", "br*"))], "the lines complained of")
    check("only in the name of a section" in complaints[0].text, complaints[0].text)
    equal(len(found), 3, "the settings")


@proves("issue 11 item 2: the files as the manual shows them")
@without_module
def test_examples():
    """What mgate.conf(5) and the README show has nothing to complain of."""
    page = (tool.TREE / "scripts/man/mgate.conf.5").read_text()
    readme = (tool.TREE / "README.md").read_text()
    texts = re.findall(r"^\.EX\n(.*?)^\.EE", page, re.M | re.S) + \
        re.findall(r"^```ini\n(.*?)^```", readme, re.M | re.S)
    equal(len(texts), 2, "examples")
    for text in texts:
        with folder(a=text):
            found, complaints = config.check(config.files())
        check(found and not complaints, f"{complaints} in {text}")


def samples(kind):
    """What may be written and what may not, of one kind of value."""
    if isinstance(kind, settings.Words):
        return [*kind.words, "nothing", kind.words[0].upper()]
    if isinstance(kind, settings.Number):
        return [str(n) for n in (kind.low, kind.low - 1, kind.high, kind.high + 1, 1 << 32)] + \
            ["x", "1 2", "1.5", "auto"]
    return {
        settings.Address: ["10.0.0.1", "0.0.0.0", "auto", "239.1.1.1", "127.0.0.1", "10.0.0",
                           "10.0.0.1/8", "255.255.255.255"],
        settings.Vlans: ["", "0", "10,20-29", "4094", "4095", "29-20", "1,,2", "1-", "x", "1 2"],
        settings.Ranges: ["239.1.0.0/16", "239.1.1.1", "224.0.0.0/4", "224.0.0.0/3", "10.0.0.0/8",
                          "239.1.0.0/8", "239.1.0.0/33", "239.1.0.0/", "239.1.1.1 vid 3", "x",
                          "ff05::/16", "ff05::1:3", "ff00::/8", "ff00::/7", "fd00::/16", "ff05::/8",
                          "ff05::/129", "ff05::1%p1", "ff02::1", "FF0E:0::7/128"],
        settings.Static: ["p1 239.1.1.1", "host 239.1.1.1 10.0.0.1 vid 4094", "p1 232.1.1.1",
                          "p1 239.1.1.1 vid 4095", "p1 239.1.1.1 vid", "p1 224.0.0.1", "p1 x",
                          "p1 239.1.1.1 127.0.0.1", "p1 239.1.1.1 10.0.0.1 10.0.0.2", "p1",
                          "p1 ff05::1:3", "host ff3e::8000:1 fd00::1 vid 7", "p1 ff02::1",
                          "p1 ff02::1:ff00:1", "p1 ff01::5", "p1 ff10::5", "p1 fd00::1",
                          "p1 ff05::1 10.0.0.1", "p1 239.1.1.1 fd00::1", "p1 ff05::2 ::1",
                          "p1 ff05::2 ::", "p1 ff05::2 ff05::3", "p1 ff05::1::2",
                          "p1 ff05::2 fe80::1", "p1 ff05::1 vid"],
        settings.OneVlan: ["30 unknown flood", "0 querier on", "4094 querier_address 10.0.0.1",
                           "4095 querier on", "30 - querier", "30 - mode", "30 unknown",
                           "30 querier maybe", "x querier on", "30 querier on 2"],
    }[type(kind)]


def disagreements(br, kind, port=None):
    """Of which samples the tools and the kernel do not say the same."""
    for key, values in settings.KINDS[kind].items():
        for value in samples(values):
            text = values.write(value) if values.many else value
            refusal = br.error(key, text, port)
            taken = refusal in (None, errno.EEXIST, errno.ENOENT)
            if taken != (values.complaint(value) is None):
                yield f"{kind} {key} {value!r}: errno {refusal}, {values.complaint(value)}"


@proves("issue 11 item 2: config check", "INTERFACE: the values of every file")
def test_check_says_what_the_kernel_says():
    """Each file of sysfs is known, and what the check takes the kernel takes, and nothing
    else."""
    with Bridge(1) as br:
        for kind, name in ("bridge", "br0"), ("port", "p1"):
            there = set(os.listdir(br.ns.device(name, "mgate")))
            equal(there, set(settings.KINDS[kind]) | settings.NOT_SET[kind], f"files of a {kind}")
        # Else the one of the two that is out of bounds of the other is refused for that.
        br.set("query_response_interval_ms", 100)
        wrong = [*disagreements(br, "port", "p1"), *disagreements(br, "bridge")]
        # The response interval's upper bound is above its default of the query interval.
        equal([text for text in wrong if "query_response_interval_ms '3174400'" not in text], [],
              "what the check and the kernel do not agree on")


SET = """[bridge br0]
query_interval_ms = 4000
query_response_interval_ms = 2000
unknown = flood
vlans_ignored = 10-12
vlan = 30 querier on
ipv6 = full
flood = - 239.255.255.250/32
    239.5.0.0/16
    ff05:5::/32
groups_static =
    p1 239.1.1.1
    p2 239.1.1.2 10.0.0.9
    p3 239.1.1.3
    p1 ff05::1:3
mode = on
[port p*]
guard = 1
deny = 239.2.0.0/16
[port p2]
guard = 0
"""


def everything(br):
    """What the files of sysfs say that hold a setting."""
    return {(port, key): br.get(key, port) for kind, port in (("bridge", None), ("port", "p1"))
            for key in settings.KINDS[kind]}


@proves("issue 11 item 2: settings applied, again without a change")
def test_apply():
    """What is set is in sysfs; once more changes nothing; a port that comes later gets its
    own and its static groups."""
    with folder(a=SET), Bridge(2, mcast_snooping=0) as br:
        equal(applied(br), (0, []), "applied")
        for key, value in (("query_interval_ms", "4000"), ("query_response_interval_ms", "2000"),
                           ("mode", "on"), ("unknown", "flood"), ("vlans_ignored", "10-12"),
                           ("vlan", "30 querier on"), ("ipv6", "full"),
                           ("flood", "239.5.0.0/16\nff05:5::/32")):
            equal(br.get(key), value, key)
        equal(sorted(br.get("groups_static").splitlines()),
              ["p1 239.1.1.1", "p1 ff05::1:3", "p2 239.1.1.2 10.0.0.9"], "static groups")
        equal([br.get("guard", port) for port in ("p1", "p2")], ["1", "0"], "guard")
        before = everything(br)
        equal(applied(br), (0, []), "applied again")
        equal(everything(br), before, "what is set")
        br.add_host()
        equal(br.get("guard", "p3"), "0", "guard of a new port")
        equal(applied(br, "p3"), (0, []), "applied to the new port")
        equal(br.get("guard", "p3"), "1", "guard of a new port")
        check("p3 239.1.1.3" in br.get("groups_static"), "its static group")
        # From long intervals to short ones and back: never is one shorter than the other.
        br.set("query_response_interval_ms", 100)
        br.set("query_interval_ms", 1000)
        equal(applied(br, "br0"), (0, []), "applied after other intervals")
        equal(br.get("query_response_interval_ms"), "2000", "response interval")


@proves("issue 11 item 2: a bad line never keeps the others from being applied")
def test_apply_complains():
    """What cannot be read and what the kernel refuses is told with file and line, the
    kernel's own sentence with it, and all else is written."""
    text = "[bridge br0]\nunknown = maybe\nvlans_ignored = 7\ngroups_static = p1 239.1.1.1\n" \
           "max_sources = 7\n[port p1]\nguard = x\ndeny = 239.1.0.0/16\n[port p9]\nguard = x\n"
    with folder(a=text) as where, Bridge(1, vlan_filtering=1, vlan_default_pvid=0) as br:
        status, lines = applied(br)
        equal(status, 1, "the status")
        equal(lines[0], f"{where}/a.conf:2: unknown: maybe is none of auto, flood, routers, drop",
              "a line that cannot be used")
        refused = [line for line in lines if line.startswith(f"{where}/a.conf:4: ")]
        check(len(refused) == 1 and "p1 239.1.1.1 could not be written for br0: p1 has no PVID" in
              refused[0], f"what the kernel refuses: {lines}")
        equal(len(lines), 4, f"complaints: {lines}")
        equal((br.get("vlans_ignored"), br.get("max_sources")), ("7", "7"), "all else")
        equal(br.get("deny", "p1"), "239.1.0.0/16", "all else of the port")
        status, lines = applied(br, "p1")
        equal([line.partition(": ")[0] for line in lines],
              [f"{where}/a.conf:7", f"{where}/a.conf:4"], "what is about p1 alone")
        for name in "nothing", "lo":
            with sysfs_of(br):
                equal(tool.refusal(br, "config", "apply", name)[0], 1, name)


@proves("issue 11 item 2: settings applied")
@without_module
def test_apply_to_what_went():
    """A device that goes after it was listed keeps no other from being written."""
    before = apply.NET
    with folder(a="[bridge *]\nmode = on\n[port *]\nguard = 1\n"):
        apply.NET = config.FOLDER
        writer = apply.Writer(config.read(config.files())[0])
        try:
            writer.device("p9")
        finally:
            writer.log.close()
            apply.NET = before
    equal(writer.complaints, [], "complaints")


@proves("issue 11 item 2: config apply without the module")
@without_module
def test_apply_without_module():
    """It says how to load it."""
    mgate.ensure(False)
    with folder(a=SET), Bridge(1) as br:
        status, sentence = tool.refusal(br, "config", "apply")
        equal((status, "modprobe mgate" in sentence), (1, True), sentence)
