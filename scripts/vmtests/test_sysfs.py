# SPDX-License-Identifier: GPL-2.0-only
"""Every file of the contract: its values, its bounds, its refusals."""
import errno
import os
import stat
import time

import klog
import mgate
from lab import Bridge
from words import check, equal, eventually, proves

GARBAGE = ["", " ", "x", "-", "+", "1 x", "12abc", "0x", "1.5", "\t;", "auto auto", "onn",
           b"\0\0\n", b"\xff\xfe\n", "9" * 40, "-1", "a" * 4000, "'; rm -rf /", "%s%n"]
WORDS = {
    "mode": ["audit", "off", "on"],
    "unknown": ["flood", "routers", "drop", "auto"],
    "reports": ["all", "routers"],
    "accept": ["strict", "any"],
    "querier": ["on", "off", "auto"],
    "version": ["1", "2", "3", "auto"],
    "proxy": ["off", "full", "leaves"],
    "ipv6": ["off", "full", "safe"],
}
NUMBERS = {  # file: lowest, highest, default
    "convergence_ms": (0, 3600000, None),
    "robustness": (1, 7, "2"),
    "query_interval_ms": (1000, 31744000, "125000"),
    "query_response_interval_ms": (100, 3174400, "10000"),
    "last_member_interval_ms": (100, 25500, "1000"),
    "last_member_count": (1, 7, "2"),
    "startup_query_interval_ms": (1000, 31744000, "31250"),
    "startup_query_count": (1, 7, "2"),
    "max_groups": (1, 1048576, "16384"),
    "redirect": (0, 1, "1"),
    "stats": (0, 1, "0"),
}
AUTO = ["convergence_ms", "last_member_count", "startup_query_interval_ms", "startup_query_count"]
PORT_WORDS = {
    "mode": ["flood", "ignore", "snoop"],
    "router": ["query", "always", "never", "auto"],
    "unknown": ["flood", "drop", "inherit"],
    "fast_leave": ["1", "0"],
    "limit_action": ["deny", "replace", "flood"],
}
PORT_NUMBERS = {"max_groups": (0, 1048576, "4096"), "guard": (0, 1, "0"),
                "min_version": (1, 3, "1"), "report_rate": (0, 1000000, "10000")}
READ_ONLY = ["status", "membership_interval_ms", "other_querier_interval_ms",
             "older_host_interval_ms", "last_member_time_ms"]
LISTS = {
    "groups_static": ["p1 239.1.1.1", "+", "+ p1", "+ nosuch 239.1.1.1", "+ p1 10.0.0.1",
                      "+ p1 224.0.0.1", "+ p1 239.1.1", "+ p1 239.1.1.1 x", "* p1 239.1.1.1",
                      "+ p1 239.1.1.1 224.1.1.1", "+ p1 239.1.1.1 vid", "+ p1 239.1.1.1 vid 4095",
                      "+ p1 239.1.1.1 vid -1", "+ p1 239.1.1.1 vid 5 6", "+ br0 239.1.1.1",
                      "+ p1 255.255.255.255", "+  ", "+ p1 239.1.1.1 10.0.0.1 10.0.0.2",
                      "+ p1 ff02::1", "+ p1 ff01::1", "+ p1 fd00::1", "+ p1 ff05::1 10.0.0.1",
                      "+ p1 239.1.1.1 fd00::1", "+ p1 ff05::1::1", "+ p1 ff05::1 ff05::2",
                      "+ p1 ff05::1 ::", "p1 ff05::1"],
    "flood": ["239.1.1.1/32", "+", "+ 10.0.0.0/8", "+ 239.0.0.0/33", "+ 239.0.0.0/-1", "+ x/8",
              "+ 239.0.0.0/", "+ 239.0.0/8", "+ 239.1.0.0/16 x", "+ 0.0.0.0/0", "+ ff05::/129",
              "+ fd00::/16", "+ ::/0", "+ ff05::/", "+ ff05::1/16", "+ ff05:/16"],
    "vlan": ["10", "10 unknown", "unknown flood", "10 unknown inherit", "10 unknown flood x",
             "10 robustness 2", "10 querier 1", "10 querier_address 239.1.1.1",
             "4095 unknown flood", "10 querier_address 10.0.0", "-1 unknown flood", "10 -",
             "10 - x", "10 - version", "10 + unknown", "10 querier_address 255.255.255.255",
             "65546 unknown flood", "10 unknown=flood", "10,11 unknown flood",
             "10-12 unknown flood"],
    "flush": ["0", "2", "yes", "-1"],
}


