"""README is a contract: its commands run as they are written, its example is what comes out."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from copier import run_copy

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def between(marker: str) -> str:
    """Return the text of the fenced block between two markers of README."""
    found = re.search(
        rf"<!-- {marker} -->\n```\w+\n(.*?)```\n<!-- /{marker} -->", README, re.DOTALL
    )
    assert found, f"README has no block between <!-- {marker} --> and <!-- /{marker} -->"
    return found[1]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone as a stranger has it: what is tracked, in a folder with a space in its name."""
    target = tmp_path_factory.mktemp("stranger") / "a clone"
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout
    for name in filter(None, listed.decode().split("\0")):
        source = ROOT / name
        if source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)
    return target


@pytest.mark.slow
def test_the_scaffold_command_runs_as_written(clone: Path, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    # the machine's python3 may be another one; the contract names 3.11 or newer, which this is
    (tmp_path / "bin/python3").symlink_to(Path(sys.base_prefix) / "bin/python3")
    kept = {k: v for k, v in os.environ.items() if k.startswith(("PIP_", "SSL_", "HTTP", "LANG"))}
    env = kept | {"HOME": str(tmp_path), "PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin"}
    done = subprocess.run(
        ["bash", "-c", between("scaffold command")],
        cwd=clone,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    made = list((clone / "my_integration").rglob("application_credentials.py"))
    assert len(made) == 1
    assert "Next" in done.stdout + done.stderr


def test_the_test_command_is_the_one_ci_runs() -> None:
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert "<!-- test command -->" in script, ".ci/run reads the command from README"
    assert "pytest" in between("test command")


@pytest.mark.slow
def test_the_example_is_what_comes_out(tmp_path: Path) -> None:
    run_copy(
        str(ROOT),
        tmp_path,
        data={"domain": "fitness", "console_url": "", "credentials_text": "Ask us for a client."},
        defaults=True,
        quiet=True,
        vcs_ref="HEAD",
    )
    platform = tmp_path / "custom_components/fitness/application_credentials.py"
    assert between("example") == platform.read_text(encoding="utf-8")
