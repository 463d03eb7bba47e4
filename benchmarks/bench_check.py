"""`appcred check` against what it cannot do without.

Over all of core: walking the tree, reading its Python and parsing with libcst what mentions OAuth,
in one process. Over one integration: importing libcst.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from measure import ROOT, SCRIPTS, Row, alternate

if TYPE_CHECKING:
    from pathlib import Path

sys.path.insert(0, str(ROOT / "tests"))

FOUND = (0, 1)
"""Exit codes: there are findings in core."""

BASE = """
import os, sys
import libcst
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        if name.endswith(".py"):
            with open(os.path.join(folder, name), "rb") as file:
                content = file.read()
            if any(word in content for word in WORDS):
                libcst.parse_module(content)
""".replace("WORDS", '(b"oauth2", b"OAuth2", b"application_credentials", b"client_secret")')


def rows(runs: int) -> list[Row]:
    """Measure."""
    from lab.sources import NEWEST, wheel

    core = wheel(NEWEST) / "homeassistant" / "components"
    few = max(3, runs // 3)
    found = []
    for jobs, label, factor in (("1", "in one process", 2.0), ("2", "on two cores", 1.2)):
        ours, base = alternate(
            lambda _, jobs=jobs: _check(core, jobs),
            lambda _: [sys.executable, "-c", BASE, core],
            few,
            fine=FOUND,
        )
        what = f"`appcred check` over all of core, {label}"
        found.append(Row(what, "walk, read, parse what mentions OAuth", ours, base, factor))
    ours, base = alternate(
        lambda _: [SCRIPTS / "appcred", "check", core / "google_drive", "--format", "json"],
        lambda _: [sys.executable, "-c", "import libcst"],
        runs * 3,
        of=min,
        fine=FOUND,
    )
    what = "`appcred check` over one integration"
    found.append(Row(what, '`python -c "import libcst"`', ours, base, 1.5))
    return found


def _check(path: Path, jobs: str) -> list[str | Path]:
    return ["env", f"APPCRED_JOBS={jobs}", SCRIPTS / "appcred", "check", path, "--format", "json"]
