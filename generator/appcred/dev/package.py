"""`python -m appcred.dev package dist --tag v1.2.3`: compare a built package with its git tag.

Copier updates a tree with the template of the tag `v<version>`, so that template and the wheel's
have to be the same files.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import Final

from appcred.errors import UsageError

DATA: Final = ("copier.yml", "releases.yml", "presets.yml", "template")
"""What the wheel carries in `appcred/data`."""


def problems(folder: Path, checkout: Path, tag: str | None) -> list[str]:
    """Return what is wrong with the wheel and the source distribution in a folder, in sentences.

    They are compared with the files of `checkout`, or with those of its git tag. Raises UsageError
    if the folder does not hold one of each, or the tag does not exist.
    """
    wheel, source = (_only(folder, pattern) for pattern in ("*.whl", "*.tar.gz"))
    project = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version = project["version"]
    wrong: list[str] = []
    if tag is not None and tag != f"v{version}":
        wrong.append(f"the tag is {tag}, but pyproject.toml says version {version}")
    wrong += [
        f"{built.name} does not have version {version}"
        for built in (wheel, source)
        if not built.name.startswith(f"appcred-{version}")
    ]
    if f"## {version}" not in (checkout / "CHANGELOG.md").read_text(encoding="utf-8"):
        wrong.append(f"CHANGELOG.md has no section `## {version}`")
    wanted = _files(checkout, tag)
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.startswith("appcred/data/")]
        carried = {name.removeprefix("appcred/data/"): archive.read(name) for name in names}
    wrong += _differences(wanted, carried, wheel.name)
    with tarfile.open(source) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    wrong += [f"{source.name} lacks {name}" for name in sorted(wanted.keys() - inside)]
    return wrong


def _only(folder: Path, pattern: str) -> Path:
    found = list(folder.glob(pattern))
    if len(found) != 1:
        raise UsageError(
            f"{folder} has {len(found)} files {pattern}, but must have one; run `uv build`"
        )
    return found[0]


def _files(checkout: Path, tag: str | None) -> dict[str, bytes]:
    """Return the data files of a checkout, or of a git tag of it, by their paths."""
    if tag is None:
        listed = _git(checkout, "ls-files", "-z", "--", *DATA).split(b"\0")
        return {name.decode(): (checkout / name.decode()).read_bytes() for name in listed if name}
    listed = _git(checkout, "ls-tree", "-r", "-z", "--name-only", tag, "--", *DATA).split(b"\0")
    return {
        name.decode(): _git(checkout, "show", f"{tag}:{name.decode()}") for name in listed if name
    }


def _git(checkout: Path, *arguments: str) -> bytes:
    done = subprocess.run(["git", *arguments], cwd=checkout, capture_output=True, check=False)
    if done.returncode:
        raise UsageError(f"git {arguments[0]} failed: {done.stderr.decode().strip()}")
    return done.stdout


def _differences(wanted: dict[str, bytes], carried: dict[str, bytes], name: str) -> list[str]:
    wrong = [f"{name} lacks {path}" for path in sorted(wanted.keys() - carried.keys())]
    wrong += [
        (f"{name} contains {path}, which is not in git")
        for path in sorted(carried.keys() - wanted.keys())
    ]
    return wrong + [
        f"{path} differs in {name}"
        for path in sorted(wanted.keys() & carried.keys())
        if wanted[path] != carried[path]
    ]


def main(folder: Path, tag: str | None) -> int:
    """Print what is wrong and return the exit code. Raises UsageError."""
    wrong = problems(folder, Path.cwd(), tag)
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    if not wrong:
        print("The package is correct.")
    return 1 if wrong else 0
