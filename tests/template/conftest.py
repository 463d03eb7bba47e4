"""The template as its tests take it: a folder that is no repository, with what lies there now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lab.trees import template as copied
from template.quick import Template

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def quick(source: Path) -> Template:
    return Template.read(source)
