"""Whatever a retrofit imports from YAML it can take out again, over every tree of the corpus."""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from appcred import loading
from appcred.finding import Severity
from appcred.integration import Layout
from appcred.oauth.code import oauth_code
from appcred.oauth.facts import facts
from appcred.oauth.importing import credential_imports
from appcred.oauth.registration import Source, registrations
from appcred.oauth.yaml_schema import schema
from appcred.release import Release, Span
from appcred.retrofit.verb import Options, Outcome, retrofit
from appcred.rules import engine
from appcred.target import releases
from retrofit.linting import python_files, ruff

if TYPE_CHECKING:
    from appcred.integration import Integration

CORPUS = Path(__file__).parents[1] / "corpus" / "custom"
TREES = (
    *("aliases", "deprecated_half", "factory", "half_migrated", "helper_function"),
    *("other_auth_domain", "root_integration", "stashed", "tabs_crlf", "with_tests"),
    *("fails_without_yaml", "tried", "yaml_list", "yaml_locals"),
    *("yaml_services", "url_from_client_id"),
)
MANUAL = ("url_from_yaml",)
"""Those with YAML whose import is left to a person already."""

ALIKE = {
    "custom": "auto",
    # A warning in the log, and no schema that says there is nothing in YAML.
    "oldest": "2022.6",
    # Home Assistant's own issue, with a release.
    "core": "2024.2",
}
"""The ways in which a user is told, by the target that has them."""


class Removed(NamedTuple):
    before: Integration
    imported: Outcome
    removed: Outcome


def loaded(name: str, way: str) -> tuple[Integration, Span]:
    (place,) = loading.find(CORPUS / name, lambda _: None)
    integration = loading.load(place)
    assert integration is not None
    if way != "core":
        return integration, releases(integration, ALIKE[way]).span
    texts = integration.file("translations/en.json")
    integration = replace(integration, layout=Layout.CORE)
    if texts is not None:
        integration = integration.with_file(integration.path("strings.json"), texts.content)
        integration = integration.with_file(integration.path("translations/en.json"), None)
    floor = Release.parse(ALIKE[way])
    return integration, Span(floor, floor)


@cache
def done(name: str, way: str) -> Removed:
    before, span = loaded(name, way)
    imported = retrofit(before, span, Options(ALIKE[way]))
    assert not imported.manual
    removed = retrofit(imported.after, span, Options(ALIKE[way], remove=True))
    return Removed(before, imported, removed)


def everywhere(test):  # type: ignore[no-untyped-def]
    return pytest.mark.parametrize("name", TREES)(pytest.mark.parametrize("way", ALIKE)(test))


def test_these_are_all_that_have_yaml() -> None:
    found = set()
    for path in CORPUS.iterdir():
        if path.is_dir():
            integration, _ = loaded(path.name, "custom")
            sources = {each.source for each in registrations(integration).understood}
            if sources & {Source.YAML, Source.LIST}:
                found.add(path.name)
    assert found == {*TREES, *MANUAL}


@everywhere
def test_nothing_is_left_of_it(name: str, way: str) -> None:
    _before, imported, removed = done(name, way)
    assert imported.plan()
    assert not removed.manual
    assert [finding.code for finding in removed.applied] == ["APC407"]
    after = removed.after
    assert not credential_imports(after)
    texts = {
        str(path): file.content.decode("utf-8-sig")
        for path, file in after.files.items()
        if not (after.tests is not None and path.is_relative_to(after.tests))
    }
    words = ("async_import_client_credential", "deprecated_yaml", "have been imported")
    for path, text in texts.items():
        assert not [word for word in words if word in text], path
        json.loads(text) if path.endswith(".json") else None
    keys = {"client_id", "client_secret", "operators"}
    described = schema(oauth_code(after))
    assert described is None or not keys & {key.name for key in described.keys}
    if described is not None and described.keys:
        # Users may have left them in YAML, and a schema would refuse what it does not know.
        was = schema(oauth_code(imported.after))
        assert was is not None
        gone = keys & {key.name for key in was.keys if key.name is not None}
        init = texts[str(after.path("__init__.py"))]
        assert init.count("raise_if_present=False") == len(gone) > 0


@everywhere
def test_other_statements_of_async_setup_stay(name: str, way: str) -> None:
    """By the facts: the statements that are not about credentials, before and after."""
    _, imported, removed = done(name, way)

    def besides(integration: Integration) -> list[str]:
        running = facts(integration).get("async_setup", {})
        return [one["source"] for one in running.get("besides", [])]

    kept = besides(removed.after)
    assert kept == besides(imported.after)
    module = oauth_code(removed.after).module("")
    assert module is not None
    assert (module.index.function("async_setup") is not None) is bool(kept)


@everywhere
def test_the_result_is_valid_and_check_finds_nothing_new(
    name: str, way: str, tmp_path: Path
) -> None:
    before, imported, removed = done(name, way)
    for content in python_files(removed.after).values():
        if "type " not in content:  # which the oldest Python of ours does not know
            ast.parse(content)
    known = {finding.key for finding in imported.left}
    left = engine.check(removed.after, removed.span)
    assert not [f for f in left if f.severity is not Severity.INFO and f.key not in known]
    assert not [f for f in left if f.code == "APC407"]
    old = ruff(before, tmp_path / "old", "check")
    new = ruff(removed.after, tmp_path / "new", "check")
    assert [finding for finding in new if finding not in old] == []


@everywhere
def test_twice_equals_once(name: str, way: str) -> None:
    removed = done(name, way).removed
    for remove in (True, False):
        again = retrofit(removed.after, removed.span, Options(ALIKE[way], remove=remove))
        assert not again.plan()
        assert not again.manual


def test_the_file_of_a_helper_is_removed_with_it() -> None:
    before, _, removed = done("helper_function", "custom")
    assert before.file("auth.py") is not None
    assert removed.after.file("auth.py") is None
    changed = [change.path for change in removed.plan().changes]
    assert {path.name for path in changed if path.is_relative_to(before.folder)} == {
        "__init__.py",
        "auth.py",
        "en.json",
    }
