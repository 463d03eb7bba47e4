"""What releases.yml says of the newest release is what lies in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml

from appcred.release import Release, newest
from appcred.resources import data_root
from lab.sources import NEWEST, wheel

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.lab

HISTORY = yaml.safe_load((data_root() / "releases.yml").read_text("utf-8"))["history"]["default"]


@pytest.fixture(scope="module")
def package() -> Path:
    return wheel(NEWEST) / "homeassistant"


def test_the_newest_release_is_the_lab_s() -> None:
    assert Release.parse(NEWEST) == newest()


def test_categories(package: Path) -> None:
    rows = json.loads((package / "generated/integration_categories.json").read_text("utf-8"))
    found = {row["slug"]: [each["slug"] for each in row["subcategories"]] for row in rows}
    assert found == HISTORY["categories"]


def test_the_oldest_python_of_the_newest_test_package() -> None:
    row = HISTORY["test_package"][-1]
    (metadata,) = wheel(row["homeassistant"]).glob("homeassistant-*.dist-info/METADATA")
    assert f"\nRequires-Python: >={row['python']}\n" in metadata.read_text("utf-8")


def test_core_domains(package: Path) -> None:
    manifests = [
        json.loads(path.read_text("utf-8")) for path in package.glob("components/*/manifest.json")
    ]
    found = {each["domain"] for each in manifests}
    assert found == set(HISTORY["core_domains"])
