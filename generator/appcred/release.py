"""Home Assistant releases, their order, and what each can do.

The history itself is `releases.yml`; nothing about it is written here.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any, Final, NamedTuple, Self

from appcred.resources import data_root

REDIRECT_URL: Final = "https://my.home-assistant.io/redirect/oauth"
"""Where a vendor sends users back to, by My Home Assistant, which is on by default."""

_FORM: Final = re.compile(r"(\d{4})\.(\d{1,2})(?:\.\S*)?")


class Release(NamedTuple):
    """A Home Assistant release by year and month, `2026.10`; patch releases do not differ here."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `2026.10`, `2026.10.4` or `2026.10.0b1`.

        Raises ValueError with a sentence for the user if the text is none of these.
        """
        found = _FORM.fullmatch(text.strip())
        if found is None or not 1 <= int(found[2]) <= 12:
            raise ValueError(f"{text!r} is not a Home Assistant release; write it like 2026.10")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def from_number(cls, number: int) -> Self:
        """Read the ordered integer that `releases.yml` and the template use, 202610."""
        return cls(*divmod(number, 100))

    @property
    def number(self) -> int:
        """The ordered integer of `releases.yml` and the template, 202610."""
        return self.year * 100 + self.month

    def __str__(self) -> str:
        """Return the release as Home Assistant writes it, `2026.10`."""
        return f"{self.year}.{self.month}"


class Capability(NamedTuple):
    """Something Home Assistant can do, from one release on, and where that is written."""

    name: str
    since: Release
    until: Release | None
    source: str

    def at(self, release: Release) -> bool:
        """Whether a release has it."""
        return self.since <= release and (self.until is None or release < self.until)


class Span(NamedTuple):
    """The range a tree is judged over: from its floor to the newest release it may meet."""

    floor: Release
    newest: Release

    def some(self, name: str) -> bool:
        """Whether some release of the range has a capability."""
        found = capability(name)
        return found.since <= self.newest and (found.until is None or self.floor < found.until)

    def all(self, name: str) -> bool:
        """Whether every release of the range has a capability."""
        return capability(name).at(self.floor) and capability(name).at(self.newest)


@cache
def history() -> dict[str, Any]:
    """Return what `releases.yml` says, which templates know by the same name."""
    # JSON, which is YAML too: importing a YAML parser would cost a check of one integration 14 ms.
    content = (data_root() / "releases.yml").read_bytes()
    rows: dict[str, Any] = json.loads(content)["history"]["default"]
    return rows


@cache
def oldest() -> Release:
    """Return the first release with application credentials."""
    return Release.from_number(history()["releases"]["oldest"])


@cache
def newest() -> Release:
    """Return the newest release this version of appcred knows."""
    return Release.from_number(history()["releases"]["newest"])


@cache
def capabilities() -> dict[str, Capability]:
    """Return every row of the history by its name."""
    return {
        name: Capability(
            name,
            Release.from_number(row["since"]),
            Release.from_number(row["until"]) if "until" in row else None,
            row["source"],
        )
        for name, row in history()["capabilities"].items()
    }


def capability(name: str) -> Capability:
    """Return one row of the history. Raises KeyError for a name it does not have."""
    return capabilities()[name]


@cache
def names_since() -> dict[str, Release]:
    """Return the first release of each name of Home Assistant that came after the oldest."""
    return {
        f"{owner}.{name}": Release.from_number(since)
        for owner, names in history()["names"].items()
        for name, since in names.items()
    }


class AbortReason(NamedTuple):
    """A reason that Home Assistant's own code ends a flow with."""

    name: str
    raised: Release
    until: Release | None
    central: Release | None
    """The first release that has the text itself; None where the integration must have it."""
    shared: bool
    """Whether the OAuth2 helper raises it, so that every OAuth2 flow can meet it."""
    step: str | None
    """The step of the helper's flow that says it, by its name without `async_step_`."""
    text: str | None
    """The key of its common text, if there is one."""

    def needs_text(self, span: Span) -> bool:
        """Whether an integration must have the text at some release of a range."""
        end = min(
            (release for release in (self.until, self.central) if release is not None),
            default=None,
        )
        return self.raised <= span.newest and (end is None or span.floor < end)


@cache
def abort_reasons() -> dict[str, AbortReason]:
    """Return the abort reasons of Home Assistant's own code by name."""

    def release(number: int | None) -> Release | None:
        return None if number is None else Release.from_number(number)

    return {
        name: AbortReason(
            name,
            Release.from_number(row["raised"]),
            release(row.get("until")),
            release(row.get("central")),
            row.get("shared", False),
            row.get("step"),
            row.get("text"),
        )
        for name, row in history()["abort_reasons"].items()
    }


def own_packages() -> tuple[str, ...]:
    """Return the packages that every Home Assistant is installed with."""
    return tuple(history()["own_packages"])


def package_for_tests(release: Release) -> tuple[str, str]:
    """Return the version of the test package for a floor of the template, and its Home Assistant.

    Raises KeyError for a release that is no floor of a custom integration.
    """
    rows = {row["floor"]: row for row in history()["test_package"]}
    row = rows[release.number]
    return row["version"], row["homeassistant"]


def python_for(release: Release) -> tuple[int, int]:
    """Return the oldest Python, as (major, minor), that a release runs on."""
    rows = (row for row in history()["python"] if row["since"] <= release.number)
    *_, last = rows
    major, minor = last["version"].split(".")
    return int(major), int(minor)
