"""Generated integrations in a Home Assistant: how they are written and observed."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

from appcred.release import Release, Span
from lab.environments import clean_environ
from retrofit_lab.runs import HERE

if TYPE_CHECKING:
    from pathlib import Path

    from appcred.integration import Integration
    from lab.environments import Environment

COUNT = int(os.environ.get("APPCRED_SETUPS", "60"))

SPAN = Span(Release(2025, 4), Release(2026, 11))


def observed(
    environment: Environment, script: str, folder: Path, plan: dict[str, Any]
) -> dict[str, Any]:
    """Return what packages in a folder did in a Home Assistant, as a script of ours saw it."""
    files = [folder / "plan.json", folder / "outcomes.json"]
    files[0].write_text(json.dumps(plan))
    ran = subprocess.run(
        [str(environment.python), *map(str, [HERE / script, folder, *files])],
        env=clean_environ(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(files[1].read_text())
    return found


def write(folder: Path, integration: Integration) -> None:
    folder.mkdir()
    for path, file in integration.files.items():
        if path.suffix == ".py" and path.parent == integration.folder:
            (folder / path.name).write_bytes(file.content)
