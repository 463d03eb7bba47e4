"""What the rehearsal's tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lab.trees import template

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the template that Copier takes as it lies there."""
    return template(tmp_path_factory.mktemp("template"))
