"""What the tests of `appcred new` share: a folder whose path fits a terminal's line."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Return an empty folder; pytest's own, run in parallel, may be wider than 80 columns."""
    with tempfile.TemporaryDirectory(prefix="new-") as folder:
        yield Path(folder).resolve()
