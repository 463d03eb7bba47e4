"""What git cannot bring back is not written over, and nothing in a tree makes git do anything."""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from appcred import vcs
from appcred.errors import UsageError
from appcred.plan import Change, Plan

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "custom_components/lamp/__init__.py"
BEFORE, AFTER = b"before\n", b"after\n"


def git(root: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *arguments]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout


def commit(root: Path) -> None:
    if not (root / ".git").exists():
        git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "all")


def write(root: Path, name: str = NAME, content: bytes = BEFORE) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def change(root: Path, name: str = NAME, before: bytes | None = BEFORE) -> Plan:
    return Plan(root, (Change(PurePosixPath(name), before, AFTER),))


def test_committed_files_may_be_changed(tmp_path: Path) -> None:
    write(tmp_path)
    commit(tmp_path)
    vcs.require_clean(change(tmp_path))
    vcs.require_clean(change(tmp_path, "custom_components/lamp/new.py", None))
    # What else lies there is none of its business.
    write(tmp_path, "custom_components/lamp/other.py")
    write(tmp_path, "README.md")
    vcs.require_clean(change(tmp_path))


# Each makes a tree that `git status` calls clean, or that cannot be had back from git.


def ignored(root: Path) -> None:
    write(root, ".gitignore", b"custom_components/\n")
    commit(root)
    write(root)


def submodule(root: Path) -> None:
    """A submodule that the outer repository is told not to look into."""
    inner = root / "custom_components"
    write(root)
    commit(inner)
    commit(root)
    git(root, "config", "submodule.custom_components.ignore", "all")
    write(root, NAME, b"edited\n")


def own_repository_in_an_ignored_folder(root: Path) -> None:
    write(root, ".gitignore", b"custom_components/\n")
    commit(root)
    write(root)
    commit(root / "custom_components")
    write(root, NAME, b"edited\n")


def assumed_unchanged(root: Path) -> None:
    write(root)
    commit(root)
    git(root, "update-index", "--assume-unchanged", NAME)
    write(root, NAME, b"edited\n")


def assumed_unchanged_and_is(root: Path) -> None:
    """`git restore` would not bring it back once it is changed."""
    write(root)
    commit(root)
    git(root, "update-index", "--assume-unchanged", NAME)


def skipped(root: Path) -> None:
    write(root)
    commit(root)
    git(root, "update-index", "--skip-worktree", NAME)
    write(root, NAME, b"edited\n")


def staged(root: Path) -> None:
    """What is on disk is committed; `git restore` would bring back what is staged."""
    write(root)
    commit(root)
    write(root, NAME, b"staged\n")
    git(root, "add", "-A")
    write(root)


def added(root: Path) -> None:
    write(root, "README.md")
    commit(root)
    write(root)
    git(root, "add", "-A")


def never_committed(root: Path) -> None:
    git(root, "init", "-q")
    write(root)


def touched_at_the_same_time(root: Path) -> None:
    """Of the same length and time as in the index, so that git does not look inside."""
    path = write(root)
    os.utime(path, ns=(0, 0))
    commit(root)
    git(root, "update-index", "--refresh")
    path.write_bytes(b"b3f0re\n")
    os.utime(path, ns=(0, 0))


@pytest.mark.parametrize(
    "spoil",
    [
        ignored,
        submodule,
        own_repository_in_an_ignored_folder,
        assumed_unchanged,
        assumed_unchanged_and_is,
        skipped,
        staged,
        added,
        never_committed,
        touched_at_the_same_time,
    ],
)
def test_changes_that_git_cannot_undo_are_refused(
    tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(tmp_path)
    plan = change(tmp_path, NAME, (tmp_path / NAME).read_bytes())
    with pytest.raises(UsageError, match=rf"uncommitted changes: {NAME}; commit them, or use --al"):
        vcs.require_clean(plan)
    with pytest.raises(UsageError, match="uncommitted changes"):
        vcs.require_clean(plan, allow_no_vcs=True)
    vcs.require_clean(plan, allow_dirty=True)


def test_without_git_it_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path)
    with pytest.raises(
        UsageError, match="lamp is not in a git repository, so changes could not be undone"
    ):
        vcs.require_clean(change(tmp_path))
    with pytest.raises(UsageError, match="is not in a git repository"):
        vcs.require_clean(change(tmp_path), allow_dirty=True)
    vcs.require_clean(change(tmp_path), allow_no_vcs=True)
    vcs.require_clean(change(tmp_path), allow_no_vcs=True, allow_dirty=True)
    commit(tmp_path)
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(UsageError, match=r"is not in a git repository \(git is not installed\)"):
        vcs.require_clean(change(tmp_path))


def test_a_sparse_checkout_is_not_written_over(tmp_path: Path) -> None:
    write(tmp_path, "README.md")
    write(tmp_path, "tests/test_lamp.py")
    commit(tmp_path)
    git(tmp_path, "sparse-checkout", "set", "--no-cone", "/README.md")
    assert not (tmp_path / "tests").exists()
    plan = change(tmp_path, "tests/test_lamp.py", None)
    with pytest.raises(UsageError, match=r"test_lamp\.py is missing, but git tracks it"):
        vcs.require_clean(plan)
    vcs.require_clean(plan, allow_dirty=True)


