# SPDX-License-Identifier: GPL-2.0-only
"""What bash completes."""
import os
import subprocess

import tool
from words import equal, proves, without_module

COMPLETE = """. {file}
_mgate_values() {{ printf '%s\\n' ff05::1:3 ff05::1:4 239.1.1.1; }}
COMP_LINE=$1 COMP_POINT=${{#1}}
_mgate
echo "${{COMPREPLY[@]}}"
"""


@proves("issue 11: completion", "issue 12: the tools take IPv6 addresses")
@without_module
def test_completion():
    """Groups with colons, at which bash breaks words: what stands before the last is kept."""
    text = COMPLETE.format(file=tool.TREE / "scripts/completion/mgate")
    for line, wanted in (
            ("mgate show groups grp ff05::1", "1:3 1:4"), ("mgate show groups grp 2", "239.1.1.1"),
            ("mgate show groups grp ff05::1:3 d", "dev"),
            ("mgate why grp ff05::1:3 ", "dev port src vid"),
            ("mgate show rou", "routers"), ("mgate show groups port ff05::1:3 port", "")):
        done = subprocess.run(["bash", "-c", text, "bash", line], text=True, capture_output=True,
                              check=True)
        equal((done.stdout.strip(), done.stderr), (wanted, ""), line)


SHOW = """. {file}
mgate() {{ printf '%s\\n' 'dev br"0 port port mode snoop' 'dev br\\1 port p1 mode flood'; }}
bridge=$1 _mgate_values ports "$2"
"""


@proves("issue 11: completion")
@without_module
def test_completion_of_odd_names():
    """Names are completed as they are, whatever JSON would make of them."""
    text = SHOW.format(file=tool.TREE / "scripts/completion/mgate")
    for key, wanted in ("dev", ['br"0', "br\\1"]), ("port", ["p1", "port"]):
        done = subprocess.run(["bash", "-c", text, "bash", "", key], text=True, check=True,
                              capture_output=True, env={"PATH": os.environ["PATH"], "LC_ALL": "C"})
        equal((done.stdout.split(), done.stderr), (wanted, ""), key)
