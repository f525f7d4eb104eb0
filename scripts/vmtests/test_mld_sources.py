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


@proves(WHY, "CONFORMANCE 24, 55 to 70, 83 to 85")
def test_next_frame_agrees():
    """300 random reports at three ports, each followed at once by a frame of each of four
    sources: all goes where a model of RFC 9777 says."""
    test_sources.next_frame_agrees(MLD)