def ready(ports=1, **more):
    """A bridge whose folder is there."""
    br = Bridge(ports, **more)
    eventually(br.path("status").exists, "mgate has a folder")
    return br


def refused(br, file, value, codes, port=None):
    """A write is refused with one of these codes and changes nothing."""
    def read():
        return br.get(file, port) if file != "flush" else ""
    before = read()
    code = br.error(file, value, port)
    names = "/".join(errno.errorcode[code] for code in codes)
    check(code in codes, f"{value!r} written to {file}: expected {names}, got "
          f"{errno.errorcode.get(code, 'success')}")
    equal(read(), before, f"{file} after a refused {value!r}")


def bounds(br, file, low, high, port=None):
    """Lowest and highest are taken and read back; what is beyond gives ERANGE."""
    for value in low, high:
        equal(br.error(file, value, port), None, f"{value} written to {file}")
        equal(br.get(file, port), str(value), f"{file} after {value}")
    refused(br, file, str(high + 1), [errno.ERANGE], port)
    refused(br, file, "4294967296", [errno.ERANGE], port)
    if low:
        refused(br, file, str(low - 1), [errno.ERANGE], port)


@proves("INTERFACE: ERANGE where it is a number out of bounds")
def test_numbers_in_lists():
    """A length or a VLAN that cannot be is out of bounds, however large it is."""
    with ready() as br:
        for value in "+ 239.0.0.0/33", "+ 239.0.0.0/300", "+ ff05::/129", "+ ff05::/256":
            refused(br, "flood", value, [errno.ERANGE])
        for vid in 4095, 65535, 65536, 1 << 32:
            refused(br, "groups_static", f"+ p1 239.1.1.1 vid {vid}", [errno.ERANGE])


@proves("INTERFACE: a bad value is refused and changes nothing", "RELIABILITY T6, D4, B10, B11")
def test_garbage():
    """Every file refuses garbage with EINVAL or ERANGE and stays as it was."""
    with ready() as br:
        for port, files in (None, [*WORDS, *NUMBERS, *LISTS]), ("p1", [*PORT_WORDS, *PORT_NUMBERS]):
            for file in files:
                for value in GARBAGE:
                    refused(br, file, value, [errno.EINVAL, errno.ERANGE], port)


@proves("INTERFACE: lists", "RELIABILITY D4")
def test_bad_list_entries():
    """Entries that cannot be are refused and change nothing."""
    with ready() as br:
        for file, values in LISTS.items():
            for value in values:
                refused(br, file, value, [errno.EINVAL, errno.ERANGE])
        for file, value in (("groups_static", "- p1 239.1.1.1"), ("flood", "- 239.7.7.7/32"),
                            ("vlan", "10 - unknown")):
            refused(br, file, value, [errno.EINVAL, errno.ENOENT])


@proves("INTERFACE: lists", "README: errors of the lists")
def test_errors_of_lists():
    """What is there already, what is not, and one range too many have errors of their own."""
    with ready() as br:
        for file, entry in ("groups_static", "p1 239.1.1.1"), ("flood", "239.7.0.0/16"):
            br.set(file, f"+ {entry}")
            refused(br, file, f"+ {entry}", [errno.EEXIST])
            br.set(file, f"- {entry}")
            refused(br, file, f"- {entry}", [errno.ENOENT])
        for number in range(63):
            br.set("flood", f"+ 239.8.{number}.0/24")
        refused(br, "flood", "+ 239.9.0.0/24", [errno.ENOSPC])


