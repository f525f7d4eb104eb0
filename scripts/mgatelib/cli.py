# SPDX-License-Identifier: GPL-2.0-only
"""The command line of mgate."""
import contextlib
import io
import ipaddress
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import syslog
import time

from mgatelib import apply, config, explain, family, netlink, tables

USAGE = """usage: mgate [-j] [-p] [-t] COMMAND
  mgate show [TABLE] [dev BRIDGE] [port PORT] [grp GROUP]
  mgate monitor [dev BRIDGE]
  mgate explain dev BRIDGE port PORT src ADDRESS grp GROUP [vid VLAN]
  mgate why dev BRIDGE port PORT grp GROUP [src ADDRESS] [vid VLAN]
  mgate config check [FILE...]
  mgate [-l] config apply [DEVICE]
  mgate help
TABLE: {tables}
PORT may be host, which is the host of the bridge itself.
options: -j, --json  what programs read    -p, --pretty  the same for people too
         -t, --timestamp  of each line of monitor
         -l, --log  complaints about settings go to the system's log
         -h, --help  this text              -V, --version  the release
         --  what follows is none, as a device whose name begins with a dash
All is told by mgate(8), and what it means by mgate(4).""".format(tables=", ".join(tables.KEYS))

WORDS = "dev", "port", "grp", "src", "vid"


class Wrong(Exception):
    """The command line cannot be understood; the text says why."""


class Impossible(Exception):
    """What was asked for cannot be done; the text says why."""


class Options:
    """What begins with a dash, but for what comes behind `--`."""
    NAMES = {"-j": "json", "--json": "json", "-p": "pretty", "--pretty": "pretty",
             "-t": "timestamp", "--timestamp": "timestamp", "-l": "log", "--log": "log", "-h": "help", "--help": "help",
             "-V": "version", "--version": "version"}

    def __init__(self, words):
        self.json = self.pretty = self.timestamp = self.log = False
        self.help = self.version = False
        self.rest = []
        for number, word in enumerate(words, 1):
            if word == "--":
                self.rest += words[number:]
                break
            if not word.startswith("-"):
                self.rest.append(word)
            elif word in self.NAMES:
                setattr(self, self.NAMES[word], True)
            elif word[1:2] != "-" and word != "-" and \
                    all(f"-{letter}" in self.NAMES for letter in word[1:]):
                for letter in word[1:]:
                    setattr(self, self.NAMES[f"-{letter}"], True)
            else:
                raise Wrong(f"{word} is not an option")


def address(word, text):
    """An IP address, checked; of `grp` a multicast one."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        raise Wrong(f"{text} is not an IP address") from None
    if getattr(found, "scope_id", None):
        raise Wrong(f"{text} names a device: write it without %{found.scope_id}")
    if found.is_multicast != (word == "grp"):
        raise Wrong(f"{text} is {'not ' if word == 'grp' else ''}a multicast group")
    return str(found)


def pairs(words, allowed, needed=()):
    """The words behind a command, as dev br0 port p1; checked."""
    found = {}
    words = list(words)
    while words:
        word = words.pop(0)
        if word not in allowed:
            raise Wrong(f"{word} is not understood here; what may come is: {', '.join(allowed)}")
        if not words:
            raise Wrong(f"{word} wants a value")
        if word in found:
            raise Wrong(f"{word} is there twice")
        found[word] = words.pop(0)
        if word in ("grp", "src"):
            found[word] = address(word, found[word])
        if word == "vid":
            if not re.fullmatch("[0-9]{1,4}", found[word]) or int(found[word]) > 4094:
                raise Wrong(f"{found[word]} is not a VLAN id (0..4094)")
            found[word] = int(found[word])
    if "grp" in found and "src" in found and (":" in found["grp"]) != (":" in found["src"]):
        raise Wrong(f"of {found['src']} and {found['grp']} one is IPv4 and the other IPv6")
    missing = [word for word in needed if word not in found]
    if missing:
        raise Wrong(f"what is missing: {', '.join(missing)}")
    return found


class Printer:
    """Lines, or JSON."""

    def __init__(self, options):
        self.options = options

    def json(self, what):
        """In one line, or indented."""
        return json.dumps(what, indent=4 if self.options.pretty else None)

    def rows(self, table, rows):
        """A table."""
        if self.options.json or self.options.pretty:
            print(self.json(rows))
            return
        for one in rows:
            print(tables.line(table if table != "rules" or "rule" in one else "groups", one))

    def sentences(self, lines, what):
        """Sentences, or what they are about."""
        print(self.json(what) if self.options.json or self.options.pretty else "\n".join(lines))

    def complaints(self, complaints):
        """What is wrong with settings."""
        if self.options.json or self.options.pretty:
            print(self.json([{"file": one.file, "line": one.line, "text": one.text}
                             for one in complaints]))
        for one in complaints:
            if self.options.log:
                syslog.syslog(syslog.LOG_WARNING, str(one))
            elif not (self.options.json or self.options.pretty):
                print(one, file=sys.stderr)

    def event(self, event, one):
        """One change, at once."""
        now = time.time()
        if self.options.json or self.options.pretty:
            stamp = {"time": round(now, 6)} if self.options.timestamp else {}
            print(self.json({"event": event} | stamp | one), flush=True)
            return
        stamp = ""
        if self.options.timestamp:
            stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(now)) + \
                f".{int(now % 1 * 1000):03d} "
        print(f"{stamp}{event} {tables.line(event, one)}", flush=True)


def show(reader, printer, words):
    """mgate show"""
    table = "bridges"
    if words and words[0] not in WORDS:
        table, words = words[0], words[1:]
    if table not in tables.KEYS:
        raise Wrong(f"there is no table {table}; the tables are: {', '.join(tables.KEYS)}")
    keys = ("dev", "port", "grp")
    having = [key for key in keys if key in tables.KEYS[table]]
    asked = pairs(words, having)
    what = asked.get("dev"), asked.get("port"), asked.get("grp")
    rows = reader.rows(table, *what)
    if table == "rules":
        rows += [one for one in reader.rows("groups", *what) if one["state"] == "permanent"]
    printer.rows(table, rows)


def monitor(reader, printer, words):
    """mgate monitor, until it is interrupted. As each line has been written when the next change
    is waited for, nothing is to be done then, and the kernel may end it: Python's own handler
    would be run after the next change only, if the signal comes just before the system call."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    for event, one in reader.events(pairs(words, ("dev",)).get("dev")):
        printer.event(event, one)


