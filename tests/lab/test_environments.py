"""The lab's cache: whole or absent, and never from an older specification."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from lab import environments
from lab.environments import SPECIFICATIONS, Environment, arriving

if TYPE_CHECKING:
    from pathlib import Path


def test_a_failed_build_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "cache" / "thing"

    def build() -> None:
        with arriving(target) as scratch:
            scratch.mkdir()
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        build()
    assert list(target.parent.iterdir()) == []


def test_a_build_appears_as_a_whole(tmp_path: Path) -> None:
    target = tmp_path / "cache" / "thing"
    with arriving(target) as scratch:
        scratch.write_text("all")
        assert not target.exists()
    assert target.read_text() == "all"
    assert list(target.parent.iterdir()) == [target]


def test_another_specification_is_another_folder() -> None:
    specification = SPECIFICATIONS["2026.10.4"]
    changed = dataclasses.replace(specification, requirements=("something==1",))
    assert environments._folder(changed) != environments._folder(specification)


def test_an_environment_whose_python_is_gone_is_not_used(tmp_path: Path) -> None:
    found = Environment("2026.10.4", tmp_path)
    found.python.parent.mkdir()
    found.python.symlink_to(tmp_path / "no longer here")
    assert not found.usable


def test_an_inner_run_does_not_obey_the_options_of_the_outer_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("PYTEST_ADDOPTS", "COVERAGE_PROCESS_CONFIG", "PYTHONDONTWRITEBYTECODE"):
        monkeypatch.setenv(name, "1")
    kept = environments.clean_environ(PYTHONPATH="plugins")
    assert kept["PYTHONPATH"] == "plugins"
    assert "PATH" in kept
    assert not {"PYTEST_ADDOPTS", "COVERAGE_PROCESS_CONFIG", "PYTHONDONTWRITEBYTECODE"} & set(kept)
