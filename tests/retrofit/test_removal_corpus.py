"""Whatever a retrofit imports from YAML it can take out again, over every tree of the corpus."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import pytest

from appcred.finding import Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.facts import facts
from appcred.oauth.importing import credential_imports
from appcred.oauth.registration import Source, registrations
from appcred.oauth.yaml_schema import schema
from appcred.retrofit.verb import Options, Outcome, retrofit
from appcred.rules import engine
from retrofit.corpora import CUSTOM, TARGETS, WITH_YAML, Row, custom, outcome, with_import

if TYPE_CHECKING:
    from appcred.integration import Integration

pytestmark = pytest.mark.slow

MANUAL = ("url_from_yaml",)
"""Those with YAML whose import is left to a person already."""


class Removed(NamedTuple):
    before: Integration
    imported: Outcome
    removed: Outcome


def done(name: str, way: str) -> Removed:
    imported = with_import(name, way)
    assert not imported.manual
    row = Row(name, TARGETS[way], way=way, remove=True)
    return Removed(imported.before, imported, outcome(row))


def everywhere(test):  # type: ignore[no-untyped-def]
    return pytest.mark.parametrize("name", WITH_YAML)(pytest.mark.parametrize("way", TARGETS)(test))


def test_these_are_all_that_have_yaml() -> None:
    found = set()
    for name in CUSTOM:
        integration, _ = custom(name, "auto")
        sources = {each.source for each in registrations(integration).understood}
        if sources & {Source.YAML, Source.LIST}:
            found.add(name)
    assert found == {*WITH_YAML, *MANUAL}


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
def test_check_finds_nothing_new(name: str, way: str) -> None:
    _, imported, removed = done(name, way)
    known = {finding.key for finding in imported.left}
    left = engine.check(removed.after, removed.span)
    assert not [f for f in left if f.severity is not Severity.INFO and f.key not in known]
    assert not [f for f in left if f.code == "APC407"]


@everywhere
def test_an_import_does_not_come_back(name: str, way: str) -> None:
    removed = done(name, way).removed
    again = retrofit(removed.after, removed.span, Options(TARGETS[way]))
    assert not again.plan()
    assert not again.manual


def test_the_file_of_a_helper_goes_with_it() -> None:
    before, imported, removed = done("helper_function", "custom")
    assert before.file("auth.py") is not None
    assert imported.after.file("auth.py") is None
    changed = [change.path for change in removed.plan().changes]
    assert {path.name for path in changed if path.is_relative_to(before.folder)} == {
        "__init__.py",
        "en.json",
    }


def test_code_without_yaml_stays() -> None:
    imported = outcome(Row("yaml_services", "auto"))
    gone = retrofit(imported.after, imported.span, Options(remove=True))
    assert not gone.manual
    text = gone.after.files[gone.after.path("__init__.py")].content.decode()
    assert "_LOGGER = " in text  # unused before, and the author's
    assert "# hours before the collection\n                    vol.Optional(CONF_REMIND" in text
    assert "issues" not in gone.after.strings