@proves("INTERFACE: lists", "HOUSE 3.10: the log says what to write")
def test_log_says_what_is_wrong_with_an_entry():
    """A line that is none, a port that is not there, a list that is full: each is told of."""
    mgate.reload()
    log = klog.Log()
    with ready() as br:
        br.error("groups_static", "+ p1")
        log.says(r"br0: mgate: .*groups_static is not understood.*\+ PORT GROUP.*vid VID")
        br.error("groups_static", "+ p9 239.1.1.1")
        log.says("br0: mgate: there is no port p9.*groups_static.*host")
        br.error("groups_static", f"+ {chr(27)}[31m{'x' * 200} 239.1.1.1")
        log.says(r"br0: mgate: there is no port \S{1,12}x{10}, so groups_static")
        br.error("flood", "239.2.0.0/16")
        log.says("br0: mgate: .* flood is not understood.*GROUP/LEN")
        br.error("deny", "+ 10.0.0.0/8", "p1")
        log.says("br0: mgate: .* deny of p1 is not understood.*GROUP/LEN")
        for number in range(64):
            br.set("deny", f"+ 239.8.{number}.0/24", "p1")
        br.error("deny", "+ 239.9.0.0/24", "p1")
        log.says("br0: mgate: deny of p1 has 64 ranges.*- GROUP/LEN")
    log.close()


@proves("TRAPS 16: anyone has a bridge", "HOUSE 3.10: rate-limited warnings")
def test_log_lines_are_limited():
    """What a writer can have the log say, it says twenty times in ten seconds only."""
    mgate.reload()
    log = klog.Log()
    with ready() as br:
        began = time.monotonic()
        for _ in range(60):
            equal(br.error("query_interval_ms", "5000"), errno.EINVAL, "refused")
            br.set("mode", "off")
            br.set("mode", "on")
        lines = log.matching("br0: mgate: ")
        bound = 20 * (2 + int((time.monotonic() - began) / 10))
        check(0 < len(lines) <= min(bound, 120), f"{len(lines)} lines, not {bound}: {lines[-5:]}")
    log.close()


@proves("INTERFACE values and defaults")
def test_words():
    """Every word is taken and read back, with and without a newline."""
    with ready() as br:
        for port, table in (None, WORDS), ("p1", PORT_WORDS):
            for file, words in table.items():
                equal(br.get(file, port), words[-1], f"{file} by default")
                for word in words:
                    equal(br.error(file, word.encode(), port), None, f"{word} written to {file}")
                    equal(br.get(file, port), word, f"{file} after {word}")
                refused(br, file, f"{words[0]}{words[0]}", [errno.EINVAL, errno.ERANGE], port)


@proves("INTERFACE values and defaults", "RELIABILITY T6, B10, B11")
def test_numbers():
    """Every number: default, lowest, highest, beyond."""
    with ready() as br:
        for port, table in (None, NUMBERS), ("p1", PORT_NUMBERS):
            for file, (low, high, default) in table.items():
                if default:
                    equal(br.get(file, port), default, f"{file} by default")
        for file, (low, high, _) in NUMBERS.items():
            if file == "query_interval_ms":
                br.set("query_response_interval_ms", 100)
            if file == "query_response_interval_ms":
                br.set("query_interval_ms", 31744000)
            bounds(br, file, low, high)
        for file, (low, high, _) in PORT_NUMBERS.items():
            bounds(br, file, low, high, "p1")


@proves("INTERFACE: auto derives again", "CONFORMANCE 88")
def test_auto():
    """`auto` derives the value again: it follows what it comes from."""
    with ready() as br:
        for file in AUTO:
            br.set(file, 7 if file.endswith("count") else 5000)
            br.set(file, "auto")
        br.set("robustness", 5)
        br.set("query_interval_ms", 40000)
        br.set("query_response_interval_ms", 2000)
        wanted = {"last_member_count": "5", "startup_query_count": "5",
                  "startup_query_interval_ms": "10000", "convergence_ms": "2200",
                  "last_member_time_ms": "5000", "membership_interval_ms": "204000"}
        equal({file: br.get(file) for file in wanted}, wanted, "derived values")


@proves("INTERFACE: query interval and response interval", "CONFORMANCE 92")
def test_interval_shorter_than_response():
    """A query interval shorter than the response interval: refused, and the log says
    which file to write first."""
    mgate.reload()
    log = klog.Log()
    with ready() as br:
        refused(br, "query_interval_ms", "5000", [errno.EINVAL, errno.ERANGE])
        log.says("mgate.*query_response_interval_ms")
        refused(br, "query_response_interval_ms", "125001", [errno.EINVAL, errno.ERANGE])
        br.set("query_response_interval_ms", 1000)
        br.set("query_interval_ms", 5000)
    log.close()


