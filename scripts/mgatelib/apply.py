# SPDX-License-Identifier: GPL-2.0-only
"""Writes to sysfs what /etc/mgate/*.conf says. Done twice it changes nothing more: what is
there already stays as it is."""
import errno
import os
import pathlib

from mgatelib import config, family, settings, tables

NET = pathlib.Path("/sys/class/net")
MODULE = pathlib.Path("/sys/module/mgate")
KMSG = "/dev/kmsg"
# What the kernel says in a number only. It says more in its log, of some.
REFUSED = {
    errno.EINVAL: "the kernel does not take this value there",
    errno.ERANGE: "the number is out of bounds",
    errno.ENOSPC: "the list is full",
    errno.ENOMEM: "the kernel has no memory for it",
    errno.EPERM: "this takes root's rights, and to raise a limit those outside of every container",
    errno.EACCES: "this takes root's rights",
}


class KernelLog:
    """What the kernel says from now on."""

    def __init__(self):
        try:
            self.descriptor = os.open(KMSG, os.O_RDONLY | os.O_NONBLOCK)
            os.lseek(self.descriptor, 0, os.SEEK_END)
        except OSError:
            self.descriptor = None

    def close(self):
        """Listen no more."""
        if self.descriptor is not None:
            os.close(self.descriptor)

    def records(self):
        """What came since the last time."""
        while self.descriptor is not None:
            try:
                yield os.read(self.descriptor, 8192).decode(errors="replace")
            except BrokenPipeError:
                continue    # Some were lost.
            except OSError:
                return

    def said(self, device, key):
        """The sentence of mgate about a device that names this file; empty if there is
        none."""
        text = ""
        for record in self.records():
            _, begins, sentence = record.split("\n")[0].partition(f"{device}: mgate: ")
            if begins and key in sentence:
                text = sentence
        return text


def kind_of(device):
    """Whether mgate has a device as a bridge or as a port; None if it does not know it."""
    if not (NET / device / "mgate").is_dir():
        return None
    return "port" if (NET / device / "brport").exists() else "bridge"


def bridge_of(port):
    """The bridge of a port; None where it is none."""
    try:
        return os.path.basename(os.readlink(NET / port / "brport/bridge"))
    except OSError:
        return None


def devices():
    """All that mgate knows, bridges first."""
    known = {name: kind_of(name) for name in sorted(os.listdir(NET))}
    return [name for kind in ("bridge", "port") for name in known if known[name] == kind]


class Writer:
    """Writes settings, and keeps the complaints."""

    def __init__(self, found):
        self.found, self.complaints = found, []
        self.log = KernelLog()

    def device(self, name):
        """All that is set for a device."""
        kind = kind_of(name)
        if not kind:
            return    # It went meanwhile.
        mine = config.chosen(self.found, kind, name)
        if kind == "bridge":
            last = config.clash(mine)
            if last:
                self.complaints.append(config.clash_complaint(last))
            mine["groups_static"] = [one for one in mine.get("groups_static", ())
                                     if self.is_there(name, settings.Static.port(one.value))]
        for key in self.order(name, mine):
            for one in mine[key]:
                self.write(name, one)

    def static_groups(self, name):
        """Of its bridge's static groups those of a port, which went with it."""
        bridge = bridge_of(name)
        if bridge and kind_of(bridge):
            for one in config.chosen(self.found, "bridge", bridge).get("groups_static", ()):
                if settings.Static.port(one.value) == name:
                    self.write(bridge, one)

    @staticmethod
    def is_there(bridge, port):
        """Is this a port of the bridge now? Else its entries are written when it comes."""
        return port == "host" or bridge_of(port) == bridge

    @staticmethod
    def order(name, mine):
        """The keys as they are to be written. The query interval must not be shorter than
        the response interval in between either."""
        keys = list(mine)
        if config.INTERVAL in mine and config.RESPONSE in mine:
            response = read(name, config.RESPONSE)
            if not response.isdecimal() or int(mine[config.INTERVAL][0].value) < int(response):
                at = keys.index(config.INTERVAL), keys.index(config.RESPONSE)
                keys[at[0]], keys[at[1]] = keys[at[1]], keys[at[0]]
        return keys

    def write(self, name, one):
        """One setting to its file."""
        kind = settings.KINDS[one.kind][one.key]
        if not kind.derived and read(name, one.key) == one.value:
            return
        text = kind.write(one.value) if kind.many else one.value
        try:
            number = put(name, one.key, text)
        except FileNotFoundError:
            if kind_of(name):
                self.complain(name, one, "the mgate that is loaded has no such file")
        except OSError as error:
            self.complain(name, one, REFUSED.get(error.errno, error.strerror))
        else:
            if number and not (kind.many and number == done(text)) and kind_of(name):
                said = self.log.said(bridge_of(name) or name, one.key)
                self.complain(name, one, said or REFUSED.get(number, os.strerror(number)))

    def complain(self, name, one, why):
        """About a setting that could not be written."""
        self.complaints.append(one.complaint(
            f"{one.key}: {one.value} could not be written for {name}: {why}"))


def read(name, file):
    """A file of mgate; empty where it cannot be read."""
    try:
        return (NET / name / "mgate" / file).read_text().strip()
    except OSError:
        return ""


def put(name, file, text):
    """Write to a file of mgate; gives None, or the number of the refusal."""
    descriptor = os.open(NET / name / "mgate" / file, os.O_WRONLY)
    try:
        os.write(descriptor, f"{text}\n".encode())
    except OSError as error:
        return error.errno
    finally:
        os.close(descriptor)
    return None


def done(text):
    """The refusal that says that an entry of a list is there, or gone, already."""
    return errno.ENOENT if "-" in text.split() else errno.EEXIST


def run(paths, device=None):
    """Write what these files say of a device, or of all that mgate knows; gives the
    complaints that concern them."""
    found, complaints = config.read(paths)
    if not MODULE.is_dir():
        raise family.NotLoaded
    if device is not None:
        kind = kind_of(device)
        if not kind:
            raise tables.NoSuch(f"{device} is neither a bridge that mgate knows nor a port of one")
        complaints = [one for one in complaints
                      if one.section and config.matches(one.section, kind, device)]
    writer = Writer(found)
    try:
        for name in devices() if device is None else [device]:
            writer.device(name)
        if device is not None:
            writer.static_groups(device)
    finally:
        writer.log.close()
    return complaints + writer.complaints
