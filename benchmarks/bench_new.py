"""`appcred new --defaults` against `copier copy --defaults` of the same template."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from measure import ROOT, SCRIPTS, Row, alternate


def rows(runs: int) -> list[Row]:
    """Measure. Copier gets a plain folder, as in a wheel; out of git it would clone first."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        template = work / "source"
        shutil.copytree(ROOT / "template", template / "template")
        for name in ("copier.yml", "releases.yml"):
            shutil.copy(ROOT / name, template)
        ours, base = alternate(
            lambda number: [SCRIPTS / "appcred", "new", work / f"a{number}", "--defaults"],
            lambda number: [
                *(SCRIPTS / "copier", "copy", "--defaults", "--quiet"),
                *(template, work / f"c{number}"),
            ],
            runs,
        )
    return [Row("`appcred new --defaults`", "`copier copy --defaults`", ours, base, factor=1.3)]
