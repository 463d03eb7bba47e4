"""What ruff says of an integration before and after a retrofit."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from appcred.integration import Integration

RUFF = """
line-length = 88
[lint]
select = ["F401", "F811", "F821", "F841", "I"]
[lint.isort]
force-sort-within-sections = true
known-first-party = ["homeassistant"]
combine-as-imports = true
split-on-trailing-comma = false
"""


def python_files(integration: Integration) -> dict[str, str]:
    """Return the integration's own Python, without its tests."""
    return {
        integration.module_path(name).name: document.content.decode()
        for name, document in integration.modules.items()
    }


def ruff(integration: Integration, folder: Path, *arguments: str) -> list[str]:
    """Run ruff over a tree and return its findings without their lines."""
    folder.mkdir()
    (folder / "ruff.toml").write_text(RUFF)
    for name, content in python_files(integration).items():
        (folder / name).write_text(content)
    command = [sys.executable, "-m", "ruff", *arguments, "--no-cache", "--quiet"]
    command += ["--output-format", "json"] if arguments[0] == "check" else []
    done = subprocess.run([*command, "."], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    if arguments[0] != "check":
        return [line for line in done.stdout.splitlines() if line]
    return sorted(
        f"{each['filename'].rpartition('/')[2]}: {each['code']} {each['message']}"
        for each in json.loads(done.stdout)
    )
