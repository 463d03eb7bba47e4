"""Git, run so that a tree cannot make it start programs: what can be restored, and how.

A tree may be hostile: an embedded bare repository, a `.git` that came in an archive. So git's own
judgement (`git status`) is not asked for; it runs filters, and leaves out what it is told to leave
out. It is asked which bytes a commit holds, and those are compared here.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shlex
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from appcred.errors import UsageError
from appcred.plan import LEFTOVER, real_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from appcred.integration import Integration
    from appcred.plan import Plan

_DEADLINE: Final = 60
"""Seconds. Git waits forever for a `.gitignore` that is a pipe."""

_OPTIONS: Final = (
    # A folder of the tree is no repository, whatever it looks like.
    *("-c", "safe.bareRepository=explicit"),
    # What a repository's own configuration can make git run or open.
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", f"core.excludesFile={os.devnull}"),
    *("-c", f"core.attributesFile={os.devnull}"),
    "--no-pager",
    "--no-optional-locks",
)

_LITERAL: Final = "--literal-pathspecs"
"""Paths are names of files, and no patterns."""

_ENVIRONMENT: Final = {
    "GIT_ALLOW_PROTOCOL": "none",  # an object that is missing is not fetched
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ATTR_NOSYSTEM": "1",
    "LC_ALL": "C",
}


class _GitError(Exception):
    """Git failed; the message is git's own."""


def git(folder: Path, *arguments: str) -> bytes:
    """Run git in a folder of a tree and return what it prints. It trusts nothing of the tree.

    The user's own configuration holds, `safe.directory` for one. Raises `_GitError` if there is no
    git, if it fails, and if it takes longer than a minute.
    """
    # On a path like `.` or `bin`, the tree's own files would be run.
    search = [part for part in os.get_exec_path() if Path(part).is_absolute()]
    program = shutil.which("git", path=os.pathsep.join(search))
    if program is None:
        raise _GitError("git is not installed")
    environment = {name: value for name, value in os.environ.items() if name[:4] != "GIT_"}
    try:
        done = subprocess.run(
            [program, "-C", str(folder), *_OPTIONS, *arguments],
            capture_output=True,
            check=False,
            env=environment | _ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            timeout=_DEADLINE,
        )
    except subprocess.TimeoutExpired as error:
        raise _GitError(f"git did not answer within {_DEADLINE} seconds") from error
    except (OSError, ValueError) as error:
        raise _GitError(str(error)) from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise _GitError(said[0] if said else f"git ended with {done.returncode}")
    return done.stdout


def is_ignored(outer: Path, folder: Path) -> bool:
    """Whether the repository `outer` ignores a folder in it, which may not exist yet."""
    try:
        git(outer, "check-ignore", "--quiet", f"{folder}/")
    except _GitError:
        return False
    return True


def remote_url(folder: Path, name: str) -> str:
    """Return the address of a remote of the repository around a folder, empty if there is none."""
    try:
        return git(folder, "remote", "get-url", name).decode(errors="replace").strip()
    except _GitError:
        return ""


# --- what can be had back ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Repository:
    """The innermost repository of some files, and what it holds of them, by their paths in it."""

    root: Path
    index: dict[str, tuple[str, str]]
    """The state that `git ls-files -v` names by a letter, and the object."""
    head: dict[str, str]
    """The objects of the last commit."""

    @classmethod
    def of(cls, folder: Path, paths: Sequence[Path]) -> _Repository:
        """Ask git about files and folders below a folder. Raises `_GitError`."""
        top = git(folder, "rev-parse", "--show-toplevel").removesuffix(b"\n")
        root = Path(os.path.realpath(os.fsdecode(top)))
        if not folder.is_relative_to(root):
            raise _GitError(f"the repository's files lie in {root}")
        names = [path.relative_to(root).as_posix() for path in paths]
        index, head = {}, {}
        for entry in _entries(git(root, _LITERAL, "ls-files", "-z", "-v", "--stage", "--", *names)):
            facts, _, name = entry.partition("\t")
            letter, _, identity, stage = facts.split()
            index[name] = (letter if stage == "0" else "M", identity)
        try:
            committed = git(root, _LITERAL, "ls-tree", "-r", "-z", "HEAD", "--", *names)
        except _GitError:  # there is no commit yet
            committed = b""
        for entry in _entries(committed):
            facts, _, name = entry.partition("\t")
            head[name] = facts.split()[2]
        return cls(root, index, head)

    def can_restore(self, path: Path, content: bytes) -> bool:
        """Whether `git restore` would bring back a file's content if it changed."""
        name = path.relative_to(self.root).as_posix()
        letter, identity = self.index.get(name, ("", ""))
        # H: in the index, and neither marked as unchanged nor left out of a sparse checkout.
        if letter != "H" or self.head.get(name) != identity:
            return False
        # Git may have written it with other line ends than it stores it with.
        return any(
            identity == _object(each, len(identity))
            for each in (content, content.replace(b"\r\n", b"\n"))
        )

    def knows(self, path: Path) -> bool:
        """Whether a file is tracked, be it there or not."""
        name = path.relative_to(self.root).as_posix()
        return name in self.index or name in self.head


def _entries(listing: bytes) -> list[str]:
    return [os.fsdecode(entry) for entry in listing.split(b"\0") if entry]


