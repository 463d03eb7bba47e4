"""Where a Python of a wanted version is, and where appcred keeps what it builds.

Home Assistant pins its Python closely, so the interpreter that runs appcred is seldom the one that
can run Home Assistant. Nothing is installed here unless `install` is asked for.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from appcred.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECONDS_TO_ANSWER = 20
_SECONDS_TO_INSTALL = 300


class UvMissingError(UsageError):
    """No `uv` was found; the text says how to get it."""

    def __init__(self) -> None:
        super().__init__("uv is not installed; install it with: pip install uv")


def cache_root() -> Path:
    """Return the folder that holds everything appcred builds and may build again.

    It is `APPCRED_CACHE` where that is set, else `$XDG_CACHE_HOME/appcred` or `~/.cache/appcred`.
    The folder need not exist.
    """
    if chosen := os.environ.get("APPCRED_CACHE"):
        return Path(chosen).expanduser()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "appcred"


def make_folder(folder: Path) -> None:
    """Make a folder of the cache, if it is not there. Raises UsageError if it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        reason = "" if os.access(folder, os.W_OK | os.X_OK) else "permission denied"
    except OSError as error:
        reason = str(error.strerror).lower()
    if reason:
        raise UsageError(
            f"{folder} cannot be written ({reason}); set APPCRED_CACHE to a folder that can"
        )


def find_uv() -> Path:
    """Return the `uv` program: on PATH, or beside the Python that runs appcred.

    Raises UvMissingError.
    """
    beside = str(Path(sys.executable).parent)
    if found := shutil.which("uv") or shutil.which("uv", path=beside):
        return Path(found)
    raise UvMissingError


def find_python(
    version: tuple[int, int],
    minimum: tuple[int, int, int] | None = None,
    *,
    install: bool = False,
) -> Path | None:
    """Return an interpreter of exactly this major and minor version, or None if there is none.

    Looked at in this order: the variable `APPCRED_PYTHON_3_14` (and so on), appcred's cache
    (`python3.14` below it), PATH, the running interpreter, pyenv's versions, what uv knows. With
    `install`, uv is asked to download one if nothing else is left.

    Args:
        version: Major and minor, `(3, 14)`.
        minimum: The oldest patch release that will do, `(3, 14, 2)`.
        install: Whether uv may download an interpreter.

    """
    wanted = minimum or (*version, 0)
    for candidate in _candidates(version):
        if _fits(candidate, version, wanted):
            return candidate
    if install:
        _uv("python", "install", _dotted(version), seconds=_SECONDS_TO_INSTALL)
        found = _uv_find(version)
        if found is not None and _fits(found, version, wanted):
            return found
    return None


def python_missing(version: tuple[int, int], minimum: tuple[int, int, int] | None = None) -> str:
    """Return one sentence that says which Python is missing and how to get it."""
    dotted = _dotted(version)
    least = (
        f"Python {'.'.join(map(str, minimum))} or a newer {dotted}"
        if minimum
        else f"Python {dotted}"
    )
    name = _variable(version)
    named = os.environ.get(name)
    hint = f"or name one in {name}=/path/to/python{dotted}"
    if named:
        hint = f"or correct {name}: {named} is not a Python"
    return f"{least} was not found; install it (uv python install {dotted}) {hint}"


def _variable(version: tuple[int, int]) -> str:
    return f"APPCRED_PYTHON_{version[0]}_{version[1]}"


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def _candidates(version: tuple[int, int]) -> Iterator[Path]:
    name = f"python{_dotted(version)}"
    if named := os.environ.get(_variable(version)):
        yield Path(named).expanduser()
    for inner in ("usr/bin", "bin"):
        yield from sorted(cache_root().glob(f"{name}*/{inner}/{name}"), reverse=True)
    if on_path := shutil.which(name):
        yield Path(on_path)
    yield Path(sys.executable)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(pyenv.glob(f"versions/{_dotted(version)}.*/bin/{name}"), reverse=True)
    if known := _uv_find(version):
        yield known


def _uv_find(version: tuple[int, int]) -> Path | None:
    answer = _uv("python", "find", "--no-project", "--no-python-downloads", _dotted(version))
    return Path(answer) if answer else None


def _uv(*arguments: str, seconds: int = _SECONDS_TO_ANSWER) -> str | None:
    try:
        done = subprocess.run(
            [find_uv(), *arguments], capture_output=True, text=True, timeout=seconds, check=False
        )
    except (OSError, subprocess.TimeoutExpired, UvMissingError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _fits(python: Path, version: tuple[int, int], minimum: tuple[int, int, int]) -> bool:
    found = _version_of(python)
    return found is not None and found[:2] == version and found >= minimum


@cache
def _version_of(python: Path) -> tuple[int, int, int] | None:
    """Ask an interpreter for its version; None if it does not run or is not a final CPython."""
    question = (
        "import sys; v = sys.version_info; final = v.releaselevel == 'final'; "
        "print(*v[:3]) if final and sys.implementation.name == 'cpython' else None"
    )
    try:
        done = subprocess.run(
            [python, "-I", "-c", question],
            capture_output=True,
            text=True,
            timeout=_SECONDS_TO_ANSWER,
            check=True,
        )
        major, minor, micro = map(int, done.stdout.split())
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return major, minor, micro
