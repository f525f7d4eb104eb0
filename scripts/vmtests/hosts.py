# SPDX-License-Identifier: GPL-2.0-only
"""The hosts behind one membership, and what `fast_leave` makes of a leave, said anew from
INTERFACE.md (`hosts`, `fast_leave`) and RFC 9776 6.4. Time does not pass here.
"""
import dataclasses
import ipaddress

from filters import ALLOW, BLOCK, IS_EX, IS_IN, TO_EX, TO_IN


@dataclasses.dataclass
class Host:
    """INCLUDE (named), or EXCLUDE (named)."""
    exclude: bool = False
    named: set = dataclasses.field(default_factory=set)

    def wants(self, source):
        """Does it want this source?"""
        return (source in self.named) != self.exclude


class Hosts:
    """All that are known behind one membership."""

    def __init__(self):
        self.known = {}

    def hear(self, who, kind, named):
        """A host, as (MAC, address), says something. With IPv6 it may have had no address yet
        when it spoke before (RFC 9777 5.2.13)."""
        mac, address = who
        nameless = mac, ipaddress.ip_address("::")
        if address.version == 6 and who not in self.known and nameless in self.known:
            self.known[who] = self.known.pop(nameless)
        if who not in self.known and (kind == BLOCK or kind == TO_IN and not named):
            return
        host = self.known.setdefault(who, Host())
        if kind in (IS_EX, TO_EX):
            host.exclude, host.named = True, set(named)
        elif kind == BLOCK:
            host.named = host.named | named if host.exclude else host.named - named
        elif kind == TO_IN and (host.exclude or not named):
            host.exclude, host.named = False, set(named)
        else:
            assert kind in (IS_IN, TO_IN, ALLOW)
            host.named = host.named - named if host.exclude else host.named | named
        if not host.exclude and not host.named:
            del self.known[who]

    def end(self, before, after, kind, named):
        """With `fast_leave`: of what a leave puts in question, that ends which nobody wants."""
        if min(after.versions) < 3:
            if kind == BLOCK or min(after.versions) < 2 and kind == TO_IN:
                return
            named = set() if kind == TO_EX else named
        if kind in (BLOCK, TO_EX):
            asked = named - before.blocked if before.exclude else before.wanted & named
        else:
            asked = before.wanted - named if kind == TO_IN else set()
        for source in asked & after.wanted:
            if not any(host.wants(source) for host in self.known.values()):
                after.wanted.discard(source)
                if after.exclude:
                    after.blocked.add(source)
        if kind == TO_IN and before.exclude and not any(h.exclude for h in self.known.values()):
            after.exclude, after.blocked = False, set()
            after.wanted |= set().union(*(host.named for host in self.known.values()))
