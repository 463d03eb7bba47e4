"""The wheel alone, in an environment with nothing else, scaffolds what the checkout does."""

from __future__ import annotations

import os
import subprocess
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from uv import find_uv_bin

from appcred import resources
from new.command import run, tree

if TYPE_CHECKING:
    from _pytest.capture import CaptureFixture

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def uv(*arguments: str | Path) -> None:
    done = subprocess.run(
        [find_uv_bin(), *arguments], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    uv("build", "--quiet", "--wheel", "--out-dir", folder, ROOT)
    (built,) = folder.glob("appcred-*.whl")
    return built


def test_the_wheel_carries_all_data(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    root = resources.data_root()
    for name in ("copier.yml", "releases.yml", "presets.yml"):
        assert f"appcred/data/{name}" in names
    for path in (root / "template").rglob("*"):
        if path.is_file():
            assert f"appcred/data/{path.relative_to(root).as_posix()}" in names


def test_the_wheel_scaffolds(capsys: CaptureFixture[str], tmp_path: Path, wheel: Path) -> None:
    environment = tmp_path / "venv"
    uv("venv", "--quiet", environment)
    uv("pip", "install", "--quiet", "--python", environment / "bin" / "python", wheel)
    arguments = ("--defaults", "--preset", "spotify", "--data", "repository=true")
    done = subprocess.run(
        [environment / "bin" / "appcred", "new", tmp_path / "theirs", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert run(capsys, tmp_path / "ours", *arguments).code == 0
    assert tree(tmp_path / "theirs") == tree(tmp_path / "ours")
    for answer in (["--version"], ["new", "--help"]):
        subprocess.run([environment / "bin" / "appcred", *answer], check=True, capture_output=True)
