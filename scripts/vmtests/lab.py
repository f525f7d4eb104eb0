# SPDX-License-Identifier: GPL-2.0-only
"""The laboratory: a bridge in a namespace of its own, hosts at its ports."""
import contextlib
import itertools
import os
import socket

import mgate
import netns
import wire
from host import Host, new_stream
from tap import Tap
from words import Failure, check, equal, eventually

FORWARDING = "3"
HOOKS = """table bridge keep {
	chain a { type filter hook prerouting priority 0; }
	chain b { type filter hook input priority 0; }
	chain c { type filter hook forward priority 0; }
	chain d { type filter hook output priority 0; }
	chain e { type filter hook postrouting priority 0; }
}
"""
_numbers = itertools.count(1)


class Bridge:
    """A bridge with hosts at its ports p1, p2, …; use it by `with`.

    hosts: how many; `first` is the number of the first.
    ns: the namespace of another Bridge, to have two in one.
    address: an address for the bridge itself (it is host 254 then), of IPv6 its only one.
    family: with 6 the hosts have IPv6 too, and gate() is about MLD. With `dad` they look
        whether another has their address; with `ipv6` false their kernels say nothing.
    hooks: keep nftables chains on all hook points (for load and unload under traffic);
        or a ruleset that is there before mgate is.
    options: of `ip link add type bridge`, as mcast_querier=1.
    """

    def __init__(self, hosts=4, *, first=1, name="br0", ns=None, mtu=1500, address=None,
                 family=4, ipv6=None, dad=False, hooks=False, up=True, **options):
        self.name, self.mtu, self.family = name, mtu, family
        self.ipv6, self.dad = family == 6 if ipv6 is None else ipv6, ipv6 or dad
        self.mac = "02:00:00:00:00:fe"
        self.hosts, self._tap = [], None
        self._stack = contextlib.ExitStack()
        try:
            self.ns = ns or self._closing(netns.Namespace(f"bridge{next(_numbers)}"))
            self._create(hosts, first, address, hooks, options, up)
        except BaseException:
            self._stack.close()
            raise

    def _closing(self, thing):
        self._stack.callback(thing.close)
        return thing

    def _create(self, hosts, first, address, hooks, options, up):
        text = " ".join(f"{key} {value}" for key, value in options.items())
        new = [self._host(number) for number in range(first, first + hosts)]
        if hooks:
            self.ns.run("nft", "-f", "-", text=HOOKS if hooks is True else hooks)
        self.ns.ip(f"link add {self.name} address {self.mac} mtu {self.mtu} type bridge {text}",
                   *(line for host in new for line in self._port_lines(host)))
        if address and wire.is_ipv6(address):
            self.ns.ipv6(self.name)
        if address:
            self.ns.address(self.name, address)
        if up:
            self.ns.up(self.name)
        self._start(new)

    def _host(self, number):
        host = Host(f"host{next(_numbers)}", number, f"p{number}", self.ipv6, self.dad)
        self._stack.callback(host.closed)
        self.hosts.append(host)
        return host

    def _port_lines(self, host, master=True):
        yield (f"link add {host.port} index {1000 + host.number} mtu {self.mtu} type veth "
               f"peer name eth0 address {host.mac} mtu {self.mtu} netns {host.ns.name}")
        if master:
            yield f"link set {host.port} master {self.name}"

    def _start(self, hosts):
        # The port first: its state then tells that both ends are ready to send.
        for host in hosts:
            self.ns.up(host.port)
            host.start()
        for host in hosts:
            state = self.ns.device(host.port, "brport/state")
            if state.exists() and self.is_up():
                eventually(lambda s=state: s.read_text().strip() == FORWARDING,
                           f"port {host.port} forwards")
            else:
                state = self.ns.device(host.port, "operstate")
                eventually(lambda s=state: s.read_text() == "up\n", f"{host.port} has a link")

    def is_up(self):
        """Is the bridge device switched on?"""
        return int(self.ns.device(self.name, "flags").read_text(), 16) & netns.IFF_UP

    def add_host(self, master=True):
        """One host more, at the next port; without master it is not in the bridge."""
        host = self._host(self.hosts[-1].number + 1 if self.hosts else 1)
        self.ns.ip(*self._port_lines(host, master))
        self._start([host])
        return host

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if error is not None and mgate.loaded():
            error.add_note(mgate.describe(self))
        self.close()

    def close(self):
        """Take it down: hosts, then the bridge's namespace. Twice does no harm."""
        if self._tap:
            self._tap.close()
        self._stack.close()

    @property
    def tap(self):
        """A tap on the bridge device: what the bridge gives to its own host."""
        if not self._tap:
            with self.ns.entered():
                self._tap = Tap(self.name)
        return self._tap

    # --- sysfs ---------------------------------------------------------------

    def path(self, file, port=None):
        """The path of a file of mgate, of the bridge or of a port of it."""
        return self.ns.device(port or self.name, f"mgate/{file}")

    def get(self, file, port=None):
        """Read a file of mgate."""
        return self.path(file, port).read_text().rstrip("\n")

    def set(self, file, value, port=None):
        """Write a file of mgate."""
        self.path(file, port).write_text(f"{value}\n")

    def error(self, file, value, port=None):
        """Write a file of mgate; gives the errno of the refusal, or None."""
        descriptor = os.open(self.path(file, port), os.O_WRONLY)
        try:
            os.write(descriptor, value if isinstance(value, bytes) else f"{value}\n".encode())
        except OSError as refusal:
            return refusal.errno
        finally:
            os.close(descriptor)
        return None

    # --- What is sent and who gets it ----------------------------------------

    def barrier(self, sender):
        """Wait until all that this host had sent has arrived wherever it goes: a
        broadcast from it, which is for all, comes behind it."""
        stream = new_stream()
        sender.inject(wire.eth(wire.BROADCAST, sender.mac, wire.ETH_MARK, wire.mark(stream, 0)))
        taps = [host.tap for host in self.hosts if host is not sender]
        if self._tap:
            taps.append(self._tap)
        for tap in taps:
            eventually(lambda t=tap: t.numbers(stream), "a broadcast reaches every host")

    def send_from_host(self, *frames):
        """Send frames out of the bridge device itself."""
        with self.ns.entered(), socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
            raw.bind((self.name, 0))
            for frame in frames:
                raw.send(frame)

    def receivers(self, sender, group, count=10):
        """Send marked frames to a group; gives how many each other host got, as
        {host: count}. Nobody may get one twice, nor the sender its own."""
        return self.arrived(sender, sender.send(group, count))

    def arrived(self, sender, stream):
        """How many frames of a stream each host got by now."""
        self.barrier(sender)
        got = {}
        for host in self.hosts:
            numbers = host.tap.numbers(stream)
            check(len(numbers) == len(set(numbers)), f"{host} got frames twice: {numbers}")
            got[host] = len(numbers)
        equal(got.pop(sender, 0), 0, f"own frames that came back to {sender}")
        return got

    def expect(self, sender, group, members, count=10):
        """Frames from the sender to the group reach all of these hosts and no other."""
        got = self.receivers(sender, group, count)
        wanted = {host: count if host in members else 0 for host in got}
        if got != wanted:
            raise Failure(f"of {count} frames from {sender} to {group} "
                          f"expected {_counts(wanted)}, got {_counts(got)}")

    def expect_frames(self, sender, frames, wanted, predicate):
        """Inject frames; those for which the predicate is true reach these hosts, each
        once, and no other."""
        before = {host: host.tap.count(predicate) for host in self.hosts}
        sender.inject(*frames)
        self.barrier(sender)
        got = {host: host.tap.count(predicate) - before[host] for host in self.hosts}
        right = {host: len(frames) if host in wanted else 0 for host in self.hosts}
        if got != right:
            raise Failure(f"of {len(frames)} frames injected by {sender} "
                          f"expected {_counts(right)}, got {_counts(got)}")

    def others(self, *hosts):
        """All hosts but these."""
        return [host for host in self.hosts if host not in hosts]

    # --- With mgate ----------------------------------------------------------

    def gate(self, router, version=None, **more):
        """Let a querier be heard at this host and mgate gate from then on."""
        eventually(self.path("status").exists, f"mgate has a folder for {self.name}")
        self.set("convergence_ms", 0)
        router.query(version, "::" if self.family == 6 else "0.0.0.0", **more)
        eventually(lambda: mgate.gates(self), "a general query makes mgate gate")

    def converge(self, router):
        """As gate(), but so that nobody is cut who has joined: hosts get the time to answer."""
        self.set("convergence_ms", 1500)
        router.query(group="::" if self.family == 6 else "0.0.0.0",
                     code=1000 if self.family == 6 else 10)
        eventually(lambda: mgate.gates(self), "a general query makes mgate gate")

    def wait_joined(self, host, group, **more):
        """Wait until mgate knows the membership."""
        eventually(lambda: mgate.members(self, host.port, group, **more),
                   f"{host} becomes a member of {group}")

    def wait_left(self, host, group, **more):
        """Wait until mgate knows it no more."""
        eventually(lambda: not mgate.members(self, host.port, group, **more),
                   f"the membership of {host} in {group} ends", timeout=40)

    def join(self, host, group, **more):
        """Have a host join by its kernel and wait until mgate knows."""
        host.join(group, **more)
        self.wait_joined(host, group)


def _counts(got):
    return ", ".join(f"{host.port}={count}" for host, count in got.items())


@contextlib.contextmanager
def gated(hosts=4, version=None, **more):
    """A bridge where a querier was heard at host 1: mgate gates."""
    with Bridge(hosts, **more) as bridge:
        bridge.gate(bridge.hosts[0], version)
        yield bridge
