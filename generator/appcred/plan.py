"""A plan: what changes between a tree as read and as wanted; shown as a diff, applied whole.

`apply` writes through a journal, so that an error on the way leaves the tree as it was, and
`recover` undoes what a killed run left half-done. The order on disk is what makes this true:

1. `.appcred-journal/` gets the former bytes of every file, then, in one rename, `journal.json`.
   Nothing outside that folder is touched before.
2. New contents are written to temporary files beside their targets, then renamed over them.
3. `journal.json` is removed. From here on the plan is applied; the rest is cleaning up.

So: a journal with `journal.json` is undone, one without it is only removed.
"""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import json
import os
import re
import secrets
import shutil
import signal
import stat
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, Self, TextIO

from appcred.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

JOURNAL: Final = ".appcred-journal"
"""The folder, at the root of a plan, that exists only while the plan is being written."""

_RECORD: Final = "journal.json"


class Action(StrEnum):
    """What happens to a file."""

    CREATE = "create"
    MODIFY = "modify"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Change:
    """One file, by its path relative to the plan's root: its bytes before and after.

    None stands for a file that is not there. Raises ValueError if nothing would change, or if
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
        """Say whether anything would change."""
        return bool(self.changes)


# --- shown -------------------------------------------------------------------------------------

_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"
_PAINTS: Final = {"-": "\x1b[31m", "+": "\x1b[32m", "@": "\x1b[36m", " ": ""}


def diff(plan: Plan, *, colour: bool = False) -> str:
    """Return the plan as a unified diff that `git apply` takes, empty for an empty plan.

    A file that is not UTF-8 is named, not shown; `git apply` refuses such a diff.
    """
    lines = [line for change in plan.changes for line in _file_diff(change)]
    if colour:
        return "".join(
            f"{paint}{text}{_PLAIN}\n" if paint else f"{text}\n" for paint, text in lines
        )
    return "".join(f"{text}\n" for _, text in lines)


def colour_wanted(stream: TextIO) -> bool:
    """Say whether colour belongs on a stream: only on a terminal, and not under NO_COLOR."""
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


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold back Ctrl-C while something is tidied up; people press it twice. It is raised after."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread gets to see it
        return
    held = []
    former = signal.signal(signal.SIGINT, lambda *_: held.append(True))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)
    if held:
        raise KeyboardInterrupt


@dataclass(frozen=True, slots=True)
class _Entry:
    """One file in the journal: its real path below the root, and digests of its two states.

    `mode`, `uid` and `gid` are the former file's; a new file's mode is cut by the umask.
    """

    path: str
    before: str | None
    after: str | None
    mode: int = 0o666
    uid: int = -1
    gid: int = -1


@dataclass(frozen=True, slots=True)
class _Record:
    """What is needed to undo a plan; the former bytes of entry 3 are the file `3` beside it.

    `folders` are those to be made below the root, parents first. `above` says how many levels
    of the root's own path are made, the root among them. `token` names the temporary files.
    """

    token: str
    above: int
    folders: tuple[str, ...]
    entries: tuple[_Entry, ...]

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9a-f]{8}", self.token):  # it becomes part of file names
            raise ValueError("not a token")

    def temporary(self, root: Path, number: int) -> Path:
        """Return where the new contents of an entry wait, beside their target."""
        return (root / self.entries[number].path).parent / f".appcred-{self.token}-{number}"


def apply(plan: Plan) -> None:
    """Write a plan, all of it or nothing. Missing folders are made, also the root's own.

    Raises UsageError, with the tree as it was, if a file is no longer what it was when it was
    read, if a path leads out of the root through a symbolic link, if an interrupted run has to
    be recovered first, or if the system refuses a write. Any other exception, an interrupt
    among them, leaves the tree as it was, too.
    """
    if not plan:
        return
    root = Path(os.path.realpath(plan.root))
    try:
        missing = [folder for folder in (root, *root.parents) if not folder.exists()]
        record = _prepare(root, plan, above=len(missing))
        try:
            for folder in reversed(missing):
                folder.mkdir()
            _apply(root, plan, record)
        except BaseException:
            _remove_empty(missing)
            raise
    except OSError as error:
        raise _refused(error, root) from error


def recover(root: Path) -> str | None:
    """Undo what a run that was killed left half-done in a tree.

    Returns a sentence for the user, or None if there was nothing to undo. `root` is the root of
    the plan that was being applied. Raises UsageError, having touched nothing, if a file was
    edited since, and if another run is still at work.
    """
    root = Path(os.path.realpath(root))
    journal = root / JOURNAL
    if not os.path.lexists(journal):
        return None
    try:
        if journal.is_symlink() or not journal.is_dir():
            raise UsageError(f"{journal} is not a folder of appcred's; move it out of the way")
        with _lock(journal):
            record = _read_record(root, journal)
            if record is not None:
                _undo(root, journal, record)
            shutil.rmtree(journal)
    except OSError as error:
        raise _refused(error, root) from error
    if record is None:
        return None
    _remove_empty([root, *root.parents][: record.above])
    count = len(record.entries)
    files = "1 file" if count == 1 else f"{count} files"
    return f"an earlier run in {root} was interrupted; the {files} it was to change are as before"


def _prepare(root: Path, plan: Plan, above: int) -> _Record:
    """Check that the plan fits the tree as it is, and lay down how it will be written."""
    entries = []
    folders: dict[str, None] = {}
    for change in plan.changes:
        real = _inside(root, change.path)
        entries.append(_entry(root, real, change))
        for parent in reversed(real.relative_to(root).parents[:-1]):
            if not (root / parent).exists():
                folders[parent.as_posix()] = None
            elif not (root / parent).is_dir():
                raise UsageError(f"{root / parent} is a file where a folder is needed; move it")
    if len({entry.path for entry in entries}) < len(entries):
        raise UsageError(
            f"two files to be changed below {root} are one, through a symbolic link; "
            "replace the link with a file of its own"
        )
    return _Record(secrets.token_hex(4), above, tuple(folders), tuple(entries))


def _entry(root: Path, real: Path, change: Change) -> _Entry:
    shown = root / change.path
    path = real.relative_to(root).as_posix()
    after = _digest(change.after)
    if change.before is None:
        if os.path.lexists(shown):
            raise UsageError(f"{shown} is there already; move it, or run appcred again")
        return _Entry(path, None, after)
    if not shown.exists():
        raise UsageError(f"{shown} has gone since it was read; run appcred again")
    status = shown.stat()
    if not stat.S_ISREG(status.st_mode) or (shown.is_symlink() and change.after is None):
        raise UsageError(f"{shown} is not a regular file; change it by hand")
    if shown.read_bytes() != change.before:
        raise UsageError(f"{shown} has changed since it was read; run appcred again")
    mode = stat.S_IMODE(status.st_mode)
    return _Entry(path, _digest(change.before), after, mode, status.st_uid, status.st_gid)


def _inside(root: Path, path: str | PurePosixPath) -> Path:
    """Return the real path of a file below a real root, or refuse."""
    real = Path(os.path.realpath(root / path))
    if not real.is_relative_to(root) or real == root:
        raise UsageError(
            f"{root / path} leads out of {root} through a symbolic link; "
            "run appcred on the folder it leads to"
        )
    return real


def _apply(root: Path, plan: Plan, record: _Record) -> None:
    journal = root / JOURNAL
    try:
        journal.mkdir(mode=0o700)
    except FileExistsError:
        raise UsageError(
            f"{journal} is there: another run is at work, or one was interrupted; run appcred again"
        ) from None
    try:
        with _lock(journal):
            try:
                _write_record(journal, plan, record)
                _stage(root, plan, record)
                _switch(root, record)
                (journal / _RECORD).unlink()
            except BaseException:
                if (journal / _RECORD).exists():
                    with uninterrupted():
                        _undo(root, journal, record)
                raise
    finally:
        if not (journal / _RECORD).exists():  # a journal that could not be undone is kept
            with uninterrupted():
                shutil.rmtree(journal, ignore_errors=True)


def _write_record(journal: Path, plan: Plan, record: _Record) -> None:
    unfinished = journal / f"{_RECORD}.new"
    written = [unfinished]
    _write(unfinished, json.dumps(asdict(record)).encode())
    for number, change in enumerate(plan.changes):
        if change.before is not None:
            written.append(journal / str(number))
            _write(written[-1], change.before)
    _sync_files(written)
    unfinished.replace(journal / _RECORD)
    _sync(journal)
    _sync(journal.parent)


def _read_record(root: Path, journal: Path) -> _Record | None:
    """Read a journal; None if nothing had been touched yet, or all had been written."""
    try:
        loaded = json.loads((journal / _RECORD).read_bytes())
        entries = tuple(_Entry(**entry) for entry in loaded["entries"])
        record = _Record(
            str(loaded["token"]), int(loaded["above"]), tuple(loaded["folders"]), entries
        )
        for path in (*record.folders, *(entry.path for entry in entries)):
            _inside(root, path)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError) as error:
        raise UsageError(
            f"{journal / _RECORD} is damaged; the former files lie beside it: "
            f"put back what is needed, then remove {journal}"
        ) from error
    return record


def _stage(root: Path, plan: Plan, record: _Record) -> None:
    """Write all new contents beside their targets, so that a full disk shows before a change."""
    for folder in record.folders:
        (root / folder).mkdir()
    written = []
    for number, (change, entry) in enumerate(zip(plan.changes, record.entries, strict=True)):
        if change.after is not None:
            temporary = record.temporary(root, number)
            written.append(temporary)
            _write(temporary, change.after, entry.mode)
            if change.before is not None:
                _dress(temporary, entry)
    _sync_files(written)


def _switch(root: Path, record: _Record) -> None:
    """Put the new contents in place."""
    for number, entry in enumerate(record.entries):
        if entry.after is None:
            (root / entry.path).unlink()
        else:
            record.temporary(root, number).replace(root / entry.path)
    _sync_all(root, record)


def _undo(root: Path, journal: Path, record: _Record) -> None:
    """Bring every file of a journal back to its former state, then close the journal.

    May be killed and run again at any point. Raises UsageError, having touched nothing, if a
    file is in neither of its two states.
    """
    now = [_digest(_read(root / entry.path)) for entry in record.entries]
    for state, entry in zip(now, record.entries, strict=True):
        if state not in (entry.before, entry.after):
            raise UsageError(
                f"{root / entry.path} was edited after a run of appcred was interrupted; what was "
                f"there before lies in {journal}: put back what is needed, then remove that folder"
            )
    for number, (state, entry) in enumerate(zip(now, record.entries, strict=True)):
        temporary = record.temporary(root, number)
        temporary.unlink(missing_ok=True)
        if state == entry.before:
            continue
        if entry.before is None:
            (root / entry.path).unlink()
        else:
            _write(temporary, (journal / str(number)).read_bytes(), entry.mode)
            _dress(temporary, entry)
            _sync_files([temporary])
            temporary.replace(root / entry.path)
    _remove_empty([root / folder for folder in reversed(record.folders)])
    _sync_all(root, record)
    (journal / _RECORD).unlink()


@contextlib.contextmanager
def _lock(journal: Path) -> Iterator[None]:
    """Hold a journal. The system lets go of it when the process ends, however it ends."""
    with (journal / "lock").open("ab") as file:
        if sys.platform != "win32":
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UsageError(
                    f"another run of appcred is writing in {journal.parent}; wait until it ends"
                ) from None
        yield


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _write(path: Path, data: bytes, mode: int = 0o666) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def _sync_files(paths: Sequence[Path]) -> None:
    """Make the contents of files last. Together, for a disk takes many as quickly as one."""
    with ThreadPoolExecutor(max_workers=16) as pool:
        list(pool.map(_sync_file, paths))


def _sync_file(path: Path) -> None:
    # Windows syncs only what may be written; elsewhere a file may be read-only by its mode.
    with path.open("rb+" if sys.platform == "win32" else "rb") as file:
        os.fsync(file.fileno())


def _dress(path: Path, entry: _Entry) -> None:
    """Give a file the owner, as far as that is allowed, and the mode of the one it replaces."""
    if sys.platform != "win32":
        with contextlib.suppress(PermissionError):
            os.chown(path, entry.uid, entry.gid)
    path.chmod(entry.mode)


def _digest(data: bytes | None) -> str | None:
    return None if data is None else hashlib.sha256(data).hexdigest()


def _sync_all(root: Path, record: _Record) -> None:
    for folder in {(root / entry.path).parent for entry in record.entries}:
        _sync(folder)


def _sync(folder: Path) -> None:
    """Make renames in a folder last. Some file systems cannot; the renames hold all the same."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _remove_empty(folders: list[Path]) -> None:
    """Remove folders, children first; one that has got other contents stays."""
    for folder in folders:
        with contextlib.suppress(OSError):
            folder.rmdir()


def _refused(error: OSError, root: Path) -> UsageError:
    place, why = error.filename or root, error.strerror or type(error).__name__
    journal = root / JOURNAL
    if (journal / _RECORD).exists():
        return UsageError(
            f"cannot write {place}: {why}; what was there before lies in {journal}, "
            "and the next run of appcred puts it back"
        )
    return UsageError(f"cannot write {place}: {why}; nothing was changed")