@proves("INTERFACE: read only files", "TRAPS 15")
def test_modes_of_files():
    """Nobody but root writes; what is read only refuses writes; debugfs is 0400."""
    with ready() as br:
        for port in None, "p1":
            for path in br.path("", port).iterdir():
                mode = stat.S_IMODE(path.stat().st_mode)
                check(not mode & 0o022, f"{path.name} has mode {mode:o}")
        for file in READ_ONLY:
            equal(stat.S_IMODE(br.path(file).stat().st_mode), 0o444, f"mode of {file}")
        equal(stat.S_IMODE(br.path("flush").stat().st_mode), 0o200, "mode of flush")
        for path in mgate.DEBUGFS.iterdir():
            equal(stat.S_IMODE(path.stat().st_mode), 0o400, f"mode of debugfs {path.name}")


@proves("INTERFACE: stores need CAP_NET_ADMIN", "RELIABILITY 3 line 26")
def test_capability():
    """Root without CAP_NET_ADMIN may read but not write."""
    with ready() as br:
        for file, value, port in ("unknown", "drop", None), ("mode", "off", None), (
                "flush", "1", None), ("router", "always", "p1"), ("vlans_ignored", "10", None), (
                "vlan", "10 unknown drop", None):
            path = br.path(file, port)
            done = br.ns.run("setpriv", "--inh-caps=-net_admin", "--bounding-set=-net_admin",
                             "bash", "-c", f"echo {value} >{path}", check=False)
            check(done.returncode and "not permitted" in done.stderr,
                  f"{value} written to {file} without CAP_NET_ADMIN: {done}")
        equal(br.get("unknown"), "auto", "unknown")


@proves("TRAPS 16", "INTERFACE: raising a limit needs the initial user namespace")
def test_user_namespace():
    """In a user namespace its root may set things, but not raise a limit."""
    script = """
        mount -t sysfs sysfs /sys
        ip -batch - <<-END
			link add br0 up type bridge
			link add p1 type veth peer name x1
			link set p1 master br0 up
			link set x1 up
		END
        cd /sys/class/net/br0/mgate || exit 3
        echo drop >unknown || exit 4
        echo 100 >max_groups || exit 5
        echo 16385 >max_groups && exit 6
        echo 4097 >../brif/p1/mgate/max_groups && exit 7
        cat unknown max_groups
    """
    with Bridge(0) as br:
        done = br.ns.run("unshare", "--user", "--map-root-user", "--net", "--mount",
                         "bash", "-c", script, check=False)
        equal((done.returncode, done.stdout), (0, "drop\n100\n"), f"{done.stderr}")


@proves("INTERFACE module parameters")
def test_module_parameters():
    """Bad parameters are refused at load; `mode` at run time too."""
    mgate.ensure(False)
    for parameters in {"mode": "bogus"}, {"max_memory_mb": 0}, {"max_memory_mb": 65537}, \
            {"max_memory_mb": "x"}, {"takeover": "x"}:
        try:
            mgate.load(**parameters)
        except OSError as refusal:
            check(refusal.errno in (errno.EINVAL, errno.ERANGE), f"{parameters}: {refusal}")
        check(not mgate.loaded(), f"loaded with {parameters}")
    mgate.load()
    path = mgate.parameter("mode")
    try:
        path.write_text("bogus")
    except OSError as refusal:
        equal(refusal.errno, errno.EINVAL, "a bad mode at run time")
    equal(path.read_text(), "auto\n", "mode")
    equal(stat.S_IMODE(os.stat(mgate.parameter("takeover")).st_mode) & 0o222, 0,
          "write permission of takeover")


@proves("INTERFACE module parameters: mode is for bridges that come later")
def test_mode_parameter_at_run_time():
    """`mode` written at run time is for bridges that come later."""
    with Bridge(1, name="early") as early:
        eventually(early.path("status").exists, "mgate has a folder")
        mgate.parameter("mode").write_text("off")
        with ready(name="late") as late:
            equal((early.get("mode"), late.get("mode")), ("on", "off"), "modes")
        mgate.parameter("mode").write_text("auto")