def explain_frame(reader, printer, words):
    """mgate explain"""
    asked = pairs(words, WORDS, ("dev", "port", "src", "grp"))
    answer = reader.explain(asked["dev"], asked["port"], asked["grp"], asked["src"],
                            asked.get("vid"))
    printer.sentences(explain.explanation(answer), answer)


def why(reader, printer, words):
    """mgate why"""
    asked = pairs(words, WORDS, ("dev", "port", "grp"))
    search = explain.Search(reader, asked["dev"], asked["port"], asked["grp"],
                            asked.get("src"), asked.get("vid"))
    lines = search.run()
    printer.sentences(lines, {"dev": asked["dev"], "port": asked["port"], "grp": asked["grp"],
                              "passes": search.passes, "found": lines})


def configure(_, printer, words):
    """mgate config; gives the exit status."""
    action, *words = words or [""]
    if action == "check":
        paths = words or config.files()
        found, complaints = config.check(paths)
        if not (complaints or printer.options.json or printer.options.pretty):
            print(f"settings: {len(found)}, files: {len(paths)}, complaints: none")
    elif action == "apply" and len(words) < 2:
        complaints = apply.run(config.files(), *words)
    else:
        raise Wrong("behind config comes check [FILE...] or apply [DEVICE]")
    try:
        printer.complaints(complaints)
    except BrokenPipeError:
        pass    # The status tells that there are some.
    return bool(complaints)


COMMANDS = {"show": show, "monitor": monitor, "explain": explain_frame, "why": why, "config": configure}


def version():
    """The release: what scripts/version says of a tree, or said when it was installed."""
    here = pathlib.Path(__file__).resolve().parent
    if (here / "release").exists():
        return (here / "release").read_text(encoding="utf-8").strip()
    return subprocess.run([here.parent / "version"], capture_output=True, text=True,
                          check=True).stdout.strip()


def run(words):
    """Do what the command line says; raises what main() tells of, and gives the exit status
    of what complains by itself."""
    options = Options(words)
    if options.version:
        print(f"mgate {version()}")
    elif options.help or options.rest[:1] == ["help"]:
        print(USAGE)
    elif not options.rest:
        raise Wrong("what is to be done?")
    elif options.rest[0] not in COMMANDS:
        raise Wrong(f"there is no command {options.rest[0]}; the commands are: "
                    f"{', '.join(COMMANDS)}")
    else:
        return COMMANDS[options.rest[0]](tables.Reader(), Printer(options), options.rest[1:])
    return 0


def open_streams():
    """A program that is started with one of its streams closed has None there: what it
    writes goes nowhere, and no other file takes the number."""
    for name, mode in ("stdin", "r"), ("stdout", "w"), ("stderr", "w"):
        if getattr(sys, name) is None:
            # pylint: disable=consider-using-with # open to the end
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))
    # A device's name may have octets that the locale has no character for.
    for stream in sys.stdout, sys.stderr:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def give_up_output():
    """What cannot be written, because who read it has gone or there is no room, Python tries
    again at the end, and then complains: it goes nowhere."""
    for stream in sys.stdout, sys.stderr:
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def guarded(name, run_it, words):
    """Run it, and give the exit status: 0; 1 for what cannot be done, 2 for what cannot be
    understood, each with a sentence. That nobody reads on is no fault."""
    open_streams()
    text, status = "", 0
    try:
        status = int(run_it(words) or 0)
        sys.stdout.flush()
    except Wrong as error:
        text, status = f"{error}; see {name} --help", 2
    except family.NotLoaded:
        text, status = "mgate is not loaded: load it with `modprobe mgate`", 1
    except netlink.Gone:
        text, status = "mgate was unloaded", 1
    except netlink.Lost:
        text, status = "changes came faster than they could be shown, and some are lost: " \
                       "start anew", 1
    except (tables.NoSuch, Impossible) as error:
        text, status = str(error), 1
    except netlink.Refused as error:
        text, status = f"the kernel refuses: {error.strerror}", 1
    except BrokenPipeError:
        pass
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        text, status = f"{where}{error.strerror or error}", 1
    except KeyboardInterrupt:
        status = 130
    with contextlib.suppress(OSError):
        if text:
            print(f"{name}: {text}", file=sys.stderr)
    give_up_output()
    return status


def main():
    """mgate"""
    return guarded("mgate", run, sys.argv[1:])
