"""Home Assistant's own source and settings, downloaded once from PyPI into the cache."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from appcred.dev.wheels import wheel
from lab.environments import arriving, clean_environ, lab_root, locked

__all__ = ["NEWEST", "core_pyproject", "wheel"]

NEWEST = "2026.11.0"
"""The release whose settings for ruff are core's own, here."""


def core_pyproject() -> Path:
    """Return core's `pyproject.toml`, which only the source distribution carries."""
    path = lab_root() / "core" / NEWEST / "pyproject.toml"
    if not path.is_file():
        with locked(path):
            if not path.is_file():
                with arriving(path) as scratch, tempfile.TemporaryDirectory() as download:
                    options = ("--no-binary=:all:", "--ignore-requires-python")
                    archive = _download(NEWEST, Path(download), *options)
                    with tarfile.open(archive) as opened:
                        member = f"homeassistant-{NEWEST}/pyproject.toml"
                        text = opened.extractfile(member)
                        if text is None:
                            raise RuntimeError(f"{archive.name} holds no {member}")
                        scratch.write_bytes(text.read())
    return path


def _download(release: str, folder: Path, *options: str) -> Path:
    wanted = f"homeassistant=={release}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *options]
    done = subprocess.run(
        [*command, "--dest", str(folder), wanted],
        env=clean_environ(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"pip could not download {wanted}: {done.stderr.strip()[-1000:]}")
    (found,) = folder.iterdir()
    return found
