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
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from appcred.rehearsal.pythons import cache_root

if TYPE_CHECKING:
    from collections.abc import Iterator

_PR_SET_PDEATHSIG: Final = 1

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
    user = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    command = (
        *("unshare", *user, "--net", "--pid", "--fork", "--kill-child", "--mount-proc"),
        *("sh", "-c", f'{_PREPARE} exec "$@"', "sh"),
    )
    try:
        tried = subprocess.run([*command, "true"], capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return command if tried.returncode == 0 else ()


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
    root.mkdir(parents=True, exist_ok=True)
    for old in root.iterdir():
        _sweep(old)
    folder = Path(tempfile.mkdtemp(dir=root))
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _sweep(folder: Path) -> None:
    try:
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return  # someone else's, still running, or not yet locked
