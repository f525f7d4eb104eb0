# SPDX-License-Identifier: GPL-2.0-only
"""The laboratory of sources: four senders, two members at ports of their own and two
behind one port, and what each of them gets of each sender."""
import contextlib

import mgate
import wire
import wire6
from families import IGMP, MLD
from host import new_stream
from words import becomes, eventually

GROUP = IGMP.group
SHARED = "x0"
# Short intervals, but several of them make a membership: an emulator stands still at times.
QUERIER = {"querier": "on", "query_response_interval_ms": 500, "query_interval_ms": 3000,
           "startup_query_interval_ms": 1000, "last_member_interval_ms": 500,
           "last_member_count": 2, "robustness": 4}


class Lab:
    """Host 1 is the router or a bystander, 2 to 5 send, 6 and 7 have ports of their own,
    11 and 12 (`left` and `right`) are behind the port x0."""

    def __init__(self, br, far, ip):
        self.br, self.far, self.ip, self.group = br, far, ip, ip.group
        self.router, *self.senders = br.hosts[:5]
        self.one, self.two = br.hosts[5:]
        self.left, self.right = far.hosts
        self.sources = [host.source(self.group) for host in self.senders]
        self.router_gets, self.asker = "", None

    def mgate_queries(self, **more):
        """Have mgate query, fast."""
        eventually(self.br.path("status").exists, f"mgate has a folder for {self.br.name}")
        for file, value in (QUERIER | more).items():
            self.br.set(file, value)
        becomes(lambda: mgate.querier(self.br).get("state"), "self", "state")
        eventually(lambda: mgate.gates(self.br), "it gates")

    def router_queries(self, asks=True):
        """Have the router query; it gets everything from then on. With `asks` it asks about
        what reports end."""
        self.br.gate(self.router)
        self.router_gets = "1234"
        self.asker = Asker(self.router, self.sources, self.ip) if asks else None

    def settle(self):
        """Wait until all that was sent before has arrived."""
        stream = new_stream()
        self.router.inject(wire.eth(wire.BROADCAST, self.router.mac, wire.ETH_MARK,
                                    wire.mark(stream, 0)))
        for host in *self.br.hosts[1:], *self.far.hosts:
            eventually(lambda h=host: h.tap.numbers(stream), "a broadcast reaches every host")

    def delivered(self, group=None, count=2):
        """Have each sender send; gives which of them came to whom, as digits. A `?` stands
        for one of which not all came, or some twice."""
        if self.asker:
            self.asker.work()
        streams = [host.send(group or self.group, count) for host in self.senders]
        self.settle()

        def row(*hosts):
            text = ""
            for number, stream in enumerate(streams, 1):
                for host in hosts:
                    got = host.tap.numbers(stream)
                    if got:
                        text += str(number) if got == list(range(count)) else "?"
            return text
        return {"router": row(self.router), "senders": row(*self.senders), "one": row(self.one),
                "two": row(self.two), "left": row(self.left), "right": row(self.right)}

    def gets(self, what, group=None, **rows):
        """Each gets these senders and no other, soon after `what`. `shared` are the two of
        one port; who is not named gets nothing."""
        shared = rows.pop("shared", "")
        wanted = {"router": self.router_gets, "senders": "", "one": "", "two": "",
                  "left": shared, "right": shared} | rows
        becomes(lambda: self.delivered(group), wanted,
                f"what arrives of {group or self.group} after {what}", timeout=40)

    def gets_at_once(self, what, group=None, **rows):
        """The same, and the very next frame already."""
        becomes(lambda: self.delivered(group),
                {"router": self.router_gets, "senders": "", "one": "", "two": ""} | rows,
                f"what arrives of {group or self.group} at once after {what}", timeout=0)


class Asker:
    """A router as far as its questions go: it asks about all that a report may end."""

    def __init__(self, router, sources, ip):
        self.router, self.sources, self.ip = router, sources, ip
        self.seen = 0

    def work(self):
        """Ask about what has come since the last time."""
        six = self.ip.number == 6
        reports = self.router.tap.frames(
            lambda f: f.icmp6(wire6.V2_REPORT) if six else f.igmp(0x22))
        for frame in reports[self.seen:]:
            for kind, group, named in (wire6 if six else wire).records(frame.body):
                self.ask(kind, group, named)
        self.seen = len(reports)

    def ask(self, kind, group, named):
        """RFC 9776 6.4.2, and more: who still wants it answers."""
        if kind == wire.TO_IN:
            self.router.query(self.ip.newest, group, code=5 * self.ip.tenth)
            named = set(self.sources) - named
        if kind in (wire.TO_IN, wire.TO_EX, wire.BLOCK) and named:
            self.router.query(self.ip.newest, group, sorted(named), code=5 * self.ip.tenth)


@contextlib.contextmanager
def laboratory(ip=IGMP, **more):
    """A Lab; `more` as for Bridge."""
    with ip.bridge(7, **more) as br, \
            ip.bridge(2, first=11, name="br1", ns=br.ns, mcast_snooping=0) as far:
        br.ns.ip(f"link add {SHARED} type veth peer name x1",
                 f"link set {SHARED} master br0 up", "link set x1 master br1 up")
        for port in SHARED, "x1":
            becomes(br.ns.device(port, "brport/state").read_text, "3\n", f"state of {port}")
        yield Lab(br, far, ip)


def questions(host, group=GROUP):
    """The queries about a group that came in at a host, as (sender, {source})."""
    if wire.is_ipv6(group):
        return [(f.source, frozenset(wire6.sources(f.body)))
                for f in MLD.group_queries(host, group)]
    return [(f.source, frozenset(wire.sources(f.body)) if len(f.body) > 8 else frozenset())
            for f in IGMP.group_queries(host, group)]
