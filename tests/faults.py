"""What goes wrong while files are written: processes that are killed, disks that are full."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NOBODY = 65534


def tree(root: Path, files: dict[str, bytes]) -> Path:
    """Write files below a folder, and return it."""
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


def snapshot(root: Path) -> dict[str, tuple[int, bytes | None]]:
    """Return every path below a folder, empty folders too, with its mode and contents."""
    return {
        path.relative_to(root).as_posix(): (
            path.lstat().st_mode,
            path.read_bytes() if path.is_file() else None,
        )
        for path in sorted(root.rglob("*"))
    }


def in_child(work: Callable[[], object]) -> int:
    """Run something in a process of its own. Returns its exit code, negative for a signal.

    What the work returns is that code, if it is a number.
    """
    child = os.fork()
    if child == 0:
        try:
            try:
                code = work()
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(code if isinstance(code, int) else 0)
        finally:  # even where the exit fails: nothing of this process may go on as the test run
            os.kill(os.getpid(), signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


# --- killed --------------------------------------------------------------------------------------

_STEPS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.chown"}


def kill_at(number: int, below: Path | None = None) -> None:
    """Kill this very process, -9, just before its next `number`th step on the file system.

    With `below`, only what opens for writing, or changes, something below that folder counts.
    """
    left = number
    root = None if below is None else os.path.realpath(below)

    def step(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event not in _STEPS and event != "open":
            return
        if root is not None:
            path = arguments[0]
            inside = isinstance(path, (str, os.PathLike)) and str(path).startswith(root)
            reading = event == "open" and not int(str(arguments[2])) & (os.O_WRONLY | os.O_RDWR)
            if not inside or reading:
                return
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(step)


# --- full, or not to be written ------------------------------------------------------------------


@contextlib.contextmanager
def small_file_system(folder: Path) -> Iterator[bool]:
    """Put a file system of 256 KiB at a folder; gives False where none may be mounted."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder]
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(command, capture_output=True, check=False).returncode
    )
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", folder], check=True)


def give_away(*folders: Path) -> None:
    """Let files belong to a user whom modes apply to, for root may write anywhere."""
    for folder in folders if os.geteuid() == 0 else ():
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


def become_nobody() -> None:
    """Be that user from now on, where one is root."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
