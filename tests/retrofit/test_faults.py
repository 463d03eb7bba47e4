"""What the verb does when files cannot be written, or it is killed: all of it, or nothing.

The plan itself is tested in tests/test_plan.py; here the command line is run as a person runs it.
"""

from __future__ import annotations

import errno
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from appcred.cli import run
from appcred.plan import LEFTOVER
from appcred.rules import engine
from faults import (
    become_nobody,
    give_away,
    in_child,
    kill_at,
    small_file_system,
    snapshot,
)
from faults import tree as written

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow

FOLDER = "custom_components/example"
TESTS = "tests"
WRITING = ("retrofit", ".", "--allow-no-vcs")

# Every kind of change, in three folders: a module that goes, one that comes, others that change.
FILES = {
    str(path): file.content
    for path, file in next(e for e in engine.rule("APC402").EXAMPLES if e.after)
    .integration()
    .files.items()
} | {
    f"{FOLDER}/translations/en.json": b'{\n  "config": {}\n}\n',
    f"{TESTS}/test_other.py": b"# not concerned\n",
}


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the verb be run in another folder without leaving it there."""
    monkeypatch.chdir(Path.cwd())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return written(tmp_path / "root", FILES)


def retrofit(root: Path, arguments: tuple[str, ...] = WRITING) -> int:
    os.chdir(root)
    return run(list(arguments))


def contents(root: Path) -> dict[str, bytes]:
    return {name: data for name, (_, data) in snapshot(root).items() if data is not None}


@cache
def after() -> dict[str, bytes]:
    """Return what the retrofit makes of the files where nothing goes wrong."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path.cwd()
        root = written(Path(folder) / "root", FILES)
        assert retrofit(root) == 0
        os.chdir(here)
        return contents(root)


def in_process(root: Path, said: Path, *before: Callable[[], object]) -> int:
    """Run the verb in a process of its own, which says what it says into a file."""

    def work() -> int:
        with said.open("w", buffering=1) as file:
            sys.stdout = sys.stderr = file
            for each in before:
                each()
            return retrofit(root)

    return in_child(work)


def test_the_plan_has_every_kind_of_change_in_several_folders() -> None:
    new, gone = after().keys() - FILES.keys(), FILES.keys() - after().keys()
    changed = {name for name in FILES.keys() & after().keys() if FILES[name] != after()[name]}
    touched = {Path(name).parent.name for name in (*new, *gone, *changed)}
    assert {"example", "translations"} <= touched
    assert new
    assert gone
    assert len(changed) >= 3


# --- a write error -------------------------------------------------------------------------------