def test_a_clean_repository_inside_another_is_clean(tmp_path: Path) -> None:
    write(tmp_path, "README.md")
    commit(tmp_path)
    write(tmp_path)
    commit(tmp_path / "custom_components")
    vcs.require_clean(change(tmp_path))


def test_files_of_two_repositories(tmp_path: Path) -> None:
    write(tmp_path, "tests/test_lamp.py")
    commit(tmp_path)
    write(tmp_path)
    commit(tmp_path / "custom_components")
    both = (*change(tmp_path).changes, *change(tmp_path, "tests/test_lamp.py").changes)
    vcs.require_clean(Plan(tmp_path, both))
    write(tmp_path, "tests/test_lamp.py", b"edited\n")
    plan = Plan(tmp_path, (both[0], Change(both[1].path, b"edited\n", AFTER)))
    with pytest.raises(UsageError, match=r"changes: tests/test_lamp\.py;"):
        vcs.require_clean(plan)


def test_line_ends_of_a_checkout_are_no_change(tmp_path: Path) -> None:
    write(tmp_path, ".gitattributes", b"*.py text eol=crlf\n")
    write(tmp_path)
    commit(tmp_path)
    write(tmp_path, NAME, b"before\r\n")
    vcs.require_clean(change(tmp_path, NAME, b"before\r\n"))


# --- what a tree could make git do ---------------------------------------------------------------


@pytest.fixture
def owned(tmp_path: Path) -> Path:
    return tmp_path / "owned"


def script(path: Path, owned: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\ntouch '{owned}'\nexit 1\n")
    path.chmod(0o755)
    return path


def judged(root: Path) -> None:
    """Ask all that is asked of git about a tree."""
    with contextlib.suppress(UsageError):
        vcs.require_clean(change(root))
    write(root, "custom_components/lamp/.appcred-0123abcd-0")
    with pytest.raises(UsageError, match="was killed"):
        vcs.refuse_leftovers_in(root, [root / "custom_components/lamp"])
    vcs.is_ignored(root, root / "custom_components/lamp")


def test_an_embedded_bare_repository_is_a_folder(tmp_path: Path, owned: Path) -> None:
    root = tmp_path / "root"
    write(root)
    commit(root)
    bare = root / "custom_components/lamp"
    git(tmp_path, "init", "-q", "--bare", str(bare))
    hook = script(tmp_path / "evil.sh", owned)
    for key in ("core.fsmonitor", "core.sshCommand"):
        git(bare, "config", "--file", "config", key, str(hook))
    git(bare, "config", "--file", "config", "core.bare", "false")
    git(bare, "config", "--file", "config", "core.worktree", str(bare))
    judged(root)
    assert not owned.exists()


@pytest.mark.parametrize(
    "setting",
    [
        ("core.fsmonitor", "{0}"),
        ("filter.evil.clean", "{0}"),
        ("filter.evil.smudge", "{0}"),
        ("filter.evil.process", "{0}"),
        ("diff.external", "{0}"),
        ("core.pager", "{0}"),
        ("core.hooksPath", "{1}"),
        ("core.sshCommand", "{0}"),
    ],
)
def test_the_configuration_of_a_repository_runs_nothing(
    tmp_path: Path, owned: Path, setting: tuple[str, str]
) -> None:
    """A `.git` cannot be committed, but an archive may hold one."""
    root = tmp_path / "root"
    write(root)
    write(root, ".gitattributes", b"* filter=evil diff=evil\n")
    commit(root)
    hooks = tmp_path / "hooks"
    evil = script(tmp_path / "evil.sh", owned)
    for name in ("post-index-change", "post-checkout", "pre-commit", "fsmonitor-watchman"):
        script(hooks / name, owned)
    git(root, "config", setting[0], setting[1].format(evil, hooks))
    write(root, NAME, b"edited\n")
    judged(root)
    assert not owned.exists()


def test_a_missing_object_is_not_fetched(tmp_path: Path, owned: Path) -> None:
    root = tmp_path / "root"
    write(root)
    commit(root)
    evil = script(tmp_path / "evil.sh", owned)
    for key, value in {
        "remote.origin.url": f"ext::{evil}",
        "remote.origin.promisor": "true",
        "extensions.partialClone": "origin",
        "protocol.allow": "always",
        "protocol.ext.allow": "always",
        "core.repositoryFormatVersion": "1",
    }.items():
        git(root, "config", key, value)
    tree = git(root, "rev-parse", "HEAD^{tree}").strip()
    (root / f".git/objects/{tree[:2]}/{tree[2:]}").unlink()
    judged(root)
    assert not owned.exists()


def test_the_environment_does_not_lead_git_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "root"
    write(root)
    commit(root)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_EXTERNAL_DIFF"):
        monkeypatch.setenv(name, "/nonexistent")
    vcs.require_clean(change(root))


def test_git_of_the_tree_is_not_run(
    tmp_path: Path, owned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "root"
    write(root)
    commit(root)
    script(root / "git", owned)
    monkeypatch.chdir(root)
    monkeypatch.setenv("PATH", os.pathsep.join([".", "", os.environ["PATH"]]))
    vcs.require_clean(change(root))
    assert not owned.exists()


def test_git_that_hangs_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "README.md")
    commit(tmp_path)
    os.mkfifo(tmp_path / ".gitignore")
    monkeypatch.setattr(vcs, "_DEADLINE", 0.5)
    assert not vcs.is_ignored(tmp_path, tmp_path / "lamp")
