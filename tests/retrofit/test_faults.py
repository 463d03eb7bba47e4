"""What the verb does when files cannot be written, or it is killed: all of it, or nothing.

The plan itself is tested in tests/test_plan.py; here the command line is run as a person runs it.
"""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from appcred.cli import run
from appcred.plan import JOURNAL
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

FOLDER = "custom_components/example"
TESTS = "tests"
WRITING = ("retrofit", ".", "--allow-no-vcs")
NOTHING = (*WRITING, "--select", "APC102")
"""A run that finds nothing to change here; what it does is what every run does first."""

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
        if code == 0:  # what is only cleaning up; the next run does it
            assert retrofit(root) == 0
            assert "interrupted" not in capsys.readouterr().err
            assert contents(root) == after()
            shutil.rmtree(root)
            written(root, FILES)
            continue
        assert code == 2
        assert f"{os.strerror(why)}; nothing was changed" in said.err
        assert snapshot(root) == former
    assert code == 0
    assert contents(root) == after()
    if call in ("open", "replace"):
        # one for each file that is written, beside the journal's own
        written_files = sum(FILES.get(name) != data for name, data in after().items())
        assert len(failed_at) > written_files


def folders() -> list[str]:
    changed = {
        str(Path(name).parent)
        for name in FILES.keys() | after().keys()
        if FILES.get(name) != after().get(name)
    }
    return sorted({".", *changed})


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
    assert len(folders()) >= 3


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
        # The journal and the new contents of each file take a page at least.
        assert failed > 5


# --- killed --------------------------------------------------------------------------------------


def test_killed_between_any_two_writes_the_next_run_restores_the_tree(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    after()
    said = tmp_path / "said"
    template = written(tmp_path / "template", FILES)
    (template / f"{FOLDER}/__init__.py").chmod(0o640)
    former = snapshot(template)
    told = 0
    for number in range(1, 1000):
        root = tmp_path / "root"
        shutil.copytree(template, root)
        code = in_process(root, said, lambda: kill_at(number, root))  # noqa: B023
        assert code in (0, -signal.SIGKILL), said.read_text()
        halfway = snapshot(root)
        assert retrofit(root, NOTHING) == 0
        now, words = snapshot(root), capsys.readouterr().err
        if "an earlier run in" in words:
            told += 1
            assert f"an earlier run in {root} was interrupted; the " in words
            assert "files it was to change are as before" in words
            assert now == former
        else:
            # Nothing was touched yet, or all of it was done.
            assert now == former or contents(root) == after()
            left = {name for name in halfway if name.startswith(JOURNAL)}
            assert contents(root) == after() or now.keys() == halfway.keys() - left
        # and the run after that is as if there had been none
        assert retrofit(root) == 0
        assert "interrupted" not in capsys.readouterr().err
        assert contents(root) == after()
        shutil.rmtree(root)
        if code == 0:
            break
    assert number > 15
    assert told > 5


def test_one_run_restores_and_goes_on(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    after()
    real = os.unlink

    def stop() -> None:
        def unlink(path: Path, **options: object) -> None:
            if Path(path).name == "journal.json":
                os.kill(os.getpid(), signal.SIGKILL)
            real(path, **options)

        os.unlink = unlink

    assert in_process(root, tmp_path / "said", stop) == -signal.SIGKILL
    assert (root / JOURNAL / "journal.json").exists()
    # What only looks leaves it as it is.
    assert retrofit(root, ("retrofit", ".", "--check")) in (0, 1)
    assert (root / JOURNAL / "journal.json").exists()
    capsys.readouterr()
    assert retrofit(root) == 0
    assert f"an earlier run in {root} was interrupted" in capsys.readouterr().err
    assert contents(root) == after()


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
