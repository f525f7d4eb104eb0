# SPDX-License-Identifier: GPL-2.0-only
"""What one hostile host can send a lot of, by the threats of RELIABILITY.md section 3."""
import wire

VICTIM = "239.1.1.1"


def numbered(count, second):
    """So many groups."""
    return [f"239.{second}.{n // 250}.{n % 250 + 1}" for n in range(count)]


def joins(host):
    """Threat 1: groups nobody heard of, a few to a report."""
    return [host.frame(wire.v3_report(*(wire.record(wire.TO_EX, group)
                                        for group in numbered(50, second))), wire.ALL_REPORTS)
            for second in range(10, 110)]


def sources(host):
    """Threat 2: 300 sources to a record."""
    some = [f"10.8.{n // 250}.{n % 250 + 1}" for n in range(300)]
    return [host.frame(wire.v3_report(wire.record(wire.IS_IN, group, some)), wire.ALL_REPORTS)
            for group in numbered(100, 8)]


def jumbos(host):
    """Threat 3: 1,100 records to a frame."""
    return [host.frame(wire.v3_report(*(wire.record(wire.TO_EX, group)
                                        for group in numbered(1100, second))), wire.ALL_REPORTS)
            for second in range(110, 120)]


def queries(host):
    """Threats 4, 5: from many addresses, and from none."""
    return [host.frame(wire.query(version), wire.ALL_HOSTS, src=src)
            for src in ("0.0.0.0", *(f"10.0.2.{n}" for n in range(1, 100)))
            for version in (1, 2, 3)]


def questions(host):
    """Threat 6: whether anybody still wants the victim's group, to be answered at once."""
    return [host.frame(wire.query(version, VICTIM, code=1), VICTIM)
            for version in (2, 3) for _ in range(200)]


def leaves(host):
    """Threat 7: leaves of the victim's group, in its name."""
    gone = wire.v3_report(wire.record(wire.TO_IN, VICTIM))
    return [host.frame(wire.leave(VICTIM), wire.ALL_ROUTERS, src="10.0.0.4"),
            host.frame(gone, wire.ALL_REPORTS, src="10.0.0.4")] * 200


def routers(host):
    """Threats 16, 17: hellos and advertisements of ever new routers."""
    told = wire.summed(bytes((0x30, 20, 0, 0)) + bytes((0, 125, 0, 2)))
    return [frame for n in range(200) for frame in (
        host.frame(wire.pim_hello(), wire.ALL_PIM, src=f"10.0.3.{n}", options=b"", proto=wire.PIM),
        host.frame(told, "224.0.0.106", src=f"10.0.3.{n}"))]


def broken(host):
    """Threats 9 to 14: counts, checksums, fragments, TTL."""
    record = wire.record(wire.TO_EX, VICTIM)
    return [host.frame(wire.v3_report(record, count=65535), wire.ALL_REPORTS),
            host.frame(wire.v3_report(record, bad=True), wire.ALL_REPORTS),
            host.frame(wire.v3_report(record)[:9], wire.ALL_REPORTS),
            host.frame(wire.v2_report(VICTIM), VICTIM, fragment=0x2000),
            host.frame(wire.v2_report(VICTIM), VICTIM, ttl=64),
            host.frame(wire.v2_report(VICTIM), VICTIM, words=15)] * 80


def toggles(host):
    """Threat 20: the same groups joined and left, again and again."""
    report = [wire.v3_report(*(wire.record(kind, group) for group in numbered(100, 9)))
              for kind in (wire.TO_EX, wire.TO_IN)]
    return [host.frame(text, wire.ALL_REPORTS) for _ in range(50) for text in report]


def vlans(host):
    """Threat 23: reports and queries in made-up VLANs."""
    return [host.frame(text, dst, vlan=vid) for vid in range(2, 300)
            for text, dst in ((wire.query(2), wire.ALL_HOSTS), (wire.v2_report(VICTIM), VICTIM))]


def streams(host):
    """Data to ever new groups, which no limit is about."""
    return [host.data(group) for group in numbered(1000, 130)]


FLOODS = (joins, sources, jumbos, queries, questions, leaves, routers, broken, toggles, vlans,
          streams)
