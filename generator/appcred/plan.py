"""A plan: what changes between a tree as read and as wanted; shown as a diff, applied whole."""

from __future__ import annotations

import contextlib
import difflib
import os
import re
import secrets
import signal
import stat
import sys
import threading
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, Self, TextIO

from appcred.errors import UsageError
from appcred.printing import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


class Action(StrEnum):
    """What happens to a file."""

    CREATE = "create"
    MODIFY = "modify"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Change:
    """One file, by its path relative to the plan's root: its bytes before and after.

    None is a file that does not exist. Raises ValueError if nothing would change, or if
    the path is absolute or climbs.
    """

    path: PurePosixPath
    before: bytes | None
    after: bytes | None

    def __post_init__(self) -> None:
        if self.before == self.after:
            raise ValueError(f"{self.path} would not change")
        if self.path.is_absolute() or ".." in self.path.parts or not self.path.parts:
            raise ValueError(f"{self.path} is not a path below a root")

    @property
    def action(self) -> Action:
        """Return whether the file is created, modified or deleted."""
        if self.before is None:
            return Action.CREATE
        return Action.DELETE if self.after is None else Action.MODIFY


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes of one tree, ordered by path. Raises ValueError if a path comes twice."""

    root: Path
    changes: tuple[Change, ...]

    def __post_init__(self) -> None:
        paths = [change.path for change in self.changes]
        if len(set(paths)) < len(paths):
            raise ValueError("a plan changes each file once")
        object.__setattr__(self, "changes", tuple(sorted(self.changes, key=lambda c: c.path)))

    @classmethod
    def between(
        cls,
        root: Path,
        before: Mapping[PurePosixPath, bytes],
        after: Mapping[PurePosixPath, bytes],
    ) -> Self:
        """Compare two trees, each given as its files' bytes by path relative to the root."""
        paths = before.keys() | after.keys()
        pairs = ((path, before.get(path), after.get(path)) for path in paths)
        return cls(root, tuple(Change(path, old, new) for path, old, new in pairs if old != new))

    def __bool__(self) -> bool:
        """Whether anything would change."""
        return bool(self.changes)


# --- shown -------------------------------------------------------------------------------------

_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"
_PAINTS: Final = {"-": "\x1b[31m", "+": "\x1b[32m", "@": "\x1b[36m", " ": ""}


def diff(plan: Plan, *, colour: bool = False, terminal: bool = False) -> str:
    """Return the plan as a unified diff that `git apply` takes, empty for an empty plan.

    For a terminal, characters that cannot be seen are shown as escapes; tabs stay. A file that is
    not UTF-8 is named, not shown; `git apply` refuses such a diff.
    """
    lines = [line for change in plan.changes for line in _file_diff(change)]
    if terminal:
        lines = [(paint, "\t".join(map(printable, text.split("\t")))) for paint, text in lines]
    if colour:
        return "".join(
            f"{paint}{text}{_PLAIN}\n" if paint else f"{text}\n" for paint, text in lines
        )
    return "".join(f"{text}\n" for _, text in lines)


def colour_wanted(stream: TextIO) -> bool:
    """Whether colour belongs on a stream: only on a terminal, and not under NO_COLOR."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _file_diff(change: Change) -> Iterator[tuple[str, str]]:
    """Yield each line of one file's diff, without its newline, after its colour."""
    old, new = _quoted(f"a/{change.path}"), _quoted(f"b/{change.path}")
    yield _BOLD, f"diff --git {old} {new}"
    if change.action is Action.CREATE:
        old = "/dev/null"
        yield _BOLD, "new file mode 100644"
    elif change.action is Action.DELETE:
        new = "/dev/null"
        yield _BOLD, "deleted file mode 100644"
    try:
        before, after = (_lines((data or b"").decode()) for data in (change.before, change.after))
    except UnicodeDecodeError:
        yield "", f"Binary files {old} and {new} differ"
        return
    body = list(difflib.unified_diff(before, after, old, new, lineterm=""))
    yield from ((_BOLD, header) for header in body[:2])
    for line in body[2:]:
        text, newline, _ = line.partition("\n")
        yield _PAINTS[line[0]], text
        if not newline and line[0] != "@":
            yield "", "\\ No newline at end of file"