@pytest.mark.parametrize("why", [errno.EROFS, errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("call", ["open", "replace", "unlink", "mkdir", "chmod"])
def test_an_error_at_any_write_rolls_back_at_once(
    root: Path,
    call: str,
    why: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The first, the second … call of each kind fails that concerns a file of the tree."""
    former = snapshot(root)
    failed_at: set[str] = set()
    number = 0
    while True:
        number += 1
        seen = 0
        real = getattr(os, call)

        def failing(path: str | Path, *arguments: object, **options: object) -> object:
            nonlocal seen
            inside = Path(os.path.realpath(path)).is_relative_to(root)
            reading = call == "open" and not int(str(arguments[0])) & (os.O_WRONLY | os.O_RDWR)
            if inside and not reading:
                seen += 1
                if seen == number:  # noqa: B023
                    failed_at.add(Path(path).name)
                    raise OSError(why, os.strerror(why), str(path))
            return real(path, *arguments, **options)  # noqa: B023

        with monkeypatch.context() as patch:
            patch.setattr(os, call, failing)
            code = retrofit(root)
        said = capsys.readouterr()
        if seen < number:
            break
        assert code == 2
        assert f"{os.strerror(why)}; nothing was changed" in said.err
        assert snapshot(root) == former
    assert code == 0
    assert contents(root) == after()
    if call in ("open", "replace"):
        written_files = sum(FILES.get(name) != data for name, data in after().items())
        assert len(failed_at) == written_files


def folders() -> list[str]:
    changed = {
        str(Path(name).parent)
        for name in FILES.keys() | after().keys()
        if FILES.get(name) != after().get(name)
    }
    return sorted(changed)


def test_a_read_only_folder_rolls_back() -> None:
    """Each folder of the plan in turn, by its mode; root, who may write anyway, is nobody then."""
    after()  # everything is imported by then, which nobody could not
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        top.chmod(0o755)
        said = top / "said"
        for name in folders():
            root = written(top / "root", FILES)
            (root / name).chmod(0o555)
            give_away(top)
            former = snapshot(root)
            assert in_process(root, said, become_nobody) == 2
            assert "Permission denied; nothing was changed" in said.read_text()
            assert snapshot(root) == former
            (root / name).chmod(0o755)
            assert in_process(root, said, become_nobody) == 0
            assert contents(root) == after()
            shutil.rmtree(root)
    assert len(folders()) >= 2


def test_a_full_disk_rolls_back(tmp_path: Path) -> None:
    """With no room at all, with one page, with two … until all of it fits."""
    after()
    disk, said = tmp_path / "disk", tmp_path / "said"
    with small_file_system(disk) as mounted:
        failed = 0
        for pages in range(64):
            root = written(disk / "root", FILES)
            ballast = disk / "ballast"
            limits: list[Callable[[], object]] = []
            if mounted:
                free = os.statvfs(disk)
                ballast.write_bytes(b"x" * (free.f_bavail - pages) * free.f_frsize)
            else:
                size = 64 * pages
                limits.append(
                    lambda size=size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
                )
                limits.append(lambda: signal.signal(signal.SIGXFSZ, signal.SIG_IGN))
            former = snapshot(root)
            code = in_process(root, said, *limits)
            if code == 0:
                assert contents(root) == after()
                break
            failed += 1
            assert code == 2
            assert snapshot(root) == former
            if mounted:
                assert "No space left on device; nothing was changed" in said.read_text()
            ballast.unlink(missing_ok=True)
            shutil.rmtree(root)
        assert code == 0
        # The new contents of each file take a page at least.
        assert failed >= sum(FILES.get(name) != data for name, data in after().items())


# --- killed --------------------------------------------------------------------------------------


def git(root: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *arguments]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout


def committed(root: Path) -> Path:
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "before")
    return root


def states(root: Path) -> dict[str, bytes]:
    return {name: data for name, data in contents(root).items() if not name.startswith(".git/")}


def test_git_restores_everything_after_a_hundred_kills(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before each write, then at any moment: each file is whole, the next run says how to undo."""
    after()
    said = tmp_path / "said"
    template = committed(written(tmp_path / "template", FILES))
    (template / f"{FOLDER}/__init__.py").chmod(0o755)
    git(template, "commit", "-qam", "mode")
    (template / "notes.txt").write_text("the user's own, never committed")
    os.utime(template / "notes.txt", (1_000_000_000, 1_000_000_000))
    former = contents(template).keys()
    told = done = 0
    rng = random.Random(14)
    for number in range(1, 101):
        root = tmp_path / "root"
        shutil.copytree(template, root)
        step = number if not done else rng.randrange(1, done)
        code = in_process(root, said, lambda: kill_at(step, root))  # noqa: B023
        assert code in (0, -signal.SIGKILL), said.read_text()
        done = done or (number if code == 0 else 0)
        now = states(root)
        for name in FILES.keys() | after().keys():
            assert now.get(name) in (FILES.get(name), after().get(name)), (name, step)
        assert now.pop("notes.txt")
        if any(LEFTOVER.fullmatch(Path(name).name) for name in now):
            told += 1
            ways = (WRITING[:2], (*WRITING[:2], "--check"), WRITING)
            for arguments in ways if number % 10 == 5 else ways[:1]:
                assert retrofit(root, arguments) == 2
                words = capsys.readouterr().err
                assert "an earlier run of appcred was killed and left" in words
            assert states(root).items() >= now.items()  # naming it changes nothing
            _, _, commands = words.partition("To restore them: ")
            subprocess.run(commands, shell=True, check=True, stdout=subprocess.DEVNULL)
            assert states(root).keys() == {n for n in former if not n.startswith(".git/")}
            assert git(root, "status", "--porcelain") == "?? notes.txt\n"
        else:
            assert now in (FILES, after())
        if number % 10 == 5:  # and the run after that is as if there had been none
            assert retrofit(root, WRITING[:2]) == 0
            assert states(root) == after() | {"notes.txt": b"the user's own, never committed"}
        shutil.rmtree(root)
        capsys.readouterr()
    assert 10 < done < 80
    assert told > 60


def test_without_git_the_next_run_says_so(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    after()
    assert in_process(root, tmp_path / "said", lambda: kill_at(9, root)) == -signal.SIGKILL
    assert retrofit(root) == 2
    words = capsys.readouterr().err
    assert "an earlier run of appcred was killed and left" in words
    assert f"Restore a copy of {root} or check its files, then delete what was left" in words


def test_a_file_of_that_name_in_a_commit_is_no_leftover(root: Path) -> None:
    """A stranger's tree cannot stop the work with it, nor make it do anything."""
    (root / FOLDER / ".appcred-0123abcd-0").write_bytes(b"mine")
    committed(root)
    assert retrofit(root, WRITING[:2]) == 0
    assert (root / FOLDER / ".appcred-0123abcd-0").read_bytes() == b"mine"


def test_a_journal_in_a_tree_is_a_folder_like_any_other(root: Path) -> None:
    """Earlier versions wrote what such a folder said, hooks of git included."""
    committed(root)
    hook = root / ".git/hooks/post-commit"
    journal = root / ".appcred-journal"
    entry = {"path": ".git/hooks/post-commit", "before": "0" * 64, "after": None, "mode": 0o4755}
    record = {"token": "0123abcd", "above": 0, "folders": [], "entries": [entry]}
    written(journal, {"journal.json": json.dumps(record).encode(), "0": b"#!/bin/sh\n"})
    os.mkfifo(journal / "lock")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "hostile")
    former = snapshot(journal)
    assert retrofit(root, WRITING[:2]) == 0
    assert run(["check", "--fix", str(root)]) == 0
    assert not hook.exists()
    assert snapshot(journal) == former


# --- symbolic links ------------------------------------------------------------------------------


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    return folder


CHANGED = [f"{FOLDER}/{name}" for name in ("__init__.py", "manifest.json", "translations/en.json")]


@pytest.mark.parametrize("name", CHANGED)
def test_a_file_that_lies_outside_is_not_written(name: str, root: Path, outside: Path) -> None:
    path = root / name
    target = outside / path.name
    path.rename(target)
    path.symlink_to(target)
    former, inside = snapshot(outside), snapshot(root)
    code = retrofit(root)
    assert code in (0, 1, 2)
    assert snapshot(outside) == former
    if code:
        assert snapshot(root) == inside
    assert path.is_symlink()


@pytest.mark.parametrize("name", [FOLDER, f"{FOLDER}/translations", "custom_components"])
def test_a_folder_that_lies_outside_is_not_written(name: str, root: Path, outside: Path) -> None:
    path = root / name
    target = outside / "moved"
    path.rename(target)
    path.symlink_to(target, target_is_directory=True)
    former = snapshot(outside)
    assert retrofit(root) in (0, 1, 2)
    assert snapshot(outside) == former
    assert path.is_symlink()


def test_a_new_file_is_not_written_through_a_link(
    root: Path, outside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the platform is to come there is a link to nothing, outside."""
    link = root / FOLDER / "application_credentials.py"
    link.symlink_to(outside / "application_credentials.py")
    inside = snapshot(root)
    assert retrofit(root) == 2
    assert "application_credentials.py" in capsys.readouterr().err
    assert snapshot(outside) == {}
    assert snapshot(root) == inside


def test_a_link_within_the_tree_is_followed(root: Path) -> None:
    path = root / FOLDER / "__init__.py"
    real = root / "real.py"
    path.rename(real)
    path.symlink_to(real)
    assert retrofit(root) == 0
    assert path.is_symlink()
    assert real.read_bytes() == after()[f"{FOLDER}/__init__.py"]
