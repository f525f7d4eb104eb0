# SPDX-License-Identifier: GPL-2.0-only
"""A real router of IPv6 that hosts get their addresses by."""
import contextlib
import pathlib
import tempfile

import wire6
from test_apps import program
from test_mld_nd import discovering, resolve, states
from words import becomes, equal, eventually, proves

CONFIG = """interface eth0 {
	AdvSendAdvert on;
	prefix fd00:99::/64 { };
};
"""


@contextlib.contextmanager
def radvd(ns):
    """radvd as a router in a namespace."""
    ns.sysctl("ipv6/conf/all/forwarding", 1)
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder, "radvd.conf")
        config.write_text(CONFIG, encoding="ascii")
        with program(ns, "radvd", "-n", "-m", "stderr", "-C", config, "-p", f"{folder}/pid"):
            yield


def by_prefix(host):
    """The address that a host makes of the prefix."""
    return f"fd00:99::ff:fe00:{host.number:x}"


def addressed(*hosts):
    """Each of these hosts gets an address by the prefix, which nobody else has."""
    for host in hosts:
        eventually(lambda h=host: by_prefix(h) in states(h, "dynamic"), f"an address of {host}",
                   timeout=40)
    for host in hosts:
        becomes(lambda h=host: states(h, "tentative"), [], f"tentative addresses of {host}")
        equal(states(host, "dadfailed"), [], f"addresses of {host} that failed")


def with_radvd(ipv6):
    """Hosts get addresses by radvd, which is not known to be a router of multicast, and find
    each other by them; one that is switched on later asks, and is answered."""
    with discovering(ipv6) as br:
        br.set("unknown", "drop")
        _, router, *hosts = br.hosts
        with radvd(router.ns):
            addressed(*hosts)
            late = br.add_host()
            addressed(late)
            eventually(lambda: late.tap.count(lambda f: f.icmp6(wire6.ROUTER_ADVERTISEMENT) and
                                              f.mac == late.mac), "an answer to it alone")
            resolve(hosts[0], late, [by_prefix(late)])
            resolve(late, hosts[1], [by_prefix(hosts[1])])
        equal(br.get("status"), "gating", "status")


@proves("issue 12 item 2: router discovery never depends on it", "PEERS U2 to U5")
def test_radvd_safe():
    """radvd behind a port, with `safe`."""
    with_radvd("safe")


@proves("issue 12 item 2: router discovery never depends on it", "PEERS U2 to U5")
def test_radvd_full():
    """The same with `full`."""
    with_radvd("full")
