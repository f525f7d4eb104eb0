# SPDX-License-Identifier: GPL-2.0-only
"""mgate-top: the command line, the terminal and its keys."""
import argparse
import contextlib
import curses
import sys
import time

from mgatelib import cli, netlink, screen, tables

REDRAW = 12  # ^L


class Top:
    """What is shown, and of which bridge."""

    def __init__(self, bridge=None, sort="rate"):
        self.reader = tables.Reader()
        self.sort, self.name, self.help = sort, bridge, False
        self.now = self.before = None
        self.number, self.bridges, self.offset = 0, [], 0
        if bridge:
            self.reader.bridge(bridge)

    def read(self):
        """Look anew; where mgate was unloaded, and loaded again, by a new connection."""
        try:
            self.look()
        except netlink.Gone:
            self.reader = tables.Reader()
            self.look()

    def look(self):
        """Look anew, by the connection that there is."""
        self.bridges = sorted(self.reader.rows("bridges"), key=lambda one: one["dev"])
        names = [one["dev"] for one in self.bridges]
        if not names:
            self.now = self.before = None
            return
        if self.name not in names:
            self.name = names[0]
        self.number = names.index(self.name)
        before, self.now = self.now, None
        # It may go while it is looked at.
        with contextlib.suppress(tables.NoSuch, netlink.Refused):
            self.now = screen.Snapshot.take(self.reader, self.bridges[self.number])
        same = before and self.now and before.bridge["dev"] == self.now.bridge["dev"]
        self.before = before if same else None

    def next_bridge(self):
        """On to the next."""
        names = [one["dev"] for one in self.bridges]
        if names:
            self.name = names[(self.number + 1) % len(names)]
        self.offset = 0
        self.read()

    def head(self):
        """The line at the top."""
        if self.help:
            return [("mgate-top: help (h ends it)", screen.TITLE)]
        if not self.now:
            return [("mgate-top: no bridge here, in this network namespace", screen.TITLE)]
        return list(screen.head(self.now, self.number, len(self.bridges)))

    def body(self):
        """All below."""
        if self.help:
            return [(line, screen.PLAIN) for line in screen.HELP.splitlines()]
        return list(screen.body(self.now, self.before, self.sort)) if self.now else []

    # --- Keys --------------------------------------------------------------------

    def key(self, key, page):
        """A key was pressed; gives whether to go on."""
        if key == ord("q"):
            return False
        if key in (ord("h"), ord("?")):
            self.help, self.offset = not self.help, 0
        elif key == ord("s"):
            self.sort = screen.SORTS[(screen.SORTS.index(self.sort) + 1) % len(screen.SORTS)]
        elif key in (ord("b"), ord("\t")):
            self.next_bridge()
        step = {curses.KEY_UP: -1, curses.KEY_DOWN: 1, curses.KEY_PPAGE: -page,
                curses.KEY_NPAGE: page}.get(key, 0)
        self.offset = max(0, min(self.offset + step, len(self.body()) - page))
        return True


# --- Ways to show it -------------------------------------------------------------

def batch(top, screens, delay):
    """As text, one screen after the other; the first when there is something to compare."""
    top.read()
    shown = 0
    while screens is None or shown < screens:
        time.sleep(delay)
        top.read()
        if shown:
            print()
        for line, _ in top.head() + top.body():
            print(line.rstrip())
        sys.stdout.flush()
        shown += 1


def styles():
    """The attributes of a terminal."""
    warning = curses.A_BOLD
    with contextlib.suppress(curses.error):
        curses.use_default_colors()
        curses.init_pair(1, curses.COLOR_YELLOW, -1)
        warning = curses.color_pair(1)
    return {screen.PLAIN: curses.A_NORMAL, screen.TITLE: curses.A_BOLD,
            screen.HEAD: curses.A_REVERSE, screen.WARNING: warning}


def draw(window, top, attributes):
    """The whole screen; gives how many lines of the body there is room for."""
    height, width = window.getmaxyx()
    window.erase()
    fixed = top.head()
    page = max(height - len(fixed) - 1, 1)
    lines = fixed + top.body()[top.offset:top.offset + page]
    for row, (line, style) in enumerate(lines[:height - 1]):
        if style == screen.HEAD:
            line = line.ljust(width)
        window.addnstr(row, 0, line, width, attributes[style])
    keys = f"q quit  s sort ({top.sort})  b next bridge  h help"
    # The last cell of a terminal cannot be written without an error.
    window.addnstr(height - 1, 0, keys, width - 1, curses.A_DIM)
    window.refresh()
    return page


def interactive(window, top, delay):
    """Until q."""
    with contextlib.suppress(curses.error):
        curses.curs_set(0)
    attributes = styles()
    top.read()
    due = time.monotonic() + min(delay, 0.5)
    going_on = True
    while going_on:
        page = draw(window, top, attributes)
        window.timeout(max(0, int((due - time.monotonic()) * 1000)))
        key = window.getch()
        if key == REDRAW:
            window.clearok(True)
        elif key != -1:
            going_on = top.key(key, page)
        if time.monotonic() >= due:
            top.read()
            due = time.monotonic() + delay


def seconds(text):
    """A time that makes sense."""
    value = float(text)
    if not 0.1 <= value <= 3600:
        raise ValueError
    return value


def parser():
    """What the command line may say."""
    it = argparse.ArgumentParser(prog="mgate-top", description=screen.HELP.splitlines()[0],
                                 epilog="All is told by mgate-top(8).")
    it.add_argument("-b", "--batch", action="store_true", help="print screens as text")
    it.add_argument("-1", "--once", action="store_true", help="print one and end")
    it.add_argument("-n", "--screens", type=int, metavar="N", help="with -b: end after N")
    it.add_argument("-d", "--delay", type=seconds, default=2, metavar="SECONDS",
                    help="between two screens (2; 0.1..3600)")
    it.add_argument("-s", "--sort", choices=screen.SORTS, default="rate", help="of groups")
    it.add_argument("-V", "--version", action="store_true", help="print the release")
    it.add_argument("dev", nargs="*", metavar="dev BRIDGE", help="begin with this bridge")
    return it


def arguments(words):
    """What the command line says."""
    options = parser().parse_args(words)
    if options.dev and (len(options.dev) != 2 or options.dev[0] != "dev"):
        raise cli.Wrong(f"{' '.join(options.dev)} is not understood; a bridge is named by "
                        "dev BRIDGE")
    options.bridge = options.dev[1] if options.dev else None
    return options


def run(words):
    """Do what the command line says."""
    options = arguments(words)
    if options.version:
        print(f"mgate-top {cli.version()}")
        return
    top = Top(options.bridge, options.sort)
    if options.once or options.batch:
        batch(top, 1 if options.once else options.screens, options.delay)
        return
    top.read()
    if not sys.stdin.isatty() or not sys.stdout.isatty():
        raise cli.Wrong("this is not a terminal: use --batch or --once")
    try:
        curses.wrapper(interactive, top, options.delay)
    except curses.error as error:
        raise cli.Impossible(f"this terminal cannot be used ({error}): see that TERM names it, "
                             "or use --batch or --once") from None


def main():
    """mgate-top"""
    return cli.guarded("mgate-top", run, sys.argv[1:])
