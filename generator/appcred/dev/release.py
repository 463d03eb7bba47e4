"""`python -m appcred.dev release 2026.12.0`: what a new Home Assistant release changes for appcred.

Printed as a draft for `releases.yml`: rows that are valid there, each to be read, named and kept
or thrown away by a person.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from appcred.dev.surface import Fact, lists, read, watched
from appcred.dev.wheels import wheel
from appcred.release import Release, newest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TITLES = {
    "calls": "other calls in OAuth2 code",
    "class": "classes",
    "function": "functions",
    "manifest key": "keys of manifests",
    "name": "constants and attributes",
    "report": "usage that Home Assistant now reports",
    "text": "shared texts",
}


@dataclass(frozen=True, slots=True)
class Changes:
    """What is different in the newer of two releases."""

    release: str
    added: tuple[Fact, ...]
    removed: tuple[Fact, ...]
    changed: tuple[tuple[Fact, Fact], ...]
    """Before and after."""
    lists: dict[str, Any]
    """Lists of `releases.yml` that are out of date, with their new content."""


def compare(old: str, new: str) -> Changes:
    """Compare two exact releases. Raises UsageError if one cannot be downloaded."""
    files = watched(Release.parse(old))
    folders = [wheel(release) / "homeassistant" for release in (old, new)]
    before, after = ({fact.key: fact for fact in read(folder, files)} for folder in folders)
    known, copied = (lists(folder) for folder in folders)
    return Changes(
        new,
        tuple(sorted(after[key] for key in after.keys() - before.keys())),
        tuple(sorted(before[key] for key in before.keys() - after.keys())),
        tuple(
            (before[key], after[key])
            for key in sorted(after.keys() & before.keys())
            if before[key] != after[key]
        ),
        {name: value for name, value in copied.items() if known.get(name) != value},
    )


def rows(changes: Changes) -> dict[str, dict[str, object]]:
    """Return a draft of a row of `capabilities` for each thing that is new."""
    number = Release.parse(changes.release).number
    found: dict[str, dict[str, object]] = {}
    for fact in changes.added:
        if fact.kind == "calls":
            continue
        name = _row_name(fact)
        while name in found:
            name += "_"
        where = f"{fact.name} in {fact.path} of {changes.release}"
        found[name] = {"since": number, "source": where}
    return found


def _row_name(fact: Fact) -> str:
    """Name a row after a fact, in the letters that rows have."""
    last = re.split(r"::", fact.name.partition(":  ")[0])[-1]
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", last.partition(": ")[0])
    kind = fact.kind.replace(" ", "_") + "_" if fact.kind in ("text", "manifest key") else ""
    return kind + re.sub(r"\W+", "_", words).strip("_").lower()


def render(changes: Changes, old: str) -> str:
    """Return the draft as text."""
    lines = [f"Home Assistant {old} -> {changes.release}: changes in what appcred relies on."]
    lines += ["", "Draft of rows for `capabilities` in releases.yml:", ""]
    for name, row in rows(changes).items():
        lines.append(f"{json.dumps(name)}: {json.dumps(row, ensure_ascii=False)},")
    number = Release.parse(changes.release).number
    lines += ["", f'Removed; a row about one of these needs "until": {number}:']
    lines += list(_by_kind(changes.removed, "- "))
    lines += ["", "Added, with details:"]
    lines += list(_by_kind(changes.added, "+ "))
    lines += ["", "Changed:"]
    for before, after in changes.changed:
        lines.append(f"  ~ {after.name} in {after.path}")
        if after.kind == "calls":
            lines += _calls(before, after)
        else:
            lines += [f"      {before.detail}", f"   -> {after.detail}"]
    for name, value in changes.lists.items():
        lines += ["", f"New content of `{name}`:", json.dumps(value)]
    return "\n".join(lines) + "\n"


def _by_kind(facts: Iterable[Fact], mark: str) -> Iterator[str]:
    kind = ""
    for fact in facts:
        if fact.kind != kind:
            kind = fact.kind
            yield f"  {_TITLES[kind]}:"
        detail = f"  {fact.detail}" if fact.detail else ""
        yield f"    {mark}{fact.name} in {fact.path}{detail}"


def _calls(before: Fact, after: Fact) -> list[str]:
    old, new = (set(fact.detail.split(", ")) for fact in (before, after))
    lines = [f"      no longer calls {', '.join(sorted(old - new))}"] if old - new else []
    return lines + ([f"      now calls {', '.join(sorted(new - old))}"] if new - old else [])


def main(release: str, since: str | None) -> int:
    """Print the draft and return the exit code. Raises UsageError and ValueError."""
    old = since or f"{newest()}.0"
    print(render(compare(old, release), old), end="")
    return 0
