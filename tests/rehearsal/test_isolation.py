"""Which namespaces are used, and that the folder of a run goes with it."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from appcred.rehearsal import isolation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def permitted(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[str, ...]]:
    """Return what `namespace` comes to for a user, where the system permits some commands."""

    def ask(user: int, permits: Callable[[list[str]], bool]) -> tuple[str, ...]:
        def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
            return subprocess.CompletedProcess(command, 0 if permits(command) else 1)

        monkeypatch.setattr(isolation.os, "geteuid", lambda: user)
        monkeypatch.setattr(isolation.shutil, "which", lambda name: f"/bin/{name}")
        monkeypatch.setattr(isolation.subprocess, "run", run)
        return isolation.namespace.__wrapped__()

    return ask


def test_namespaces_as_root_and_as_anybody(permitted: Callable[..., tuple[str, ...]]) -> None:
    assert "--user" not in permitted(0, lambda _: True)
    assert "--user" in permitted(1000, lambda _: True)
    assert permitted(1000, lambda _: False) == ()


def test_root_without_its_rights_does_as_anybody(
    permitted: Callable[..., tuple[str, ...]],
) -> None:
    command = permitted(0, lambda command: "--user" in command)
    assert command[:3] == ("unshare", "--user", "--map-root-user")


def test_a_system_that_does_not_answer_permits_nothing(
    permitted: Callable[..., tuple[str, ...]],
) -> None:
    def hangs(_: list[str]) -> bool:
        raise subprocess.TimeoutExpired("unshare", 20)

    assert permitted(0, hangs) == ()


def test_the_folder_is_removed_with_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPCRED_CACHE", str(tmp_path))
    with isolation.run_folder() as folder:
        (folder / "x").write_text("", encoding="utf-8")
        with isolation.run_folder() as other:  # leaves alone what belongs to a run
            assert folder.is_dir()
            assert other != folder
    assert not list((tmp_path / "runs").iterdir())


def test_folders_of_a_killed_run_are_removed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPCRED_CACHE", str(tmp_path))
    left = tmp_path / "runs" / "left"
    left.mkdir(parents=True)
    with isolation.run_folder() as folder:
        assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_folder_into_which_something_still_writes_is_removed_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPCRED_CACHE", str(tmp_path))
    real, tries = shutil.rmtree, []

    def rmtree(folder: Path, **options: Any) -> None:
        tries.append(folder)
        if len(tries) > 2:
            real(folder, **options)

    monkeypatch.setattr(isolation.shutil, "rmtree", rmtree)
    with isolation.run_folder() as folder:
        pass
    assert len(tries) == 3
    assert not folder.exists()
