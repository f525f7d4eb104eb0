# SPDX-License-Identifier: GPL-2.0-only
"""What tests that are the same of IGMP and MLD need to know of each."""
import dataclasses

import wire
import wire6
from lab import Bridge, gated


@dataclasses.dataclass(frozen=True)
class Family:
    """IPv4 or IPv6: groups, an address for the bridge, the version whose leaves are messages
    of their own and the newest, the lengths of their queries, and what everything is."""
    number: int
    group: str
    other: str
    third: str
    address: str
    older: int
    newest: int
    lengths: dict
    unspecified: str
    nobody: str                 # from where who is not the querier asks
    tenth: int                  # of a second, as the code of a query
    sizes: dict                 # of a report of one group, by version

    def bridge(self, hosts=4, **more):
        """A Bridge of this family."""
        return Bridge(hosts, family=self.number, **more)

    def gated(self, hosts=4, **more):
        """As gated()."""
        return gated(hosts, family=self.number, **more)

    def force(self, host, version):
        """Have the kernel of a host speak this version."""
        (host.mld_version if self.number == 6 else host.igmp_version)(version)

    def source(self, host):
        """From where its messages come."""
        return host.link_local if self.number == 6 else host.ip

    # --- Messages that came in ---------------------------------------------------

    def is_query(self, frame):
        """Is it one?"""
        return frame.icmp6(wire6.QUERY) if self.number == 6 else frame.igmp(0x11)

    def asked(self, frame):
        """The group that a query is about."""
        return wire6.group_of(frame.body) if self.number == 6 else wire.text_of(frame.body[4:8])

    def queries(self, host, source=None):
        """The general queries that came in at a host."""
        return host.tap.frames(lambda f: self.is_query(f) and self.asked(f) == self.unspecified
                               and source in (None, f.source))

    def group_queries(self, host, group=None):
        """The queries about a group that came in at a host."""
        group = group or self.group
        return host.tap.frames(lambda f: self.is_query(f) and
                               self.asked(f) == group == f.group)

    def leaves(self, host, group=None):
        """The leaves, or done, of a group that came in at a host."""
        return self.told(host, [self.leave], group)

    def told(self, host, kinds, group=None):
        """The messages of these types with a group in them that came in at a host."""
        octets = wire.packed(group or self.group)
        return host.tap.frames(lambda f: octets in f.body and (
            f.icmp6(*kinds) if self.number == 6 else f.igmp(*kinds)))

    @property
    def reports(self):
        """The types of reports."""
        return (wire6.V1_REPORT, wire6.V2_REPORT) if self.number == 6 else (0x12, 0x16, 0x22)

    def is_report(self, frame):
        """Is it one?"""
        return (frame.icmp6 if self.number == 6 else frame.igmp)(*self.reports)

    @property
    def leave(self):
        """The type of leaves."""
        return wire6.DONE if self.number == 6 else 0x17

    def sums_are_right(self, frame):
        """Are all checksums of a captured message right?"""
        if self.number == 6:
            return wire6.sum_is_right(frame)
        return not wire.checksum(frame.payload[:24]) and not wire.checksum(frame.body)

    def report_of(self, *records):
        """A report of records (kind, group, sources) and where it goes."""
        found = [wire.record(*record) for record in records]
        if self.number == 6:
            return wire6.v2_report(*found), wire6.ALL_REPORTS
        return wire.v3_report(*found), wire.ALL_REPORTS


IGMP = Family(4, "239.1.1.1", "239.2.2.2", "239.3.3.3", "10.0.0.254", 2, 3, {1: 8, 2: 8, 3: 12},
              "0.0.0.0", "0.0.0.0", 1, {2: 8, 3: 16})
MLD = Family(6, "ff05::1:3", "ff0e::2:2", "ff0e::3:3", "fe80::fe", 1, 2, {1: 24, 2: 28}, "::",
             "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 100, {1: 24, 2: 28})
