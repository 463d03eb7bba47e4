"""`appcred retrofit` of one integration against `appcred check` of it."""

from __future__ import annotations

import sys

from measure import ROOT, SCRIPTS, Row, alternate

sys.path.insert(0, str(ROOT / "tests"))


def rows(runs: int) -> list[Row]:
    """Measure a migration from YAML, of the tree that core migrated itself in 2022.6."""
    from lab.sources import wheel

    path = wheel("2022.5.5") / "homeassistant" / "components" / "netatmo"
    ours, base = alternate(
        lambda _: [SCRIPTS / "appcred", "retrofit", path, "--diff", "--target", "2022.6"],
        lambda _: [SCRIPTS / "appcred", "check", path, "--target", "2022.6"],
        runs,
        fine=(0, 1),  # something would change, and something is wrong
    )
    what = "`appcred retrofit --diff` of one integration"
    return [Row(what, "`appcred check` of it", ours, base, 2.0, 0.2)]
