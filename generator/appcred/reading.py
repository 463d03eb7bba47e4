"""Files read in bounds: regular ones, up to a size, and nothing that lies outside their tree."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

LIMIT: Final = 1_000_000
"""Bytes. No source file of Home Assistant is half as long; a longer one is data."""

# A pipe that nobody writes to is opened at once, and no terminal becomes the program's own.
_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_BINARY", 0)
)


def read_below(root: Path, path: str | os.PathLike[str]) -> bytes:
    """Return the content of a file of a tree, by its path below the tree's real root.

    Raises FileNotFoundError if there is none, ValueError for what is not read (a link that leads
    out of the tree, what is no regular file, more than `LIMIT` bytes), and any other OSError.
    """
    whole = f"{root}/{os.fspath(path)}"
    if stat.S_ISLNK(os.lstat(whole).st_mode):
        try:
            target = Path(whole).resolve(strict=True)
        except FileNotFoundError as error:
            raise ValueError("a symbolic link to nothing") from error
        except RuntimeError as error:  # before Python 3.13
            raise ValueError("a symbolic link to itself") from error
        if not target.is_relative_to(root):
            raise ValueError("a symbolic link that leads out of the tree, which is not followed")
        whole = str(target)
    return _read(os.open(whole, _FLAGS))


def read_given(path: Path, limit: int = 50 * LIMIT) -> bytes:
    """Return the content of a file that a person names on the command line, pipes included.

    Raises OSError, and ValueError for more than `limit` bytes.
    """
    with path.open("rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise ValueError(f"longer than {limit} bytes")
    return content


def _read(descriptor: int) -> bytes:
    with open(descriptor, "rb", buffering=0) as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("not a regular file")
        if status.st_size > LIMIT:
            raise ValueError(f"longer than {LIMIT} bytes, too long for a source file")
        return file.read(LIMIT)


def reason(error: Exception) -> str:
    """Return why a file was not read, as it is put behind a colon."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error)
