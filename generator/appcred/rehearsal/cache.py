"""`appcred cache`: what is kept in the cache, how large it is, and away with what nobody uses."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appcred.rehearsal.environment import KEY, MARKER, homes
from appcred.rehearsal.pythons import cache_root, make_folder

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from pathlib import Path

_DAY: Final = 24 * 3600
DAYS: Final = 30
"""What was not used for so long is pruned."""


@dataclass(frozen=True, slots=True)
class CacheItem:
    """A folder of the cache."""

    folder: Path
    what: str
    size: int
    """Bytes; what it shares with another folder counts for the first one."""
    days: int | None = None
    """Days since it was used; None: that is not known."""
    prune: str = ""
    """Why it is pruned; empty: it is not."""


def cache_items() -> list[CacheItem]:
    """Return what is in the cache."""
    root, seen = cache_root(), set[tuple[int, int]]()
    found: list[CacheItem] = []
    if homes().is_dir():
        found = [
            _environment(folder, _size(folder, seen))
            for folder in sorted(homes().iterdir())
            if folder.is_dir()
        ]
    others = sorted(root.iterdir()) if root.is_dir() else []
    for folder in others:
        if folder.is_dir() and folder not in (homes(), root / "runs"):
            found.append(CacheItem(folder, folder.name, _size(folder, seen)))
    return found


def _environment(folder: Path, size: int) -> CacheItem:
    marker = folder / MARKER
    layer = "+" in folder.name
    version, _, key = folder.name.partition("+" if layer else "-")
    if not marker.is_file():
        return CacheItem(folder, f"Home Assistant {version}", size, prune="it is incomplete")
    days = int((time.time() - marker.stat().st_mtime) // _DAY)
    what = f"Home Assistant {version}"
    why = f"it was not used for {days} days" if days >= DAYS else ""
    if layer:
        what += f" with {', '.join(json.loads(marker.read_text('utf-8'))['requirements'])}"
        if not (folder.parent / f"{version}-{KEY}" / MARKER).is_file():
            why = "its base is missing"
    elif key != KEY:
        why = "it was created by another version of appcred"
    return CacheItem(folder, what, size, days, why)


def _size(folder: Path, seen: set[tuple[int, int]]) -> int:
    size, waiting = 0, [os.fspath(folder)]
    while waiting:
        try:
            entries = list(os.scandir(waiting.pop()))
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)
                continue
            status = entry.stat(follow_symlinks=False)
            if (status.st_dev, status.st_ino) not in seen:
                seen.add((status.st_dev, status.st_ino))
                size += status.st_blocks * 512
    return size


def prune(items: list[CacheItem]) -> list[CacheItem]:
    """Remove what is to be pruned and nobody builds at this moment; return what was removed."""
    removed = []
    for item in items:
        if item.prune:
            with _free(item.folder) as free:
                if free:
                    shutil.rmtree(item.folder, ignore_errors=True)
                    removed.append(item)
    return removed


@contextmanager
def _free(folder: Path) -> Iterator[bool]:
    """Hold the lock of an environment; give False if another process has it."""
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


def main(arguments: argparse.Namespace) -> int:
    """Run the verb for the command line; return its exit code."""
    make_folder(cache_root())
    items = cache_items()
    shown = prune(items) if arguments.prune else items
    print(cache_root())
    for item in shown:
        used = "" if item.days is None else f", used {_ago(item.days)}"
        why = f" ({item.prune})" if item.prune else ""
        print(f"  {_megabytes(item.size):>9}  {item.what}{used}{why}")
    total = _megabytes(sum(item.size for item in shown))
    if arguments.prune:
        print(f"removed {len(shown)} of {len(items)}, {total}")
    else:
        print(f"{total} in total; --prune removes what is broken or was not used for {DAYS} days")
    return 0


def _ago(days: int) -> str:
    return ("today", "yesterday")[days] if days < 2 else f"{days} days ago"


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.0f} MB"
