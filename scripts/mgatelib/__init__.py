# SPDX-License-Identifier: GPL-2.0-only
"""What the tools mgate and mgate-top have in common; Python's standard library only."""
