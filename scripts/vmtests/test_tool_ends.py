# SPDX-License-Identifier: GPL-2.0-only
"""How the tools end where what they say cannot be written, or shown."""
import os
import subprocess
import tempfile

import tool
from words import check, equal, proves, without_module

WRITING = """
exec 2>&1
m=$0 bad=$1
"$m" help >/dev/full; echo "full $?"
"$m" help >&-; echo "closed $?"
"$m" config check "$bad" 2>&1 | true; echo "unread ${PIPESTATUS[0]}"
"$m" -j config check "$bad" | true; echo "unread ${PIPESTATUS[0]}"
"$m" nonsense 2>&1 | true; echo "unread ${PIPESTATUS[0]}"
"$m" help | true; echo "unread ${PIPESTATUS[0]}"
"$m" nonsense 2>&-; echo "closed $?"
"""


@proves("issue 10 item 3: errors are clear sentences")
@without_module
def test_what_cannot_be_written():
    """A full disk is told; nobody who reads, or a stream that is closed, is no fault, and
    leaves the status as it is."""
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as bad:
        bad.write("nonsense\n" * 5000)
        bad.flush()
        done = subprocess.run(["bash", "-c", WRITING, tool.MGATE, bad.name], text=True,
                              capture_output=True, check=True)
    equal((done.stdout + done.stderr).splitlines(),
          ["mgate: No space left on device", "full 1", "closed 0", "unread 1", "unread 1",
           "unread 2", "unread 0", "closed 2"], "what is told")


@proves("issue 10 item 3: errors are clear sentences")
@without_module
def test_what_the_locale_has_no_letter_for():
    """A name with such a letter is shown all the same, as a number."""
    with tempfile.NamedTemporaryFile("w", prefix="\u20ac", suffix=".conf") as bad:
        bad.write("nonsense\n")
        bad.flush()
        done = subprocess.run([tool.MGATE, "config", "check", bad.name], text=True, check=False,
                              capture_output=True, env=os.environ | {"PYTHONIOENCODING": "latin1"})
    equal(done.returncode, 1, "status")
    check("\\u20ac" in done.stdout + done.stderr and "Traceback" not in done.stderr,
          f"the name is shown as {done.stdout!r} {done.stderr!r}")
