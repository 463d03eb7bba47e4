"""`appcred --help` against a Python that does nothing: hooks and editors start it all day."""

from __future__ import annotations

import sys

from measure import SCRIPTS, Row, alternate


def rows(runs: int) -> list[Row]:
    """Measure."""
    ours, base = alternate(
        lambda _: [SCRIPTS / "appcred", "--help"],
        lambda _: [sys.executable, "-c", "pass"],
        runs * 3,
        of=min,
    )
    return [Row("`appcred --help`", "`python -c pass`", ours, base, factor=2, surplus=0.05)]
