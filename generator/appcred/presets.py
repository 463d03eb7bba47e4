"""The presets: public facts about common authorization servers, read from presets.yml."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from appcred.errors import UsageError
from appcred.resources import data_root

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Preset:
    """One vendor: answers to the template's questions, and the pages they were taken from.

    `notes` are sentences about what the answers cannot say.
    """

    name: str
    answers: Mapping[str, Any]
    sources: tuple[str, ...]
    notes: tuple[str, ...]


@cache
def presets() -> dict[str, Preset]:
    """Return every preset by its name."""
    text = (data_root() / "presets.yml").read_text(encoding="utf-8")
    rows = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    return {
        name: Preset(name, row["answers"], tuple(row["sources"]), tuple(row.get("notes", ())))
        for name, row in rows.items()
    }


def preset(name: str) -> Preset:
    """Return one preset. Raises UsageError, naming those there are, for any other name."""
    known = presets()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name.lower(), known, n=1)
    meant = f"did you mean {near[0]}? Presets" if near else "presets"
    raise UsageError(f"unknown preset {name!r}; {meant}: {', '.join(sorted(known))}")
