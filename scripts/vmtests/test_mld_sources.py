# SPDX-License-Identifier: GPL-2.0-only
"""The tests of sources, of MLD."""
import test_sources
from families import MLD
from words import proves

WHY = "issue 12: real SSM receivers, the same state machine"


@proves(WHY, "CONFORMANCE 24, 55 to 72, 75, 76")
def test_kernel_hosts_mgate_queries():
    """All ways of kernel hosts to change their minds, where mgate is the querier."""
    test_sources.kernel_hosts_mgate_queries(MLD)


@proves(WHY, "CONFORMANCE 24, 55 to 74, 78")
def test_kernel_hosts_another_queries():
    """The same, where a router is the querier; it gets everything."""
    test_sources.kernel_hosts_another_queries(MLD)


@proves(WHY, "RFC 9777 7.6.3.2")
def test_block_is_asked_about():
    """One of two behind a port blocks a source: that port is asked, the other loses no frame."""
    test_sources.block_is_asked_about(MLD)


@proves(WHY)
def test_change_of_lists_is_asked_about():
    """A host drops one source of two: asked about, that one ends, the other loses no frame."""
    test_sources.change_of_lists_is_asked_about(MLD)
