"""The lab's environments: a real Home Assistant of a release, with the test package that fits it.

Each is a virtual environment of its own, because the test package pins pytest and everything else
exactly. It is built once, by uv, into the cache outside the repository, under a name that ends in
a hash of its specification: what changes here gets a new environment, never a stale one.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from appcred.rehearsal.pythons import cache_root, find_python, find_uv

if TYPE_CHECKING:
    from collections.abc import Iterator

PLUGIN = "pytest-homeassistant-custom-component"


@dataclass(frozen=True, slots=True)
class Specification:
    """What one environment holds.

    `minimum` is the oldest patch release of `python` that this Home Assistant starts on;
    `overrides` replace what a requirement pins, in uv's meaning of an override.
    """

    release: str
    python: tuple[int, int]
    minimum: tuple[int, int, int]
    requirements: tuple[str, ...]
    overrides: tuple[str, ...] = ()


# Which version of the test package carries which Home Assistant is in that package's own
# metadata (its exact pin of homeassistant), on PyPI.
_TABLE = (
    Specification("2026.10.4", (3, 14), (3, 14, 2), (f"{PLUGIN}==0.13.375",)),
    Specification("2025.4.4", (3, 13), (3, 13, 0), (f"{PLUGIN}==0.13.236",)),
    # No test package pins 2026.11 yet, so the newest one is made to take it; what that breaks is
    # mended in plugins/lab_newest.py.
    Specification(
        "2026.11.0", (3, 14), (3, 14, 2), (f"{PLUGIN}==0.13.375",), ("homeassistant==2026.11.0",)
    ),
    Specification("2025.12.4", (3, 14), (3, 14, 0), (f"{PLUGIN}==0.13.301",)),
    Specification("2026.3.4", (3, 14), (3, 14, 2), (f"{PLUGIN}==0.13.320",)),
    # Home Assistant of 2022 needs pkg_resources, a josepy with ComparableX509, and what its http
    # component requires, which the test package did not bring yet.
    Specification(
        "2022.6.7",
        (3, 10),
        (3, 10, 0),
        (f"{PLUGIN}==0.9.17", "setuptools==65.7.0", "josepy<2", "aiohttp_cors==0.7.0"),
    ),
)
SPECIFICATIONS = {specification.release: specification for specification in _TABLE}


class MissingPythonError(Exception):
    """No Python on this machine runs this Home Assistant; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment: the Home Assistant release in it, and its folder."""

    release: str
    root: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.root / "bin" / "python"

    @property
    def usable(self) -> bool:
        """Whether it is built, and the Python that it was built with is still there."""
        return self.python.exists()

    @property
    def series(self) -> tuple[int, int]:
        """The version of its Python, as (major, minor)."""
        return SPECIFICATIONS[self.release].python

    @property
    def site_packages(self) -> Path:
        """The folder that holds the package `homeassistant`."""
        (found,) = self.root.glob("lib/python3.*/site-packages")
        return found


def environment(release: str) -> Environment:
    """Return the environment of a release, built first if this machine has not built it yet.

    Takes about a minute when it has to be built. Raises MissingPythonError if no Python fits,
    KeyError for a release that the table does not have, and RuntimeError with uv's last words if
    the installation fails.
    """
    specification = SPECIFICATIONS[release]
    built = Environment(release, _folder(specification))
    if not built.usable:
        python = _python(specification)
        with locked(built.root):
            if not built.usable:
                shutil.rmtree(built.root, ignore_errors=True)
                _build(specification, python, built.root)
    return built


def missing_python(release: str) -> str | None:
    """Return the sentence that says which Python a release lacks here, or None if it has one."""
    specification = SPECIFICATIONS[release]
    if Environment(release, _folder(specification)).usable:
        return None
    try:
        _python(specification)
    except MissingPythonError as error:
        return str(error)
    return None


def library() -> Path:
    """Return the folder with `acmelib`, the library of the trees that have one.

    Installed as its author would publish it, and beside the environments, which hold what the
    library depends on.
    """
    source = Path(__file__).parent / "acmelib"
    files = sorted(path for path in source.rglob("*") if path.suffix in {".py", ".toml"})
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:10]
    folder = lab_root() / f"acmelib-{digest}"
    if not folder.is_dir():
        with locked(folder):
            if not folder.is_dir():
                with arriving(folder) as scratch, tempfile.TemporaryDirectory() as name:
                    copied = shutil.copytree(source, Path(name) / "acmelib")
                    _uv(
                        "pip",
                        "install",
                        "--quiet",
                        "--no-deps",
                        "--target",
                        str(scratch),
                        str(copied),
                    )
    return folder


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock beside a path of the cache, so that two processes do not build it at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(path.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def arriving(path: Path) -> Iterator[Path]:
    """Give a temporary name beside a path, and rename it to the path when all went well.

    What stands under the path is therefore always whole.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        yield scratch / path.name
        (scratch / path.name).rename(path)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def lab_root() -> Path:
    """Return the folder of the cache that holds everything the lab builds or downloads."""
    return cache_root() / "lab"


def clean_environ(**more: str) -> dict[str, str]:
    """Return the variables of this process without those that bend another Python's behaviour.

    Without bytecode files Home Assistant starts four times slower; a coverage or pytest option
    of the outer run would be obeyed by the inner one.
    """
    drop = ("PYTHON", "PYTEST", "COVERAGE", "COV_", "VIRTUAL_ENV", "MYPY")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(drop)}
    return kept | more


def _folder(specification: Specification) -> Path:
    text = json.dumps(asdict(specification), sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:10]
    return lab_root() / f"{specification.release}-{digest}"


def _python(specification: Specification) -> Path:
    found = find_python(specification.python, specification.minimum)
    if found is None:
        least = ".".join(map(str, specification.minimum))
        series = ".".join(map(str, specification.python))
        raise MissingPythonError(
            f"Python {series} ({least} or newer) is not on this machine (.ci/python {series} "
            f"brings it), so Home Assistant {specification.release} was not exercised"
        )
    return found


def _build(specification: Specification, python: Path, root: Path) -> None:
    with arriving(root) as scratch:
        # Relocatable, because it is renamed into place at the end.
        _uv("venv", "--quiet", "--relocatable", "--python", str(python), str(scratch))
        overrides = scratch / "lab-overrides.txt"
        overrides.write_text("".join(f"{line}\n" for line in specification.overrides))
        _uv(
            "pip",
            "install",
            "--quiet",
            "--python",
            str(scratch / "bin" / "python"),
            "--overrides",
            str(overrides),
            *specification.requirements,
            variables=_headers(python),
        )


def _headers(python: Path) -> dict[str, str]:
    """Return where a compiler finds the headers of a Python that is not installed system-wide."""
    include = python.resolve().parents[1] / "include"
    return {"CPATH": str(include)} if include.is_dir() else {}


def _uv(*arguments: str, variables: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        [find_uv(), *arguments],
        env=clean_environ(**(variables or {})),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"uv {arguments[0]} failed: {done.stderr.strip()[-2000:]}")


if __name__ == "__main__":
    # For .ci/run: the Python versions that some environment needs and this machine lacks.
    lacking = {one.python for one in _TABLE if missing_python(one.release)}
    print(*(".".join(map(str, series)) for series in sorted(lacking)))
