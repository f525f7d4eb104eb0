# SPDX-License-Identifier: GPL-2.0-only
"""The tests of frames that are nearly right, of MLD."""
import test_nearly
from families import MLD
from words import proves


@proves("issue 12: fuzzing, the hostile frames in their IPv6 form", "RELIABILITY P1 to P7",
        "DECISIONS 6")
def test_reports():
    """Reports and done: after each batch the tables say what a model of RFC 9777 has read in
    the same frames, and nothing else."""
    test_nearly.reports(MLD)


@proves("issue 12: fuzzing, the hostile frames in their IPv6 form", "RELIABILITY P1 to P10",
        "DECISIONS 4")
def test_all_kinds():
    """Queries, hellos and advertisements too, beside a member that joins and leaves."""
    test_nearly.all_kinds(MLD)