def _lines(text: str) -> list[str]:
    """Split at newlines alone: `str.splitlines` knows eight more that no diff tool knows."""
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + [line for line in lines[-1:] if line]


def _quoted(path: str) -> str:
    """Quote a path as git does where it holds what would end or break the line."""
    if all(character.isprintable() and character not in '"\\' for character in path):
        return path
    raw = os.fsencode(path)
    named = {0x22: '\\"', 0x5C: "\\\\", 0x0A: "\\n", 0x09: "\\t"}
    return (
        '"'
        + "".join(
            named.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}") for byte in raw
        )
        + '"'
    )


# --- applied -----------------------------------------------------------------------------------

LEFTOVER: Final = re.compile(r"\.appcred-[0-9a-f]{8}-\d+")
"""The name of a file that waits beside its target. One is left only where a run was killed."""

_SIGNALS: Final = ("SIGINT", "SIGTERM", "SIGHUP")


@contextlib.contextmanager
def uninterrupted() -> Iterator[Callable[[], None]]:
    """Hold back Ctrl-C, SIGTERM and SIGHUP; the one that came is delivered at the end.

    Yields a function that raises KeyboardInterrupt if one has come: where it may, the work stops.
    """
    held: list[int] = []
    former = {}

    def stop() -> None:
        if held:
            raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():  # only there may handlers be set
        for number in (getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)):
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                former[number] = signal.signal(number, lambda got, _: held.append(got))
    try:
        yield stop
    except UsageError:
        held.clear()  # its sentence is what a person needs now, and the program ends all the same
        raise
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
        if held:
            signal.raise_signal(held[0])


@dataclass(frozen=True, slots=True)
class _Step:
    """One change of the plan with the real path of its file, and what the new file gets from it."""

    path: Path
    before: bytes | None
    after: bytes | None
    temporary: Path
    status: os.stat_result | None

    def stage(self) -> None:
        """Write the new contents beside the target, so that a full disk shows before a change."""
        if self.after is not None:
            _write(self.temporary, self.after, self.status)

    def switch(self) -> None:
        """Put the new contents in place, if the file still is as it was read."""
        if not _is(self.path, self.before):
            raise UsageError(f"{self.path} has changed since it was read; run appcred again")
        if self.after is None:
            self.path.unlink()
        else:
            self.temporary.replace(self.path)

    def put_back(self) -> bool:
        """Restore the former contents. Whether that succeeded."""
        try:
            if not _is(self.path, self.before):
                if not _is(self.path, self.after):
                    return False  # somebody saved it in the meantime
                if self.before is None:
                    self.path.unlink()
                else:
                    self.temporary.unlink(missing_ok=True)
                    _write(self.temporary, self.before, self.status)
                    self.temporary.replace(self.path)
        except OSError:
            return False
        return True


def apply(plan: Plan) -> tuple[str, ...]:
    """Write a plan, all of it or nothing. Missing folders are made, also the root's own.

    Each file is written whole beside its target and renamed over it. An error, Ctrl-C, SIGTERM
    and SIGHUP put back what was written; after a kill `git` does (`vcs.refuse_leftovers`).
    Returns sentences about what a person would not expect.

    Raises UsageError, with the tree as it was, if a file is no longer what it was when it was
    read, if a path leads out of the root through a symbolic link, or if the system refuses a write.
    """
    if not plan:
        return ()
    root = Path(os.path.realpath(plan.root))
    made: list[Path] = []
    begun: list[_Step] = []
    steps: tuple[_Step, ...] = ()
    with uninterrupted() as stop:
        try:
            steps = _steps(root, plan)
            for step in steps:
                _make_folder(step.path.parent, made)
                step.stage()
            # Deletions come first: while anything is half done, a file beside its target says so.
            for step in sorted(steps, key=lambda step: step.after is not None):
                stop()
                begun.append(step)
                step.switch()
        except BaseException as error:
            left = [step.path for step in reversed(begun) if not step.put_back()]
            for step in steps:
                with contextlib.suppress(OSError):
                    step.temporary.unlink(missing_ok=True)
            for folder in reversed(made):
                with contextlib.suppress(OSError):
                    folder.rmdir()
            if left or isinstance(error, OSError):
                raise _refused(error, root, left) from error
            raise
    return tuple(
        f"{step.path} had {step.status.st_nlink} hard links; it is now separate, and the "
        "other links are unchanged"
        for step in steps
        if step.status is not None and step.status.st_nlink > 1 and step.after is not None
    )


