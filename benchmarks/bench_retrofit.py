"""`appcred retrofit` of one integration against `appcred check` of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from measure import ROOT, SCRIPTS, Row, alternate

if TYPE_CHECKING:
    from pathlib import Path

sys.path.insert(0, str(ROOT / "tests"))


def rows(runs: int) -> list[Row]:
    """Measure a migration from YAML, of the tree that core migrated itself in 2022.6."""
    from lab.sources import wheel

    path = wheel("2022.5.5") / "homeassistant" / "components" / "netatmo"
    ours, base = alternate(
        lambda _: _ended("retrofit", path, "--diff"),
        lambda _: _ended("check", path),
        runs,
    )
    what = "`appcred retrofit --diff` of one integration"
    return [Row(what, "`appcred check` of it", ours, base, 2.0, 0.2)]


def _ended(verb: str, path: Path, *arguments: str) -> list[str | Path]:
    """Return a command that ends with 0 whether it found something or not."""
    run = '"$0" "$@" --target 2022.6 >/dev/null || test $? = 1'
    return ["sh", "-c", run, SCRIPTS / "appcred", verb, path, *arguments]