def _object(content: bytes, length: int) -> str:
    """Return the name that git has for a content; it is longer in a repository with SHA-256."""
    made = hashlib.sha256 if length == 64 else hashlib.sha1
    return made(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def require_clean(plan: Plan, *, allow_dirty: bool = False, allow_no_vcs: bool = False) -> None:
    """Raise UsageError unless git can take back all that a plan is about to do.

    Each file that would be changed has to be tracked by the innermost repository around it, and
    equal to its last commit. Each that would be created is neither tracked nor there.
    """
    if allow_dirty and allow_no_vcs:
        return
    root = Path(os.path.realpath(plan.root))
    before = {real_path(root, change.path): change.before for change in plan.changes}
    unsaved = []
    for folder, files in _by_folder(before).items():
        try:
            repository = _Repository.of(folder, files)
        except _GitError as error:
            if allow_no_vcs:
                continue
            why = "" if "not a git repository" in str(error) else f" ({error})"
            raise UsageError(
                f"{folder} is not in a git repository{why}, so changes could not be undone; "
                "commit it to one, or use --allow-no-vcs"
            ) from error
        for path in files:
            content = before[path]
            if content is None:
                if repository.knows(path) and not allow_dirty:
                    raise UsageError(
                        f"{path} is missing, but git tracks it; restore it with `git "
                        "restore` or `git sparse-checkout`, or use --allow-dirty"
                    )
            elif not repository.can_restore(path, content):
                unsaved.append(path)
    if unsaved and not allow_dirty:
        shown = ", ".join(_below(path, root) for path in unsaved[:5])
        more = f" and {len(unsaved) - 5} more" if len(unsaved) > 5 else ""
        raise UsageError(
            f"{root} has uncommitted changes: {shown}{more}; commit them, or use --allow-dirty"
        )


def _by_folder(files: Iterable[Path]) -> dict[Path, list[Path]]:
    """Group files by the innermost repository, or, where there is none, by the nearest folder."""
    groups: dict[Path, list[Path]] = {}
    for path in sorted(files):
        nearest = next(folder for folder in path.parents if folder.is_dir())
        around = (folder for folder in (nearest, *nearest.parents) if _has_git(folder))
        groups.setdefault(next(around, nearest), []).append(path)
    return groups


def _has_git(folder: Path) -> bool:
    return os.path.lexists(folder / ".git")


def _is_within(folder: Path, other: Path) -> bool:
    """Whether a folder is another one, or is inside it."""
    return folder.is_relative_to(other) and folder.exists()


def _below(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


# --- what a kill left half done ------------------------------------------------------------------

_BEFORE: Final = 60
"""Seconds that a run may have taken to write its files, before it was killed."""


def refuse_leftovers(integration: Integration) -> None:
    """Raise UsageError if a run that was killed left something half done in an integration."""
    own = (integration.folder, integration.path("translations"))
    tests = (path for path in (integration.tests, integration.new_tests) if path is not None)
    folders = {*own, *tests, *(path.parent for path in integration.files)}
    refuse_leftovers_in(integration.root, {integration.root / folder for folder in folders})


def refuse_leftovers_in(root: Path, folders: Iterable[Path]) -> None:
    """Raise UsageError if a run that was killed left something in some folders below a root.

    Such a run leaves a file beside one that it was to write (`plan.LEFTOVER`). Nothing is read out
    of it: the sentence names what differs from the last commit since then, and the commands.
    """
    found = {
        Path(os.path.realpath(path)): path.lstat().st_mtime
        for folder in folders
        for path in _leftovers(folder)
    }
    if not found:
        return
    since = min(found.values()) - _BEFORE
    below = {Path(os.path.realpath(folder)) for folder in folders}
    commands: list[str] = []
    try:
        for folder in _by_folder(found):
            repository = _Repository.of(
                folder, [each for each in below if _is_within(each, folder)]
            )
            commands += _commands(repository, sorted(below), since)
    except _GitError:
        commands = []
    if not commands and all(_is_tracked(path) for path in found):
        return  # somebody's own file of that name
    left = ", ".join(str(path) for path in sorted(found))
    todo = (
        f"To restore them: {' && '.join(commands)}"
        if commands
        else f"Restore a copy of {root} or check its files, then delete what was left"
    )
    raise UsageError(
        f"an earlier run of appcred was killed and left {left}. Other files may be half "
        f"changed. {todo}"
    )


def _is_tracked(path: Path) -> bool:
    try:
        return bool(git(path.parent, _LITERAL, "ls-files", "-z", "--", path.name))
    except _GitError:
        return False


def _leftovers(folder: Path) -> list[Path]:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        return [Path(entry.path) for entry in entries if LEFTOVER.fullmatch(entry.name)]
    return []


def _commands(repository: _Repository, folders: Sequence[Path], since: float) -> list[str]:
    """Return the git commands that undo all that was written below some folders since a time.

    Older changes are the user's own work. Raises `_GitError`.
    """
    top = repository.root
    names = [each.relative_to(top).as_posix() for each in folders if each.is_relative_to(top)]
    changed = [name for name in repository.index if _has_changed(repository, top / name, since)]
    new = [
        name
        for name in _entries(git(top, _LITERAL, "ls-files", "-z", "--others", "--", *names))
        if not name.endswith((".pyc", "/")) and (top / name).lstat().st_mtime >= since
    ]
    command = f"git -C {shlex.quote(str(top))}"
    return [
        *([f"{command} restore -- {shlex.join(changed)}"] if changed else []),
        *([f"{command} clean -fx -- {shlex.join(new)}"] if new else []),
    ]


def _has_changed(repository: _Repository, path: Path, since: float) -> bool:
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode) or status.st_mtime < since:
            return False
        return not repository.can_restore(path, path.read_bytes())
    except FileNotFoundError:
        # Deleted, unless a sparse checkout leaves it out.
        name = path.relative_to(repository.root).as_posix()
        return repository.index[name][0] == "H"