def _steps(root: Path, plan: Plan) -> tuple[_Step, ...]:
    """Check that the plan fits the tree as it is, and lay down how it will be written."""
    token = secrets.token_hex(4)
    steps = []
    for number, change in enumerate(plan.changes):
        real = real_path(root, change.path)
        temporary = real.parent / f".appcred-{token}-{number}"
        status = _checked(root / change.path, change)
        steps.append(_Step(real, change.before, change.after, temporary, status))
    if len({step.path for step in steps}) < len(steps):
        raise UsageError(
            f"two paths below {root} lead to the same file through a symbolic link; replace "
            "the link with a file"
        )
    return tuple(steps)


def _checked(shown: Path, change: Change) -> os.stat_result | None:
    """Return the status of a file that is there. Raises UsageError if it is not as it was read."""
    if change.before is None:
        if os.path.lexists(shown):
            raise UsageError(f"{shown} already exists; move it, or run appcred again")
        return None
    if not shown.exists():
        raise UsageError(f"{shown} was deleted since it was read; run appcred again")
    status = shown.stat()
    if not stat.S_ISREG(status.st_mode) or (shown.is_symlink() and change.after is None):
        raise UsageError(f"{shown} is not a regular file; change it by hand")
    if not _is(shown, change.before):
        raise UsageError(f"{shown} has changed since it was read; run appcred again")
    return status


def real_path(root: Path, path: PurePosixPath) -> Path:
    """Return the real path of a file below a real root. Raises UsageError if it leads elsewhere."""
    real = Path(os.path.realpath(root / path))
    if not real.is_relative_to(root) or real == root:
        raise UsageError(
            f"{root / path} leads out of {root} through a symbolic link; run appcred on the "
            "folder that it leads to"
        )
    if ".git" in real.relative_to(root).parts:
        raise UsageError(f"{root / path} leads into {root / '.git'}; remove that link")
    return real


def _make_folder(folder: Path, made: list[Path]) -> None:
    """Make a folder and those above it, and take down which were not there."""
    if folder.is_dir():
        return
    if os.path.lexists(folder):
        raise UsageError(f"{folder} is a file, but a folder is needed there; move it")
    _make_folder(folder.parent, made)
    folder.mkdir()
    made.append(folder)


def _is(path: Path, content: bytes | None) -> bool:
    """Whether a file has some content now; None is a file that does not exist."""
    if content is None:
        return not os.path.lexists(path)
    return path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content


def _write(path: Path, data: bytes, status: os.stat_result | None) -> None:
    """Write a new file, with the mode and, where that is allowed, the owner of a former one."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if status is not None:
        if sys.platform != "win32":
            with contextlib.suppress(OSError):  # a user namespace may not even know that owner
                os.chown(path, status.st_uid, status.st_gid)
        path.chmod(stat.S_IMODE(status.st_mode))


def _refused(error: BaseException, root: Path, left: Sequence[Path]) -> UsageError:
    if isinstance(error, OSError):
        why = error.strerror or type(error).__name__
        sentence = f"cannot write {error.filename or root}: {why}"
    else:
        sentence = str(error) or "interrupted"
    if not left:
        return UsageError(f"{sentence}; nothing was changed")
    files = ", ".join(str(path) for path in left)
    return UsageError(f"{sentence}; these files could not be restored, check them: {files}")
