"""Home Assistant's package of a release, downloaded once into the cache and unpacked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from appcred.errors import UsageError
from appcred.rehearsal.pythons import cache_root


def wheel(release: str) -> Path:
    """Return a folder that holds the package `homeassistant` of an exact release, `2026.11.0`.

    No Python that could run it is needed. The folder is shared: read only. Raises UsageError if
    pip cannot download it.
    """
    folder = cache_root() / "lab" / "wheels" / release
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{release}-", dir=folder.parent))
    try:
        with zipfile.ZipFile(_download(release, scratch)) as archive:
            archive.extractall(scratch / release)
        # Renamed when it is whole; if another process was quicker, its folder is as good.
        if not folder.is_dir():
            (scratch / release).rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return folder


def _download(release: str, folder: Path) -> Path:
    wanted = f"homeassistant=={release}"
    # The newest Python there is: each release names the oldest that it runs on.
    options = ("--no-deps", "--only-binary=:all:", "--python-version", "3.14.99")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", *options, "--dest", folder, wanted],
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise UsageError(f"pip could not download {wanted}: {done.stderr.strip()[-500:]}")
    return next(folder.glob("*.whl"))
