"""Processes that cannot reach the network, leave nothing behind, and end with their parent."""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from appcred.rehearsal.pythons import cache_root, make_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

_PR_SET_PDEATHSIG: Final = 1
_TRIES: Final = 20
_AS_ANYBODY: Final = ("--user", "--map-root-user")

# Zeroconf, which Home Assistant starts, needs an interface with multicast.
_PREPARE: Final = (
    "ip link set lo up && ip link set lo multicast on && ip route add 224.0.0.0/4 dev lo && "
)


@cache
def namespace() -> tuple[str, ...]:
    """Return the command that runs another in its own namespaces, or () if not permitted.

    Network: only loopback is there. Processes: when the first one ends, the system ends all others.
    """
    if sys.platform != "linux" or not shutil.which("unshare") or not shutil.which("ip"):
        return ()
    # Root in a container may have lost the right to it, and can still do as others do.
    for user in ((), _AS_ANYBODY) if os.geteuid() == 0 else (_AS_ANYBODY,):
        command = (
            *("unshare", *user, "--net", "--pid", "--fork", "--kill-child", "--mount-proc"),
            *("sh", "-c", f'{_PREPARE} exec "$@"', "sh"),
        )
        try:
            tried = subprocess.run([*command, "true"], capture_output=True, timeout=20, check=False)
        except (OSError, subprocess.TimeoutExpired):
            continue
        if tried.returncode == 0:
            return command
    return ()


def end_with_parent() -> None:
    """Ask the system to end this process when its parent ends. For use right after a fork."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@contextmanager
def run_folder() -> Iterator[Path]:
    """Make a folder for one run inside the cache, and remove it afterwards.

    What a run that was killed left behind is removed by the next one: each folder is locked by
    the run that it belongs to, and the system lets go of a lock when its process ends.
    """
    root = cache_root() / "runs"
    make_folder(root)
    with (root.parent / "runs.lock").open("w") as all_runs:
        # One that is made but not yet locked would be taken for one that was left behind.
        fcntl.flock(all_runs, fcntl.LOCK_EX)
        for old in root.iterdir():
            _sweep(old)
        folder = Path(tempfile.mkdtemp(dir=root))
        lock = (folder / "lock").open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        _remove(folder)
        lock.close()


def _remove(folder: Path) -> None:
    """Remove a folder, though a process that is being killed may still write into it."""
    for _ in range(_TRIES):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)


def _sweep(folder: Path) -> None:
    try:
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(folder)
    except OSError:
        return  # someone else's, still running, or not yet locked
