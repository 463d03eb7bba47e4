"""Good integrations and how to break them: what the tests of mutations are made of."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from appcred import loading
from appcred.documents import json as json_edits
from appcred.finding import FixKind
from appcred.integration import File, Integration, Layout
from appcred.release import Release, Span, newest
from appcred.resources import data_root
from appcred.rules import engine
from appcred.target import releases
from lab.sources import NEWEST, wheel
from lab.trees import cover
from template.quick import Template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from appcred.finding import Finding

CORE = (
    *("google_drive", "google_health", "home_connect", "lyric", "myuplink", "smartthings"),
    "weheat",
)


@dataclass(frozen=True)
class Good:
    """An integration with nothing wrong, or nothing but what core is known for."""

    name: str
    integration: Integration
    span: Span

    def text(self, name: str) -> str | None:
        """Return a file of its folder; one that begins with `/` is relative to the root."""
        file = self.integration.files.get(self.path(name))
        return None if file is None else file.content.decode()

    def path(self, name: str) -> PurePosixPath:
        """Return a file's path."""
        return PurePosixPath(name[1:]) if name.startswith("/") else self.integration.path(name)


@dataclass(frozen=True)
class Broken:
    """An integration after a mutation, and the places that its rule must name."""

    integration: Integration
    places: tuple[tuple[PurePosixPath, int], ...]


def broken(good: Good, name: str, text: str | None, at: str, *, in_: str | None = None) -> Broken:
    """Put a text in the place of a file; the finding is where `at` first matches in `in_`."""
    content = None if text is None else text.encode()
    integration = good.integration.with_file(good.path(name), content)
    place = good.path(in_ or name)
    found = re.search(at, integration.files[place].content.decode(), re.MULTILINE)
    assert found, f"{good.name}: no {at} in {place}"
    start = found.start(1) if found.groups() else found.start()
    line = integration.files[place].content.decode().count("\n", 0, start) + 1
    return Broken(integration, ((place, line),))


def swap(
    good: Good, name: str, old: str, new: str, at: str, *, in_: str | None = None
) -> Broken | None:
    """Replace the first match of a regular expression in a file, if there is one.

    The rule must then report the line where `at`, another one, first matches in that file or `in_`.
    """
    text = good.text(name)
    if text is None or not re.search(old, text, re.MULTILINE):
        return None
    return broken(good, name, re.sub(old, new, text, count=1, flags=re.MULTILINE), at, in_=in_)


def strings(good: Good) -> str:
    """Return the name of the file with the texts."""
    return good.integration.strings_name


def with_texts(good: Good, edit: Callable[[bytes], bytes]) -> Good:
    """Edit the texts."""
    path = good.path(strings(good))
    content = edit(good.integration.files[path].content)
    return replace(good, integration=good.integration.with_file(path, content))


def put(good: Good, keys: Sequence[str], value: str) -> Broken:
    """Put a text among the others; the finding is at its key."""
    edited = with_texts(good, lambda content: json_edits.put(content, keys, value))
    path = good.path(strings(good))
    line, _ = json_edits.place(edited.integration.files[path].content, keys)
    return Broken(edited.integration, ((path, line),))


def custom_before(good: Good, release: str) -> bool:
    """Say whether it is an author's integration with a floor before a release."""
    return good.integration.layout is Layout.CUSTOM and good.span.floor < Release.parse(release)


@cache
def emitted() -> tuple[Good, ...]:
    """Return what the template emits for its cover."""
    template = Template.read(data_root())
    found = []
    for answers in cover():
        files = template.render(answers.data)
        core = answers.layout == "core"
        parent = "homeassistant/components" if core else "custom_components"
        tests = f"tests/components/{answers.domain}" if core else "tests"
        integration = Integration(
            Path("/emitted"),
            PurePosixPath(parent, answers.domain),
            Layout(answers.layout),
            answers.domain,
            {
                PurePosixPath(path): File(text.encode())
                for path, text in files.items()
                if path.startswith((f"{parent}/{answers.domain}/", "tests/"))
            },
            PurePosixPath(tests),
        )
        floor = Release.from_number(answers.data["floor"])
        found.append(Good(str(answers), integration, Span(floor, floor if core else newest())))
    return tuple(found)


@cache
def of_core() -> tuple[Good, ...]:
    """Return the ones of core."""
    found = []
    for domain in CORE:
        place = loading.find(wheel(NEWEST) / "homeassistant" / "components" / domain, print)[0]
        integration = loading.load(place)
        assert integration is not None
        found.append(Good(domain, integration, releases(integration, "auto").span))
    return tuple(found)


def new(good: Good, after: Integration) -> list[Finding]:
    """Return what the rules find in an integration and did not before."""
    before = Counter(finding.key for finding in engine.check(good.integration, good.span))
    left = []
    for finding in engine.check(after, good.span):
        if before[finding.key]:
            before[finding.key] -= 1
        else:
            left.append(finding)
    return left


NO_FIX = {"abort_without_text", "step_without_text", "reauth_caught"}
"""Mutations of rules with a safe fix that it does not take back to the byte: texts, clauses."""


def judged(code: str, mutate: Any, goods: Sequence[Good]) -> Iterator[str]:
    """Run a mutation over integrations; yield each it applies to, having looked at the result."""
    for good in goods:
        made = mutate(good)
        if made is None:
            continue
        found = new(good, made.integration)
        seen = [(f.code, str(f.path), f.line) for f in found]
        assert seen == [(code, str(path), line) for path, line in made.places], good.name
        if engine.rule(code).RULE.fix is FixKind.SAFE and mutate.__name__ not in NO_FIX:
            assert all(finding.fix for finding in found), good.name
            fixed = engine.fix(made.integration, good.span, {FixKind.SAFE}, only=[code])
            for path, file in fixed.integration.files.items():
                assert file.content == good.integration.files[path].content, good.name
        yield good.name
