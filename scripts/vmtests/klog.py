# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's log since a moment."""
import os
import re

from words import Failure, eventually

COMPLAINT = re.compile(
    r"BUG:|WARNING:|Oops|Call Trace|INFO: (possible|trying|task)|possible (recursive|circular)"
    r"|lockdep|suspicious RCU|KASAN:|UBSAN:|ODEBUG:|lockup|refcount_t:|Objects remaining"
    r"|unregister_netdevice: waiting|general protection|list_(add|del) corruption")


class Log:
    """All lines of the kernel's log from the opening on."""

    def __init__(self):
        self.descriptor = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.descriptor, 0, os.SEEK_END)
        self.seen = []

    def lines(self):
        """The lines so far."""
        while True:
            try:
                record = os.read(self.descriptor, 8192).decode(errors="replace")
            except BlockingIOError:
                return self.seen
            except BrokenPipeError:
                continue
            self.seen.append(record.split(";", 1)[-1].split("\n")[0])

    def matching(self, pattern):
        """The lines in which the pattern is found."""
        return [line for line in self.lines() if re.search(pattern, line)]

    def says(self, pattern):
        """Wait for a line in which the pattern is found; gives all such lines."""
        try:
            return eventually(lambda: self.matching(pattern), "", timeout=10)
        except Failure:
            raise Failure(f"no log line like {pattern!r}, mgate said: "
                          f"{self.matching('mgate')}") from None

    def complaints(self):
        """The lines in which the kernel complains of itself."""
        return [line for line in self.lines() if COMPLAINT.search(line)]

    def close(self):
        """Close it."""
        os.close(self.descriptor)
