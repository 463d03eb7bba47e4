"""The tables of verdicts on what `check` finds in core."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


def rows(name: str) -> list[dict[str, Any]]:
    """Return the rows of a table beside this file."""
    text = Path(__file__).with_name(name).read_text(encoding="utf-8")
    found: list[dict[str, Any]] = yaml.safe_load(text)
    return found


TABLE = rows("verdicts.yml")

BEFORE = "2026.10.4"

ONLY_BEFORE = rows("verdicts_2026_10.yml")
