# SPDX-License-Identifier: GPL-2.0-only
"""Settings that survive: /etc/mgate/*.conf. A line that cannot be used is complained of, and
all others count."""
import difflib
import os
import pathlib
import re
from typing import NamedTuple, Optional

from mgatelib import settings

FOLDER = pathlib.Path("/etc/mgate")
# All but tabs, which stand between words.
CONTROL = re.compile(r"[\0-\x08\n-\x1f\x7f-\x9f]")


class Complaint(NamedTuple):
    """What is wrong, and where. `section` is (kind, name) of the section it stands in."""
    file: str
    line: int
    text: str
    section: Optional[tuple] = None

    def __str__(self):
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.text}"


class Setting(NamedTuple):
    """One value, or one entry of a list, for the bridges or ports whose name is `name` (in
    which * stands for any characters)."""
    kind: str
    name: str
    key: str
    value: str
    file: str
    line: int

    def complaint(self, text):
        """About this setting."""
        return Complaint(self.file, self.line, text, (self.kind, self.name))


class Parser:
    """Reads one file; what it finds is in `found` and `complaints`."""

    def __init__(self, file):
        self.file, self.number = str(file), 0
        self.found, self.complaints = [], []
        self.section = self.key = None
        self.single = {}

    def complain(self, text):
        """About the line that is read."""
        self.complaints.append(Complaint(self.file, self.number, text, self.section))

    def read(self, octets):
        """The whole file."""
        for self.number, line in enumerate(octets.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
            try:
                self.line(line.decode().rstrip())
            except UnicodeDecodeError:
                self.complain("is not text in UTF-8")

    def line(self, line):
        """One line."""
        text = line.strip()
        if not text or text[0] in "#;":
            return
        if CONTROL.search(text):
            # It may begin a section or a key, to which the lines below it belong.
            self.section = () if text[0] == "[" else self.section
            self.key = None if "=" in text else self.key
            self.complain("has a control character")
        elif text[0] == "[":
            self.begin(text)
        elif self.section == ():
            pass    # Of a section that was complained of.
        elif self.section is None:
            self.complain(f"{text} stands in no section: write [bridge NAME] or [port NAME] "
                          "before it")
        elif "=" in text:
            self.assign(*(part.strip() for part in text.split("=", 1)))
        elif line[0].isspace() and self.key:
            self.go_on(text)
        else:
            self.key = None
            self.complain(f"{text} is not KEY = VALUE")

    def begin(self, text):
        """A section."""
        self.key, self.section = None, ()
        found = re.fullmatch(r"\[\s*(\S+)\s+(\S+)\s*\]", text)
        if not found or found[1] not in settings.KINDS:
            self.complain(f"{text} is neither [bridge NAME] nor [port NAME], and what stands "
                          "below it is not used")
        elif settings.name_complaint(found[2]):
            self.complain(f"{text} {settings.name_complaint(found[2])}")
        else:
            self.section = found[1], found[2]

    def assign(self, key, value):
        """KEY = VALUE"""
        self.key = None
        kind = settings.KINDS[self.section[0]].get(key)
        if not kind:
            self.complain(self.unknown(key))
            return
        self.key = key
        if kind.many:
            if value:
                self.take(value)
        elif (self.section, key) in self.single:
            self.complain(f"{key} is set in line {self.single[self.section, key]} already, and "
                          "that counts")
        elif not value and kind.complaint(value):
            self.complain(f"{key} has no value")
        else:
            self.single[self.section, key] = self.number
            self.take(value)

    def go_on(self, text):
        """A line that goes on with the key before it."""
        if settings.KINDS[self.section[0]][self.key].many:
            self.take(text)
        else:
            self.complain(f"{text} cannot go on with {self.key}, which has one value")

    def take(self, value):
        """A value, if it is right."""
        wrong = settings.KINDS[self.section[0]][self.key].complaint(value)
        if wrong:
            self.complain(f"{self.key}: {value} {wrong}")
        else:
            self.found.append(Setting(*self.section, self.key, value, self.file, self.number))

    def unknown(self, key):
        """What is wrong with a key."""
        kind = self.section[0]
        other = "port" if kind == "bridge" else "bridge"
        if key == "flush":
            return "flush does something, and is no setting"
        if key in settings.NOT_SET[kind]:
            return f"{key} can only be read"
        if key in settings.KINDS[other]:
            return f"{key} is for [{other} NAME], and not for a {kind}"
        near = difflib.get_close_matches(key, settings.KINDS[kind], 1)
        return f"{key or 'nothing'} is not a setting of a {kind}" + \
            (f"; is {near[0]} meant?" if near else "")


def files():
    """Those that there are, in the order of their names, without hidden ones, as editors
    leave; OSError where the folder cannot be read."""
    try:
        names = os.listdir(FOLDER)
    except FileNotFoundError:
        return []
    return [FOLDER / name for name in sorted(names)
            if name.endswith(".conf") and not name.startswith(".")]


def read(paths):
    """All settings of these files in their order, and the complaints."""
    found, complaints = [], []
    for path in paths:
        parser = Parser(path)
        try:
            parser.read(pathlib.Path(path).read_bytes())
        except OSError as error:
            complaints.append(Complaint(str(path), 0, f"cannot be read: {error.strerror}"))
        found += parser.found
        complaints += parser.complaints
    return found, complaints


def matches(section, kind, name):
    """Is a section about this device?"""
    pattern = ".*".join(re.escape(part) for part in section[1].split("*"))
    return section[0] == kind and re.fullmatch(pattern, name)


def chosen(found, kind, name):
    """What is set for one device: {key: settings}, in the order in which they are to be
    written. Of a key with one value that is the last one; of a list it is all."""
    mine = {key: [] for key in settings.KINDS[kind]}
    for one in found:
        if matches(one, kind, name):
            if not settings.KINDS[kind][one.key].many:
                mine[one.key].clear()
            mine[one.key].append(one)
    return {key: ones for key, ones in mine.items() if ones}


INTERVAL, RESPONSE = "query_interval_ms", "query_response_interval_ms"
DEFAULTS = {INTERVAL: 125000, RESPONSE: 10000}


def clash(mine):
    """Where the two values of a device do not go together: the setting that comes last is
    taken out of what is set, and given; else None."""
    pair = [one for key in DEFAULTS for one in mine.get(key, ())]
    value = DEFAULTS | {one.key: int(one.value) for one in pair}
    if value[INTERVAL] >= value[RESPONSE]:
        return None
    last = max(pair, key=lambda one: (one.file, one.line))
    del mine[last.key]
    return last


def clash_complaint(one):
    """About a setting that clash() gave."""
    return one.complaint(f"{one.key}: {one.value} does not go with "
                         f"{INTERVAL if one.key == RESPONSE else RESPONSE}: the query interval "
                         "is never shorter than the response interval")


def check(paths):
    """All settings of these files, and all complaints, in the order of the files."""
    found, complaints = read(paths)
    clashes = (clash(chosen(found, "bridge", name))
               for name in dict.fromkeys(one.name for one in found if one.kind == "bridge"))
    complaints += dict.fromkeys(clash_complaint(last) for last in clashes if last)
    order = {str(path): number for number, path in enumerate(paths)}
    return found, sorted(complaints, key=lambda one: (order[one.file], one.line))
