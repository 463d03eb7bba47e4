"""Every tree that the tests retrofit in memory, as one table of rows.

The custom trees of `tests/corpus/custom`, with their YAML import and without it, and Home
Assistant's own integrations just before somebody migrated them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from appcred import loading
from appcred.integration import Layout
from appcred.oauth.code import oauth_code
from appcred.release import Release, Span
from appcred.retrofit.verb import Options, Outcome, retrofit
from appcred.target import releases
from retrofit.trees import retrofitted

if TYPE_CHECKING:
    from appcred.integration import Integration

CORPUS = Path(__file__).parents[1] / "corpus" / "custom"
CUSTOM = sorted(path.name for path in CORPUS.iterdir() if path.is_dir())

WITH_YAML = (
    *("aliases", "deprecated_half", "factory", "half_migrated", "helper_function"),
    *("other_auth_domain", "root_integration", "stashed", "tabs_crlf", "with_tests"),
    *("fails_without_yaml", "tried", "yaml_list", "yaml_locals"),
    *("yaml_services", "url_from_client_id"),
)
"""The custom trees whose client comes from YAML and is imported by a retrofit."""

TARGETS = {
    "custom": "auto",
    # A warning in the log, and no schema that refuses a section.
    "oldest": "2022.6",
    # Home Assistant's own repair issue, with a release.
    "core": "2024.2",
}
"""The ways to announce that YAML goes, each with a target that has it."""


def table(name: str) -> dict[str, dict[str, Any]]:
    """Return a table beside this file, by domain."""
    text = Path(__file__).with_name(name).read_text(encoding="utf-8")
    loaded: dict[str, dict[str, Any]] = json.loads(text)
    return loaded


REPLAYS = table("replay.json")
REMOVALS = table("removals.json")

GONE: dict[str, set[str]] = {
    # Each is about the statement below it, which goes.
    "form_two_clients": {
        "# The implementation is lost when Home Assistant restarts, so register it again."
    },
    "form_api_key": {"# each application is an implementation of its own"},
    "form_migrated": {"# After a restart nothing is registered yet"},
    "stashed": {"# Needed for the header, see below."},
    **{f"yaml_locals-{way}-removed": {"# The developer portal shows both"} for way in TARGETS},
    **{f"aliases-{way}-removed": {"# Built here, for the registration below."} for way in TARGETS},
    **{f"{domain}-removed": {*row.get("comments", ())} for domain, row in REMOVALS.items()},
}
"""Comments that a retrofit deletes, by row."""


@dataclass(frozen=True, slots=True)
class Row:
    """A tree, and how it is retrofitted."""

    name: str
    target: str
    release: str = ""
    """The release of Home Assistant that the tree is from; empty for a custom one."""
    way: str = ""
    """How a retrofit announced that YAML goes before this one removes the import."""
    remove: bool = False

    def __str__(self) -> str:
        way = f"-{self.way}" if self.way else ""
        return f"{self.name}{way}{'-removed' if self.remove else ''}"

    @property
    def options(self) -> Options:
        return Options(self.target, remove=self.remove)


def rows() -> list[Row]:
    """Return every row."""
    return [*custom_rows(), *replay_rows(), *removal_rows()]


def custom_rows() -> list[Row]:
    """Return the custom trees that have something to do with OAuth2."""
    return [Row(name, "auto") for name in CUSTOM if oauth_code(custom(name, "auto")[0]).applicable]


def replay_rows() -> list[Row]:
    """Return Home Assistant's own integrations, before a migration and before its YAML went."""
    return [
        *(Row(domain, row["target"], row["before"]) for domain, row in REPLAYS.items()),
        *(
            Row(domain, row["target"], row["before"], remove=True)
            for domain, row in REMOVALS.items()
        ),
    ]


def removal_rows() -> list[Row]:
    """Return the custom trees with YAML once more: their import is removed again."""
    return [
        Row(name, target, way=way, remove=True)
        for name in WITH_YAML
        for way, target in TARGETS.items()
    ]


@cache
def outcome(row: Row) -> Outcome:
    """Return what a retrofit makes of a row."""
    if row.release:
        return retrofitted(row.name, row.release, row.target, remove=row.remove)
    if row.way:
        imported = with_import(row.name, row.way)
        return retrofit(imported.after, imported.span, row.options)
    integration, span = custom(row.name, row.target)
    return retrofit(integration, span, row.options)


@cache
def custom(name: str, target: str) -> tuple[Integration, Span]:
    """Return a custom tree of the corpus, and its releases for a target."""
    (place,) = loading.find(CORPUS / name, lambda _: None)
    integration = loading.load(place)
    assert integration is not None
    return integration, releases(integration, target).span


@cache
def with_import(name: str, way: str) -> Outcome:
    """Return what a retrofit that imports the client makes of a custom tree."""
    integration, span = custom(name, TARGETS[way])
    if way == "core":
        texts = integration.file("translations/en.json")
        integration = replace(integration, layout=Layout.CORE)
        if texts is not None:
            integration = integration.with_file(integration.path("strings.json"), texts.content)
            integration = integration.with_file(integration.path("translations/en.json"), None)
        floor = Release.parse(TARGETS[way])
        span = Span(floor, floor)
    return retrofit(integration, span, Options(TARGETS[way]))
