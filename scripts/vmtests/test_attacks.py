# SPDX-License-Identifier: GPL-2.0-only
"""The README's table of attacks is what is measured, with the built-in and with mgate."""
import pathlib

import attacks
from words import check, proves, without_module

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"


@proves("issue 7: a table in the README: attack, built-in, mgate", "RELIABILITY 1.5, 3")
@without_module
def test_table_of_the_readme():
    """Each row is there as it is measured here and now."""
    readme = README.read_text(encoding="utf-8").splitlines()
    wrong = [row for row in attacks.rows() if row not in readme]
    check(not wrong, "\n".join(["README.md lacks what was measured:", *wrong]))
