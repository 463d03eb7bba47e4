"""The template rendered in memory, with what the manifest says and what a person answered."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import libcst as cst

from appcred.answers import Answers
from appcred.documents.imports import Import, add_imports, imports_of
from appcred.documents.unused import drop_imports
from appcred.errors import UsageError
from appcred.integration import Layout
from appcred.release import Release

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from appcred.integration import Integration
    from appcred.release import Span

_FLOORS: Final = {Layout.CUSTOM: (202504, 202512, 202603, 202610), Layout.CORE: (202611,)}
"""The floors that the template has, as `floor` of copier.yml lists them."""

_LONGEST_NAME: Final = 36
"""Characters, as `name` of copier.yml has it."""

_IN_MANIFEST: Final = {
    "category": "categories",
    "codeowners": "codeowners",
    "documentation": "documentation",
    "integration_type": "integration_type",
    "iot_class": "iot_class",
    "issue_tracker": "issue_tracker",
}
"""Questions that the manifest of an integration has answered, where it has that key."""

API: Final = "api"
OWN_API: Final = "oauth_api"
"""What the template's api.py is called where an integration has one already."""


class Rendered(NamedTuple):
    """What the template emits for an integration.

    `files` are by their names below the integration's folder, `tests` by theirs below the folder
    of tests. `unused` names the answers that made no difference.
    """

    files: Mapping[str, bytes]
    tests: Mapping[str, bytes]
    unused: tuple[str, ...]


def has_urls(answers: Answers) -> bool:
    """Whether a person gave the URLs that OAuth2 needs."""
    known = {**answers.offered, **answers.given}
    return "authorize_url" in known and "token_url" in known


def rendered(integration: Integration, span: Span, answers: Answers) -> Rendered:
    """Render the template for an integration.

    Raises UsageError for a floor that it does not reach back to, for an answer that it refuses,
    and for one that contradicts what the integration is.
    """
    from appcred.scaffold.rendering import render

    own = {
        "layout": str(integration.layout),
        "domain": integration.domain,
        "floor": _floor(integration, span),
    }
    _agree(own, answers.given)
    data: dict[str, Any] = {"platforms": "", "console_url": "", "scopes": ""}
    name = integration.manifest.get("name")
    if isinstance(name, str) and name.isprintable() and name == name.strip():
        data |= {"name": name} if 0 < len(name) <= _LONGEST_NAME else {}
    data |= {**answers.offered, **answers.given, **own, "existing": True}
    if integration.layout is Layout.CUSTOM:
        data["repository"] = False
    data.setdefault("identity", "userinfo" if "userinfo_url" in data else "none")
    made = render(Answers({}, data, ()), ask=False)
    files, tests = {}, {}
    renamed = API in integration.modules
    for path, content in made.files.items():
        if renamed and path.suffix == ".py":
            content = _with_other_api(content)
        below, name = _place(integration, path)
        if below == "tests":
            tests[name] = content
        elif below:
            files[f"{OWN_API}.py" if renamed and name == f"{API}.py" else name] = content
    return Rendered(files, tests, (*_answered_before(integration, answers), *made.unused))


def _floor(integration: Integration, span: Span) -> int:
    floors = _FLOORS[integration.layout]
    fitting = [floor for floor in floors if floor <= span.floor.number]
    if not fitting:
        first = Release.from_number(floors[0])
        raise UsageError(
            f"a generated OAuth2 flow needs Home Assistant {first} or newer; use --target "
            f"{first}, or write the flow by hand"
        )
    return fitting[-1]


def _agree(own: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    for key, value in own.items():
        if key not in given or given[key] == value:
            continue
        if key == "floor":
            floor = Release.from_number(value)
            raise UsageError(f"floor: --target already sets it to {floor}; leave it out")
        raise UsageError(f"{key}: this integration already has {value}; leave it out")


def _answered_before(integration: Integration, answers: Answers) -> Iterator[str]:
    for question, key in _IN_MANIFEST.items():
        there = integration.manifest.get(key)
        given = answers.given.get(question, there)
        if there is not None and given not in (there, *(there if isinstance(there, list) else ())):
            yield question


def _place(integration: Integration, path: PurePosixPath) -> tuple[str, str]:
    """Return what a file of the template's belongs to, and its name there."""
    core = integration.layout is Layout.CORE
    parent = "homeassistant/components" if core else "custom_components"
    folder = PurePosixPath(parent, integration.domain)
    tests = PurePosixPath("tests", "components", integration.domain) if core else "tests"
    if path.is_relative_to(folder):
        return "files", path.relative_to(folder).as_posix()
    if path.is_relative_to(tests):
        return "tests", path.relative_to(tests).as_posix()
    return "", ""


def _with_other_api(content: bytes) -> bytes:
    """Let what is imported from the template's api.py come from a module of another name."""
    module = cst.parse_module(content)
    moved = {
        one
        for statement in module.body
        if isinstance(statement, cst.SimpleStatementLine)
        for one in imports_of(statement)
        if re.search(rf"\.{API}\Z", one.module)
    }
    if not moved:
        return content
    module = drop_imports(module, {one.local for one in moved})
    other = (Import(f"{one.module[: -len(API)]}{OWN_API}", one.name) for one in moved)
    return add_imports(module, other).bytes
