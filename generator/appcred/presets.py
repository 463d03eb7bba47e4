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
    from collections.abc import Collection, Mapping


@dataclass(frozen=True, slots=True)
class Preset:
    """One vendor: answers to the template's questions, and the pages they were taken from.

    `notes` are sentences about what the answers cannot say.
    """

    name: str
    answers: Mapping[str, Any]
    sources: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Habit:
    """Something that a vendor does and others do not, and the stages of a rehearsal it explains."""

    stages: tuple[str, ...]
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Profile:
    """How a vendor's token endpoint differs from others."""

    name: str
    hosts: tuple[str, ...]
    terms: Mapping[str, Any]
    """What differs in the form of its answers, as in a responses file."""
    habits: tuple[Habit, ...]

    def explains(self, stage: str) -> str:
        """Return a habit of the vendor that may explain a stage's result, or an empty text."""
        found = [
            f"{self.name} {each.text} ({each.source})"
            for each in self.habits
            if stage in each.stages
        ]
        return "; ".join(found)


@cache
def _rows() -> dict[str, dict[str, Any]]:
    text = (data_root() / "presets.yml").read_text(encoding="utf-8")
    rows: dict[str, dict[str, Any]] = yaml.load(
        text,
        getattr(yaml, "CSafeLoader", yaml.SafeLoader),  # noqa: S506
    )
    return rows


@cache
def presets() -> dict[str, Preset]:
    """Return every preset by its name."""
    return {
        name: Preset(name, row["answers"], tuple(row["sources"]), tuple(row.get("notes", ())))
        for name, row in _rows().items()
        if "answers" in row
    }


@cache
def profiles() -> dict[str, Profile]:
    """Return every vendor whose habits are known, by its name."""
    return {
        name: Profile(
            name,
            tuple(row["vendor"]["hosts"]),
            row["vendor"].get("terms", {}),
            tuple(Habit(tuple(stages), *rest) for stages, *rest in row["vendor"]["habits"]),
        )
        for name, row in _rows().items()
        if "vendor" in row
    }


def profile(name: str) -> Profile:
    """Return a vendor by its name. Raises UsageError, naming those there are, for any other."""
    _must_be_known(name, profiles(), "vendor")
    return profiles()[name]


def profile_of(host: str) -> Profile | None:
    """Return the vendor whose token endpoint lies on a host."""
    return next((found for found in profiles().values() if host in found.hosts), None)


def preset(name: str) -> Preset:
    """Return one preset. Raises UsageError, naming those there are, for any other name."""
    _must_be_known(name, presets(), "preset")
    return presets()[name]


def _must_be_known(name: str, rows: Collection[str], what: str) -> None:
    if name in rows:
        return
    near = difflib.get_close_matches(name.lower(), rows, n=1)
    meant = f"did you mean {near[0]}? {what.capitalize()}s" if near else f"{what}s"
    raise UsageError(f"unknown {what} {name!r}; {meant}: {', '.join(sorted(rows))}")
